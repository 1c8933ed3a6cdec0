"""Households of simulated citizens: known ones keep theirs, newcomers may be the sibling of a child who is helped already.

Children of one household are judged by one threshold of the refund. A newcomer whose forerunner had a sibling with help when the
help began joins the household of a simulated child in the sibling's service, in the same draw (decision 0019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.citizens.paths import TRIES, first_of_entrants, hosts_of
from models.rng import generator_for

if TYPE_CHECKING:
    from models.citizens.paths import Paths, Payers
    from models.citizens.stays import Index, Stays

CHILD_MONTHS = 18 * 12
_LOOK_BACK = 4
"""Earlier stays of a household that are looked at for one of a sibling."""


def sibling_services(stays: Stays, household: Index) -> Index:
    """(P,) place of the service that a child of the same household had when a child's stay began; below 0: none.

    Of two that began in one month the later in the table has the earlier as its sibling.

    Args:
        stays: Stays of history.
        household: (P,) numbers; below 0: not known.
    """
    child = stays.seen - stays.birth < CHILD_MONTHS
    order = np.lexsort((np.arange(len(stays.person)), stays.seen, household))
    order = order[(household[order] >= 0) & child[order]]
    home, person, seen = household[order], stays.person[order], stays.seen[order]
    last = np.where(stays.open[order], np.iinfo(np.int64).max, stays.last[order])
    found = np.full(len(order), -1, dtype=np.int64)
    for back in range(1, _LOOK_BACK + 1):
        there = (home[back:] == home[:-back]) & (person[back:] != person[:-back]) & (last[:-back] > seen[back:])
        rows = np.flatnonzero(there) + back
        rows = rows[found[rows] < 0]
        found[rows] = stays.service[order][rows - back]
    result = np.full(len(stays.person), -1, dtype=np.int64)
    result[order] = found
    return result


def households(paths: Paths, stays: Stays, payers: Payers, *, seed: int) -> Index:
    """(K,) household of every simulated stay, numbers of its draw; below 0: nobody is known to share it.

    Args:
        paths: Simulated stays.
        stays: Stays of history that they look like.
        payers: Households of those.
        seed: The run's one seed.
    """
    of = np.full(int(max(stays.person.max(initial=0), paths.person.max(initial=0))) + 1, -1, dtype=np.int64)
    of[stays.person] = payers.household
    known = np.where(paths.person >= 0, of[np.maximum(paths.person, 0)], -1)
    low = int(paths.person.min(initial=0))
    span = int(paths.person.max(initial=0)) - low + 1
    citizens, place = np.unique(paths.draw * span + paths.person - low, return_inverse=True)
    home = np.full(len(citizens), -1, dtype=np.int64)
    home[place] = known
    sibling = sibling_services(stays, payers.household)
    want = np.flatnonzero(first_of_entrants(paths) & (sibling[paths.who] >= 0))
    is_child = stays.cutoff + 1 + paths.begin - paths.birth < CHILD_MONTHS
    want = want[is_child[want]]
    rng = generator_for(seed, "citizens", "siblings")
    host = hosts_of(paths, want, sibling[paths.who[want]], rng, children_until=CHILD_MONTHS - stays.cutoff - 1)
    joins = host >= 0
    target = np.arange(len(citizens))
    target[place[want[joins]]] = place[host[joins]]
    for _ in range(TRIES):  # a host began earlier, so this ends
        target = target[target]
    shared = np.unique(target[place[want[joins]]])
    fresh = shared[home[shared] < 0]
    home[fresh] = int(home.max(initial=-1)) + 1 + fresh
    return home[target][place]
