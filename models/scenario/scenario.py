"""Scenario: dated levers beside an untouched, pinned baseline, as a frozen, versioned value with a content-addressed id."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from data.content_id import content_id
from models.rng import N_UNIFORMS
from models.scenario.faults import MAX_LEVERS, ScenarioFault, ScenarioInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.scenario.lever import Lever

SCHEMA_VERSION = 3
OLDEST_VERSION = 2
"""Still read. A scenario is written in the oldest version that can hold it. Pinned anew, one that an older version kept writes
out more numbers and so has another id: unchanged, it is told under the id it was kept under."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is changed beside the baseline. Make it with :meth:`of`, which orders the levers and gives them their uniforms.

    Attributes:
        levers: In the order of their ids.
        run_id: The run it is pinned to; empty: the newest, whichever that is.
        price_level: Price level of its amounts; empty: the run's own.
        name: What it is called.
        safety_pct: How sure one wants to be of keeping the frame, per cent.
    """

    levers: tuple[Lever, ...] = ()
    run_id: str = ""
    price_level: str = ""
    name: str = ""
    safety_pct: float = 80.0

    @classmethod
    def of(
        cls,
        levers: Sequence[Lever] = (),
        *,
        run_id: str = "",
        price_level: str = "",
        name: str = "",
        safety_pct: float = 80.0,
    ) -> Scenario:
        """Make a scenario; levers that don't know their uniforms yet get free ones by the hash of their id.

        Raises:
            ScenarioInvalid: Two levers have the same id or uniforms, or there are too many.

        Example:
            >>> from models.scenario.lever import Lever
            >>> made = Scenario.of([Lever(lever_id="pris", kind="price", value=-1.0, low=-2.0, high=0.0)])
            >>> made.levers[0].uniform == column_of("pris"), made.scenario_id == Scenario.of(made.levers).scenario_id
            (True, True)
        """
        ordered = sorted(levers, key=lambda lever: lever.lever_id)
        _refuse_twice(ordered)
        taken = {lever.uniform for lever in ordered if lever.uniform is not None}
        given = []
        for lever in ordered:
            column = lever.uniform
            if column is None and lever.has_interval:
                column = column_of(lever.lever_id)
                while column in taken:
                    column = (column + 1) % N_UNIFORMS
                taken.add(column)
            given.append(lever if column == lever.uniform else replace(lever, uniform=column))
        return cls(levers=tuple(given), run_id=run_id, price_level=price_level, name=name, safety_pct=safety_pct)

    @property
    def is_neutral(self) -> bool:
        """Whether it is the baseline itself."""
        return all(lever.is_neutral for lever in self.levers)

    @property
    def scenario_id(self) -> str:
        """Of its canonical JSON (``data.content_id``): the same content has the same id everywhere."""
        return content_id("s", self.canonical())

    def canonical(self) -> str:
        """One line of JSON, keys in order, defaults left out."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """Write the scenario as ``docs/schemas/scenario.json`` has it."""
        version = max((lever.needs_version for lever in self.levers), default=OLDEST_VERSION)
        told: dict[str, Any] = {"schema_version": version, "name": self.name}
        told |= {name: getattr(self, name) for name in ("run_id", "price_level") if getattr(self, name)}
        if self.safety_pct != 80.0:
            told["safety_pct"] = self.safety_pct
        return told | {"levers": [lever.to_dict() for lever in self.levers]}

    def to_json(self) -> str:
        """Write the scenario as a file for people."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    def lever(self, lever_id: str) -> Lever:
        """One lever by its id.

        Raises:
            KeyError: There is none.
        """
        return next(lever for lever in self.levers if lever.lever_id == lever_id) if self.holds(lever_id) else _missing(lever_id)

    def holds(self, lever_id: str) -> bool:
        """Whether there is such a lever."""
        return any(lever.lever_id == lever_id for lever in self.levers)

    def with_lever(self, lever: Lever) -> Scenario:
        """The same scenario with one lever set or added; the others keep their uniforms."""
        others = [other for other in self.levers if other.lever_id != lever.lever_id]
        return replace(self, levers=Scenario.of([*others, lever]).levers)

    def without(self, lever_id: str) -> Scenario:
        """The same scenario without one lever."""
        return replace(self, levers=tuple(lever for lever in self.levers if lever.lever_id != lever_id))

    def named(self, name: str) -> Scenario:
        """The same scenario under another name."""
        return replace(self, name=name)

    def unpinned(self) -> Scenario:
        """The same scenario on whichever run is the newest; amounts stay at their price level."""
        return replace(self, run_id="")

    def pinned(self, run_id: str, price_level: str) -> Scenario:
        """The same scenario, pinned to one run and its price level, with all its numbers: no later catalogue moves them."""
        return replace(self, run_id=run_id, price_level=price_level, levers=tuple(lever.in_full() for lever in self.levers))


def column_of(lever_id: str) -> int:
    """The uniforms that the hash of a lever's id names."""
    return int.from_bytes(sha256(lever_id.encode()).digest()[:8], "big") % N_UNIFORMS


def _missing(lever_id: str) -> Lever:
    raise KeyError(lever_id)


def _refuse_twice(levers: Sequence[Lever]) -> None:
    ids = [lever.lever_id for lever in levers]
    columns = [lever.uniform for lever in levers if lever.uniform is not None]
    faults = []
    if len(ids) != len(set(ids)):
        remedy = "Give every lever an id of its own"
        faults.append(ScenarioFault("twice", "levers", "id", "Two levers have the same id", "Effects are told by id", remedy))
    if len(columns) != len(set(columns)):
        what, why = "Two levers read the same uniforms", "Their uncertainty would move together"
        faults.append(ScenarioFault("twice", "levers", "uniform", what, why, "Leave 'uniform' out of one of them"))
    if len(levers) > MAX_LEVERS:
        what = f"The scenario has {len(levers)} levers; {MAX_LEVERS} are the most"
        faults.append(ScenarioFault("too_many", "levers", str(len(levers)), what, "Nobody reads more", "Leave some out"))
    if faults:
        raise ScenarioInvalid.of(faults)
