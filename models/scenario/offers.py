"""Offers: the sliders that a page shows for one run; each becomes a lever of the scenario when it is moved.

An offer is one kind of lever on one group of services (or one frame, or everything), with the range and the interval that the
lever catalogue has support for. Levers that name services of their own (substitution, bringing home, whatever a file says) are
offers too, once they stand in a scenario.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from data.reference.lever_catalogue import LeverKind, load_lever_kinds
from data.schema.published_providers import JOINED
from models.scenario.check import check_scenario
from models.scenario.goal_seek import at_value
from models.scenario.lever import MAIN_VARIANT, Lever
from models.scenario.lever_ids import MOST, as_once_named, cut, id_of
from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from models.scenario.baseline import Baseline

THEMES = ("service", "price", "prevention", "frame", "what_if")
NAMED_KINDS = ("substitution", "bringing_home")
"""Kinds that name single services, so that they are set up before there is anything to move."""
VARIANT_LEVER = "befolkning"
_WORDS = {
    "volume": "omfang", "price": "pris", "service_level": "serviceniveau", "new_referrals": "henvisninger",
    "own_growth": "vaekst", "prevention": "forebyggelse", "technology": "teknologi", "rate_model": "takstmodel",
    "price_index": "indeks", "appropriation": "bevilling", "substitution": "omlaegning", "bringing_home": "hjemtagning",
    "duration_of_stay": "varighed", "refund_rules": "refusionsregler",
}  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """One slider.

    Attributes:
        lever: The lever as it stands when first moved: start, ramp and options of the catalogue. Its value is the catalogue's.
        reason: Why the run can't carry it, a fault's code; empty: it can.
    """

    lever: Lever
    reason: str = ""

    @property
    def lever_id(self) -> str:
        """Its name in the scenario."""
        return self.lever.lever_id

    @property
    def about(self) -> LeverKind:
        """What the catalogue says of its kind."""
        return self.lever.of_kind

    @property
    def low(self) -> float:
        """Smallest value that is offered."""
        return self._number("range_low", self.about.low)

    @property
    def high(self) -> float:
        """Largest value that is offered."""
        return self._number("range_high", self.about.high)

    @property
    def step(self) -> float:
        """Distance between two settings."""
        return self._number("step", 1.0)

    def _number(self, name: str, otherwise: float) -> float:
        found = self.about.number(name)
        return otherwise if found is None else found

    @cached_property
    def settings(self) -> tuple[float, ...]:
        """Every setting from low to high; neutral is among them.

        Example:
            >>> Offer(Lever(lever_id="a", kind="service_level")).settings
            (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
        """
        first, last = round(self.low / self.step), round(self.high / self.step)
        return tuple(round(index * self.step, 6) + 0.0 for index in range(first, last + 1))

    def holds(self, value: float) -> bool:
        """Whether a value is a number inside the range."""
        return math.isfinite(value) and self.low <= value <= self.high

    def nearest(self, value: float) -> float:
        """The setting that lies nearest.

        Example:
            >>> Offer(Lever(lever_id="a", kind="price")).nearest(-2.3)
            -2.5
        """
        return min(self.settings, key=lambda setting: abs(setting - value))

    def on_the_safe_side(self, value: float, *, kept_below: bool) -> float:
        """The setting beside a value that was sought, on the side that keeps the goal; beyond the slider in steps as long.

        Example:
            >>> Offer(Lever(lever_id="a", kind="price")).on_the_safe_side(-2.3, kept_below=True)
            -2.5
            >>> Offer(Lever(lever_id="a", kind="appropriation")).on_the_safe_side(31_100_000.0, kept_below=False)
            31250000.0
        """
        places = value / self.step
        return round((math.floor(places) if kept_below else math.ceil(places)) * self.step, 6) + 0.0

    def at(self, value: float, before: Lever | None = None) -> Lever:
        """The lever at a value; what somebody chose of it stays.

        Args:
            value: New most likely value.
            before: The lever as it stands; None: not there yet.

        Returns:
            With the interval the catalogue's evidence gives at that value; an interval of somebody's own keeps its distances.

        Example:
            >>> made = Offer(Lever(lever_id="a", kind="price")).at(-2.0)
            >>> made.value, made.low, made.high
            (-2.0, -4.0, -1.0)
        """
        if before is not None and (before.low, before.high) != usual_interval(before.of_kind, before.value):
            return at_value(before, value)
        low, high = usual_interval(self.about, value)
        return replace(before or self.lever, value=value, low=low, high=high)


def usual_interval(about: LeverKind, value: float) -> tuple[float, float]:
    """The 80 % interval of a value: as wide as the catalogue's proposal, in proportion below it, turned round beyond 0.

    Example:
        >>> usual_interval(load_lever_kinds()["price"], -0.5), usual_interval(load_lever_kinds()["price"], 1.0)
        ((-1.5, 0.0), (0.0, 3.0))
    """
    usual, low, high = (about.number(name) or 0.0 for name in ("value", "low", "high"))
    if usual == 0.0 or value == 0.0:
        return value, value
    part = min(abs(value / usual), 1.0)
    below, above = part * (usual - low), part * (high - usual)
    if (value > 0) != (usual > 0):
        below, above = above, below
    return max(value - below, about.low) + 0.0, min(value + above, about.high) + 0.0


def kinds_of(theme: str) -> tuple[LeverKind, ...]:
    """The kinds of lever of one theme: those that list their sliders, then those that name services.

    Example:
        >>> [about.kind for about in kinds_of("service")]
        ['service_level', 'substitution']
    """
    kinds = [about for about in load_lever_kinds().values() if about.theme == theme]
    return tuple(sorted(kinds, key=lambda about: about.kind in NAMED_KINDS))


@lru_cache(maxsize=2)
def offers_of(baseline: Baseline) -> tuple[Offer, ...]:
    """Every slider a page may offer for a run, in the order of themes, kinds and groups.

    What the run can't carry is among them, with the reason; what could give few citizens away is not.
    """
    found = []
    for theme in THEMES:
        for about in load_lever_kinds().values():
            if about.theme == theme and about.kind not in NAMED_KINDS and about.unit != "none":
                found += [checked(lever, baseline) for lever in _levers(about, baseline)]
    return tuple(found)


def _levers(about: LeverKind, baseline: Baseline) -> list[Lever]:
    word = _WORDS[about.kind]
    if about.acts_on == "services":
        groups = [group for group in baseline.groups if not group.merged or about.kind in {"volume", "price"}]
        return [_usual(Lever(lever_id=id_of(word, group.key), kind=about.kind, group=group.key), baseline) for group in groups]
    if about.acts_on == "frame":
        frames = dict.fromkeys(member for level, member in baseline.inside if level == "frame") if baseline.has_frames else ()
        return [_usual(Lever(lever_id=id_of(word, frame), kind=about.kind, frame=frame), baseline) for frame in frames]
    return [_usual(Lever(lever_id=word, kind=about.kind), baseline)]


def named_offer(kind: str, service: str, to_service: str, baseline: Baseline) -> Offer:
    """A slider for one service: substitution by another service (``to_service``), or bringing home."""
    name = id_of(_WORDS[kind], *(part for part in (service, to_service) if part))
    lever = Lever(lever_id=name, kind=kind, services=(service,), to_service=to_service)
    return checked(_usual(lever, baseline), baseline)


def provider_offer(service: str, kind: str, baseline: Baseline) -> Offer:
    """A slider for the price of one service at one kind of provider, or at several that the run shows as one."""
    kinds = tuple(kind.split(JOINED))
    lever = Lever(lever_id=id_of(_WORDS["price"], service, *kinds), kind="price", services=(service,), provider_types=kinds)
    return checked(_usual(lever, baseline), baseline)


def variant_lever(variant: str) -> Lever | None:
    """The lever of a population variant; None for the baseline's own.

    Example:
        >>> variant_lever("main") is None
        True
    """
    return None if variant == MAIN_VARIANT else Lever(lever_id=VARIANT_LEVER, kind="population_variant", variant=variant)


def _usual(lever: Lever, baseline: Baseline) -> Lever:
    """The lever at the catalogue's proposal: value, interval, notice before it begins, and how fast it comes."""
    about = lever.of_kind
    usual, low, high = (about.number(name) or 0.0 for name in ("value", "low", "high"))
    made = replace(lever, value=usual, low=low, high=high)
    whole = not about.dated or any(group.merged and group.key == lever.group for group in baseline.groups)
    if whole or not len(baseline.months):
        return made
    notice = 0 if about.option("lag_months") else round(about.number("lag_months") or 0.0)
    start = baseline.months[min(notice, len(baseline.months) - 1)] if notice else None
    if about.kind == "rate_model" and start is not None:
        start = next((month for month in baseline.months if month >= start and month.month == 1), start)
    ramp = round(about.number("ramp_months") or 0.0)
    made = replace(made, start=f"{start:%Y-%m}" if start is not None else "")
    return replace(made, ramp="linear", ramp_months=ramp) if ramp else made


def checked(lever: Lever, baseline: Baseline) -> Offer:
    """The offer of a lever, with the reason where the run can't carry it."""
    faults = check_scenario(Scenario.of([lever]), baseline)
    return Offer(lever, faults[0].code if faults else "")


def offer_of(lever: Lever, offers: tuple[Offer, ...]) -> Offer:
    """The offer that a scenario's lever belongs to; one of its own where none is on the page."""
    return next((offer for offer in offers if offer.lever_id == lever.lever_id and offer.lever.kind == lever.kind), Offer(lever))


def standing(offer: Offer, scenario: Scenario) -> Offer:
    """The lever of a scenario that is the same slider under another name, as an older version or a file has it; else the offer.

    Example:
        >>> home = Offer(Lever(lever_id="hjemtagning_a", kind="bringing_home", services=("a",)))
        >>> made = Scenario.of([Lever(lever_id="hjem", kind="bringing_home", services=("a",), value=-1.0, low=-1.0, high=-1.0)])
        >>> standing(home, made).lever_id, standing(home, Scenario()).lever_id
        ('hjem', 'hjemtagning_a')
    """
    return next((Offer(lever) for lever in scenario.levers if _about(lever) == _about(offer.lever)), offer)


def own_ids(scenario: Scenario, offers: tuple[Offer, ...]) -> Scenario:
    """The scenario with no lever under the id of a slider that it is not: a file may call its levers as it likes.

    Every lever stays; one that carries the id an older version gave a slider (cut at 28 letters) gets the slider's.

    Example:
        >>> made = Scenario.of([Lever(lever_id="pris", kind="price", group="b", value=-1.0, low=-1.0, high=-1.0)])
        >>> own_ids(made, (Offer(Lever(lever_id="pris", kind="price", group="a")),)).levers[0].lever_id
        'fil_pris'
    """
    names = new_ids(scenario, offers)
    levers = [replace(lever, lever_id=names.get(lever.lever_id, lever.lever_id)) for lever in scenario.levers]
    return replace(scenario, levers=Scenario.of(levers).levers)


def new_ids(scenario: Scenario, offers: tuple[Offer, ...]) -> dict[str, str]:
    """Ids that are called otherwise now -> what they are called: of levers (``own_ids``), and of sliders that stand at neutral.

    Example:
        >>> social = Offer(Lever(lever_id="bevilling_social-abc", kind="appropriation", frame="Social"))
        >>> new_ids(Scenario(), (social,))
        {'bevilling_social': 'bevilling_social-abc'}
    """
    known = {offer.lever_id: offer.lever for offer in offers}
    before = {name: as_once_named(_WORDS[slider.kind], slider.group or slider.frame) for name, slider in known.items()}
    once = {(before[name], _about(slider)): name for name, slider in known.items()}
    taken = {*known, VARIANT_LEVER, *(lever.lever_id for lever in scenario.levers)}
    told = Counter(before.values())
    found = {old: name for name, old in before.items() if old not in taken and told[old] == 1}
    for lever in scenario.levers:
        own = lever.lever_id
        slider = once.get((own, _about(lever)), own)
        if lever.kind == "population_variant":
            own = VARIANT_LEVER
        elif not scenario.holds(slider):
            own = slider
        elif own == VARIANT_LEVER or (own in known and _about(known[own]) != _about(lever)):
            own = _free_id(own, taken)
        taken.add(own)
        found |= {lever.lever_id: own} if own != lever.lever_id else {}
    return found


def _about(lever: Lever) -> tuple[object, ...]:
    """What a slider moves; two levers that are alike in it are the same slider."""
    return lever.kind, lever.group, lever.services, lever.to_service, lever.frame, lever.provider_types


def _free_id(lever_id: str, taken: set[str]) -> str:
    """``fil_`` and the id that a file gave a lever; with a hash where that is too long, or somebody else's."""
    found = f"fil_{lever_id}" if len(lever_id) <= MOST - 4 else cut(f"fil_{lever_id}", lever_id)
    while found in taken:
        found = cut(found, found + lever_id)
    return found


def moved(scenario: Scenario, offer: Offer, value: float) -> Scenario:
    """The scenario with one slider at a value; back at 0 with nothing said of it, its lever is gone.

    Raises:
        ScenarioInvalid: It would hold more levers than a scenario may.

    Example:
        >>> price = Offer(Lever(lever_id="pris", kind="price"))
        >>> once = moved(Scenario(), price, -1.0)
        >>> once.lever("pris").value, moved(once, price, 0.0).levers
        (-1.0, ())
    """
    before = scenario.lever(offer.lever_id) if scenario.holds(offer.lever_id) else None
    lever = offer.at(value, before)
    untouched = replace(lever, uniform=None) == replace(offer.at(0.0), uniform=None)
    if untouched and lever.is_neutral and lever.kind not in NAMED_KINDS and not lever.provider_types:
        return scenario.without(offer.lever_id)
    return scenario.with_lever(lever)
