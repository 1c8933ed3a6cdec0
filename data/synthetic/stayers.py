"""Services with an age curve of uptake, and the persons in them month by month: they come, stay, grow older and leave.

The number of each cohort in a service is Poisson around its expected number in every single month, and persons stay, so that
months follow one another. Uptake drifts; need of all ages rises and falls together (overdispersion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from data.synthetic.cohorts import Town

DRIFT_YEARLY = 0.015
"""Standard deviation of a service's constant yearly drift of uptake, logs."""
DRIFT_STEP = 0.003
"""Standard deviation of the monthly step of uptake's random walk, logs (1 % a year)."""
SHOCK, SHOCK_KEPT = 0.025, 0.93
"""Standard deviation of need common to all ages, and the share of it that is left a month later."""
LOCAL_SPREAD, LOCAL_YEARS = 0.20, 4.0
"""Standard deviation of a municipality's own age curve around the common one, logs, and the years over which it is alike."""


@dataclass(frozen=True)
class CurvePlan:
    """One planted service.

    Attributes:
        key: Its name.
        scope: Completed ages it is meant for, both ends included.
        knots: ``(age, weight)`` of relative uptake, linear between.
        stock: Citizens per 50,000 inhabitants.
        months: Mean stay where nothing else ends it, months.
    """

    key: str
    scope: tuple[int, int]
    knots: tuple[tuple[float, float], ...]
    stock: float
    months: float


CURVE_PLANS: tuple[CurvePlan, ...] = (
    CurvePlan("small_children", (0, 6), ((0, 0.3), (3, 1.6), (7, 1.8)), 60, 30),
    CurvePlan("school_children", (6, 17), ((6, 0.7), (10, 1.0), (14, 1.5), (18, 2.1)), 150, 30),
    CurvePlan("teenagers", (12, 17), ((12, 0.6), (15, 1.4), (18, 2.4)), 85, 26),
    CurvePlan("young_adults", (18, 24), ((18, 1.6), (20, 1.5), (25, 0.7)), 110, 24),
    CurvePlan("adults", (25, 66), ((25, 1.2), (45, 0.9), (67, 1.1)), 300, 80),
    CurvePlan("seniors", (67, 99), ((67, 0.3), (75, 0.8), (85, 2.2), (95, 3.0)), 350, 40),
    CurvePlan("oldest", (80, 99), ((80, 0.5), (88, 1.5), (99, 2.5)), 220, 30),
)


@dataclass(frozen=True)
class ServiceTruth:
    """What truly happens in one service. T months, C cohorts.

    Attributes:
        plan: The service.
        expected: (T,) persons expected from the age curve and the true population alone, without drift and shocks.
        counts: (T, C) persons by month of birth.
    """

    plan: CurvePlan
    expected: np.ndarray
    counts: np.ndarray

    @property
    def volume(self) -> np.ndarray:
        """(T,) persons."""
        return np.asarray(self.counts.sum(axis=1), dtype=float)


def draw_service(plan: CurvePlan, town: Town, rng: np.random.Generator) -> ServiceTruth:
    """Draw a municipality's own age curve, drift and shocks, and let persons come and go.

    Args:
        plan: The service.
        town: Persons by month of birth.
        rng: The service's generator in this town.
    """
    uptake = _uptake_by_age(plan, town, rng)
    target = town.persons * np.where(town.ages >= 0, uptake[np.clip(town.ages, 0, len(uptake) - 1)], 0.0)
    n_months = len(target)
    drift = rng.normal(0.0, DRIFT_YEARLY) / 12.0 * np.arange(n_months) + np.cumsum(rng.normal(0.0, DRIFT_STEP, n_months))
    shock, step_size = np.zeros(n_months), SHOCK * np.sqrt(1.0 - SHOCK_KEPT**2)
    shock[0] = rng.normal(0.0, SHOCK)
    for month in range(1, n_months):
        shock[month] = SHOCK_KEPT * shock[month - 1] + rng.normal(0.0, step_size)
    moved = target * np.exp(drift + shock)[:, None]
    return ServiceTruth(plan, target.sum(axis=1), _come_and_go(moved, float(np.exp(-1.0 / plan.months)), rng))


def _uptake_by_age(plan: CurvePlan, town: Town, rng: np.random.Generator) -> np.ndarray:
    """(months of age,) uptake per person: the common curve bent locally, scaled to the service's stock in the first month."""
    months = np.arange(110 * 12)
    ages = months / 12.0
    curve = np.interp(ages, [age for age, _ in plan.knots], [weight for _, weight in plan.knots])
    points = np.arange(0.0, 111.0, LOCAL_YEARS)
    bend = np.interp(ages, points, rng.normal(0.0, LOCAL_SPREAD, len(points)))
    inside = (ages >= plan.scope[0]) & (ages < plan.scope[1] + 1)
    curve = np.where(inside, curve * np.exp(bend), 0.0)
    first = np.where(town.ages[0] >= 0, curve[np.clip(town.ages[0], 0, len(curve) - 1)], 0.0) @ town.persons[0]
    stock = plan.stock * float(town.persons[0].sum()) / 50_000 * np.exp(rng.normal(0.0, 0.25))
    return np.asarray(curve * stock / first)


def _come_and_go(target: np.ndarray, keep: float, rng: np.random.Generator) -> np.ndarray:
    """(T, C) persons: those who stay (thinned) and those who come (Poisson), so that each month is Poisson around its target."""
    some = np.flatnonzero(target.max(axis=0) > 0)  # cohorts that are ever of the service's ages
    wanted, held = target[:, some], np.zeros((len(target), len(some)), dtype=np.int64)
    held[0] = rng.poisson(wanted[0])
    for month in range(1, len(target)):
        before, now = wanted[month - 1], wanted[month]
        stay = np.minimum(keep, np.divide(now, before, out=np.zeros_like(now), where=before > 0))
        held[month] = rng.binomial(held[month - 1], stay) + rng.poisson(np.maximum(now - stay * before, 0.0))
    counts = np.zeros(target.shape, dtype=np.int64)
    counts[:, some] = held
    return counts
