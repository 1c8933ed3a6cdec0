"""A service period in a posting's text -> its first month. The text itself goes no further.

The rule: of a period that spans several months (a quarter, "jan-mar", two dates) the first month is taken; a week counts to
the month of its Thursday (the ISO week's year); one date alone is no period (it may be the invoice's own).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.reading.dates import days_of, first_of_month

if TYPE_CHECKING:
    from collections.abc import Callable

_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_NAME = (
    r"(?:jan(?:uar)?|feb(?:r|ruar)?|mar(?:ts)?|apr(?:il)?|maj|juni?|juli?|aug(?:ust)?|"
    r"sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_TO = r"\s*(?:-|–|/|&|\+|\btil\b|\bog\b)\s*"
_YEAR = r"(?P<y>[\s\-/]*(?:19|20)\d{2}|[\-/]\d{2}|\s*'\d{2})"  # two digits only behind a stroke or an apostrophe
_FULL_YEAR = r"(?P<y>(?:19|20)\d{2})"
_BEFORE, _AFTER = r"(?:^|[^0-9a-zæøå])", r"(?:$|[^0-9])"
_BEFORE_NUMBER, _AFTER_NUMBER = r"(?:^|[^0-9./-])", r"(?:$|[^0-9./-]|[.-](?:$|[^0-9]))"


def service_months(text: pa.Array) -> pa.Array:
    """First month of the service period that each text names.

    Args:
        text: (n,) free text; null stays null.

    Returns:
        (n,) date32, first day of the month; null where no period is found.

    Example:
        >>> texts = ["Ophold 03-2024", "Takst marts 2024", "dec-jan 2024", "2. kvartal 2024", "uge 1 2024", "Faktura 05-04-2024"]
        >>> [str(month)[:7] for month in service_months(pa.array(texts)).to_pylist()]
        ['2024-03', '2024-03', '2023-12', '2024-04', '2024-01', 'None']
    """
    lower = pc.utf8_lower(text)
    found = pa.nulls(len(text), pa.date32())
    for expression, month_of in _FORMS:
        left = pc.and_(pc.is_null(found), pc.is_valid(lower))
        places = np.flatnonzero(np.asarray(left))
        if not len(places):
            break
        months = month_of(pc.extract_regex(lower.take(pa.array(places)), expression))
        found = _placed(found, places, months)
    return found


def _placed(found: pa.Array, places: np.ndarray, months: pa.Array) -> pa.Array:
    known = np.asarray(pc.is_valid(months))
    if not known.any():
        return found
    mask = np.zeros(len(found), dtype=bool)
    mask[places[known]] = True
    return pc.replace_with_mask(found, pa.array(mask), months.drop_null())


def _number(groups: pa.Array, name: str) -> pa.Array:
    return pc.cast(pc.struct_field(groups, name), pa.int64())


def _year(groups: pa.Array) -> pa.Array:
    digits = pc.replace_substring_regex(pc.struct_field(groups, "y"), "[^0-9]", "")
    number = pc.cast(digits, pa.int64())
    return pc.if_else(pc.less(number, 100), pc.add(number, 2000), number)


def _first(year: pa.Array, month: pa.Array) -> pa.Array:
    return days_of(year, month, pc.if_else(pc.is_valid(month), pa.scalar(1, pa.int64()), pa.scalar(None, pa.int64())))


def _named_month(groups: pa.Array, name: str) -> pa.Array:
    short = pc.utf8_slice_codeunits(pc.struct_field(groups, name), 0, 3)
    return pc.add(pc.cast(pc.index_in(short, pa.array(_MONTHS)), pa.int64()), 1)


def _numeric(groups: pa.Array) -> pa.Array:
    return _first(_year(groups), _number(groups, "m"))


def _by_name(groups: pa.Array) -> pa.Array:
    return _first(_year(groups), _named_month(groups, "m"))


def _by_range(groups: pa.Array) -> pa.Array:
    """One year behind two months: where the first comes later in the year, it lies in the year before."""
    first, last, year = _named_month(groups, "m"), _named_month(groups, "n"), _year(groups)
    return _first(pc.subtract(year, pc.cast(pc.greater(first, last), pa.int64())), first)


def _by_number_range(groups: pa.Array) -> pa.Array:
    first, last, year = _number(groups, "m"), _number(groups, "n"), _year(groups)
    return _first(pc.subtract(year, pc.cast(pc.greater(first, last), pa.int64())), first)


def _by_part(months: int) -> Callable[[pa.Array], pa.Array]:
    def month_of(groups: pa.Array) -> pa.Array:
        part = _number(groups, "q")
        return _first(_year(groups), pc.add(pc.multiply(pc.subtract(part, 1), months), 1))

    return month_of


def _by_week(groups: pa.Array) -> pa.Array:
    """The Thursday of ISO week w is 7 (w - 1) days after the Thursday of the week that holds 4 January."""
    year, week = _year(groups), _number(groups, "w")
    y, w = (np.asarray(pc.fill_null(part, 0)) for part in (year, week))
    fourth = ((y - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 3).astype(np.int64)
    thursday = fourth - (fourth + 3) % 7 + 3 + 7 * (w - 1)
    return first_of_month(pa.array(thursday.astype("int32"), mask=(y == 0) | (w < 1) | (w > 53)).cast(pa.date32()))


_MM = r"0?[1-9]|1[0-2]"
_DATE = r"\d{1,2}[.\-/](?P<m>0?[1-9]|1[0-2])[.\-/](?P<y>(?:19|20)?\d{2})"
_ANY_DATE = r"\d{1,2}[.\-/]\d{1,2}[.\-/](?:19|20)?\d{2}"
_FORMS: tuple[tuple[str, Callable[[pa.Array], pa.Array]], ...] = (
    (rf"{_BEFORE_NUMBER}{_DATE}{_TO}{_ANY_DATE}{_AFTER}", _numeric),
    (rf"{_BEFORE}(?P<m>{_NAME})\s*{_FULL_YEAR}{_TO}{_NAME}\s*(?:19|20)\d{{2}}{_AFTER}", _by_name),
    (rf"{_BEFORE}(?P<m>{_NAME}){_TO}(?P<n>{_NAME}){_YEAR}{_AFTER}", _by_range),
    (rf"{_BEFORE}(?P<m>{_NAME}){_YEAR}{_AFTER}", _by_name),
    (rf"{_BEFORE}(?P<q>[1-4])\.?\s*(?:kvartal|kvt|kv)\.?{_YEAR}{_AFTER}", _by_part(3)),
    (rf"{_BEFORE}[kq](?P<q>[1-4])[\s\-/]*{_FULL_YEAR}{_AFTER}", _by_part(3)),
    (rf"{_BEFORE}{_FULL_YEAR}\s*[kq](?P<q>[1-4]){_AFTER}", _by_part(3)),
    (rf"{_BEFORE}(?P<q>[12])\.?\s*halvår{_YEAR}{_AFTER}", _by_part(6)),
    (rf"{_BEFORE}uge\s*(?P<w>\d{{1,2}})(?:{_TO}(?:uge\s*)?\d{{1,2}})?[\s\-/]+{_FULL_YEAR}{_AFTER}", _by_week),
    (rf"{_BEFORE_NUMBER}(?P<m>{_MM})\s*(?:-|–|til)\s*(?P<n>{_MM})\s*/\s*{_FULL_YEAR}{_AFTER_NUMBER}", _by_number_range),
    (rf"{_BEFORE_NUMBER}(?P<m>{_MM})[\-/.]{_FULL_YEAR}{_AFTER_NUMBER}", _numeric),
    (rf"{_BEFORE_NUMBER}{_FULL_YEAR}[\-/.](?P<m>0[1-9]|1[0-2]){_AFTER_NUMBER}", _numeric),
    (rf"\bper(?:iode|\.)?:?\s*{_FULL_YEAR}(?P<m>0[1-9]|1[0-2]){_AFTER}", _numeric),
)
