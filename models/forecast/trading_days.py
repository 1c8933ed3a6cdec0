"""Trading days: what one Monday or one Sunday more in a month adds, learnt across the series of a group (decision 0011).

Which weekdays a month holds five of changes from year to year and is known ahead, but a season can't hold it. One series is too
noisy to tell it, so series that belong together are asked together. The regressors are those of X-13ARIMA-SEATS: counts of each
day of the week less the calendar month's own long-run mean, so that only a leap day is left of the length of the month, and no
season.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.steps import YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.types import Array

DAYS_OF_WEEK = 7
LEAST_MONTHS = 36
"""Yearly changes of a group that must be known: seven numbers are learnt from them."""
LEAST_OWN = 24
"""Yearly changes that a series must bring to be heard."""
BY_CHANCE = 3.0
"""F of a group without any effect: 1 in the mean, and hardly ever more than this."""
LARGEST = 0.1
"""Log effect of one day that is not exceeded: a day is a thirtieth of a month."""
FAR = 3.0
"""Yearly changes further off, in robust standard deviations of their series, count as if they were no further."""
_AROUND = 3
_FEBRUARY, _FEBRUARY_DAYS = 2, 28.2425
_MAD = 1.4826


@dataclass(frozen=True)
class TradingDays:
    """Effect of the days of the week.

    Attributes:
        per_day: Seven logs, Monday first: what one such day more adds to a month.
    """

    per_day: tuple[float, ...] = (0.0,) * DAYS_OF_WEEK

    def at(self, start: pd.Timestamp, n_months: int) -> Array:
        """(n,) logs of the effect on the months from ``start``'s on.

        Example:
            >>> mondays = TradingDays((0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
            >>> mondays.at(pd.Timestamp("2026-01-01"), 3).round(3).tolist()
            [-0.021, -0.002, 0.029]
        """
        if not any(self.per_day):
            return np.zeros(n_months)
        return np.asarray(day_counts(start, n_months) @ np.array(self.per_day), dtype=np.float64)


NO_TRADING_DAYS = TradingDays()


@dataclass(frozen=True)
class Logs:
    """The logs of one series, NaN where missing, from the month of ``start`` on."""

    start: pd.Timestamp
    values: Array


def day_counts(start: pd.Timestamp, n_months: int) -> Array:
    """(n, 7) Mondays to Sundays of each month, less the calendar month's long-run mean.

    Example:
        >>> day_counts(pd.Timestamp("2024-02-01"), 1).round(2).tolist()  # a leap year's fifth Thursday
        [[-0.03, -0.03, -0.03, 0.97, -0.03, -0.03, -0.03]]
    """
    months = pd.date_range(start, periods=n_months + 1, freq="MS")
    days = months.to_numpy().astype("datetime64[D]").astype(np.int64)
    of_week = np.arange(DAYS_OF_WEEK) - 3  # 1970-01-01 was a Thursday
    counted = -((of_week[None, :] - days[:, None]) // DAYS_OF_WEEK)  # days of that kind before each first, from a common origin
    length = np.where(months[:-1].month == _FEBRUARY, _FEBRUARY_DAYS, np.diff(days))
    return np.asarray(np.diff(counted, axis=0) - length[:, None] / DAYS_OF_WEEK, dtype=np.float64)


def trading_days(series: Iterable[Logs]) -> TradingDays:
    """Learn the effect that series of a group have in common.

    The change of each month on the same month a year before, less its mean over the half year around it, is averaged over the
    series by their precision, and regressed on the same of the counts. Series move together for other reasons too, so what
    the fit leaves of that average is its error, and the effect is drawn towards none, all the way where it explains no more than
    chance may.

    Args:
        series: Logs to the cutoff; in an order that does not depend on who asks (sums are to the bit).

    Returns:
        The effect; none where history is too short.
    """
    heard = [found for logs in series if (found := _changes(logs)) is not None]
    if not heard:
        return NO_TRADING_DAYS
    first = min(place for place, _, _ in heard)
    n_months = max(place + len(changes) for place, changes, _ in heard) - first
    total, weight = np.zeros(n_months), np.zeros(n_months)
    for place, changes, precision in heard:
        here = slice(place - first, place - first + len(changes))
        known = np.isfinite(changes)
        total[here] += np.where(known, precision * np.nan_to_num(changes), 0.0)
        weight[here] += np.where(known, precision, 0.0)
    mean = np.divide(total, weight, out=np.full(n_months, np.nan), where=weight > 0)
    start = pd.Timestamp(1970 + (first - YEAR) // YEAR, (first - YEAR) % YEAR + 1, 1)
    counts = np.apply_along_axis(_off_neighbours, 0, day_counts(start, n_months + YEAR))
    return _regressed(mean, counts, weight)


def _regressed(mean: Array, counts: Array, weight: Array) -> TradingDays:
    """Weighted least squares, drawn towards none the nearer F comes to what chance gives."""
    known = np.isfinite(mean)
    left = int(known.sum()) - DAYS_OF_WEEK
    if left < LEAST_MONTHS - DAYS_OF_WEEK:
        return NO_TRADING_DAYS
    root = np.sqrt(weight[known] / weight[known].max())
    design, told = counts[known] * root[:, None], mean[known] * root
    effect = np.linalg.lstsq(design, told, rcond=None)[0]
    explained = float(((design @ effect) ** 2).sum()) / DAYS_OF_WEEK
    missed = float(((told - design @ effect) ** 2).sum()) / left
    kept = max(0.0, 1.0 - (BY_CHANCE * missed / explained) ** 2) if explained > 0 else 0.0
    return TradingDays(tuple(float(part) for part in np.clip(kept * effect, -LARGEST, LARGEST)))


def _changes(logs: Logs) -> tuple[int, Array, float] | None:
    """Months since 1970 of the first, the (T - 12,) yearly changes off their neighbours, and how precise they are."""
    if len(logs.values) <= YEAR:
        return None
    changes = _off_neighbours(logs.values)
    known = changes[np.isfinite(changes)]
    if len(known) < LEAST_OWN:
        return None
    far = FAR * _MAD * float(np.median(np.abs(known)))
    if far <= 0:
        return None
    held = np.clip(changes, -far, far)
    place = (logs.start.year - 1970) * YEAR + logs.start.month - 1 + YEAR
    return place, held, 1.0 / float(np.nanvar(held))


def _off_neighbours(values: Array) -> Array:
    """(T - 12,) changes on the year before, less the mean of those of the three months before and after."""
    changes = values[YEAR:] - values[:-YEAR]
    padded = np.r_[np.full(_AROUND, np.nan), changes, np.full(_AROUND, np.nan)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    known = np.isfinite(windows)
    mean = np.where(known, windows, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.asarray(changes - mean, dtype=np.float64)
