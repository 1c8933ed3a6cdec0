"""How a run's volume answers to longer stays and to more newcomers, as published (``stay_response``), for the levers on them.

A lever on stays says by how much they last longer; time runs for them by ``1 / (1 + value)``. In the months in which it acts what
the run published is added up, month by month of action, and the volume of a month follows as ``exp`` of that, so it never falls
below none. The answer is of first order: on the sample it misses the roll-forward done again by 3 to 7 per cent of the change
where one service's stays are 20 per cent shorter or longer, and by 1 where all are 10 longer
(decision 0030). A lever on newcomers scales their number; that is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.citizens.response import ENTRANTS, LONGER, LONGER_FILLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt
    import pandas as pd

    from models.scenario.lever import Lever
    from models.types import Array

KINDS = {"duration_of_stay": LONGER, "new_referrals": ENTRANTS}
"""Kinds of lever that are answered so, and by what."""


@dataclass(frozen=True, eq=False)
class StayAnswers:
    """What a run publishes.

    Attributes:
        change: (measure, from, to) -> (H, H) from the month of action to the month it shows: share of the service's full-time
            citizens. From and to are places of shown services. Empty in an older run, or where citizens are not rolled forward.
    """

    change: Mapping[tuple[str, int, int], Array]

    def holds(self, lever: Lever, services: Iterable[int]) -> bool:
        """Whether each of some services is answered."""
        return all((KINDS[lever.kind], int(service), int(service)) in self.change for service in services)

    def reached(self, lever: Lever, services: Iterable[int]) -> set[int]:
        """The services, and those in which it also shows: where movers arrive later, or do not come."""
        origins, measure = {int(service) for service in services}, KINDS.get(lever.kind)
        return origins | {sink for name, origin, sink in self.change if name == measure and origin in origins}

    def along(self, measure: str, origins: Iterable[int], sink: int, profile: Array) -> Array:
        """(H,) what some services' months of action, weighted by a profile, do to one service."""
        found = np.zeros(len(profile))
        for origin in sorted(origins):
            table = self.change.get((measure, int(origin), sink))
            if table is not None:
                found += profile @ table
        return found

    def longer(self, lever: Lever, origins: Iterable[int], sink: int, profile: Array) -> Array:
        """(H,) the same for longer stays, with as many of the freed places filled as the lever says."""
        filled = lever.option("places_filled_pct") / 100.0
        parts = ((LONGER, 1.0 - filled), (LONGER_FILLED, filled))
        return np.asarray(sum(share * self.along(measure, origins, sink, profile) for measure, share in parts))


def stay_answers(
    tables: Mapping[str, pd.DataFrame], services: tuple[str, ...], months: pd.DatetimeIndex, shown: npt.NDArray[np.bool_]
) -> StayAnswers:
    """Read STAY_RESPONSE; an older run has none.

    Args:
        tables: Published tables by name.
        services: (S,) keys.
        months: (H,) months ahead.
        shown: (S,) services of which no figure is masked.
    """
    table = tables.get("stay_response")
    found: dict[tuple[str, int, int], Array] = {}
    if table is None or table.empty:
        return StayAnswers(found)
    place = {key: number for number, key in enumerate(services) if shown[number]}
    at = {month: number for number, month in enumerate(months)}
    columns = (table[name] for name in ("measure", "from_service", "to_service", "month", "change"))
    for measure, origin, sink, month, change in zip(*columns, strict=True):
        if origin in place and sink in place and month in at:
            key = (str(measure), place[origin], place[sink])
            rows = found.setdefault(key, np.zeros((len(months), len(months))))
            rows[at[month], at[month] :] = change
    return StayAnswers(found)


def stay_factor(stretch: Array, values: Array, share: float) -> Array:
    """What longer stays do to a month: 1 where nothing is changed.

    Args:
        stretch: (H,) or (H, 1) from :meth:`StayAnswers.longer`.
        values: By how many per cent stays are longer.
        share: Share of the mean cost that goes with a citizen; 1 for the citizens themselves.

    Example:
        >>> stay_factor(np.array([0.0, 1.0]), np.array(0.0), 1.0).tolist()
        [1.0, 1.0]
    """
    return np.asarray(1.0 + share * np.expm1(stretch * values / (100.0 + values)))
