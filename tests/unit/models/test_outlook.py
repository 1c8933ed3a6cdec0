"""The frames' outlook: budgets at one price level, what lies outside the model, and what is decided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.schema.published import PUBLISHED
from models.outlook import frame_outlook
from models.outturn.adjustments import COLUMNS
from models.plans import Plans, to_level
from models.types import PressureDraws

MONTHS = pd.date_range("2027-01-01", "2030-12-01", freq="MS")


@pytest.fixture(scope="module")
def drivers(make_drivers, service_spec):
    return make_drivers([service_spec("a", frame="50.54"), service_spec("b", frame="30.46", committee="Boern")])


@pytest.fixture(scope="module")
def draws():
    spread = np.linspace(0.9, 1.1, 101)
    price = np.repeat(1.03 ** (MONTHS.year.to_numpy() - 2026)[:, None], 101, axis=1)
    gross = np.stack([1e6 * spread * price, 2e6 * spread * price])
    return PressureDraws(("a", "b"), MONTHS, gross, gross, gross, price, pd.DataFrame())


@pytest.fixture(scope="module")
def accounting():
    weights = [(service, month, month.year, 1.0) for service in "ab" for month in MONTHS]
    return {
        "weights": pd.DataFrame(weights, columns=["service", "month", "accounting_year", "weight"]),
        "fixed": pd.DataFrame(columns=["service", "accounting_year", "posted", "ibnr_mean"]),
    }


@pytest.fixture
def plans():
    budget = pd.DataFrame(
        [
            ("50.54", None, 2027, "original", "2026-pl", 11e6),
            ("50.54", None, 2027, "revised", "nominal", 12e6 * 1.03),
            ("50.54", None, 2027, "carried over", "nominal", 0.5e6 * 1.03),
            ("50.54", None, 2028, "original", "2027-pl", 12e6 * 1.03),
            ("30.46", None, 2027, "original", "2026-pl", 20e6),
            ("99.99", None, 2027, "original", "2026-pl", 1e6),
        ],
        columns=["frame", "service", "year", "version", "price_level", "amount_dkk"],
    )
    events = pd.DataFrame(
        [
            (pd.Timestamp("2027-07-01"), pd.NaT, "50.54", None, -1e6, "2026-pl", False),
            (pd.Timestamp("2020-01-01"), pd.NaT, "50.54", None, -9e6, "2026-pl", True),
            (pd.Timestamp("2027-01-01"), pd.NaT, None, "b", 0.3e6, "2026-pl", False),
            (pd.Timestamp("2027-01-01"), pd.Timestamp("2027-12-31"), None, None, 0.1e6, "2026-pl", False),
        ],
        columns=["effective_from", "effective_to", "frame", "service", "amount_dkk", "price_level", "in_data"],
    )
    ledger = pd.DataFrame(
        [
            ("50.54", "a", 2026, 6, "authority", "gross", 9e6),
            ("50.54", None, 2026, 6, "authority", "gross", 0.2e6),
            ("50.54", None, 2026, 6, "provider", "payroll", 0.5e6),
            ("50.54", None, 2026, 6, "other", "other_income", -0.1e6),
            ("50.54", None, 2026, 6, "other", "refund", -4e6),
            ("50.54", None, 2025, 6, "provider", "payroll", 7e6),
        ],
        columns=["frame", "service", "accounting_year", "accounting_period", "side", "line", "amount"],
    )
    return Plans(budget, events, ledger, {"50.54": "Voksne"})


def row(outlook, member, year):
    return outlook[(outlook["member"] == member) & (outlook["year"] == year)].iloc[0]


def test_budgets_come_to_one_price_level_and_deviation_is_result_less_budget(draws, drivers, plans, accounting):
    outlook, _ = frame_outlook(draws, drivers, plans, **accounting)
    found = row(outlook, "50.54", 2027)
    assert (found["price_level"], found["member_label"]) == ("2026-pl", "Voksne")
    assert found["budget_original"] == pytest.approx(11e6)
    assert found["budget_revised"] == pytest.approx(12.5e6)
    assert found["outside_model"] == pytest.approx(0.6e6)
    assert found["decided_not_in_data"] == pytest.approx(-0.5e6)
    assert found["mean"] == pytest.approx(12e6 + 0.1e6)
    assert found["deviation_mean"] == pytest.approx(-0.4e6)
    assert found["deviation_q90"] == pytest.approx(12e6 * 1.08 + 0.1e6 - 12.5e6)
    assert found["probability_over"] == pytest.approx(34 / 101)
    assert row(outlook, "50.54", 2028)["budget_revised"] == pytest.approx(12e6)


def test_what_begins_after_the_cutoff_is_not_in_the_data_whatever_it_says(draws, drivers, plans, accounting):
    said = plans.budget_events.assign(in_data=True)
    outlook, _ = frame_outlook(draws, drivers, replace(plans, budget_events=said), **accounting)
    assert row(outlook, "50.54", 2027)["decided_not_in_data"] == pytest.approx(-0.5e6)
    assert row(outlook, "total", 2027)["decided_not_in_data"] == pytest.approx(-0.1e6)


def test_a_total_without_every_budget_has_no_deviation_and_says_so(draws, drivers, plans, accounting):
    outlook, notices = frame_outlook(draws, drivers, plans, **accounting)
    assert row(outlook, "total", 2027)["budget_revised"] == pytest.approx(32.5e6)
    assert row(outlook, "total", 2027)["decided_not_in_data"] == pytest.approx(-0.1e6)
    assert np.isnan(row(outlook, "total", 2028)["deviation_mean"])
    assert np.isnan(row(outlook, "30.46", 2028)["probability_over"])
    assert np.isfinite(row(outlook, "30.46", 2028)["mean"])
    said = set(zip(notices["notice_id"], notices["member"], strict=True))
    assert {
        ("frame_without_budget", "30.46"),
        ("budget_without_services", "budget"),
        ("event_without_frame", "budget_events"),
    } <= said


def test_it_obeys_its_contract_also_where_nothing_is_posted(draws, drivers, plans, accounting):
    outlook, _ = frame_outlook(draws, drivers, plans, **accounting)
    assert list(outlook.columns) == list(PUBLISHED["frame_outlook"].names)
    empty = {name: frame.iloc[:0] for name, frame in accounting.items()}
    none, _ = frame_outlook(draws, drivers, plans, **empty)
    assert list(none.columns) == list(PUBLISHED["frame_outlook"].names)
    assert none.empty


def test_staff_s_coming_events_stand_beside_the_result_at_the_run_s_price_level(draws, drivers, plans, accounting):
    known = dict.fromkeys(COLUMNS) | {
        "adjustment_id": "j1", "kind": "price", "frame": "50.54", "amount_dkk": 2.06e6, "price_level": "nominal",
        "effective_from": pd.Timestamp("2027-01-01"),
    }  # fmt: skip
    without, _ = frame_outlook(draws, drivers, plans, **accounting)
    beside, _ = frame_outlook(draws, drivers, plans, **accounting, adjustments=pd.DataFrame([known]))
    for member in ("50.54", "total"):
        assert row(beside, member, 2027)["adjusted"] == pytest.approx(2e6)
    assert row(beside, "30.46", 2027)["adjusted"] == 0.0
    pd.testing.assert_frame_equal(beside.drop(columns="adjusted"), without.drop(columns="adjusted"))


def test_no_plans_at_all_still_give_a_result(draws, drivers, plans, accounting):
    bare = Plans(plans.budget.iloc[:0], plans.budget_events.iloc[:0], plans.ledger.iloc[:0], {})
    outlook, notices = frame_outlook(draws, drivers, bare, **accounting)
    assert outlook["budget_revised"].isna().all()
    assert outlook["mean"].notna().all()
    assert set(notices["notice_id"]) == {"frame_without_budget"}


def test_fixed_prices_without_an_index_are_taken_as_nominal_and_said(draws, drivers, plans, accounting):
    plain = replace(drivers, price_level="nominal", prices=drivers.prices.assign(price_factor=1.0))
    outlook, notices = frame_outlook(draws, plain, plans, **accounting)
    assert row(outlook, "50.54", 2027)["budget_original"] == pytest.approx(11e6)
    assert "budget_without_index" in set(notices["notice_id"])


@pytest.mark.parametrize(
    ("price_level", "level", "expected"),
    [("2027-pl", "nominal", 100 * 1.1 / 1.05), ("nominal", "2026-pl", 100 / 1.1), ("2019-pl", "2026-pl", np.nan)],
)
def test_price_levels(price_level, level, expected):
    prices = {2026: 1.0, 2027: 1.05, 2028: 1.1}
    found = to_level(100.0, price_level=price_level, year=2028, level=level, prices=prices)
    assert found == pytest.approx(expected, nan_ok=True)
