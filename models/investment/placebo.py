"""Realised against forecast where nothing was done: how far such gaps go, and what that asks of a counterfactual.

A counterfactual is the frozen draws, moved only by what a measure cannot have caused: the population that came over the one that
was expected (as far as the forecast followed it), and tasks that were moved by dated budget events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.investment.frozen import real_cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from models.investment.frozen import Frozen, Realised
    from models.types import Array

NORMAL_80 = 2.0 * 1.2815515655446004
"""Width of the middle 80 % of a standard normal."""
PRIOR_WIDTHS = ((12, 1.15), (24, 1.0))
"""By length of the window, months: gaps of synthetic towns in which nothing was done were so many times as wide as the engine's
draws, once what follows was taken out (``make follow-up``, on seeds of their own). Errors of single years partly cancel out."""
PRIOR_ROWS = 30.0
"""The prior width weighs as much as so many placebo rows."""
SHIFT_ROWS = 20.0
"""A shift that all services have in common (a hard winter, a new practice) is believed by half from so many rows on."""
PRIOR_RETURN = 0.6
"""Share of a forecast's distance from the service's own trend that is expected to be taken back: regression to the mean. A
decision is often taken right after a peak, and what then falls by itself must not pass for effect."""
RETURN_ROWS = 15.0
"""The prior share weighs as much as so many placebo rows that lie one standard deviation off their trend."""
WIDTHS = (0.8, 3.0)
"""Hardly narrower than the forecast said; a wider one than this says nothing any more."""
_LEAST = 1e-3
"""Smallest spread, in logs: a constant series is known to a thousandth, not exactly."""
MOST_OFF = 4.0
"""A row further off counts as so many standard deviations: one burst must not widen everything."""
TREND_MONTHS = 60
LEAST_TREND_MONTHS = 36
_YEAR = 12


def month_number(month: pd.Timestamp) -> int:
    """Months as whole numbers: year * 12 + month - 1.

    Example:
        >>> import pandas as pd
        >>> month_number(pd.Timestamp("2027-03-01"))
        24326
    """
    return int(month.year) * 12 + int(month.month) - 1


@dataclass(frozen=True)
class Window:
    """Months that are judged, both ends counted in, as whole numbers.

    Attributes:
        first: First month.
        last: Last month.
    """

    first: int
    last: int

    @property
    def n_months(self) -> int:
        """How many; 0 where it is empty."""
        return max(self.last - self.first + 1, 0)


@dataclass(frozen=True)
class Event:
    """A task moved or a law changed: what it adds to the volume, by a dated budget event.

    Attributes:
        service: Key.
        first: First month.
        last: Last month; None: it goes on.
        share: Added, as a share of what would have been without it.
    """

    service: str
    first: int
    last: int | None
    share: float


@dataclass(frozen=True, eq=False)
class Compared:
    """Realised and counterfactual of some services together, W months, D draws.

    Attributes:
        realised: (W,) full-time citizens.
        draws: (W, D) the same had nothing been done.
        trend: (W,) what the service's own trend to the cutoff would say; NaN where its history is too short for one.
    """

    realised: Array
    draws: Array
    trend: Array

    @property
    def log_gap(self) -> float:
        """Log of realised over the median counterfactual, over the window."""
        return float(np.log(max(self.realised.sum(), 1e-9)) - np.median(self._log_sums))

    @property
    def spread(self) -> float:
        """Standard deviation of the counterfactual's log, by its middle 80 %."""
        low, high = np.quantile(self._log_sums, (0.1, 0.9))
        return max(float(high - low) / NORMAL_80, _LEAST)

    @property
    def score(self) -> float:
        """Gap in standard deviations."""
        return self.log_gap / self.spread

    @property
    def excess(self) -> float:
        """How far the counterfactual lies above the service's own trend, in standard deviations; 0 where there is no trend."""
        trend = float(self.trend.sum())
        if not np.isfinite(trend) or trend <= 0:
            return 0.0
        return float(np.clip((np.median(self._log_sums) - np.log(trend)) / self.spread, -MOST_OFF, MOST_OFF))

    @property
    def _log_sums(self) -> Array:
        return np.asarray(np.log(np.maximum(self.draws.sum(axis=0), 1e-9)), dtype=np.float64)


@dataclass(frozen=True)
class PlaceboRow:
    """One service and window in which nothing was done.

    Attributes:
        kind: ``service``: another service in the same months; ``earlier``: an earlier forecast, judged before the decision.
        service: Key.
        run_id: Run that forecast it.
        first: First month.
        last: Last month.
        effect_pct: Realised over counterfactual, per cent: what would pass for effect.
        score: The same in standard deviations of its own counterfactual.
        excess: How far that counterfactual lay above the service's own trend, in the same.
    """

    kind: str
    service: str
    run_id: str
    first: int
    last: int
    effect_pct: float
    score: float
    excess: float


@dataclass(frozen=True)
class Calibration:
    """What placebo rows ask of a counterfactual.

    Attributes:
        shift: Standard deviations by which counterfactuals lay off what came, all services alike.
    taken_back: Share of the distance from its own trend that a forecast lost.
    width: Times its width.
    rows: How many rows say so.
    precision: (2, 2) of shift and share taken back, in rows.
    """

    shift: float
    taken_back: float
    width: float
    rows: int
    precision: tuple[tuple[float, float], tuple[float, float]]

    def moved_by(self, excess: float) -> float:
        """Standard deviations by which a counterfactual ``excess`` above its trend is to be moved."""
        return self.shift - self.taken_back * excess

    def width_at(self, excess: float) -> float:
        """Times its width, with what is not known of shift and share taken back."""
        at = np.array([1.0, -excess])
        unsure = float(at @ np.linalg.solve(np.array(self.precision), at))
        return float(np.clip(self.width * np.sqrt(1.0 + unsure), *WIDTHS))


def compare(
    frozen: Frozen,
    realised: Realised,
    services: Sequence[str],
    window: Window,
    events: Iterable[Event] = (),
    *,
    measure: str = "volume",
) -> Compared | None:
    """Realised against the frozen draws, moved by population and events.

    Args:
        frozen: The forecast.
        realised: What came.
        services: Added up.
        window: Months.
        events: Dated and known.
        measure: ``volume``, or real ``cost`` at the frozen price level.

    Returns:
        None where a service is masked in either run, or a month is unknown.
    """
    numbers = {month_number(month): place for place, month in enumerate(realised.months)}
    begin = month_number(frozen.months[0])
    inside = range(window.first - begin, window.last - begin + 1)
    there = all(key in frozen.services and key in realised.services for key in services)
    if not services or not there or not window.n_months or inside[0] < 0 or inside[-1] >= len(frozen.months):
        return None
    if any(number not in numbers for number in range(window.first, window.last + 1)):
        return None
    ahead = slice(inside[0], inside[-1] + 1)
    since = slice(numbers[window.first], numbers[window.last] + 1)
    came, trend = np.zeros(window.n_months), np.zeros(window.n_months)
    draws = np.zeros((window.n_months, frozen.draws.shape[2]))
    for key in sorted(services):
        moved = population_moved(frozen, realised, key, ahead, since) * _events_moved(events, key, window)
        expected = frozen.draws[frozen.place(key), ahead]
        if measure == "cost":
            came += real_cost(frozen, realised, key, since)
            draws += expected * np.nan_to_num(frozen.unit_cost[frozen.place(key), ahead]) * moved[:, None]
            trend += np.nan
            continue
        came += realised.volume[realised.services.index(key), since]
        draws += expected * moved[:, None]
        trend += own_trend(frozen, key)[ahead] * moved
    return Compared(came, draws, trend) if np.isfinite(came).all() and draws.any() else None


def population_moved(frozen: Frozen, realised: Realised, service: str, ahead: slice, since: slice) -> Array:
    """(W,) factor: exposure that came over exposure that was expected, each measured from the year before the cutoff.

    A later run states exposure at its own reference uptake; measured from the same twelve months both mean the same.
    """
    row, column = frozen.place(service), realised.services.index(service)
    cutoff = month_number(frozen.cutoff)
    numbers = np.array([month_number(month) for month in realised.months])
    base = (numbers > cutoff - _YEAR) & (numbers <= cutoff)
    weight = frozen.exposure_weight(service)
    n_months = ahead.stop - ahead.start
    if not base.any() or weight == 0.0:
        return np.ones(n_months)
    came = realised.exposure[column, since] / realised.exposure[column, base].mean()
    expected = frozen.exposure[row, ahead] / frozen.exposure_behind[row, -_YEAR:].mean()
    ratio = np.divide(came, expected, out=np.ones(n_months), where=expected > 0)
    return np.asarray(np.where(np.isfinite(ratio) & (ratio > 0), ratio, 1.0) ** weight, dtype=np.float64)


def _events_moved(events: Iterable[Event], service: str, window: Window) -> Array:
    months = np.arange(window.first, window.last + 1)
    factor = np.ones(window.n_months)
    for event in events:
        if event.service == service:
            acting = (months >= event.first) & (months <= (event.last if event.last is not None else window.last))
            factor *= np.where(acting, 1.0 + event.share, 1.0)
    return factor


def placebo_row(kind: str, service: str, run_id: str, window: Window, found: Compared) -> PlaceboRow:
    """A comparison as a row."""
    pct = 100.0 * float(np.expm1(found.log_gap))
    return PlaceboRow(kind, service, run_id, window.first, window.last, pct, found.score, found.excess)


def own_trend(frozen: Frozen, service: str) -> Array:
    """(H,) where the straight line of the log uptake of its newest five years would lead; NaN with less than three."""
    row, weight = frozen.place(service), frozen.exposure_weight(service)
    volume = frozen.volume[row, -TREND_MONTHS:]
    behind = frozen.exposure_behind[row, -TREND_MONTHS:] ** weight if weight else np.ones(len(volume))
    ahead = frozen.exposure[row] ** weight if weight else np.ones(len(frozen.months))
    known = np.isfinite(volume) & (volume > 0) & (behind > 0)
    if known.sum() < LEAST_TREND_MONTHS:
        return np.full(len(frozen.months), np.nan)
    months = np.arange(-len(volume) + 1, 1)
    slope, level = np.polyfit(months[known], np.log(volume[known] / behind[known]), 1)
    return np.asarray(np.exp(level + slope * np.arange(1, len(frozen.months) + 1)) * ahead, dtype=np.float64)


def calibrate(rows: Sequence[PlaceboRow], n_months: int = 12) -> Calibration:
    """Shift, share taken back and width that placebo rows ask for, leaning on what is usual where rows are few.

    Ridge regression of the rows' scores on their excess; the order of rows is no matter.

    Args:
        rows: All of windows of one length.
        n_months: That length.

    Example:
        >>> found = calibrate([])
        >>> found.shift, found.taken_back == PRIOR_RETURN, found.width
        (0.0, True, 1.15)
    """
    usual = float(np.interp(n_months, [length for length, _ in PRIOR_WIDTHS], [width for _, width in PRIOR_WIDTHS]))
    pairs = sorted((row.excess, row.score) for row in rows if np.isfinite(row.score))
    excess, scores = np.array(pairs).reshape(-1, 2).T
    scores = np.clip(scores, -MOST_OFF, MOST_OFF)
    design = np.column_stack([np.ones(len(pairs)), -excess])
    precision = design.T @ design + np.diag([SHIFT_ROWS, RETURN_ROWS])
    shift, back = np.linalg.solve(precision, design.T @ scores + np.array([0.0, RETURN_ROWS * PRIOR_RETURN]))
    back = float(np.clip(back, 0.0, 1.0))
    left = scores - design @ np.array([shift, back])
    width = float(np.sqrt((float((left**2).sum()) + PRIOR_ROWS * usual**2) / (len(pairs) + PRIOR_ROWS)))
    (a, b), (c, d) = precision.tolist()
    return Calibration(float(shift), back, width, len(pairs), ((a, b), (c, d)))


def calibrated(found: Compared, calibration: Calibration) -> Array:
    """(W, D) counterfactual draws, moved and widened over the whole window by one factor per draw."""
    sums = np.log(np.maximum(found.draws.sum(axis=0), 1e-9))
    off = sums - np.median(sums)
    width, shift = calibration.width_at(found.excess), calibration.moved_by(found.excess)
    return np.asarray(found.draws * np.exp(shift * found.spread + (width - 1.0) * off), dtype=np.float64)
