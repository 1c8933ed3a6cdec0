"""Prices of some kinds of provider only: the published shares of a service's cost, and what of them a lever may name.

A run publishes each service's cost by kind of provider over its newest twelve months (``provider_types``); kinds behind which few
citizens stand are one row with others, or hidden. A price lever that names kinds, all of such a row or none, acts on their share
of the service's price in every month ahead: the mix is taken as it was. What it moves is a shown service's published cost times a
shown share, so it tells no hidden one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from data.schema.published_providers import JOINED, PROVIDER_KINDS
from models.scenario.faults import ScenarioFault, shown_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.scenario import Scenario

PERIOD = "last12"
"""The period that shares are of: the newest twelve months of the run's data."""
_FEW = "With few citizens a figure of its own could tell of someone"


def provider_shares(
    tables: Mapping[str, pd.DataFrame], services: Sequence[str], shown: npt.NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    """Share of each shown service's cost by kind of provider.

    Args:
        tables: Published tables by name; an older run has no ``provider_types``.
        services: (S,) keys.
        shown: (S,) services of which no figure is masked.

    Returns:
        Service -> kind, or several joined by ``+`` -> share of cost, 0 to 1; NaN where it is not shown. Kinds without a row had
        none of the service.
    """
    table = tables.get("provider_types")
    if table is None or table.empty:
        return {}
    may = {key for key, is_shown in zip(services, shown, strict=True) if is_shown}
    rows = table[(table["level"] == "service") & (table["period"] == PERIOD) & table["member"].isin(sorted(may))]
    found: dict[str, dict[str, float]] = {}
    for service, kind, share, mask in rows[["member", "provider_type", "cost_share", "mask"]].itertuples(index=False):
        found.setdefault(str(service), {})[str(kind)] = math.nan if mask else float(share)
    return found


def price_classes(shares: Mapping[str, float], levers: Mapping[int, Sequence[str]]) -> tuple[tuple[float, frozenset[int]], ...]:
    """Cut a service's price into parts that the same levers act on.

    Args:
        shares: Kind of provider, or several joined -> share of the service's cost; a lever names all of those or none.
        levers: Place of a lever -> kinds it names.

    Returns:
        (share of the cost, places of the levers that act on it), shares sum to 1; the part that no lever names first.

    Example:
        >>> price_classes({"own": 0.6, "private": 0.4}, {3: ("private",)})
        ((0.6, frozenset()), (0.4, frozenset({3})))
    """
    parts: dict[frozenset[int], float] = {}
    for kinds, share in sorted(shares.items()):
        acting = frozenset(place for place, named in levers.items() if set(kinds.split(JOINED)) <= set(named))
        if acting:
            parts[acting] = parts.get(acting, 0.0) + share
    rest = max(1.0 - sum(parts.values()), 0.0)
    named = ((share, acting) for acting, share in sorted(parts.items(), key=lambda item: sorted(item[0])) if share > 0.0)
    return ((rest, frozenset()), *named) if rest > 1e-12 else tuple(named)


def acting_share(baseline: Baseline, lever: Lever, service: str) -> float:
    """Share of a service's price that a lever with kinds of provider acts on; NaN where it is not shown."""
    named, found = set(lever.provider_types), 0.0
    for kinds, share in baseline.providers.get(service, {}).items():
        inside = set(kinds.split(JOINED))
        if inside & named:
            found += share if inside <= named else math.nan
    return found


def offered_kinds(baseline: Baseline) -> tuple[tuple[str, str, float], ...]:
    """(service, kind of provider or several joined, share of its cost) that a price lever may name: shown, and not all of it."""
    return tuple(
        (service, kind, shares[kind])
        for service, shares in baseline.providers.items()
        for kind in sorted(shares, key=lambda kinds: (kinds.count(JOINED), PROVIDER_KINDS.index(kinds.split(JOINED)[0])))
        if 0.0 < shares[kind] < 1.0
    )


def provider_faults(where: str, lever: Lever, baseline: Baseline) -> list[ScenarioFault]:
    """What of a lever's kinds of provider a run can't carry."""
    if not lever.provider_types:
        return []
    spot = f"{where}.provider_types"
    if lever.kind != "price":
        what, why = f"A lever of kind {lever.kind} takes no provider_types", "It would be ignored"
        return [ScenarioFault("unknown_key", spot, "", what, why, "Leave it out")]
    services = [baseline.services[place] for place in baseline.members_of(lever)]
    unknown = [service for service in services if service not in baseline.providers]
    if unknown:
        what, why = "The run does not publish what of these services each kind of provider has", "Its share is not known"
        return [ScenarioFault("no_providers", spot, shown_value(unknown[0]), what, why, "Leave provider_types out")]
    hidden = [service for service in services if math.isnan(acting_share(baseline, lever, service))]
    if hidden:
        what = "The share of this kind of provider is not shown"
        remedy = "Name services and kinds that 'provider_types' of the run shows, or leave provider_types out"
        return [ScenarioFault("few_citizens", spot, shown_value(hidden[0]), what, _FEW, remedy)]
    if services and not any(acting_share(baseline, lever, service) > 0.0 for service in services):
        what, why = "None of these services has such a provider", "It would change nothing"
        return [ScenarioFault("no_such_provider", spot, shown_value(lever.provider_types[0]), what, why, "Name another kind")]
    return []


def provider_remarks(baseline: Baseline, scenario: Scenario) -> list[str]:
    """What share of which service's price each lever with kinds of provider acts on, and of which period that is."""
    said = []
    for lever in scenario.levers:
        if lever.provider_types and not lever.is_neutral:
            services = [baseline.services[place] for place in baseline.members_of(lever)]
            parts = ", ".join(f"{acting_share(baseline, lever, service):.0%} of {service}" for service in services)
            kinds = ", ".join(lever.provider_types)
            said.append(f"{lever.lever_id} acts on the price of {kinds}: {parts} (share of cost of the newest 12 months).")
    return said
