"""Who comes new to a service: how many a month at the exposure of that month, how unevenly, how old and at what price.

Those who come from another service are left out: they are moves of known citizens (``endings.moves``). Else the 18-year-olds
would count twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.endings import is_limit, moves
from models.citizens.new_level import USUAL_MONTHS, on_newest_level
from models.forecast.trend import SLOPE_HALF_LIFE, damped_growth

if TYPE_CHECKING:
    from models.citizens.stays import Index, Stays
    from models.types import Array

HALF_LIFE_MONTHS = 30.0
"""A month of inflow this long ago weighs half as much as the newest."""
DONOR_MONTHS = 48
"""Entrants ahead look like those of so many newest months."""
FEWEST_DONORS = 3
LATEST_KNOWN = 12
"""Months after its start when every stay is taken to be known."""
EARLIEST_KNOWN = 12
"""Months before its start that any stay is taken to be known."""
_MONTHS_TO_BE_RECORDED = 3
PRIOR_BEGUN = 20.0
"""Stays begun that all services together are worth in how far ahead a service's are known."""
PRIOR_MOVERS = 5.0
"""Movers that the wider group is worth in what movers look like."""
PRIOR_PAIRS = 60.0
"""Pairs of prices that the group is worth beside a service's own growth."""
MOST_GROWTH = 0.08
"""Bound of a year's price growth above the index, log."""
PRIOR_JANUARY = 3e-5
"""Squared log growth that an even growth is worth: three years of .3 %."""
PRIOR_STOCK = 100.0
"""Stays that no trend is worth."""
MOST_TREND = 0.05
PRIOR_GAPS = 50.0
"""Weighted squared gaps that no answer is worth."""
MOST_REFILL = 0.5
_YEARS, FEWEST_YEARS = 8, 3


@dataclass(frozen=True)
class Likes:
    """Stays of history that newcomers of a service look like. N stays; none where nobody ever came.

    Attributes:
        who: (N,) places.
        weight: (N,) how often each; sums to 1.
    """

    who: Index
    weight: Array

    def mean(self, values: Array) -> float:
        """Of something that each stay of history has; NaN without any."""
        return float(self.weight @ values[self.who]) if len(self.who) else np.nan


@dataclass(frozen=True)
class Entrants:
    """What is known of entrants. S services.

    Attributes:
        per_exposure: (S,) entrants a month per expected full-time citizen.
        level_sd: (S,) relative standard error of that rate.
        yearly_sd: (S,) standard deviation of a single year's inflow beyond chance, relative.
        usual_stock: (S,) stays per expected full-time citizen: the newest two years' mean, carried on to the cutoff.
        trend: (S,) log growth a year of stays per expected full-time citizen, of the service's group.
        refill: Share of a gap to that stock which entrants of a month make up: places that stand empty are filled.
        known_by: (LATEST_KNOWN + 1,) share of stays that are known 0, 1, 2 ... months after the month they began in.
        known_before: (S, EARLIEST_KNOWN) share of stays that are known (granted) 1, 2 ... months before the month they begin in.
        donors: Places of stays that entrants are drawn from, per service.
        movers: In usual months and around an age limit: who those look like that come from another service, per service.
        first_share: (S,) mean share of its first month that a stay fills.
        price_growth: (S,) log growth of prices within stays a year, above the index.
        price_sd: (S,) standard deviation of one stay's log price change in a year.
        january: Share of a year's growth that comes with the rates of 1 January, 0 to 1.
    """

    per_exposure: Array
    level_sd: Array
    yearly_sd: Array
    usual_stock: Array
    trend: Array
    refill: float
    known_by: Array
    known_before: Array
    donors: tuple[Index, ...]
    movers: tuple[tuple[Likes, ...], tuple[Likes, ...]]
    first_share: Array
    price_growth: Array
    price_sd: Array
    january: float


def estimate_entrants(
    stays: Stays, exposure: Array, groups: tuple[str, ...], moved: tuple[Index, Array] | None = None
) -> Entrants:
    """Estimate inflow.

    Args:
        stays: As known at their cutoff.
        exposure: (S, T) expected full-time citizens from the first month to the cutoff.
        groups: (S,) group of each service.
        moved: Tasks that were moved in (``new_level.moved_in``); None: none.

    Returns:
        Rates and donors for months after the cutoff.
    """
    fresh = _fresh(stays)
    n_services, n_months = exposure.shape
    counts = np.zeros((n_services, n_months))
    np.add.at(counts, (stays.service[fresh], stays.seen[fresh] - stays.first), 1.0)
    known_by = _known_by(stays, fresh)
    age = np.arange(n_months - 1, -1, -1)
    seen, stock = exposure * known_by[np.minimum(age, LATEST_KNOWN)], _stock(stays, n_months)
    if moved is not None:
        stock, counts = on_newest_level(stock, counts, seen, moved)
    weight = 0.5 ** (age / HALF_LIFE_MONTHS) * (np.arange(n_months) > 0)
    whole, came = (seen * weight).sum(axis=1), (counts * weight).sum(axis=1)
    rate = np.divide(came, whole, out=np.zeros(n_services), where=whole > 0)
    effective = np.divide(came**2, (counts * weight**2).sum(axis=1), out=np.zeros(n_services), where=came > 0)
    group = np.unique(np.array(groups), return_inverse=True)[1]
    growth, spread = _price_growth(stays, group)
    usual, refill = _refill(stock, counts, seen, exposure)
    donors = tuple(_donors(stays, fresh, service) for service in range(n_services))
    trend = _trend(stock, exposure, group)
    return Entrants(
        per_exposure=rate,
        level_sd=1.0 / np.sqrt(np.maximum(effective, 1.0)),
        yearly_sd=_yearly_spread(counts, seen, group),
        usual_stock=usual * np.exp(trend * (USUAL_MONTHS - 1) / 24.0),
        trend=trend,
        refill=refill,
        known_by=known_by,
        known_before=_known_before(stays, n_services),
        donors=donors,
        movers=_movers(stays, donors),
        first_share=_first_shares(stays, fresh, n_services),
        price_growth=growth,
        price_sd=spread,
        january=_january_share(stays),
    )


def years_of_growth(entrants: Entrants, cutoff: int, horizon: int) -> Array:
    """(H,) years' growth of prices from a cutoff to each month ahead, when a share of it waits for January.

    Args:
        entrants: Whose ``january`` it is.
        cutoff: Month number.
        horizon: H.
    """
    ahead = np.arange(1, horizon + 1)
    januaries = (cutoff + ahead) // 12 - cutoff // 12
    return np.asarray((1.0 - entrants.january) * ahead / 12.0 + entrants.january * januaries, dtype=np.float64)


def carried_on(exposure: Array, entrants: Entrants) -> Array:
    """(S, H) expected full-time citizens with the trend of those who are there beside them, which fades as a log series' does."""
    ahead = damped_growth(1.0 / 12.0, exposure.shape[1], half_life=SLOPE_HALF_LIFE)
    return np.asarray(exposure * np.exp(entrants.trend[:, None] * ahead), dtype=np.float64)


def not_granted(entrants: Entrants, horizon: int, *, told: bool) -> Array:
    """(S, H) share of those who begin in each month ahead that is not known at the cutoff already.

    Args:
        entrants: Whose ``known_before`` it is.
        horizon: H.
        told: Grants are known; else nobody who comes is.
    """
    found = np.ones((len(entrants.donors), horizon))
    if told:
        found[:, :EARLIEST_KNOWN] -= entrants.known_before[:, :horizon]
    return found


def _fresh(stays: Stays) -> Index:
    """Places of stays that began in the window and are no move."""
    _, went_to = moves(stays)
    fresh = (stays.seen > stays.first) & (stays.start >= stays.seen - 1)
    fresh[went_to] = False
    return np.flatnonzero(fresh)


def _known_by(stays: Stays, fresh: Index) -> Array:
    old = fresh[stays.cutoff - stays.start[fresh] >= LATEST_KNOWN]
    late = np.clip(-stays.known_ahead[old], 0, LATEST_KNOWN)
    if not len(old):
        return np.ones(LATEST_KNOWN + 1)
    share = np.bincount(late, minlength=LATEST_KNOWN + 1).cumsum() / len(old)
    return np.asarray(np.clip(share, 0.2, 1.0), dtype=np.float64)


def _known_before(stays: Stays, n_services: int) -> Array:
    """(S, EARLIEST_KNOWN) of the stays begun in the donors' months, come from elsewhere or not; drawn towards all services.

    Without the newest months, of whose stays those that are recorded late are not there yet.
    """
    recent = (stays.start > stays.cutoff - DONOR_MONTHS) & (stays.start <= stays.cutoff - _MONTHS_TO_BE_RECORDED)
    begun = np.flatnonzero(recent & (stays.start > stays.first))
    ahead = stays.known_ahead[begun, None] >= np.arange(1, EARLIEST_KNOWN + 1)
    known = np.zeros((n_services, EARLIEST_KNOWN))
    np.add.at(known, stays.service[begun], ahead.astype(np.float64))
    count = np.bincount(stays.service[begun], minlength=n_services)[:, None]
    usual = known.sum(axis=0) / max(len(begun), 1)
    return np.asarray((known + PRIOR_BEGUN * usual) / (count + PRIOR_BEGUN), dtype=np.float64)


def _movers(stays: Stays, donors: tuple[Index, ...]) -> tuple[tuple[Likes, ...], tuple[Likes, ...]]:
    """Those of the donors' months who came from another service, drawn towards all newcomers; at a limit towards other movers."""
    came_from, went_to = moves(stays)
    recent = stays.seen[went_to] > stays.cutoff - DONOR_MONTHS
    went_to, near = went_to[recent], is_limit((stays.last - stays.birth)[came_from[recent]])
    usual = tuple(Likes(who, np.full(len(who), 1.0 / max(len(who), 1))) for who in donors)
    found = []
    for which in (~near, near):
        usual = tuple(
            _towards(went_to[which & (stays.service[went_to] == service)], wider) for service, wider in enumerate(usual)
        )
        found.append(usual)
    return found[0], found[1]


def _towards(mine: Index, wider: Likes) -> Likes:
    if not len(mine) or not len(wider.who):
        return Likes(mine, np.full(len(mine), 1.0 / len(mine))) if len(mine) else wider
    own = np.full(len(mine), 1.0 / (len(mine) + PRIOR_MOVERS))
    return Likes(
        np.concatenate([mine, wider.who]), np.concatenate([own, wider.weight * PRIOR_MOVERS / (len(mine) + PRIOR_MOVERS)])
    )


def _yearly_spread(counts: Array, seen: Array, group: Index) -> Array:
    """(S,) by moments within a group: how much more whole years vary around their trend than chance would have it."""
    years = min(counts.shape[1] // 12, _YEARS)
    if years < FEWEST_YEARS:
        return np.zeros(len(counts))
    came = counts[:, -12 * years :].reshape(len(counts), years, 12).sum(axis=2)
    whole = seen[:, -12 * years :].reshape(len(counts), years, 12).sum(axis=2)
    found = np.zeros(len(counts))
    time = np.arange(years) - (years - 1) / 2
    for number in np.unique(group):
        mine = group == number
        rate = came[mine].sum(axis=1) / np.maximum(whole[mine].sum(axis=1), 1e-9)
        expected = rate[:, None] * whole[mine]
        relative = np.divide(came[mine] - expected, expected, out=np.zeros_like(expected), where=expected > 0)
        slope = (relative * time).sum(axis=1, keepdims=True) / (time**2).sum()
        left = (relative - slope * time) * expected
        beyond = ((left**2).sum() * years / max(years - 2, 1) - expected.sum()) / max((expected**2).sum(), 1e-9)
        found[mine] = np.sqrt(max(beyond, 0.0))
    return np.minimum(found, 0.5)


def _stock(stays: Stays, n_months: int) -> Array:
    """(S, T) stays that go on after each month."""
    steps = np.zeros((len(stays.services), n_months + 1))
    np.add.at(steps, (stays.service, stays.seen - stays.first), 1.0)
    over = np.flatnonzero(~stays.open)
    np.add.at(steps, (stays.service[over], stays.last[over] - stays.first), -1.0)
    return np.asarray(steps.cumsum(axis=1)[:, :-1], dtype=np.float64)


def _refill(stock: Array, counts: Array, seen: Array, exposure: Array) -> tuple[Array, float]:
    """Usual stock per exposure, and by least squares over all services how entrants answer to a gap to it."""
    window = USUAL_MONTHS
    level = np.divide(stock, exposure, out=np.zeros_like(stock), where=exposure > 0)
    usual = level[:, -window:].mean(axis=1)
    if stock.shape[1] < 2 * window:
        return usual, 0.0

    def trailing(values: Array) -> Array:
        sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
        return np.asarray((sums[:, window:] - sums[:, :-window]) / window, dtype=np.float64)

    gap = trailing(level)[:, :-1] * exposure[:, window:] - stock[:, window - 1 : -1]
    expected = trailing(counts)[:, :-1] / np.maximum(trailing(seen)[:, :-1], 1e-9) * seen[:, window:]
    weight = np.where(expected > 0, 1.0 / np.maximum(expected, 0.1), 0.0)
    answered, gaps = (weight * gap * (counts[:, window:] - expected)).sum(), (weight * gap**2).sum()
    return usual, float(np.clip(answered / (gaps + PRIOR_GAPS), 0.0, MOST_REFILL))


def _trend(stock: Array, exposure: Array, group: Index) -> Array:
    """(S,) growth of a group's newest two years on the two before; small groups are drawn towards none."""
    window, found = USUAL_MONTHS, np.zeros(len(stock))
    if stock.shape[1] < 2 * window:
        return found
    for number in np.unique(group):
        mine = group == number
        (new, old), (of_new, of_old) = (
            [part[mine, -window:].sum(), part[mine, -2 * window : -window].sum()] for part in (stock, exposure)
        )
        if min(new, old, of_new, of_old) > 0:
            yearly = float(np.log((new / of_new) / (old / of_old))) / 2.0
            found[mine] = yearly * (new / window) / (new / window + PRIOR_STOCK)
    return np.clip(found, -MOST_TREND, MOST_TREND)


def _donors(stays: Stays, fresh: Index, service: int) -> Index:
    mine = fresh[stays.service[fresh] == service]
    recent = mine[stays.seen[mine] > stays.cutoff - DONOR_MONTHS]
    every = np.flatnonzero(stays.service == service)
    return np.asarray(next((found for found in (recent, mine) if len(found) >= FEWEST_DONORS), every), dtype=np.int64)


def _first_shares(stays: Stays, fresh: Index, n_services: int) -> Array:
    kept = fresh[stays.last[fresh] > stays.seen[fresh]]
    share = np.minimum(stays.first_share[kept] / np.maximum(stays.volume[kept], 1e-9), 1.0)
    total = np.bincount(stays.service[kept], weights=share, minlength=n_services)
    count = np.bincount(stays.service[kept], minlength=n_services)
    usual = share.mean() if len(kept) else 0.5
    return np.asarray((total + 4.0 * usual) / (count + 4.0), dtype=np.float64)


def _price_growth(stays: Stays, group: Index) -> tuple[Array, Array]:
    """(S,) log growth a year and (S,) spread of one stay's, thin services drawn towards their group."""
    growth = stays.growth
    weight = 0.8 ** np.arange(growth.now.shape[1])
    now, before, pairs, squares = (
        (part * weight).sum(axis=1) for part in (growth.now, growth.before, growth.pairs, growth.squares)
    )
    found, spread = np.zeros(len(now)), np.zeros(len(now))
    for number in np.unique(group):
        mine = group == number
        usual = before[mine].sum() / max(pairs[mine].sum(), 1e-9)
        pooled = now[mine].sum() / before[mine].sum() if before[mine].sum() > 0 else 1.0
        size = np.where(pairs[mine] > 0, before[mine] / np.maximum(pairs[mine], 1e-9), usual)
        prior = PRIOR_PAIRS * np.maximum(size, 1e-9)
        found[mine] = np.log((now[mine] + prior * pooled) / (before[mine] + prior))
        spread[mine] = np.sqrt((squares[mine] + 10.0 * squares[mine].sum() / max(pairs[mine].sum(), 1e-9)) / (pairs[mine] + 10.0))
    return np.clip(found, -MOST_GROWTH, MOST_GROWTH), spread


def _january_share(stays: Stays) -> float:
    """By least squares over years and all services: how much of a year's growth within stays came from December to January."""
    growth = stays.growth
    now, before = growth.now.sum(axis=0), growth.before.sum(axis=0)
    known = (now > 0) & (before > 0) & (growth.january > 0).all(axis=0)
    year, january = np.log(now[known] / before[known]), np.log(growth.january[0, known] / growth.january[1, known])
    return float(np.clip((year @ january) / (year @ year + PRIOR_JANUARY), 0.0, 1.0))
