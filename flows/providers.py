"""The night and price and quantity: read in memory, hidden by the run's own masks, published in shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.providers import beside_own, cost_concentration, provider_shares, provider_types
from models.secondary import Limits

if TYPE_CHECKING:
    from flows.night import Night
    from models.disclosure import Masks


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
    lost = types[types["mask"] != ""]
    hidden = dict(zip(zip(lost["level"], lost["member"], lost["provider_type"], strict=True), lost["mask"], strict=True))
    night.frames |= {
        "provider_types": types,
        "provider_years": beside_own(night.frames["provider_years"], hidden),
        "cost_concentration": cost_concentration(extracts.stays, drivers, masked=masks.years, limits=limits),
        "provider_shares": provider_shares(extracts.providers, masked=masks.years, hidden=hidden, limits=limits),
    }
