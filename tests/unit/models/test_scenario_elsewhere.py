"""A saving that comes back in another frame: that frame's figures rise, and committee, total, effects and goals agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
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
    evaluate,
    goal_seek,
    read_scenario,
)
from models.view.language import Language
from models.view.lever_form import fault_text, option_text, with_details
from models.view.pictures import effects_picture
from models.view.scenario_tables import effect_rows, effect_total
from models.view.scenario_words import lever_sentence
from models.view.theme import palette

if TYPE_CHECKING:
    import pandas as pd

    from models.view.run import RunView

OTHER = Displacement(purse="committee", share_pct=30.0, frame="30.46")


def level(value: float, displacement: Displacement | None = None) -> Lever:
    fields = {"kind": "service_level", "services": ("midlertidigt_botilbud",), "displacement": displacement}
    return Lever(lever_id="a", value=value, low=value, high=value, **fields)  # type: ignore[arg-type]


def member(result: ScenarioResult, level: str, member: str) -> pd.DataFrame:
    rows = result.members
    return rows[(rows["level"] == level) & (rows["member"] == member)].reset_index(drop=True)


def test_the_other_frame_rises_and_everything_adds_up(baseline: Baseline) -> None:
    plain, found = (evaluate(baseline, Scenario.of([level(-2.0, where)])) for where in (None, OTHER))
    rise = np.round(-0.3 * plain.effects["effect"].to_numpy())
    assert (rise > 0).all()
    assert found.effects["effect"].equals(plain.effects["effect"])
    assert found.effects["within"].to_numpy() == pytest.approx(rise)
    other = member(found, "frame", "30.46")
    assert other["change_mean"].to_numpy() == pytest.approx(rise)
    for name in ("mean", "q10", "q90", "deviation_mean", "deviation_q10", "deviation_q90"):
        assert (other[f"{name}_scenario"] - other[name]).to_numpy() == pytest.approx(rise)
    assert (other["probability_over_scenario"] >= other["probability_over"]).all()
    assert member(found, "frame", "50.54")["change_mean"].equals(member(plain, "frame", "50.54")["change_mean"])
    total, before = member(found, "total", "total"), member(plain, "total", "total")
    assert total["change_mean"].to_numpy() == pytest.approx(before["change_mean"].to_numpy() + rise)
    frames = found.members[found.members["level"] == "frame"].groupby("year")["change_mean"].sum()
    committees = found.members[found.members["level"] == "committee"].groupby("year")["change_mean"].sum()
    assert frames.to_numpy() == pytest.approx(total["change_mean"].to_numpy())
    assert committees.to_numpy() == pytest.approx(total["change_mean"].to_numpy())
    assert (total["q10_scenario"] - before["q10_scenario"]).to_numpy() == pytest.approx(rise)


def test_a_rise_is_no_saving_that_comes_back(baseline: Baseline) -> None:
    found = evaluate(baseline, Scenario.of([level(2.0, OTHER)]))
    assert (found.effects["within"] == 0).all()
    assert (member(found, "frame", "30.46")["change_mean"] == 0).all()


def test_a_goal_counts_what_comes_back(baseline: Baseline) -> None:
    frame = Lever(lever_id="b", kind="appropriation", frame="30.46")
    goal = Goal("b", 2028, member=("frame", "30.46"))
    values = [goal_seek(baseline, Scenario.of([level(-2.0, where), frame]), goal).value for where in (None, OTHER)]
    rise = member(evaluate(baseline, Scenario.of([level(-2.0, OTHER)])), "frame", "30.46").set_index("year")["change_mean"][2028]
    assert values[1] - values[0] == pytest.approx(rise, abs=2.0)  # type: ignore[operator]


def test_what_cannot_land_is_refused(baseline: Baseline) -> None:
    nowhere = level(-2.0, Displacement(purse="committee", share_pct=30.0, frame="99.99"))
    assert {fault.code for fault in check_scenario(Scenario.of([nowhere]), baseline)} == {"unknown_frame"}
    told = {"purse": "region", "share_pct": 30, "frame": "30.46"}
    lever = {"id": "a", "kind": "price", "services": ["bostoette"], "value": -1, "displacement": told}
    with pytest.raises(ScenarioInvalid, match="none of these purses"):
        read_scenario(json.dumps({"schema_version": 3, "levers": [lever]}))
    scenario = Scenario.of([level(-2.0, OTHER)])
    assert read_scenario(scenario.to_json()) == scenario
    assert scenario.to_dict()["schema_version"] == 3


def test_where_the_total_is_hidden_nothing_lands_of_masked_services() -> None:
    tables = example.frames()
    outlook = tables["frame_outlook"]
    baseline = build_baseline(
        tables | {"frame_outlook": outlook.assign(mask=outlook["mask"].where(outlook["level"] != "total", "primary"))}
    )
    lever = Lever(lever_id="a", kind="volume", group="oevrige", value=-2.0, low=-2.0, high=-2.0, displacement=OTHER)
    assert "few_citizens" in {fault.code for fault in check_scenario(Scenario.of([lever]), baseline)}


def test_the_page_says_where_and_the_waterfall_ends_at_the_change(run: RunView, baseline: Baseline) -> None:
    scenario = Scenario.of([level(-2.0, OTHER)])
    found = evaluate(baseline, scenario)
    rows = effect_rows(found, run, Language("da"), 2028)
    assert [label for label, _ in rows][1:] == ["Kommer igen i andre rammer"]
    total = member(found, "total", "total").set_index("year")["change_mean"][2028]
    assert effect_total(rows) == pytest.approx(total, abs=1.0)
    assert "kommer igen i rammen" in lever_sentence(scenario.levers[0], run, Language("da"))
    drawn = effects_picture(rows, ("I alt", effect_total(rows)), Language("da"), palette(None))
    rules = [layer["mark"] for layer in drawn.form["layer"] if layer["mark"]["type"] == "rule"]
    assert [mark["aria"] for mark in rules] == [False], "a line at zero is no symbol that a screen reader must name"


def test_the_form_takes_a_frame_and_refuses_one_of_others(baseline: Baseline) -> None:
    lever = level(-2.0)
    scenario = Scenario.of([lever])
    typed: dict[str, object] = {"low": "−2", "high": "−2", "share_pct": "30", "frame": "30.46", "purse": ""}
    typed |= {option.name: option_text(lever, option.name, Language("da")) for option in lever.of_kind.options}
    changed, faults = with_details(scenario, lever, typed, baseline, Language("da"))
    assert not faults
    assert changed.levers[0].displacement == OTHER
    same, faults = with_details(scenario, lever, typed | {"purse": "region"}, baseline, Language("da"))
    assert same == scenario
    assert [fault_text(fault, Language("en"))[:7] for fault in faults] == ["A frame"]
