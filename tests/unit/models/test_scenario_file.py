"""A scenario file: every fault is told with place, value, why and remedy; what holds has one id everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from data.reference.lever_catalogue import load_lever_kinds
from models.rng import N_UNIFORMS
from models.scenario import Displacement, Lever, Scenario, ScenarioInvalid, read_scenario
from models.scenario.scenario import column_of
from models.view.language import Language
from models.view.scenario_words import fault_lines

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "scenario.json").read_text(encoding="utf-8"))
PRICE = {"id": "pris", "kind": "price", "services": ["bostoette"], "value": -1.0, "low": -3.0, "high": 0.0}


def file_of(**changes: object) -> str:
    return json.dumps({"schema_version": 2, "name": "Prøve", "levers": [PRICE | changes]})


def faults_of(text: str) -> list[tuple[str, str]]:
    with pytest.raises(ScenarioInvalid) as caught:
        read_scenario(text)
    assert all(fault.what and fault.why and fault.remedy for fault in caught.value.faults)
    assert not [line for line in fault_lines(caught.value.faults, Language("da")) if "passer ikke med filens form" in line]
    return [(fault.code, fault.where) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "magic"}, ("unknown_kind", "levers[0].kind")),
        ({"surprise": 1}, ("unknown_key", "levers[0].surprise")),
        ({"id": "A b"}, ("form", "levers[0].id")),
        ({"id": "0101801234"}, ("form", "levers[0].id")),
        ({"start": "2027-13"}, ("form", "levers[0].start")),
        ({"start": "2028-01", "end": "2027-01"}, ("interval", "levers[0].end")),
        ({"value": "1"}, ("not_a_number", "levers[0].value")),
        ({"value": True}, ("not_a_number", "levers[0].value")),
        ({"value": float("nan")}, ("not_a_number", "levers[0].value")),
        ({"value": float("inf")}, ("not_a_number", "levers[0].value")),
        ({"value": 10**400}, ("not_a_number", "levers[0].value")),
        ({"value": -99.0}, ("out_of_range", "levers[0].value")),
        ({"low": 1.0}, ("interval", "levers[0].low")),
        ({"ramp": {"shape": "sideways", "months": 3}}, ("ramp", "levers[0].ramp")),
        ({"ramp": {"shape": "linear", "months": 0}}, ("ramp", "levers[0].ramp.months")),
        ({"options": {"places": 1}}, ("unknown_key", "levers[0].options")),
        ({"services": "bostoette"}, ("type", "levers[0].services")),
        ({"services": []}, ("missing", "levers[0].services")),
        ({"services": ["a", "a"]}, ("twice", "levers[0].services")),
        ({"group": "botilbud"}, ("twice", "levers[0].group")),
        ({"frame": "50.54"}, ("unknown_key", "levers[0].frame")),
        ({"rationale": "<b>fed</b>"}, ("unsafe_text", "levers[0].rationale")),
        ({"rationale": "=SUM(A1)"}, ("unsafe_text", "levers[0].rationale")),
        ({"rationale": "et halvt tegn \ud800"}, ("unsafe_text", "levers[0].rationale")),
        ({"rationale": "x" * 2001}, ("too_long", "levers[0].rationale")),
        ({"author": "010180-1234"}, ("cpr", "levers[0].author")),
        ({"rationale": "barn 01.01.80-1234"}, ("cpr", "levers[0].rationale")),
        ({"displacement": {"purse": "state", "share_pct": 120}}, ("out_of_range", "levers[0].displacement.share_pct")),
        ({"displacement": {"purse": "mars", "share_pct": 1}}, ("purse", "levers[0].displacement")),
        ({"uniform": 64}, ("out_of_range", "levers[0].uniform")),
        ({"kind": "price_index", "services": [], "start": "2028-03"}, ("new_year", "levers[0].start")),
        ({"kind": "substitution", "value": 2, "low": 0, "high": 5}, ("missing", "levers[0].to_service")),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_stands(changes: dict[str, object], fault: tuple[str, str]) -> None:
    assert fault in faults_of(file_of(**changes))


@pytest.mark.parametrize(
    "text",
    ["no json", "[]", "[" * 99_999, '{"schema_version": 1}', '{"schema_version": 2, "levers": {}}',
     '{"schema_version": 2, "x": 1}', '{"schema_version": 2, "levers": [7]}', '{"schema_version": 2, "name": "a", "name": "b"}',
     "x" * 300_000],
)  # fmt: skip
def test_what_is_no_scenario_is_refused(text: str) -> None:
    assert faults_of(text)


def test_all_faults_are_told_at_once_and_nothing_people_wrote_is_echoed() -> None:
    text = json.dumps({"schema_version": 2, "name": "<i>", "levers": [PRICE | {"value": 99}, {"id": "b", "kind": "x"}, PRICE]})
    with pytest.raises(ScenarioInvalid) as caught:
        read_scenario(text)
    assert {fault.where for fault in caught.value.faults} >= {"name", "levers[0].value", "levers[1].kind", "levers[2].id"}
    assert "<i>" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_same_content_has_the_same_id() -> None:
    one = read_scenario(file_of(displacement={"purse": "region", "name": "Psykiatri", "share_pct": 20}))
    two = read_scenario(one.to_json())
    assert one == two
    assert one.scenario_id == two.scenario_id
    assert one.levers[0].displacement == Displacement(purse="region", name="Psykiatri", share_pct=20.0)
    assert read_scenario(file_of(value=-1)).scenario_id == read_scenario(file_of(value=-1.0)).scenario_id
    assert read_scenario(file_of(rationale="En anden")).scenario_id != one.scenario_id
    jsonschema.validate(one.to_dict(), SCHEMA)


def test_uniforms_are_chosen_by_id_kept_and_never_shared() -> None:
    levers = [Lever(lever_id=f"l{number}", kind="price", services=("a",), value=-1, low=-2, high=0) for number in range(31)]
    made = Scenario.of(levers)
    columns = [lever.uniform for lever in made.levers]
    assert len(set(columns)) == 31
    assert all(column is not None and column < N_UNIFORMS for column in columns)
    assert made.with_lever(Lever(lever_id="zz", kind="price", services=("a",), value=-1)).without("l3").lever("l4").uniform == (
        made.lever("l4").uniform
    )
    assert Scenario.of(reversed(levers)) == made
    assert Scenario.of([levers[5]]).levers[0].uniform == column_of("l5")
    assert (
        Scenario.of([Lever(lever_id="fast", kind="price", services=("a",), value=-1, low=-1, high=-1)]).levers[0].uniform is None
    )


def test_the_schema_knows_every_kind_and_option() -> None:
    kinds = load_lever_kinds()
    lever = SCHEMA["$defs"]["lever"]["properties"]
    assert set(lever["kind"]["enum"]) == set(kinds)
    assert set(lever["options"]["properties"]) == {option.name for kind in kinds.values() for option in kind.options}


def test_every_number_of_the_catalogue_names_its_source() -> None:
    for kind in load_lever_kinds().values():
        for number in kind.numbers:
            assert all((number.unit, number.source, number.dated)), (kind.kind, number.name)
            assert number.verified == number.name.startswith("seen_"), (kind.kind, number.name)
        offered = [kind.number(name) for name in ("range_low", "value", "range_high")]
        if None not in offered:
            assert kind.low <= offered[0] <= offered[1] <= offered[2] <= kind.high
        assert all((kind.legal_da, kind.legal_en, kind.help_da, kind.help_en)), kind.kind
