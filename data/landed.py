"""The landed tables: what is known of each file, written and asked for; no file is touched here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.input_state import LandedState
from data.intake import WHOLE_FILE
from data.migrations import LANDED_EXTRA
from data.schema import INPUTS
from data.warehouse import scalar, scrubbed, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import duckdb

    from data.errors import FileRefused
    from data.intake import Prepared
    from data.mapping import FileRule, Mapping
    from data.settings import Paths


@dataclass(frozen=True, kw_only=True)
class LandedFile:
    """What is recorded of a file that lands, beside its rows.

    Attributes:
        sha256: Of its content.
        name: Path below the inbox.
        mapping: Mapping it was read by.
        source: Mapping and file rule: files of one source supersede one another.
        precedence: Of the mapping.
        repeat_keys: ``sum`` or ``refuse``.
        mapping_digest: SHA-256 of what it was read by (mapping, municipality, catalogue): if that changes, it is read anew.
    """

    sha256: str
    name: str
    mapping: str
    source: str
    precedence: int
    repeat_keys: str
    mapping_digest: str


def source_of(mapping: Mapping, rule: FileRule) -> str:
    """The name by which files of one export are recognised as each other's successors."""
    return f"{mapping.name} {rule.pattern}"


def refresh_sources(con: duckdb.DuckDBPyConnection, mappings: Iterable[Mapping]) -> None:
    """Name the sources of landed files by today's mappings: a pattern or a rank may have been corrected since."""
    by_name = {mapping.name: mapping for mapping in mappings}
    found = con.execute("SELECT DISTINCT sha256, file_name, mapping FROM files WHERE status = 'landed'").fetchall()
    for sha256, file_name, name in found:
        mapping = by_name.get(name)
        base = file_name.rsplit("/", maxsplit=1)[-1]
        rule = next((rule for rule in mapping.files if rule.match(base) is not None), None) if mapping else None
        if mapping and rule:
            facts = [source_of(mapping, rule), mapping.precedence, rule.repeat_keys, sha256]
            con.execute(
                "UPDATE files SET source = ?, precedence = ?, repeat_keys = ? WHERE sha256 = ? AND status = 'landed'", facts
            )


def is_landed(con: duckdb.DuckDBPyConnection, sha256: str, mapping_digest: str) -> bool:
    """Tell whether a file of this content was taken in, by the mapping as it is written today."""
    query = "SELECT count(*) FROM files WHERE sha256 = ? AND status = 'landed' AND mapping_digest = ?"
    return bool(scalar(con, query, [sha256, mapping_digest]))


def landed_files(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """(sha256, name, digest of what it was read by) of every landed file; lists of services first, then as they landed."""
    return con.execute(
        "SELECT sha256, any_value(file_name), any_value(mapping_digest) FROM files WHERE status = 'landed' GROUP BY sha256"
        " ORDER BY bool_or(table_name = 'service_list') DESC, min(landed_seq)"
    ).fetchall()


def rows_of(con: duckdb.DuckDBPyConnection, sha256: str) -> dict[str, int]:
    """Table -> rows of one landed file."""
    query = "SELECT table_name, rows FROM files WHERE sha256 = ? AND status = 'landed' ORDER BY table_name"
    return dict(con.execute(query, [sha256]).fetchall())


def keep_as_read(con: duckdb.DuckDBPyConnection, sha256: str, digest: str) -> None:
    """Remember that today's mapping can't read a landed file: it stays as it was read, and is not tried again."""
    con.execute("UPDATE files SET mapping_digest = ? WHERE sha256 = ? AND status = 'landed'", [digest, sha256])


def note_copy(con: duckdb.DuckDBPyConnection, sha256: str, name: str) -> None:
    """Record that a file of known content came again, under this name."""
    con.execute("INSERT OR IGNORE INTO file_copies VALUES (?, ?)", [sha256, name])


def own_services(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Services that the municipality's own lists bring."""
    query = "SELECT DISTINCT service FROM landed_service_list WHERE service IS NOT NULL ORDER BY service"
    return [service for (service,) in con.execute(query).fetchall()]


def store(con: duckdb.DuckDBPyConnection, file: LandedFile, tables: list[tuple[Prepared, date | None]]) -> list[tuple[str, str]]:
    """Store one file's tables and its record: all of it or nothing.

    Args:
        con: The warehouse.
        file: Its record.
        tables: Each table with the snapshot date it shows, if any.

    Returns:
        (sha256, place below ``refused/``) of refused files of the same name that this one mends.

    Raises:
        WarehouseFault: DuckDB refused; nothing was stored.
    """
    with scrubbed(file.name), transaction(con):
        sequence = _sequence(con, file.sha256)
        forget(con, file.sha256)
        for table, snapshot_on in tables:
            _insert_rows(con, file.sha256, table)
            _insert_record(con, file, table, snapshot_on, sequence)
        mended = con.execute(
            "SELECT DISTINCT sha256, kept_as FROM files WHERE status = 'refused' AND lower(file_name) = lower(?)", [file.name]
        ).fetchall()
        con.execute("UPDATE files SET status = 'mended' WHERE status = 'refused' AND lower(file_name) = lower(?)", [file.name])
    return [(sha256, kept_as) for sha256, kept_as in mended if kept_as]


def refuse(con: duckdb.DuckDBPyConnection, sha256: str, name: str, refusal: FileRefused, *, kept_as: str | None) -> None:
    """Record a refused file; an earlier refusal of the same name gives way to it."""
    with scrubbed(name), transaction(con):
        con.execute("DELETE FROM files WHERE sha256 = ? AND status <> 'landed'", [sha256])
        con.execute("UPDATE files SET status = 'mended' WHERE status = 'refused' AND lower(file_name) = lower(?)", [name])
        con.execute(
            "INSERT INTO files (sha256, table_name, file_name, mapping, source, precedence, repeat_keys, status, reason, message,"
            " kept_as, rows, unreadable_amounts, landed_seq, mapping_digest)"
            " VALUES (?, '', ?, '', '', 0, 'refuse', 'refused', ?, ?, ?, 0, 0, ?, '')",
            [sha256, name, refusal.reason, str(refusal), kept_as, _sequence(con, sha256)],
        )


def dismiss_gone(con: duckdb.DuckDBPyConnection, paths: Paths, waiting: set[str]) -> None:
    """Refused files that someone took away are listed no more.

    Args:
        con: The warehouse.
        paths: The home's.
        waiting: Paths below the inbox of what lies there now.
    """
    for sha256, name, kept_as in con.execute("SELECT sha256, file_name, kept_as FROM files WHERE status = 'refused'").fetchall():
        kept = kept_as is not None and (paths.home / "refused" / kept_as).exists()
        if not kept and name not in waiting:
            con.execute("UPDATE files SET status = 'mended' WHERE sha256 = ? AND status = 'refused'", [sha256])


def state(con: duckdb.DuckDBPyConnection, stays: dict[str, tuple[int, int]]) -> LandedState:
    """What the warehouse holds, for ``landed.json``."""
    query = (
        "SELECT sha256, any_value(file_name) FROM files WHERE status = 'landed' GROUP BY sha256 ORDER BY min(landed_seq), sha256"
    )
    order = con.execute(query).fetchall()
    refused = con.execute("SELECT sha256, kept_as FROM files WHERE status = 'refused' AND kept_as IS NOT NULL").fetchall()
    return LandedState(landed=tuple(sorted(sha for sha, _ in order)), refused=dict(refused), stays=stays, order=tuple(order))


def _sequence(con: duckdb.DuckDBPyConnection, sha256: str) -> int:
    """The place of a file in the order of landing; a file that is read anew keeps its place."""
    earlier = scalar(con, "SELECT max(landed_seq) FROM files WHERE sha256 = ? AND status = 'landed'", [sha256])
    return int(scalar(con, "SELECT coalesce(max(landed_seq), 0) + 1 FROM files") if earlier is None else earlier)


def forget(con: duckdb.DuckDBPyConnection, sha256: str) -> int:
    """Take a file's record and landed rows out; how many rows there were."""
    if not scalar(con, "SELECT count(*) FROM files WHERE sha256 = ?", [sha256]):
        return 0
    con.execute("DELETE FROM files WHERE sha256 = ?", [sha256])
    gone = 0
    for table in (*(f"landed_{name}" for name in INPUTS), "landed_periods", "landed_faults"):
        deleted = con.execute(f"DELETE FROM {table} WHERE file_sha256 = ?", [sha256]).fetchall()
        gone += int(deleted[0][0]) if table not in {"landed_periods", "landed_faults"} else 0
    return gone


def forget_night(con: duckdb.DuckDBPyConnection, sha256: str) -> None:
    """Take a file's rows out of what the last night built from it."""
    con.execute("DELETE FROM file_copies WHERE sha256 = ?", [sha256])
    query = "SELECT t.table_name FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (table_name)"
    for (table,) in con.execute(f"{query} WHERE c.column_name = 'file_sha256' AND NOT t.temporary").fetchall():
        con.execute(f"DELETE FROM {table} WHERE file_sha256 = ?", [sha256])


def _insert_rows(con: duckdb.DuckDBPyConnection, sha256: str, table: Prepared) -> None:
    extra = [name for name, _ in LANDED_EXTRA if name != "file_sha256"]
    names = ", ".join(f'"{name}"' for name in (*INPUTS[table.table].names, *extra))
    _insert(con, f"landed_{table.table}", f"{names}, file_sha256", f"{names}, ?", [sha256], table.rows)
    _insert(con, "landed_faults", "file_sha256, table_name, row_number, rule_id, column_name",
            "?, ?, row_number, rule_id, column_name", [sha256, table.table], table.faults)  # fmt: skip
    _insert(con, "landed_periods", "file_sha256, table_name, scope, period, rows",
            "?, ?, scope, period, rows", [sha256, table.table], table.coverage)  # fmt: skip


def _insert(con: duckdb.DuckDBPyConnection, target: str, into: str, taken: str, params: list[str], rows: object) -> None:
    con.register("incoming", rows)
    try:
        con.execute(f"INSERT INTO {target} ({into}) SELECT {taken} FROM incoming", params)
    finally:
        con.unregister("incoming")


def _insert_record(
    con: duckdb.DuckDBPyConnection, file: LandedFile, table: Prepared, snapshot_on: date | None, sequence: int
) -> None:
    money = INPUTS[table.table].amount
    periods = [period for period in table.periods if period != WHOLE_FILE]
    amount = f'(SELECT coalesce(sum("{money}"), 0) FROM landed_{table.table} WHERE file_sha256 = ?)' if money else "nullif(?, ?)"
    con.execute(
        "INSERT INTO files (sha256, table_name, file_name, mapping, source, precedence, repeat_keys, status, rows, amount,"
        " unreadable_amounts, first_period, last_period, snapshot_on, landed_seq, mapping_digest)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, 'landed', ?, {amount}, ?, ?, ?, ?, ?, ?)",
        [
            file.sha256, table.table, file.name, file.mapping, file.source, file.precedence, file.repeat_keys,
            table.rows.num_rows, *([file.sha256] if money else [0, 0]), table.unreadable_amounts,
            min(periods, default=None), max(periods, default=None), snapshot_on, sequence, file.mapping_digest,
        ],
    )  # fmt: skip
