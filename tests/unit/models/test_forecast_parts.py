"""The parts of the engine: what a series bears, how a path goes on, how errors grow."""

from __future__ import annotations

import numpy as np
import pytest

from models.forecast.prophet_model import FittedPath
from models.forecast.series import Kind, read_series
from models.forecast.trend import SLOPE_HALF_LIFE, continue_path, damped_growth, growth_bounds, scatter
from models.forecast.uncertainty import UNKNOWN_ERRORS, ErrorGrowth, error_growth, pooled


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.full(40, np.nan), Kind.EMPTY),
        (np.zeros(40), Kind.EMPTY),
        (np.r_[np.arange(1.0, 31), np.zeros(12)], Kind.ENDED),
        (np.arange(1.0, 24.0), Kind.SHORT),
        (np.r_[np.zeros(100), np.arange(1.0, 12.0)], Kind.SHORT),
        (np.tile([1.0, 0.0, 2.0, 1.0, 3.0], 12), Kind.INTERMITTENT),
        (np.tile([1.0, -5.0, 2.0, 1.0, 3.0], 12), Kind.INTERMITTENT),
        (np.full(40, 3.0), Kind.CONSTANT),
        (np.r_[np.arange(1.0, 40), np.inf], Kind.REGULAR),
        (np.arange(1.0, 25.0), Kind.REGULAR),
    ],
)
def test_what_a_series_bears(values, kind):
    assert read_series(values).kind is kind


def test_the_level_is_the_mean_of_the_newest_year_and_zero_for_what_has_ended():
    assert read_series(np.r_[np.full(30, 9.0), np.arange(1.0, 13.0)]).level == pytest.approx(6.5)
    assert read_series(np.r_[np.arange(1.0, 31), np.zeros(12)]).level == 0.0


def test_an_earlier_origin_reads_nothing_later():
    values = np.arange(1.0, 61.0)
    changed = np.r_[values[:48], values[48:] * 100]
    assert (read_series(values).until(12).monthly == read_series(changed).until(12).monthly).all()


def test_damped_growth_halves_in_its_half_life_and_ends():
    growth = np.diff(np.r_[0.0, damped_growth(0.01, 240)])
    assert growth[int(SLOPE_HALF_LIFE)] == pytest.approx(growth[0] / 2)
    assert growth[-1] < 1e-7


def test_the_bound_bites_where_the_newest_slope_is_steeper_than_history():
    trend = np.r_[np.zeros(118), 0.0, 0.05]
    ahead = trend[-1] + 0.05 * np.arange(1, 13)
    fitted = FittedPath(np.r_[trend, ahead], np.zeros(132))
    continued = continue_path(trend, fitted)
    assert continued.bounded
    assert continued.growth.max() <= 0.05 + 1e-12


def test_a_straight_line_is_not_bounded_and_stands_still_is_always_allowed():
    trend = 0.01 * np.arange(120)
    fitted = FittedPath(0.01 * np.arange(168), np.zeros(168))
    continued = continue_path(trend, fitted)
    assert not continued.bounded
    assert (np.diff(continued.path) > 0).all()
    low, high = growth_bounds(trend, 48)
    assert (low == 0).all()
    assert (high >= 0.01).all()


def test_the_path_starts_where_the_series_stands_now():
    logs = np.r_[np.zeros(100), np.full(20, 0.5)]
    flat = FittedPath(np.zeros(132), np.zeros(132))
    assert continue_path(logs, flat).path[0] == pytest.approx(0.5, abs=0.01)


def test_scatter_is_blind_to_a_drifting_level():
    rng = np.random.default_rng(1)
    noise = 0.1 * rng.standard_normal(2000)
    assert scatter(noise + 0.001 * np.arange(2000)) == pytest.approx(0.01, rel=0.1)


def test_planted_error_growth_is_found_again():
    rng = np.random.default_rng(2)
    errors = [0.3 * rng.standard_normal(48) * np.sqrt(np.arange(1, 49)) / 10 for _ in range(400)]
    found = error_growth(errors, 0.0)
    assert found is not None
    assert found.per_month == pytest.approx(0.0009, rel=0.1)
    assert found.level < 0.002


def test_few_origins_lean_on_the_group():
    own, group = ErrorGrowth(0.01, 0.0, 0.0), ErrorGrowth(0.02, 0.04, 0.002)
    shrunk = pooled(own, 2, group, None)
    assert (shrunk.noise, shrunk.level, shrunk.per_month) == pytest.approx((0.01, 0.02, 0.001))
    assert pooled(None, 0, None, group) == group
    assert pooled(None, 0, None, None) == UNKNOWN_ERRORS
    assert error_growth((), 0.1) is None
