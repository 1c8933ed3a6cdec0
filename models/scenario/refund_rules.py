"""Other rules of the central refund: all thresholds moved by a factor, and all rates.

The refund is homogeneous of degree one in what citizens cost (net) and the thresholds together: with thresholds ``k`` times as
high it is ``k`` times the refund of costs divided by ``k``. So the run's published answer to prices (``models.refund.response``)
answers other thresholds too, as far as its grid of prices reaches, and with its error: answers of services are added. Income,
half refunds (sections 109 and 110) and objective financing are taken off the cost before, and stay as they are.

Source:
    Serviceloven § 176 and Barnets Lov § 198: 25, 50 and 75 per cent of what lies above three thresholds of a month's cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.refund.response import refund_change
from models.scenario.lever import ramp_profile

if TYPE_CHECKING:
    from models.refund.response import RefundResponse
    from models.scenario.baseline import Baseline
    from models.scenario.scenario import Scenario
    from models.types import Array


@dataclass(frozen=True, eq=False)
class RefundRules:
    """What becomes of the rules. H months ahead.

    Attributes:
        thresholds: (H,) all thresholds over those in force.
        rates: (H,) all rates over those in force.
    """

    thresholds: Array
    rates: Array


def refund_rules(baseline: Baseline, scenario: Scenario) -> RefundRules | None:
    """The rules of a scenario; None where it leaves them as they are."""
    n_months = len(baseline.months)
    thresholds, rates, found = np.ones(n_months), np.ones(n_months), False
    for lever in scenario.levers:
        if lever.kind == "refund_rules" and not lever.is_neutral:
            profile = ramp_profile(lever, baseline.first, n_months)
            thresholds = thresholds * (1.0 + lever.value / 100.0 * profile)
            rates = rates * (1.0 + lever.option("refund_rate_pct") / 100.0 * profile)
            found = True
    return RefundRules(thresholds, rates) if found else None


def change_under(response: RefundResponse, rules: RefundRules, volume: Array, price: Array) -> Array:
    """By how much the refund changes when rules, volumes and prices do.

    Args:
        response: The run's answer to prices and volumes under the rules in force.
        rules: What becomes of the rules.
        volume: (S, H) remaining volume over the baseline's.
        price: (S, H) price over the baseline's.

    Returns:
        (S, H) currency per month, nominal, mean over draws; it is their sum over services that is meant.

    Example:
        >>> import pandas as pd
        >>> from models.refund.response import RefundResponse
        >>> months = pd.date_range("2027-01-01", periods=1, freq="MS")
        >>> grid = np.array([0.8, 1.0, 1.25])  # one citizen of 200 a month, half of what lies above 100 is refunded
        >>> known = RefundResponse(("botilbud",), months, grid, np.array([[[30.0, 50.0, 75.0]]]), np.array([[50.0]]))
        >>> one = np.ones((1, 1))
        >>> change_under(known, RefundRules(np.array([1.25]), np.array([1.0])), one, one).tolist()  # above 125: 37.5
        [[-12.5]]
    """
    k = rules.thresholds
    after = response.refund + refund_change(response, volume, price / k)
    return np.asarray(k * rules.rates * after - response.refund)


def beyond_grid(response: RefundResponse, rules: RefundRules, price: Array) -> bool:
    """Whether thresholds and prices together lead outside the prices that the run worked out."""
    sought = price / rules.thresholds
    return bool((sought < response.price_factors[0] - 1e-9).any() or (sought > response.price_factors[-1] + 1e-9).any())
