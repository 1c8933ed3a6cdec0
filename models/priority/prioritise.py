"""Weigh a portfolio on one run: the best choice, why, what it does, how robust each option is, and the curve between the goals.

Every optimum is a worked example (*regneeksempel*): it says what follows from the options, ratings and weights that were given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.priority.assessment import Assessment, assess
from models.priority.effects import Effects, work_out
from models.priority.optimum import Optimum, finder
from models.priority.option import Item, Portfolio, scenario_of
from models.priority.reading import excluding_ring
from models.priority.reasons import Reason, reason_for
from models.priority.robust import group_of, option_shares
from models.priority.solve import goal_of
from models.scenario.engine import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    import numpy.typing as npt

    from models.priority.effects import Key
    from models.priority.solve import Goal
    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario

CURVE_WEIGHTS = (0.0, 25.0, 50.0, 75.0, 100.0)


@dataclass(frozen=True)
class OptionResult:
    """One option in the best choice.

    Attributes:
        option_id: Which.
        level_id: The level chosen; empty: it is out.
        saved_dkk: Expected saving by itself over all years, DKK at the run's price level; of the level chosen, else the largest.
        citizens: Full-time citizens more or fewer, mean of the years, by itself; None where few.
        points: The citizens' assessment by itself; None where few, or where no rated service is touched.
        unlit: Whether some of those whom it touches get a service without a rating.
        touched: Whether it changes how many get help at all.
        share: Share of futures and reasonable weights in which it is in the best choice, at any level.
        group: ``core``, ``borderline`` or ``out``.
        reason: Why it is in or out.
    """

    option_id: str
    level_id: str
    saved_dkk: float
    citizens: float | None
    points: float | None
    unlit: bool
    touched: bool
    share: float
    group: str
    reason: Reason


@dataclass(frozen=True)
class FrameResult:
    """One frame and year, before and after, as the scenario engine has it.

    Attributes:
        member: (level, member).
        label: In words.
        year: Year.
        allowed_dkk: Deviation that is allowed.
        deviation_before: Expected deviation from the frame, DKK; plus = overspending.
        deviation_mean: With the choice.
        deviation_q10: Lower end of its 80 % interval.
        deviation_q90: Upper end of it.
        probability_before: Probability of keeping the frame.
        probability_keeping: With the choice.
    """

    member: Key
    label: str
    year: int
    allowed_dkk: float
    deviation_before: float
    deviation_mean: float
    deviation_q10: float
    deviation_q90: float
    probability_before: float
    probability_keeping: float


@dataclass(frozen=True)
class CurvePoint:
    """The best choice at one weight of the assessment.

    Attributes:
        weight_pct: Weight of the citizens' assessment.
        saved_dkk: Expected saving over all years.
        points: The citizens' assessment.
        chosen: (option id, level id) of what is in.
        feasible: Whether the frames hold.
    """

    weight_pct: float
    saved_dkk: float
    points: float
    chosen: tuple[tuple[str, str], ...]
    feasible: bool


@dataclass(frozen=True, eq=False)
class Prioritised:
    """A portfolio, weighed.

    Attributes:
        portfolio: What was weighed.
        optimum: The best choice and how it was found.
        options: One row per option, in the order of ids.
        frames: One row per frame and year.
        saved_dkk: Expected saving of the choice on the total, over all years, DKK at the run's price level.
        points: The citizens' assessment of the choice.
        curve: Best choices between economy and assessment.
        scenario: The choice as a scenario, for the page Scenarier.
        engine_differs_dkk: Largest difference of an expected yearly change between the sum over sets and the scenario engine.
        ring: Options that exclude one another in a ring; empty: none do.
        price_level: Of every amount.
    """

    portfolio: Portfolio
    optimum: Optimum
    options: tuple[OptionResult, ...]
    frames: tuple[FrameResult, ...]
    saved_dkk: float
    points: float
    curve: tuple[CurvePoint, ...]
    scenario: Scenario
    engine_differs_dkk: float
    ring: tuple[str, ...]
    price_level: str


def prioritise(
    baseline: Baseline,
    portfolio: Portfolio,
    ratings: Mapping[str, float],
    *,
    min_citizens: int = 5,
    told: Callable[[str, float], None] = lambda *_: None,
) -> Prioritised:
    """Find the best choice and say how sure it is.

    Args:
        baseline: The run.
        portfolio: What is weighed.
        ratings: Service -> rating of those who get the help, 0 to 100 (``assessment.ratings_by_service``).
        min_citizens: Changes of fewer citizens are not told.
        told: Called with the step and how far it has come: ``effects``, ``optimum``, ``curve``, ``robust``.

    Raises:
        ScenarioInvalid: The run can't carry the portfolio; with every fault.
    """
    told("effects", 0.0)
    effects = work_out(baseline, portfolio)
    assessment = assess(baseline, portfolio, effects.items, effects.years, ratings)
    goal = goal_of(effects, assessment)
    told("optimum", 0.0)
    found = finder(portfolio, effects, goal)
    optimum = found.best(portfolio.citizens_weight_pct)
    curve = []
    for place, weight in enumerate(CURVE_WEIGHTS):
        told("curve", place / len(CURVE_WEIGHTS))
        curve.append(_curve_point(weight, found.best(weight), effects, goal))
    shares = option_shares(effects, goal, portfolio.reasonable_pct, told=lambda part: told("robust", part))
    chosen = chosen_items(effects, optimum.chosen)
    scenario = scenario_of(portfolio, chosen)
    frames, differs = _frames(baseline, portfolio, effects, optimum.chosen, scenario)
    sets = effects.chosen_sets(optimum.chosen)
    return Prioritised(
        portfolio=portfolio,
        optimum=optimum,
        options=_options(portfolio, effects, goal, assessment, optimum, shares, min_citizens),
        frames=frames,
        saved_dkk=float(goal.saved[sets].sum()),
        points=float(goal.points[sets].sum()),
        curve=tuple(curve),
        scenario=scenario,
        engine_differs_dkk=differs,
        ring=excluding_ring(portfolio),
        price_level=baseline.price_level,
    )


def chosen_items(effects: Effects, chosen: npt.NDArray[np.bool_]) -> tuple[Item, ...]:
    """What was chosen, in the order of ids."""
    return tuple(effects.items[place] for place in np.flatnonzero(chosen))


def _curve_point(weight: float, optimum: Optimum, effects: Effects, goal: Goal) -> CurvePoint:
    sets = effects.chosen_sets(optimum.chosen)
    keys = tuple(item.key for item in chosen_items(effects, optimum.chosen))
    return CurvePoint(weight, float(goal.saved[sets].sum()), float(goal.points[sets].sum()), keys, optimum.feasible)


def _options(
    portfolio: Portfolio,
    effects: Effects,
    goal: Goal,
    assessment: Assessment,
    optimum: Optimum,
    shares: np.ndarray[tuple[int], np.dtype[np.float64]],
    min_citizens: int,
) -> tuple[OptionResult, ...]:
    alone = {members[0]: place for place, members in enumerate(effects.sets) if len(members) == 1}
    found = []
    for option in portfolio.options:
        own = tuple(place for place, item in enumerate(effects.items) if item.option.option_id == option.option_id)
        taken = [place for place in own if optimum.chosen[place]]
        shown = taken[0] if taken else max(own, key=lambda place: (abs(float(goal.saved[alone[place]])), -place))
        few = abs(assessment.citizens[shown]) < min_citizens
        lit = bool(assessment.touched[shown]) and assessment.unlit[shown] < abs(assessment.citizens[shown])
        found.append(
            OptionResult(
                option_id=option.option_id,
                level_id=effects.items[taken[0]].level.level_id if taken else "",
                saved_dkk=float(goal.saved[alone[shown]]),
                citizens=None if few else float(assessment.citizens[shown]),
                points=None if few or not lit else float(assessment.points[shown]),
                unlit=bool(assessment.unlit[shown] > 0),
                touched=bool(assessment.touched[shown]),
                share=float(shares[list(own)].sum()),
                group=group_of(float(shares[list(own)].sum())),
                reason=reason_for(portfolio, effects, goal, optimum.chosen, own, portfolio.citizens_weight_pct),
            )
        )
    return tuple(found)


def _frames(
    baseline: Baseline, portfolio: Portfolio, effects: Effects, chosen: npt.NDArray[np.bool_], scenario: Scenario
) -> tuple[tuple[FrameResult, ...], float]:
    """Frames as the scenario engine has them, and how far the sums over sets are from it."""
    members = evaluate(baseline, scenario).members
    rows: dict[tuple[str, str, int], dict[Hashable, Any]] = {
        (str(row["level"]), str(row["member"]), int(row["year"])): row for row in members.to_dict("records")
    }
    found, differs = [], 0.0
    for frame in portfolio.frames:
        key, allowed = frame.key, dict(frame.years)
        over = effects.probability_over(key, effects.over(key, chosen))
        was = effects.probability_over(key, effects.over(key, np.zeros_like(chosen)))
        change = effects.mean[key][effects.chosen_sets(chosen)].sum(axis=0)
        for place, year in enumerate(effects.years):
            row = rows[*key, year]
            differs = max(differs, abs(float(row["change_mean"]) - float(change[place])))
            found.append(
                FrameResult(
                    member=key,
                    label=str(row["label"]),
                    year=year,
                    allowed_dkk=allowed.get(year, 0.0),
                    deviation_before=float(row["deviation_mean"]),
                    deviation_mean=float(row["deviation_mean_scenario"]),
                    deviation_q10=float(row["deviation_q10_scenario"]),
                    deviation_q90=float(row["deviation_q90_scenario"]),
                    probability_before=1.0 - float(was[place]),
                    probability_keeping=1.0 - float(over[place]),
                )
            )
    return tuple(found), differs
