"""OS2BOS: payments become postings, commitments and cases; who was paid, parents and notes go no further."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest

from data.mapping import find_rule, shipped_mappings
from data.reading import read_file
from data.reference.catalogue import load_catalogue

BASE = {
    "id": "1", "amount": "1000.00", "date": "2024-01-15", "account_string": "528201003-15031", "recipient_type": "COMPANY",
    "payment_schedule__payment_frequency": "MONTHLY", "recipient_id": "12345678", "recipient_name": "Stedet Ole Hansen",
    "fictive": "False", "activity__details__activity_id": "015031", "activity_start_date": "2024-01-01",
    "activity_end_date": "2024-12-31", "activity_type": "MAIN_ACTIVITY", "section": "SEL-52-3.7", "cpr_number": "010112-4000",
    "name": "Per Hansen", "case_worker": "Kaj", "paying_municipality": "Ballerup", "acting_municipality": "0163",
    "mother_cpr": "010180-1234", "note": "ring til Ulla, 010112-4000", "appropriation_date": "2023-12-20",
}  # fmt: skip
_, RULE = find_rule(shipped_mappings(), "granted_payments_3.csv")


def read(tmp_path, *rows, name="granted_payments_3.csv"):
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, RULE.header, restval="")
        writer.writeheader()
        writer.writerows({**BASE, **row} for row in rows)
    mapping, rule = find_rule(shipped_mappings(), name)
    tables = read_file(path, mapping, rule, municipality="151", catalogue_words=load_catalogue().words)
    return {table.table: table for table in tables}


def test_a_payment_is_a_posting_of_its_account(tmp_path):
    tables = read(tmp_path, {"paid_amount": "990.00", "paid_date": "2024-02-20"}, {"id": "2"})
    first, second = tables["postings"].rows.to_pylist()
    assert first["amount_dkk"] == Decimal("990.00")
    assert (first["posted_on"], first["service_month"]) == (date(2024, 2, 20), date(2024, 1, 1))
    assert (first["accounting_year"], first["accounting_period"]) == (2024, 2)
    assert (first["function"], first["account_class"], first["grouping"], first["expense_type"]) == ("52820", "1", "003", "40")
    assert (second["amount_dkk"], second["posted_on"]) == (Decimal("1000.00"), date(2024, 1, 15))
    assert tables["postings"].faults.num_rows == 0


@pytest.mark.parametrize("name", ["granted_payments_3.csv", "expected_payments_3.csv"])
def test_fictive_payments_are_kept_and_set_aside(tmp_path, name):
    table = next(iter(read(tmp_path, {"fictive": "True"}, {"id": "2"}, name=name).values()))
    assert table.faults.to_pylist() == [{"row_number": 2, "rule_id": "F-01", "column_name": "fictive"}]
    assert table.rows["amount_dkk"].to_pylist() == [Decimal("1000.00")] * 2


def test_a_case_is_an_activity_with_a_row_per_price(tmp_path):
    rows = [{"id": str(n), "date": f"2024-0{n}-15", "amount": "1000.00" if n < 3 else "1200.00"} for n in range(1, 5)]
    cases = read(tmp_path, *rows)["cases"]
    assert cases.collapsed
    assert cases.rows["price"].to_pylist() == [Decimal("1000.00"), Decimal("1200.00")]
    assert cases.rows["price_from"].to_pylist() == [date(2024, 1, 1), date(2024, 3, 15)]
    assert cases.rows["price_unit"].to_pylist() == ["month"] * 2
    assert cases.rows["row_number"].to_pylist() == [2, 4]
    row = cases.rows.to_pylist()[0]
    assert row["service"] == "opholdssted"
    assert (row["birth_month"], row["sex"]) == (date(2012, 1, 1), "K")
    assert (row["planned_end"], row["ended_on"]) == (date(2024, 12, 31), None)
    assert (row["paying_municipality"], row["acting_municipality"], row["provider_type"]) == ("151", "163", "private")
    assert row["case_id"] in read(tmp_path, *rows)["postings"].rows["case_id"].to_pylist()


def test_an_end_that_has_passed_is_an_end(tmp_path):
    rows = [{"activity_end_date": "2024-03-31"}, {"id": "2", "activity__details__activity_id": "X", "date": "2024-05-15"}]
    assert read(tmp_path, *rows)["cases"].rows["ended_on"].to_pylist() == [date(2024, 3, 31), None]


def test_the_order_of_payments_in_the_file_does_not_matter(tmp_path):
    rows = [{"id": str(n), "date": f"2024-0{n}-15", "amount": "1000.00" if n < 3 else "1200.00"} for n in range(1, 5)]
    columns = ["case_id", "price", "price_from"]
    forward, backward = (read(tmp_path, *order)["cases"].rows.select(columns) for order in (rows, rows[::-1]))
    assert sorted(map(str, forward.to_pylist())) == sorted(map(str, backward.to_pylist()))


def test_side_activities_and_fictive_payments_make_no_case(tmp_path):
    tables = read(tmp_path, {"activity_type": "SUPPL_ACTIVITY"}, {"id": "2", "fictive": "True"})
    assert tables["cases"].rows.num_rows == 0
    assert tables["postings"].rows.num_rows == 2


@pytest.mark.parametrize(
    ("section", "account", "service"),
    [
        ("SEL-52-3.7", "528221005-010001", "plejefamilie"),
        ("SEL-52-3.7", "528201004-15031", "eget_vaerelse"),
        ("SEL-52-3.5", "528211005-1", "stoetteophold"),
        ("BL-32-1.3", "999991001-1", "fast_kontaktperson"),
        ("SEL-999", "999991001-1", None),
    ],
)
def test_the_service_is_the_account_s_then_the_paragraph_s(tmp_path, section, account, service):
    table = read(tmp_path, {"section": section, "account_string": account}, name="expected_payments_3.csv")["commitments"]
    assert table.rows["service"].to_pylist() == [service]
    assert [fault["rule_id"] for fault in table.faults.to_pylist()] == ([] if service else ["C-01"])


def test_a_person_who_is_paid_is_an_identifier_and_nothing_else_is_kept(tmp_path):
    tables = read(tmp_path, {"recipient_type": "PERSON", "recipient_id": "020270-1111", "recipient_name": "Ulla Friis"})
    assert tables["cases"].rows["provider_id"].to_pylist() == ["020270-1111"]
    assert tables["postings"].rows["expense_type"].to_pylist() == ["52"]
    told = str([table.rows.to_pylist() for table in tables.values()])
    for secret in ("Ulla", "Per Hansen", "Kaj", "010180-1234", "Stedet"):
        assert secret not in told


def test_units_and_frequency_give_the_price_of_a_week(tmp_path):
    row = {
        "payment_schedule__payment_frequency": "BIWEEKLY",
        "price_per_unit": "250.00",
        "units": "4",
        "recipient_type": "INTERNAL",
    }
    (case,) = read(tmp_path, row)["cases"].rows.to_pylist()
    assert (case["price"], case["price_unit"], case["provider_type"]) == (Decimal("500.00"), "week", "own")


def test_a_bad_birth_number_is_unreadable_and_not_stored(tmp_path):
    table = read(tmp_path, {"cpr_number": "999999-0000"})["cases"]
    told = {(fault["rule_id"], fault["column_name"]) for fault in table.faults.to_pylist()}
    assert told == {("T-01", "birth_month"), ("T-01", "sex")}
