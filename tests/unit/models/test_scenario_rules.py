"""Other refund rules: against the refund worked out anew under other thresholds and rates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import published_example as example
import pytest

from models.refund.formula import refund_above
from models.refund.response import PRICE_FACTORS, RefundResponse
from models.scenario import (
    Baseline,
    Displacement,
    Goal,
    Lever,
    Scenario,
    ScenarioInvalid,
    build_baseline,
    check_scenario,
    evaluate,
    goal_seek,
    offers_of,
    read_scenario,
)
from models.scenario.refund_rules import RefundRules, beyond_grid, change_under
from models.view.language import Language
from models.view.lever_form import end_choices, fault_text, start_choices, with_details
from models.view.levers import interval_text, lever_label
from models.view.refund_tables import miss_sentence
from models.view.scenario_head import headline, headline_html
from models.view.scenario_tables import effect_rows, effect_total, effect_total_name, effects_alt
from models.view.scenario_words import lever_sentence, refund_sentence, sentence

if TYPE_CHECKING:
    from models.view.run import RunView

LIMITS = np.array([860_000, 1_680_000, 2_120_000])[:, None] / 12
RATES = np.array([0.25, 0.5, 0.75])[:, None]
MONTHS = pd.date_range("2027-01-01", periods=1, freq="MS")
ONE = np.ones((1, 1))
COST = np.random.default_rng(5).lognormal(11.0, 0.8, 400)


def refund(cost: np.ndarray, limits: np.ndarray = LIMITS, rates: np.ndarray = RATES) -> float:
    return float(refund_above(cost, limits, rates).sum())


@pytest.fixture(scope="module")
def response() -> RefundResponse:
    having = np.array([[[refund(factor * COST) for factor in PRICE_FACTORS]]])
    return RefundResponse(("botilbud",), MONTHS, np.array(PRICE_FACTORS), having, np.array([[refund(COST)]]))


def rules(value: float, **fields: object) -> Lever:
    return Lever(lever_id="a", kind="refund_rules", value=value, low=value, high=value, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("price", [0.75, 0.8, 0.85, 0.95, 1.05, 1.1, 1.15, 1.25])
def test_other_thresholds_are_answered_to_the_krone_at_grid_points(response: RefundResponse, price: float) -> None:
    factor = 1.0 / price
    found = change_under(response, RefundRules(np.array([factor]), np.array([1.0])), ONE, ONE)
    assert found[0, 0] == pytest.approx(refund(COST, factor * LIMITS) - refund(COST), rel=1e-9)


@pytest.mark.parametrize("factor", [0.83, 0.93, 1.07, 1.18])
def test_between_grid_points_little_is_missed(response: RefundResponse, factor: float) -> None:
    found = change_under(response, RefundRules(np.array([factor]), np.array([1.0])), ONE, ONE)
    assert found[0, 0] == pytest.approx(refund(COST, factor * LIMITS) - refund(COST), rel=0.01)


def test_rates_prices_and_volumes_go_along(response: RefundResponse) -> None:
    both = change_under(response, RefundRules(np.array([1.25]), np.array([0.8])), 0.5 * ONE, 1.25 * ONE)
    assert both[0, 0] == pytest.approx(0.5 * refund(1.25 * COST, 1.25 * LIMITS, 0.8 * RATES) - refund(COST))
    none = change_under(response, RefundRules(np.array([1.0]), np.array([0.0])), ONE, ONE)
    assert none[0, 0] == -response.refund[0, 0]
    assert change_under(response, RefundRules(np.array([1.0]), np.array([1.0])), ONE, ONE)[0, 0] == 0.0
    assert beyond_grid(response, RefundRules(np.array([1.3]), np.array([1.0])), 0.9 * ONE)
    assert not beyond_grid(response, RefundRules(np.array([1.3]), np.array([1.0])), ONE)


def test_the_refund_moves_from_its_start_and_nothing_else(baseline: Baseline) -> None:
    found = evaluate(baseline, Scenario.of([rules(10.0, start="2029-01")]))
    members = found.members
    assert members["mean"].to_numpy().tobytes() == members["mean_scenario"].to_numpy().tobytes()
    assert (found.effects["effect"] == 0).all()
    moved = dict(found.refund.changes)
    assert moved[2027] == moved[2028] == 0 > max(moved[2029], moved[2030])
    assert "skjult" in found.refund.text_da, "one frame's refund is hidden in the example"
    gone = evaluate(baseline, Scenario.of([rules(0.0, options=(("refund_rate_pct", -100.0),))]))
    known = baseline.refund.response
    assert known is not None
    whole = np.einsum("syh,sh->y", baseline.share, known.refund * baseline.refund.at_level)
    assert [change for _, change in gone.refund.changes] == pytest.approx(-whole, abs=1.0)


def test_two_scenarios_of_rules_multiply(baseline: Baseline) -> None:
    one = evaluate(baseline, Scenario.of([rules(10.0)]))
    other = Lever(lever_id="b", kind="refund_rules", value=0.0, options=(("refund_rate_pct", 10.0),))
    both = evaluate(baseline, Scenario.of([rules(10.0), other]))
    assert dict(both.refund.changes)[2028] > dict(one.refund.changes)[2028]
    assert evaluate(baseline, Scenario.of([rules(0.0)])).refund.changes == evaluate(baseline, Scenario()).refund.changes


def test_it_is_refused_without_an_answer_an_interval_or_within_a_year(baseline: Baseline) -> None:
    without = build_baseline({name: table for name, table in example.frames().items() if name != "refund_response"})
    assert {fault.code for fault in check_scenario(Scenario.of([rules(10.0)]), without)} == {"no_refund_response"}
    assert {offer.reason for offer in offers_of(without) if offer.lever.kind == "refund_rules"} == {"no_refund_response"}
    for changed in ({"low": 0, "high": 20}, {"start": "2028-03"}, {"value": 40}, {"options": {"refund_rate_pct": 50}}):
        lever = {"id": "a", "kind": "refund_rules", "value": 10} | changed
        with pytest.raises(ScenarioInvalid):
            read_scenario(json.dumps({"schema_version": 3, "levers": [lever]}))
    about = rules(10.0).of_kind
    assert about.decision == "what_if"
    assert 0.7 <= 1.0 / (1.0 + about.high / 100.0) <= 1.0 / (1.0 + about.low / 100.0) <= 1.3, "inside the published grid"
    assert not check_scenario(Scenario.of([rules(about.high)]), baseline)


def test_the_page_says_that_expenditure_stays(run: RunView, baseline: Baseline) -> None:
    found = evaluate(baseline, Scenario.of([rules(10.0, options=(("refund_rate_pct", -10.0),))]))
    head = headline(found, 2028)
    assert head is not None
    assert "kun refusionen fra staten flytter sig" in sentence(Language("da"), head, is_neutral=False)
    assert "Andre regler er regnet ud" in refund_sentence(Language("da"), found, head)
    said = lever_sentence(found.scenario.levers[0], run, Language("da"))
    assert said.startswith("Refusionsregler (hvad nu hvis), alle grænser: +10,0 %. Satserne ændres med −10 %.")
    assert lever_label(found.scenario.levers[0], run, Language("da")) == "Refusionsregler: alle grænser"


def test_its_effect_is_on_what_the_municipality_itself_pays(run: RunView, baseline: Baseline) -> None:
    """The waterfall shows the refund where rules are tried, and sums to the net of the sentence, to the krone."""
    price = Lever(lever_id="p", kind="price", group="botilbud", value=-4.0, low=-4.0, high=-4.0)
    alone, both = (evaluate(baseline, Scenario.of(levers)) for levers in ([rules(10.0)], [rules(10.0), price]))
    without = evaluate(baseline, Scenario.of([price]))
    for found in (alone, both):
        rows = effect_rows(found, run, Language("da"), 2028)
        change = float(found.members.query("level == 'total' and year == 2028")["change_mean"].iloc[0])
        refund = found.refund.change(2028)
        assert refund is not None
        assert effect_total(rows) == round(change) - refund
        assert rows[-1] == ("Refusionsregler: kommunens egen udgift", -dict(found.refund.of_rules)[2028])
        assert rows[-1][1] > 0, "higher thresholds: the state pays less"
        assert not any(effect == 0.0 for _, effect in rows)
        name = effect_total_name(found, Language("da"), 2028)
        assert name == "Kommunens egen udgift i alt"
        assert effects_alt(rows, name, Language("da")).endswith(
            f"; {name} {Language('da').money(effect_total(rows), signed=True)}"
        )
    assert len(effect_rows(alone, run, Language("da"), 2028)) == 1
    assert dict(both.refund.of_rules)[2028] == (both.refund.change(2028) or 0) - (without.refund.change(2028) or 0)
    assert without.refund.of_rules == ()
    assert [label for label, _ in effect_rows(without, run, Language("da"), 2028)] == ["Botilbud: pris (takst, rammeaftale)"]
    later = evaluate(baseline, Scenario.of([rules(10.0, start="2029-01"), price]))
    assert effect_rows(later, run, Language("da"), 2028) == effect_rows(without, run, Language("da"), 2028), "they begin in 2029"
    assert effect_total_name(later, Language("da"), 2028) == "Scenariet i alt"
    assert effect_total_name(later, Language("da"), 2029) == "Kommunens egen udgift i alt"


def test_the_measured_miss_of_the_answer_stands_beside_the_refund(run: RunView, baseline: Baseline) -> None:
    price = Lever(lever_id="p", kind="price", group="botilbud", value=-4.0, low=-4.0, high=-4.0)
    alone, with_rules = (evaluate(baseline, Scenario.of(levers)) for levers in ([price], [price, rules(10.0)]))
    said = miss_sentence(Language("da"), run, alone, 2028)
    assert said.endswith("i kørslens prøver mod en regning borger for borger ramte den højst 0,8 % ved siden af."), (
        "0.71 %, never told as less"
    )
    assert "højst 1,4 %" in miss_sentence(Language("da"), run, with_rules, 2028), "other rules are off by more"
    later = evaluate(baseline, Scenario.of([price, rules(10.0, start="2029-01")]))
    assert "højst 0,8 %" in miss_sentence(Language("da"), run, later, 2028), "rules that begin in 2029"
    assert "was off by at most 0.8%" in miss_sentence(Language("en"), run, alone, 2028)


def test_no_miss_is_told_of_a_refund_that_is_not(run: RunView, baseline: Baseline) -> None:
    price = Lever(lever_id="p", kind="price", group="botilbud", value=-4.0, low=-4.0, high=-4.0)
    found = evaluate(baseline, Scenario.of([price]))
    assert miss_sentence(Language("da"), run, evaluate(baseline, Scenario.of([])), 2028) == ""
    before = replace(run, record={key: value for key, value in run.record.items() if key != "refund_response"})
    assert miss_sentence(Language("da"), before, found, 2028) == ""
    unknown = replace(found, refund=replace(found.refund, changes=()))
    assert miss_sentence(Language("da"), run, unknown, 2028) == ""


@pytest.mark.parametrize(
    ("moved", "change", "said"),
    [
        (-2e4, -2_000, "Udgiften og refusionen ændres hver med mindre end 0,1 mio. kr. i 2028."),
        (0.0, -2_000, "Refusionen ændres med mindre end 0,1 mio. kr. i 2028."),
        (-4e5, 0, "Refusionen ændres ikke i 2028."),
        (-4e5, -4e4, "Staten giver mindre end 0,1 mio. kr. mindre i refusion, så kommunen selv mærker −0,4 mio. kr. i 2028."),
        (-4e5, -3e5, "Staten giver 0,3 mio. kr. mindre i refusion, så kommunen selv mærker −0,1 mio. kr. i 2028."),
        (2e6, 1_000, "Staten giver mindre end 0,1 mio. kr. mere i refusion, så kommunen selv mærker +2,0 mio. kr. i 2028."),
    ],
)
def test_a_small_change_is_not_told_as_nothing(baseline: Baseline, moved: float, change: int, said: str) -> None:
    found = evaluate(baseline, Scenario.of([rules(10.0)]))
    head = headline(found, 2028)
    assert head is not None
    told = replace(found, refund=replace(found.refund, changes=((2028, change),), of_rules=()))
    text = refund_sentence(Language("da"), told, replace(head, change=moved))
    assert said in text
    assert "0,0" not in text
    shares = {(-4e5, -4e4): "10 %", (-4e5, -3e5): "75 %", (2e6, 1_000): "under 1 %"}
    share = shares.get((moved, change))
    assert (f"Staten får eller betaler {share} af ændringen." in text) == (share is not None)
    assert ("af ændringen" in text) == (share is not None)
    by_rules = replace(told, refund=replace(told.refund, changes=((2028, change - 400_000),), of_rules=((2028, -400_000),)))
    same = refund_sentence(Language("da"), by_rules, replace(head, change=moved))
    assert (f"betaler {share} af ændringen." in same) == (share is not None), "the state's share of what the levers move"
    assert (
        "0,0" not in headline_html(replace(head, change=moved, before=1e6, after=1e6 + moved), Language("da"), "") or moved == 0.0
    )


def test_only_what_acts_is_offered_and_sought(baseline: Baseline) -> None:
    about = rules(10.0).of_kind
    assert (about.is_uncertain, about.moves_cost, about.at_new_year) == (False, False, True)
    assert {month[5:] for month in start_choices(rules(10.0), baseline) if month} == {"01"}
    assert "2028-03" in start_choices(replace(rules(10.0), start="2028-03"), baseline), "its own stays"
    kept = replace(rules(10.0, start="2029-01"), displacement=Displacement(purse="state", share_pct=10.0))
    made, faults = with_details(
        Scenario.of([kept]), kept, {"start": "2029-01", "refund_rate_pct": "−10", "rationale": "x"}, baseline, Language("da")
    )
    assert not faults
    assert made.levers == (replace(kept, options=(("refund_rate_pct", -10.0),), rationale="x"),), "what is not asked for stays"
    ended, faults = with_details(
        made, made.levers[0], {"start": "2029-01", "end": "2029-12", "refund_rate_pct": "0"}, baseline, Language("da")
    )
    assert (faults, ended.levers[0].end) == ((), "2029-12")
    assert end_choices(ended.levers[0], baseline)[-1] == f"{baseline.months[-1]:%Y-%m}"
    _, faults = with_details(
        made, made.levers[0], {"start": "2029-01", "end": "2028-12", "refund_rate_pct": "0"}, baseline, Language("da")
    )
    assert [fault_text(fault, Language("da")) for fault in faults] == ["Skyderen slutter, før den begynder."]
    with pytest.raises(ScenarioInvalid, match="neither expenditure nor frame"):
        goal_seek(baseline, Scenario.of([kept]), Goal("a", 2029))


def test_what_is_decided_has_no_interval(baseline: Baseline) -> None:
    lever = Lever(lever_id="a", kind="appropriation", frame="50.54", value=1e6, low=5e5, high=2e6)
    found = evaluate(baseline, Scenario.of([lever]))
    assert (lever.has_interval, found.scenario.levers[0].uniform, found.certain) == (False, None, True)
    assert not interval_text(lever, Language("da"))
