"""Many forecasts of one series become one: the middle of them, held near what the last year showed (decision 0011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.types import Array

TRIMMED = 4
"""One in so many of the members is left out at either end, in every month."""
REACH_DOWN, REACH_UP = 0.25, 4.0
"""No member leaves a quarter to four times the range of the newest year."""


def within_reach(path: Array, recent: Array) -> Array:
    """Hold a path between a quarter of the smallest and four times the largest recent month.

    Example:
        >>> within_reach(np.array([0.1, 3.0, 99.0]), np.array([1.0, 2.0])).tolist()
        [0.25, 3.0, 8.0]
    """
    return np.asarray(np.clip(path, REACH_DOWN * recent.min(), REACH_UP * recent.max()), dtype=np.float64)


def middle(paths: Sequence[Array]) -> Array:
    """Mean of the middle members, month by month: a quarter is left out at either end.

    Args:
        paths: M arrays (H,), at least one.

    Example:
        >>> middle([np.array([1.0]), np.array([2.0]), np.array([3.0]), np.array([100.0])]).tolist()
        [2.5]
    """
    ordered = np.sort(np.stack(list(paths)), axis=0)
    out = len(ordered) // TRIMMED if len(ordered) > 3 else (len(ordered) - 1) // 2
    return np.asarray(ordered[out : len(ordered) - out].mean(axis=0), dtype=np.float64)
