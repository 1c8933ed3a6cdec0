"""Driver tables of an earlier cutoff out of given ones, for tests that have no extracts to make them of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from models.remade import prices_as_of

if TYPE_CHECKING:
    from models.types import DriverTables


def tables_at(drivers: DriverTables, cutoff: pd.Timestamp) -> DriverTables:
    """Everything after the cutoff hidden, exposure supplied; one unit per person ahead."""
    known = pd.concat([drivers.history, drivers.ahead[drivers.ahead["variant"] == "main"]])[["service", "month", "exposure"]]
    ahead = known[(known["month"] > cutoff) & (known["month"] <= pd.Timestamp(year=cutoff.year + 4, month=12, day=1))]
    ahead = ahead.sort_values(["service", "month"], ignore_index=True).assign(variant="main", units_per_person=1.0)
    history = drivers.history[drivers.history["month"] <= cutoff].reset_index(drop=True)
    return replace(drivers, cutoff=cutoff, history=history, ahead=ahead, prices=prices_as_of(drivers, cutoff))
