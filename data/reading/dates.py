"""Dates as text -> days, vectorised; a day that no calendar has is unreadable, not the next month's."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_TOKENS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"\d{1,2}",
    "M": r"\d{2}",
    "S": r"\d{2}(?:\.\d+)?",
}
_PIVOT = 69  # two-digit years: 00-68 are 2000-2068, as POSIX has it


def parse_dates(text: pa.Array, formats: tuple[str, ...]) -> pa.Array:
    """Read dates by the first format that fits each value.

    Args:
        text: (n,) text; null stays null.
        formats: strftime-like, of ``%Y %y %m %d %H %M %S`` and plain letters; without month or day, the first is meant.

    Returns:
        (n,) date32; null where no format fits or the day isn't in the calendar.

    Example:
        >>> parse_dates(pa.array(["31-01-2026", "31-02-2026", "2017K1"]), ("%d-%m-%Y", "%YK1")).to_pylist()
        [datetime.date(2026, 1, 31), None, datetime.date(2017, 1, 1)]
    """
    found = pa.nulls(len(text), pa.date32())
    for form in formats:
        if found.null_count <= text.null_count:
            break
        found = pc.coalesce(found, _by_format(text, form))
    return found


def expression_of(form: str) -> str:
    r"""Regular expression of a date format.

    Example:
        >>> print(expression_of("%d.%m.%Y"))
        ^(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<Y>\d{4})$
    """
    parts = re.split(r"(%.)", form)
    body = "".join(_TOKENS[part[1]] if re.fullmatch("%.", part) else re.escape(part).replace("\\-", "-") for part in parts)
    return f"^{body}$"


def _by_format(text: pa.Array, form: str) -> pa.Array:
    groups = pc.extract_regex(text, expression_of(form))
    known = {field.name for field in groups.type}
    if "Y" in known:
        year = _numbers(groups, "Y")
    else:
        short = _numbers(groups, "y")
        year = pc.add(short, pc.if_else(pc.less(short, _PIVOT), 2000, 1900))
    first = pa.scalar(1, pa.int64())
    month = _numbers(groups, "m") if "m" in known else pc.if_else(pc.is_valid(year), first, None)
    day = _numbers(groups, "d") if "d" in known else pc.if_else(pc.is_valid(year), first, None)
    return days_of(year, month, day)


def _numbers(groups: pa.Array, name: str) -> pa.Array:
    return pc.cast(pc.struct_field(groups, name), pa.int64())


def days_of(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    """Date of year, month and day (int64); null where any is null or the calendar has no such day.

    Example:
        >>> days_of(pa.array([2024, 2023]), pa.array([2, 2]), pa.array([29, 29])).to_pylist()
        [datetime.date(2024, 2, 29), None]
    """
    y, m, d = (np.asarray(pc.fill_null(part, 0)) for part in (year, month, day))
    months = ((y - 1970) * 12 + m - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (d - 1)
    real = (y >= 1) & (m >= 1) & (m <= 12) & (d >= 1) & (days.astype("datetime64[M]") == months)
    return pa.array(days, mask=~real).cast(pa.date32())


def first_of_month(dates: pa.Array) -> pa.Array:
    """The first day of each date's month.

    Example:
        >>> import datetime
        >>> first_of_month(pa.array([datetime.date(2026, 1, 31), None])).to_pylist()
        [datetime.date(2026, 1, 1), None]
    """
    return pc.cast(pc.floor_temporal(dates, unit="month"), pa.date32())
