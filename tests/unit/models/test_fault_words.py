"""Faults of cases and options in the pages' words: each has its own, and each says what to do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from models.file_faults import _WORDS
from models.scenario.faults import ScenarioFault
from models.view.fault_words import _FAULTS, fault_lines
from models.view.language import Language

MODELS = Path(__file__).parents[3] / "models"
FILES = [*sorted((MODELS / "investment").glob("*.py")), *sorted((MODELS / "priority").glob("*.py")), MODELS / "file_faults.py"]


def codes() -> set[str]:
    """Every code that a reader or check of cases and options gives."""
    calls = [
        node for file in FILES for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    made = [node.args[0] for node in calls if getattr(node.func, "id", "") in {"ScenarioFault", "_fault"} and node.args]
    found = {item.value for item in made if isinstance(item, ast.Constant)}
    return found | {code for code, *_ in _WORDS.values()} | {"cpr", "unsafe_text", "too_long"}


def test_every_fault_has_words_of_its_own() -> None:
    assert len(codes()) > 20
    assert not codes() - set(_FAULTS)


@pytest.mark.parametrize("text", _FAULTS.values())
def test_each_says_what_is_wrong_and_what_to_do(text: str) -> None:
    assert text.count(". ") >= 1
    assert text.endswith(".")


def test_a_place_is_told_in_words_and_many_faults_are_counted() -> None:
    fault = ScenarioFault("too_early", "options[2].levels[0].start", "2027-01", "", "", "")
    first, *_, last = fault_lines((fault,) * 23, Language("da"))
    assert first.startswith("Mulighed 3, Niveau 1, Start (2027-01): Håndtaget begynder")
    assert last == "og 3 fejl til"
    lever = ScenarioFault("age_bands", "options[0].levels[0].ages", "", "", "", "")
    assert "aldersgrupper" in fault_lines((lever,), Language("da"))[0]  # in the words of the page Scenarier
