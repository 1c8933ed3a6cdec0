"""The pipeline's own DuckDB file: one writer, no downloads, and no row in an error."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb

from data.errors import OpdriftError, RunInProgress
from data.frames import frame_of
from data.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from data.settings import Settings

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "threads": "2",
}


_DAMAGE = ("Corrupt database", "checksum", "not a valid DuckDB", "Could not read enough", "Serialization Error", "INTERNAL Error",
           "Failure while replaying WAL", "WAL checkpoint iteration")  # fmt: skip
"""What DuckDB says of blocks that are not what it wrote; a lock, a right or a version that is missing reads otherwise."""
_OTHER_VERSION = "storage version number"
"""Said only where the header's checksum holds (since DuckDB 2): a version that a flipped bit made reads as damage."""


class WarehouseFault(OpdriftError):
    """DuckDB refused a statement; its own message may hold a row, so only its kind is told."""


@contextmanager
def open_warehouse(settings: Settings, *, at: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse of a home for writing, and bring its tables up to date.

    Args:
        settings: Home and memory limit.
        at: Another file, to be built before it is put in the warehouse's place.

    Yields:
        The one connection; closed at the end.

    Raises:
        RunInProgress: Another process has it open.
        WarehouseFault: It can't be opened, or a statement inside failed in DuckDB.
    """
    path = at or settings.paths.warehouse
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    con = _connect(settings, path)
    try:
        with scrubbed(str(path)):
            con.execute("SET TimeZone = 'UTC'")
            migrate(con)
            yield con
    finally:
        con.close()


def _connect(settings: Settings, path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), config={**_CONFIG, "memory_limit": settings.memory_limit})
    except duckdb.InvalidInputException:
        what = f"Setting 'memory_limit' is '{settings.memory_limit}'; DuckDB doesn't take it"
        raise OpdriftError(what, remedy="Write it like 1GB") from None
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            remedy = "Wait until the other run has ended; nothing was changed"
            what = "The warehouse is open in another process"
            raise RunInProgress(what, where=str(path), remedy=remedy) from None
        if _OTHER_VERSION in str(error):
            what = "Another version of DuckDB wrote the warehouse, and this one can't read it"
            raise WarehouseFault(what, where=str(path), remedy="Install the version of opdrift that ran here last") from None
        what = f"The warehouse can't be opened ({type(error).__name__})"
        remedy = "opdrift run builds it anew from the archive, where that is whole; else bring the home back from a backup"
        if isinstance(error, duckdb.IOException):
            remedy = f"See that the disk has room and that the home can be read and written to. If both hold: {remedy}"
        raise WarehouseFault(what, where=str(path), remedy=remedy) from None


def is_damaged(settings: Settings) -> bool:
    """Whether a block of the warehouse is not what DuckDB wrote: every row is read once (a second for some hundred thousand).

    A file that is open elsewhere, may not be read, or was whole when a newer DuckDB wrote it is not damaged.
    """
    config = {**_CONFIG, "memory_limit": settings.memory_limit}
    try:
        with duckdb.connect(str(settings.paths.warehouse), read_only=True, config=config) as con:
            query = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
            for schema, table in con.execute(query).fetchall():
                con.execute(f'SELECT max(hash(rows)) FROM "{schema}"."{table}" AS rows').fetchall()
    except duckdb.OutOfMemoryException:
        return False
    except duckdb.Error as error:
        return any(word in str(error) for word in _DAMAGE)
    return False


def lacks(settings: Settings, landed: Collection[str]) -> set[str]:
    """Files noted as taken in of which the warehouse knows nothing.

    DuckDB replays a journal (``.wal``, there after a kill alone) up to the first entry that is not what it wrote, and says
    nothing of those behind it: the warehouse opens, is whole, and is that of an earlier hour.

    Args:
        settings: Home and memory limit.
        landed: SHA-256 of each file that was taken in (``landed.json``).

    Returns:
        SHA-256 of those it lacks; none where it can't be looked into (open elsewhere, or of another version).
    """
    config = {**_CONFIG, "memory_limit": settings.memory_limit}
    try:
        with duckdb.connect(str(settings.paths.warehouse), read_only=True, config=config) as con:
            known = con.execute("SELECT DISTINCT sha256 FROM files WHERE status = 'landed'").fetchall()
    except duckdb.CatalogException:  # not even its tables are there
        return set(landed)
    except duckdb.Error:
        return set()
    return set(landed) - {sha256 for (sha256,) in known}


def why_closed(path: Path) -> str:
    """Why the warehouse can't be opened just now, in a few words; empty where it can. It is not changed."""
    try:
        duckdb.connect(str(path), read_only=True, config=_CONFIG).close()
    except duckdb.Error as error:
        return "a newer DuckDB wrote it" if _OTHER_VERSION in str(error) else "another program has it open"
    return ""


def compact(settings: Settings) -> None:
    """Write the warehouse anew: DuckDB leaves what was deleted in the file until it needs the room.

    Raises:
        WarehouseFault: It can't be written; the old file stands.
    """
    path = settings.paths.warehouse
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    with scrubbed(str(path)), duckdb.connect(config={**_CONFIG, "memory_limit": settings.memory_limit}) as con:
        con.execute(f"ATTACH '{_quoted(path)}' AS old (READ_ONLY)")
        con.execute(f"ATTACH '{_quoted(beside)}' AS new")
        con.execute("COPY FROM DATABASE old TO new")
        con.execute("DETACH new")
        con.execute("DETACH old")
    beside.chmod(path.stat().st_mode & 0o777)
    beside.replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def scrubbed(where: str) -> Iterator[None]:
    """Turn DuckDB's errors, which print rows, into ours, which don't.

    Raises:
        WarehouseFault: DuckDB raised inside.
    """
    try:
        yield
    except duckdb.Error as error:
        what = f"DuckDB could not do it ({type(error).__name__})"
        remedy = "See that the disk has room; otherwise tell those who keep opdrift"
        if isinstance(error, duckdb.OutOfMemoryException):
            what = f"There was not enough memory ({type(error).__name__})"
            remedy = "End other programs, or raise 'memory_limit' in settings.toml where the machine has more"
        raise WarehouseFault(what, where=where, remedy=remedy) from None


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of what is done inside, or nothing of it."""
    con.execute("BEGIN")
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


@cache
def read_sql(name: str) -> str:
    """The text of a shipped SQL file.

    Args:
        name: Path below ``data/sql`` without ``.sql``.

    Example:
        >>> "standing" in read_sql("staging/standing")
        True
    """
    return files("data").joinpath("sql", *f"{name}.sql".split("/")).read_text(encoding="utf-8")


def scalar(con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object] | None = None) -> Any:  # noqa: ANN401
    """The first value of the first row, or ``None`` without a row.

    Fetched to the end: DuckDB 2 refuses other work on a connection while a result of it is half read.

    Example:
        >>> scalar(duckdb.connect(), "SELECT ? + 1", [41])
        42
    """
    rows = con.execute(sql, params).fetchall()
    return rows[0][0] if rows else None


def frame(con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object] | dict[str, object] | None = None) -> pd.DataFrame:
    """Run a query and return its rows.

    Args:
        con: A connection.
        sql: One statement; values are bound, never pasted.
        params: Values for ``?`` or ``$name``.

    Returns:
        The rows, in the statement's order; DECIMAL arrives as float64 of pandas.

    Raises:
        WarehouseFault: DuckDB refused it.
    """
    with scrubbed("warehouse.duckdb"):
        return frame_of(con.execute(sql, params) if params is not None else con.execute(sql))
