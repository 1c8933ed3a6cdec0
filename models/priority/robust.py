"""How often an option is in the optimum, over futures and over the weights that a committee finds reasonable.

In each future (a representative draw) and for each weight the best choice is found as if that future were known. An option that
is nearly always in is core, one that is nearly never in is out; the borderline is what there is to argue about.

Source: Liesiö, Mild and Salo (2007), Preference programming for robust portfolio modeling, EJOR 181(3): core index.
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
    from models.types import Array


CORE, BORDERLINE, OUT = "core", "borderline", "out"
_CORE_FROM, _OUT_TO = 0.9, 0.1
_FUTURES, _WEIGHTS = 60, 3


def option_shares(
    effects: Effects, goal: Goal, reasonable_pct: tuple[float, float], *, told: Callable[[float], None] = lambda _: None
) -> Array:
    """Share of futures and weights in which each item is in the best choice.

    Args:
        effects: On all draws.
        goal: What is maximised.
        reasonable_pct: Smallest and largest weight of the citizens' assessment.
        told: Called with how far it has come, 0 to 1.

    Returns:
        (I,) shares.
    """
    low, high = reasonable_pct
    weights = np.linspace(low, high, _WEIGHTS) if high > low else np.array([low])
    few = effects.complete and count_choices(effects) <= MOST_CHOICES
    seen, place = (effects, np.arange(len(effects.sets))) if few else thinned(effects)
    reduced = replace(goal, saved=goal.saved[place], points=goal.points[place])
    sample = representative(seen, _FUTURES)
    choices = Choices.of(seen, all_choices(seen)) if few else None
    objectives = [choices.objective(goal, weight) for weight in weights] if choices else []
    found = np.zeros(len(effects.items))
    for draw, share in enumerate(sample.weight):
        one = Sample(
            np.ones(1),
            {key: value[:, draw : draw + 1] for key, value in sample.before.items()},
            {key: value[:, :, draw : draw + 1] for key, value in sample.effect.items()},
        )
        picked = _best_of(choices, one, objectives) if choices else [_solved(seen, reduced, one, weight) for weight in weights]
        found += sum(picked) * share / len(weights)
        told((draw + 1) / len(sample.weight))
    return found


def group_of(share: float) -> str:
    """Core, borderline or out.

    Example:
        >>> [group_of(share) for share in (1.0, 0.5, 0.05)]
        ['core', 'borderline', 'out']
    """
    return CORE if share >= _CORE_FROM else OUT if share <= _OUT_TO else BORDERLINE


def _best_of(choices: Choices, one: Sample, objectives: list[Array]) -> list[Array]:
    """(I,) the best choice in one future for every weight, all gone through."""
    passed = np.zeros(len(choices.chosen))
    for key, stands in one.before.items():
        moved = choices.sets @ one.effect[key][:, :, 0] + stands[:, 0] - choices.effects.room[key]
        passed += np.maximum(moved, 0.0).sum(axis=1)
    least = passed <= passed.min() + 1.0
    best = [int(np.argmax(np.where(least, objective, -np.inf))) for objective in objectives]
    return [np.asarray(choices.chosen[place], dtype=np.float64) for place in best]


def _solved(effects: Effects, goal: Goal, one: Sample, weight: float) -> Array:
    """(I,) the best choice in one future, by the solver."""
    nothing = {key: np.zeros(len(effects.years)) for key in effects.room}
    found = Program(effects, goal, one, time_limit=1.0).solve(weight, nothing, stretch=True)
    return np.zeros(len(effects.items)) if found.chosen is None else found.chosen.astype(np.float64)
