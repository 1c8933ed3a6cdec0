"""How good a forecast was: the formulas of the scores.

- **MASE**: mean absolute error of the median over the scale, the mean absolute seasonal (12 month) difference of the
  training part.
- **pinball**: mean over q10, q50 and q90 of ``max(q * (y - f), (q - 1) * (y - f))``, over the same scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.types import Array

SEASON = 12
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Quantiles:
    """One method's forecast of one case. H months.

    Attributes:
        mean: (H,) expected value.
        q10: (H,) lower end of the 80 % interval.
        q50: (H,) median.
        q90: (H,) upper end.
        year_q10: (H // 12,) lower end for the sum of each whole year ahead; None without joint draws.
        year_q90: Upper end.
    """

    mean: Array
    q10: Array
    q50: Array
    q90: Array
    year_q10: Array | None = None
    year_q90: Array | None = None


def seasonal_scale(training: Array) -> float:
    """Mean absolute seasonal difference; NaN where no two months a year apart are known.

    Example:
        >>> import numpy as np
        >>> seasonal_scale(np.r_[np.zeros(12), np.full(12, 3.0)]), seasonal_scale(np.ones(5))
        (3.0, nan)
    """
    steps = np.abs(training[SEASON:] - training[:-SEASON])
    steps = steps[np.isfinite(steps)]
    return float(steps.mean()) if len(steps) else float("nan")


def pinball_losses(actual: Array, forecast: Quantiles) -> Array:
    """(H,) mean pinball loss over the three quantiles.

    Example:
        >>> import numpy as np
        >>> flat = np.array([10.0])
        >>> pinball_losses(np.array([12.0]), Quantiles(flat, flat, flat, flat)).round(3).tolist()
        [1.0]
    """
    losses = np.zeros(len(actual))
    for level, quantile in zip(LEVELS, (forecast.q10, forecast.q50, forecast.q90), strict=True):
        miss = actual - quantile
        losses += np.maximum(level * miss, (level - 1.0) * miss)
    return losses / len(LEVELS)
