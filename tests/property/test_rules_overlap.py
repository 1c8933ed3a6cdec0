"""Overlapping cases: the SQL sets aside what a plain walk through the cases sets aside, and what is left never overlaps."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.sql_rules import set_aside_sql

_DAY = date(2024, 1, 1)
_SPAN = st.tuples(st.integers(1, 3), st.integers(0, 40), st.none() | st.integers(0, 30))


def set_aside(spans):
    """Row ids that C-04 sets aside; one case per span of (citizen, first day, length or open)."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE c (row_id BIGINT, case_id VARCHAR, citizen_id VARCHAR, service VARCHAR, start_date DATE, "
            "ended_on DATE, price_unit VARCHAR)"
        )
        for number, (citizen, first, length) in enumerate(spans):
            starts = _DAY + timedelta(days=first)
            ends = None if length is None else starts + timedelta(days=length)
            con.execute(
                "INSERT INTO c VALUES (?, ?, ?, 'bpa', ?, ?, 'day')", [number, f"c{-number}", f"p{citizen}", starts, ends]
            )
        return {row[0] for row in con.execute(set_aside_sql("C-04", "cases", "c")).fetchall()}


def walk(spans):
    failed, kept_until = set(), {}
    for number in sorted(range(len(spans)), key=lambda place: (spans[place][0], spans[place][1], place)):
        citizen, first, length = spans[number]
        if first < kept_until.get(citizen, -1):
            failed.add(number)
        else:
            kept_until[citizen] = 10**6 if length is None else first + length
    return failed


@settings(max_examples=60, deadline=None)
@given(st.lists(_SPAN, max_size=12))
def test_the_walk_in_sql_is_the_walk_in_words(spans):
    assert set_aside(spans) == walk(spans)


@settings(max_examples=30, deadline=None)
@given(st.lists(_SPAN, max_size=12))
def test_what_is_left_does_not_overlap(spans):
    failed = set_aside(spans)
    left = [span for number, span in enumerate(spans) if number not in failed]
    assert set_aside(left) == set()


@settings(max_examples=30, deadline=None)
@given(st.lists(_SPAN, max_size=8), _SPAN)
def test_a_later_starting_case_moves_no_earlier_one(spans, late):
    after = (late[0], 100 + late[1], late[2])
    assert set_aside([*spans, after]) - {len(spans)} == set_aside(spans)
