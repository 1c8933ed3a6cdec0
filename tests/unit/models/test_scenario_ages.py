"""Levers on some ages: their share is moved and the rest is as it was; inside a band levers multiply, between bands they add."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import published_example as example
import pytest
from test_scenario_levers import lever, mean_months, moved

from models.scenario import (
    Baseline,
    Lever,
    Scenario,
    ScenarioInvalid,
    build_baseline,
    check_scenario,
    citizens_affected,
    evaluate,
    find_overlaps,
    read_scenario,
)
from models.scenario.attribution import lever_effects
from models.scenario.by_age import offered_ages
from models.scenario.terms import make_plan
from models.view.language import Language
from models.view.lever_form import age_choices, age_note, option_text, with_details
from models.view.scenario_words import fault_sentence

SERVICE, OTHER = "bostoette", "midlertidigt_botilbud"


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return build_baseline(example.frames())


def whole(baseline: Baseline, service: str = SERVICE) -> np.ndarray:
    return baseline.share[baseline.services.index(service)] @ mean_months(baseline, service)


def on(ages: tuple[str, ...], value: float, lever_id: str = "a", kind: str = "volume", **fields: object) -> Lever:
    return lever(kind, lever_id, services=(SERVICE,), value=value, age_bands=ages, **fields)


def test_a_band_moves_its_share_of_cost_and_of_people(baseline: Baseline) -> None:
    np.testing.assert_allclose(moved(baseline, on(("18-22",), -50.0)), -0.5 * 0.2 * whole(baseline))
    some, every = (citizens_affected(baseline, Scenario.of([on(ages, -50.0)])) for ages in (("23-66",), ()))
    np.testing.assert_allclose(some["change_mean"], 0.6 * every["change_mean"])
    np.testing.assert_allclose(moved(baseline, on(("67+",), -10.0, kind="price")), -0.1 * 0.3 * whole(baseline))


def test_all_ages_are_no_ages(baseline: Baseline) -> None:
    for ages in (("18-22", "23-66", "67+"), ("18+",)):
        assert moved(baseline, on(ages, -7.0)).tobytes() == moved(baseline, on((), -7.0)).tobytes()


def test_levers_multiply_inside_a_band_and_add_between_bands(baseline: Baseline) -> None:
    young, old = on(("18-22",), -50.0, "a"), on(("67+",), -10.0, "b", kind="price")
    np.testing.assert_allclose(moved(baseline, young, old), moved(baseline, young) + moved(baseline, old))
    again = on(("18-66",), -20.0, "c", kind="price")
    both = -(0.2 * (1 - 0.5 * 0.8) + 0.5 * 0.2) * whole(baseline)
    np.testing.assert_allclose(moved(baseline, young, again), both)


def test_effects_by_lever_are_shapley_values_over_every_order(baseline: Baseline) -> None:
    levers = [
        on(("18-22",), -50.0, "a"),
        on(("18-66",), -20.0, "b", kind="price"),
        on((), -5.0, "c", kind="service_level"),
        lever("substitution", "d", services=(OTHER,), to_service=SERVICE, value=10.0, age_bands=("18-39",)),
    ]
    scenario = Scenario.of(levers)
    found = lever_effects(baseline, make_plan(baseline, scenario)).sum(axis=1)
    expected = np.zeros_like(found)
    orders = list(permutations(range(len(levers))))
    for order in orders:
        before = np.zeros(found.shape[1])
        for step in range(len(order)):
            after = moved(baseline, *(levers[place] for place in sorted(order[: step + 1])))
            expected[order[step]] += (after - before) / len(orders)
            before = after
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-3)


def test_substitution_moves_people_of_a_band_at_the_new_service_s_cost(baseline: Baseline) -> None:
    made = lever("substitution", services=(OTHER,), to_service=SERVICE, value=10.0, age_bands=("40+",))
    plan = make_plan(baseline, Scenario.of([made]))
    ((_, _, share, _),) = plan.moved_to
    np.testing.assert_allclose(share, 0.6)
    origin, sink = baseline.services.index(OTHER), baseline.services.index(SERVICE)
    into = baseline.monthly_mean[sink] / baseline.volume_mean[sink] * baseline.volume_mean[origin] * 0.6 * 0.1
    part = made.option("relative_cost_to_pct") / 100.0
    effects = lever_effects(baseline, plan)[0]
    np.testing.assert_allclose(effects[sink], baseline.share[sink] @ into * part)
    np.testing.assert_allclose(effects[origin], -0.1 * 0.55 * whole(baseline, OTHER))


def test_overlaps_are_of_the_same_ages(baseline: Baseline) -> None:
    young, old, some = on(("18-22",), -1.0, "a"), on(("67+",), -1.0, "b"), on((), -1.0, "c")
    assert find_overlaps(baseline, Scenario.of([young, old])) == ()
    assert [(item.first, item.second) for item in find_overlaps(baseline, Scenario.of([young, old, some]))] == [
        ("a", "c"),
        ("b", "c"),
    ]


@pytest.mark.parametrize(
    "made",
    [
        on(("18-30",), -1.0),
        on(("0-17",), -1.0),
        lever("volume", services=("plejefamilie",), value=-1.0, age_bands=("0-17",)),
        lever("volume", group="oevrige", value=-1.0, age_bands=("0-17",)),
    ],
)
def test_ages_that_the_run_does_not_show_are_refused(baseline: Baseline, made: Lever) -> None:
    assert "age_bands" in {fault.code for fault in check_scenario(Scenario.of([made]), baseline)}


@pytest.mark.parametrize(
    ("kind", "why", "said"),
    [
        ("new_referrals", "how old those are who come", "hvor gamle de nye er"),
        ("duration_of_stay", "how long stays last at each age", "hvor længe forløb varer"),
        ("bringing_home", "a place has one price", "en plads har én pris"),
    ],
)
def test_kinds_without_ages_say_why(baseline: Baseline, kind: str, why: str, said: str) -> None:
    danish = Language("da")
    made = lever(kind, services=("plejefamilie",), value=-1.0, age_bands=("0-17",))
    fault = next(fault for fault in check_scenario(Scenario.of([made]), baseline) if fault.where.endswith("age_bands"))
    assert (fault.code, why in fault.why) == ("not_by_age", True)
    assert "kun flyttes for alle aldre" in fault_sentence(fault, danish)
    assert age_choices(replace(made, age_bands=()), baseline) == ("",)
    assert said in age_note(replace(made, age_bands=()), baseline, danish)
    assert not age_note(on((), -1.0), baseline, danish), "there an age can be chosen"
    assert not age_note(lever("price_index"), baseline, danish)


def test_an_older_run_has_no_ages(baseline: Baseline) -> None:
    assert check_scenario(Scenario.of([on(("18-22",), -1.0)]), replace(baseline, ages={}))


def test_what_is_offered_can_be_evaluated(baseline: Baseline) -> None:
    offered = offered_ages(baseline, on((), -1.0))
    assert offered == ("18-22", "23-66", "67+")
    both = lever("volume", services=(SERVICE, OTHER), value=-1.0)
    assert offered_ages(baseline, both) == (), "their bands cut each other"
    assert offered_ages(baseline, lever("volume", services=("plejefamilie",), value=-1.0)) == ()
    assert offered_ages(baseline, lever("duration_of_stay", services=(SERVICE,), value=-1.0)) == ()
    for age in offered:
        result = evaluate(baseline, Scenario.of([on((age,), -3.0)]))
        assert (result.effects["effect"] < 0).all()


@pytest.mark.parametrize("age", ["18", "22-18", "unge", "18-", "67++"])
def test_a_span_is_written_plainly(age: str) -> None:
    text = Scenario.of([on(("18-22",), -1.0)]).to_json().replace("18-22", age)
    with pytest.raises(ScenarioInvalid, match="18-22"):
        read_scenario(text)


def test_a_file_with_ages_is_of_version_3_and_reads_back() -> None:
    made = Scenario.of([on(("67+", "18-22"), -1.0)])
    assert made.to_dict()["schema_version"] == 3
    again = read_scenario(made.to_json())
    assert again.levers[0].age_bands == ("18-22", "67+")
    assert Scenario.of([on((), -1.0)]).to_dict()["schema_version"] == 2


def test_the_form_of_a_lever_keeps_it_to_an_age_and_lets_it_go_again(baseline: Baseline) -> None:
    language = Language("da")
    made = on((), -1.0)
    typed: dict[str, object] = {"low": "-1", "high": "-1"}
    typed |= {option.name: option_text(made, option.name, language) for option in made.of_kind.options}
    assert age_choices(made, baseline) == ("", "18-22", "23-66", "67+")
    scenario, faults = with_details(Scenario.of([made]), made, typed | {"age_bands": "67+"}, baseline, language)
    assert (faults, scenario.levers[0].age_bands) == ((), ("67+",))
    again, faults = with_details(scenario, scenario.levers[0], typed | {"age_bands": ""}, baseline, language)
    assert (faults, again.levers[0].age_bands) == ((), ())
    several = on(("18-22", "67+"), -1.0)
    assert age_choices(several, baseline) == ("",), "several ages of a file are kept"
    kept, _ = with_details(Scenario.of([several]), several, typed, baseline, language)
    assert kept.levers[0].age_bands == ("18-22", "67+")
