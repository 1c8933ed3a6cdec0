"""The carried year: last year's months by the growth of year sums, mixed in where origins say so, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecast.calibrate import HARDER_ORIGINS, harder_by, width_factor
from models.forecast.carried_share import mean_losses, mixed, share_of
from models.forecast.carried_year import DAMPING, MOST_GROWTH, SHARES, carried_year, losses
from models.forecast.fitting import FittedSeries, OriginError
from models.forecast.pools import Member, Pools
from models.forecast.series import read_series
from models.forecast.shrinkage import after_shrinkage
from models.forecast.trend import Continued

H, MONTHS = 24, 72
SPREAD = np.full(H, 0.1)


def noisy(seed: int, months: int = MONTHS, gaps: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    logs = 3.0 + 0.01 * np.arange(months) + rng.normal(0.0, 0.8, months)
    logs[rng.permutation(months)[:gaps]] = np.nan
    return logs


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), months=st.integers(24, 90), gaps=st.integers(0, 9), horizon=st.integers(1, 61))
def test_it_is_the_year_repeated_by_damped_growth_of_sums_written_out_anew(seed, months, gaps, horizon):
    logs = noisy(seed, months, gaps)
    known = np.flatnonzero(np.isfinite(logs))
    values = np.exp(np.interp(np.arange(months), known, logs[known]))
    newest, before = sum(values[-12:]), sum(values[-24:-12])
    growth = min(max(np.log(newest / before), -MOST_GROWTH), MOST_GROWTH)
    expected = []
    for step in range(horizon):
        years = sum(DAMPING**year for year in range(1, step // 12 + 2))
        expected.append(np.log(values[-12:][step % 12]) + growth * years)
    assert carried_year(logs, horizon) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), unit=st.floats(-20.0, 20.0))
def test_another_unit_moves_the_path_by_the_unit_and_no_loss(seed, unit):
    logs, came = noisy(seed), noisy(seed + 1, H)
    path = np.full(H, 3.5)
    carried = carried_year(logs, H)
    assert carried_year(logs + unit, H) == pytest.approx(carried + unit, abs=1e-9)
    told = losses(path + unit, carried + unit, came + unit, logs + unit)
    assert told == pytest.approx(losses(path, carried, came, logs), abs=1e-9)


def test_only_the_newest_two_years_are_read():
    logs = noisy(1)
    older = logs.copy()
    older[:-24] += 5.0
    assert carried_year(older, H).tobytes() == carried_year(logs, H).tobytes()


def test_too_little_is_said_not_guessed():
    assert carried_year(noisy(1, 23), H) is None
    assert carried_year(np.full(36, np.nan), H) is None
    few = np.where(np.arange(H) < 2, 1.0, np.nan)
    assert losses(np.zeros(H), np.ones(H), few, noisy(1)) is None
    same = losses(np.zeros(H), np.ones(H), np.zeros(H), np.zeros(36))
    assert same[0] == 0.0
    assert np.isfinite(same).all(), "neither a perfect path nor a series without any yearly change runs off"


def fitted(seed: int, truth: float) -> FittedSeries:
    """A series to whose months the fitted path adds noise; what came lies at ``truth`` of the way to the carried year."""
    rng = np.random.default_rng(seed)
    logs = noisy(seed)
    errors = []
    for back in (6, 12, 24):
        came = logs[-back:]
        apart = rng.normal(0.0, 0.5, back)  # of the carried year from the path
        miss = truth * apart + rng.normal(0.0, 0.02, back)
        told = losses(came - miss, came - miss + apart, came, logs[:-back])
        errors.append(OriginError(miss, SPREAD[:back], miss - apart, told))
    path = np.full(H, 3.5)
    continued = Continued(path, np.zeros(H), np.zeros(MONTHS), 0.01, bounded=False)
    whole = read_series(np.exp(logs))
    return FittedSeries(whole, continued, SPREAD, tuple(errors), None, None, did_not_fit=False, carried=path + 0.3)


def test_origins_tell_the_share_and_the_group_speaks_for_a_series_without():
    full, none = ([fitted(seed, truth) for seed in range(20)] for truth in (1.0, 0.0))
    half = [fitted(seed, 0.3) for seed in range(20)]
    found = [share_of((), mean_losses(fits)) for fits in (full, none, half)]
    assert found == [SHARES[-1], 0.0, pytest.approx(0.3)]
    assert share_of(full[0].errors, None) == 0.0, "a pool that never heard of it lends nothing"
    assert mean_losses([replace(full[0], errors=())]) is None
    assert share_of(full[0].errors, np.zeros(len(SHARES))) == SHARES[-1], "where the group can't tell, its own origins do"
    assert share_of(full[0].errors, mean_losses(none)) == 0.0, "three own origins against twelve of the group"


def test_the_path_its_errors_and_its_width_are_those_of_the_mixture_and_once_is_enough():
    fit = fitted(1, 0.3)
    group = mean_losses([fitted(seed, 0.3) for seed in range(20)])
    found = mixed(fit, group)
    assert found.share == pytest.approx(0.3)
    assert found.continued.path == pytest.approx(fit.continued.path + 0.3 * 0.3)
    assert found.spread == pytest.approx(np.sqrt(SPREAD**2 + 0.3 * 0.7 * 0.3**2))
    for before, after in zip(fit.errors, found.errors, strict=True):
        assert after.log_error == pytest.approx(0.7 * before.log_error + 0.3 * before.carried)
        assert (after.spread > before.spread).all()
    assert found.own_growth.noise == fit.continued.noise
    again = mixed(found, group)
    assert again.continued is found.continued
    assert again.errors is found.errors
    plain = mixed(fit, None)
    assert plain.continued is fit.continued
    assert plain.share == 0.0


def test_a_month_that_did_not_come_leaves_its_width_as_it_was():
    fit = fitted(1, 1.0)
    holed = replace(fit.errors[2], log_error=np.r_[np.nan, fit.errors[2].log_error[1:]])
    found = mixed(replace(fit, errors=(holed,)), mean_losses([fit])).errors[0]
    assert found.spread[0] == SPREAD[0]
    assert np.isnan(found.log_error[0])
    assert np.isfinite(found.log_error[1:]).all()


def test_a_group_mixes_by_its_own_origins_alone_which_are_as_hard_as_its_share_says():
    full = [Member("full", "cost", fitted(seed, 1.0)) for seed in range(30)]
    none = [Member("none", "cost", fitted(seed, 0.0)) for seed in range(30)]
    pools, alone = Pools.of([*full, *none], H), Pools.of(full, H)
    fit = full[0].fit
    shares = [pools.mixed(group, "cost", fit).share for group in ("full", "unknown")]
    assert shares == [SHARES[-1], 0.0]
    assert pools.carried_losses["full", "cost"].tobytes() == alone.carried_losses["full", "cost"].tobytes()
    assert pools.group_width["full", "cost"] == alone.group_width["full", "cost"]
    drawn = pools.shrinkage["full", "cost"]
    fits = [pools.mixed("full", "cost", member.fit) for member in full]
    missed = [(error, miss) for fit in fits for error, miss in zip(fit.errors, after_shrinkage(fit, drawn), strict=True)]
    errors = [replace(error, log_error=miss) for error, miss in missed]
    assert pools.group_width["full", "cost"] == width_factor(errors, harder=harder_by(float(SHARES[-1])))
    assert harder_by(0.0) == HARDER_ORIGINS < harder_by(float(SHARES[-1])) < harder_by(1.0) == 1.0
