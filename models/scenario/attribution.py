"""Exact Shapley values of the levers of a scenario, on expected expenditure by year."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from models.shapley import round_to_sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.scenario.baseline import Baseline
    from models.scenario.terms import Factor, Plan, Term
    from models.types import Array


def product_effects(factors: Sequence[Factor]) -> Array:
    """Share out the change of a product among its factors.

    Shapley values of a product are an integral over its multilinear extension: each factor's own step times the other factors,
    all of them moved the same part of the way. The integrand is a polynomial, so Gauss-Legendre nodes give it exactly; cost grows
    with the square of the number of factors instead of its power of two.

    Args:
        factors: n of them, each with ``mean`` (H,) and ``off``.

    Returns:
        (n, H); over the first axis they sum to the product of the means less that of the ``off``.

    Source:
        Owen (1972), Multilinear extensions of games, Management Science 18(5).
    """
    count = len(factors)
    on = np.stack([factor.mean for factor in factors])
    off = np.array([factor.off for factor in factors])[:, None]
    nodes, weights = _nodes((count + 1) // 2)
    between = off[None] + nodes[:, None, None] * (on - off)[None]
    before, after = np.ones_like(between), np.ones_like(between)
    np.cumprod(between[:, :-1], axis=1, out=before[:, 1:])
    np.cumprod(between[:, :0:-1], axis=1, out=after[:, -2::-1]) if count > 1 else None
    return np.asarray((on - off) * np.tensordot(weights, before * after, axes=1))


@cache
def _nodes(count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1.0) / 2.0, weights / 2.0


def lever_effects(baseline: Baseline, plan: Plan) -> Array:
    """(L, S, Y) expected effect of every lever on every service and year; sums over levers to what the scenario moves."""
    found = np.zeros((len(plan.scenario.levers), len(baseline.services), len(baseline.years)))
    for term in plan.terms:
        if term.factors:
            share = year_share(baseline, term) * (term.base * _expected(baseline, term))
            effects = product_effects(term.factors) @ share.T
            for factor, effect in zip(term.factors, effects, strict=True):
                found[factor.lever, term.sink] += effect
    return found


def year_share(baseline: Baseline, term: Term) -> Array:
    """(Y, H) how a term's months fall on years."""
    return baseline.calendar if term.by_calendar else baseline.share[term.sink]


def _expected(baseline: Baseline, term: Term) -> Array | float:
    return 1.0 if term.source < 0 else baseline.monthly_mean[term.source]


def whole_effects(effects: Array) -> npt.NDArray[np.int64]:
    """Round (L, Y) effects to whole currency so that each year sums to its rounded total.

    Example:
        >>> whole_effects(np.array([[1.4], [1.4], [1.4]])).tolist()
        [[2], [1], [1]]
    """
    columns = [round_to_sum(effects[:, year], round(float(effects[:, year].sum()))) for year in range(effects.shape[1])]
    return np.stack(columns, axis=1) if columns else np.zeros(effects.shape, dtype=np.int64)
