"""``opdrift check`` says where: file and row number beneath each rule, in JSON and in a file, and nothing of the row itself."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from data.errors import WrongUse
from data.settings import Paths, read_settings
from expectations.places import MOST, all_places
from flows.check import check_files, told
from flows.check_places import told_places

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "check.json").read_text(encoding="utf-8"))
HEAD = "case_id;citizen_id;birth_month;service;start_date;ended_on;price;price_from;price_unit;provider_type;paying_municipality"
BAD = "HEMMELIG{n};0101{n:02d}1234;1980-05-01;laengerevarende_botilbud;2024-03-01;2023-11-07;2345,67;2024-03-01;day;private;151"
GOOD = "SAG{n};0202{n:02d}1234;1980-05-01;laengerevarende_botilbud;2024-01-01;;2000,00;2024-01-01;day;private;151"


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    for name, bad in (("cases_2026-11.csv", range(10, 17)), ("adjustments_2027-01.csv", ())):
        lines = [HEAD, *(GOOD.format(n=n) for n in range(40, 44)), *(BAD.format(n=n) for n in bad), GOOD.format(n=60)]
        if name.startswith("adjust"):
            lines = ["adjustment_id;kind;effective_from;amount_dkk;among_expected;reason;who;entered_on",
                     "j1;andet;2027-03-01;5;ja;Ny plads;KN;2027-01-10"]  # fmt: skip
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return folder


@pytest.fixture
def home(tmp_path):
    return read_settings(Paths(home=tmp_path / "home", secrets=tmp_path / "keys"))


def test_every_rule_names_file_and_rows_and_nothing_of_the_row(exports, home, tmp_path):
    out = tmp_path / "rows.csv"
    found = check_files(exports, home, rows=out)
    jsonschema.validate(found, SCHEMA)
    aside = {row["rule_id"]: row for row in found["set_aside"]}
    assert aside["C-03"]["places"] == [{"file": "cases_2026-11.csv", "row": row} for row in range(6, 13)]
    assert aside["C-23"]["places"] == [{"file": "adjustments_2027-01.csv", "row": 2}]
    words = told(found)
    assert "C-03: cases_2026-11.csv rows 6, 7, 8, 9, 10 and 2 more" in words
    assert "C-23: adjustments_2027-01.csv row 2\n" in words
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["rule_id", "severity", "file", "row"]
    assert [row for row in rows if row[0] == "C-03"] == [["C-03", "set_aside", "cases_2026-11.csv", str(n)] for n in range(6, 13)]
    for secret in ("HEMMELIG", "2345", "2023-11", "1012", "SAG4", "Ny plads"):
        assert secret not in words + json.dumps(found) + out.read_text(encoding="utf-8")
    assert not home.paths.home.exists(), "nothing is kept"


def test_prices_of_cases_are_told_in_rows(exports, home):
    found = check_files(exports, home)
    (cases,) = (row for row in found["files"] if row["table_name"] == "cases")
    assert (cases["amount_in"], cases["amount_set_aside"]) == (None, None)
    assert not any(row["amount"] for row in found["set_aside"] if row["table_name"] == "cases")
    assert "C-03 in cases (fagsystem): 7 rows. " in told(found)


@pytest.mark.parametrize("name", ["exports/rows.csv", "exports", "nowhere/rows.csv"])
def test_a_list_is_written_neither_among_the_files_nor_nowhere(exports, home, tmp_path, name):
    before = sorted(exports.iterdir())
    with pytest.raises(WrongUse):
        check_files(exports, home, rows=tmp_path / name)
    with pytest.raises(WrongUse):
        check_files(before[1], home, rows=before[1])
    assert sorted(exports.iterdir()) == before


def test_a_stopped_list_leaves_what_was_there(exports, home, tmp_path, monkeypatch):
    out = tmp_path / "rows.csv"
    out.write_text("as it was")

    def stopped(con):
        yield from list(all_places(con))[:1]
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.check_places.all_places", stopped)
    with pytest.raises(KeyboardInterrupt):
        check_files(exports, home, rows=out)
    assert out.read_text() == "as it was"
    assert not list(tmp_path.glob(".rows*"))


def test_what_stops_a_run_names_its_months(exports, home):
    head = "municipality;accounting_year;accounting_period;posting_id;posted_on;service_month;function;account_class"
    lines = [f"{head};grouping;owner;expense_type;amount_dkk"]
    lines += [f"151;2026;{n};b{n};2026-{n:02d}-15;2026-{n:02d}-01;53850;1;003;1;47;100,00" for n in (1, 2, 3, 5, 6)]
    (exports / "postings_2026.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    found = check_files(exports, home)
    jsonschema.validate(found, SCHEMA)
    (row,) = (row for row in found["stopping"] if row["rule_id"] == "C-10")
    assert row["findings"] == [{"member": "", "period": "2026-04", "said": "no rows in 2026-04"}]
    assert "C-10: no rows in 2026-04" in told(found)


def test_at_most_twenty_are_named_and_the_rest_counted():
    row = {"rows": 1_234, "findings": [], "places": [{"file": f"f{n // 2}.csv", "row": n} for n in range(20)]}
    assert told_places(row) == "f0.csv rows 0, 1; f1.csv rows 2, 3; f2.csv row 4 and 1,229 more"
    assert MOST == SCHEMA["properties"]["warnings"]["items"]["properties"]["places"]["maxItems"] == 20
    assert told_places({"rows": 0, "findings": [], "places": []}) == ""
