"""History: what a scenario was before, so that a move can be undone and done again; moves of one lever in a row are one move."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 60


@dataclass(frozen=True)
class History:
    """A scenario with what was before it and what was undone.

    Attributes:
        present: The scenario as it stands.
        past: Earlier ones, the last one last; at most 60.
        future: What was undone, the next one first.
        touched: The lever that was moved last; a further move of it belongs to the same step.
    """

    present: Scenario = field(default_factory=Scenario)
    past: tuple[Scenario, ...] = ()
    future: tuple[Scenario, ...] = ()
    touched: str = ""

    def to(self, scenario: Scenario, touched: str = "") -> History:
        """The next state; nothing changes where the scenario is the same.

        Args:
            scenario: What it becomes.
            touched: Lever that was moved; empty: a step of its own.

        Example:
            >>> from models.scenario.lever import Lever
            >>> price = [Scenario.of([Lever(lever_id="a", kind="price", value=v, low=v, high=v)]) for v in (-1.0, -2.0)]
            >>> moved = History().to(price[0], "a").to(price[1], "a")
            >>> moved.undone().present == Scenario(), moved.undone().redone() == replace(moved, touched="")
            (True, True)
        """
        if scenario == self.present:
            return self
        past = self.past if touched and touched == self.touched else (*self.past, self.present)
        return History(scenario, past[-MOST:], (), touched)

    def undone(self) -> History:
        """One step back, where there is one."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.present, *self.future))

    def redone(self) -> History:
        """One undone step forward again, where there is one."""
        if not self.future:
            return self
        return History(self.future[0], (*self.past, self.present), self.future[1:])

    def amended(self, change: Callable[[Scenario], Scenario]) -> History:
        """The same step with something said about it (a name, a rationale) that is no move of its own."""
        return replace(self, present=change(self.present))
