"""Text in frames: one type for every pandas the project may meet.

Read as it comes, text is ``object`` (missing is None) under pandas 2 and ``str`` (missing is NaN) under pandas 3, and
``astype("str")`` under pandas 2 turns a missing value into the word "None". So text is typed here, where rows leave DuckDB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import duckdb

TEXT = pd.StringDtype(na_value=np.nan)


def frame_of(result: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Fetch what a query found.

    Args:
        result: A connection that has just executed one SELECT.

    Returns:
        The rows, in the query's order: text as ``str`` with NaN where missing, dates as ``datetime64[us]``, DECIMAL as float64.

    Example:
        >>> import duckdb
        >>> frame = frame_of(duckdb.connect().execute("SELECT 'a' AS name UNION ALL SELECT NULL ORDER BY 1"))
        >>> str(frame["name"].dtype), frame["name"].isna().tolist()
        ('str', [False, True])
    """
    texts = [column[0] for column in result.description if str(column[1]) in {"VARCHAR", "STRING"}]
    return result.df().astype(dict.fromkeys(texts, TEXT))
