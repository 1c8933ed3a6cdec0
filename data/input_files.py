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
SELECT '{name}' AS table_name, file_sha256, count(*) AS rows, sum({amount})::DECIMAL(18,2) AS amount
FROM {state}_{name} GROUP BY file_sha256
"""
_FILES = """
WITH used AS ({used}), aside AS ({aside}),
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
    f.first_period, f.last_period
FROM files AS f
LEFT JOIN used AS u ON u.file_sha256 = f.sha256 AND u.table_name = f.table_name
LEFT JOIN aside AS a ON a.file_sha256 = f.sha256 AND a.table_name = f.table_name
LEFT JOIN gone AS g ON g.file_sha256 = f.sha256 AND g.table_name = f.table_name
WHERE f.status IN ('landed', 'refused')
ORDER BY f.sha256, f.table_name
"""


def list_input_files(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """List every file that landed or is refused, with what was used of it.

    Args:
        con: The warehouse, after validation (``used_<table>`` and ``set_aside_<table>`` stand).

    Returns:
        By the contract ``INPUT_FILES``: per file and table rows in = used + set aside + not active, amounts likewise.
    """
    sql = _FILES.format(used=_per_table("used"), aside=_per_table("set_aside"))
    return frame(con, sql)[list(PUBLISHED["input_files"].names)]


def _per_table(state: str) -> str:
    return " UNION ALL ".join(_EACH.format(name=name, state=state, amount=_amount(table)) for name, table in INPUTS.items())


def _amount(table: Table) -> str:
    return f'coalesce("{table.amount}", 0)' if table.amount else "0"
