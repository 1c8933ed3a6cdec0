"""What a scenario does to the central refund: read off the run's published response, or said to be unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import published_example as example
import pytest

from models.refund.response import PRICE_FACTORS
from models.scenario import Baseline, Lever, Scenario, build_baseline, evaluate
from models.scenario.baseline import MERGED
from models.scenario.refund_door import ANSWERED, ESTIMATED, HIDDEN_SERVICES, NO_RESPONSE

DEAR = "midlertidigt_botilbud"
MONTHLY = 100_000.0


def response(months: list[pd.Timestamp], *, mask: str = "") -> pd.DataFrame:
    """Half of a price rise goes to the state, three quarters of a case less; the hidden service has a cell that is not shown."""
    cells = [
        (DEAR, "50.54", DEAR, ""),
        ("thin:50.54", "50.54", "bostoette ledsageordning", ""),
        ("thin:30.46", "30.46", "sikret_institution eget_vaerelse", "primary"),
    ]
    rows = [
        {
            "cell": cell,
            "month": month,
            "price_factor": factor,
            "frame": frame,
            "services": services,
            "refund_of_having": np.nan if hidden or mask else MONTHLY * (0.75 + 0.5 * (factor - 1.0) * 10),
            "refund": np.nan if hidden or mask else MONTHLY,
            "mask": hidden or mask,
        }
        for cell, frame, services, hidden in cells
        for month in months
        for factor in PRICE_FACTORS
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    tables = example.frames()
    return build_baseline({**tables, "refund_response": response(sorted(set(tables["draws"]["month"])))})


def price(value: float, **reach: object) -> Scenario:
    return Scenario.of([Lever(lever_id="a", kind="price", value=value, low=value, high=value, **reach)])  # type: ignore[arg-type]


def in_years(baseline: Baseline, monthly: float) -> np.ndarray:
    """The amount in every month, at the baseline's price level, in the years where the service's bills fall."""
    place = baseline.services.index(DEAR)
    return baseline.share[place] @ (monthly * baseline.refund.at_level[place])


def test_half_of_a_price_rise_comes_from_the_state(baseline: Baseline) -> None:
    refund = evaluate(baseline, price(2.0, services=(DEAR,))).refund
    assert (refund.is_known, refund.reason) == (True, ANSWERED)
    found = [refund.change(year) for year in baseline.years]
    np.testing.assert_allclose(found, in_years(baseline, MONTHLY * 0.5 * 0.2), atol=0.5)


def test_fewer_citizens_leave_the_state_its_part(baseline: Baseline) -> None:
    fewer = Scenario.of([Lever(lever_id="a", kind="volume", services=(DEAR,), value=-10.0, low=-10.0, high=-10.0)])
    found = dict(evaluate(baseline, fewer).refund.changes)
    np.testing.assert_allclose(list(found.values()), in_years(baseline, -0.1 * 0.75 * MONTHLY), atol=0.5)


def test_nothing_moved_is_nothing_to_the_bit_and_other_services_have_no_refund(baseline: Baseline) -> None:
    assert {change for _, change in evaluate(baseline, Scenario.of([])).refund.changes} == {0}
    assert {change for _, change in evaluate(baseline, price(5.0, services=("plejefamilie",))).refund.changes} == {0}


def test_added_cost_that_no_citizen_is_charged_with_moves_no_refund(baseline: Baseline) -> None:
    options = (("cost_dkk_per_year", 1e6), ("cost_months", 24.0), ("lag_months", 0.0), ("probability_pct", 100.0))
    made = Lever(lever_id="a", kind="prevention", services=(DEAR,), value=0.0, low=0.0, high=0.0, options=options)
    result = evaluate(baseline, Scenario.of([made]))
    assert result.effects["effect"].sum() > 0
    assert {change for _, change in result.refund.changes} == {0}


def test_a_hidden_service_keeps_its_refund_hidden(baseline: Baseline) -> None:
    refund = evaluate(baseline, price(5.0, group=MERGED)).refund
    assert (refund.is_known, refund.reason, refund.changes) == (False, HIDDEN_SERVICES, ())
    assert refund.change(2028) is None


def test_without_a_response_that_is_said() -> None:
    tables = example.frames()
    for table in (tables["refund_response"].iloc[:0], response(sorted(set(tables["draws"]["month"])), mask="primary")):
        refund = evaluate(build_baseline({**tables, "refund_response": table}), price(2.0, services=(DEAR,))).refund
        assert (refund.is_known, refund.reason) == (False, NO_RESPONSE)
        assert "ikke regnet med" in refund.text_da


def test_what_is_known_together_is_cut_to_the_shown_and_that_is_said(baseline: Baseline) -> None:
    """The pooled cell has one shown service: it gets all of it, and nothing of the masked one follows."""
    refund = evaluate(baseline, price(2.0, services=("bostoette",))).refund
    assert (refund.is_known, refund.reason) == (True, ESTIMATED)
    place = baseline.services.index("bostoette")
    expected = baseline.share[place] @ (MONTHLY * 0.5 * 0.2 * baseline.refund.at_level[place])
    np.testing.assert_allclose([refund.change(year) for year in baseline.years], expected, atol=0.5)
    assert "skønnet" in refund.text_da
    index = Scenario.of([Lever(lever_id="a", kind="price_index", value=1.0, low=1.0, high=1.0)])
    assert evaluate(baseline, index).refund.reason == HIDDEN_SERVICES, "it moves the hidden cell too"
