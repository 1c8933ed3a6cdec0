"""Identities of the draws: means kept, never negative, rank order alone decides, and a series's numbers are its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecast.draws import (
    draw_joint_months,
    draw_templates,
    empirical_factors,
    error_factors,
    normal_scores,
    own_factors,
    population_factors,
    price_factors,
    weave,
)
from models.forecast.uncertainty import ErrorGrowth
from models.rng import generator_for

seeds = st.integers(0, 2**31 - 1)
sizes = st.floats(0.0, 0.3)


@given(seeds, st.integers(1, 60), st.floats(0.0, 1.0))
def test_uncertainty_never_moves_the_mean(seed, horizon, variance):
    template = np.random.default_rng(seed).standard_normal((horizon, 100))
    factors = error_factors(template, np.full(horizon, variance))
    assert (factors > 0).all()
    assert np.allclose(factors.mean(axis=1), 1.0, rtol=1e-12)


@given(seeds, st.floats(0.1, 50.0), st.floats(-5.0, 5.0))
def test_only_the_rank_order_of_a_template_counts(seed, scale, shift):
    template = np.random.default_rng(seed).standard_normal((3, 50))
    assert (normal_scores(template) == normal_scores(template * scale + shift)).all()


@given(seeds)
def test_months_with_zeros_stay_as_frequent_and_the_mean_is_kept(seed):
    rng = np.random.default_rng(seed)
    recent = np.where(rng.random(24) < 0.5, 0.0, rng.gamma(2.0, 3.0, 24))
    recent[0] = 1.0
    factors = empirical_factors(rng.standard_normal((5, 500)), recent)
    assert (factors >= 0).all()
    assert np.allclose(factors.mean(axis=1), 1.0)
    assert abs((factors == 0).mean() - (recent == 0).mean()) < 0.1


@given(seeds, sizes)
def test_shared_error_paths_keep_the_mean(seed, size):
    years = np.repeat(np.arange(5), 12)
    for factors in (population_factors(seed, 60, 200), price_factors(seed, years, 200)):
        assert factors.shape == (60, 200)
        assert np.allclose(factors.mean(axis=1), 1.0)
    late = own_factors(size, 200, generator_for(seed, "x"))
    assert np.isclose(late.mean(), 1.0)
    assert (price_factors(seed, years, 200)[:12] == 1).all()


@settings(max_examples=30)
@given(seeds, sizes, st.integers(0, 80))
def test_a_series_has_its_own_numbers_and_shares_only_the_months(seed, size, n_months):
    months = draw_joint_months(seed, 24, 100)
    residuals = np.random.default_rng(seed).standard_normal(n_months)
    growth = ErrorGrowth(size, size, size / 10)
    first = draw_templates(residuals, growth, months, generator_for(seed, "s", "uptake"))
    again = draw_templates(residuals, growth, draw_joint_months(seed, 24, 100), generator_for(seed, "s", "uptake"))
    assert (first.lasting == again.lasting).all()
    assert (first.noise == again.noise).all()
    assert np.isfinite(first.lasting).all()


@settings(max_examples=20)
@given(seeds)
def test_series_that_moved_together_are_drawn_together(seed):
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(60)
    months = draw_joint_months(seed, 12, 400)
    growth = ErrorGrowth(0.01, 0.0, 0.001)
    noises = [
        draw_templates(common + 0.2 * rng.standard_normal(60), growth, months, generator_for(seed, name)).noise
        for name in ("a", "b")
    ]
    opposite = draw_templates(-common, growth, months, generator_for(seed, "c")).noise
    assert np.corrcoef(noises[0].ravel(), noises[1].ravel())[0, 1] > 0.8
    assert np.corrcoef(noises[0].ravel(), opposite.ravel())[0, 1] < -0.8


@settings(max_examples=20, deadline=None)
@given(seeds, st.floats(0.6, 0.95), st.floats(0.0, 0.02), st.floats(0.0, 0.001))
def test_years_come_out_as_wide_as_they_were_seen_to_be(seed, yearly, level, per_month):
    rng = np.random.default_rng(seed)
    months = draw_joint_months(seed, 48, 2000)
    growth = ErrorGrowth(0.01, level, per_month).at_least(1e-9)
    shapes = draw_templates(rng.standard_normal(120), growth, months, generator_for(seed, "s"))
    low, high = sorted(year_width(shape) for shape in (shapes.noise, shapes.lasting))
    assert year_width(weave(shapes, 0.01, yearly)) == pytest.approx(np.clip(yearly, low, high), abs=0.02)


def year_width(shape: np.ndarray) -> float:
    """Standard deviation of a year's mean over that of a month, once drawn by ranks."""
    return float(np.sqrt(normal_scores(shape).reshape(4, 12, 2000).mean(axis=1).var(axis=1).mean()))
