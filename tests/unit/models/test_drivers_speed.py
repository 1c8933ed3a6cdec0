"""A change of invoicing speed is found, dated and sized; a saving is not taken for one; completion follows it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from models.drivers.billing_speed import SpeedChange, find_change, moved_pattern
from models.drivers.changed_pattern import pattern_since
from models.drivers.completion import complete
from models.drivers.provider_speed import provider_changes
from models.drivers.standing import History

MONTHS = pd.date_range("2021-01-01", periods=72, freq="MS")
SINCE = 66
DELAY = np.array([0.1, 0.5, 0.2, 0.1, 0.06, 0.04])
SEEDS = 24
LAGS = 36


def invoices(
    seed: int, *, slow: int = 0, share: float = 1.0, every: bool = True, saving: float = 0.0, cases: int = 60, since: int = SINCE
) -> np.ndarray:
    """(T, D) what 60 citizens' invoices bring, each drawn on its own; ``slow`` months later since a month."""
    rng = np.random.default_rng(seed)
    grid = np.zeros((len(MONTHS), LAGS))
    prices = np.exp(rng.normal(10.0, 0.5, cases))
    for month in range(len(MONTHS)):
        lags = rng.choice(len(DELAY), cases, p=DELAY)
        late = (month + lags >= since if every else np.full(cases, month >= since)) & (rng.random(cases) < share)
        bill = prices * (1.0 - saving * (month >= since))
        np.add.at(grid[month], np.maximum(lags + slow * late, 0), bill)
    return grid


def known(grid: np.ndarray, n_months: int) -> np.ndarray:
    """What the ledger held at the end of a month."""
    hidden = np.arange(n_months)[:, None] + np.arange(LAGS)[None, :] >= n_months
    return np.where(hidden, 0.0, grid[:n_months])


def look(grid: np.ndarray, n_months: int, list_cost: np.ndarray | None = None) -> tuple[SpeedChange | None, History]:
    cost = np.full((1, n_months), np.nan) if list_cost is None else list_cost[None, :n_months]
    history = History(known(grid, n_months)[None, None], cost)
    views = [history.standing(last) for last in range(n_months)]
    return find_change(known(grid, n_months), views, 0, tested=5, has_list_cost=list_cost is not None), history


def steady_cost(grid: np.ndarray) -> np.ndarray:
    return np.full(len(MONTHS), grid[:48].sum() / 48)


def test_a_month_later_is_found_within_three_months_in_nine_of_ten_towns() -> None:
    found = [look(grid, SINCE + 3, steady_cost(grid))[0] for seed in range(SEEDS) if (grid := invoices(seed, slow=1)) is not None]
    hits = [change for change in found if change is not None]
    assert len(hits) >= 0.9 * SEEDS
    assert np.mean([change.months_slower for change in hits]) == pytest.approx(1.0, abs=0.15)
    assert all(abs(change.since - SINCE) <= 2 for change in hits)


def test_without_a_change_hardly_any_town_is_alarmed() -> None:
    alarms = 0
    for seed in range(SEEDS):
        grid = invoices(1000 + seed)
        alarms += look(grid, len(MONTHS), steady_cost(grid))[0] is not None
    assert alarms <= 0.05 * SEEDS


@pytest.mark.parametrize("in_cases", [True, False])
def test_a_saving_is_no_slow_billing(in_cases: bool) -> None:
    """Three tenths less from a month on, known from the cases or only from the bills: every cell falls in step."""
    alarms = 0
    for seed in range(SEEDS // 2):
        grid = invoices(2000 + seed, saving=0.3)
        cost = steady_cost(grid) * (1.0 - 0.3 * in_cases * (np.arange(len(MONTHS)) >= SINCE))
        alarms += look(grid, SINCE + 3, cost)[0] is not None
    assert alarms <= 0.05 * SEEDS


def test_quicker_invoices_and_those_of_new_service_months_alone_are_found_as_such() -> None:
    quicker, _ = look(grid := invoices(3, slow=-1), SINCE + 4, steady_cost(grid))
    assert quicker is not None
    assert quicker.months_slower == pytest.approx(-0.9, abs=0.2)  # what came at once can't come sooner
    new_only, _ = look(grid := invoices(4, slow=1, every=False), SINCE + 5, steady_cost(grid))
    assert new_only is not None
    assert not new_only.every_origin


def test_it_is_found_without_any_cases_too() -> None:
    change, _ = look(invoices(5, slow=1), SINCE + 4)
    assert change is not None
    assert change.months_slower > 0.7


def test_a_payee_that_returned_to_its_old_speed_is_not_slow_any_more() -> None:
    slow, usual = invoices(6, slow=1, since=48), invoices(6)
    grid = np.vstack([slow[:58], usual[58:]])
    change, _ = look(grid, len(MONTHS), steady_cost(grid))
    assert change is None or change.months_slower < 0


def test_the_completed_bill_is_nearer_to_the_truth_than_the_plain_ladders() -> None:
    plain, followed = [], []
    for seed in range(8):
        grid = invoices(seed, slow=1)
        n_months = SINCE + 4
        change, history = look(grid, n_months, steady_cost(grid))
        assert change is not None
        came = grid[n_months - 12 : n_months - 2].sum()
        age = np.arange(n_months - 1, -1, -1)[-12:-2]
        reported = known(grid, n_months)[n_months - 12 : n_months - 2].sum(axis=1)
        usual = history.standing(n_months - 1).developed[0]
        since = pattern_since(history.by_kind[0], history.standing(change.since - 1).developed[0], change)
        plain.append((reported / usual[age]).sum() / came - 1.0)
        followed.append((reported / since[age]).sum() / came - 1.0)
    assert np.mean(plain) < -0.02
    assert np.abs(followed).mean() < 0.5 * np.abs(plain).mean()
    assert abs(np.mean(followed)) < 0.02


def rows_of(grid: np.ndarray, n_months: int, kind: str = "municipality", **more: object) -> pd.DataFrame:
    month, lag = np.nonzero(known(grid, n_months))
    frame = pd.DataFrame({"service_month": MONTHS[month], "posted_month": MONTHS[month + lag], "amount": grid[month, lag]})
    return frame.assign(payee_kind=kind, known=True, **more)


def listed(cost: np.ndarray, n_months: int) -> pd.DataFrame:
    return pd.DataFrame({"service": "a", "month": MONTHS[:n_months], "list_cost_nominal": cost[:n_months]})


@pytest.mark.parametrize("since", [66, 60])
def test_what_is_said_to_be_slow_stays_true_as_the_change_ages(since: int) -> None:
    """The whole history's pattern takes the change in, month by month; the old speed is the one before it."""
    n_months = len(MONTHS)
    slow, usual = (invoices(7, slow=months, cases=400, since=since) for months in (1, 0))
    rows = rows_of(slow, n_months, service="a")
    done = complete(rows, listed(steady_cost(slow), n_months), services=("a",), months=MONTHS)
    (notice,) = [notice for notice in done.notices if notice[0] == "slower_invoices"]
    held_back = (known(usual, n_months).sum() - known(slow, n_months).sum()) / 1e6
    assert float(re.search(r"DKK ([\d.]+) million", notice[3])[1]) == pytest.approx(held_back, rel=0.12, abs=0.06)


def test_the_notice_says_who_since_when_and_how_much_and_identities_hold() -> None:
    n_months = SINCE + 4
    grid = invoices(7, slow=1, cases=400)
    cost = listed(steady_cost(grid), n_months)
    rows = rows_of(grid, n_months, service="a")
    done = complete(rows, cost, services=("a",), months=MONTHS[:n_months])
    (notice,) = [notice for notice in done.notices if notice[0] == "slower_invoices"]
    assert notice[1] == "municipality"
    assert f"{MONTHS[SINCE]:%Y-%m}" in notice[2]
    assert re.search(r"ca\. (1,0|0,9|1,1) måned senere", notice[2])
    held_back = (known(invoices(7, cases=400), n_months).sum() - known(grid, n_months).sum()) / 1e6
    said = float(re.search(r"DKK ([\d.]+) million", notice[3])[1])
    assert said == pytest.approx(held_back, rel=0.15, abs=0.06)
    by_payee = done.by_payee
    assert (by_payee["reported"] + by_payee["ibnr"]).to_numpy() == pytest.approx(by_payee["ultimate"].to_numpy())
    plain = complete(rows, cost, services=("a",), months=MONTHS[:n_months], watch_speed=False)
    assert not plain.changes
    came = grid[n_months - 12 : n_months].sum()
    miss = [abs(one.by_service["ultimate"].to_numpy()[-12:].sum() / came - 1.0) for one in (done, plain)]
    assert miss[0] < 0.5 * miss[1]


def test_a_moved_pattern_keeps_its_end_and_moves_its_mean_delay() -> None:
    developed = np.append(np.cumsum(DELAY), np.ones(6))
    for shift, share in ((1, 0.4), (2, 1.0)):
        moved = moved_pattern(developed, SpeedChange(40, shift, True, 9.0, share, 0.1))
        assert moved[-1] == developed[-1]
        assert (developed - moved).sum() == pytest.approx(shift * share)


PROVIDERS = 6


def provider_rows(slow: set[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    grids = {number: invoices(50 + number, slow=1 if number in slow else 0, cases=30) for number in range(PROVIDERS)}
    rows = [rows_of(grid, SINCE + 5, "private", provider=number) for number, grid in grids.items()]
    cost = [
        pd.DataFrame({"provider": number, "month": MONTHS, "list_cost_nominal": steady_cost(grid)})
        for number, grid in grids.items()
    ]
    return pd.concat(rows, ignore_index=True), pd.concat(cost, ignore_index=True)


def test_providers_are_counted_by_kind_of_payee_and_never_named() -> None:
    rows, cost = provider_rows({2, 4})
    (notice,) = provider_changes(rows, cost, MONTHS[: SINCE + 5])
    assert notice[:2] == ("provider_slower_invoices", "private")
    assert notice[2].startswith("2 leverandører (betalinger til private)")
    assert "2 providers invoice later" in notice[3]


def test_the_numbers_of_the_providers_mean_nothing() -> None:
    rows, cost = provider_rows({2})
    other = {number: 100 - number for number in range(PROVIDERS)}
    said = provider_changes(rows, cost, MONTHS[: SINCE + 5])
    renumbered = [frame.assign(provider=frame["provider"].map(other)) for frame in (rows, cost)]
    assert provider_changes(*renumbered, MONTHS[: SINCE + 5]) == said
    assert len(said) == 1


def test_providers_at_their_usual_speed_give_no_notice() -> None:
    rows, cost = provider_rows(set())
    assert provider_changes(rows, cost, MONTHS[: SINCE + 5]) == ()
    assert provider_changes(rows.iloc[:0], cost, MONTHS) == ()
