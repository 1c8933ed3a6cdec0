"""What a change of price or volume of a service does to the refund: its share of the change, and how far off that share is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.refund.formula import Citizens, Households, marginal_refund, refund_above
from models.refund.history import GRAINS, families

if TYPE_CHECKING:
    from models.refund.history import CitizenMonths, RefundRules
    from models.types import Array

PRICE_STEP = 0.05
"""Rise of a service's prices by which the error of the price share is measured."""
WINDOW_MONTHS = 12
_DECIMALS = 6


def marginal_shares(known: CitizenMonths, rules: RefundRules, gross: pd.DataFrame) -> pd.DataFrame:
    """Refund per krone of change, by service, over the newest twelve months.

    * **Price**: what the state pays of a small rise of all the service's prices (the marginal rate of each citizen, weighted by
      cost). Error: the exact refund at prices 5 per cent higher, less the share's, over the change of gross.
    * **Volume**: what is lost when citizens lose the service one by one and all alike (mean over its citizens, weighted by cost).
      Error: the exact refund without the service at all, less the share's, over gross; siblings in one household make it.

    Args:
        known: Citizens' cost.
        rules: Half refund.
        gross: service, month, gross_ultimate_nominal: what the service costs with and without known citizens.

    Returns:
        service, from_period, to_period (YYYY-MM), price_share, price_error, volume_share, volume_error (shares of the change in
        gross), thresholds_verified, n_citizens (children of one household are one), top_share. Services with gross only.
    """
    months = known.months[-WINDOW_MONTHS:]
    booked = gross[gross["month"].isin(months)].groupby("service")["gross_ultimate_nominal"].sum().astype(float)
    cells = _Window(known, rules)
    rows = []
    for place, service in enumerate(known.services):
        whole = float(booked.get(service, 0.0)) * GRAINS
        if whole > 0:
            rows.append({"service": service, **cells.of(place, whole)})
    columns = ["service", "price_share", "price_error", "volume_share", "volume_error", "n_citizens", "top_share"]
    verified = bool(known.thresholds.verified[-WINDOW_MONTHS:].all())
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(from_period=f"{months[0]:%Y-%m}", to_period=f"{months[-1]:%Y-%m}", thresholds_verified=verified)


class _Window:
    """The newest months' citizens, and what their refund becomes when one service changes."""

    def __init__(self, known: CitizenMonths, rules: RefundRules) -> None:
        self._known, self._rules = known, rules
        self._first = max(0, len(known.months) - WINDOW_MONTHS)
        limits, rates = known.limits()
        self._limits, self._rates = limits[:, self._first :], rates[:, self._first :]
        facts = known.facts
        self._households = Households(Citizens(facts.child[self._first :], facts.covered[self._first :], facts.household))
        self._judged, self._total = known.judged[self._first :], known.total[self._first :]
        self._refund = refund_above(self._judged, self._limits, self._rates)
        self._rate = marginal_refund(self._judged, self._limits, self._rates)
        self._family = families(known)
        self._before = self._refund_if(self._total)

    def _refund_if(self, total: Array) -> Array:
        """(T, N) refund of each citizen, currency grains, were that the net cost."""
        judged = self._households.judged(total)
        share = np.divide(total, judged, out=np.zeros_like(total), where=judged > 0)
        return np.asarray(np.rint(refund_above(judged, self._limits, self._rates) * share))

    def of(self, place: int, whole: float) -> dict[str, float]:
        known = self._known
        mine = (known.service == place) & (known.month >= self._first)
        left = 1.0 - (self._rules.half_share if known.services[place] in self._rules.half else 0.0)
        covered = known.facts.covered[known.month, known.citizen]
        gross = known.by_citizen(np.where(mine & covered, known.gross, 0.0))[self._first :]
        net = known.by_citizen(np.where(mine, known.net, 0.0))[self._first :]
        price = np.rint(self._rate * gross * left)
        lost = np.rint(self._refund - refund_above(self._judged - net, self._limits, self._rates))
        dearer = self._refund_if(self._total + np.rint(PRICE_STEP * left * gross)) - self._before
        without = self._before - self._refund_if(self._total - net)
        count, top = self._behind(price, lost, np.abs(dearer), np.abs(without))
        shares = {
            "price_share": price.sum() / whole,
            "price_error": (dearer.sum() - PRICE_STEP * price.sum()) / (PRICE_STEP * whole),
            "volume_share": lost.sum() / whole,
            "volume_error": (without.sum() - lost.sum()) / whole,
        }
        return {name: round(float(share), _DECIMALS) + 0.0 for name, share in shares.items()} | {
            "n_citizens": count,
            "top_share": top,
        }

    def _behind(self, *changes: Array) -> tuple[int, float]:
        """Families behind any of the changes, and the largest one's part of any."""
        found = np.stack([np.bincount(self._family, weights=values.sum(axis=0)) for values in changes])
        sums = found.sum(axis=1)
        tops = found.max(axis=1, initial=0.0) / np.where(sums > 0, sums, 1.0)
        return int((found > 0).any(axis=0).sum()), float(tops.max())
