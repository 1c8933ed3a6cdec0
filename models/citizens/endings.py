"""How stays end: monthly rates by service, age and time already spent, and where those go who go on to another service.

Occurrences over person-months at risk: stays that began before the window count only for the months in it (left truncation),
open ones up to the cutoff (right censoring). Thin cells are drawn towards the service, the service towards its group; newer
months weigh more. The months around a birthday at which services commonly end (18, 23, 67) are cells of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.shared_ends import several, shared_rate

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.citizens.stays import Flags, Index, Stays
    from models.types import Array

    Places = npt.NDArray[np.int64]

AGE_EDGES = 12 * np.array([0, 6, 12, 15, 18, 23, 30, 40, 50, 60, 67, 75, 85])
"""Ages in months at which an ordinary cell begins."""
LIMITS = 12 * np.array([18, 23, 67])
"""Ages at which services pass from one law, or one purse, to another."""
DURATION_EDGES = np.array([0, 1, 3, 6, 12, 24, 48, 96])
"""Months already spent at which a cell begins."""
N_AGES = len(AGE_EDGES) + 2 * len(LIMITS)
"""Age cells: the ordinary ones, then the month before and the month of each limit."""
HALF_LIFE_MONTHS = 60.0
"""A month this long ago weighs half as much as the newest."""
PRIOR_ENDS = 4.0
"""Ends that the wider group is worth in a cell."""
LIMIT_PRIOR_MONTHS = 3.0
"""Person-months that the wider group is worth in the month of a limit."""
TRANSFER_MONTHS = 1
"""Another service that begins at most so many months from an end is where the citizen went."""
MOST = 0.98
_ROUNDS = 8


@dataclass(frozen=True)
class Endings:
    """Rates of a set of stays. S services.

    Attributes:
        rate: (S, N_AGES, durations) probability that a stay ends in a month.
        together: (S, N_AGES, durations) the part of it that all services of a citizen share.
        share_going_on: (S, 2) of those who end, the share that begins another service: usually, and around a limit.
        destination: (S, 2, S) where they go; rows sum to 1 where anybody goes.
        last_share: (S,) mean share of its last month that a stay fills.
        pace: (S, H) how fast time runs for stays in each month ahead (its intensity of ending, times this), to see what a change
            does; None: as it did.
    """

    rate: Array
    together: Array
    share_going_on: Array
    destination: Array
    last_share: Array
    pace: Array | None = None


def age_cell(age_months: Index) -> Places:
    """Cell of an age in months.

    Example:
        >>> import numpy as np
        >>> cells = age_cell(np.array([17 * 12, 18 * 12 - 1, 18 * 12, 18 * 12 + 1]))
        >>> [int(cell) for cell in cells]
        [3, 13, 14, 4]
    """
    cell = np.clip(np.searchsorted(AGE_EDGES, age_months, side="right") - 1, 0, len(AGE_EDGES) - 1)
    for place, limit in enumerate(LIMITS):
        first = len(AGE_EDGES) + 2 * place
        cell = np.where(age_months == limit - 1, first, np.where(age_months == limit, first + 1, cell))
    return np.asarray(cell, dtype=np.int64)


def duration_cell(months: Index) -> Places:
    """Cell of a time already spent, in months."""
    return np.asarray(np.clip(np.searchsorted(DURATION_EDGES, months, side="right") - 1, 0, None), dtype=np.int64)


def paced(rate: Array, pace: Array, month: Index) -> Array:
    """Rates of ending where time runs faster or slower in some months ahead; outside the horizon they are as they were.

    Args:
        rate: (N, K).
        pace: (N, H) of the same stays' services.
        month: (N, K) month ahead of each rate.
    """
    horizon = pace.shape[1]
    factor = np.take_along_axis(pace, np.clip(month, 0, horizon - 1), axis=1)
    return np.asarray(np.where((month >= 0) & (month < horizon), 1.0 - (1.0 - rate) ** factor, rate))


def is_limit(age_months: Index) -> Flags:
    """The month before or of an age limit."""
    return np.asarray(age_cell(age_months) >= len(AGE_EDGES), dtype=bool)


def estimate_endings(stays: Stays, groups: tuple[str, ...]) -> Endings:
    """Estimate how stays end.

    Args:
        stays: As known at their cutoff.
        groups: (S,) group of each service, within which thin services borrow.

    Returns:
        Rates for months after the cutoff.
    """
    at_risk, ends = _cells(stays)
    group = np.unique(np.array(groups), return_inverse=True)[1]
    ordinary = len(AGE_EDGES)
    rate = np.zeros_like(at_risk)
    rate[:, :ordinary] = _ordinary_rates(at_risk[:, :ordinary], ends[:, :ordinary], group)
    rate[:, ordinary:] = _limit_rates(at_risk, ends, rate, group)
    goes, destination = _destinations(stays, group)
    rate = np.clip(rate, 0.0, MOST)
    return Endings(rate, np.minimum(rate, _shared(stays, rate)[None, :, None]), goes, destination, _last_shares(stays))


def _weights(stays: Stays, month: Index) -> Array:
    return np.asarray(0.5 ** ((stays.cutoff - month) / HALF_LIFE_MONTHS), dtype=np.float64)


def _cells(stays: Stays) -> tuple[Array, Array]:
    """(S, N_AGES, durations) weighted person-months at risk, and ends."""
    shape = (len(stays.services), N_AGES, len(DURATION_EDGES))
    stay, month = _person_months(stays)
    place = _place(stays, stay, month, shape)
    at_risk = np.zeros(shape)
    np.add.at(at_risk.ravel(), place, _weights(stays, month))
    over = np.flatnonzero(~stays.open)
    ends = np.zeros(shape)
    np.add.at(ends.ravel(), _place(stays, over, stays.last[over], shape), _weights(stays, stays.last[over]))
    return at_risk, ends


def _person_months(stays: Stays) -> tuple[Index, Index]:
    """(M,) stay and month number of every person-month."""
    length = stays.last - stays.seen + 1
    stay = np.repeat(np.arange(len(length)), length)
    return stay, stays.seen[stay] + np.arange(len(stay)) - np.repeat(np.cumsum(length) - length, length)


def _shared(stays: Stays, rate: Array) -> Array:
    """(N_AGES,) probability that all services of a citizen end in one month, and none goes on."""
    stay, month = _person_months(stays)
    kept, heads = several(stays.person[stay], month)
    stay, month = stay[kept], month[kept]
    moved = np.zeros(len(stays.person), dtype=bool)
    moved[moves(stays)[0]] = True
    over = (month == stays.last[stay]) & ~stays.open[stay] & ~moved[stay]
    cells = age_cell(month - stays.birth[stay]), duration_cell(month - stays.start[stay])
    return shared_rate(cells[0], over, rate[stays.service[stay], *cells], heads, N_AGES)


def _place(stays: Stays, stay: Index, month: Index, shape: tuple[int, ...]) -> Places:
    cells = (stays.service[stay], age_cell(month - stays.birth[stay]), duration_cell(month - stays.start[stay]))
    return np.asarray(np.ravel_multi_index(cells, shape), dtype=np.int64)


def _ordinary_rates(at_risk: Array, ends: Array, group: Places) -> Array:
    """(S, ages, durations): service x the group's effects of age and of duration, cells drawn towards that product."""
    rate = np.empty_like(at_risk)
    whole = (ends.sum() + 1.0) / (at_risk.sum() + 100.0)
    for number in np.unique(group):
        mine = group == number
        risk, over = at_risk[mine], ends[mine]
        together = (over.sum() + PRIOR_ENDS) / (risk.sum() + PRIOR_ENDS / whole)
        age, spent = np.ones(risk.shape[1]), np.ones(risk.shape[2])
        level = np.full(len(risk), together)
        for _ in range(_ROUNDS):
            level = _drawn(over, risk * age[None, :, None] * spent[None, None, :], (1, 2), together)
            age = _drawn(over, risk * level[:, None, None] * spent[None, None, :], (0, 2), 1.0)
            spent = _drawn(over, risk * level[:, None, None] * age[None, :, None], (0, 1), 1.0)
        expected = level[:, None, None] * age[None, :, None] * spent[None, None, :]
        rate[mine] = (over + PRIOR_ENDS) / (risk + PRIOR_ENDS / expected)
    return rate


def _drawn(ends: Array, exposure: Array, axes: tuple[int, int], prior: float) -> Array:
    """Occurrences over exposure along two axes, drawn towards ``prior``."""
    return np.asarray((ends.sum(axis=axes) + PRIOR_ENDS) / (exposure.sum(axis=axes) + PRIOR_ENDS / prior), dtype=np.float64)


def _limit_rates(at_risk: Array, ends: Array, rate: Array, group: Places) -> Array:
    """(S, limit cells, durations), the same for every duration; a service drawn towards its group, that towards usual months."""
    first = len(AGE_EDGES)
    risk, over = at_risk[:, first:].sum(axis=2), ends[:, first:].sum(axis=2)
    usual = (rate[:, :first] * at_risk[:, :first]).sum(axis=(1, 2)) / np.maximum(at_risk[:, :first].sum(axis=(1, 2)), 1e-9)
    usual = np.where(usual > 0, usual, rate[:, :first].mean(axis=(1, 2)))
    found = np.empty_like(risk)
    for number in np.unique(group):
        mine = group == number
        towards = usual[mine].mean()
        pooled = (over[mine].sum(axis=0) + LIMIT_PRIOR_MONTHS * towards) / (risk[mine].sum(axis=0) + LIMIT_PRIOR_MONTHS)
        found[mine] = (over[mine] + LIMIT_PRIOR_MONTHS * pooled) / (risk[mine] + LIMIT_PRIOR_MONTHS)
    return np.repeat(found[:, :, None], at_risk.shape[2], axis=2)


def moves(stays: Stays) -> tuple[Index, Index]:
    """Pairs of stays (from, to) of one citizen: the second began when the first ended, in another service.

    Returns:
        (K,) and (K,) places; a stay is the end, and the beginning, of one move at most.
    """
    order = np.lexsort((stays.seen, stays.person))
    over = order[~stays.open[order]]
    begun = order[(stays.seen[order] > stays.first) & (stays.start[order] >= stays.seen[order] - 1)]
    found_from, found_to = [], []
    by_person: dict[int, list[int]] = {}
    for place in begun.tolist():
        by_person.setdefault(int(stays.person[place]), []).append(place)
    taken: set[int] = set()
    for place in over.tolist():
        for other in by_person.get(int(stays.person[place]), ()):
            gap = int(stays.seen[other] - stays.last[place])
            if other in taken or stays.service[other] == stays.service[place] or not 0 <= gap <= TRANSFER_MONTHS:
                continue
            found_from.append(place)
            found_to.append(other)
            taken.add(other)
            break
    return np.array(found_from, dtype=np.int64), np.array(found_to, dtype=np.int64)


def _destinations(stays: Stays, group: Places) -> tuple[Array, Array]:
    """Share that goes on, and where to; usually and around a limit, services drawn towards their group."""
    n_services = len(stays.services)
    came_from, went_to = moves(stays)
    near = is_limit(stays.last - stays.birth).astype(np.int64)
    over = np.flatnonzero(~stays.open)
    weight = _weights(stays, stays.last)
    ended = np.zeros((n_services, 2))
    np.add.at(ended, (stays.service[over], near[over]), weight[over])
    counts = np.zeros((n_services, 2, n_services))
    np.add.at(counts, (stays.service[came_from], near[came_from], stays.service[went_to]), weight[came_from])
    goes, where = np.zeros((n_services, 2)), np.zeros_like(counts)
    for number in np.unique(group):
        mine = group == number
        pooled = (counts[mine].sum(axis=(0, 2)) + 0.01) / (ended[mine].sum(axis=0) + 1.0)
        goes[mine] = (counts[mine].sum(axis=2) + PRIOR_ENDS * pooled) / (ended[mine] + PRIOR_ENDS)
        together = counts[mine].sum(axis=0)
        together = together / np.maximum(together.sum(axis=1, keepdims=True), 1e-9)
        where[mine] = counts[mine] + together[None]
    where[np.arange(n_services), :, np.arange(n_services)] = 0.0
    total = where.sum(axis=2, keepdims=True)
    shares = np.divide(where, total, out=np.zeros_like(where), where=total > 0)
    return np.where(total[:, :, 0] > 0, np.clip(goes, 0.0, 1.0), 0.0), shares


def _last_shares(stays: Stays) -> Array:
    """(S,) how much of its last month a stay that ends fills, drawn towards that of all services."""
    over = np.flatnonzero(~stays.open & (stays.last > stays.seen))
    n_services = len(stays.services)
    share = stays.last_share[over] / np.maximum(stays.volume[over], 1e-9)
    count = np.bincount(stays.service[over], minlength=n_services)
    total = np.bincount(stays.service[over], weights=share, minlength=n_services)
    usual = share.mean() if len(over) else 0.5
    return np.asarray((total + PRIOR_ENDS * usual) / (count + PRIOR_ENDS), dtype=np.float64)
