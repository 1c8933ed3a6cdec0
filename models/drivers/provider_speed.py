"""Single providers whose invoices come later or sooner than they did: counted by kind of payee, never named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.drivers.billing_speed import FEWEST_MONTHS, find_change
from models.drivers.changed_pattern import PAYEES_DA, changed_shares, pattern_since, slow_amount
from models.drivers.standing import History
from models.drivers.triangles import PAYEE_KINDS, amount_grid, cost_grid

if TYPE_CHECKING:
    import pandas as pd

    from models.drivers.billing_speed import SpeedChange
    from models.drivers.population import Notice
    from models.types import Array

WATCHED_MONTHS = 60
_FEWEST_BILLED = 36


def provider_changes(triangle: pd.DataFrame, cost: pd.DataFrame, months: pd.DatetimeIndex) -> tuple[Notice, ...]:
    """Test every provider that is large enough, the alarm bound holding for all of them together.

    Args:
        triangle: provider (a number), payee_kind, service_month, posted_month, amount.
        cost: provider, month, list_cost_nominal of the same providers' active cases; may be empty.
        months: (T,) first days; the 60 newest are looked at.

    Returns:
        One notice per kind of payee and direction: how many providers, since when at the earliest, how much money.
    """
    window = months[-WATCHED_MONTHS:]
    if len(window) < FEWEST_MONTHS or triangle.empty:
        return ()
    found: dict[tuple[str, bool], list[tuple[int, float]]] = {}
    recent = triangle[triangle["service_month"] >= window[0]]
    numbers = [int(number) for number in recent["provider"].unique()]
    for number in sorted(numbers):
        rows = recent[recent["provider"] == number]
        if rows["service_month"].nunique() < _FEWEST_BILLED:
            continue
        kind = str(rows["payee_kind"].iloc[0])
        history = _history(rows, cost[cost["provider"] == number], kind, window)
        views = [history.standing(last) for last in range(len(window))]
        place = PAYEE_KINDS.index(kind)
        increments = np.diff(history.by_kind[place], axis=1, prepend=0.0)
        change = find_change(
            increments, views, place, tested=len(numbers), has_list_cost=bool(np.isfinite(history.list_cost).any())
        )
        if change is not None:
            amount = _moved_amount(history, views[-1].developed[place], views[-1].ultimate[place], place, change)
            found.setdefault((kind, change.months_slower > 0), []).append((change.since, amount))
    return tuple(_notice(kind, slower, hits, window) for (kind, slower), hits in sorted(found.items()))


def _history(rows: pd.DataFrame, cost: pd.DataFrame, kind: str, months: pd.DatetimeIndex) -> History:
    """One provider's ledger; the other kinds of payee are empty."""
    named = rows.assign(service=kind)
    return History(amount_grid(named, (kind,), months), cost_grid(cost.assign(service=kind), (kind,), months))


def _moved_amount(history: History, usual: Array, ultimate: Array, place: int, change: SpeedChange) -> float:
    before = history.standing(change.since - 1).developed[place]
    age = np.minimum(np.arange(len(ultimate) - 1, -1, -1), len(usual) - 1)
    shares = changed_shares(before[age], pattern_since(history.by_kind[place], before, change), change)
    return slow_amount(np.clip(ultimate, 0.0, None), before[age], shares)


def _notice(kind: str, slower: bool, hits: list[tuple[int, float]], months: pd.DatetimeIndex) -> Notice:  # noqa: FBT001
    count, since = len(hits), f"{months[min(first for first, _ in hits)]:%Y-%m}"
    million = f"{abs(sum(amount for _, amount in hits)) / 1e6:.1f}"
    danish, english = ("senere", "later") if slower else ("tidligere", "sooner")
    who = f"{count} leverandør" if count == 1 else f"{count} leverandører"
    them = f"{count} provider invoices" if count == 1 else f"{count} providers invoice"
    text_da = (
        f"{who} ({PAYEES_DA[kind]}) sender regninger {danish} end før, tidligst siden {since}: "
        f"{million.replace('.', ',')} mio. kr. er flyttet i tid."
    )
    text_en = (
        f"{them} {english} than before (payments of the kind '{kind}'), since {since} at the earliest: "
        f"DKK {million} million has moved in time."
    )
    return ("provider_slower_invoices" if slower else "provider_quicker_invoices", kind, text_da, text_en)
