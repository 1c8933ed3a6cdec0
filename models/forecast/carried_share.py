"""How much of the carried year a path holds: what would have served the series's own origins and those of its group best.

A fixed third serves series whose newest months are noise, and costs those that the fitted members read well; rolling origins tell
which is which. They are fitted anyway, so this costs no fit (decision 0011).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.forecast.carried_year import SHARES
from models.forecast.uncertainty import error_growth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.forecast.fitting import FittedSeries, OriginError
    from models.types import Array

POOL_ORIGINS = 12.0
"""The group's losses weigh as much as this many origins of a series's own."""


def mean_losses(fits: Iterable[FittedSeries]) -> Array | None:
    """(S,) mean losses over every origin of a group's series; None without any."""
    rows = [error.losses for fit in fits for error in fit.errors if error.losses is not None]
    return np.asarray(np.mean(rows, axis=0), dtype=np.float64) if rows else None


def share_of(errors: Sequence[OriginError], group: Array | None) -> float:
    """The share that would have served best: a series's own origins, drawn to its group.

    Args:
        errors: Of the series's origins.
        group: (S,) mean losses of its group; None: it takes none.

    Returns:
        One of ``SHARES``.
    """
    if group is None:
        return 0.0
    own = [error.losses for error in errors if error.losses is not None]
    whole = np.sum(own, axis=0) + POOL_ORIGINS * group
    return float(SHARES[int(np.argmin(whole))])


def mixed(fit: FittedSeries, group: Array | None) -> FittedSeries:
    """The series with the carried year in its path, its spread and its origins' errors; a second time changes nothing.

    Where the two paths part, one of them is wrong: to the variance comes what lies between them, as in any mixture of two
    forecasts, ``share * (1 - share)`` times their squared distance. It is calibrated with the rest of the width.

    Args:
        fit: As it was fitted.
        group: (S,) mean losses of its group; None: nothing is mixed in.
    """
    share = share_of(fit.errors, group)
    if fit.continued is None or fit.carried is None or share == 0.0:
        return replace(fit, carried=None)
    apart = fit.carried - fit.continued.path
    spread = None if fit.spread is None else _between(fit.spread, apart, share)
    errors = tuple(_mixed_error(error, share) for error in fit.errors)
    growth = error_growth([error.log_error for error in errors], fit.continued.noise)
    continued = replace(fit.continued, path=fit.continued.path + share * apart)
    return replace(fit, continued=continued, spread=spread, errors=errors, own_growth=growth, carried=None, share=share)


def _mixed_error(error: OriginError, share: float) -> OriginError:
    if error.carried is None:
        return error
    apart = error.log_error - error.carried  # of the carried year from the path: what came falls out of it
    spread = _between(error.spread, np.nan_to_num(apart), share)
    return replace(error, log_error=error.log_error - share * apart, spread=spread, carried=None, losses=None)


def _between(spread: Array, apart: Array, share: float) -> Array:
    """Standard deviation of a mixture of two forecasts of the same width that lie (h,) logs apart."""
    return np.asarray(np.sqrt(spread**2 + share * (1.0 - share) * apart**2), dtype=np.float64)
