"""Pinned and living: what a kept scenario said on its own run, what it says on the newest, and where the change comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.scenario.board import fitted
from models.scenario.engine import evaluate
from models.scenario.faults import ScenarioFault, ScenarioInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario


_ASSUMED = ("demography", "budget_events")


@dataclass(frozen=True)
class ForecastSplit:
    """Parts of what moved a year's forecast between two runs; what is left of it is data.

    Attributes:
        model: What a new model changed; currency of the year at the scenario's price level.
        assumptions: What another population forecast, other budget events and (in nominal kroner) another price index changed.
        measured: Whether the model's part is a measurement; else it holds all that changed in uptake and unit cost.
    """

    model: float
    assumptions: float
    measured: bool


def split_of(effects: Mapping[str, float], *, nominal: bool, price: float, measured: bool) -> ForecastSplit:
    """The split of one year from the bars of ``models.drift_vintages``.

    Args:
        effects: Bar -> currency, nominal, of a calendar year of service.
        nominal: Whether the scenario's amounts are nominal; else the price index moves none of them.
        price: Nominal per real in that year, of the newer run.
        measured: Whether ``new_model`` is a measurement.

    Example:
        >>> split_of({"new_model": 11.0, "demography": 22.0, "price_index": 5.0}, nominal=False, price=1.1, measured=True)
        ForecastSplit(model=10.0, assumptions=20.0, measured=True)
    """
    scale = 1.0 if nominal else price
    assumed = sum(effects.get(name, 0.0) for name in (*_ASSUMED, *(("price_index",) if nominal else ())))
    return ForecastSplit(round(effects.get("new_model", 0.0) / scale, 2), round(assumed / scale, 2), measured)


def read_splits(text: str) -> dict[int, ForecastSplit]:
    """Read what the command line left; nothing where it can't be read.

    Example:
        >>> read_splits('{"2027": {"model": 1.0, "assumptions": 2.0, "measured": true}}'), read_splits("{")
        ({2027: ForecastSplit(model=1.0, assumptions=2.0, measured=True)}, {})
    """
    try:
        return {
            int(year): ForecastSplit(float(told["model"]), float(told["assumptions"]), bool(told["measured"]))
            for year, told in json.loads(text).items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


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
        split: Parts of ``forecast``; None: not known.
    """

    year: int
    then: float
    now: float
    frame: float
    forecast: float
    effect: float
    left_out: float
    framed: bool
    split: ForecastSplit | None = None

    @property
    def data(self) -> float | None:
        """What new data moved: the rest of ``forecast``; None where it isn't known apart."""
        return None if self.split is None else self.forecast - self.split.model - self.split.assumptions


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


def with_splits(found: Today, splits: Mapping[int, ForecastSplit]) -> Today:
    """The same with the parts of ``forecast`` where they are known."""
    return replace(found, years=tuple(replace(year, split=splits.get(year.year)) for year in found.years))


def _totals(baseline: Baseline, scenario: Scenario) -> dict[int, dict[str, float]]:
    """Year -> the total's figures under a scenario."""
    members: pd.DataFrame = evaluate(baseline, scenario).members
    rows = members[members["level"] == "total"].drop(columns=["level", "member", "label"])
    return {int(row["year"]): {str(name): float(value) for name, value in row.items()} for row in rows.to_dict("records")}
