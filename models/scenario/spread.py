"""How much of a scenario's uncertainty is each lever's, in kroner, so that levers of different units can be set side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.scenario.attribution import lever_effects, whole_effects
from models.scenario.elsewhere import displaced_by_lever, landed
from models.scenario.engine import budget_change
from models.scenario.terms import make_plan

if TYPE_CHECKING:
    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.scenario import Scenario

_TOTAL = ("total", "total")


def lever_spreads(baseline: Baseline, scenario: Scenario, year: int) -> dict[str, float]:
    """How far the expected deviation of a year lies apart between the ends of each lever's 80 % interval, the others as they are.

    Args:
        baseline: The run.
        scenario: Levers that the run can carry.
        year: One of the run's years.

    Returns:
        Lever id -> currency of the year at the baseline's price level, 0 or more; of the levers with an interval. One that may
        not work at all lies at nothing at one end.
    """
    place = baseline.years.index(year)

    def deviation(changed: Scenario) -> float:
        effects = lever_effects(baseline, make_plan(baseline, changed))
        displaced = displaced_by_lever(changed.levers, whole_effects(effects.sum(axis=1)))
        come = landed(baseline, changed.levers, displaced, _TOTAL)[place]
        return float(effects[:, :, place].sum() + come - budget_change(baseline, changed.levers, _TOTAL)[place])

    found = {}
    for lever in scenario.levers:
        if lever.has_interval:
            ends = [deviation(scenario.with_lever(_certain(lever, value))) for value in (lever.low, lever.high)]
            ends += [deviation(scenario.without(lever.lever_id))] if lever.option("probability_pct", 100.0) < 100.0 else []
            found[lever.lever_id] = max(ends) - min(ends)
    return found


def _certain(lever: Lever, value: float) -> Lever:
    """The lever at one value, without an interval; that it works is taken as given."""
    sure = tuple((name, 100.0 if name == "probability_pct" else other) for name, other in lever.options)
    if lever.of_kind.option("probability_pct") and "probability_pct" not in dict(sure):
        sure = (*sure, ("probability_pct", 100.0))
    return replace(lever, value=value, low=value, high=value, options=sure)
