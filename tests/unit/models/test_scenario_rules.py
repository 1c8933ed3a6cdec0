"""Other refund rules: against the refund worked out anew under other thresholds and rates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import published_example as example
import pytest

from models.refund.formula import refund_above
from models.refund.response import PRICE_FACTORS, RefundResponse
from models.scenario import (
    Baseline,
    Lever,
    Scenario,
    ScenarioInvalid,
    build_baseline,
    check_scenario,
    evaluate,
    offers_of,
    read_scenario,
)
from models.scenario.refund_rules import RefundRules, beyond_grid, change_under
from models.view.language import Language
from models.view.scenario_head import headline
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
    assert said.startswith("Refusionsregler (hvad nu hvis), den centrale refusion: +10,0 %") or "Den centrale refusion" in said
    assert "Satserne ændres med" in said
