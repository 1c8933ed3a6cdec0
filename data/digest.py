"""What "the same published tables" means: SHA-256 over their ordered export, without clocks, durations and machines."""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from data.schema import PUBLISHED, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb


def files_digest(hashes: Iterable[str]) -> str:
    """One SHA-256 over those of files, in whatever order and however often they are given.

    Example:
        >>> files_digest(["b", "a", "a"]) == files_digest(["a", "b"])
        True
    """
    return sha256("".join(sorted(set(hashes))).encode()).hexdigest()


def rules_digest(said: Iterable[tuple[str, str, str]]) -> str:
    """The version of the rules: SHA-256 over rule id, table and English text (which holds the limits) of each.

    Example:
        >>> rules_digest([("C-01", "cases", "a")]) == rules_digest([("C-01", "cases", "b")])
        False
    """
    return sha256(json.dumps(sorted(map(list, said)), ensure_ascii=False).encode()).hexdigest()


def digest_of(con: duckdb.DuckDBPyConnection) -> str:
    """Digest every published table that ``con`` holds.

    Rows are ordered by key, numbers enter with all their bits, draws too; ``run_record`` without its volatile facts.

    Returns:
        64 hexadecimal digits.
    """
    total = sha256()
    for table in PUBLISHED.values():
        total.update(table.name.encode() + b"\0" + table_digest(con, table).encode())
    return total.hexdigest()


def table_digest(con: duckdb.DuckDBPyConnection, table: Table) -> str:
    """Digest one published table of ``con``, 64 hexadecimal digits."""
    columns = [column for column in table.columns if column.name != "volatile"]
    names = ", ".join(f'"{column.name}"' for column in columns)
    keep = " WHERE NOT volatile" if "volatile" in table.names else ""
    order = ", ".join(f'"{name}"' for name in table.keys) or "ALL"
    rows = con.execute(f'SELECT {names} FROM "{table.name}"{keep} ORDER BY {order}')
    of_table = sha256(names.encode())
    while batch := rows.fetchmany(2000):
        for row in batch:
            for column, value in zip(columns, row, strict=True):
                of_table.update(_bytes(column.kind, value))
    return of_table.hexdigest()


def _bytes(kind: Kind, value: object) -> bytes:
    if value is None:
        return b"\x00"
    if kind is Kind.NUMBER:
        return b"\x01" + struct.pack("<d", value + 0.0)  # type: ignore[operator]
    if kind is Kind.DRAWS:
        numbers = np.asarray(value, dtype="<f8") + 0.0
        return b"\x02" + struct.pack("<q", len(numbers)) + numbers.tobytes()
    text = str(value).encode()
    return b"\x03" + struct.pack("<q", len(text)) + text
