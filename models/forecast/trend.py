"""How a fitted log path goes on: from where the series stands now, the slope damped and bounded by what history showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.forecast.prophet_model import FittedPath
    from models.types import Array

SLOPE_HALF_LIFE = 8.0
"""Months in which the growth of a log trend halves (decisions 0003, 0011: rolling origins on the PBS series)."""
RAW_SLOPE_HALF_LIFE = 16.0
"""The same for a trend in the series's own unit, which compounds less."""
LEVEL_HALF_LIFE = 3.0
"""Months in which the weight of a residual halves when the path is moved to where the series stands now."""


@dataclass(frozen=True)
class Continued:
    """A log path ahead and what is left over behind. T months of history, H ahead.

    Attributes:
        path: (H,) expected log value.
        growth: (H,) damped and bounded log growth of the trend since the cutoff.
        residuals: (T,) actual less fitted log value, NaN where missing.
        noise: Variance of the month-to-month scatter.
        bounded: The bound by historical growth was reached.
    """

    path: Array
    growth: Array
    residuals: Array
    noise: float
    bounded: bool


def damped_growth(slope: float, horizon: int, half_life: float = SLOPE_HALF_LIFE) -> Array:
    """Growth over 1..H months of a slope that halves every ``half_life`` months.

    Example:
        >>> damped_growth(0.01, 3).round(4).tolist()
        [0.0092, 0.0176, 0.0253]
    """
    keep = 0.5 ** (1.0 / half_life)
    return np.asarray(slope * np.cumsum(keep ** np.arange(1, horizon + 1)), dtype=np.float64)


def growth_bounds(trend: Array, horizon: int) -> tuple[Array, Array]:
    """Smallest and largest growth of the trend over 1..H months seen in history; standing still is always allowed.

    Beyond half of the history's length, the bound grows in proportion to the horizon.

    Args:
        trend: (T,) fitted log trend.
        horizon: H.

    Returns:
        (H,) lower, at most 0, and (H,) upper, at least 0.
    """
    seen = max(len(trend) // 2, 1)
    low, high = np.zeros(horizon), np.zeros(horizon)
    for step in range(1, horizon + 1):
        span = min(step, seen)
        growth = trend[span:] - trend[:-span]
        stretch = step / span
        low[step - 1] = min(float(growth.min(initial=0.0)) * stretch, 0.0)
        high[step - 1] = max(float(growth.max(initial=0.0)) * stretch, 0.0)
    return low, high


def continue_path(values: Array, fitted: FittedPath, *, half_life: float = SLOPE_HALF_LIFE) -> Continued:
    """Continue a fitted path, of a series or of its logs.

    Args:
        values: (T,) history, NaN where missing.
        fitted: Trend and season of T + H months.
        half_life: Months in which the slope halves.

    Returns:
        The path: trend at the cutoff, moved by the newest residuals, plus damped bounded growth, plus season.
    """
    n_months = len(values)
    horizon = len(fitted.trend) - n_months
    trend, season = fitted.trend[:n_months], fitted.season[:n_months]
    residuals = values - trend - season
    slope = float(trend[-1] - trend[-2]) if n_months > 1 else 0.0
    free = damped_growth(slope, horizon, half_life)
    low, high = growth_bounds(trend, horizon)
    growth = np.clip(free, low, high)
    path = trend[-1] + _newest_level(residuals) + growth + fitted.season[n_months:]
    return Continued(path, growth, residuals, scatter(residuals), bool((np.abs(growth - free) > 1e-9).any()))


def scatter(residuals: Array) -> float:
    """Variance of the month-to-month scatter: half that of the first differences, so that a drifting level is no scatter.

    Example:
        >>> import numpy as np
        >>> scatter(np.array([1.0, -1.0, 1.0, -1.0]))
        2.0
    """
    steps = np.diff(residuals)
    steps = steps[np.isfinite(steps)]
    return float(np.mean(steps**2) / 2.0) if len(steps) else 0.0


def _newest_level(residuals: Array) -> float:
    known = np.isfinite(residuals)
    age = np.arange(len(residuals))[::-1]
    weight = np.where(known, 0.5 ** (age / LEVEL_HALF_LIFE), 0.0)
    return float((weight[known] * residuals[known]).sum() / weight.sum())
