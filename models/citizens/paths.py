"""Single simulated stays, kept in memory for what no sum of months tells: the refund. Nothing of them is stored or shown.

Known citizens keep their number through every service. An entrant is a citizen of its own, save where those who came alike had
another service already when they came: then it joins a simulated citizen of that service, in the same draw and month, so that
as many citizens as in history have several services at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.stays import month_numbers
from models.rng import generator_for

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from models.citizens.flow import Flow
    from models.citizens.stays import Flags, Index, Stays
    from models.types import Array

TRIES = 8
"""Citizens that an entrant is offered to, one after the other, until one has the other service in that month."""


@dataclass(frozen=True)
class Paths:
    """Simulated stays, flat. K stays.

    Attributes:
        draw: (K,) which draw.
        service: (K,) place in the services.
        begin: (K,) month ahead, 0 the first after the cutoff; below 0: began before it.
        end: (K,) month ahead in which it ends; the horizon or more: it goes on.
        birth: (K,) month number of birth.
        person: (K,) the simulated citizen: known ones by their own number, entrants below 0, within a draw.
        who: (K,) the stay of history that it looks like (place in ``Stays``): full-time share, price, what of it counts.
        first: (K,) share of the month ``begin`` that is filled.
        before: (K,) share of the month before it that is filled.
    """

    draw: Index
    service: Index
    begin: Index
    end: Index
    birth: Index
    person: Index
    who: Index
    first: Array
    before: Array

    def picked(self, kept: Flags | Index | slice) -> Paths:
        """Some of them."""
        return Paths(*(getattr(self, item.name)[kept] for item in fields(self)))


class PathLog:
    """Takes stays down as they are drawn."""

    def __init__(self, stays: Stays, last_share: Array) -> None:
        """Begin with none."""
        self._stays, self._last_share = stays, last_share
        self._parts: list[tuple[npt.NDArray[np.generic], ...]] = []

    def add(self, flow: Flow, end: Index) -> None:
        """Take stays down that reach into the months ahead."""
        kept = np.flatnonzero(end >= 0)
        begin, last = flow.begin[kept], end[kept]
        service = flow.service[kept]
        once = np.where(last == begin, self._last_share[service], 1.0)
        self._parts.append(
            (
                flow.draw[kept].astype(np.int32), service.astype(np.int16), begin.astype(np.int16),
                np.minimum(last, np.iinfo(np.int16).max).astype(np.int16),
                (self._stays.cutoff + 1 + begin - flow.age[kept]).astype(np.int32), flow.person[kept],
                flow.who[kept].astype(np.int32), (flow.first[kept] * once).astype(np.float32),
                flow.before[kept].astype(np.float32),
            )
        )  # fmt: skip

    def paths(self, *, seed: int) -> Paths:
        """All of them, entrants joined to the citizens whose other service they are."""
        columns = [np.concatenate(column) for column in zip(*self._parts, strict=True)]
        draw, service, begin, end, birth, person, who = (column.astype(np.int64) for column in columns[:7])
        first, before = (column.astype(np.float64) for column in columns[7:])
        found = Paths(draw, service, begin, end, birth, person, who, first, before)
        return _joined(found, companions(self._stays), generator_for(seed, "citizens", "joined"))


def companions(stays: Stays) -> Index:
    """(P,) place of another service that the citizen of a stay had when it began; below 0: none.

    Of two that began in one month the later in the table has the earlier as its companion.
    """
    order = np.lexsort((np.arange(len(stays.person)), stays.seen, stays.person))
    person, seen, last = stays.person[order], stays.seen[order], stays.last[order].copy()
    last[stays.open[order]] = np.iinfo(np.int64).max
    found = np.full(len(order), -1, dtype=np.int64)
    for back in range(1, 4):
        same = person[back:] == person[:-back]
        there = same & (last[:-back] > seen[back:]) & (stays.service[order][:-back] != stays.service[order][back:])
        rows = np.flatnonzero(there) + back
        rows = rows[found[rows] < 0]
        found[rows] = stays.service[order][rows - back]
    result = np.empty_like(found)
    result[order] = found
    return result


def _joined(paths: Paths, companion: Index, rng: np.random.Generator) -> Paths:
    """Entrants given to simulated citizens of their companion service in the same draw who are there when they begin."""
    want = np.flatnonzero(first_of_entrants(paths) & (companion[paths.who] >= 0))
    host = hosts_of(paths, want, companion[paths.who[want]], rng)
    taken = host >= 0
    return _renamed(paths, want[taken], host[taken])


def hosts_of(paths: Paths, want: Index, service: Index, rng: np.random.Generator, *, children_until: int | None = None) -> Index:
    """(W,) a simulated stay in a service, of the same draw, that is there when another begins; below 0: none was found.

    Args:
        paths: Simulated stays.
        want: (W,) places of those that seek one.
        service: (W,) the service each seeks it in.
        rng: Draws which one is offered.
        children_until: Only stays whose month of birth lies less than so many months before the beginning; None: any.
    """
    n_services = int(max(paths.service.max(initial=0), service.max(initial=0))) + 1
    block = paths.draw * n_services + paths.service
    order = np.argsort(block, kind="stable")
    starts = np.searchsorted(block[order], np.arange((paths.draw.max(initial=0) + 1) * n_services + 1))
    wanted = paths.draw[want] * n_services + service
    low, size = starts[wanted], starts[wanted + 1] - starts[wanted]
    host = np.full(len(want), -1, dtype=np.int64)
    for _ in range(TRIES):
        offered = order[np.minimum(low + (rng.random(len(want)) * size).astype(np.int64), len(order) - 1)]
        begin = paths.begin[want]
        fits = (size > 0) & (paths.begin[offered] < begin) & (paths.end[offered] > begin)
        if children_until is not None:
            fits &= begin - paths.birth[offered] < children_until
        host = np.where((host < 0) & fits, offered, host)
    return host


def first_of_entrants(paths: Paths) -> Flags:
    """(K,) the first stay of an entrant."""
    new = np.flatnonzero(paths.person < 0)
    order = new[np.lexsort((paths.begin[new], paths.person[new], paths.draw[new]))]
    head = np.ones(len(order), dtype=bool)
    head[1:] = (np.diff(paths.person[order]) != 0) | (np.diff(paths.draw[order]) != 0)
    found = np.zeros(len(paths.draw), dtype=bool)
    found[order[head]] = True
    return found


def _renamed(paths: Paths, joins: Index, host: Index) -> Paths:
    """Every stay of those who join under the number of the citizen they join, also through others who join."""
    span = int(paths.person.max(initial=0)) - int(paths.person.min(initial=0)) + 1
    keys = paths.draw * span + paths.person - int(paths.person.min(initial=0))
    unique, place = np.unique(keys, return_inverse=True)
    target = np.arange(len(unique))
    target[place[joins]] = place[host]
    for _ in range(TRIES):  # a host began earlier, so this ends
        target = target[target]
    person = unique[target[place]] - paths.draw * span + int(paths.person.min(initial=0))
    return replace(paths, person=person)


@dataclass(frozen=True)
class Payers:
    """What the refund must know of each stay of history beside its price. P stays.

    Attributes:
        household: (P,) number, below 0 where not known.
        before_67: (P,) covered before 67.
        counted: (P,) share of list cost that counts towards the central refund.
        own: (P,) share of list cost that is left of that when the citizen has paid.
    """

    household: Index
    before_67: Flags
    counted: Array
    own: Array


def payers_of(rows: pd.DataFrame, stays: Stays) -> Payers:
    """Look each stay's newest month up in the extract it was built from.

    Args:
        rows: Extract ``stays``.
        stays: Built from it.
    """
    month = month_numbers(rows["month"])
    code = {key: place for place, key in enumerate(stays.services)}
    service = np.asarray(rows["service"].map(code).fillna(-1), dtype=np.int64)
    span, people = int(month.max()) + 1, int(rows["person"].max()) + 1

    def key(place: Index, person: Index, number: Index) -> Index:
        return np.asarray(((place + 1) * people + person) * span + number, dtype=np.int64)

    every = key(service, np.asarray(rows["person"], dtype=np.int64), month)
    order = np.argsort(every, kind="stable")
    at = order[np.searchsorted(every[order], key(stays.service, stays.person, stays.last))]
    cost = rows["list_cost_nominal"].to_numpy(dtype=float)[at]
    counted, own = (
        np.divide(rows[name].to_numpy(dtype=float)[at], cost, out=np.zeros(len(at)), where=cost > 0)
        for name in ("counted_nominal", "own_nominal")
    )
    household = np.asarray(rows["household"], dtype=np.int64)[at]
    return Payers(np.where(household > 0, household, -1), rows["before_67"].to_numpy(dtype=bool)[at], counted, own)
