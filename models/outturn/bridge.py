"""YEAR_BRIDGE: from the revised budget to the expected result of an accounting year, to the last krone.

The budget says nothing of what it was made from, so the bridge goes by what is known: last year's service year beside the budget,
why this service year costs more than that one (Shapley, as in ``models.decompose``; one-off months of both years apart), the part
of it that other accounting years carry, and what is decided, adjusted by staff or lies outside the model. Where known and new
citizens are told apart, ``uptake`` is what the citizens of the cutoff bring if all stay, and those expected to come and to stop
stand beside it, as in the lines of the year's result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.decompose import BARS, ONE_OFFS, year_drift
from models.one_offs import one_off_excess
from models.outturn.year_result import SPLIT, result_draws
from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.drivers import DriverParts
    from models.outturn.year_result import Outturn
    from models.types import PressureDraws

_NEW, _ENDED = SPLIT[1:]
STEPS = (
    "budget", "last_year", *BARS, ONE_OFFS, _NEW, _ENDED, "other_years", "outside_model", "decided_not_in_data", "adjusted",
    "expected",
)  # fmt: skip
_COLUMNS = ["level", "member", "year", "step", "effect"]


def year_bridge(
    made: Outturn,
    parts: DriverParts,
    volume: pd.DataFrame,
    draws: PressureDraws,
    budget_events: pd.DataFrame,
    *,
    age_bands: Mapping[str, tuple[int, int]],
) -> pd.DataFrame:
    """Bridge every member with a budget, in the open years whose year before lies whole in history.

    Args:
        made: From ``outturn``.
        parts: Driver tables and exposure.
        volume: Extract: service, month, age, provider_type, volume, list_cost_nominal.
        draws: The run's draws.
        budget_events: Extract.
        age_bands: Bands of the catalogue.

    Returns:
        YEAR_BRIDGE: one row per step; ``budget`` plus the effects is ``expected``. last_year: last service year and what lay
        outside the model in it, less the budget. other_years: accounting year less service year (late invoices from the year
        before, and those that the year after will carry). expected_new and expected_ended are taken out of uptake: 0 where
        nothing tells them apart.
    """
    found: list[tuple[str, str, int, str, float]] = []
    one_offs = one_off_excess(parts.tables)
    for place, year in enumerate(made.parts.years):
        rows = year_drift(parts, volume, draws, budget_events, year=year, age_bands=age_bands, one_offs=one_offs)
        if rows.empty:
            continue
        drift = _bars(rows)
        for member in made.members:
            budget = made.budget_of(member, year)["revised"]
            if not np.isfinite(budget):
                continue
            lines = {name: float(line.mean()) for name, line in result_draws(made, member, place).items()}
            outside = sum(float(part.sum()) for part in made.outside_of(member, year))
            before = sum(float(part.sum()) for part in made.outside_of(member, year - 1))
            own = drift[member.level, member.member]
            services = lines["expected"] - outside - lines["decided_not_in_data"] - lines["adjusted"]
            effects = {
                "budget": budget,
                "last_year": own["start"] + before - budget,
                **{bar: own.get(bar, 0.0) for bar in (*BARS, ONE_OFFS)},
                "uptake": own.get("uptake", 0.0) - lines[_NEW] + lines[_ENDED],
                _NEW: lines[_NEW],
                _ENDED: -lines[_ENDED],
                "other_years": services - own["end"],
                "outside_model": outside - before,
                "decided_not_in_data": lines["decided_not_in_data"],
                "adjusted": lines["adjusted"],
                "expected": lines["expected"],
            }
            found += [(member.level, member.member, year, step, float(effects[step])) for step in STEPS]
    return published_frame("year_bridge", pd.DataFrame(found, columns=_COLUMNS))


def _bars(rows: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """(level, member) -> driver -> effect of all ages."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows.itertuples():
        own = found.setdefault((str(row.level), str(row.member)), {})
        own[str(row.driver)] = own.get(str(row.driver), 0.0) + float(str(row.effect))
    return found
