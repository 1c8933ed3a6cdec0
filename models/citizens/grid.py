"""From long frames of services and months to arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.types import Array


def grid_of(rows: pd.DataFrame, column: str, services: Sequence[str], months: pd.DatetimeIndex) -> Array:
    """(S, n) sums of a column by service and month, NaN where none stands.

    Example:
        >>> rows = pd.DataFrame({"service": ["a"], "month": pd.to_datetime(["2026-01-01"]), "volume": [2.0]})
        >>> grid_of(rows, "volume", ["a", "b"], pd.DatetimeIndex(["2026-01-01"])).tolist()
        [[2.0], [nan]]
    """
    sums = rows.groupby(["service", "month"])[column].sum(min_count=1)
    found = sums.reindex(pd.MultiIndex.from_product([list(services), months]))
    return np.asarray(found.to_numpy(dtype=np.float64, na_value=np.nan).reshape(len(services), len(months)), dtype=np.float64)
