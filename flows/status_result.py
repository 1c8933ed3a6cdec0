"""What ``opdrift status --json`` says behind the year's result: one new case, who reaches an age, price and quantity.

Rows stand as they were published: a hidden one is there without figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from flows.plain_rows import plain
from models.outturn import USUAL_CASE, case_beside
from models.view.provider_tables import LAST

if TYPE_CHECKING:
    from data.mart import Mart

_CASE = ("cost", "refund", "net", "next_krone", "chance_before", "chance_after")


def behind_the_result(mart: Mart, cutoff: str) -> dict[str, Any]:
    """The sections ``single_case``, ``refund_response``, ``radar``, ``radar_leaving`` and ``price_and_quantity``.

    Args:
        mart: The published run.
        cutoff: Its last month, ISO.
    """
    return {
        "single_case": _single_case(mart, pd.Timestamp(cutoff) + pd.DateOffset(months=1)),
        "refund_response": mart.facts().get("refund_response") or None,
        "radar": _rows(mart.table_or_none("transition_radar"), ["age", "period", "from_committee", "to_committee", "to_service"]),
        "radar_leaving": _rows(
            mart.table_or_none("transition_leaving"), ["age", "period", "from_committee", "to_committee", "from_service"]
        ),
        "price_and_quantity": _prices(mart),
    }


def _single_case(mart: Mart, begins: pd.Timestamp) -> dict[str, Any] | None:
    """The case from the month after the cutoff on, beside each frame and the total; None where no thresholds are known."""
    thresholds, spread = (mart.table_or_none(name) for name in ("refund_thresholds", "year_result_spread"))
    result = mart.table("year_result")
    year, month = begins.year, begins.month
    tiers = thresholds[thresholds["year"] == year]
    if tiers.empty:
        return None
    shown = result[result["level"].isin(["frame", "total"]) & (result["year"] == year)].sort_values(["level", "member"])
    rows = []
    for level, member, before in zip(shown["level"], shown["member"], shown["probability_over"].astype(float), strict=True):
        found = case_beside(thresholds, spread, (level, member), year, yearly=USUAL_CASE, first_month=month, before=before)
        rows.append(plain({"level": level, "member": member} | {name: getattr(found, name) for name in _CASE}))
    return {
        "yearly": USUAL_CASE,
        "year": year,
        "first_month": f"{begins:%Y-%m-%d}",
        "thresholds_verified": bool(tiers["thresholds_verified"].all()),
        "members": rows,
    }


def _prices(mart: Mart) -> dict[str, Any]:
    """Kinds of provider in the newest 12 months, the share curve, and large providers by number."""
    kinds = mart.table_or_none("provider_types")
    newest = kinds[kinds["period"] == LAST].drop(columns="period")
    return {
        "provider_types": _rows(newest, ["level", "member", "provider_type"]),
        "share_curve": _rows(mart.table_or_none("cost_concentration"), ["level", "member", "top_pct"]),
        "providers": _rows(mart.table_or_none("provider_shares"), ["frame", "place"]),
    }


def _rows(table: pd.DataFrame, by: list[str]) -> list[dict[str, Any]]:
    return [plain(row) for row in table.sort_values(by, kind="stable").to_dict("records")]
