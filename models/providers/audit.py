"""Can a reader of every shown share, who also knows each member's total, work a hidden kind of provider out? If so, hide more.

Unknown are the services' amounts by kind. Known are each shown cell (a service's, or a sum of services' of one kind) and the
total of each member that the run shows. A hidden cell is protected where other amounts, none of them negative, would show the
same and it would be ``PROTECTIONS`` larger (or smaller). Where there are none, the cheapest change of shown cells that makes it
possible tells which to hide: the linear programme of complementary suppression (Fischetti and Salazar 2000, relaxed).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.types import Array

    Key = tuple[str, str, str]

PROTECTIONS = (0.23, 0.1)
"""Shares of its value by which a hidden cell must be free to differ: the second where the first can't be had.

An attacker who knows a cell to 10 % of one value has its ends within a factor of 1.1 / 0.9 of each other.
"""
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Grid:
    """One period's amounts by service and kind, and what is a sum of what.

    Attributes:
        keys: (level, member, kind) of every cell, services' and sums'.
        amounts: Service and kind: DKK, 0 or more (parts).
        parts: Cell x part: 1 where the cell holds the part.
        totals: Known total x part: 1 where the member holds the part.
        weights: What hiding a cell costs.
    """

    keys: tuple[Key, ...]
    amounts: Array
    parts: Array
    totals: Array
    weights: Array


def complement(grid: Grid, hidden: set[Key], targets: Iterable[Key]) -> set[Key]:
    """Cells to hide besides, so that no target can be worked out.

    Args:
        grid: Amounts of one period.
        hidden: What is hidden already.
        targets: Hidden cells to protect, in order.

    Returns:
        Further cells. A target that a known total pins alone (a service of one kind) is left as it is.
    """
    more: set[Key] = set()
    for target in targets:
        if target in grid.keys:
            more |= _freed(grid, hidden | more, grid.keys.index(target))
    return more


def _freed(grid: Grid, hidden: set[Key], target: int) -> set[Key]:
    """Shown cells that must move for the target to be larger, or else smaller, by ``PROTECTIONS``."""
    shown = [place for place, key in enumerate(grid.keys) if key not in hidden]
    value = float(grid.parts[target] @ grid.amounts)
    if value <= 0:
        return set()
    for change in (sign * share for share in PROTECTIONS for sign in (1.0, -1.0)):
        moved = _least(grid, shown, target, change * value)
        if moved is not None:
            return {grid.keys[place] for place, by in zip(shown, moved, strict=True) if by > _TOLERANCE}
    return set()


def _least(grid: Grid, shown: list[int], target: int, change: float) -> Array | None:
    """How far each shown cell moves, relative to the change, in the cheapest other world; None where there is none.

    Unknown: each part's rise and fall, each shown cell's movement. A fall is at most the part itself.
    """
    scale, n, m = abs(change), len(grid.amounts), len(shown)
    cells = sp.csr_matrix(grid.parts[shown])
    move, still = sp.hstack([cells, -cells]), -sp.identity(m)
    known = np.vstack([grid.totals, grid.parts[target]])
    found = linprog(
        np.concatenate([np.zeros(2 * n), grid.weights[shown]]),
        A_ub=sp.vstack([sp.hstack([move, still]), sp.hstack([-move, still])], format="csr") if m else None,
        b_ub=np.zeros(2 * m) if m else None,
        A_eq=np.hstack([known, -known, np.zeros((len(known), m))]),
        b_eq=np.concatenate([np.zeros(len(grid.totals)), [change / scale]]),
        bounds=[
            *((0.0, None if amount > 0 else 0.0) for amount in grid.amounts),
            *((0.0, amount / scale) for amount in grid.amounts),
            *((0.0, None),) * m,
        ],
        method="highs",
    )
    return np.asarray(found.x, dtype=float)[2 * n :] if found.status == 0 else None
