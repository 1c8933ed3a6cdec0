"""``opdrift adjustment``: coming events that budget staff know of, entered, listed and withdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from data.errors import WrongUse
from flows.command import Home, Json, settings_of, tell


class EventKind(StrEnum):
    """What comes."""

    PLACEMENT = "placement"
    RATE_CHANGE = "rate_change"
    ONE_OFF = "one_off"
    OTHER = "other"


class Per(StrEnum):
    """What an amount is for."""

    YEAR = "year"
    MONTH = "month"
    ONCE = "once"


Who = Annotated[str, typer.Option(help="Your initials or role; no number of a person.")]


def add(  # noqa: PLR0913  (every option is an argument)
    *,
    kind: Annotated[EventKind, typer.Option(help="What comes.")],
    effective_from: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence; no name and no number of a person.")],
    who: Who,
    frame: Annotated[str | None, typer.Option(help="Appropriation frame, e.g. 50.54.")] = None,
    service: Annotated[str | None, typer.Option(help="Key of the service; its frame follows.")] = None,
    effective_to: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD; else it goes on.")] = None,
    amount_dkk: Annotated[float | None, typer.Option(help="Kroner, signed; plus = more expenditure.")] = None,
    per: Annotated[Per | None, typer.Option(help="The amount's period; default once of a one_off, else year.")] = None,
    change_pct: Annotated[float | None, typer.Option(help="Instead of an amount: per cent of what is expected.")] = None,
    price_level: Annotated[str | None, typer.Option(help="nominal (default) or YYYY-pl.")] = None,
    among_expected: Annotated[
        bool, typer.Option("--among-expected", help="One of the newcomers that the forecast expects: only what is beyond counts.")
    ] = False,
    not_in_data: Annotated[bool, typer.Option("--not-in-data", help="It has begun, and the data do not hold it yet.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Enter a coming event. It moves the year's result from the next run on, as a line of its own."""
    from flows.adjustments import enter  # noqa: PLC0415

    settings = settings_of(home)
    entry = {
        "kind": kind.value,
        "frame": frame,
        "service": service,
        "effective_from": _day(effective_from, "--from"),
        "effective_to": None if effective_to is None else _day(effective_to, "--to"),
        "amount_dkk": amount_dkk,
        "amount_per": None if per is None else per.value,
        "change_pct": change_pct,
        "price_level": price_level,
        "among_expected": among_expected,
        "in_data": False if not_in_data else None,
        "reason": reason,
        "who": who,
    }
    key = enter(settings, entry, today=_today())
    tell(
        {"adjustment_id": key},
        f"Entered as {key}; it counts from the next run on (not in one --as-of an earlier day).",
        as_json=as_json,
    )
    return 0


def list_entered(*, home: Home = None, as_json: Json = False) -> int:
    """Every adjustment of the newest run, and those entered since; withdrawn ones stay in the list."""
    from flows.adjustments import list_adjustments, told  # noqa: PLC0415

    found = list_adjustments(settings_of(home))
    tell(found, told(found), as_json=as_json)
    return 0


def withdraw(
    adjustment_id: Annotated[str, typer.Argument(help="Its id, as 'opdrift adjustment list' has it.")],
    *,
    who: Who,
    reason: Annotated[str | None, typer.Option(help="Why; no name and no number of a person.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Take an adjustment back: it counts no longer from the next run on, and stays in the record."""
    from flows.adjustments import take_back  # noqa: PLC0415

    take_back(settings_of(home), adjustment_id, who=who, today=_today(), reason=reason)
    tell({"adjustment_id": adjustment_id, "withdrawn": True}, "Withdrawn; it stays in the record.", as_json=as_json)
    return 0


def _today() -> date:
    return datetime.now(UTC).date()


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f"{option} is no date"
        raise WrongUse(what, remedy="Write it as YYYY-MM-DD, e.g. 2027-03-01") from None


COMMANDS = {"add": add, "list": list_entered, "withdraw": withdraw}
