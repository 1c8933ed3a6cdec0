"""Board: what a page keeps while a scenario is worked on: the scenario, locked levers, those of the meeting, quiet rounds."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from models.scenario.check import check_scenario, second_population
from models.scenario.faults import ScenarioFault, ScenarioInvalid
from models.scenario.lever import in_kroner
from models.scenario.quiet_round import FEWEST, Spread
from models.scenario.reading import read_scenario
from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever

IN_MEETING = 3
"""Levers of the committee's screen: more can't be discussed at once."""
_KEPT = re.compile(r"s-[0-9a-f]{16}")
_SHAPE = {"scenario": dict, "locked": list, "chosen": list, "rounds": list}


@dataclass(frozen=True)
class Board:
    """What stands on the table.

    Attributes:
        scenario: The scenario as it stands.
        locked: Ids of levers that nothing moves.
        chosen: Ids of the levers on the committee's screen, at most three.
        rounds: Spreads of the quiet rounds held.
        opened: Id of the kept scenario that it began from; empty: none.
    """

    scenario: Scenario = field(default_factory=Scenario)
    locked: frozenset[str] = frozenset()
    chosen: tuple[str, ...] = ()
    rounds: tuple[Spread, ...] = ()
    opened: str = ""

    def to_json(self) -> str:
        """Write it for a draft.

        Example:
            >>> read_board(Board(chosen=("pris_botilbud",)).to_json()).chosen
            ('pris_botilbud',)
        """
        told = {
            "scenario": self.scenario.to_dict(),
            "locked": sorted(self.locked),
            "chosen": list(self.chosen),
            "rounds": [asdict(spread) for spread in self.rounds],
        }
        told |= {"opened": self.opened} if self.opened else {}
        return json.dumps(told, ensure_ascii=False, allow_nan=False)

    def called(self, names: Mapping[str, str]) -> Board:
        """The same where levers are called otherwise: what is locked, on the screen and spoken of goes along.

        Args:
            names: Id of before -> id of now (``models.scenario.offers.new_ids``); the others stay.

        Example:
            >>> found = Board(locked=frozenset({"a"}), chosen=("b", "a")).called({"a": "c"})
            >>> found.locked, found.chosen
            (frozenset({'c'}), ('b', 'c'))
        """
        rounds = tuple(replace(spread, lever_id=names.get(spread.lever_id, spread.lever_id)) for spread in self.rounds)
        chosen = tuple(names.get(lever_id, lever_id) for lever_id in self.chosen)
        locked = frozenset(names.get(lever_id, lever_id) for lever_id in self.locked)
        return replace(self, locked=locked, chosen=chosen, rounds=rounds)

    def reset(self) -> Scenario:
        """The scenario with every lever gone that is not locked."""
        return replace(self.scenario, levers=tuple(lever for lever in self.scenario.levers if lever.lever_id in self.locked))


def read_board(text: str) -> Board:
    """Read a draft.

    Raises:
        ScenarioInvalid: It does not hold.
    """
    try:
        told = json.loads(text)
        holds = isinstance(told, dict) and all(isinstance(told.get(name), kind) for name, kind in _SHAPE.items())
        rounds = tuple(_spread(item) for item in told["rounds"]) if holds else ()
    except (ValueError, TypeError, KeyError, RecursionError):
        holds = False
    if not holds:
        what, remedy = "The draft is damaged", "Begin anew; finished scenarios are not touched"
        raise ScenarioInvalid.of([ScenarioFault("no_json", "draft", "", what, "It can't be read as a scenario", remedy)])
    scenario = read_scenario(json.dumps(told["scenario"], ensure_ascii=False))
    texts = {name: tuple(str(item)[:40] for item in told[name]) for name in ("locked", "chosen")}
    opened = str(told.get("opened", ""))
    opened = opened if _KEPT.fullmatch(opened) else ""
    return Board(scenario, frozenset(texts["locked"]), texts["chosen"][:IN_MEETING], rounds, opened)


def _spread(told: Any) -> Spread:  # noqa: ANN401  (whatever the file holds)
    spread = Spread(
        lever_id=str(told["lever_id"])[:40],
        count=int(told["count"]),
        low=float(told["low"]),
        median=float(told["median"]),
        high=float(told["high"]),
    )
    if spread.count < FEWEST or not all(math.isfinite(value) for value in (spread.low, spread.median, spread.high)):
        raise ValueError(spread.count)
    return spread


def fitted(scenario: Scenario, baseline: Baseline) -> tuple[Scenario, tuple[ScenarioFault, ...]]:
    """What of a scenario a run can carry: unpinned, and without the levers that it can't; with what was left out and why."""
    free = replace(scenario, run_id="", price_level="", levers=tuple(lever.in_short() for lever in scenario.levers))
    other_level = scenario.price_level not in {"", baseline.price_level}
    kept: list[Lever] = []
    faults: list[ScenarioFault] = []
    for place, lever in enumerate(free.levers):
        alone = replace(free, levers=(lever,), price_level=scenario.price_level if other_level and in_kroner(lever) else "")
        found = (*check_scenario(alone, baseline), *second_population("levers[0]", lever, kept))
        faults += [replace(fault, where=fault.where.replace("levers[0]", f"levers[{place}]")) for fault in found]
        kept += [] if found else [lever]
    return replace(free, levers=tuple(kept)), tuple(faults)
