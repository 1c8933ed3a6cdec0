"""Months that the fit must not take at face value: one-off months, declared months that show, steps at declared dates.

A marked month keeps its value wherever it is shown, scored or summed; the fit alone takes it as missing, or takes the history
before a step at the newer level (kædning). Only what was known at the cutoff is read (decision 0013).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.series import Cause, Kind, Mark, Series, read_series
from models.forecast.steps import YEAR, levelled, median_of_known, shown_steps, shown_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.types import Array, DeclaredBreak

    Flags = npt.NDArray[np.bool_]

LEAST_KEPT = 36
"""Months that must be left for the fit; as many as an origin needs behind it."""
SCATTERS = 8.0
"""Robust scatters off the neighbours: in ordinary noise such a month does not come."""
FACTOR = 2.0
"""... and more than twice, or less than half, of what was to be expected."""
LONGEST = 2
"""Months of a one-off; what lasts longer is a change."""
BACK = 2
"""Known months on either side that lie within the scatter again: so the newest two months are never marked."""
MONTHS_PER_ONE_OFF = 36
"""More of them than one in three years are the nature of the series, and none is marked."""
_HALF = 6
"""Months on either side that tell what was to be expected; at least six of the twelve must be known."""
_LEAST_SCATTER = 0.02
_MAD = 1.4826


def read_marked(values: Array, first_month: pd.Timestamp, breaks: Sequence[DeclaredBreak] = ()) -> Series:
    """Read a series as the fit is to see it.

    Args:
        values: (T,) months from ``first_month`` to the cutoff, NaN where unknown.
        first_month: First day of the first one.
        breaks: Declared breaks that concern the series.

    Returns:
        As ``read_series``, with marked months missing and the history before a step at the newer level; ``marks`` says which.
        Only a series that may have a path of its own is marked.

    Example:
        >>> series = read_marked(np.r_[np.full(30, 5.0), 50.0, np.full(29, 5.0)], pd.Timestamp("2020-01-01"))
        >>> [f"{mark.cause} {mark.first:%Y-%m}" for mark in series.marks]
        ['one_off 2022-07']
    """
    plain = read_series(values)
    if plain.kind is not Kind.REGULAR or plain.months <= LEAST_KEPT:
        return plain
    logs = np.full(len(values), np.nan)
    above = np.isfinite(values) & (values > 0)
    logs[above] = np.log(values[above])
    left_out, windows = _windows(logs, first_month, breaks)
    logs[left_out] = np.nan
    moved, steps = _steps(logs, first_month, breaks)
    left_out, single = _one_offs(logs + moved, first_month, left_out)
    marks = (*windows, *steps, *single)
    if not marks:
        return plain
    came = read_series(values * np.exp(moved))
    fitted = read_series(np.where(left_out, np.nan, values * np.exp(moved)))
    return replace(
        fitted,
        months=plain.months,
        came=came.monthly,
        marks=tuple(sorted(marks, key=lambda mark: (mark.first, mark.last))),
        closed=plain.closed,
    )


def _windows(logs: Array, first_month: pd.Timestamp, breaks: Sequence[DeclaredBreak]) -> tuple[Flags, list[Mark]]:
    """(T,) declared months in which the series lies off, as far as enough others are left; and their marks."""
    left_out, marks = np.zeros(len(logs), dtype=bool), []
    spans = [(item, _place(first_month, item.first), _place(first_month, item.last)) for item in breaks if item.last is not None]
    declared = np.zeros(len(logs), dtype=bool)
    for _, first, last in spans:
        declared[max(first, 0) : max(last + 1, 0)] = True
    for item, first, last in spans:
        if not shown_window(logs, first, last, declared):
            continue
        wider = left_out.copy()
        wider[first : last + 1] = True
        if np.isfinite(logs[~wider]).sum() >= LEAST_KEPT:
            left_out = wider
            marks.append(Mark(Cause.DECLARED, item.first, item.last or item.first, 0.0, item.label_da, item.label_en))
    return left_out, marks


def _steps(logs: Array, first_month: pd.Timestamp, breaks: Sequence[DeclaredBreak]) -> tuple[Array, list[Mark]]:
    """(T,) by how much each month is lifted to the newest level, in logs; and the steps."""
    dates = {_place(first_month, item.first): item for item in reversed(breaks) if item.last is None}
    sizes = shown_steps(logs, list(dates))
    marks = [
        Mark(Cause.STEP, dates[at].first, dates[at].first, size, dates[at].label_da, dates[at].label_en)
        for at, size in sizes.items()
    ]
    return levelled(np.zeros(len(logs)), sizes), marks


def _one_offs(logs: Array, first_month: pd.Timestamp, left_out: Flags) -> tuple[Flags, list[Mark]]:
    """The months left out and the one-off ones with them, as far as enough others are left."""
    found = left_out.copy()
    runs = one_off_runs(logs)
    for first, last in runs:
        found[first : last + 1] = True
    if not runs or np.isfinite(logs[~found]).sum() < LEAST_KEPT:
        return left_out, []
    return found, [Mark(Cause.ONE_OFF, _month(first_month, first), _month(first_month, last)) for first, last in runs]


def one_off_runs(logs: Array) -> list[tuple[int, int]]:
    """First and last index of every one-off: a month or two far off what came before and after.

    Measured against the median of the half year on either side, less what is usual at that time of year.

    Args:
        logs: (T,) natural logs to the cutoff, NaN where missing.

    Returns:
        None in the newest two months, where nobody knows yet whether the series comes back; and none at all in a series that
        has more than one in three years, or the same in the same month of another year: that is how it is.

    Example:
        >>> logs = np.random.default_rng(1).normal(0.0, 0.05, 60)
        >>> logs[40] += 1.5
        >>> one_off_runs(logs), one_off_runs(logs[:42])
        ([(40, 40)], [])
    """
    known = logs[np.isfinite(logs)]
    if len(known) < LEAST_KEPT or known.max() - known.min() <= np.log(FACTOR):
        return []
    beside = np.lib.stride_tricks.sliding_window_view(np.pad(logs, _HALF, constant_values=np.nan), 2 * _HALF + 1).copy()
    beside[:, _HALF] = np.nan
    off = logs - median_of_known(beside, least=_HALF)
    for side in (beside[:, :_HALF], beside[:, _HALF + 1 :]):
        off[np.isfinite(side).sum(axis=1) < BACK] = np.nan
    by_year = np.pad(off, (0, -len(off) % YEAR), constant_values=np.nan).reshape(-1, YEAR)
    left = off - np.resize(np.nan_to_num(median_of_known(by_year.T, least=3)), len(off))
    scatter = max(_MAD * float(np.median(np.abs(left[np.isfinite(left)]))), _LEAST_SCATTER) if np.isfinite(left).any() else np.inf
    strange = np.abs(left) > SCATTERS * scatter
    calm = np.abs(left) <= SCATTERS / 2 * scatter
    runs = [run for run in _runs(strange) if _is_alone(*run, left, calm) and _is_back(*run, logs, left) and _is_new(*run, off)]
    return runs if len(runs) * MONTHS_PER_ONE_OFF <= len(known) else []


def _runs(flags: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(int), 0]))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


def _is_alone(first: int, last: int, left: Array, calm: Flags) -> bool:
    """Short, far off, and calm months on either side."""
    far = bool(np.abs(left[first : last + 1]).max() > np.log(FACTOR))
    around = np.r_[calm[max(first - BACK, 0) : first], calm[last + 1 : last + 1 + BACK]]
    return far and last - first < LONGEST and len(around) == 2 * BACK and bool(around.all())


def _is_back(first: int, last: int, logs: Array, left: Array) -> bool:
    """The level after it is the one before it: a change of level is no one-off."""
    sides = (logs[max(first - _HALF, 0) : first], logs[last + 1 : last + 1 + _HALF])
    before, after = (float(np.median(side[np.isfinite(side)])) for side in sides)
    return bool(abs(after - before) <= np.abs(left[first : last + 1]).max() / 2)


def _is_new(first: int, last: int, off: Array) -> bool:
    """No other year has anything like it in the same month."""
    place = first + int(np.abs(off[first : last + 1]).argmax())
    years = np.delete(off[place % YEAR :: YEAR], place // YEAR)
    return not bool((years * np.sign(off[place]) > abs(off[place]) / 2).any())


def _place(first_month: pd.Timestamp, month: pd.Timestamp | None) -> int:
    return 0 if month is None else (month.year - first_month.year) * YEAR + month.month - first_month.month


def _month(first_month: pd.Timestamp, place: int) -> pd.Timestamp:
    return first_month + pd.DateOffset(months=place)
