"""Rules across rows and tables: what warns, what blocks, and what has nothing to check."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from data.settings import Settings
from expectations import validate
from expectations.places import first_findings

SETTINGS = Settings()
FRAME = {"municipality": "151", "frame": "50.54", "committee": "Socialudvalget", "inside_service_ceiling": True}


def result(report, rule_id, table):
    rows = report.rule_results
    return rows[(rows["rule_id"] == rule_id) & (rows["table_name"] == table)].iloc[0]


def months(first, last):
    return [date(year, number, 1) for year in range(first, last + 1) for number in range(1, 13)]


def post_monthly(staged, first, last, *, amount=600_000, skip=(), **values):
    for day in months(first, last):
        if day not in skip:
            staged.posting(f"b{day}", posted_on=day, service_month=day, accounting_year=day.year, amount_dkk=amount, **values)


def test_sound_tables_pass_every_rule(staged):
    post_monthly(staged, 2023, 2024)
    staged.case(
        recorded_on=date(2024, 12, 5),
        ended_on=None,
        price=20_000,
        price_unit="month",
        start_date=date(2023, 1, 1),
        price_from=date(2023, 1, 1),
    )
    staged.add("frames", **FRAME, function="53850", valid_from=date(2020, 1, 1))
    staged.add("budget", municipality="151", frame="50.54", year=2024, version="original", price_level="nominal", amount_dkk=1)
    staged.population(2023)
    staged.population(2024)
    staged.con.execute("UPDATE stg_cases SET price = 600000")
    staged.land()
    report = validate(staged.con, SETTINGS)
    failed = report.rule_results[~report.rule_results["passed"].astype(bool)]
    assert failed["rule_id"].tolist() == []
    assert report.blocking == ()
    assert result(report, "C-08", "postings")["rows_checked"] == 24


def test_a_posting_that_reaches_no_frame_is_valued(staged):
    staged.posting("b1")
    staged.posting("b2", function="53852", amount_dkk=500)
    staged.posting("b3", function="53839", grouping="002", cost_object="4711", amount_dkk=70)
    staged.posting("b4", function="00000", amount_dkk=9)  # not the specialised area
    staged.posting("b5", accounting_year=2020, amount_dkk=3)  # before the rule holds
    staged.add("frames", **FRAME, function="53850", valid_from=date(2023, 5, 1))
    staged.add("frames", **FRAME, cost_object="4711", valid_from=date(2023, 5, 1))
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.violations("C-06", "postings") == [2, 5]
    assert result(report, "C-06", "postings")["amount_failed"] == Decimal("503.00")


def test_without_frames_there_is_nothing_to_check(staged):
    staged.posting("b1")
    staged.land()
    line = result(validate(staged.con, SETTINGS), "C-06", "postings")
    assert line["passed"]
    assert line["rows_checked"] == 0


def test_cases_are_held_against_the_ledger_where_no_invoice_is_awaited(staged):
    post_monthly(staged, 2023, 2024)
    staged.case(start_date=date(2023, 1, 1), price_from=date(2023, 1, 1), price=600_000, price_unit="month")
    for month in ("2023-04-01", "2024-11-01"):
        staged.con.execute("UPDATE stg_postings SET amount_dkk = 200000 WHERE service_month = ?", [month])
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.findings("C-08", "postings") == [("53850", "2023-04", False)]
    assert result(report, "C-08", "postings")["amount_failed"] == Decimal("400000.00")


@pytest.mark.parametrize(
    ("price", "unit", "more"),
    [(20_000, "day", {}), (140_000, "week", {}), (620_000, "month", {}), (2_000, "hour", {"hours_per_week": 70.0})],
)
def test_a_price_is_counted_in_its_unit(staged, price, unit, more):
    staged.posting("b1")
    staged.case(start_date=date(2024, 1, 1), ended_on=date(2024, 1, 31), price=price, price_unit=unit, **more)
    staged.land()
    validate(staged.con, SETTINGS)
    row = staged.con.execute("SELECT month, days, round(cost) FROM rule_case_months").fetchall()
    assert row == [(date(2024, 1, 1), 31, 620_000.0)]


@pytest.mark.parametrize(("booked", "price"), [(22, 40_000), (31, 28_000)], ids=["opening days", "calendar days"])
def test_a_day_programme_bills_the_days_that_its_ledger_shows(staged, booked, price):
    programme = {"service": "aktivitets_samvaerstilbud", "ended_on": None}
    staged.case(price=price, **programme)
    for day in months(2024, 2024):
        staged.posting(f"b{day}", function="53859", posted_on=day, service_month=day, amount_dkk=price * booked)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.findings("C-08", "postings") == []
    open_days = staged.con.execute("SELECT cost_open / ? FROM rule_case_months ORDER BY month", [price]).fetchall()[:5]
    assert [row[0] for row in open_days] == [22, 21, 19, 21, 21]  # less 1 Jan, Maundy Thursday to Easter Monday, Ascension, Whit


def test_a_price_holds_until_the_day_before_the_next(staged):
    staged.posting("b1")
    staged.case(price=100)
    staged.case(price=200, price_from=date(2024, 1, 11))
    staged.land()
    validate(staged.con, SETTINGS)
    rows = staged.con.execute("SELECT days, cost FROM rule_case_months WHERE month = DATE '2024-01-01'").fetchall()
    assert rows == [(31, 10 * 100 + 21 * 200)]


def test_a_jump_against_last_year_warns_and_a_thin_series_does_not(staged):
    post_monthly(staged, 2023, 2024)
    staged.con.execute("UPDATE stg_postings SET amount_dkk = 1000000 WHERE service_month = DATE '2024-12-01'")  # rises at once
    staged.con.execute("UPDATE stg_postings SET amount_dkk = 100000 WHERE service_month = DATE '2024-11-01'")  # awaits invoices
    staged.con.execute("UPDATE stg_postings SET amount_dkk = 100000 WHERE service_month = DATE '2024-02-01'")  # falls
    for number, amount in enumerate((100, 900)):
        day = date(2023 + number, 5, 1)
        dated = {"service_month": day, "posted_on": day, "accounting_year": day.year}
        staged.posting(f"t{number}", function="53852", amount_dkk=amount, **dated)
    staged.land()
    report = validate(staged.con, SETTINGS)
    service = "laengerevarende_botilbud"
    assert staged.findings("C-09", "postings") == [(service, "2024-02", False), (service, "2024-12", False)]
    assert result(report, "C-09", "postings")["amount_failed"] == Decimal("900000.00")
    assert result(report, "C-09", "postings")["few_citizens"], "a jump may be one citizen's, however many there are"
    assert result(report, "C-09", "postings")["severity"] == "warning"


def test_the_limit_for_jumps_is_a_setting(staged):
    post_monthly(staged, 2023, 2024)
    staged.con.execute("UPDATE stg_postings SET amount_dkk = 1000000 WHERE service_month = DATE '2024-12-01'")
    staged.land()
    validate(staged.con, Settings(jump_pct=80.0))
    assert staged.findings("C-09", "postings") == []


@pytest.mark.parametrize(
    ("gap", "severity", "blocks"), [(date(2024, 5, 1), "blocking", True), (date(2023, 5, 1), "warning", False)]
)
def test_a_month_without_postings_blocks_only_when_recent(staged, gap, severity, blocks):
    post_monthly(staged, 2023, 2024, skip=(gap,))
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.findings("C-10", "postings") == [("", gap.strftime("%Y-%m"), blocks)]
    assert result(report, "C-10", "postings")["severity"] == severity
    assert [sentence[:4] for sentence in report.blocking] == (["C-10"] if blocks else [])


def test_a_stale_export_is_named(staged):
    staged.posting("b1", posted_on=date(2024, 6, 30))
    staged.case(recorded_on=date(2024, 4, 1))
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.findings("C-11", "cases") == [("cases", "2024-04", False)]


@pytest.mark.parametrize(
    "fault",
    [
        "DELETE FROM stg_population WHERE age = 40 AND sex = 'K' AND date = DATE '2024-01-01'",
        "DELETE FROM stg_population WHERE age >= 60 AND date = DATE '2024-01-01'",
        "DELETE FROM stg_population WHERE sex = 'K' AND date = DATE '2024-01-01'",
        "DELETE FROM stg_population WHERE date = DATE '2024-01-01'",
        "DELETE FROM stg_population WHERE municipality = '151'",
    ],
)
def test_a_hole_in_our_population_blocks(staged, fault):
    for year in (2023, 2024, 2025):
        staged.population(year)
        staged.population(year, municipality="163")
    staged.con.execute(fault)
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert report.blocking
    assert result(report, "C-12", "population")["severity"] == "blocking"


def test_holes_elsewhere_and_jumping_cohorts_only_warn(staged):
    for year in (2023, 2024):
        staged.population(year)
        staged.population(year, municipality="163")
    newest = "date = DATE '2024-01-01'"
    staged.con.execute(f"DELETE FROM stg_population WHERE municipality = '163' AND age = 40 AND {newest}")
    staged.con.execute(f"UPDATE stg_population SET persons = 150 WHERE municipality = '151' AND age = 30 AND {newest}")
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.findings("C-12", "population") == [("151", "2024-01", False), ("163", "2024-01", False)]
    assert result(report, "C-12", "population")["severity"] == "warning"
    assert report.blocking == ()


def test_an_age_that_no_one_has_is_no_hole(staged):
    staged.population(2023, persons=4)
    staged.con.execute("DELETE FROM stg_population WHERE age IN (77, 95)")
    staged.land()
    assert result(validate(staged.con, SETTINGS), "C-12", "population")["passed"]


def test_negative_and_look_alike_postings_warn(staged):
    staged.posting("b1", citizen_id="p1")
    staged.posting("b2", citizen_id="p1")
    staged.posting("b3")
    staged.posting("b4")  # no citizen: payroll and the like repeat
    staged.posting("b5", amount_dkk=-700)
    staged.posting("b6", amount_dkk=-800, account_class="2")  # refunds are negative by nature
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.violations("C-14", "postings") == [2]
    assert staged.violations("C-13", "postings") == [5]
    assert result(report, "C-13", "postings")["amount_failed"] == Decimal("-700.00")
    assert staged.used("postings") == [1, 2, 3, 4, 5, 6]


def test_a_budget_on_an_unknown_frame_warns(staged):
    for number, frame in enumerate(("50.54", "99.99")):
        staged.add(
            "budget", municipality="151", frame=frame, year=2024, version="original", price_level="nominal", amount_dkk=number
        )
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-16", "budget") == [2]


def test_ages_outside_the_service_and_two_birth_months_warn(staged):
    staged.case("c1", "p1", birth_month=date(2006, 1, 1))  # the month of the eighteenth birthday
    staged.case("c2", "p2", birth_month=date(2006, 2, 1))
    staged.case("c3", "p3")
    staged.case("c4", "p3", service="bpa", birth_month=date(1981, 5, 1), price_unit="hour", hours_per_week=3.0)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-18", "cases") == [2]
    assert staged.violations("C-21", "cases") == [4]


def test_a_commitment_of_an_ended_case_warns(staged):
    staged.case("c1", "p1")
    staged.case("c2", "p2", ended_on=None)
    rows = (("c1", date(2024, 12, 1)), ("c1", date(2025, 1, 1)), ("c2", date(2025, 1, 1)), (None, date(2025, 1, 1)))
    for number, (case_id, month) in enumerate(rows):
        staged.add("commitments", commitment_id=f"k{number}", municipality="151", case_id=case_id, month=month, amount_dkk=10)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-22", "commitments") == [2]


@pytest.mark.parametrize(
    ("score", "low", "high", "set_aside"), [(4.0, 1.0, 5.0, 0), (5.5, 1.0, 5.0, 1), (0.5, 1.0, 5.0, 1), (3.0, 5.0, 1.0, 1)]
)
def test_a_rating_off_its_own_scale_is_set_aside(staged, score, low, high, set_aside):
    staged.add(
        "citizen_ratings", municipality="151", service="bostoette", survey_period="2025", responses=40, score=score,
        scale_low=low, scale_high=high,
    )  # fmt: skip
    staged.land()
    report = validate(staged.con, SETTINGS)
    found = result(report, "C-32", "citizen_ratings")
    assert (found["rows_checked"], found["rows_failed"]) == (1, set_aside)
    assert staged.con.execute("SELECT count(*) FROM used_citizen_ratings").fetchone() == (1 - set_aside,)


def test_a_function_that_nothing_knows_is_named_for_whoever_mends_the_budget(staged):
    budget = {"municipality": "151", "frame": "50.54", "price_level": "nominal", "amount_dkk": 1, "function": "59999"}
    years = ((2026, "original"), (2026, "revised"), (2027, "original"))
    rows = [staged.add("budget", year=year, version=version, **budget) for year, version in years]
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-29", "budget") == rows
    named = [(item.member, item.period) for item in first_findings(staged.con) if item.rule_id == "C-29"]
    assert named == [("59999", "2026"), ("59999", "2027")]
