"""Service periods as they stand in posting texts."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest

from data.reading.period_text import service_months


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("Ophold 03-2024", "2024-03"),
        ("Ophold 3/2024 Bo", "2024-03"),
        ("03.2024", "2024-03"),
        ("2024-03", "2024-03"),
        ("Takst MARTS 2024", "2024-03"),
        ("Sept. 2023", "2023-09"),
        ("mar-24", "2024-03"),
        ("maj '24", "2024-05"),
        ("jan-mar 2024", "2024-01"),
        ("februar til april 2024", "2024-02"),
        ("dec-jan 2024", "2023-12"),
        ("nov 2023 - jan 2024", "2023-11"),
        ("1-3/2024", "2024-01"),
        ("01-03-2024 - 31-03-2024 Bo", "2024-03"),
        ("01.03.24-31.03.24", "2024-03"),
        ("2. kvartal 2024", "2024-04"),
        ("3. kvt. 2024", "2024-07"),
        ("K4 2023", "2023-10"),
        ("2024Q2", "2024-04"),
        ("2. halvår 2024", "2024-07"),
        ("uge 12-14 2024", "2024-03"),
        ("periode 202403", "2024-03"),
        ("Faktura 05-04-2024", None),
        ("2024-03-15", None),
        ("marts 15 timer", None),
        ("Sag 12345-2024", None),
        ("Magdalene", None),
        ("13-2024", None),
        ("uge 54 2024", None),
        ("", None),
    ],
)
def test_a_period_in_a_text(text, month):
    found = service_months(pa.array([text, None])).to_pylist()
    assert found == [None if month is None else date.fromisoformat(f"{month}-01"), None]


@pytest.mark.parametrize("year", [2015, 2020, 2021, 2024, 2026])
def test_a_week_belongs_to_the_month_of_its_thursday(year):
    weeks = range(1, 53)
    texts = pa.array([f"uge {week} {year}" for week in weeks])
    expected = [(date.fromisocalendar(year, week, 1) + timedelta(days=3)).replace(day=1) for week in weeks]
    assert service_months(texts).to_pylist() == expected
