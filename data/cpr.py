"""The shape of a Danish CPR number: found in text, taken out of names and messages, and normalised before keying.

Only the shape is known here (day, month, two-digit year, four digits), never whether a number is in use. Settings are checked by
it before anything heavy is imported: Arrow comes with the first column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"  # 61-91: replacement numbers add 60 to the day
_DATE = _DAY + r"(?:0[1-9]|1[0-2])[0-9]{2}"
_SEPARATOR = r"[ \x{00A0}]?[-\x{2010}-\x{2015}\x{2212}]?[ \x{00A0}]?"
_BODY = _DATE + _SEPARATOR + r"[0-9]{4}"
_ARROW = r"(?:^|[^0-9])" + _BODY + r"(?:$|[^0-9])"
_PYTHON_BODY = re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", _BODY)
_INSIDE = re.compile(r"(?<![0-9])" + _PYTHON_BODY + r"(?![0-9])")
_WHOLE = re.compile(_PYTHON_BODY)
_TEN_DIGITS = re.compile(_DATE + r"[0-9]{4}")
_HIDDEN = "[CPR]"


def holds_cpr(text: str) -> bool:
    """Tell whether ``text`` holds something with the shape of a CPR number.

    Example:
        >>> holds_cpr("kontakt 010180-1234 i dag"), holds_cpr("0101801234"), holds_cpr("4501801234")
        (True, True, False)
    """
    return _INSIDE.search(text) is not None


def hide_cpr(text: str) -> str:
    """Replace every CPR-shaped part of ``text``.

    Example:
        >>> hide_cpr("sag 010180-1234.csv")
        'sag [CPR].csv'
    """
    return _INSIDE.sub(_HIDDEN, text)


def normalise_cpr(text: str) -> str:
    """Bring a CPR-shaped value to ten digits: hyphen and blanks go, a lost leading zero comes back.

    Anything of another shape is returned stripped of blanks at its ends, and otherwise unchanged.

    Example:
        >>> normalise_cpr("010180-1234"), normalise_cpr(" 101801234 "), normalise_cpr("K-77")
        ('0101801234', '0101801234', 'K-77')
    """
    bare = text.strip()
    if _WHOLE.fullmatch(bare):
        return re.sub(r"[^0-9]", "", bare)
    digits = "0" + re.sub(r"[-\s]", "", bare)
    return digits if _TEN_DIGITS.fullmatch(digits) else bare


def cpr_mask(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mark the values of a text column that hold a CPR-shaped part.

    Args:
        values: (n,) strings, nulls allowed.

    Returns:
        (n,) booleans without nulls.

    Example:
        >>> import pyarrow as pa
        >>> cpr_mask(pa.chunked_array([["botilbud", None, "ring 010180-1234"]])).to_pylist()
        [False, False, True]
    """
    import pyarrow.compute as pc  # noqa: PLC0415

    return pc.fill_null(pc.match_substring_regex(values, _ARROW), fill_value=False)


def cpr_number_mask(values: pa.ChunkedArray, *, low: float | None, high: float | None) -> pa.ChunkedArray:
    """Mark numbers that have the shape of a CPR number and lie outside what the column can hold.

    A number inside the contract's bounds is taken for what it is: a budget of 101 050 000 kroner has the shape too.

    Args:
        values: (n,) whole numbers, decimals or floats, nulls allowed.
        low: Smallest value the contract allows; ``None`` when open.
        high: Largest value the contract allows; ``None`` when open.

    Returns:
        (n,) booleans without nulls.

    Example:
        >>> import pyarrow as pa
        >>> cpr_number_mask(pa.chunked_array([[101801234, 12, 101801234]]), low=0, high=1000).to_pylist()
        [True, False, True]
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    numbers = pc.cast(values, pa.float64())
    candidates = pc.and_(pc.greater_equal(numbers, 1e8), pc.less(numbers, 1e10))
    if high is not None:
        candidates = pc.and_(candidates, pc.or_(pc.greater(numbers, float(high)), pc.less(numbers, _open(low))))
    candidates = pc.fill_null(candidates, fill_value=False)
    if not pc.any(candidates).as_py():
        return candidates
    found = [flag and _shaped(number) for flag, number in zip(candidates.to_pylist(), numbers.to_pylist(), strict=True)]
    return pa.chunked_array([pa.array(found, pa.bool_())])


def _shaped(number: float) -> bool:
    return number.is_integer() and _TEN_DIGITS.fullmatch(f"{int(number):010d}") is not None


def _open(low: float | None) -> float:
    return float("-inf") if low is None else float(low)
