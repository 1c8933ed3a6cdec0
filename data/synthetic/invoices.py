"""Authority postings: what the cases cost, invoiced late, corrected and credited as invoices are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.synthetic.calendar import Window, days_in, first_day, month_of
from data.synthetic.plan import LAGS, PLANS

if TYPE_CHECKING:
    from data.synthetic.pricing import Priced

BEFORE = 14  # months before the window whose late invoices still arrive in it
DOUBLE = 0.0005  # share of bought invoices that are entered twice before someone sees it
QUARTERLY = "ledsageordning"
COLUMNS = (
    "plan",
    "case",
    "citizen",
    "month",
    "posted",
    "year",
    "period",
    "account_class",
    "owner",
    "place",
    "art",
    "ore",
    "text_kind",
)


def authority_postings(priced: Priced, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """Invoice every case-month of our own citizens.

    Args:
        priced: Cases and case-months.
        window: Months the sample covers.
        rng: The invoices' generator.

    Returns:
        One row per posting, ``COLUMNS``, including those that arrive after the window (``posted`` tells).
    """
    months = _with_months_before(priced, window)
    cases = priced.cases
    months = months[~cases["sold"].to_numpy()[months["case"]]]
    months = _by_quarter(cases, months, rng)
    months = months[months["ore"] > 0].reset_index(drop=True)
    art = cases["art"].to_numpy()[months["case"]]
    kind = np.where(months["quarter"], "quarter", "plain")
    frame = pd.DataFrame(
        {
            "plan": cases["plan"].to_numpy()[months["case"]],
            "case": months["case"],
            "citizen": cases["citizen"].to_numpy()[months["case"]],
            "month": months["month"],
            "account_class": 1,
            "place": 100,
            "art": art,
            "owner": pd.Series(art).map({"91": 1, "47": 3, "48": 3, "52": 4, "40": 4}).to_numpy(),
            "text_kind": kind,
            "ore": _noisy(months["ore"].to_numpy(), art, rng),
        }
    )
    frame["posted"] = _posted_day(np.where(months["quarter"], months["month"] + 2, months["month"]), art, rng)
    return with_accounting(pd.concat([frame, _corrections(frame, rng)], ignore_index=True), rng)


def _with_months_before(priced: Priced, window: Window) -> pd.DataFrame:
    """Case-months of the window, and those just before it of the cases that already ran."""
    inside = priced.months[priced.months["month"] >= window.start]
    first = inside[inside["month"] == window.start]
    began = month_of(priced.cases["start"].to_numpy())[first["case"]]
    earlier = [first[began < window.start - back].assign(month=window.start - back) for back in range(1, BEFORE + 1)]
    return pd.concat([*earlier, inside], ignore_index=True)


def _by_quarter(cases: pd.DataFrame, months: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A few small suppliers invoice a quarter at a time: one row per quarter, dated by its first month."""
    plan = next(index for index, item in enumerate(PLANS) if item.key == QUARTERLY)
    chosen = (cases["plan"].to_numpy() == plan) & (cases["provider"].to_numpy() == 3) & (rng.random(len(cases)) < 0.3)
    at = chosen[months["case"]]
    monthly = months[~at].assign(quarter=False)
    grouped = months[at].assign(start=lambda rows: rows["month"] - rows["month"] % 3)
    grouped = grouped.groupby(["case", "start"], as_index=False).agg(ore=("ore", "sum"), month=("start", "first"))
    return pd.concat([monthly, grouped.assign(quarter=True)[["case", "month", "ore", "quarter"]]], ignore_index=True)


def _noisy(ore: np.ndarray, art: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Invoices mostly equal the decision's price; the rest differ by a few per cent. Internal settlement is exact."""
    differs = (rng.random(len(ore)) < 0.25) & (art != "91")
    return np.rint(ore * np.where(differs, np.exp(rng.normal(0, 0.02, len(ore))), 1.0)).astype(np.int64)


def _posted_day(month: np.ndarray, art: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    lag, draw = np.zeros(len(month), dtype=np.int64), rng.random(len(month))
    for kind, shares in LAGS.items():
        at = art == kind
        lag[at] = np.searchsorted(np.cumsum(shares) / np.sum(shares), draw[at], side="right")
    target = month + lag
    within = rng.random(len(month))
    share = np.where(lag == 0, 0.6 + 0.4 * within, within)
    return weekday(first_day(target) + (share * days_in(target)).astype(int), target)


def weekday(day: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Move weekends to the Friday before, or to the Monday after where that leaves the month; New Year's Day to the day after."""
    day = np.where((day == first_day(month)) & (month % 12 == 0), day + 1, day)
    over = np.clip((day + 3) % 7 - 4, 0, 2)  # 1970-01-01 was a Thursday: 1 = Saturday, 2 = Sunday
    before = day - over
    return np.where(before >= first_day(month) + (month % 12 == 0), before, day + (3 - over) % 3)


def _corrections(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Wrong invoices are posted, reversed and posted anew; others get a small credit note."""
    bought = (frame["art"] != "91").to_numpy()
    wrong = np.flatnonzero((rng.random(len(frame)) < 0.018) & bought)
    right = frame["ore"].to_numpy()[wrong]
    factor = rng.choice([0.5, 0.9, 1.1, 2.0], len(wrong))
    frame.loc[wrong, "ore"] = np.rint(right * factor).astype(np.int64)
    month = month_of(frame["posted"].to_numpy()[wrong]) + rng.integers(1, 4, len(wrong))
    day = weekday(first_day(month) + rng.integers(0, 28, len(wrong)), month)
    reversed_rows = frame.loc[wrong].assign(ore=-frame["ore"].to_numpy()[wrong], posted=day, text_kind="reversal")
    again = frame.loc[wrong].assign(ore=right, posted=day, text_kind="again")
    credited = np.flatnonzero((rng.random(len(frame)) < 0.006) & bought)
    month = month_of(frame["posted"].to_numpy()[credited]) + rng.integers(1, 8, len(credited))
    share = rng.uniform(0.02, 0.10, len(credited))
    credit = frame.loc[credited].assign(
        ore=-np.rint(frame["ore"].to_numpy()[credited] * share).astype(np.int64),
        posted=weekday(first_day(month) + rng.integers(0, 28, len(credited)), month),
        text_kind="credit",
    )
    twice = _posted_twice(frame[bought & (rng.random(len(frame)) < DOUBLE)], rng)
    return pd.concat([reversed_rows, again, credit, twice], ignore_index=True)


def _posted_twice(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same invoice entered once more a few days later, and taken back two months after: look-alikes with other numbers."""
    month = month_of(rows["posted"].to_numpy())
    latest = first_day(month + 1) - 1
    again = weekday(np.minimum(rows["posted"].to_numpy() + rng.integers(0, 4, len(rows)), latest), month)
    back = weekday(first_day(month + 2) + rng.integers(0, 20, len(rows)), month + 2)
    second = rows.assign(posted=again, text_kind="plain")
    return pd.concat([second, rows.assign(posted=back, ore=-rows["ore"], text_kind="reversal")], ignore_index=True)


def with_accounting(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add accounting year and period; postings of January and February for the old year go to period 13."""
    posted = month_of(frame["posted"].to_numpy())
    year, period = posted // 12, posted % 12 + 1
    old = (frame["month"].to_numpy() // 12 < year) & (period <= 2)
    closed = np.where(period == 1, 0.03, 0.15)
    supplementary = old & (rng.random(len(frame)) >= closed) & (frame["month"].to_numpy() // 12 == year - 1)
    frame["year"] = np.where(supplementary, year - 1, year)
    frame["period"] = np.where(supplementary, 13, period)
    return frame
