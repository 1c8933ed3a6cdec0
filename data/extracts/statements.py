"""Run the extracts' SQL with the values that each statement names; calendar months as DuckDB takes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from data.frames import frame_of
from data.warehouse import read_sql

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

OLDEST = 99
"""Ages are completed years; everybody older counts as this age."""
EVER = date(9999, 12, 31)
"""As ``known_on``: nothing is hidden."""


def run_statement(con: duckdb.DuckDBPyConnection, name: str, values: dict[str, object]) -> None:
    """Execute ``sql/extracts/<name>.sql`` with those of ``values`` that it names."""
    sql = read_sql(f"extracts/{name}")
    con.execute(sql, _bound(sql, values))


def read_statement(con: duckdb.DuckDBPyConnection, name: str, values: dict[str, object]) -> pd.DataFrame:
    """What ``sql/extracts/<name>.sql`` selects, with those of ``values`` that it names."""
    sql = read_sql(f"extracts/{name}")
    return frame_of(con.execute(sql, _bound(sql, values)))


def _bound(sql: str, values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if f"${name}" in sql}


def month_end(month: date) -> date:
    """The last day of the month that begins on ``month``.

    Example:
        >>> month_end(date(2024, 2, 1)).isoformat()
        '2024-02-29'
    """
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
