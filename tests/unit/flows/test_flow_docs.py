"""docs/operations.md names what there is: settings, steps, exit codes, schemas."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from data.settings import Settings
from flows.cli import cli
from flows.steps import ORDER

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_setting_is_told_with_its_default() -> None:
    for field in fields(Settings):
        assert f"`{field.name}`" in TEXT, f"docs/operations.md does not tell the setting '{field.name}'"
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", TEXT, re.MULTILINE))
    for field in fields(Settings):
        if field.name not in {"paths", "as_of"}:
            plain = list(field.default) if isinstance(field.default, tuple) else field.default
            default = {"None": "none", "True": "true", "50.0": "50"}.get(str(plain), str(plain))
            assert told[field.name].strip('"') == default


def test_every_step_and_exit_code_is_told() -> None:
    for step in ORDER:
        assert re.search(rf"\b{step.name}\b", TEXT), step.name
    assert re.findall(r"^\| (\d) \|", TEXT, re.MULTILINE) == ["0", "1", "2", "3", "4"]


def test_every_schema_is_linked_and_there() -> None:
    linked = set(re.findall(r"\(schemas/(\w+)\.json\)", TEXT))
    assert linked == {file.stem for file in (ROOT / "docs" / "schemas").glob("*.json")} & linked
    assert linked == {"status", "check", "doctor", "forecast", "backtest", "log", "verify", "citizen", "retain"}


def test_every_command_says_what_it_does() -> None:
    for command in cli.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__


def test_every_finding_in_a_series_is_told() -> None:
    page = (ROOT / "docs" / "series.md").read_text(encoding="utf-8")
    sources = [ROOT / "data" / "series_rows.py", ROOT / "data" / "series_file.py", *sorted((ROOT / "flows").glob("series_*.py"))]
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    codes = set(re.findall(r"""Finding\(\s*[^,"]+,\s*"(\w+)",""", text))
    codes |= set(re.findall(r'^    "(\w+)": \(', text, re.MULTILINE))
    assert {"gap", "month", "fallback", "text"} <= codes
    assert codes <= set(re.findall(r"`(\w+)`", page)), codes
