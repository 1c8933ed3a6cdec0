"""What levers do to one run, as sums of products: every term is a base times one factor per lever.

Order of action, whatever the order in the scenario: demography, then volume on the citizens who remain (multiplied, so nothing is
removed twice), substitution, price, added cost. A lever's factor is its neutral value when the lever is off, so any subset of
levers is the same sum with some factors neutral: that makes the neutral scenario exact and Shapley values exact (attribution).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.scenario.by_age import age_classes
from models.scenario.by_provider import price_classes
from models.scenario.lever import map_uniforms, ramp_profile
from models.scenario.stay_answers import KINDS as STAY_KINDS
from models.scenario.stay_answers import stay_factor

if TYPE_CHECKING:
    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.scenario import Scenario
    from models.types import Array


CONSTANT = -1
_PER_YEAR = 12.0


@dataclass(frozen=True, eq=False)
class Factor:
    """One lever in one term.

    Attributes:
        lever: Place of the lever in the scenario.
        mean: (H,) expected value when the lever is on.
        off: Value when it is off: 1 for what it scales, 0 for what it adds.
        draws: (H, D) value by draw; None: certain.
        by_age: Its lever names ages, so that not every class of a service has it.
    """

    lever: int
    mean: Array
    off: float = 1.0
    draws: Array | None = None
    by_age: bool = False


@dataclass(frozen=True, eq=False)
class Term:
    """A part of the expenditure: base times factors.

    Attributes:
        source: Service whose draws it scales; ``CONSTANT``: an amount.
        sink: Service that pays it.
        base: (H,) per unit of source, or currency per month.
        factors: One per lever that touches it.
        by_calendar: Posted in the year of its month; else by the sink's accounting weights.
    """

    source: int
    sink: int
    base: Array
    factors: tuple[Factor, ...]
    by_calendar: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario on a baseline.

    Attributes:
        scenario: The levers.
        terms: Of every service that anything touches, its own first; services that nothing touches have none.
        volume: Service -> classes of its citizens: (H,) share of volume, and factors on it in order of action.
        moved_to: (from, to, share, factors): volume that goes from one service to another, of a class with that share of volume.
        has_uniforms: Whether intervals could be drawn.
    """

    scenario: Scenario
    terms: tuple[Term, ...]
    volume: dict[int, tuple[tuple[Array, tuple[Factor, ...]], ...]]
    moved_to: tuple[tuple[int, int, Array, tuple[Factor, ...]], ...]
    has_uniforms: bool


class _Maker:
    """Makes the terms of one scenario on one baseline."""

    def __init__(self, baseline: Baseline, scenario: Scenario) -> None:
        self.baseline, self.scenario = baseline, scenario
        self.months = len(baseline.months)
        kept = [(place, lever) for place, lever in enumerate(scenario.levers) if not lever.is_neutral]
        self.levers = {place: lever for place, lever in kept if lever.of_kind.step not in {"frame", "refund"}}
        self.reach = {place: baseline.reach_of(lever) for place, lever in self.levers.items()}
        self.values = {place: lever_values(baseline, lever) for place, lever in self.levers.items()}
        self.profiles = {place: _profile(baseline, lever) for place, lever in self.levers.items()}
        self.made: dict[tuple[object, ...], Factor] = {}
        self.kept: dict[tuple[int, frozenset[int], bool], tuple[Factor, ...]] = {}
        self.cut: dict[int, list[tuple[frozenset[int], Array, Array]]] = {}

    def plan(self) -> Plan:
        touched = sorted(set().union(*self.reach.values())) if self.reach else []
        terms = [part for service in touched for part in self.own(service)]
        moved = self.moved_volume()
        into = [
            Term(origin, sink, share * part * self.exchange(place, origin, sink), (*factors, *prices))
            for place, origin, sink, share, factors in moved
            for part, prices in self.prices(sink)
        ]
        known = {term.sink for term in terms}
        own = [Term(sink, sink, np.ones(self.months), ()) for sink in sorted({term.sink for term in into} - known)]
        volume = {service: tuple((share, factors) for _, share, factors in self.on_volume(service)) for service in touched}
        terms = [*terms, *own, *into, *self.added()]
        gone = tuple((origin, sink, share, factors) for _, origin, sink, share, factors in moved)
        return Plan(self.scenario, tuple(terms), volume, gone, self.baseline.uniforms is not None)

    def acting(self, step: str, service: int, out: frozenset[int] = frozenset()) -> list[int]:
        """Levers of one step that act on a service, but for those that leave its class of ages as it is."""
        return [
            place
            for place, lever in self.levers.items()
            if lever.of_kind.step == step and service in self.reach[place] and place not in out
        ]

    def classes(self, service: int) -> list[tuple[frozenset[int], Array, Array]]:
        """(levers that do not act, share of volume, share of cost) by class of ages; one class where no lever names ages."""
        if service not in self.cut:
            reach = [(place, lever) for place, lever in self.levers.items() if service in self.reach[place]]
            named = {place: lever.age_bands for place, lever in reach if lever.age_bands}
            whole = [(frozenset[int](), np.ones(self.months), np.ones(self.months))]
            self.cut[service] = age_classes(self.baseline.ages[self.baseline.services[service]], named) if named else whole
        return self.cut[service]

    def own(self, service: int) -> list[Term]:
        """What its own citizens cost, in classes of ages and parts of its price that the same levers act on."""
        found = []
        for out, _, cost in self.classes(service):
            kept = self.of_volume(service, out, cost=True)
            found += [Term(service, service, cost * share, (*kept, *prices)) for share, prices in self.priced_parts(service, out)]
        return found

    def of_volume(self, service: int, out: frozenset[int], *, cost: bool) -> tuple[Factor, ...]:
        """Factors on the volume of a class of ages, or on what it costs."""
        key = (service, out, cost)
        if key not in self.kept:
            demography = [self.demography(place, service) for place in self.acting("demography", service, out)]
            volume = [self.scaled(place, service, cost=cost) for place in self.acting("volume", service, out)]
            away = [self.scaled(place, service, cost=cost, sign=-1.0) for place in self.acting("substitution", service, out)]
            self.kept[key] = (*demography, *volume, *away)
        return self.kept[key]

    def on_volume(self, service: int) -> list[tuple[frozenset[int], Array, tuple[Factor, ...]]]:
        """(levers that do not act, share of volume, factors) by class of ages."""
        return [(out, share, self.of_volume(service, out, cost=False)) for out, share, _ in self.classes(service)]

    def prices(self, service: int) -> list[tuple[Array, list[Factor]]]:
        """(share of its cost, factors on its price) by class of ages and part of its price."""
        return [
            (cost * share, found) for out, _, cost in self.classes(service) for share, found in self.priced_parts(service, out)
        ]

    def priced_parts(self, service: int, out: frozenset[int]) -> list[tuple[float, list[Factor]]]:
        """(share of a class's cost, factors on its price); one part where no lever names kinds of provider."""
        acting = self.acting("price", service, out)
        named = {place: self.levers[place].provider_types for place in acting if self.levers[place].provider_types}
        if not named:
            return [(1.0, [self.priced(place, service) for place in acting])]
        classes = price_classes(self.baseline.providers[self.baseline.services[service]], named)
        return [
            (share, [self.priced(place, service) for place in acting if place not in named or place in mine])
            for share, mine in classes
        ]

    def demography(self, place: int, service: int) -> Factor:
        lever = self.levers[place]
        if lever.kind == "population_variant":
            return Factor(place, self.baseline.variant_factors[lever.variant][service])
        return self.compounded(place, np.cumsum(self.profiles[place]) / _PER_YEAR)

    def priced(self, place: int, service: int) -> Factor:
        if self.levers[place].kind == "price_index":
            return self.compounded(place, self.profiles[place])
        return self.scaled(place, service, cost=True)

    def compounded(self, place: int, years: Array) -> Factor:
        """(1 + value) to the number of years."""
        key = (place, "compounded")
        if key not in self.made:
            mean, drawn = self.values[place]
            if drawn is None:
                self.made[key] = Factor(place, (1.0 + mean / 100.0) ** years)
            else:
                draws = (1.0 + drawn[None, :] / 100.0) ** years[:, None]
                self.made[key] = Factor(place, draws.mean(axis=1), 1.0, draws)
        return self.made[key]

    def scaled(self, place: int, service: int, *, cost: bool, sign: float = 1.0) -> Factor:
        """1 + value x how far it has come, on volume or on its cost; shared by services where it is the same."""
        lever, about = self.levers[place], self.levers[place].of_kind
        by_service = lever.kind in STAY_KINDS
        key = (place, service if by_service else None, cost)
        if key not in self.made:
            share = sign / 100.0
            if cost and about.option("relative_cost_pct"):
                share *= lever.option("marginal_share_pct") * lever.option("relative_cost_pct") / 1e4
            if lever.kind == "duration_of_stay":
                self.made[key] = self.longer(place, service, 100.0 * share)
            else:
                profile = self.newcomers(place, service) if by_service else self.profiles[place]
                self.made[key] = self.linear(place, share * profile, np.zeros(self.months), 1.0)
        return self.made[key]

    def longer(self, place: int, service: int, share: float) -> Factor:
        """Longer or shorter stays, in one service that it shows in."""
        mean, drawn = self.values[place]
        origins = self.baseline.members_of(self.levers[place])
        stretch = self.baseline.answers.longer(self.levers[place], origins, service, self.profiles[place])
        if drawn is None:
            return Factor(place, stay_factor(stretch, np.array(mean), share))
        draws = stay_factor(stretch[:, None], drawn[None, :], share)
        return Factor(place, draws.mean(axis=1), 1.0, draws)

    def newcomers(self, place: int, service: int) -> Array:
        """(H,) share of a month's citizens who came, there or where they came from, while the lever acted."""
        lever, profile, answers = self.levers[place], self.profiles[place], self.baseline.answers
        if not answers.change:
            return _newcomers(self.baseline, service, profile)
        return answers.along(STAY_KINDS[lever.kind], self.baseline.members_of(lever), service, profile)

    def linear(self, place: int, slope: Array, level: Array, off: float) -> Factor:
        """Off + level + slope x value."""
        mean, drawn = self.values[place]
        draws = None if drawn is None else off + level[:, None] + slope[:, None] * drawn[None, :]
        return Factor(place, off + level + slope * mean, off, draws, bool(self.levers[place].age_bands))

    def moved_volume(self) -> list[tuple[int, int, int, Array, tuple[Factor, ...]]]:
        """(lever, from, to, share of volume, factors of the volume that goes) of every substitution."""
        return [part for place, lever in self.levers.items() if lever.kind == "substitution" for part in self._moved(place)]

    def _moved(self, place: int) -> list[tuple[int, int, int, Array, tuple[Factor, ...]]]:
        lever = self.levers[place]
        sink = self.baseline.services.index(lever.to_service)
        found = []
        gone = self.linear(place, self.profiles[place] / 100.0, np.zeros(self.months), 0.0)
        for origin in sorted(self.reach[place]):
            for out, share, before in self.on_volume(origin):
                if place in out:
                    continue
                earlier = [
                    item for item in before if self.levers[item.lever].of_kind.step != "substitution" or item.lever < place
                ]
                found.append((place, origin, sink, share, (*earlier, gone)))
        return found

    def exchange(self, place: int, origin: int, sink: int) -> Array:
        """(H,) cost in the new service per krone the same citizens cost on average in the old one."""
        to, of = _unit_cost(self.baseline, sink), _unit_cost(self.baseline, origin)
        cost = np.divide(to, of, out=np.zeros_like(of), where=of > 0)
        return np.asarray(cost * self.levers[place].option("relative_cost_to_pct") / 100.0)

    def added(self) -> list[Term]:
        found: list[Term] = []
        for place, lever in self.levers.items():
            on = Factor(place, np.ones(self.months), 0.0)
            if lever.kind == "bringing_home":
                service = min(self.reach[place])
                vacancy = lever.option("vacancy_pct") / 100.0
                net = self.linear(place, self.profiles[place] / 100.0, self.profiles[place] * vacancy, 0.0)
                base = _unit_cost(self.baseline, service) * lever.option("places")
                found += [Term(CONSTANT, service, share * base, (net, *prices)) for share, prices in self.prices(service)]
            if lever.kind == "technology":
                come = Factor(place, self.profiles[place], 0.0)
                monthly = lever.option("running_cost_dkk_per_citizen_year") / _PER_YEAR
                for service in sorted(self.reach[place]) if monthly else ():
                    base = monthly * self.baseline.volume_mean[service]
                    for out, share, factors in self.on_volume(service):
                        if place not in out:
                            found.append(Term(CONSTANT, service, base * share, (come, *factors), by_calendar=True))
            for amounts in _amounts(self.baseline, lever):
                for service, part in self.shares(place):
                    found.append(Term(CONSTANT, service, amounts * part, (on,), by_calendar=True))
        return found

    def shares(self, place: int) -> list[tuple[int, float]]:
        """A cost falls on the services of its lever by what they cost."""
        services = sorted(self.reach[place])
        size = np.array([float(self.baseline.monthly_mean[service].sum()) for service in services])
        size = size if size.sum() > 0 else np.ones(len(services))
        return list(zip(services, (size / size.sum()).tolist(), strict=True))


def make_plan(baseline: Baseline, scenario: Scenario) -> Plan:
    """Turn a scenario that the run can carry (``check_scenario``) into terms."""
    return _Maker(baseline, scenario).plan()


def lever_values(baseline: Baseline, lever: Lever) -> tuple[float, Array | None]:
    """Expected value of a lever and its draws: (D,) from the uniforms it reads, None where it is certain.

    A lever that works with a probability is nil in the other draws. Without uniforms it acts at its most likely value (times the
    probability).
    """
    works = lever.option("probability_pct", 100.0) / 100.0
    if not lever.has_interval or baseline.uniforms is None or lever.uniform is None:
        return lever.value * works, None
    uniforms = baseline.uniforms[lever.uniform]
    about = lever.of_kind
    inside = np.where(uniforms < works, uniforms / works, 0.5) if works > 0 else np.full_like(uniforms, 0.5)
    drawn = map_uniforms(lever.low, lever.value, lever.high, inside, (about.low, about.high))
    drawn = np.where(uniforms < works, drawn, 0.0)
    return float(drawn.mean()), drawn


def _profile(baseline: Baseline, lever: Lever) -> Array:
    n_months = len(baseline.months)
    if lever.kind == "price_index":
        begun = ramp_profile(lever, baseline.first, n_months)
        return np.asarray(np.cumsum((baseline.months.month.to_numpy() == 1) * begun))
    delay = int(lever.option("lag_months")) if lever.kind == "prevention" else 0
    return ramp_profile(lever, baseline.first, n_months, delay=delay)


def _unit_cost(baseline: Baseline, service: int) -> Array:
    """(H,) currency per full-time citizen and month, mean gross over mean volume."""
    volume = baseline.volume_mean[service]
    return np.asarray(np.divide(baseline.monthly_mean[service], volume, out=np.zeros_like(volume), where=volume > 0))


def _newcomers(baseline: Baseline, service: int, profile: Array) -> Array:
    """(H,) share of a month's citizens who came while the lever acted, weighted by how far it had come."""
    inflow, stays = baseline.inflow[service] * profile, baseline.stays[service]
    reached = np.convolve(inflow, stays)[: len(profile)]
    volume = baseline.volume_mean[service]
    share = np.divide(reached, volume, out=np.zeros_like(volume), where=volume > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _amounts(baseline: Baseline, lever: Lever) -> list[Array]:
    """(H,) currency per month of cost that is the same whatever else happens."""
    n_months = len(baseline.months)
    start = int(np.argmax(ramp_profile(lever, baseline.first, n_months) > 0)) if lever.start else 0
    found = []
    about = lever.of_kind
    if about.option("investment_dkk") and lever.option("investment_dkk"):
        before = slice(max(0, start - 12), max(start, 1))
        amounts = np.zeros(n_months)
        amounts[before] = lever.option("investment_dkk") / max(1, len(amounts[before]))
        found.append(amounts)
    if about.option("cost_dkk_per_year") and lever.option("cost_dkk_per_year"):
        amounts = np.zeros(n_months)
        amounts[start : start + int(lever.option("cost_months"))] = lever.option("cost_dkk_per_year") / _PER_YEAR
        found.append(amounts)
    return found
