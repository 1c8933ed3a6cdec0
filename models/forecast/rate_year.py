"""A rate year that starts in January: prices stand still for twelve months and step up on one day.

Smooth members read such stairs half as a trend and half as a season, and miss the step. So its sawtooth is taken out before the
fit and put back after it. Only a step that is clearly there counts: upward, clear of the scatter, and most of the whole season.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from models.types import Array

LEAST_YEARS = 4
"""Values of each calendar month that must be known once the trend is taken out, which costs half a year at both ends."""
LARGEST = 0.15
"""A larger log step is no yearly rate."""
ERRORS = 4.0
"""Standard errors that it must exceed."""
SHARE = 0.7
"""Least share of the seasonal variance that the stairs must explain."""
_YEAR = 12
_CENTRED = np.r_[0.5, np.ones(_YEAR - 1), 0.5] / _YEAR


def january_step(logs: Array, start: pd.Timestamp) -> float:
    """Log step each January over the change of the other months; 0 where none is clearly there.

    Args:
        logs: (T,) natural logs to the cutoff, NaN where missing.
        start: First day of the first month.

    Example:
        >>> import pandas as pd
        >>> months = np.arange(84)
        >>> noise = np.random.default_rng(1).normal(0.0, 0.003, 84)
        >>> round(january_step(0.03 * (months // 12) + noise, pd.Timestamp("2019-01-01")), 2)
        0.03
        >>> january_step(0.03 * months / 12 + noise, pd.Timestamp("2019-01-01"))
        0.0
    """
    if len(logs) < (LEAST_YEARS + 1) * _YEAR:
        return 0.0
    half = _YEAR // 2
    places = np.flatnonzero(np.isfinite(logs))
    if len(places) == 0:
        return 0.0
    whole = np.interp(np.arange(len(logs)), places, logs[places])  # a gap costs its own month, not the thirteen means it is in
    off = np.full(-(-(len(logs) + _YEAR) // _YEAR) * _YEAR, np.nan)
    begins = start.month - 1 + half
    off[begins : begins + len(logs) - _YEAR] = logs[half:-half] - np.convolve(whole, _CENTRED, mode="valid")
    table = off.reshape(-1, _YEAR)  # (years, month of the year)
    known = np.isfinite(table)
    if (known.sum(axis=0) < LEAST_YEARS).any():
        return 0.0
    season = np.nanmean(table, axis=0)
    season -= season.mean()
    shape = _shape(0, _YEAR)
    step = float(season @ shape / (shape @ shape))
    error = float(np.sqrt(np.nanvar(table - season) / known.sum(axis=0).min()))
    explained = 1.0 - float(((season - step * shape) ** 2).sum() / (season**2).sum()) if season.any() else 0.0
    return step if ERRORS * error < step <= LARGEST and explained >= SHARE else 0.0


def sawtooth(step: float, start: pd.Timestamp, n_months: int) -> Array:
    """(n,) logs of stairs over the even slope with the same growth, from the first day of ``start``'s month; a year sums to 0.

    Example:
        >>> import pandas as pd
        >>> sawtooth(0.12, pd.Timestamp("2026-12-01"), 3).round(3).tolist()
        [-0.055, 0.055, 0.045]
    """
    return step * _shape(start.month - 1, n_months)


def _shape(first: int, n_months: int) -> Array:
    """(n,) for a step of 1, from the month with that number in its year."""
    months = (first + np.arange(n_months)) % _YEAR
    return np.asarray(((_YEAR - 1) / 2.0 - months) / _YEAR, dtype=np.float64)
