"""What of the transition radar is hidden: figures of few citizens, and those that would give them back.

Within a year and a committee entered, services add up to ``all``; a year's quarters add up to the year; a month later the same
year is told anew, and what is left of the year is told less a quarter. So services are shown or hidden in every year alike, the
quarters of a year all or none (without saying which of them is small), and what is left of a begun year only with its quarters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from models.citizens.stays import Flags, Index
    from models.secondary import Limits
    from models.types import Array

    Committees = np.ndarray[tuple[int], np.dtype[np.object_]]

RadarKey = tuple[str, str, str]
"""Age, committee that is left, and what is hidden of it: a service, or a year whose quarters are."""


@dataclass(frozen=True)
class Leaving:
    """Open stays of one committee that reach an age. n stays, S services.

    Attributes:
        person: (n,) citizens.
        month: (n,) month numbers in which they reach it.
        moves: (n, S) expected moves.
        services: Keys of the S services.
    """

    person: Index
    month: Index
    moves: Array
    services: tuple[str, ...]

    def years(self) -> list[tuple[int, Flags]]:
        """Years in which anybody reaches the age, and who."""
        return [(year, self.month // 12 == year) for year in np.unique(self.month // 12).tolist()]

    def is_few(self, inside: Flags, places: Index, limits: Limits) -> bool:
        """Whether what is expected rests on too few, or mostly on one; nothing at all is no one's secret."""
        _, who = np.unique(self.person[inside], return_inverse=True)
        held = np.bincount(who, weights=self.moves[inside][:, places].sum(axis=1)) if len(who) else np.zeros(0)
        whole = float(held.sum())
        return whole > 0 and bool((held > 0).sum() < limits.min_citizens or held.max() > limits.max_top_share * whole)

    def reach_few(self, inside: Flags, limits: Limits) -> bool:
        """Whether one or more, but too few, reach the age."""
        return 0 < len(set(self.person[inside].tolist())) < limits.min_citizens


@dataclass(frozen=True)
class Shown:
    """What is shown of those who leave one committee at one age.

    Attributes:
        first: Number of the first month after the cutoff.
        years: Years that are shown at all.
        sums: (year, committee entered) whose sum is shown.
        by_service: (S,) services shown by themselves.
        by_quarter: Years whose quarters are shown.
    """

    first: int
    years: frozenset[int]
    sums: frozenset[tuple[int, str]]
    by_service: Flags
    by_quarter: frozenset[int]

    def word(self, year: int, target: str, places: Index | None) -> str:
        """The mask of a year's row: of all services, or of the one at ``places``."""
        if year not in self.years:
            return "primary"
        if places is None:
            return "" if (year, target) in self.sums else "secondary"
        return "" if bool(self.by_service[places].all()) else "secondary"

    def quarters(self, leaving: Leaving, year: int) -> Iterator[tuple[int, Flags]]:
        """Whole quarters of a year still to come, and who reaches the age in them."""
        yield from _quarters(leaving, year, self.first)


def _quarters(leaving: Leaving, year: int, first: int) -> Iterator[tuple[int, Flags]]:
    for quarter in range(4):
        if 12 * year + 3 * quarter >= first:
            yield quarter + 1, leaving.month // 3 == 4 * year + quarter


def shown_of(
    leaving: Leaving, committee: Committees, *, first: int, masked: Collection[str], closed: Collection[str], limits: Limits
) -> Shown:
    """Decide what is shown of those who leave one committee at one age.

    Args:
        leaving: They, in whole quarters to come.
        committee: (S,) of each service.
        first: Number of the first month after the cutoff.
        masked: Services that the run hides.
        closed: Services, and years by quarter, that earlier runs hid.
        limits: What few are.
    """
    into = {target: np.flatnonzero(committee == target) for target in sorted(set(committee))}
    by_quarter = {
        year for year, _ in leaving.years() if str(year) not in closed and all_enough(leaving, year, first, into, limits)
    }
    enough = [(year, inside) for year, inside in leaving.years() if not leaving.reach_few(inside, limits)]
    years = [(year, inside) for year, inside in enough if 12 * year >= first or year in by_quarter]
    by_service, sums = np.ones(len(leaving.services), dtype=np.bool_), set()
    for target, places in into.items():
        starts = {place for place in places.tolist() if leaving.services[place] in masked or leaving.services[place] in closed}
        hidden, open_years = protected(leaving, years, places, starts, limits)
        by_service[sorted(hidden)] = False
        sums |= {(year, str(target)) for year in open_years}
    shown = frozenset(year for year, _ in years)
    told_all = {year for year in by_quarter & shown if all((year, str(target)) in sums for target in into)}
    left = {year for year in shown if 12 * year >= first or year in told_all}
    return Shown(first, frozenset(left), frozenset(sums), by_service, frozenset(told_all))


def all_enough(leaving: Leaving, year: int, first: int, into: Mapping[str, Index], limits: Limits) -> bool:
    """Whether no whole quarter of a year is of few, over all services or into one committee."""
    return not any(
        leaving.reach_few(part, limits) or any(leaving.is_few(part, places, limits) for places in into.values())
        for _, part in _quarters(leaving, year, first)
    )


def protected(
    leaving: Leaving, years: list[tuple[int, Flags]], places: Index, starts: set[int], limits: Limits
) -> tuple[set[int], list[int]]:
    """Services of one committee that are hidden in every year, and the years whose sum may be shown beside them.

    What is hidden together must be of enough citizens and of two services in every year; the smallest other joins until it is.
    Where all are hidden and a year's sum is still too small, or one service's alone, that sum is hidden too.
    """
    reached = [place for place in places.tolist() if (leaving.moves[:, place] > 0).any()]
    size = leaving.moves.sum(axis=0)
    hidden = starts & set(reached)
    hidden |= {place for place in reached if any(leaving.is_few(inside, np.array([place]), limits) for _, inside in years)}

    def is_safe(inside: Flags) -> bool:
        group = np.array(sorted(hidden), dtype=np.int64)
        present = int((leaving.moves[inside][:, group] > 0).any(axis=0).sum())
        return not hidden or present == 0 or (present >= 2 and not leaving.is_few(inside, group, limits))

    while not all(is_safe(inside) for _, inside in years):
        others = [place for place in reached if place not in hidden]
        if not others:
            break
        hidden.add(min(others, key=lambda place: (size[place], leaving.services[place])))
    return hidden, [year for year, inside in years if is_safe(inside)]


def hidden_keys(radar: pd.DataFrame) -> frozenset[RadarKey]:
    """What a published radar hides of services (in every year) and of quarters.

    Args:
        radar: TRANSITION_RADAR.
    """
    found: set[RadarKey] = set()
    masked = radar["mask"] != ""
    is_quarter = radar["period"].astype(str).str.contains("Q")
    for row in radar[masked & is_quarter].itertuples(index=False):
        found.add((str(row.age), str(row.from_committee), str(row.period)[:4]))
    single = radar[~is_quarter & (radar["to_service"] != "all")]
    for (age, origin, service), part in single.groupby(["age", "from_committee", "to_service"]):
        if (part["mask"] != "").all():
            found.add((str(age), str(origin), str(service)))
    return frozenset(found)
