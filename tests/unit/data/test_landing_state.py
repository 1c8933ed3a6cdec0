from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from data.input_state import STATE_FILE, LandedState, input_state, read_state, settle_known, write_state


def test_the_question_is_answered_without_any_heavy_library() -> None:
    script = (
        "import sys, data.input_state, data.settings\n"
        "print(sorted({'duckdb', 'pyarrow', 'prefect', 'pandas', 'numpy', 'pyrage'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root).stdout == "[]\n"


@pytest.mark.parametrize(
    "changed", [{"seed": 2}, {"municipality": "147"}, {"as_of": date(2026, 1, 1)}, {"accept_shrunk": ("a",)}, {"n_draws": 600}]
)
def test_a_setting_that_moves_a_figure_is_a_change(home, changed) -> None:
    assert input_state(replace(home.settings, **changed)) != input_state(home.settings)


def test_a_setting_that_moves_no_figure_is_none(home) -> None:
    other = replace(home.settings, language="en", memory_limit="2GB", stale_after_days=1)
    assert input_state(other) == input_state(home.settings)


def test_code_mapping_and_input_are_changes(home, lines) -> None:
    before = input_state(home.settings)
    assert input_state(home.settings, "other code") != before
    home.settings.paths.sources.mkdir()
    mapping = home.settings.paths.sources / "mine.toml"
    mapping.write_text("x = 1")
    assert input_state(home.settings) != before
    mapping.unlink()
    assert input_state(home.settings) == before
    home.postings("postings.csv", lines.posting(1))
    assert input_state(home.settings) != before
    assert input_state(home.settings) != input_state(home.settings)  # what waits is never taken for unchanged


def test_the_same_content_again_is_no_change_and_leaves(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land()
    before = input_state(home.settings)
    home.postings("again.csv", lines.posting(1))
    assert input_state(home.settings) == before
    assert settle_known(home.settings) == ["again.csv"]
    assert home.waiting() == []


def test_what_is_not_landed_is_never_settled(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    assert settle_known(home.settings) == []
    assert home.waiting() == ["postings.csv"]


def test_what_is_archived_nowhere_stays(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land()
    for path in home.settings.paths.archive.iterdir():
        path.unlink()
    home.postings("again.csv", lines.posting(1))
    assert settle_known(home.settings) == []
    assert home.waiting() == ["again.csv"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"landed": 1}', '{"landed": [], "refused": {}, "stays": {"a": 1}}'])
def test_a_broken_state_is_a_change_and_landing_mends_it(home, lines, text) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land()
    before = input_state(home.settings)
    (home.settings.paths.home / STATE_FILE).write_text(text)
    assert input_state(home.settings) != before
    home.land()
    assert input_state(home.settings) == before


def test_a_warehouse_that_is_gone_is_a_change(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land()
    before = input_state(home.settings)
    home.settings.paths.warehouse.unlink()
    assert input_state(home.settings) != before


def test_what_is_written_is_read(home) -> None:
    state = LandedState(landed=("a", "b"), refused={"c": "x/y.csv"}, stays={"z": (1, 2)})
    write_state(home.settings.paths, state)
    assert read_state(home.settings.paths) == state
