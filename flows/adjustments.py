"""What the command ``adjustment`` and the status read of staff's adjustments: the newest run's, and those entered since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.adjustment_store import read_adjustments
from data.mart import Mart, find_current
from flows.words import amount

if TYPE_CHECKING:
    from data.settings import Settings

_SAID = (
    "adjustment_id", "kind", "frame", "service", "effective_from", "effective_to", "amount_dkk", "amount_per", "change_pct",
    "price_level", "among_expected", "reason", "who", "entered_on", "withdrawn_on", "withdrawn_by",
)  # fmt: skip
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


def list_adjustments(settings: Settings) -> dict[str, Any]:
    """Every adjustment by id: what it says, its standing in the newest run, and what it moves by year.

    Returns:
        ``adjustments``: one object each; ``standing`` is ``next_run`` where no run has read it yet (or its withdrawal).
    """
    found: dict[str, dict[str, Any]] = {}
    current = find_current(settings.paths).run_id
    if current is not None:
        from flows.plain_rows import plain  # noqa: PLC0415

        for row in Mart.open(settings.paths).table_or_none("staff_adjustments").to_dict("records"):
            told = {name: value[:10] if name in _DAYS and value else value for name, value in plain(row).items()}
            one = found.setdefault(told["adjustment_id"], {name: told[name] for name in _SAID} | {"standing": told["standing"]})
            one.setdefault("moves", {})[str(told["year"])] = told["moves"]
    for row in read_adjustments(settings.paths):
        known = found.get(row["adjustment_id"])
        if known is None or (row.get("withdrawn_on") and known["standing"] != "withdrawn"):
            found[row["adjustment_id"]] = {name: row.get(name) for name in _SAID} | {"standing": "next_run", "moves": {}}
    return {"run_id": current, "adjustments": [found[key] for key in sorted(found)]}


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
    return "\n".join(lines) or "No adjustment is entered: opdrift adjustment add --help"
