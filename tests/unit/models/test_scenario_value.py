"""Scenario: a frozen value that travels as JSON and in a link; what does not hold is said, never guessed."""

from __future__ import annotations

import json
import math

import pytest

from models.scenario import RANGES, Fault, Scenario, ScenarioInvalid
from models.scenario.scenario import query_keys

GROUPS = ("botilbud", "anbringelser")
MADE = Scenario.of({("uptake", "botilbud"): -2.5, ("unit_cost", "anbringelser"): 1.0}, variant="high", name="Færre <b>")


def test_neutral_levers_are_left_out() -> None:
    assert Scenario.of({("uptake", "botilbud"): 0.0}) == Scenario()
    assert Scenario().is_neutral
    assert not Scenario(variant="high").is_neutral


def test_order_of_levers_makes_no_difference() -> None:
    one = Scenario.of({("uptake", "a"): 1.0, ("uptake", "b"): 2.0})
    assert one == Scenario.of({("uptake", "b"): 2.0, ("uptake", "a"): 1.0})


def test_json_round_trip_keeps_everything() -> None:
    read = Scenario.from_json(MADE.to_json())
    assert read == MADE
    assert read.name == MADE.name
    assert json.loads(MADE.to_json())["schema_version"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"schema_version": 2}',
        '{"schema_version": 1, "surprise": 1}',
        '{"schema_version": 1, "levers": {}}',
        '{"schema_version": 1, "levers": [{"measure": "uptake", "group": "a"}]}',
        '{"schema_version": 1, "levers": [{"measure": "uptake", "group": "a", "change_pct": "1"}]}',
        '{"schema_version": 1, "levers": [{"measure": "uptake", "group": "a", "change_pct": true}]}',
        '{"schema_version": 1, "levers": [{"measure": "uptake", "group": "a", "change_pct": NaN}]}',
        '{"schema_version": 1, "levers": [{"measure": "uptake", "group": "a", "change_pct": 99}]}',
        '{"schema_version": 1, "levers": [{"measure": "magic", "group": "a", "change_pct": 1}]}',
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(ScenarioInvalid, match="What to do"):
        Scenario.from_json(text)


def test_the_same_lever_twice_is_refused() -> None:
    lever = {"measure": "uptake", "group": "a", "change_pct": 1.0}
    with pytest.raises(ScenarioInvalid, match="twice"):
        Scenario.from_json(json.dumps({"schema_version": 1, "levers": [lever, lever]}))


def test_link_round_trip() -> None:
    read, faults = Scenario.from_query(MADE.to_query() | {"lang": "en"}, groups=GROUPS, variants=("main", "high"))
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
    read, faults = Scenario.from_query(query, groups=GROUPS, variants=("main",))
    assert read == Scenario.of({("uptake", "botilbud"): -2.0})
    assert set(faults) == {
        Fault("not_a_number", "unit_cost", "botilbud"),
        Fault("out_of_range", "uptake", "anbringelser"),
        Fault("unknown_group", "uptake"),
        Fault("not_a_number", "unit_cost", "anbringelser"),
        Fault("unknown_variant", "variant"),
    }


def test_a_link_lands_on_a_setting_of_the_slider() -> None:
    read, _ = Scenario.from_query({"u_botilbud": "2.3"}, groups=GROUPS, variants=())
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
    assert moved.factor("uptake", "botilbud") == 1.0
    assert (moved.name, moved.variant) == (MADE.name, MADE.variant)
    assert MADE.change("uptake", "botilbud") == -2.5
    assert moved.with_variant("main").variant == "main"
