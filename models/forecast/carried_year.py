"""The carried year: a series's newest twelve months once more, carried on by the damped growth of their sum.

Where the newest months are next to nothing (safety nets that begin anew in January), their logs are noise, and most fitted
members take that noise into the year ahead. Sums over twelve months weigh months by money, so this path follows the growth and
leaves the noise: a seasonal naive with damped drift, without any fit. How much of it a path holds, ``carried_share`` learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.forecast.steps import YEAR

if TYPE_CHECKING:
    from models.types import Array

DAMPING = 0.8
"""Of the newest year's log growth, what the first year ahead repeats; the second repeats that share of the first, and so on."""
MOST_GROWTH = 0.7
"""Log growth of a year that is believed: twice as much, or half."""
SHARES = np.arange(7) / 10.0
"""What a path may hold of the carried year."""
_LEAST_MONTHS = 3
_FLOOR = 0.02
"""Of the usual change from year to year: losses below are as good as none, and no log runs off."""


def carried_year(logs: Array, horizon: int) -> Array | None:
    """Logs of the newest twelve months again, carried on by the damped growth of their sum on that of the year before.

    Args:
        logs: (T,) natural logs to the cutoff, NaN where missing; gaps go on straight lines between their neighbours.
        horizon: H.

    Returns:
        (H,) natural logs; None under two years.

    Example:
        >>> carried_year(np.log(np.r_[np.full(12, 1.0), np.full(12, 1.1)]), 13).round(3).tolist()[::12]
        [0.172, 0.233]
        >>> carried_year(np.zeros(23), 12) is None
        True
    """
    known = np.flatnonzero(np.isfinite(logs))
    if len(logs) < 2 * YEAR or len(known) == 0:
        return None
    whole = np.interp(np.arange(len(logs)), known, logs[known])
    newest, before = whole[-YEAR:], whole[-2 * YEAR : -YEAR]
    growth = float(np.clip(_log_sum(newest) - _log_sum(before), -MOST_GROWTH, MOST_GROWTH))
    steps = np.arange(horizon)
    ahead = np.cumsum(DAMPING ** np.arange(1, horizon // YEAR + 2))
    return np.asarray(newest[steps % YEAR] + growth * ahead[steps // YEAR], dtype=np.float64)


def _log_sum(logs: Array) -> float:
    """Log of the sum, in any unit: the largest is taken out first."""
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).sum()))


def losses(path: Array, carried: Array, came: Array, history: Array) -> Array | None:
    """How much worse or better each of ``SHARES`` would have served one origin than none.

    Args:
        path: (h,) logs of the fitted members' path.
        carried: (h,) logs of the carried year.
        came: (h,) logs of what came, NaN where nothing did.
        history: (T,) logs up to the origin, NaN where missing: their yearly changes are the measure of what is small.

    Returns:
        (S,) log of the mean absolute error, less that of the first share, which is 0; None where too little came.
    """
    known = np.isfinite(came)
    if known.sum() < _LEAST_MONTHS:
        return None
    actual = np.exp(came[known])
    mixes = np.exp(path[known] + SHARES[:, None] * (carried - path)[known])
    missed = np.abs(mixes - actual).mean(axis=1)
    values = np.exp(history)
    changes = np.abs(values[YEAR:] - values[:-YEAR])
    changes = changes[np.isfinite(changes)]
    usual = float(changes.mean()) if len(changes) else 0.0
    found = np.log(np.maximum(missed, _FLOOR * (usual if usual > 0 else float(actual.mean()))))
    return np.asarray(found - found[0], dtype=np.float64)
