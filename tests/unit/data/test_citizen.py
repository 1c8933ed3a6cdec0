"""One citizen found wherever rows of theirs lie, and taken out for good; nobody else's row goes with them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from data.citizen import erase_citizen, find_citizen, rows_of_citizen, ten_digits
from data.citizen_rows import find, without
from data.errors import WrongUse
from data.warehouse import compact, open_warehouse

SOUGHT, OTHER = "010180-1234", "020290-2345"


def look(home: Any) -> Any:
    with open_warehouse(home.settings) as con:
        return find_citizen(con, home.settings, ten_digits(SOUGHT))


def filled(home: Any, lines: Any) -> None:
    two = lines.posting(2, citizen_id="101801234", period=2)
    home.postings("postings_2026.csv", lines.posting(1), two, lines.posting(3, citizen_id=OTHER, case_id="S2"))
    home.cases("cases_2026-01.csv", lines.case(1), lines.case(2, citizen_id=OTHER))
    home.drop("unknown.csv", "a;b", f"{SOUGHT};2", "x;y")
    home.land()


def test_a_citizen_is_found_in_every_spelling_and_place(home: Any, lines: Any) -> None:
    filled(home, lines)
    traces = look(home)
    assert traces.rows == {"cases": 1, "postings": 2}
    assert sorted((place.where, place.name, len(place.own)) for place in traces.places) == [
        ("archive", "cases_2026-01.csv", 1), ("archive", "postings_2026.csv", 2), ("archive", "unknown.csv", 1),
        ("refused", "unknown.csv", 1),
    ]  # fmt: skip
    with open_warehouse(home.settings) as con:
        find_citizen(con, home.settings, ten_digits(SOUGHT))
        rows = rows_of_citizen(con)
    assert [row["start_date"] for row in rows["cases"]] == ["2025-01-01"]
    assert len(rows["postings"]) == 2


def test_what_was_erased_is_nowhere_and_others_stay(home: Any, lines: Any) -> None:
    filled(home, lines)
    before = {place.sha256 for place in look(home).places}
    with open_warehouse(home.settings) as con:
        traces = find_citizen(con, home.settings, ten_digits(SOUGHT))
        key = con.execute("SELECT pseudonym FROM sought WHERE kind = 'citizen'").fetchall()[0][0]
        into = erase_citizen(con, home.settings, ten_digits(SOUGHT), traces, note=lambda *_: None)
    compact(home.settings)
    assert set(into) == before
    assert look(home).is_empty
    assert not any((home.settings.paths.archive / old).exists() for old in into)
    assert key.encode() not in home.settings.paths.warehouse.read_bytes(), "not in freed blocks either"
    assert home.ask("SELECT count(*) FROM landed_postings") == home.ask("SELECT count(*) FROM landed_cases") == [(1,)]
    outcomes = {outcome.file_name: outcome for outcome in home.land()}
    assert outcomes["postings_2026.csv"].rows == {"postings": 1}, "read anew by the next night"
    assert home.ask("SELECT rows, amount::VARCHAR FROM files WHERE table_name = 'postings'") == [(1, "100.00")]
    assert home.ask("SELECT count(*) FROM stg_cases") == [(1,)]
    refused = (home.settings.paths.home / "refused" / "unknown.csv").read_text()
    assert refused == "a;b\nx;y\n"


def test_the_accounts_stay_where_they_must(home: Any, lines: Any) -> None:
    filled(home, lines)
    with open_warehouse(home.settings) as con:
        traces = find_citizen(con, home.settings, ten_digits(SOUGHT))
        erase_citizen(con, home.settings, ten_digits(SOUGHT), traces, note=lambda *_: None, keep=("postings",))
    traces = look(home)
    assert traces.rows == {"postings": 2}
    assert [place.name for place in traces.places] == ["postings_2026.csv"]


def test_a_foster_parents_number_goes_and_the_childs_row_stays(home: Any, lines: Any) -> None:
    columns = "case_id;citizen_id;household_id;birth_month;service;start_date;price;price_from;price_unit;provider_type"
    columns += ";paying_municipality"
    row = f"S9;{OTHER};{SOUGHT};1980-01-01;SEL-107;2025-01-01;3000,00;2025-01-01;day;own;151"
    home.drop("cases_2026-02.csv", columns, row)
    home.land()
    traces = look(home)
    assert (traces.rows, traces.named) == ({}, {"cases": 1})
    with open_warehouse(home.settings) as con:
        traces = find_citizen(con, home.settings, ten_digits(SOUGHT))
        erase_citizen(con, home.settings, ten_digits(SOUGHT), traces, note=lambda *_: None)
    assert home.ask("SELECT count(*), count(household_id) FROM landed_cases") == [(1, 0)]
    assert look(home).is_empty


def test_workbooks_and_quoted_line_ends() -> None:
    book = openpyxl.Workbook()
    for row in (["navn", "cpr"], ["a", SOUGHT], ["b", 101801234], ["c", OTHER]):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    found = find(out.getvalue(), ten_digits(SOUGHT))
    assert found is not None
    assert [n for n, _ in found.rows] == [2, 3]
    left = find(without(out.getvalue(), ten_digits(SOUGHT), {2, 3}, ()), ten_digits(OTHER))
    assert left is not None
    assert [n for n, _ in left.rows] == [2]
    for encoding in ("utf-8", "cp1252", "utf-16"):
        text = f'h;n\r\n1;"to\r\nlinjer {SOUGHT}"\r\n2;æøåÅ\r\n'.encode(encoding)
        assert without(text, ten_digits(SOUGHT), {2}, ()).decode(encoding) == "h;n\r\n2;æøåÅ\r\n"
    assert find(b"PK\x03\x04 cut off", ten_digits(SOUGHT)) is None


def test_what_is_no_number_is_not_repeated() -> None:
    with pytest.raises(WrongUse) as raised:
        ten_digits("Anna Jensen")
    assert "Anna" not in str(raised.value)
