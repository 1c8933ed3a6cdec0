"""How fast forecasts have gone wrong: error variance by horizon from rolling origins, pooled within the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from models.forecast.series import PRICE_SPREAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.types import Array

ORIGINS_BACK = (6, 12, 24, 36)
"""Months before the cutoff at which the same method is run again."""
POOL_ORIGINS = 2.0
"""The group's errors weigh as much as this many origins of the series's own."""
MAX_VARIANCE = 1.0
"""Log variance is capped here: a standard deviation of factor 2.7 says 'unknown', more says nothing more."""


@dataclass(frozen=True)
class ErrorGrowth:
    """Log variance of a forecast error: noise + level + per_month * horizon.

    Beyond what the origins reach, the variance goes on growing linearly (a random walk): a stated rule, not a calibration.

    Attributes:
        noise: Scatter of a single month, independent from month to month.
        level: Error of the level at the cutoff, shared by all months ahead.
        per_month: Growth per month ahead.
    """

    noise: float
    level: float
    per_month: float

    def at_least(self, level: float) -> ErrorGrowth:
        """The same with a level variance no smaller than ``level``."""
        return ErrorGrowth(self.noise, max(self.level, level), self.per_month)

    def lasting(self, horizon: int) -> Array:
        """(H,) variance of what stays: level and growth, without a single month's scatter."""
        steps = np.arange(1, horizon + 1, dtype=np.float64)
        return np.minimum(self.level + self.per_month * steps, MAX_VARIANCE)


def thin_variance(name: str, citizens: float) -> float:
    """Log variance that a few citizens bring by themselves: Poisson for their number, the spread of prices for unit cost.

    Example:
        >>> thin_variance("uptake", 4.0), thin_variance("unit_cost", 4.0)
        (0.25, 0.0625)
    """
    poisson = 1.0 / max(citizens, 1.0)
    return poisson if name == "uptake" else PRICE_SPREAD**2 * poisson


UNKNOWN_ERRORS = ErrorGrowth(noise=0.05**2, level=0.05**2, per_month=0.02**2)
"""Where no series of the run has history enough: 5 % scatter, 5 % level, and 14 % after four years from growth."""


def error_growth(errors: Sequence[Array], noise: float) -> ErrorGrowth | None:
    """Fit the growth of squared errors over the horizon.

    Args:
        errors: One array of log errors per origin, horizon 1.., NaN where no actual is known.
        noise: Variance of the month-to-month scatter.

    Returns:
        Non-negative parameters, or ``None`` where no origin gave an error.
    """
    steps = np.concatenate([np.arange(1, len(error) + 1) for error in errors]) if errors else np.zeros(0)
    squares = np.concatenate(list(errors)) ** 2 if errors else np.zeros(0)
    known = np.isfinite(squares)
    if not known.any():
        return None
    design = np.column_stack([np.ones(int(known.sum())), steps[known]])
    (level, per_month), _ = nnls(design, np.maximum(squares[known] - noise, 0.0))
    return ErrorGrowth(noise, float(level), float(per_month))


def mean_growth(members: Iterable[ErrorGrowth]) -> ErrorGrowth | None:
    """Mean of several series's parameters; ``None`` of none."""
    rows = np.array([[item.noise, item.level, item.per_month] for item in members])
    if len(rows) == 0:
        return None
    noise, level, per_month = rows.mean(axis=0)
    return ErrorGrowth(float(noise), float(level), float(per_month))


def pooled(own: ErrorGrowth | None, n_origins: int, group: ErrorGrowth | None, everyone: ErrorGrowth | None) -> ErrorGrowth:
    """Shrink a series's own error growth towards its group's; a series without any takes the group's, then everyone's.

    Example:
        >>> pooled(None, 0, None, None) == UNKNOWN_ERRORS
        True
    """
    wider = group or everyone or UNKNOWN_ERRORS
    if own is None:
        return wider
    weight = n_origins / (n_origins + POOL_ORIGINS)
    return ErrorGrowth(
        noise=own.noise,
        level=weight * own.level + (1 - weight) * wider.level,
        per_month=weight * own.per_month + (1 - weight) * wider.per_month,
    )
