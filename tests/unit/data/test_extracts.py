"""Extracts: price periods, opening days, cutoff, frames, disclosure counts, on small real tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from data.errors import NoUsableInput, WrongUse
from data.extracts import CitizenCosts, read_citizen_costs, read_extracts, read_known_then
from data.reference.catalogue import load_catalogue
from data.schema import INPUTS
from data.warehouse import WarehouseFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.settings import Settings

CATALOGUE = load_catalogue()


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory with every used table, empty."""
    with duckdb.connect(":memory:") as connection:
        for table in INPUTS.values():
            columns = ", ".join(f"{column.name} {column.kind.sql}" for column in table.columns)
            connection.execute(f"CREATE TABLE used_{table.name} ({columns}, row_id VARCHAR)")
        yield connection


def put(con: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, object]) -> None:
    for row in rows:
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        con.execute(f"INSERT INTO used_{table} ({names}) VALUES ({marks})", list(row.values()))


def case(**more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "case_id": "k1", "citizen_id": "c1", "birth_month": date(1990, 6, 1), "service": "midlertidigt_botilbud",
        "start_date": date(2024, 1, 11), "price": Decimal(1000), "price_from": date(2024, 1, 11), "price_unit": "day",
        "provider_type": "private", "paying_municipality": "151",
    }  # fmt: skip
    return row | more


def posting(month: date, amount: float = 1000, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "posting_id": "p", "municipality": "151", "accounting_year": month.year, "accounting_period": month.month,
        "posted_on": month + timedelta(days=14), "service_month": month, "service_month_basis": "column", "function": "53852",
        "account_class": "1", "grouping": "001", "expense_type": "40", "amount_dkk": Decimal(str(amount)),
    }  # fmt: skip
    return row | more


def months(first: str, count: int) -> list[date]:
    return [stamp.date() for stamp in pd.date_range(first, periods=count, freq="MS")]


def ledger(con: duckdb.DuckDBPyConnection, first: str = "2024-01-01", count: int = 6, **more: object) -> None:
    put(con, "postings", *(posting(month, **more) for month in months(first, count)))


def volume_of(frame: pd.DataFrame, service: str = "midlertidigt_botilbud") -> dict[str, float]:
    chosen = frame[frame["service"] == service]
    return {f"{month:%Y-%m}": value for month, value in chosen.groupby("month")["volume"].sum().items()}


def test_person_days_are_counted_from_start_to_end_both_included(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case(ended_on=date(2024, 3, 10)))
    volume = volume_of(read_extracts(con, settings, CATALOGUE).volume)
    assert volume == pytest.approx({"2024-01": 21 / 31, "2024-02": 1.0, "2024-03": 10 / 31})


def test_a_price_holds_until_the_day_before_the_next(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case(), case(price_from=date(2024, 2, 11), price=Decimal(2000)))
    volume = read_extracts(con, settings, CATALOGUE).volume
    february = volume[volume["month"] == "2024-02-01"]
    assert february["volume"].sum() == pytest.approx(1.0)
    assert february["list_cost_nominal"].sum() == pytest.approx(10 * 1000 + 19 * 2000)


def test_days_before_the_first_known_price_count_at_that_price(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case(start_date=date(2024, 1, 1), price_from=date(2024, 2, 1)))
    assert volume_of(read_extracts(con, settings, CATALOGUE).volume)["2024-01"] == pytest.approx(1.0)


def test_open_cases_run_to_the_cutoff_and_planned_end_is_no_end(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case(planned_end=date(2024, 2, 1)))
    extracts = read_extracts(con, settings, CATALOGUE)
    assert extracts.cutoff == pd.Timestamp("2024-06-01")
    assert volume_of(extracts.volume)["2024-06"] == pytest.approx(1.0)


def test_days_of_a_case_closed_late_count_once_on_the_next_one(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The new place begins on 11 March, the old one is closed on the 20th: the citizen is there one month, 1,000 dearer a day."""
    ledger(con)
    new = case(case_id="k2", start_date=date(2024, 3, 11), price_from=date(2024, 3, 11), price=Decimal(2000))
    put(con, "cases", case(start_date=date(2024, 1, 1), ended_on=date(2024, 3, 20)), new, case(case_id="k3", citizen_id="c2"))
    volume = read_extracts(con, settings, CATALOGUE).volume
    march = volume[volume["month"] == "2024-03-01"]
    assert march["volume"].sum() - 1.0 == pytest.approx(32 / 31), "the day of the change counts in both, as it always did"
    assert march["list_cost_nominal"].sum() == pytest.approx(31 * 1000 + 11 * 1000 + 21 * 2000)
    april = volume[volume["month"] == "2024-04-01"]
    assert april["volume"].sum() == pytest.approx(2.0)


def test_a_price_within_the_days_that_a_late_closed_case_shares_counts_nothing(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    ledger(con)
    old = {"start_date": date(2024, 1, 1), "ended_on": date(2024, 3, 20)}
    new = case(case_id="k2", start_date=date(2024, 3, 11), price_from=date(2024, 3, 11), price=Decimal(2000))
    put(con, "cases", case(**old), case(price_from=date(2024, 3, 15), price=Decimal(9000), **old), new)
    volume = read_extracts(con, settings, CATALOGUE).volume
    assert volume[volume["month"] == "2024-03-01"]["list_cost_nominal"].sum() == pytest.approx(11 * 1000 + 21 * 2000)


def test_only_citizens_whose_cost_we_bear_count(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case(), case(case_id="k2", citizen_id="c2", paying_municipality="157", acting_municipality="151"))
    assert volume_of(read_extracts(con, settings, CATALOGUE).volume)["2024-02"] == pytest.approx(1.0)


def test_age_is_completed_years_in_the_month(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case(birth_month=date(2006, 3, 1)))
    ages = read_extracts(con, settings, CATALOGUE).volume.set_index("month")["age"]
    assert ages.loc["2024-02-01"] == 17
    assert ages.loc["2024-03-01"] == 18


@pytest.mark.parametrize(
    ("service", "unit", "more", "units", "cost"),
    [
        ("midlertidigt_botilbud", "day", {}, 29.0, 29 * 100),
        ("bpa", "hour", {"hours_per_week": 14.0}, 58.0, 58 * 100),
        ("plejefamilie", "month", {}, 1.0, 100),
        ("plejefamilie", "year", {}, 1.0, 100 / 12),
        ("plejefamilie", "week", {}, 1.0, 100 * 29 / 7),
        ("aktivitets_samvaerstilbud", "day", {}, 21.0, 21 * 100),
    ],
)
def test_units_are_the_services_and_cost_the_rows(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    service: str,
    unit: str,
    more: dict[str, object],
    units: float,
    cost: float,
) -> None:
    ledger(con)
    start = {"start_date": date(2024, 2, 1), "price_from": date(2024, 2, 1), "ended_on": date(2024, 2, 29)}
    put(con, "cases", case(service=service, price=Decimal(100), price_unit=unit, **start, **more))
    row = read_extracts(con, settings, CATALOGUE).volume.iloc[0]
    assert row["units"] == pytest.approx(units, abs=1e-5)
    assert row["list_cost_nominal"] == pytest.approx(cost, abs=0.01)


@pytest.mark.parametrize(("unit", "monthly", "first"), [("year", 250_000, 250_000), ("once", 0, 3_000_000)])
def test_a_place_of_three_million_is_counted_refunded_and_rolled_forward(
    con: duckdb.DuckDBPyConnection, settings: Settings, unit: str, monthly: float, first: float
) -> None:
    ledger(con)
    start = {"start_date": date(2024, 1, 1), "price_from": date(2024, 1, 1)}
    put(con, "cases", case(service="plejefamilie", price=Decimal(3_000_000), price_unit=unit, **start))
    extracts = read_extracts(con, settings, CATALOGUE)
    costs = costs_of(con, settings)
    expected = [first] + ([monthly] * 5 if monthly else [])
    assert extracts.volume["list_cost_nominal"].tolist() == pytest.approx(expected)
    refunded = costs.rows["running_nominal"] + costs.rows["once_nominal"]
    assert refunded.tolist() == pytest.approx(expected)
    assert extracts.stays["list_cost_nominal"].tolist() == pytest.approx(expected)


def test_the_ledger_decides_whether_a_day_programme_bills_calendar_days(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    put(con, "postings", *(posting(month, 30_000, function="53859", grouping="001") for month in months("2024-01-01", 6)))
    start = {"start_date": date(2023, 1, 1), "price_from": date(2023, 1, 1)}
    put(con, "cases", case(service="SEL-104", **start))
    extracts = read_extracts(con, settings, CATALOGUE)
    february = extracts.volume[extracts.volume["month"] == "2024-02-01"]
    assert february["units"].sum() == pytest.approx(29.0)
    assert "calendar_days" in set(extracts.notices["notice_id"])


def test_one_stray_posting_ahead_moves_no_cutoff(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for _ in range(20):
        ledger(con)
    put(con, "postings", posting(date(2031, 1, 1)))
    extracts = read_extracts(con, settings, CATALOGUE)
    assert extracts.cutoff == pd.Timestamp("2024-06-01")
    assert extracts.triangle["amount"].sum() == pytest.approx(20 * 6 * 1000)


def test_a_supplementary_posting_belongs_to_december(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con, count=12)
    late = posting(date(2024, 12, 1), 500, accounting_period=13, posted_on=date(2025, 2, 3), service_month=None)
    put(con, "postings", late)
    extracts = read_extracts(con, settings, CATALOGUE)
    assert extracts.cutoff == pd.Timestamp("2024-12-01")
    unknown = extracts.triangle[~extracts.triangle["known"]]
    assert unknown["service_month"].tolist() == [pd.Timestamp("2024-12-01")]
    assert unknown["amount"].tolist() == [500.0]


def test_as_of_ends_with_the_last_month_that_was_over(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    assert read_extracts(con, replace(settings, as_of=date(2024, 4, 29)), CATALOGUE).cutoff == pd.Timestamp("2024-03-01")
    assert read_extracts(con, replace(settings, as_of=date(2024, 4, 30)), CATALOGUE).cutoff == pd.Timestamp("2024-04-01")


def test_half_a_month_of_postings_is_no_month(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    days = [timedelta(days=day) for day in (2, 9, 16, 23, 27)]
    for month in months("2024-01-01", 6):
        put(con, "postings", *(posting(month, posted_on=month + day) for day in days[: 5 if month.month < 6 else 2]))
    assert read_extracts(con, settings, CATALOGUE).cutoff == pd.Timestamp("2024-05-01")
    put(con, "postings", *(posting(date(2024, 6, 1), posted_on=date(2024, 6, 1) + day) for day in days[2:]))
    assert read_extracts(con, settings, CATALOGUE).cutoff == pd.Timestamp("2024-06-01")


def test_cases_alone_decide_the_cutoff_by_what_was_recorded(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    put(con, "cases", case(recorded_on=date(2024, 5, 3)), case(case_id="k2", citizen_id="c2", recorded_on=date(2024, 4, 3)))
    extracts = read_extracts(con, settings, CATALOGUE)
    assert (extracts.first_month, extracts.cutoff) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-05-01"))


def test_nothing_of_ours_is_an_error_that_says_what_to_do(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con, municipality="101")
    with pytest.raises(NoUsableInput, match="municipality 151"):
        read_extracts(con, settings, CATALOGUE)


def test_the_account_of_the_year_says_the_service(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for month in (*months("2017-11-01", 2), *months("2018-01-01", 2), *months("2019-01-01", 2)):
        function = {2017: "53233", 2018: "53838", 2019: "53839"}[month.year]
        put(con, "postings", posting(month, 10, function=function, grouping="002"))
        put(con, "postings", posting(month, 7, function="53838", grouping="010"))
    triangle = read_extracts(con, settings, CATALOGUE).triangle
    by_service = triangle.groupby("service")["amount"].sum()
    assert by_service["bpa"] == pytest.approx(60)
    assert by_service["hjemmehjaelp_handicap"] == pytest.approx(14)  # 53838 is home help from 2019 on


def test_authority_provider_and_refund_stay_apart(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    month = date(2024, 3, 1)
    put(
        con, "postings",
        posting(month, 70, expense_type="10"), posting(month, -30, expense_type="77"), posting(month, -20, expense_type="86",
        account_class="2"), posting(month, -5, expense_type="97"), posting(month, 1, account_class="3"),
        posting(month, 9, expense_type="29"), posting(month, -2, expense_type="71"), posting(month, 4, expense_type="60"),
    )  # fmt: skip
    frame = read_extracts(con, settings, CATALOGUE).ledger
    lines = frame.groupby(["side", "line"])["amount"].sum().to_dict()
    assert lines == {
        ("authority", "gross"): 6000.0, ("provider", "payroll"): 70.0, ("provider", "places_sold"): -30.0,
        ("provider", "internal_settlement"): -5.0, ("provider", "other_operation"): 9.0, ("provider", "other_income"): -2.0,
        ("other", "refund"): -20.0, ("other", "other_operation"): 4.0,
    }  # fmt: skip


def test_payees_are_told_by_expense_type(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for kind in ("40", "47", "48", "52", "91"):
        ledger(con, expense_type=kind)
    kinds = read_extracts(con, settings, CATALOGUE).triangle["payee_kind"].unique()
    assert sorted(kinds) == ["internal", "municipality", "person", "private", "region"]


def test_the_most_specific_frame_rule_of_the_year_wins(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    rule = {"municipality": "151", "committee": "Udvalg", "inside_service_ceiling": True, "valid_from": date(2020, 1, 1)}
    put(
        con, "frames",
        rule | {"function": "53852", "frame": "A"}, rule | {"function": "53852", "grouping": "002", "frame": "B"},
        rule | {"cost_object": "XG-1", "frame": "C"}, rule | {"function": "53852", "frame": "D", "valid_from": date(2025, 1, 1)},
    )  # fmt: skip
    ledger(con, "2024-01-01", 12)
    put(con, "postings", *(posting(month, 10, grouping="002") for month in months("2024-01-01", 2)))
    put(con, "postings", posting(date(2024, 1, 1), 3, grouping="002", cost_object="XG-1"))
    ledger(con, "2025-01-01", 12)
    extracts = read_extracts(con, settings, CATALOGUE)
    assert extracts.ledger.groupby("frame")["amount"].sum().to_dict() == {"A": 12_000, "B": 20, "C": 3, "D": 12_000}
    assert extracts.services.set_index("service").loc["midlertidigt_botilbud", "frame"] == "D"


def test_without_frame_rules_the_catalogues_frame_is_used_and_said(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    extracts = read_extracts(con, settings, CATALOGUE)
    assert extracts.services["frame"].tolist() == ["50.54"]
    assert extracts.services["committee"].tolist() == ["Socialudvalget"]
    assert extracts.notices["notice_id"].tolist() == ["default_frame"]


def test_concentration_counts_a_citizen_once_at_every_level(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(
        con, "cases",
        case(start_date=date(2024, 1, 1), price_from=date(2024, 1, 1)),
        case(case_id="k2", service="bostoette", price=Decimal(100), price_unit="hour", hours_per_week=7.0),
        case(case_id="k3", citizen_id="c2", birth_month=date(1950, 1, 1), price=Decimal(3000)),
    )  # fmt: skip
    frame = read_extracts(con, settings, CATALOGUE).concentration
    keyed = frame.set_index(["level", "member", "period_kind", "period", "age_band"])
    total = keyed.loc[("total", "total", "month", "2024-02", "all")]
    assert total["n_citizens"] == 2
    assert total["top_share"] == pytest.approx(3000 * 29 / (3000 * 29 + 1000 * 29 + 100 * 29))
    assert keyed.loc[("service", "midlertidigt_botilbud", "trailing12", "2024-06", "67+")]["n_citizens"] == 1
    assert keyed.loc[("service", "midlertidigt_botilbud", "accounting_year", "2024", "all")]["n_citizens"] == 2


def test_services_without_cases_are_counted_from_postings(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for citizen, amount in (("c1", 900), ("c2", 100)):
        ledger(con, citizen_id=citizen, amount=amount)
    frame = read_extracts(con, settings, CATALOGUE).concentration
    row = frame[(frame["level"] == "service") & (frame["period"] == "2024-03")].iloc[0]
    assert (row["n_citizens"], row["top_share"]) == (2, pytest.approx(0.9))


def summed(month: date, **more: object) -> dict[str, object]:
    return {"municipality": "151", "service": "A01", "month": month, "volume": 12.0, "cost": Decimal(600)} | more


def test_summed_months_bring_their_own_services_and_currency(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    put(con, "case_months", *(summed(month, currency="AUD") for month in months("2004-01-01", 18)))
    put(con, "service_list", {"service": "A01", "label": "Stomatologicals", "service_group": "A", "group_label": "Alimentary"})
    extracts = read_extracts(con, settings, CATALOGUE)
    assert extracts.currency == "AUD"
    assert extracts.services[["service", "label_da", "group_label_en", "frame"]].to_numpy().tolist() == [
        ["A01", "Stomatologicals", "Alimentary", "uden_ramme"]
    ]
    assert (extracts.volume["volume"].sum(), extracts.volume["list_cost_nominal"].sum()) == (18 * 12.0, 18 * 600.0)
    assert {"volume_for_citizens", "dominance_unknown", "no_frame"} <= set(extracts.notices["notice_id"])
    count = extracts.concentration.query("level == 'total' and period_kind == 'month'")
    assert (set(count["n_citizens"]), count["top_share"].isna().all()) == ({12}, True)


def test_part_of_a_month_is_somebody(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    volumes = zip((0.4, 0.0, 7.9), months("2004-01-01", 3), strict=True)
    put(con, "case_months", *(summed(month, volume=volume) for volume, month in volumes))
    count = read_extracts(con, settings, CATALOGUE).concentration.query("level == 'service' and period_kind == 'month'")
    assert dict(zip(count["period"], count["n_citizens"], strict=True)) == {"2004-01": 1, "2004-02": 0, "2004-03": 7}


def test_summed_months_with_age_bands_are_spread_over_their_ages(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    put(con, "case_months", *(summed(month, age_band="18-22", n_citizens=9, top_share=0.5) for month in months("2004-01-01", 3)))
    extracts = read_extracts(con, settings, CATALOGUE)
    first = extracts.volume[extracts.volume["month"] == "2004-01-01"]
    assert first["age"].tolist() == [18, 19, 20, 21, 22]
    assert first["volume"].tolist() == pytest.approx([2.4] * 5)
    share = extracts.concentration.query("level == 'total' and period_kind == 'year'").iloc[0]
    assert (share["n_citizens"], share["top_share"]) == (9, pytest.approx(0.5))


def test_two_currencies_are_refused(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    put(con, "case_months", summed(date(2004, 1, 1), currency="AUD"), summed(date(2004, 1, 1), currency="EUR", service="B"))
    with pytest.raises(WrongUse, match="2 currencies"):
        read_extracts(con, settings, CATALOGUE)


def test_population_adds_the_sexes_and_prefers_them_to_the_sum(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    row = {"municipality": "151", "date": date(2024, 1, 1), "age": 40}
    for sex, persons in (("M", 10), ("K", 11), ("T", 99)):
        put(con, "population", row | {"sex": sex, "persons": persons})
    put(con, "population", row | {"sex": "T", "persons": 5, "age": 104}, row | {"municipality": "101", "sex": "M", "persons": 7})
    put(con, "population", row | {"sex": "M", "persons": 8, "date": date(2025, 1, 1)})
    population = read_extracts(con, settings, CATALOGUE).population
    assert population[["age", "persons"]].to_numpy().tolist() == [[40, 21.0], [99, 5.0]]


def test_other_keys_give_the_same_frames(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    for number in range(30):
        put(
            con, "cases",
            case(case_id=f"k{number}", citizen_id=f"c{number}", price=Decimal("1234.56") + number, birth_month=date(1980, 1, 1)),
        )  # fmt: skip
    before = read_extracts(con, settings, CATALOGUE)
    con.execute("UPDATE used_cases SET case_id = md5(case_id), citizen_id = md5(citizen_id)")
    con.execute("CREATE TABLE again AS SELECT * FROM used_cases ORDER BY case_id")
    con.execute("DROP TABLE used_cases")
    con.execute("ALTER TABLE again RENAME TO used_cases")
    after = read_extracts(con, settings, CATALOGUE)
    for name in ("volume", "concentration", "triangle", "ledger", "services", "provider_types", "provider_rates", "providers"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name), check_exact=True)


def test_case_counts_know_how_late_the_case_was_recorded(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    first = {"start_date": date(2024, 1, 1), "price_from": date(2024, 1, 1)}
    put(con, "cases", case(**first, recorded_on=date(2024, 3, 9)))
    put(con, "cases", case(case_id="k2", citizen_id="c2", **first, recorded_on=date(2023, 12, 9)))
    put(con, "cases", case(case_id="k2", citizen_id="c2", start_date=date(2024, 1, 1), price_from=date(2024, 4, 1),
                           recorded_on=date(2024, 6, 30)))  # fmt: skip
    put(con, "cases", case(case_id="k3", citizen_id="c3", service="bpa", price_unit="month", **first))
    reports = read_extracts(con, settings, CATALOGUE).case_reports
    mine = reports[reports["service"] == "midlertidigt_botilbud"].set_index(["month", "lag"])["volume"]
    months_since = {("2024-01-01", 0): 1.0, ("2024-01-01", 2): 1.0, ("2024-02-01", 1): 1.0, ("2024-03-01", 0): 2.0}
    for (month, lag), citizens in months_since.items():
        assert mine[(pd.Timestamp(month), lag)] == pytest.approx(citizens)
    assert mine[pd.Timestamp("2024-05-01")].to_dict() == pytest.approx({0: 2.0})
    assert set(reports.loc[reports["service"] == "bpa", "lag"]) == {-1}


def test_large_providers_are_numbered_and_small_ones_left_out(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for number in range(7):
        who = "keyed-large" if number < 5 else "keyed-small"
        put(con, "cases", case(case_id=f"k{number}", citizen_id=f"c{number}", provider_id=who))
        ledger(con, case_id=f"k{number}", citizen_id=f"c{number}")
    extracts = read_extracts(con, settings, CATALOGUE)
    triangle = extracts.provider_triangle
    assert triangle["provider"].unique().tolist() == [1]
    assert triangle["amount"].sum() == pytest.approx(5 * 6 * 1000)
    assert extracts.provider_cost["provider"].unique().tolist() == [1]
    text = triangle.to_csv() + extracts.provider_cost.to_csv() + extracts.payee_citizens.to_csv()
    assert "keyed" not in text
    counted = extracts.payee_citizens.set_index(["payee_kind", "month"])
    assert counted.loc[("private", pd.Timestamp("2024-03-01")), "n_citizens"] == 7
    assert counted.loc[("private", pd.Timestamp("2024-03-01")), "top_share"] == pytest.approx(1 / 7)


def test_the_ledger_by_period_tells_the_supplementary_one_and_what_was_paid_in_advance(con, settings) -> None:
    ledger(con)
    put(
        con,
        "postings",
        posting(date(2024, 6, 1), 7, accounting_period=13),
        posting(date(2024, 6, 1), 5, service_month=date(2024, 7, 1)),
    )
    found = read_extracts(con, settings, CATALOGUE).ledger_periods
    assert found.loc[found["ahead"], "amount"].sum() == 5
    assert found["accounting_period"].max() <= 13
    assert found["amount"].sum() == read_extracts(con, settings, CATALOGUE).ledger["amount"].sum()


def test_a_budget_row_takes_the_lone_service_of_its_function(con, settings) -> None:
    ledger(con)
    row = {
        "municipality": "151",
        "frame": "50.54",
        "year": 2024,
        "version": "original",
        "price_level": "nominal",
        "amount_dkk": 1,
    }
    put(con, "budget", row, row | {"function": "53852"}, row | {"function": "99999"}, row | {"service": "SEL-108"})
    found = read_extracts(con, settings, CATALOGUE).budget
    assert set(found["service"].dropna()) == {"midlertidigt_botilbud", "laengerevarende_botilbud"}
    assert found.loc[~found["function_known"], "amount_dkk"].sum() == 1


def commitment(month: date, amount: float, case_id: str | None = "k1", **more: object) -> dict[str, object]:
    row = {"commitment_id": "d", "municipality": "151", "case_id": case_id, "month": month, "amount_dkk": Decimal(str(amount))}
    return row | more


def test_a_commitment_stands_beside_its_own_case_and_only_ahead(con, settings) -> None:
    put(con, "cases", case(recorded_on=date(2024, 6, 11)), case(case_id="k2", citizen_id="c2", recorded_on=date(2024, 6, 11)))
    ledger(con)
    put(
        con, "commitments", commitment(date(2024, 7, 1), 30_000), commitment(date(2024, 6, 1), 9), commitment(date(2028, 7, 1), 9)
    )
    put(con, "commitments", commitment(date(2024, 7, 1), 500, None, service="SEL-107"), commitment(date(2024, 7, 1), 40, "k9"))
    found = read_extracts(con, settings, CATALOGUE)
    (row,) = found.commitment_months.to_dict("records")
    assert (row["service"], row["committed"], row["listed"]) == ("midlertidigt_botilbud", 30_000, 31_000)
    (year,) = found.commitment_years.to_dict("records")
    assert (year["n_citizens"], year["n_apart"], year["unmatched"], year["n_unmatched"]) == (1, 1, 500, 1)
    back = read_extracts(con, replace(settings, as_of=date(2024, 6, 30)), CATALOGUE)
    assert back.commitment_months.empty, "when a commitment was known is not told"
    assert "commitments_not_of_their_day" in set(back.notices["notice_id"])


def lacking(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, str]:
    notices = read_extracts(con, settings, CATALOGUE).notices
    mine = notices[notices["notice_id"].str.contains("commitments")]
    assert mine["text_en"].str.count(r"\.").ge(1).all()
    return dict(zip(mine["notice_id"], mine["text_da"], strict=True))


def test_a_delivery_without_commitments_says_what_is_missing_from_what_is_committed(con, settings) -> None:
    ledger(con)
    assert lacking(con, settings) == {}, "without cases nobody is known, which is said elsewhere"
    put(con, "cases", case())
    assert "betalinger, som kun disponeringerne kender, mangler" in lacking(con, settings)["no_commitments"]
    put(con, "commitments", commitment(date(2024, 6, 1), 9))
    assert set(lacking(con, settings)) == {"no_commitments"}, "an old file says nothing of the months ahead"
    assert set(lacking(con, replace(settings, as_of=date(2024, 6, 30)))) == {"commitments_not_of_their_day"}
    put(con, "commitments", commitment(date(2024, 7, 1), 30_000))
    assert lacking(con, settings) == {}
    back = lacking(con, replace(settings, as_of=date(2024, 6, 30)))
    assert "I disponeret mangler derfor det, de ved ud over sagslistens priser." in back["commitments_not_of_their_day"]


@pytest.mark.parametrize("cases", [[], [case(case_id="another number")]], ids=["no case list", "other numbers"])
def test_commitments_whose_cases_nobody_knows_say_that_they_move_nothing(con, settings, cases) -> None:
    ledger(con)
    put(con, "cases", *cases)
    put(con, "commitments", commitment(date(2024, 7, 1), 30_000, service="SEL-107"))
    said = lacking(con, settings)
    assert set(said) == {"commitments_without_case"}
    assert "flytter intet i skønnet og mangler alle i disponeret" in said["commitments_without_case"]
    assert read_extracts(con, settings, CATALOGUE).commitment_months.empty


def test_another_municipality_s_commitments_are_none_of_ours(con, settings) -> None:
    ledger(con)
    put(con, "cases", case())
    put(con, "commitments", commitment(date(2024, 7, 1), 30_000, municipality="157"))
    assert set(lacking(con, settings)) == {"no_commitments"}
    assert set(lacking(con, replace(settings, as_of=date(2024, 6, 30)))) == {"no_commitments"}


def costs_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> CitizenCosts:
    first = read_extracts(con, settings, CATALOGUE).first_month
    return read_citizen_costs(con, first_month=first, objective_services=["sikret_institution"], covered_below_age=67)


def test_the_refunds_costs_leave_objective_financing_out_and_keep_one_offs_apart(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    ledger(con)
    put(
        con,
        "cases",
        case(citizen_income=Decimal(3100), household_id="h1", objective_financing=False),
        case(case_id="k2", price_unit="once", price=Decimal(9000), price_from=date(2024, 3, 5), household_id="h1"),
        case(case_id="k3", objective_financing=True),
        case(case_id="k4", citizen_id="c2", service="sikret_institution"),
    )
    found = costs_of(con, settings)
    january, march = (found.rows[found.rows["month"] == f"2024-{month}-01"].iloc[0] for month in ("01", "03"))
    assert (january["running_nominal"], january["income_nominal"]) == (21_000, 2_100)
    assert (march["running_nominal"], march["once_nominal"]) == (31_000, 9_000)
    assert march["household"] >= 0
    objective = found.rows[found.rows["service"] == "sikret_institution"]
    assert (objective["running_nominal"] == 0).all()
    assert (objective["household"] == -1).all()


def test_inputs_that_a_refund_lacks_are_counted(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(
        con,
        "cases",
        case(birth_month=date(1950, 1, 1), objective_financing=False),
        case(case_id="k2", citizen_id="c2", birth_month=date(2012, 1, 1), household_id="h"),
        case(case_id="k3", citizen_id="c3", birth_month=date(2012, 1, 1)),
    )
    inputs = costs_of(con, settings).inputs.set_index("input")
    assert inputs["cases"].to_dict() == {
        "citizen_income": 3, "household_id": 2, "objective_financing": 3, "refund_before_67": 1,
    }  # fmt: skip
    assert inputs["missing"].to_dict() == {
        "citizen_income": 3, "household_id": 1, "objective_financing": 2, "refund_before_67": 1,
    }  # fmt: skip


def test_kinds_of_provider_have_the_price_of_the_same_citizens_a_year_apart(con, settings) -> None:
    """c0 pays more from 2025 on, c1 came this year and pays much: a mean price would tell c1's coming as a rise."""
    ledger(con, count=18, case_id="k0", citizen_id="c0", amount=31_000)
    dear = case(case_id="k0", citizen_id="c0", price_from=date(2025, 1, 1), price=Decimal(1100))
    put(con, "cases", case(case_id="k0", citizen_id="c0"), dear)
    put(
        con,
        "cases",
        case(case_id="k1", citizen_id="c1", start_date=date(2025, 2, 1), price_from=date(2025, 2, 1), price=Decimal(9000)),
    )
    put(con, "cases", case(case_id="k2", citizen_id="c2", provider_type="own"))
    extracts = read_extracts(con, settings, CATALOGUE)
    types = extracts.provider_types.set_index(["level", "provider_type", "period"])
    private = types.loc[("service", "private", "last12")]
    assert private["paid_now"] / private["paid_before"] == pytest.approx(1.1)
    assert (private["n_citizens"], private["n_pairs"]) == (2, 1)
    assert private["volume"] == pytest.approx((12 + 5) / 12)
    assert types.loc[("total", "own", "last12"), "cost"] == pytest.approx(365 * 1000)
    assert sorted(set(extracts.provider_types["period"])) == ["2024", "last12"], "2025 is not whole"
    rates = extracts.provider_rates.set_index(["level", "provider_type"])
    assert rates.index.get_level_values("provider_type").unique().tolist() == ["private"], "no bill names the own case"
    year = rates.loc[("service", "private")]
    assert year["billed"] == pytest.approx(12 * 31_000)
    assert year["agreed"] == pytest.approx(1000 * (366 - 10))


def test_small_providers_of_a_frame_are_pooled_and_none_is_named(con, settings) -> None:
    ledger(con)
    for number in range(9):
        who = None if number == 8 else "keyed-large" if number < 5 else f"keyed-small-{number % 2}"
        put(con, "cases", case(case_id=f"k{number}", citizen_id=f"c{number}", provider_id=who))
    found = read_extracts(con, settings, CATALOGUE).providers
    assert found[["provider_type", "is_pooled"]].to_numpy().tolist() == [["private", False], ["private", True], ["unnamed", True]]
    assert found["n_citizens"].tolist() == [5, 3, 1]
    assert found["n_providers"].tolist() == [1, 2, 0], "who names no provider is none"
    assert "keyed" not in found.to_csv()


def test_what_is_granted_and_has_not_begun_is_a_part_of_its_own(con, settings) -> None:
    ledger(con)
    put(con, "cases", case(case_id="k0", citizen_id="c0"))
    ahead = {"start_date": date(2026, 3, 1), "price_from": date(2026, 3, 1), "recorded_on": date(2025, 12, 1)}
    for number in range(4):
        put(con, "cases", case(case_id=f"g{number}", citizen_id=f"g{number}", **ahead))
    assert "granted_not_begun" not in set(read_extracts(con, settings, CATALOGUE).notices["notice_id"]), "four citizens"
    put(con, "cases", case(case_id="g4", citizen_id="g4", **ahead))
    told = read_extracts(con, settings, CATALOGUE).notices.set_index("notice_id").loc["granted_not_begun"]
    assert "5 sager med en årspris på 1,8 mio. kr." in told["text_da"]
    assert "5 cases" in told["text_en"]


def test_a_granted_place_is_the_first_month_it_fills_and_nothing_that_was(con, settings) -> None:
    ledger(con)
    put(con, "cases", case(case_id="k0", citizen_id="c0"))
    before = read_extracts(con, settings, CATALOGUE)
    cutoff = before.cutoff.date()
    begins = date(cutoff.year, cutoff.month + 2, 11)
    ahead = {"start_date": begins, "price_from": begins, "recorded_on": cutoff}
    put(
        con,
        "cases",
        case(case_id="g0", citizen_id="c0", **ahead),
        case(case_id="g1", citizen_id="c1", **(ahead | {"price": 3000})),
    )
    put(con, "cases", case(case_id="g2", citizen_id="c2", **(ahead | {"recorded_on": None})))
    put(con, "cases", case(case_id="g3", citizen_id="c3", price_unit="once", **ahead))
    found = read_extracts(con, settings, CATALOGUE)
    granted = found.stays[found.stays["is_granted"]]
    assert granted["month"].unique().tolist() == [pd.Timestamp(begins.replace(day=1))]
    assert granted["start_month"].eq(granted["month"]).all()
    days = pd.Timestamp(begins).days_in_month - 10
    assert granted["volume"].tolist() == pytest.approx([days / pd.Timestamp(begins).days_in_month] * 2)
    assert sorted(granted["list_cost_nominal"]) == pytest.approx([days * 1000, days * 3000])
    assert granted["runs_on"].all()
    who = found.stays.loc[~found.stays["is_granted"], "person"].unique().tolist()
    assert len(set(granted["person"]) & set(who)) == 1, "who is known already has one number"
    assert found.cutoff == before.cutoff
    for name in ("volume", "case_reports", "provider_cost", "concentration"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(before, name))


def test_a_month_is_read_as_it_was_known_and_tonights_cases_stay(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "postings", posting(date(2024, 2, 1), 70, accounting_period=5, posted_on=date(2024, 5, 3)))
    first = {"start_date": date(2024, 1, 1), "price_from": date(2024, 1, 1)}
    put(con, "cases", case(**first, recorded_on=date(2024, 1, 9), ended_on=date(2024, 4, 2)))
    put(con, "cases", case(case_id="k2", citizen_id="c2", **first, recorded_on=date(2024, 4, 1), birth_month=date(1970, 1, 1)))
    put(con, "cases", case(case_id="k3", citizen_id="c3", **first))
    dearer = {"start_date": date(2024, 1, 1), "price_from": date(2024, 2, 1), "price": Decimal(9000)}
    put(con, "cases", case(**dearer, recorded_on=date(2024, 4, 1), ended_on=date(2024, 4, 2)))
    row = {"municipality": "151", "sex": "T", "age": 40, "persons": 7}
    put(con, "population", *(row | {"date": date(year, 1, 1)} for year in (2023, 2024)))
    projected = row | {"variant": "main", "date": date(2025, 1, 1)}
    put(con, "population_projection", *(projected | {"vintage": year} for year in (2023, 2024, 2025)))
    tonight = read_extracts(con, settings, CATALOGUE)
    rows = con.execute("SELECT * FROM x_priced ORDER BY ALL").fetchall()
    then = read_known_then(con, settings, CATALOGUE, tonight, pd.Timestamp("2024-03-01"))
    assert con.execute("SELECT * FROM x_priced ORDER BY ALL").fetchall() == rows
    assert volume_of(tonight.volume)["2024-02"] == pytest.approx(3.0)
    assert volume_of(then.volume) == pytest.approx({"2024-01": 2.0, "2024-02": 2.0, "2024-03": 2.0})
    assert then.volume["list_cost_nominal"].sum() == pytest.approx(2 * 91 * 1000.0), "the dearer price was not decided yet"
    assert then.stays["runs_on"].all(), "nor was the end known"
    assert then.case_reports["volume"].sum() == pytest.approx(6.0)
    assert then.triangle["amount"].sum() == pytest.approx(3000.0)
    assert then.population["date"].dt.year.tolist() == [2023, 2024]
    assert then.projection["vintage"].tolist() == [2023, 2024]
    december = read_known_then(con, settings, CATALOGUE, tonight, pd.Timestamp("2023-12-01"))
    assert december.population["date"].dt.year.tolist() == [2023], "a count of the day after it is not known at it"


def test_an_earlier_month_knows_who_was_granted_then_if_tonights_files_tell_of_grants(con, settings) -> None:
    ledger(con)
    ahead = {"start_date": date(2024, 4, 11), "price_from": date(2024, 4, 11)}
    put(con, "cases", case(case_id="a", citizen_id="a", **ahead, recorded_on=date(2024, 3, 31), ended_on=date(2024, 4, 20)))
    put(con, "cases", case(case_id="b", citizen_id="b", **ahead, recorded_on=date(2024, 4, 1)))
    march = pd.Timestamp("2024-03-01")
    silent = read_known_then(con, settings, CATALOGUE, read_extracts(con, settings, CATALOGUE), march)
    assert silent.stays.empty
    later = {"start_date": date(2024, 8, 1), "price_from": date(2024, 8, 1), "recorded_on": date(2024, 6, 1)}
    put(con, "cases", case(case_id="c", citizen_id="c", **later))
    then = read_known_then(con, settings, CATALOGUE, read_extracts(con, settings, CATALOGUE), march)
    assert then.stays["is_granted"].tolist() == [True]
    assert then.stays["recorded_month"].tolist() == [march]
    assert then.stays["runs_on"].all(), "its end was not known"
    assert then.volume.empty


def test_a_read_that_fails_leaves_tonights_cases(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    ledger(con)
    put(con, "cases", case())
    tonight = read_extracts(con, settings, CATALOGUE)
    rows = con.execute("SELECT * FROM x_priced ORDER BY ALL").fetchall()
    con.execute("ALTER TABLE used_cases RENAME TO gone")
    with pytest.raises(WarehouseFault):
        read_known_then(con, settings, CATALOGUE, tonight, pd.Timestamp("2024-03-01"))
    assert con.execute("SELECT * FROM x_priced ORDER BY ALL").fetchall() == rows
