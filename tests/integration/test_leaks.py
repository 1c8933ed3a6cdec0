"""Numbers and names that were planted where none belong come out nowhere: no table, log, report, error or answer."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from leak_corpus import bad_commands, bad_files
from leak_scan import NAMES, NUMBERS, Planted, scan
from typer.testing import CliRunner

from data.landing import land
from data.staging import stage
from data.warehouse import open_warehouse
from expectations import validate
from flows.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


def test_the_scanner_finds_what_is_there(tmp_path: Path) -> None:
    planted = Planted()
    (tmp_path / "plain.log").write_text(f"fejl ved {NUMBERS[0].replace('-', '')}.")
    (tmp_path / "wide.txt").write_bytes(NAMES[0].encode("utf-16"))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(f"x {NUMBERS[1]}".encode()))
    (tmp_path / f"{NAMES[1]}.txt").write_text("")
    (tmp_path / "good.txt").write_text("9010180-12345 planter og hemmelig")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT 'se ' || ? AS note, 1 AS n", [NUMBERS[2]])
    with closing(sqlite3.connect(tmp_path / "b.db")) as con:
        con.execute("CREATE TABLE t (note TEXT)")
        con.execute("INSERT INTO t VALUES (?)", [NAMES[2]])
        con.commit()
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "file.csv").write_text(NUMBERS[0])
    places = {leak.place for leak in scan(tmp_path, planted).leaks}
    wanted = {"plain.log", "wide.txt", "packed.gz!gz", f"name of {NAMES[1]}.txt", "a.duckdb t.note", "b.db t.note", "b.db"}
    assert wanted <= places
    assert not [place for place in places if "good" in place or "inbox" in place]


@pytest.fixture
def fed(settings: Any) -> Any:
    """A home into which every bad file was taken, staged and validated, with reports."""
    settings.paths.inbox.mkdir(parents=True)
    written = bad_files(settings.paths.inbox)
    with open_warehouse(settings) as con:
        outcomes = land(con, settings, pause=lambda _: None)
        stage(con, settings)
        report = validate(con, settings, docs_dir=settings.paths.reports / "data_docs")
    assert len(outcomes) >= written
    said = json.dumps([outcome.message + outcome.file_name for outcome in outcomes]) + str(report.rule_results.to_dict("records"))
    return settings, said


def test_bad_files_and_bad_commands_give_nobody_away(fed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, said = fed
    planted = Planted()
    assert planted.in_text(said, "outcomes and rules") == []
    monkeypatch.setenv("OPDRIFT_SECRETS", str(settings.paths.secrets))
    answers = []
    for words in bad_commands(tmp_path):
        done = CliRunner().invoke(cli, [*words, "--home", str(settings.paths.home)] if words[0] != "forecast" else list(words),
                                  input=f"{NUMBERS[0]}\n")  # fmt: skip
        assert done.exit_code in {0, 1, 2, 3, 4}, words
        answers += planted.in_text(done.output, " ".join(words[:2]))
    assert answers == []
    found = scan(settings.paths.home, planted)
    assert found.leaks == ()
    assert found.files > 10
    assert found.columns > 100
