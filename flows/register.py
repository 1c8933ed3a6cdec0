"""What is entered in the register of decided cases, by a command or on the page Forebyggelse: one way in for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.decision_store import DecisionRefused, add_fact
from flows.follow_up import refresh_report
from flows.investment import decide_case
from models.scenario.texts import text_faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from data.settings import Settings
    from models.investment.case import Case


def decide(
    settings: Settings,
    case: Case,
    *,
    owner: str,
    who: str,
    today: date,
    start: str = "",
    on: date | None = None,
    comparison: str = "",
) -> dict[str, Any]:
    """Enter a case as decided, freeze the run it was decided on, and work the follow-up out anew.

    Args:
        settings: The home.
        case: As it was read.
        owner: Who answers for it.
        who: Who enters it.
        today: The day it is entered.
        start: Planned first month, YYYY-MM; empty: as the case says.
        on: Day of the decision; None: today.
        comparison: A service that the measure cannot touch and that moves alike; empty: none.

    Returns:
        By ``docs/schemas/investment_decided.json``.

    Raises:
        DecisionRefused: Something does not hold; nothing was kept.
    """
    _plain("--owner", owner)
    _plain("--who", who)
    first = start or case.start
    if on is not None and first < f"{on:%Y-%m}":
        what, why = "The measure starts before its decision", "What it did before would not be what was decided"
        raise DecisionRefused(
            what, code="started_before", where=f"--start {first}", why=why, remedy="Correct the start or the day"
        )
    if on is not None and on > today:
        what = "The day of the decision has not come yet"
        raise DecisionRefused(what, code="not_yet", where="--on", remedy="Enter the case when it is decided")
    found = decide_case(settings, case, owner=owner, who=who, start=first, on=on or today, comparison=comparison)
    return found | {"not_renewed": refresh_report(settings)}


def add(settings: Settings, decision_id: str, action: str, said: Mapping[str, Any], *, today: date) -> str:
    """Enter what became of a decision (``data.decision_store.add_fact``), and work the follow-up out anew.

    Returns:
        Why the follow-up could not be worked out anew; empty: it was. What was entered stands either way.

    Raises:
        DecisionRefused: Something does not hold; nothing was kept.
    """
    _plain("--who", str(said.get("who") or ""))
    add_fact(settings.paths, decision_id, action, {**said, "on": today.isoformat()})
    return refresh_report(settings)


def _plain(option: str, text: str) -> None:
    """Refuse what a page or a spreadsheet could take for something else than text; CPR numbers are the store's to refuse."""
    for code, what, why, remedy in text_faults(text, "author"):
        if code != "cpr":
            raise DecisionRefused(what, code="text", where=option, why=why, remedy=remedy)
