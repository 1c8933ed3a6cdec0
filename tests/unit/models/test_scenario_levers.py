"""Each kind of lever, against figures worked out by hand; what a run can't carry is refused; goals are met or out of reach."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import published_example as example
import pytest

from models.scenario import (
    Baseline,
    Displacement,
    Goal,
    Lever,
    Scenario,
    ScenarioInvalid,
    ScenarioResult,
    build_baseline,
    check_scenario,
    citizens_affected,
    compare,
    evaluate,
    find_overlaps,
    goal_seek,
)
from models.scenario.attribution import product_effects
from models.scenario.goal_seek import at_value
from models.scenario.terms import Factor


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return build_baseline(example.frames())


def lever(kind: str, lever_id: str = "a", **fields: object) -> Lever:
    value = float(fields.pop("value", 0.0))  # type: ignore[arg-type]
    ends = {"low": value, "high": value} | {name: fields.pop(name) for name in ("low", "high") if name in fields}
    options = tuple(sorted(dict(fields.pop("options", {})).items()))  # type: ignore[call-overload]
    return Lever(lever_id=lever_id, kind=kind, value=value, options=options, **ends, **fields)  # type: ignore[arg-type]


def changes(result: ScenarioResult, level: str = "total", member: str = "total") -> np.ndarray:
    members = result.members
    return members[(members["level"] == level) & (members["member"] == member)]["change_mean"].to_numpy()


def moved(baseline: Baseline, *levers: Lever) -> np.ndarray:
    return changes(evaluate(baseline, Scenario.of(levers)))


def mean_months(baseline: Baseline, service: str) -> np.ndarray:
    return baseline.monthly_mean[baseline.services.index(service)]


def by_year(baseline: Baseline, service: str, months: np.ndarray) -> np.ndarray:
    return baseline.share[baseline.services.index(service)] @ months


def test_a_ramp_moves_months(baseline: Baseline) -> None:
    made = lever("price", services=("bostoette",), value=-2.0, start="2028-01", ramp="linear", ramp_months=12)
    come = np.clip((np.arange(60) - 11) / 12, 0, 1)
    np.testing.assert_allclose(
        moved(baseline, made), by_year(baseline, "bostoette", -0.02 * come * mean_months(baseline, "bostoette"))
    )


def test_volume_acts_with_its_marginal_share_and_relative_cost(baseline: Baseline) -> None:
    made = lever(
        "service_level", services=("bostoette",), value=-2.0, options={"marginal_share_pct": 50, "relative_cost_pct": 80}
    )
    expected = by_year(baseline, "bostoette", -0.02 * 0.5 * 0.8 * mean_months(baseline, "bostoette"))
    np.testing.assert_allclose(moved(baseline, made), expected)


def test_volume_levers_multiply_on_those_who_remain(baseline: Baseline) -> None:
    levers = [lever("volume", name, services=("bostoette",), value=-50.0) for name in ("a", "b")]
    np.testing.assert_allclose(
        moved(baseline, *levers), by_year(baseline, "bostoette", -0.75 * mean_months(baseline, "bostoette"))
    )


def test_substitution_moves_people_and_their_cost(baseline: Baseline) -> None:
    made = lever(
        "substitution",
        services=("midlertidigt_botilbud",),
        to_service="bostoette",
        value=5.0,
        options={"relative_cost_to_pct": 50},
    )
    origin = mean_months(baseline, "midlertidigt_botilbud")
    out = by_year(baseline, "midlertidigt_botilbud", -0.05 * origin)
    into = by_year(baseline, "bostoette", 0.05 * 0.5 * origin)  # both cost 80,000 a month in the example
    price = example._price()
    volume = {key: baseline.volume[baseline.services.index(key)].mean(axis=1) for key in ("midlertidigt_botilbud", "bostoette")}
    ratio = (mean_months(baseline, "bostoette") / volume["bostoette"]) / (origin / volume["midlertidigt_botilbud"])
    into = by_year(baseline, "bostoette", 0.05 * 0.5 * origin * ratio)
    assert price.shape == (60,)
    np.testing.assert_allclose(moved(baseline, made), out + into)
    people = citizens_affected(baseline, Scenario.of([replace(made, value=25.0, low=25.0, high=25.0)]))
    wide = people.pivot_table(index="year", columns="service", values="change_mean")
    np.testing.assert_allclose(wide["bostoette"], -wide["midlertidigt_botilbud"])


def test_new_referrals_reach_only_those_who_come_later(baseline: Baseline) -> None:
    at_once = moved(baseline, lever("new_referrals", services=("plejefamilie",), value=-100.0))
    late = moved(baseline, lever("new_referrals", services=("plejefamilie",), value=-100.0, start="2029-01"))
    whole = by_year(baseline, "plejefamilie", mean_months(baseline, "plejefamilie"))
    assert (at_once < 0).all()
    assert (np.abs(at_once) < whole).all()
    assert late[0] == late[1] == 0.0
    assert (late[2:] > at_once[2:]).all()


def test_bringing_home_pays_for_empty_places(baseline: Baseline) -> None:
    options = {"places": 10, "vacancy_pct": 10}
    service = baseline.services.index("bostoette")
    price = baseline.monthly_mean[service] / baseline.volume[service].mean(axis=1)
    made = lever("bringing_home", services=("bostoette",), value=-8.0, options=options)
    np.testing.assert_allclose(moved(baseline, made), by_year(baseline, "bostoette", 10 * price * (-0.08 + 0.10)))
    invested = replace(made, start="2028-01", options=(*made.options, ("investment_dkk", 1.2e6)))
    assert moved(baseline, invested)[0] == pytest.approx(1.2e6)


def test_prevention_costs_now_and_perhaps_works_later(baseline: Baseline) -> None:
    options = {"lag_months": 24, "probability_pct": 50, "cost_dkk_per_year": 600_000, "cost_months": 24}
    made = lever("prevention", services=("bostoette",), value=-10.0, options=options)
    found = moved(baseline, made)
    np.testing.assert_allclose(found[:2], 600_000.0)
    acting = 0.1 * 0.5 * (np.arange(60) >= 24) * mean_months(baseline, "bostoette")
    np.testing.assert_allclose(found[2:], by_year(baseline, "bostoette", -acting)[2:])


def test_technology_saves_hours_and_costs_running(baseline: Baseline) -> None:
    made = lever("technology", services=("bostoette",), value=-4.0, options={"running_cost_dkk_per_citizen_year": 1200})
    volume = baseline.volume[baseline.services.index("bostoette")].mean(axis=1)
    saved = by_year(baseline, "bostoette", -0.04 * mean_months(baseline, "bostoette"))
    np.testing.assert_allclose(moved(baseline, made), saved + baseline.calendar @ (100 * volume))


def test_index_and_growth_compound(baseline: Baseline) -> None:
    factor = 1.01 ** (np.arange(60) // 12 + 1)
    expected = sum(by_year(baseline, key, (factor - 1) * mean_months(baseline, key)) for key in baseline.services)
    np.testing.assert_allclose(moved(baseline, lever("price_index", value=1.0)), expected)
    grown = moved(baseline, lever("own_growth", services=("bostoette",), value=1.0, start="2028-01"))
    factor = 1.01 ** (np.maximum(0, np.arange(60) - 11) / 12)
    np.testing.assert_allclose(grown, by_year(baseline, "bostoette", (factor - 1) * mean_months(baseline, "bostoette")))


def test_an_appropriation_moves_the_frame_not_the_expenditure(baseline: Baseline) -> None:
    result = evaluate(baseline, Scenario.of([lever("appropriation", frame="50.54", value=5e6, start="2028-07")]))
    assert (changes(result) == 0.0).all()
    members = result.members.set_index(["level", "member", "year"]).sort_index()
    for key in (("frame", "50.54"), ("committee", "Socialudvalget"), ("total", "total")):
        added = members.loc[key]["budget_scenario"] - members.loc[key]["budget"]
        np.testing.assert_allclose(added, [0, 2.5e6, 5e6, 5e6, 5e6])
        assert (members.loc[key]["probability_over_scenario"] <= members.loc[key]["probability_over"]).all()
    assert (members.loc[("frame", "30.46")]["budget_scenario"] == members.loc[("frame", "30.46")]["budget"]).all()
    assert result.effects["budget"].tolist() == [0, 2.5e6, 5e6, 5e6, 5e6]


def test_displacement_is_shown_gross_and_net(baseline: Baseline) -> None:
    made = lever("price", services=("bostoette",), value=-2.0, displacement=Displacement(purse="region", share_pct=25.0))
    effects = evaluate(baseline, Scenario.of([made])).effects
    np.testing.assert_allclose(effects["displaced"], -0.25 * effects["effect"], atol=0.5)
    assert (effects["net"] == effects["effect"] + effects["displaced"]).all()


def test_an_interval_widens_and_keeps_the_expected_value(baseline: Baseline) -> None:
    certain = evaluate(baseline, Scenario.of([lever("price", services=("bostoette",), value=-10.0)]))
    unsure = evaluate(baseline, Scenario.of([lever("price", services=("bostoette",), value=-10.0, low=-20.0, high=0.0)]))
    np.testing.assert_allclose(changes(certain), changes(unsure), rtol=1e-3)
    width = [result.members["q90_scenario"] - result.members["q10_scenario"] for result in (certain, unsure)]
    assert (width[1][:5] > width[0][:5]).all()
    assert certain.certain
    assert not unsure.certain


def test_without_uniforms_levers_act_at_their_most_likely_value() -> None:
    old = build_baseline(
        {name: table for name, table in example.frames().items() if name not in {"uniforms", "known_months", "stay_response"}}
    )
    made = lever("price", services=("bostoette",), value=-10.0, low=-20.0, high=5.0)
    result = evaluate(old, Scenario.of([made]))
    assert not result.has_uniforms
    np.testing.assert_allclose(changes(result), by_year(old, "bostoette", -0.1 * mean_months(old, "bostoette")))
    referrals = Scenario.of([lever("new_referrals", services=("plejefamilie",), value=-5.0)])
    assert [fault.code for fault in check_scenario(referrals, old)] == ["no_newcomers"]


def test_shapley_by_quadrature_is_shapley_by_subsets() -> None:
    rng = np.random.default_rng(3)
    factors = [Factor(place, rng.uniform(0.5, 1.5, 4), float(place % 3 > 0)) for place in range(7)]

    def product(on: tuple[int, ...]) -> np.ndarray:
        return np.prod([factor.mean if factor.lever in on else np.full(4, factor.off) for factor in factors], axis=0)

    expected = np.zeros((7, 4))
    for player in range(7):
        others = [other for other in range(7) if other != player]
        for size in range(7):
            weight = factorial(size) * factorial(6 - size) / factorial(7)
            for subset in combinations(others, size):
                expected[player] += weight * (product((*subset, player)) - product(subset))
    np.testing.assert_allclose(product_effects(factors), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lever("volume", services=("forsvundet",), value=-1.0), "unknown_service"),
        (lever("volume", services=("ledsageordning",), value=-1.0), "few_citizens"),
        (lever("volume", group="oevrige", value=-1.0, start="2028-01"), "few_citizens"),
        (lever("service_level", group="oevrige", value=-1.0), "few_citizens"),
        (lever("substitution", services=("bostoette",), to_service="eget_vaerelse", value=1.0), "few_citizens"),
        (lever("substitution", services=("bostoette",), to_service="bostoette", value=1.0), "services"),
        (lever("price", services=("bostoette",), value=-1.0, start="2026-12"), "outside_horizon"),
        (lever("price", services=("bostoette",), value=-1.0, end="2032-01"), "outside_horizon"),
        (lever("price", services=("bostoette",), value=float("nan")), "out_of_range"),
        (lever("price_index", value=1.0, start="2028-03"), "new_year"),
        (lever("price_index", value=1.0, end="2028-03"), "undated"),
        (lever("population_variant", variant="high", start="2028-01"), "undated"),
        (lever("population_variant", variant="high", end="2028-03"), "undated"),
        (lever("bringing_home", services=("bostoette", "plejefamilie"), value=-8.0), "services"),
        (lever("price", services=("bostoette",), value=-1.0, age_bands=("0-17",)), "age_bands"),
        (lever("duration_of_stay", services=("bostoette",), value=-1.0), "no_stays"),
        (lever("appropriation", frame="99.99", value=1e6), "unknown_frame"),
        (lever("population_variant", variant="medium"), "unknown_variant"),
        (lever("new_referrals", services=("bostoette",), value=-1.0), "no_newcomers"),
        (lever("bringing_home", services=("bostoette",), value=-8.0, options={"places": 200}), "too_many_places"),
    ],
)  # fmt: skip
def test_what_the_run_cannot_carry_is_refused(baseline: Baseline, made: Lever, code: str) -> None:
    scenario = Scenario.of([made])
    assert code in {fault.code for fault in check_scenario(scenario, baseline)}
    with pytest.raises(ScenarioInvalid, match="What to do"):
        evaluate(baseline, scenario)


def test_another_run_or_price_level_is_refused(baseline: Baseline) -> None:
    other = Scenario.of([], run_id="run-20250101T000000-000000", price_level="2020-pl")
    codes = {fault.code for fault in check_scenario(other, replace(baseline, run_id=example.RUN_ID))}
    assert codes == {"run", "price_level"}


def test_a_goal_is_met_to_the_krone_or_said_to_be_out_of_reach(baseline: Baseline) -> None:
    scenario = Scenario.of(
        [lever("appropriation", frame="50.54", value=0.0), lever("price", "pris", services=("bostoette",), value=-1.0)]
    )
    found = goal_seek(baseline, scenario, Goal("a", 2028))
    assert found.reason == "found"
    assert found.value is not None
    total = evaluate(baseline, found.scenario).members.query("level == 'total' and year == 2028").iloc[0]
    assert 1.0 - total["probability_over_scenario"] == pytest.approx(0.8, abs=0.005)
    again = goal_seek(baseline, found.scenario, Goal("a", 2028))
    assert again.value == pytest.approx(found.value, abs=1.0)
    none = goal_seek(baseline, scenario, Goal("pris", 2031))
    assert (none.value, none.reason) == (None, "none")
    assert goal_seek(baseline, scenario, Goal("pris", 2028, target_dkk=1e9)).reason == "already"


def test_a_wide_interval_moves_along_and_stays_within_its_kind(baseline: Baseline) -> None:
    wide = lever("volume", services=("bostoette",), value=-1.0, low=-10.0, high=0.0)
    moved_far = at_value(wide, -48.0)
    assert (moved_far.low, moved_far.high) == (-50.0, -47.0)
    assert check_scenario(Scenario.of([moved_far]), baseline) == ()
    index = lever("price_index", value=0.5, low=-0.5, high=1.5)
    assert (at_value(index, -0.5).low, at_value(index, -0.5).high) == (-1.5, 0.5), "it is not mirrored"


def test_a_goal_is_found_where_the_interval_is_wide_beside_the_value(baseline: Baseline) -> None:
    scenario = Scenario.of([lever("price_index", value=0.5, low=-0.5, high=1.5)])
    neutral = goal_seek(baseline, scenario, Goal("a", 2031, target_dkk=-1e12))
    low, high = sorted((neutral.deviation_at_low, neutral.deviation_at_high))
    for target in np.linspace(low, high, 6)[1:-1]:
        found = goal_seek(baseline, scenario, Goal("a", 2031, target_dkk=float(target)))
        assert (found.reason, check_scenario(found.scenario, baseline)) == ("found", ())


@pytest.mark.parametrize("goal", [Goal("x", 2028), Goal("a", 1999), Goal("v", 2028), Goal("a", 2028, member=("frame", "?"))])
def test_a_goal_that_cannot_be_sought_is_refused(baseline: Baseline, goal: Goal) -> None:
    levers = [lever("price", services=("bostoette",), value=-1.0), lever("population_variant", "v", variant="high")]
    with pytest.raises(ScenarioInvalid, match="What to do"):
        goal_seek(baseline, Scenario.of(levers), goal)


def test_scenarios_are_compared_by_what_differs(baseline: Baseline) -> None:
    one = Scenario.of(
        [lever("price", services=("bostoette",), value=-1.0), lever("price", "b", services=("plejefamilie",), value=-1.0)]
    )
    two = one.with_lever(lever("price", "b", services=("plejefamilie",), value=-2.0))
    found = compare([(baseline, one), (baseline, two)])
    assert [lever_id for lever_id, _ in found.differences] == ["b"]
    assert len(found.totals) == 10
    with pytest.raises(ScenarioInvalid, match="price levels"):
        compare([(baseline, one), (replace(baseline, price_level="nominal"), two)])
    with pytest.raises(ScenarioInvalid, match="horizons"):
        compare([(baseline, one), (replace(baseline, years=(2027,)), two)])
    with pytest.raises(ScenarioInvalid, match="Two to four"):
        compare([(baseline, one)])


def test_few_citizens_are_not_told_and_overlaps_are_named(baseline: Baseline) -> None:
    levers = [
        lever("volume", services=("bostoette",), value=-20.0),
        lever("service_level", "b", services=("bostoette", "plejefamilie"), value=-1.0),
        lever("price", "c", services=("plejefamilie",), value=-1.0, start="2030-01"),
        lever("volume", "d", group="oevrige", value=-10.0),
    ]
    scenario = Scenario.of(levers)
    people = citizens_affected(baseline, scenario).set_index("service")
    assert set(people.index) == {"bostoette", "plejefamilie"}
    assert (people.loc["bostoette"]["change_mean"] < -10).all()
    assert (people.loc["plejefamilie"]["mask"] == "small").all()
    assert people.loc["plejefamilie"]["change_mean"].isna().all()
    pairs = {(item.first, item.second): item.services for item in find_overlaps(baseline, scenario)}
    assert pairs == {("a", "b"): ("bostoette",), ("b", "c"): ("plejefamilie",)}


def test_where_the_total_is_hidden_masked_services_are_not_told(baseline: Baseline) -> None:
    hidden = {key: belongs for key, belongs in baseline.inside.items() if key[0] != "total"}
    members = baseline.members[baseline.members["level"] != "total"].reset_index(drop=True)
    levers = [lever("volume", group="oevrige", value=-10.0), lever("volume", "b", services=("bostoette",), value=-10.0)]
    found = evaluate(replace(baseline, inside=hidden, members=members), Scenario.of(levers)).effects
    assert set(found["lever_id"]) == {"b"}


def test_all_faults_of_all_levers_are_told(baseline: Baseline) -> None:
    levers = [
        lever("volume", services=("forsvundet",), value=-1.0),
        lever("new_referrals", "b", services=("bostoette",), value=-1.0),
    ]
    faults = check_scenario(Scenario.of(levers), baseline)
    assert [fault.where for fault in faults] == ["levers[0].services[0]", "levers[1]"]


def test_no_dated_lever_names_a_masked_service(baseline: Baseline) -> None:
    """Every way to act on a masked service moves all of them alike over the whole horizon."""
    masked = [key for key, is_shown in zip(baseline.services, baseline.shown, strict=True) if not is_shown]
    assert masked
    for key in masked:
        for kind in ("volume", "price", "service_level", "own_growth", "technology", "prevention"):
            codes = {fault.code for fault in check_scenario(Scenario.of([lever(kind, services=(key,), value=-1.0)]), baseline)}
            assert codes == {"few_citizens"}
    assert isinstance(citizens_affected(baseline, Scenario.of([lever("volume", group="oevrige", value=-50.0)])), pd.DataFrame)
