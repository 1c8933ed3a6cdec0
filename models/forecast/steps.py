"""Whether a declared break shows in a series, and how large it is: against the same measure taken at every other month.

Neighbouring months of a series hang together, so a textbook standard error would call every bend a step. The measure's own
scatter over the months where nothing was declared says what the series does by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_ROUNDS = 4
_LEAST_PAIRS = 6
"""Months of a year whose change on the year before must be known."""


def shown_steps(logs: Array, places: Sequence[int]) -> dict[int, float]:
    """Log size of each step that is clearly there, by the month it begins in.

    Measured on the growth from each month to the same month a year later (median of twelve): in the year after the date, less
    what it is in the years before and after that. Season and steady growth fall out of it. All declared steps are measured
    together, so that none hides another.

    Args:
        logs: (T,) natural logs to the cutoff, NaN where missing.
        places: Indexes of the first months at newer levels; one with fewer than 24 months before or 12 after it is not tried.

    Example:
        >>> months = np.arange(72.0)
        >>> noise = np.random.default_rng(1).normal(0.0, 0.01, 72)
        >>> found = shown_steps(0.002 * months + noise + 0.2 * (months >= 40), [40, 52])
        >>> {place: round(size, 1) for place, size in found.items()}
        {40: 0.2}
    """
    tried = sorted({place for place in places if 2 * YEAR <= place <= len(logs) - YEAR})
    sizes = _measured(logs, tried)
    even = levelled(logs, sizes)
    near = [place + offset for place in tried for offset in range(-_LEAST_PAIRS, _LEAST_PAIRS + 1)]
    others = np.delete(_steps(even), [place for place in near if 0 <= place < len(logs)])
    shown = [place for place, size in sizes.items() if _clear(size, others)]
    return _measured(logs, shown)


def _measured(logs: Array, places: Sequence[int]) -> dict[int, float]:
    """Size of each step with the others taken out, round by round until they agree; steps that can't be measured are left out."""
    sizes = dict.fromkeys(places, 0.0)
    for _ in range(_ROUNDS):
        for place in places:
            others = {other: size for other, size in sizes.items() if other != place}
            size = float(_steps(levelled(logs, others))[place])
            sizes[place] = size if np.isfinite(size) else 0.0
    return {place: size for place, size in sizes.items() if size}


def levelled(logs: Array, sizes: Mapping[int, float]) -> Array:
    """(T,) history before each step lifted to the newest level.

    Example:
        >>> levelled(np.array([1.0, 1.0, 1.5]), {2: 0.5}).tolist()
        [1.5, 1.5, 1.5]
    """
    at = np.arange(len(logs))
    return logs + sum((np.where(at < place, size, 0.0) for place, size in sizes.items()), np.zeros(len(logs)))


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
