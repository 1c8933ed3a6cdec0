"""What the engine is given and what it gives back, for any monthly series: the night's, a file's, a backtest's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from models.types import Array

TARGETS = ("cost", "volume", "unit_cost", "uptake")


@dataclass(frozen=True)
class MonthlySeries:
    """One monthly series as it was known at a cutoff. T months of history, H ahead.

    Attributes:
        series_id: Key; a cost and a volume of the same key are two members of a panel.
        target: One of :data:`TARGETS`.
        first_month: First day of the first month.
        values: (T,) up to the cutoff, NaN where a month is missing; never negative.
        group: Declared group that a thin series may borrow from; empty where there is none.
        exposure: (T + H,) expected volume at reference uptake, above zero, known also ahead; None where there is none.
    """

    series_id: str
    target: str
    first_month: pd.Timestamp
    values: Array
    group: str = ""
    exposure: Array | None = None

    @property
    def cutoff(self) -> pd.Timestamp:
        """First day of the last month that is known.

        Example:
            >>> import numpy as np
            >>> MonthlySeries("a", "cost", pd.Timestamp("2020-01-01"), np.ones(3)).cutoff.strftime("%Y-%m")
            '2020-03'
        """
        return self.first_month + pd.DateOffset(months=len(self.values) - 1)

    @property
    def months_without(self) -> int:
        """Months at the end that have no value: from its newest one to the cutoff.

        Example:
            >>> import numpy as np
            >>> MonthlySeries("a", "cost", pd.Timestamp("2020-01-01"), np.array([1.0, np.nan, 2.0, np.nan])).months_without
            1
        """
        known = np.flatnonzero(np.isfinite(self.values))
        return len(self.values) - 1 - int(known[-1]) if len(known) else 0

    def months_ahead(self, horizon: int) -> pd.DatetimeIndex:
        """(H,) first days of the months after the cutoff."""
        return pd.date_range(self.cutoff + pd.DateOffset(months=1), periods=horizon, freq="MS")


@dataclass(frozen=True)
class SeriesForecast:
    """The forecast of one series, H months ahead of its cutoff.

    Attributes:
        series_id: Key.
        target: One of :data:`TARGETS`.
        months: (H,) first days.
        mean: (H,) expected value, in the unit of the series.
        q10: (H,) one in ten lies below.
        q50: (H,) median.
        q90: (H,) one in ten lies above.
        method: What carried it.
        notes: Stated fallbacks, (Danish, English) each; empty where none was needed.
        year_q10: (H // 12,) of the sum over each whole year ahead (12 months), from joint draws; None where there are none.
        year_q90: The same, one in ten above.
        marks: Months left out of the fit, (Danish, English) each; empty where there are none.
    """

    series_id: str
    target: str
    months: pd.DatetimeIndex
    mean: Array
    q10: Array
    q50: Array
    q90: Array
    method: str
    notes: tuple[tuple[str, str], ...]
    year_q10: Array | None = None
    year_q90: Array | None = None
    marks: tuple[tuple[str, str], ...] = ()
