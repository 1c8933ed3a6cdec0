"""Coming events that budget staff enter by command: a record that only grows, beside the data and never in them.

One line of JSON per entry or withdrawal. A withdrawn adjustment counts no longer and stays in the record. What an entry may
say is the contract ``ADJUSTMENTS``, the same as of a file in the inbox; a text with the shape of a CPR number is refused, and
no message repeats what was typed.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from data.audit_log import append
from data.cpr import holds_cpr
from data.errors import DAMAGED, OpdriftError, WrongUse
from data.register_file import add_line, read_lines
from data.schema.column import Kind
from data.schema.inputs_staff import ADJUSTMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.schema.column import Column
    from data.settings import Paths

_OPTION = {"effective_from": "--from", "effective_to": "--to", "amount_per": "--per"}
_FLAGS = ("among_expected", "in_data")


def add_adjustment(paths: Paths, entry: Mapping[str, object]) -> str:
    """Enter one coming event.

    Args:
        paths: The home.
        entry: Columns of ``ADJUSTMENTS`` without ``adjustment_id``; None where not said. Dates as dates.

    Returns:
        The id it was given.

    Raises:
        WrongUse: Something is missing, out of bounds or has the shape of a CPR number; nothing was written.
    """
    given: dict[str, object] = {name: value for name, value in entry.items() if value is not None}
    given["adjustment_id"] = f"j-{secrets.token_hex(4)}"
    for column in ADJUSTMENTS.columns:
        _check(column, given.get(column.name))
    _check_whole(given)
    line = _append(paths, {"action": "add", **{name: _plain(value) for name, value in given.items()}})
    facts = {"adjustment_id": str(given["adjustment_id"]), "sha256": sha256(line.encode()).hexdigest()}
    append(paths, "adjustment_entered", facts, who=str(given["who"]))
    return str(given["adjustment_id"])


def withdraw_adjustment(paths: Paths, adjustment_id: str, *, who: str, on: date) -> None:
    """Take an adjustment back: it counts no longer, and stays in the record with who did it.

    Raises:
        WrongUse: There is none of that id, it is withdrawn already, or ``who`` is no signature.
    """
    _check(ADJUSTMENTS.column("who"), who)
    known = {str(row["adjustment_id"]): row for row in read_adjustments(paths)}
    if adjustment_id not in known:
        what = "No adjustment that was entered by command has that id"
        remedy = "'opdrift adjustment list' names them; one from a file is withdrawn in the file (withdrawn_on)"
        raise WrongUse(what, remedy=remedy)
    if known[adjustment_id].get("withdrawn_on"):
        what = "The adjustment is withdrawn already"
        raise WrongUse(what, where=adjustment_id, remedy="Nothing; it counts no longer")
    said = {"action": "withdraw", "adjustment_id": adjustment_id, "withdrawn_on": on.isoformat(), "withdrawn_by": who}
    line = _append(paths, said)
    facts = {"adjustment_id": adjustment_id, "sha256": sha256(line.encode()).hexdigest()}
    append(paths, "adjustment_withdrawn", facts, who=who)


def read_adjustments(paths: Paths) -> list[dict[str, Any]]:
    """Every adjustment ever entered by command, in the order of entry; dates as ISO text, absent where not said.

    Raises:
        OpdriftError: The record is damaged.
    """
    if not paths.adjustments.is_file():
        return []
    found: dict[str, dict[str, Any]] = {}
    try:
        for said in read_lines(paths.adjustments):
            action, key = said.pop("action"), said["adjustment_id"]
            found[key] = found.get(key, {}) | said if action == "withdraw" else said
    except DAMAGED:
        what = "The record of staff's adjustments is damaged"
        remedy = "Bring adjustments.jsonl back from a backup of the home"
        raise OpdriftError(what, where=paths.adjustments.name, why="They would fall out of the result", remedy=remedy) from None
    return list(found.values())


def _check(column: Column, value: object) -> None:
    """Refuse what the contract refuses; the message names the option and never the value."""
    option = _OPTION.get(column.name, f"--{column.name.replace('_', '-')}")
    if value is None:
        if column.required:
            what = f"{option} is missing"
            raise WrongUse(what, remedy="Give it; nothing was entered")
        return
    text = str(value)
    if column.kind is Kind.TEXT and holds_cpr(text):
        what = f"{option} holds something with the shape of a CPR number"
        raise WrongUse(what, why="Personal numbers must not be stored; the text was not kept", remedy="Say it without the number")
    if column.allowed and text not in column.allowed:
        what = f"{option} is none of {', '.join(column.allowed)}"
        raise WrongUse(what, remedy="Give one of these")
    if column.pattern and re.fullmatch(column.pattern, text) is None:
        what = f"{option} has not the form that is wanted"
        raise WrongUse(what, where=f"adjustments.{column.name}", remedy=f"{column.meaning or 'See docs/mapping.md'}")
    if column.kind in {Kind.MONEY, Kind.NUMBER} and not float(column.low) <= float(text) <= float(column.high):
        what = f"{option} lies outside {column.low} to {column.high}"
        raise WrongUse(what, remedy="Check the unit: kroner, or per cent")
    if column.kind is Kind.DATE and not column.low <= text <= column.high:
        what = f"{option} lies outside {column.low} to {column.high}"
        raise WrongUse(what, remedy="Write it as YYYY-MM-DD")


def _check_whole(given: Mapping[str, object]) -> None:
    if "frame" not in given and "service" not in given:
        what = "Neither --frame nor --service is given"
        raise WrongUse(what, why="The amount would stand nowhere", remedy="Give one of them")
    if ("amount_dkk" in given) == ("change_pct" in given):
        what = "Give either --amount-dkk or --change-pct"
        raise WrongUse(what, remedy="An amount in kroner, or a change in per cent of what is expected")
    if "effective_to" in given and str(given["effective_to"]) < str(given["effective_from"]):
        what = "--to lies before --from"
        raise WrongUse(what, remedy="Turn them round, or leave --to out")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _append(paths: Paths, line: Mapping[str, object]) -> str:
    text = json.dumps(line, ensure_ascii=False, sort_keys=True)
    try:
        add_line(paths.adjustments, text)
    except OSError as error:
        what = f"The adjustment can't be written ({type(error).__name__})"
        raise WrongUse(what, where=paths.adjustments.name, remedy="See that the home has room and may be written to") from None
    return text
