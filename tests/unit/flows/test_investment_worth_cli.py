"""``opdrift investment evaluate`` on a published run: the shipped examples, by the schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import published_example as example
import pytest
from typer.testing import CliRunner

from data.settings import Paths
from flows.cli import cli

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples" / "investments").glob("*.json"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("investments")
    example.publish(Paths(home=folder / "home", secrets=folder / "secrets"))
    return folder / "home"


def test_examples_are_valued(home: Path) -> None:
    schemas = ROOT / "docs" / "schemas"
    for file in EXAMPLES:
        jsonschema.validate(
            json.loads(file.read_text(encoding="utf-8")),
            json.loads((schemas / "investment_case.json").read_text(encoding="utf-8")),
        )
    words = ["investment", "evaluate", *map(str, EXAMPLES), "--home", str(home)]
    result = CliRunner().invoke(cli, [*words, "--json"])
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    jsonschema.validate(found, json.loads((schemas / "investment_worth.json").read_text(encoding="utf-8")))
    assert len(found["cases"]) == len(EXAMPLES)
    assert CliRunner().invoke(cli, [*words, "--haircut", "--json"]).exit_code == 0
    said = CliRunner().invoke(cli, words).stderr
    assert "Net present value" in said
    assert "rate not verified" in said


def test_a_file_that_is_not_there_ends_with_two(home: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["investment", "evaluate", str(tmp_path / "none.json"), "--home", str(home)])
    assert result.exit_code == 2
    assert "There is no such file" in result.stderr
