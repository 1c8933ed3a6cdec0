"""Breaks declared beforehand: the shipped list (lockdowns, laws) and the municipality's own dated budget events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from data.reference.known_breaks import load_known_breaks
from models.types import DeclaredBreak

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from models.types import DriverTables

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
        events: effective_from, kind, frame, service, in_data; only those that the data hold count.

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
    return replace(tables, breaks=(*shipped, *(_of_event(row, tables.services) for row in rows)))


def _of_event(event: Mapping[Hashable, Any], services: pd.DataFrame) -> DeclaredBreak:
    danish, english = _LABELS[str(event["kind"])]
    concerned = None
    if isinstance(event["service"], str):
        concerned = frozenset([event["service"]])
    elif isinstance(event["frame"], str):
        concerned = frozenset(services.loc[services["frame"] == event["frame"], "service"].astype(str))
    return DeclaredBreak(_month(event["effective_from"]), None, danish, english, concerned)


def _month(day: object) -> pd.Timestamp:
    """First day of the month; a new level that begins within a month begins with it."""
    return pd.Timestamp(str(day)).to_period("M").to_timestamp()
