"""Overlapping cases: the SQL sets aside what a plain walk through the cases sets aside, and what is left never overlaps."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.sql_rules import set_aside_sql
from expectations.thresholds import THRESHOLDS

_DAY = date(2024, 1, 1)
_CHANGE = THRESHOLDS.overlap_days
_SPAN = st.tuples(st.integers(1, 3), st.integers(0, 80), st.none() | st.integers(0, 70))


def set_aside(spans):
    """Row ids that C-04 sets aside; one case per span of (citizen, first day, length or open)."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE c (row_id BIGINT, case_id VARCHAR, citizen_id VARCHAR, service VARCHAR, start_date DATE, "
            "ended_on DATE, price_unit VARCHAR)"
        )
        con.execute("CREATE TABLE rule_settings AS SELECT ?::BIGINT AS overlap_days", [_CHANGE])
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
        last, until = 10**6 if length is None else first + length, kept_until.get(citizen, -1)
        if first < until and (last <= until or until - first > _CHANGE):
            failed.add(number)
        else:
            kept_until[citizen] = last
    return failed


def days_shared(spans):
    """Days that each pair of one citizen's cases share, beyond the day of change."""
    ends = [10**6 if length is None else first + length for _citizen, first, length in spans]
    for one, (citizen, first, _length) in enumerate(spans):
        for other in range(one):
            if spans[other][0] == citizen:
                yield min(ends[one], ends[other]) - max(first, spans[other][1])


@settings(max_examples=60, deadline=None)
@given(st.lists(_SPAN, max_size=12))
def test_the_walk_in_sql_is_the_walk_in_words(spans):
    assert set_aside(spans) == walk(spans)


@settings(max_examples=30, deadline=None)
@given(st.lists(_SPAN, max_size=12))
def test_what_is_left_overlaps_no_longer_than_a_change(spans):
    failed = set_aside(spans)
    left = [span for number, span in enumerate(spans) if number not in failed]
    assert set_aside(left) == set()
    assert all(days <= _CHANGE for days in days_shared(left))


@settings(max_examples=30, deadline=None)
@given(st.lists(_SPAN, max_size=8), _SPAN)
def test_a_later_starting_case_moves_no_earlier_one(spans, late):
    after = (late[0], 200 + late[1], late[2])
    assert set_aside([*spans, after]) - {len(spans)} == set_aside(spans)
