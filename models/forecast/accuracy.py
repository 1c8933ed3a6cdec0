"""How good a forecast was: one case (a series at an origin) scored for every method, and averages over the cases.

- **MASE**: mean absolute error of the median over the scale, the mean absolute seasonal (12 month) difference of the
  training part.
- **pinball**: mean over q10, q50 and q90 of ``max(q * (y - f), (q - 1) * (y - f))``, over the same scale.
- **WAPE**: sum of absolute errors over sum of absolute actuals. **bias**: sum of errors of the mean over sum of actuals.
- **coverage**: share of months with q10 <= actual <= q90, 80 % if the interval is right.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.types import Array

SEASON = 12
CAP = 5.0
"""A case's score is capped here in the capped mean."""
FLOOR = 0.01
"""Scores are raised to this before their ratio is taken, so that a score of zero makes no infinite ratio."""
LEVELS = (0.1, 0.5, 0.9)
BUCKETS = ((1, 3), (4, 12), (13, 24), (25, 36), (37, 60), (61, 120))
"""Months ahead, first and last."""
FIELDS = (
    "n", "scaled_error", "scaled_pinball", "abs_error", "abs_error_mean", "error", "error_mean", "abs_actual", "actual", "hits",
)  # fmt: skip


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


def parts_of(horizon: int) -> list[tuple[int, int]]:
    """Whole horizon, its three thirds, then the buckets it reaches: (first, last) months ahead.

    Example:
        >>> parts_of(12)
        [(1, 12), (1, 4), (5, 8), (9, 12), (1, 3), (4, 12)]
    """
    edges = [round(horizon * third / 3) for third in range(4)]
    thirds = [(low + 1, high) for low, high in pairwise(edges)]
    return [(1, horizon), *thirds, *((low, min(high, horizon)) for low, high in BUCKETS if low <= horizon)]


def case_sums(actual: Array, forecast: Quantiles, scale: float) -> Array:
    """(P, F) sums of one case over the parts of its horizon: ``parts_of`` x ``FIELDS``; months without an actual are left out."""
    known = np.isfinite(actual)
    usable = scale if np.isfinite(scale) and scale > 0 else np.nan
    error, error_mean = forecast.q50 - actual, forecast.mean - actual
    hits = (forecast.q10 <= actual) & (actual <= forecast.q90)
    columns = (
        np.ones(len(actual)),
        np.abs(error) / usable,
        pinball_losses(actual, forecast) / usable,
        np.abs(error),
        np.abs(error_mean),
        error,
        error_mean,
        np.abs(actual),
        actual,
        hits.astype(np.float64),
    )
    table = np.where(known[:, None], np.column_stack(columns), 0.0)
    return np.stack([table[low - 1 : high].sum(axis=0) for low, high in parts_of(len(actual))])


def year_hits(actual: Array, forecast: Quantiles) -> tuple[int, int]:
    """Whole years ahead whose sum lay in its interval, and how many could be judged."""
    if forecast.year_q10 is None or forecast.year_q90 is None:
        return 0, 0
    years = len(actual) // SEASON
    sums = actual[: years * SEASON].reshape(years, SEASON).sum(axis=1)
    known = np.isfinite(sums)
    inside = (forecast.year_q10[:years] <= sums) & (sums <= forecast.year_q90[:years])
    return int(inside[known].sum()), int(known.sum())


@dataclass
class MethodScores:
    """What is kept of one method: sums over all cases, and two numbers a case.

    Attributes:
        sums: (P, F) over all cases.
        means: (P, 2) sums over cases of their mean scaled error and pinball in that part.
        counts: (P,) cases that entered ``means``.
        mase: One number a case, NaN without a scale.
        pinball: The same.
        years: Year sums that lay inside, and that were judged.
        fallbacks: Cases that the method could not do itself.
    """

    sums: Array
    means: Array
    counts: Array
    mase: array[float] = field(default_factory=lambda: array("d"))
    pinball: array[float] = field(default_factory=lambda: array("d"))
    years: tuple[int, int] = (0, 0)
    fallbacks: int = 0

    def add(self, table: Array, years: tuple[int, int], *, fell_back: bool) -> None:
        """Enter one case."""
        self.sums += np.nan_to_num(table)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = table[:, 1:3] / table[:, :1]
        known = np.isfinite(means).all(axis=1)
        self.means[known] += means[known]
        self.counts += known
        self.mase.append(float(means[0, 0]))
        self.pinball.append(float(means[0, 1]))
        self.years = (self.years[0] + years[0], self.years[1] + years[1])
        self.fallbacks += fell_back


class Scoreboard:
    """Scores of several methods on the same cases of one target; memory grows by two numbers a case and method."""

    def __init__(self, horizon: int) -> None:
        """Start empty; ``horizon`` is H."""
        self.horizon = horizon
        self.series: list[str] = []
        self.cutoffs: list[str] = []
        self.methods: dict[str, MethodScores] = {}
        self.no_actual = 0
        self.no_scale = 0

    def add(
        self,
        series_id: str,
        cutoff: str,
        actual: Array,
        scale: float,
        forecasts: Mapping[str, Quantiles],
        fell_back: Sequence[str] = (),
    ) -> None:
        """Score one case for every method; the same methods every time.

        Args:
            series_id: Key.
            cutoff: Last month known, as it shall be shown.
            actual: (H,) what came, NaN where unknown.
            scale: Of the training part, by :func:`seasonal_scale`; zero and NaN leave the case out of MASE and pinball.
            forecasts: By method.
            fell_back: Methods that could not do this case themselves.
        """
        if not np.isfinite(actual).any():
            self.no_actual += 1
            return
        self.no_scale += not (np.isfinite(scale) and scale > 0)
        self.series.append(series_id)
        self.cutoffs.append(cutoff)
        for name, forecast in forecasts.items():
            table = case_sums(actual, forecast, scale)
            scores = self.methods.setdefault(name, _no_scores(len(table)))
            scores.add(table, year_hits(actual, forecast), fell_back=name in fell_back)


def _no_scores(parts: int) -> MethodScores:
    return MethodScores(np.zeros((parts, len(FIELDS))), np.zeros((parts, 2)), np.zeros(parts))


def average(scores: Array) -> dict[str, float | None]:
    """Mean and mean capped at 5 of the scores that are known; None of none.

    Example:
        >>> import numpy as np
        >>> average(np.array([1.0, 9.0, np.nan]))
        {'mean': 5.0, 'mean_capped': 3.0}
    """
    known = scores[np.isfinite(scores)]
    if len(known) == 0:
        return {"mean": None, "mean_capped": None}
    return {"mean": float(known.mean()), "mean_capped": float(np.minimum(known, CAP).mean())}


def geometric_ratio(ours: Array, theirs: Array) -> float | None:
    """``exp(mean(log(ours / theirs)))`` over the cases both have, each score raised to ``FLOOR`` first; None of none.

    Example:
        >>> import numpy as np
        >>> geometric_ratio(np.array([1.0, 0.5]), np.array([2.0, 1.0]))
        0.5
    """
    known = np.isfinite(ours) & np.isfinite(theirs)
    if not known.any():
        return None
    logs = np.log(np.maximum(ours[known], FLOOR)) - np.log(np.maximum(theirs[known], FLOOR))
    return float(np.exp(logs.mean()))


def by_series(series: Sequence[str], scores: Array) -> tuple[list[str], Array]:
    """Mean over each series's cases with a known score; series in the order of their first case."""
    places: dict[str, int] = {}
    at = np.array([places.setdefault(name, len(places)) for name in series], dtype=np.int64)
    known = np.isfinite(scores)
    counts = np.bincount(at[known], minlength=len(places)) if len(at) else np.zeros(0)
    sums = np.bincount(at[known], weights=scores[known], minlength=len(places)) if len(at) else np.zeros(0)
    means = np.divide(sums, counts, out=np.full(len(places), np.nan), where=counts > 0)
    return list(places), means
