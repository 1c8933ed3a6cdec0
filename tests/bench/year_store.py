"""What ``make year-backtest`` has found so far: two small files that grow night by night, over sittings and machines."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from year_frames import FRAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).parent
CASE_COLUMNS = (
    "seed", "year", "as_of", "frame", "came", "mean", "q10", "q50", "q90", "oracle_q10", "oracle_q50", "oracle_q90",
    "oracle_futures", "renewal", "code",
)  # fmt: skip
MONTH_COLUMNS = (
    "seed", "year", "as_of", "horizon", "came", "service_joined", "service_series", "frame_joined", "frame_series", "renewal",
    "code",
)  # fmt: skip


@dataclass(frozen=True)
class Store:
    """Two csv files.

    Attributes:
        cases: One line per seed, year, month of follow-up and frame.
        months: One line per seed, year, month of follow-up and month ahead.
    """

    cases: Path = HERE / "year_cases.csv"
    months: Path = HERE / "year_months.csv"

    def read_cases(self, renewal: str) -> pd.DataFrame:
        """CASE_COLUMNS of nights of one renewal; empty where nothing was found yet."""
        return _read(self.cases, CASE_COLUMNS, renewal)

    def read_months(self, renewal: str) -> pd.DataFrame:
        """MONTH_COLUMNS, likewise."""
        return _read(self.months, MONTH_COLUMNS, renewal)

    def done(self, renewal: str) -> set[tuple[int, int]]:
        """(seed, month number) of nights of one renewal whose cases are all there, of whichever code (the page names it)."""
        rows = self.read_cases(renewal)
        month = rows["year"].astype(int) * 12 + rows["as_of"].astype(int) - 1
        counted = rows.groupby([rows["seed"].astype(int), month])["frame"].nunique()
        return {(int(seed), int(at)) for (seed, at), frames in counted.items() if frames == len(FRAMES)}

    def add(self, cases: Iterable[Mapping[str, object]], months: Iterable[Mapping[str, object]]) -> None:
        """Append one night; its cases last, as they say that it is done."""
        _append(self.months, MONTH_COLUMNS, months)
        _append(self.cases, CASE_COLUMNS, cases)


def _read(file: Path, columns: tuple[str, ...], renewal: str) -> pd.DataFrame:
    if not file.exists():
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    keys = [name for name in columns if name in {"seed", "year", "as_of", "frame", "horizon"}]
    found = pd.read_csv(file, dtype={"frame": str, "renewal": str, "code": str})
    found = found[found["renewal"] == renewal]
    return found.drop_duplicates(keys, keep="last", ignore_index=True)  # a night cut short is there twice


def _append(file: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> None:
    fresh = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerows(rows)
