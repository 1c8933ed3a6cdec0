"""Faulty rows are set aside by their rule, and no sound row with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from data.errors import BalanceBroken, MissingColumns, WrongUse
from data.schema import INPUTS, PUBLISHED
from data.settings import Settings
from expectations import checkpoint, row_checks, validate
from expectations.suites import row_suite

SETTINGS = Settings()


def result(report, rule_id, table):
    rows = report.rule_results
    return rows[(rows["rule_id"] == rule_id) & (rows["table_name"] == table)].iloc[0]


@pytest.fixture(scope="module")
def dirty(warehouse):
    """Sound rows with one faulty row per rule among them; by name the row ids of what was planted."""
    staged = warehouse()
    staged.case("c1", "p1")
    staged.case("c1", "p1", price_from=date(2024, 7, 1), price=2100)
    staged.case("c2", "p1", start_date=date(2024, 12, 31), price_from=date(2024, 12, 31), ended_on=None)  # the day of change
    staged.case("c3", "p2", ended_on=None)
    planted = {
        "T-02": staged.case("f1", "q1", service=None),
        "T-03": staged.case("f2", "q2", sex="X"),
        "T-04": staged.case("f3", "q3", birth_month=date(1899, 12, 1)),
        "C-01": staged.case("f4", "q4", service="ukendt"),
        "C-02": staged.case("c3", "p2", ended_on=None, price=1),
        "C-03": staged.case("f5", "q5", ended_on=date(2023, 12, 31), price_from=date(2023, 12, 31)),
        "C-04": staged.case("f6", "p2", start_date=date(2024, 3, 1), price_from=date(2024, 3, 1), price=3000),
        "C-05": staged.case("f7", "q7", price_from=date(2025, 1, 1)),
    }
    unreadable = staged.case("f8", "q8", price=None)
    staged.con.execute("INSERT INTO violations VALUES ('T-01', 'cases', ?, 0)", [unreadable])
    staged.con.execute("INSERT INTO landed_faults VALUES (?, 'cases', ?, 'T-01', 'price')", ["a" * 64, unreadable + 1])
    planted["T-01"] = unreadable
    staged.land()
    return staged, planted, validate(staged.con, SETTINGS)


@pytest.mark.parametrize("rule_id", ["T-01", "T-02", "T-03", "T-04", "C-01", "C-02", "C-03", "C-04", "C-05"])
def test_a_planted_row_is_found_by_its_rule(dirty, rule_id):
    staged, planted, report = dirty
    assert planted[rule_id] in staged.violations(rule_id, "cases")
    assert not result(report, rule_id, "cases")["passed"]
    assert result(report, rule_id, "cases")["severity"] == "set_aside"


def test_only_planted_rows_are_set_aside(dirty):
    staged, planted, _ = dirty
    assert staged.used("cases") == [1, 2, 3, 4]
    assert not set(staged.used("cases")) & set(planted.values())


def test_a_value_that_could_not_be_read_is_not_listed_again_as_missing(dirty):
    staged, planted, _ = dirty
    assert staged.violations("T-02", "cases") == [planted["T-02"]]


def test_prices_per_day_and_month_are_not_added_up_to_kroner(dirty):
    _, _, report = dirty
    failed = report.rule_results.query("table_name == 'cases' and rows_failed > 0")
    assert {"C-04", "T-01"} < set(failed["rule_id"])
    assert set(failed["amount_failed"]) == {Decimal("0.00")}, "a price is no kroner until it is counted over months"


def test_every_failed_rule_on_money_is_valued_in_kroner(staged):
    staged.posting("b1", amount_dkk=700, account_class="X")
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert result(report, "T-03", "postings")["amount_failed"] == Decimal("700.00")


def test_rows_and_kroner_balance_to_the_oere(dirty):
    _, _, report = dirty
    line = report.balance.set_index("table_name").loc["cases"]
    assert (line["rows_in"], line["rows_used"], line["rows_set_aside"]) == (13, 4, 9)
    assert line["amount_in"] == line["amount_used"] + line["amount_set_aside"] == Decimal("23101.00")


def test_the_frames_keep_their_contracts(dirty):
    _, _, report = dirty
    assert tuple(report.rule_results.columns) == PUBLISHED["rule_results"].names
    assert tuple(report.balance.columns) == PUBLISHED["balance"].names
    assert not report.rule_results.duplicated(["rule_id", "table_name"]).any()
    assert report.blocking == ()


def test_a_row_with_several_faults_is_set_aside_and_valued_once(staged):
    both = staged.posting("b1", account_class="X", accounting_period=77)
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.violations("T-03", "postings") == staged.violations("T-04", "postings") == [both]
    assert [result(report, rule_id, "postings")["amount_failed"] for rule_id in ("T-03", "T-04")] == [Decimal("62000.00")] * 2
    assert report.balance["amount_set_aside"].tolist() == [Decimal("62000.00")]


def test_a_second_look_changes_nothing(staged):
    staged.case()
    staged.case("c2", "p1", price=-4)
    staged.case("c1", "p1", price=5)
    staged.land()
    first = validate(staged.con, SETTINGS)
    listed = staged.con.execute("SELECT * FROM violations ORDER BY ALL").fetchall()
    second = validate(staged.con, SETTINGS)
    assert first.rule_results.equals(second.rule_results)
    assert listed == staged.con.execute("SELECT * FROM violations ORDER BY ALL").fetchall()


def test_chunks_give_what_one_piece_gives(staged, monkeypatch):
    for number in range(11):
        staged.posting(f"b{number}", expense_type="4" if number % 4 == 0 else "47")
    staged.land()
    whole = validate(staged.con, SETTINGS).rule_results
    monkeypatch.setattr(row_checks, "CHUNK_ROWS", 3)
    staged.con.execute("DELETE FROM violations")
    assert validate(staged.con, SETTINGS).rule_results.equals(whole)
    assert staged.violations("T-03", "postings") == [1, 5, 9]


def test_repeated_keys_stand_where_the_mapping_says_they_are_parts(staged):
    for sha in ("a" * 64, "b" * 64):
        staged.posting("x1", sha=sha)
        staged.posting("x1", sha=sha)
    staged.land(repeat_keys={"a" * 64: "sum"})
    validate(staged.con, SETTINGS)
    assert staged.violations("C-02", "postings") == [3, 4]


def test_missing_key_parts_are_equal(staged):
    for frame in ("50.54", "50.54", "30.46"):
        staged.add("budget", municipality="151", frame=frame, year=2024, version="original", price_level="nominal", amount_dkk=1)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-02", "budget") == [2]


def test_a_faulty_row_makes_no_sound_row_a_duplicate_or_an_overlap(staged):
    staged.case("c1", "p1", price=-1)
    staged.case("c1", "p1")
    staged.case("c2", "p2", sex="X")
    staged.case("c3", "p2")
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.used("cases") == [2, 4]


def test_a_case_that_overlaps_only_a_failed_case_stands(staged):
    staged.case("c1", "p1", ended_on=date(2024, 3, 31))
    staged.case("c2", "p1", start_date=date(2024, 2, 1), price_from=date(2024, 2, 1), ended_on=date(2024, 8, 31))
    staged.case("c3", "p1", start_date=date(2024, 6, 1), price_from=date(2024, 6, 1))
    staged.case("c4", "p1", service="bpa", price_unit="hour", hours_per_week=10.0)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-04", "cases") == [2]


@pytest.mark.parametrize(
    ("closed", "aside"), [(date(2024, 6, 3), False), (date(2024, 7, 2), False), (date(2024, 7, 3), True), (None, True)]
)
def test_an_open_case_stands_where_the_one_before_was_closed_some_days_late(staged, closed, aside):
    """A foster family changed on 1 June; the old case was closed 2, 31, 32 days into the new one, or never."""
    old = staged.case("old", "p1", ended_on=closed)
    new = staged.case("new", "p1", start_date=date(2024, 6, 1), price_from=date(2024, 6, 1), ended_on=None)
    staged.posting("newest", posted_on=date(2024, 12, 15))
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.used("cases") == ([old] if aside else [old, new])
    assert staged.violations("C-04", "cases") == ([new] if aside else [])
    assert staged.violations("C-33", "cases") == ([] if aside else [old])


def test_a_case_that_ends_within_another_is_no_change(staged):
    staged.case("c1", "p1")
    staged.case("c2", "p1", start_date=date(2024, 3, 1), price_from=date(2024, 3, 1), ended_on=date(2024, 3, 10))
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-04", "cases") == [2]
    assert staged.violations("C-33", "cases") == []


def test_of_two_cases_that_start_together_the_later_row_fails(staged):
    staged.case("z", "p1")
    staged.case("a", "p1")
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-04", "cases") == [2]


def test_services_that_a_mapping_brings_along_are_known(staged):
    staged.add("service_list", service="N02", label="Analgetika", service_group="N")
    staged.add("case_months", municipality="151", service="N02", month=date(2024, 1, 1), volume=3.0)
    staged.add("case_months", municipality="151", service="N03", month=date(2024, 1, 1), volume=3.0)
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.violations("C-01", "case_months") == [2]


def test_every_input_table_is_left_even_without_input(staged):
    staged.con.execute("DROP TABLE stg_postings")
    report = validate(staged.con, SETTINGS)
    assert all(staged.used(name) == [] for name in INPUTS)
    assert report.balance.empty
    assert report.rule_results["passed"].all()
    assert set(report.rule_results["rows_checked"]) == {0}


@pytest.mark.parametrize("change", ["rows = rows + 1", "amount = amount + 0.01"])
def test_a_lost_row_or_oere_breaks_the_balance(staged, change):
    staged.posting("b1")
    staged.land()
    staged.con.execute(f"UPDATE files SET {change}")
    with pytest.raises(BalanceBroken, match="postings"):
        validate(staged.con, SETTINGS)


def test_rows_that_are_not_active_count_neither_as_used_nor_as_set_aside(staged):
    staged.posting("b1")
    staged.land()
    staged.con.execute("UPDATE files SET rows = rows + 2, amount = amount + 7")
    staged.con.execute("INSERT INTO not_active VALUES ('b', 'postings', 'superseded', 2, 7)")
    assert validate(staged.con, SETTINGS).balance["rows_in"].tolist() == [1]


def test_a_column_of_another_type_is_refused(staged):
    staged.posting("b1")
    staged.land()
    staged.con.execute("ALTER TABLE stg_postings ALTER amount_dkk TYPE DOUBLE")
    with pytest.raises(MissingColumns, match="amount_dkk"):
        validate(staged.con, SETTINGS)


def test_a_rule_that_no_one_declared_is_refused(staged):
    row_id = staged.posting("b1")
    staged.land()
    staged.con.execute("INSERT INTO violations VALUES ('F-77', 'postings', ?, 0)", [row_id])
    with pytest.raises(WrongUse, match="F-77"):
        validate(staged.con, SETTINGS)


def test_used_rows_that_break_the_contract_stop_the_run(staged, monkeypatch):
    staged.posting("b1", expense_type="4")
    staged.land()
    monkeypatch.setattr("expectations.checkpoint._list_failures", lambda *_: None)
    with pytest.raises(BalanceBroken, match="T-03"):
        validate(staged.con, SETTINGS)


def test_many_faulty_rows_of_few_citizens_are_marked(staged):
    for number in range(24):
        staged.posting(f"few{number}", expense_type="4", citizen_id=f"p{number % 2}" if number % 3 else None, case_id="s1")
    for number in range(6):
        staged.posting(f"nobody{number}", amount_dkk=None)
    months = {"municipality": "151", "service": "bostoette", "volume": -1, "cost": 9, "n_citizens": 2}
    for number in range(12):
        staged.add("case_months", month=date(2024, number + 1, 1), **months)
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert [result(report, rule, "postings")["rows_failed"] for rule in ("T-02", "T-03")] == [6, 24]
    few = report.rule_results[report.rule_results["few_citizens"]]
    assert set(zip(few["rule_id"], few["table_name"], strict=True)) == {("T-03", "postings"), ("T-04", "case_months")}
    assert report.balance.set_index("table_name")["few_citizens"].to_dict() == {"postings": False, "case_months": True}


@pytest.mark.parametrize(
    ("unit", "highest"),
    [("hour", 50_000), ("day", 200_000), ("week", 1_000_000), ("month", 2_000_000), ("year", 20_000_000), ("once", 20_000_000)],
)
def test_a_price_is_held_against_what_its_unit_can_cost(staged, unit, highest):
    sound = staged.case("sound", "p1", price=highest, price_unit=unit)
    absurd = staged.case("absurd", "p2", price=highest + 1, price_unit=unit)
    without_unit = staged.case("no unit", "p3", price=highest, price_unit=None)
    staged.land()
    report = validate(staged.con, SETTINGS)
    assert staged.used("cases") == [sound]
    assert staged.violations("T-04", "cases") == [absurd]
    assert staged.violations("T-02", "cases") == [without_unit]
    assert result(report, "T-04", "cases")["amount_failed"] == 0


@pytest.mark.parametrize("unit", ["year", "once"])
def test_a_place_of_three_million_is_used(staged, unit):
    dear = staged.case("dear", "p1", price=3_000_000, price_unit=unit)
    staged.case("a month's", "p2", price=3_000_000, price_unit="month")
    staged.land()
    validate(staged.con, SETTINGS)
    assert staged.used("cases") == [dear]


def test_the_proof_of_used_rows_counts_a_price_by_its_unit_too(staged, monkeypatch):
    """Were the suite blind to it, the proof would say so."""
    staged.case(price=3_000_000, price_unit="month")
    staged.land()
    blind = tuple(replace(column, high_where=()) for column in INPUTS["cases"].columns)
    whole = row_checks.INPUTS["cases"]
    monkeypatch.setattr(checkpoint, "row_suite", lambda table, known: row_suite(
        replace(table, columns=blind) if table is whole else table, known
    ))  # fmt: skip
    with pytest.raises(BalanceBroken, match="T-04"):
        validate(staged.con, SETTINGS)
