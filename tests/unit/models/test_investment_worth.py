"""What an investment case is worth: identities of money, payback, trial, sensitivity, cases on the same citizens."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import published_example as example
import pytest

from models.investment.balance import balance, case_overlaps
from models.investment.case import Case, Cost, Elsewhere, Evidence, Promise, Trial, example_case, size_draws
from models.investment.flows import check_case, work_out
from models.investment.reading import read_case
from models.investment.worth import net_present, payback_month, value_case
from models.scenario import Baseline, ScenarioInvalid, build_baseline


@lru_cache(maxsize=1)
def baseline() -> Baseline:
    return build_baseline(example.frames())


def made(**more: object) -> Case:
    case = replace(example_case(), services=("plejefamilie",), price_level=example.PL)
    return replace(case, **more)  # type: ignore[arg-type]


def test_the_municipalitys_net_is_saving_less_refund_and_cost() -> None:
    case = made(elsewhere=(Elsewhere(purse="committee", name="Skolerne", dkk_per_year=-120_000.0),))
    flows = work_out(baseline(), case)
    expected = (flows.saved * (1.0 - flows.refund_share)[:, None]).sum() + flows.elsewhere["committee", "Skolerne"].sum()
    expected -= flows.costs["committee", ""].sum() * flows.saved.shape[1]
    assert flows.net().sum() == pytest.approx(expected)
    worth = value_case(baseline(), case)
    own = sum(purse.gains - purse.costs for purse in worth.purses if purse.purse == "committee")
    assert worth.net.sum() == pytest.approx(own)
    everybody = sum(purse.gains for purse in worth.purses)
    assert everybody == pytest.approx(
        flows.saved.mean(axis=1).sum() + flows.elsewhere["committee", "Skolerne"].mean(axis=1).sum()
    )


def test_saving_is_the_forecasts_own_price_of_those_who_are_fewer() -> None:
    certain = Promise(unit="citizens", value=-2.0, low=-2.0, high=-2.0)
    flows = work_out(baseline(), made(promise=certain, costs=()))
    run, place = baseline(), baseline().services.index("plejefamilie")
    begin = (2027 - run.first[0]) * 12 + 3 - run.first[1]
    inside = flows.forecast_months
    price = run.monthly[place][begin : begin + inside] / run.volume[place][begin : begin + inside]
    np.testing.assert_allclose(flows.change[:inside], -2.0)
    np.testing.assert_allclose(flows.saved[:inside], 2.0 * price, rtol=1e-9)
    beyond = (run.monthly[place] / run.volume[place])[-12:].mean(axis=0)
    np.testing.assert_allclose(flows.saved[-1], 2.0 * beyond, rtol=1e-9)


def test_what_does_not_work_only_costs() -> None:
    flows = work_out(baseline(), made())
    assert 0.3 < flows.works.mean() < 0.9
    assert (flows.saved[:, ~flows.works] == 0.0).all()
    assert (flows.saved[-1, flows.works] > 0.0).all()
    mean, drawn = size_draws(made(), baseline().uniforms)
    assert mean == pytest.approx(drawn.mean())


def test_a_case_without_effect_or_cost_says_so() -> None:
    nothing = Promise(unit="citizens", value=0.0, low=0.0, high=0.0)
    worth = value_case(baseline(), made(promise=nothing))
    assert set(worth.remarks) == {"no_effect", "never"}
    assert worth.pays_back is None
    assert worth.chance_in_ten == 0.0
    assert worth.present < 0
    assert "no_cost" in value_case(baseline(), made(costs=())).remarks


def test_payback_does_not_count_a_sum_that_falls_again() -> None:
    net = np.array([[-1.0, -1.0], [3.0, 3.0], [-4.0, 0.0]])
    assert payback_month(net).tolist() == [-1, 1]


def test_chances_are_ordered_and_discounting_lowers() -> None:
    worth = value_case(baseline(), made())
    assert 0.0 <= worth.chance_in_council <= worth.chance_in_ten <= 1.0
    assert worth.council_until == 2029
    net = work_out(baseline(), made()).net()
    assert net_present(net, 0.0).mean() == pytest.approx(worth.net.sum())
    assert abs(worth.present) < abs(worth.net.sum()) or worth.net.sum() < 0


def test_swings_are_in_order_of_weight_and_hold_the_expected_value() -> None:
    worth = value_case(baseline(), made())
    widths = [swing.width for swing in worth.swings]
    assert widths == sorted(widths, reverse=True)
    for swing in worth.swings:
        if swing.name in {"cost", "unit_cost", "discount", "probability", "lag"}:
            low, high = sorted((swing.at_low, swing.at_high))
            assert low <= worth.present <= high


def test_a_perfect_free_trial_at_once_is_never_worth_less_than_nothing() -> None:
    perfect = Trial(months=0, cost_dkk=0.0, finds_pct=100.0, false_alarm_pct=0.0)
    waiting = value_case(baseline(), made(trial=perfect)).waiting
    assert waiting is not None
    assert waiting.value >= -1e-6
    worth = value_case(
        baseline(), made(promise=replace(made().promise, probability_pct=100.0), trial=replace(perfect, months=12))
    )
    assert worth.waiting is not None
    assert worth.waiting.value <= 0.0


def test_cases_on_the_same_citizens_act_on_those_who_are_left() -> None:
    half = Promise(unit="pct", value=-50.0, low=-50.0, high=-50.0)
    one = value_case(baseline(), made(promise=half))
    two = value_case(baseline(), made(promise=half, name="Den anden", ages="12-18"))
    (overlap,) = case_overlaps(baseline(), [one, two])
    assert overlap.together == pytest.approx(0.75 * overlap.alone)
    other = value_case(baseline(), made(promise=half, name="De gamle", ages="67+"))
    assert case_overlaps(baseline(), [one, other]) == ()


def test_balance_shares_out_the_cost() -> None:
    tested = made(evidence=Evidence(grade="tested"), costs=(Cost(year=2027, amount_dkk=3e6),))
    rows = balance(baseline(), [value_case(baseline(), tested), value_case(baseline(), made())])
    assert [row.grade for row in rows] == ["tested", "promising"]
    assert sum(row.share for row in rows) == pytest.approx(1.0)
    assert rows[0].share == pytest.approx(3.0 / 5.4)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (made(services=("findes_ikke",)), "unknown_service"),
        (made(services=("sikret_institution",)), "few_citizens"),
        (made(start="2040-01", costs=()), "outside_horizon"),
        (made(price_level="2020-pl"), "price_level"),
        (made(promise=replace(made().promise, low=-9000.0), n_citizens=0), "above_service"),
    ],
)
def test_what_a_run_cannot_carry_is_said(case: Case, code: str) -> None:
    assert code in {fault.code for fault in check_case(case, baseline())}
    with pytest.raises(ScenarioInvalid):
        value_case(baseline(), case)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('"low": -7.0', '"low": 3.0', "interval"),
        ('"value": -4.0', '"value": "mange"', "not_a_number"),
        ('"n_citizens": 40', '"n_citizens": 5', "above_enrolled"),
        ('"ages": "6-17"', '"ages": "17-6"', "interval"),
        ('"year": 2027', '"year": 2020', "cost_early"),
        ('"grade": "promising"', '"grade": "sikker"', "unknown_word"),
        ('"name": "Tidlig støtte i hjemmet"', '"name": "<b>=1+1"', "unsafe_text"),
        ('"unit": "citizens"', '"unit": "kroner"', "unknown_word"),
        ('"start": "2027-03"', '"start": "2027-13"', "form"),
    ],
)
def test_faults_of_a_file_are_told(before: str, after: str, code: str) -> None:
    text = example_case().to_json()
    assert before in text
    with pytest.raises(ScenarioInvalid) as caught:
        read_case(text.replace(before, after))
    assert code in {fault.code for fault in caught.value.faults}


def test_an_effect_above_a_hundred_per_cent_is_refused() -> None:
    beyond = replace(example_case(), promise=replace(example_case().promise, unit="pct", low=-120.0))
    with pytest.raises(ScenarioInvalid, match="above 100 per cent"):
        read_case(beyond.to_json())
