"""Changes of the warehouse's own tables: named, ordered, applied once, recorded in the same transaction.

A migration that stands is never edited; a new one is added at the end. Columns that a contract gains are added to its
landed table by themselves, and recorded too. They go forward only: what a newer version made is refused, unchanged. At each
release the tables as they then stand are kept in ``tests/unit/data/warehouses``, and every later version must migrate them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data.errors import OpdriftError
from data.schema import INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from data.schema import Table

_FILES = """
CREATE TABLE facts (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE files (
    sha256 VARCHAR NOT NULL, table_name VARCHAR NOT NULL, file_name VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL, source VARCHAR NOT NULL, precedence BIGINT NOT NULL, repeat_keys VARCHAR NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('landed', 'refused', 'mended')), reason VARCHAR, message VARCHAR, kept_as VARCHAR,
    rows BIGINT NOT NULL, amount DECIMAL(18,2), unreadable_amounts BIGINT NOT NULL,
    first_period VARCHAR, last_period VARCHAR, snapshot_on DATE, landed_seq BIGINT NOT NULL, mapping_digest VARCHAR NOT NULL
);
CREATE TABLE file_copies (sha256 VARCHAR NOT NULL, file_name VARCHAR NOT NULL, PRIMARY KEY (sha256, file_name));
CREATE TABLE landed_periods (
    file_sha256 VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
    scope VARCHAR NOT NULL, period VARCHAR NOT NULL, rows BIGINT NOT NULL
);
CREATE TABLE landed_faults (
    file_sha256 VARCHAR NOT NULL, table_name VARCHAR NOT NULL, row_number BIGINT NOT NULL,
    rule_id VARCHAR NOT NULL, column_name VARCHAR NOT NULL
);
"""
_NUMBERED = re.compile(r"\d{4}_")
LANDED_EXTRA = (
    ("file_sha256", "VARCHAR"),
    ("row_number", "BIGINT"),
    ("row_order", "BIGINT"),
    ("scope", "VARCHAR"),
    ("period", "VARCHAR"),
)


def migrate(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Apply what is missing.

    Args:
        con: The warehouse, open for writing.

    Returns:
        Names of the migrations that were applied now, in order.

    Raises:
        OpdriftError: A column changed its type: that needs a migration of its own; or a newer version made the warehouse.
    """
    con.execute("CREATE TABLE IF NOT EXISTS migrations (position BIGINT PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)")
    done = {name for (name,) in con.execute("SELECT name FROM migrations").fetchall()}
    if newer := sorted(name for name in done - {name for name, _ in _named()} if _NUMBERED.match(name)):
        what = f"A newer version of opdrift made this warehouse (it knows {', '.join(newer)})"
        why = "Migrations go forward only; this version would read the tables wrongly"
        raise OpdriftError(what, where="warehouse.duckdb", why=why, remedy="Install that version, or restore an earlier backup")
    applied = [name for name, sql in _named() if name not in done and _apply(con, name, sql)]
    applied += [name for name, sql in _missing_columns(con) if _apply(con, name, sql)]
    return tuple(applied)


def _named() -> Iterator[tuple[str, str]]:
    yield "0001_files", _FILES
    yield "0002_landed_tables", ";\n".join(_landed(table) for table in INPUTS.values())


def _landed(table: Table) -> str:
    columns = [f'"{column.name}" {column.kind.sql}' for column in table.columns]
    columns += [f"{name} {kind}" for name, kind in LANDED_EXTRA]
    return f"CREATE TABLE landed_{table.name} ({', '.join(columns)})"


def _missing_columns(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    query = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE table_name LIKE 'landed\\_%' ESCAPE '\\'"
    found = {(table, column): kind for table, column, kind in con.execute(query).fetchall()}
    for table in INPUTS.values():
        landed = f"landed_{table.name}"
        if not any(name == landed for name, _ in found):
            yield f"table {landed}", _landed(table)
            continue
        for column in table.columns:
            kind = found.get((landed, column.name))
            if kind is None:
                yield f"column {landed}.{column.name}", f'ALTER TABLE {landed} ADD COLUMN "{column.name}" {column.kind.sql}'
            elif kind != column.kind.sql:
                what = f"Column '{column.name}' is stored as {kind}, and the contract says {column.kind.sql}"
                raise OpdriftError(what, where=landed, remedy="Write a migration in data/migrations.py")


def _apply(con: duckdb.DuckDBPyConnection, name: str, sql: str) -> bool:
    con.execute("BEGIN")
    try:
        con.execute(sql)
        con.execute("INSERT INTO migrations SELECT coalesce(max(position), 0) + 1, ? FROM migrations", [name])
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return True


def statements(con: duckdb.DuckDBPyConnection) -> str:
    """SQL that makes a warehouse's tables and its record of migrations: kept at each release.

    Example:
        >>> import duckdb
        >>> con = duckdb.connect()
        >>> _ = migrate(con)
        >>> statements(con).count("CREATE TABLE") == len(con.execute("SHOW TABLES").fetchall())
        True
    """
    tables = con.execute("SELECT sql FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY table_name").fetchall()
    done = con.execute("SELECT position, name FROM migrations ORDER BY position").fetchall()
    lines = [sql for (sql,) in tables] + [f"INSERT INTO migrations VALUES ({place}, '{name}');" for place, name in done]
    return "\n".join(lines) + "\n"
