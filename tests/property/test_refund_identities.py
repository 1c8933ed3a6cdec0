"""What holds for any cost: monotone, never above the highest rate, tiers sum, order and households do what the law says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.reference.refund import load_refund
from models.refund import (
    Citizens,
    RefundResponse,
    marginal_refund,
    refund_above,
    refund_change,
    refund_of,
    refund_tiers,
    spread_one_off,
    thresholds_of,
)

MONTHS = pd.date_range("2019-12-01", periods=4, freq="MS").append(pd.date_range("2024-01-01", periods=2, freq="MS"))
THRESHOLDS = thresholds_of(MONTHS, load_refund())
SHAPE = (len(MONTHS), 5)
COSTS = arrays(np.float64, (3, *SHAPE), elements=st.floats(0, 900_000, allow_nan=False))
FLAGS = arrays(np.bool_, SHAPE)
HOUSEHOLDS = arrays(np.int64, 5, elements=st.integers(-1, 2))
few = settings(max_examples=40, deadline=None)


@given(COSTS, FLAGS)
@few
def test_tiers_sum_and_no_krone_is_refunded_above_75_per_cent(cost: np.ndarray, child: np.ndarray) -> None:
    limits, rates = THRESHOLDS.of(child)
    total = refund_above(cost, limits, rates)
    tiers = np.stack([refund_tiers(draw, limits, rates) for draw in cost], axis=1)
    assert tiers.sum(axis=0) == pytest.approx(total, abs=1e-6)
    assert (tiers >= 0).all()
    assert (total <= 0.75 * cost + 1e-9).all()
    assert (total[cost <= limits[0]] == 0).all()


@given(COSTS, FLAGS, st.floats(0.01, 50_000))
@few
def test_more_cost_is_more_refund_but_never_all_of_it(cost: np.ndarray, child: np.ndarray, more: float) -> None:
    limits, rates = THRESHOLDS.of(child)
    step = refund_above(cost + more, limits, rates) - refund_above(cost, limits, rates)
    assert (step >= -1e-6).all()
    assert (step <= 0.75 * more + 1e-6).all()
    low, high = marginal_refund(cost, limits, rates), marginal_refund(cost + more, limits, rates)
    assert (step >= low * more - 1e-6).all()
    assert (step <= high * more + 1e-6).all()


@given(COSTS, FLAGS, FLAGS, HOUSEHOLDS, st.permutations(range(5)))
@few
def test_the_order_of_citizens_does_not_matter(cost, child, covered, household, order) -> None:
    straight = refund_of(cost, Citizens(child, covered, household), THRESHOLDS)
    turned = refund_of(cost[..., order], Citizens(child[:, order], covered[:, order], household[order]), THRESHOLDS)
    assert turned == pytest.approx(straight[..., order], abs=1e-6)


@given(COSTS, FLAGS, HOUSEHOLDS)
@few
def test_a_household_summed_never_gets_less(cost: np.ndarray, child: np.ndarray, household: np.ndarray) -> None:
    everyone = np.ones(SHAPE, dtype=bool)
    summed = refund_of(cost, Citizens(child, everyone, household), THRESHOLDS).sum(axis=-1)
    alone = refund_of(cost, Citizens(child, everyone, np.full(5, -1)), THRESHOLDS).sum(axis=-1)
    assert (summed >= alone - 1e-6).all()


@given(COSTS, FLAGS)
@few
def test_who_is_not_covered_gets_nothing_and_gives_no_sibling_anything(cost: np.ndarray, covered: np.ndarray) -> None:
    child, together = np.ones(SHAPE, dtype=bool), np.zeros(5, dtype=np.int64)
    found = refund_of(cost, Citizens(child, covered, together), THRESHOLDS)
    assert (found[:, ~covered] == 0).all()
    zeroed = refund_of(cost * covered, Citizens(child, np.ones_like(child), together), THRESHOLDS)
    assert found == pytest.approx(zeroed, abs=1e-6)


@given(arrays(np.float64, (12, 3), elements=st.floats(0, 1e6)))
@few
def test_one_off_cost_is_kept_and_even(once: np.ndarray) -> None:
    spread = spread_one_off(once, pd.date_range("2025-01-01", periods=12, freq="MS"))
    assert spread.sum(axis=0) == pytest.approx(once.sum(axis=0))
    assert spread == pytest.approx(np.broadcast_to(spread[0], spread.shape))


@given(
    arrays(np.float64, (2, 3, 5), elements=st.floats(0, 1e5)), arrays(np.float64, (2, 3), elements=st.floats(0, 2)),
    arrays(np.float64, (2, 3), elements=st.floats(0.5, 1.5)), st.floats(0.0, 0.2),
)  # fmt: skip
@few
def test_the_response_is_a_line_in_volume_and_rises_with_price(steps, volume, price, more) -> None:
    grid = np.array([0.8, 0.9, 1.0, 1.1, 1.2])
    having = np.cumsum(steps, axis=-1)
    response = RefundResponse(("a", "b"), pd.date_range("2027-01-01", periods=3, freq="MS"), grid, having, having[..., 2])
    ones = np.ones((2, 3))
    assert (refund_change(response, ones, ones) == 0).all()
    assert (refund_change(response, volume, price + more) >= refund_change(response, volume, price) - 1e-6).all()
    whole, none = refund_change(response, ones, price), refund_change(response, 0 * ones, price)
    assert refund_change(response, volume, price) == pytest.approx(volume * whole + (1 - volume) * none, abs=1e-6)
    for place, factor in enumerate(grid):
        assert refund_change(response, ones, factor * ones) == pytest.approx(having[..., place] - having[..., 2], abs=1e-6)
