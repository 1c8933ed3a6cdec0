"""Sliders: where the sliders of the page Scenarier stand, as a frozen value that travels in a link and becomes levers.

A slider moves one measure of one lever group by per cent; neutral is 0. A link that does not hold is answered with faults in
words, never with a trace, and what does hold in it is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.reference.lever_catalogue import load_lever_kinds
from models.scenario.faults import ScenarioFault, ScenarioInvalid
from models.scenario.lever import MAIN_VARIANT, Lever
from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_VARIANT_KEY = "variant"
VARIANT_LEVER = "befolkning"
_LEVER_OF = {"uptake": ("omfang", "volume"), "unit_cost": ("pris", "price")}


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


def _range(kind: str, prefix: str) -> LeverRange:
    about = load_lever_kinds()[kind]
    low, high, step = (about.number(name) or 0.0 for name in ("range_low", "range_high", "step"))
    return LeverRange(low=low, high=high, step=step, prefix=prefix)


RANGES: dict[str, LeverRange] = {"uptake": _range("volume", "u"), "unit_cost": _range("price", "p")}
"""As the lever catalogue offers them: nothing seen supports a wider change."""


@dataclass(frozen=True)
class LinkFault:
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
class Sliders:
    """Where the sliders stand.

    Attributes:
        changes: ``(measure, group) -> change_pct``, in order and without neutral entries; make it with :meth:`of`.
        variant: Population variant; ``main`` is the baseline.
    """

    changes: tuple[tuple[str, str, float], ...] = ()
    variant: str = MAIN_VARIANT

    def __post_init__(self) -> None:
        """Refuse what is no slider.

        Raises:
            ScenarioInvalid: A measure is unknown, a change is no number or out of range, or a slider stands twice.
        """
        seen: set[tuple[str, str]] = set()
        for measure, group, change in self.changes:
            if measure not in RANGES:
                _refuse("unknown_kind", "A slider has an unknown measure", f"Use one of {sorted(RANGES)}")
            allowed = RANGES[measure]
            if not allowed.holds(change):
                what = f"A slider's change must be a number from {allowed.low:g} to {allowed.high:g} per cent"
                _refuse("out_of_range", what, "Correct the change")
            if (measure, group) in seen:
                _refuse("twice", "A slider stands twice", "Keep one of them")
            seen.add((measure, group))

    @classmethod
    def of(cls, changes: Mapping[tuple[str, str], float], *, variant: str = MAIN_VARIANT) -> Sliders:
        """Make sliders from ``(measure, group) -> change_pct``; neutral ones are left out.

        Example:
            >>> Sliders.of({("uptake", "botilbud"): -2.0, ("unit_cost", "botilbud"): 0.0}).changes
            (('uptake', 'botilbud', -2.0),)
        """
        kept = tuple((measure, group, float(change)) for (measure, group), change in sorted(changes.items()) if change != 0)
        return cls(changes=kept, variant=variant)

    @property
    def is_neutral(self) -> bool:
        """Whether it is the baseline itself."""
        return not self.changes and self.variant == MAIN_VARIANT

    def change(self, measure: str, group: str) -> float:
        """Change of one slider, per cent; 0 when it is not moved."""
        return next((change for found, name, change in self.changes if (found, name) == (measure, group)), 0.0)

    def with_change(self, measure: str, group: str, change_pct: float) -> Sliders:
        """The same with one slider set."""
        changes = {(found, name): change for found, name, change in self.changes} | {(measure, group): change_pct}
        return Sliders.of(changes, variant=self.variant)

    def with_variant(self, variant: str) -> Sliders:
        """The same under another population variant."""
        return replace(self, variant=variant)

    def scenario(self) -> Scenario:
        """The sliders as levers of a scenario: whole horizon, no interval.

        Example:
            >>> Sliders.of({("uptake", "botilbud"): -2.0}).scenario().levers[0].lever_id
            'omfang_botilbud'
        """
        levers = [
            Lever(
                lever_id=lever_id(measure, group), kind=_LEVER_OF[measure][1], group=group, value=change, low=change, high=change
            )
            for measure, group, change in self.changes
        ]
        if self.variant != MAIN_VARIANT:
            levers.append(Lever(lever_id=VARIANT_LEVER, kind="population_variant", variant=self.variant))
        return Scenario.of(levers)

    def to_query(self) -> dict[str, str]:
        """Write them as parameters of a link; neutral sliders have none.

        Example:
            >>> Sliders.of({("uptake", "botilbud"): -2.5}, variant="high").to_query()
            {'u_botilbud': '-2.5', 'variant': 'high'}
        """
        query = {f"{RANGES[measure].prefix}_{group}": f"{change:g}" for measure, group, change in self.changes}
        return query | ({} if self.variant == MAIN_VARIANT else {_VARIANT_KEY: self.variant})

    @classmethod
    def from_query(
        cls, query: Mapping[str, str], *, groups: Collection[str], variants: Collection[str]
    ) -> tuple[Sliders, tuple[LinkFault, ...]]:
        """Read a link; what does not hold is left out and told.

        Args:
            query: Parameters of the link; those that are no lever's are none of ours.
            groups: Lever groups of the run.
            variants: Population variants of the run.

        Returns:
            The sliders of what holds, and a fault for everything else.
        """
        changes: dict[tuple[str, str], float] = {}
        faults: list[LinkFault] = []
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
            faults.append(LinkFault("unknown_variant", "variant"))
            variant = MAIN_VARIANT
        return cls.of(changes, variant=variant), tuple(faults)


def lever_id(measure: str, group: str) -> str:
    """The id of the lever that a slider becomes; the groups of a run are short codes."""
    return f"{_LEVER_OF[measure][0]}_{group}"


def slider_of(lever: Lever) -> tuple[str, str]:
    """The slider that a lever came from: (measure, group); (``variant``, "") for the population."""
    measure = next((name for name, (_, kind) in _LEVER_OF.items() if kind == lever.kind), _VARIANT_KEY)
    return measure, lever.group


def _refuse(code: str, what: str, remedy: str) -> None:
    raise ScenarioInvalid.of([ScenarioFault(code, "sliders", "", what, "Nothing can be worked out from it", remedy)])


def query_keys(query: Collection[str]) -> set[str]:
    """The parameters of a link that belong to the sliders."""
    prefixes = tuple(f"{allowed.prefix}_" for allowed in RANGES.values())
    return {key for key in query if key == _VARIANT_KEY or key.startswith(prefixes)}


def _fault(measure: str, group: str, text: str, groups: Collection[str]) -> LinkFault | None:
    if group not in groups:
        return LinkFault("unknown_group", measure)
    try:
        change = float(text)
    except ValueError:
        return LinkFault("not_a_number", measure, group)
    if not math.isfinite(change):
        return LinkFault("not_a_number", measure, group)
    return None if RANGES[measure].holds(change) else LinkFault("out_of_range", measure, group)
