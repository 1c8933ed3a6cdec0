"""Intervals: a planted scale is found again, four of five fresh errors lie inside, and no factor is ever negative."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from models.forecast.calibrate import HARDER_ORIGINS, USUAL_YEARLY, _balanced, spread_factors, width_factor
from models.forecast.fitting import OriginError

H = 36
SPREAD = 0.1 * np.sqrt(np.arange(1, H + 1))


def missed(scale: np.ndarray | float, n: int, seed: int = 3) -> list[OriginError]:
    """Errors of origins, harder than those of a forecast that misses ``scale`` times as much as its members expect."""
    return own_errors(scale / HARDER_ORIGINS, n, seed)


def own_errors(scale: np.ndarray | float, n: int, seed: int) -> list[OriginError]:
    """Errors ``scale`` times as wide as was expected of them."""
    scores = np.random.default_rng(seed).standard_normal((n, H))
    return [OriginError(np.log(spread_factors(row, scale * SPREAD)), SPREAD) for row in scores]


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.8])
def test_a_planted_scale_is_found_again_at_every_horizon(scale):
    assert width_factor(missed(scale, 400)).at(H) == pytest.approx(scale, rel=0.05)


def test_a_scale_that_grows_with_the_horizon_is_found_in_its_spans():
    scale = np.where(np.arange(1, H + 1) <= 12, 0.8, 1.6)
    found = width_factor(missed(scale, 400))
    assert found.factors[:3] == pytest.approx([0.8] * 3, rel=0.06)
    assert found.factors[3:] == pytest.approx([1.6] * 2, rel=0.06)
    assert found.reached == H
    assert (found.at(80)[H:] == found.factors[-1]).all()


def test_four_of_five_fresh_errors_lie_inside():
    found = width_factor(missed(1.5, 300)).at(H)
    low, high = (np.log(spread_factors(np.full(H, score), found * SPREAD)) for score in ndtri([0.1, 0.9]))
    fresh = np.stack([error.log_error for error in own_errors(1.5, 300, seed=11)])
    assert ((fresh >= low) & (fresh <= high)).mean() == pytest.approx(0.8, abs=0.02)
    assert (fresh < low).mean() == pytest.approx(0.1, abs=0.02)


def test_intervals_follow_the_middle_of_past_errors_not_their_squares():
    """One wild error in fifty leaves the factor where it was, and the factor stays within its bounds."""
    errors = missed(1.0, 400)
    wild = [OriginError(np.full(H, 9.0), SPREAD) if place % 50 == 0 else error for place, error in enumerate(errors)]
    assert width_factor(wild).at(H) == pytest.approx(width_factor(errors).at(H), rel=0.12)
    assert set(width_factor(missed(0.01, 50)).factors) == {0.4}
    assert set(width_factor(missed(50.0, 50)).factors) == {2.5}


def test_beyond_what_an_origin_reached_nothing_is_narrower_than_the_members_own():
    calm = [OriginError(error.log_error[:12], SPREAD) for error in missed(0.6, 400)]
    found = width_factor(calm).at(36)
    assert found[:12] == pytest.approx([0.6] * 12, rel=0.06)
    assert (found[12:] == 1.0).all()
    wild = [OriginError(error.log_error[:12], SPREAD) for error in missed(1.6, 400)]
    assert width_factor(wild).at(36) == pytest.approx([1.6] * 36, rel=0.06)


def test_nothing_known_leaves_the_members_own_width():
    unknown = [OriginError(np.full(H, np.nan), SPREAD)]
    for errors in ([], unknown):
        assert (width_factor(errors).at(48) == 1.0).all()


def test_missing_months_say_nothing_and_a_few_errors_lean_on_all():
    errors = missed(1.0, 300)
    assert width_factor([*errors, OriginError(np.full(H, np.nan), SPREAD)]) == width_factor(errors)
    short = [OriginError(error.log_error[:3], SPREAD) for error in errors]
    # alone it would ask for twice the width
    late = OriginError(np.r_[np.full(H - 1, np.nan), 0.93], SPREAD)
    assert width_factor([*short, late]).factors[-1] == pytest.approx(width_factor(short).factors[0], rel=0.05)


def test_a_handful_of_errors_leans_on_the_members_own_width():
    """Forty errors, all at 2.2 times the expected end of four of five: half of that and half of 1; their span leans on it."""
    end = np.log(spread_factors(np.full(4, 2.2 / HARDER_ORIGINS * ndtri(0.9)), SPREAD[:4]))
    found = width_factor([OriginError(end, SPREAD)] * 10)
    assert found.factors[0] == pytest.approx((30 * 2.2 + 40 * 1.6) / 70)
    assert found.factors[-1] == pytest.approx(1.6)


def test_factors_rise_with_the_score_are_never_negative_and_one_in_the_middle():
    scores = np.linspace(-40, 40, 801)
    for deviation in (0.0, 0.05, 1.0, 3.0):
        factors = spread_factors(scores, np.array(deviation))
        assert (factors >= 0).all()
        assert (np.diff(factors) >= 0).all()
        assert factors[400] == 1.0


def test_the_balanced_scale_is_the_inverse_of_the_factors():
    scaled = np.linspace(-3, 3, 601)
    assert _balanced(np.log(spread_factors(scaled, np.array(1.0)))) == pytest.approx(scaled, abs=1e-12)


def together(share: float, n: int) -> list[OriginError]:
    """Errors of which ``share`` (of the variance) lasts the whole horizon and the rest is each month's own."""
    rng = np.random.default_rng(5)
    scores = np.sqrt(share) * rng.standard_normal((n, 1)) + np.sqrt(1 - share) * rng.standard_normal((n, H))
    spread = np.full(H, 0.05)
    return [OriginError(np.log(spread_factors(row, spread)), spread) for row in scores]


@pytest.mark.parametrize("share", [0.25, 0.6, 1.0])
def test_a_year_is_as_wide_beside_its_months_as_errors_last(share):
    expected = np.sqrt(share + (1 - share) / 12)
    assert width_factor(together(share, 400)).yearly == pytest.approx(expected, abs=0.03)


def test_few_years_say_little_and_none_say_nothing():
    usual = width_factor([]).yearly
    assert usual == USUAL_YEARLY
    assert abs(width_factor(together(0.25, 1)).yearly - usual) < 0.5 * abs(width_factor(together(0.25, 400)).yearly - usual)
    short = [OriginError(error.log_error[:11], error.spread) for error in together(0.25, 50)]
    assert width_factor(short).yearly == usual
    gaps = [OriginError(np.where(np.arange(H) % 2 == 0, np.nan, error.log_error), error.spread) for error in together(0.25, 50)]
    assert width_factor(gaps).yearly == usual
