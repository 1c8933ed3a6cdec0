"""``opdrift investment``: cases valued, decided, started, enrolled, stopped, listed and followed up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path  # noqa: TC003  (typer reads annotations)
from typing import Annotated

import typer

from data.errors import WrongUse
from flows.command import Home, Json, settings_of, tell

Who = Annotated[str, typer.Option(help="Your initials or role; no number of a person.")]
Decision = Annotated[str, typer.Argument(help="Id of a decided case, as 'opdrift investment list' has it.")]
Month = Annotated[str, typer.Option(help="YYYY-MM.")]


def evaluate(
    cases: Annotated[list[str], typer.Argument(help="Case files (docs/schemas/investment_case.json).")],
    *,
    haircut: Annotated[bool, typer.Option("--haircut", help="Cut the promises as the own track record suggests.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """What cases are worth: present value, payback, who gains, a trial first, the heaviest assumptions; alone and together."""
    from flows.investment_worth import evaluate_cases, told_worth  # noqa: PLC0415

    found = evaluate_cases(settings_of(home), cases, haircut=haircut)
    tell(found, told_worth(found), as_json=as_json)
    return 0


def decide(
    case: Annotated[Path, typer.Argument(help="A case file (docs/schemas/investment_case.json).")],
    *,
    owner: Annotated[str, typer.Option(help="Who answers for it: an office or a title.")],
    who: Who,
    start: Annotated[str | None, typer.Option(help="Planned first month, YYYY-MM; default as the case says.")] = None,
    on: Annotated[str | None, typer.Option(help="Day of the decision, YYYY-MM-DD; default today.")] = None,
    comparison: Annotated[str, typer.Option(help="A service that it cannot touch and that moves alike.")] = "",
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Enter a case as decided: the run's forecast is frozen with it, so that no later run moves the promise."""
    from flows.investment import open_case  # noqa: PLC0415
    from flows.register import decide as enter  # noqa: PLC0415

    said = {"owner": owner, "who": who, "start": start or "", "comparison": comparison}
    day, settings = None if on is None else _day(on), settings_of(home)
    found = enter(settings, open_case(case), today=_today(), on=day, **said)
    lines = [f"Decided as {found['decision_id']} on {found['run_id']} (to {found['cutoff']}), to start {found['planned_start']}."]
    if not found["has_population"]:
        lines.append("The run did not keep its drivers: the population that comes will not move what it is held against.")
    lines += [f"Entered, but {found['not_renewed']}."] if found["not_renewed"] else []
    tell(found, "\n".join(lines), as_json=as_json)
    return 0


def start(decision: Decision, *, month: Month, who: Who, home: Home = None, as_json: Json = False) -> int:
    """Say when it really started."""
    return _add(home, decision, "start", {"month": month, "who": who}, as_json=as_json)


def enrol(
    decision: Decision,
    *,
    month: Month,
    number: Annotated[int, typer.Option(help="Citizens enrolled in that month; again for the same month corrects it.")],
    who: Who,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Say how many citizens were enrolled in a month."""
    return _add(home, decision, "enrol", {"month": month, "number": number, "who": who}, as_json=as_json)


def stop(decision: Decision, *, month: Month, who: Who, home: Home = None, as_json: Json = False) -> int:
    """Say from which month it is no longer carried out."""
    return _add(home, decision, "stop", {"month": month, "who": who}, as_json=as_json)


def list_decided(*, home: Home = None, as_json: Json = False) -> int:
    """The register of decided cases."""
    from flows.investment import list_decided as listed  # noqa: PLC0415
    from flows.investment import told_list  # noqa: PLC0415

    found = listed(settings_of(home))
    tell(found, told_list(found), as_json=as_json)
    return 0


def follow_up(
    decision: Annotated[str | None, typer.Argument(help="One decided case; default all.")] = None,
    *,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """What each decided case and decided saving has done, on the newest run, and the track record of all."""
    from flows.follow_up import follow_up_all, refresh_report, told_follow_up  # noqa: PLC0415

    settings = settings_of(home)
    found = follow_up_all(settings, decision)
    refresh_report(settings)
    tell(found, told_follow_up(found), as_json=as_json)
    return 0


def _add(home: Path | None, decision: str, action: str, said: dict[str, object], *, as_json: bool) -> int:
    from flows.register import add  # noqa: PLC0415

    not_renewed = add(settings_of(home), decision, action, said, today=_today())
    told = f"Entered, but {not_renewed}." if not_renewed else "Entered; it counts from now on."
    tell({"decision_id": decision, "action": action, "not_renewed": not_renewed}, told, as_json=as_json)
    return 0


def _today() -> date:
    return datetime.now(UTC).date()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = "--on is no date"
        raise WrongUse(what, remedy="Write it as YYYY-MM-DD, e.g. 2027-03-01") from None


COMMANDS = {
    "evaluate": evaluate,
    "decide": decide,
    "start": start,
    "enrol": enrol,
    "stop": stop,
    "list": list_decided,
    "follow-up": follow_up,
}
