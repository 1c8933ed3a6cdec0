"""Behind the year's result, ``opdrift status --json`` says what the page says, and hides what the run hides."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import published_example
import pytest

from data.mart import Mart
from flows.status import read_status
from models.outturn import single_case

if TYPE_CHECKING:
    import pandas as pd

    from data.settings import Settings

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "status.json").read_text(encoding="utf-8"))


def test_what_stands_behind_the_result_is_told_as_it_was_published(settings: Settings) -> None:
    published_example.publish(settings.paths)
    status = read_status(settings, now=datetime(2027, 1, 16, tzinfo=UTC))
    jsonschema.validate(json.loads(json.dumps(status, allow_nan=False)), SCHEMA)
    mart = Mart.open(settings.paths)
    assert_one_new_case_from_the_first_month_ahead(status, mart)
    assert_rows_as_published(status, mart)
    assert status["refund_response"] == published_example.MISSES
    assert_every_level_is_told(status, mart)


def assert_one_new_case_from_the_first_month_ahead(status: dict[str, Any], mart: Mart) -> None:
    told = status["single_case"]
    assert (told["year"], told["first_month"], told["yearly"]) == (2027, "2027-01-01", 3e6), "data end in December 2026"
    tiers = mart.table("refund_thresholds").query("year == 2027").sort_values("tier")
    right = single_case(3e6, 1, above=tiers["above_dkk"].tolist(), pct=tiers["refund_pct"].tolist())
    spread = mart.table("year_result_spread").query("year == 2027 and level == 'frame'").dropna(subset=["deviation"])
    assert {row["member"] for row in told["members"]} > {"total"}
    results = mart.table("year_result").query("year == 2027")
    published = {(row["level"], row["member"]): row["probability_over"] for row in results.to_dict("records")}
    for row in told["members"]:
        assert (row["cost"], row["refund"]) == pytest.approx((right.cost, right.refund))
        assert row["net"] + row["refund"] == pytest.approx(3e6)
        if row["level"] == "frame":
            assert (row["chance_before"] is None) == (row["member"] not in set(spread["member"]))
        if row["chance_before"] is not None:
            assert row["chance_before"] == published[row["level"], row["member"]]
            assert row["chance_before"] <= row["chance_after"] <= 1.0


def assert_every_level_is_told(status: dict[str, Any], mart: Mart) -> None:
    rows, table = status["year_result"], mart.table("year_result")
    assert {row["level"] for row in rows} == {"service", "frame", "committee", "total"}
    assert len(rows) == len(table)
    assert [row["mean"] for row in rows if row["mask"]] == [None] * int((table["mask"] != "").sum())
    labels = {(row["level"], row["member"]): row["member_label"] for row in rows}
    assert labels["committee", "Socialudvalget"] == "Socialudvalget"
    assert labels["service", "plejefamilie"] == "Plejefamilie"
    total = next(row for row in rows if row["level"] == "total")
    assert total["budget_change_proposed"] == pytest.approx(total["budget_proposed"] - total["budget_revised"], abs=0.02)

    assert_nets_as_published(rows, mart.table("refund_ahead"))


def assert_nets_as_published(rows: list[dict[str, Any]], ahead: pd.DataFrame) -> None:
    by_key = {(row["level"], row["member"], row["year"]): row for row in rows}
    for own in ahead.to_dict("records"):
        row = by_key[own["level"], own["member"], own["year"]]
        if own["mask"]:
            assert (row["refund_mask"], row["central_refund"], row["net"]) == (own["mask"], None, None)
            continue
        assert row["thresholds_verified"] is bool(own["thresholds_verified"]) is False
        assert row["central_refund"] == pytest.approx(own["central_refund_mean"], abs=0.01)
        assert row["net_of_central"] == pytest.approx(row["mean"] - own["central_refund_mean"], abs=0.02)
        assert row["net"] == pytest.approx(row["net_of_central"] - own["half_refund_mean"], abs=0.02)
    services = [row for row in rows if row["level"] == "service"]
    assert {(row["central_refund"], row["thresholds_verified"]) for row in services} == {(None, None)}


def assert_rows_as_published(status: dict[str, Any], mart: Mart) -> None:
    prices = status["price_and_quantity"]
    kinds = mart.table("provider_types").query("period == 'last12'")
    for rows, table, figure in (
        (status["radar"], mart.table("transition_radar"), "expected"),
        (status["radar_leaving"], mart.table("transition_leaving"), "expected"),
        (prices["provider_types"], kinds, "cost_share"),
        (prices["share_curve"], mart.table("cost_concentration"), "cost_share"),
        (prices["providers"], mart.table("provider_shares"), "cost_share"),
    ):
        assert len(rows) == len(table) > 0
        assert sum(row[figure] or 0.0 for row in rows) == pytest.approx(table[figure].sum())
        hidden = [row for row in rows if row["mask"]]
        assert len(hidden) == (table["mask"] != "").sum()
        assert all(row[figure] is None for row in hidden)
    assert any(row["mask"] for row in status["radar"])
