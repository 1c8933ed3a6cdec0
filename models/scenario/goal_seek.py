"""Goal-seek: which value of one lever keeps the frame in one year as surely as is wanted, or that none does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from models.scenario.attribution import lever_effects, whole_effects
from models.scenario.check import check_scenario
from models.scenario.elsewhere import displaced_by_lever, landed
from models.scenario.engine import budget_change, member_draws, moved_years
from models.scenario.faults import ScenarioFault, ScenarioInvalid, shown_value
from models.scenario.terms import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.scenario import Scenario

TOTAL = ("total", "total")
_STEPS = 16


@dataclass(frozen=True)
class Goal:
    """What is sought.

    Attributes:
        lever_id: The lever that may move.
        year: Year of the deviation.
        target_dkk: The deviation from the frame (plus is overspending) that must not be passed; 0 keeps the frame.
        member: (level, member) of the frame.
    """

    lever_id: str
    year: int
    target_dkk: float = 0.0
    member: tuple[str, str] = TOTAL


@dataclass(frozen=True)
class GoalFound:
    """What was found.

    Attributes:
        value: The value of the lever that just does it; None where none does.
        reason: ``found``, ``already`` (every value does, so the lever need not move) or ``none``.
        low: Smallest value that was tried: as far as the catalogue has support.
        high: Largest value that was tried.
        safety_pct: How surely the target is kept.
        deviation_at_low: Deviation that is not passed with that certainty at ``low``, currency per year.
        deviation_at_high: The same at ``high``.
        scenario: The scenario with the lever at ``value``; unchanged where there is none.
    """

    value: float | None
    reason: str
    low: float
    high: float
    safety_pct: float
    deviation_at_low: float
    deviation_at_high: float
    scenario: Scenario


def goal_seek(baseline: Baseline, scenario: Scenario, goal: Goal) -> GoalFound:
    """Find the value of one lever that keeps a target with the scenario's safety.

    The lever's interval moves along with its value and keeps its width, within what the kind allows. Sought is the quantile
    of the deviation; where an interval is wide beside the value that need not move one way only, so the range is tried in steps
    first, and of several answers the one nearest to no change is given.

    Raises:
        ScenarioInvalid: The run can't carry the scenario, shows no frame or year, or the lever has no value to move.
    """
    lever = _refuse(baseline, scenario, goal)
    about = lever.of_kind
    low, high = (about.number(name) for name in ("range_low", "range_high"))
    low, high = (about.low, about.high) if low is None or high is None or about.step == "frame" else (low, high)

    def miss(value: float) -> float:
        return surely_below(baseline, scenario.with_lever(at_value(lever, value)), goal) - goal.target_dkk

    tried = np.linspace(low, high, _STEPS + 1)
    missed = [miss(float(value)) for value in tried]
    ends = missed[0], missed[-1]
    told = {"low": low, "high": high, "safety_pct": scenario.safety_pct}
    told |= {"deviation_at_low": ends[0] + goal.target_dkk, "deviation_at_high": ends[1] + goal.target_dkk}
    if min(missed) > 0:
        return GoalFound(value=None, reason="none", scenario=scenario, **told)
    if max(missed) <= 0:
        return GoalFound(value=None, reason="already", scenario=scenario, **told)
    turns = [place for place in range(_STEPS) if (missed[place] > 0) != (missed[place + 1] > 0)]
    place = min(turns, key=lambda place: float(np.abs(tried[place : place + 2]).min()))
    found = _turn(miss, float(tried[place]), float(tried[place + 1]), kept_below=missed[place] <= 0)
    return GoalFound(value=found, reason="found", scenario=scenario.with_lever(at_value(lever, found)), **told)


def _turn(miss: Callable[[float], float], low: float, high: float, *, kept_below: bool) -> float:
    """The value between two where the target begins to be kept, on the side that keeps it."""
    step = 1e-9 * (high - low)
    found = float(brentq(miss, low, high, xtol=step))
    while miss(found) > 0:
        found, step = float(np.clip(found - step if kept_below else found + step, low, high)), 4.0 * step
    return found


def at_value(lever: Lever, value: float) -> Lever:
    """The lever at another value; its interval keeps its distances to it, within what the kind allows.

    Example:
        >>> from models.scenario.lever import Lever
        >>> made = at_value(Lever(lever_id="a", kind="price", value=-1.0, low=-2.0, high=0.0), -2.0)
        >>> made.low, made.high
        (-3.0, -1.0)
    """
    about = lever.of_kind
    low = min(value, max(about.low, value + lever.low - lever.value))
    high = max(value, min(about.high, value + lever.high - lever.value))
    return replace(lever, value=value, low=low + 0.0, high=high + 0.0)


def surely_below(baseline: Baseline, scenario: Scenario, goal: Goal) -> float:
    """The deviation from the frame that is not passed with the scenario's safety, currency per year."""
    plan = make_plan(baseline, scenario)
    key, year = goal.member, baseline.years.index(goal.year)
    before = baseline.sums[key][year]
    after = member_draws(baseline, moved_years(baseline, plan), key)[year]
    effects = lever_effects(baseline, plan)
    expected = effects.sum(axis=0)[baseline.inside[key], year].sum()
    displaced = displaced_by_lever(scenario.levers, whole_effects(effects.sum(axis=1)))
    come = landed(baseline, scenario.levers, displaced, key)[year]
    row = _row(baseline, goal)
    published = float(row["mean"]) - before.mean() - float(row["budget"])
    correction = expected - (after.mean() - before.mean())
    budget = budget_change(baseline, scenario.levers, key)[year]
    return float(np.quantile(after, scenario.safety_pct / 100.0) + correction + come + published - budget)


def _row(baseline: Baseline, goal: Goal) -> dict[str, float]:
    members = baseline.members
    found = members[(members["level"] == goal.member[0]) & (members["member"] == goal.member[1]) & (members["year"] == goal.year)]
    return {} if found.empty else {str(name): value for name, value in found.iloc[0].items() if name in {"mean", "budget"}}


def _refuse(baseline: Baseline, scenario: Scenario, goal: Goal) -> Lever:
    faults = list(check_scenario(scenario, baseline))
    row = _row(baseline, goal)
    if not row or not np.isfinite(row["budget"]):
        remedy = f"Choose one of {list(baseline.years)} and a frame that is shown"
        faults.append(_fault("year", goal.year, "There is no frame to keep in that year", "Nothing can be closed", remedy))
    if not scenario.holds(goal.lever_id):
        ids = [lever.lever_id for lever in scenario.levers]
        faults.append(
            _fault("lever", goal.lever_id, "The scenario has no such lever", "Nothing can be moved", f"Use one of {ids}")
        )
    elif scenario.lever(goal.lever_id).of_kind.step == "refund":
        what, why = "Other rules of the refund move neither expenditure nor frame", "No value of them closes the deviation"
        faults.append(_fault("lever", goal.lever_id, what, why, "Choose another lever"))
    elif scenario.lever(goal.lever_id).of_kind.unit == "none":
        what, remedy = "That lever has no value to move", "Choose another lever"
        faults.append(_fault("lever", goal.lever_id, what, "It is one way or the other", remedy))
    if faults:
        raise ScenarioInvalid.of(faults)
    return scenario.lever(goal.lever_id)


def _fault(where: str, value: object, what: str, why: str, remedy: str) -> ScenarioFault:
    return ScenarioFault("goal", where, shown_value(value), what, why, remedy)
