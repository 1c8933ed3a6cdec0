"""What ``make year-backtest`` keeps and says: nothing is counted twice, seeds are the independent units, a failure is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from year_figures import by_as_of, clustered, month_errors, page, ratio_of, verdict
from year_frames import FRAMES
from year_store import CASE_COLUMNS, MONTH_COLUMNS, Store

from models.forecast.choices import Renewal


def case(seed, as_of, frame, *, miss=1.0, oracle=1.0, held=True):
    came = 100.0
    mean = came + miss
    low, high = (came - 9, came + 9) if held else (came + 0.5, came + 9)
    said = dict(zip(CASE_COLUMNS[4:9], (came, mean, low, mean, high), strict=True))
    theirs = {
        "oracle_q10": 90.0,
        "oracle_q50": came + oracle,
        "oracle_q90": 110.0,
        "oracle_futures": 60,
        "renewal": "carried",
        "code": "abc",
    }
    return {"seed": seed, "year": 2024, "as_of": as_of, "frame": frame} | said | theirs


def month(seed, horizon, *, joined, series):
    keys = {"seed": seed, "year": 2024, "as_of": 3, "horizon": horizon, "came": 100, "renewal": "carried", "code": "abc"}
    said = {"joined": joined, "series": series}
    return keys | {f"{level}_{name}": value for level in ("service", "frame") for name, value in said.items()}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cases.csv", tmp_path / "months.csv")


def test_a_night_is_done_when_all_frames_are_there_and_counts_once(store):
    assert store.done("carried") == set()
    store.add([case(1, 3, frame) for frame in FRAMES[1:]], [month(1, 1, joined=1, series=2)])
    assert store.done("carried") == set()
    store.add([case(1, 3, frame) for frame in FRAMES], [month(1, 1, joined=1, series=2)])
    assert store.done("carried") == {(1, 2024 * 12 + 2)}
    assert len(store.read_cases("carried")) == len(FRAMES)
    assert len(store.read_months("carried")) == 1
    assert tuple(store.read_months("carried").columns) == MONTH_COLUMNS
    assert store.done("monthly") == set(), "models chosen otherwise are another night"
    store.add([case(1, 3, frame) | {"renewal": "monthly"} for frame in FRAMES], [])
    assert (len(store.done("monthly")), set(store.read_cases("carried")["renewal"])) == (1, {"carried"})


def test_seeds_are_the_independent_units():
    values, seeds = pd.Series([1.0, 1.0, 0.0, 0.0] * 2), pd.Series([1, 1, 2, 2] * 2)
    mean, low, high = clustered(values, seeds)
    assert mean == 0.5
    apart = clustered(values, pd.Series(range(8)))
    assert high - low > apart[2] - apart[1]
    assert np.isnan(clustered(values, pd.Series([1] * 8))[1])


def test_the_ratio_is_of_mean_misses_and_a_failure_is_told(store):
    rows = pd.DataFrame([case(seed, 3, "30.46", miss=-4.0, oracle=2.0, held=False) for seed in (1, 2)])
    table = by_as_of(rows)
    assert "| end of month 3 | 2 | 4.00 | 2.00 | 2.00 | -4.00 | 0% |" in table
    worse = pd.DataFrame([month(1, 1, joined=1.0, series=2.0), month(1, 2, joined=1.1, series=1.0)])
    told = verdict(rows, worse)
    assert "2.00 times the oracle's (95 % interval by seeds 2.00 to 2.00), at most 1.3 asked for: **not held so far**" in told
    assert "hold 0%, 74 to 86 % asked for: **not held so far**" in told
    assert "worst month ahead +10.0%, at most +2% asked for: **not held so far**" in told
    assert "beside the series alone, less asked for: **held so far**" in told
    assert "2 year-and-frame cases; municipalities: 2. **Fewer than the 400 asked for: nothing is shown yet.**" in told


def test_the_ratio_is_as_unsure_as_its_municipalities_differ():
    rows = pd.DataFrame([case(seed, 3, "30.46", miss=miss, oracle=2.0) for seed, miss in enumerate((1.0, 2.0, 3.0, 4.0))])
    ratio, low, high = ratio_of(rows)
    assert ratio == pytest.approx(1.25)
    half = 3.182 * np.std([1, 2, 3, 4], ddof=1) / 2 / 2.0
    assert (low, high) == (pytest.approx(1.25 - half, abs=1e-3), pytest.approx(1.25 + half, abs=1e-3))


def test_the_page_is_made_from_what_is_kept_and_of_nothing_too(store):
    assert "0 year-and-frame cases" in page(store, Renewal.CARRIED)
    store.add([case(1, 3, frame) for frame in FRAMES], [month(1, 1, joined=1, series=2)])
    assert f"`abc` ({len(FRAMES)})" in page(store, Renewal.CARRIED)


def test_a_month_is_judged_on_what_came_and_frames_on_their_sums():
    days = pd.to_datetime(["2024-04-01", "2024-04-01", "2024-05-01", "2025-04-01"])
    months = pd.DataFrame({"service": ["a", "b", "a", "a"], "month": days, "frame": "50.54"})
    months = months.assign(joined=[10.0, 20.0, 5.0, 1.0], series=[12.0, 26.0, 5.0, 1.0])
    april, may = 2024 * 12 + 3, 2024 * 12 + 4
    truth = pd.Series({("a", april): 12.0, ("b", april): 18.0, ("a", may): 4.0})
    first, second = month_errors(months, truth, april - 1)
    assert (first["horizon"], second["horizon"]) == (1.0, 2.0)
    assert (first["service_joined"], first["frame_joined"]) == (4.0, 0.0)
    assert (first["service_series"], first["frame_series"]) == (8.0, 8.0)
    assert second["service_joined"] == 1.0
