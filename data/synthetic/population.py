"""Population of the sample: a synthetic one, or a real municipality's from a file; and its projections."""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.errors import WrongUse
from data.synthetic.seeds import generator

if TYPE_CHECKING:
    from pathlib import Path

    from data.synthetic.calendar import Window

AGES = 106
_FIRST, _STANDARD_YEAR, _STANDARD = 2005, 2026, 50_000
_SHAPE = ((0, 1.20), (8, 1.25), (16, 1.20), (22, 1.05), (30, 1.20), (41, 1.55), (50, 1.30), (58, 1.35), (64, 1.0), (70, 0.75),
          (78, 0.55), (86, 0.25), (94, 0.05), (100, 0.006), (105, 0.001))  # fmt: skip
Counts = dict[int, np.ndarray]


def step(counts: np.ndarray, *, growth: float = 0.0) -> np.ndarray:
    """Age a population by one year: deaths, births, moves.

    Args:
        counts: (2, 106) men and women by age on 1 January.
        growth: Extra net immigration of all ages under 60, share per year.

    Returns:
        (2, 106) a year later, not rounded.
    """
    age = np.arange(AGES)
    stay = 1 - np.minimum(0.00002 + np.exp(-10.9 + 0.1 * age), 0.6)
    moves = (
        np.interp(age, [0, 5, 17, 19, 21, 24, 29, 36, 45, 66, 105], [1.5, 1.3, 0.4, -2.4, -2.4, 2.1, 2.3, 1.2, 0.4, 0.0, -0.2])
        / 100
    )
    moves = moves + growth * (age < 60)
    aged = counts * stay * (1 + moves)
    following = np.empty_like(aged)
    following[:, 1:] = aged[:, :-1]
    following[:, -1] += aged[:, -1]
    births = 0.131 * counts[1, 25:39].sum()
    following[:, 0] = births * np.array([0.513, 0.487])
    return following


@cache
def _standard_years(last: int) -> tuple[tuple[int, np.ndarray], ...]:
    start = np.interp(np.arange(AGES), [a for a, _ in _SHAPE], [w for _, w in _SHAPE])
    current, years = np.stack([start * 0.497, start * 0.503]), []
    for year in range(_FIRST, max(last, _STANDARD_YEAR) + 1):
        years.append((year, current))
        current = step(current)
    total = dict(years)[_STANDARD_YEAR].sum()
    return tuple((year, counts * _STANDARD / total) for year, counts in years)


def standard_population() -> np.ndarray:
    """(106,) persons by age in 2026 of the standard municipality of 50,000, on which uptake is stated."""
    return dict(_standard_years(_STANDARD_YEAR))[_STANDARD_YEAR].sum(axis=0)


def synthetic_population(window: Window, *, seed: int, municipality: str, size: float) -> Counts:
    """Draw a synthetic population for every 1 January from the first year to the year after the last.

    Args:
        window: Months the sample covers.
        seed: The sample's seed.
        municipality: Authority code, part of the seed's label.
        size: Relative to 50,000 in 2026.

    Returns:
        Year -> (2, 106) whole persons.
    """
    rng = generator(seed, municipality, "population")
    years = dict(_standard_years(window.end_year + 1))
    cohorts = np.exp(rng.normal(0, 0.025, (2, 300)))
    counts: Counts = {}
    for year in range(window.start_year, window.end_year + 2):
        born = (year - np.arange(AGES)) - (_FIRST - AGES)
        counts[year] = np.rint(years[max(year, _FIRST)] * size * cohorts[:, np.clip(born, 0, 299)])
    return counts


def population_from_file(file: Path, window: Window, municipality: str) -> Counts:
    """Read a municipality's population from a file, and continue it by cohort ageing where the file ends.

    Args:
        file: csv or csv.gz with ``kommune,name,year,sex,age,population``, or StatBank's BULK form of FOLK1A.
        window: Months the sample covers.
        municipality: Authority code to take.

    Returns:
        Year -> (2, 106) persons; years before the file repeat its first year.

    Raises:
        WrongUse: The file is missing, has other columns, or lacks the municipality.
    """
    table = _read_persons(file)
    rows = table[table["municipality"] == municipality.lstrip("0")]
    if rows.empty:
        what = f"The population file has no municipality {municipality}"
        raise WrongUse(what, where=file.name, remedy="Choose a file that has it")
    found: Counts = {}
    for year, part in rows.groupby("year"):
        counts = np.zeros((2, AGES))
        np.add.at(
            counts,
            ((part["sex"] == "K").to_numpy().astype(int), np.minimum(part["age"].to_numpy(), AGES - 1)),
            part["persons"].to_numpy(),
        )
        found[int(str(year))] = counts
    first, last = min(found), max(found)
    for year in range(first + 1, window.end_year + 2):
        if year not in found:
            found[year] = np.rint(step(found[year - 1]))
    return {
        year: found[min(max(year, first), max(last, window.end_year + 1))]
        for year in range(window.start_year, window.end_year + 2)
    }


def _read_persons(file: Path) -> pd.DataFrame:
    if not file.exists():
        what = "The population file does not exist"
        raise WrongUse(what, where=str(file), remedy="Give the path of an existing file")
    shared, bulk = ["kommune", "year", "sex", "age", "population"], ["OMRÅDE", "KØN", "ALDER", "CIVILSTAND", "TID", "INDHOLD"]
    try:
        with gzip.open(file, "rt", encoding="utf-8-sig") if file.suffix == ".gz" else file.open(encoding="utf-8-sig") as lines:
            separator = ";" if ";" in lines.readline() else ","
        table = pd.read_csv(file, sep=separator, dtype=str, encoding="utf-8-sig")
    except (ValueError, OSError):
        table = pd.DataFrame()
    if set(shared) <= set(table.columns):
        table = table[shared]
    elif set(bulk) <= set(table.columns):
        keep = (
            table["KØN"].isin(["1", "2"])
            & table["ALDER"].str.fullmatch(r"\d+")
            & (table["CIVILSTAND"] == "TOT")
            & table["TID"].str.endswith("K1")
        )
        table = table[keep]
        table = pd.DataFrame(
            {
                "kommune": table["OMRÅDE"],
                "year": table["TID"].str[:4],
                "sex": table["KØN"].map({"1": "M", "2": "K"}),
                "age": table["ALDER"],
                "population": table["INDHOLD"],
            }
        )
    else:
        what = f"The population file has neither the columns {shared} nor {bulk}"
        raise WrongUse(what, where=file.name, remedy="Convert it to one of these forms")
    table.columns = pd.Index(["municipality", "year", "sex", "age", "persons"])
    whole = {name: pd.to_numeric(table[name], errors="coerce").fillna(0).astype("int64") for name in ("year", "age", "persons")}
    return table.assign(**whole, municipality=table["municipality"].str.lstrip("0"))


def monthly_persons(counts: Counts, window: Window) -> np.ndarray:
    """Interpolate persons by age to the middle of each month.

    Returns:
        (months, 106) persons, both sexes.
    """
    rows = []
    for month in range(window.start, window.end + 1):
        year, share = month // 12, (month % 12 + 0.5) / 12
        rows.append(((1 - share) * counts[year] + share * counts[year + 1]).sum(axis=0))
    return np.array(rows)


def quarterly_counts(counts: Counts, window: Window) -> dict[tuple[int, int], np.ndarray]:
    """Counts on the first day of each quarter inside the window's years.

    Returns:
        (year, quarter) -> (2, 106) whole persons, none dated after the window.
    """
    found = {}
    for year in range(window.start_year, window.end_year + 1):
        for quarter in range(1, 5):
            if year * 12 + (quarter - 1) * 3 <= window.end:
                share = (quarter - 1) / 4
                found[year, quarter] = np.rint((1 - share) * counts[year] + share * counts[year + 1])
    return found


def project(base: np.ndarray, *, years: int, growth: float) -> list[np.ndarray]:
    """Project a population: the base first, then one (2, 106) array per year, rounded."""
    current, found = base.astype(float), [np.rint(base)]
    for _ in range(years):
        current = step(current, growth=growth)
        found.append(np.rint(current))
    return found
