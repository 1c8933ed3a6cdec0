"""Roll known citizens and entrants forward month by month: volume and list cost ahead, who is still here and who is new.

Every stay's end is drawn at once from its survival curve; those who go on to another service are drawn again there, until none is
left. Single paths live in arrays of this module, and in ``Paths`` for the refund of the same night.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.endings import age_cell, duration_cell, is_limit, paced
from models.citizens.entrants import LATEST_KNOWN, not_granted, years_of_growth
from models.citizens.flow import GENERATIONS, Flow, Inflow, Rates, granted_flow, known_flow, picked, together
from models.citizens.paths import PathLog
from models.citizens.shared_ends import ALONE
from models.rng import generator_for

if TYPE_CHECKING:
    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants
    from models.citizens.paths import Paths
    from models.citizens.stays import Flags, Index, Stays
    from models.types import Array

STILL, MOVED, NEW = range(3)
"""Known and in the same service; known, come from another service; not known at the cutoff."""
_OLDEST, _LONGEST, _CHUNK = 1500, 1200, 512


@dataclass(frozen=True)
class RolledForward:
    """Volume and list cost ahead. S services, H months, D draws.

    Attributes:
        services: (S,) keys.
        open_volume: (S,) full-time citizens open at the cutoff.
        volume: (3, S, H, D) full-time citizens: still here, moved here, new.
        cost_real: (3, S, H, D) list cost, currency at the run's price level, months of usual length.
        open_cost_real: (S, H) expected list cost if no open stay ended.
        paths: The single stays, where they were asked for; in memory only.
    """

    services: tuple[str, ...]
    open_volume: Array
    volume: Array
    cost_real: Array
    open_cost_real: Array
    paths: Paths | None = None


def roll_forward(
    stays: Stays,
    endings: Endings,
    entrants: Entrants,
    exposure: Array,
    *,
    seed: int,
    n_draws: int,
    keep_paths: bool = False,
    granted: Index | None = None,
) -> RolledForward:
    """Roll one municipality forward.

    Args:
        stays: As known at their cutoff.
        endings: How stays end.
        entrants: Who comes new.
        exposure: (S, H) expected full-time citizens of the months ahead.
        granted: Places of stays that are granted and have not begun (``granted.with_granted``): they begin as they are granted,
            and as many fewer are expected to come as usually are known so long before. None: the source does not tell, and all
            are expected.
        seed: The run's one seed; every service has generators of its own.
        n_draws: D.
        keep_paths: Also give the single stays.

    Returns:
        Volume and list cost ahead.
    """
    n_services, horizon = exposure.shape
    rates = Rates.of(stays, endings, entrants, not_granted(entrants, horizon, told=granted is not None))
    log = PathLog(stays, endings.last_share) if keep_paths else None
    sums = _Sums(n_services, horizon, n_draws, log)
    for place, service in enumerate(stays.services):
        flow = known_flow(stays, place, n_draws, generator_for(seed, "citizens", service, "known"), seed=seed)
        _follow(flow, (STILL, MOVED), rates, sums)
    inflow = [
        Inflow(rates, place, exposure[place], n_draws, generator_for(seed, "citizens", service, "new"))
        for place, service in enumerate(stays.services)
    ]
    ahead = [
        granted_flow(stays, granted, place, n_draws, generator_for(seed, "citizens", service, "granted"))
        for place, service in enumerate(stays.services)
    ]
    stock = np.bincount(stays.service[stays.open], minlength=n_services)[:, None] * np.ones(n_draws)
    for month in range(-LATEST_KNOWN + 1, horizon):
        come = [part.of(month, stock[place]) for place, part in enumerate(inflow)]
        come += [picked(flow, flow.begin == month) for flow in ahead]
        _follow(together(come), (NEW, NEW), rates, sums)
        if month >= 0:
            stock += sums.change(month)
    volume, cost = sums.paths()
    prices = _price_paths(stays, entrants, horizon, seed=seed, n_draws=n_draws)
    cost *= prices[None]
    mine, share = stays.service[stays.open], stays.volume[stays.open]
    open_volume, open_bill = np.zeros(n_services), np.zeros(n_services)
    np.add.at(open_volume, mine, share)
    np.add.at(open_bill, mine, share * stays.price[stays.open])
    paths = None if log is None else log.paths(seed=seed)
    return RolledForward(stays.services, open_volume, volume, cost, open_bill[:, None] * prices.mean(axis=2), paths)


def _follow(flow: Flow, kinds: tuple[int, int], rates: Rates, sums: _Sums) -> None:
    """Draw every end, add up, and draw those who go on in their next service."""
    kind, later = kinds
    for generation in range(GENERATIONS):
        if not len(flow.draw):
            return
        luck = flow.luck[:, 4 * generation : 4 * generation + 4].astype(np.float64)
        left, share = _ends(flow, luck[:, 0], rates.endings, sums.horizon)
        end = flow.begin + left
        sums.add(kind, flow, end, rates.endings.last_share)
        flow, kind = _gone_on(flow, luck, end, share, rates, sums.horizon), later


def _ends(flow: Flow, luck: Array, endings: Endings, horizon: int) -> tuple[Index, Array]:
    """(K,) months after ``begin`` in which each stay ends, beyond the horizon: it goes on; (K,) what makes its move likelier.

    A citizen of several services leaves them all at once, or one alone: the earlier counts. Who leaves all goes nowhere, so who
    leaves one goes on the more often, and as many move as did in history.
    """
    found, share = _months_to_end(flow, luck, endings, horizon), np.ones(len(luck))
    shared = np.flatnonzero(flow.together >= 0)
    if not len(shared) or not endings.together.any():
        return found, share
    theirs = picked(flow, shared)
    part = np.minimum(endings.together, endings.rate)
    alone = _months_to_end(theirs, luck[shared], replace(endings, rate=(endings.rate - part) / (1.0 - part)), horizon)
    all_at_once = _months_to_end(theirs, theirs.together, replace(endings, rate=part), horizon)
    found[shared] = np.minimum(alone, all_at_once)
    cell = theirs.service, age_cell(theirs.age + found[shared]), duration_cell(theirs.spent + found[shared])
    rate, together = endings.rate[cell], part[cell]
    likelier = np.divide(rate, rate - together, out=np.zeros(len(shared)), where=rate > together)
    share[shared] = np.where(all_at_once <= alone, 0.0, likelier)
    return found, share


def _months_to_end(flow: Flow, luck: Array, endings: Endings, horizon: int) -> Index:
    """(K,) months after ``begin`` in which each stay ends; beyond the horizon: it goes on."""
    span = horizon - int(flow.begin.min())
    dated = endings.pace is not None
    shape = (len(endings.rate), _OLDEST, _LONGEST, horizon + LATEST_KNOWN if dated else 1)
    begin = flow.begin + LATEST_KNOWN if dated else np.zeros_like(flow.begin)
    parts = (flow.service, np.clip(flow.age, 0, _OLDEST - 1), np.clip(flow.spent, 0, _LONGEST - 1), begin)
    keys = np.ravel_multi_index(parts, shape, mode="clip")
    unique, inverse = np.unique(keys, return_inverse=True)
    service, age, spent, begin = np.unravel_index(unique, shape)
    step = np.arange(span)
    order = np.argsort(inverse, kind="stable")
    bounds = np.r_[0, np.cumsum(np.bincount(inverse, minlength=len(unique)))]
    found = np.empty(len(keys), dtype=np.int64)
    for start in range(0, len(unique), _CHUNK):
        part = slice(start, min(start + _CHUNK, len(unique)))
        ages, spents = age[part, None] + step, spent[part, None] + step
        rate = endings.rate[service[part, None], age_cell(ages), duration_cell(spents)]
        if endings.pace is not None:
            rate = paced(rate, endings.pace[service[part]], begin[part, None] - LATEST_KNOWN + step)
        survival = np.cumprod(1.0 - rate, axis=1)
        rows = order[bounds[part.start] : bounds[part.stop]]
        row = inverse[rows] - part.start
        lost = (1.0 - survival) + np.arange(len(survival))[:, None] * 2.0
        found[rows] = np.searchsorted(lost.ravel(), luck[rows] + row * 2.0, side="right") - row * span
    return found


def _gone_on(flow: Flow, luck: Array, end: Index, share: Array, rates: Rates, horizon: int) -> Flow:
    """Those of the stays that end within the horizon who begin another service, at a price of those who came the same way.

    Whose next service is granted already is among the granted.
    """
    endings, stays = rates.endings, rates.stays
    over = np.flatnonzero((end < horizon) & (end >= 0))
    age = flow.age + end - flow.begin
    near = is_limit(age[over]).astype(np.int64)
    goes = luck[over, 1] < endings.share_going_on[flow.service[over], near] * share[over]
    over, near = over[goes], near[goes]
    cumulated = endings.destination[flow.service[over], near].cumsum(axis=1)
    service = (luck[over, 2][:, None] >= cumulated).sum(axis=1).clip(0, cumulated.shape[1] - 1)
    unknown, like = rates.unknown[service, np.minimum(end[over] + 1, horizon - 1)], luck[over, 3]
    kept = (like < unknown) & rates.looks[0].known[service]
    over, near, service, like = over[kept], near[kept], service[kept], like[kept] / unknown[kept]
    who = np.where(near == 1, rates.looks[1].of_service(service, like), rates.looks[0].of_service(service, like))
    return Flow(
        draw=flow.draw[over],
        service=service,
        begin=end[over] + 1,
        spent=np.ones(len(over), dtype=np.int64),
        age=age[over] + 1,
        share=stays.volume[who],
        price=stays.price[who],
        first=np.ones(len(over)),
        before=1.0 - endings.last_share[flow.service[over]],
        person=flow.person[over],
        who=who,
        together=np.full(len(over), ALONE),
        luck=flow.luck[over],
    )


class _Sums:
    """Volume and cost by kind, service, month and draw, added up from flat stays."""

    def __init__(self, n_services: int, horizon: int, n_draws: int, log: PathLog | None = None) -> None:
        self.horizon = horizon
        self._log = log
        self._shape = (3, n_services, horizon + 1, n_draws)
        self._steps = np.zeros((2, *self._shape))
        self._parts = np.zeros((2, *self._shape))
        self._heads = np.zeros(self._shape[1:])

    def add(self, kind: int, flow: Flow, end: Index, last_share: Array) -> None:
        """Full months between the first and the last, and the shares of these two."""
        if self._log is not None:
            self._log.add(flow, end)
        begin = flow.begin
        full_from, full_to = np.clip(begin + 1, 0, self.horizon), np.clip(end, 0, self.horizon)
        whole = full_to > full_from
        self._put(self._steps, kind, flow, full_from, np.where(whole, 1.0, 0.0))
        self._put(self._steps, kind, flow, full_to, np.where(whole, -1.0, 0.0))
        self._count(flow, begin, (end >= 0) & (begin < self.horizon) & (kind != STILL), 1.0)
        self._count(flow, end, (end >= 0) & (end < self.horizon), -1.0)
        ahead = begin >= 0
        self._put(self._parts, kind, flow, np.clip(begin - 1, 0, self.horizon), flow.before)
        once = np.where(end == begin, last_share[flow.service], 1.0)
        self._put(self._parts, kind, flow, np.clip(begin, 0, self.horizon), np.where(ahead, flow.first * once, 0.0))
        ends = (end > begin) & (end >= 0) & (end < self.horizon)
        self._put(self._parts, kind, flow, np.clip(end, 0, self.horizon), np.where(ends, last_share[flow.service], 0.0))

    def _count(self, flow: Flow, month: Index, kept: Flags, step: float) -> None:
        np.add.at(self._heads, (flow.service[kept], np.clip(month[kept], 0, None), flow.draw[kept]), step)

    def _put(self, into: Array, kind: int, flow: Flow, month: Index, amount: Array) -> None:
        kept = amount != 0.0
        place = (flow.service[kept], month[kept], flow.draw[kept])
        volume = amount[kept] * flow.share[kept]
        np.add.at(into[0, kind], place, volume)
        np.add.at(into[1, kind], place, volume * flow.price[kept])

    def change(self, month: int) -> Array:
        """(S, D) by how many stays the stock has grown at the end of a month ahead, given those begun so far."""
        return np.asarray(self._heads[:, month], dtype=np.float64)

    def paths(self) -> tuple[Array, Array]:
        """(3, S, H, D) volume and cost."""
        whole = (np.cumsum(self._steps, axis=3) + self._parts)[:, :, :, :-1]
        return whole[0], np.maximum(whole[1], 0.0)


def _price_paths(stays: Stays, entrants: Entrants, horizon: int, *, seed: int, n_draws: int) -> Array:
    """(S, H, D) growth of prices above the index: the service's own, and the scatter of its citizens' new decisions.

    The share of growth that comes with new rates stands still until January.
    """
    months, grown = np.arange(1, horizon + 1) / 12.0, years_of_growth(entrants, stays.cutoff, horizon)
    paths = np.empty((len(stays.services), horizon, n_draws))
    for place, service in enumerate(stays.services):
        mine = stays.open & (stays.service == place)
        bill = stays.volume[mine] * stays.price[mine]
        few = float((bill**2).sum() / bill.sum() ** 2) if bill.sum() > 0 else 1.0
        spread = entrants.price_sd[place] * np.sqrt(min(few, 1.0) / 12.0)
        rng = generator_for(seed, "citizens", service, "price")
        walk = np.cumsum(spread * rng.standard_normal((horizon, n_draws)), axis=0)
        factor = np.exp(walk - spread**2 * 12.0 * months[:, None] / 2.0)
        paths[place] = factor * np.exp(entrants.price_growth[place] * grown)[:, None]
    return paths
