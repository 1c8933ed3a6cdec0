"""Population by single year of age and month: counted, projected in every variant, or carried forward by Hamilton-Perry.

A table of population has one row per year (1 January) and one column per completed year of age, 0 to 99 (99 and older).
Nothing here knows a service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from models.types import Array

OLDEST = 99
"""Open upper age."""
BASE_YEARS = 5
"""Cohort change ratios are pooled over at most this many year pairs: long enough to steady single ages, short enough to
follow new housing."""
PARENT_AGES = (20, 39)
"""Births are projected as persons of age 0 per person of these ages (sexes are not kept apart)."""
_REBASE_BOUNDS = (0.5, 2.0)
_YOUNG_COHORTS = 5

Notice = tuple[str, str, str, str]


@dataclass(frozen=True)
class Population:
    """Counted and projected population of one municipality.

    Attributes:
        counted: year x age (0..99), persons on 1 January.
        projected: Per variant: year x age from the newest counted year on; 'main' is always there.
    """

    counted: pd.DataFrame
    projected: dict[str, pd.DataFrame]

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants, 'main' first, the others by name.

        Example:
            >>> table = pd.DataFrame([[1.0]], index=[2020], columns=[0])
            >>> Population(table, {"low": table, "main": table}).variants
            ('main', 'low')
        """
        return ("main", *sorted(set(self.projected) - {"main"}))

    def monthly(self, months: pd.DatetimeIndex, variant: str = "main") -> Array:
        """Persons by month and age: counted where it is counted, ``variant`` after that.

        Args:
            months: (T,) first days.
            variant: Key of ``projected``.

        Returns:
            (T, 100) persons in the middle of each month.
        """
        ahead = self.projected[variant]
        newest = self.counted.index.max()
        return interpolate_months(pd.concat([self.counted, ahead[ahead.index > newest]]), months)


def count_table(persons: pd.DataFrame) -> pd.DataFrame:
    """Lay counts out by year and age.

    Args:
        persons: date (1 January), age, persons.

    Returns:
        year x age 0..99; an age without a row counts 0.

    Example:
        >>> rows = pd.DataFrame({"date": [pd.Timestamp("2020-01-01")] * 2, "age": [0, 101], "persons": [3.0, 1.0]})
        >>> count_table(rows).loc[2020, [0, 1, 99]].tolist()
        [3.0, 0.0, 1.0]
    """
    rows = persons.assign(
        year=persons["date"].dt.year, age=persons["age"].clip(upper=OLDEST), persons=persons["persons"].astype(float)
    )
    table = rows.pivot_table(index="year", columns="age", values="persons", aggfunc="sum", fill_value=0.0)
    return table.reindex(columns=range(OLDEST + 1), fill_value=0.0)


def interpolate_months(table: pd.DataFrame, months: pd.DatetimeIndex) -> Array:
    """Persons in the middle of each month: linear in calendar time between two 1 Januaries, age by age.

    Linear per age, not along the cohort: a cohort has its birthday spread over the year, so at mid-year half of it is a year
    older, which is what the mean of the two counts of one age says. Before the first and after the last year the nearest holds.

    Args:
        table: year x age.
        months: (T,) first days.

    Returns:
        (T, ages) persons.

    Example:
        >>> table = pd.DataFrame([[100.0], [124.0]], index=[2020, 2021], columns=[0])
        >>> interpolate_months(table, pd.DatetimeIndex(["2020-01-01", "2020-07-01", "2019-05-01"])).ravel().tolist()
        [101.0, 113.0, 100.0]
    """
    at = np.asarray(months.year * 12 + months.month - 0.5, dtype=float)
    years = table.index.to_numpy(dtype=float) * 12
    values = table.to_numpy(dtype=float)
    return np.column_stack([np.interp(at, years, values[:, age]) for age in range(values.shape[1])])


def hamilton_perry(counts: pd.DataFrame, *, to_year: int, base_years: int = BASE_YEARS) -> pd.DataFrame:
    """Carry a population forward by the cohort change ratios it has shown (Hamilton & Perry 1962).

    Each cohort changes from one age to the next (deaths and moves together) as it did on average over the newest
    ``base_years`` year pairs, pooled; births follow persons of parent age. One count alone is held as it is.

    Args:
        counts: year x age, consecutive years; the last column is open upwards.
        to_year: Last year wanted.
        base_years: Year pairs to pool.

    Returns:
        year x age from the newest counted year to ``to_year``.

    Source:
        Hamilton & Perry (1962), Social Forces 41(2); ratios pooled over pairs of years, births by child-adult ratio.

    Example:
        >>> counts = pd.DataFrame([[10.0, 10.0], [10.0, 10.0]], index=[2020, 2021])
        >>> hamilton_perry(counts, to_year=2022).loc[2022].tolist()
        [10.0, 10.0]
    """
    newest = int(counts.index.max())
    ratios, births = _change_ratios(counts, base_years)
    low, high = _parent_columns(counts.shape[1])
    rows = [counts.loc[newest].to_numpy(dtype=float)]
    for _ in range(newest + 1, to_year + 1):
        before = rows[-1]
        after = np.empty_like(before)
        after[1:] = before[:-1] * ratios[:-1]
        after[-1] = (before[-2:].sum()) * ratios[-1] if len(before) > 1 else before[-1]
        after[0] = before[low : high + 1].sum() * births if births is not None else before[0]
        rows.append(after)
    return pd.DataFrame(rows, index=range(newest, newest + len(rows)), columns=counts.columns)


def _parent_columns(n_ages: int) -> tuple[int, int]:
    return (PARENT_AGES[0], PARENT_AGES[1]) if n_ages > PARENT_AGES[1] else (0, n_ages - 1)


def _change_ratios(counts: pd.DataFrame, base_years: int) -> tuple[Array, float | None]:
    """(ages,) ratio from each age to the next (last: of the open group and the age below it); births per person of parent age."""
    years = [year for year in counts.index if year + 1 in counts.index][-base_years:]
    n_ages = counts.shape[1]
    if not years:
        return np.ones(n_ages), None
    before = counts.loc[years].to_numpy(dtype=float)
    after = counts.loc[[year + 1 for year in years]].to_numpy(dtype=float)
    came, went = after[:, 1:].sum(axis=0), before[:, :-1].sum(axis=0)
    went[-1] += before[:, -1].sum()
    ratios = np.ones(n_ages)
    ratios[:-1] = _steady_ratio(came, went)
    ratios[-1] = ratios[-2] if n_ages > 1 else 1.0
    low, high = _parent_columns(n_ages)
    parents = before[:, low : high + 1].sum()
    return ratios, float(after[:, 0].sum() / parents) if parents > 0 else None


def _steady_ratio(came: Array, went: Array, enough: float = 30.0) -> Array:
    """Ratio age by age; where fewer than ``enough`` persons were seen, that of the ages around it."""
    ratios = np.ones(len(went))
    for age in range(len(went)):
        reach = 0
        while went[max(0, age - reach) : age + reach + 1].sum() < enough and reach < len(went):
            reach += 1
        near = slice(max(0, age - reach), age + reach + 1)
        ratios[age] = came[near].sum() / went[near].sum() if went[near].sum() > 0 else 1.0
    return ratios


def rebase(projected: pd.DataFrame, counted: pd.Series) -> pd.DataFrame:
    """Move a projection onto the newest count, cohort by cohort.

    The factor count / projection of each age in the count's year follows the cohort; cohorts born later take the pooled factor
    of ages 0-4. Factors stay within 0.5 to 2: beyond that a single age of few persons would carry noise ahead.

    Args:
        projected: year x age; may start after the count's year (then years between are interpolated and no factor is known).
        counted: (ages,) persons; its name is the year.

    Returns:
        year x age from the count's year on, starting with the count itself.

    Example:
        >>> projected = pd.DataFrame([[10.0, 10.0], [10.0, 10.0]], index=[2020, 2021])
        >>> rebase(projected, pd.Series([11.0, 10.0], name=2020)).loc[2021].tolist()
        [10.5, 11.0]
    """
    year = int(str(counted.name))
    count = counted.to_numpy(dtype=float)
    n_ages = len(count)
    later = projected[projected.index > year]
    if year not in projected.index:
        bridged = pd.concat([counted.to_frame().T, later])
        full = bridged.reindex(range(year, int(bridged.index.max()) + 1)).astype(float)
        return full.interpolate(axis=0)
    base = projected.loc[year].to_numpy(dtype=float)
    factors = np.where(base >= 1.0, np.clip(count / np.maximum(base, 1.0), *_REBASE_BOUNDS), 1.0)
    young = min(_YOUNG_COHORTS, n_ages)
    births = float(np.clip(count[:young].sum() / max(base[:young].sum(), 1.0), *_REBASE_BOUNDS))
    rows = [count]
    for ahead, row in zip((int(label) - year for label in later.index), later.to_numpy(dtype=float), strict=True):
        cohort = np.arange(n_ages) - ahead
        rows.append(row * np.where(cohort >= 0, factors[np.maximum(cohort, 0)], births))
    return pd.DataFrame(rows, index=[year, *later.index], columns=counted.index)


def build_population(
    counts: pd.DataFrame, projection: pd.DataFrame, *, cutoff: pd.Timestamp, to_year: int
) -> tuple[Population | None, list[Notice]]:
    """Make the population that was known at the cutoff.

    Counts reach the day after the cutoff month; of each variant the newest vintage not younger than the cutoff's year is taken.

    Args:
        counts: date, age, persons.
        projection: variant, vintage, date, age, persons; may be empty.
        cutoff: Last month with data.
        to_year: Year of the last 1 January wanted.

    Returns:
        The population (``None`` where nothing was counted) and what the reader must know.
    """
    known = counts[counts["date"] <= cutoff + pd.DateOffset(months=1)]
    if known.empty:
        return None, [_NO_POPULATION]
    counted = _fill_years(count_table(known))
    notices: list[Notice] = []
    usable = projection[projection["vintage"] <= cutoff.year]
    variants = {}
    for variant, rows in usable.groupby("variant", sort=True):
        table = count_table(rows[rows["vintage"] == rows["vintage"].max()])
        if int(table.index.max()) > int(counted.index.max()):
            based = rebase(table, counted.iloc[-1])
            if int(based.index.max()) < to_year:
                notices.append(_short_projection(str(variant), int(based.index.max())))
                based = pd.concat([based, hamilton_perry(based, to_year=to_year).iloc[1:]])
            variants[str(variant)] = based
    if not variants:
        notices.append(_HAMILTON_PERRY)
        variants["main"] = hamilton_perry(counted, to_year=to_year)
    if "main" not in variants:
        chosen = "municipal" if "municipal" in variants else min(variants)
        notices.append(_main_is(chosen))
        variants["main"] = variants.pop(chosen)
    return Population(counted, variants), notices


def _fill_years(counted: pd.DataFrame) -> pd.DataFrame:
    """Years between counts, linear per age."""
    full = counted.reindex(range(int(counted.index.min()), int(counted.index.max()) + 1)).interpolate(axis=0)
    full.index.name = "year"
    return full


_NO_POPULATION: Notice = (
    "no_population",
    "run",
    "Der er ingen befolkningstal: forventet mængde er sat til 1, så demografi forklarer ingenting her.",
    "There is no population: exposure is 1, so demography explains nothing here.",
)
_HAMILTON_PERRY: Notice = (
    "hamilton_perry",
    "run",
    "Der er ingen befolkningsprognose: befolkningen er fremskrevet med årgangenes hidtidige udvikling (Hamilton-Perry).",
    "There is no population projection: the population is carried forward by cohort change ratios (Hamilton-Perry).",
)


def _short_projection(variant: str, year: int) -> Notice:
    return (
        "projection_extended",
        variant,
        f"Befolkningsprognosen '{variant}' slutter i {year} og er forlænget med årgangenes udvikling.",
        f"The population projection '{variant}' ends in {year} and is carried on by cohort change ratios.",
    )


def _main_is(variant: str) -> Notice:
    return (
        "main_variant",
        variant,
        f"Ingen befolkningsprognose hedder 'main'; '{variant}' er brugt som hovedforløb.",
        f"No population projection is called 'main'; '{variant}' is used as the main one.",
    )
