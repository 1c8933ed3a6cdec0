"""Ends that all services of a citizen share, a death or a move away: how often they come, beyond what chance brings together.

Drawn service by service, the expectation is right and the spread of sums too small. The rates of each service stay as they are:
of every month's rate a part is drawn once per citizen, the rest per stay (decision 0017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.rng import generator_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.citizens.stays import Index, Stays
    from models.types import Array

ALONE = -1.0
"""Shared luck of a stay whose citizen has no other."""
PRIOR_ENDS = 4.0
"""Shared ends that all ages together are worth in one age cell."""


def several(person: Index, month: Index) -> tuple[Index, Index]:
    """Person-months in which a citizen has more than one service.

    Args:
        person: (M,) citizens.
        month: (M,) month numbers.

    Returns:
        (K,) places, those of a citizen and month side by side; (G,) where each citizen and month begins among them.

    Example:
        >>> import numpy as np
        >>> places, heads = several(np.array([1, 2, 1, 1]), np.array([5, 5, 6, 5]))
        >>> places.tolist(), heads.tolist()
        ([0, 3], [0])
    """
    order = np.lexsort((month, person))
    new = np.r_[True, (np.diff(person[order]) != 0) | (np.diff(month[order]) != 0)]
    group = np.cumsum(new) - 1
    kept = order[np.bincount(group)[group] > 1]
    heads = np.r_[True, (np.diff(person[kept]) != 0) | (np.diff(month[kept]) != 0)] if len(kept) else np.zeros(0, dtype=bool)
    return kept, np.flatnonzero(heads)


def shared_rate(age: Index, over: npt.NDArray[np.bool_], rate: Array, heads: Index, n_ages: int) -> Array:
    """(n_ages,) probability that all services of a citizen end in a month, less what would come together by chance.

    Args:
        age: (K,) age cell of person-months, sorted by citizen and month.
        over: (K,) the stay ends in that month, and the citizen does not go on to another service.
        rate: (K,) the stay's own probability of ending.
        heads: (G,) where each citizen and month begins.
        n_ages: Age cells.
    """
    if not len(heads):
        return np.zeros(n_ages)
    together = np.logical_and.reduceat(over, heads).astype(np.float64) - np.multiply.reduceat(rate, heads)
    cell = age[heads]
    at_risk = np.bincount(cell, minlength=n_ages)
    found = np.bincount(cell, weights=together, minlength=n_ages)
    usual = max(float(found.sum()) / len(heads), 0.0)
    if usual == 0.0:
        return np.zeros(n_ages)
    return np.clip((found + PRIOR_ENDS) / (at_risk + PRIOR_ENDS / usual), 0.0, 1.0)


def shared_luck(stays: Stays, mine: Index, n_draws: int, *, seed: int) -> Array:
    """(D, N) uniform, the same for all open services of a citizen; ``ALONE`` for those with one.

    A citizen's comes from the service of theirs that stands first, so another service moves no one else's.

    Args:
        stays: As known at the cutoff.
        mine: (N,) open stays of one service.
        n_draws: D.
        seed: The run's one seed.
    """
    is_open = np.flatnonzero(stays.open)
    count = np.bincount(stays.person[is_open], minlength=int(stays.person.max(initial=0)) + 1)
    found = np.full((n_draws, len(mine)), ALONE)
    first = np.full(len(count), len(stays.services), dtype=np.int64)
    np.minimum.at(first, stays.person[is_open], stays.service[is_open])
    for place in np.unique(first[stays.person[mine]][count[stays.person[mine]] > 1]):
        hosts = is_open[(stays.service[is_open] == place)]
        luck = generator_for(seed, "citizens", stays.services[place], "together").random((n_draws, len(hosts)))
        at = np.full(len(count), -1, dtype=np.int64)
        at[stays.person[hosts]] = np.arange(len(hosts))
        theirs = (count[stays.person[mine]] > 1) & (first[stays.person[mine]] == place)
        found[:, theirs] = luck[:, at[stays.person[mine[theirs]]]]
    return found
