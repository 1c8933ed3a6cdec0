"""The refund of history: cut to services, summed to the krone, masked by those who stand behind it, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.reference.catalogue import load_catalogue
from data.reference.refund import load_refund
from data.schema import PUBLISHED, Sensitivity
from flows.refund import rules_of
from models.disclosure import Earlier
from models.refund import RefundSources, against_ledger, mask_refund, refund_tables
from models.refund.history import GRAINS, citizen_months, families, ledger_scale, refund_by_service
from models.refund.masking import alone_in_frame

RULES = rules_of(load_refund(), load_catalogue())
MONTHS = pd.date_range("2021-01-01", "2022-12-01", freq="MS")
SERVICES = pd.DataFrame(
    [
        ("midlertidigt_botilbud", "50.54", "Social"),
        ("bpa", "50.54", "Social"),
        ("kvindekrisecenter", "50.54", "Social"),
        ("boernehjem", "30.46", "Børn"),
    ],
    columns=["service", "frame", "committee"],
)
NONE_MISSING = pd.DataFrame({"input": ["citizen_income"], "cases": [9], "missing": [0]})


def person(citizen, service, cost, *, born="1980-01-01", household=-1, months=MONTHS, once=0.0, income=0.0, before_67=False):
    """One citizen's service in every month, DKK."""
    return pd.DataFrame(
        {
            "citizen": citizen, "household": household, "birth_month": pd.Timestamp(born), "month": months, "service": service,
            "before_67": before_67, "running_nominal": cost, "once_nominal": once, "income_nominal": income,
        }
    )  # fmt: skip


def town(adults=8, children=8, shelters=9):
    """Expensive adults with two services each, expensive children, and women in a refuge."""
    parts = [
        person(number, service, cost + 1_000 * number)
        for number in range(adults)
        for service, cost in (("midlertidigt_botilbud", 150_000), ("bpa", 90_000))
    ]
    parts += [person(100 + number, "boernehjem", 190_000 + 1_000 * number, born="2012-01-01") for number in range(children)]
    parts += [person(200 + number, "kvindekrisecenter", 30_000) for number in range(shelters)]
    return pd.concat(parts, ignore_index=True)


def sources_and_drivers(rows, make_drivers, service_spec, *, ledger=1.0, inputs=NONE_MISSING):
    """List cost as the rows say; the ledger holds ``ledger`` times as much."""
    drivers = make_drivers([service_spec("bpa")], months=24, cutoff="2022-12-01")
    listed = rows.assign(cost=rows["running_nominal"] + rows["once_nominal"]).groupby(["service", "month"])["cost"].sum()
    grid = pd.MultiIndex.from_product([SERVICES["service"], MONTHS], names=["service", "month"])
    cost = listed.reindex(grid).fillna(0.0)
    volume = cost.rename("list_cost_nominal").reset_index()
    history = (cost * ledger).rename("gross_ultimate_nominal").reset_index()
    drivers = replace(drivers, services=SERVICES, history=history)
    gross = history.merge(SERVICES, on="service").assign(year=history["month"].dt.year, total="total")
    levels = ("service", "frame", "committee", "total")
    sums = [
        gross.groupby([key, "year"])["gross_ultimate_nominal"].sum().rename("gross").rename_axis(["member", "year"])
        for key in levels
    ]
    actual = pd.concat(
        [
            table.reset_index().assign(level=key, basis=basis, price_level="nominal")
            for key, table in zip(levels, sums, strict=True)
            for basis in ("service_year", "accounting_year")
        ]
    )
    triangle = history.rename(columns={"month": "service_month", "gross_ultimate_nominal": "amount"})
    triangle = triangle.assign(accounting_year=triangle["service_month"].dt.year)
    posted = pd.DataFrame({"frame": ["50.54"], "accounting_year": [2022], "line": ["refund"], "amount": [-5e6]})
    return RefundSources(rows, inputs, volume, triangle, posted, actual), drivers


def tables_of(rows, make_drivers, service_spec, **more):
    sources, drivers = sources_and_drivers(rows, make_drivers, service_spec, **more)
    return refund_tables(sources, drivers, RULES)


def masked_of(tables, hidden=None):
    return mask_refund(tables, SERVICES, hidden or {}, min_citizens=5, max_top_share=0.75)


def year_of(table, member, year=2022, basis="service_year"):
    rows = table[(table["member"] == member) & (table["year"] == year) & (table["basis"] == basis)]
    return rows.iloc[0]


def alone(rows, scale=None):
    none = pd.DataFrame(columns=["service", "month", "scale"])
    return citizen_months(rows, none if scale is None else scale, MONTHS, RULES)


def refund_2022(rows, **more):
    """DKK in the first month of 2022."""
    return refund_by_service(alone(rows, **more)).amount[:, 12].sum()


def test_the_worked_example_goes_through_history() -> None:
    assert round(refund_2022(person(1, "bpa", 200_000.0))) == 52_917


def test_services_of_one_citizen_are_judged_together_and_cut_by_cost() -> None:
    rows = pd.concat([person(1, "bpa", 50_000.0), person(1, "midlertidigt_botilbud", 150_000.0)], ignore_index=True)
    amount = refund_by_service(alone(rows)).amount[:, 12].sum(axis=1)
    assert amount == pytest.approx([52_916.67 / 4, 52_916.67 * 3 / 4], abs=0.01)


def test_income_is_deducted_and_half_of_a_refuge_is_refunded_apart() -> None:
    assert refund_2022(person(1, "bpa", 210_000.0, income=10_000.0)) == pytest.approx(52_916.67, abs=0.01)
    assert refund_2022(person(1, "kvindekrisecenter", 400_000.0)) == pytest.approx(52_916.67, abs=0.01)


def test_a_one_off_is_spread_over_its_accounting_year() -> None:
    rows = person(1, "bpa", 0.0, months=MONTHS[15:16], once=2_400_000.0)
    amount = refund_by_service(alone(rows)).amount.sum(axis=(0, 2))
    assert amount[12:] == pytest.approx(np.full(12, 52_916.67), abs=0.01)
    assert (amount[:12] == 0).all()


def test_children_of_one_household_are_summed_and_an_adult_of_it_is_not() -> None:
    siblings = [person(number, "boernehjem", 100_000.0, born="2012-05-01", household=7) for number in (1, 2)]
    adult = person(3, "bpa", 100_000.0, household=7)
    two = refund_2022(pd.concat(siblings, ignore_index=True))
    assert two == pytest.approx(52_916.67, abs=0.01)
    assert refund_2022(pd.concat([*siblings, adult], ignore_index=True)) == pytest.approx(
        two + 0.25 * (100_000 - 71_666.67), abs=0.01
    )


def test_aftercare_is_summed_with_the_household_and_other_help_at_20_is_not() -> None:
    young = person(1, "boernehjem", 100_000.0, born="2012-05-01", household=7)
    for service, together in (("ungestoette", True), ("bpa", False)):
        both = pd.concat([young, person(2, service, 100_000.0, born="2001-01-01", household=7)], ignore_index=True)
        assert (refund_2022(both) > 40_000) == together


def test_cover_ends_at_67_unless_it_was_there_before() -> None:
    old = {"born": "1950-01-01"}
    assert refund_2022(person(1, "bpa", 200_000.0, **old)) == 0
    assert round(refund_2022(person(1, "bpa", 200_000.0, before_67=True, **old))) == 52_917
    turning = refund_by_service(alone(person(1, "bpa", 200_000.0, born="1955-07-01"))).amount.sum(axis=(0, 2))
    assert (turning[:18] > 0).all()
    assert (turning[18:] == 0).all()


def test_list_cost_is_brought_to_the_ledger_but_a_lump_makes_nobody_expensive() -> None:
    rows = person(1, "bpa", 100_000.0)
    volume = rows.rename(columns={"running_nominal": "list_cost_nominal"})[["service", "month", "list_cost_nominal"]]
    booked = np.where(MONTHS.month == 12, 1_300_000.0, 10_000.0)
    lump = pd.DataFrame({"service": "bpa", "month": MONTHS, "gross_ultimate_nominal": booked})
    scale, odd = ledger_scale(volume, lump)
    assert scale["scale"].unique().tolist() == pytest.approx([1.175])
    assert odd.values.tolist() == [["bpa", "year", 24]]
    twice = refund_2022(rows, scale=ledger_scale(volume, lump.assign(gross_ultimate_nominal=200_000.0))[0])
    assert twice == pytest.approx(52_916.67, abs=0.01)


def test_parts_sum_to_the_total_to_the_krone(make_drivers, service_spec) -> None:
    tables = tables_of(town(), make_drivers, service_spec, ledger=1.0137)
    for year in (2021, 2022):
        for column in ("gross", "central_refund", "half_refund", "net"):
            total = year_of(tables.years, "total", year)[column]
            assert total == sum(year_of(tables.years, frame, year)[column] for frame in ("30.46", "50.54"))
        row = year_of(tables.years, "50.54", year)
        tiers = tables.tiers[(tables.tiers["member"] == "50.54") & (tables.tiers["year"] == year)]
        assert tiers["refund"].sum() == row["central_refund"]
        assert row["net"] == row["gross"] - row["central_refund"] - row["half_refund"]
    assert tables.tiers["own_pct"].unique().tolist() == [75.0, 50.0, 25.0]


def test_a_refund_follows_its_bills_to_the_accounting_year(make_drivers, service_spec) -> None:
    sources, drivers = sources_and_drivers(town(), make_drivers, service_spec)
    late = sources.triangle["service_month"] == pd.Timestamp("2021-12-01")
    sources.triangle.loc[late, "accounting_year"] = 2022
    tables = refund_tables(sources, drivers, RULES)
    months = refund_by_service(alone(town())).amount.sum(axis=(0, 2))
    booked = year_of(tables.years, "total", basis="accounting_year")["central_refund"]
    assert booked == pytest.approx(months[11:].sum(), abs=1)
    assert set(tables.years.loc[tables.years["basis"] == "accounting_year", "year"]) == {2022}, "2021 is not whole in history"
    assert year_of(tables.years, "50.54", basis="accounting_year")["posted_refund"] == 5_000_000


def test_no_row_rests_on_a_single_citizen_or_few(make_drivers, service_spec) -> None:
    """One expensive adult: the frame is hidden, the other goes with it, and no sum tells either."""
    tables = tables_of(town(adults=1), make_drivers, service_spec)
    assert (tables.concentration["n_citizens"] == 1).any(), "or nothing is tested"
    shown = masked_of(tables)
    for name, table in shown.items():
        visible = table[table["mask"] == ""]
        assert not visible["n_citizens"].between(1, 4).any(), name
        figures = [column.name for column in PUBLISHED[name].columns if column.sensitivity is Sensitivity.AGGREGATE]
        assert table.loc[table["mask"] != "", figures].isna().all().all(), name
    words = shown["refund_years"].groupby("member")["mask"].first()
    assert words.to_dict() == {"30.46": "secondary", "50.54": "primary", "Børn": "secondary", "Social": "primary", "total": ""}
    assert (shown["refund_marginal"].set_index("service").loc[["bpa", "midlertidigt_botilbud"], "mask"] == "primary").all()


def test_a_family_counts_as_one(make_drivers, service_spec) -> None:
    family = [person(300 + number, "boernehjem", 90_000.0, born="2012-01-01", household=5) for number in range(6)]
    rows = pd.concat([town(children=0), *family], ignore_index=True)
    assert len(np.unique(families(alone(rows)))) == 8 + 9 + 1
    shown = masked_of(tables_of(rows, make_drivers, service_spec))["refund_years"]
    assert (shown.loc[shown["member"] == "30.46", "mask"] == "primary").all()


def test_few_in_the_top_tier_hide_tiers_and_not_the_refund(make_drivers, service_spec) -> None:
    rows = pd.concat([town(adults=0), *(person(n, "bpa", 100_000.0) for n in range(9)), person(50, "bpa", 300_000.0)])
    shown = masked_of(tables_of(rows.reset_index(drop=True), make_drivers, service_spec))
    years, tiers = shown["refund_years"], shown["refund_tiers"]
    assert (years.loc[years["member"] == "50.54", "mask"] == "").all()
    assert (tiers.loc[tiers["member"].isin(["50.54", "30.46"]), "mask"] != "").all()


def test_a_few_services_marginal_share_does_not_follow_from_their_frames_refund(make_drivers, service_spec) -> None:
    """Two dear citizens have bpa, nine another service of the frame, and each one only: the frame less the nine is the two."""
    many = [person(50 + n, "midlertidigt_botilbud", 150_000.0) for n in range(9)]
    rows = pd.concat([town(adults=0), *many, *(person(70 + n, "bpa", 150_000.0) for n in range(2))], ignore_index=True)
    shown = masked_of(tables_of(rows, make_drivers, service_spec))
    assert (shown["refund_years"].query("member == '50.54'")["mask"] == "").all(), "or nothing is tested"
    marginal = shown["refund_marginal"].set_index("service")
    beside = [key for key in marginal.index if key in set(SERVICES.query("frame == '50.54'")["service"])]
    lost = marginal.loc[beside].query("mask != ''")
    assert marginal.loc["bpa", "mask"] == "primary"
    assert "secondary" in set(lost["mask"])
    assert lost[["price_share", "volume_share"]].isna().all(axis=None)


def test_tiers_and_shares_that_an_earlier_run_hid_stay_hidden(make_drivers, service_spec) -> None:
    tables = tables_of(town(), make_drivers, service_spec)
    told = {"min_citizens": 5, "max_top_share": 0.75}
    fresh = mask_refund(tables, SERVICES, {}, **told)["refund_tiers"]
    before = Earlier(tiers=frozenset({("frame", "50.54")}), marginal=frozenset({("service", "boernehjem")}))
    found = mask_refund(tables, SERVICES, {}, **told, earlier=before)
    kept, shares = found["refund_tiers"], found["refund_marginal"].set_index("service")["mask"]
    assert (shares["boernehjem"], shares["bpa"]) == ("secondary", "")
    assert (fresh.loc[fresh["member"] == "50.54", "mask"] == "").all()
    assert (kept.loc[kept["member"] == "50.54", "mask"] != "").all()


def test_the_half_refund_is_hidden_with_its_service(make_drivers, service_spec) -> None:
    tables = tables_of(town(), make_drivers, service_spec)
    whole = year_of(masked_of(tables)["refund_years"], "total")
    assert whole["half_refund"] == 9 * 30_000 * 12 / 2
    hidden = masked_of(tables, {("service", "kvindekrisecenter"): "primary"})["refund_years"]
    for member in ("total", "50.54"):
        row = year_of(hidden, member)
        assert row[["half_refund", "net"]].isna().all()
        assert row["net_of_central"] == row["gross"] - row["central_refund"]
    assert year_of(hidden, "30.46")["half_refund"] == 0


def test_marginal_shares_foretell_a_change_of_price(make_drivers, service_spec) -> None:
    tables = tables_of(town(), make_drivers, service_spec)
    found = tables.marginal.set_index("service")
    assert found.loc["bpa", "price_share"] == pytest.approx(0.75)
    assert found.loc["bpa", "price_error"] == pytest.approx(0.0, abs=1e-6)
    known = alone(town())
    without = town()[lambda rows: rows["service"] != "bpa"]
    before, after = (refund_by_service(item).amount[:, 12:].sum() for item in (known, alone(without)))
    cost = known.gross[(known.service == known.services.index("bpa")) & (known.month >= 12)].sum() / GRAINS
    assert found.loc["bpa", "volume_share"] == pytest.approx((before - after) / cost, abs=1e-5)
    assert found.loc["kvindekrisecenter", "price_share"] == 0


def test_other_numbers_for_citizens_give_the_same_tables(make_drivers, service_spec) -> None:
    first = tables_of(town(), make_drivers, service_spec, ledger=1.0137)
    turned = town().assign(citizen=lambda rows: 999 - rows["citizen"]).sample(frac=1, random_state=1, ignore_index=True)
    second = tables_of(turned, make_drivers, service_spec, ledger=1.0137)
    for name in ("years", "tiers", "marginal", "concentration"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)


def test_without_citizens_the_tables_are_empty_and_that_is_said(make_drivers, service_spec) -> None:
    tables = tables_of(town().iloc[:0], make_drivers, service_spec)
    assert tables.notices["notice_id"].tolist() == ["refund_unknown"]
    for name, table in masked_of(tables).items():
        assert table.empty
        assert tuple(table.columns) == PUBLISHED[name].names


def test_what_is_estimated_or_missing_is_said(make_drivers, service_spec) -> None:
    inputs = pd.DataFrame({"input": ["household_id", "refund_before_67"], "cases": [80, 12], "missing": [30, 2]})
    notices = tables_of(town(), make_drivers, service_spec, inputs=inputs).notices.set_index("member")["text_da"]
    assert notices["household_id"].startswith("30 af 80 sager")
    assert notices["refund_before_67"].startswith("Færre end 5 af 12 sager")
    tables = tables_of(town(), make_drivers, service_spec)
    assert "refund_thresholds" not in set(tables.notices["notice_id"]), "2021 and 2022 are facts"
    later = replace(RULES, reference=replace(RULES.reference, refund_years=RULES.reference.refund_years[:3]))
    sources, drivers = sources_and_drivers(town(), make_drivers, service_spec)
    said = refund_tables(sources, drivers, later)
    assert "ikke verificeret" in said.notices.set_index("notice_id")["text_da"]["refund_thresholds"]
    assert not said.years["thresholds_verified"].any()
    beside = against_ledger(masked_of(said)["refund_years"])
    assert beside["text_da"].iloc[0].startswith("Regnskab 2022: beregnet statsrefusion")
    assert "bogført 5,0 mio. kr. Grænserne er ikke verificeret." in beside["text_da"].iloc[0]


def test_a_frame_whose_refund_is_one_hidden_service_is_hidden_ahead(make_drivers, service_spec) -> None:
    rows = pd.concat([person(number, "boernehjem", 200_000.0, born="2012-05-01") for number in range(1, 8)], ignore_index=True)
    tables = tables_of(rows, make_drivers, service_spec)
    frame = SERVICES.set_index("service").loc["boernehjem", "frame"]
    assert set(tables.marginal["service"]) == {"boernehjem"}
    assert alone_in_frame(tables, SERVICES, {"boernehjem": "primary"}) == {("frame", frame): "primary"}
    assert alone_in_frame(tables, SERVICES, {"bpa": "primary"}) == {}
    assert tables.begun is not None
    assert tables.begun.empty, "both years are whole"
