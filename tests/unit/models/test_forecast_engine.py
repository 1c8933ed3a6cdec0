"""The engine on synthetic drivers: what was planted is found, fallbacks are said, and nothing moves that should not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.forecast import choose_services, forecast_services
from models.forecast.measures import read_service_series


def run(drivers, **more):
    return forecast_services(drivers, seed=1, n_draws=200, **more)


def row_of(draws, service):
    return draws.services.index(service)


@pytest.fixture(scope="module")
def specs(service_spec):
    months = np.arange(120)
    return [
        service_spec("a_regular", group="g", season=0.1),
        service_spec("b_regular", group="g", uptake_growth=0.05),
        service_spec("c_short", group="g", history=lambda u: np.where(months < 105, np.nan, u)),
        service_spec("d_alone", group="alone", history=lambda u: np.where(months < 110, np.nan, u)),
        service_spec("e_gaps", history=lambda u: np.where(months % 5 < 2, u, 0.0)),
        service_spec("f_constant", history=np.ones_like, exposure_growth=0.0),
        service_spec("g_nothing", history=lambda u: u * np.nan, direct=True, cost=0.0),
        service_spec("h_direct", direct=True),
        service_spec("i_ended", history=lambda u: np.where(months > 100, 0.0, u)),
        service_spec("j_quarter", group="by quarter", history=lambda u: np.where(months % 3 == 0, u, 0.0)),
    ]


@pytest.fixture(scope="module")
def drivers(make_drivers, specs):
    return make_drivers(specs)


@pytest.fixture(scope="module")
def choices(drivers):
    return choose_services(drivers)[0]


@pytest.fixture(scope="module")
def draws(drivers, choices):
    return run(drivers, choices=choices)


def test_shapes_and_horizon(draws):
    assert draws.gross_nominal.shape == (10, 48, 200)
    assert draws.months[[0, -1]].strftime("%Y-%m").tolist() == ["2027-01", "2030-12"]
    assert draws.price_factor.shape == (48, 200)


def test_never_negative_and_always_finite(draws):
    assert np.isfinite(draws.gross_nominal).all()
    assert (draws.gross_nominal >= 0).all()


def test_every_fallback_is_named_in_both_languages(draws):
    methods = draws.methods.set_index("service")
    assert methods["method"].to_dict() == {
        "a_regular": "combined",
        "b_regular": "combined",
        "c_short": "prophet_group",
        "d_alone": "level",
        "e_gaps": "level",
        "f_constant": "level",
        "g_nothing": "none",
        "h_direct": "cost_direct",
        "i_ended": "none",
        "j_quarter": "combined",
    }
    assert "15 måneders historik" in methods.loc["c_short", "method_note_da"]
    assert "15 months of history" in methods.loc["c_short", "method_note_en"]
    said = methods.drop(["a_regular", "b_regular", "j_quarter"])
    assert (said["method_note_da"].str.len() > 20).all()
    assert (said["method_note_en"].str.len() > 20).all()


def test_the_planted_level_and_growth_are_found_again(draws):
    row = row_of(draws, "a_regular")
    years = draws.volume[row].mean(axis=1).reshape(4, 12).mean(axis=1)
    truth = 50.0 * np.exp((0.02 + 0.01) * np.arange(0.5, 4.5))
    assert years == pytest.approx(truth, rel=0.06)
    assert draws.unit_cost_real[row].mean() == pytest.approx(40_000, rel=0.05)


def test_gross_is_the_product_on_every_draw(draws):
    row = row_of(draws, "b_regular")
    product = draws.volume[row] * draws.unit_cost_real[row] * draws.price_factor
    assert np.allclose(draws.gross_nominal[row], product, rtol=1e-12)


def test_uncertainty_grows_and_does_not_raise_the_mean(draws):
    row = row_of(draws, "a_regular")
    spread = np.log(draws.gross_nominal[row]).std(axis=1)
    assert spread[36:].mean() > spread[:12].mean()
    assert draws.price_factor.mean(axis=1) == pytest.approx(1.03 ** np.repeat([1, 2, 3, 4], 12), rel=1e-9)


def test_months_with_zeros_keep_the_years_mean(draws, drivers):
    row = row_of(draws, "e_gaps")
    newest = drivers.history.query("service == 'e_gaps'").tail(12)
    assert draws.volume[row].mean() == pytest.approx(newest["volume"].mean(), rel=0.15)
    assert (draws.volume[row] == 0).any()


def test_months_that_are_always_zero_stay_zero_on_every_draw(draws, drivers):
    volume = draws.volume[row_of(draws, "j_quarter")]
    history = drivers.history.query("service == 'j_quarter'")["volume"].to_numpy()
    is_open = (history[-36:].reshape(3, 12) > 0).all(axis=0)
    assert 0 < is_open.sum() < 12
    ahead = np.resize(is_open, len(volume))
    assert (volume[ahead] > 0).all()
    assert (volume[~ahead] == 0).all()


def test_what_ended_or_never_was_is_zero(draws):
    for service in ("g_nothing", "i_ended"):
        assert (draws.gross_nominal[row_of(draws, service)] == 0).all()
    assert np.isnan(draws.volume[row_of(draws, "h_direct")]).all()


def test_twice_the_same_bits_whatever_the_order_of_services(draws, drivers):
    shuffled = replace(
        drivers,
        services=drivers.services.iloc[::-1].reset_index(drop=True),
        history=drivers.history.sample(frac=1, random_state=3),
        ahead=drivers.ahead.sample(frac=1, random_state=4),
    )
    again = run(shuffled)
    assert again.services == draws.services
    assert (again.gross_nominal == draws.gross_nominal).all()
    pd.testing.assert_frame_equal(again.methods, draws.methods)


def test_another_seed_moves_the_draws_but_hardly_the_mean(draws, drivers, choices):
    other = forecast_services(drivers, seed=2, n_draws=200, choices=choices)
    assert (other.gross_nominal[0] != draws.gross_nominal[0]).any()
    assert other.gross_nominal[0].mean() == pytest.approx(draws.gross_nominal[0].mean(), rel=0.01)


def test_a_service_in_another_group_moves_no_other(make_drivers, specs):
    few = [spec for spec in specs if spec.service in {"a_regular", "b_regular", "h_direct"}]
    added = [*few, replace(few[0], service="z_new", group="elsewhere", noise=0.1)]
    before, after = run(make_drivers(few)), run(make_drivers(added))
    assert (after.gross_nominal[:3] == before.gross_nominal).all()


def test_nothing_after_the_cutoff_is_read_but_exposure_and_prices(make_drivers, specs):
    drivers = make_drivers(specs[:1])
    later = drivers.history.assign(month=drivers.history["month"] + pd.DateOffset(months=120), volume=1e9, uptake_ratio=1e9)
    extended = replace(drivers, history=pd.concat([drivers.history, later], ignore_index=True))
    assert (run(extended).gross_nominal == run(drivers).gross_nominal).all()


def test_late_invoices_widen_the_newest_level(make_drivers, service_spec):
    late = make_drivers([service_spec("s", ibnr_se=0.5)])
    sure, unsure = (run(drivers).gross_nominal[0, 0] for drivers in (make_drivers([service_spec("s")]), late))
    gross, shared = late.history["gross_ultimate_nominal"].tail(12), 1 / 73  # Mack's share of 72 months and the factors' own
    of_three = 0.5 * gross.tail(3).mean() * np.sqrt((1.0 - shared) * 3 + shared * 9)
    assert (unsure / sure).std() == pytest.approx(of_three / gross.sum(), rel=0.05)
    assert unsure.mean() == pytest.approx(sure.mean(), rel=0.02)


def test_bills_of_different_months_come_by_themselves_but_for_the_factors_they_share(make_drivers, service_spec):
    level = {"cost_growth": 0.0, "uptake_growth": 0.0, "exposure_growth": 0.0, "noise": 0.0, "ibnr_se": 0.2}
    for months, shared in ((47, 1 / 48), (95, 1 / 73)):
        drivers = make_drivers([service_spec("s", **level)], months=months, price_level="nominal")
        (found,) = read_service_series(drivers)
        gross = drivers.history["gross_ultimate_nominal"].tail(12)
        of_three = 0.2 * gross.tail(3).mean() * np.sqrt((1.0 - shared) * 3 + shared * 9)
        assert found.relative_ibnr_se == pytest.approx(of_three / gross.sum(), rel=1e-3)


def test_without_an_index_everything_is_nominal_and_says_no_price_error(make_drivers, service_spec):
    found = run(make_drivers([service_spec("s", exposure=1.0, exposure_growth=0.0)], price_level="nominal", cutoff="2005-06-01"))
    assert (found.price_factor == 1).all()
    assert len(found.months) == 54


def test_progress_is_told(make_drivers, service_spec):
    told = []
    run(make_drivers([service_spec("s")], months=30), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_a_few_citizens_get_no_trend_of_their_own_and_wide_intervals(make_drivers, service_spec):
    """Three citizens who were one are no growth of 40 % a year: the level stays, and one who comes or goes is inside q10-q90."""
    grown = service_spec("few", group="g", exposure=3.0, uptake_growth=0.4, exposure_growth=0.0)
    draws = run(make_drivers([grown, service_spec("many", group="g", uptake_growth=0.0)]))
    few = draws.volume[row_of(draws, "few"), -12:].mean(axis=0)
    newest = 3.0 * np.exp(0.4 * -np.arange(12) / 12).mean()
    assert few.mean() == pytest.approx(newest, rel=0.15)
    assert np.quantile(few, 0.9) > newest + 1.0
    method = draws.methods.set_index("service").loc["few"]
    assert method["method"] == "prophet_group"
    assert "for få borgere" in method["method_note_da"]
    assert "too few citizens" in method["method_note_en"]
