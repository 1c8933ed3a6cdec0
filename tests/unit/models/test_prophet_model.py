"""The door to Prophet: what was planted is found, each series for itself, and nothing is left behind or touched."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import prophet_batch
import pytest
from prophet import Prophet

from models.forecast.prophet_model import ProphetJob, ProphetSettings, _options, fit_prophet
from models.forecast.stock_prophet import _quiet

FIRST = pd.Timestamp("2017-01-01")
FREE = ProphetSettings(prior=0.3, reach=1.0)
HELD = ProphetSettings(prior=0.1, reach=0.95)


def straight(months: int, *, season: float = 0.0) -> np.ndarray:
    steps = np.arange(months)
    return 3.0 + 0.01 * steps + season * np.sin(2 * np.pi * steps / 12) + 0.001 * np.cos(steps)


def like_pbs(place: int, months: int = 120) -> np.ndarray:
    """Logs of a cost that grows, breaks, falls back and has its year, about its own mean."""
    rng = np.random.default_rng(place)
    steps = np.arange(months)
    trend = 0.012 * steps - 0.02 * np.maximum(steps - 55, 0) + 0.015 * np.maximum(steps - 90, 0)
    logs = trend + 0.15 * np.sin(2 * np.pi * steps / 12 + place) + 0.05 * rng.standard_normal(months)
    return logs - logs.mean()


def job(key: str, values: np.ndarray, horizon: int = 12, settings: ProphetSettings = HELD) -> ProphetJob:
    return ProphetJob(key, values, FIRST, horizon, settings)


def one(values: np.ndarray, horizon: int = 12):
    return fit_prophet([job("one", values, horizon)])["one"]


def same(a, b) -> bool:
    return a.trend.tobytes() == b.trend.tobytes() and a.season.tobytes() == b.season.tobytes()


def test_trend_and_season_are_found_again():
    fitted = one(straight(120, season=0.2))
    assert fitted.trend.shape == fitted.season.shape == (132,)
    assert np.abs(np.diff(fitted.trend[-24:]) - 0.01).max() < 0.002
    assert np.abs(fitted.season[120:] - 0.2 * np.sin(2 * np.pi * np.arange(120, 132) / 12)).max() < 0.03


def test_twice_the_same_bits_and_numpys_global_is_untouched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert same(one(straight(60), 24), one(straight(60), 24))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_gaps_are_stepped_over():
    logs = straight(60)
    logs[20:25] = np.nan
    fitted = one(logs, 6)
    assert np.isfinite(fitted.trend).all()
    assert abs(fitted.trend[-1] - (3.0 + 0.01 * 65)) < 0.05


def test_less_than_two_years_bear_no_season():
    assert (one(straight(18, season=0.2), 6).season == 0).all()


def test_less_than_three_known_months_are_left_out():
    few = np.full(40, np.nan)
    few[[3, 30]] = 1.0, 2.0
    assert fit_prophet([job("few", few)]) == {}
    assert list(fit_prophet([job("few", few), job("enough", straight(40))])) == ["enough"]


def test_nothing_is_left_on_disk_or_said(tmp_path, monkeypatch, caplog, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with caplog.at_level(logging.DEBUG):
        one(straight(60), 6)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert [record for record in caplog.records if record.name.startswith(("cmdstanpy", "prophet"))] == []
    assert capfd.readouterr() == ("", "")
    for name in ("cmdstanpy", "prophet", "prophet_batch"):
        assert not logging.getLogger(name).disabled


def test_a_series_gets_the_same_bits_alone_in_a_batch_and_in_another_order():
    jobs = [job(f"s{place}", like_pbs(place, 60 + 12 * place), 24, (FREE, HELD)[place % 2]) for place in range(5)]
    jobs += [job("short", straight(30), 24), job("same_shape", like_pbs(9, 60), 24)]
    together, turned = fit_prophet(jobs), fit_prophet(jobs[::-1])
    for item in jobs:
        assert same(together[item.key], fit_prophet([item])[item.key])
        assert same(together[item.key], turned[item.key])


def test_a_series_that_breaks_its_whole_batch_is_left_out_alone(monkeypatch):
    jobs = [job(f"s{place}", like_pbs(place)) for place in range(3)]
    before = fit_prophet(jobs)
    whole, asked = prophet_batch.fit_many, []

    def breaks(df, **more):
        asked.append(df["unique_id"].nunique())
        if (df["unique_id"] == "s1").any():
            message = "planted"
            raise np.linalg.LinAlgError(message)
        return whole(df, **more)

    monkeypatch.setattr(prophet_batch, "fit_many", breaks)
    found = fit_prophet(jobs)
    assert asked == [3, 1, 1, 1]
    assert sorted(found) == ["s0", "s2"]
    assert all(same(found[key], before[key]) for key in found)


def test_a_series_without_a_finite_optimum_is_left_out_and_stan_is_never_asked(tmp_path, monkeypatch):
    """Straight in days to the last bit: its scatter goes to nothing. Stan would search for seconds, and give just any answer."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("prophet.Prophet.fit", lambda *_args, **_more: pytest.fail("Stan was asked"))
    days = (pd.date_range(FIRST, periods=60, freq="MS") - FIRST).days.to_numpy(float)
    assert list(fit_prophet([job("exact", 3.0 + 0.001 * days), job("other", like_pbs(1))])) == ["other"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def log_posterior(model) -> float:
    """Prophet's own penalised likelihood (prophet.stan), written out from its definition."""
    params = {name: np.asarray(value, dtype=float).ravel() for name, value in model.params.items()}
    t, y = (model.history[name].to_numpy(float) for name in ("t", "y_scaled"))
    changes = np.asarray(model.changepoints_t, dtype=float)
    yearly = model.seasonalities["yearly"]
    waves = model.fourier_series(model.history["ds"], yearly["period"], yearly["fourier_order"])
    bends = np.maximum(t[:, None] - changes[None, :], 0.0) @ params["delta"]
    sigma = params["sigma_obs"][0]
    left = y - params["k"][0] * t - params["m"][0] - bends - waves @ params["beta"]
    priors = (params["k"][0] ** 2 + params["m"][0] ** 2) / 50 + (params["beta"] ** 2).sum() / (2 * yearly["prior_scale"] ** 2)
    priors += np.abs(params["delta"]).sum() / model.changepoint_prior_scale + 2 * sigma**2
    return float(-len(y) * np.log(sigma) - (left**2).sum() / (2 * sigma**2) - priors)


@pytest.mark.parametrize(("place", "settings"), [(1, FREE), (2, HELD)])
def test_the_solver_is_no_worse_than_stan_at_prophets_own_aim(tmp_path, place, settings):
    """The same model by Stan's optimiser: no higher posterior, and a trend and a season within 3 % of the series's range."""
    asked = job("s", like_pbs(place), 24, settings)
    ours = fit_prophet([asked])["s"]
    history = pd.DataFrame({"ds": pd.date_range(FIRST, periods=120, freq="MS"), "y": asked.values})
    with _quiet():
        stan = Prophet(**_options(asked))
        stan.fit(history, seed=1, output_dir=str(tmp_path))
        said = stan.predict(pd.DataFrame({"ds": pd.date_range(FIRST, periods=144, freq="MS")}))
        batch = prophet_batch.fit_many(history.assign(unique_id="s"), make_model=lambda _key: Prophet(**_options(asked)))["s"]
    assert log_posterior(batch) >= log_posterior(stan) - 1e-6
    within = 0.03 * np.ptp(asked.values)
    assert np.abs(ours.trend - said["trend"].to_numpy())[:120].max() < within
    assert np.abs(ours.season - said["yearly"].to_numpy()).max() < within
    by_package = batch.predict(pd.DataFrame({"ds": pd.date_range(FIRST, periods=144, freq="MS")}))
    assert np.abs(ours.trend - by_package["trend"].to_numpy()).max() < 1e-9
    assert np.abs(ours.season - by_package["yearly"].to_numpy()).max() < 1e-9
