"""Cells of the newest diagonals, and what a shift in time or a change of level would do to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.drivers.standing import Standing
    from models.types import Array

    Asked = tuple[tuple[int, int, bool], ...]
    Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

LAGS = 18
"""Development months that are looked at: later ones hold corrections only."""
FIRST = 24
"""Months that the first pattern is learnt from."""
CAP = 4.0
"""Standard deviations that one cell's residual may weigh at most: no single reversed invoice decides."""
_USUAL_MONTHS = 36
_REFINEMENTS = 12


@dataclass(frozen=True)
class Block:
    """Diagonals from a month on, cell by cell.

    Attributes:
        weight: (n, L) one over the variance.
        residual: (n, L) what came beyond what was expected.
        cap: (n, L) the most that a residual may count.
        level: (V, n, L) what a change of level of the months since would add.
        moves: (V, n, L) what a shift of everything would add.
    """

    weight: Array
    residual: Array
    cap: Array
    level: Array
    moves: Array

    def sums(self) -> tuple[Array, ...]:
        """(V, n) weighted sums per diagonal of shift (g), level (h) and residual (r): gg, gh, gr, hh, hr."""
        residual = np.clip(self.residual, -self.cap, self.cap)
        pairs = ((self.moves, self.moves), (self.moves, self.level), (self.moves, residual), (self.level, self.level),
                 (self.level, residual))  # fmt: skip
        return tuple((one * other * self.weight).sum(axis=-1) for one, other in pairs)


def block_of(increments: Array, view: Standing, kind: int, start: int, noise: Array, *, steps: int, asked: Asked) -> Block:
    """Cells of ``steps`` diagonals from ``start`` on, as the month before expected them.

    Args:
        increments: (T, D) amounts by service month and lag.
        view: What the end of the month before ``start`` knew.
        kind: Row of the view.
        start: Place of the first month of posting.
        noise: (L,) variance per krone of bill, by lag.
        steps: Diagonals at most.
        asked: (V,) since, shift, whether every origin moves: what is to be explained.
    """
    developed = view.developed[kind]
    share = np.diff(developed, prepend=0.0)[:LAGS]
    posted = start + np.arange(min(steps, len(increments) - start))[:, None]
    lag = np.arange(LAGS)[None, :]
    origin = posted - lag
    bill = np.where(origin >= 0, _expected(view, kind, start)[np.maximum(origin, 0)], 0.0)
    usual = noise.sum() / max(float(np.abs(share).sum()), 1e-9)
    variance = np.maximum(bill, 0.0) * (0.7 * noise + 0.3 * usual * np.abs(share) + 0.002 * usual)[None, :]
    young = np.stack([origin >= since for since, _, _ in asked])
    unlike = {(since, shift) for since, shift, _ in asked}
    moved = {pair: _moved(developed, pair[1], posted, origin, pair[0]) - share for pair in sorted(unlike)}
    moves = np.stack([moved[since, shift] for since, shift, _ in asked])
    touched = young | np.array([every for _, _, every in asked])[:, None, None]
    return Block(
        weight=np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0),
        residual=increments[np.maximum(origin, 0), lag] - bill * share[None, :],
        cap=CAP * np.sqrt(variance),
        level=np.where(young, bill * share[None, :], 0.0),
        moves=np.where(touched, moves * bill[None], 0.0),
    )


def explained(block: Block, place: int, level_sd: float) -> tuple[float, float]:
    """Best share moved, outliers being what neither shift nor level explains, and what is left unexplained (Huber's loss).

    Args:
        block: Cells.
        place: Which explanation.
        level_sd: Prior standard deviation of the change of level.
    """
    move, level, share, lift = block.moves[place], block.level[place], 0.5, 0.0
    ridge = 1.0 / level_sd**2
    square, cross = float((move**2 * block.weight).sum()), float((move * level * block.weight).sum())
    own = float((level**2 * block.weight).sum()) + ridge
    determinant = max(square * own - cross**2, 1e-12)
    for _ in range(_REFINEMENTS):
        left = np.clip(block.residual - share * move - lift * level, -block.cap, block.cap) * block.weight
        pull, raised = float((move * left).sum()), float((level * left).sum()) - ridge * lift
        share = min(max(share + (own * pull - cross * raised) / determinant, 0.0), 1.0)
        lift += (square * raised - cross * pull) / determinant
    size = np.abs(block.residual - share * move - lift * level) * np.sqrt(block.weight)
    loss = np.where(size <= CAP, size**2 / 2.0, CAP * size - CAP**2 / 2.0)
    return share, float(loss.sum()) + ridge * lift**2 / 2.0


def usual_noise(noise: Array, since: int) -> Array:
    """(L,) mean of the three years before ``since``."""
    return np.asarray(noise[max(FIRST, since - _USUAL_MONTHS) : max(since, FIRST + 1)].mean(axis=0))


def _expected(view: Standing, kind: int, since: int) -> Array:
    """(T,) bill by service month: completed before ``since``, expected from it on."""
    return np.concatenate([view.ultimate[kind], view.prior[kind, since:]])


def cell_noise(increments: Array, views: list[Standing], kind: int) -> Array:
    """(T, L) squared one-step residual per krone of bill, by month of posting and lag; outliers capped later by the score."""
    n_months = len(increments)
    noise = np.zeros((n_months, LAGS))
    for last in range(FIRST, n_months):
        view = views[last - 1]
        lag = np.arange(min(LAGS, last + 1))
        bill = np.maximum(_expected(view, kind, last)[last - lag], 0.0)
        share = np.diff(view.developed[kind], prepend=0.0)[lag]
        residual = increments[last - lag, lag] - bill * share
        noise[last, lag] = np.divide(residual**2, bill, out=np.zeros(len(lag)), where=bill > 0)
    return noise


def _moved(developed: Array, shift: int, posted: Whole, origin: Whole, since: int) -> Array:
    """(n, L) share of a bill that comes in each cell when everything from ``since`` on comes ``shift`` months later.

    What is in stays in: a month that was billed before the change waits until the late clock has caught up with it.
    """
    stays = np.where(origin < since, share_at(developed, since - 1 - origin), 0.0)

    def in_by(month: Whole) -> Array:
        late = np.maximum(share_at(developed, month - origin - shift), stays)
        found = np.where(month < since, share_at(developed, month - origin), late)
        return np.where(month < origin, 0.0, found)

    return in_by(posted) - in_by(posted - 1)


def share_at(developed: Array, age: Whole) -> Array:
    """Developed share at an age in months; 0 before the first."""
    padded = np.append(0.0, developed)
    return np.asarray(padded[np.minimum(np.maximum(age, -1), len(developed) - 1) + 1])
