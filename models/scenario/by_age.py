"""Levers on some ages: the published shares of a service's citizens and cost by age band, and what of them a lever may name.

A lever that names ages acts on their share of the service's volume and of its cost, month by month, and leaves the rest as it is.
A service is cut into classes of bands on which the same levers act: within a class they multiply, classes are added. Ages are
spans (``18-22``, ``67+``); a band is acted on where it lies inside what is named, and must never lie half inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from models.scenario.faults import ScenarioFault, shown_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pandas as pd

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.types import Array

SPAN = re.compile(r"(\d{1,3})(?:-(\d{1,3})|\+)")
OLDEST = 999
NOT_BY_AGE = {
    "new_referrals": "The run publishes citizens by age, not how old those are who come",
    "duration_of_stay": "The run publishes citizens by age, not how long stays last at each age",
    "bringing_home": "Places are brought home, and a place has one price",
}
"""Kinds that act on services and take no ages, and why."""
_FEW = "With few citizens a figure of its own could tell of someone"


@dataclass(frozen=True, eq=False)
class ServiceAges:
    """One service's shares. G bands, H months ahead.

    Attributes:
        bands: (G,) as the run names them, youngest first.
        volume: (G, H) share of its full-time citizens; bands sum to 1.
        cost: (G, H) share of its cost; bands sum to 1.
    """

    bands: tuple[str, ...]
    volume: Array
    cost: Array

    def inside(self, ages: tuple[str, ...]) -> frozenset[int]:
        """Places of the bands that lie inside some ages."""
        return frozenset(
            place
            for place, band in enumerate(self.bands)
            if any(span(age)[0] <= span(band)[0] and span(band)[1] <= span(age)[1] for age in ages)
        )

    def torn(self, ages: tuple[str, ...]) -> tuple[str, ...]:
        """Bands that lie half inside."""
        whole = self.inside(ages)
        return tuple(
            band
            for place, band in enumerate(self.bands)
            if place not in whole and any(span(age)[0] <= span(band)[1] and span(band)[0] <= span(age)[1] for age in ages)
        )


@cache
def span(text: str) -> tuple[int, int]:
    """First and last age.

    Example:
        >>> span("18-22"), span("67+")
        ((18, 22), (67, 999))
    """
    found = SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]), int(found[2]) if found[2] else OLDEST


def age_shares_of(
    tables: Mapping[str, pd.DataFrame], services: tuple[str, ...], months: pd.DatetimeIndex, shown: npt.NDArray[np.bool_]
) -> dict[str, ServiceAges]:
    """Read AGE_SHARES of the services of which no figure is masked; an older run has none."""
    table = tables.get("age_shares")
    if table is None or table.empty:
        return {}
    may = {key for key, is_shown in zip(services, shown, strict=True) if is_shown}
    years = months.year.to_numpy()
    found = {}
    for service, rows in table[table["service"].isin(sorted(may))].groupby("service"):
        bands = tuple(sorted(set(rows["age_band"].astype(str)), key=span))
        wide = {name: rows.pivot_table(index="age_band", columns="year", values=name) for name in ("volume_share", "cost_share")}
        parts = [wide[name].reindex(index=list(bands), columns=years).to_numpy(dtype=np.float64) for name in wide]
        if all(np.isfinite(part).all() for part in parts):
            volume, cost = (part / part.sum(axis=0) for part in parts)
            found[str(service)] = ServiceAges(bands, volume, cost)
    return found


def age_classes(ages: ServiceAges, levers: Mapping[int, tuple[str, ...]]) -> list[tuple[frozenset[int], Array, Array]]:
    """Cut a service into classes of bands on which the same levers act.

    Args:
        ages: The service's shares.
        levers: Place of a lever -> ages it names.

    Returns:
        (places of the levers that do not act, (H,) share of volume, (H,) share of cost); shares sum to 1.

    Example:
        >>> half = ServiceAges(("0-17", "18+"), np.full((2, 1), 0.5), np.full((2, 1), 0.5))
        >>> [(sorted(out), volume.tolist()) for out, volume, _ in age_classes(half, {3: ("18+",)})]
        [([], [0.5]), ([3], [0.5])]
    """
    inside = {place: ages.inside(named) for place, named in levers.items()}
    classes: dict[frozenset[int], list[int]] = {}
    for band in range(len(ages.bands)):
        out = frozenset(place for place, bands in inside.items() if band not in bands)
        classes.setdefault(out, []).append(band)
    ordered = sorted(classes.items(), key=lambda item: sorted(item[0]))
    found: list[tuple[frozenset[int], Array, Array]] = []
    volume_left, cost_left = np.ones(ages.volume.shape[1]), np.ones(ages.cost.shape[1])
    for out, bands in ordered[:-1]:
        found.append((out, ages.volume[bands].sum(axis=0), ages.cost[bands].sum(axis=0)))
        volume_left, cost_left = volume_left - found[-1][1], cost_left - found[-1][2]
    return [*found, (ordered[-1][0], volume_left, cost_left)]  # what is left of the whole, so that all of them are it to the bit


def may_name_ages(lever: Lever) -> bool:
    """Whether a lever of its kind can act on some ages alone."""
    return lever.of_kind.acts_on == "services" and lever.kind not in NOT_BY_AGE


def offered_ages(baseline: Baseline, lever: Lever) -> tuple[str, ...]:
    """Age spans that a lever may name: bands that all its services share, each shown in all of them; none: it may not."""
    services = [baseline.services[place] for place in baseline.members_of(lever)]
    if not may_name_ages(lever) or not services or any(service not in baseline.ages for service in services):
        return ()
    known = [baseline.ages[service] for service in services]
    spans = sorted({band for ages in known for band in ages.bands}, key=span)
    return tuple(band for band in spans if not any(ages.torn((band,)) for ages in known))


def age_faults(where: str, lever: Lever, baseline: Baseline) -> list[ScenarioFault]:
    """What of a lever's ages a run can't carry."""
    if not lever.age_bands:
        return []
    spot = f"{where}.age_bands"

    def fault(value: object, what: str, why: str, remedy: str, code: str = "age_bands") -> list[ScenarioFault]:
        return [ScenarioFault(code, spot, shown_value(value), what, why, remedy)]

    if not may_name_ages(lever):
        what, why = "This kind of lever can't be moved by age", NOT_BY_AGE.get(lever.kind, "It acts on everybody alike")
        return fault(lever.kind, what, why, "Leave age_bands out", "not_by_age")
    services = [baseline.services[place] for place in baseline.members_of(lever)]
    unknown = [service for service in services if service not in baseline.ages]
    if unknown:
        what = "The run does not show this service by age"
        return fault(unknown[0], what, _FEW, "Leave age_bands out, or name services that 'age_shares' of the run shows")
    for service in services:
        torn = baseline.ages[service].torn(lever.age_bands)
        if torn:
            what = f"These ages cut a band of {service} in two"
            return fault(torn[0], what, "Small bands are shown together", f"Use spans of {list(baseline.ages[service].bands)}")
    if services and not any(baseline.ages[service].inside(lever.age_bands) for service in services):
        return fault(lever.age_bands[0], "None of these services has such citizens", "It would change nothing", "Name other ages")
    return []


def meet(baseline: Baseline, one: Lever, two: Lever, service: int) -> bool:
    """Whether two levers act on the same ages of a service."""
    if not (one.age_bands and two.age_bands):
        return True
    ages = baseline.ages.get(baseline.services[service])
    return ages is None or bool(ages.inside(one.age_bands) & ages.inside(two.age_bands))
