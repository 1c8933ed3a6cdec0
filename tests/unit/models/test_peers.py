"""The peers are what their packages make them; what fails is counted and stands in as seasonal naive."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.errors import WrongUse
from models.forecast.backtest import rolling_origins
from models.forecast.panel import MonthlySeries
from models.forecast.peers import AVERAGED, SINGLE_PEERS, average_peers, filled, forecast_with_peer, seasonal_naive
from models.forecast.workers import worker_pool

FIRST = pd.Timestamp("2015-01-01")


def member(values: np.ndarray, name: str = "a") -> MonthlySeries:
    return MonthlySeries(name, "cost", FIRST, values)


def wave(n_months: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    months = np.arange(n_months)
    return 100 + months + 10 * np.sin(2 * np.pi * months / 12) + rng.normal(0, 3, n_months)


def one(peer: str, series: MonthlySeries, horizon: int = 12):
    with worker_pool(1) as pool:
        return forecast_with_peer(peer, [series], horizon=horizon, seed=1, pool=pool)[0]


def test_seasonal_naive_is_statsforecasts() -> None:
    from statsforecast.models import SeasonalNaive  # noqa: PLC0415

    values = wave(50)
    theirs = SeasonalNaive(season_length=12).forecast(y=values, h=30, level=[80])
    ours = seasonal_naive(values, 30)
    np.testing.assert_allclose(ours.q50, theirs["mean"])
    np.testing.assert_allclose(ours.q10, theirs["lo-80"], rtol=1e-6)
    np.testing.assert_allclose(ours.q90, theirs["hi-80"], rtol=1e-6)


def test_every_peer_answers_with_an_interval_around_its_point() -> None:
    series = member(wave(60))
    found = {peer: one(peer, series) for peer in SINGLE_PEERS}
    for peer, forecast in found.items():
        assert not forecast.fell_back, peer
        assert (forecast.quantiles.q10 < forecast.quantiles.q50).all(), peer
        assert (forecast.quantiles.q50 < forecast.quantiles.q90).all(), peer
        assert np.abs(forecast.quantiles.q50 - wave(72)[60:]).mean() < 25, peer
    assert len({round(float(forecast.quantiles.q50[0]), 6) for forecast in found.values()}) == len(SINGLE_PEERS)
    mean = average_peers([found[peer] for peer in AVERAGED]).quantiles
    np.testing.assert_allclose(mean.q90, sum(found[peer].quantiles.q90 for peer in AVERAGED) / 3)


@pytest.mark.parametrize("peer", SINGLE_PEERS)
@pytest.mark.parametrize("values", [np.array([5.0]), np.zeros(11), np.array([np.nan, 4.0, np.nan])], ids=["one", "zeros", "gap"])
def test_a_peer_answers_whatever_comes(peer: str, values: np.ndarray) -> None:
    found = one(peer, member(values)).quantiles
    for part in (found.mean, found.q10, found.q50, found.q90):
        assert part.shape == (12,)
        assert np.isfinite(part).all()


def test_a_peer_that_fails_is_counted() -> None:
    found = one("prophet", member(np.array([5.0])))
    assert found.fell_back
    assert found.quantiles.q50.tolist() == [5.0] * 12


def test_stock_prophet_is_seeded_and_leaves_numpys_generator_alone() -> None:
    series = member(wave(40))
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    first = one("prophet", series).quantiles
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    np.testing.assert_array_equal(first.q10, one("prophet", series).quantiles.q10)


def test_gaps_are_filled_on_a_straight_line_and_the_end_goes_on() -> None:
    assert filled(np.array([1.0, np.nan, np.nan, 4.0, np.nan])).tolist() == [1.0, 2.0, 3.0, 4.0, 4.0]


def test_a_pool_gives_what_one_process_gives() -> None:
    panel = [member(wave(30, seed), f"s{seed}") for seed in range(5)]
    results = []
    for workers in (1, 2):
        with worker_pool(workers) as pool:
            results.append(forecast_with_peer("auto_theta", panel, horizon=6, seed=1, pool=pool))
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a.quantiles.q10, b.quantiles.q10)


def test_origins_fit_or_are_refused() -> None:
    assert rolling_origins(0, 83, horizon=12, count=4) == [35, 47, 59, 71]
    assert rolling_origins(0, 71, horizon=12, count=4) == [35, 43, 51, 59]  # eight months apart: twelve don't fit
    assert rolling_origins(0, 71, horizon=12, count=2, step=3) == [56, 59]
    with pytest.raises(WrongUse, match="too few"):
        rolling_origins(0, 30, horizon=24, count=3, step=12)
