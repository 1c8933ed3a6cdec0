"""Exact Shapley values of a product, and rounding that keeps sums: the two tools that explain a change to the krone."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.types import Array


def shapley_of_product(before: Array, after: Array) -> Array:
    """Share out the change of a product among its factors, whatever the order in which they change.

    A factor's value is its mean contribution over all orders in which the factors may move from ``before`` to ``after``.

    Args:
        before: (F, ...) factors.
        after: (F, ...) factors, same shape.

    Returns:
        (F, ...) effects; over the first axis they sum to ``after.prod(0) - before.prod(0)``.

    Source:
        Shapley (1953); for products of factors: Sun (1998), Energy Economics 20(1).

    Example:
        >>> shapley_of_product(np.array([2.0, 3.0]), np.array([4.0, 5.0])).tolist()
        [8.0, 6.0]
    """
    n_factors = len(before)
    effects = np.zeros(np.broadcast_shapes(before.shape, after.shape))
    for factor in range(n_factors):
        others = [other for other in range(n_factors) if other != factor]
        weighted = np.zeros(effects.shape[1:])
        for size in range(n_factors):
            weight = factorial(size) * factorial(n_factors - size - 1) / factorial(n_factors)
            for moved in combinations(others, size):
                product = np.full(effects.shape[1:], weight)
                for other in others:
                    product = product * (after[other] if other in moved else before[other])
                weighted += product
        effects[factor] = (after[factor] - before[factor]) * weighted
    return effects


def round_to_sum(values: Array, total: int) -> npt.NDArray[np.int64]:
    """Round to whole units so that the sum is ``total``: largest remainder, ties to the first.

    Args:
        values: (n,) any sign; zeros stay zero as long as anything else is there.
        total: Wanted sum; near ``values.sum()``.

    Returns:
        (n,) whole numbers.

    Example:
        >>> round_to_sum(np.array([0.4, 0.4, 0.4, 0.0]), 1).tolist()
        [1, 0, 0, 0]
        >>> round_to_sum(np.array([1.5, -0.5]), 1).tolist()
        [2, -1]
    """
    rounded = np.floor(values).astype(np.int64)
    places = np.nonzero(values)[0]
    if len(places) == 0:
        places = np.arange(len(values))
    left = total - int(rounded.sum())
    everyone, some = divmod(left, len(places)) if len(places) else (0, 0)
    rounded[places] += everyone
    order = np.argsort(-(values - np.floor(values))[places], kind="stable")
    rounded[places[order[:some]]] += 1
    return rounded
