"""Wrong use ends with 2 and a sentence; nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from flows.cli import cli
from flows.schedule import check_cron
from flows.words import amount

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "docs" / "schemas"


def call(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, list(words))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "--runner", "dask"], "one machine"),
        (["run", "--as-of", "31-12-2026"], "YYYY-MM-DD"),
        (["run", "--seed", "-1"], "greater than"),
        (["serve", "--cron", "0 2 * *"], "five"),
        (["serve", "--cron", "0 25 * * *"], "hour"),
        (["check", "no-such-file.csv"], "no-such-file.csv"),
        (["forecast-the-lottery"], "No such command"),
        (["status", "--nonsense"], "nonsense"),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(tmp_path: Path, words: list[str], says: str) -> None:
    home = ["--home", str(tmp_path / "home")] if words[0] in {"run", "serve", "check"} else []
    code, out, said = call(*words, *home)
    assert code == 2
    assert out == ""
    assert says in said.replace("\n", " ")


def test_the_version_is_one_line() -> None:
    code, out, said = call("--version")
    assert (code, said) == (0, "")
    line = rf"opdrift 0\.1\.0, commit [0-9a-z ]+, DuckDB {version('duckdb')}, Prophet {version('prophet')}, Python 3\.11\.\d+\n"
    assert re.fullmatch(line, out), out


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("n_draws = 5\n")
    code, _, said = call("status", "--home", str(tmp_path))
    assert code == 2
    assert "n_draws" in said


def test_an_empty_home_says_what_to_do_and_ends_with_three(tmp_path: Path) -> None:
    code, out, said = call("status", "--home", str(tmp_path))
    assert (code, out) == (3, "")
    assert "opdrift run" in said
    code, out, _ = call("status", "--json", "--home", str(tmp_path))
    assert code == 3
    jsonschema.validate(json.loads(out), json.loads((SCHEMAS / "status.json").read_text()))


def test_sample_leaves_other_files_alone_and_replaces_none(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    code, _, _ = call("sample", "--out", str(tmp_path), "--months", "24")
    assert code == 0
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert tmp_path / "mine.txt" in before
    assert tmp_path / "os2bos" / "granted_payments_3.csv" in before
    code, _, said = call("sample", "--out", str(tmp_path), "--months", "24", "--seed", "2")
    assert code == 2
    assert "already there" in said
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("cron", ["0 2 * * *", "*/15 6-18 1,15 * 1-5", "59 23 31 12 7"])
def test_cron_that_is_right_passes(cron: str) -> None:
    assert check_cron(f" {cron} ") == cron


def test_amounts_are_never_shown_when_masked() -> None:
    assert amount(None, "DKK") == "not shown"


@pytest.mark.parametrize("module", ["prefect", "prophet", "great_expectations", "streamlit", "pandas"])
def test_the_command_line_starts_without(module: str) -> None:
    code = f"import sys, flows.cli; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("module", ["prefect", "prophet", "great_expectations"])
def test_no_news_is_told_without(module: str) -> None:
    code = f"import sys, flows.run; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
