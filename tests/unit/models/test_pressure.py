"""Published frames of pressure: sums first, quantiles last, two calendars apart, columns by contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.schema.published import PUBLISHED
from models import pressure
from models.types import PressureDraws
from models.years import open_accounting_years

SERVICES = ("a", "b", "c")


@pytest.fixture(scope="module")
def drivers(make_drivers, service_spec):
    return make_drivers(
        [
            service_spec("a", frame="50.54"),
            service_spec("b", frame="50.54", cost=20_000.0),
            service_spec("c", frame="30.46", committee="Boern", direct=True),
        ],
        cutoff="2026-10-01",
        variants=("low",),
    )


@pytest.fixture(scope="module")
def draws(drivers):
    months = pd.date_range("2026-11-01", "2030-12-01", freq="MS")
    rng = np.random.default_rng(4)
    shape = (3, len(months), 200)
    price = 1.03 ** (months.year.to_numpy() - 2026)[:, None] * np.exp(0.01 * rng.standard_normal((1, 200)))
    volume = rng.gamma(50, 1, shape)
    volume[2] = np.nan
    gross = rng.gamma(5, 1e5, shape)
    unit = np.where(np.isnan(volume), np.nan, gross / np.nan_to_num(volume, nan=1.0) / price)
    return PressureDraws(SERVICES, months, gross, volume, unit, price, pd.DataFrame())


@pytest.fixture(scope="module")
def accounting(draws):
    weights = []
    for service in SERVICES:
        for month in draws.months:
            late = 0.2 if month.month >= 11 else 0.0
            weights.append((service, month, month.year, 1 - late))
            if late:
                weights.append((service, month, month.year + 1, late))
    fixed = [(service, 2026, 1e6, 2e5) for service in SERVICES] + [(service, 2027, 0.0, 5e4) for service in SERVICES]
    return (
        pd.DataFrame(weights, columns=["service", "month", "accounting_year", "weight"]),
        pd.DataFrame(fixed, columns=["service", "accounting_year", "posted", "ibnr_mean"]),
    )


@pytest.fixture(scope="module")
def years(draws, drivers, accounting):
    return pressure.forecast_years(draws, drivers, weights=accounting[0], fixed=accounting[1])


def pick(frame, **wanted):
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return frame


def obeys_contract(name, frame):
    contract = PUBLISHED[name]
    assert list(frame.columns) == list(contract.names)
    assert not frame.duplicated(list(contract.keys)).any()
    for column in contract.columns:
        if column.required:
            assert frame[column.name].notna().all(), column.name
        if column.allowed:
            assert set(frame[column.name]) <= set(column.allowed)


def test_every_frame_obeys_its_contract(draws, drivers, years):
    ledger = pd.DataFrame(
        {"frame": ["50.54"], "service": ["a"], "accounting_year": [2025], "side": ["authority"], "line": ["x"], "amount": [5.0]}
    )
    obeys_contract("forecast_years", years)
    obeys_contract("forecast_months", pressure.forecast_months(draws, drivers.services))
    obeys_contract("actual_months", pressure.actual_months(drivers))
    obeys_contract("actual_years", pressure.actual_years(drivers, ledger=ledger, open_years=(2026,)))
    obeys_contract("draws", pressure.stored_draws(draws))
    obeys_contract("variant_factors", pressure.stored_variant_factors(drivers, draws))


def test_quantiles_of_sums_not_sums_of_quantiles(draws, drivers):
    frame = pressure.forecast_months(draws, drivers.services)
    first = pick(frame, month=draws.months[0], measure="gross_nominal")
    total = pick(first, level="total")["q90"].item()
    assert total == np.quantile(draws.gross_nominal[:, 0].sum(axis=0), 0.9)
    assert total < pick(first, level="service")["q90"].sum()
    assert pick(first, level="total")["mean"].item() == pytest.approx(pick(first, level="frame")["mean"].sum())


def test_volume_stands_at_services_with_cases_only(draws, drivers):
    frame = pressure.forecast_months(draws, drivers.services)
    assert set(pick(frame, measure="volume")["member"]) == {"a", "b"}
    assert set(pick(frame, measure="unit_cost_real")["level"]) == {"service"}


def test_the_cutoffs_own_service_year_is_completed_months_plus_months_ahead(draws, drivers, years):
    past = drivers.history.query("service == 'a' and month >= '2026-01-01'")["gross_ultimate_nominal"].sum()
    found = pick(years, level="service", member="a", year=2026, basis="service_year", price_level="nominal", variant="main")
    assert found["mean"].item() == pytest.approx(past + draws.gross_nominal[0, :2].sum(axis=0).mean())


def test_real_figures_are_deflated_draw_by_draw(draws, years):
    found = pick(years, level="total", year=2028, basis="service_year", price_level="2026-pl", variant="main")
    real = (draws.gross_nominal / draws.price_factor)[:, draws.months.year == 2028].sum(axis=(0, 1))
    assert found["q10"].item() == pytest.approx(np.quantile(real, 0.1))


def test_an_accounting_year_is_posted_plus_late_plus_shares_ahead(draws, years):
    found = pick(years, level="service", member="a", year=2027, basis="accounting_year", price_level="nominal", variant="main")
    month = draws.months
    own = draws.gross_nominal[0].mean(axis=1)
    expected = 5e4 + own[(month.year == 2027) & (month.month < 11)].sum()
    expected += 0.8 * own[(month.year == 2027) & (month.month >= 11)].sum() + 0.2 * own[(month.year == 2026)].sum()
    assert found["mean"].item() == pytest.approx(expected)
    assert set(years["year"]) == {2026, 2027, 2028, 2029, 2030}


def test_late_invoices_spread_the_year_that_still_awaits_them(draws, drivers, accounting):
    """Error of the completed months falls where their invoices do, on every draw, and moves no mean."""
    n_draws = draws.gross_nominal.shape[2]
    error = np.stack([np.linspace(-1e7, 1e7, n_draws), np.zeros(n_draws), np.zeros(n_draws)])
    late = pressure.forecast_years(replace(draws, late_error=error), drivers, weights=accounting[0], fixed=accounting[1])
    sure = pressure.forecast_years(draws, drivers, weights=accounting[0], fixed=accounting[1])
    key = {"level": "service", "member": "a", "basis": "accounting_year", "price_level": "nominal", "variant": "main"}
    spread = {
        year: [pick(frame, year=year, **key).eval("q90 - q10").item() for frame in (late, sure)] for year in (2027, 2028, 2029)
    }
    assert spread[2027][0] > spread[2027][1]
    assert spread[2029][0] == spread[2029][1]
    means = [pick(frame, level="total", basis="accounting_year")["mean"].to_numpy(dtype=float) for frame in (late, sure)]
    np.testing.assert_allclose(*means)


def test_a_variant_scales_the_months_ahead_only(drivers, draws, years):
    main, low = (
        pick(years, level="service", member="b", basis="service_year", price_level="nominal", variant=v) for v in ("main", "low")
    )
    ratio = low["mean"].to_numpy() / main["mean"].to_numpy()
    assert ratio[1:] == pytest.approx(1.01)
    assert 1.0 < ratio[0] < 1.01


def test_without_postings_there_are_no_accounting_years(draws, drivers, accounting):
    none = pressure.forecast_years(draws, drivers, weights=accounting[0].iloc[:0], fixed=accounting[1].iloc[:0])
    assert set(none["basis"]) == {"service_year"}


def test_nominal_only_where_there_is_no_index(make_drivers, service_spec, draws, accounting):
    plain = make_drivers([service_spec(name) for name in SERVICES], cutoff="2026-10-01", price_level="nominal")
    found = pressure.forecast_years(draws, plain, weights=accounting[0], fixed=accounting[1])
    assert set(found["price_level"]) == {"nominal"}


def test_actual_years_are_whole_and_closed(drivers):
    rows = [("50.54", "a", year, "authority", 10.0 * year) for year in (2024, 2025, 2026)]
    rows.append(("50.54", "a", 2025, "provider", 1e9))
    ledger = pd.DataFrame(rows, columns=["frame", "service", "accounting_year", "side", "amount"])
    found = pressure.actual_years(drivers, ledger=ledger, open_years=(2026, 2027))
    service = pick(found, basis="service_year", level="service", member="a", price_level="nominal")
    assert service["year"].tolist() == list(range(2017, 2026))
    accounting = pick(found, basis="accounting_year", level="total", price_level="nominal")
    assert dict(zip(accounting["year"], accounting["gross"], strict=True)) == {2024: 20_240.0, 2025: 20_250.0}


@pytest.mark.parametrize(("still_expected", "first_open"), [(3e5, 2025), (0.0, 2026)])
def test_the_year_before_is_open_while_its_supplementary_period_is(drivers, draws, accounting, still_expected, first_open):
    weights, fixed = accounting
    closing = pd.DataFrame([("a", 2025, 2e6, still_expected), ("b", 2025, 1e6, 0.0)], columns=fixed.columns)
    booked = {"weights": weights, "fixed": pd.concat([fixed, closing], ignore_index=True)}
    assert open_accounting_years(drivers, **booked)[0] == first_open
    found = pick(pressure.forecast_years(draws, drivers, **booked), basis="accounting_year", level="total", price_level="nominal")
    wanted = [3e6 + still_expected] if first_open == 2025 else []
    assert found.loc[(found["year"] == 2025) & (found["variant"] == "main"), "mean"].tolist() == pytest.approx(wanted)


def test_an_accounting_year_that_the_ledger_holds_in_part_is_not_shown(make_drivers, service_spec):
    late = make_drivers([service_spec("a")], months=33)
    rows = [("50.54", "a", year, "authority", 1000.0) for year in (2023, 2024, 2025)]
    ledger = pd.DataFrame(rows, columns=["frame", "service", "accounting_year", "side", "amount"])
    found = pick(pressure.actual_years(late, ledger=ledger, open_years=()), basis="accounting_year", level="total")
    assert set(found["year"]) == {2025}


def test_population_is_banded_and_of_the_newest_vintage():
    people = pd.DataFrame({"date": pd.to_datetime(["2026-01-01"] * 3), "age": [3, 20, 70], "persons": [10, 20, 30]})
    ahead = pd.DataFrame(
        {
            "variant": "main",
            "vintage": [2024, 2026],
            "date": pd.to_datetime(["2027-01-01"] * 2),
            "age": [70, 70],
            "persons": [1.0, 31.0],
        }
    )
    found = pressure.population_years(people, ahead, age_bands={"0-17": (0, 17), "67+": (67, 125)})
    obeys_contract("population_years", found)
    assert pick(found, variant="counted", age_band="67+")["persons"].item() == 30
    assert pick(found, variant="main", age_band="67+")["persons"].item() == 31.0
