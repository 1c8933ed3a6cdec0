"""Text -> the contract's types, vectorised. What can't be read is null; who can't be read is said by ``tables``."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from data.reading.dates import first_of_month, parse_dates
from data.schema.column import Kind

ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.NUMBER: pa.float64(),
    Kind.DATE: pa.date32(),
    Kind.MONTH: pa.date32(),
    Kind.FLAG: pa.bool_(),
}
_YES = ("true", "1", "ja", "j", "yes", "sand")
_NO = ("false", "0", "nej", "n", "no", "falsk")
_NUMBER = r"^[+-]?(\d{1,15}(\.\d*)?|\.\d+)$"
_CENTS = r"^[+-]?\d{1,15}(\.\d{1,2})?$"
_WIDE = pa.decimal128(38, 18)


@dataclass(frozen=True)
class Marks:
    """How numbers and dates are written in a file.

    Attributes:
        decimal: Decimal mark.
        thousands: Thousands mark, empty when there is none.
        dates: Date formats, tried in order.
    """

    decimal: str = ","
    thousands: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)


def parse(text: pa.Array, kind: Kind, marks: Marks, *, factor: float = 1.0) -> pa.Array:
    """Read text as ``kind``.

    Args:
        text: (n,) trimmed text; null means missing.
        kind: What it holds.
        marks: How numbers and dates are written.
        factor: Numbers and money are multiplied by it.

    Returns:
        (n,) of the kind's type; null where missing or unreadable.

    Example:
        >>> parse(pa.array(["1.234,50", "12-", "x"]), Kind.MONEY, Marks(thousands=".")).to_pylist()
        [Decimal('1234.50'), Decimal('-12.00'), None]
    """
    match kind:
        case Kind.DATE:
            return parse_dates(text, marks.dates)
        case Kind.MONTH:
            return first_of_month(parse_dates(text, marks.dates))
        case Kind.FLAG:
            return _flags(text)
        case Kind.TEXT:
            return text
        case _:
            return _scaled(_plain_numbers(text, marks), kind, factor)


def _flags(text: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(text)
    yes, no = (pc.is_in(lower, pa.array(words)) for words in (_YES, _NO))
    return pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))


def _plain_numbers(text: pa.Array, marks: Marks) -> pa.Array:
    """Digits with a point for the decimal mark and the sign first; null where it is no number."""
    number = pc.replace_substring(pc.replace_substring(text, "\u2212", "-"), "\u00a0", "")
    number = pc.replace_substring_regex(number, r"^([^-]+)-$", r"-\1")  # ledger systems write the minus last
    if marks.thousands:
        mark, decimal = (f"\\{sign}" if sign in ".," else sign for sign in (marks.thousands, marks.decimal))
        grouped = pc.match_substring_regex(number, rf"^[+-]?(\d+|\d{{1,3}}({mark}\d{{3}})+)?({decimal}\d*)?$")
        number = pc.if_else(grouped, pc.replace_substring(number, marks.thousands, ""), pa.scalar(None, pa.string()))
    if marks.decimal != ".":
        pointed = pc.match_substring(number, ".")
        number = pc.if_else(pointed, pa.scalar(None, pa.string()), pc.replace_substring(number, marks.decimal, "."))
    return pc.if_else(pc.match_substring_regex(number, _NUMBER), number, pa.scalar(None, pa.string()))


def _scaled(number: pa.Array, kind: Kind, factor: float) -> pa.Array:
    if factor != 1.0:
        multiplied = pc.multiply(pc.cast(number, pa.float64()), factor)
        multiplied = pc.if_else(pc.less(pc.abs(multiplied), 1e15), multiplied, pa.scalar(None, pa.float64()))
        digits = {Kind.WHOLE: 0, Kind.MONEY: 2}.get(kind)
        return multiplied if digits is None else pc.cast(_half_up(multiplied, digits), ARROW[kind])
    if kind is Kind.NUMBER:
        return pc.cast(number, pa.float64())
    if kind is Kind.WHOLE:
        whole = pc.replace_substring_regex(number, r"\.0*$", "")
        return pc.cast(pc.if_else(pc.match_substring(whole, "."), pa.scalar(None, pa.string()), whole), pa.int64())
    return _money(number)


def _money(number: pa.Array) -> pa.Array:
    """Two decimals, half a cent away from zero; most files have no more than two, which is quick."""
    if pc.all(pc.match_substring_regex(number, _CENTS)).as_py() in (True, None):
        return pc.cast(number, ARROW[Kind.MONEY])
    cut = pc.replace_substring_regex(number, r"^(.*\.\d{18})\d+$", r"\1")
    return pc.cast(_half_up(pc.cast(cut, _WIDE), 2), ARROW[Kind.MONEY])


def _half_up(values: pa.Array, digits: int) -> pa.Array:
    return pc.round(values, ndigits=digits, round_mode="half_towards_infinity")
