"""Offers, history, board and quiet round: what a page keeps of a scenario while it is worked on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import published_example as example
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference.lever_catalogue import load_lever_kinds
from models.scenario import (
    Board,
    History,
    Lever,
    Offer,
    QuietRound,
    Scenario,
    ScenarioInvalid,
    build_baseline,
    check_scenario,
    compare,
    evaluate,
    fitted,
    moved,
    named_offer,
    offers_of,
    read_board,
    read_scenario,
    service_changes,
)
from models.scenario.baseline import MERGED, Baseline
from models.scenario.lever_ids import id_of
from models.scenario.offers import new_ids, own_ids, provider_offer, standing, usual_interval, variant_lever
from models.scenario.quiet_round import FEWEST
from models.scenario.today import (
    DATA_HOLDS_MODEL,
    MODEL_HOLDS_DATA,
    Changed,
    ForecastSplit,
    read_splits,
    split_of,
    today,
    with_splits,
)
from models.view.language import Language
from models.view.levers import unavailable_text
from models.view.scenario_words import fault_sentence

EMPTY = '{"scenario": {"schema_version": 2, "levers": []}, "locked": [], "chosen": [], "rounds": [%s]}'


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return build_baseline(example.frames())


@pytest.fixture(scope="module")
def offers(baseline: Baseline) -> dict[str, Offer]:
    return {offer.lever_id: offer for offer in offers_of(baseline)}


def test_every_offer_can_be_moved_over_its_whole_range(baseline: Baseline, offers: dict[str, Offer]) -> None:
    usable = [offer for offer in offers.values() if not offer.reason]
    assert len(usable) > 20
    for offer in usable:
        assert 0.0 in offer.settings
        for value in (offer.low, offer.high):
            scenario = moved(Scenario(), offer, value)
            assert read_scenario(scenario.to_json()) == scenario
            evaluate(baseline, scenario)


def test_masked_services_are_offered_together_and_only_by_volume_and_price(offers: dict[str, Offer]) -> None:
    merged = [offer.lever for offer in offers.values() if offer.lever.group == MERGED]
    assert {lever.kind for lever in merged} == {"volume", "price"}
    assert all(not lever.start and not lever.ramp_months for lever in merged)


def test_what_a_run_cannot_carry_has_its_reason() -> None:
    tables = example.frames()
    without = build_baseline({name: table for name, table in tables.items() if name not in {"known_months", "stay_response"}})
    offered = offers_of(without)
    for kind, reason, said in (
        ("new_referrals", "no_newcomers", "hvor mange der er nye"),
        ("duration_of_stay", "no_stays", "hvor længe forløb varer"),
    ):
        assert {offer.reason for offer in offered if offer.lever.kind == kind} == {reason}
        assert said in unavailable_text(reason, Language("da"))
        lever = replace(next(offer.lever for offer in offered if offer.lever.kind == kind), lever_id="gemt")
        kept, faults = fitted(Scenario.of([lever]), without)
        assert (kept.levers, [fault.code for fault in faults]) == ((), [reason]), "a kept one is left out and told"


def test_a_decision_comes_with_notice_and_pace(baseline: Baseline, offers: dict[str, Offer]) -> None:
    lever = moved(Scenario(), offers["serviceniveau_botilbud"], -1.0).lever("serviceniveau_botilbud")
    assert (lever.start, lever.ramp, lever.ramp_months) == (f"{baseline.months[6]:%Y-%m}", "linear", 24)
    assert (lever.low, lever.high) == (-2.0, 0.0)


def test_back_at_neutral_nothing_is_left_but_what_was_said(offers: dict[str, Offer]) -> None:
    price = offers["pris_botilbud"]
    there = moved(Scenario(), price, -2.0)
    assert moved(there, price, 0.0) == Scenario()
    said = there.with_lever(replace(there.lever("pris_botilbud"), rationale="Aftale med regionen"))
    back = moved(said, price, 0.0)
    assert back.lever("pris_botilbud").rationale == "Aftale med regionen"
    assert back.is_neutral


def test_an_interval_of_ones_own_keeps_its_distances(offers: dict[str, Offer]) -> None:
    price = offers["pris_botilbud"]
    own = moved(Scenario(), price, -1.0)
    own = own.with_lever(replace(own.lever("pris_botilbud"), low=-1.5, high=-0.5))
    lever = moved(own, price, -3.0).lever("pris_botilbud")
    assert (lever.low, lever.value, lever.high) == (-3.5, -3.0, -2.5)


@settings(max_examples=60, deadline=None)
@given(st.floats(-5, 5, allow_nan=False))
def test_the_usual_interval_holds_its_value(value: float) -> None:
    about = Lever(lever_id="a", kind="price").of_kind
    low, high = usual_interval(about, value)
    assert low <= value <= high
    assert high - low <= 3.0 + 1e-9


def test_named_offers_name_shown_services_only(baseline: Baseline) -> None:
    assert not named_offer("substitution", "laengerevarende_botilbud", "bostoette", baseline).reason
    assert named_offer("substitution", "ledsageordning", "bostoette", baseline).reason == "few_citizens"
    home = named_offer("bringing_home", "laengerevarende_botilbud", "", baseline)
    assert moved(Scenario(), home, 0.0).holds(home.lever_id)


def test_an_id_is_readable_and_never_that_of_two_things(baseline: Baseline, offers: dict[str, Offer]) -> None:
    long = "hjemmeboende_unge_med_stoette_i_eget_hjem_"  # 42 letters alike
    ends = [f"{long}{end}" for end in ("dag", "nat")]
    made = [named_offer("substitution", "bostoette", end, baseline) for end in ends]
    made += [named_offer("substitution", end, "bostoette", baseline) for end in ends]
    made += [named_offer("substitution", *names, baseline) for names in (("a_b", "c"), ("a", "b_c"))]
    made += [named_offer("bringing_home", end, "", baseline) for end in ends]
    made += [provider_offer(end, kind, baseline) for end in ends for kind in ("own", "private")]
    made += [
        provider_offer("stoette", "private", baseline),
        Offer(Lever(lever_id=id_of("pris", "stoette_private"), kind="price")),
    ]
    ids = [offer.lever_id for offer in made] + [id_of("bevilling", name) for name in ("30.46", "30-46", "30_46", *ends)]
    assert len(set(ids)) == len(ids), "never one id for two"
    assert all(lever_id.startswith(("omlaegning_", "hjemtagning_", "pris_", "bevilling_")) for lever_id in ids)
    assert named_offer("substitution", "bostoette", ends[0], baseline).lever_id == ids[0], "the same every time"
    assert id_of("bevilling", "30.46") in offers
    levers = [offer.lever for offer in made[:-1]]
    assert read_scenario(Scenario.of(levers).to_json()).levers == Scenario.of(levers).levers


def test_a_file_keeps_all_its_levers_under_ids_of_its_own(offers: dict[str, Offer]) -> None:
    price, long = offers["pris_botilbud"].lever, "bevilling_" + "a" * 30
    frames = [Offer(Lever(lever_id=f"{long[:-1]}{end}", kind="appropriation", frame=end)) for end in "bc"]
    brought = [Lever(lever_id=offer.lever_id, kind="price", group="botilbud", value=-1.0) for offer in frames]
    brought += [
        Lever(lever_id=name, kind="volume", group="botilbud", value=-1.0) for name in ("pris_botilbud", "fil_pris_botilbud")
    ]
    brought += [Lever(lever_id="befolkning", kind="price", services=("bostoette",), value=-1.0)]
    brought += [Lever(lever_id="flere", kind="population_variant", variant="high")]
    scenario = Scenario.of([replace(lever, low=lever.value, high=lever.value) for lever in brought])
    own = own_ids(scenario, (Offer(price), *frames))
    assert len(own.levers) == len(brought), "none is dropped"
    assert not {lever.lever_id for lever in own.levers} & {"pris_botilbud", *(offer.lever_id for offer in frames)}
    assert own.lever("befolkning").kind == "population_variant"
    assert own_ids(own, (Offer(price), *frames)) == own
    assert read_scenario(own.to_json()) == own


def test_a_slider_that_an_older_version_named_is_found_again(baseline: Baseline) -> None:
    frame = "Børn og unge med særlige behov og deres familier"
    slider = Offer(Lever(lever_id=id_of("bevilling", frame), kind="appropriation", frame=frame))
    once = Lever(
        lever_id="bevilling_børn_og_unge_med_særlige_beh", kind="appropriation", frame=frame, value=1e6, low=1e6, high=1e6
    )
    assert [lever.lever_id for lever in own_ids(Scenario.of([once]), (slider,)).levers] == [slider.lever_id]
    other = replace(once, frame="Børn og unge med særlige behov for hjælp")
    assert own_ids(Scenario.of([other]), (slider,)) == Scenario.of([other]), "another frame with the same 28 letters"
    short, long = "a" * 28, "a" * 28 + "bcd"
    sliders = tuple(Offer(Lever(lever_id=id_of("bevilling", name), kind="appropriation", frame=name)) for name in (short, long))
    cut = replace(once, lever_id=f"bevilling_{short}", frame=long)
    assert own_ids(Scenario.of([cut]), sliders).levers[0].lever_id == sliders[1].lever_id, "not the other's, and not the file's"
    board = Board(locked=frozenset({once.lever_id}), chosen=(once.lever_id, "pris_botilbud"))
    for scenario in (Scenario.of([once]), Scenario()):
        called = board.called(new_ids(scenario, (slider,)))
        assert (called.locked, called.chosen) == (frozenset({slider.lever_id}), (slider.lever_id, "pris_botilbud"))
    names = ("laengerevarende_botilbud", "bostoette")
    old = replace(named_offer("substitution", *names, baseline).lever, lever_id="omlaegning_laengerevarend_bostoette")
    assert standing(named_offer("substitution", *names, baseline), Scenario.of([old])).lever_id == old.lever_id


def test_one_population_is_chosen_and_a_second_is_told(baseline: Baseline) -> None:
    two = Scenario.of([Lever(lever_id=name, kind="population_variant", variant=name) for name in ("high", "low")])
    assert [fault.code for fault in check_scenario(two, baseline)] == ["two_populations"]
    kept, faults = fitted(two, baseline)
    assert ([lever.variant for lever in kept.levers], [fault.code for fault in faults]) == (["high"], ["two_populations"])
    assert "hvor en anden er valgt" in fault_sentence(faults[0], Language("da"))
    own = {name: Lever(lever_id=name, kind="population_variant", variant="main") for name in ("a", "z")}
    beside = Scenario.of([*own.values(), two.levers[0]])
    assert check_scenario(beside, baseline) == (), "the run's own population moves nothing"
    assert fitted(beside, baseline) == (beside, ())


def test_moves_of_one_lever_in_a_row_are_one_step(offers: dict[str, Offer]) -> None:
    price, level = offers["pris_botilbud"], offers["serviceniveau_botilbud"]
    history = History()
    for value in (-0.5, -1.0, -1.5):
        history = history.to(moved(history.present, price, value), price.lever_id)
    history = history.to(moved(history.present, level, -1.0), level.lever_id)
    back = history.undone()
    assert back.present.lever("pris_botilbud").value == -1.5
    assert not back.present.holds("serviceniveau_botilbud")
    assert back.undone().present == Scenario()
    assert back.undone().undone() == back.undone()
    assert back.undone().redone().redone().present == history.present
    assert history.to(history.present) is history


def test_a_board_comes_back_from_its_draft_and_a_reset_leaves_what_is_locked(offers: dict[str, Offer]) -> None:
    scenario = moved(moved(Scenario(), offers["pris_botilbud"], -2.0), offers["omfang_anbringelser"], 1.0)
    spread = QuietRound("pris_botilbud", (-3.0, -2.0, -1.0, 0.0)).spread()
    board = Board(scenario, frozenset({"pris_botilbud"}), ("pris_botilbud",), (spread,))
    assert read_board(board.to_json()) == board
    assert [lever.lever_id for lever in board.reset().levers] == ["pris_botilbud"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"scenario": {}}',
        '{"scenario": 1, "locked": [], "chosen": [], "rounds": []}',
        EMPTY % '{"lever_id": "a"}',
        EMPTY % '{"lever_id": "a", "count": 2, "low": 0, "median": 0, "high": 0}',
        EMPTY % '{"lever_id": "a", "count": 3, "low": NaN, "median": 0, "high": 0}',
    ],
)
def test_a_damaged_draft_is_refused(text: str) -> None:
    with pytest.raises(ScenarioInvalid):
        read_board(text)


def test_what_a_run_cannot_carry_is_left_out_and_told(baseline: Baseline, offers: dict[str, Offer]) -> None:
    scenario = moved(Scenario(), offers["pris_botilbud"], -2.0)
    gone = scenario.with_lever(Lever(lever_id="gammel", kind="price", services=("nedlagt",), value=-1.0, low=-1.0, high=-1.0))
    kept, faults = fitted(gone.pinned("run-20200101T000000-000000", baseline.price_level), baseline)
    assert kept == scenario
    assert [fault.code for fault in faults] == ["unknown_service"]
    amounts = moved(scenario, offers["bevilling_30_46"], 1e6)
    other, faults = fitted(replace(amounts, price_level="1999-pl"), baseline)
    assert other == scenario
    assert [fault.code for fault in faults] == ["price_level"]


def test_only_the_spread_of_a_quiet_round_is_kept() -> None:
    held = QuietRound("a")
    for value in (-1.0, -4.0, 0.5):
        assert held.may_be_shown == (len(held.slips) >= FEWEST)
        held = held.with_slip(value)
    assert held.slips == tuple(sorted(held.slips))
    spread = held.spread()
    assert (spread.count, spread.low, spread.median, spread.high) == (3, -4.0, -1.0, 0.5)
    told = json.loads(Board(rounds=(spread,)).to_json())["rounds"]
    assert set(told[0]) == {"lever_id", "count", "low", "median", "high"}
    again = held.without_last()
    assert again.slips == (-4.0, -1.0)
    assert again.without_last() == again
    with pytest.raises(ValueError, match="2"):
        again.spread()


def test_changes_by_service_sum_to_the_total_where_none_is_masked(baseline: Baseline, offers: dict[str, Offer]) -> None:
    scenario = moved(Scenario(), offers["pris_botilbud"], -2.0)
    changes = service_changes(baseline, scenario)
    assert set(changes["service"]) == {"laengerevarende_botilbud", "midlertidigt_botilbud"}
    members = evaluate(baseline, scenario).members
    total = members[members["level"] == "total"].set_index("year")["change_mean"]
    assert changes.groupby("year")["change_mean"].sum().to_numpy() == pytest.approx(total.to_numpy())
    masked = service_changes(baseline, moved(Scenario(), offers[f"omfang_{MERGED}"], -2.0))
    assert masked.empty


def test_a_kept_scenario_stands_when_the_catalogue_moves(
    baseline: Baseline, offers: dict[str, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    level = moved(Scenario(), offers["serviceniveau_botilbud"], -2.0)
    kept = level.pinned(baseline.run_id, baseline.price_level)
    assert read_scenario(kept.to_json()) == kept
    assert fitted(kept, baseline) == (level, ()), "on the desk it is as it was"
    said = evaluate(baseline, kept).members["mean_scenario"]
    about = load_lever_kinds()["service_level"]
    other = [option.model_copy(update={"default": 50.0}) for option in about.options]
    monkeypatch.setitem(load_lever_kinds(), "service_level", about.model_copy(update={"options": tuple(other)}))
    assert evaluate(baseline, kept).members["mean_scenario"].equals(said), "to the bit"
    assert not evaluate(baseline, level).members["mean_scenario"].equals(said), "one that was not kept follows the catalogue"
    for year in today(baseline, baseline, kept).years:
        assert year.then == year.now
    both = compare([(baseline, kept), (baseline, fitted(kept, baseline)[0])])
    assert both.differences == (), "the same lever, whether written out or not"


def test_then_and_now_add_up(baseline: Baseline, offers: dict[str, Offer]) -> None:
    tables = example.frames()
    outlook = tables["frame_outlook"]
    mean, budget = outlook["mean"] * 1.02, outlook["budget_revised"].fillna(outlook["budget_original"]) + 1e6
    later = tables | {"frame_outlook": outlook.assign(mean=mean, budget_revised=budget, deviation_mean=mean - budget)}
    newest = build_baseline(later)
    scenario = moved(moved(Scenario(), offers["pris_botilbud"], -2.0), offers["bevilling_30_46"], 1e6)
    gone = scenario.with_lever(Lever(lever_id="x", kind="population_variant", variant="high"))
    found = today(baseline, build_baseline({**later, "variant_factors": later["variant_factors"].iloc[:0]}), gone)
    assert [fault.code for fault in found.faults] == ["unknown_variant"]
    assert any(abs(year.left_out) > 1.0 for year in found.years)
    for year in (*found.years, *today(baseline, newest, scenario).years):
        assert year.frame + year.forecast + year.effect + year.left_out == year.now - year.then, "to the krone"
    assert variant_lever("high") is not None
    split = with_splits(today(baseline, newest, scenario), {2028: ForecastSplit(2e6, -5e5, measured=True)})
    for year in split.years:
        if year.split is None:
            assert year.parts is None
        else:
            assert year.year == 2028
            assert year.parts == {"data": year.forecast - 1_500_000, "model": 2_000_000, "assumptions": -500_000}
    assert {year.year for year in split.years if year.split} == {2028}


def test_parts_of_a_change_are_real_where_the_scenario_is() -> None:
    bars = {
        "start": 1e9,
        "new_model": 11.0,
        "demography": 22.0,
        "budget_events": -5.5,
        "price_index": 3.3,
        "uptake": 7.0,
        "end": 2e9,
    }
    every = Changed(data=True, model=True, settings=False, assumptions=frozenset({"demography", "budget_events", "price_index"}))
    assert split_of(bars, every, nominal=False, price=1.1, measured=True) == ForecastSplit(10.0, 15.0, measured=True)
    assert split_of(bars, every, nominal=True, price=1.1, measured=False) == ForecastSplit(
        11.0, 19.8, measured=False, note=MODEL_HOLDS_DATA
    )
    assert read_splits('{"2027": 3}') == read_splits("[]") == read_splits("") == {}
    for damage in ('"model": NaN', '"model": 1, "rest": "luck"', '"model": "1e999"', '"model": null'):
        assert read_splits(f'{{"2027": {{"assumptions": 2, "measured": true, {damage}}}}}') == {}


@pytest.mark.parametrize(
    ("data", "model", "settings", "assumptions", "parts", "note"),
    [
        (True, False, False, (), {"data": 100, "model": 0, "assumptions": 0}, ""),
        (True, False, False, ("demography",), {"data": 78, "model": 0, "assumptions": 22}, ""),
        (False, True, False, (), {"data": 0, "model": 100, "assumptions": 0}, ""),
        (False, False, True, (), {"data": 0, "model": 100, "assumptions": 0}, ""),
        (False, False, False, ("demography",), {"data": 0, "model": 0, "assumptions": 100}, ""),
        (False, False, False, ("price_index",), {"data": 0, "model": 0, "assumptions": 100}, ""),
        (False, True, False, ("demography",), {"data": 0, "model": 78, "assumptions": 22}, ""),
        (True, False, True, ("demography",), {"data": 78, "model": 0, "assumptions": 22}, DATA_HOLDS_MODEL),
    ],
)
def test_what_did_not_change_moves_nothing(
    data: bool, model: bool, settings: bool, assumptions: tuple[str, ...], parts: dict[str, int], note: str
) -> None:
    """Bars of new data alone: the same data leave nothing to data, the same assumptions nothing to assumptions."""
    changed = Changed(data=data, model=model, settings=settings, assumptions=frozenset(assumptions))
    split = split_of({"demography": 22.0, "uptake": 70.0}, changed, nominal=False, price=1.0, measured=True)
    assert split.parts(100) == parts
    assert (split.note, split.measured) == (note, not note)
    assert read_splits(json.dumps({"2027": asdict(split)})) == {2027: split}
