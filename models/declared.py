"""Breaks declared beforehand: the shipped list (lockdowns, laws) and the municipality's own dated budget events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.known_breaks import load_known_breaks
from models.plans import to_level
from models.types import DeclaredBreak
from models.years import NOMINAL

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from models.types import DriverTables

YEAR = 12
_LABELS = {
    "moved_task": ("Flyttet opgave", "Moved task"),
    "dut": ("Lovændring (DUT)", "Change of law (DUT)"),
    "account_plan": ("Ændret kontoplan", "Changed account plan"),
}
"""Kinds of event that may shift a level; a saving is decided by those whom the forecast is to inform, and stays in it."""


def with_breaks(tables: DriverTables, events: pd.DataFrame) -> DriverTables:
    """The driver tables with the breaks that are declared for their services.

    Args:
        tables: Of the night's run.
        events: effective_from, kind, frame, service, in_data, amount_dkk (a year), price_level; only those in the data count.

    Returns:
        The same tables; the shipped list first, then the events by date.
    """
    groups = tables.services.groupby("service_group")["service"].agg(frozenset).to_dict()
    shipped = tuple(
        DeclaredBreak(
            _month(item.first),
            None if item.last is None else _month(item.last),
            item.label_da,
            item.label_en,
            frozenset().union(*(groups.get(group, frozenset()) for group in item.groups)) if item.groups else None,
        )
        for item in load_known_breaks()
    )
    held = events[events["in_data"].astype(bool) & events["kind"].isin(list(_LABELS))] if len(events) else events
    rows = held.sort_values(["effective_from", "kind"], kind="stable").to_dict("records")
    return replace(tables, breaks=(*shipped, *(_of_event(row, tables) for row in rows)))


def _of_event(event: Mapping[Hashable, Any], tables: DriverTables) -> DeclaredBreak:
    danish, english = _LABELS[str(event["kind"])]
    concerned, begins = None, _month(event["effective_from"])
    if isinstance(event["service"], str):
        concerned = frozenset([event["service"]])
    elif isinstance(event["frame"], str):
        mine = tables.services["frame"] == event["frame"]
        concerned = frozenset(tables.services.loc[mine, "service"].astype(str))
    moved = _moved_in(event, begins, tables) if event["kind"] == "moved_task" and isinstance(event["service"], str) else 0.0
    return DeclaredBreak(begins, None, danish, english, concerned, moved)


def _moved_in(event: Mapping[Hashable, Any], begins: pd.Timestamp, tables: DriverTables) -> float:
    """A moved task's amount as a share of what its service cost in the twelve months before it; 0 where that is not known."""
    history, factors = tables.history, tables.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)
    before = (history["month"] < begins) & (history["month"] >= begins - pd.DateOffset(years=1))
    rows = history[before & (history["service"] == event["service"])]
    cost = float((rows["gross_ultimate_nominal"].astype(float) / rows["month"].map(factors)).sum())
    yearly = {int(str(year)): float(part.mean()) for year, part in factors.groupby(pd.DatetimeIndex(factors.index).year)}
    level = event["price_level"] if isinstance(event["price_level"], str) else NOMINAL
    amount = to_level(float(event["amount_dkk"]), price_level=level, year=begins.year, level=tables.price_level, prices=yearly)
    return amount / cost if len(rows) == YEAR and cost > 0 and np.isfinite(amount) else 0.0


def _month(day: object) -> pd.Timestamp:
    """First day of the month; a new level that begins within a month begins with it."""
    return pd.Timestamp(str(day)).to_period("M").to_timestamp()
