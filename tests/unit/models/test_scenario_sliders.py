"""Sliders: a frozen value that travels in a link and becomes levers; what does not hold is said, never guessed."""

from __future__ import annotations

import math

import pytest

from models.scenario import RANGES, LinkFault, ScenarioInvalid, Sliders, read_scenario
from models.scenario.sliders import query_keys, slider_of

GROUPS = ("botilbud", "anbringelser")
MADE = Sliders.of({("uptake", "botilbud"): -2.5, ("unit_cost", "anbringelser"): 1.0}, variant="high")


def test_neutral_levers_are_left_out() -> None:
    assert Sliders.of({("uptake", "botilbud"): 0.0}) == Sliders()
    assert Sliders().is_neutral
    assert not Sliders(variant="high").is_neutral


def test_order_of_levers_makes_no_difference() -> None:
    one = Sliders.of({("uptake", "a"): 1.0, ("uptake", "b"): 2.0})
    assert one == Sliders.of({("uptake", "b"): 2.0, ("uptake", "a"): 1.0})


def test_sliders_are_levers_of_a_file() -> None:
    made = MADE.scenario()
    assert read_scenario(made.to_json()) == made
    assert {slider_of(lever) for lever in made.levers} == {("uptake", "botilbud"), ("unit_cost", "anbringelser"), ("variant", "")}
    assert Sliders().scenario().is_neutral


@pytest.mark.parametrize("change", [("magic", "a", 1.0), ("uptake", "a", 99.0), ("uptake", "a", math.nan)])
def test_what_is_no_slider_is_refused(change: tuple[str, str, float]) -> None:
    with pytest.raises(ScenarioInvalid, match="What to do"):
        Sliders((change,))


def test_the_same_slider_twice_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="twice"):
        Sliders((("uptake", "a", 1.0), ("uptake", "a", 2.0)))


def test_link_round_trip() -> None:
    read, faults = Sliders.from_query(MADE.to_query() | {"lang": "en"}, groups=GROUPS, variants=("main", "high"))
    assert (read, faults) == (MADE, ())


def test_a_bad_link_keeps_what_holds_and_says_the_rest() -> None:
    query = {
        "u_botilbud": "-2",
        "p_botilbud": "x",
        "u_anbringelser": "50",
        "u_ukendt": "1",
        "p_anbringelser": "nan",
        "variant": "?",
    }
    read, faults = Sliders.from_query(query, groups=GROUPS, variants=("main",))
    assert read == Sliders.of({("uptake", "botilbud"): -2.0})
    assert set(faults) == {
        LinkFault("not_a_number", "unit_cost", "botilbud"),
        LinkFault("out_of_range", "uptake", "anbringelser"),
        LinkFault("unknown_group", "uptake"),
        LinkFault("not_a_number", "unit_cost", "anbringelser"),
        LinkFault("unknown_variant", "variant"),
    }


def test_a_link_lands_on_a_setting_of_the_slider() -> None:
    read, _ = Sliders.from_query({"u_botilbud": "2.3"}, groups=GROUPS, variants=())
    assert read.change("uptake", "botilbud") == 2.5


def test_query_keys_are_ours_only() -> None:
    assert query_keys(["lang", "u_a", "p_b", "variant", "utm"]) == {"u_a", "p_b", "variant"}


@pytest.mark.parametrize("measure", sorted(RANGES))
def test_settings_hold_neutral_and_both_ends(measure: str) -> None:
    allowed = RANGES[measure]
    settings = allowed.settings()
    assert (settings[0], settings[-1]) == (allowed.low, allowed.high)
    assert 0.0 in settings
    assert all(allowed.holds(setting) for setting in settings)
    assert not allowed.holds(math.inf)


def test_one_lever_set_and_unset() -> None:
    moved = MADE.with_change("uptake", "botilbud", 0.0)
    assert moved.change("uptake", "botilbud") == 0.0
    assert moved.change("uptake", "botilbud") == 0.0
    assert moved.variant == MADE.variant
    assert MADE.change("uptake", "botilbud") == -2.5
    assert moved.with_variant("main").variant == "main"
