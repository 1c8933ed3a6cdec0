"""Why an option is in the best choice, or out of it: one reason each, from figures on all draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.priority.optimum import keeps, missing_dkk

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.priority.effects import Effects, Key
    from models.priority.option import Item, Portfolio
    from models.priority.solve import Goal


NEEDED, REQUIRED_BY, GAINS = "needed", "required_by", "gains"
EXCLUDED, REQUIRES, BREAKS, WORSE = "excluded", "requires", "breaks", "worse"


@dataclass(frozen=True)
class Reason:
    """Why an option is in or out.

    Attributes:
        code: In: ``needed`` (a frame would not hold without it), ``required_by``, ``gains``. Out: ``excluded``, ``requires``,
            ``breaks`` (a frame would not hold with it), ``worse`` (it gives less than it takes).
        other: The option that it excludes, needs or is needed by.
        member: (level, member) of the frame that would not hold.
        year: The year that is worst.
        probability: Probability of keeping the frame then.
        saved_dkk: What it saves over all years where the choice stands, DKK; negative: it costs.
    """

    code: str
    other: str = ""
    member: Key | None = None
    year: int | None = None
    probability: float | None = None
    saved_dkk: float = 0.0


def reason_for(
    portfolio: Portfolio, effects: Effects, goal: Goal, chosen: npt.NDArray[np.bool_], own: tuple[int, ...], weight_pct: float
) -> Reason:
    """Say why an option is in or out.

    Args:
        portfolio: Frames.
        effects: On all draws.
        goal: What was maximised.
        chosen: (I,) the choice.
        own: Places of the option's levels.
        weight_pct: Weight of the citizens' assessment.

    Where no choice keeps the frames, ``needed`` means that they would be passed by more without it.
    """
    items = effects.items
    option = items[own[0]].option
    taken = {items[place].option.option_id for place in np.flatnonzero(chosen)}
    is_in = option.option_id in taken
    if is_in:
        flipped = chosen.copy()
        flipped[list(own)] = False
        return _in(portfolio, effects, goal, chosen, flipped, _needing(items, option.option_id, taken))
    against = sorted(
        other.option.option_id
        for other in items
        if other.option.option_id in taken
        and (option.option_id in other.option.excludes or other.option.option_id in option.excludes)
    )
    if against:
        return Reason(EXCLUDED, other=against[0])
    lacking = sorted(set(option.requires) - taken)
    if lacking:
        return Reason(REQUIRES, other=lacking[0])
    tried = []
    for place in own:
        flipped = chosen.copy()
        flipped[place] = True
        saved = _gain(effects, goal, chosen, flipped)
        worth = goal.weighed(weight_pct)
        value = float(worth[effects.chosen_sets(flipped)].sum() - worth[effects.chosen_sets(chosen)].sum())
        tried.append((value, -place, flipped, saved))
    value, _, flipped, saved = max(tried, key=lambda item: item[:2])
    if value > 0 and keeps(portfolio, effects, chosen) and not keeps(portfolio, effects, flipped):
        member, year, probability = _weakest(effects, flipped)
        return Reason(BREAKS, member=member, year=year, probability=probability, saved_dkk=saved)
    return Reason(WORSE, saved_dkk=saved)


def _needing(items: tuple[Item, ...], option_id: str, taken: set[str]) -> str:
    needing = (item.option.option_id for item in items if option_id in item.option.requires)
    return min((other for other in needing if other in taken), default="")


def _in(
    portfolio: Portfolio,
    effects: Effects,
    goal: Goal,
    chosen: npt.NDArray[np.bool_],
    flipped: npt.NDArray[np.bool_],
    needed_by: str,
) -> Reason:
    saved = _gain(effects, goal, flipped, chosen)
    if _less_kept(portfolio, effects, chosen, flipped):
        member, year, probability = _weakest(effects, flipped)
        return Reason(NEEDED, member=member, year=year, probability=probability, saved_dkk=saved)
    if needed_by:
        return Reason(REQUIRED_BY, other=needed_by, saved_dkk=saved)
    return Reason(GAINS, saved_dkk=saved)


def _less_kept(portfolio: Portfolio, effects: Effects, chosen: npt.NDArray[np.bool_], flipped: npt.NDArray[np.bool_]) -> bool:
    """Whether the frames hold with the choice and not with the other; where they hold with neither, whether more is missing."""
    if keeps(portfolio, effects, chosen):
        return not keeps(portfolio, effects, flipped)
    return bool(missing_dkk(portfolio, effects, flipped).sum() > missing_dkk(portfolio, effects, chosen).sum() + 1.0)


def _gain(effects: Effects, goal: Goal, before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> float:
    """Kroner that the second choice is expected to save beyond the first, over all years."""
    one, two = effects.chosen_sets(before), effects.chosen_sets(after)
    return round(float(goal.saved[two].sum() - goal.saved[one].sum()), 2) + 0.0


def _weakest(effects: Effects, chosen: npt.NDArray[np.bool_]) -> tuple[Key, int, float]:
    """The frame and year that a choice keeps least surely, and how surely."""
    found = []
    for key in effects.room:
        over = effects.over(key, chosen)
        for place, probability in enumerate(effects.probability_over(key, over)):
            found.append((float(probability), effects.years[place], key))
    probability, year, key = max(found, key=lambda item: (item[0], -item[1]))
    return key, year, 1.0 - probability
