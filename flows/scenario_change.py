"""What moved the forecast between two runs under a kept scenario: new data, a new model, other assumptions (decision 0031).

The model and the assumptions are measured as ``opdrift drift --runs`` measures them, on whole calendar years of service; what
else moved is data. It reads the drivers that runs keep for their owner, so it is the command line's to work out; the total's
figures are left beside the scenarios, where the pages find them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from data.errors import OpdriftError, WrongUse
from data.scenario_store import write_change
from flows.drift import open_source, run_again
from models.drift_vintages import drift_vintages
from models.scenario.today import ForecastSplit, split_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.settings import Settings
    from models.scenario import Baseline


def forecast_splits(settings: Settings, then: Baseline, now: Baseline, years: Sequence[int]) -> dict[int, ForecastSplit]:
    """Split the change of the total's forecast by year, and keep what was found for the pages.

    Args:
        settings: Home.
        then: The older run.
        now: The newer run.
        years: Years that both know.

    Returns:
        Year -> split; a year that a run does not hold whole, or whose total is hidden, is missing. Empty where a run kept no
        drivers, or the two can't be set beside each other.
    """
    if then.run_id == now.run_id:
        return dict.fromkeys(years, ForecastSplit(0.0, 0.0, measured=True))
    try:
        (older, _), (newer, record) = (open_source(settings.paths, run_id) for run_id in (then.run_id, now.run_id))
        again = run_again(older, newer, record)
    except OpdriftError:
        return {}
    found = {}
    for year in years:
        try:
            drift = drift_vintages(older, newer, year=year, again=again)
        except WrongUse:
            continue
        total = drift.rows[drift.rows["level"] == "total"]
        if len(total):
            effects = {str(driver): float(effect) for driver, effect in zip(total["driver"], total["effect"], strict=True)}
            mine = newer.draws.months.year == year
            price = float(newer.draws.price_factor[mine].mean()) if mine.any() else 1.0
            found[year] = split_of(effects, nominal=now.price_level == "nominal", price=price, measured=drift.model_measured)
    if found:
        told = {str(year): {"model": split.model, "assumptions": split.assumptions, "measured": split.measured}
                for year, split in found.items()}  # fmt: skip
        with suppress(WrongUse):  # a home that is only read: the answer is given all the same
            write_change(settings.paths, then.run_id, now.run_id, json.dumps(told))
    return found
