"""Accounting years: the bridge balances, weights follow the delay, the supplementary period is learnt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.accounting import accounting_weights, bridge, provider_years, supplementary_shares
from models.drivers.completion import complete
from models.types import DriverTables

MONTHS = pd.date_range("2022-01-01", "2026-06-01", freq="MS")
AHEAD = pd.date_range("2026-07-01", "2030-12-01", freq="MS")
SLOW = {0: 0.2, 1: 0.5, 2: 0.3}


def triangle(delay: dict[int, float] = SLOW, *, back: tuple[int, ...] = (), known: bool = True) -> pd.DataFrame:
    """1,000 a month; postings in the months ``back`` of the next year are booked to the old year."""
    rows = []
    for month in MONTHS:
        for lag, share in delay.items():
            posted = month + pd.DateOffset(months=lag)
            year = posted.year - (posted.year > month.year and posted.month in back)
            if posted <= MONTHS[-1]:
                rows.append(("a", "municipality", known, month, posted, year, 1000.0 * share))
    columns = ["service", "payee_kind", "known", "service_month", "posted_month", "accounting_year", "amount"]
    return pd.DataFrame(rows, columns=columns)


def tables() -> DriverTables:
    services = pd.DataFrame(
        [("a", "g", "f", "u", "month")], columns=["service", "service_group", "frame", "committee", "price_unit"]
    )
    history = pd.DataFrame({"service": "a", "month": MONTHS})
    ahead = pd.DataFrame({"service": "a", "month": AHEAD, "variant": "main"})
    empty = pd.DataFrame()
    return DriverTables(MONTHS[-1], "DKK", "nominal", services, history, ahead, empty, empty)


def share_out(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    listed = pd.DataFrame({"service": "a", "month": MONTHS, "list_cost_nominal": 1000.0})
    completion = complete(frame, listed, services=("a",), months=MONTHS)
    weights, fixed = accounting_weights(tables(), completion, frame)
    return weights, fixed, completion.by_service["ibnr"].sum()


def weight(weights: pd.DataFrame, month: str, year: int) -> float:
    rows = weights[(weights["month"] == month) & (weights["accounting_year"] == year)]
    return float(rows["weight"].sum())


def test_late_invoices_of_december_fall_in_the_next_year() -> None:
    weights, _, _ = share_out(triangle())
    assert weight(weights, "2027-12-01", 2027) == pytest.approx(0.2)
    assert weight(weights, "2027-12-01", 2028) == pytest.approx(0.8)
    assert weight(weights, "2027-11-01", 2027) == pytest.approx(0.7)
    assert weight(weights, "2027-06-01", 2027) == pytest.approx(1.0)


def test_the_supplementary_period_books_them_back() -> None:
    frame = triangle(back=(1,))
    assert supplementary_shares(frame)[:3].tolist() == [1.0, 0.0, 0.0]
    weights, _, _ = share_out(frame)
    assert weight(weights, "2027-12-01", 2027) == pytest.approx(0.7)
    assert weight(weights, "2027-11-01", 2027) == pytest.approx(1.0)


def test_weights_of_every_month_sum_to_one() -> None:
    weights, _, _ = share_out(triangle(back=(1,)))
    sums = weights.groupby(["service", "month"])["weight"].sum()
    assert len(sums) == len(AHEAD)
    assert sums.to_numpy() == pytest.approx(np.ones(len(AHEAD)))


def test_posted_and_still_to_come_are_each_there_once() -> None:
    frame = triangle()
    _, fixed, ibnr = share_out(frame)
    by_year = fixed.set_index("accounting_year")
    assert by_year["posted"].sum() == pytest.approx(frame["amount"].sum())
    assert ibnr == pytest.approx(800 + 300)
    assert by_year["ibnr_mean"].to_dict()[2026] == pytest.approx(ibnr)


def test_what_december_lacks_is_shared_between_the_years() -> None:
    cut = triangle(back=(1,))
    cut = cut[(cut["posted_month"] <= "2025-12-01") & (cut["service_month"] <= "2025-12-01")]
    months = MONTHS[MONTHS <= "2025-12-01"]
    listed = pd.DataFrame({"service": "a", "month": months, "list_cost_nominal": 1000.0})
    completion = complete(cut, listed, services=("a",), months=months)
    _, fixed = accounting_weights(tables(), completion, cut)
    still = fixed.set_index("accounting_year")["ibnr_mean"]
    # December lacks 500 (January, booked back) and 300 (February, not); November lacks 300 (January, booked back)
    assert still[2025] == pytest.approx(800.0)
    assert still[2026] == pytest.approx(300.0)


def test_unknown_service_months_fall_in_their_own_year() -> None:
    frame = triangle()
    loose = triangle({0: 1.0}, known=False)
    weights, _, _ = share_out(pd.concat([frame, loose], ignore_index=True))
    assert weight(weights, "2027-12-01", 2027) == pytest.approx(0.2 * 0.5 + 0.5, abs=0.03)


def test_a_source_without_postings_has_no_accounting_years() -> None:
    weights, fixed, _ = share_out(triangle().iloc[:0])
    assert weights.empty
    assert fixed.empty
    assert list(weights.columns) == ["service", "month", "accounting_year", "weight"]


def ledger() -> pd.DataFrame:
    rows = [
        ("f", "a", 2025, "2025-03-01", "authority", "gross", 100.4), ("f", "a", 2025, "2024-12-01", "authority", "gross", 30.3),
        ("f", "a", 2026, "2025-12-01", "authority", "gross", 20.3), ("f", "a", 2025, None, "authority", "gross", 5.5),
        ("f", None, 2025, None, "provider", "payroll", 40.0), ("f", None, 2025, None, "provider", "places_sold", -60.2),
        ("f", None, 2025, None, "other", "refund", -3.3), ("g", "b", 2025, "2025-01-01", "authority", "gross", 7.0),
    ]  # fmt: skip
    columns = ["frame", "service", "accounting_year", "service_month", "side", "line", "amount"]
    return pd.DataFrame(rows, columns=columns).assign(service_month=lambda frame: pd.to_datetime(frame["service_month"]))


def test_the_bridge_leads_from_service_year_to_accounts() -> None:
    found = bridge(ledger()).set_index(["member", "accounting_year", "line"])["amount"]
    year = found[("f", 2025)]
    assert year["service_year_reported"] == 121  # 100.4 + 20.3, a krone moved by rounding to the sum
    assert year["from_earlier_service_years"] == 30
    assert year["to_other_accounting_years"] == -20
    assert year["without_service_month"] in {5, 6}
    assert year["accounting_year_ledger"] == 113  # 136.2 - 23.5
    assert found[("g", 2025)]["accounting_year_ledger"] == 7


def test_an_empty_ledger_has_no_bridge() -> None:
    assert bridge(ledger().iloc[:0]).empty


def test_provider_lines_stand_apart_from_authority() -> None:
    found = provider_years(ledger()).set_index(["member", "accounting_year", "line"])["amount"].to_dict()
    assert found == {("f", 2025, "payroll"): 40.0, ("f", 2025, "places_sold"): -60.2, ("f", 2025, "refund"): -3.3}
