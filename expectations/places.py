"""Where a rule's failures stand: file and row number of rows, and the member and month of sums; never a value of a row.

A row number is the physical line of the file (the sheet's row of a workbook), as whoever mends it finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.schema import INPUTS
from expectations.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

MOST = 20
"""Places and findings of one rule and table that are held in memory and told; :func:`all_places` gives all."""
_CHUNK = 10_000
_ROWS = """
SELECT DISTINCT v.rule_id, v.table_name, v.row_id, f.file_name, s.row_number
FROM violations AS v
JOIN ({staged}) AS s ON s.table_name = v.table_name AND s.row_id = v.row_id
JOIN files AS f ON f.sha256 = s.file_sha256 AND f.table_name = v.table_name
"""
_FINDINGS = """
SELECT rule_id, table_name, member, period FROM findings
UNION ALL
SELECT DISTINCT v.rule_id, v.table_name, b."function" AS member, b.year::VARCHAR AS period
FROM violations AS v JOIN stg_budget AS b ON b.row_id = v.row_id
WHERE v.rule_id = 'C-29' AND v.table_name = 'budget'
"""
"""A budget is no citizen's, so the function that C-29 does not know is told beside its rows."""


@dataclass(frozen=True)
class Place:
    """One row of a file.

    Attributes:
        rule_id: The rule it breaks.
        table: Input table.
        file: Name below the inbox, as it is stored.
        row: Physical line, or sheet row.
    """

    rule_id: str
    table: str
    file: str
    row: int


@dataclass(frozen=True)
class Finding:
    """A sum or month that a rule tells of.

    Attributes:
        rule_id: The rule.
        table: Input table.
        member: Function, service, municipality or table; empty where the rule is of the whole table.
        period: Year, month, or first and last month.
    """

    rule_id: str
    table: str
    member: str
    period: str


def first_places(con: duckdb.DuckDBPyConnection) -> list[Place]:
    """The first ``MOST`` rows of every rule and table, in the order of files and rows.

    Args:
        con: The warehouse after :func:`expectations.validate`.
    """
    first = f"QUALIFY row_number() OVER (PARTITION BY rule_id, table_name ORDER BY row_id) <= {MOST}"
    sql = f"SELECT rule_id, table_name, file_name, row_number FROM ({_rows_sql()}) {first} ORDER BY rule_id, table_name, row_id"
    return [Place(*row) for row in con.execute(sql).fetchall()]


def first_findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """The first ``MOST`` findings of every rule and table, in the order of members and periods."""
    first = f"QUALIFY row_number() OVER (PARTITION BY rule_id, table_name ORDER BY member, period) <= {MOST}"
    return [Finding(*row) for row in con.execute(f"SELECT * FROM ({_FINDINGS}) {first} ORDER BY ALL").fetchall()]


def all_places(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str, int]]:
    """Rule, severity, file and row number of every row that breaks a rule, by rule, file and row; in chunks."""
    sql = f"SELECT rule_id, file_name, row_number FROM ({_rows_sql()}) ORDER BY rule_id, table_name, row_id"
    found = con.cursor().execute(sql)
    while chunk := found.fetchmany(_CHUNK):
        for rule_id, file, row in chunk:
            yield rule_id, RULES[rule_id].severity.value, file, row


def _rows_sql() -> str:
    staged = " UNION ALL ".join(
        f"SELECT '{name}' AS table_name, row_id, file_sha256, row_number FROM stg_{name}" for name in INPUTS
    )
    return _ROWS.format(staged=staged)
