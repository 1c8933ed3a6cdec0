"""The door to Prophet: same seed same path, nothing left behind, nothing of numpy's global touched."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

from models.forecast.prophet_model import fit_prophet

FIRST = pd.Timestamp("2017-01-01")


def straight(months: int, *, season: float = 0.0) -> np.ndarray:
    steps = np.arange(months)
    return 3.0 + 0.01 * steps + season * np.sin(2 * np.pi * steps / 12) + 0.001 * np.cos(steps)


def test_trend_and_season_are_found_again():
    fitted = fit_prophet(straight(120, season=0.2), first_month=FIRST, horizon=12, seed=1)
    assert fitted.trend.shape == fitted.season.shape == (132,)
    assert np.abs(np.diff(fitted.trend[-24:]) - 0.01).max() < 0.002
    assert np.abs(fitted.season[120:] - 0.2 * np.sin(2 * np.pi * np.arange(120, 132) / 12)).max() < 0.03


def test_the_same_seed_gives_the_same_bits_and_numpys_global_is_untouched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = fit_prophet(straight(60), first_month=FIRST, horizon=24, seed=5)
    second = fit_prophet(straight(60), first_month=FIRST, horizon=24, seed=5)
    assert (first.trend == second.trend).all()
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_gaps_are_stepped_over():
    logs = straight(60)
    logs[20:25] = np.nan
    fitted = fit_prophet(logs, first_month=FIRST, horizon=6, seed=1)
    assert np.isfinite(fitted.trend).all()
    assert abs(fitted.trend[-1] - (3.0 + 0.01 * 65)) < 0.05


def test_less_than_two_years_bear_no_season():
    fitted = fit_prophet(straight(18, season=0.2), first_month=FIRST, horizon=6, seed=1)
    assert (fitted.season == 0).all()


def test_nothing_is_left_on_disk_or_said(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with caplog.at_level(logging.DEBUG):
        fit_prophet(straight(60), first_month=FIRST, horizon=6, seed=1)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert [record for record in caplog.records if record.name.startswith(("cmdstanpy", "prophet"))] == []
    assert not logging.getLogger("cmdstanpy").disabled
