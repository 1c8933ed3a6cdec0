"""Two to four scenarios side by side: what each gives, and what differs between their levers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from models.scenario.engine import evaluate
from models.scenario.faults import ScenarioFault, ScenarioInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario

FEWEST, MOST = 2, 4


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios side by side.

    Attributes:
        totals: scenario (its place), year, mean, deviation_mean, probability_over, change_mean; for the total, currency per year.
        differences: lever_id and what the lever says in each scenario, ready for JSON; None: not there.
            Levers that are the same in all are left out.
    """

    totals: pd.DataFrame
    differences: tuple[tuple[str, tuple[dict[str, object] | None, ...]], ...]


def compare(sides: Sequence[tuple[Baseline, Scenario]]) -> Comparison:
    """Set scenarios side by side, each on the run it is pinned to.

    Raises:
        ScenarioInvalid: Fewer than two or more than four, or their runs have other years, bases or price levels.
    """
    _refuse(sides)
    tables = []
    for place, (baseline, scenario) in enumerate(sides):
        members = evaluate(baseline, scenario).members
        total = members[members["level"] == "total"]
        chosen = {name: total[f"{name}_scenario"] for name in ("mean", "deviation_mean", "probability_over")}
        tables.append(pd.DataFrame({"scenario": place, "year": total["year"], **chosen, "change_mean": total["change_mean"]}))
    ids = sorted({lever.lever_id for _, scenario in sides for lever in scenario.levers})
    rows = [(lever_id, tuple(_told(scenario, lever_id) for _, scenario in sides)) for lever_id in ids]
    differences = tuple((lever_id, told) for lever_id, told in rows if any(other != told[0] for other in told[1:]))
    return Comparison(pd.concat(tables, ignore_index=True), differences)


def _told(scenario: Scenario, lever_id: str) -> dict[str, object] | None:
    return scenario.lever(lever_id).in_short().to_dict() if scenario.holds(lever_id) else None


def _refuse(sides: Sequence[tuple[Baseline, Scenario]]) -> None:
    if not FEWEST <= len(sides) <= MOST:
        what, remedy = "Two to four scenarios can be set side by side", "Choose so many"
        raise ScenarioInvalid.of([ScenarioFault("count", "scenarios", str(len(sides)), what, "Nobody reads more", remedy)])
    first = sides[0][0]
    remedy = "Evaluate all of them on the newest run: opdrift scenario compare --anew, or the switch on the page"
    faults = []
    for place, (baseline, _) in enumerate(sides[1:], start=1):
        where = f"scenarios[{place}]"
        if baseline.years != first.years or baseline.first != first.first:
            what, why = "The scenarios have other horizons", "Years would be set beside other years"
            faults.append(ScenarioFault("horizon", where, "", what, why, remedy))
        if (baseline.price_level, baseline.basis) != (first.price_level, first.basis):
            what, why = "The scenarios are at other price levels", "Kroner of two levels can't be set side by side"
            faults.append(ScenarioFault("price_level", where, baseline.price_level, what, why, remedy))
    if faults:
        raise ScenarioInvalid.of(faults)
