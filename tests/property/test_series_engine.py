"""What a forecast of a series may depend on: its own past, what was learnt, the seed; nothing after the cutoff, no neighbour."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.series_forecast import ForecastOrder, forecast_file
from models.forecast.engine_series import choose, forecast_panel
from models.forecast.panel import MonthlySeries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MONTHS, CUTOFF, HORIZON = 60, 48, 6
PARTS = ("mean", "q10", "q50", "q90")


def values_of(place: int) -> np.ndarray:
    rng = np.random.default_rng(place)
    months = np.arange(MONTHS)
    return np.round(50 * (place + 1) * np.exp(0.003 * months + 0.1 * np.sin(months / 1.9) + rng.normal(0, 0.03, MONTHS)), 3)


def frame() -> pd.DataFrame:
    parts = [
        pd.DataFrame({"series_id": f"s{place}", "month": month_texts(), "cost": values_of(place), "exposure": exposure_of(place)})
        for place in range(4)
    ]
    return pd.concat(parts, ignore_index=True)


def exposure_of(place: int) -> np.ndarray:
    return 100.0 + place + 0.2 * np.arange(MONTHS)


def month_texts() -> list[str]:
    return [f"{2018 + t // 12}-{t % 12 + 1:02d}" for t in range(MONTHS)]


def run(folder: Path, table: pd.DataFrame, *, workers: int = 1, chunk: int = 500, seed: int = 1) -> bytes:
    file, out = folder / "series.csv", folder / "F.csv"
    table.to_csv(file, index=False)
    order = ForecastOrder(file, HORIZON, (month_texts()[CUTOFF - 1],), out, seed, workers, "2026-11", chunk)
    assert forecast_file(order)["exit_code"] == 0
    return out.read_bytes()


def revised(table: pd.DataFrame) -> pd.DataFrame:
    later = table["month"] > month_texts()[CUTOFF - 1]
    noise = np.random.default_rng(9).lognormal(0, 2, len(table))
    return table.assign(cost=table["cost"].where(~later, table["cost"] * noise))


def emptied(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(cost=table["cost"].where(table["month"] <= month_texts()[CUTOFF - 1]))


def credited(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(cost=table["cost"].where(table["month"] <= month_texts()[CUTOFF - 1], -1.0))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return run(tmp_path_factory.mktemp("usual"), frame())


@pytest.mark.parametrize("change", [revised, emptied, credited])
def test_nothing_after_the_cutoff_moves_the_forecast(tmp_path: Path, usual: bytes, change: Callable[..., pd.DataFrame]) -> None:
    assert run(tmp_path, change(frame())) == usual


def test_a_supplied_exposure_ahead_is_the_exception(tmp_path: Path, usual: bytes) -> None:
    table = frame()
    later = table["month"] > month_texts()[CUTOFF - 1]
    assert run(tmp_path, table.assign(exposure=table["exposure"].where(~later, table["exposure"] * 1.5))) != usual


def test_what_lies_before_the_cutoff_does_move_it(tmp_path: Path, usual: bytes) -> None:
    table = frame()
    last = table["month"] == month_texts()[CUTOFF - 1]
    assert run(tmp_path, table.assign(cost=table["cost"].where(~last, table["cost"] * 2))) != usual


def test_workers_chunks_and_order_of_rows_change_no_digit(tmp_path: Path, usual: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.forecast.fitting.FEW_SERIES", 1)  # four series would be fitted in this process alone
    assert run(tmp_path, frame(), workers=2) == usual
    assert run(tmp_path, frame(), chunk=1) == usual
    assert run(tmp_path, frame().sort_values(["month", "series_id"])) == usual


def member(place: int) -> MonthlySeries:
    return MonthlySeries(f"s{place}", "cost", pd.Timestamp("2018-01-01"), values_of(place)[:CUTOFF])


def test_a_series_added_or_removed_moves_no_other() -> None:
    panel = [member(place) for place in range(4)]
    choices = choose(panel, horizon=HORIZON, seed=1)
    together = forecast_panel(panel, horizon=HORIZON, seed=1, choices=choices)
    turned = forecast_panel([*panel[::-1], member(7)], horizon=HORIZON, seed=1, choices=choices)
    alone = [forecast_panel([one], horizon=HORIZON, seed=1, choices=choices)[0] for one in panel]
    for a, b, c in zip(together, alone, turned[3::-1], strict=True):
        assert a.series_id == b.series_id == c.series_id
        for part in PARTS:
            np.testing.assert_array_equal(getattr(a, part), getattr(b, part))
            np.testing.assert_array_equal(getattr(a, part), getattr(c, part))


@cache
def renewed():
    return choose([member(place) for place in range(4)], horizon=HORIZON, seed=1)


def digest(forecasts) -> str:
    told = hashlib.sha256()
    for one in forecasts:
        told.update(f"{one.series_id}|{one.method}|{one.notes}|{one.months[0]}".encode())
        for part in (*PARTS, "year_q10", "year_q90"):
            told.update(b"-" if getattr(one, part) is None else getattr(one, part).tobytes())
    return told.hexdigest()


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(4)), st.integers(0, 3), st.floats(0.2, 5.0), st.integers(1, 2))
def test_whoever_stands_beside_a_series_its_numbers_stay(order, gone, factor, years) -> None:
    """Choices are fixed: any order, a series gone, another one changed by any factor, a third one shorter."""
    everyone = forecast_panel([member(place) for place in range(4)], horizon=HORIZON, seed=1, choices=renewed())
    usual = {one.series_id: one for one in everyone}
    panel = [member(place) for place in order if place != gone]
    changed = replace(panel[0], values=panel[0].values * np.linspace(1.0, factor, CUTOFF))
    cut = replace(panel[1], first_month=panel[1].first_month + pd.DateOffset(years=years), values=panel[1].values[12 * years :])
    found = forecast_panel([changed, cut, panel[2]], horizon=HORIZON, seed=1, choices=renewed())
    assert digest([found[2]]) == digest([usual[panel[2].series_id]])
    assert all(np.isfinite(one.mean).all() and (one.q10 >= 0).all() for one in found)
    assert all((one.q10 <= one.q50).all() and (one.q50 <= one.q90).all() for one in found)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 3), st.integers(1, 12), st.floats(0.0, 50.0))
def test_a_later_cutoffs_months_are_unknown_at_an_earlier_one(place, back, size) -> None:
    """Two histories that part after the cutoff are one history at the cutoff; parted before it, they are two."""
    cutoff = CUTOFF - back
    parted = values_of(place)
    parted[cutoff:] *= size
    known = [replace(member(place), values=given[:cutoff]) for given in (values_of(place), parted)]
    first, second = (forecast_panel([one], horizon=HORIZON, seed=1, choices=renewed()) for one in known)
    assert digest(first) == digest(second)
    parted[cutoff - 1] *= 1.5
    moved = forecast_panel([replace(member(place), values=parted[:cutoff])], horizon=HORIZON, seed=1, choices=renewed())
    assert digest(moved) != digest(first)


@pytest.mark.parametrize("months", [CUTOFF, 14])  # with a path of its own, and too short for one
def test_a_series_that_ends_early_is_forecast_from_its_own_newest_month(months: int) -> None:
    """As if it had been forecast that day, further ahead: as unsure, and not flat across the months that are not there."""
    late, known = 9, choose([member(place) for place in range(4)], horizon=HORIZON + 9, seed=1)
    whole = replace(member(0), values=member(0).values[:months], exposure=None)
    ended = replace(whole, values=np.r_[whole.values, np.full(late, np.nan)])
    (now,), (then,) = (
        forecast_panel([series], horizon=horizon, seed=1, choices=known)
        for series, horizon in ((ended, HORIZON), (whole, HORIZON + late))
    )
    assert now.months[0] == then.months[late]
    for part in PARTS:
        assert getattr(now, part) == pytest.approx(getattr(then, part)[late:], rel=1e-12)
    assert (now.q90 - now.q10)[0] > (then.q90 - then.q10)[0]
    assert now.year_q10 is None


def test_the_same_seed_gives_the_same_digest_for_one_and_two_workers() -> None:
    """More series than are fitted together, so that two processes have work; two of them searched, the rest on their level."""
    short = [replace(member(place), series_id=f"k{place}", values=values_of(place)[:12]) for place in range(20)]
    panel = [member(0), *short, member(1)]
    alone, spread, again = (digest(forecast_panel(panel, horizon=HORIZON, seed=1, workers=workers)) for workers in (1, 2, 1))
    assert alone == spread == again
