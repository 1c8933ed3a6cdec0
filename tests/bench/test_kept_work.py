"""Work that was kept is used again only for the same item and the same code, and a figure never depends on whether it was."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.forecast import peers
from models.forecast.panel import MonthlySeries
from models.forecast.workers import WorkerPool, worker_pool

sys.path.insert(0, str(Path(__file__).parent))

import kept_work


def panel(scale: float = 1.0) -> list[MonthlySeries]:
    months = np.arange(40.0)
    return [MonthlySeries(f"s{place}", "cost", pd.Timestamp("2020-01-01"), scale * (months + place)) for place in range(9)]


def forecast(series: list[MonthlySeries]) -> list[peers.PeerForecast]:
    with worker_pool(1) as pool:
        return peers.forecast_with_peer("seasonal_naive", series, horizon=6, seed=1, pool=pool)


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Keys of the series that were forecast anew, while what is kept is used."""
    keys, plain = [], peers.seasonal_naive

    def counted(values, horizon):
        keys.append(float(values[0]))
        return plain(values, horizon)

    monkeypatch.setattr(peers, "seasonal_naive", counted)
    monkeypatch.setattr(WorkerPool, "map", WorkerPool.map)  # put back afterwards
    kept_work.KeptWork(tmp_path).used()
    return keys


def test_what_was_made_is_used_again_and_gives_the_same(made):
    first = forecast(panel())
    assert len(made) == 9
    made.clear()
    again = forecast(list(reversed(panel())))[::-1]
    assert made == []
    for before, after in zip(first, again, strict=True):
        for name in ("mean", "q10", "q50", "q90"):
            assert getattr(before.quantiles, name).tobytes() == getattr(after.quantiles, name).tobytes()


def test_a_run_broken_off_is_taken_up_where_it_was(made, monkeypatch):
    counted = peers.seasonal_naive

    def broken(values, horizon):
        if len(made) == 6:
            raise KeyboardInterrupt
        return counted(values, horizon)

    monkeypatch.setattr(peers, "seasonal_naive", broken)
    with pytest.raises(KeyboardInterrupt):
        forecast(panel())
    made.clear()
    monkeypatch.setattr(peers, "seasonal_naive", counted)
    forecast(panel())
    assert made == [4.0, 5.0, 6.0, 7.0, 8.0], "four at once are put down"


def test_other_months_another_start_and_other_code_are_made_anew(made, monkeypatch):
    forecast(panel())
    for other in (panel(1.5), [replace(series, first_month=pd.Timestamp("2020-02-01")) for series in panel()]):
        made.clear()
        forecast(other)
        assert len(made) == 9
    made.clear()
    kept_work.code_digest.cache_clear()
    source = kept_work._source
    monkeypatch.setattr(kept_work, "_source", lambda name: source(name) + b"#" * (name == "models.forecast.stock_prophet"))
    forecast(panel())
    assert len(made) == 9, "a module that is imported inside a function counts too"
    kept_work.code_digest.cache_clear()
