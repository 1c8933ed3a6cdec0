"""Staff's adjustments at the edge: one way in for the command and the page, and the list of the newest run's and those since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.adjustment_store import AdjustmentRefused, add_adjustment, read_adjustments, withdraw_adjustment
from data.mart import Mart, find_current
from flows.words import amount
from models.scenario.texts import text_faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from data.settings import Settings

_SAID = (
    "adjustment_id", "kind", "frame", "service", "effective_from", "effective_to", "amount_dkk", "amount_per", "change_pct",
    "price_level", "among_expected", "reason", "who", "entered_on", "withdrawn_on", "withdrawn_by",
)  # fmt: skip
AFTER_AS_OF = "after_as_of"
_DAYS = ("effective_from", "effective_to", "entered_on", "withdrawn_on")


@dataclass(frozen=True)
class Places:
    """Frames and services of the newest run; empty where nothing is published.

    Attributes:
        frames: Keys.
        services: Keys.
        frame_of: Service -> frame.
    """

    frames: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    frame_of: dict[str, str] = field(default_factory=dict)


def places(settings: Settings) -> Places:
    """Where an adjustment may stand."""
    if find_current(settings.paths).run_id is None:
        return Places()
    table = Mart.open(settings.paths).table("services")
    frame_of = {str(key): str(frame) for key, frame in zip(table["service"], table["frame"], strict=True)}
    return Places(frozenset(frame_of.values()), frozenset(frame_of), frame_of)


def enter(settings: Settings, entry: Mapping[str, object], *, today: date) -> str:
    """Enter one coming event, by a command or on the page Budgetopfølgning; it counts from the next run on.

    Args:
        settings: The home; its municipality is the event's.
        entry: Columns of ``ADJUSTMENTS`` that are said: neither id, municipality nor the day it is entered.
        today: The day it is entered.

    Returns:
        The id it was given.

    Raises:
        AdjustmentRefused: Something does not hold, or the newest run does not know the place; nothing was kept.
    """
    _check_place(settings, entry.get("frame"), entry.get("service"))
    _plain("--reason", entry.get("reason"))
    return add_adjustment(settings.paths, {**entry, "municipality": settings.municipality, "entered_on": today})


def take_back(settings: Settings, adjustment_id: str, *, who: str, today: date, reason: str | None = None) -> None:
    """Withdraw one that was entered; it stays in the record, and counts no longer from the next run on.

    Raises:
        AdjustmentRefused: There is none of that id, it is withdrawn already, or a text can't be taken; nothing was kept.
    """
    _plain("--reason", reason)
    withdraw_adjustment(settings.paths, adjustment_id, who=who, on=today, reason=reason)


def _plain(option: str, text: object) -> None:
    """Refuse what a page or a spreadsheet could take for something else than text; CPR numbers are the store's to refuse."""
    for code, what, why, remedy in text_faults(str(text or ""), "rationale"):
        if code != "cpr":
            raise AdjustmentRefused(what, code="text", column="reason", where=option, why=why, remedy=remedy)


def _check_place(settings: Settings, frame: object, service: object) -> None:
    """Refuse a frame or service that the newest run does not have; without a run nothing is known to refuse."""
    known = places(settings)
    for option, given, among in (("--frame", frame, known.frames), ("--service", service, known.services)):
        if given is not None and among and given not in among:
            what, why = f"{option} is not one that the newest run has", "It would count nowhere"
            raise AdjustmentRefused(what, code="place", why=why, remedy=f"Give one of: {', '.join(sorted(among))}")
    own = known.frame_of.get(str(service))
    if frame and own and own != frame:
        what = "The service lies in another frame than the one given"
        raise AdjustmentRefused(what, code="other_frame", where=str(service), remedy=f"Leave --frame out, or give {own}")


def list_adjustments(settings: Settings) -> dict[str, Any]:
    """Every adjustment by id: what it says, its standing in the newest run, and what it moves by year.

    Returns:
        ``adjustments``: one object each; ``standing`` is ``next_run`` where no run has read it yet (or its withdrawal), and
        ``after_as_of`` where it was written after the as-of day of the run that is shown: that run rightly leaves it out, and
        so does every other of that day. ``as_of``: that day; null of an ordinary run.
    """
    found: dict[str, dict[str, Any]] = {}
    current, as_of = find_current(settings.paths).run_id, None
    if current is not None:
        from flows.plain_rows import plain  # noqa: PLC0415

        mart = Mart.open(settings.paths)
        as_of = mart.facts().get("as_of")
        for row in mart.table_or_none("staff_adjustments").to_dict("records"):
            told = {name: value[:10] if name in _DAYS and value else value for name, value in plain(row).items()}
            one = found.setdefault(told["adjustment_id"], {name: told[name] for name in _SAID} | {"standing": told["standing"]})
            one.setdefault("moves", {})[str(told["year"])] = told["moves"]
    for row in read_adjustments(settings.paths):
        known = found.get(row["adjustment_id"])
        if known is None or (row.get("withdrawn_on") and known["standing"] != "withdrawn"):
            written = str(row.get("withdrawn_on") or row["entered_on"])
            waits = AFTER_AS_OF if as_of is not None and written > as_of else "next_run"
            found[row["adjustment_id"]] = {name: row.get(name) for name in _SAID} | {"standing": waits, "moves": {}}
        if row.get("withdrawn_reason"):
            found[row["adjustment_id"]]["withdrawn_reason"] = row["withdrawn_reason"]
    return {"run_id": current, "as_of": as_of, "adjustments": [found[key] for key in sorted(found)]}


def told(found: dict[str, Any]) -> str:
    """The list in plain words."""
    lines = []
    for row in found["adjustments"]:
        place = row["service"] or row["frame"]
        per = f" {row['amount_per']}" if row["amount_per"] else ""
        amount_said = f"{amount(row['amount_dkk'], 'DKK', sign=True)}{per}"
        worth = amount_said if row["change_pct"] is None else f"{row['change_pct']:+g} %"
        state = "withdrawn" if row["withdrawn_on"] else row["standing"]
        head = f"{row['adjustment_id']}  {place}  from {row['effective_from']}  {worth}"
        lines.append(f"{head}  {state}  ({row['who']}): {row['reason']}")
    if any(row["standing"] == AFTER_AS_OF and not row["withdrawn_on"] for row in found["adjustments"]):
        lines.append(
            f"{AFTER_AS_OF}: written after the as-of day of the run that is shown ({found['as_of']}), which leaves it out; "
            "it counts from the next run without --as-of on"
        )
    return "\n".join(lines) or "No adjustment is entered: opdrift adjustment add --help"
