"""The year's result is an accounting identity: draw by draw, line by line, service by service."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from models.outturn import outturn, result_draws, year_result
from models.plans import Plans
from models.types import DriverTables, PressureDraws

MONTHS = pd.date_range("2026-10-01", "2028-12-01", freq="MS")
CUTOFF = pd.Timestamp("2026-09-01")


@st.composite
def municipalities(draw):
    """Draws, weights, what is booked and planned, and shares of known, new and ended citizens for some services."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 5))
    services = tuple(f"s{number}" for number in range(count))
    frames = [f"f{draw(st.integers(0, 2))}" for _ in services]
    shape = (count, len(MONTHS), 12)
    gross = rng.gamma(2.0, 50_000.0, shape)
    late = rng.normal(0.0, 20_000.0, (count, 12)) if draw(st.booleans()) else None
    made = PressureDraws(services, MONTHS, gross, gross, gross, np.ones(shape[1:]), pd.DataFrame(), late)
    weights = [(s, month, month.year + gap, (0.8, 0.2)[gap]) for s in services for month in MONTHS for gap in (0, 1)]
    fixed = [
        (s, year, rng.gamma(2.0, 1e5) * (year == 2026), rng.gamma(2.0, 1e4)) for s in services for year in (2025, 2026, 2027)
    ]
    kept = [s for s in services if draw(st.booleans())]
    new, ended = rng.uniform(0, 0.4, (2, len(kept) * len(MONTHS)))
    index = pd.MultiIndex.from_product([kept, MONTHS], names=["service", "month"])
    split = pd.DataFrame({"committed": 1 - new + ended, "new": new, "ended": ended}, index=index).reset_index()
    return (
        made,
        drivers_of(services, frames),
        weights,
        fixed,
        plans_of(rng, services, frames),
        split if draw(st.booleans()) else None,
    )


def drivers_of(services, frames):
    table = pd.DataFrame({"service": services, "frame": frames, "committee": ["c" + frame for frame in frames]})
    prices = pd.DataFrame({"month": pd.date_range("2025-01-01", "2028-12-01", freq="MS"), "price_factor": 1.0})
    empty = pd.DataFrame()
    return DriverTables(CUTOFF, "DKK", "nominal", table, empty, empty, prices, empty)


def plans_of(rng, services, frames):
    budget = [(frame, None, year, "original", "nominal", rng.gamma(3.0, 1e6)) for frame in set(frames) for year in (2026, 2027)]
    events = [
        (pd.Timestamp("2027-01-01"), pd.NaT, frames[0], None, -1e5, "nominal", False),
        (CUTOFF, pd.NaT, None, services[0], 5e4, "nominal", False),
    ]
    ledger = [
        (frame, None, year, month, "provider", "payroll", rng.normal(0, 1e4))
        for frame in set(frames)
        for year in (2025, 2026)
        for month in range(1, 10)
    ]
    return Plans(
        pd.DataFrame(budget, columns=["frame", "service", "year", "version", "price_level", "amount_dkk"]),
        pd.DataFrame(
            events, columns=["effective_from", "effective_to", "frame", "service", "amount_dkk", "price_level", "in_data"]
        ),
        pd.DataFrame(ledger, columns=["frame", "service", "accounting_year", "accounting_period", "side", "line", "amount"]),
        {},
    )


@settings(max_examples=25, deadline=None)
@given(municipalities())
def test_each_krone_stands_once(municipality) -> None:
    draws, drivers, weights, fixed, plans, split = municipality
    weighted = pd.DataFrame(weights, columns=["service", "month", "accounting_year", "weight"])
    booked = pd.DataFrame(fixed, columns=["service", "accounting_year", "posted", "ibnr_mean"])
    made = outturn(draws, drivers, plans, weights=weighted, fixed=booked, split=split)
    told, _ = year_result(made)
    by_key = told.set_index(["level", "member", "year"])
    for place, year in enumerate(made.parts.years):
        lines = {(member.level, member.member): result_draws(made, member, place) for member in made.members}
        for member in made.members:
            own = lines[member.level, member.member]
            signed = sum(-line if name == "expected_ended" else line for name, line in own.items() if name != "expected")
            np.testing.assert_allclose(signed, own["expected"], rtol=1e-9, atol=1e-3)
            known = own["committed"] + own["expected_new"] - own["expected_ended"] + own["ahead"]
            np.testing.assert_allclose(known, made.parts.ahead[member.rows, place].sum(axis=0), rtol=1e-9, atol=1e-3)
            parts = [lines["service", made.services[row]] for row in member.rows]
            modelled = sum(part["expected"] - part["decided_not_in_data"] for part in parts)
            outside = sum(part.sum() for part in made.outside_of(member, year))
            np.testing.assert_allclose(modelled + outside + own["decided_not_in_data"], own["expected"], rtol=1e-9, atol=1e-3)
            row = by_key.loc[(member.level, member.member, year)]
            assert np.isclose(row["mean"], own["expected"].mean())
            assert np.isclose(row["q90"], np.quantile(own["expected"], 0.9)), "draws are added first"
