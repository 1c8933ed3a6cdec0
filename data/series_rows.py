"""The rows of one series of a ``--series`` file: read by stated rules, with what was found said for that series only."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

TARGETS = ("cost", "volume")
STEP_FACTOR = 8.0
STEP_MONTHS = 6
"""A step: the medians of the six months before and after it differ by this factor (a tenfold one does, a season does not)."""
YEAR = 12
FIRST_YEAR, LAST_YEAR = 1900, 2199
LARGEST = 1e15
"""Above it no number is a month's cost or volume, in any currency."""
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-01)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MISSING = {"", "nan"}
_INFINITE = {"inf", "infinity"}


class Row(NamedTuple):
    """One row as text; ``number`` is its line in the file (the header is 1). ``cells`` is False where it was not whole."""

    number: int
    month: str
    cost: str
    volume: str
    exposure: str
    group: str
    cells: bool = True


@dataclass(frozen=True)
class Finding:
    """What was found in one series.

    Attributes:
        series_id: The series.
        code: Short machine word.
        row: First line of the file where it shows; 0 where it is no single line.
        count: How many rows or months.
        what: What was found.
        done: What was done about it.
        set_aside: The series is not forecast.
    """

    series_id: str
    code: str
    row: int
    count: int
    what: str
    done: str
    set_aside: bool = False


@dataclass(frozen=True)
class RawSeries:
    """One series of the file, months dense from its first row to its last.

    Attributes:
        series_id: Key.
        group: Declared group, or empty.
        first: First month, as months since year 0.
        columns: By target (cost, volume): (N,) with NaN where there is no number; only targets with a value.
        exposure: (N,) with NaN where there is none.
    """

    series_id: str
    group: str
    first: int
    columns: dict[str, npt.NDArray[np.float64]]
    exposure: npt.NDArray[np.float64]

    @property
    def last(self) -> int:
        """Last month, as months since year 0."""
        return self.first + len(self.exposure) - 1


@lru_cache(maxsize=8192)
def month_number(text: str) -> int | None:
    """Months since year 0 of ``YYYY-MM`` or ``YYYY-MM-01``; None of anything else.

    Example:
        >>> month_number("2020-02") - month_number("2019-12-01"), month_number("2020-02-29"), month_number("1.2.2020")
        (2, None, None)
    """
    found = _MONTH.fullmatch(text.strip())
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    return int(found[1]) * 12 + int(found[2]) - 1


def month_text(number: int) -> str:
    """The month as ``YYYY-MM``.

    Example:
        >>> month_text(month_number("2020-02"))
        '2020-02'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def counted(number: int, what: str) -> str:
    """The number and what is counted, in the plural where there are several.

    Example:
        >>> counted(1, "month"), counted(3, "month")
        ('1 month', '3 months')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def read_number(text: str) -> tuple[float, str]:
    """A number, or NaN and why: empty, text, infinite or too_large.

    Example:
        >>> read_number("12.5"), read_number(" "), read_number("1.234,5"), read_number("-inf")
        ((12.5, ''), (nan, 'empty'), (nan, 'text'), (nan, 'infinite'))
    """
    bare = text.strip()
    if bare.lower() in _MISSING:
        return math.nan, "empty"
    if _NUMBER.fullmatch(bare) is None:
        return math.nan, "infinite" if bare.lstrip("+-").lower() in _INFINITE else "text"
    value = float(bare)
    if not math.isfinite(value):
        return math.nan, "infinite"
    return (value, "") if abs(value) <= LARGEST else (math.nan, "too_large")


def read_series(series_id: str, rows: Sequence[Row], *, newest: int) -> tuple[RawSeries | None, list[Finding]]:
    """Read one series.

    Args:
        series_id: Its key.
        rows: Its rows, in the file's order.
        newest: This month, as months since year 0: what lies later is said.

    Returns:
        The series, or None where it is set aside; and what was found.
    """
    broken = _unreadable(series_id, rows)
    if broken is not None:
        return None, [broken]
    months = [month_number(row.month) or 0 for row in rows]
    by_month: dict[int, Row] = {}
    same: list[Row] = []
    for month, row in zip(months, rows, strict=True):
        before = by_month.setdefault(month, row)
        if before is row:
            continue
        if not _says_the_same(before, row):
            what = f"month {month_text(month)} stands there more than once, with different figures"
            return None, [Finding(series_id, "duplicate_differs", row.number, 1, what, _ASIDE, set_aside=True)]
        same.append(row)
    findings = list(_order_findings(series_id, rows, months, same))
    raw = _dense(series_id, by_month, findings)
    if not raw.columns:
        what = "no row holds a cost or a volume that can be read"
        return None, [*findings, Finding(series_id, "no_value", rows[0].number, len(rows), what, _ASIDE, set_aside=True)]
    findings += _value_findings(raw, by_month, newest)
    return raw, findings


_ASIDE = "the series is set aside; the others go on"
_WORDS = {
    "text": ("no number (write 1234.5: point for decimals, nothing between thousands)", "taken as missing"),
    "infinite": ("infinite", "taken as missing"),
    "too_large": (f"above {LARGEST:g}, which no month is", "taken as missing"),
}


def _unreadable(series_id: str, rows: Sequence[Row]) -> Finding | None:
    cut = [row for row in rows if not row.cells]
    if cut:
        what = "a row has more or fewer cells than the header"
        return Finding(series_id, "broken_row", cut[0].number, len(cut), what, _ASIDE, set_aside=True)
    wrong = [row for row in rows if month_number(row.month) is None]
    if wrong:
        what = f"month is not written YYYY-MM or YYYY-MM-01 (years {FIRST_YEAR} to {LAST_YEAR})"
        return Finding(series_id, "month", wrong[0].number, len(wrong), what, _ASIDE, set_aside=True)
    return None


def _says_the_same(one: Row, other: Row) -> bool:
    pairs = ((one.cost, other.cost), (one.volume, other.volume), (one.exposure, other.exposure))
    return all(str(read_number(a)) == str(read_number(b)) for a, b in pairs)


def _order_findings(series_id: str, rows: Sequence[Row], months: list[int], same: list[Row]) -> Iterator[Finding]:
    if same:
        yield Finding(series_id, "duplicate_same", same[0].number, len(same), "the same row stands there again", "taken once")
    back = [row for row, before, month in zip(rows[1:], months, months[1:], strict=False) if month < before]
    if back:
        yield Finding(series_id, "unsorted", back[0].number, len(back), "months are not in order", "put in order")


def _dense(series_id: str, by_month: dict[int, Row], findings: list[Finding]) -> RawSeries:
    first, last = min(by_month), max(by_month)
    columns = {name: np.full(last - first + 1, np.nan) for name in (*TARGETS, "exposure")}
    wrong: dict[tuple[str, str], list[int]] = {}
    for month, row in by_month.items():
        for name, values in columns.items():
            value, why = read_number(getattr(row, name))
            values[month - first] = value
            if why in _WORDS:
                wrong.setdefault((why, name), []).append(row.number)
    for (why, name), numbers in wrong.items():
        said, done = _WORDS[why]
        findings.append(Finding(series_id, why, min(numbers), len(numbers), f"{name} is {said}", done))
    groups = {row.group.strip() for row in by_month.values()} - {""}
    if len(groups) > 1:
        what = f"{len(groups)} different groups are declared"
        findings.append(Finding(series_id, "groups_differ", 0, len(groups), what, "the series borrows from no group"))
    values = {name: columns[name] for name in TARGETS if np.isfinite(columns[name]).any()}
    return RawSeries(series_id, groups.pop() if len(groups) == 1 else "", first, values, columns["exposure"])


def _value_findings(raw: RawSeries, by_month: dict[int, Row], newest: int) -> Iterator[Finding]:
    for name, values in raw.columns.items():
        every = np.flatnonzero(np.isfinite(values))
        late, known = every[every + raw.first > newest], every[every + raw.first <= newest]
        gaps = int(known[-1] - known[0] + 1 - len(known)) if len(known) else 0
        if gaps:
            after = int(known[np.flatnonzero(np.diff(known) > 1)[0]]) + 1
            row = by_month.get(raw.first + after)
            what = f"{name} is missing in {counted(gaps, 'month')}, first in {month_text(raw.first + after)}"
            yield Finding(raw.series_id, "gap", row.number if row else 0, gaps, what, "left as missing, not filled in")
        negative = np.flatnonzero(values < 0)
        if len(negative):
            row_number = by_month[raw.first + int(negative[0])].number
            done = "counted as zero by the forecast, which is never negative; scored as it is"
            yield Finding(raw.series_id, "negative", row_number, len(negative), f"{name} is negative", done)
        if len(late):
            row_number = by_month[raw.first + int(late[0])].number
            what = f"{name} is given for months that have not been yet ({month_text(raw.first + int(late[0]))} on)"
            yield Finding(raw.series_id, "future", row_number, len(late), what, "read only at a cutoff that reaches them")
        step = lasting_step(values[known])
        if step is not None:
            month = raw.first + int(known[step])
            what = f"the level of {name} changes more than {STEP_FACTOR:g} times at about {month_text(month)}"
            done = "kept, and may be read as growth; check whether its unit changed"
            yield Finding(raw.series_id, "step", by_month[month].number, 1, what, done)
            continue
        whole = values[int(known[0]) : int(known[-1]) + 1] if len(known) else values[:0]
        new = _newest_step(whole)
        if new:
            month = raw.first + int(known[-1]) - new + 1
            what = (
                f"{name} from {month_text(month)} on is off the half year before, and a year ago, more than {STEP_FACTOR:g} times"
            )
            done = "kept, so the forecast lies between the two levels; check whether its unit changed or a month is not whole"
            yield Finding(raw.series_id, "newest_step", by_month[month].number, new, what, done)


def lasting_step(values: npt.NDArray[np.float64]) -> int | None:
    """Position of the first month after the largest lasting step beyond ``STEP_FACTOR``; None without one."""
    if len(values) < 2 * STEP_MONTHS:
        return None
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, STEP_MONTHS), axis=1)
    before, after = medians[:-STEP_MONTHS], medians[STEP_MONTHS:]
    sizes = np.abs(np.log(np.maximum(after, 1e-12)) - np.log(np.maximum(before, 1e-12)))
    sizes[(before <= 0) | (after <= 0)] = 0.0  # beginning and ending are no step
    best = int(np.argmax(sizes))
    if sizes[best] <= math.log(STEP_FACTOR):
        return None
    near = np.log(np.maximum(values[best : best + 2 * STEP_MONTHS], 1e-12))
    return best + 1 + int(np.argmax(np.abs(np.diff(near))))


def _newest_step(values: npt.NDArray[np.float64]) -> int:
    """How many newest months (fewer than a lasting step has) are all off, both from those before and from a year ago; 0: none."""
    for new in range(STEP_MONTHS - 1, 0, -1):
        if len(values) < YEAR + new:
            continue
        before, year_ago = np.median(values[-STEP_MONTHS - new : -new]), values[-YEAR - new : -YEAR]
        if (
            not np.isfinite([before, *year_ago, *values[-new:]]).all()
            or before <= 0
            or (year_ago <= 0).any()
            or (values[-new:] <= 0).any()
        ):
            continue
        logs = np.log(values[-new:])
        off, of_year = logs - math.log(before), logs - np.log(year_ago)
        if min(abs(off).min(), abs(of_year).min()) > math.log(STEP_FACTOR) and len(set(np.sign([*off, *of_year]))) == 1:
            return new
    return 0
