"""Every choice that a portfolio allows, worked out on every draw: where there are not too many, that is the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.priority.solve import tie_break

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from models.priority.effects import Effects, Key
    from models.priority.solve import Goal
    from models.types import Array


_CHUNK = 512
_NEAR = 1e-9


def count_choices(effects: Effects) -> int:
    """How many choices there are before what is required and excluded: one level or none of every option."""
    levels: dict[str, int] = {}
    for item in effects.items:
        levels[item.option.option_id] = levels.get(item.option.option_id, 0) + 1
    return int(np.prod([1 + count for count in levels.values()], dtype=np.float64))


def all_choices(effects: Effects) -> npt.NDArray[np.bool_]:
    """(N, I) every choice that requirements and exclusions allow; nothing chosen is the first."""
    places: dict[str, list[int]] = {}
    for place, item in enumerate(effects.items):
        places.setdefault(item.option.option_id, []).append(place)
    grids = np.meshgrid(*(np.arange(1 + len(own)) for own in places.values()), indexing="ij")
    chosen = np.zeros((grids[0].size, len(effects.items)), dtype=bool)
    for own, grid in zip(places.values(), grids, strict=True):
        for level, place in enumerate(own):
            chosen[:, place] = grid.ravel() == level + 1
    return chosen[are_allowed(effects, chosen)]


def are_allowed(effects: Effects, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(N,) whether choices (N, I) hold one level at most of every option, what is required and nothing that is excluded."""
    places: dict[str, list[int]] = {}
    for place, item in enumerate(effects.items):
        places.setdefault(item.option.option_id, []).append(place)
    levels = {option_id: chosen[:, own].sum(axis=1) for option_id, own in places.items()}
    allowed = np.ones(len(chosen), dtype=bool)
    for option_id, own in places.items():
        option = effects.items[own[0]].option
        allowed &= levels[option_id] <= 1
        for other in option.requires:
            allowed &= (levels[option_id] == 0) | (levels[other] > 0)
        for other in option.excludes:
            allowed &= (levels[option_id] == 0) | (levels[other] == 0)
    return allowed


def neighbours(effects: Effects, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(N, I) a choice (I,) and every allowed one that differs in one option, or in two."""
    count = len(chosen)
    one = [(place,) for place in range(count)]
    two = [(first, second) for first in range(count) for second in range(first + 1, count)]
    found = np.repeat(chosen[None], 1 + len(one) + len(two), axis=0)
    for row, flipped in enumerate((*one, *two), start=1):
        found[row, list(flipped)] ^= True
    return found[are_allowed(effects, found)]


@dataclass(frozen=True, eq=False)
class Choices:
    """All choices with what they come to. N choices.

    Attributes:
        chosen: (N, I).
        sets: (N, len(sets)) whether a set is chosen.
        effects: What is worked out.
    """

    chosen: npt.NDArray[np.bool_]
    sets: npt.NDArray[np.bool_]
    effects: Effects

    @classmethod
    def of(cls, effects: Effects, chosen: npt.NDArray[np.bool_]) -> Choices:
        """Find which sets each choice holds."""
        sets = np.stack([chosen[:, list(members)].all(axis=1) for members in effects.sets], axis=1)
        return cls(chosen, sets, effects)

    def objective(self, goal: Goal, citizens_weight_pct: float) -> Array:
        """(N,) the weighed goal, ties broken as in the solver."""
        return np.asarray(self.sets @ goal.weighed(citizens_weight_pct) - self.chosen @ tie_break(self.chosen.shape[1]))

    def share_over(self) -> dict[Key, Array]:
        """Member -> (N, Y) share of draws that pass the frame."""
        found = {}
        for key, room in self.effects.room.items():
            share = np.zeros((len(self.chosen), len(room)))
            for start in range(0, len(self.chosen), _CHUNK):
                part = slice(start, start + _CHUNK)
                share[part] = (self._passed(key, part) > 0.0).mean(axis=2)
            found[key] = share
        return found

    def together_over(self) -> Array:
        """(N,) share of draws in which any frame is passed in any year."""
        found = np.zeros(len(self.chosen))
        for start in range(0, len(self.chosen), _CHUNK):
            part = slice(start, start + _CHUNK)
            passed = [(self._passed(key, part) > 0.0).any(axis=1) for key in self.effects.room]
            found[part] = np.any(passed, axis=0).mean(axis=1)
        return found

    def missing_by_frame(self, allowed: Mapping[Key, Array]) -> Array:
        """(N, members x Y) kroner that each frame would have to be larger to be kept in all but the allowed share of draws."""
        found = []
        for key, room in self.effects.room.items():
            n_draws = self.effects.n_draws
            may = np.clip(np.floor(allowed[key] * n_draws + _NEAR), 0, n_draws).astype(int)
            last = np.clip(n_draws - 1 - may, 0, n_draws - 1)
            missing = np.zeros((len(self.chosen), len(room)))
            for start in range(0, len(self.chosen), _CHUNK):
                part = slice(start, start + _CHUNK)
                passed = self._passed(key, part)
                for year, place in enumerate(last):
                    missing[part, year] = np.partition(passed[:, year], place, axis=1)[:, place]
            found.append(np.maximum(missing, 0.0))
        return np.concatenate(found, axis=1)

    def missing_dkk(self, allowed: Mapping[Key, Array], *, together: bool) -> Array:
        """(N,) kroner that all frames together would have to be larger; where all must hold at once, the one alike for all."""
        if not together:
            return np.asarray(self.missing_by_frame(allowed).sum(axis=1))
        n_draws = self.effects.n_draws
        may = int(np.clip(np.floor(float(next(iter(allowed.values()))[0]) * n_draws + _NEAR), 0, n_draws))
        place = max(n_draws - 1 - may, 0)
        found = np.zeros(len(self.chosen))
        for start in range(0, len(self.chosen), _CHUNK):
            part = slice(start, start + _CHUNK)
            worst = np.max([self._passed(key, part).max(axis=1) for key in self.effects.room], axis=0)
            found[part] = np.maximum(np.partition(worst, place, axis=1)[:, place], 0.0)
        return found

    def _passed(self, key: Key, part: slice) -> Array:
        """(n, Y, D) kroner beyond the frame; negative: below."""
        moved = np.tensordot(self.sets[part].astype(np.float64), self.effects.draws[key], axes=1)
        return np.asarray(moved + self.effects.before[key] - self.effects.room[key][:, None])
