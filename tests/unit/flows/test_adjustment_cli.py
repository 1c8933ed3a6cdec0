"""``opdrift adjustment``: entered, listed, withdrawn, refused without a word of what was typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
