"""History: what a scenario was before, so that a move can be undone and done again; moves of one lever in a row are one move."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 60


@dataclass(frozen=True)
class Step:
    """A scenario as it once stood.

    Attributes:
        scenario: The scenario.
        opened: Id of the kept scenario that it began from; empty: none.
    """

    scenario: Scenario
    opened: str = ""


@dataclass(frozen=True)
class History:
    """A scenario with what was before it and what was undone.

    Attributes:
        present: The scenario as it stands.
        past: Earlier ones, the last one last; at most 60.
        future: What was undone, the next one first.
        touched: The lever that was moved last; a further move of it belongs to the same step.
        opened: Id of the kept scenario that the present one began from; empty: none. Undoing goes back to what it was before.
    """

    present: Scenario = field(default_factory=Scenario)
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()
    touched: str = ""
    opened: str = ""

    def to(self, scenario: Scenario, touched: str = "", *, opened: str | None = None) -> History:
        """The next state; nothing changes where the scenario is the same and begins from the same.

        Args:
            scenario: What it becomes.
            touched: Lever that was moved; empty: a step of its own.
            opened: Kept scenario that it now begins from, ``""`` for none; None: as before.

        Example:
            >>> from models.scenario.lever import Lever
            >>> price = [Scenario.of([Lever(lever_id="a", kind="price", value=v, low=v, high=v)]) for v in (-1.0, -2.0)]
            >>> moved = History().to(price[0], "a").to(price[1], "a")
            >>> moved.undone().present == Scenario(), moved.undone().redone() == replace(moved, touched="")
            (True, True)
        """
        begun = self.opened if opened is None else opened
        if scenario == self.present:
            return self if begun == self.opened else replace(self, opened=begun)
        past = self.past if touched and touched == self.touched else (*self.past, self._now)
        return History(scenario, past[-MOST:], (), touched, begun)

    @property
    def _now(self) -> Step:
        return Step(self.present, self.opened)

    def undone(self) -> History:
        """One step back, where there is one."""
        if not self.past:
            return self
        last = self.past[-1]
        return History(last.scenario, self.past[:-1], (self._now, *self.future), "", last.opened)

    def redone(self) -> History:
        """One undone step forward again, where there is one."""
        if not self.future:
            return self
        following = self.future[0]
        return History(following.scenario, (*self.past, self._now), self.future[1:], "", following.opened)

    def each(self, change: Callable[[Scenario], Scenario]) -> History:
        """Every scenario of the history changed alike, as a new run asks for; steps that then stand still are one step.

        Example:
            >>> from models.scenario.lever import Lever
            >>> price = [Scenario.of([Lever(lever_id="a", kind="price", value=v, low=v, high=v)]) for v in (-1.0, -2.0)]
            >>> moved = History().to(price[0]).to(price[1])
            >>> len(moved.each(lambda scenario: scenario).past), moved.each(lambda scenario: Scenario()).past
            (2, ())
        """
        steps = (*self.past, self._now, *self.future)
        changed = {scenario: change(scenario) for scenario in {step.scenario for step in steps}}
        present = Step(changed[self.present], self.opened)

        def distinct(steps: tuple[Step, ...]) -> list[Step]:
            """From the present outwards, without those that stand still."""
            found = [present]
            for step in steps:
                made = Step(changed[step.scenario], step.opened)
                found += [made] if made.scenario != found[-1].scenario else []
            return found[1:]

        past = tuple(distinct(self.past[::-1])[::-1])
        return History(present.scenario, past, tuple(distinct(self.future)), self.touched, self.opened)

    def amended(self, change: Callable[[Scenario], Scenario]) -> History:
        """The same step with something said about it (a name, a rationale) that is no move of its own."""
        return replace(self, present=change(self.present))
