"""The exact optimum of a portfolio: a mixed-integer program on representative draws, given to HiGHS.

One binary per item, one variable per set of items that meet (a product of binaries, exactly), one binary per representative draw
and year that may pass the frame. Limits are as tight as the draw allows, and draws that no choice can move across the frame have
no variable. The objective is the weighted sum of what is saved and of the citizens' assessment, each in shares of its full range.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from models.priority.assessment import Assessment
    from models.priority.effects import Effects, Key
    from models.types import Array


MILLION = 1e6
_TIE = 1e-7
"""Of the objective's full range: between equals, fewer options; then those first in the order of ids."""
_NEAR = 1e-9
_INFEASIBLE, _CLOCK = 2, 1
_NODES = 60
"""Branches that one question to the solver may open: the same answer on every machine. More were measured to prove more, never to
find more (decision 0026)."""
_SAFETY_SECONDS = 60.0
"""Only against a question that never ends; where it bites, the answer depends on the machine, and that is told."""
NODES_ENDED, CLOCK_ENDED = "nodes", "clock"
_SCALE = 1e4
"""HiGHS ends within 1e-6 of the best; the tie-break lies above that."""
_SLACK = 100.0
"""What a million kroner beyond the frame costs the objective where frames may stretch: more than all options can gain."""


@dataclass(frozen=True, eq=False)
class Goal:
    """What is maximised, per set of items; both in shares of their full range.

    Attributes:
        saved: (len(sets),) expected saving on the total, DKK over all years.
        points: (len(sets),) the citizens' assessment; sets of several items have none.
        saved_range: DKK that count as 1.
        points_range: Points that count as 1.
    """

    saved: Array
    points: Array
    saved_range: float
    points_range: float

    def weighed(self, citizens_weight_pct: float) -> Array:
        """(len(sets),) what each set adds to the objective."""
        weight = citizens_weight_pct / 100.0
        return (1.0 - weight) * self.saved / self.saved_range + weight * self.points / self.points_range


@dataclass(frozen=True, eq=False)
class Sample:
    """Representative draws. K of them.

    Attributes:
        weight: (K,) share of the draws that each stands for.
        before: Member -> (Y, K).
        effect: Member -> (len(sets), Y, K).
    """

    weight: Array
    before: Mapping[Key, Array]
    effect: Mapping[Key, Array]


@dataclass(frozen=True, eq=False)
class Solution:
    """What the solver found.

    Attributes:
        chosen: (I,) which items; None: no choice keeps the frames.
        objective: Of the weighed goal.
        gap: Share by which the best possible may still be better; 0: proven.
        bound: The objective that nothing passes.
        ended: What stopped the solver before it was done: ``nodes``, ``clock``; empty: nothing.
    """

    chosen: npt.NDArray[np.bool_] | None
    objective: float
    gap: float
    bound: float
    ended: str = ""


def tie_break(n_items: int) -> Array:
    """(I,) what each chosen item takes off the objective: fewer before more, then the order of ids."""
    return np.asarray(_TIE * (1.0 + np.arange(n_items) / n_items**2))


def goal_of(effects: Effects, assessment: Assessment) -> Goal:
    """Put saving and assessment on one scale."""
    n_items = len(effects.items)
    saved = -effects.total.sum(axis=1)
    points = np.zeros(len(effects.sets))
    for place, members in enumerate(effects.sets):
        if len(members) == 1:
            points[place] = assessment.points[members[0]]
    alone = {members[0]: place for place, members in enumerate(effects.sets) if len(members) == 1}
    options = [item.option.option_id for item in effects.items]
    return Goal(
        saved,
        points,
        _range(np.array([saved[alone[item]] for item in range(n_items)]), options),
        _range(assessment.points, options),
    )


def _range(values: Array, options: list[str]) -> float:
    """Sum over options of the furthest that a level of it goes; 1 where nothing goes anywhere."""
    furthest: dict[str, float] = {}
    for option, value in zip(options, np.abs(values), strict=True):
        furthest[option] = max(furthest.get(option, 0.0), float(value))
    return sum(furthest.values()) or 1.0


def representative(effects: Effects, count: int) -> Sample:
    """Cluster the run's draws by where they stand before and how far all items together move them.

    Args:
        effects: On all draws.
        count: How many clusters; all draws are kept where there are no more.
    """
    keys = list(effects.before)
    if effects.n_draws <= count:
        share = np.full(effects.n_draws, 1.0 / effects.n_draws)
        return Sample(share, effects.before, effects.draws)
    told = [part for key in keys for part in (effects.before[key], effects.draws[key].sum(axis=0))]
    stacked = np.concatenate(told)
    spread = stacked.std(axis=1, keepdims=True)
    scaled = ((stacked - stacked.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)).T
    _, labels = kmeans2(scaled, count, minit="++", rng=generator_for(0, "priority", "clusters"), missing="warn")
    used = np.unique(labels)
    member = (labels[:, None] == used[None, :]).astype(np.float64)
    mean = member / member.sum(axis=0)
    return Sample(
        member.sum(axis=0) / effects.n_draws,
        {key: effects.before[key] @ mean for key in keys},
        {key: effects.draws[key] @ mean for key in keys},
    )


@dataclass(frozen=True, eq=False)
class Program:
    """The program's parts that don't depend on weights.

    Attributes:
        effects: Sets that the solver sees.
        goal: What is maximised, by the same sets.
        sample: Draws that the solver sees.
        together: Whether all years and frames must hold at once in a draw.
        nodes: Branches that a question may open.
        bound: What was bound already, by the room it was asked with.
    """

    effects: Effects
    goal: Goal
    sample: Sample
    together: bool = False
    nodes: int = _NODES
    bound: dict[tuple[object, ...], tuple[_Rows, list[int], LinearConstraint] | None] = field(default_factory=dict)

    def solve(self, citizens_weight_pct: float, allowed: Mapping[Key, Array], *, stretch: bool = False) -> Solution:
        """Find the best choice.

        Args:
            citizens_weight_pct: Weight of the assessment.
            allowed: Member -> (Y,) share of draws that may pass the frame; where all must hold together, the first one counts.
            stretch: Let frames stretch at a price that comes before everything else: then there always is a choice, the one that
                passes them least.
        """
        key = (stretch, *(share.tobytes() for share in allowed.values()))
        if key not in self.bound:
            self.bound[key] = self._bind(allowed, stretch=stretch)
        known = self.bound[key]
        if known is None:
            return Solution(None, float("nan"), 0.0, float("-inf"))
        rows, slack, constraint = known
        n_items = len(self.effects.items)
        objective = np.zeros(rows.n_columns)
        np.subtract.at(objective, rows.set_columns, self.goal.weighed(citizens_weight_pct))
        objective[:n_items] += tie_break(n_items)
        objective[slack] = _SLACK
        found = milp(
            objective * _SCALE,
            constraints=constraint,
            bounds=Bounds(0.0, np.array([np.inf if kind is None else 1.0 for kind in rows.kinds])),
            integrality=np.array([int(bool(kind)) for kind in rows.kinds]),
            options={"mip_rel_gap": 0.0, "node_limit": self.nodes, "time_limit": _SAFETY_SECONDS},
        )
        ended = {0: "", _INFEASIBLE: "", _CLOCK: CLOCK_ENDED}.get(found.status, NODES_ENDED)
        if found.x is None:
            return Solution(None, float("nan"), 1.0, float("inf") if ended else float("-inf"), ended)
        gap = float(found.mip_gap) if found.mip_gap is not None else 0.0
        bound = float(found.fun if found.mip_dual_bound is None else found.mip_dual_bound)
        return Solution(np.asarray(found.x[:n_items] > 0.5), -float(found.fun) / _SCALE, gap, -bound / _SCALE, ended)

    def _bind(self, allowed: Mapping[Key, Array], *, stretch: bool) -> tuple[_Rows, list[int], LinearConstraint] | None:
        """Rows, columns by which frames stretch, and the constraint: no weight changes them. None: frames can't be kept."""
        rows = _Rows(self.effects)
        rows.bind_options()
        rows.bind_sets()
        slack = [rows.column(integer=None) for _ in range(len(self.effects.room) * len(self.effects.years))] if stretch else []
        return (rows, slack, rows.constraint()) if self._bind_frames(rows, allowed, slack) else None

    def worth(self, chosen: npt.NDArray[np.bool_], citizens_weight_pct: float) -> float:
        """The objective of a choice, without what frames that stretch take off."""
        sets = self.goal.weighed(citizens_weight_pct)[self.effects.chosen_sets(chosen)].sum()
        return float(sets - tie_break(len(self.effects.items)) @ chosen)

    def _bind_frames(self, rows: _Rows, allowed: Mapping[Key, Array], slack: list[int]) -> bool:
        """Bind the frames; false where they can't hold whatever is chosen."""
        shared = [rows.column() for _ in self.sample.weight] if self.together else []
        for number, (key, room) in enumerate(self.effects.room.items()):
            for year in range(len(self.effects.years)):
                free = slack[number * len(self.effects.years) + year : number * len(self.effects.years) + year + 1]
                own: list[tuple[int, float]] = []
                surely = 0.0
                for draw, weight in enumerate(self.sample.weight):
                    coefficients = self.sample.effect[key][:, year, draw] / MILLION
                    stands = float(self.sample.before[key][year, draw] - room[year]) / MILLION
                    worst = stands - _least(self.effects, -coefficients)
                    if worst <= 0.0:
                        continue
                    if not slack and not shared and stands + _least(self.effects, coefficients) > 0.0:
                        surely += weight
                        continue
                    column = shared[draw] if shared else rows.column()
                    own.append((column, weight))
                    rows.add([*rows.set_columns, *free, column], [*coefficients, *(-1.0 for _ in free), -worst], -stands)
                left = float(allowed[key][year]) - surely
                if not shared and left < -_NEAR:
                    return False
                if not shared:
                    rows.add([column for column, _ in own], [weight for _, weight in own], max(left, 0.0) + _NEAR)
        if shared:
            first = float(next(iter(allowed.values()))[0])
            rows.add(shared, list(self.sample.weight), first + _NEAR)
            return first >= -_NEAR
        return True


def _least(effects: Effects, coefficients: Array) -> float:
    """A bound on the least that any choice can make of a sum over sets: each option and each larger set at its best."""
    best: dict[str, float] = {}
    more = 0.0
    for members, value in zip(effects.sets, coefficients, strict=True):
        if len(members) == 1:
            option = effects.items[members[0]].option.option_id
            best[option] = min(best.get(option, 0.0), float(value))
        else:
            more += min(0.0, float(value))
    return sum(best.values()) + more


class _Rows:
    """Collects columns and rows of the program."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        self.kinds: list[bool | None] = [True] * len(effects.items)
        self.rows: list[tuple[list[int], list[float], float]] = []
        self.set_columns = [members[0] if len(members) == 1 else self.column(integer=False) for members in effects.sets]

    @property
    def n_columns(self) -> int:
        return len(self.kinds)

    def column(self, *, integer: bool | None = True) -> int:
        """A new column: a binary, one between 0 and 1, or (None) any amount from 0."""
        self.kinds.append(integer)
        return len(self.kinds) - 1

    def add(self, columns: list[int], values: list[float], most: float) -> None:
        if columns:
            self.rows.append((columns, values, most))

    def bind_options(self) -> None:
        """One level at most; what is required comes along; what is excluded does not."""
        places: dict[str, list[int]] = {}
        for place, item in enumerate(self.effects.items):
            places.setdefault(item.option.option_id, []).append(place)
        options = {item.option.option_id: item.option for item in self.effects.items}
        for option_id, own in places.items():
            self.add(own, [1.0] * len(own), 1.0)
            for other in options[option_id].requires:
                self.add([*own, *places[other]], [1.0] * len(own) + [-1.0] * len(places[other]), 0.0)
            for other in options[option_id].excludes:
                self.add([*own, *places[other]], [1.0] * (len(own) + len(places[other])), 1.0)

    def bind_sets(self) -> None:
        """A set counts exactly when all of its items are chosen."""
        for column, members in zip(self.set_columns, self.effects.sets, strict=True):
            if len(members) > 1:
                for item in members:
                    self.add([column, item], [1.0, -1.0], 0.0)
                self.add([*members, column], [1.0] * len(members) + [-1.0], len(members) - 1.0)

    def constraint(self) -> LinearConstraint:
        """All rows as one sparse constraint."""
        row = np.concatenate([np.full(len(columns), place) for place, (columns, _, _) in enumerate(self.rows)])
        column = np.concatenate([np.array(columns) for columns, _, _ in self.rows])
        value = np.concatenate([np.array(values, dtype=np.float64) for _, values, _ in self.rows])
        matrix = coo_array((value, (row, column)), shape=(len(self.rows), self.n_columns)).tocsr()
        return LinearConstraint(matrix, ub=np.array([most for *_, most in self.rows]))
