"""The night and price and quantity: read in memory, hidden by the run's own masks, published in shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.schema import RESTRICTED
from models.providers import beside_own, cost_concentration, not_by_themselves, provider_shares, provider_types
from models.secondary import Limits

if TYPE_CHECKING:
    from flows.night import Night
    from models.disclosure import Masks

_KEPT = [column.name for column in RESTRICTED["driver_kinds"].columns]


def show_providers(night: Night, masks: Masks) -> None:
    """Make ``provider_types``, ``cost_concentration`` and ``provider_shares``; hide of ``provider_years`` what tells the former.

    Args:
        night: The night; ``extracts``, ``parts`` and ``hidden_earlier`` are there.
        masks: What the run hides.
    """
    extracts, drivers = night.held["extracts"], night.held["parts"].tables
    limits = Limits(night.settings.min_citizens, night.settings.max_top_share)
    earlier = night.held["hidden_earlier"].providers
    types = provider_types(
        extracts.provider_types, extracts.provider_rates, drivers, masked=masks.years, limits=limits, earlier=earlier
    )
    hidden = not_by_themselves(types)
    night.held["driver_frames"]["driver_kinds"] = extracts.provider_types[_KEPT]
    night.frames |= {
        "provider_types": types,
        "provider_years": beside_own(night.frames["provider_years"], hidden),
        "cost_concentration": cost_concentration(extracts.stays, drivers, masked=masks.years, limits=limits),
        "provider_shares": provider_shares(extracts.providers, masked=masks.years, hidden=hidden, limits=limits),
    }
