"""Paths are drawn towards the mean of the last two years, by as much as the group's earlier forecasts strayed too far from it.

Where series wander about a level, every member follows the newest months too readily; where they grow, none does. Which of the
two a group is, its rolling origins tell: they are fitted anyway, so this costs no fit (decision 0011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.forecast.steps import YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.forecast.fitting import FittedSeries, OriginError
    from models.types import Array

YEARS_BACK = 2
MOST = 0.5
"""A path goes at most half of the way; never away from the mean."""
PRIOR_GAPS = 10.0
"""None at all weighs as much as this many gaps of one expected standard deviation: a few series tell little."""
_FAR = 3.0
"""Gaps and misses count as at most so many of the standard deviations that were expected."""
_LEAST_MONTHS = 3


def gap(logs: Array, path: Array) -> float:
    """Mean log distance of a path's first year from the same calendar months of the last two years; 0 where none is known.

    Args:
        logs: (T,) history, NaN where missing.
        path: (H,) the path ahead, NaN where it is not known.

    Example:
        >>> gap(np.r_[np.zeros(12), np.ones(12)], np.full(24, 0.8)).__round__(2)
        -0.3
    """
    first = path[:YEAR]
    behind = np.full((YEARS_BACK, YEAR), np.nan)
    newest = logs[-YEARS_BACK * YEAR :]
    behind.ravel()[YEARS_BACK * YEAR - len(newest) :] = newest
    known = np.isfinite(behind)
    usual = np.where(known, behind, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    apart = usual[: len(first)] - first
    apart = apart[np.isfinite(apart)]
    return float(apart.mean()) if len(apart) else 0.0


def shrinkage(fits: Iterable[FittedSeries]) -> float:
    """Share of the gap by which earlier forecasts of a group should have been drawn towards the last two years.

    Least squares of what each origin missed on its gap, both in expected standard deviations, drawn to 0; then n / (n + 1) of it
    for n different origins, as what series miss at one of them they miss together.

    Args:
        fits: Series of a group, with the errors of their origins.

    Returns:
        0 to ``MOST``; 0 without any origin.
    """
    rows, origins = [], set()
    for fit in fits:
        for error in fit.errors:
            row = _row(fit, error)
            if row is not None:
                rows.append(row)
                origins.add(len(error.log_error))
    if not rows:
        return 0.0
    gaps, missed = np.array(rows).T
    own = float(gaps @ missed) / (float(gaps @ gaps) + PRIOR_GAPS)
    return float(np.clip(own * len(origins) / (len(origins) + 1.0), 0.0, MOST))


def drawn(path: Array, logs: Array, share: float) -> Array:
    """(H,) log path, drawn by a share of its gap in every month alike: neither trend nor season changes."""
    return path + share * gap(logs, path) if share > 0 else path


def _row(fit: FittedSeries, error: OriginError) -> tuple[float, float] | None:
    """Gap and mean miss of one origin, in expected standard deviations."""
    back = len(error.log_error)
    known = np.isfinite(error.log_error)
    if known.sum() < _LEAST_MONTHS:
        return None
    path = fit.series.log_came[-back:] - error.log_error
    expected = float(error.spread[:back].mean())
    if expected <= 0.0:
        return None
    scaled = np.clip(error.log_error[known] / expected, -_FAR, _FAR)
    return float(np.clip(gap(fit.series.log_values[:-back], path) / expected, -_FAR, _FAR)), float(scaled.mean())


def after_shrinkage(fit: FittedSeries, share: float) -> tuple[Array, ...]:
    """(h,) log errors of each origin as they would have been."""
    if share <= 0:
        return tuple(error.log_error for error in fit.errors)
    logs, came = fit.series.log_values, fit.series.log_came
    found = []
    for error in fit.errors:
        back = len(error.log_error)
        found.append(error.log_error - share * gap(logs[:-back], came[-back:] - error.log_error))
    return tuple(found)
