"""Coming events that budget staff enter by command or on a page: a record that only grows, beside the data and never in them.

One line of JSON per entry or withdrawal. A withdrawn adjustment counts no longer and stays in the record. What an entry may
say is the contract ``ADJUSTMENTS``, the same as of a file in the inbox; a text with the shape of a CPR number is refused, so is
a reason that looks like a person's name, and no message repeats what was typed.
"""

from __future__ import annotations

import json
import re
import secrets
from contextlib import contextmanager, suppress
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from data.audit_log import append
from data.cpr import cpr_in_text, holds_cpr
from data.errors import DAMAGED, OpdriftError, WrongUse
from data.register_file import add_line, hold, read_lines
from data.schema.column import Kind
from data.schema.inputs_staff import ADJUSTMENTS, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from data.schema.column import Column
    from data.settings import Paths

_FIRST = r"[A-ZÆØÅ](?:[a-zæøåéü]+|[A-ZÆØÅ]+|\.)"
_LAST = r"[A-ZÆØÅ](?:[a-zæøåéü]*sens?|[A-ZÆØÅ]*SENS?)\b"
_NAME = re.compile(rf"\b{_FIRST}(?:\s+{_FIRST})*\s+{_LAST}|\b{_LAST},\s+{_FIRST}")
_PLACE = re.compile(r"(?:botilbud|bosted|fond|leverandør|opholdssted|firma|skole|institution|center|hjem)\w*\s", re.IGNORECASE)
_HOUSE = re.compile(r"husens?$", re.IGNORECASE)
_NOBODY = frozenset({"local", "unknown"})
_OPTION = {"effective_from": "--from", "effective_to": "--to", "amount_per": "--per"}
_FLAGS = ("among_expected", "in_data")


class AdjustmentRefused(WrongUse):
    """Something that the record does not take; nothing was written.

    Attributes:
        code: Machine word, for pages in another language: ``missing``, ``cpr``, ``name``, ``text``, ``form``, ``bounds``,
            ``nowhere``, ``amount``, ``order``, ``place``, ``other_frame``, ``no_such``, ``withdrawn_already``, ``not_kept``,
            ``role``.
        column: Of ``ADJUSTMENTS``; empty where it is about more than one.
    """

    def __init__(self, what: str, *, code: str, column: str = "", where: str = "", why: str = "", remedy: str = "") -> None:
        """Say what was refused, and its code."""
        self.code, self.column = code, column
        super().__init__(what, where=where, why=why, remedy=remedy)


def looks_like_name(text: str) -> bool:
    """Whether a text holds what looks like a Danish person's full name: capitals, the last word ending in -sen or -sens.

    A house, or what stands behind a word for a place or a firm, is none. No list of names is kept, so other names are not seen:
    whoever writes must still leave them out.

    Example:
        >>> [looks_like_name(text) for text in ("A. Jensen flytter", "Anna Jensens nye plads", "Jensen, Anna", "ANNA JENSEN")]
        [True, True, True, True]
        >>> [looks_like_name(text) for text in ("Ny plads efter visitation", "Botilbud Kløverhusen", "Leverandør Carlsen")]
        [False, False, False]
    """
    return any(not _PLACE.match(found[0]) and not _HOUSE.search(found[0]) for found in _NAME.finditer(text))


def signature_of(who: str) -> str:
    """What someone who is signed in signs with: an address before its @; empty where nobody is, or where it is no signature.

    Example:
        >>> signature_of("kn@kommune.dk"), signature_of("local"), signature_of("auth0|5f7c")
        ('kn', '', '')
    """
    name = who.partition("@")[0]
    fits = who not in _NOBODY and re.fullmatch(SIGNATURE, name) is not None and not holds_cpr(name)
    return name if fits else ""


def add_adjustment(paths: Paths, entry: Mapping[str, object]) -> str:
    """Enter one coming event.

    Args:
        paths: The home.
        entry: Columns of ``ADJUSTMENTS`` without ``adjustment_id``; None where not said. Dates as dates.

    Returns:
        The id it was given.

    Raises:
        AdjustmentRefused: Something is missing, out of bounds or has the shape of a CPR number; nothing was written.
    """
    given: dict[str, object] = {name: value for name, value in entry.items() if value is not None}
    given["adjustment_id"] = f"j-{secrets.token_hex(4)}"
    for column in ADJUSTMENTS.columns:
        _check(column, given.get(column.name))
    _check_whole(given)
    _check_name(given["reason"])
    line = {"action": "add", **{name: _plain(value) for name, value in given.items()}}
    _record(paths, line, "adjustment_entered", who=str(given["who"]))
    return str(given["adjustment_id"])


def withdraw_adjustment(paths: Paths, adjustment_id: str, *, who: str, on: date, reason: str | None = None) -> None:
    """Take an adjustment back: it counts no longer, and stays in the record with who did it and why.

    Args:
        paths: The home.
        adjustment_id: As it was given.
        who: Signature.
        on: Day it is taken back.
        reason: Why; no name and no number of a person. None: not said.

    Raises:
        AdjustmentRefused: There is none of that id, it is withdrawn already, ``who`` is no signature, or the reason can't be
            taken.
    """
    _check(ADJUSTMENTS.column("who"), who)
    if reason is not None:
        _check(ADJUSTMENTS.column("reason"), reason)
        _check_name(reason)
    said = {"action": "withdraw", "adjustment_id": adjustment_id, "withdrawn_on": on.isoformat(), "withdrawn_by": who}
    with _held(paths):
        _check_known(paths, adjustment_id)
        _record(paths, said if reason is None else {**said, "withdrawn_reason": reason}, "adjustment_withdrawn", who=who)


@contextmanager
def _held(paths: Paths) -> Iterator[None]:
    """One writer at a time, from what is looked up to what is added: two sessions cannot take the same one back."""
    try:
        lock = hold(paths.adjustments)
    except OSError as error:
        raise _not_kept(paths, error) from None
    try:
        yield
    finally:
        lock.release()


def _check_known(paths: Paths, adjustment_id: str) -> None:
    known = {str(row["adjustment_id"]): row for row in read_adjustments(paths)}
    if adjustment_id not in known:
        what = "No adjustment that was entered by command or on the page has that id"
        remedy = "'opdrift adjustment list' names them; one from a file is withdrawn in the file (withdrawn_on)"
        raise AdjustmentRefused(what, code="no_such", remedy=remedy)
    if known[adjustment_id].get("withdrawn_on"):
        what = "The adjustment is withdrawn already"
        raise AdjustmentRefused(what, code="withdrawn_already", where=adjustment_id, remedy="Nothing; it counts no longer")


def read_adjustments(paths: Paths) -> list[dict[str, Any]]:
    """Every adjustment ever entered by command or on a page, in the order of entry; dates as ISO text, absent where not said.

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
            raise AdjustmentRefused(what, code="missing", column=column.name, remedy="Give it; nothing was entered")
        return
    text = str(value)
    if column.kind is Kind.TEXT and (cpr_in_text if column.prose else holds_cpr)(text):
        what = f"{option} holds something with the shape of a CPR number"
        why = "Personal numbers must not be stored; the text was not kept"
        raise AdjustmentRefused(what, code="cpr", column=column.name, why=why, remedy="Say it without the number")
    if column.allowed and text not in column.allowed:
        what = f"{option} is none of {', '.join(column.allowed)}"
        raise AdjustmentRefused(what, code="form", column=column.name, remedy="Give one of these")
    if column.pattern and re.fullmatch(column.pattern, text) is None:
        what = f"{option} has not the form that is wanted"
        where, remedy = f"adjustments.{column.name}", column.meaning or "See docs/mapping.md"
        raise AdjustmentRefused(what, code="form", column=column.name, where=where, remedy=remedy)
    if column.kind in {Kind.MONEY, Kind.NUMBER} and not float(column.low) <= float(text) <= float(column.high):
        what = f"{option} lies outside {column.low} to {column.high}"
        raise AdjustmentRefused(what, code="bounds", column=column.name, remedy="Check the unit: kroner, or per cent")
    if column.kind is Kind.DATE and not column.low <= text <= column.high:
        what = f"{option} lies outside {column.low} to {column.high}"
        raise AdjustmentRefused(what, code="bounds", column=column.name, remedy="Write it as YYYY-MM-DD")


def _check_whole(given: Mapping[str, object]) -> None:
    if "frame" not in given and "service" not in given:
        what = "Neither --frame nor --service is given"
        raise AdjustmentRefused(what, code="nowhere", why="The amount would stand nowhere", remedy="Give one of them")
    if ("amount_dkk" in given) == ("change_pct" in given):
        what = "Give either --amount-dkk or --change-pct"
        remedy = "An amount in kroner, or a change in per cent of what is expected"
        raise AdjustmentRefused(what, code="amount", remedy=remedy)
    if "effective_to" in given and str(given["effective_to"]) < str(given["effective_from"]):
        what = "--to lies before --from"
        raise AdjustmentRefused(what, code="order", column="effective_to", remedy="Turn them round, or leave --to out")


def _check_name(reason: object) -> None:
    if looks_like_name(str(reason)):
        what = "--reason holds what looks like a person's name"
        why = "Names must not be stored; the text was not kept"
        raise AdjustmentRefused(what, code="name", column="reason", why=why, remedy="Say it without the name")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _record(paths: Paths, line: Mapping[str, object], kind: str, *, who: str) -> None:
    """Note it in the log, then write the line: whoever is told that nothing was kept is told so truly, whichever failed."""
    text = json.dumps(line, ensure_ascii=False, sort_keys=True)
    facts = {"adjustment_id": str(line["adjustment_id"]), "sha256": sha256(text.encode()).hexdigest()}
    append(paths, kind, facts, who=who)
    try:
        add_line(paths.adjustments, text)
    except OSError as error:
        with suppress(OpdriftError, OSError):
            append(paths, "adjustment_not_kept", facts, who=who)
        raise _not_kept(paths, error) from None


def _not_kept(paths: Paths, error: OSError) -> AdjustmentRefused:
    what, remedy = f"The adjustment can't be written ({type(error).__name__})", "See that the home has room and may be written to"
    return AdjustmentRefused(what, code="not_kept", where=paths.adjustments.name, remedy=remedy)
