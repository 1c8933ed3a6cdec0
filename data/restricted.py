"""The restricted file of a run: complete driver tables, for this machine's operator only, beside the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from data.errors import NoPublishedRun
from data.mart import CONFIG, flush, published_file, store_table
from data.schema import RESTRICTED, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
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
                store_table(con, table, frames[table.name])
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
