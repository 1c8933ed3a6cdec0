"""One citizen in a home: where rows of theirs lie (warehouse, archive, files in clear), and how they are taken out for good.

The CPR number is turned into its keyed pseudonym for the warehouse, and looked for in every spelling in the archive, which is
opened file by file in memory. What is published rests on sums and holds no row of a person.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data import archive, landed
from data.audit_log import read_log
from data.citizen_rows import Found, find, without
from data.cpr import normalise_cpr
from data.errors import WrongUse
from data.input_state import find_inbox, free_place, read_state, sha256_of, write_beside_bytes, write_state
from data.pseudonym import confirm_key, keyed
from data.restricted import count_case_rows, erase_case_rows
from data.warehouse import scrubbed, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from data.settings import Paths, Settings

BOOKKEEPING = ("postings", "commitments")
"""Tables that are the municipality's accounts: the law on bookkeeping wants them kept."""
CASE_ROWS = "case_rows"
"""Keyed case rows in the restricted files of runs."""
_OTHERS = ("household_id", "provider_id")


@dataclass(frozen=True)
class Place:
    """One file in which rows of the citizen lie.

    Attributes:
        sha256: Of its content.
        where: ``archive``, ``taken``, ``refused`` or ``inbox``.
        name: As it came; empty where nobody remembers.
        tables: Tables it was read into.
        found: The rows.
        others: Numbers of rows of other citizens that name this one (as household or provider).
        file: Where it lies, for those in clear.
    """

    sha256: str
    where: str
    name: str
    tables: tuple[str, ...]
    found: Found
    others: frozenset[int]
    file: Path | None = None

    @property
    def own(self) -> frozenset[int]:
        """Numbers of the rows that are the citizen's own."""
        return frozenset(n for n, _ in self.found.rows) - self.others


@dataclass
class Traces:
    """Where a citizen was found.

    Attributes:
        rows: Table of the warehouse -> rows.
        named: Table -> rows of others that name the citizen.
        places: Files.
        unread: SHA-256 of files that can't be looked into.
    """

    rows: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.rows and not self.named and not self.places


def ten_digits(typed: str) -> str:
    """The number that was typed, as ten digits.

    Raises:
        WrongUse: It has not the shape of a CPR number; it is not repeated.
    """
    cpr = normalise_cpr(typed)
    if len(cpr) != 10 or not cpr.isdigit():
        what = "That has not the shape of a CPR number"
        raise WrongUse(what, remedy="Type it as DDMMYY-XXXX")
    return cpr


def find_citizen(con: duckdb.DuckDBPyConnection, settings: Settings, cpr: str) -> Traces:
    """Look for a citizen in the warehouse, the archive, and the files that lie in clear.

    Args:
        con: The warehouse.
        settings: Home and keys.
        cpr: Ten digits.

    Returns:
        What was found.
    """
    traces = Traces()
    with scrubbed("warehouse.duckdb"):
        _mark(con, settings, cpr)
        for table in _tables(con, "landed_"):
            name = table.removeprefix("landed_")
            for role, told in (("own", traces.rows), ("named", traces.named)):
                if count := len(_marked(con, table, role)):
                    told[name] = count
        if count := sum(count_case_rows(settings.paths, _pseudonyms(con)).values()):
            traces.rows[CASE_ROWS] = count
        records = _records_by_file(con)
        numbers = {role: _numbers(con, role) for role in ("own", "named")}
    for sha256, where, file in _contents(settings):
        content = archive.read_archived(sha256, settings) if file is None else file.read_bytes()
        found = find(content, cpr, numbers["own"].get(sha256, frozenset()))
        name, tables = records.get(sha256, ("", ()))
        if found is None:
            traces.unread.append(sha256)
        elif found.rows:
            others = numbers["named"].get(sha256, frozenset())
            traces.places.append(Place(sha256, where, name, tables, found, others, file))
    return traces


def rows_of_citizen(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """The warehouse's rows of the citizen that :func:`find_citizen` last looked for: table -> column -> text."""
    told: dict[str, list[dict[str, Any]]] = {}
    for table in _tables(con, "landed_"):
        places = _marked(con, table, "own")
        if places:
            rows = con.execute(f"SELECT * FROM {table} WHERE rowid IN (SELECT unnest(?))", [places])
            names = [item[0] for item in rows.description or ()]
            lines = rows.fetchall()
            told[table.removeprefix("landed_")] = [
                {name: str(value) for name, value in zip(names, line, strict=True) if value is not None} for line in lines
            ]
    return told


def erase_citizen(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    cpr: str,
    traces: Traces,
    *,
    note: Callable[[str, dict[str, str]], None],
    keep: tuple[str, ...] = (),
) -> dict[str, str]:
    """Take a citizen's rows out of archive, clear files and warehouse.

    New contents are archived first (of files in clear: laid beside), then ``landed.json`` names them and the warehouse follows in
    one transaction, then it is noted, then the old contents go: what a stop between leaves a second call finds, takes away, and
    notes again. ``landed.json`` goes before the warehouse: a stop between has the warehouse built anew from the new contents.
    What is to be rewritten is noted before it is: rows known by their case alone can't be found again once the warehouse is done.

    Args:
        con: The warehouse, in which :func:`find_citizen` has just looked.
        settings: Home and keys.
        cpr: Ten digits.
        traces: What it found.
        note: Records what is to be rewritten into what (``erasure_begun``), and what was (``files_erased``).
        keep: Tables whose rows stay (the accounts).

    Returns:
        SHA-256 of each rewritten content -> of what stands in its place.
    """
    into: dict[str, str] = {}
    for place in traces.places:
        if place.where == "inbox" or set(place.tables) & set(keep):
            continue
        content = archive.read_archived(place.sha256, settings) if place.file is None else place.file.read_bytes()
        cleaned = without(content, cpr, place.own, place.others)
        if place.file is None:
            into[place.sha256] = archive.store_content(cleaned, settings)
        else:
            into[place.sha256] = hashlib.sha256(cleaned).hexdigest()
            write_beside_bytes(free_place(place.file, into[place.sha256]), cleaned)
    note("erasure_begun", into)
    with scrubbed("warehouse.duckdb"), transaction(con):
        for table in _tables(con, ""):
            if not any(table.endswith(f"_{name}") for name in keep):
                _take_out(con, table)
        for old, new in into.items():
            _rename(con, old, new)
        write_state(settings.paths, landed.state(con, read_state(settings.paths).stays))
    erase_case_rows(settings.paths, _pseudonyms(con))
    into |= {old: into.get(new, new) for old, new in _left_behind(settings).items()}
    note("files_erased", into)
    _put_away(settings, into)
    return into


def _left_behind(settings: Settings) -> dict[str, str]:
    """Contents that still lie here though an erasure, this one or one that was stopped, put others in their place."""
    state = read_state(settings.paths)
    into: dict[str, str] = {}
    for entry in read_log(settings.paths):
        files, new = entry.facts.get("files"), entry.facts.get("into")
        if entry.kind == "erasure_begun" and isinstance(files, list) and isinstance(new, list):
            into |= dict(zip(files, new, strict=True))
    lie = {sha256 for sha256, where, _ in _contents(settings) if where != "inbox"} - {*state.landed, *state.refused}
    return {old: into[old] for old in into if old in lie}


def unfinished(paths: Paths) -> list[str]:
    """Days (YYYY-MM-DD) on which an erasure began that was stopped before its end, oldest first."""
    begun: dict[str, str] = {}
    for entry in read_log(paths):
        files = entry.facts.get("files")
        for sha256 in files if isinstance(files, list) else ():
            if entry.kind == "erasure_begun":
                begun[str(sha256)] = entry.at[:10]
            elif entry.kind in {"files_erased", "files_deleted"}:
                begun.pop(str(sha256), None)
    return sorted(set(begun.values()))


def _put_away(settings: Settings, into: Mapping[str, str]) -> None:
    """The old contents go: from the archive, and in clear, where what was laid beside takes their name."""
    for sha256, where, file in list(_contents(settings)):
        new = into.get(sha256, sha256)
        if where == "inbox" or new == sha256:
            continue
        if file is None:
            archive.remove(sha256, settings)
        elif (beside := free_place(file, new)).is_file():
            beside.replace(file)
            archive.sync_folder(file.parent)
        else:  # taken its name already
            file.unlink(missing_ok=True)


def _mark(con: duckdb.DuckDBPyConnection, settings: Settings, cpr: str) -> None:
    """Keep the citizen's pseudonyms, of each kind, in a table of this connection alone."""
    key = confirm_key(con, settings.paths)
    con.execute("CREATE OR REPLACE TEMP TABLE sought (kind VARCHAR, pseudonym VARCHAR)")
    for kind in ("citizen", "household", "provider"):
        con.execute("INSERT INTO sought VALUES (?, ?)", [kind, keyed([cpr], key, kind).to_pylist()[0]])  # type: ignore[arg-type]
    if "landed_cases" in _tables(con, "landed_"):
        con.execute(
            "INSERT INTO sought SELECT DISTINCT 'case', case_id FROM landed_cases WHERE case_id IS NOT NULL"
            " AND citizen_id IN (SELECT pseudonym FROM sought WHERE kind = 'citizen')"
        )


def _pseudonyms(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The citizen's own, as restricted files have it."""
    return [name for (name,) in con.execute("SELECT pseudonym FROM sought WHERE kind = 'citizen'").fetchall()]


def _is(column: str, kind: str) -> str:
    return f"\"{column}\" IN (SELECT pseudonym FROM sought WHERE kind = '{kind}')"


def _where(con: duckdb.DuckDBPyConnection, table: str, role: str) -> str:
    """Which rows of a table are the citizen's own, or name the citizen beside somebody else."""
    columns = _columns(con, table)
    own = [_is("citizen_id", "citizen")] if "citizen_id" in columns else []
    if "case_id" in columns:
        own.append(f"({'citizen_id IS NULL AND ' if 'citizen_id' in columns else ''}{_is('case_id', 'case')})")
    if role == "own":
        return " OR ".join(own) or "FALSE"
    named = [_is(name, name.removesuffix("_id")) for name in _OTHERS if name in columns]
    return f"({' OR '.join(named)}) AND NOT coalesce({' OR '.join(own) or 'FALSE'}, FALSE)" if named else "FALSE"


def _marked(con: duckdb.DuckDBPyConnection, table: str, role: str) -> list[int]:
    return [
        place for (place,) in con.execute(f"SELECT rowid FROM {table} WHERE {_where(con, table, role)} ORDER BY 1").fetchall()
    ]


def _numbers(con: duckdb.DuckDBPyConnection, role: str) -> dict[str, frozenset[int]]:
    """SHA-256 of a file -> numbers of its rows."""
    told: dict[str, set[int]] = {}
    for table in _tables(con, "landed_"):
        rows = con.execute(f"SELECT file_sha256, row_number FROM {table} WHERE {_where(con, table, role)}").fetchall()
        for sha256, number in rows:
            told.setdefault(sha256, set()).add(int(number))
    return {sha256: frozenset(numbers) for sha256, numbers in told.items()}


def _tables(con: duckdb.DuckDBPyConnection, start: str) -> list[str]:
    """Tables with rows of files: landed, and those of the last night."""
    query = "SELECT DISTINCT t.table_name FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (table_name)"
    query += " WHERE c.column_name = 'row_number' AND NOT t.temporary AND starts_with(t.table_name, ?) ORDER BY 1"
    names = [name for (name,) in con.execute(query, [start]).fetchall()]
    return [name for name in names if name not in {"landed_faults", "landed_periods"}]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {item[0] for item in con.execute(f"SELECT * FROM {table} LIMIT 0").description or ()}


def _take_out(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute(f"DELETE FROM {table} WHERE {_where(con, table, 'own')}")
    columns = _columns(con, table)
    for name in _OTHERS:
        if name in columns:
            con.execute(f'UPDATE {table} SET "{name}" = NULL WHERE {_is(name, name.removesuffix("_id"))}')


def _rename(con: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
    """The file is another one now; the next night reads it anew, so that its counts and sums follow."""
    con.execute("UPDATE files SET sha256 = ?, mapping_digest = '' WHERE sha256 = ?", [new, old])
    con.execute("INSERT OR IGNORE INTO file_copies SELECT ?, file_name FROM file_copies WHERE sha256 = ?", [new, old])
    con.execute("DELETE FROM file_copies WHERE sha256 = ?", [old])
    query = "SELECT t.table_name FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (table_name)"
    for (table,) in con.execute(f"{query} WHERE c.column_name = 'file_sha256' AND NOT t.temporary").fetchall():
        con.execute(f"UPDATE {table} SET file_sha256 = ? WHERE file_sha256 = ?", [new, old])


def _records_by_file(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = con.execute(
        "SELECT sha256, any_value(file_name), list(DISTINCT table_name ORDER BY table_name) FROM files GROUP BY sha256"
    ).fetchall()
    return {sha256: (name, tuple(table for table in tables if table)) for sha256, name, tables in rows}


def _contents(settings: Settings) -> Iterator[tuple[str, str, Path | None]]:
    """(SHA-256, where, file in clear) of every content in the home."""
    paths = settings.paths
    if paths.archive.is_dir():
        for file in sorted(paths.archive.iterdir()):
            if len(file.name) == 64:
                yield file.name, "archive", None
    for where in ("taken", "refused"):
        folder = paths.home / where
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if file.is_file():
                yield sha256_of(file), where, file
    for file in find_inbox(paths):
        if not file.is_symlink():
            yield sha256_of(file), "inbox", file
