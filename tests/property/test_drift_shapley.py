"""Shapley values and their rounding: efficient, symmetric, blind to order and to what does not change."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.decompose import explain
from models.drift_periods import Period, Seen, history_pair
from models.shapley import round_to_sum, shapley_of_product

FACTOR = st.floats(0.0, 50.0, allow_nan=False, width=32)
SOME = hnp.arrays(np.float64, (5, 3), elements=FACTOR)


@settings(deadline=None)
@given(SOME, SOME)
def test_effects_sum_to_the_change(before: np.ndarray, after: np.ndarray) -> None:
    change = after.prod(axis=0) - before.prod(axis=0)
    assert shapley_of_product(before, after).sum(axis=0) == pytest.approx(change, rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(SOME, SOME, st.integers(0, 4))
def test_a_factor_that_stands_still_has_no_effect(before: np.ndarray, after: np.ndarray, still: int) -> None:
    after = after.copy()
    after[still] = before[still]
    assert (shapley_of_product(before, after)[still] == 0.0).all()


@settings(deadline=None)
@given(SOME, SOME)
def test_factors_that_move_alike_have_the_same_effect(before: np.ndarray, after: np.ndarray) -> None:
    before, after = before.copy(), after.copy()
    before[3], after[3] = before[1], after[1]
    effects = shapley_of_product(before, after)
    assert effects[1] == pytest.approx(effects[3], rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(SOME, SOME, st.permutations(range(5)))
def test_the_order_of_factors_does_not_matter(before: np.ndarray, after: np.ndarray, order: list[int]) -> None:
    straight, mixed = shapley_of_product(before, after), shapley_of_product(before[order], after[order])
    assert mixed == pytest.approx(straight[order], rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(SOME, SOME)
def test_going_back_is_the_opposite(before: np.ndarray, after: np.ndarray) -> None:
    assert shapley_of_product(after, before) == pytest.approx(-shapley_of_product(before, after), rel=1e-9, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(hnp.arrays(np.float64, (4,), elements=FACTOR), hnp.arrays(np.float64, (4,), elements=FACTOR))
def test_it_is_the_mean_over_every_order(before: np.ndarray, after: np.ndarray) -> None:
    effects = np.zeros(4)
    for order in permutations(range(4)):
        now = before.copy()
        for factor in order:
            was = now.prod()
            now[factor] = after[factor]
            effects[factor] += (now.prod() - was) / 24
    assert shapley_of_product(before, after) == pytest.approx(effects, rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e7, 1e7, allow_nan=False)), st.integers(-2, 2))
def test_rounding_keeps_the_sum_and_stays_near(values: np.ndarray, off: int) -> None:
    total = round(float(values.sum())) + off
    rounded = round_to_sum(values, total)
    assert rounded.sum() == total
    assert (np.abs(rounded - values) < 2 + abs(off) + 1).all()


SERVICES = pd.DataFrame({
    "service": ["a", "b", "c"], "frame": ["f", "f", "g"], "committee": ["u", "u", "u"],
})  # fmt: skip
BANDS = ("0-17", "18+", "all")


@st.composite
def seen(draw: st.DrawFn, label: str) -> Seen:
    shape = (3, 3, 2)
    some = st.floats(0, 100).map(lambda value: 0.0 if value < 20 else value)
    volume = draw(hnp.arrays(np.float64, shape, elements=some))
    volume[:2, -1] = 0.0
    listed = draw(hnp.arrays(np.float64, shape, elements=st.integers(0, 100_000)))
    exposure = draw(hnp.arrays(np.float64, (3, 3), elements=st.floats(0, 100)))
    exposure[:, -1] = exposure[:, :-1].sum(axis=1) + 1.0
    real = draw(hnp.arrays(np.float64, 3, elements=st.integers(-10_000, 10_000_000)))
    price = draw(st.floats(0.5, 2.0))
    return Seen(label, volume, listed, exposure, real * price, real, price)


@settings(deadline=None, max_examples=50)
@given(seen("before"), seen("after"), hnp.arrays(np.float64, (2, 3), elements=st.integers(-100_000, 100_000)))
def test_every_level_adds_up_to_the_krone(earlier: Seen, later: Seen, events: np.ndarray) -> None:
    periods = history_pair(earlier, later)
    assert periods[0].gross[:, 0] == pytest.approx(earlier.nominal, rel=1e-9, abs=1e-3)
    assert periods[1].gross[:, 0] == pytest.approx(later.nominal, rel=1e-9, abs=1e-3)
    frame = explain("actual", SERVICES, periods, events, BANDS)
    signed = frame["effect"].where(frame["driver"] != "end", -frame["effect"])
    assert (signed.groupby([frame["level"], frame["member"]]).sum() == 0).all()
    by_level = frame.pivot_table(index="driver", columns="level", values="effect", aggfunc="sum")
    assert (by_level.sub(by_level["total"], axis=0) == 0).all().all()


@settings(deadline=None, max_examples=30)
@given(seen("before"), seen("after"), hnp.arrays(np.float64, (2, 3), elements=st.integers(-100_000, 100_000)))
def test_one_offs_are_a_bar_and_every_level_still_adds_up(earlier: Seen, later: Seen, single: np.ndarray) -> None:
    periods = history_pair(earlier, later)
    frame = explain("year", SERVICES, periods, np.zeros((2, 3)), BANDS, single=single)
    signed = frame["effect"].where(frame["driver"] != "end", -frame["effect"])
    assert (signed.groupby([frame["level"], frame["member"]]).sum() == 0).all()
    room = np.maximum([period.gross[:, 0] for period in periods], 0.0)
    before, after = np.clip(single, -9.0 * room, 0.9 * room)
    bar = frame[(frame["driver"] == "one_offs") & (frame["level"] == "service")].groupby("member")["effect"].sum()
    assert bar.reindex(list("abc")).to_numpy() == pytest.approx(after - before, abs=4)
    none = explain("year", SERVICES, periods, np.zeros((2, 3)), BANDS, single=np.zeros((2, 3)))
    without = explain("year", SERVICES, periods, np.zeros((2, 3)), BANDS)
    assert (none.loc[none["driver"] != "one_offs", "effect"].to_numpy() == without["effect"].to_numpy()).all()


@settings(deadline=None, max_examples=30)
@given(seen("before"), seen("after"))
def test_a_service_more_changes_no_other_services_bars_by_more_than_rounding(earlier: Seen, later: Seen) -> None:
    whole = explain("actual", SERVICES, history_pair(earlier, later), np.zeros((2, 3)), BANDS)
    first, second = (_without_last(values) for values in (earlier, later))
    fewer = explain("actual", SERVICES.iloc[:2], history_pair(first, second), np.zeros((2, 2)), BANDS)
    keys = ["member", "driver", "age_band"]
    one, other = (frame[frame["level"] == "service"].set_index(keys)["effect"] for frame in (whole, fewer))
    both = pd.concat([one[one.index.get_level_values(0) != "c"], other], axis=1).fillna(0.0)
    assert (both.iloc[:, 0] - both.iloc[:, 1]).abs().max() <= 3


def _without_last(values: Seen) -> Seen:
    return Seen(values.label, values.volume[:2], values.listed[:2], values.exposure[:2], values.nominal[:2], values.real[:2],
                values.price)  # fmt: skip


@settings(deadline=None)
@given(hnp.arrays(np.float64, (5, 1, 2, 1, 6), elements=st.floats(0.1, 10)))
def test_per_draw_then_mean(factors: np.ndarray) -> None:
    """The mean of the draws' values, not the value of the mean draw."""
    services = SERVICES.iloc[:1]
    before = Period("b", np.ones((5, 1, 2, 1, 1)) * 1e4**0.2)
    after = Period("a", factors * 1e4**0.2)
    frame = explain("outlook", services, (before, after), np.zeros((2, 1)), ("x", "all"))
    per_draw = [shapley_of_product(before.factors[..., 0], after.factors[..., place]).sum(axis=(1, 2, 3)) for place in range(6)]
    found = frame[frame["level"] == "total"].groupby("driver", sort=False)["effect"].sum()
    expected = np.mean(per_draw, axis=0)
    assert found[["demography", "uptake", "mix", "unit_cost", "price_index"]].to_numpy() == pytest.approx(expected, abs=3)
