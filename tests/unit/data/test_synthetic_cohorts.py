"""Towns that move and services whose citizens stay."""

from __future__ import annotations

import numpy as np
import pytest

from data.synthetic.calendar import Window
from data.synthetic.cohorts import Town, carry_back, draw_waves, moving_town, official_projection
from data.synthetic.population import Counts, synthetic_population
from data.synthetic.seeds import generator
from data.synthetic.stayers import CURVE_PLANS, CurvePlan, draw_service

FIRST, MONTHS = 2010 * 12, 120


@pytest.fixture(scope="module")
def counts() -> Counts:
    return synthetic_population(Window(FIRST, MONTHS), seed=3, municipality="751", size=2.0)


@pytest.fixture(scope="module")
def town(counts: Counts) -> Town:
    return moving_town(counts, first_month=FIRST, n_months=MONTHS, rng=generator(3, "town"))


def test_persons_by_month_of_birth_lie_between_the_counts(town: Town) -> None:
    totals = town.persons.sum(axis=1)
    january, july = totals[::12], totals[6::12]
    counted = np.array([town.counts[year].sum() for year in range(2010, 2020)])
    assert january == pytest.approx(counted, rel=0.005)
    assert july == pytest.approx((counted + np.array([town.counts[year].sum() for year in range(2011, 2021)])) / 2, rel=0.01)


def test_a_wave_stays_with_its_cohort(counts: Counts, town: Town) -> None:
    for age, year in ((10, 2012), (30, 2011), (60, 2014)):
        before = town.counts[year][age] / counts[year].sum(axis=0)[age]
        after = town.counts[year + 4][age + 4] / counts[year + 4].sum(axis=0)[age + 4]
        assert after == pytest.approx(before, rel=0.01)


def test_waves_are_bounded_and_differ_by_seed() -> None:
    first, second = (draw_waves(1900, 2019, generator(seed, "waves")) for seed in (1, 2))
    assert np.abs(np.log(first)).max() <= 0.55 + 1e-9
    assert np.abs(first - second).max() > 0.01


def test_carried_back_cohorts_meet_the_first_count(counts: Counts) -> None:
    earlier = carry_back(counts, 2006)
    assert sorted(earlier) == list(range(2006, 2021))
    assert earlier[2010] is counts[2010]
    assert earlier[2006][:, 20].sum() == pytest.approx(counts[2010][:, 24].sum(), rel=0.15)


@pytest.mark.parametrize("plan", CURVE_PLANS, ids=lambda plan: plan.key)
def test_citizens_are_of_the_scope_and_near_their_expected_number(plan: CurvePlan, town: Town) -> None:
    truth = draw_service(plan, town, generator(3, plan.key))
    ages = town.ages // 12
    outside = (ages < plan.scope[0]) | (ages > plan.scope[1])
    assert truth.counts[outside].sum() == 0
    assert truth.counts.min() >= 0
    assert truth.volume[:12].mean() == pytest.approx(truth.expected[:12].mean(), rel=0.35)


def test_citizens_stay_from_month_to_month(town: Town) -> None:
    """Months drawn anew would differ by the square root of twice the mean; stays of 80 months leave a fifth of that or less."""
    plan = next(plan for plan in CURVE_PLANS if plan.key == "adults")
    truth = draw_service(plan, town, generator(3, "adults"))
    anew = np.sqrt(2.0 * truth.volume.mean())
    assert 0.0 < np.diff(truth.volume).std() < 0.5 * anew


def test_the_projection_errs_more_the_further_it_reaches(town: Town) -> None:
    wrong = []
    for draw in range(40):
        found = official_projection(town, base_year=2015, years=5, rng=generator(draw, "office"))
        assert (found[2015] == town.counts[2015]).all()
        wrong.append([abs(np.log(found[year][20:60].sum() / town.counts[year][20:60].sum())) for year in range(2016, 2021)])
    by_year = np.mean(wrong, axis=0)
    assert by_year[0] < by_year[2] < by_year[4] < 0.05
    assert by_year[0] > 0.001
