"""The restricted file of a run: complete driver tables and keyed case rows, read by role and logged, beside the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from data.errors import NoPublishedRun
from data.mart import CONFIG, flush, published_file, store_table
from data.schema import RESTRICTED, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from data.settings import Paths


def restricted_file(paths: Paths, run_id: str) -> Path:
    """Where it lies."""
    return paths.restricted / published_file(paths, run_id).name


def write_restricted(paths: Paths, run_id: str, frames: Mapping[str, pd.DataFrame]) -> Path:
    """Write one run's driver tables, whole or not at all; readable by the home's owner alone.

    Args:
        paths: Home.
        run_id: The run's name; what an earlier try of the same run left is replaced.
        frames: One frame per table of ``data.schema.RESTRICTED``.

    Raises:
        PublishRefused: A table breaks its contract.
    """
    target = restricted_file(paths, run_id)
    paths.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in paths.restricted.glob(".run-*.part*"):  # of a run that was killed
        left.unlink()
    beside = paths.restricted / f".{run_id}.part"
    try:
        with duckdb.connect(str(beside), config=CONFIG) as con:
            for table in RESTRICTED.values():
                store_table(con, table, frames[table.name], keyed=True)
            con.execute("CHECKPOINT")
        beside.chmod(0o400)
        flush(beside)
        beside.replace(target)
        flush(paths.restricted)
    finally:
        beside.unlink(missing_ok=True)
        beside.with_name(beside.name + ".wal").unlink(missing_ok=True)
    return target


def read_restricted(paths: Paths, run_id: str) -> dict[str, pd.DataFrame]:
    """Every driver table of a run; one that its version did not know yet has no rows.

    Raises:
        NoPublishedRun: There is no such file, or it can't be read.
    """
    file = restricted_file(paths, run_id)
    remedy = "Runs keep their drivers from version 0.2 on: start a new run, or restore the file from a backup"
    if not file.exists():
        what = f"Run {run_id} has no restricted file with its drivers"
        raise NoPublishedRun(what, where=str(file), why="Drift is explained anew from them", remedy=remedy)
    try:
        with duckdb.connect(str(file), read_only=True, config=CONFIG) as con:
            there = {str(row[0]) for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            found = {name: con.execute(f'SELECT * FROM "{name}"').df() for name in RESTRICTED if name in there}
    except duckdb.Error:
        what = f"The restricted file of run {run_id} can't be read"
        raise NoPublishedRun(what, where=str(file), remedy=remedy) from None
    for name, table in RESTRICTED.items():
        found.setdefault(name, pd.DataFrame(columns=list(table.names)))
        for column in table.columns:
            if column.kind is Kind.NUMBER:
                found[name][column.name] = found[name][column.name].astype("float64")
    return found


def count_case_rows(paths: Paths, citizens: Sequence[str]) -> dict[str, int]:
    """Run -> how many keyed case rows of these citizens its restricted file holds; runs without are not there.

    Args:
        paths: Home.
        citizens: Keyed pseudonyms.
    """
    found = {}
    for file in sorted(paths.restricted.glob("run-*.duckdb")):
        rows = read_case_rows(paths, file.stem)
        if rows is not None and (count := int(rows["citizen_id"].isin(list(citizens)).sum())):
            found[file.stem] = count
    return found


def erase_case_rows(paths: Paths, citizens: Sequence[str]) -> int:
    """Write every restricted file that holds rows of these citizens anew without them: nothing stays in freed blocks.

    Returns:
        How many rows went.
    """
    counted = count_case_rows(paths, citizens)
    for run_id in counted:
        frames = read_restricted(paths, run_id)
        rows = frames["case_rows"]
        write_restricted(paths, run_id, frames | {"case_rows": rows[~rows["citizen_id"].isin(list(citizens))]})
    return sum(counted.values())


def read_plain_totals(paths: Paths, run_id: str) -> pd.DataFrame | None:
    """What each service cost by service year, nothing suppressed; for who may see it (``models.view.roles``).

    Returns:
        service, year, months (with cost), volume (full-time citizens, mean), gross_nominal; None without a file.
    """
    try:
        months = read_restricted(paths, run_id)["driver_months"]
    except NoPublishedRun:
        return None
    months = months.assign(year=pd.to_datetime(months["month"]).dt.year)
    grouped = months.groupby(["service", "year"], as_index=False)
    return grouped.agg(months=("month", "size"), volume=("volume", "mean"), gross_nominal=("gross_ultimate_nominal", "sum"))


def read_case_rows(paths: Paths, run_id: str) -> pd.DataFrame | None:
    """Keyed case rows of a run; None where the run kept none.

    Returns:
        CASE_ROWS.
    """
    try:
        return read_restricted(paths, run_id)["case_rows"]
    except NoPublishedRun:
        return None
