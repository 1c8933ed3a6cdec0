"""Identities of the scenario engine, for any scenario."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

import numpy as np
import published_example as example
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference.lever_catalogue import load_lever_kinds
from data.schema.published_providers import JOINED
from models.scenario import Baseline, Displacement, Lever, Scenario, build_baseline, evaluate, read_scenario
from models.scenario.attribution import whole_effects
from models.scenario.by_provider import offered_kinds
from models.scenario.engine import moved_years
from models.scenario.lever import RAMPS
from models.scenario.stay_answers import KINDS as STAY_KINDS
from models.scenario.terms import make_plan

MOVED = ("mean", "q10", "q90", "deviation_mean", "deviation_q10", "deviation_q90", "probability_over")


@lru_cache(maxsize=1)
def baseline() -> Baseline:
    return build_baseline(example.frames())


GROUPS = ("botilbud", "stoette_hjemme", "anbringelser", "oevrige")
LEVERS = st.dictionaries(
    st.tuples(st.sampled_from(["price", "volume"]), st.sampled_from(GROUPS)), st.floats(-5, 5, allow_nan=False), max_size=6
)
SCENARIOS = st.builds(
    lambda levers, variant: example.scenario_of(levers, variant=variant), LEVERS, st.sampled_from(["main", "low", "high"])
)


def test_neutral_is_the_baseline_to_the_last_bit() -> None:
    members = evaluate(baseline(), Scenario()).members
    for name in MOVED:
        before, after = members[name].to_numpy(dtype="float64"), members[f"{name}_scenario"].to_numpy(dtype="float64")
        assert before.tobytes() == after.tobytes(), name
    assert (members["change_mean"] == 0.0).all()


@settings(max_examples=40, deadline=None)
@given(SCENARIOS)
def test_effects_sum_to_the_change_of_the_total(scenario: Scenario) -> None:
    result = evaluate(baseline(), scenario)
    total = result.members[result.members["level"] == "total"].set_index("year")["change_mean"]
    effects = result.effects.groupby("year")["effect"].sum().reindex(total.index, fill_value=0.0)
    assert (np.abs(effects - total) <= 0.5 + 1e-6).all()
    assert (result.effects["effect"] % 1 == 0).all()


@settings(max_examples=40, deadline=None)
@given(SCENARIOS)
def test_frames_sum_to_committees_and_total(scenario: Scenario) -> None:
    members = evaluate(baseline(), scenario).members
    change = members.groupby(["level", "year"])["change_mean"].sum().unstack("level")
    np.testing.assert_allclose(change["frame"], change["total"], rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(change["committee"], change["total"], rtol=1e-9, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(SCENARIOS)
def test_the_same_scenario_gives_the_same_figures(scenario: Scenario) -> None:
    one, two = evaluate(baseline(), scenario), evaluate(baseline(), read_scenario(scenario.to_json()))
    assert one.members.equals(two.members)
    assert one.effects.equals(two.effects)


@settings(max_examples=40, deadline=None)
@given(LEVERS)
def test_quantiles_never_cross(levers: dict[tuple[str, str], float]) -> None:
    members = evaluate(baseline(), example.scenario_of(levers)).members
    assert (members["q10_scenario"] <= members["mean_scenario"]).all()
    assert (members["mean_scenario"] <= members["q90_scenario"]).all()
    assert members["probability_over_scenario"].between(0, 1).all()


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12))
def test_whole_effects_sum_to_the_rounded_sum(parts: list[float]) -> None:
    values = np.array(parts, dtype=np.float64)
    rounded = whole_effects(values[:, None])[:, 0]
    assert rounded.sum() == round(float(values.sum()))
    assert (np.abs(rounded - values) <= 1.0 + 1e-6).all()


SHOWN = ("laengerevarende_botilbud", "midlertidigt_botilbud", "bostoette", "plejefamilie")
KINDS = (
    "volume", "service_level", "price", "own_growth", "technology", "prevention", "substitution", "rate_model", "new_referrals",
    "duration_of_stay",
)  # fmt: skip


AGES = {"bostoette": ((), ("18-22",), ("18-66",)), "midlertidigt_botilbud": ((), ("40+",))}


@st.composite
def dated_levers(draw: st.DrawFn) -> list[Lever]:
    """Up to six levers of any multiplicative kind, with dates, ramps and intervals."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        about = load_lever_kinds()[draw(st.sampled_from(KINDS))]
        low, value, high = sorted(draw(st.floats(about.low, about.high)) for _ in range(3))
        service, other = draw(st.permutations(SHOWN))[:2]
        service = "plejefamilie" if about.kind in STAY_KINDS else service
        other = "bostoette" if other == service else other
        ages = draw(st.sampled_from(AGES.get(service, ((),)))) if about.kind not in STAY_KINDS else ()
        ramp = draw(st.sampled_from(RAMPS))
        year = draw(st.integers(2027, 2031))
        shown = [tuple(kind.split(JOINED)) for member, kind, _ in offered_kinds(baseline()) if member == service]
        kinds = st.lists(st.sampled_from(shown), max_size=2, unique=True) if shown else st.just([])
        frame = draw(st.sampled_from(["", "", "30.46", "50.54"]))
        made.append(
            Lever(
                lever_id=f"l{number}",
                kind=about.kind,
                services=(service,),
                age_bands=ages,
                to_service=other if about.kind == "substitution" else "",
                start=f"{year}-01",
                end=draw(st.sampled_from(["", "2031-06"])),
                ramp=ramp,
                ramp_months=0 if ramp == "step" else draw(st.integers(1, 48)),
                value=value,
                low=low,
                high=high,
                provider_types=tuple(chain(*draw(kinds))) if about.kind == "price" else (),
                displacement=Displacement(purse="committee", share_pct=draw(st.floats(0, 100)), frame=frame) if frame else None,
            )
        )
    return made


@settings(max_examples=25, deadline=None)
@given(dated_levers())
def test_order_makes_no_difference_and_nothing_is_negative(levers: list[Lever]) -> None:
    scenario = Scenario.of(levers)
    assert Scenario.of(levers[::-1]) == scenario
    plan = make_plan(baseline(), scenario)
    assert all((years >= 0).all() for years in moved_years(baseline(), plan).values())
    for _, factors in (part for classes in plan.volume.values() for part in classes):
        assert all((factor.mean >= 0).all() and (factor.draws is None or (factor.draws >= 0).all()) for factor in factors)
    one, two = evaluate(baseline(), scenario), evaluate(baseline(), read_scenario(scenario.to_json()))
    assert one.members.equals(two.members)


@settings(max_examples=25, deadline=None)
@given(dated_levers())
def test_effects_of_dated_levers_sum_to_the_total_to_the_krone(levers: list[Lever]) -> None:
    result = evaluate(baseline(), Scenario.of(levers))
    total = result.members[result.members["level"] == "total"].set_index("year")["change_mean"]
    summed = result.effects.groupby("year")[["effect", "within"]].sum().reindex(total.index, fill_value=0.0)
    effects = summed["effect"] + summed["within"]
    assert (np.abs(effects - total) <= 0.5 + 1e-6).all()
    moved = moved_years(baseline(), make_plan(baseline(), result.scenario))
    drawn = sum((years - baseline().yearly[service]).mean(axis=1) for service, years in moved.items())
    size = baseline().sums["total", "total"].mean(axis=1)
    assert (np.abs(drawn + summed["within"].to_numpy() - total.to_numpy()) <= 0.02 * size).all()
    change = result.members.groupby(["level", "year"])["change_mean"].sum().unstack("level")
    np.testing.assert_allclose(change["frame"], change["total"], rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(change["committee"], change["total"], rtol=1e-9, atol=1e-3)
