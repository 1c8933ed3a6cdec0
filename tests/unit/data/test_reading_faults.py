"""A fault of the whole file refuses it, and says nothing of a row's content."""

from __future__ import annotations

import gzip
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from data.errors import FileRefused
from data.mapping import find_rule, read_mapping, shipped_mappings
from data.reading import delimited, read_file
from data.reference.catalogue import load_catalogue

HEADER = (
    "Bilagsnr;Bogføringsdato;Regnskabsår;Periode;Kontostreng;PSP-element;Posteringstekst;Ydelsesperiode;CPR-nr.;Sagsnr.;Beløb"
)
ROW = "B{n};15-03-2026;2026;3;5282011471100340;XG-5282-01;Ophold 02-2026 Åse Sørensen;02-2026;010190-1234;S1;100,50"


def ledger(rows=3, *, header=HEADER, lines=None, trailer=None, end="\r\n"):
    lines = [ROW.format(n=n) for n in range(rows)] if lines is None else lines
    trailer = (
        f"I ALT;;;;;;{len(lines)};;;;{str(Decimal('100.50') * len(lines)).replace('.', ',')}" if trailer is None else trailer
    )
    return "\r\n".join([header, *lines, *([trailer] if trailer else [])]) + end


def read(tmp_path, content, name="ledger_2026.csv", mappings=None):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("cp1252"))
    mapping, rule = find_rule(mappings or shipped_mappings(), name)
    return read_file(path, mapping, rule, municipality="151", catalogue_words=load_catalogue().words)


def refused(tmp_path, content, name="ledger_2026.csv", mappings=None):
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, content, name, mappings)
    message = str(caught.value)
    assert name in message
    assert "What to do" in message
    for secret in ("Åse", "Sørensen", "010190", "B0", "S1;"):
        assert secret not in message
    assert caught.value.__cause__ is None
    return caught.value


def test_a_whole_ledger_is_read(tmp_path):
    (table,) = read(tmp_path, ledger())
    assert table.rows.num_rows == 3
    assert table.rows["row_number"].to_pylist() == [2, 3, 4]
    assert table.faults.num_rows == 0


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5])
def test_the_trailer_is_found_wherever_blocks_end(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(delimited, "BLOCK_ROWS", 2)
    (table,) = read(tmp_path, ledger(rows))
    assert table.rows["row_number"].to_pylist() == list(range(2, rows + 2))
    assert refused(tmp_path, ledger(rows, trailer="")).reason == "truncated"
    assert refused(tmp_path, ledger(rows) + ROW + "\r\n").reason == "totals"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ledger(trailer=""), "truncated"),
        (ledger(end=""), "truncated"),
        (ledger()[:-40] + "\r\n", "truncated"),
        (ledger()[:200], "truncated"),
        (ledger(trailer="I ALT;;;;;;4;;;;301,50"), "totals"),
        (ledger(trailer="I ALT;;;;;;x;;;;301,50"), "totals"),
        (ledger(trailer="I ALT;;;;;;3;;;;301,51"), "totals"),
        (ledger(trailer="I ALT;;;;;;3;;;;mange"), "totals"),
        (ledger(lines=[ROW, "I ALT;;;;;;1;;;;100,50", ROW]), "totals"),
        (b"", "empty"),
        (ledger(0), "empty"),
        (HEADER + "\r\n", "truncated"),
        (ledger(header=HEADER.replace("Beløb", "Beloeb")), "changed_columns"),
        (ledger(header=HEADER + ";Ny kolonne"), "changed_columns"),
        (ledger(header=HEADER.replace("Bilagsnr;Bogføringsdato", "Bogføringsdato;Bilagsnr")), "changed_columns"),
        (ledger(header=ROW), "changed_columns"),
        (ledger().encode("utf-8"), "encoding"),
        (ledger().encode("cp1252").replace("Sørensen".encode("cp1252"), "Sørensen".encode(), 1), "encoding"),
        (ledger().encode("cp1252").replace(b"Ophold", b"Oph\x81ld", 1), "encoding"),
        (b"\xef\xbb\xbf" + ledger().encode("cp1252"), "encoding"),
        (ledger(lines=[ROW, ROW.replace("Ophold", '"Ophold'), ROW]), "truncated"),
        (ledger(lines=[ROW.replace("Ophold 02-2026 Åse", '"Ophold'), ROW, ROW.replace("Ophold", '"'), ROW]), "unreadable"),
        (ledger(lines=[ROW.replace("Ophold 02-2026 Åse Sørensen", '"Ophold"Åse')]), "unreadable"),
    ],
)
def test_a_fault_of_the_file_refuses_it(tmp_path, content, reason):
    assert refused(tmp_path, content).reason == reason


def test_what_is_missing_and_new_is_named(tmp_path):
    message = str(refused(tmp_path, ledger(header=HEADER.replace("Beløb", "Belob"))))
    assert "['Beløb']" in message
    assert "['Belob']" in message


def test_a_row_in_the_header_s_place_is_not_shown(tmp_path):
    assert "not shown" in str(refused(tmp_path, ledger(header=ROW)))


def test_the_line_of_a_second_encoding_is_named(tmp_path):
    content = ledger().encode("cp1252")
    start = content.index(b"B1;")
    content = content[:start] + content[start:].replace("Sørensen".encode("cp1252"), "Sørensen".encode(), 1)
    assert "line 3" in str(refused(tmp_path, content))


def test_a_sum_cannot_be_checked_where_an_amount_is_unreadable(tmp_path):
    lines = [ROW, ROW.replace("100,50", "hundrede"), ROW]
    (table,) = read(tmp_path, ledger(lines=lines, trailer="I ALT;;;;;;3;;;;301,50"))
    assert table.unreadable_amounts == 1
    assert table.faults.to_pylist() == [{"row_number": 3, "rule_id": "T-01", "column_name": "amount_dkk"}]


def test_a_sum_is_checked_though_rows_are_misshapen(tmp_path):
    longer, shorter = ROW.replace(";S1;", ";S1;kvittering;"), ROW.replace("XG-5282-01;", "")
    for odd in (longer, shorter):
        (table,) = read(tmp_path, ledger(lines=[ROW, odd, ROW], trailer="I ALT;;;;;;3;;;;301,50"))
        assert [fault["rule_id"] for fault in table.faults.to_pylist()] == ["T-05"]
        assert refused(tmp_path, ledger(lines=[ROW, odd, ROW], trailer="I ALT;;;;;;3;;;;301,51")).reason == "totals"
    without = ";".join(ROW.split(";")[:-1])
    (table,) = read(tmp_path, ledger(lines=[ROW, without, ROW], trailer="I ALT;;;;;;3;;;;301,50"))
    assert table.unreadable_amounts == 1


def test_a_quoted_cell_may_hold_a_line_break_and_rows_keep_their_physical_number(tmp_path):
    lines = [ROW, ROW.replace("Ophold 02-2026 Åse Sørensen", '"Ophold\r\n""02-2026"" ; Åse"'), ROW, "", ROW]
    (table,) = read(tmp_path, ledger(lines=lines, trailer="I ALT;;;;;;4;;;;402,00"))
    assert table.rows["row_number"].to_pylist() == [2, 3, 5, 7]
    assert table.faults.num_rows == 0


@pytest.mark.parametrize("content", [gzip.compress(ledger().encode("cp1252"))[:-12], b"no gzip at all"])
def test_a_broken_gzip_is_refused(tmp_path, content):
    assert refused(tmp_path, content, "ledger_2026.csv.gz").reason in {"truncated", "unreadable"}


def test_a_whole_gzip_is_read(tmp_path):
    (table,) = read(tmp_path, gzip.compress(ledger().encode("cp1252")), "ledger_2026.csv.gz")
    assert table.rows.num_rows == 3


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_workbook_that_is_cut_off_is_refused(tmp_path, keep):
    whole = workbook(tmp_path, [["year", "vintage", "kind", "series", "pct"], [2026, 2026, "growth", "wages", 3.1]])
    assert refused(tmp_path, whole[: int(len(whole) * keep)], "price_index.xlsx").reason == "unreadable"


def test_a_workbook_without_rows_or_with_other_columns_is_refused(tmp_path):
    header = ["year", "vintage", "kind", "series", "pct"]
    assert refused(tmp_path, workbook(tmp_path, [header]), "price_index.xlsx").reason == "empty"
    assert refused(tmp_path, workbook(tmp_path, []), "price_index.xlsx").reason == "empty"
    changed = workbook(tmp_path, [[*header[:4], "procent"], [2026, 2026, "growth", "wages", 3.1]])
    assert refused(tmp_path, changed, "price_index.xlsx").reason == "changed_columns"


def test_a_broken_sheet_says_nothing_of_its_cells(tmp_path):
    whole = workbook(tmp_path, [["year", "vintage", "kind", "series", "pct"], [2026, 2026, "growth", "Åse Sørensen", 3.1]])
    (tmp_path / "whole.xlsx").write_bytes(whole)
    target = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as source, zipfile.ZipFile(target, "w") as copy:
        for item in source.infolist():
            content = source.read(item)
            copy.writestr(item.filename, content[: len(content) // 2] if "sheet1.xml" in item.filename else content)
    assert refused(tmp_path, target.read_bytes(), "price_index.xlsx").reason == "unreadable"


@pytest.mark.parametrize("byte", [6, 10, 11], ids=["version", "method", "method, high byte"])
def test_a_workbook_whose_table_of_contents_is_damaged_is_refused(tmp_path, byte):
    """`make fuzz` found it: zipfile raises NotImplementedError for versions and methods that it doesn't know."""
    whole = bytearray(workbook(tmp_path, [["Periode", "Indeks"], ["2026", "100"]]))
    for entry in re.finditer(b"PK\x01\x02", bytes(whole)):
        whole[entry.start() + byte] = 0xA8
    assert refused(tmp_path, bytes(whole), "price_index.xlsx").reason == "unreadable"


def test_a_last_line_without_an_end_may_be_allowed(tmp_path):
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        '[mapping]\nname = "own"\n[[file]]\npattern = "pl.csv"\nlast_newline = "optional"\n'
        '[[file.table]]\nname = "price_index"\nsame_names = true\n'
    )
    content = "year;vintage;kind;series;pct\n2026;2026;growth;wages;3,1"
    (table,) = read(tmp_path, content, "pl.csv", [read_mapping(mapping)])
    assert table.rows["pct"].to_pylist() == [3.1]


def workbook(tmp_path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "made.xlsx")
    return (tmp_path / "made.xlsx").read_bytes()


def test_a_row_in_the_header_s_place_is_not_shown_where_many_columns_may_be_missing(tmp_path):
    row = "A1;Anna Jensen;1980-01-01;K;2025-01-10;SEL-107;2025-01-01;Tom;day;own;privat;false;Anders Holm;Sted;Gade;By;Land;Note"
    message = str(refused(tmp_path, f"{row}\n{row}\n", "cases_2026.csv"))
    assert "not shown" in message
    assert not [cell for cell in row.split(";") if f"'{cell}'" in message]


def test_utf16_in_place_of_another_encoding_is_said_to_be_that(tmp_path):
    assert refused(tmp_path, ledger().encode("utf-16")).reason == "encoding"
