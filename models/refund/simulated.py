"""The refund of simulated citizens, month by month and draw by draw, cut to services (DESIGN 4.7).

A *unit* is what is judged by one threshold: children of one household together, everybody else alone. A *cell* is a unit in a
month of a draw. A cell's refund is cut to its stays in proportion to their net cost, each part counts with the stay's weight;
so services sum to the total. Only those are looked at who could come above the lowest threshold. In memory only.

Households are known of known citizens; entrants are judged alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.stays import MONTHS_PER_YEAR
from models.refund.formula import refund_above, thresholds_of
from models.refund.weights import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.citizens.paths import Paths, Payers
    from models.citizens.stays import Flags, Index, Stays
    from models.refund.formula import Thresholds
    from models.refund.history import RefundRules
    from models.types import Array, PressureDraws

REACH = 1.3
"""Citizens are kept who would come above a threshold if they cost so much more."""
_BLOCK = 50


@dataclass(frozen=True)
class Simulation:
    """Simulated citizens of a night.

    Attributes:
        paths: Their stays.
        stays: Stays of history that they look like.
        payers: What counts of each.
        last_share: (S,) share of its last month that a stay fills, in the stays' services.
        household: (K,) of each of the paths, numbers of its draw; below 0: not known.
    """

    paths: Paths
    stays: Stays
    payers: Payers
    last_share: Array
    household: Index


@dataclass(frozen=True)
class Entries:
    """What one stay costs in one month, of those who may come above a threshold. E entries, U units.

    Attributes:
        service: (E,) place in the draws' services.
        month: (E,) month ahead, 0 the first.
        draw: (E,)
        unit: (E,) whom it is judged with; numbers of one draw.
        side: (E,) 1 where the thresholds of under 18 hold.
        net: (E,) currency per month, nominal: what counts, less what is deducted.
        weight: (E,) citizens that it stands for.
        n_units: U.
    """

    service: Index
    month: Index
    draw: Index
    unit: Index
    side: Index
    net: Array
    weight: Array
    n_units: int


class Simulated:
    """Simulated citizens, weighed to the published draws."""

    def __init__(self, given: Simulation, draws: PressureDraws, rules: RefundRules) -> None:
        """Weigh them, and let go who can't come above a threshold.

        Args:
            given: Simulated citizens.
            draws: The published draws.
            rules: Which services count, thresholds.
        """
        self.draws, self.rules = draws, rules
        self.thresholds: Thresholds = thresholds_of(draws.months, rules.reference)
        paths = _in_services_of(given, draws.services)
        last_share = given.last_share[[given.stays.services.index(key) for key in draws.services]]
        paths, self.weights = weigh(paths, given.stays, last_share, draws)
        self._given, self._last_share = given, last_share
        left = np.array([self._left(key) for key in draws.services])
        self.simulated: Flags = self.weights.level > 0
        self._paths, self._household = self._near(paths, left)
        self._left_share = left

    def _left(self, service: str) -> float:
        if service not in self.rules.counting:
            return 0.0
        return 1.0 - (self.rules.half_share if service in self.rules.half else 0.0)

    def _near(self, paths: Paths, left: Array) -> tuple[Paths, Index]:
        """Stays of those who may come above a threshold, and their households; below 0: none."""
        stays, payers = self._given.stays, self._given.payers
        dearest = self.weights.price.max(axis=1)[paths.service, paths.draw]
        bound = stays.volume[paths.who] * stays.price[paths.who] * payers.own[paths.who] * left[paths.service] * dearest
        household = self._given.household
        family = _numbered(paths.draw, np.where(household >= 0, household + paths.person.max() + 1, paths.person))
        whole = np.bincount(family, weights=bound)[family]
        kept = np.flatnonzero((whole * REACH > self.thresholds.limits[0].min()) & (bound > 0))
        kept = kept[np.argsort(paths.draw[kept], kind="stable")]
        return paths.picked(kept), household[kept]

    def blocks(self, n_draws: int | None = None) -> Iterator[Entries]:
        """Entries, some draws at a time.

        Args:
            n_draws: The first so many only; None: all.
        """
        last = self.draws.gross_nominal.shape[2] if n_draws is None else n_draws
        for first in range(0, last, _BLOCK):
            low, high = np.searchsorted(self._paths.draw, (first, min(first + _BLOCK, last)))
            if high > low:
                yield self._entries(slice(int(low), int(high)))

    def _entries(self, part: slice) -> Entries:
        paths, household = self._paths.picked(part), self._household[part]
        stays, payers, horizon = self._given.stays, self._given.payers, len(self.draws.months)
        row, month, share = _spread_out(paths, self._last_share, horizon)
        who, service, draw = paths.who[row], paths.service[row], paths.draw[row]
        weight, cost = self.weights.of((service, month, draw), stays.price[who])
        age = (stays.cutoff + 1 + month - paths.birth[row]) // MONTHS_PER_YEAR
        covered = (age < self.rules.reference.covered_below_age) | payers.before_67[who]
        net = share * stays.volume[who] * cost * payers.own[who] * self._left_share[service] * covered
        child = (age < 18) | self._in_aftercare(service, age)
        alone = _numbered(paths.draw, paths.person)
        together = _numbered(paths.draw, household) + int(alone.max()) + 1
        unit = np.where(child & (household >= 0)[row], together[row], alone[row])
        kept = np.flatnonzero((net > 0) & (weight > 0))
        return Entries(
            service=service[kept],
            month=month[kept],
            draw=draw[kept],
            unit=unit[kept],
            side=child[kept].astype(np.int64),
            net=net[kept],
            weight=weight[kept],
            n_units=int(together.max()) + 1,
        )

    def _in_aftercare(self, service: Index, age: Index) -> Flags:
        low, high = self.rules.reference.aftercare_ages
        mine = np.array([key in self.rules.aftercare for key in self.draws.services], dtype=bool)
        return np.asarray(mine[service] & (age >= low) & (age <= high), dtype=bool)

    def above(self, entries: Entries) -> tuple[Index, Array]:
        """Entries that are judged above the lowest threshold: their places, and by what (currency per month)."""
        judged = judged_by(entries)
        hot = np.flatnonzero(judged > self.thresholds.limits[0][entries.side, entries.month])
        return hot, judged[hot]

    def refunded(self, judged: Array, side: Index, month: Index) -> Array:
        """Refund of amounts, each by the thresholds of its side of 18 and month ahead; currency per month."""
        return refund_above(judged, self.thresholds.limits[:, side, month], self.thresholds.rates[:, side, month])


def refund_draws(known: Simulated) -> Array:
    """(S, H, D) central refund, currency per month, nominal, by service; of all draws.

    Where a draw simulates nobody of a service and month, or the service has no cases in it, the other draws' share of gross
    stands.
    """
    gross = known.draws.gross_nominal
    size = gross.size
    found = np.zeros(size)
    for entries in known.blocks():
        hot, judged = known.above(entries)
        refund = known.refunded(judged, entries.side[hot], entries.month[hot])
        part = entries.weight[hot] * refund * entries.net[hot] / judged
        flat = np.ravel_multi_index((entries.service[hot], entries.month[hot], entries.draw[hot]), gross.shape)
        found += np.bincount(flat, weights=part, minlength=size)
    summed = found.reshape(gross.shape)
    there = np.where(known.simulated, gross, 0.0).sum(axis=2)
    share = np.divide(summed.sum(axis=2), there, out=np.zeros(there.shape), where=there > 0)
    return np.asarray(np.where(known.simulated, summed, gross * share[:, :, None]), dtype=np.float64)


def judged_by(entries: Entries) -> Array:
    """(E,) net cost by which each entry is judged: its unit's of the month."""
    months = int(entries.month.max(initial=0)) + 1
    cell = entries.unit * months + entries.month
    return np.asarray(np.bincount(cell, weights=entries.net, minlength=entries.n_units * months)[cell], dtype=np.float64)


def _in_services_of(given: Simulation, services: tuple[str, ...]) -> Paths:
    """Paths with services numbered as in the draws."""
    place = np.array([services.index(key) for key in given.stays.services])
    return replace(given.paths, service=place[given.paths.service])


def _numbered(draw: Index, number: Index) -> Index:
    """Numbers from 0 on for every pair."""
    low = int(number.min(initial=0))
    span = int(number.max(initial=0)) - low + 1
    return np.asarray(np.unique(draw * span + number - low, return_inverse=True)[1], dtype=np.int64)


def _spread_out(paths: Paths, last_share: Array, horizon: int) -> tuple[Index, Index, Array]:
    """Stays by month: which stay, which month ahead, which share of the month it fills."""
    begin, end = paths.begin, paths.end
    low = np.where(begin < 0, np.maximum(begin + 1, 0), begin - ((paths.before > 0) & (begin > 0)))
    length = np.maximum(np.minimum(end, horizon - 1) - low + 1, 0)
    row = np.repeat(np.arange(len(begin)), length)
    month = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length) + low[row]
    first, last = begin[row], end[row]
    share = np.ones(len(row))
    ends = (month == last) & (last > first)
    share[ends] = last_share[paths.service[row[ends]]]
    starts = month == first
    share[starts] = paths.first[row[starts]]
    earlier = month == first - 1
    share[earlier] = paths.before[row[earlier]]
    return row, month, share
