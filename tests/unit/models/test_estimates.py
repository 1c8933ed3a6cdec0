"""Staff's own estimates: beside our run of the same month, scored when the accounts are closed, hidden where either run hides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.outturn import Said, closed_results, estimate_table, record_of

JUNE, MARCH = pd.Timestamp("2025-06-01"), pd.Timestamp("2025-03-01")
LEDGER = ["frame", "service", "accounting_year", "accounting_period", "side", "line", "amount"]


@pytest.fixture(scope="module")
def drivers(make_drivers, service_spec):
    specs = [service_spec("a", frame="50.54"), service_spec("b", frame="30.46", committee="Boern")]
    return make_drivers(specs, months=36, cutoff="2026-12-01")


@pytest.fixture(scope="module")
def actual(drivers):
    rows = [
        ("50.54", "a", 2025, 5, "authority", "gross", 90.0),
        ("50.54", "a", 2025, 13, "authority", "gross", 10.0),
        ("50.54", None, 2025, 5, "provider", "payroll", 20.0),
        ("50.54", None, 2025, 5, "other", "refund", -50.0),
        ("30.46", "b", 2025, 5, "authority", "gross", 40.0),
        ("30.46", "b", 2026, 5, "authority", "gross", 44.0),
        ("9.99", None, 2025, 5, "authority", "gross", 7.0),
        ("50.54", "a", 2023, 12, "authority", "gross", 1.0),
    ]
    return closed_results(pd.DataFrame(rows, columns=LEDGER), drivers, open_years=(2026,))


def said(mean: float, *, mask: str = "") -> Said:
    row = ("frame", "50.54", 2025, mean, mean - 5, mean + 5, mask)
    return Said(pd.DataFrame([row], columns=["level", "member", "year", "mean", "q10", "q90", "mask"]), remade=False)


def estimates(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["frame", "service", "year", "follow_up_on", "amount_dkk"])


def test_accounts_are_of_closed_whole_years_with_own_institutions_and_without_refund(actual) -> None:
    assert actual == {
        ("service", "a", 2025): 100.0, ("service", "b", 2025): 40.0, ("frame", "50.54", 2025): 120.0,
        ("frame", "30.46", 2025): 40.0, ("total", "total", 2025): 160.0,
    }  # fmt: skip


def test_each_estimate_meets_the_run_of_its_own_month(actual, drivers) -> None:
    given = estimates(
        ("50.54", None, 2025, pd.Timestamp("2025-06-30"), 118.0),
        ("50.54", None, 2025, pd.Timestamp("2025-03-31"), 130.0),
        ("30.46", "b", 2026, pd.Timestamp("2026-06-30"), 45.0),
        ("7.77", None, 2025, pd.Timestamp("2025-06-30"), 1.0),
        ("total", None, 2025, pd.Timestamp("2025-06-30"), 170.0),
    )
    table, notices = estimate_table(given, {JUNE: said(125.0), MARCH: said(118.0)}, actual, drivers)
    assert notices["notice_id"].tolist() == ["estimates_unknown"]
    found = table.set_index(["member", "follow_up_on"])
    june, march = (found.loc[("50.54", pd.Timestamp(day))] for day in ("2025-06-30", "2025-03-31"))
    assert (june["ours"], june["staff_error"], june["ours_error"], june["nearer"]) == (125.0, -2.0, 5.0, "staff")
    assert march["nearer"] == "ours"
    opened = found.loc[("b", pd.Timestamp("2026-06-30"))]
    assert np.isnan(opened["actual"])
    assert pd.isna(opened["nearer"])
    assert found.loc[("total", pd.Timestamp("2025-06-30")), "staff_error"] == 10.0


def test_a_run_that_hid_the_frame_tells_nothing(actual, drivers) -> None:
    given = estimates(("50.54", None, 2025, pd.Timestamp("2025-06-30"), 118.0))
    table, _ = estimate_table(given, {JUNE: said(125.0, mask="primary")}, actual, drivers)
    assert np.isnan(table["ours"].iloc[0])
    assert record_of(table) is None


def test_the_record_counts_who_was_nearer_and_how_wide(actual, drivers) -> None:
    given = estimates(
        ("50.54", None, 2025, pd.Timestamp("2025-06-30"), 118.0), ("50.54", None, 2025, pd.Timestamp("2025-03-31"), 130.0)
    )
    found = record_of(estimate_table(given, {JUNE: said(126.0), MARCH: said(119.0)}, actual, drivers)[0])
    assert (found.count, found.ours_nearer, found.staff_nearer, found.inside) == (2, 1, 1, 1)
    assert (found.staff_miss, found.ours_miss) == (6.0, 3.5)
    assert found.staff_share == pytest.approx(12 / 240)


def test_no_estimates_give_an_empty_table(drivers) -> None:
    table, notices = estimate_table(estimates(), {}, {}, drivers)
    assert table.empty
    assert notices.empty
    assert record_of(table) is None
