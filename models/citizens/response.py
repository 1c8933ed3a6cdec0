"""How the months ahead answer to shorter or longer stays, and to more or fewer entrants, by the month in which they change.

First order in how fast time runs for stays, exact in the number of entrants: what a change in one month does to all later
months, so that any start, ramp and end is a weighted sum of months. Whoever ends sooner or later in one service arrives sooner or
later in another. Freed places are filled as the roll-forward fills them (``entrants.refill``), or not; both are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.endings import is_limit
from models.citizens.expected import OLDEST, Cells, going_on, presence, survival

if TYPE_CHECKING:
    from models.citizens.expected import Expected
    from models.types import Array

LONGER, LONGER_FILLED, ENTRANTS = "longer_stays", "longer_stays_filled", "entrants"
MEASURES = (LONGER, LONGER_FILLED, ENTRANTS)


@dataclass(frozen=True)
class StayResponse:
    """S services, H months ahead. The first month axis is when the lever acts, the second when it shows.

    Attributes:
        services: (S,) keys.
        change: Measure -> (S, S, H, H) from service, in service: share of the month's full-time citizens there. Of stays: for
            one month in which time stands still (nobody ends); with the newcomers as they were, or with freed places
            filled. Of entrants: per unit of their number, those of one month.
        movers: (S, S) citizens expected to go from one to the other within the horizon.
    """

    services: tuple[str, ...]
    change: dict[str, Array]
    movers: Array


@dataclass(frozen=True)
class _Entrant:
    """One entrant by months since it came: (H,) people and full-time citizens, and service -> (H,) how many move there then."""

    people: Array
    volume: Array
    moves: dict[int, Array]


def stay_response(expected: Expected) -> StayResponse:
    """Work out the answer of every service to a change in each.

    Args:
        expected: Tonight's roll-forward as its expectation.
    """
    n_services, horizon = expected.volume.shape
    going = going_on(expected.endings, expected.entrants)
    movers = np.zeros((n_services, n_services))
    change = {name: np.zeros((n_services, n_services, horizon, horizon)) for name in MEASURES}
    near = is_limit(np.arange(OLDEST))
    kernels = [_kernels(expected, going, place) for place in range(n_services)]
    fresh = [_entrant(expected, going, place, kernels[place]) for place in range(n_services)]
    for place in range(n_services):
        leaving = np.stack([expected.exits[place][:, ~near].sum(axis=1), expected.exits[place][:, near].sum(axis=1)])
        movers[place] = np.einsum("nh,nr,rh->r", leaving, going[:, place], expected.onward)
        people, volume, ends = _own(expected, place)
        came = np.einsum("nuh,nr,rh->ruh", ends, going[:, place], expected.onward, optimize=True)
        one = fresh[place]
        filled = _filled(expected, place, people, one.people)
        plain, full = change[LONGER][place], change[LONGER_FILLED][place]
        plain[place] += volume
        full[place] += volume + filled @ _lagged(one.volume)
        for other in kernels[place]:
            stock, moved = kernels[place][other]
            plain[other] += came[other] @ _lagged(moved)
            all_came = came[other] + filled @ _lagged(one.moves[other])
            answer = _filled(expected, other, all_came @ _lagged(stock), fresh[other].people)
            full[other] += all_came @ _lagged(moved) + answer @ _lagged(fresh[other].volume)
        number = np.diag(expected.arrivals[place])
        change[ENTRANTS][place, place] += number @ _lagged(one.volume)
        for other, moves in one.moves.items():
            change[ENTRANTS][place, other] += number @ _lagged(moves) @ _lagged(kernels[place][other][1])
    there = expected.volume > 0
    for table in change.values():
        np.divide(table, expected.volume[None, :, None, :], out=table, where=there[None, :, None, :])
    return StayResponse(expected.services, change, movers)


def _lagged(kernel: Array) -> Array:
    """(H, H) from the month it happens in to the month it shows in: a kernel shifted."""
    lag = np.arange(len(kernel))[None] - np.arange(len(kernel))[:, None]
    return np.asarray(np.where(lag >= 0, kernel[np.maximum(lag, 0)], 0.0))


def _own(expected: Expected, service: int) -> tuple[Array, Array, Array]:
    """What longer stays do where they are longer, by the month they act in: each (H, H), per month of time that does not pass.

    Returns:
        People at the end of a month, full-time citizens in it, and (2, H, H) who end in it, usually and around an age limit.
    """
    endings, horizon = expected.endings, expected.volume.shape[1]
    cells = expected.cells[service]
    rate, alive = survival(cells, endings, service, horizon)
    pace = -np.log1p(-rate)
    after = np.triu(np.ones((horizon, horizon)))
    people = (pace * cells.people[:, None]).T @ alive * after
    weight = pace * cells.volume[:, None]
    still = weight.T @ alive * after
    last = endings.last_share[service]
    volume = (1.0 - last) * still
    volume[:, 1:] += last * still[:, :-1]
    same = np.arange(horizon)
    begins = np.minimum(cells.begin, horizon - 1)
    short = np.bincount(begins, weights=(weight * alive)[np.arange(len(begins)), begins] * (1.0 - cells.first), minlength=horizon)
    volume[same, same] -= (1.0 - last) * short
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    ages = cells.age[:, None] + np.arange(horizon)[None] - cells.begin[:, None]
    near = is_limit(np.where(rate > 0, ages, 0))
    gone = before * rate
    ends = np.empty((2, horizon, horizon))
    for place, mine in enumerate((~near, near)):
        later = (pace * cells.people[:, None]).T @ np.where(mine, gone, 0.0)
        now = (cells.people[:, None] * np.where(mine, pace * alive, 0.0)).sum(axis=0)
        ends[place] = np.triu(later, 1) - np.diag(now)
    return people, volume, ends


def _kernels(expected: Expected, going: Array, service: int) -> dict[int, tuple[Array, Array]]:
    """Where movers go -> (H,) people and (H,) full-time citizens there of one who ends, by months since the end."""
    endings, horizon = expected.endings, expected.volume.shape[1]
    near = is_limit(np.arange(OLDEST))
    found = {}
    for other in np.flatnonzero(going[:, service].sum(axis=0)).tolist():
        by_age = expected.exits[service].sum(axis=0) * np.where(near, going[1, service, other], going[0, service, other])
        ages = np.flatnonzero(by_age > by_age.max(initial=0.0) * 1e-4)
        if not len(ages):
            continue
        share = np.asarray(by_age[ages] / by_age[ages].sum(), dtype=np.float64)
        ones, nil = np.ones(len(ages), dtype=np.float64), np.zeros(len(ages), dtype=np.int64)
        into = Cells(nil, ages + 1, nil + 1, share, share * expected.stays[other], share, ones, 0.0 * ones)
        _, alive = survival(into, endings, other, horizon)
        people, volume = np.zeros(horizon), np.zeros(horizon)
        people[1:] = (share @ alive)[:-1]
        volume[1:] = (into.volume @ presence(into, endings, other, horizon))[:-1]
        volume[0] = (1.0 - endings.last_share[service]) * expected.stays[other]
        found[other] = (people, volume)
    return found


def _entrant(expected: Expected, going: Array, service: int, kernels: dict[int, tuple[Array, Array]]) -> _Entrant:
    endings, horizon = expected.endings, expected.volume.shape[1]
    like = expected.like[service]
    if not len(like.people):
        return _Entrant(np.zeros(horizon), np.zeros(horizon), {other: np.zeros(horizon) for other in kernels})
    rate, alive = survival(like, endings, service, horizon)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    gone = like.people[:, None] * before * rate
    near = is_limit(like.age[:, None] + np.arange(horizon)[None])
    ends = np.stack([np.where(near, 0.0, gone).sum(axis=0), np.where(near, gone, 0.0).sum(axis=0)])
    moves = {other: going[:, service, other] @ ends for other in kernels}
    return _Entrant(like.people @ alive, like.volume @ presence(like, endings, service, horizon), moves)


def _filled(expected: Expected, service: int, stock: Array, people: Array) -> Array:
    """(H, H) entrants who answer to a change of the stock at the end of the month before, and to their own."""
    horizon = len(people)
    refill = expected.entrants.refill if expected.arrivals[service].max(initial=0.0) > 0 else 0.0
    found = np.zeros_like(stock)
    if refill:
        for month in range(1, horizon):
            own = found[:, :month] @ people[month - 1 :: -1][:month]
            found[:, month] = -refill * (stock[:, month - 1] + own)
    return found
