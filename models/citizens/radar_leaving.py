"""The radar's other side: the services that are left, so that what leaves a committee and what it becomes stand together.

Both sides tell the same citizens: the sum between two committees is one figure, told twice. So a sum is shown on both sides or
on neither, and services are hidden on each side by the same rule (``models.citizens.radar_hidden``), on this one alike for every
committee entered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.radar_hidden import all_enough, protected

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from models.citizens.radar_hidden import Committees, Leaving, RadarKey, Shown
    from models.citizens.stays import Flags, Index
    from models.secondary import Limits
    from models.types import Array

    Sides = Mapping[str, Leaving]

NONE = "none"
"""In the place of a committee entered: who ends and goes to no other service."""
_NOISE = 1e-12
LEFT = "left:"
"""Before a service that is hidden on this side, among the radar's keys of what earlier runs hid."""


@dataclass(frozen=True)
class ShownLeft:
    """What is shown of the services that are left.

    Attributes:
        sides: Committee entered (or none) -> expected moves by the service that is left.
        by_service: (S,) services shown by themselves.
        both: What is shown on either side: years, quarters, sums.
    """

    sides: Sides
    by_service: Flags
    both: Shown

    def word(self, year: int, target: str, places: Index | None) -> str:
        """The mask of a year's row: of all services, or of the one at ``places``."""
        if places is None or year not in self.both.years:
            return self.both.word(year, target, None)
        return "" if bool(self.by_service[places].all()) else "secondary"


def sides_of(leaving: Leaving, service: Index, chance: Array, committee: Committees) -> dict[str, Leaving]:
    """Expected moves by the service that is left, for every committee entered and for none.

    Args:
        leaving: Who reach an age, with expected moves by the service they enter.
        service: (n,) the service they are in.
        chance: (n,) probability that they leave it.
        committee: (S,) of each service.

    Returns:
        The same citizens; what goes to a committee adds up to its part of ``leaving.moves``, and all to ``chance``.

    Example:
        >>> from models.citizens.radar_hidden import Leaving
        >>> made = Leaving(np.array([7]), np.array([24324]), np.array([[0.0, 0.3]]), ("a", "b"))
        >>> found = sides_of(made, np.array([0]), np.array([0.5]), np.array(["X", "Y"], dtype=object))
        >>> {target: side.moves.round(1).tolist() for target, side in found.items()}
        {'X': [[0.0, 0.0]], 'Y': [[0.3, 0.0]], 'none': [[0.2, 0.0]]}
    """
    amounts = {str(target): leaving.moves[:, committee == target].sum(axis=1) for target in sorted(set(committee))}
    rest = chance - leaving.moves.sum(axis=1)
    amounts[NONE] = np.where(rest > _NOISE, rest, 0.0)  # else rounding would count as citizens
    own = np.eye(len(leaving.services))[service]
    return {target: replace(leaving, moves=own * amount[:, None]) for target, amount in amounts.items()}


def both_shown(
    shown: Shown, sides: Sides, committee: Committees, *, masked: Collection[str], closed: Collection[str], limits: Limits
) -> tuple[Shown, ShownLeft]:
    """What is shown of both sides, such that neither gives back what the other hides.

    Args:
        shown: What the side of services entered may show by itself.
        sides: Of :func:`sides_of`.
        committee: (S,) of each service.
        masked: Services that the run hides.
        closed: What earlier runs hid of this age and committee left, with ``LEFT`` before a service of this side.
        limits: What few are.

    Returns:
        The side of services entered, perhaps with fewer sums, and the side of services left.
    """
    first_side = sides[NONE]
    names, years = first_side.services, [(year, inside) for year, inside in first_side.years() if year in shown.years]
    reached = {target: np.flatnonzero(side.moves.sum(axis=0) > 0) for target, side in sides.items()}
    every = np.unique(np.concatenate(list(reached.values())))
    hidden = {place for place in every.tolist() if names[place] in masked or f"{LEFT}{names[place]}" in closed}
    wanted = {(year, target) for year, _ in years for target in sides}
    while True:
        told = {target: protected(side, years, reached[target], hidden, limits) for target, side in sides.items()}
        safe = {(year, target) for target, (_, open_years) in told.items() for year in open_years}
        sums = frozenset(key for key in safe if key in shown.sums or key[1] == NONE)
        more = hidden.union(*(found for found, _ in told.values()))
        more |= {place for _, target in wanted - sums for place in reached[target].tolist()}  # one by one they add up to it
        if more == hidden:
            break
        hidden = more
    entered = shown.by_service.copy()
    for _, target in wanted - sums:
        entered[committee == target] = False
    left = np.ones(len(names), dtype=np.bool_)
    left[sorted(hidden)] = False
    by_quarter = frozenset(
        year
        for year in shown.by_quarter
        if {(year, target) for target in sides} <= sums and all_enough(first_side, year, shown.first, reached, limits)
    )
    kept = frozenset(year for year in shown.years if 12 * year >= shown.first or year in by_quarter)
    both = replace(shown, years=kept, sums=sums, by_service=entered, by_quarter=by_quarter)
    return both, ShownLeft(sides, left, both)


def hidden_left(table: pd.DataFrame) -> frozenset[RadarKey]:
    """What a published table of this side hides of services in every year.

    Args:
        table: TRANSITION_LEAVING.
    """
    single = table[~table["period"].astype(str).str.contains("Q") & (table["from_service"] != "all")]
    return frozenset(
        (str(age), str(origin), f"{LEFT}{service}")
        for (age, origin, service), part in single.groupby(["age", "from_committee", "from_service"])
        if (part["mask"] != "").all()
    )
