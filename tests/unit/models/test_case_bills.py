"""Cases beside invoices: they weigh what they have earned, and nothing where the invoices have left them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.drivers.case_bills import weigh_cases
from models.drivers.completion import Completion, complete
from models.drivers.standing import History
from models.drivers.triangles import amount_grid, cost_grid

MONTHS = pd.date_range("2019-01-01", periods=84, freq="MS")
SERVICES = ("a", "b", "c", "d")
T, YOUNG = len(MONTHS), 6
DELAY = np.array([0.15, 0.35, 0.25, 0.15, 0.10])
STILL = len(DELAY) - 1
"""Months of which something is still to come."""


@cache
def town(stale: bool = False, saved_from: int = T) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Few cases a service, a bill each a month that comes whole on some day: triangle, list cost, and (S, T) the whole bill.

    Args:
        stale: The case system's prices move by themselves.
        saved_from: Place of the month from which bills are 30 % lower, and the cases are not told.
    """
    rng = np.random.default_rng(7)
    rows, whole, listed = [], np.zeros((len(SERVICES), T)), np.zeros((len(SERVICES), T))
    for place, service in enumerate(SERVICES):
        cases = np.clip(np.round(10 + np.cumsum(rng.normal(0, 0.5, T))), 4, 25).astype(int)
        for month in range(T):
            prices = 1000.0 * np.exp(rng.normal(0, 0.5, cases[month]))
            bills = prices * np.exp(rng.normal(0, 0.01, cases[month])) * (0.7 if month >= saved_from else 1.0)
            lags = rng.choice(len(DELAY), cases[month], p=DELAY)
            listed[place, month] = prices.sum() * (np.exp(rng.normal(0, 0.4)) if stale else 1.0)
            whole[place, month] = bills.sum()
            rows += [
                (service, "private", True, MONTHS[month], MONTHS[month + lag], bill)
                for bill, lag in zip(bills, lags, strict=True)
                if month + lag < T
            ]
    triangle = pd.DataFrame(rows, columns=["service", "payee_kind", "known", "service_month", "posted_month", "amount"])
    keys = pd.MultiIndex.from_product([SERVICES, MONTHS], names=["service", "month"])
    return triangle, pd.DataFrame({"list_cost_nominal": listed.ravel()}, index=keys).reset_index(), whole


def completed(triangle: pd.DataFrame, cost: pd.DataFrame, error: pd.DataFrame | None = None) -> tuple[Completion, np.ndarray]:
    done = complete(triangle, cost, services=SERVICES, months=MONTHS, case_error=error)
    return done, done.by_service["ultimate"].to_numpy().reshape(len(SERVICES), T)


def miss(found: np.ndarray, whole: np.ndarray) -> float:
    """Root mean square of the youngest months, share of the bill."""
    return float(np.sqrt((((found - whole) / whole)[:, -YOUNG:] ** 2).mean()))


def by_invoices_alone(triangle: pd.DataFrame) -> np.ndarray:
    none = pd.DataFrame({"service": [], "month": pd.DatetimeIndex([]), "list_cost_nominal": []})
    return completed(triangle, none)[1]


def test_cases_that_have_told_the_bill_before_tell_the_youngest_months() -> None:
    triangle, cost, whole = town()
    done, found = completed(triangle, cost)
    assert miss(found, whole) < 0.25 * miss(by_invoices_alone(triangle), whole)
    errors = done.by_service["standard_error"].to_numpy().reshape(found.shape)
    score = (found - whole)[:, -STILL:] / errors[:, -STILL:]
    assert 0.5 < np.sqrt((score**2).mean()) < 1.6, "errors are as large as misses are"


def weights(triangle: pd.DataFrame, cost: pd.DataFrame) -> np.ndarray:
    history = History(amount_grid(triangle, SERVICES, MONTHS), cost_grid(cost, SERVICES, MONTHS))
    return weigh_cases(history, [history.standing(last) for last in range(T)], np.zeros((len(SERVICES), T))).weight


def test_cases_whose_prices_are_stale_weigh_little() -> None:
    triangle, cost, whole = town(stale=True)
    by_cases = (cost["list_cost_nominal"].to_numpy().reshape(whole.shape) - whole) / whole
    assert np.sqrt((by_cases**2).mean()) > 0.35
    stale, told = (weights(*part)[:, 1:STILL].mean() for part in ((triangle, cost), town()[:2]))
    assert stale < 0.1, "not heard"
    assert told > 0.7, "heard"


def test_cases_that_are_mostly_not_recorded_yet_weigh_less() -> None:
    triangle, cost, _ = town()
    keys = cost[["service", "month"]]
    unsure = keys.assign(completed=10.0, standard_error=np.where(keys["month"] == MONTHS[-1], 8.0, 0.0))
    (before, sure), (after, found) = completed(triangle, cost), completed(triangle, cost, unsure)
    assert found[:, :-1] == pytest.approx(sure[:, :-1])
    assert not np.allclose(found[:, -1], sure[:, -1], rtol=0.01)
    newest = before.by_service["month"] == MONTHS[-1]
    known, unsure_error = (done.by_service.loc[newest, "standard_error"].to_numpy() for done in (before, after))
    assert (unsure_error > 2.0 * known).all()


def test_invoices_that_have_left_the_cases_go_alone_and_it_is_said() -> None:
    triangle, cost, whole = town(saved_from=T - 12)
    done, found = completed(triangle, cost)
    said = {notice[1] for notice in done.notices if notice[0] == "bills_left_cases"}
    assert said == set(SERVICES)
    assert found[:, -8:-5].sum() == pytest.approx(whole[:, -8:-5].sum(), rel=0.05)
    assert not [notice for notice in completed(*town()[:2])[0].notices if notice[0] == "bills_left_cases"]


def test_parts_sum_with_cases_too_and_what_is_whole_stays() -> None:
    triangle, cost, _ = town()
    done, found = completed(triangle, cost)
    parts = done.by_payee.groupby(["service", "month"], sort=False)
    assert parts["ultimate"].sum().to_numpy() == pytest.approx(found.ravel())
    assert (done.by_payee["reported"] + done.by_payee["ibnr"]).to_numpy() == pytest.approx(done.by_payee["ultimate"].to_numpy())
    squares = parts["standard_error"].apply(lambda part: (part**2).sum()).to_numpy()
    assert np.sqrt(squares) == pytest.approx(done.by_service["standard_error"].to_numpy())
    assert found[:, :-13] == pytest.approx(by_invoices_alone(triangle)[:, :-13])


def test_a_short_history_takes_the_invoices_alone() -> None:
    triangle, cost, _ = town()
    months = MONTHS[-40:]
    part = triangle[triangle["service_month"] >= months[0]]
    done = complete(part, cost, services=SERVICES, months=months)
    none = cost.iloc[:0]
    alone = complete(part, none, services=SERVICES, months=months)
    old = done.by_service["month"] < months[-5]  # the a-priori bill of the youngest rests on the cases anyway
    assert done.by_service.loc[old, "ultimate"].to_numpy() == pytest.approx(alone.by_service.loc[old, "ultimate"].to_numpy())
