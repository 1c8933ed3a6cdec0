"""Pinned and living: what a kept scenario said on its own run, what it says on the newest, and where the change comes from."""

from __future__ import annotations

import json
import math
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


MODEL_HOLDS_DATA, DATA_HOLDS_MODEL = "model_holds_data", "data_holds_model"
_PARTS = ("data", "model", "assumptions")


@dataclass(frozen=True)
class ForecastSplit:
    """Parts of what moved a year's forecast between two runs; ``rest`` is whichever of the three isn't worked out by itself.

    Attributes:
        model: What a new model changed; currency of the year at the scenario's price level.
        assumptions: What another population forecast, other budget events and (in nominal kroner) another price index changed.
        measured: Whether data and model are told apart; else ``note`` says which holds some of the other.
        rest: ``data``, ``model`` or ``assumptions``: what is left of the whole.
        note: ``model_holds_data``: the model is not measured, so all that changed in uptake and unit cost stands under it.
            ``data_holds_model``: settings of the model changed too, and stand under data. Empty: neither.
    """

    model: float
    assumptions: float
    measured: bool
    rest: str = "data"
    note: str = ""

    def parts(self, forecast: int) -> dict[str, int]:
        """Data, model and assumptions in whole kroner; they sum to the forecast's change.

        Example:
            >>> ForecastSplit(2.4, 3.3, measured=True).parts(10), ForecastSplit(0.0, 0.0, measured=True, rest="model").parts(10)
            ({'data': 5, 'model': 2, 'assumptions': 3}, {'data': 0, 'model': 10, 'assumptions': 0})
        """
        found = {"data": 0, "model": round(self.model), "assumptions": round(self.assumptions)}
        found[self.rest] = forecast - sum(amount for name, amount in found.items() if name != self.rest)
        return found


@dataclass(frozen=True)
class Changed:
    """What two runs differ in, of what moves the forecast.

    Attributes:
        data: Whether they read other postings, cases or commitments, or the same ones up to another day.
        model: Whether code, packages, seed or number of draws differ.
        settings: Whether other settings that move a figure differ.
        assumptions: Bars of ``models.drift_vintages`` whose inputs differ: ``demography``, ``budget_events``, ``price_index``.
    """

    data: bool
    model: bool
    settings: bool
    assumptions: frozenset[str]


def split_of(effects: Mapping[str, float], changed: Changed, *, nominal: bool, price: float, measured: bool) -> ForecastSplit:
    """The split of one year from the bars of ``models.drift_vintages``, as far as the two runs let it be known.

    A bar of an assumption whose inputs are the same holds what new data did to it (uptake by age anew), so it is data. Where
    the data are the same, nothing is data, whatever bar it stands under.

    Args:
        effects: Bar -> currency, nominal, of a calendar year of service.
        changed: What the runs differ in.
        nominal: Whether the scenario's amounts are nominal; else the price index moves none of them.
        price: Nominal per real in that year, of the newer run.
        measured: Whether ``new_model`` is a measurement.

    Example:
        >>> bars = {"new_model": 11.0, "demography": 22.0, "price_index": 5.0}
        >>> all_of_it = Changed(data=True, model=True, settings=False, assumptions=frozenset({"demography"}))
        >>> split_of(bars, all_of_it, nominal=False, price=1.1, measured=True)
        ForecastSplit(model=10.0, assumptions=20.0, measured=True, rest='data', note='')
        >>> seed = Changed(data=False, model=True, settings=False, assumptions=frozenset())
        >>> split_of(bars, seed, nominal=False, price=1.1, measured=True).parts(7)
        {'data': 0, 'model': 7, 'assumptions': 0}
    """
    scale = 1.0 if nominal else price
    acting = changed.assumptions - (frozenset() if nominal else {"price_index"})
    assumed = round(sum(effects.get(name, 0.0) for name in sorted(acting)) / scale, 2)
    if not changed.data:
        same = not changed.model and not changed.settings
        return ForecastSplit(
            0.0, 0.0 if same else assumed, measured=True, rest="assumptions" if same and changed.assumptions else "model"
        )
    note = "" if measured else MODEL_HOLDS_DATA
    note = note or (DATA_HOLDS_MODEL if changed.settings else "")
    return ForecastSplit(round(effects.get("new_model", 0.0) / scale, 2), assumed, measured=not note, note=note)


def read_splits(text: str) -> dict[int, ForecastSplit]:
    """Read what was left of two runs; nothing where it can't be read.

    Example:
        >>> read_splits('{"2027": {"model": 1.0, "assumptions": 2.0, "measured": true}}'), read_splits("{")
        ({2027: ForecastSplit(model=1.0, assumptions=2.0, measured=True, rest='data', note='')}, {})
    """
    try:
        return {int(year): _split(told) for year, told in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _split(told: Mapping[str, object]) -> ForecastSplit:
    rest, measured = str(told.get("rest", "data")), bool(told["measured"])
    if rest not in _PARTS:
        raise ValueError(rest)
    note = str(told.get("note", "" if measured else MODEL_HOLDS_DATA))  # an older version left none
    model, assumptions = (float(str(told[name])) for name in ("model", "assumptions"))
    if not math.isfinite(model + assumptions):
        raise ValueError(rest)
    return ForecastSplit(model, assumptions, measured, rest, note)


@dataclass(frozen=True)
class YearThenAndNow:
    """One year of the total, whole currency at the newest run's price level (both runs have the same).

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
    then: int
    now: int
    frame: int
    forecast: int
    effect: int
    left_out: int
    framed: bool
    split: ForecastSplit | None = None

    @property
    def parts(self) -> dict[str, int] | None:
        """Data, model and assumptions; they sum to ``forecast``. None where they aren't known apart."""
        return None if self.split is None else self.split.parts(self.forecast)


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
        ends = round(before[name]), round(after[name])
        effect, left_out, frame = (round(own["after"] - own["kept"]), round(own["kept"] - own["before"]), round(-budgets))
        years.append(
            YearThenAndNow(
                year=year,
                then=ends[0],
                now=ends[1],
                frame=frame,
                forecast=ends[1] - ends[0] - frame - effect - left_out,
                effect=effect,
                left_out=left_out,
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
