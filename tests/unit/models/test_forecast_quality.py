"""Scores of earlier forecasts: worked by hand, and identities that any score must hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tables_at import tables_at

from data.schema.published import PUBLISHED
from models.forecast_quality import actual_series, quality_months, quality_points, quality_table, simple_rules
from models.quality_years import read_accounts, remade_years, vintage_years, year_points
from models.remade import prices_as_of, remade_draws, remade_rows, was_recorded, yearly_origins
from models.types import PressureDraws

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.types import DriverTables

CUTOFF = pd.Timestamp("2025-12-01")
NO_YEARS = pd.DataFrame(columns=["source", "level", "member", "measure", "cutoff", "month", "ahead", "method", "actual", "mean",
                                 "q10", "q50", "q90", "scale"])  # fmt: skip


def actuals(values: np.ndarray, first: str = "2024-01-01") -> pd.DataFrame:
    months = pd.date_range(first, periods=len(values), freq="MS")
    return pd.DataFrame({"level": "total", "member": "total", "measure": "gross_nominal", "month": months, "actual": values})


def forecasts(mean: np.ndarray, width: float = 1.0, cutoff: pd.Timestamp = CUTOFF) -> pd.DataFrame:
    months = pd.date_range(cutoff + pd.DateOffset(months=1), periods=len(mean), freq="MS")
    return pd.DataFrame({
        "source": "remade", "level": "total", "member": "total", "measure": "gross_nominal", "cutoff": cutoff, "month": months,
        "mean": mean, "q10": mean - width, "q50": mean, "q90": mean + width,
    })  # fmt: skip


def scores(points: pd.DataFrame, horizon: str = "all") -> pd.DataFrame:
    table = quality_table(points, NO_YEARS)
    return table[table["horizon"] == horizon].set_index("method")


HISTORY = np.r_[np.full(12, 100.0), np.full(12, 110.0)]
"""Two years; the scale is 10."""


def test_worked_by_hand() -> None:
    came = np.array([120.0, 120.0, 130.0])
    points = quality_points(forecasts(np.array([118.0, 124.0, 130.0]), width=3.0), actuals(np.r_[HISTORY, came]))
    ours = scores(points).loc["opdrift"]
    assert ours["n_points"] == 3
    assert ours["bias"] == pytest.approx(2 / 3)
    assert ours["bias_share"] == pytest.approx(2 / 370)
    assert ours["wape"] == pytest.approx(6 / 370)
    assert ours["mase"] == pytest.approx(2 / 10)
    assert ours["coverage"] == pytest.approx(2 / 3)
    losses = [(0.1 * 5 + 0.5 * 2 + 0.1 * 1) / 3, (0.9 * 1 + 0.5 * 4 + 0.1 * 7) / 3, (0.1 * 3 + 0.1 * 3) / 3]
    assert ours["pinball"] == pytest.approx(np.mean(losses) / 10)
    naive = scores(points).loc["seasonal_naive"]
    assert naive["wape"] == pytest.approx(40 / 370)
    assert scores(points).loc["last_year", "bias"] == pytest.approx(-40 / 3)


def test_a_perfect_forecast_scores_zero_and_covers_all() -> None:
    came = np.arange(1.0, 37.0)
    ours = scores(quality_points(forecasts(came), actuals(np.r_[HISTORY, came]))).loc["opdrift"]
    assert (ours[["bias", "bias_share", "mase", "wape"]] == 0).all()
    assert ours["coverage"] == 1.0


def test_horizons_part_the_points() -> None:
    table = quality_table(quality_points(forecasts(np.ones(48)), actuals(np.r_[HISTORY, np.ones(48)])), NO_YEARS)
    own = table[table["method"] == "opdrift"].set_index("horizon")["n_points"]
    assert own.to_dict() == {"1-3": 3, "13-24": 12, "25-36": 12, "4-6": 3, "7-12": 6, "all": 36}


def test_what_has_not_come_and_what_was_hidden_is_not_scored() -> None:
    given = forecasts(np.ones(12))
    given.loc[0, ["mean", "q10", "q50", "q90"]] = np.nan
    past = given.assign(month=CUTOFF)
    points = quality_points(pd.concat([given, past]), actuals(np.r_[HISTORY, np.ones(3)]))
    assert points[points["method"] == "opdrift"]["month"].dt.strftime("%Y-%m").tolist() == ["2026-02", "2026-03"]
    assert quality_points(given, actuals(HISTORY)).empty
    assert quality_table(quality_points(given, actuals(HISTORY)), NO_YEARS).empty


def test_rows_in_any_order_score_the_same() -> None:
    given, known = forecasts(np.linspace(90, 130, 12)), actuals(np.r_[HISTORY, np.linspace(100, 120, 12)])
    mixed = quality_points(given.sample(frac=1, random_state=1), known.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(quality_table(mixed, NO_YEARS), quality_table(quality_points(given, known), NO_YEARS))


def test_an_even_history_has_no_scale_and_a_silent_one_no_score() -> None:
    even = scores(quality_points(forecasts(np.ones(3)), actuals(np.r_[np.full(24, 5.0), np.ones(3)]))).loc["opdrift"]
    assert np.isnan(even["mase"])
    assert even["wape"] == 0
    assert quality_points(forecasts(np.ones(3)), actuals(np.r_[np.zeros(24), np.ones(3)])).empty


def test_rules_need_a_whole_year_and_an_interval_two() -> None:
    assert simple_rules(np.ones(11), 3) == {}
    assert np.isnan(simple_rules(np.arange(12.0), 3)["seasonal_naive"][:, 1]).all()
    path = simple_rules(np.r_[np.zeros(12), np.full(12, 2.0)], 24)["seasonal_naive"]
    assert path[0].tolist() == pytest.approx([2.0, 0.0, 2.0, 2.0 + 1.2815515655446004 * 2])
    assert path[12, 3] - 2.0 == pytest.approx((path[0, 3] - 2.0) * np.sqrt(2))


def test_the_months_table_holds_the_contract() -> None:
    table = quality_months(quality_points(forecasts(np.ones(3)), actuals(np.r_[HISTORY, np.ones(3)])))
    assert list(table.columns) == list(PUBLISHED["forecast_quality_months"].names)
    assert len(table) == 3


@pytest.fixture
def drivers(make_drivers: Callable[..., DriverTables], service_spec: type) -> DriverTables:
    return make_drivers([service_spec("a"), service_spec("b", frame="30.46", committee="Children", uptake=2.0)], months=96)


def test_what_came_adds_up_over_levels(drivers: DriverTables) -> None:
    table = actual_series(drivers)
    own = table[table["measure"] == "gross_nominal"]
    gross = own.pivot_table(index="month", columns="level", values="actual", aggfunc="sum")
    assert gross["service"].to_numpy() == pytest.approx(gross["total"].to_numpy())
    assert gross["frame"].to_numpy() == pytest.approx(gross["total"].to_numpy())


def test_the_index_goes_on_as_before_the_origin(drivers: DriverTables) -> None:
    origin = pd.Timestamp("2023-12-01")
    jumped = drivers.prices.assign(price_factor=drivers.prices["price_factor"].where(drivers.prices["month"] <= origin, 9.0))
    path = prices_as_of(replace(drivers, prices=jumped), origin)
    pd.testing.assert_frame_equal(path, prices_as_of(drivers, origin))
    assert path["month"].max() == pd.Timestamp("2027-12-01")
    assert path.set_index("month")["price_factor"]["2025-06-01"] == pytest.approx(1.03**-1)


def test_a_year_that_was_recorded_afterwards_is_no_year_to_look_back_on(drivers: DriverTables) -> None:
    then = tables_at(drivers, pd.Timestamp("2023-12-01"))
    assert was_recorded(then, drivers)
    for column in ("volume", "gross_ultimate_nominal"):
        some = then.history.assign(**{column: 0.4 * then.history[column]})
        assert not was_recorded(replace(then, history=some), drivers)
    alone = [replace(item, history=item.history.assign(volume=np.nan)) for item in (then, drivers)]
    assert was_recorded(*alone), "where no cases are handed over, none were late"


def flat_engine(drivers: DriverTables, *, seed: int, n_draws: int, choices: None) -> PressureDraws:
    """The mean of the newest 12 months carried on; every draw the same."""
    assert choices is None
    services = tuple(sorted(drivers.services["service"]))
    newest = drivers.history[drivers.history["month"] > drivers.cutoff - pd.DateOffset(months=12)]
    level = newest.groupby("service")["gross_ultimate_nominal"].mean().reindex(list(services)).to_numpy()
    months = pd.DatetimeIndex(sorted(drivers.ahead["month"].unique()))
    shape = (len(services), len(months), n_draws)
    gross = np.broadcast_to(level[:, None, None], shape)
    return PressureDraws(services, months, gross, np.ones(shape), np.ones(shape), np.ones(shape[1:]), pd.DataFrame())


def test_remade_forecasts_are_those_of_the_engine(drivers: DriverTables) -> None:
    origins = yearly_origins(drivers)
    assert [f"{origin:%Y-%m}" for origin in origins] == ["2025-12", "2024-12", "2023-12"]
    assert yearly_origins(replace(drivers, cutoff=pd.Timestamp("2026-01-01"))) == origins, "one choice serves a year of nights"
    assert len(yearly_origins(replace(drivers, history=drivers.history[drivers.history["month"] >= "2023-02-01"]))) == 0
    then = {origin: tables_at(drivers, origin) for origin in origins}
    draws = remade_draws(then, seed=1, n_draws=3, choices={}, forecast=flat_engine)
    rows = remade_rows(drivers, draws)
    assert set(draws) == set(origins)
    table = quality_table(quality_points(rows, actual_series(drivers)), NO_YEARS)
    total = table[(table["level"] == "total") & (table["horizon"] == "all")].set_index("method")
    assert total.loc["opdrift", "wape"] == pytest.approx(total.loc["last_year", "wape"])
    assert total.loc["opdrift", "n_points"] == 12 + 24 + 36
    assert set(table["measure"]) == {"gross_nominal", "volume", "unit_cost_real"}


def test_a_frames_year_against_its_accounts_and_budget(drivers: DriverTables) -> None:
    years = range(2019, 2027)
    parts = [
        {"frame": frame, "service": service, "accounting_year": year, "side": "authority", "line": "", "amount": 1_000.0 + year}
        for frame, service in (("50.54", "a"), ("30.46", "b")) for year in years
    ]  # fmt: skip
    beside = {"frame": "50.54", "service": "", "side": "provider"}
    parts.append(beside | {"accounting_year": 2025, "line": "payroll", "amount": 50.0})
    parts.append(beside | {"accounting_year": 2026, "line": "refund", "amount": -9e9})
    budget = pd.DataFrame({"frame": ["50.54"], "year": [2026], "version": ["original"], "price_level": ["nominal"],
                           "amount_dkk": [3_000.0]})  # fmt: skip
    fixed = pd.DataFrame({"service": ["a"], "accounting_year": [2026], "posted": [0.0], "ibnr_mean": [24.0]})
    accounts = read_accounts(drivers, ledger=pd.DataFrame(parts), budget=budget, fixed=fixed)
    assert accounts.years == tuple(years)
    assert accounts.result[1, -1] == 1_000 + 2026 + 24, "late invoices counted, refund not"
    origin = pd.Timestamp("2025-12-01")
    draws = remade_draws({origin: tables_at(drivers, origin)}, seed=1, n_draws=3, choices={}, forecast=flat_engine)
    forecast = remade_years(drivers, draws, accounts)
    points = year_points(drivers, accounts, {("remade", origin): forecast[origin]})
    later = drivers.prices["price_factor"].where(drivers.prices["month"] <= origin, 9.0)
    jumped = remade_years(replace(drivers, prices=drivers.prices.assign(price_factor=later)), draws, accounts)
    pd.testing.assert_frame_equal(jumped[origin], forecast[origin])
    frame = points[points["member"] == "50.54"].set_index("method")
    assert frame.loc["budget", "mean"] == 3_000
    assert frame.loc["last_year", "mean"] == 1_000 + 2025 + 50
    gross = draws[origin].gross_nominal[0, :12, 0].sum()
    assert frame.loc["opdrift", "mean"] == pytest.approx(gross + 50 * 1.03)
    assert "budget" not in set(points.loc[points["level"] == "total", "method"]), "the other frame has no budget"
    table = quality_table(quality_points(forecasts(np.ones(1)), actuals(HISTORY)), points)
    assert set(table["horizon"]) == {"year"}


def test_published_years_are_brought_to_nominal(drivers: DriverTables) -> None:
    outlook = pd.DataFrame({"level": "total", "member": "total", "year": [2026, 2027], "price_level": "2025-pl", "mean": 100.0,
                            "q10": 90.0, "q50": 100.0, "q90": 110.0, "mask": ["", ""]})  # fmt: skip
    found = vintage_years({pd.Timestamp("2025-12-01"): outlook}, drivers)["vintage", pd.Timestamp("2025-12-01")]
    assert found["mean"].tolist() == pytest.approx([103.0])
    hidden = vintage_years({pd.Timestamp("2025-12-01"): outlook.assign(mask="primary")}, drivers)
    assert hidden["vintage", pd.Timestamp("2025-12-01")].empty
