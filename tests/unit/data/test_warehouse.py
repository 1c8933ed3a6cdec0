from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import pytest

from data.errors import OpdriftError
from data.migrations import migrate
from data.schema import INPUTS
from data.warehouse import WarehouseFault, frame, open_warehouse, read_sql, transaction

if TYPE_CHECKING:
    from data.settings import Settings


def test_a_fresh_home_gets_every_landed_table(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        columns = frame(con, "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", ["landed_postings"])
    assert {f"landed_{name}" for name in INPUTS} <= tables
    assert {"files", "facts", "landed_faults", "landed_periods", "file_copies", "migrations"} <= tables
    assert list(columns["column_name"])[: len(INPUTS["postings"].names)] == list(INPUTS["postings"].names)


def test_migrations_are_recorded_and_applied_once(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        first = con.execute("SELECT position, name FROM migrations ORDER BY position").fetchall()
        assert migrate(con) == ()
    assert first == [(1, "0001_files"), (2, "0002_landed_tables")]


def test_a_column_the_contract_gained_is_added_and_recorded(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute("ALTER TABLE landed_frames DROP COLUMN frame_label")
        con.execute("DROP TABLE landed_budget")
        assert migrate(con) == ("column landed_frames.frame_label", "table landed_budget")
        names = {name for (name,) in con.execute("SELECT name FROM migrations").fetchall()}
    assert {"column landed_frames.frame_label", "table landed_budget"} <= names


def test_a_column_that_changed_its_type_needs_a_migration(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute("ALTER TABLE landed_frames ALTER COLUMN frame TYPE BLOB")
        with pytest.raises(OpdriftError, match=r"stored as BLOB.*landed_frames"):
            migrate(con)


def test_a_migration_that_fails_leaves_nothing(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute("DELETE FROM migrations WHERE name = '0002_landed_tables'")
        con.execute("DROP TABLE landed_cases")  # the first of the migration's tables succeeds, the second is in the way
        with pytest.raises(Exception, match="landed_postings"):
            migrate(con)
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        names = {name for (name,) in con.execute("SELECT name FROM migrations").fetchall()}
    assert "landed_cases" not in tables
    assert "0002_landed_tables" not in names


def test_a_second_process_is_told_plainly(settings: Settings) -> None:
    script = (
        "import sys, pathlib\n"
        "from data.settings import Paths, read_settings\n"
        "from data.warehouse import open_warehouse\n"
        "from data.errors import RunInProgress\n"
        "paths = Paths(home=pathlib.Path(sys.argv[1]), secrets=pathlib.Path(sys.argv[2]))\n"
        "try:\n"
        "    with open_warehouse(read_settings(paths)): print('opened')\n"
        "except RunInProgress as error: print(error.exit_code, error)\n"
    )
    command = [sys.executable, "-c", script, str(settings.paths.home), str(settings.paths.secrets)]
    with open_warehouse(settings):
        held = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    free = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert held.startswith("2 The warehouse is open in another process. Where: ")
    assert free == "opened\n"


def test_a_damaged_file_is_told_plainly(settings: Settings) -> None:
    settings.paths.home.mkdir(parents=True)
    settings.paths.warehouse.write_bytes(b"no database at all" * 1000)
    with pytest.raises(WarehouseFault, match=r"can't be opened.*backup"), open_warehouse(settings):
        pass


def test_a_place_that_cannot_be_written_to_is_no_damage(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException

    monkeypatch.setattr(duckdb, "connect", full)
    with pytest.raises(WarehouseFault, match=r"the disk has room.*If both hold.*backup"), open_warehouse(settings):
        pass


def test_a_memory_limit_that_is_none(settings: Settings) -> None:
    with pytest.raises(OpdriftError, match="memory"), open_warehouse(replace(settings, memory_limit="much")):
        pass


def test_duckdbs_own_words_never_leave(settings: Settings) -> None:
    with pytest.raises(WarehouseFault) as fault, open_warehouse(settings) as con:
        con.execute("SELECT '0101801234 Jens Hansen'::INTEGER")
    assert "Jens" not in str(fault.value)
    assert "0101801234" not in str(fault.value)
    assert fault.value.__cause__ is None
    assert fault.value.__suppress_context__


def test_nothing_is_downloaded(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        found = dict(con.execute("SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%known%'").fetchall())
    assert set(found.values()) == {"false"}
    assert len(found) == 2


def test_a_transaction_is_all_or_nothing(settings: Settings) -> None:
    class StopError(RuntimeError):
        pass

    def stopped(con) -> None:
        with transaction(con):
            con.execute("INSERT INTO facts VALUES ('a', 'b')")
            raise StopError

    with open_warehouse(settings) as con:
        with pytest.raises(StopError):
            stopped(con)
        assert con.execute("SELECT count(*) FROM facts").fetchall() == [(0,)]


def test_shipped_sql_is_found() -> None:
    assert "CREATE OR REPLACE TEMP TABLE standing" in read_sql("staging/standing")
