"""Months in which nothing ever comes: told from zeros that come by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.forecast.marks import read_marked
from models.forecast.series import Kind, read_series


def yearly(pattern: list[float], years: int, extra: int = 0) -> np.ndarray:
    grown = np.tile(np.array(pattern), years + 1) * np.exp(0.003 * np.arange(12 * (years + 1)))
    return grown[: 12 * years + extra]


JULY = [1.0] * 6 + [0.0] + [1.0] * 5


@pytest.mark.parametrize("extra", [0, 1, 5, 11])
def test_closed_months_are_counted_from_the_newest_one(extra: int) -> None:
    series = read_series(yearly(JULY, 5, extra))
    assert series.kind is Kind.REGULAR
    ahead = series.open_ahead(24)
    np.testing.assert_array_equal(np.flatnonzero(ahead == 0), [(6 - extra) % 12, (6 - extra) % 12 + 12])
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(series.monthly)) % 12, 6)
    assert (series.monthly[np.isfinite(series.monthly)] > 0).all()


@pytest.mark.parametrize(
    "values",
    [
        np.r_[yearly([1.0] * 12, 4), np.where(np.isin(np.arange(24), [6, 15]), 0.0, 1.0)],
        np.where(np.arange(60) % 12 == 6, 0.0, 1.0)[-30:],
        np.where(np.arange(60) == 40, 0.0, yearly(JULY, 5)),
    ],
    ids=["other months", "two years and a half", "one zero more"],
)
def test_zeros_that_do_not_come_every_year_are_no_rule(values: np.ndarray) -> None:
    series = read_series(values)
    assert series.kind is Kind.INTERMITTENT
    assert series.closed == ()
    np.testing.assert_array_equal(series.open_ahead(12), 1.0)


def test_the_same_holds_beside_one_off_months() -> None:
    values = yearly(JULY, 7)
    values[45] *= 30
    series = read_marked(values, pd.Timestamp("2018-01-01"))
    assert len(series.marks) == 1
    assert np.isnan(series.monthly[45])
    assert series.kind is Kind.REGULAR
    assert series.closed.index(True) == 6


def test_an_earlier_origin_reads_closed_months_as_gaps() -> None:
    assert read_series(yearly(JULY, 7)).until(12).kind is Kind.REGULAR
