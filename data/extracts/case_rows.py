"""Keyed case rows for the run's restricted file: what a case is, never who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.frames import frame_of
from data.schema.restricted import CASE_ROWS

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def case_rows(con: duckdb.DuckDBPyConnection, services: tuple[str, ...]) -> pd.DataFrame:
    """Read the case rows that the run used.

    Args:
        con: The warehouse.
        services: Services of the run; a case of another belongs to no figure.

    Returns:
        CASE_ROWS; none where the municipality hands over sums alone.
    """
    columns = ", ".join(CASE_ROWS.names)
    query = f"SELECT {columns} FROM used_cases WHERE list_contains($services, service) ORDER BY ALL"
    found = frame_of(con.execute(query, {"services": list(services)}))
    return found.assign(price=found["price"].astype("float64"))
