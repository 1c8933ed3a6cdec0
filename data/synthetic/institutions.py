"""The provider side (udfører), refunds and the rest of the ledger: payroll, internal settlement, places sold, other income."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.synthetic.calendar import Window, first_day, month_of
from data.synthetic.invoices import weekday, with_accounting
from data.synthetic.plan import PLANS

if TYPE_CHECKING:
    from data.synthetic.pricing import Priced

# Share of an institution's income that is spent, by expense type (art): payroll first.
SPENDING = {"10": 0.800, "22": 0.045, "23": 0.020, "27": 0.035, "29": 0.080}
OVERHEAD_PLAN = -1  # postings outside the specialised area
REFUND_PLAN = -2
# Monthly thresholds of the refund for especially expensive cases, 2022 level, DKK per year (synthetic use only).
THRESHOLDS = ((860_000, 0.25), (1_680_000, 0.25), (2_120_000, 0.25))


def provider_postings(authority: pd.DataFrame, priced: Priced, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """Post own institutions: settlement income mirrors the authority's payments, so that the two net to zero.

    Args:
        authority: Authority postings of the whole simulation.
        priced: Cases, for the places sold.
        window: Months the sample covers.
        rng: The providers' generator.

    Returns:
        One row per posting, as the authority's.
    """
    parts = [_settlement(authority), _sold_places(priced, window, rng), _user_payments(authority, window, rng)]
    income = pd.concat(parts[:2], ignore_index=True)
    parts.append(_spending(income, window, rng))
    return pd.concat(parts, ignore_index=True)


def place_of(plan: np.ndarray) -> np.ndarray:
    """Omkostningssted of the institution that runs a plan's own places; the same institution sells places."""
    keys = [item.key for item in PLANS]
    return 1000 + 10 * np.array([keys.index(key) for key in keys])[plan]


def _settlement(authority: pd.DataFrame) -> pd.DataFrame:
    internal = authority[authority["art"] == "91"]
    by = ["plan", "month", "year", "period", "account_class"]
    summed = internal.assign(posted_month=month_of(internal["posted"].to_numpy())).groupby([*by, "posted_month"], as_index=False)
    income = summed.agg(ore=("ore", "sum"), posted=("posted", "max"))
    return income.drop(columns="posted_month").assign(
        ore=lambda rows: -rows["ore"],
        art="97",
        owner=1,
        case=-1,
        citizen=-1,
        text_kind="settlement",
        place=lambda rows: place_of(rows["plan"].to_numpy()),
    )


def _sold_places(priced: Priced, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    cases, months = priced.cases, priced.months
    months = months[cases["sold"].to_numpy()[months["case"]] & (months["month"] >= window.start).to_numpy()]
    plan = cases["plan"].to_numpy()[months["case"]]
    target = months["month"].to_numpy() + 1
    frame = pd.DataFrame(
        {
            "plan": plan,
            "month": months["month"].to_numpy(),
            "account_class": 1,
            "ore": -months["ore"].to_numpy(),
            "art": "77",
            "owner": 1,
            "case": months["case"].to_numpy(),
            "citizen": cases["citizen"].to_numpy()[months["case"]],
            "text_kind": "sold",
            "place": place_of(plan),
            "posted": weekday(first_day(target) + rng.integers(2, 20, len(months)), target),
        }
    )
    return with_accounting(frame, rng)


def _user_payments(authority: pd.DataFrame, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """Citizens' own payment for food and rent in long-term placements (gruppering 092), one posting a month."""
    rows = []
    for plan, item in enumerate(PLANS):
        if item.key not in {"laengerevarende_botilbud", "botilbudslignende_tilbud"} or item.sold:
            continue
        paid = authority[(authority["plan"] == plan) & (authority["month"] >= window.start)].groupby("month")["ore"].sum()
        share = rng.uniform(0.009, 0.011, len(paid))
        rows.append(
            pd.DataFrame(
                {"plan": plan, "month": paid.index.to_numpy(), "ore": -np.rint(paid.to_numpy() * share).astype(np.int64)}
            )
        )
    frame = pd.concat(rows, ignore_index=True)
    month = frame["month"].to_numpy()
    frame = frame.assign(
        account_class=1,
        art="71",
        owner=1,
        case=-1,
        citizen=-1,
        text_kind="user",
        place=100,
        posted=weekday(first_day(month) + 27, month),
    )
    return with_accounting(frame, rng)


def _spending(income: pd.DataFrame, window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """Payroll and goods follow the institution's income smoothed over a year: places stay staffed when a bed is empty."""
    months = np.arange(window.start, window.end + 1)
    parts = []
    for place, rows in income.groupby("place"):
        by_month = -rows.groupby("month")["ore"].sum().reindex(months).fillna(0.0)
        smooth = by_month.rolling(13, center=True, min_periods=4).mean().to_numpy()
        plan = int(rows["plan"].min())
        for art, share in SPENDING.items():
            noise = np.exp(rng.normal(0, 0.012 if art == "10" else 0.08, len(months)))
            parts.append(
                pd.DataFrame(
                    {
                        "plan": plan,
                        "month": months,
                        "ore": np.rint(smooth * share * noise).astype(np.int64),
                        "art": art,
                        "place": int(str(place)),
                        "posted": weekday(first_day(months) + (27 if art == "10" else 14), months),
                        "text_kind": "payroll" if art == "10" else "goods",
                    }
                )
            )
    frame = pd.concat(parts, ignore_index=True).assign(account_class=1, owner=1, case=-1, citizen=-1)
    return with_accounting(frame[frame["ore"] != 0].reset_index(drop=True), rng)


def refund_postings(
    authority: pd.DataFrame, index_of_year: dict[int, float], window: Window, rng: np.random.Generator
) -> pd.DataFrame:
    """State refund: especially expensive cases (function 5.22.07) by quarter, and half of shelters and refuges."""
    inside = authority[authority["month"] >= window.start]
    monthly = inside.groupby(["citizen", "month"], as_index=False).agg(ore=("ore", "sum"), plan=("plan", "first"))
    level = monthly["month"].map(lambda month: index_of_year[month // 12] / index_of_year[2022]).to_numpy()
    kroner = monthly["ore"].to_numpy() / 100
    refund = sum(share * np.clip(kroner - threshold * level / 12, 0, None) for threshold, share in THRESHOLDS)
    child = np.array([not item.key.endswith("botilbud") and item.key in _CHILD for item in PLANS])[monthly["plan"]]
    quarter = (monthly["month"] // 3 * 3 + 2).to_numpy()
    expensive = (
        pd.DataFrame({"month": quarter, "child": child, "ore": refund}).groupby(["month", "child"], as_index=False)["ore"].sum()
    )
    special = pd.DataFrame(
        {
            "plan": REFUND_PLAN - expensive["child"].astype(int),
            "month": expensive["month"],
            "ore": -np.rint(expensive["ore"] * 100).astype(np.int64),
            "place": 100,
        }
    )
    shelters = [index for index, item in enumerate(PLANS) if item.key in {"forsorgshjem", "kvindekrisecenter"}]
    half = inside[inside["plan"].isin(shelters)].assign(month=lambda rows: rows["month"] // 3 * 3 + 2)
    half = half.groupby(["plan", "month"], as_index=False)["ore"].sum().assign(ore=lambda rows: -(rows["ore"] // 2), place=100)
    frame = pd.concat([special, half], ignore_index=True)
    target = frame["month"].to_numpy() + 1
    frame = frame.assign(
        account_class=2,
        art="86",
        owner=1,
        case=-1,
        citizen=-1,
        text_kind="refund",
        posted=weekday(first_day(target) + 17, target),
    )
    return with_accounting(frame[frame["ore"] != 0].reset_index(drop=True), rng)


def overhead_postings(window: Window, rng: np.random.Generator) -> pd.DataFrame:
    """A few postings outside the specialised area, as a whole ledger has them."""
    months = np.arange(window.start, window.end + 1)
    frame = pd.DataFrame(
        {
            "plan": OVERHEAD_PLAN,
            "month": months,
            "ore": rng.integers(200_000, 900_000, len(months)),
            "posted": weekday(first_day(months) + 10, months),
        }
    )
    frame = frame.assign(account_class=1, art="29", owner=1, case=-1, citizen=-1, text_kind="other", place=9000)
    return with_accounting(frame, rng)


_CHILD = frozenset({
    "plejefamilie", "boernehjem", "opholdssted", "eget_vaerelse", "sikret_institution", "familiebehandling", "fast_kontaktperson",
    "stoetteophold", "ungestoette", "saerlige_dagtilbud",
})  # fmt: skip
