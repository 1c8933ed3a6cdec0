"""Municipalities whose age structure moves: large and small birth cohorts laid over a population, followed by month of birth.

Persons are followed along their cohort (a month of birth), not by age: the models interpolate by age, so the two share nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.population import AGES, Counts, step

WAVE_EVERY = 8.0
"""Years between two waves of births, on average."""
WAVE_SIZE = 0.30
"""Standard deviation of a wave's height in logs. In January 2010 Denmark had 33 % fewer of age 26 than of age 43."""
WAVE_YEARS = (2.0, 4.5)
"""Half-width of a wave, years."""
_WAVE_LIMIT = 0.55


@dataclass(frozen=True)
class Town:
    """A municipality's persons by month of birth.

    Attributes:
        first_month: Month number (year * 12 + month - 1) of the first month.
        counts: Year -> (106,) whole persons by completed age on 1 January.
        births: (C,) month number of birth, oldest cohort first.
        persons: (T, C) persons of each cohort in the middle of each month; 0 before birth.
    """

    first_month: int
    counts: dict[int, np.ndarray]
    births: np.ndarray
    persons: np.ndarray

    @property
    def ages(self) -> np.ndarray:
        """(T, C) age in whole months; negative before birth."""
        months = self.first_month + np.arange(len(self.persons))
        return np.asarray(months[:, None] - self.births[None, :])


def carry_back(counts: Counts, first_year: int) -> Counts:
    """Add years before the first by undoing deaths and moves of the standard municipality; the births of 1 January stay.

    Args:
        counts: Year -> (2, 106) persons.
        first_year: First year wanted.
    """
    found = dict(counts)
    kept = step(np.ones((2, AGES)))[:, 1:]
    for year in range(min(counts) - 1, first_year - 1, -1):
        later = found[year + 1]
        earlier = later.copy()
        earlier[:, :-1] = later[:, 1:] / np.maximum(kept, 0.05)
        found[year] = earlier
    return dict(sorted(found.items()))


def draw_waves(first_birth: int, last_birth: int, rng: np.random.Generator) -> np.ndarray:
    """(years,) factor on every birth year's persons: bumps and dips of some years' width.

    A factor belongs to a cohort for life: whoever counts the population sees the wave coming, unless it is not born yet.
    """
    years = np.arange(first_birth, last_birth + 1, dtype=float)
    n_waves = int(rng.poisson(len(years) / WAVE_EVERY))
    logs = np.zeros(len(years))
    for _ in range(n_waves):
        centre, width = rng.uniform(years[0], years[-1]), rng.uniform(*WAVE_YEARS)
        logs += rng.normal(0.0, WAVE_SIZE) * np.exp(-0.5 * ((years - centre) / width) ** 2)
    return np.asarray(np.exp(np.clip(logs, -_WAVE_LIMIT, _WAVE_LIMIT)))


def moving_town(counts: Counts, *, first_month: int, n_months: int, rng: np.random.Generator) -> Town:
    """Lay waves of births over a population and follow it month by month.

    Args:
        counts: Year -> (2, 106) persons on every 1 January from the first month's year to the one after the last month.
        first_month: Month number of the first month.
        n_months: T.
        rng: The town's generator.
    """
    first_year, last_year = min(counts), max(counts)
    waves = draw_waves(first_year - AGES, last_year - 1, rng)
    waved = {}
    for year, table in counts.items():
        cohort = (year - 1 - np.arange(AGES)) - (first_year - AGES)
        waved[year] = np.rint(table.sum(axis=0) * waves[np.clip(cohort, 0, len(waves) - 1)])
    births = np.arange((first_year - AGES) * 12, first_month + n_months)
    persons = np.stack([_cohort_persons(waved, month, births) for month in range(first_month, first_month + n_months)])
    return Town(first_month, waved, births, persons)


def _cohort_persons(counts: dict[int, np.ndarray], month: int, births: np.ndarray) -> np.ndarray:
    """(C,) persons by month of birth in the middle of a month: a year's cohort is spread evenly over its twelve months."""
    year, share = month // 12, (month % 12 + 0.5) / 12.0
    born = births // 12
    age = year - 1 - born  # completed on 1 January; -1: born this year
    now = np.where((age >= 0) & (age < AGES - 1), counts[year][np.clip(age, 0, AGES - 1)], 0.0)
    following = np.where((age + 1 >= 0) & (age + 1 < AGES - 1), counts[year + 1][np.clip(age + 1, 0, AGES - 1)], 0.0)
    along = np.where(age < 0, following, (1.0 - share) * now + share * following)
    return np.where(births <= month, along / 12.0, 0.0)


def official_projection(
    town: Town, *, base_year: int, years: int, rng: np.random.Generator, yearly_error: float = 0.010
) -> dict[int, np.ndarray]:
    """What an office would have projected: the true future with errors that grow along a few age groups, births worst.

    Args:
        town: Its true counts reach at least ``base_year``.
        base_year: Year of the newest count, projected without error.
        years: Years ahead; beyond the true counts the last is repeated.
        rng: The projection's generator.
        yearly_error: Standard deviation of the yearly step of an age group's log error; of births three times that.

    Returns:
        Year -> (106,) persons.
    """
    knots = np.array([0.0, 6.0, 18.0, 25.0, 40.0, 65.0, 80.0, 105.0])
    spread = yearly_error * np.array([3.0, 1.0, 1.0, 1.5, 1.0, 0.5, 0.7, 1.0])
    error, found, last = np.zeros(len(knots)), {base_year: town.counts[base_year].astype(float)}, max(town.counts)
    for year in range(base_year + 1, base_year + years + 1):
        error = error + rng.normal(0.0, spread)
        found[year] = town.counts[min(year, last)] * np.exp(np.interp(np.arange(AGES), knots, error))
    return found
