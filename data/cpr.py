"""The shape of a Danish CPR number: found in text, taken out of names and messages, and normalised before keying.

Only the shape is known here (day, month, two-digit year, four digits), never whether a number is in use. Settings are checked by
it before anything heavy is imported: Arrow comes with the first column.

Two widths. Keys and codes are held against the number's own spellings (``holds_cpr``): a wider one would set good codes aside.
What people write is held against every usual spelling (``cpr_in_text``), and so is what is hidden in messages (``hide_cpr``).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

_MONTH = r"(?:0[1-9]|1[0-2])"
_ALONE = r"(?<![0-9])(?<![0-9]{4}-)"  # not the month and day of 2026-10-12
_NO_AMOUNT = r"(?<!\w)(?<![0-9][.,-])(?<!kr )(?<!kr\. )(?<!dkk )"
_NO_MONEY = r"(?! ?(?:(?:kr|dkk|mio|mia|tkr|t\.kr|euro)\b|%))(?!,[0-9])(?!-[0-9]{2})"
_LOOSE = re.compile(
    "|".join(
        (
            # 01.01.80-1234, 010180 1234; a date and a blank before a number are two things where kroner or a date follow
            rf"{_ALONE}{_DAY}[ ./_:-]{{0,3}}{_MONTH}[ ./_:-]{{0,3}}[0-9]{{2}}[./_:-]{{0,3}}[0-9]{{4}}(?![0-9])",
            rf"(?<![0-9]){_DATE}[ ./_:-]{{0,3}}[0-9]{{4}}(?![0-9])",
            rf"{_ALONE}{_DAY}[ ./_-]{{0,3}}{_MONTH}[ ./_-]{{0,3}}[0-9]{{2}}[ ./_:-]{{0,3}}[0-9]{{4}}(?![0-9]){_NO_MONEY}",
            # 1.1.80-1234, 01-01-1980-1234
            rf"{_ALONE}(?:{_DAY}|[1-9])[ ./-]{{1,2}}(?:{_MONTH}|[1-9])[ ./-]{{1,2}}(?:1[89]|20)?[0-9]{{2}}-[0-9]{{4}}(?![0-9])",
            # 101801234, 10180-1234: the zero in front is lost; no number ends in 0000, and amounts do
            rf"{_NO_AMOUNT}[1-9]{_MONTH}[0-9]{{2}}-?(?!0000)[0-9]{{4}}(?!\w)(?!\.[0-9]){_NO_MONEY}",
        )
    ),
    re.IGNORECASE,
)
_LIKE = {"\u2044": "/", "\u2215": "/", "\u2212": "-", "\u2043": "-", "\u00b7": "."}
_ONE_BLANK = str.maketrans("\t\n\r\v\f", "     ")


def holds_cpr(text: str) -> bool:
    """Tell whether ``text`` holds something with the shape of a CPR number.

    Example:
        >>> holds_cpr("kontakt 010180-1234 i dag"), holds_cpr("0101801234"), holds_cpr("4501801234")
        (True, True, False)
    """
    return _INSIDE.search(text) is not None


def cpr_in_text(text: str) -> bool:
    """Tell whether what somebody wrote holds a CPR number in any usual spelling.

    Separators between the pairs, full-width digits, invisible characters, and nine digits that lost the zero in front are seen
    through. Amounts, telephone and account numbers and dates with their year are not taken for one.

    Example:
        >>> [cpr_in_text(text) for text in ("født 01.01.80-1234", "barn 101801234", "2.100.000 kr. fra 01-01-2027")]
        [True, True, False]
    """
    return any(True for _ in _spans(text))


def hide_cpr(text: str) -> str:
    """Replace every part of ``text`` that ``cpr_in_text`` finds.

    Example:
        >>> hide_cpr("sag 010180-1234.csv"), hide_cpr("01 01 80 1234 ringede")
        ('sag [CPR].csv', '[CPR] ringede')
    """
    end, kept = 0, []
    for first, last in sorted(_spans(text)):
        if last > end:
            kept += [text[end:first], _HIDDEN] if first >= end else []
            end = last
    return "".join([*kept, text[end:]])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """First and last + 1 place of every part that has the shape, in ``text`` itself and in what a reader sees of it."""
    plain = text
    places: Sequence[int] = range(len(text))
    if not text.isascii():
        seen = [(letter, place) for place, given in enumerate(text) for letter in _seen_as(given)]
        plain, places = "".join(letter for letter, _ in seen), [place for _, place in seen]
    yield from (match.span() for match in _INSIDE.finditer(text))
    for match in _LOOSE.finditer(plain.translate(_ONE_BLANK)):
        yield places[match.start()], places[match.end() - 1] + 1


def _seen_as(letter: str) -> str:
    """What a reader sees: nothing of invisible marks, plain digits, blanks and dashes of all others."""
    kind = unicodedata.category(letter)
    if kind in {"Cf", "Mn", "Me"}:
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(letter))
    if kind in {"Pd", "Zs"}:
        return "-" if kind == "Pd" else " "
    return _LIKE.get(letter) or unicodedata.normalize("NFKC", letter)


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


def cpr_mask(values: pa.ChunkedArray, *, prose: bool = False) -> pa.ChunkedArray:
    """Mark the values of a text column that hold a CPR-shaped part.

    Args:
        values: (n,) strings, nulls allowed.
        prose: They are what people wrote, and are held against every usual spelling.

    Returns:
        (n,) booleans without nulls.

    Example:
        >>> import pyarrow as pa
        >>> cpr_mask(pa.chunked_array([["botilbud", None, "ring 010180-1234"]])).to_pylist()
        [False, False, True]
    """
    import pyarrow.compute as pc  # noqa: PLC0415

    if prose:
        import pyarrow as pa  # noqa: PLC0415

        shaped = [text for text in pc.unique(values).to_pylist() if text is not None and cpr_in_text(text)]
        return pc.is_in(values, pa.array(shaped, pa.string()))
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
