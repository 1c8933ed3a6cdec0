"""A month that is wrong, a long gap, months that are always zero: said of that series alone, and no other's figures move."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from flows import series_forecast
from flows.series_backtest import BacktestOrder, backtest_file
from flows.series_forecast import ForecastOrder, forecast_file

if TYPE_CHECKING:
    from pathlib import Path

MONTHS, HORIZON = 60, 12
LAST = "2022-12"


def month(place: int) -> str:
    return f"{2018 + place // 12}-{place % 12 + 1:02d}"


def wave(name: str, seed: int, n_months: int = MONTHS) -> pd.DataFrame:
    rng, t = np.random.default_rng(seed), np.arange(n_months)
    values = 100 * np.exp(0.004 * t + 0.15 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 0.05, n_months))
    return pd.DataFrame({"series_id": name, "month": [month(place) for place in t], "cost": np.round(values, 3)})


def forecast(
    folder: Path, parts: list[pd.DataFrame], cutoffs: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    folder.mkdir(exist_ok=True)
    file, out = folder / "series.csv", folder / "F.csv"
    pd.concat(parts, ignore_index=True).to_csv(file, index=False)
    told = forecast_file(ForecastOrder(file, HORIZON, cutoffs, out, 1, 1, "2026-11"))
    with out.open(encoding="utf-8", newline="") as lines:
        return told, list(csv.DictReader(lines))


def found(told: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [finding for finding in told["findings"]["first"] if finding["code"] == code]


FOUR = [wave(f"s{place}", place) for place in range(4)]


@pytest.mark.parametrize("wrong", ["2026-10", "2023-12"], ids=["twenty years", "the next year"])
def test_a_mistyped_month_in_one_series_moves_nobodys_cutoff(tmp_path: Path, wrong: str) -> None:
    typed = FOUR[0].assign(month=[*FOUR[0]["month"][:-1], wrong])
    told, rows = forecast(tmp_path, [typed, *FOUR[1:]])
    assert told["cutoffs"] == [LAST]
    assert told["exit_code"] == 4
    assert [(item["series_id"], wrong in item["what"]) for item in found(told, "stands_alone")] == [("s0", True)]
    assert {row["series_id"] for row in rows} == {"s0", "s1", "s2", "s3"}


@pytest.mark.parametrize(
    "bad",
    [
        pd.DataFrame({"series_id": "010180-1234", "month": ["2025-05", "2025-06", "2025-07", "2025-08"], "cost": 5.0}),
        pd.DataFrame({"series_id": "twice", "month": ["2025-05", "2025-06", "2025-07", "2025-07"], "cost": [1.0, 2.0, 3.0, 4.0]}),
    ],
    ids=["key", "duplicates"],
)
def test_a_series_that_is_set_aside_moves_nobodys_cutoff(tmp_path: Path, bad: pd.DataFrame) -> None:
    told, _ = forecast(tmp_path, [*FOUR, bad])
    assert told["cutoffs"] == [LAST]
    assert told["series"]["set_aside"] == 1


def test_a_series_that_goes_on_is_reached_however_long_it_paused(tmp_path: Path) -> None:
    later = wave("later", 9, MONTHS + 10)
    told, _ = forecast(tmp_path, [*FOUR, later.drop(index=range(30, 64))])
    assert told["cutoffs"] == [month(MONTHS + 9)]
    assert not found(told, "stands_alone")


def test_origins_are_not_drawn_from_a_mistyped_month(tmp_path: Path) -> None:
    file = tmp_path / "series.csv"
    typed = FOUR[0].assign(month=[*FOUR[0]["month"][:-1], "2026-10"])
    pd.concat([typed, *FOUR[1:]]).to_csv(file, index=False)
    order = BacktestOrder(file, HORIZON, 1, None, (), tmp_path / "R.json", None, False, 1, 1, "2026-11")
    report = backtest_file(order)
    assert report["origins"] == [month(MONTHS - 1 - HORIZON)]
    assert report["exit_code"] == 4


def test_history_begins_after_a_gap_of_years_and_nothing_before_it_is_read(tmp_path: Path) -> None:
    """A row of 1900 laid a straight line under a century, which made the interval three times too narrow."""
    early = pd.DataFrame({"series_id": ["s0"], "month": ["1900-01"], "cost": [77.0]})
    told, rows = forecast(tmp_path / "typed", [early, *FOUR])
    _, without = forecast(tmp_path / "without", FOUR)
    assert rows == without
    assert [(item["series_id"], item["count"]) for item in found(told, "long_gap")] == [("s0", 1)]


def closed_in_july(seed: int) -> pd.DataFrame:
    table = wave(f"july{seed}", seed)
    return table.assign(cost=np.where(table["month"].str.endswith("-07"), 0.0, table["cost"]))


def by_quarter(seed: int) -> pd.DataFrame:
    table = wave(f"quarter{seed}", seed, 84).assign(month=[month(place - 24) for place in range(84)])
    return table.assign(cost=np.where(np.arange(84) % 3 == 2, 3 * table["cost"], 0.0))


def test_months_that_are_always_zero_stay_so_and_the_others_are_forecast(tmp_path: Path) -> None:
    told, rows = forecast(tmp_path, [closed_in_july(1), by_quarter(2)])
    assert [item["series_id"] for item in found(told, "marked")] == ["july1", "quarter2"]
    for row in rows:
        place = int(row["month"][5:7])
        is_closed = place == 7 if row["series_id"] == "july1" else place % 3 != 0
        values = [float(row[name]) for name in ("q10", "q50", "q90")]
        if is_closed:
            assert values == [0.0, 0.0, 0.0]
        else:
            assert 0 < values[0] < values[1] < values[2]
    table = pd.DataFrame(rows).astype({"q50": float})
    july = table[(table["series_id"] == "july1") & (table["q50"] > 0)]["q50"].to_numpy()
    assert july.max() / july.min() > 1.1, "The season of the open months is forecast, not their mean"
    truth = 3 * 100 * np.exp(0.004 * np.array([86, 89, 92, 95]) + 0.15 * np.sin(2 * np.pi * np.array([86, 89, 92, 95]) / 12))
    quarter = table[(table["series_id"] == "quarter2") & (table["q50"] > 0)]["q50"].to_numpy()
    np.testing.assert_allclose(quarter, truth, rtol=0.2)


def test_series_that_begin_later_move_no_choice_at_an_earlier_cutoff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all share is learnt from a bounded sample: of those that had begun."""
    monkeypatch.setattr(series_forecast, "SAMPLE_SERIES", 4)
    known = [wave(f"s{place}", place) for place in range(6)]
    later = [wave(f"n{place}", place, 12).assign(month=[month(MONTHS + t) for t in range(12)]) for place in range(12)]
    _, alone = forecast(tmp_path / "alone", known, (LAST,))
    _, beside = forecast(tmp_path / "beside", [*later, *known], (LAST,))
    assert beside == alone


def test_a_step_in_exposure_is_said(tmp_path: Path) -> None:
    exposure = [100.0] * MONTHS + [1000.0] * HORIZON
    ahead = pd.DataFrame({"series_id": "s0", "month": [month(MONTHS + t) for t in range(HORIZON)], "cost": np.nan})
    told, _ = forecast(tmp_path, [pd.concat([FOUR[0], ahead]).assign(exposure=exposure), *FOUR[1:]])
    assert [(item["series_id"], "2023-01" in item["what"]) for item in found(told, "exposure_step")] == [("s0", True)]
