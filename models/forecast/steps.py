"""Whether a declared break shows in a series, and how large it is: against the same measure taken at every other month.

Neighbouring months of a series hang together, so a textbook standard error would call every bend a step. The measure's own
scatter over the months where nothing was declared says what the series does by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.types import Array

LEAST_SIZE = 0.05
"""Smaller breaks are not worth a change of history."""
ERRORS = 3.0
"""Robust standard errors that a break must exceed."""
LEAST_OTHERS = 12
"""Other months at which the measure must be known, or nothing is said to be clear."""
YEAR = 12
_MAD = 1.4826
_LEAST_WINDOW = 2
"""Declared months that must be known in the years beside them too."""
_LEAST_PAIRS = 6
"""Months of a year whose change on the year before must be known."""


def shown_step(logs: Array, at: int) -> float | None:
    """Log size of a step, if there is one.

    Measured on the growth from each month to the same month a year later (median of twelve): in the year after the date, less
    what it is in the years before and after that. Season and steady growth fall out of it.

    Args:
        logs: (T,) natural logs to the cutoff, NaN where missing.
        at: Index of the first month at the newer level.

    Returns:
        The step, or None where fewer than 24 months lie before or 12 after, or where it is not clearly there.

    Example:
        >>> months = np.arange(72.0)
        >>> noise = np.random.default_rng(1).normal(0.0, 0.01, 72)
        >>> round(shown_step(0.002 * months + noise + 0.2 * (months >= 40), 40), 1)
        0.2
        >>> shown_step(0.002 * months + noise, 40) is None
        True
    """
    if at < 2 * YEAR or at + YEAR > len(logs):
        return None
    step = float(_steps(logs)[at])
    if not np.isfinite(step):
        return None
    without = np.where(np.arange(len(logs)) < at, logs + step, logs)
    others = np.delete(_steps(without), slice(max(at - _LEAST_PAIRS, 0), at + _LEAST_PAIRS + 1))
    return step if _clear(step, others) else None


def _steps(logs: Array) -> Array:
    """(T,) the measure at every month; NaN where it can't be taken."""
    n_months = len(logs)
    growth = np.full(n_months + YEAR - 1, np.nan)
    growth[YEAR:n_months] = logs[YEAR:] - logs[:-YEAR]
    yearly = median_of_known(np.lib.stride_tricks.sliding_window_view(growth, YEAR), least=_LEAST_PAIRS)
    beside = np.full((n_months, 2), np.nan)
    beside[YEAR:, 0] = yearly[:-YEAR]
    beside[:-YEAR, 1] = yearly[YEAR:]
    beside[~np.isfinite(beside[:, 0]), 1] = np.nan
    return yearly - _mean_of_known(beside)


def shown_window(logs: Array, first: int, last: int, declared: Array) -> bool:
    """Whether declared months lie off the same months of the years before and after.

    Args:
        logs: (T,) natural logs to the cutoff, NaN where missing.
        first: Index of the first declared month.
        last: Index of the last one; a whole year of months must lie after it.
        declared: (T,) True in every declared month, of this break or another.

    Example:
        >>> months, hit = np.arange(72), np.zeros(72, dtype=bool)
        >>> hit[30:34] = True
        >>> noise = np.random.default_rng(1).normal(0.0, 0.01, 72)
        >>> shown_window(noise - 0.3 * hit, 30, 33, hit), shown_window(noise, 30, 33, hit)
        (True, False)
    """
    if first < YEAR or last + YEAR >= len(logs):
        return False
    usual = np.where(declared, np.nan, logs)
    off = np.full(len(logs), np.nan)
    off[YEAR:-YEAR] = logs[YEAR:-YEAR] - (usual[: -2 * YEAR] + usual[2 * YEAR :]) / 2.0
    places = first + np.flatnonzero(np.isfinite(off[first : last + 1]))
    if len(places) < _LEAST_WINDOW:
        return False
    elsewhere = np.where(declared, np.nan, off)
    moved = places[None, :] + np.arange(-places[0], len(logs) - places[-1])[:, None]
    return _clear(float(off[places].mean()), elsewhere[moved].mean(axis=1))


def _clear(size: float, others: Array) -> bool:
    """Larger than anything the series does by itself at the other months, as far as three robust scatters tell."""
    known = others[np.isfinite(others)]
    if len(known) < LEAST_OTHERS or abs(size) <= LEAST_SIZE:
        return False
    return bool(abs(size) > ERRORS * _MAD * float(np.median(np.abs(known)))) and bool(abs(size) > np.abs(known).max())


def median_of_known(rows: Array, *, least: int) -> Array:
    """(n,) median of each row without its gaps; NaN where fewer than ``least`` are known.

    Example:
        >>> median_of_known(np.array([[3.0, np.nan, 1.0], [np.nan, np.nan, 4.0]]), least=2).tolist()
        [2.0, nan]
    """
    known = np.isfinite(rows).sum(axis=1)
    ordered = np.sort(rows, axis=1)  # gaps come last
    at = np.arange(len(rows))
    low, high = ordered[at, np.maximum(known - 1, 0) // 2], ordered[at, np.minimum(known // 2, rows.shape[1] - 1)]
    return np.where(known >= least, (low + high) / 2.0, np.nan)


def _mean_of_known(rows: Array) -> Array:
    known = np.isfinite(rows)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, rows, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
