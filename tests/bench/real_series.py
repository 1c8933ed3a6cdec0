"""Real public series (../shared/data, or OPDRIFT_REAL_DATA) as ``--series`` files: long CSV with cost and/or volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

MIN_MONTHS_ALBERTA = 84
"""Two years ahead of at least five years of history: shorter caseload series are left out."""


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


SETS = {"pbs_atc2": _pbs_atc2, "hospital": _hospital, "alberta": _alberta, "hawaii": _hawaii}
