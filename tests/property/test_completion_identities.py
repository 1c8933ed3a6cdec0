"""Completion: reported and missing make the whole, kinds of payee leave each other alone, nothing later moves the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.drivers.completion import PAYEE_KINDS, complete
from models.drivers.development import actual_against_expected
from models.drivers.speed_cells import share_at
from models.drivers.standing import History

MONTHS = pd.date_range("2023-01-01", periods=40, freq="MS")
N = len(MONTHS)
SLOWLY = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def grid(seed: int, kinds: tuple[int, ...], services: int) -> np.ndarray:
    """(S, K, T, 36) invoices, some of them credit notes."""
    rng = np.random.default_rng(seed)
    found = np.zeros((services, len(PAYEE_KINDS), N, 36))
    for kind in kinds:
        share = rng.dirichlet([4.0, 6.0, 3.0, 1.0])
        bill = rng.gamma(20.0, 50.0, (services, N, 1)) * share * np.exp(rng.normal(0.0, 0.2, (services, N, 4)))
        bill[rng.random(bill.shape) < 0.01] *= -0.1
        found[:, kind, :, :4] = bill
    hidden = np.arange(N)[:, None] + np.arange(36)[None, :] >= N
    return np.where(hidden, 0.0, found)


def rows_of(amounts: np.ndarray) -> pd.DataFrame:
    service, kind, month, lag = np.nonzero(amounts)
    return pd.DataFrame(
        {
            "service": np.array([f"s{number}" for number in range(len(amounts))])[service],
            "payee_kind": np.array(PAYEE_KINDS)[kind],
            "known": True,
            "service_month": MONTHS[month],
            "posted_month": MONTHS[month + lag],
            "amount": amounts[service, kind, month, lag],
        }
    )


def no_cost() -> pd.DataFrame:
    return pd.DataFrame({"service": [], "month": pd.DatetimeIndex([]), "list_cost_nominal": []})


@SLOWLY
@given(seed=st.integers(0, 10_000))
def test_reported_and_missing_are_the_whole_and_services_add_up(seed: int) -> None:
    amounts = grid(seed, (1, 3), 2)
    done = complete(rows_of(amounts), no_cost(), services=("s0", "s1"), months=MONTHS)
    for frame in (done.by_payee, done.by_service):
        assert (frame["reported"] + frame["ibnr"]).to_numpy() == pytest.approx(frame["ultimate"].to_numpy())
        assert (frame["standard_error"] >= 0).all()
    assert done.by_payee["reported"].sum() == pytest.approx(amounts.sum())
    sums = done.by_payee.groupby(["service", "month"], sort=False)["ultimate"].sum().to_numpy()
    assert sums == pytest.approx(done.by_service["ultimate"].to_numpy())


@SLOWLY
@given(seed=st.integers(0, 10_000))
def test_a_service_more_moves_no_other_kind_of_payee(seed: int) -> None:
    amounts = grid(seed, (1, 3), 1)
    more = np.concatenate([amounts, np.zeros_like(amounts)])
    more[1, 3] = 5.0 * grid(seed + 1, (3,), 1)[0, 3]
    few = complete(rows_of(amounts), no_cost(), services=("s0",), months=MONTHS).by_payee
    many = complete(rows_of(more), no_cost(), services=("s0", "s1"), months=MONTHS).by_payee
    keys = ["service", "payee_kind", "month"]
    both = few.merge(many, on=keys, suffixes=("", "_more"))
    other = both[both["payee_kind"] != "private"]
    for name in ("ultimate", "standard_error"):
        assert other[name].to_numpy() == pytest.approx(other[f"{name}_more"].to_numpy())
    assert not np.allclose(*(both.loc[both["payee_kind"] == "private", name] for name in ("ultimate", "ultimate_more")))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), last=st.integers(14, N - 1), factor=st.floats(0.0, 5.0))
def test_no_later_posting_moves_what_was_known(seed: int, last: int, factor: float) -> None:
    amounts = grid(seed, (1, 3), 2)
    later = np.arange(N)[:, None] + np.arange(36)[None, :] > last
    cost = np.full((2, N), 1000.0)
    one, other = History(amounts, cost), History(np.where(later, factor * amounts, amounts), cost)
    for name in ("developed", "ultimate", "by_service", "prior"):
        assert np.array_equal(getattr(one.standing(last), name), getattr(other.standing(last), name))
    tables = [actual_against_expected(history, [history.standing(t) for t in range(N)], MONTHS) for history in (one, other)]
    known = [table[table["month"] <= MONTHS[last]].reset_index(drop=True) for table in tables]
    pd.testing.assert_frame_equal(*known)


@given(age=st.lists(st.integers(-50, 90), min_size=1), developed=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=36))
def test_nothing_is_developed_before_the_first_month_and_the_last_share_stays(age: list[int], developed: list[float]) -> None:
    found = share_at(np.array(developed), np.array(age))
    expected = [0.0 if month < 0 else developed[min(month, len(developed) - 1)] for month in age]
    assert found.tolist() == expected
