"""How often an option is in the optimum, over futures and over all weights that a committee finds reasonable.

In each future (a representative draw) the best choice is found as if that future were known, for every weight between the
smallest and the largest: the weighed goal of a choice is a straight line in the weight, so the best choices change at the corners
of the lines' upper edge, and between two corners one choice is best. Nothing is left out between weights that were tried.

An option that is nearly always in is core, one that is nearly never in is out; the borderline is what there is to argue about.

Sources: Liesiö, Mild and Salo (2007), Preference programming for robust portfolio modeling, EJOR 181(3): core index. Eisner and
Severance (1976), Mathematical techniques for efficient record segmentation, JACM 23(4): corners from few
questions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.priority.choices import Choices, all_choices, count_choices
from models.priority.optimum import MOST_CHOICES, thinned
from models.priority.solve import Goal, Program, Sample, representative

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.priority.effects import Effects
    from models.priority.solve import Solution
    from models.types import Array


CORE, BORDERLINE, OUT = "core", "borderline", "out"
FUTURES = 60
_CORE_FROM, _OUT_TO = 0.9, 0.1
_LEAST_PCT = 0.5
"""Pieces are told apart to half a percentage point of weight where a solver is asked."""
_SAME = 1e-6


def option_shares(
    effects: Effects, goal: Goal, reasonable_pct: tuple[float, float], *, told: Callable[[float], None] = lambda _: None
) -> Array:
    """Share of futures and weights in which each item is in the best choice.

    Args:
        effects: On all draws.
        goal: What is maximised.
        reasonable_pct: Smallest and largest weight of the citizens' assessment; all between them count alike.
        told: Called with how far it has come, 0 to 1.

    Returns:
        (I,) shares.
    """
    few = effects.complete and count_choices(effects) <= MOST_CHOICES
    seen, place = (effects, np.arange(len(effects.sets))) if few else thinned(effects)
    reduced = replace(goal, saved=goal.saved[place], points=goal.points[place])
    sample = representative(seen, FUTURES)
    choices = Choices.of(seen, all_choices(seen)) if few else None
    ends = [choices.objective(goal, weight) for weight in reasonable_pct] if choices else []
    found = np.zeros(len(effects.items))
    for draw, share in enumerate(sample.weight):
        one = Sample(
            np.ones(1),
            {key: value[:, draw : draw + 1] for key, value in sample.before.items()},
            {key: value[:, :, draw : draw + 1] for key, value in sample.effect.items()},
        )
        found += share * (_gone_through(choices, one, ends) if choices else _solved(Program(seen, reduced, one), reasonable_pct))
        told((draw + 1) / len(sample.weight))
    return found


def group_of(share: float) -> str:
    """Core, borderline or out.

    Example:
        >>> [group_of(share) for share in (1.0, 0.5, 0.05)]
        ['core', 'borderline', 'out']
    """
    return CORE if share >= _CORE_FROM else OUT if share <= _OUT_TO else BORDERLINE


def upper_edge(at_low: Array, at_high: Array) -> list[tuple[int, float]]:
    """Which of several straight lines is the highest, from the low end to the high one.

    Args:
        at_low: (N,) the lines' heights at the low end.
        at_high: (N,) at the high end.

    Returns:
        (line, share of the way for which it is the highest), from low to high; of equal lines the first.

    Example:
        >>> upper_edge(np.array([1.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.7]))
        [(0, 0.4166666666666667), (2, 0.20833333333333331), (1, 0.375)]
        >>> upper_edge(np.array([1.0, 1.0]), np.array([1.0, 1.0]))
        [(0, 1.0)]
    """
    slope = at_high - at_low
    here = int(np.argmax(at_low))
    begin, found = 0.0, []
    while True:
        steeper = np.flatnonzero(slope > slope[here])
        meets = (at_low[here] - at_low[steeper]) / (slope[steeper] - slope[here])
        end = float(meets.min(initial=1.0))
        if end > begin:
            found.append((here, min(end, 1.0) - begin))
            begin = end
        if end >= 1.0:
            return found
        first = steeper[meets <= end]
        here = int(first[np.argmax(slope[first])])


def _gone_through(choices: Choices, one: Sample, ends: list[Array]) -> Array:
    """(I,) share of the weights in which each item is in the best choice in one future; every choice gone through."""
    passed = np.zeros(len(choices.chosen))
    for key, stands in one.before.items():
        moved = choices.sets @ one.effect[key][:, :, 0] + stands[:, 0] - choices.effects.room[key]
        passed += np.maximum(moved, 0.0).sum(axis=1)
    least = np.flatnonzero(passed <= passed.min() + 1.0)
    edge = upper_edge(ends[0][least], ends[1][least])
    return np.asarray(sum(share * choices.chosen[least[line]] for line, share in edge), dtype=np.float64)


def _solved(program: Program, reasonable_pct: tuple[float, float]) -> Array:
    """(I,) the same, by asking the solver at both ends and then where the lines of neighbouring answers meet."""
    nothing = {key: np.zeros(len(program.effects.years)) for key in program.effects.room}

    def ask(weight: float) -> Solution:
        return program.solve(weight, nothing, stretch=True)

    low, high = reasonable_pct
    first = ask(low)
    pending = [(low, first, high, first if high == low else ask(high))]
    found = np.zeros(len(program.effects.items))
    while pending:
        begin, one, end, two = pending.pop()
        if one.chosen is None or two.chosen is None:
            continue
        if end == begin or (one.chosen == two.chosen).all():
            found += one.chosen * ((end - begin) / (high - low) if high > low else 1.0)
            continue
        meet = _meeting(program, begin, one, end, two)
        if min(meet - begin, end - meet) > _LEAST_PCT:
            between = ask(meet)
            height = one.objective + _climb(program, one, begin, meet)
            if between.chosen is not None and between.objective > height + _SAME:
                pending += [(begin, one, meet, between), (meet, between, end, two)]
                continue
        found += (one.chosen * (meet - begin) + two.chosen * (end - meet)) / (high - low)
    return found


def _climb(program: Program, found: Solution, begin: float, end: float) -> float:
    """How much the objective of an answer grows from one weight to another."""
    if found.chosen is None:
        return 0.0
    return program.worth(found.chosen, end) - program.worth(found.chosen, begin)


def _meeting(program: Program, begin: float, one: Solution, end: float, two: Solution) -> float:
    """The weight at which two answers are equally good."""
    ahead = one.objective - (two.objective + _climb(program, two, end, begin))
    behind = two.objective - (one.objective + _climb(program, one, begin, end))
    both = max(ahead, 0.0) + max(behind, 0.0)
    return begin + (end - begin) * (max(ahead, 0.0) / both if both > 0.0 else 0.5)
