"""Does demography pay? The study of ``make demography`` in small, and what its page is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from data.errors import OpdriftError
from flows.demography import (
    ARMS,
    Study,
    StudySeries,
    page,
    real_counts,
    run_study,
    sample_series,
    score_arms,
    study_series,
    synthetic_counts,
    targets_met,
    verdict,
)
from flows.demography.__main__ import POPULATION, main
from flows.demography.score import MOVED, departure
from flows.demography.towns import HAMILTON_PERRY, MISTAKEN, OFFICIAL, TRUE, WITHOUT

if TYPE_CHECKING:
    from pathlib import Path

CODES = tuple(f"{code}" for code in range(901, 911))
PAYING = (WITHOUT, HAMILTON_PERRY, TRUE)


@pytest.fixture(scope="module")
def series() -> list[StudySeries]:
    return study_series(synthetic_counts(CODES, seed=1), seed=1, towns=len(CODES))


@pytest.fixture(scope="module")
def moving(series: list[StudySeries]) -> pd.DataFrame:
    """Scores of the series whose true exposure moves."""
    return score_arms([item for item in series if departure(item.exposures[TRUE], len(item.history)) >= MOVED], PAYING, seed=1)


def test_demography_pays_where_it_moves(moving: pd.DataFrame) -> None:
    """The issue's target, on few municipalities: the whole study is `make demography`."""
    assert moving["label"].nunique() >= 5
    assert (moving["departure"] >= MOVED).all()
    found = verdict(moving, HAMILTON_PERRY, seed=1)
    assert found.ratio <= 0.85
    assert found.share >= 0.60


def test_the_whole_study_runs_from_draw_to_page() -> None:
    study = run_study(synthetic_counts(CODES[:2], seed=1), towns=2, seed=1, real_towns=())
    assert (study.moving["departure"] >= MOVED).all()
    assert (study.still["departure"] < MOVED).all()
    assert len(study.still) == len(study.moving) > 0
    assert study.drawn == 14
    assert sum(study.methods.values()) == len(ARMS) * (len(study.moving) + len(study.still))


def test_exposure_known_at_the_cutoff_reads_nothing_after_it() -> None:
    """Two towns that are one until 1 January 2016: what is known at the cutoff is the same, what is true is not."""
    counts = synthetic_counts(CODES[:1], seed=1)
    other = {
        code: {year: table * (1.3 if year > 2016 else 1.0) for year, table in years.items()} for code, years in counts.items()
    }
    for one, two in zip(study_series(counts, seed=1, towns=1), study_series(other, seed=1, towns=1), strict=True):
        n_history = len(one.history)
        assert np.array_equal(one.history[:-1], two.history[:-1])
        assert np.allclose(one.exposures[HAMILTON_PERRY], two.exposures[HAMILTON_PERRY], rtol=0.02)
        assert one.exposures[TRUE][-1] < 0.9 * two.exposures[TRUE][-1]
        assert np.allclose(one.exposures[TRUE][: n_history - 1], two.exposures[TRUE][: n_history - 1])


def test_exposure_agrees_with_volume_in_the_reference_window(series: list[StudySeries]) -> None:
    for item in series:
        window = slice(len(item.history) - 36, len(item.history))
        for arm in (HAMILTON_PERRY, OFFICIAL):
            assert item.exposures[arm][window].sum() == pytest.approx(item.history[window].sum(), rel=1e-6)
        assert set(item.exposures) == set(ARMS) - {WITHOUT}
        assert not np.array_equal(item.exposures[MISTAKEN], item.exposures[HAMILTON_PERRY])


def test_a_town_added_moves_no_other(series: list[StudySeries]) -> None:
    fewer = study_series(synthetic_counts(CODES, seed=1), seed=1, towns=3)
    for one, two in zip(fewer, series, strict=False):
        assert one.series_id == two.series_id
        assert np.array_equal(one.history, two.history)


def test_departure_knows_a_trend_from_a_turn() -> None:
    months = np.arange(120.0)
    assert departure(np.exp(0.004 * months), 72) == pytest.approx(0.0, abs=1e-6)
    turned = np.where(months < 72, 100.0, 100.0 * (1.0 + 0.006 * (months - 72)))
    assert departure(turned, 72) == pytest.approx(0.006 * 41, abs=0.01)


def test_the_verdict_is_arithmetic_on_means() -> None:
    scores = pd.DataFrame(
        {"label": ["a", "a", "b"], WITHOUT: [2.0, 1.0, 3.0], HAMILTON_PERRY: [1.0, 1.0, 2.5], TRUE: [1.0, 0.5, 1.5]}
    )
    found = verdict(scores, HAMILTON_PERRY, seed=1)
    assert found.ratio == pytest.approx(4.5 / 6.0)
    assert found.share == pytest.approx(1.5 / 3.0)
    assert found.geometric == pytest.approx((0.5 * 1.0 * 2.5 / 3.0) ** (1 / 3))
    assert found.ratio_low <= found.ratio <= found.ratio_high


def test_the_page_tells_the_figures_and_what_was_not_held() -> None:
    scores = some_scores()
    study = Study(scores, scores.assign(departure=0.01), {48: real_like(scores)}, 40, 1, {"prophet": 7})
    text = page(study, code="0123456789")
    assert "Seed 1; code 0123456789.\n" in text
    assert f"{verdict(scores, OFFICIAL, seed=1).ratio:.3f} (official)" in text
    assert targets_met(study) == {"ratio": True, "share": True, "real": False}
    assert text.count("**not held**") == 1
    assert "| 1.100 |" in text
    assert "- prophet: 7 forecasts" in text


def some_scores() -> pd.DataFrame:
    arms = {
        WITHOUT: [2.0, 1.5, 3.0],
        HAMILTON_PERRY: [1.2, 1.2, 1.9],
        OFFICIAL: [1.1, 1.1, 1.8],
        TRUE: [1.0, 1.0, 1.5],
        MISTAKEN: [4.0, 2.0, 3.0],
    }
    return pd.DataFrame(
        {
            "municipality": ["1", "1", "2"],
            "label": ["a", "a", "b"],
            "service": ["x", "y", "x"],
            "level": 9.0,
            "departure": 0.2,
            **arms,
        }
    )


def real_like(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores of a Ballerup on which demography costs 10 %."""
    return scores.assign(municipality="151", **{HAMILTON_PERRY: scores[WITHOUT] * 1.1})


def test_missing_real_populations_are_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--real", str(tmp_path), "--out", str(tmp_path / "page.md")]) == 2
    assert POPULATION in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def test_demography_does_not_hurt_on_ballerup(real_data: Path) -> None:
    """The population is real to 2020; citizens are the sample's (one seed, the earliest cutoff, the eight largest services)."""
    counts = real_counts(real_data / POPULATION)
    assert len(counts) == 98
    series = sample_series(counts["151"], municipality="151", seed=1, n_ahead=48)
    largest = sorted(series, key=lambda item: -item.history[-12:].mean())[:8]
    scores = score_arms(largest, (WITHOUT, HAMILTON_PERRY), seed=1)
    assert len(scores) == 8
    assert scores[HAMILTON_PERRY].sum() <= 1.01 * scores[WITHOUT].sum()


def test_an_unknown_column_says_so(tmp_path: Path) -> None:
    (tmp_path / POPULATION.removesuffix(".gz")).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(OpdriftError, match="kommune"):
        real_counts(tmp_path / POPULATION.removesuffix(".gz"))
