"""Two published files side by side: which tables differ, and by how much."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from data.digest import table_digest
from data.mart import CONFIG
from data.schema import PUBLISHED, Kind, Table

if TYPE_CHECKING:
    from pathlib import Path

TOLERANCE = 1e-9
"""Relative: what another kernel of the processor may change (DESIGN 2)."""


@dataclass(frozen=True)
class Difference:
    """One table that is not the same to the bit.

    Attributes:
        table: Its name.
        relative: Largest relative difference of a number; infinite where rows, texts or missing values differ.
        columns: Columns that differ.
        rows: Rows in the first file.
        rows_other: Rows in the second.
    """

    table: str
    relative: float
    columns: tuple[str, ...]
    rows: int
    rows_other: int

    @property
    def within_tolerance(self) -> bool:
        """Whether nothing but the last bits of numbers differs."""
        return self.relative <= TOLERANCE


def of_another_version(file: Path) -> list[str]:
    """Published tables that a file lacks, or holds with other columns than today: no digest of today's can be taken of it."""
    with duckdb.connect(str(file), read_only=True, config=CONFIG) as con:
        query = "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY ALL"
        columns = {name: set(names) for name, names in con.execute(query).fetchall()}
    return [name for name, table in PUBLISHED.items() if columns.get(name) != set(table.names)]


def differences(first: Path, second: Path) -> list[Difference]:
    """Compare every published table of two files, without clocks, durations and machines.

    Args:
        first: A published file.
        second: Another.

    Returns:
        The tables that differ; none where the files are the same to the bit.
    """
    with (
        duckdb.connect(str(first), read_only=True, config=CONFIG) as one,
        duckdb.connect(str(second), read_only=True, config=CONFIG) as two,
    ):
        return [
            _difference(one, two, table) for table in PUBLISHED.values() if table_digest(one, table) != table_digest(two, table)
        ]


def _difference(one: duckdb.DuckDBPyConnection, two: duckdb.DuckDBPyConnection, table: Table) -> Difference:
    columns = [column for column in table.columns if column.name != "volatile"]
    left, right = _rows(one, table), _rows(two, table)
    if len(left) != len(right):
        return Difference(table.name, math.inf, (), len(left), len(right))
    by_column = {
        column.name: max((_apart(column.kind, a[at], b[at]) for a, b in zip(left, right, strict=True)), default=0.0)
        for at, column in enumerate(columns)
    }
    moved = tuple(name for name, apart in by_column.items() if apart > 0.0)
    return Difference(table.name, max(by_column.values(), default=math.inf), moved, len(left), len(right))


def _rows(con: duckdb.DuckDBPyConnection, table: Table) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{column.name}"' for column in table.columns if column.name != "volatile")
    keep = " WHERE NOT volatile" if "volatile" in table.names else ""
    order = ", ".join(f'"{name}"' for name in table.keys) or "ALL"
    return con.execute(f'SELECT {names} FROM "{table.name}"{keep} ORDER BY {order}').fetchall()


def _apart(kind: Kind, left: Any, right: Any) -> float:  # noqa: ANN401
    """Relative distance of two values; infinite where they are no numbers and differ.

    Example:
        >>> _apart(Kind.NUMBER, 1.0, 1.0), _apart(Kind.TEXT, "a", "b"), _apart(Kind.NUMBER, 100.0, 99.0)
        (0.0, inf, 0.01)
    """
    if left is None or right is None or left == right:
        return 0.0 if left == right else math.inf
    if kind in {Kind.NUMBER, Kind.MONEY}:
        return _relative(float(left), float(right))
    if kind is Kind.DRAWS:
        one, two = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
        scale = np.maximum(np.maximum(np.abs(one), np.abs(two)), np.finfo(float).tiny) if one.shape == two.shape else one
        return float(np.max(np.abs(one - two) / scale, initial=0.0)) if one.shape == two.shape else math.inf
    try:  # a fact of the run record may hold numbers
        return _apart_json(json.loads(left), json.loads(right))
    except (TypeError, ValueError):
        return math.inf


def _apart_json(left: Any, right: Any) -> float:  # noqa: ANN401
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return max((_apart_json(left[key], right[key]) for key in left), default=0.0)
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return max((_apart_json(a, b) for a, b in zip(left, right, strict=True)), default=0.0)
    if isinstance(left, float) and isinstance(right, float):
        return _relative(left, right)
    return 0.0 if left == right else math.inf


def _relative(left: float, right: float) -> float:
    return 0.0 if left == right else abs(left - right) / max(abs(left), abs(right))
