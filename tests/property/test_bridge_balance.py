"""The bridge from service months to accounting years balances to the krone, whatever the ledger holds."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from models.accounting import BRIDGE_LINES, bridge

COLUMNS = ["frame", "service", "accounting_year", "service_month", "side", "line", "amount"]
MONTHS = st.one_of(st.none(), st.sampled_from([pd.Timestamp(year=year, month=month, day=1) for year in (2023, 2024, 2025)
                                               for month in (1, 6, 12)]))  # fmt: skip
AMOUNTS = st.integers(-10_000_000, 50_000_000).map(lambda oere: oere / 100)
POSTINGS = st.tuples(
    st.sampled_from(["f", "g"]), st.sampled_from(["a", "b"]), st.sampled_from([2023, 2024, 2025]), MONTHS,
    st.sampled_from(["authority", "authority", "provider", "other"]), st.just("gross"), AMOUNTS,
)  # fmt: skip


def ledger(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).assign(service_month=lambda frame: pd.to_datetime(frame["service_month"]))


@settings(deadline=None, max_examples=60)
@given(st.lists(POSTINGS, min_size=1, max_size=25))
def test_both_identities_hold_exactly(rows: list[tuple[object, ...]]) -> None:
    found = bridge(ledger(rows)).pivot_table(index=["member", "accounting_year"], columns="line", values="amount", aggfunc="sum")
    assert set(found.columns) == set(BRIDGE_LINES)
    parts = found["service_year_reported"] + found["from_earlier_service_years"] + found["to_other_accounting_years"]
    assert (parts + found["without_service_month"] == found["accounting_year_gross_authority"]).all()
    assert (found["accounting_year_gross_authority"] + found["provider_and_income"] == found["accounting_year_ledger"]).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(POSTINGS, min_size=1, max_size=25))
def test_the_last_line_is_the_ledger_rounded(rows: list[tuple[object, ...]]) -> None:
    frame = ledger(rows)
    found = bridge(frame)
    last = found[found["line"] == "accounting_year_ledger"].set_index(["member", "accounting_year"])["amount"]
    whole = frame.groupby(["frame", "accounting_year"])["amount"].sum()
    assert ((last - whole).abs() <= 0.5 + 1e-6).all()


@settings(deadline=None, max_examples=30)
@given(st.lists(POSTINGS, min_size=2, max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_postings_does_not_matter(rows: list[tuple[object, ...]], random) -> None:
    """Amounts are whole øre and summed in the warehouse; here the sums are small enough to be exact in any order."""
    whole = [(*row[:-1], float(round(row[-1]))) for row in rows]
    mixed = random.sample(whole, len(whole))
    pd.testing.assert_frame_equal(bridge(ledger(whole)), bridge(ledger(mixed)))
