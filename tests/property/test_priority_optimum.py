"""The optimum of a portfolio is what going through every choice with the scenario engine finds, whatever the options' order."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import published_example as example
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.priority.assessment import assess
from models.priority.choices import Choices, all_choices
from models.priority.effects import Effects, work_out
from models.priority.optimum import Enumeration, Solver, allowed_over, keeps
from models.priority.option import Portfolio, scenario_of
from models.priority.prioritise import prioritise
from models.priority.reading import read_portfolio
from models.priority.robust import _gone_through, _solved, option_shares
from models.priority.solve import NODES_ENDED, Program, Sample, goal_of, representative
from models.scenario import Baseline, ScenarioInvalid, build_baseline, evaluate

SERVICES = ("laengerevarende_botilbud", "midlertidigt_botilbud", "bostoette", "plejefamilie")
RATINGS = {"bostoette": 80.0, "midlertidigt_botilbud": 60.0}
YEARS = [2028, 2029]


@lru_cache(maxsize=1)
def baseline() -> Baseline:
    return build_baseline(example.frames())


def lever(kind: str, service: str, value: float) -> dict[str, Any]:
    low, high = sorted((value * 1.8, value * 0.2))
    made: dict[str, Any] = {"kind": kind, "services": [service], "start": "2027-07", "value": value, "low": low, "high": high}
    if kind == "technology":
        made["options"] = {"investment_dkk": 400_000.0}
    return made | {"ramp": {"shape": "linear", "months": 12}}


@st.composite
def portfolios(draw: st.DrawFn, most: int = 6) -> dict[str, Any]:
    count = draw(st.integers(2, most))
    options = []
    for place in range(count):
        kind = draw(st.sampled_from(["price", "service_level", "technology", "prevention"]))
        service = draw(st.sampled_from(SERVICES))
        size = draw(st.integers(1, 9)) / 5.0
        sign = 1.0 if kind == "service_level" and draw(st.booleans()) else -1.0
        levels = [
            {"id": f"n{level}", "name": "Niveau", "levers": [lever(kind, service, sign * size / (level + 1))]}
            for level in range(draw(st.integers(1, 2 if count < 10 else 1)))  # going through all of 12 options stays quick
        ]
        option: dict[str, Any] = {"id": f"o{place}", "name": "Mulighed", "levels": levels}
        if place and draw(st.booleans()):
            option[draw(st.sampled_from(["requires", "excludes"]))] = [f"o{draw(st.integers(0, place - 1))}"]
        options.append(option)
    room = {str(year): float(draw(st.integers(-4, 12))) * 1e6 for year in YEARS}
    frames = [{"level": "total", "member": "total", "allowed_deviation_dkk": room}]
    frames += [{"level": "frame", "member": "50.54", "allowed_deviation_dkk": room}] if draw(st.booleans()) else []
    weight = draw(st.sampled_from([0.0, 30.0, 70.0, 100.0]))
    told = {"schema_version": 1, "name": "Prøve", "options": options, "years": YEARS, "frames": frames}
    return told | {"citizens_weight_pct": weight, "together": draw(st.booleans())}


def read(told: dict[str, Any]) -> Portfolio | None:
    try:
        return read_portfolio(json.dumps(told))
    except ScenarioInvalid as error:
        if {fault.code for fault in error.faults} == {"never"}:  # an option that can never be chosen is refused
            return None
        raise


def by_hand(portfolio: Portfolio, effects: Effects) -> tuple[float, set[tuple[str, str]]] | None:
    """Every choice through the scenario engine's own evaluation, one by one."""
    best: tuple[float, set[tuple[str, str]]] | None = None
    assessment = assess(baseline(), portfolio, effects.items, effects.years, RATINGS)
    goal = goal_of(effects, assessment)
    weight = portfolio.citizens_weight_pct / 100.0
    levels = [[None, *(item for item in effects.items if item.option == option)] for option in portfolio.options]
    for picked in product(*levels):
        chosen = tuple(item for item in picked if item is not None)
        taken = {item.option.option_id for item in chosen}
        if any(set(item.option.requires) - taken or set(item.option.excludes) & taken for item in chosen):
            continue
        members = evaluate(baseline(), scenario_of(portfolio, chosen)).members.set_index(["level", "member", "year"])
        mask = np.array([item in chosen for item in effects.items])
        if not keeps(portfolio, effects, mask):
            continue
        saved = -sum(float(members.loc[("total", "total", year), "change_mean"]) for year in YEARS)
        points = sum(assessment.points[place] for place in np.flatnonzero(mask))
        value = (1.0 - weight) * saved / goal.saved_range + weight * points / goal.points_range
        if best is None or value > best[0] + 1e-6:
            best = value, {item.key for item in chosen}
    return best


@settings(max_examples=12, deadline=None)
@given(portfolios(most=4))
def test_the_best_choice_is_what_going_through_all_finds(told: dict[str, Any]) -> None:
    portfolio = read(told)
    if portfolio is None:
        return
    effects = work_out(baseline(), portfolio)
    goal = goal_of(effects, assess(baseline(), portfolio, effects.items, effects.years, RATINGS))
    found = Enumeration(portfolio, effects, goal).best(portfolio.citizens_weight_pct)
    best = by_hand(portfolio, effects)
    assert found.feasible == (best is not None)
    if best is not None:
        reached = goal.weighed(portfolio.citizens_weight_pct)[effects.chosen_sets(found.chosen)].sum()
        assert reached == pytest.approx(best[0], abs=2e-6)
    else:
        assert found.shortfalls or portfolio.together


@settings(max_examples=25, deadline=None)
@given(portfolios(most=12))
def test_the_solver_finds_the_optimum_of_its_draws(told: dict[str, Any]) -> None:
    portfolio = read(told)
    if portfolio is None:
        return
    effects = work_out(baseline(), portfolio)
    goal = goal_of(effects, assess(baseline(), portfolio, effects.items, effects.years, RATINGS))
    sample = representative(effects, 20)
    on_sample = replace(effects, before=sample.before, draws=sample.effect)
    allowed = {key: np.full(len(YEARS), 0.2) for key in effects.room}
    found = Program(effects, goal, sample, portfolio.together).solve(portfolio.citizens_weight_pct, allowed)
    choices = Choices.of(on_sample, all_choices(on_sample))
    kept = _kept(choices, sample, allowed, together=portfolio.together)
    assert (found.chosen is not None) == bool(kept.any())
    if found.chosen is not None:
        objective = np.where(kept, choices.objective(goal, portfolio.citizens_weight_pct), -np.inf)
        assert found.objective == pytest.approx(float(objective.max()), abs=1e-6)
        assert found.gap <= 1e-6


def _kept(choices: Choices, sample: Sample, allowed: dict[Any, Any], *, together: bool) -> Any:
    passed = {key: choices._passed(key, slice(None)) > 1.0 for key in sample.before}
    if together:
        over = np.any([part.any(axis=1) for part in passed.values()], axis=0)
        return over @ sample.weight <= 0.2 + 1e-9
    return np.all([(part @ sample.weight <= allowed[key] + 1e-9).all(axis=1) for key, part in passed.items()], axis=0)


@settings(max_examples=6, deadline=None)
@given(portfolios(most=8), st.randoms(use_true_random=False))
def test_the_order_of_options_makes_no_difference(told: dict[str, Any], shuffle: Any) -> None:
    if read(told) is None:
        return
    other = json.loads(json.dumps(told))
    shuffle.shuffle(other["options"])
    one, two = (prioritise(baseline(), read_portfolio(json.dumps(file)), RATINGS) for file in (told, other))
    assert one.options == two.options
    assert one.frames == two.frames
    assert one.curve == two.curve
    assert one.portfolio.portfolio_id == two.portfolio.portfolio_id


@settings(max_examples=6, deadline=None)
@given(portfolios(most=9))
def test_the_solver_checked_on_all_draws_comes_near_the_proof(told: dict[str, Any]) -> None:
    portfolio = read(told)
    if portfolio is None:
        return
    effects = work_out(baseline(), portfolio)
    goal = goal_of(effects, assess(baseline(), portfolio, effects.items, effects.years, RATINGS))
    proof = Enumeration(portfolio, effects, goal).best(portfolio.citizens_weight_pct)
    found = Solver(portfolio, effects, goal).best(portfolio.citizens_weight_pct)
    assert not (found.feasible and not proof.feasible)
    if found.feasible:
        assert keeps(portfolio, effects, found.chosen)
        worth = goal.weighed(portfolio.citizens_weight_pct)
        reached, best = (worth[effects.chosen_sets(item.chosen)].sum() for item in (found, proof))
        assert reached <= best + 2e-6


@settings(max_examples=4, deadline=None)
@given(portfolios(most=6))
def test_shares_over_all_weights_are_what_a_dense_grid_of_weights_finds(told: dict[str, Any]) -> None:
    portfolio = read(told)
    if portfolio is None:
        return
    effects = work_out(baseline(), portfolio)
    goal = goal_of(effects, assess(baseline(), portfolio, effects.items, effects.years, RATINGS))
    exact = option_shares(effects, goal, (10.0, 90.0))
    grid = np.mean([option_shares(effects, goal, (weight, weight)) for weight in np.linspace(11.0, 89.0, 40)], axis=0)
    np.testing.assert_allclose(exact, grid, atol=0.015)


@settings(max_examples=5, deadline=None)
@given(portfolios(most=6))
def test_the_solver_finds_the_same_shares_over_all_weights(told: dict[str, Any]) -> None:
    portfolio = read(told)
    if portfolio is None:
        return
    effects = work_out(baseline(), portfolio)
    goal = goal_of(effects, assess(baseline(), portfolio, effects.items, effects.years, RATINGS))
    sample, choices = representative(effects, 3), Choices.of(effects, all_choices(effects))
    ends = [choices.objective(goal, weight) for weight in (0.0, 100.0)]
    for draw in range(3):
        one = Sample(
            np.ones(1),
            {key: value[:, draw : draw + 1] for key, value in sample.before.items()},
            {key: value[:, :, draw : draw + 1] for key, value in sample.effect.items()},
        )
        asked = _solved(Program(effects, goal, one), (0.0, 100.0))
        np.testing.assert_allclose(asked, _gone_through(choices, one, ends), atol=0.011)


def question(size: float) -> tuple[Program, Any]:
    """Sixteen options, all so many times as large, and one branch to find the best of them in."""
    kinds = ("price", "service_level", "technology", "prevention")
    options = []
    for place in range(16):
        sign = 1.0 if kinds[place % 4] == "service_level" and place % 3 == 0 else -1.0
        levers = [lever(kinds[place % 4], SERVICES[place // 4], sign * size * (0.6 + 0.17 * place))]
        options.append({"id": f"o{place:02d}", "name": "Mulighed", "levers": levers})
    frames = [{"level": "total", "member": "total"}, {"level": "frame", "member": "50.54"}]
    told = {"schema_version": 1, "name": "Prøve", "options": options, "years": YEARS, "frames": frames}
    portfolio = read_portfolio(json.dumps(told))
    effects = work_out(baseline(), portfolio)
    goal = goal_of(effects, assess(baseline(), portfolio, effects.items, effects.years, RATINGS))
    return Program(effects, goal, representative(effects, 100), nodes=1), allowed_over(portfolio, effects)


def test_a_question_that_is_cut_off_says_so_and_answers_the_same_again() -> None:
    """Which of them the solver ends at the root depends on the machine's arithmetic: some are answered without a branch."""
    for size in (0.3, 0.5, 0.7, 0.4, 0.2, 1.0):
        program, allowed = question(size)
        one = program.solve(50.0, allowed, stretch=True)
        if one.ended:
            break
    assert one.ended == NODES_ENDED
    two = question(size)[0].solve(50.0, allowed, stretch=True)
    assert one.gap > 0.0
    assert one.bound >= one.objective
    assert one.chosen is not None
    assert two.chosen is not None
    assert (one.chosen == two.chosen).all()
    assert (one.objective, one.bound) == (two.objective, two.bound)


def test_sums_over_sets_are_the_engine_to_the_ore() -> None:
    options = [
        {"id": f"o{place}", "name": "Mulighed", "levers": [lever(kind, "bostoette", value)]}
        for place, (kind, value) in enumerate(
            (("price", -2.0), ("service_level", -1.5), ("technology", -3.0), ("prevention", -1.0))
        )
    ]
    portfolio = read_portfolio(json.dumps({"schema_version": 1, "name": "Prøve", "options": options, "years": YEARS}))
    found = prioritise(baseline(), portfolio, RATINGS)
    assert found.engine_differs_dkk < 0.01
    effects = work_out(baseline(), portfolio)
    assert effects.complete
    everything = np.ones(len(effects.items), dtype=bool)
    result = evaluate(baseline(), scenario_of(portfolio, effects.items)).members
    total = result[result["level"] == "total"].set_index("year")
    over = effects.probability_over(("total", "total"), effects.over(("total", "total"), everything))
    np.testing.assert_allclose(over, total.loc[YEARS, "probability_over_scenario"].to_numpy(dtype="float64"), atol=1e-9)
