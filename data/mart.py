"""The published mart: one immutable, contract-checked DuckDB file per run, and the pointer that says which one counts.

Writing is for the flow, reading for the pages. A file gets its name only when it is whole and on disk; the pointer moves
only after that. Readers open a file read-only for one question and close it again, so they never wait for a night's run.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from data.digest import digest_of
from data.errors import NoPublishedRun, PublishRefused
from data.frames import frame_of
from data.schema import PUBLISHED, Kind, Sensitivity, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from data.settings import Paths

POINTER = "CURRENT"
RUN_ID = re.compile(r"run-\d{8}T\d{6}-[0-9a-f]{6}")
CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"}
_PRIVATE = {Sensitivity.IDENTIFIER, Sensitivity.PERSONAL, Sensitivity.FREE_TEXT}
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.MONEY: pa.float64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.DRAWS: pa.list_(pa.float64()),
}
_EMPTY_PROBLEM = "Mend the step that makes it; the last published run stands"


@dataclass(frozen=True)
class Current:
    """Which run is shown, and why if it is not the one the pointer names.

    Attributes:
        run_id: The run to show; None when nothing whole is published.
        reason: Empty when the pointer is sound, else one plain sentence.
    """

    run_id: str | None
    reason: str = ""


def published_file(paths: Paths, run_id: str) -> Path:
    """Where the run's file lies.

    Raises:
        NoPublishedRun: ``run_id`` has not the form of a run's name.
    """
    if not RUN_ID.fullmatch(run_id):
        what = "That is not the name of a run"
        raise NoPublishedRun(what, where=str(paths.published), remedy="Use a name such as run-20260131T020000-0a1b2c")
    return paths.published / f"{run_id}.duckdb"


def write_mart(paths: Paths, run_id: str, frames: Mapping[str, pd.DataFrame]) -> Path:
    """Write one run's published tables, whole or not at all.

    Args:
        paths: Home.
        run_id: ``run-YYYYMMDDTHHMMSS-<6 hex>``; must be new.
        frames: One frame per table of ``data.schema.PUBLISHED`` with exactly its columns, in any order.

    Returns:
        The file. Its ``run_record`` also holds ``digest``. The pointer has not moved.

    Raises:
        PublishRefused: A table breaks its contract, or the run is already published; nothing was written.
    """
    target = published_file(paths, run_id)
    if target.exists():
        what = f"Run {run_id} is already published"
        raise PublishRefused(what, where=str(target), remedy="A published run is never changed: start a new run")
    if set(frames) != set(PUBLISHED):
        what = f"Published tables missing {sorted(set(PUBLISHED) - set(frames))}, unknown {sorted(set(frames) - set(PUBLISHED))}"
        raise PublishRefused(what, where=run_id, remedy=_EMPTY_PROBLEM)
    paths.published.mkdir(parents=True, exist_ok=True)
    beside = paths.published / f".{run_id}.part"
    for left in paths.published.glob(".run-*.part*"):  # of a run that was killed: one run at a time, so nobody writes it
        left.unlink()
    try:
        with duckdb.connect(str(beside), config=CONFIG) as con:
            for table in PUBLISHED.values():
                store_table(con, table, frames[table.name])
            con.execute("INSERT INTO run_record VALUES ('digest', ?, true)", [json.dumps(digest_of(con))])
            con.execute("CHECKPOINT")
        beside.chmod(0o440)
        flush(beside)
        beside.replace(target)
        flush(paths.published)
    finally:
        beside.unlink(missing_ok=True)
        beside.with_name(beside.name + ".wal").unlink(missing_ok=True)
    return target


def store_table(con: duckdb.DuckDBPyConnection, table: Table, frame: pd.DataFrame) -> None:
    """Cast ``frame`` to the contract, store it ordered by its key, and check it where it lies."""
    if set(frame.columns) != set(table.names):
        missing, unknown = sorted(set(table.names) - set(frame.columns)), sorted(set(frame.columns) - set(table.names))
        _refuse(table.name, f"columns missing {missing}, unknown {unknown}")
    private = [column.name for column in table.columns if column.sensitivity in _PRIVATE]
    if private:
        _refuse(table.name, f"columns {private} may not be published")
    columns = ", ".join(f'"{c.name}" {c.kind.sql}{" NOT NULL" if c.required else ""}' for c in table.columns)
    order = ", ".join(f'"{name}"' for name in table.keys) or "ALL"
    try:
        con.register("incoming", _to_arrow(table, frame))
        con.execute(f'CREATE TABLE "{table.name}" ({columns})')
        con.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming ORDER BY {order}').fetchall()
        con.unregister("incoming")
    except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError, pa.ArrowException, TypeError, ValueError) as error:
        _refuse(table.name, f"{type(error).__name__} while casting to the contract: {_null_columns(table, frame)}")
    faults = [text for text, query in _checks(table) if con.execute(query).fetchall()[0][0]]
    if faults:
        _refuse(table.name, "; ".join(faults))


def _to_arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    arrays = []
    for column in table.columns:
        values = frame[column.name]
        if column.kind in {Kind.DATE, Kind.MONTH}:
            arrays.append(pa.array(pd.to_datetime(values).dt.date, type=pa.date32(), from_pandas=True))
        else:
            kind = _ARROW[column.kind]
            money = column.kind is Kind.MONEY
            arrays.append(pa.array(values.astype("float64") if money else values, type=kind, from_pandas=True))
    return pa.table(arrays, names=list(table.names))


def _null_columns(table: Table, frame: pd.DataFrame) -> str:
    missing = [c.name for c in table.columns if c.required and frame[c.name].isna().any()]
    types = {c.name: str(frame[c.name].dtype) for c in table.columns}
    return f"required values missing in {missing}" if missing else f"found types {types}"


def _checks(table: Table) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, query whose first value is then above 0)."""
    for column in table.columns:
        name = f'"{column.name}"'
        wrong = f'SELECT count(*) FROM "{table.name}" WHERE '
        if column.allowed:
            values = ", ".join(f"'{value}'" for value in column.allowed)
            yield f"'{column.name}' holds values outside its list", f"{wrong} {name} NOT IN ({values})"
        if column.kind is Kind.MONTH:
            yield f"'{column.name}' holds days that start no month", f"{wrong} day({name}) <> 1"
        if column.kind is Kind.NUMBER:
            yield f"'{column.name}' holds infinite values", f"{wrong} NOT isfinite({name})"
        if column.kind is Kind.DRAWS:
            holes = f"len(list_filter({name}, lambda x: x IS NULL OR NOT isfinite(x))) > 0"
            yield f"'{column.name}' holds draws that are no numbers", f"{wrong} {name} IS NOT NULL AND {holes}"
    if table.keys:
        keys = ", ".join(f'"{name}"' for name in table.keys)
        yield "its key is not unique", f'SELECT count(*) FROM (SELECT 1 FROM "{table.name}" GROUP BY {keys} HAVING count(*) > 1)'
    if "mask" in table.names:
        figures = " OR ".join(f'"{c.name}" IS NOT NULL' for c in table.columns if c.sensitivity is Sensitivity.AGGREGATE)
        yield "masked rows hold figures", f"""SELECT count(*) FROM "{table.name}" WHERE mask <> '' AND ({figures})"""


def _refuse(table: str, what: str) -> None:
    message = f"Published table '{table}' breaks its contract: {what}"
    raise PublishRefused(message, where=table, why="Pages and downloads rely on it", remedy=_EMPTY_PROBLEM) from None


def point_current(paths: Paths, run_id: str) -> None:
    """Make ``run_id`` the run that is shown, in one step that either happens or does not.

    Raises:
        PublishRefused: The run's file is missing or not whole; the pointer stays.
    """
    if not is_whole(published_file(paths, run_id)):
        what = f"The file of run {run_id} is missing or damaged"
        raise PublishRefused(what, where=str(paths.published), remedy="Run again; the last published run stands")
    beside = paths.published / f".{POINTER}.part"
    beside.write_text(run_id + "\n", encoding="utf-8")
    flush(beside)
    beside.replace(paths.published / POINTER)
    flush(paths.published)


def find_current(paths: Paths) -> Current:
    """Find the run to show: the one ``CURRENT`` names, else the newest whole one, and say why."""
    pointer = paths.published / POINTER
    was_published = pointer.exists()
    try:
        named = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        reason = "The pointer CURRENT is missing"
    except (OSError, UnicodeDecodeError):
        reason = "The pointer CURRENT can't be read"
    else:
        if not RUN_ID.fullmatch(named):
            reason = "The pointer CURRENT names no run"
        elif is_whole(published_file(paths, named)):
            return Current(named)
        else:
            reason = f"The file of run {named}, which CURRENT names, is missing or damaged"
    runs = sorted((file.stem for file in paths.published.glob("run-*.duckdb") if RUN_ID.fullmatch(file.stem)), reverse=True)
    newest = next((run for run in runs if is_whole(published_file(paths, run))), None)
    if newest is None:
        return Current(None, reason + "; no whole run is published" if runs or was_published else "")
    return Current(newest, f"{reason}; the newest whole run is shown instead")


def current_run(paths: Paths) -> str | None:
    """The run to show (:func:`find_current`), or None."""
    return find_current(paths).run_id


def is_whole(file: Path) -> bool:
    """Whether every block of a published file can be read (DuckDB keeps a checksum with each) up to its digest."""
    try:
        stat = file.stat()
    except OSError:
        return False
    return _is_whole(str(file), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _is_whole(file: str, size: int, modified: int) -> bool:  # noqa: ARG001  (the cache's key: a changed file is read anew)
    try:
        with duckdb.connect(file, read_only=True, config=CONFIG) as con:
            for (name,) in con.execute("SELECT table_name FROM information_schema.tables").fetchall():
                con.execute(f'SELECT max(hash(rows)) FROM "{name}" AS rows').fetchall()
            return bool(con.execute("SELECT 1 FROM run_record WHERE key = 'digest'").fetchall())
    except duckdb.Error:
        return False


@dataclass(frozen=True)
class Mart:
    """One published run, read-only.

    Attributes:
        file: The run's file.
        run_id: The run's name.
        reason: Why it is not the run the pointer names; usually empty.
    """

    file: Path
    run_id: str
    reason: str = ""

    @classmethod
    def open(cls, paths: Paths, run_id: str | None = None) -> Mart:
        """Find a run's file.

        Args:
            paths: Home.
            run_id: A run's name; None: the current one.

        Raises:
            NoPublishedRun: Nothing whole is published, or not under that name.
        """
        found = find_current(paths) if run_id is None else Current(run_id)
        if found.run_id is None:
            what = found.reason or "Nothing is published yet"
            raise NoPublishedRun(what, where=str(paths.home), remedy="Start a run: opdrift run --home <folder>")
        file = published_file(paths, found.run_id)
        if not is_whole(file):
            what = f"The file of run {found.run_id} is missing or damaged"
            raise NoPublishedRun(what, where=str(file), remedy="Restore it from a backup, or start a new run")
        return cls(file, found.run_id, found.reason)

    def table(self, name: str) -> pd.DataFrame:
        """Read one published table.

        Args:
            name: A key of ``data.schema.PUBLISHED``.

        Returns:
            Its rows in key order: text as ``str``, months and dates as ``datetime64[us]``, figures as ``float64``, whole
            numbers as ``int64`` (``Int64`` where they may be missing), draws as arrays (None where missing).

        Raises:
            KeyError: There is no such table.
        """
        contract = PUBLISHED[name]
        with self._connect() as con:
            frame = frame_of(con.execute(f'SELECT * FROM "{name}"'))
        for column in contract.columns:
            if column.name not in frame and not column.required:
                frame[column.name] = None  # of a version that did not have it yet
            values = frame[column.name]
            if column.kind is Kind.WHOLE:
                frame[column.name] = values.astype("int64" if column.required else "Int64")
            elif column.kind in {Kind.MONEY, Kind.NUMBER}:
                frame[column.name] = values.astype("float64")
        return frame

    def table_or_none(self, name: str) -> pd.DataFrame:
        """A table, or its columns without a row where the run is of a version that did not publish it."""
        return self.table(name) if self.has(name) else pd.DataFrame(columns=list(PUBLISHED[name].names))

    def has(self, name: str) -> bool:
        """Whether the run published a table with all its columns; an older version may not have known it, or them."""
        with self._connect() as con:
            rows = con.execute("SELECT column_name FROM information_schema.columns WHERE table_name = ?", [name]).fetchall()
        return set(PUBLISHED[name].names) <= {str(column) for (column,) in rows}

    def record(self, key: str) -> object:
        """One fact of the run record, decoded from JSON; None when it is not there."""
        with self._connect() as con:
            row = con.execute("SELECT value FROM run_record WHERE key = ?", [key]).fetchone()
        return None if row is None or row[0] is None else json.loads(row[0])

    def facts(self) -> dict[str, object]:
        """The whole run record, decoded from JSON."""
        with self._connect() as con:
            rows = con.execute("SELECT key, value FROM run_record WHERE value IS NOT NULL").fetchall()
        return {str(key): json.loads(value) for key, value in rows}

    @contextmanager
    def held(self) -> Iterator[Mart]:
        """Hold the file open while the block reads several tables: each read alone opens it anew, which is most of its time.

        Raises:
            NoPublishedRun: The file can't be read.
        """
        with self._connect():
            yield self

    @contextmanager
    def _connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with duckdb.connect(str(self.file), read_only=True, config=CONFIG) as con:
                yield con
        except duckdb.Error:
            what = f"The file of run {self.run_id} can't be read, or an older version made it"
            raise NoPublishedRun(what, where=str(self.file), remedy="Start a new run, or restore it from a backup") from None


def digest(file: Path) -> str:
    """SHA-256 over the ordered export of every table of a published file, without clocks and durations."""
    with duckdb.connect(str(file), read_only=True, config=CONFIG) as con:
        return digest_of(con)


def flush(path: Path) -> None:
    """Flush a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
