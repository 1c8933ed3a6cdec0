"""Single providers whose invoices come later or sooner than they did: counted by kind of payee, never named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.drivers.billing_speed import FEWEST_MONTHS, find_change
from models.drivers.changed_pattern import PAYEES_DA, changed_shares, pattern_since, slow_amount
from models.drivers.standing import History
from models.drivers.triangles import PAYEE_KINDS, ages, amount_grid, cost_grid

if TYPE_CHECKING:
    import pandas as pd

    from models.drivers.billing_speed import SpeedChange
    from models.drivers.population import Notice

WATCHED_MONTHS = 60
_SMALLEST_AMOUNT = 0.1
"""Months of the provider's bill that must have moved: less is no news."""
_OWN_HOUSE = "internal"
"""Own institutions settle through one routine of the house: the test of the whole kind holds it."""


def provider_changes(triangle: pd.DataFrame, cost: pd.DataFrame, months: pd.DatetimeIndex) -> tuple[Notice, ...]:
    """Test every provider that is large enough, the alarm bound holding for all of them together.

    Args:
        triangle: provider (a number), payee_kind, service_month, posted_month, amount.
        cost: provider, month, list_cost_nominal of the same providers' active cases; may be empty.
        months: (T,) first days; the 60 newest are looked at.

    Returns:
        One notice per kind of payee and direction: how many providers and since when at the earliest; no amount, for one
        provider's may rest on few citizens.
    """
    window = months[-WATCHED_MONTHS:]
    if len(window) < FEWEST_MONTHS or triangle.empty:
        return ()
    watched = triangle[(triangle["service_month"] >= window[0]) & (triangle["payee_kind"] != _OWN_HOUSE)]
    parts = [(int(str(number)), rows) for number, rows in watched.groupby("provider", sort=True)]
    parts = [(number, rows) for number, rows in parts if rows["service_month"].nunique() >= FEWEST_MONTHS]
    found: dict[tuple[str, bool], list[int]] = {}
    for number, rows in parts:
        kind = str(rows["payee_kind"].iloc[0])
        history = _history(rows, cost[cost["provider"] == number], kind, window)
        change = _change_of(history, tested=len(parts))
        if change is not None:
            found.setdefault((kind, change.months_slower > 0), []).append(change.since)
    return tuple(_notice(kind, slower, hits, window) for (kind, slower), hits in sorted(found.items()))


def _change_of(history: History, *, tested: int) -> SpeedChange | None:
    """A change that still moves at least a tenth of a month's bill."""
    views = [history.standing(last) for last in range(history.amounts.shape[2])]
    listed = bool(np.isfinite(history.list_cost).any())
    change = find_change(history.amounts.sum(axis=(0, 1)), views, 0, tested=tested, has_list_cost=listed)
    if change is None:
        return None
    before, bills = views[change.since - 1].developed[0], np.clip(views[-1].ultimate[0], 0.0, None)
    usual = before[ages(len(bills))]
    changed = changed_shares(usual, pattern_since(history.by_kind[0], before, change), change)
    amount = slow_amount(bills, usual, changed)
    return change if abs(amount) >= _SMALLEST_AMOUNT * bills.mean() else None


def _history(rows: pd.DataFrame, cost: pd.DataFrame, kind: str, months: pd.DatetimeIndex) -> History:
    """One provider's ledger, its kind of payee alone."""
    grid = amount_grid(rows.assign(service=kind), (kind,), months)
    place = PAYEE_KINDS.index(kind)
    return History(grid[:, place : place + 1], cost_grid(cost.assign(service=kind), (kind,), months))


def _notice(kind: str, slower: bool, hits: list[int], months: pd.DatetimeIndex) -> Notice:  # noqa: FBT001
    count, since = len(hits), f"{months[min(hits)]:%Y-%m}"
    danish, english = ("senere", "later") if slower else ("tidligere", "sooner")
    who = f"{count} leverandør" if count == 1 else f"{count} leverandører"
    them = f"{count} provider invoices" if count == 1 else f"{count} providers invoice"
    return (
        "provider_slower_invoices" if slower else "provider_quicker_invoices",
        kind,
        f"{who} ({PAYEES_DA[kind]}) sender regninger {danish} end før, tidligst siden {since}.",
        f"{them} {english} than before (payments of the kind '{kind}'), since {since} at the earliest.",
    )
