"""What a night knows of earlier cutoffs: what the home held then, and the drivers that are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from data.extracts import read_known_then
from models.remade import parts_as_of, was_recorded, yearly_origins

if TYPE_CHECKING:
    from flows.night import Night
    from models.drivers import DriverParts
    from models.types import DriverTables


@dataclass(frozen=True)
class Then:
    """What a night of a cutoff's day knows of it.

    Attributes:
        tables: What its forecast starts from.
        list_cost: service, month, list_cost_nominal, completed for cases recorded late.
        stays: As ``Extracts.stays``.
    """

    tables: DriverTables
    list_cost: pd.DataFrame
    stays: pd.DataFrame


def known_tonight(night: Night) -> Then:
    """Tonight's cutoff, in the same terms.

    Args:
        night: The night; ``extracts`` and ``parts`` are there.
    """
    parts = night.held["parts"]
    return Then(parts.tables, _list_cost(parts), night.held["extracts"].stays)


def known_then(night: Night) -> dict[pd.Timestamp, Then]:
    """The newest Decembers before tonight's cutoff, newest first; those of which nothing was recorded in time are left out.

    Args:
        night: The night; ``extracts``, ``catalogue`` and ``parts`` are there, and the warehouse is as they left it. A notice
            tells which were left out.
    """
    extracts, catalogue, tonight = night.held["extracts"], night.held["catalogue"], night.held["parts"].tables
    how = {"reference_months": night.settings.reference_months, "age_bands": catalogue.age_bands}
    found, late = {}, []
    for origin in yearly_origins(tonight):
        known = read_known_then(night.warehouse(), night.settings, catalogue, extracts, origin)
        parts = parts_as_of(known, tonight, extracts.budget_events, **how)
        if was_recorded(parts.tables, tonight):
            found[origin] = Then(parts.tables, _list_cost(parts), known.stays)
        else:
            late.append(origin.year)
    if late:
        night.held["notices"].append(_recorded_late(late))
    return found


def _recorded_late(years: list[int]) -> pd.DataFrame:
    told = ", ".join(str(year) for year in sorted(years))
    danish = (
        f"Det er ikke prøvet, hvad modellen ville have sagt ved udgangen af {told}: over halvdelen af årets borgere eller udgift "
        "er registreret senere, så hvad man vidste dengang, kan ikke ses."
    )
    english = (
        f"What the model would have said at the end of {told} was not tried: more than half of the year's citizens or cost was "
        "recorded later, so what was known then can't be told."
    )
    return pd.DataFrame([("recorded_late", "run", danish, english)], columns=["notice_id", "member", "text_da", "text_en"])


def _list_cost(parts: DriverParts) -> pd.DataFrame:
    return parts.cases.volume[["service", "month", "list_cost_nominal"]]
