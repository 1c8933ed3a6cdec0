"""What is true of every file that is read."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import FileRefused
from data.mapping import find_rule, shipped_mappings
from data.reading import delimited, read_file
from data.reading.dates import parse_dates
from data.reading.typed import Marks, parse
from data.schema.column import Kind

HEADER = ["year", "vintage", "kind", "series", "pct"]
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n", exclude_categories=("Cs",)), max_size=8)
ROW = st.lists(CELL, min_size=1, max_size=7).filter(lambda row: row != [""])


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "price_index.csv"
        path.write_bytes(text.encode())
        mapping, rule = find_rule(shipped_mappings(), path.name)
        (table,) = read_file(path, mapping, rule, municipality="151", catalogue_words={})
    return table


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(CELL, min_size=1, max_size=7).filter(lambda row: row != [""]), min_size=1, max_size=12), st.integers(1, 5)
)
def test_every_physical_row_comes_out_once_whatever_it_holds(rows, block_rows):
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows([HEADER, *rows])
    before = delimited.BLOCK_ROWS
    try:
        delimited.BLOCK_ROWS = block_rows
        table = read(text.getvalue())
    finally:
        delimited.BLOCK_ROWS = before
    assert table.rows["row_number"].to_pylist() == list(range(2, len(rows) + 2))
    misshapen = {fault["row_number"] for fault in table.faults.to_pylist() if fault["rule_id"] == "T-05"}
    assert misshapen == {number for number, row in enumerate(rows, start=2) if len(row) != len(HEADER)}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_cut_anywhere_is_refused_or_ends_at_a_line_s_end(data):
    rows = [[str(2000 + n), "2026", "growth", "wages", f"{n},5"] for n in range(5)]
    text = "\n".join(";".join(row) for row in [HEADER, *rows]) + "\n"
    cut = data.draw(st.integers(0, len(text) - 1))
    if cut and text[cut - 1] == "\n" and text[:cut].count("\n") > 1:
        assert read(text[:cut]).faults.num_rows == 0
        return
    with pytest.raises(FileRefused) as caught:
        read(text[:cut])
    assert caught.value.reason in {"truncated", "empty"}


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.booleans())
def test_an_amount_comes_back_to_the_cent(amount, grouped):
    text = (f"{amount:,.2f}" if grouped else f"{amount:.2f}").translate(str.maketrans(",.", ".,"))
    (found,) = parse(pa.array([text]), Kind.MONEY, Marks(decimal=",", thousands=".")).to_pylist()
    assert found == amount


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=7))
def test_more_decimals_are_rounded_half_away_from_zero(amount):
    (found,) = parse(pa.array([f"{amount:f}"]), Kind.MONEY, Marks(decimal=".")).to_pylist()
    assert abs(found - amount) <= Decimal("0.005")


@given(st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31)))
def test_a_date_comes_back_in_every_form(day):
    for form, text in (("%d-%m-%Y", f"{day.day:02d}-{day.month:02d}-{day.year:04d}"), ("%Y-%m-%d", day.isoformat())):
        assert parse_dates(pa.array([text]), (form,)).to_pylist() == [day]


@given(st.integers(0, 40), st.integers(0, 14), st.integers(1900, 2100))
def test_a_day_that_no_calendar_has_is_no_date(day, month, year):
    try:
        expected = date(year, month, day)
    except ValueError:
        expected = None
    assert parse_dates(pa.array([f"{day:02d}.{month:02d}.{year}"]), ("%d.%m.%Y",)).to_pylist() == [expected]


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 1, 1)), st.integers(0, 400))
def test_months_are_floored_and_never_moved(day, days):
    later = day + timedelta(days=days)
    (found,) = parse(pa.array([later.isoformat()]), Kind.MONTH, Marks()).to_pylist()
    assert found == later.replace(day=1)
