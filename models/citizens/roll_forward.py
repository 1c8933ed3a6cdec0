"""Roll known citizens and entrants forward month by month: volume and list cost ahead, who is still here and who is new.

Every stay's end is drawn at once from its survival curve; those who go on to another service are drawn again there, until none is
left. Single paths live in arrays of this module, and in ``Paths`` for the refund of the same night.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.endings import age_cell, duration_cell, is_limit, paced
from models.citizens.entrants import LATEST_KNOWN, not_granted, years_of_growth
from models.citizens.paths import PathLog
from models.citizens.shared_ends import ALONE, shared_luck
from models.rng import generator_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants, Likes
    from models.citizens.paths import Paths
    from models.citizens.stays import Flags, Index, Stays
    from models.types import Array

    Luck = npt.NDArray[np.float32]

STILL, MOVED, NEW = range(3)
"""Known and in the same service; known, come from another service; not known at the cutoff."""
GENERATIONS = 4
"""Services that one path leads through, at most, after the first."""
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


@dataclass(frozen=True)
class Flow:
    """Stays to be drawn, flat: each belongs to one draw and carries its own random numbers."""

    draw: Index
    service: Index
    begin: Index  # month ahead, 0 the first after the cutoff; below 0: known late
    spent: Index  # months already spent at ``begin``
    age: Index  # months at ``begin``
    share: Array
    price: Array
    first: Array  # share of the month ``begin`` that is filled
    before: Array  # share of the month before it, of those who came from another service in that month
    person: Index  # known citizens by their own number, entrants below 0
    who: Index  # the stay of history whose share and price it has
    together: Array  # uniform, shared by all services of a known citizen; ALONE where there is one
    luck: Luck  # (K, 4 per generation) uniform: when it ends, whether it goes on, where to, whose price


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
    rates = _Rates.of(stays, endings, entrants, not_granted(entrants, horizon, told=granted is not None))
    log = PathLog(stays, endings.last_share) if keep_paths else None
    sums = _Sums(n_services, horizon, n_draws, log)
    for place, service in enumerate(stays.services):
        flow = _known(stays, place, n_draws, generator_for(seed, "citizens", service, "known"), seed=seed)
        _follow(flow, (STILL, MOVED), rates, sums)
    inflow = [
        _Inflow(rates, place, exposure[place], n_draws, generator_for(seed, "citizens", service, "new"))
        for place, service in enumerate(stays.services)
    ]
    ahead = [
        _granted(stays, granted, place, n_draws, generator_for(seed, "citizens", service, "granted"))
        for place, service in enumerate(stays.services)
    ]
    stock = np.bincount(stays.service[stays.open], minlength=n_services)[:, None] * np.ones(n_draws)
    for month in range(-LATEST_KNOWN + 1, horizon):
        come = [part.of(month, stock[place]) for place, part in enumerate(inflow)]
        come += [_picked(flow, flow.begin == month) for flow in ahead]
        _follow(_together(come), (NEW, NEW), rates, sums)
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


@dataclass(frozen=True)
class _Rates:
    """What a path is drawn by."""

    stays: Stays
    endings: Endings
    entrants: Entrants
    unknown: Array  # (S, H) share of those who begin in a month ahead that no grant tells of yet
    looks: tuple[_Looks, _Looks]  # of movers in usual months, and around an age limit

    @classmethod
    def of(cls, stays: Stays, endings: Endings, entrants: Entrants, unknown: Array) -> _Rates:
        return cls(stays, endings, entrants, unknown, (_Looks.of(entrants.movers[0]), _Looks.of(entrants.movers[1])))


@dataclass(frozen=True)
class _Looks:
    """Whom a mover looks like, by the service it begins: drawn by one uniform each."""

    known: Flags  # (S,) anybody
    who: Index  # of all services, one after the other
    upto: Array  # cumulated weights, each service's between its place and the next
    first: Index  # (S + 1,) where each service's begin

    @classmethod
    def of(cls, likes: tuple[Likes, ...]) -> _Looks:
        sizes = np.array([len(like.who) for like in likes])
        upto = [place + np.cumsum(like.weight) for place, like in enumerate(likes)]
        return cls(sizes > 0, np.concatenate([like.who for like in likes]), np.concatenate(upto), np.r_[0, sizes.cumsum()])

    def of_service(self, service: Index, uniform: Array) -> Index:
        place = np.searchsorted(self.upto, service + uniform, side="right")
        return self.who[np.clip(place, self.first[service], self.first[service + 1] - 1)] if len(self.who) else service[:0]


def _granted(stays: Stays, granted: Index | None, service: int, n_draws: int, rng: np.random.Generator) -> Flow:
    """Stays of a service that begin as they are granted, in every draw; as entrants, they are citizens of their own."""
    mine = granted[stays.service[granted] == service] if granted is not None else np.zeros(0, dtype=np.int64)
    stay = np.tile(mine, n_draws)
    begin = stays.seen[stay] - stays.cutoff - 1
    number = np.tile(np.arange(len(mine)), n_draws)
    return Flow(
        draw=np.repeat(np.arange(n_draws), len(mine)),
        service=stays.service[stay],
        begin=begin,
        spent=stays.seen[stay] - stays.start[stay],
        age=stays.seen[stay] - stays.birth[stay],
        share=stays.volume[stay],
        price=stays.price[stay],
        first=np.minimum(stays.first_share[stay] / np.maximum(stays.volume[stay], 1e-9), 1.0),
        before=np.zeros(len(stay)),
        person=_new_person(stays, number, service),
        who=stay,
        together=np.full(len(stay), ALONE),
        luck=rng.random((len(stay), 4 * GENERATIONS), dtype=np.float32),
    )


def _new_person(stays: Stays, number: Index, service: int) -> Index:
    """Below 0, and another for every service."""
    return np.asarray(-1 - (number * len(stays.services) + service), dtype=np.int64)


def _known(stays: Stays, service: int, n_draws: int, rng: np.random.Generator, *, seed: int) -> Flow:
    mine = np.flatnonzero(stays.open & (stays.service == service))
    stay = np.tile(mine, n_draws)
    month = stays.cutoff + 1
    return Flow(
        draw=np.repeat(np.arange(n_draws), len(mine)),
        service=stays.service[stay],
        begin=np.zeros(len(stay), dtype=np.int64),
        spent=month - stays.start[stay],
        age=month - stays.birth[stay],
        share=stays.volume[stay],
        price=stays.price[stay],
        first=np.ones(len(stay)),
        before=np.zeros(len(stay)),
        person=stays.person[stay],
        who=stay,
        together=shared_luck(stays, mine, n_draws, seed=seed).ravel(),
        luck=rng.random((len(stay), 4 * GENERATIONS), dtype=np.float32),
    )


class _Inflow:
    """Entrants of one service, month by month: those who have begun and are not known yet, then those of the months ahead."""

    def __init__(self, rates: _Rates, service: int, exposure: Array, n_draws: int, rng: np.random.Generator) -> None:
        entrants = rates.entrants
        spread = entrants.level_sd[service]
        self._come = len(rates.stays.person)  # those that are granted have the numbers before
        self._rates, self._service, self._exposure, self._rng = rates, service, exposure, rng
        self._level = np.exp(spread * rng.standard_normal(n_draws) - spread**2 / 2)
        self._uneven = _gamma(entrants.yearly_sd[service], ((len(exposure) - 1) // 12 + 1, n_draws), rng)

    def of(self, month: int, stock: Array) -> Flow:
        """Those who begin in a month ahead (below 0: before the cutoff), given the stays of each draw at its beginning."""
        entrants, service = self._rates.entrants, self._service
        exposure = self._exposure[max(month, 0)]
        usual = entrants.per_exposure[service] * exposure
        if month < 0:
            expected = np.full(len(stock), usual * (1.0 - entrants.known_by[-month - 1]))
        else:
            gap = entrants.usual_stock[service] * exposure - stock
            unknown = self._rates.unknown[service, month]
            expected = np.maximum(usual * unknown + (entrants.refill * gap if usual > 0 else 0.0), 0.0)
        counts = self._rng.poisson(expected * self._level * self._uneven[max(month, 0) // 12])
        return self._flow(month, np.repeat(np.arange(len(stock)), counts))

    def _flow(self, month: int, draw: Index) -> Flow:
        stays, donors = self._rates.stays, self._rates.entrants.donors[self._service]
        if not len(donors):
            draw = draw[:0]
        who = donors[self._rng.integers(0, len(donors), len(draw))] if len(draw) else np.zeros(0, dtype=np.int64)
        number = self._come + np.arange(len(draw))
        self._come += len(draw)
        return Flow(
            draw=draw,
            service=np.full(len(draw), self._service),
            begin=np.full(len(draw), month),
            spent=np.zeros(len(draw), dtype=np.int64),
            age=stays.start[who] - stays.birth[who],
            share=stays.volume[who],
            price=stays.price[who],
            first=np.full(len(draw), self._rates.entrants.first_share[self._service]),
            before=np.zeros(len(draw)),
            person=_new_person(stays, number, self._service),
            who=who,
            together=np.full(len(draw), ALONE),
            luck=self._rng.random((len(draw), 4 * GENERATIONS), dtype=np.float32),
        )


def _gamma(spread: float, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    if spread <= 0:
        return np.ones(shape)
    return np.asarray(rng.gamma(1.0 / spread**2, spread**2, shape), dtype=np.float64)


def _picked(flow: Flow, kept: Flags | Index) -> Flow:
    return Flow(*(getattr(flow, item.name)[kept] for item in fields(Flow)))


def _together(flows: list[Flow]) -> Flow:
    return Flow(*(np.concatenate([getattr(flow, item.name) for flow in flows]) for item in fields(Flow)))


def _follow(flow: Flow, kinds: tuple[int, int], rates: _Rates, sums: _Sums) -> None:
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
    theirs = _picked(flow, shared)
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


def _gone_on(flow: Flow, luck: Array, end: Index, share: Array, rates: _Rates, horizon: int) -> Flow:
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
    over, near, service, like = over[kept], near[kept], service[kept], (like / unknown)[kept]
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
