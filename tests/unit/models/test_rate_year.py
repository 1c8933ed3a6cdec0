"""A rate year that starts in January: found where it is, and carried on as stairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.forecast.engine_series import forecast_panel
from models.forecast.panel import MonthlySeries
from models.forecast.rate_year import january_step, sawtooth

FIRST = pd.Timestamp("2019-01-01")
MONTHS = np.arange(108)
NOISE = np.random.default_rng(2).normal(0.0, 0.01, 108)
STAIRS = 0.03 * (MONTHS // 12)


def test_the_step_is_found_whatever_month_the_history_begins_in():
    for begins in range(12):
        found = january_step((STAIRS + NOISE / 3)[begins:], FIRST + pd.DateOffset(months=begins))
        assert found == pytest.approx(0.03, abs=0.004)


@pytest.mark.parametrize(
    ("what", "logs"),
    [
        ("even growth", 0.03 * MONTHS / 12 + NOISE),
        ("noise", NOISE),
        ("stairs down", -STAIRS + NOISE),
        ("stairs in July", 0.03 * ((MONTHS + 6) // 12) + NOISE),
        ("another season", STAIRS + 0.05 * np.sin(MONTHS * np.pi / 3) + NOISE),
        ("too large for a rate", 8 * STAIRS + NOISE),
        ("too short", (STAIRS + NOISE)[:59]),
        ("gaps", np.where(MONTHS % 12 == 5, np.nan, STAIRS + NOISE)),
        ("constant", np.zeros(108)),
        ("a single step", np.where(MONTHS >= 60, 0.1, 0.0) + NOISE),
    ],
)
def test_what_is_no_rate_year_has_no_step(what, logs):
    assert january_step(logs, FIRST) == 0.0, what


def test_noise_is_seldom_taken_for_a_rate_year():
    walks = [np.cumsum(np.random.default_rng(seed).normal(0, 0.03, 96)) for seed in range(200)]
    assert sum(january_step(walk, FIRST) > 0 for walk in walks) <= 4


def test_a_sawtooth_steps_in_january_and_sums_to_nothing():
    teeth = sawtooth(0.12, pd.Timestamp("2026-10-01"), 24)
    assert np.diff(teeth).round(4).tolist().count(0.11) == 2
    assert (np.diff(teeth)[[2, 14]] > 0.1).all(), "from December to January"
    assert abs(teeth.reshape(2, 12).sum(axis=1)).max() < 1e-12


@pytest.fixture(scope="module")
def panel():
    """The same history on stairs and on an even slope, as a price and as a number of persons."""
    even = 0.03 * (MONTHS[:84] - 5.5) / 12 + NOISE[:84]
    stairs = 1000 * np.exp(STAIRS[:84] + NOISE[:84])
    series = [
        MonthlySeries("stairs", "unit_cost", FIRST, stairs),
        MonthlySeries("even", "unit_cost", FIRST, 1000 * np.exp(even)),
        MonthlySeries("persons", "volume", FIRST, stairs),
    ]
    return {one.series_id: one for one in forecast_panel(series, horizon=24, seed=1)}


def test_stairs_are_carried_on_as_stairs(panel):
    """What is said of an even slope, plus the sawtooth: the members never see it."""
    difference = np.log(panel["stairs"].q50 / panel["even"].q50)
    np.testing.assert_allclose(difference, sawtooth(0.03, pd.Timestamp("2026-01-01"), 24), atol=0.004)
    monthly = np.diff(np.log(panel["stairs"].q50))
    assert monthly[11] > 0.02, "from December to January"
    assert np.abs(np.delete(monthly, 11)).max() < 0.006


def test_persons_have_no_rate(panel):
    assert np.diff(np.log(panel["persons"].q50))[11] < 0.02
