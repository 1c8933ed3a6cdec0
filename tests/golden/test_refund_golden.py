"""The worked example of the central refund (DOMAIN 2): 200,000 kr in a month of 2022 gives 52,917."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.reference.refund import load_refund
from models.refund import Citizens, marginal_refund, refund_of, refund_tiers, thresholds_of

MONTHS = pd.date_range("2022-01-01", periods=12, freq="MS")
THRESHOLDS = thresholds_of(MONTHS, load_refund())
ALONE = Citizens(np.zeros((12, 1), dtype=bool), np.ones((12, 1), dtype=bool), np.array([-1]))


def test_a_month_of_200_000_kr_gives_52_917() -> None:
    limits, rates = THRESHOLDS.limits[:, 0, 0], THRESHOLDS.rates[:, 0, 0]
    tiers = refund_tiers(np.array(200_000.0), limits, rates)
    assert tiers == pytest.approx([17_083.33, 18_333.33, 17_500.00], abs=0.01)
    assert round(float(tiers.sum())) == 52_917
    assert THRESHOLDS.verified.all()


def test_the_month_counts_and_not_the_year() -> None:
    """The same 2.4 m kr in four months is refunded more than in twelve."""
    even = refund_of(np.full((12, 1), 200_000.0), ALONE, THRESHOLDS).sum()
    lump = np.zeros((12, 1))
    lump[:4] = 600_000.0
    assert even == pytest.approx(12 * 52_916.67, abs=0.1)
    assert refund_of(lump, ALONE, THRESHOLDS).sum() == pytest.approx(4 * (52_916.67 + 0.75 * 400_000), abs=0.1)


def test_one_more_krone_on_a_very_expensive_citizen_costs_25_oere() -> None:
    limits, rates = THRESHOLDS.limits[:, 0, 0], THRESHOLDS.rates[:, 0, 0]
    own = 1 - marginal_refund(np.array([71_000.0, 72_000.0, 140_001.0, 3_000_000 / 12]), limits, rates)
    assert own.tolist() == [1.0, 0.75, 0.5, 0.25]


def test_ages_are_split_until_2020_only() -> None:
    known = load_refund()
    assert [known.of(2020, side).above_dkk[0] for side in ("from_18", "under_18")] == [1_090_000, 830_000]
    assert all(known.of(year, "from_18") == known.of(year, "under_18") for year in range(2021, 2031))
    assert [year for year in range(2017, 2031) if known.of(year, "from_18").verified] == [2020, 2021, 2022]
