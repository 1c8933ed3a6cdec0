"""How far a series follows its exposure."""

from __future__ import annotations

import numpy as np
import pytest

from models.forecast.exposure_weight import MOVEMENT, exposure_weight

MONTHS, AHEAD = 84, 48


def wave(height: float) -> np.ndarray:
    """Exposure that swings in history and goes on by ``height`` in logs."""
    behind = 0.15 * np.sin(np.arange(MONTHS) / 14.0)
    return 100.0 * np.exp(np.r_[behind, behind[-1] + np.linspace(0.0, height, AHEAD)])


def test_the_more_exposure_moves_the_more_it_is_followed() -> None:
    found = [exposure_weight(wave(height)[:MONTHS], wave(height)) for height in (0.0, 0.1, 0.2, 0.4, -0.4)]
    assert found[1] < found[2] < found[3]
    assert found[3] > 0.85
    assert found[4] > 0.85


def test_movement_of_the_named_size_is_believed_by_half() -> None:
    exposure = np.r_[np.full(MONTHS, 80.0), np.full(AHEAD, 80.0 * np.exp(MOVEMENT))]
    assert exposure_weight(np.full(MONTHS, 7.0), exposure) == pytest.approx(0.5)


def test_exposure_that_comes_back_is_followed_there() -> None:
    """Small birth cohorts pass through an age band within the horizon; the last year ahead alone would hide them."""
    dip = np.r_[np.full(MONTHS, 80.0), np.full(6, 80.0), np.full(30, 60.0), np.full(12, 80.0)]
    assert exposure_weight(np.full(MONTHS, 7.0), dip) > 0.8


def test_volume_that_went_the_other_way_lowers_it() -> None:
    rng = np.random.default_rng(1)
    exposure = wave(0.4)
    follows = exposure[:MONTHS] * np.exp(rng.normal(0, 0.02, MONTHS))
    against = 1e4 / exposure[:MONTHS] * np.exp(rng.normal(0, 0.02, MONTHS))
    assert exposure_weight(follows, exposure) > 0.8
    assert exposure_weight(against, exposure) == 0.0


def test_units_do_not_matter() -> None:
    exposure = wave(0.3)
    values = exposure[:MONTHS] * (1 + 0.1 * np.cos(np.arange(MONTHS)))
    assert exposure_weight(values * 1000.0, exposure * 0.01) == pytest.approx(exposure_weight(values, exposure))


@pytest.mark.parametrize("values", [np.full(MONTHS, np.nan), np.zeros(MONTHS), np.r_[np.full(MONTHS - 3, np.nan), 1.0, 2.0, 3.0]])
def test_no_history_leaves_the_movement_alone(values: np.ndarray) -> None:
    exposure = wave(0.3)
    assert exposure_weight(values, exposure) == pytest.approx(exposure_weight(exposure[:MONTHS], exposure), abs=0.02)


def test_a_short_horizon_reads_all_of_it() -> None:
    exposure = wave(0.4)
    assert 0.0 <= exposure_weight(exposure[:MONTHS], exposure[: MONTHS + 6]) < 0.5
    assert exposure_weight(exposure[:MONTHS], exposure[:MONTHS]) == 0.0
