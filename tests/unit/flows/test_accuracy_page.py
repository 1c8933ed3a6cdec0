"""docs/accuracy.md shows what the reports say, losses too; the origins fixed in the repository are months."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np

from flows.accuracy_page import accuracy_markdown
from models.forecast.accuracy import Quantiles, Scoreboard
from models.forecast.backtest import OURS, section_of
from models.forecast.peers import SINGLE_PEERS

ROOT = Path(__file__).parents[3]

MADE_UP = {"name": "Made up", "horizon": 6}


def report() -> dict[str, object]:
    board = Scoreboard(6)
    rng = np.random.default_rng(1)
    for place in range(3):
        actual = rng.normal(100, 5, 6)
        flat = {name: np.full(6, 100.0 + step) for step, name in enumerate((OURS, *SINGLE_PEERS))}
        forecasts = {name: Quantiles(value, value - 5, value, value + 5) for name, value in flat.items()}
        board.add(f"s{place}", "2020-01", actual, 4.0, forecasts)
    return {
        "horizon": 6,
        "origins": ["2020-01"],
        "seed": 1,
        "targets": [section_of(board, "cost", SINGLE_PEERS)],
        "file": {"sha256": "ab" * 32},
        "code": {"git_commit": "c0ffee" * 6, "git_dirty": False, "versions": {"prophet": "1.5.0"}},
        "clock": {"workers": 2, "seconds": {OURS: 12.3}},
    }


def test_the_page_shows_every_method_and_every_ratio() -> None:
    found = report()
    page = accuracy_markdown([(MADE_UP, found)])
    section = found["targets"][0]
    assert "## Made up, 6 months ahead" in page
    for peer in SINGLE_PEERS:
        assert f"| {peer} | {section['methods'][peer]['mase']['mean']:.3f} |" in page
        assert f"| to {peer} | {section['ratios'][peer]['mase']['mean']:.3f} |" in page
    assert all(row["series_id"] in page for row in section["worst_losses"])
    assert "No report yet" not in page
    assert "Seconds, 2 processes: opdrift 12.\n" in page
    found["clock"]["kept_seconds"] = 34.5
    assert "opdrift 12; 34 more in fits that a run broken off had made.\n" in accuracy_markdown([(MADE_UP, found)])
    rows = [line for line in page.splitlines() if line.startswith(("| **opdrift**", "| prophet"))]
    assert len({line.count("|") for line in rows}) == 2, "two tables, each with even rows"
    best = min(section["methods"][peer]["mase"]["mean_by_series"] for peer in SINGLE_PEERS)
    ratio = section["methods"][OURS]["mase"]["mean_by_series"] / best
    assert f"| to the best single peer, each series once | {ratio:.3f} |" in page


def test_a_run_that_was_not_measured_anew_keeps_its_section_and_one_without_any_is_named() -> None:
    other = {"name": "Hospital counts", "horizon": 12}
    page = accuracy_markdown([(MADE_UP, report()), (other, None)])
    assert "measured with): Hospital counts." in page
    whole = accuracy_markdown([(MADE_UP, report()), (other, report())])
    assert accuracy_markdown([(MADE_UP, None), (other, None)], whole) == whole
    assert accuracy_markdown([(MADE_UP, None), (other, report())], page) == whole
    committed = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    runs = tomllib.loads((ROOT / "docs" / "accuracy_origins.toml").read_text(encoding="utf-8"))["runs"]
    assert accuracy_markdown([(run, None) for run in runs], committed) == committed


def test_origins_are_months_and_enough() -> None:
    runs = tomllib.loads((ROOT / "docs" / "accuracy_origins.toml").read_text(encoding="utf-8"))["runs"]
    assert {(run["set"], run["horizon"]) for run in runs} >= {("pbs_atc2", 24), ("hospital", 12), ("alberta", 24), ("hawaii", 36)}
    for run in runs:
        assert all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin) for origin in run["origins"])
        assert run["origins"] == sorted(set(run["origins"]))
        assert len(run["origins"]) >= (3 if run["horizon"] == 60 else 4)
