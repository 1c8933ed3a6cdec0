"""Find a payee who has begun to invoice later or sooner, so that slow billing is not mistaken for saving.

A saving makes every cell of a service month smaller in step. Slow billing moves the same bill along the month's row: too little
in the first development months, too much in the later ones, on every diagonal since the change. For each month M the six newest
diagonals since M are held against what the month before M expected (pattern, and bill by active cases x price). The score asks
how well a shift by s months explains what is left after a common change of level of the months from M on (a saving; its prior
standard deviation is ``_LEVEL_SD``, wide where no list cost tells the level). Residuals are capped, so no single reversed
invoice decides, and the score is measured against its own history. It must pass a bound that holds for all kinds of payee, months
and shifts together (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from models.drivers.speed_cells import CAP, FIRST, LAGS, block_of, cell_noise, explained, share_at, usual_noise

if TYPE_CHECKING:
    from models.drivers.standing import Standing
    from models.types import Array

DIAGONALS = 6
"""Diagonals since a change that speak for it."""
FEWEST_DIAGONALS = 2
FEWEST_MONTHS = 36
"""Shorter histories are not tested: nothing tells what is usual."""
CANDIDATE_MONTHS = 60
SHIFTS = (-1, 1, 2)
"""Months: the whole bill comes this much later; part of it, if only a share of the invoices moves."""
_LEVEL_SD = 0.15
_UNKNOWN_LEVEL_SD = 1.0
_ALARM_RATE = 0.001
_SMALLEST_CHANGE = 0.15
_NEAR = 2


@dataclass(frozen=True)
class SpeedChange:
    """Invoices that come later or sooner than they did.

    Attributes:
        since: Place of the first month under the new speed.
        shift: Months by which the moved part has moved; negative: sooner.
        every_origin: True: all invoices from that month of posting on; False: those for service months from it on.
        score: Standard deviations from what is usual.
        share: Part of the bill that has moved, 0 to 1.
        share_error: Standard error of ``share``.
    """

    since: int
    shift: int
    every_origin: bool
    score: float
    share: float
    share_error: float

    @property
    def months_slower(self) -> float:
        """Mean delay added, months; negative: sooner."""
        return self.shift * self.share


@dataclass(frozen=True)
class Scan:
    """Scores of one triangle, by variant (shift x whether every origin moves), first month and number of diagonals.

    Attributes:
        score: (V, T, N) unscaled.
        share: (V, T, N) best share moved.
        information: (V, T, N).
    """

    score: Array
    share: Array
    information: Array


VARIANTS = tuple((shift, every) for shift in SHIFTS for every in (False, True))


def find_change(increments: Array, views: list[Standing], kind: int, *, tested: int, has_list_cost: bool) -> SpeedChange | None:
    """Look for a change of invoicing speed in one triangle.

    Args:
        increments: (T, D) amounts of the payee by service month and lag; cells after the last month are 0.
        views: (T,) what the end of each month knew.
        kind: Row of the views.
        tested: How many triangles are tested in the run: the alarm bound holds for all of them together.
        has_list_cost: Active cases x price tell the level of the youngest months.

    Returns:
        The change that explains most, or ``None``.
    """
    n_months = len(increments)
    if n_months < FEWEST_MONTHS or not increments.any():
        return None
    level_sd = _LEVEL_SD if has_list_cost else _UNKNOWN_LEVEL_SD
    scan = scan_changes(increments, views, kind, level_sd=level_sd)
    scale = np.maximum(1.0, 1.4826 * np.nanmedian(np.abs(scan.score), axis=1, keepdims=True))
    scaled = scan.score / scale
    first = max(FIRST, n_months - CANDIDATE_MONTHS)
    best: tuple[float, int, int] | None = None
    for since in range(first, n_months - FEWEST_DIAGONALS + 1):
        n = min(n_months - since, DIAGONALS) - 1
        for place, (shift, _) in enumerate(VARIANTS):
            share = min(float(scan.share[place, since, n]), 1.0)
            if abs(shift) * share >= _SMALLEST_CHANGE and (best is None or scaled[place, since, n] > best[0]):
                best = (float(scaled[place, since, n]), since, place)
    looks = tested * len(VARIANTS) * (n_months - first)
    if best is None or best[0] <= NormalDist().inv_cdf(1.0 - _ALARM_RATE / looks):
        return None
    score, since, place = best
    n = min(n_months - since, DIAGONALS) - 1
    error = min(float(scale[place, 0, n] / np.sqrt(scan.information[place, since, n])), 1.0)
    noise = usual_noise(cell_noise(increments, views, kind), since)
    change = _located(increments, views, kind, SpeedChange(since, *VARIANTS[place], score, 1.0, error), noise, level_sd)
    return change if _still_holds(increments, views[change.since - 1], kind, change, noise) else None


def _located(
    increments: Array, views: list[Standing], kind: int, found: SpeedChange, noise: Array, level_sd: float
) -> SpeedChange:
    """The month, shift and share that explain the same diagonals best, within two months of where the alarm was."""
    start = max(found.since - _NEAR, FIRST)
    last = min(found.since + _NEAR, len(increments) - FEWEST_DIAGONALS)
    asked = tuple((since, shift, every) for since in range(start, last + 1) for shift, every in VARIANTS)
    block = block_of(increments, views[start - 1], kind, start, noise, steps=DIAGONALS + _NEAR, asked=asked)
    fitted = [explained(block, place, level_sd) for place in range(len(asked))]
    place = min(range(len(asked)), key=lambda index: fitted[index][1])
    since, shift, every = asked[place]
    return SpeedChange(since, shift, every, found.score, fitted[place][0], found.share_error)


def _still_holds(increments: Array, view: Standing, kind: int, change: SpeedChange, noise: Array) -> bool:
    """Whether the six newest diagonals fit the new speed better than the old: a payee may have returned to it."""
    n_months = len(increments)
    if n_months - change.since <= DIAGONALS:
        return True
    lag = np.arange(LAGS)[None, :]
    origin = np.arange(n_months - DIAGONALS, n_months)[:, None] - lag
    bill, came = view.prior[kind][np.maximum(origin, 0)], increments[np.maximum(origin, 0), lag]
    old = view.developed[kind]
    new = moved_pattern(old, change)
    misfit = []
    for developed in (old, new):
        expected = bill * np.diff(developed, prepend=0.0)[:LAGS][None, :]
        variance = bill * (noise + 0.01 * noise.mean())[None, :]
        weight = np.divide(1.0, variance, out=np.zeros_like(variance), where=(variance > 0) & (origin >= 0))
        level = float((came * expected * weight).sum() / max(float((expected**2 * weight).sum()), 1e-12))
        misfit.append(float(np.minimum((came - level * expected) ** 2 * weight, CAP**2).sum()))
    return misfit[1] < misfit[0]


def moved_pattern(developed: Array, change: SpeedChange) -> Array:
    """(D,) developed share under the new speed, the shape of the delay kept.

    Example:
        >>> moved_pattern(np.array([0.5, 1.0, 1.0]), SpeedChange(40, 1, True, 9.0, 0.5, 0.1)).tolist()
        [0.25, 0.75, 1.0]
    """
    later = share_at(developed, np.arange(len(developed)) - change.shift)
    return np.append(((1.0 - change.share) * developed + change.share * later)[:-1], developed[-1])


def scan_changes(increments: Array, views: list[Standing], kind: int, *, level_sd: float) -> Scan:
    """Score every month, shift and number of diagonals; arguments as ``find_change``.

    Args:
        increments: (T, D).
        views: (T,).
        kind: Row of the views.
        level_sd: Prior standard deviation of a common change of level since the month.
    """
    n_months = len(increments)
    shape = (len(VARIANTS), n_months, DIAGONALS)
    scan = Scan(np.full(shape, np.nan), np.zeros(shape), np.full(shape, 1e-12))
    noise = cell_noise(increments, views, kind)
    for since in range(FIRST, n_months):
        steps = min(DIAGONALS, n_months - since)
        asked = tuple((since, shift, every) for shift, every in VARIANTS)
        block = block_of(increments, views[since - 1], kind, since, usual_noise(noise, since), steps=DIAGONALS, asked=asked)
        gg, gh, gr, hh, hr = (part.cumsum(axis=-1) for part in block.sums())
        level = hh + 1.0 / level_sd**2
        information = np.maximum(gg - gh**2 / level, 1e-12)
        score = gr - gh * hr / level
        scan.score[:, since, :steps] = score / np.sqrt(information)
        scan.share[:, since, :steps] = score / information
        scan.information[:, since, :steps] = information
    return scan
