"""Rules that hold cases against bills, other cases and other years: what is found, what is kept, and what it is worth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from data.settings import Settings
from expectations import validate
from expectations.sql_rules import prepare_reference, prepare_sums, run_table_rule

SETTINGS = Settings()
YEAR = [date(2024, month, 1) for month in range(1, 13)]


@pytest.fixture
def found(staged):
    """A rule's failing rows and their kroner, without the checks of every other rule."""

    def run(rule_id, table):
        for name in ("cases", "postings", "budget", "frames", "case_months", "population"):
            staged.con.execute(f"CREATE OR REPLACE TABLE used_{name} AS SELECT * FROM stg_{name} ORDER BY row_id")
        staged.con.execute("CREATE TABLE IF NOT EXISTS stg_service_list (service VARCHAR)")
        prepare_reference(staged.con, SETTINGS)
        prepare_sums(staged.con)
        assert run_table_rule(staged.con, rule_id, table) is not None
        return staged.con.execute("SELECT row_id, amount FROM violations WHERE rule_id = ? ORDER BY row_id", [rule_id]).fetchall()

    return run


def bill(staged, months, *, amount=62_000, **values):
    for month in months:
        name = f"{values.get('case_id')}{values.get('citizen_id')}{month}{amount}"
        staged.posting(name, posted_on=month, service_month=month, amount_dkk=amount, **values)


def test_an_open_case_whose_bills_stopped_is_told_with_its_price_since(staged, found):
    staged.case(case_id="silent", ended_on=None, price=31_000, price_unit="month")
    staged.case(case_id="billed", citizen_id="p2", ended_on=None)
    staged.case(case_id="ended", citizen_id="p3", ended_on=date(2024, 4, 30))
    staged.case(case_id="by citizen", citizen_id="p4", ended_on=None)
    bill(staged, YEAR[:4], case_id="silent")
    bill(staged, YEAR, case_id="billed")
    bill(staged, YEAR[:4], case_id="ended")
    bill(staged, YEAR, citizen_id="p4")
    assert found("C-24", "cases") == [(1, Decimal(8 * 31_000))]


def test_a_case_that_no_bill_finds_is_told_and_one_found_by_its_amount_is_not(staged, found):
    dates = {"start_date": date(2024, 1, 1), "ended_on": date(2024, 5, 31)}
    staged.case(case_id="named", **dates)
    staged.case(case_id="named too", citizen_id="p5", **dates)
    staged.case(case_id="alone", citizen_id="p2", price=10_000, price_unit="month", **dates)
    staged.case(case_id="by amount", citizen_id="p3", price=25_000, price_unit="month", **dates)
    staged.case(case_id="young", citizen_id="p4", start_date=date(2024, 11, 1), price_from=date(2024, 11, 1))
    bill(staged, YEAR, case_id="named")
    bill(staged, YEAR[:5], case_id="named too")
    bill(staged, YEAR[:5], case_id="mistyped", amount=25_000)
    assert found("C-27", "cases") == [(3, Decimal(50_000))]
    assert found("C-28", "postings") == []


def test_bills_of_no_case_are_listed_with_their_kroner(staged, found):
    staged.case(case_id="known", start_date=date(2024, 1, 1), ended_on=date(2024, 6, 30))
    bill(staged, YEAR[:6], case_id="known")
    bill(staged, YEAR[8:10], citizen_id="p1", amount=500)  # after the citizen's case ended
    bill(staged, YEAR[:1], citizen_id="stranger", amount=70)
    staged.posting("nobody's", amount_dkk=9)
    assert [amount for _row, amount in found("C-28", "postings")] == [500, 500, 70], "nobody's are summed by C-35"


def nobodys(staged):
    rows = staged.con.execute("SELECT member, period, amount, bills FROM findings WHERE rule_id = 'C-35' ORDER BY ALL")
    return rows.fetchall()


def test_bills_of_nobody_are_summed_by_service_and_month(staged, found):
    staged.case(case_id="known", ended_on=None)
    staged.case(case_id="by amount", citizen_id="p2", price=31_000, price_unit="month", ended_on=None)
    bill(staged, YEAR, case_id="known")
    for month, name, amount in ((2, "a", 600), (2, "b", 400), (3, "c", 70), (3, "matches", 31_000), (4, "a credit", -40)):
        staged.posting(name, posted_on=YEAR[month], service_month=YEAR[month], amount_dkk=amount)
    staged.posting("another year's", service_month=date(2023, 12, 1), amount_dkk=5)
    staged.posting("no service's", function="99999", amount_dkk=5)
    bill(staged, YEAR[:1], citizen_id="stranger", amount=70)
    found("C-35", "postings")
    service = "laengerevarende_botilbud"
    assert nobodys(staged) == [(service, "2024-03", 1_000, 2), (service, "2024-04", 70, 1), (service, "2024-05", -40, 1)]


def test_a_service_that_is_billed_as_a_whole_is_one_finding(staged, found):
    staged.case(case_id="known", ended_on=None)
    bill(staged, YEAR[:6], case_id="known")
    bill(staged, YEAR, amount=400_000)  # an own institution's, named for nobody
    found("C-35", "postings")
    assert nobodys(staged) == [("laengerevarende_botilbud", "2024-01/2024-12", 4_800_000, 12)]


@pytest.mark.parametrize(("bills", "few"), [(5, False), (4, True)])
def test_the_kroner_of_nobodys_bills_are_shown_where_each_sum_is_of_enough(staged, bills, few):
    """Each bill may be another citizen's, or all of them one's: no fewer than the run's own limit stand behind a shown sum."""
    staged.case(case_id="known", ended_on=None)
    bill(staged, YEAR, case_id="known")
    for number in range(bills + 6):
        month = YEAR[5] if number < bills else YEAR[6]
        staged.posting(f"b{number}", posted_on=month, service_month=month, amount_dkk=100 + number)
    bill(staged, YEAR, case_id="known", amount=61_000)
    staged.land()
    results = validate(staged.con, SETTINGS).rule_results
    (told,) = results[results["rule_id"] == "C-35"].to_dict("records")
    assert (told["rows_failed"], told["severity"], told["few_citizens"]) == (2, "warning", few)
    assert told["amount_failed"] == Decimal(sum(100 + number for number in range(bills + 6)))
    assert staged.violations("C-35", "postings") == [], "no row of a bill is listed"


def test_where_own_places_are_never_billed_a_case_without_bills_says_nothing(staged, found):
    for number in range(3):
        staged.case(case_id=f"own{number}", citizen_id=f"o{number}", ended_on=date(2024, 4, 30))
    staged.case(case_id="bought", citizen_id="p9", provider_type="private")
    bill(staged, YEAR, case_id="bought")
    assert found("C-27", "cases") == []


@pytest.mark.parametrize(
    ("price", "unit", "wrong"), [(62_000, "day", True), (2_000, "day", False), (2_000, "month", True), (14_000, "day", True)]
)
def test_a_price_in_another_unit_is_set_aside_where_its_own_bills_say_so(staged, price, unit, wrong):
    """2,000 a day is billed; 62,000 is a month's, 14,000 a week's."""
    staged.case(price=price, price_unit=unit)
    bill(staged, YEAR, case_id="c1", amount=61_000)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-25", "cases") == ([1] if wrong else [])
    assert staged.con.execute("SELECT count(*) FROM used_cases").fetchone() == (0 if wrong else 1,)


def test_a_dear_case_without_bills_stays_and_one_thirty_times_off_does_not(staged):
    for number in range(12):
        staged.case(case_id=f"c{number}", citizen_id=f"p{number}", price=1_800 + 40 * number)
    dear = staged.case(case_id="dear", citizen_id="d", price=18_000)
    monthly = staged.case(case_id="monthly", citizen_id="m", price=60_000)
    staged.posting("b1")
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-25", "cases") == [monthly] != [dear]


def test_an_open_case_that_costs_nothing_is_warned_of_and_an_ended_one_is_not(staged):
    free = staged.case(case_id="free", price=0, ended_on=None)
    staged.case(case_id="ended", citizen_id="p2", price=0)
    later = {"start_date": date(2023, 1, 1), "ended_on": None, "citizen_id": "p3"}
    staged.case(case_id="priced now", price=0, price_from=date(2023, 1, 1), **later)
    staged.case(case_id="priced now", price=2_000, **later)
    staged.case(case_id="free now", price=2_000, price_from=date(2023, 1, 1), **(later | {"citizen_id": "p4"}))
    free_now = staged.case(case_id="free now", price=0, **(later | {"citizen_id": "p4"}))
    staged.case(case_id="one sum", citizen_id="p5", price=0, price_unit="once", ended_on=None)
    staged.case(case_id="theirs", citizen_id="p6", price=0, paying_municipality="163", ended_on=None)
    staged.posting("b1")
    staged.land()
    results = validate(staged.con, SETTINGS).rule_results
    assert staged.violations("C-36", "cases") == [free, free_now]
    assert staged.violations("C-25", "cases") == []
    (told,) = results[results["rule_id"] == "C-36"].to_dict("records")
    assert (told["severity"], told["rows_failed"], told["amount_failed"]) == ("warning", 2, 0)
    assert staged.con.execute("SELECT count(*) FROM used_cases").fetchone() == (8,), "all of them count"


@pytest.mark.parametrize(
    ("price", "unit", "rule"),
    [
        (732_000, "month", "C-36"),  # a year's, written as a month's: 12 times
        (61_000, "year", "C-36"),  # and the other way round
        (14_000, "day", None),  # 7 times: true prices have long tails
        (60_000, "day", "C-25"),  # a month's, written as a day's: 30 times
        (2_000, "day", None),
        (20_000, "day", "C-36"),
    ],
)
def test_a_new_case_s_price_some_times_off_is_warned_of_and_far_off_set_aside(staged, price, unit, rule):
    for number in range(12):
        staged.case(case_id=f"c{number}", citizen_id=f"p{number}", price=1_800 + 40 * number)
    begun = {"start_date": date(2024, 9, 1), "price_from": date(2024, 9, 1), "price": price, "price_unit": unit}
    new = staged.case(case_id="new", citizen_id="n", ended_on=None, **begun)
    ended = staged.case(case_id="ended", citizen_id="e", **begun)
    old = staged.case(case_id="old", citizen_id="o", ended_on=None, **(begun | {"start_date": date(2024, 1, 1)}))
    staged.posting("b1", posted_on=date(2024, 12, 15))
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-36", "cases") == ([new] if rule == "C-36" else [])
    assert staged.violations("C-25", "cases") == ([new, ended, old] if rule == "C-25" else [])


def test_a_dear_open_case_whose_bills_agree_is_not_warned_of(staged):
    for number in range(12):
        staged.case(case_id=f"c{number}", citizen_id=f"p{number}", price=1_800 + 40 * number)
    begun = {"start_date": date(2024, 9, 1), "price_from": date(2024, 9, 1)}
    staged.case(case_id="dear", citizen_id="d", price=732_000, price_unit="month", ended_on=None, **begun)
    bill(staged, YEAR[8:], case_id="dear", amount=732_000)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-36", "cases") == staged.violations("C-25", "cases") == []


def test_two_placements_at_once_are_worth_the_cheaper_one(staged, found):
    staged.case(case_id="home", service="midlertidigt_botilbud", price=30_000, price_unit="month")
    both = {"start_date": date(2024, 10, 1), "price_from": date(2024, 10, 1)}
    second = staged.case(case_id="second", price=40_000, price_unit="month", **both)
    staged.case(case_id="day", service="aktivitets_samvaerstilbud", price=500, **both)
    staged.case(case_id="other", citizen_id="p2", price=500, **both)
    change = {"start_date": date(2024, 12, 10), "price_from": date(2024, 12, 10)}
    staged.case(case_id="moves", citizen_id="p2", service="midlertidigt_botilbud", **change)
    bill(staged, YEAR, case_id="home")
    assert found("C-26", "cases") == [(second, Decimal(90_000))]


def test_a_case_closed_late_is_worth_the_days_that_it_shares(staged, found):
    old = staged.case("old", "p1", price=31_000, price_unit="month", ended_on=date(2024, 5, 3))
    staged.case("new", "p1", start_date=date(2024, 5, 1), price_from=date(2024, 5, 1), ended_on=None)
    staged.case("same day", "p2", ended_on=date(2024, 5, 1))
    staged.case("and on", "p2", start_date=date(2024, 5, 1), price_from=date(2024, 5, 1))
    staged.case("other service", "p1", service="bpa", price_unit="hour", hours_per_week=10.0)
    bill(staged, YEAR, case_id="new")
    assert found("C-33", "cases") == [(old, Decimal(2_000))]


def test_open_cases_whose_planned_end_passed_long_ago_are_counted_only(staged, found):
    """The newest month ends on 31 December 2024; 60 days before is 1 November."""
    passed = {"ended_on": None, "planned_end": date(2024, 10, 31)}
    late = staged.case("late", "p1", **passed)
    staged.case("in time", "p2", ended_on=None, planned_end=date(2024, 11, 1))
    staged.case("ended", "p3", ended_on=date(2024, 12, 15), planned_end=date(2024, 6, 1))
    staged.case("no plan", "p4", ended_on=None)
    staged.case("prolonged", "p5", **passed)
    staged.case("prolonged", "p5", price_from=date(2024, 9, 1), ended_on=None, planned_end=date(2025, 9, 1))
    staged.case("another's", "p6", paying_municipality="157", **passed)
    staged.case("aid", "p7", price_unit="once", **passed)
    bill(staged, YEAR, case_id="no plan")
    assert found("C-34", "cases") == [(late, Decimal(0))]


def test_without_a_ledger_the_newest_case_tells_how_long_a_plan_has_passed(staged, found):
    late = staged.case("late", "p1", ended_on=None, planned_end=date(2024, 3, 31))
    staged.case("newest", "p2", start_date=date(2024, 6, 10), price_from=date(2024, 6, 10), ended_on=None)
    assert found("C-34", "cases") == [(late, Decimal(0))]


def test_a_budget_on_a_function_that_no_one_knows_is_valued(staged, found):
    whole = {"municipality": "151", "frame": "50.54", "year": 2024, "version": "original", "price_level": "nominal"}
    staged.posting("b1")
    staged.add("budget", **whole, function="53850", amount_dkk=7)
    staged.add("budget", **whole, amount_dkk=7)
    staged.add("budget", **whole, function="59999", amount_dkk=500)
    assert found("C-29", "budget") == [(3, Decimal(500))]
    staged.add(
        "frames", municipality="151", frame="50.54", committee="S", inside_service_ceiling=True, function="59999",
        valid_from=date(2020, 1, 1),
    )  # fmt: skip
    staged.con.execute("DELETE FROM violations")
    assert found("C-29", "budget") == []


def test_a_function_that_moved_between_years_is_named_with_where_it_went(staged, found):
    for year, function in ((2023, "53850"), (2024, "53854")):
        for month in range(1, 13):
            staged.posting(
                f"{year}{month}", accounting_year=year, accounting_period=month, posted_on=date(year, month, 20),
                service_month=date(year, month, 1), function=function, grouping="001", amount_dkk=200_000,
            )  # fmt: skip
            staged.posting(
                f"stays{year}{month}", accounting_year=year, accounting_period=month, posted_on=date(year, month, 20),
                service_month=date(year, month, 1), function="53859", grouping="001", amount_dkk=300_000,
            )  # fmt: skip
    found("C-30", "postings")
    assert staged.con.execute("SELECT member, period, amount FROM findings WHERE rule_id = 'C-30'").fetchall() == [
        ("53850.001 > 53854.001", "2024", Decimal(2_400_000))
    ]


def test_period_13_holds_what_came_late_and_nothing_else(staged, found):
    late = {"accounting_year": 2023, "accounting_period": 13}
    staged.posting("sound", posted_on=date(2024, 2, 10), service_month=date(2023, 11, 1), **late)
    staged.posting("within the year", posted_on=date(2023, 9, 1), service_month=date(2023, 8, 1), amount_dkk=5, **late)
    staged.posting("too late", posted_on=date(2024, 6, 1), service_month=date(2023, 11, 1), amount_dkk=7, **late)
    staged.posting("new year's", posted_on=date(2024, 2, 1), service_month=date(2024, 1, 1), amount_dkk=11, **late)
    assert found("C-31", "postings") == [(2, 5), (3, 7), (4, 11)]
