"""Pinned and living: what a kept scenario said on its own run, what it says on the newest, and where the change comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.scenario.board import fitted
from models.scenario.engine import evaluate
from models.scenario.faults import ScenarioFault, ScenarioInvalid

if TYPE_CHECKING:
    import pandas as pd

    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario


@dataclass(frozen=True)
class YearThenAndNow:
    """One year of the total, currency at the newest run's price level (both runs have the same).

    Attributes:
        year: Year.
        then: Deviation from the frame on the run it was kept on (expenditure where there is no frame).
        now: The same on the newest run.
        frame: What a changed frame moves the deviation.
        forecast: What new data and a new model move the forecast without the scenario.
        effect: What the scenario itself now does more or less, from the levers that both runs carry.
        left_out: What the levers that the newest run can't carry did.
        framed: Whether it is a deviation from a frame.
    """

    year: int
    then: float
    now: float
    frame: float
    forecast: float
    effect: float
    left_out: float
    framed: bool


@dataclass(frozen=True)
class Today:
    """A kept scenario on two runs.

    Attributes:
        years: Years that both runs know; ``frame``, ``forecast``, ``effect`` and ``left_out`` sum to ``now`` less ``then``.
        faults: Levers that the newest run can't carry.
    """

    years: tuple[YearThenAndNow, ...]
    faults: tuple[ScenarioFault, ...]


def today(then: Baseline, now: Baseline, scenario: Scenario) -> Today:
    """Evaluate a kept scenario on its own run and on the newest, and share the difference out.

    Args:
        then: The run it is pinned to.
        now: The newest run.
        scenario: As kept.

    Raises:
        ScenarioInvalid: The two runs have other price levels or bases, so that kroner can't be compared.
    """
    if (then.price_level, then.basis) != (now.price_level, now.basis):
        what, why = "The two runs are at other price levels or count other years", "Kroner of two levels can't be compared"
        fault = ScenarioFault("price_level", "run_id", now.price_level, what, why, "Evaluate it on the newest run alone")
        raise ScenarioInvalid.of([fault])
    carried, faults = fitted(scenario, now)
    pinned, _ = fitted(scenario, then)
    both, _ = fitted(carried, then)
    whole, shared, newest = _totals(then, pinned), _totals(then, both), _totals(now, carried)
    years = []
    for year in sorted(set(whole) & set(newest)):
        before, kept, after = whole[year], shared[year], newest[year]
        framed = all(row["deviation_mean"] == row["deviation_mean"] for row in (before, after))
        budgets = (after["budget"] - before["budget"]) if framed else 0.0
        name = "deviation_mean_scenario" if framed else "mean_scenario"
        own = {key: row["change_mean"] - (row["budget_scenario"] - row["budget"] if framed else 0.0)
               for key, row in (("before", before), ("kept", kept), ("after", after))}  # fmt: skip
        years.append(
            YearThenAndNow(
                year=year,
                then=before[name],
                now=after[name],
                frame=-budgets,
                forecast=after["mean"] - before["mean"],
                effect=own["after"] - own["kept"],
                left_out=own["kept"] - own["before"],
                framed=framed,
            )
        )
    return Today(tuple(years), faults)


def _totals(baseline: Baseline, scenario: Scenario) -> dict[int, dict[str, float]]:
    """Year -> the total's figures under a scenario."""
    members: pd.DataFrame = evaluate(baseline, scenario).members
    rows = members[members["level"] == "total"].drop(columns=["level", "member", "label"])
    return {int(row["year"]): {str(name): float(value) for name, value in row.items()} for row in rows.to_dict("records")}
