"""Every command that tells published figures says where they come from; a new command is in one of the lists, or this fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pandas as pd
import published_example as example
import pytest
import typer.main
from typer.testing import CliRunner

from data.mart import Mart, digest, write_mart
from data.settings import Paths, read_settings
from flows.cli import cli
from flows.command import tell
from flows.origins import origins
from flows.summary import tell_run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
PRICE, NEUTRAL = (str(EXAMPLES / "scenarios" / f"{name}.json") for name in ("price", "neutral"))
LEVER = {"kind": "price", "services": ["bostoette"], "start": "2027-07", "value": -1.0, "low": -2.0, "high": 0.0}
PORTFOLIO = {"schema_version": 1, "name": "Prøve", "options": [{"id": "a", "name": "Mulighed", "levers": [LEVER]}]}

FIGURES = {
    "status": ("status",),
    "scenario evaluate": ("scenario", "evaluate", PRICE, "--store"),
    "scenario compare": ("scenario", "compare", PRICE, NEUTRAL),
    "scenario goal-seek": ("scenario", "goal-seek", PRICE, "--target-dkk", "0", "--year", "2029"),
    "scenario today": ("scenario", "today", "STORED"),
    "prioritise": ("prioritise", "PORTFOLIO"),
    "investment evaluate": ("investment", "evaluate", str(EXAMPLES / "investments" / "bostoette_foer_botilbud.json")),
    "investment follow-up": ("investment", "follow-up"),
}
"""Commands that tell published figures, called here, as JSON and in words."""
FIGURES_ELSEWHERE = {
    "run": "its summary, below: it needs no night",
    "drift": "tests/integration/test_flow_vintages.py: it needs the drivers of a real run",
}
NO_FIGURE = {
    "sample": "writes files that it made up",
    "serve": "starts runs and tells when",
    "app": "the pages have their own foot (tests/app/test_where_from.py)",
    "check": "of files that were named, before any run",
    "alert": "outcome, step and name of a night",
    "doctor": "of the machine and the home",
    "forecast": "of a file without a home: its JSON names file, SHA-256, rows, code and seed (docs/schemas/forecast.json)",
    "backtest": "the same (docs/schemas/backtest.json)",
    "backup": "counts files of the home",
    "restore": "counts files of the home",
    "scenario list": "names and runs of stored scenarios",
    "scenario show": "what somebody set, and on which run",
    "adjustment add": "what somebody enters",
    "adjustment list": "what somebody entered, with who and why",
    "adjustment withdraw": "what somebody enters",
    "investment decide": "an entry, and the run that was frozen with it",
    "investment start": "what somebody enters",
    "investment enrol": "what somebody enters",
    "investment stop": "what somebody enters",
    "investment list": "what somebody entered, and on which run it was decided",
    "log": "the record that the others point into",
    "verify": "relative differences of a named run, with both digests",
    "insight": "rows of one citizen to a file, with the files they came from",
    "rectify": "counts of one citizen's rows, with their files",
    "erase": "the same",
    "retain": "counts of what was deleted",
}


def leaves(command: Any, name: str = "") -> Iterator[str]:
    """Every command that can be called."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name
        return
    for word, own in below.items():
        yield from leaves(own, f"{name} {word}".strip())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("origins")
    example.publish(Paths(home=folder / "home", secrets=folder / "secrets"))
    (folder / "portfolio.json").write_text(json.dumps(PORTFOLIO), encoding="utf-8")
    return folder / "home"


@pytest.fixture(scope="module")
def wanted(home: Path) -> dict[str, Any]:
    """What must be told, worked out here from the published tables."""
    frames = example.frames()
    record = {row.key: json.loads(row.value) for row in frames["run_record"].itertuples()}
    files, rules, balance = (frames[name] for name in ("input_files", "rule_results", "balance"))
    used = sorted(set(files.loc[files["status"] == "used", "sha256"]))
    code = ("version", "git_commit", "git_dirty", "code_digest", "lock_digest")
    return {
        "run_id": example.RUN_ID,
        "cutoff": record["cutoff"],
        "tables_sha256": digest(home / "published" / f"{example.RUN_ID}.duckdb"),
        "files": {"count": len(used), "sha256": sha256("".join(used).encode()).hexdigest()},
        "rows": {name: int(balance[f"rows_{name}"].sum()) for name in ("in", "used", "set_aside")},
        "rules": {"count": rules["rule_id"].nunique()},
        "code": {name: record[name] for name in code},
        "model": {"choice": "tfwd66p2xeyx", "cutoff": "2026-12", "engine": "3 prophet-1.5.0"},
        "assumptions": {
            **{name: record.get(name) for name in ("price_level", "currency", "seed", "n_draws", "as_of")},
            "settings_sha256": sha256(json.dumps(record["settings"], sort_keys=True).encode()).hexdigest(),
            "legal_basis": None,
        },
    }


def left_unsaid(text: str, wanted: dict[str, Any]) -> list[str]:
    """What the one line of words lacks."""
    (line,) = [line for line in text.splitlines() if line.startswith("Where from: ")]
    short = (wanted["tables_sha256"], wanted["files"]["sha256"], wanted["code"]["git_commit"], wanted["model"]["choice"],
             wanted["assumptions"]["settings_sha256"])  # fmt: skip
    rows = wanted["rows"]
    said = (wanted["run_id"], *(checksum[:12] for checksum in short), f"{rows['used']:,} of {rows['in']:,} rows", "4 rules",
            "0.1.0", "2026-pl", "500 draws", "seed 1")  # fmt: skip
    return [word for word in said if word not in line]


def test_every_command_is_in_one_of_the_lists() -> None:
    lists = (FIGURES, FIGURES_ELSEWHERE, NO_FIGURE)
    assert sorted(leaves(typer.main.get_command(cli))) == sorted(name for names in lists for name in names)
    night = (ROOT / "tests" / "integration" / "test_flow_vintages.py").read_text(encoding="utf-8")
    assert '["origins"]' in night
    for name in ("forecast", "backtest"):
        schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
        assert {"file", "code", "seed"} <= set(schema["required"])


@pytest.mark.parametrize("name", FIGURES)
def test_figures_of_a_command_say_where_they_come_from(
    home: Path, wanted: dict[str, Any], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(home.parent / "portfolio.json") if word == "PORTFOLIO" else word for word in FIGURES[name]]
    if "STORED" in words:
        stored = CliRunner().invoke(cli, ["scenario", "evaluate", PRICE, "--store", "--json", "--home", str(home)])
        words = [json.loads(stored.stdout)["stored"] if word == "STORED" else word for word in words]
    done = CliRunner().invoke(cli, [*words, "--json", "--home", str(home)])
    assert done.exit_code == 0, done.output
    (origin,) = json.loads(done.stdout)["origins"]
    jsonschema.validate(origin, json.loads((ROOT / "docs" / "schemas" / "origin.json").read_text(encoding="utf-8")))
    rules = origin["rules"].pop("sha256")
    assert origin == wanted
    tell({"origins": [origin | {"rules": {"count": 4, "sha256": rules}}]}, "", as_json=False)
    assert left_unsaid(capsys.readouterr().err, wanted) == []


def test_a_recorded_basis_is_named_in_the_answer_and_its_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames, basis = example.frames(), {"text": "Aktstykke 7, sag 1 af 2026", "decided": "2026-02-03", "signed": "Socialchefen"}
    told = {"settings": {"min_citizens": 5, "known_citizens": basis}, "known_citizens": {"origins": 3}}
    rows = [(key, json.dumps(value), False) for key, value in told.items()]
    record = frames["run_record"][frames["run_record"]["key"] != "settings"]
    frames["run_record"] = pd.concat([record, pd.DataFrame(rows, columns=list(record.columns))], ignore_index=True)
    paths = Paths(home=tmp_path, secrets=tmp_path / "secrets")
    write_mart(paths, example.RUN_ID, frames)
    (origin,) = origins(paths, example.RUN_ID)
    jsonschema.validate(origin, json.loads((ROOT / "docs" / "schemas" / "origin.json").read_text(encoding="utf-8")))
    assert origin["assumptions"]["legal_basis"] == basis
    tell({"origins": [origin]}, "", as_json=False)
    assert "known citizens on Aktstykke 7, sag 1 af 2026 (Socialchefen, 2026-02-03)" in capsys.readouterr().err


def test_words_have_the_line_too(home: Path, wanted: dict[str, Any]) -> None:
    for name in ("status", "scenario evaluate"):
        assert left_unsaid(CliRunner().invoke(cli, [*FIGURES[name], "--home", str(home)]).output, wanted) == []


def test_the_summary_of_a_night_says_it_too(home: Path, wanted: dict[str, Any]) -> None:
    paths = Paths(home=home, secrets=home.parent / "secrets")
    told = tell_run(Mart.open(paths), read_settings(paths), now=datetime(2027, 1, 16, tzinfo=UTC))
    assert left_unsaid(told, wanted) == []
