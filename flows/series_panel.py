"""From the series of a file to the panel that was known at a cutoff: nothing later is in it, but exposure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.series_rows import STEP_FACTOR, Finding, RawSeries, counted, lasting_step, month_text
from data.series_span import history_begins
from models.forecast.panel import MonthlySeries


def month_of(number: int) -> pd.Timestamp:
    """First day of a month given as months since year 0.

    Example:
        >>> month_of(2020 * 12).strftime("%Y-%m-%d")
        '2020-01-01'
    """
    return pd.Timestamp(year=number // 12, month=number % 12 + 1, day=1)


def known_at(raw: RawSeries, cutoff: int, horizon: int) -> tuple[list[MonthlySeries], list[Finding]]:
    """Cut one series at a cutoff.

    Args:
        raw: The series.
        cutoff: Last month known, as months since year 0.
        horizon: H; exposure is read to its end.

    Returns:
        One member per target with a value by then (none where there is no value yet), and what was found.
    """
    values = {name: _window(column, raw.first, raw.first, cutoff) for name, column in raw.columns.items()}
    known = {name: column for name, column in values.items() if np.isfinite(column).any()}
    if not known:
        what = f"no value up to {month_text(cutoff)}"
        return [], [Finding(raw.series_id, "not_begun", 0, 1, what, "not forecast at this cutoff")]
    begins = {name: history_begins(column) for name, column in known.items()}
    skip = min(begins.values())
    start = raw.first + skip
    exposure, findings = _exposure(raw, start, cutoff, horizon)
    findings += [found for name, column in known.items() if (found := _long_gap(raw, name, column[: begins[name]])) is not None]
    findings += [found for name, column in known.items() if (found := _ends_early(raw, name, column, cutoff)) is not None]
    members = [
        MonthlySeries(raw.series_id, name, month_of(start), _history(column, begins[name])[skip:], raw.group, exposure)
        for name, column in known.items()
    ]
    return members, findings


def came_after(raw: RawSeries, target: str, cutoff: int, horizon: int, *, newest: int) -> np.ndarray:
    """(H,) what came after a cutoff, NaN where it is unknown; a month later than ``newest`` has not been yet."""
    actual = _window(raw.columns[target], raw.first, cutoff + 1, cutoff + horizon)
    actual[max(newest - cutoff, 0) :] = np.nan
    return actual


def as_given(raw: RawSeries, target: str, cutoff: int) -> np.ndarray:
    """(T,) values of the file up to a cutoff, negative ones as they are: what scales are taken from."""
    return _window(raw.columns[target], raw.first, raw.first, cutoff)


def _window(values: np.ndarray, first: int, start: int, end: int) -> np.ndarray:
    """Months ``start`` to ``end`` of a column that begins at ``first``; NaN outside it."""
    found = np.full(max(end - start + 1, 0), np.nan)
    low, high = max(start, first), min(end, first + len(values) - 1)
    if low <= high:
        found[low - start : high - start + 1] = values[low - first : high - first + 1]
    return found


def _history(column: np.ndarray, begins: int) -> np.ndarray:
    """A column as it is forecast from: nothing before its history begins, nothing below zero."""
    return np.where(np.arange(len(column)) < begins, np.nan, np.maximum(column, 0.0))


def _long_gap(raw: RawSeries, target: str, before: np.ndarray) -> Finding | None:
    """What is said where months with a value lie before the beginning of history."""
    known = np.flatnonzero(np.isfinite(before))
    if len(known) == 0:
        return None
    missing, begins = len(before) - 1 - int(known[-1]), raw.first + len(before)
    what = f"{target} is missing in {counted(missing, 'month')} before {month_text(begins)}"
    done = f"history begins after them; {counted(len(known), 'earlier month')} not read"
    return Finding(raw.series_id, "long_gap", 0, len(known), what, done)


def _ends_early(raw: RawSeries, target: str, column: np.ndarray, cutoff: int) -> Finding | None:
    newest = raw.first + int(np.flatnonzero(np.isfinite(column))[-1])
    if newest == cutoff:
        return None
    lacking = cutoff - newest
    what = f"{target} ends in {month_text(newest)}, {counted(lacking, 'month')} before {month_text(cutoff)}"
    return Finding(raw.series_id, "ends_early", 0, lacking, what, "forecast from there, and as unsure as that is long ago")


def _exposure(raw: RawSeries, start: int, cutoff: int, horizon: int) -> tuple[np.ndarray | None, list[Finding]]:
    if not np.isfinite(raw.exposure).any():
        return None, []
    window = _window(raw.exposure, raw.first, start, cutoff + horizon)
    if bool((np.isfinite(window) & (window > 0)).all()):
        step = lasting_step(window)
        if step is None:
            return window, []
        what = f"the level of exposure changes more than {STEP_FACTOR:g} times at about {month_text(start + step)}"
        done = "kept, and the forecast follows it; check whether its unit changed"
        return window, [Finding(raw.series_id, "exposure_step", 0, 1, what, done)]
    lacking = int((~(np.isfinite(window) & (window > 0))).sum())
    what = f"exposure is missing or not above zero in {lacking} months from {month_text(start)} to {month_text(cutoff + horizon)}"
    return None, [Finding(raw.series_id, "exposure", 0, lacking, what, "forecast without exposure at this cutoff")]
