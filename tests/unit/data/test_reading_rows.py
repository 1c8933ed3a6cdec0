"""Rows of an export become typed rows of the contract; a fault of a cell is told by rule, row and column."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from data.mapping import find_rule, read_mapping, shipped_mappings
from data.reading import read_file
from data.reference.catalogue import load_catalogue

LEDGER = (
    "Bilagsnr;Bogføringsdato;Regnskabsår;Periode;Kontostreng;PSP-element;Posteringstekst;Ydelsesperiode;CPR-nr.;Sagsnr.;Beløb"
)
CASES = (
    "case_id;citizen_id;birth_month;service;start_date;planned_end;ended_on;price;price_from;price_unit;provider_type;"
    "paying_municipality;vat_included"
)
CASE = "S1;010190-1234;1990-01-01;SEL-107;2024-01-01;;;1.234,50;2024-01-01;day;private;151;nej"


def read(path, mappings=None, words=None, municipality="151"):
    mapping, rule = find_rule(mappings or shipped_mappings(), path.name)
    return read_file(path, mapping, rule, municipality=municipality, catalogue_words=words or load_catalogue().words)


def read_ledger(tmp_path, *lines):
    path = tmp_path / "ledger_2026.csv"
    text = "\r\n".join([LEDGER, *lines, f"I ALT;;;;;;{len(lines)};;;;"]) + "\r\n"
    path.write_bytes(text.encode("cp1252"))
    mapping, rule = find_rule(shipped_mappings(), path.name)
    rule = rule.model_copy(update={"trailer": rule.trailer.model_copy(update={"sum": ""})})
    (table,) = read_file(path, mapping, rule, municipality="151", catalogue_words={})
    return table


def read_cases(tmp_path, *lines, header=CASES):
    path = tmp_path / "cases_2026-01.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    (table,) = read(path)
    return table


def faults(table):
    return sorted((fault["row_number"], fault["rule_id"], fault["column_name"]) for fault in table.faults.to_pylist())


def test_an_account_string_is_split_and_the_service_month_comes_from_its_column(tmp_path):
    table = read_ledger(
        tmp_path, "B1;15-03-2026;2026;3;5285214710910347;XG-1;Takst januar 2026 Bo;02-2026;10190-1234;S1;-1.100,50"
    )
    assert table.rows.to_pylist() == [
        {
            "posting_id": "B1", "municipality": "151", "accounting_year": 2026, "accounting_period": 3,
            "posted_on": date(2026, 3, 15), "service_month": date(2026, 2, 1), "service_month_basis": "column",
            "function": "52852", "account_class": "1", "owner": "4", "grouping": "103", "expense_type": "47",
            "cost_object": "XG-1", "citizen_id": "10190-1234", "case_id": "S1", "amount_dkk": Decimal("-1100.50"),
            "row_number": 2,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "month", "basis"),
    [
        ("Ophold 01-2026 Bo", "02-2026", date(2026, 2, 1), "column"),
        ("Ophold 01-2026 Bo", "", date(2026, 1, 1), "text"),
        ("okt-dec 2025", "", date(2025, 10, 1), "text"),
        ("Faktura Bo", "", None, None),
        ("Sag 03-2045", "", None, None),
        ("Ophold 01-2026 Bo", "13-2026", None, None),
    ],
)
def test_the_service_month_is_found_and_its_basis_said(tmp_path, text, column, month, basis):
    table = read_ledger(tmp_path, f"B1;15-03-2026;2026;3;5285214710910347;XG-1;{text};{column};;;1,00")
    assert table.rows["service_month"].to_pylist() == [month]
    assert table.rows["service_month_basis"].to_pylist() == [basis]
    assert faults(table) == ([(2, "T-01", "service_month")] if column.startswith("13") else [])


def test_no_text_leaves_the_reader(tmp_path):
    table = read_ledger(tmp_path, "B1;15-03-2026;2026;3;5285214710910347;XG-1;Takst januar 2026 Bo;;;;1,00")
    assert "Posteringstekst" not in table.rows.column_names
    assert "Bo" not in str(table.rows.to_pylist())


def test_a_row_with_a_wrong_number_of_cells_keeps_its_place_and_loses_its_cells(tmp_path):
    good = "B{};15-03-2026;2026;3;5285214710910347;XG-1;Ophold;;;;1,00"
    table = read_ledger(tmp_path, good.format(1), good.format(2) + ";x", good.format(3)[:-5], good.format(4))
    assert faults(table) == [(3, "T-05", ""), (4, "T-05", "")]
    assert table.rows["posting_id"].to_pylist() == ["B1", None, None, "B4"]
    assert table.rows["municipality"].to_pylist() == ["151", None, None, "151"]
    assert table.unreadable_amounts == 2


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("15-03-2026", "2026-03-15", ("T-01", "posted_on")),
        ("15-03-2026", "31-02-2026", ("T-01", "posted_on")),
        (";2026;", ";tyve;", ("T-01", "accounting_year")),
        (";3;", ";3,5;", ("T-01", "accounting_period")),
        (";1,00", ";1.00", ("T-01", "amount_dkk")),
        (";1,00", ";12.34,00", ("T-01", "amount_dkk")),
        (";1,00", ";kr. 1", ("T-01", "amount_dkk")),
        ("5285214710910347", "528521471091034", ("T-01", "function")),
        ("5285214710910347", "5285264710910347", None),
        ("XG-1", "xg 1", ("T-03", "cost_object")),
        ("XG-1", "010190-1234", ("P-01", "cost_object")),
        (";1,00", ";0101901234", ("P-01", "amount_dkk")),
    ],
)
def test_a_fault_of_a_cell_is_told_and_its_value_is_not_kept(tmp_path, old, new, fault):
    line = "B1;15-03-2026;2026;3;5285214710910347;XG-1;Ophold;;;;1,00"
    assert old in line
    table = read_ledger(tmp_path, line.replace(old, new, 1))
    if fault is None:
        assert faults(table) == []
        return
    rule, column = fault
    assert (2, rule, column) in faults(table)
    assert table.rows[column].to_pylist() == [None]


def test_dates_that_cannot_be_true_are_readable(tmp_path):
    lines = [f"B{year};15-03-{year};2026;3;5285214710910347;XG-1;Ophold;;;;1,00" for year in (1900, 2099)]
    table = read_ledger(tmp_path, *lines)
    assert faults(table) == []
    assert table.rows["posted_on"].to_pylist() == [date(1900, 3, 15), date(2099, 3, 15)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12,5", "12.50"),
        ("1.234.567,89", "1234567.89"),
        ("-7", "-7"),
        ("7-", "-7"),
        ("+7,005", "7.01"),
        (",5", "0.5"),
        ("\u22127", "-7"),
    ],
)
def test_amounts_are_read_as_danish_systems_write_them(tmp_path, text, amount):
    table = read_cases(tmp_path, CASE.replace("1.234,50", text))
    assert table.rows["price"].to_pylist() == [Decimal(amount)]


def test_cases_are_read_by_their_own_names_and_paragraphs_become_keys(tmp_path):
    table = read_cases(tmp_path, CASE, CASE.replace("SEL-107", "sel-85"), CASE.replace("SEL-107", "SEL-9999"))
    assert table.rows["service"].to_pylist() == ["midlertidigt_botilbud", "bostoette", None]
    assert table.rows["vat_included"].to_pylist() == [False] * 3
    assert table.rows["ended_on"].to_pylist() == [None] * 3
    assert "household_id" not in table.rows.column_names
    assert faults(table) == [(4, "C-01", "service")]


def test_a_missing_required_value_is_left_to_the_rules(tmp_path):
    table = read_cases(tmp_path, CASE.replace(";day;", ";;"))
    assert faults(table) == []
    assert table.rows["price_unit"].to_pylist() == [None]


def test_a_value_outside_the_closed_list_is_not_kept(tmp_path):
    table = read_cases(tmp_path, CASE.replace(";day;", ";fortnight;").replace(";151;", ";1510;"))
    assert faults(table) == [(2, "T-03", "paying_municipality"), (2, "T-03", "price_unit")]


def test_a_workbook_gives_the_same_as_text(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["municipality", "frame", "year", "version", "price_level", "amount_dkk"])
    book.active.append([151, "50.54", 2026, "original", "2026-pl", 1234567.5])
    book.active.append([None] * 6)
    book.active.append(["151", "50.54", 2026.0, "revised", "2026-pl", "1.234,50"])
    book.active.append(["151", "50.54", "x", "revised", "2026-pl", 1, None, "note"])
    book.save(tmp_path / "budget.xlsx")
    (table,) = read(tmp_path / "budget.xlsx")
    assert table.rows["row_number"].to_pylist() == [2, 4, 5]
    assert table.rows["amount_dkk"].to_pylist() == [Decimal("1234567.50"), Decimal("1234.50"), None]
    assert table.rows["year"].to_pylist() == [2026, 2026, None]
    assert faults(table) == [(5, "T-05", "")]


def test_dates_and_flags_of_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["frame", "committee", "inside_service_ceiling", "valid_from", "function"])
    book.active.append(["50.54", "Socialudvalget", True, datetime.fromisoformat("2026-01-01"), 53850])
    book.active.append(["50.54", "Socialudvalget", "nej", date(2026, 1, 1), "53850"])
    book.save(tmp_path / "frames.xlsx")
    (table,) = read(tmp_path / "frames.xlsx", municipality="101")
    assert table.rows["valid_from"].to_pylist() == [date(2026, 1, 1)] * 2
    assert table.rows["inside_service_ceiling"].to_pylist() == [True, False]
    assert table.rows["function"].to_pylist() == ["53850"] * 2
    assert table.rows["municipality"].to_pylist() == ["101"] * 2
    assert faults(table) == []


def test_statbank_gives_persons_on_1_january_without_totals(tmp_path):
    path = tmp_path / "FOLK1A_151.csv"
    rows = [
        "151;TOT;IALT;TOT;2026K1;9",
        "151;1;0;TOT;2026K1;4",
        "151;2;0;TOT;2026K1;..",
        "151;2;0;TOT;2026K2;5",
        "151;2;0;U;2026K1;5",
    ]
    path.write_text("\n".join(["OMRÅDE;KØN;ALDER;CIVILSTAND;TID;INDHOLD", *rows]) + "\n", encoding="utf-8")
    (table,) = read(path)
    first, second = table.rows.to_pylist()
    assert first == {"municipality": "151", "date": date(2026, 1, 1), "sex": "M", "age": 0, "persons": 4, "row_number": 3}
    assert (second["sex"], second["persons"], second["row_number"]) == ("K", None, 4)
    assert table.ignored_rows == 3


def test_a_projection_takes_its_vintage_from_the_file_s_name(tmp_path):
    path = tmp_path / "FRKM127.csv"
    path.write_text("KOMMUNEDK;ALDER;KØN;TID;INDHOLD\n151;0;M;2028;301\n", encoding="utf-8")
    (table,) = read(path)
    (row,) = table.rows.to_pylist()
    assert (row["vintage"], row["variant"], row["date"], row["persons"]) == (2027, "main", date(2028, 1, 1), 301.0)


MAPPING = """\
[mapping]
name = "own"
[lists.unit]
"Døgn" = "day"
[[file]]
pattern = 'takst.csv'
encoding = "{encoding}"
delimiter = "\\t"
header_row = 2
repeat_keys = "sum"
[[file.table]]
name = "case_months"
[file.table.columns]
municipality = {{ constant = "151" }}
service = {{ from = ["Kode", "Reserve"] }}
month = {{ from = "Måned", dates = ["%m/%Y"] }}
volume = "Antal"
cost = {{ from = "1000 kr.", factor = 1000 }}
currency = {{ from = "Valuta", default = "DKK", optional = true }}
[[file.table]]
name = "service_list"
collapse = "distinct"
[file.table.columns]
service = {{ from = ["Kode", "Reserve"] }}
label = "Navn"
service_group = {{ constant = "alle" }}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_mapping_brings_its_own_services_units_and_encoding(tmp_path, encoding):
    mapping = tmp_path / "own.toml"
    mapping.write_text(MAPPING.format(encoding=encoding), encoding="utf-8")
    lines = [
        "Takster",
        "Kode\tReserve\tNavn\tMåned\tAntal\t1000 kr.",
        "A1\t\t\t1/2026\t2,5\t1,2345",
        "\tA1\tÅben plads\t01/2026\t1\t2",
    ]
    (tmp_path / "takst.csv").write_text("\n".join(lines) + "\n", encoding=encoding)

    months, services = read(tmp_path / "takst.csv", [read_mapping(mapping)])

    assert months.rows["cost"].to_pylist() == [Decimal("1234.50"), Decimal("2000.00")]
    assert months.rows["month"].to_pylist() == [date(2026, 1, 1)] * 2
    assert months.rows["service"].to_pylist() == ["A1", "A1"]
    assert months.rows["currency"].to_pylist() == ["DKK", "DKK"]
    assert months.rows["row_number"].to_pylist() == [3, 4]
    assert services.collapsed
    assert [(row["service"], row["label"]) for row in services.rows.to_pylist()] == [("A1", "Åben plads")]
    assert faults(months) == []


def test_a_month_may_be_assumed_only_where_the_mapping_says_so(tmp_path):
    mapping = tmp_path / "own.toml"
    names = "posting_id;accounting_year;accounting_period;posted_on;function;account_class;owner;grouping;expense_type;amount_dkk"
    columns = names.split(";")
    text = ['[mapping]\nname = "own"\n[[file]]\npattern = "x.csv"\n[[file.table]]\nname = "postings"']
    text += ['assume_service_month = "posted_on"', "[file.table.columns]", 'municipality = { constant = "151" }']
    text += [f'{name} = "{name}"' for name in columns]
    (tmp_path / "x.csv").write_text(names + "\nB1;2026;3;2026-03-15;52820;1;1;003;40;1,00\n")
    for lines, month, basis in ((text, [date(2026, 3, 1)], ["assumed"]), ([*text[:1], *text[2:]], None, None)):
        mapping.write_text("\n".join(lines))
        (table,) = read(tmp_path / "x.csv", [read_mapping(mapping)])
        found = "service_month" in table.rows.column_names
        assert (table.rows["service_month"].to_pylist() if found else None) == month
        assert (table.rows["service_month_basis"].to_pylist() if found else None) == basis


def test_staff_s_adjustments_are_read_in_danish_and_a_reason_with_a_number_is_not_stored(tmp_path):
    path = tmp_path / "adjustments_2027-01.csv"
    head = "adjustment_id;kind;frame;effective_from;amount_dkk;amount_per;among_expected;reason;who;entered_on"
    rows = ("j1;placering;50.54;01-03-2027;2.100.000;år;ja;Ny plads;KN, økonomi;2027-01-10",
            "j2;andet;50.54;2027-03-01;5;;;ring 010180-1234;KN;2027-01-10",
            "j3;andet;50.54;2027-03-01;5;;;ring 01.01.80-1234;KN;2027-01-10")  # fmt: skip
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    (table,) = read(path)
    first, second, third = table.rows.to_pylist()
    assert (first["kind"], first["amount_per"], first["amount_dkk"]) == ("placement", "year", Decimal(2100000))
    assert (first["effective_from"], first["among_expected"], first["municipality"]) == (date(2027, 3, 1), True, "151")
    assert (second["kind"], second["reason"]) == ("other", None)
    assert third["reason"] is None
    assert faults(table) == [(3, "P-01", "reason"), (4, "P-01", "reason")]


def test_a_council_s_answer_with_a_number_in_any_spelling_is_not_stored(tmp_path):
    path = tmp_path / "hearing_answers_2026.csv"
    rows = (
        "handicapraad;2026-09-01;Vi ser hellere 2.100.000 kr. brugt fra 01-01-2027",
        "aeldreraad;2026-09-01;Om 101801234 i botilbud",
    )
    path.write_text("\n".join(["council;answered_on;text", *rows]) + "\n", encoding="utf-8-sig")
    (table,) = read(path)
    assert [row["text"] for row in table.rows.to_pylist()] == ["Vi ser hellere 2.100.000 kr. brugt fra 01-01-2027", None]
    assert faults(table) == [(3, "P-01", "text")]
