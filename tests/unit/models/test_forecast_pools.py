"""What series lend each other: widths by measure, trend by group, and nothing across groups but what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.forecast.calibrate import HARDER_ORIGINS, spread_factors
from models.forecast.fitting import FittedSeries, OriginError
from models.forecast.pools import MOST_NOISE, Member, Pools
from models.forecast.series import as_thin, read_series
from models.forecast.trend import Continued
from models.forecast.uncertainty import MAX_VARIANCE, UNKNOWN_ERRORS, error_growth

H = 24
SPREAD = np.full(H, 0.1)


def fitted(seed: int, *, scale: float = 1.0, slope: float = 0.01, noise: float = 0.0004) -> FittedSeries:
    rng = np.random.default_rng(seed)
    series = read_series(np.exp(rng.normal(0, 0.02, 60)))
    growth = slope * np.arange(1, H + 1)
    continued = Continued(growth, growth, series.log_values, noise, bounded=False)
    seen = scale / HARDER_ORIGINS * SPREAD
    errors = tuple(OriginError(np.log(spread_factors(rng.standard_normal(H), seen)), SPREAD) for _ in range(4))
    own = error_growth([error.log_error for error in errors], noise)
    return FittedSeries(series, continued, SPREAD, errors, own, None, did_not_fit=False)


def without_path(months: int = 12) -> FittedSeries:
    return FittedSeries(read_series(np.arange(1.0, months + 1)), None, None, (), None, None, did_not_fit=False)


def members(scale: float = 1.0, measure: str = "uptake", n: int = 80, **more: float) -> list[Member]:
    return [Member("g", measure, fitted(seed, scale=scale, **more)) for seed in range(n)]


def test_a_measures_width_is_learnt_from_its_own_errors_alone():
    pools = Pools.of([*members(1.6, "uptake"), *members(0.7, "cost")], H)
    fit = fitted(900)
    for measure, scale in (("uptake", 1.6), ("cost", 0.7)):
        whole = pools.variance("g", measure, fit, H).whole
        assert np.sqrt(whole) == pytest.approx(scale * SPREAD, rel=0.1)


def test_scatter_takes_its_share_of_the_first_month_and_no_more():
    pools = Pools.of(members(), H)
    calm, noisy = (pools.variance("g", "uptake", fitted(1, noise=noise), H) for noise in (1e-4, 9.0))
    assert calm.noise == 1e-4
    assert noisy.noise == pytest.approx(MOST_NOISE * noisy.whole.min())
    for variance in (calm, noisy):
        assert (variance.lasting > 0).all()


def test_variance_is_capped():
    wide = replace(fitted(1), spread=np.full(H, 9.0))
    assert Pools.of(members(), H).variance("g", "uptake", wide, H).whole == pytest.approx(MAX_VARIANCE)


def test_the_mean_trend_of_the_group_is_lent_to_the_short_and_the_thin_alone():
    pools = Pools.of([Member("g", "uptake", fitted(1, slope=0.02)), Member("g", "uptake", fitted(2, slope=0.0))], H)
    assert pools.group_trend["g", "uptake"] == pytest.approx(0.01 * np.arange(1, H + 1))
    thin = replace(fitted(3), series=as_thin(fitted(3).series), continued=None)
    assert pools.lends_trend("g", "uptake", without_path())
    assert pools.lends_trend("g", "uptake", thin)
    assert not pools.lends_trend("g", "uptake", fitted(3))
    assert not pools.lends_trend("elsewhere", "uptake", without_path())
    assert not pools.lends_trend("g", "unit_cost", without_path())
    undeclared = Pools.of([Member("", "uptake", fitted(1, slope=0.02))], H)
    assert not undeclared.lends_trend("", "uptake", without_path())  # series that declare no group are no group
    assert undeclared.expected("", "uptake", without_path(), H) == pytest.approx(without_path().series.level)


def test_a_series_without_a_path_takes_its_groups_error_growth_then_everyones_then_the_stated_one():
    pools = Pools.of([*members(), Member("quiet", "uptake", without_path()), Member("g", "cost", without_path())], H)
    group = pools.group_errors["g", "uptake"]
    assert pools.variance("g", "uptake", without_path(), H).growth == group
    assert pools.variance("quiet", "uptake", without_path(), H).growth == pools.all_errors["uptake"]
    assert pools.variance("g", "cost", without_path(), H).growth == UNKNOWN_ERRORS


def test_a_groups_width_is_its_own_and_one_without_errors_takes_everyones():
    wild = [Member("wild", "uptake", fitted(seed, scale=1.8)) for seed in range(200, 280)]
    pools = Pools.of([*members(0.8), *wild, Member("quiet", "uptake", without_path())], H)
    calm, wide, quiet = (pools.variance(group, "uptake", fitted(1), H).whole for group in ("g", "wild", "quiet"))
    assert np.sqrt(calm) == pytest.approx(0.8 * SPREAD, rel=0.1)
    assert np.sqrt(wide) == pytest.approx(1.8 * SPREAD, rel=0.1)
    assert (quiet > calm).all()
    assert (quiet < wide).all()


def test_a_measure_that_no_renewal_saw_keeps_its_members_width():
    assert Pools.of([], H).variance("g", "uptake", fitted(1), H).whole == pytest.approx(SPREAD**2)


def test_a_group_added_moves_no_others_trend_errors_or_width():
    few = members(n=5)
    added = [*few, Member("new", "uptake", fitted(77, scale=9.0, slope=0.1))]
    before, after = Pools.of(few, H), Pools.of(added, H)
    assert after.group_errors["g", "uptake"] == before.group_errors["g", "uptake"]
    assert after.group_width["g", "uptake"] == before.group_width["g", "uptake"]
    assert (after.group_trend["g", "uptake"] == before.group_trend["g", "uptake"]).all()
