"""Population, uptake and prices: identities that hold for any municipality."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.drivers import Population, build_exposure, deflate, hamilton_perry, inflate
from models.drivers.population import interpolate_months, rebase

PERSONS = st.floats(0, 2000, allow_nan=False, width=32)
TABLES = hnp.arrays(np.float64, (3, 100), elements=PERSONS)
BANDS = {"0-17": (0, 17), "18-66": (18, 66), "67+": (67, 125)}
MONTHS = pd.date_range("2020-01-01", "2021-12-01", freq="MS")
AHEAD = pd.date_range("2022-01-01", "2022-12-01", freq="MS")


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_nobody_is_negative_and_everybody_finite(values: np.ndarray) -> None:
    ahead = hamilton_perry(pd.DataFrame(values, index=[2018, 2019, 2020]), to_year=2030)
    assert (ahead.to_numpy() >= 0).all()
    assert np.isfinite(ahead.to_numpy()).all()
    assert ahead.loc[2020].to_numpy() == pytest.approx(values[-1])


@settings(max_examples=40, deadline=None)
@given(TABLES, st.floats(0.5, 3.0))
def test_twice_the_town_is_twice_the_projection(values: np.ndarray, scale: float) -> None:
    values = values + 100.0
    table = pd.DataFrame(values, index=[2018, 2019, 2020])
    assert hamilton_perry(table * scale, to_year=2025).to_numpy() == pytest.approx(
        hamilton_perry(table, to_year=2025).to_numpy() * scale
    )


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_months_lie_between_their_years_and_sum_with_them(values: np.ndarray) -> None:
    table = pd.DataFrame(values, index=[2019, 2020, 2021])
    monthly = interpolate_months(table, pd.date_range("2020-01-01", "2020-12-01", freq="MS"))
    low, high = np.minimum(values[1], values[2]), np.maximum(values[1], values[2])
    assert (monthly >= low - 1e-9).all()
    assert (monthly <= high + 1e-9).all()
    assert monthly.mean(axis=0) == pytest.approx((values[1] + values[2]) / 2, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_a_projection_that_hits_the_count_is_left_alone(values: np.ndarray) -> None:
    table = pd.DataFrame(values + 1.0, index=[2020, 2021, 2022])
    pd.testing.assert_frame_equal(rebase(table, table.loc[2020]), table, check_names=False)


@settings(max_examples=40, deadline=None)
@given(TABLES, hnp.arrays(np.float64, (24, 6), elements=st.floats(0, 50)), st.integers(6, 24))
def test_expected_and_actual_agree_in_the_window(values: np.ndarray, citizens: np.ndarray, window: int) -> None:
    counted = pd.DataFrame(values + 50.0, index=[2020, 2021, 2022])
    people = Population(counted, {"main": counted.loc[[2022]]})
    ages = [3, 20, 35, 60, 75, 99]
    rows = [
        ("a", month, age, value)
        for month, row in zip(MONTHS, citizens, strict=True)
        for age, value in zip(ages, row, strict=True)
    ]
    volume = pd.DataFrame(rows, columns=["service", "month", "age", "volume"])
    services = pd.DataFrame({"service": ["a"], "age_from": [18.0], "age_to": [66.0]})
    exposure = build_exposure(
        volume, services, people, history_months=MONTHS, ahead_months=AHEAD, reference_months=window, age_bands=BANDS
    )
    actual = citizens[-window:].sum()
    if actual > 1e-6:
        assert exposure.history[0, -window:].sum() == pytest.approx(actual)
    assert (exposure.ahead["main"] >= 0).all()
    assert exposure.history[0].sum() > 0


@settings(deadline=None)
@given(hnp.arrays(np.float64, 24, elements=st.floats(-1e9, 1e9)), hnp.arrays(np.float64, 24, elements=st.floats(0.2, 5.0)))
def test_inflating_undoes_deflating(nominal: np.ndarray, factors: np.ndarray) -> None:
    factor = pd.Series(factors, index=MONTHS)
    there = deflate(pd.Series(nominal, index=MONTHS), factor=factor)
    assert inflate(there, factor=factor).to_numpy() == pytest.approx(nominal, rel=1e-12, abs=1e-6)
