"""Scenario: what is changed beside the baseline, as a frozen value that travels as JSON or in a link.

A lever multiplies one measure of one lever group by ``1 + change_pct / 100``; neutral is 0. A link or file that does not
hold is answered with faults in words, never with a trace, and what does hold in it is kept.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from data.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SCHEMA_VERSION = 1
MAIN_VARIANT = "main"
_VARIANT_KEY = "variant"


class ScenarioInvalid(WrongUse):
    """A scenario does not say what it must; names the key."""


@dataclass(frozen=True)
class LeverRange:
    """How far one measure may be moved, per cent of the baseline.

    Attributes:
        low: Smallest change, per cent.
        high: Largest change, per cent.
        step: Distance between two settings, percentage points.
        prefix: Letter before the group in a link.
    """

    low: float
    high: float
    step: float
    prefix: str

    def holds(self, change_pct: float) -> bool:
        """Whether a change is a number inside the range.

        Example:
            >>> RANGES["unit_cost"].holds(5.0), RANGES["unit_cost"].holds(float("nan"))
            (True, False)
        """
        return math.isfinite(change_pct) and self.low <= change_pct <= self.high

    def nearest(self, change_pct: float) -> float:
        """The setting of a slider that lies nearest, inside the range.

        Example:
            >>> RANGES["uptake"].nearest(2.3), RANGES["uptake"].nearest(-99.0)
            (2.5, -10.0)
        """
        return min(max(round(change_pct / self.step) * self.step, self.low), self.high) + 0.0

    def settings(self) -> tuple[float, ...]:
        """Every setting from low to high, neutral among them."""
        first, last = round(self.low / self.step), round(self.high / self.step)
        return tuple(index * self.step for index in range(first, last + 1))


# Narrow on purpose: nothing seen supports a wider change within the horizon (docs/domain.md, levers).
RANGES: dict[str, LeverRange] = {
    "uptake": LeverRange(low=-10.0, high=10.0, step=0.5, prefix="u"),
    "unit_cost": LeverRange(low=-5.0, high=5.0, step=0.5, prefix="p"),
}


@dataclass(frozen=True)
class Fault:
    """One thing in a link that does not hold and was left out.

    Attributes:
        reason: ``unknown_group``, ``unknown_variant``, ``not_a_number`` or ``out_of_range``.
        measure: The lever's measure, or ``variant``.
        group: The lever group when it is one of the run's own, else empty: nothing of a bad link is echoed.
    """

    reason: str
    measure: str
    group: str = ""


@dataclass(frozen=True)
class Scenario:
    """Levers on an untouched baseline.

    Attributes:
        changes: ``(measure, group) -> change_pct``, in order and without neutral entries; make it with :meth:`of`.
        variant: Population variant; ``main`` is the baseline.
        name: What the author calls it.
    """

    changes: tuple[tuple[str, str, float], ...] = ()
    variant: str = MAIN_VARIANT
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Refuse what is no lever.

        Raises:
            ScenarioInvalid: A measure is unknown, a change is no number or out of range, or a lever stands twice.
        """
        seen: set[tuple[str, str]] = set()
        for measure, group, change in self.changes:
            where = f"{measure}/{group}"
            if measure not in RANGES:
                what = "A lever has an unknown measure"
                raise ScenarioInvalid(what, where=where, remedy=f"Use one of {sorted(RANGES)}")
            if not RANGES[measure].holds(change):
                what = f"A lever's change must be a number from {RANGES[measure].low:g} to {RANGES[measure].high:g} per cent"
                raise ScenarioInvalid(what, where=where, remedy="Correct the change")
            if (measure, group) in seen:
                what = "A lever stands twice"
                raise ScenarioInvalid(what, where=where, remedy="Keep one of them")
            seen.add((measure, group))

    @classmethod
    def of(cls, changes: Mapping[tuple[str, str], float], *, variant: str = MAIN_VARIANT, name: str = "") -> Scenario:
        """Make a scenario from ``(measure, group) -> change_pct``; neutral levers are left out.

        Example:
            >>> Scenario.of({("uptake", "botilbud"): -2.0, ("unit_cost", "botilbud"): 0.0}).changes
            (('uptake', 'botilbud', -2.0),)
        """
        kept = tuple((measure, group, float(change)) for (measure, group), change in sorted(changes.items()) if change != 0)
        return cls(changes=kept, variant=variant, name=name)

    @property
    def is_neutral(self) -> bool:
        """Whether it is the baseline itself."""
        return not self.changes and self.variant == MAIN_VARIANT

    def change(self, measure: str, group: str) -> float:
        """Change of one lever, per cent; 0 when it is not moved."""
        return next((change for found, name, change in self.changes if (found, name) == (measure, group)), 0.0)

    def factor(self, measure: str, group: str) -> float:
        """What one lever multiplies by; exactly 1 when it is not moved.

        Example:
            >>> Scenario.of({("uptake", "botilbud"): -2.0}).factor("uptake", "botilbud")
            0.98
        """
        return 1.0 + self.change(measure, group) / 100.0

    def with_change(self, measure: str, group: str, change_pct: float) -> Scenario:
        """The same scenario with one lever set."""
        changes = {(found, name): change for found, name, change in self.changes} | {(measure, group): change_pct}
        return replace(Scenario.of(changes, variant=self.variant), name=self.name)

    def with_variant(self, variant: str) -> Scenario:
        """The same scenario under another population variant."""
        return replace(self, variant=variant)

    def to_json(self) -> str:
        """Write the scenario as JSON with its schema version, keys in order."""
        levers = [{"measure": measure, "group": group, "change_pct": change} for measure, group, change in self.changes]
        value = {"schema_version": SCHEMA_VERSION, "name": self.name, "variant": self.variant, "levers": levers}
        return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Scenario:
        """Read what :meth:`to_json` wrote.

        Raises:
            ScenarioInvalid: The text is no JSON of a schema version this release reads, or a lever does not hold.

        Example:
            >>> made = Scenario.of({("uptake", "botilbud"): -2.0}, variant="high", name="Færre")
            >>> Scenario.from_json(made.to_json()) == made
            True
        """
        try:
            value = json.loads(text)
        except ValueError:
            what = "The scenario is no JSON"
            raise ScenarioInvalid(what, remedy="Use a file that this page saved") from None
        if not isinstance(value, dict) or value.get("schema_version") != SCHEMA_VERSION:
            what = f"The scenario is not of schema version {SCHEMA_VERSION}"
            raise ScenarioInvalid(what, remedy="Use a file that this release saved")
        unknown = sorted(set(value) - {"schema_version", "name", "variant", "levers"})
        if unknown:
            what = f"The scenario holds {len(unknown)} unknown keys"
            raise ScenarioInvalid(what, remedy="Use a file that this release saved")
        changes = tuple(_lever(item) for item in _levers(value))
        made = cls(changes=changes, variant=str(value.get("variant", MAIN_VARIANT)), name=str(value.get("name", "")))
        return cls.of({(measure, group): change for measure, group, change in made.changes}, variant=made.variant, name=made.name)

    def to_query(self) -> dict[str, str]:
        """Write the scenario as parameters of a link; the neutral scenario has none.

        Example:
            >>> Scenario.of({("uptake", "botilbud"): -2.5}, variant="high").to_query()
            {'u_botilbud': '-2.5', 'variant': 'high'}
        """
        query = {f"{RANGES[measure].prefix}_{group}": f"{change:g}" for measure, group, change in self.changes}
        return query | ({} if self.variant == MAIN_VARIANT else {_VARIANT_KEY: self.variant})

    @classmethod
    def from_query(
        cls, query: Mapping[str, str], *, groups: Collection[str], variants: Collection[str]
    ) -> tuple[Scenario, tuple[Fault, ...]]:
        """Read a link; what does not hold is left out and told.

        Args:
            query: Parameters of the link; those that are no lever's are none of ours.
            groups: Lever groups of the run.
            variants: Population variants of the run.

        Returns:
            The scenario of what holds, and a fault for everything else.
        """
        changes: dict[tuple[str, str], float] = {}
        faults: list[Fault] = []
        for measure, allowed in RANGES.items():
            for key in sorted(key for key in query if key.startswith(f"{allowed.prefix}_")):
                group = key.removeprefix(f"{allowed.prefix}_")
                fault = _fault(measure, group, query[key], groups)
                if fault is None:
                    changes[measure, group] = allowed.nearest(float(query[key]))
                else:
                    faults.append(fault)
        variant = query.get(_VARIANT_KEY, MAIN_VARIANT)
        if variant != MAIN_VARIANT and variant not in variants:
            faults.append(Fault("unknown_variant", "variant"))
            variant = MAIN_VARIANT
        return cls.of(changes, variant=variant), tuple(faults)


def query_keys(query: Collection[str]) -> set[str]:
    """The parameters of a link that belong to a scenario."""
    prefixes = tuple(f"{allowed.prefix}_" for allowed in RANGES.values())
    return {key for key in query if key == _VARIANT_KEY or key.startswith(prefixes)}


def _fault(measure: str, group: str, text: str, groups: Collection[str]) -> Fault | None:
    if group not in groups:
        return Fault("unknown_group", measure)
    try:
        change = float(text)
    except ValueError:
        return Fault("not_a_number", measure, group)
    if not math.isfinite(change):
        return Fault("not_a_number", measure, group)
    return None if RANGES[measure].holds(change) else Fault("out_of_range", measure, group)


def _levers(value: dict[str, Any]) -> list[Any]:
    levers = value.get("levers", [])
    if not isinstance(levers, list):
        what = "The scenario's levers are no list"
        raise ScenarioInvalid(what, where="levers", remedy="Use a file that this page saved")
    return levers


def _lever(item: object) -> tuple[str, str, float]:
    if not isinstance(item, dict) or set(item) != {"measure", "group", "change_pct"}:
        what = "A lever must hold measure, group and change_pct"
        raise ScenarioInvalid(what, where="levers", remedy="Use a file that this page saved")
    change = item["change_pct"]
    if isinstance(change, bool) or not isinstance(change, int | float):
        what = "A lever's change is no number"
        raise ScenarioInvalid(what, where="levers", remedy="Correct the change")
    return str(item["measure"]), str(item["group"]), float(change)
