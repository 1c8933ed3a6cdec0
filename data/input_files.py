"""``input_files``: what became of every file the run knew, in rows and amounts, so that nothing vanishes unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.schema import INPUTS, PUBLISHED
from data.warehouse import frame

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from data.schema import Table

_EACH = """
SELECT '{name}' AS table_name, file_sha256, count(*) AS rows, sum({amount})::DECIMAL(18,2) AS amount, {citizens} AS citizens
FROM {state}_{name} GROUP BY file_sha256
"""
_FILES = """
WITH used AS ({used}), aside AS ({aside}), came AS ({came}),
gone AS (
    SELECT table_name, file_sha256, sum(rows) AS rows, sum(coalesce(amount, 0)) AS amount,
           bool_or(why = 'superseded') AS superseded, bool_or(why = 'outranked') AS outranked
    FROM not_active GROUP BY table_name, file_sha256
)
SELECT
    f.sha256, f.table_name, f.file_name, f.mapping,
    CASE WHEN f.status = 'refused' THEN 'refused'
         WHEN coalesce(u.rows, 0) + coalesce(a.rows, 0) > 0 THEN 'used'
         WHEN g.outranked THEN 'outranked'
         WHEN g.superseded THEN 'superseded'
         ELSE 'used' END AS status,
    f.reason, f.message,
    f.rows AS rows_in,
    coalesce(u.rows, 0)::BIGINT AS rows_used,
    coalesce(a.rows, 0)::BIGINT AS rows_set_aside,
    coalesce(g.rows, 0)::BIGINT AS rows_not_active,
    f.amount AS amount_in,
    CASE WHEN f.amount IS NOT NULL THEN coalesce(u.amount, 0) END AS amount_used,
    CASE WHEN f.amount IS NOT NULL THEN coalesce(a.amount, 0) END AS amount_set_aside,
    CASE WHEN f.amount IS NOT NULL THEN coalesce(g.amount, 0) END AS amount_not_active,
    f.first_period, f.last_period,
    coalesce(c.citizens BETWEEN 1 AND $few, false) AS few_citizens_in,
    coalesce(a.citizens BETWEEN 1 AND $few, false) AS few_citizens_set_aside
FROM files AS f
LEFT JOIN came AS c ON c.file_sha256 = f.sha256 AND c.table_name = f.table_name
LEFT JOIN used AS u ON u.file_sha256 = f.sha256 AND u.table_name = f.table_name
LEFT JOIN aside AS a ON a.file_sha256 = f.sha256 AND a.table_name = f.table_name
LEFT JOIN gone AS g ON g.file_sha256 = f.sha256 AND g.table_name = f.table_name
WHERE f.status IN ('landed', 'refused')
ORDER BY f.sha256, f.table_name
"""


def list_input_files(con: duckdb.DuckDBPyConnection, *, min_citizens: int) -> pd.DataFrame:
    """List every file that landed or is refused, with what was used of it.

    Args:
        con: The warehouse, after validation (``used_<table>`` and ``set_aside_<table>`` stand).
        min_citizens: What rests on fewer is marked.

    Returns:
        By the contract ``INPUT_FILES``: per file and table rows in = used + set aside + not active, amounts likewise.
    """
    sql = _FILES.format(used=_per_table("used"), aside=_per_table("set_aside"), came=_per_table("landed"))
    return frame(con, sql, {"few": min_citizens - 1})[list(PUBLISHED["input_files"].names)]


def citizens_sql(table: Table) -> str:
    """SQL of how many citizens some rows of an input table rest on; NULL where the table is of no citizens.

    A row that names neither citizen nor case counts as one of its own; of summed months it is the largest month's number, as the
    same citizens may stand in every month.

    Example:
        >>> from data.schema import INPUTS
        >>> citizens_sql(INPUTS["case_months"]), citizens_sql(INPUTS["budget"])
        ('max(n_citizens)', 'NULL')
    """
    if "citizen_id" in table.names:
        who = who_sql(table)
        return f"count(DISTINCT {who}) + count_if({who} IS NULL)"
    return "max(n_citizens)" if "n_citizens" in table.names else "NULL"


def who_sql(table: Table) -> str:
    """SQL of whom one row is about: the citizen, else the case; NULL where it names neither."""
    return f"coalesce({', '.join(name for name in ('citizen_id', 'case_id') if name in table.names)})"


def _per_table(state: str) -> str:
    return " UNION ALL ".join(
        _EACH.format(name=name, state=state, amount=_amount(table), citizens=citizens_sql(table))
        for name, table in INPUTS.items()
    )


def _amount(table: Table) -> str:
    return f'coalesce("{table.amount}", 0)' if table.amount else "0"
