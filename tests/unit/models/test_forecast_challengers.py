"""The door to statsforecast: forms are found once, refitted alone they say the same, and who fails is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsforecast import models as library

from models.forecast import challengers
from models.forecast.challengers import SEASON, challenge

NAMES = {"ets", "theta", "arima", "ets_log", "theta_log", "arima_log"}
H = 12


def series(months: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    steps = np.arange(months)
    return 100 * np.exp(0.004 * steps + 0.15 * np.sin(2 * np.pi * steps / 12) + rng.normal(0, 0.03, months))


@pytest.fixture(scope="module")
def searched():
    return challenge(series(84), H, None, with_arima=True)


def test_every_challenger_speaks_and_none_is_far_from_what_was_planted(searched):
    found, _ = searched
    truth = 100 * np.exp(0.004 * np.arange(84, 84 + H) + 0.15 * np.sin(2 * np.pi * np.arange(84, 84 + H) / 12))
    assert set(found) == NAMES
    for name, said in found.items():
        assert said.path == pytest.approx(truth, rel=0.2), name
        assert said.spread.shape == (H,)
        assert ((said.spread > 0.01) & (said.spread < 0.3)).all(), name


@pytest.mark.filterwarnings("ignore")  # the library, asked directly, complains of its own search
def test_the_forms_refitted_alone_give_the_searchs_own_path(searched):
    found, forms = searched
    again, used = challenge(series(84), H, forms, with_arima=True)
    assert used == forms
    for name in NAMES:
        assert again[name].path.tobytes() == found[name].path.tobytes(), name
        assert again[name].spread.tobytes() == found[name].spread.tobytes(), name
    logs = np.log(series(84))
    for search, name in ((library.AutoETS, "ets_log"), (library.AutoTheta, "theta_log")):
        own = np.exp(search(season_length=SEASON).forecast(y=logs, h=H)["mean"])
        assert found[name].path == pytest.approx(own, rel=1e-9), name
    own = library.AutoARIMA(season_length=SEASON, **challengers._SEARCH).forecast(y=logs, h=H)["mean"]
    assert found["arima_log"].path == pytest.approx(np.exp(own), rel=0.01)


def test_origins_go_without_arima_and_keep_the_forms(searched):
    found, forms = searched
    without, used = challenge(series(84), H, forms, with_arima=False)
    assert set(without) == {name for name in NAMES if not name.startswith("arima")}
    assert used == forms
    assert without["theta"].path.tobytes() == found["theta"].path.tobytes()


def test_a_form_that_could_not_be_found_is_left_out(searched):
    found, forms = searched
    fewer, _ = challenge(series(84), H, replace(forms, raw=replace(forms.raw, ets=None, arima=None)), with_arima=True)
    assert set(fewer) == NAMES - {"ets", "arima"}
    assert fewer["ets_log"].path.tobytes() == found["ets_log"].path.tobytes()


def _raises(*_args, **_more):
    message = "planted"
    raise ValueError(message)


def _no_numbers(*_args, h: int, **_more):
    return {"mean": np.full(h, np.nan), "lo-80": np.zeros(h), "hi-80": np.ones(h)}


@pytest.mark.parametrize("broken", [_raises, _no_numbers])
def test_a_challenger_that_fails_is_left_out_and_moves_no_other(monkeypatch, searched, broken):
    found, forms = searched
    monkeypatch.setattr(library.AutoTheta, "forecast", broken)
    rest, _ = challenge(series(84), H, forms, with_arima=True)
    assert set(rest) == NAMES - {"theta", "theta_log"}
    assert all(rest[name].path.tobytes() == found[name].path.tobytes() for name in rest)


def test_a_search_that_fails_leaves_its_challenger_out(monkeypatch):
    monkeypatch.setattr(library.AutoARIMA, "fit", _raises)
    found, forms = challenge(series(60), H, None, with_arima=True)
    assert set(found) == NAMES - {"arima", "arima_log"}
    assert forms.raw.arima is forms.log.arima is None


@pytest.mark.parametrize("months", [24, 25, 30])
def test_two_years_are_enough_to_speak(months):
    found, _ = challenge(series(months), H, None, with_arima=False)
    assert {"ets", "ets_log"} <= set(found)
    for said in found.values():
        assert np.isfinite(said.path).all()
        assert said.path == pytest.approx(series(months).mean(), rel=0.6)
