"""``opdrift adjustment``: entered, listed, withdrawn, refused without a word of what was typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import published_example as example
import pytest
from typer.testing import CliRunner

from data.settings import Paths
from flows.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

ADD = ("add", "--kind", "placement", "--from", "2027-03-01", "--amount-dkk", "2100000", "--who", "KN")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adjustments")
    example.publish(Paths(home=folder / "home", secrets=folder / "secrets"))
    return folder / "home"


def told(home: Path, *words: str, code: int = 0) -> tuple[dict[str, Any], str]:
    result = CliRunner().invoke(cli, ["adjustment", *words, "--home", str(home), "--json"])
    assert result.exit_code == code, result.stderr
    return (json.loads(result.stdout) if result.stdout else {}), result.stderr


def test_an_adjustment_is_entered_listed_and_withdrawn(home: Path) -> None:
    key = told(home, *ADD, "--service", "bostoette", "--reason", "Ny plads")[0]["adjustment_id"]
    listed = {row["adjustment_id"]: row for row in told(home, "list")[0]["adjustments"]}
    assert listed[key]["standing"] == "next_run"
    assert listed["just-1"]["standing"] == "counts"
    assert listed["just-1"]["moves"]["2027"] == 1.75e6
    assert listed["just-1"]["effective_from"] == "2027-03-01"
    assert listed["just-1"]["withdrawn_on"] is None
    assert listed["just-2"]["withdrawn_by"] == "MB"
    told(home, "withdraw", key, "--who", "MB")
    assert {row["adjustment_id"]: row for row in told(home, "list")[0]["adjustments"]}[key]["withdrawn_by"] == "MB"
    other = told(home, *ADD, "--frame", "50.54", "--reason", "Ny plads")[0]["adjustment_id"]
    told(home, "withdraw", other, "--who", "MB", "--reason", "Den kom ikke")
    listed = {row["adjustment_id"]: row for row in told(home, "list")[0]["adjustments"]}
    assert listed[other]["withdrawn_reason"] == "Den kom ikke"
    plain = CliRunner().invoke(cli, ["adjustment", "list", "--home", str(home)])
    assert "withdrawn" in plain.stderr
    assert "Ny plads" in plain.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--frame", "99.99", "--reason", "Ny plads"), "--frame"),
        (("--service", "bostoette", "--frame", "30.46", "--reason", "Ny plads"), "another frame"),
        (("--frame", "50.54", "--reason", "ring 010180-1234"), "CPR"),
        (("--frame", "50.54", "--reason", "=HYPERLINK(1)"), "formula"),
        (("--frame", "50.54", "--reason", "Ny plads til Anna Jensen"), "person's name"),
    ],
)
def test_faults_end_with_code_2_and_repeat_nothing(home: Path, more: tuple[str, ...], said: str) -> None:
    found, stderr = told(home, *ADD, *more, code=2)
    assert not found
    assert said in stderr
    assert "010180" not in stderr
    assert "99.99" not in stderr


def test_an_event_written_after_the_as_of_day_is_not_said_to_count_in_the_next_run(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")
    tables = example.frames()
    told_of = pd.DataFrame([("as_of", '"2020-12-31"', False)], columns=list(tables["run_record"].columns))
    tables["run_record"] = pd.concat([tables["run_record"], told_of], ignore_index=True)
    example.write_mart(paths, example.RUN_ID, tables)
    example.point_current(paths, example.RUN_ID)
    key = told(paths.home, *ADD, "--service", "bostoette", "--reason", "Ny plads")[0]["adjustment_id"]
    found = told(paths.home, "list")[0]
    assert found["as_of"] == "2020-12-31"
    assert {row["adjustment_id"]: row["standing"] for row in found["adjustments"]}[key] == "after_as_of"
    plain = CliRunner().invoke(cli, ["adjustment", "list", "--home", str(paths.home)])
    assert "after the as-of day of the run that is shown (2020-12-31), which leaves it out" in plain.stderr
