"""Citizens and their cases: a caseload simulated month by month around planted uptake."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from data.reference.catalogue import load_catalogue
from data.synthetic.calendar import NEVER, Window, days_in, first_day
from data.synthetic.plan import ANCHOR_YEAR, CHILD_SERVICES, HOMES, LATE_SERVICES, NEXT_SERVICE, PLANS, ServicePlan
from data.synthetic.population import AGES, standard_population

CELLS = np.array([0, 6, 12, 15, 18, 23, 30, 40, 50, 60, 67, 75, 85])
_CELL_OF = np.clip(np.searchsorted(CELLS, np.arange(200), side="right") - 1, 0, len(CELLS) - 1)
PULL = 0.25  # share of a gap to the planted stock that is filled in a month
_LONGEST_BEFORE = 30 * 365  # days that a case may have run before the window
STEPS = {"saerlige_dagtilbud": 0.10}  # a moved task: share of stock added from 1 January four years before the end
HOURS_STEPS = {"bostoette": 0.03}  # a compensated law change: share of hours added in the last calendar year


def age_limits(plan: ServicePlan) -> tuple[int, int]:
    """Youngest and oldest age of the plan's service, by the catalogue."""
    return load_catalogue().by_key(plan.key).ages


def reference_uptake(plan: ServicePlan) -> np.ndarray:
    """(106,) planted full-time citizens per inhabitant by age at the end of 2026."""
    ages = np.arange(AGES)
    knots = [age for age, _ in plan.ages]
    low, high = age_limits(plan)
    weight = np.interp(ages, knots, [value for _, value in plan.ages], left=0.0)
    weight = np.where((ages >= max(low, knots[0])) & (ages <= high), weight, 0.0)
    return plan.stock * weight / (weight @ standard_population())


def uptake_factor(plan: ServicePlan, months: np.ndarray, window: Window) -> np.ndarray:
    """(months,) planted uptake relative to the end of 2026, trend and moved tasks."""
    years = (months - (ANCHOR_YEAR * 12 + 11)) / 12
    factor = np.exp(plan.uptake_trend * years)
    if plan.key in STEPS:
        factor = factor * np.where(months < (window.end_year - 4) * 12, 1 - STEPS[plan.key], 1.0)
    return factor


@dataclass
class Caseload:
    """All cases ever active in the window, one array element per case.

    Attributes:
        plan: Index into ``PLANS``.
        citizen: Citizen number, 0-based.
        birth: Month number of birth.
        start: First day.
        end: Last day; ``NEVER`` when open at the end of the window.
        limit: Age in months at which the case ends at the latest.
        household: Per citizen: number of the citizen whose household it is.
        citizen_birth: Per citizen: month number of birth.
        citizen_male: Per citizen.
    """

    plan: np.ndarray
    citizen: np.ndarray
    birth: np.ndarray
    start: np.ndarray
    end: np.ndarray
    household: np.ndarray
    citizen_birth: np.ndarray
    citizen_male: np.ndarray


@dataclass
class _Simulation:
    window: Window
    persons: np.ndarray  # (months, 106)
    rng: np.random.Generator
    size: float
    plan: list[int] = field(default_factory=list)
    citizen: list[int] = field(default_factory=list)
    birth: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    limit: list[int] = field(default_factory=list)
    household: list[int] = field(default_factory=list)
    citizen_birth: list[int] = field(default_factory=list)
    citizen_male: list[bool] = field(default_factory=list)
    open_of: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    last_end: dict[tuple[int, str], int] = field(default_factory=dict)
    recent: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        months = np.arange(self.window.start, self.window.end + 1)
        self.rates = np.array([reference_uptake(plan) for plan in PLANS])  # (S, ages)
        factor = np.array([uptake_factor(plan, months, self.window) for plan in PLANS])  # (S, months)
        for i, plan in enumerate(PLANS):
            if plan.short:
                factor[i, : max(len(months) - 18, 0)] = 0.0
        cells = np.zeros((AGES, len(CELLS)))
        cells[np.arange(AGES), _CELL_OF[:AGES]] = 1.0
        outside = np.array([plan.sold for plan in PLANS])
        standard = standard_population() * self.size
        expected = np.where(outside[:, None], self.rates * standard, 0.0) @ cells
        self.targets = np.einsum("sm,ma,sa,ac->msc", factor, self.persons, self.rates * ~outside[:, None], cells)
        self.targets += np.einsum("sm,sc->msc", factor * outside[:, None], expected)
        self.hazard = np.array([1 / plan.months for plan in PLANS])

    # -- one case -----------------------------------------------------------------------------------------------------
    def open_case(self, plan: int, citizen: int, start: int) -> None:
        service = PLANS[plan]
        _, high = age_limits(service)
        top = (high + 1) * 12
        if service.key in CHILD_SERVICES and not (service.key in LATE_SERVICES and self.rng.random() < 0.12):
            age = start_age(self.citizen_birth[citizen], start)
            top = 18 * 12 if age < 18 * 12 else top
        self.open_of[citizen].add(len(self.plan))
        self.plan.append(plan)
        self.citizen.append(citizen)
        self.birth.append(self.citizen_birth[citizen])
        self.start.append(start)
        self.end.append(int(NEVER))
        self.limit.append(top)

    def close_case(self, case: int, day: int) -> None:
        day = max(day, self.start[case])
        self.end[case] = day
        self.open_of[self.citizen[case]].discard(case)
        self.last_end[self.citizen[case], PLANS[self.plan[case]].key] = day

    def may_open(self, plan: int, citizen: int, start: int) -> bool:
        """A citizen never holds one service twice at a time, nor two homes."""
        key = PLANS[plan].key
        held = {PLANS[self.plan[case]].key for case in self.open_of[citizen]}
        if key in held or (key in HOMES and held & HOMES):
            return False
        return start > self.last_end.get((citizen, key), -(10**6))

    # -- citizens -----------------------------------------------------------------------------------------------------
    def new_citizen(self, plan: ServicePlan, birth: int) -> int:
        number = len(self.citizen_birth)
        self.citizen_birth.append(birth)
        self.citizen_male.append(bool(self.rng.random() < plan.male))
        household = number
        if plan.key in CHILD_SERVICES:
            if self.recent and self.rng.random() < 0.15:
                household = self.household[self.recent[int(self.rng.integers(len(self.recent)))]]
            self.recent = [*self.recent[-60:], number]
        self.household.append(household)
        return number

    def draw_birth(self, plan: int, cell: int, month: int, index: int) -> int:
        low = CELLS[cell]
        high = CELLS[cell + 1] if cell + 1 < len(CELLS) else AGES
        ages = np.arange(low, high)
        weight = self.rates[plan, low:high] * self.persons[index, low:high]
        age = int(self.rng.choice(ages, p=weight / weight.sum()))
        return month - age * 12 - int(self.rng.integers(1, 12))

    def pick_citizen(
        self, plan: int, cell: int, start: int, active: np.ndarray, active_cell: np.ndarray, active_plan: np.ndarray
    ) -> int | None:
        service = PLANS[plan]
        if not service.partners or self.rng.random() >= service.partner_share:
            return None
        partners = [i for i, other in enumerate(PLANS) if other.key in service.partners and other.sold == service.sold]
        found = active[(active_cell == cell) & np.isin(active_plan, partners)]
        for _ in range(min(6, len(found))):
            citizen = self.citizen[int(found[int(self.rng.integers(len(found)))])]
            low, high = age_limits(service)
            if low * 12 <= start_age(self.citizen_birth[citizen], start) < (high + 1) * 12 and self.may_open(
                plan, citizen, start
            ):
                return citizen
        return None

    # -- months -------------------------------------------------------------------------------------------------------
    def first_stock(self) -> None:
        """Open the cases that run when the window begins, partners last so that they find citizens."""
        month, begin = self.window.start, int(first_day(self.window.start))
        for plan in sorted(range(len(PLANS)), key=lambda i: PLANS[i].partner_share):
            active = np.array(range(len(self.plan)), dtype=np.int64)
            births = np.array(self.birth, dtype=np.int64)
            cells, plans = _CELL_OF[(month - births) // 12] if len(births) else births, np.array(self.plan, dtype=np.int64)
            for cell in range(len(CELLS)):
                wanted = self.targets[0, plan, cell]
                for _ in range(int(wanted + self.rng.random())):
                    citizen = self.pick_citizen(plan, cell, begin, active, cells, plans)
                    if citizen is None:
                        citizen = self.new_citizen(PLANS[plan], self.draw_birth(plan, cell, month, 0))
                    self.open_case(plan, citizen, self.past_start(plan, citizen, begin))

    def past_start(self, plan: int, citizen: int, begin: int) -> int:
        elapsed = min(int(self.rng.exponential(PLANS[plan].months * 30.4)) + 1, _LONGEST_BEFORE)
        low, _ = age_limits(PLANS[plan])
        earliest = int(first_day(self.citizen_birth[citizen] + low * 12 + 1))
        return min(max(begin - elapsed, earliest), begin - 1)

    def run_month(self, index: int) -> None:
        """End and start the cases of one month."""
        month = self.window.start + index
        begin, length = int(first_day(month)), int(days_in(month))
        active = np.array(sorted(case for cases in self.open_of.values() for case in cases), dtype=np.int64)
        births, plans = np.array(self.birth)[active], np.array(self.plan)[active]
        cells = _CELL_OF[np.clip((month - births) // 12, 0, 199)]
        stock = np.zeros((len(PLANS), len(CELLS)))
        np.add.at(stock, (plans, cells), 1)
        target = self.targets[index]
        surplus = np.clip((stock - target - 1) / np.maximum(target, 1), 0, 2)
        hazard = self.hazard[plans] * (1 + 2 * surplus[plans, cells])
        at_limit = month - births >= np.array(self.limit)[active]
        ages = np.maximum((month - births) / 12, 0)
        dead = self.rng.random(len(active)) < 3 * np.exp(-10.9 + 0.1 * ages) / 12 * (ages > 17)
        left = self.rng.random(len(active)) < hazard
        whole = self.rng.random(len(active)) < 0.5
        days = begin + np.where(whole, length - 1, self.rng.integers(0, length, len(active)))
        for position in np.flatnonzero(at_limit | dead | left):
            self.leave(
                int(active[position]), int(days[position]), limit=bool(at_limit[position]), dead=bool(dead[position]), begin=begin
            )
        expected = np.clip(self.hazard[:, None] * target + PULL * (target - stock), 0, None) * (target > 0)
        wanted = np.clip(self.hazard * target.sum(axis=1) + PULL * (target - stock).sum(axis=1), 0, None)
        entrants = self.rng.poisson(expected * (wanted / np.maximum(expected.sum(axis=1), 1e-9))[:, None])
        for plan, cell in np.argwhere(entrants):
            for _ in range(int(entrants[plan, cell])):
                day = begin + (0 if self.rng.random() < 0.45 else int(self.rng.integers(0, length)))
                citizen = self.pick_citizen(int(plan), int(cell), day, active, cells, plans)
                if citizen is None:
                    citizen = self.new_citizen(PLANS[plan], self.draw_birth(int(plan), int(cell), month, index))
                self.open_case(int(plan), citizen, day)

    def leave(self, case: int, day: int, *, limit: bool, dead: bool, begin: int) -> None:
        """End a case; go on to the next service, or take the citizen's other cases along."""
        if self.end[case] < NEVER or self.start[case] >= day:
            return
        citizen, key = self.citizen[case], PLANS[self.plan[case]].key
        if limit:
            day = begin - 1 if self.start[case] < begin - 1 else begin
        self.close_case(case, day)
        if dead:
            for other in sorted(self.open_of[citizen]):
                self.close_case(other, day)
            return
        share, following = NEXT_SERVICE.get(key, (0.0, {}))
        transfers = limit or key == "midlertidigt_botilbud"
        if not transfers or PLANS[self.plan[case]].sold or self.rng.random() >= share:
            return
        chosen = str(self.rng.choice(list(following), p=list(following.values())))
        plan = next(i for i, item in enumerate(PLANS) if item.key == chosen and not item.sold)
        low, high = age_limits(PLANS[plan])
        age = start_age(self.citizen_birth[citizen], day + 1)
        if low * 12 <= age < high * 12 and self.may_open(plan, citizen, day + 1):
            self.open_case(plan, citizen, day + 1)


def start_age(birth_month: int, day: int) -> int:
    """Age in whole months on ``day`` of one born in ``birth_month``."""
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)) + 1970 * 12 - birth_month


def simulate_caseload(window: Window, persons: np.ndarray, rng: np.random.Generator, *, size: float) -> Caseload:
    """Simulate every case of the window.

    Args:
        window: Months to cover.
        persons: (months, 106) persons by age.
        rng: The caseload's generator.
        size: Municipality relative to 50,000, for places sold.

    Returns:
        Cases in the order they were opened.
    """
    state = _Simulation(window, persons, rng, size)
    state.first_stock()
    for index in range(window.months):
        state.run_month(index)
    whole = {
        name: np.array(getattr(state, name), dtype=np.int64)
        for name in ("plan", "citizen", "birth", "start", "end", "household", "citizen_birth")
    }
    return Caseload(**whole, citizen_male=np.array(state.citizen_male, dtype=bool))
