"""Real public series (../shared/data, or OPDRIFT_REAL_DATA) as ``--series`` files: long CSV with cost and/or volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

MIN_MONTHS_ALBERTA = 84
"""Two years ahead of at least five years of history: shorter caseload series are left out."""
MIN_MONTHS_PBS = 150
"""Months with a cost, of 168, that a finer PBS series must have to be drawn."""
SEED, DRAWN = 7, 48
"""The finer PBS series in an order drawn once, and how many make a set (decision 0011)."""


def write_set(name: str, real_data: Path, out: Path) -> Path:
    """Write one set as ``out/NAME.csv``.

    Args:
        name: A key of :data:`SETS`.
        real_data: Folder of the real files.
        out: Where to write.
    """
    table = SETS[name](real_data)
    file = out / f"{name}.csv"
    table.rename(columns={"ds": "month"}).sort_values(["series_id", "month"]).to_csv(file, index=False)
    return file


def _pbs_atc2(real_data: Path) -> pd.DataFrame:
    """Cost and scripts by ATC2 group: summed over concession and type."""
    table = pd.read_csv(real_data / "pbs_monthly_scripts_cost.csv.gz")
    summed = table.groupby(["atc2", "ds"], as_index=False)[["cost", "scripts"]].sum()
    return summed.rename(columns={"atc2": "series_id", "scripts": "volume"})


def _pbs_finer(real_data: Path, place: int) -> pd.DataFrame:
    """One lot of series by concession, type of payment and ATC2 group: those that come at ``place`` in the drawn order."""
    table = pd.read_csv(real_data / "pbs_monthly_scripts_cost.csv.gz")
    months = table[table["cost"] > 0].groupby("id").size()
    drawn = np.random.default_rng(SEED).permutation(sorted(months.index[months >= MIN_MONTHS_PBS]))
    lot = table[table["id"].isin(drawn[place * DRAWN : (place + 1) * DRAWN])]
    return lot[["id", "ds", "cost", "scripts"]].rename(columns={"id": "series_id", "scripts": "volume"})


def _pbs_first_lot(real_data: Path) -> pd.DataFrame:
    """Seen: what would mend the engine was found on these."""
    return _pbs_finer(real_data, 0)


def _pbs_second_lot(real_data: Path) -> pd.DataFrame:
    """Not seen when that was found; path and width were tested on these, once each."""
    return _pbs_finer(real_data, 1)


def _pbs_third_lot(real_data: Path) -> pd.DataFrame:
    """Looked at by nobody: for the test of what comes next."""
    return _pbs_finer(real_data, 2)


def _counts(real_data: Path, file: str) -> pd.DataFrame:
    table = pd.read_csv(real_data / file)
    return table[["id", "ds", "y"]].rename(columns={"id": "series_id", "y": "volume"})


def _hospital(real_data: Path) -> pd.DataFrame:
    return _counts(real_data, "hospital_monthly.csv.gz")


def _alberta(real_data: Path) -> pd.DataFrame:
    table = _counts(real_data, "alberta_caseload_monthly.csv.gz")
    months = table.groupby("series_id")["ds"].transform("size")
    return table[months >= MIN_MONTHS_ALBERTA]


def _hawaii(real_data: Path) -> pd.DataFrame:
    """Persons with their cost, and households."""
    table = pd.read_csv(real_data / "hawaii_snap_monthly.csv.gz")
    persons = table.assign(series_id="persons")[["series_id", "ds", "cost", "persons"]].rename(columns={"persons": "volume"})
    households = table.assign(series_id="households")[["series_id", "ds", "households"]].rename(columns={"households": "volume"})
    return pd.concat([persons, households], ignore_index=True)


SETS = {
    "pbs_atc2": _pbs_atc2,
    "pbs_first_lot": _pbs_first_lot,
    "pbs_second_lot": _pbs_second_lot,
    "pbs_third_lot": _pbs_third_lot,
    "hospital": _hospital,
    "alberta": _alberta,
    "hawaii": _hawaii,
}
