"""Completion of late invoices: known patterns are found again, thin and young months fall back as stated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.drivers.chain_ladder import fit_chain_ladder
from models.drivers.completion import RIPE_SHARE, complete

MONTHS = pd.date_range("2022-01-01", "2026-12-01", freq="MS")
SLOW = {0: 0.05, 1: 0.45, 2: 0.25, 3: 0.15, 4: 0.10}
QUICK = {0: 0.9, 1: 0.1}
COLUMNS = ["service", "payee_kind", "known", "service_month", "posted_month", "amount"]


def postings(
    service: str,
    kind: str,
    delay: dict[int, float],
    bill: float = 1000.0,
    months: pd.DatetimeIndex = MONTHS,
    until: pd.Timestamp | None = MONTHS[-1],
) -> list[tuple[object, ...]]:
    rows = [
        (service, kind, True, month, month + pd.DateOffset(months=lag), bill * share)
        for month in months
        for lag, share in delay.items()
    ]
    return [row for row in rows if until is None or row[4] <= until]


def triangle(*rows: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame([row for block in rows for row in block], columns=COLUMNS)


def listed(service: str, cost: float = 1000.0) -> pd.DataFrame:
    return pd.DataFrame({"service": service, "month": MONTHS, "list_cost_nominal": cost})


def ultimate(frame: pd.DataFrame, list_cost: pd.DataFrame, *services: str):
    done = complete(frame, list_cost, services=services, months=MONTHS)
    return done, done.by_service.set_index(["service", "month"])


def test_a_steady_delay_is_completed_to_the_whole_bill() -> None:
    _, found = ultimate(triangle(postings("a", "municipality", SLOW), postings("a", "private", QUICK)), listed("a", 2000.0), "a")
    assert found["ultimate"].to_numpy() == pytest.approx(np.full(60, 2000.0))
    assert found.loc[("a", MONTHS[-1]), "ibnr"] == pytest.approx(1000 * 0.95 + 1000 * 0.1)
    assert found["ultimate"].to_numpy() == pytest.approx((found["reported"] + found["ibnr"]).to_numpy())


def test_each_kind_of_payee_has_its_own_pattern() -> None:
    done, _ = ultimate(triangle(postings("a", "municipality", SLOW), postings("a", "private", QUICK)), listed("a", 2000.0), "a")
    pattern = done.pattern.set_index(["payee_kind", "lag"])["developed"]
    assert pattern[("municipality", 1)] == pytest.approx(0.5)
    assert pattern[("private", 0)] == pytest.approx(0.9)
    assert done.pattern.groupby("payee_kind")["developed"].last().eq(1.0).all()


def test_the_youngest_month_follows_active_cases_not_one_early_invoice() -> None:
    rows = triangle(postings("a", "municipality", SLOW))
    early = (rows["service_month"] == MONTHS[-1]) & (rows["posted_month"] == MONTHS[-1])
    rows.loc[early, "amount"] = 150.0  # three times what usually comes at once
    cost = listed("a", 500.0)
    cost.loc[cost["month"] == MONTHS[-1], "list_cost_nominal"] = 600.0  # a fifth more citizens
    _, found = ultimate(rows, cost, "a")
    assert found.loc[("a", MONTHS[-1]), "ultimate"] == pytest.approx(150 + 1000 * 1.2 * 0.95, rel=0.01)  # ladder: 3,000


def test_without_cases_the_youngest_months_take_the_mean_bill() -> None:
    rows = triangle(postings("a", "municipality", SLOW))
    rows = rows[rows["service_month"] != MONTHS[-1]]
    _, found = ultimate(rows, listed("b"), "a")
    assert found.loc[("a", MONTHS[-1]), "ultimate"] == pytest.approx(950.0, rel=0.01)


def test_the_standard_error_grows_with_what_is_missing() -> None:
    rng = np.random.default_rng(5)
    every = triangle(postings("a", "municipality", SLOW, until=None))
    every["amount"] *= np.exp(rng.normal(0.0, 0.2, len(every)))
    came = every.groupby("service_month")["amount"].sum().to_numpy()
    done, found = ultimate(every[every["posted_month"] <= MONTHS[-1]], listed("a"), "a")
    errors = found["standard_error"].to_numpy()
    assert (errors[:-4] == 0).all()
    assert 0 < errors[-4] < errors[-3] < errors[-2]
    share = done.pattern[done.pattern["payee_kind"] == "municipality"]["developed"].to_numpy()
    assert share[0] < RIPE_SHARE
    assert (np.abs(found["ultimate"].to_numpy() - came)[-4:] < 2.5 * errors[-4:]).all()


def test_the_error_of_a_payee_is_shared_so_that_services_add_up_to_it() -> None:
    rng = np.random.default_rng(5)
    one, other = postings("a", "municipality", SLOW), postings("b", "municipality", SLOW, bill=3000.0)
    rows = triangle(one, other)
    rows["amount"] *= np.exp(rng.normal(0.0, 0.2, len(rows)))
    done, found = ultimate(rows, pd.concat([listed("a"), listed("b", 3000.0)]), "a", "b")
    month = MONTHS[-2]
    parts = done.by_payee[(done.by_payee["month"] == month) & (done.by_payee["payee_kind"] == "municipality")]
    together = np.sqrt((parts["standard_error"] ** 2).sum())
    assert together > 0
    assert found.loc[("b", month), "standard_error"] / found.loc[("a", month), "standard_error"] == pytest.approx(3**0.5, rel=0.3)


def test_a_thin_payee_borrows_the_pattern_of_all_and_says_so() -> None:
    rows = triangle(postings("a", "private", QUICK), postings("a", "region", SLOW, months=MONTHS[:3]))
    done, _ = ultimate(rows, listed("a"), "a")
    assert [notice[:2] for notice in done.notices] == [("thin_payee", "region")]


def test_credit_notes_are_tolerated() -> None:
    _, found = ultimate(triangle(postings("a", "private", {0: 1.1, 1: -0.1})), listed("a"), "a")
    assert found.loc[("a", MONTHS[-1]), "ultimate"] == pytest.approx(1000.0)
    assert found.loc[("a", MONTHS[-1]), "ibnr"] == pytest.approx(-100.0)


def test_postings_without_a_service_month_are_counted_and_teach_nothing() -> None:
    rows = triangle(postings("a", "private", QUICK))
    loose = rows[rows["service_month"] == rows["posted_month"]].assign(known=False, amount=50.0)
    done, found = ultimate(pd.concat([rows, loose]), listed("a"), "a")
    assert found.loc[("a", MONTHS[0]), "ultimate"] == pytest.approx(1050.0)
    assert done.pattern.set_index(["payee_kind", "lag"]).loc[("private", 0), "developed"] == pytest.approx(0.9)


def test_a_source_without_service_months_is_not_completed_and_says_so() -> None:
    rows = triangle(postings("a", "private", {0: 1.0})).assign(known=False)
    done, found = ultimate(rows, listed("a"), "a")
    assert (found["ibnr"] == 0).all()
    assert [notice[0] for notice in done.notices] == ["no_completion"]


def test_a_source_without_postings_says_so() -> None:
    done, found = ultimate(triangle().astype({"known": bool, "service_month": "datetime64[us]", "posted_month": "datetime64[us]",
                                              "amount": float}), listed("a"), "a")  # fmt: skip
    assert (found["ultimate"] == 0).all()
    assert [notice[0] for notice in done.notices] == ["no_postings"]


def test_months_without_any_posting_do_not_break_the_pattern() -> None:
    rows = triangle(postings("a", "private", QUICK))
    rows = rows[~rows["service_month"].isin([MONTHS[10], MONTHS[40]])]
    _, found = ultimate(rows, listed("a"), "a")
    assert found.loc[("a", MONTHS[40]), "ultimate"] == 0.0
    assert found.loc[("a", MONTHS[-1]), "ultimate"] == pytest.approx(1000.0)


def test_a_postings_history_of_a_few_months_says_so() -> None:
    short = MONTHS[-4:]
    rows = triangle(postings("a", "private", QUICK, months=short))
    done = complete(rows, listed("a"), services=("a",), months=short)
    assert [notice[0] for notice in done.notices] == ["no_completion"]


def test_the_input_is_left_as_it_was() -> None:
    rows, cost = triangle(postings("a", "municipality", SLOW)), listed("a")
    before = rows.copy(), cost.copy()
    complete(rows, cost, services=("a",), months=MONTHS)
    pd.testing.assert_frame_equal(rows, before[0])
    pd.testing.assert_frame_equal(cost, before[1])


def test_a_square_triangle_is_its_own_ultimate() -> None:
    fitted = fit_chain_ladder(np.array([[10.0, 5.0], [20.0, 1.0]]))
    assert fitted.ultimate.tolist() == [15.0, 21.0]
    assert fitted.standard_error.tolist() == [0.0, 0.0]
