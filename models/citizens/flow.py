"""Stays to be drawn, flat: of those who are here, of those who are granted a place, and of those who come unknown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.shared_ends import ALONE, shared_luck

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants, Likes
    from models.citizens.stays import Flags, Index, Stays
    from models.types import Array

    Luck = npt.NDArray[np.float32]

GENERATIONS = 4
"""Services that one path leads through, at most, after the first."""


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


@dataclass(frozen=True)
class Rates:
    """What a path is drawn by."""

    stays: Stays
    endings: Endings
    entrants: Entrants
    unknown: Array  # (S, H) share of those who begin in a month ahead that no grant tells of yet
    looks: tuple[Looks, Looks]  # of movers in usual months, and around an age limit

    @classmethod
    def of(cls, stays: Stays, endings: Endings, entrants: Entrants, unknown: Array) -> Rates:
        """With the looks of movers laid out."""
        return cls(stays, endings, entrants, unknown, (Looks.of(entrants.movers[0]), Looks.of(entrants.movers[1])))


@dataclass(frozen=True)
class Looks:
    """Whom a mover looks like, by the service it begins: drawn by one uniform each."""

    known: Flags  # (S,) anybody
    who: Index  # of all services, one after the other
    upto: Array  # cumulated weights, each service's between its place and the next
    first: Index  # (S + 1,) where each service's begin

    @classmethod
    def of(cls, likes: tuple[Likes, ...]) -> Looks:
        """Of every service's."""
        sizes = np.array([len(like.who) for like in likes])
        upto = [place + np.cumsum(like.weight) for place, like in enumerate(likes)]
        return cls(sizes > 0, np.concatenate([like.who for like in likes]), np.concatenate(upto), np.r_[0, sizes.cumsum()])

    def of_service(self, service: Index, uniform: Array) -> Index:
        """(K,) the stay of history that each looks like, by (K,) services and uniforms."""
        place = np.searchsorted(self.upto, service + uniform, side="right")
        return self.who[np.clip(place, self.first[service], self.first[service + 1] - 1)] if len(self.who) else service[:0]


def granted_flow(stays: Stays, granted: Index | None, service: int, n_draws: int, rng: np.random.Generator) -> Flow:
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


def known_flow(stays: Stays, service: int, n_draws: int, rng: np.random.Generator, *, seed: int) -> Flow:
    """Open stays of a service, in every draw."""
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


class Inflow:
    """Entrants of one service, month by month: those who have begun and are not known yet, then those of the months ahead."""

    def __init__(self, rates: Rates, service: int, exposure: Array, n_draws: int, rng: np.random.Generator) -> None:
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


def picked(flow: Flow, kept: Flags | Index) -> Flow:
    """Some of them."""
    return Flow(*(getattr(flow, item.name)[kept] for item in fields(Flow)))


def together(flows: list[Flow]) -> Flow:
    """One after the other."""
    return Flow(*(np.concatenate([getattr(flow, item.name) for flow in flows]) for item in fields(Flow)))
