"""The best choice under the frames: by going through every choice on every draw, or by a solver on representative draws.

Whatever finds it, the choice is checked on all draws. Where it falls short there, the solver is asked again with less room, and
how often it was asked is told; from its answer, choices that differ in one option or two are gone through on all draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from models.priority.choices import Choices, all_choices, count_choices, neighbours
from models.priority.solve import Goal, Program, Sample, Solution, representative

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from models.priority.effects import Effects, Key
    from models.priority.option import Portfolio
    from models.types import Array


ENUMERATED, SOLVED = "enumerated", "solved"
MOST_CHOICES = 24_576
REPRESENTATIVES = 100
_ROUNDS = 6
_STEPS = 12
_NEAR = 1e-9
_WORTH_A_VARIABLE_DKK = 10_000.0
_TIGHTER = 0.85
_SOLVED_TO = 2e-6
"""Of the objective's full range: HiGHS ends within so much of the best."""


@dataclass(frozen=True)
class Shortfall:
    """How far a frame is from being kept.

    Attributes:
        member: (level, member).
        year: Year.
        missing_dkk: Kroner that the frame would have to be larger, with the choice that comes nearest.
        best_probability: Probability of keeping it with the choice that keeps it best, whatever that does to other years.
    """

    member: Key
    year: int
    missing_dkk: float
    best_probability: float


@dataclass(frozen=True, eq=False)
class Optimum:
    """A choice and how it was found.

    Attributes:
        chosen: (I,) items; where no choice keeps the frames, the one that comes nearest.
        feasible: Whether the frames are kept as surely as wanted, on all draws.
        method: ``enumerated`` or ``solved``.
        n_choices: Choices that were gone through; 0 where a solver was asked.
        n_draws: Draws that the method saw.
        gap: Share of the objective by which something better may remain, on these draws; 0: proven.
        rounds: How often the solver was asked.
        shortfalls: Where the frames are not kept.
        ended: What stopped the solver before it was done: ``nodes``, ``clock`` (then the answer depends on the machine); empty:
            nothing.
    """

    chosen: npt.NDArray[np.bool_]
    feasible: bool
    method: str
    n_choices: int
    n_draws: int
    gap: float
    rounds: int
    shortfalls: tuple[Shortfall, ...] = ()
    ended: str = ""


class Finder(Protocol):
    """Finds the best choice for a weight."""

    def best(self, citizens_weight_pct: float) -> Optimum:
        """Find it."""


def finder(portfolio: Portfolio, effects: Effects, goal: Goal) -> Finder:
    """Choose the way: every choice where there are not too many, else the solver.

    Args:
        portfolio: Frames and how surely they are to be kept.
        effects: On all draws.
        goal: What is maximised.
    """
    few = effects.complete and count_choices(effects) <= MOST_CHOICES
    return Enumeration(portfolio, effects, goal) if few else Solver(portfolio, effects, goal)


def allowed_over(portfolio: Portfolio, effects: Effects) -> dict[Key, Array]:
    """Member -> (Y,) share of the draws that may pass the frame, so that the published probability, moved, is as wanted."""
    accepted = 1.0 - portfolio.certainty_pct / 100.0
    if portfolio.together:
        return {key: np.full(len(effects.years), accepted) for key in effects.room}
    found = {}
    for key, room in effects.room.items():
        was = (effects.before[key] > room[:, None]).mean(axis=1)
        found[key] = accepted + np.where(np.isfinite(effects.published[key]), was - effects.published[key], 0.0)
    return found


class Enumeration:
    """Every choice on every draw."""

    def __init__(self, portfolio: Portfolio, effects: Effects, goal: Goal) -> None:
        """Work out what every choice comes to, once."""
        self.portfolio, self.effects, self.goal = portfolio, effects, goal
        self.choices = Choices.of(effects, all_choices(effects))
        allowed = allowed_over(portfolio, effects)
        self.over = self.choices.share_over()
        if portfolio.together:
            accepted = 1.0 - portfolio.certainty_pct / 100.0
            self.keeps: npt.NDArray[np.bool_] = np.asarray(self.choices.together_over() <= accepted + _NEAR)
        else:
            self.keeps = np.asarray(
                np.stack([(self.over[key] <= allowed[key] + _NEAR).all(axis=1) for key in self.over]).all(axis=0)
            )

    @cached_property
    def missing(self) -> Array:
        """(N,) kroner that the frames would have to be larger; asked for only where no choice keeps them."""
        return self.choices.missing_dkk(allowed_over(self.portfolio, self.effects), together=self.portfolio.together)

    def best(self, citizens_weight_pct: float) -> Optimum:
        """The best of those that keep the frames; where none does, the one that passes them least."""
        n_choices, n_draws = len(self.choices.chosen), self.effects.n_draws
        if self.keeps.any():
            objective = np.where(self.keeps, self.choices.objective(self.goal, citizens_weight_pct), -np.inf)
            chosen = self.choices.chosen[int(np.argmax(objective))]
            return Optimum(chosen, feasible=True, method=ENUMERATED, n_choices=n_choices, n_draws=n_draws, gap=0.0, rounds=0)
        missing = self.missing
        objective = self.choices.objective(self.goal, citizens_weight_pct)
        nearest = int(np.argmax(np.where(missing <= missing.min() + 1.0, objective, -np.inf)))
        told = shortfalls(self.portfolio, self.effects, self.choices.chosen[nearest], self.over)
        return Optimum(
            self.choices.chosen[nearest], feasible=False, method=ENUMERATED, n_choices=n_choices, n_draws=n_draws, gap=0.0,
            rounds=0, shortfalls=told,
        )  # fmt: skip


class Solver:
    """A mixed-integer program on representative draws, its answer checked on all."""

    def __init__(self, portfolio: Portfolio, effects: Effects, goal: Goal) -> None:
        """Leave out sets that are worth nothing, and cluster the draws."""
        self.portfolio, self.effects, self.goal = portfolio, effects, goal
        seen, place = thinned(effects)
        self.sample: Sample = representative(seen, REPRESENTATIVES)
        reduced = replace(goal, saved=goal.saved[place], points=goal.points[place])
        self.program = Program(seen, reduced, self.sample, portfolio.together)
        self.wanted = allowed_over(portfolio, effects)
        self.asked = 0

    def best(self, citizens_weight_pct: float) -> Optimum:
        """Ask, check, ask again with less room while the answer falls short on all draws; then look around it."""
        self.asked = 0
        first = self._ask(citizens_weight_pct, 1.0)
        found = self._tightened(first, citizens_weight_pct)
        chosen = None if found.chosen is None else self._around(found.chosen, citizens_weight_pct)
        if chosen is not None and keeps(self.portfolio, self.effects, chosen):
            gap = self._gap(first, chosen, citizens_weight_pct)
            return self._optimum(chosen, gap, first.ended)
        nearest = self.nearest
        start = np.zeros(len(self.effects.items), dtype=bool) if nearest.chosen is None else nearest.chosen
        return self._optimum(self._around(start, citizens_weight_pct), nearest.gap, nearest.ended)

    @cached_property
    def nearest(self) -> Solution:
        """The choice that passes the frames least. Whether one keeps them is no matter of weights, so that is asked once."""
        self.asked += 1
        return self.program.solve(self.portfolio.citizens_weight_pct, self.wanted, stretch=True)

    def _ask(self, citizens_weight_pct: float, room: float) -> Solution:
        self.asked += 1
        return self.program.solve(citizens_weight_pct, {key: share * room for key, share in self.wanted.items()})

    def _tightened(self, first: Solution, citizens_weight_pct: float) -> Solution:
        """The first answer that holds on all draws; the last there was where none with less room does."""
        found, room = first, 1.0
        while self.asked < _ROUNDS and found.chosen is not None and not keeps(self.portfolio, self.effects, found.chosen):
            room *= _TIGHTER
            fewer = self._ask(citizens_weight_pct, room)
            if fewer.chosen is None:
                break
            found = fewer
        return found

    def _gap(self, first: Solution, chosen: npt.NDArray[np.bool_], citizens_weight_pct: float) -> float:
        """Share by which something on the representative draws, with all the room there is, may be better than the choice."""
        reached = self.program.worth(chosen, citizens_weight_pct)
        lacking = first.bound - reached
        return 0.0 if lacking <= _SOLVED_TO else float(lacking / max(abs(first.bound), abs(reached)))

    def _optimum(self, chosen: npt.NDArray[np.bool_], gap: float, ended: str) -> Optimum:
        feasible = keeps(self.portfolio, self.effects, chosen)
        told = () if feasible else shortfalls(self.portfolio, self.effects, chosen, None)
        return Optimum(
            chosen, feasible=feasible, method=SOLVED, n_choices=0, n_draws=len(self.sample.weight), gap=gap, rounds=self.asked,
            shortfalls=told, ended=ended,
        )  # fmt: skip

    def _around(self, chosen: npt.NDArray[np.bool_], citizens_weight_pct: float) -> npt.NDArray[np.bool_]:
        """The best choice that steps of one or two options lead to, on all draws: frames first, then the goal."""
        for _ in range(_STEPS):
            near = Choices.of(self.effects, neighbours(self.effects, chosen))
            missing = near.missing_dkk(self.wanted, together=self.portfolio.together)
            objective = np.where(missing <= missing.min() + 1.0, near.objective(self.goal, citizens_weight_pct), -np.inf)
            best = near.chosen[int(np.argmax(objective))]
            if (best == chosen).all():
                break
            chosen = best
        return chosen


def thinned(effects: Effects) -> tuple[Effects, npt.NDArray[np.int64]]:
    """The effects without larger sets that never come to 10,000 kroner, and the places of those that stay."""
    stay = [
        place
        for place, members in enumerate(effects.sets)
        if len(members) == 1 or max(float(np.abs(draws[place]).max()) for draws in effects.draws.values()) > _WORTH_A_VARIABLE_DKK
    ]
    kept = np.array(stay, dtype=np.int64)
    return (
        replace(
            effects,
            sets=tuple(effects.sets[place] for place in stay),
            draws={key: draws[kept] for key, draws in effects.draws.items()},
            mean={key: mean[kept] for key, mean in effects.mean.items()},
            total=effects.total[kept],
        ),
        kept,
    )


def keeps(portfolio: Portfolio, effects: Effects, chosen: npt.NDArray[np.bool_]) -> bool:
    """Whether a choice keeps the frames as surely as wanted, on all draws."""
    over = {key: effects.over(key, chosen) for key in effects.room}
    if portfolio.together:
        passed = np.concatenate(list(over.values())).any(axis=0)
        return bool(passed.mean() <= 1.0 - portfolio.certainty_pct / 100.0 + _NEAR)
    allowed = allowed_over(portfolio, effects)
    return all(bool((over[key].mean(axis=1) <= allowed[key] + _NEAR).all()) for key in over)


def missing_dkk(portfolio: Portfolio, effects: Effects, chosen: npt.NDArray[np.bool_]) -> Array:
    """(members x Y,) kroner that each frame would have to be larger to be kept as surely as wanted, each by itself."""
    near = Choices.of(effects, chosen[None])
    return np.asarray(near.missing_by_frame(allowed_over(portfolio, effects))[0])


def shortfalls(
    portfolio: Portfolio, effects: Effects, chosen: npt.NDArray[np.bool_], over: Mapping[Key, Array] | None
) -> tuple[Shortfall, ...]:
    """Where a choice does not keep the frames, the largest first.

    Args:
        portfolio: Frames.
        effects: On all draws.
        chosen: (I,).
        over: Member -> (N, Y) share of draws over, of every choice; None: the best attainable is bounded by each option's best.
    """
    missing = missing_dkk(portfolio, effects, chosen).reshape(len(effects.room), -1)
    found = []
    for number, key in enumerate(effects.room):
        for place, year in enumerate(effects.years):
            if missing[number, place] <= 0.0:
                continue
            share = over[key][:, place].min() if over is not None else _least_over(effects, key, place)
            was = float((effects.before[key][place] > effects.room[key][place]).mean())
            published = effects.published[key][place]
            probability = share if not np.isfinite(published) else np.clip(published + share - was, 0.0, 1.0)
            found.append(Shortfall(key, year, float(missing[number, place]), 1.0 - float(probability)))
    return tuple(sorted(found, key=lambda item: -item.missing_dkk))


def _least_over(effects: Effects, key: Key, year: int) -> float:
    """Share of draws over the frame when every option stands at the level that lowers expenditure most; no choice does better."""
    best: dict[str, Array] = {}
    for members, draws in zip(effects.sets, effects.draws[key][:, year], strict=True):
        if len(members) == 1:
            option = effects.items[members[0]].option.option_id
            best[option] = np.minimum(best.get(option, np.zeros_like(draws)), draws)
    lowest = effects.before[key][year] + sum(best.values())
    return float((lowest > effects.room[key][year]).mean())
