"""Levers on stays and newcomers read what the run published: by month of action, where movers go, and exactly shared out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import published_example as example
import pytest
import stays_example
from test_scenario_levers import lever, moved

from models.scenario import (
    Baseline,
    Scenario,
    build_baseline,
    check_scenario,
    citizens_affected,
    evaluate,
    find_overlaps,
)
from models.scenario.stay_answers import StayAnswers

HOME, GOES_TO = "plejefamilie", "bostoette"


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return build_baseline(example.frames())


def stretch(measure: str, part: float, begins: int, months: int) -> np.ndarray:
    """(H,) the example's answers of every month from ``begins`` on, added up."""
    one = stays_example.answer(measure, part, months)
    return np.array([one[: max(month - begins + 1, 0)].sum() for month in range(months)])


def years_of(baseline: Baseline, service: str, share: np.ndarray) -> np.ndarray:
    place = baseline.services.index(service)
    return baseline.share[place] @ (share * baseline.monthly_mean[place])


@pytest.mark.parametrize(("filled", "measure"), [(0.0, "longer_stays"), (100.0, "longer_stays_filled")])
def test_longer_stays_fill_one_service_and_delay_another(baseline: Baseline, filled: float, measure: str) -> None:
    months, begins = len(baseline.months), 12
    made = lever(
        "duration_of_stay", services=(HOME,), value=10.0, start=f"{baseline.months[begins]:%Y-%m}",
        options={"places_filled_pct": filled},
    )  # fmt: skip
    parts = [
        years_of(baseline, service, np.expm1(stretch(measure, part, begins, months) * 10.0 / 110.0))
        for service, part in ((HOME, 1.0), (GOES_TO, -0.75))
    ]
    assert (parts[0][1:] > 0).all()
    assert (parts[1][1:] < 0).all()
    np.testing.assert_allclose(moved(baseline, made), parts[0] + parts[1], atol=1e-6)


def test_half_of_the_freed_places_filled_lies_between(baseline: Baseline) -> None:
    none, half, full = (
        moved(baseline, lever("duration_of_stay", services=(HOME,), value=-10.0, options={"places_filled_pct": share}))
        for share in (0.0, 50.0, 100.0)
    )
    assert (none < half).all()
    assert (half < full).all()


def test_newcomers_are_answered_month_by_month(baseline: Baseline) -> None:
    months, begins = len(baseline.months), 24
    made = lever("new_referrals", services=(HOME,), value=-20.0, start=f"{baseline.months[begins]:%Y-%m}")
    expected = sum(
        years_of(baseline, service, -0.2 * stretch("entrants", part, begins, months))
        for service, part in ((HOME, 1.0), (GOES_TO, -0.75))
    )
    np.testing.assert_allclose(moved(baseline, made), expected, atol=1e-6)


def test_an_older_run_answers_newcomers_from_known_citizens_and_has_no_stays(baseline: Baseline) -> None:
    older = replace(baseline, answers=StayAnswers({}))
    referrals = lever("new_referrals", services=(HOME,), value=-20.0)
    assert (moved(older, referrals) < 0).all()
    codes = [
        fault.code for fault in check_scenario(Scenario.of([lever("duration_of_stay", services=(HOME,), value=-5.0)]), older)
    ]
    assert codes == ["no_stays"]


def test_people_and_overlaps_follow_the_movers(baseline: Baseline) -> None:
    longer = lever("duration_of_stay", "laengere", services=(HOME,), value=30.0, options={"places_filled_pct": 0.0})
    other = lever("volume", "omfang", services=(GOES_TO,), value=-1.0)
    scenario = Scenario.of([longer, other])
    people = citizens_affected(baseline, Scenario.of([longer]))
    last = people[people["year"] == baseline.years[-1]].set_index("service")["change_mean"]
    assert last[HOME] > 5.0
    assert last[GOES_TO] < -5.0
    assert [(pair.first, pair.second, pair.services) for pair in find_overlaps(baseline, scenario)] == [
        ("laengere", "omfang", (GOES_TO,))
    ]
    result = evaluate(baseline, scenario)
    total = result.members[result.members["level"] == "total"]
    sums = result.effects.groupby("year")["effect"].sum()
    np.testing.assert_allclose(sums.loc[total["year"]], total["change_mean"].round(), atol=1.0)


def test_an_interval_on_stays_is_drawn_and_its_mean_is_the_expectation(baseline: Baseline) -> None:
    made = Scenario.of([replace(lever("duration_of_stay", services=(HOME,), value=-5.0), low=-10.0, high=0.0)])
    result = evaluate(baseline, made)
    assert not result.certain
    total = result.members[(result.members["level"] == "total")]
    assert (total["change_mean"] < 0).all()
    nil = Scenario.of([lever("duration_of_stay", services=(HOME,), value=0.0)])
    neutral = evaluate(baseline, nil).members
    assert (neutral["mean_scenario"] == neutral["mean"]).all()
