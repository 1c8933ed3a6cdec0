"""The roll-forward's expectation, worked out instead of drawn: who is where in every month ahead, by age and time spent.

Everybody in cells: known stays by themselves, entrants by the ages of their donors, movers by age. Chance in the number of
entrants is left out, and so is that they are never fewer than none; the mean over draws is met without noise (``Expected.volume``
beside ``RolledForward.volume``, in the run record).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.endings import age_cell, duration_cell, is_limit, paced
from models.citizens.entrants import LATEST_KNOWN, not_granted

if TYPE_CHECKING:
    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants
    from models.citizens.stays import Index, Stays
    from models.types import Array

OLDEST = 1320
"""Ages in months beyond this are one."""
_LEAST = 2e-5
"""Movers of a month and age that are fewer are left out: together some hundredth of a citizen."""


@dataclass(frozen=True)
class Cells:
    """Everybody of one service who is there in some month ahead. N cells.

    Attributes:
        begin: (N,) month ahead in which they are first there; 0 for all who began before the months ahead.
        age: (N,) months at ``begin``.
        spent: (N,) months already spent at ``begin``.
        people: (N,) how many at ``begin``.
        volume: (N,) full-time citizens.
        cost: (N,) list cost a month, currency at the run's price level.
        first: (N,) share of the month ``begin`` that is filled.
        known: (N,) in the service at the cutoff.
    """

    begin: Index
    age: Index
    spent: Index
    people: Array
    volume: Array
    cost: Array
    first: Array
    known: Array


@dataclass(frozen=True)
class Expected:
    """S services, H months ahead.

    Attributes:
        services: (S,) keys.
        cells: (S,) everybody by service.
        volume: (S, H) full-time citizens.
        arrivals: (S, H) entrants who begin in each month.
        endings: How stays end.
        entrants: Who comes new.
        like: (S,) what entrants look like: one cell per age of the donors, begun in month 0, one person together.
        exits: (S, H, OLDEST) who end by month and age.
        stays: (S,) full-time share of those who move in at no age limit, in the mean; NaN where nobody ever came.
        onward: (S, H) share of those who end in a month and move into a service that no grant tells of at the cutoff.
    """

    services: tuple[str, ...]
    cells: tuple[Cells, ...]
    volume: Array
    arrivals: Array
    endings: Endings
    entrants: Entrants
    like: tuple[Cells, ...]
    exits: Array
    stays: Array
    onward: Array


def expect(stays: Stays, endings: Endings, entrants: Entrants, exposure: Array, granted: Index | None = None) -> Expected:
    """Work out the expectation of ``roll_forward``.

    Args:
        stays: As known at their cutoff.
        endings: How stays end.
        entrants: Who comes new.
        exposure: (S, H) expected full-time citizens of the months ahead.
        granted: Places of stays that are granted and have not begun; None where the source does not tell.
    """
    n_services, horizon = exposure.shape
    unknown = not_granted(entrants, horizon, told=granted is not None)
    like = tuple(_like(stays, entrants, place) for place in range(n_services))
    begun = [_begun(stays, endings, entrants, exposure[:, 0], like[place], place) for place in range(n_services)]
    exits = np.zeros((n_services, horizon, OLDEST))
    none = np.zeros(0, dtype=np.int64)
    due = [_due(stays, none if granted is None else granted, place, horizon) for place in range(n_services)]
    for place in range(n_services):
        for cells in (begun[place], due[place]):
            _leave(exits[place], cells, endings, place)
    stock = np.asarray(np.bincount(stays.service[stays.open], minlength=n_services), dtype=np.float64)
    besides = np.asarray([np.bincount(cells.begin, cells.people, minlength=horizon) for cells in due], dtype=np.float64)
    besides[:, 0] += np.array([cells.people.sum() for cells in begun]) - stock
    movers, arrivals = _forward(exits, stock, besides, like, endings, entrants, exposure, unknown)
    mean, price = (
        np.array([[one.mean(values) for one in kind] for kind in entrants.movers])
        for values in (stays.volume, stays.volume * stays.price)
    )
    everybody = tuple(
        _all(
            _together([begun[place], due[place]]), like[place], arrivals[place], movers[place], (mean[:, place], price[:, place])
        )
        for place in range(n_services)
    )
    volume = np.stack([months_of(part, endings, place, horizon) for place, part in enumerate(everybody)])
    onward = np.concatenate([unknown[:, 1:], unknown[:, -1:]], axis=1)
    volume += _before(exits, endings, entrants, mean, onward)
    return Expected(stays.services, everybody, volume, arrivals, endings, entrants, like, exits, mean[0], onward)


def survival(cells: Cells, endings: Endings, service: int, horizon: int) -> tuple[Array, Array]:
    """(N, H) rate of ending in each month, 0 before they are there; (N, H) share still there after it."""
    since = np.arange(horizon)[None] - cells.begin[:, None]
    there = since >= 0
    since = np.maximum(since, 0)
    ages, spent = age_cell(cells.age[:, None] + since), duration_cell(cells.spent[:, None] + since)
    rate = endings.rate[service, ages, spent]
    if endings.pace is not None:
        months = np.broadcast_to(np.arange(horizon), rate.shape)
        rate = paced(rate, np.broadcast_to(endings.pace[service], (len(rate), endings.pace.shape[1])), months)
    rate = np.where(there, rate, 0.0)
    return np.asarray(rate, dtype=np.float64), np.asarray(np.cumprod(1.0 - rate, axis=1), dtype=np.float64)


def months_of(cells: Cells, endings: Endings, service: int, horizon: int) -> Array:
    """(H,) full-time citizens of some cells."""
    return np.asarray(cells.volume @ presence(cells, endings, service, horizon), dtype=np.float64)


def presence(cells: Cells, endings: Endings, service: int, horizon: int) -> Array:
    """(N, H) share of each month that is filled, by whoever is left."""
    _, alive = survival(cells, endings, service, horizon)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    last = endings.last_share[service]
    month = np.arange(horizon)[None]
    filled = (1.0 - last) * alive + last * before
    return np.asarray(
        np.where(month > cells.begin[:, None], 1.0, np.where(month == cells.begin[:, None], cells.first[:, None], 0.0)) * filled
    )


def going_on(endings: Endings, entrants: Entrants) -> Array:
    """(2, S, S) share of those who end that begin another service, by service: usually, and around an age limit."""
    known = np.array([len(part) > 0 for part in entrants.donors])
    share = endings.share_going_on.T[:, :, None] * np.swapaxes(endings.destination, 0, 1)
    return np.asarray(np.where(known[None, None, :], share, 0.0))


def _like(stays: Stays, entrants: Entrants, service: int) -> Cells:
    """Donors by age, as one person."""
    who = entrants.donors[service]
    age = np.clip(stays.start[who] - stays.birth[who], 0, OLDEST - 1)
    ages, place = np.unique(age, return_inverse=True)
    weight = np.full(len(who), 1.0 / max(len(who), 1))
    people, volume, cost = (
        np.asarray(np.bincount(place, weights=weight * part, minlength=len(ages)), dtype=np.float64)
        for part in (np.ones(len(who)), stays.volume[who], stays.volume[who] * stays.price[who])
    )
    nil = np.zeros(len(ages), dtype=np.int64)
    first = np.full(len(ages), entrants.first_share[service])
    return Cells(nil, ages, nil, people, volume, cost, first, np.zeros(len(ages)))


def _begun(stays: Stays, endings: Endings, entrants: Entrants, exposure: Array, like: Cells, service: int) -> Cells:
    """Open stays, and entrants who have begun and are not known yet."""
    mine = np.flatnonzero(stays.open & (stays.service == service))
    month = stays.cutoff + 1
    ones = np.ones(len(mine))
    volume = stays.volume[mine]
    known = Cells(
        np.zeros(len(mine), dtype=np.int64), np.clip(month - stays.birth[mine], 0, OLDEST - 1), month - stays.start[mine],
        ones, volume, volume * stays.price[mine], ones, ones,
    )  # fmt: skip
    late = [known]
    for back in range(LATEST_KNOWN - 1, 0, -1):
        expected = entrants.per_exposure[service] * exposure[service] * (1.0 - entrants.known_by[back - 1])
        if expected <= 0 or not len(like.people):
            continue
        _, alive = survival(like, replace(endings, pace=None), service, back)
        late.append(_scaled(like, expected * alive[:, -1], begin=0, later=back))
    return _together(late)


def _due(stays: Stays, granted: Index, service: int, horizon: int) -> Cells:
    """Those of a service that are granted and begin in the months ahead."""
    mine = granted[stays.service[granted] == service]
    mine = mine[stays.seen[mine] - stays.cutoff - 1 < horizon]
    begin, volume = stays.seen[mine] - stays.cutoff - 1, stays.volume[mine]
    return Cells(
        begin, np.clip(stays.seen[mine] - stays.birth[mine], 0, OLDEST - 1), stays.seen[mine] - stays.start[mine],
        np.ones(len(mine)), volume, volume * stays.price[mine],
        np.minimum(stays.first_share[mine] / np.maximum(volume, 1e-9), 1.0), np.zeros(len(mine)),
    )  # fmt: skip


def _scaled(like: Cells, number: Array | float, *, begin: int, later: int = 0) -> Cells:
    """Entrants as cells: so many per cell, ``later`` months after they began."""
    n = len(like.people)
    return Cells(
        np.full(n, begin, dtype=np.int64), np.minimum(like.age + later, OLDEST - 1), like.spent + later, like.people * number,
        like.volume * number, like.cost * number, np.ones(n) if later else like.first, np.zeros(n),
    )  # fmt: skip


def _together(parts: list[Cells]) -> Cells:
    columns = ("begin", "age", "spent", "people", "volume", "cost", "first", "known")
    return Cells(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def _leave(exits: Array, cells: Cells, endings: Endings, service: int) -> None:
    """Add who end, by month and age, to (H, OLDEST)."""
    horizon = len(exits)
    rate, alive = survival(cells, endings, service, horizon)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    gone = cells.people[:, None] * before * rate
    months = np.broadcast_to(np.arange(horizon), gone.shape)
    ages = np.minimum(cells.age[:, None] + np.maximum(months - cells.begin[:, None], 0), OLDEST - 1)
    flat = np.bincount((months * OLDEST + ages).ravel(), weights=gone.ravel(), minlength=horizon * OLDEST)
    exits += flat.reshape(horizon, OLDEST)


def _forward(
    exits: Array,
    stock: Array,
    besides: Array,
    like: tuple[Cells, ...],
    endings: Endings,
    entrants: Entrants,
    exposure: Array,
    unknown: Array,
) -> tuple[Array, Array]:
    """Month by month: movers of those who ended the month before, entrants as the stock has it. ``exits`` grows.

    Neither holds those who are known to come (``besides``, (S, H)), whose exits are there. ``stock``: who is open at the cutoff.

    Returns:
        (S, H, OLDEST) movers by the month and age at which they begin, and (S, H) entrants.
    """
    n_services, horizon = exposure.shape
    movers, arrivals = np.zeros_like(exits), np.zeros((n_services, horizon))
    curves, fresh = np.zeros((0, 0, 0)), [np.zeros((0, 0))]
    share, near = going_on(endings, entrants), is_limit(np.arange(OLDEST))
    usual = entrants.per_exposure[:, None] * exposure
    for month in range(horizon):
        if month:
            moved = share[0].T @ np.where(near, 0.0, exits[:, month - 1]) + share[1].T @ np.where(near, exits[:, month - 1], 0.0)
            movers[:, month, 1:] = moved[:, :-1] * unknown[:, month, None]
        gap = entrants.usual_stock * exposure[:, month] - stock
        answer = np.where(usual[:, month] > 0, usual[:, month] * unknown[:, month] + entrants.refill * gap, 0.0)
        arrivals[:, month] = np.where([len(cells.people) > 0 for cells in like], np.maximum(answer, 0.0), 0.0)
        if month == 0 or _turns(endings.pace, month):
            curves = _ends_of_movers(endings, horizon, month)
            fresh = [_gone(cells, endings, place, horizon, month) for place, cells in enumerate(like)]
        for step in range(horizon - month):
            exits[:, month + step, step:] += movers[:, month, : OLDEST - step] * curves[:, : OLDEST - step, step]
        for place, cells in enumerate(like):
            for step in range(horizon - month) if len(cells.people) else ():
                ages = np.minimum(cells.age + step, OLDEST - 1)
                np.add.at(exits[place, month + step], ages, arrivals[place, month] * fresh[place][:, step])
        stock = stock + besides[:, month] + arrivals[:, month] + movers[:, month].sum(axis=1) - exits[:, month].sum(axis=1)
    return movers, arrivals


def _turns(pace: Array | None, month: int) -> bool:
    """Whether rates still change from the month before a month on: then whoever begins in it ends by curves of their own."""
    return pace is not None and bool((pace[:, month - 1 :] != pace[:, -1:]).any())


def _gone(cells: Cells, endings: Endings, service: int, horizon: int, month: int) -> Array:
    """(N, H - month) of those who begin in a month, who end so many months later."""
    cells = replace(cells, begin=np.full_like(cells.begin, month))
    rate, alive = survival(cells, endings, service, horizon)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    return np.asarray((cells.people[:, None] * before * rate)[:, month:])


def _ends_of_movers(endings: Endings, horizon: int, month: int) -> Array:
    """(S, OLDEST, H - month) probability that somebody who moved in at an age in a month ends so many months later."""
    age, step = np.arange(OLDEST)[:, None], np.arange(horizon - month)[None]
    rate = endings.rate[:, age_cell(age + step), np.broadcast_to(duration_cell(1 + step), (OLDEST, horizon - month))]
    if endings.pace is not None:
        rate = 1.0 - (1.0 - rate) ** endings.pace[:, None, month:]
    alive = np.cumprod(1.0 - rate, axis=2)
    before = np.concatenate([np.ones((*alive.shape[:2], 1)), alive[:, :, :-1]], axis=2)
    return np.asarray(before * rate)


def _all(begun: Cells, like: Cells, arrivals: Array, movers: Array, each: tuple[Array, Array]) -> Cells:
    """Everybody of one service; ``each`` holds a mover's volume and cost, in usual months and around an age limit."""
    came = [_scaled(like, float(number), begin=month) for month, number in enumerate(arrivals) if number > 0]
    month, age = np.nonzero(movers > _LEAST)
    people, near = movers[month, age], is_limit(age - 1).astype(np.int64)
    ones = np.ones(len(people))
    into = Cells(
        month, age, np.ones(len(people), dtype=np.int64), people, people * np.nan_to_num(each[0])[near],
        people * np.nan_to_num(each[1])[near], ones, np.zeros(len(people)),
    )  # fmt: skip
    return _together([begun, *came, into])


def _before(exits: Array, endings: Endings, entrants: Entrants, mean: Array, onward: Array) -> Array:
    """(S, H) what movers fill in their new service of the month in which they ended elsewhere."""
    near, share, each = is_limit(np.arange(OLDEST)), going_on(endings, entrants), np.nan_to_num(mean)[:, :, None]
    gone = exits * (1.0 - endings.last_share)[:, None, None]
    into = share[0].T @ gone[:, :, ~near].sum(axis=2) * each[0] + share[1].T @ gone[:, :, near].sum(axis=2) * each[1]
    return np.asarray(into * onward, dtype=np.float64)
