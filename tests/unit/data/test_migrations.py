"""The warehouse of every version that was released, and of a state before, becomes today's, and keeps its rows."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from data.errors import OpdriftError
from data.migrations import migrate

ROOT = Path(__file__).parents[3]
KEPT = sorted((Path(__file__).parent / "warehouses").glob("*.sql"))


def columns(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str]]:
    rows = con.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main'").fetchall()
    return {(str(table), str(column), str(kind)) for table, column, kind in rows}


def test_every_released_version_is_kept() -> None:
    released = set(re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert released
    assert released <= {file.stem for file in KEPT}, "keep its tables: docs/operations.md says how"


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_a_kept_version_becomes_todays_and_keeps_its_rows(file: Path) -> None:
    with duckdb.connect() as fresh, duckdb.connect() as kept:
        migrate(fresh)
        kept.execute(file.read_text(encoding="utf-8"))
        before = kept.execute("SELECT name FROM migrations ORDER BY position").fetchall()
        kept.execute("INSERT INTO facts VALUES ('key_check', 'abc')")
        kept.execute("INSERT INTO landed_postings (posting_id, amount_dkk, file_sha256) VALUES ('keyed', 12.25, 'f')")
        migrate(kept)
        assert columns(kept) == columns(fresh)
        after = kept.execute("SELECT name FROM migrations ORDER BY position").fetchall()
        assert after[: len(before)] == before, "what was recorded stands"
        assert kept.execute("SELECT posting_id, amount_dkk FROM landed_postings").fetchall()[0][0] == "keyed"
        assert kept.execute("SELECT value FROM facts").fetchall() == [("abc",)]
        assert migrate(kept) == ()


def test_an_older_state_is_really_older() -> None:
    with duckdb.connect() as oldest, duckdb.connect() as fresh:
        oldest.execute(next(file for file in KEPT if "6625d2b" in file.stem).read_text(encoding="utf-8"))
        migrate(fresh)
        missing = columns(fresh) - columns(oldest)
        applied = migrate(oldest)
    assert missing
    assert {name.split(maxsplit=1)[0] for name in applied} <= {"table", "column"}
    assert applied


def test_what_a_newer_version_made_is_refused_and_left() -> None:
    with duckdb.connect() as con:
        migrate(con)
        con.execute("INSERT INTO migrations VALUES (99, '0099_of_tomorrow')")
        before = columns(con)
        with pytest.raises(OpdriftError, match=r"newer version.*0099_of_tomorrow"):
            migrate(con)
        assert columns(con) == before
