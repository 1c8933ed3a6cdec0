"""What dated budget events add to a later period beside an earlier one: an additive bar, never drift (DESIGN 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from models.types import Array, DriverTables

VOLUME_KINDS = ("moved_task", "account_plan")
"""Kinds of event that move citizens; the others change what one costs."""

Span = tuple[pd.Timestamp, pd.Timestamp]
"""First day, and the day after the last."""


def events_by_service(events: pd.DataFrame, tables: DriverTables, *, earlier: Span, later: Span, gross: Array) -> Array:
    """Amount by which events that the data hold move each service from the earlier period to the later one.

    An event of so much a year counts by the share of each period in which it holds (whole months), at the later period's prices.
    One that began between the two counts whole, one that began inside a period counts by its months. An event of a frame is
    spread over its services, one of neither over all, by gross.

    Args:
        events: effective_from, effective_to, kind, frame, service, amount_dkk (per year), price_level, in_data.
        tables: Services and prices.
        earlier: Earlier period.
        later: Later period.
        gross: (S,) gross of the later period, by which shared events are spread.

    Returns:
        (2, S): moved by volume, moved by cost. Currency, nominal.
    """
    found = np.zeros((2, len(gross)))
    held = events[events["in_data"].astype(bool)] if len(events) else events
    last_known = tables.cutoff + pd.DateOffset(months=1)
    for event in held.to_dict("records"):
        start, end = event["effective_from"], event["effective_to"]
        if start >= last_known:
            continue
        share = _share_held(start, end, later) - _share_held(start, end, earlier)
        amount = float(event["amount_dkk"]) * share * _to_nominal(str(event["price_level"]), tables, later)
        row = 0 if event["kind"] in VOLUME_KINDS else 1
        found[row] += amount * _spread(event, tables.services, gross)
    return found


def _share_held(start: pd.Timestamp, end: pd.Timestamp, span: Span) -> float:
    months = pd.date_range(span[0], span[1] - pd.Timedelta(days=1), freq="MS")
    first = start.to_period("M").to_timestamp()
    return float(((months >= first) & (months <= (end if pd.notna(end) else months[-1]))).mean())


def _to_nominal(price_level: str, tables: DriverTables, span: Span) -> float:
    if price_level == "nominal":
        return 1.0
    months, factor = tables.prices["month"], tables.prices["price_factor"]
    year = int(np.clip(int(price_level[:4]), months.min().year, months.max().year))
    inside = (months >= span[0]) & (months < span[1])
    return float(factor[inside].mean() / factor[months.dt.year == year].mean())


def _spread(event: Mapping[Hashable, Any], services: pd.DataFrame, gross: Array) -> Array:
    """(S,) shares that sum to 1; all 0 where the event belongs to no service of the run."""
    belongs = np.ones(len(gross), dtype=bool)
    if isinstance(event["service"], str):
        belongs = (services["service"] == event["service"]).to_numpy(dtype=bool)
    elif isinstance(event["frame"], str):
        belongs = (services["frame"] == event["frame"]).to_numpy(dtype=bool)
    weight = np.where(belongs, np.clip(gross, 0.0, None), 0.0)
    return np.asarray(weight / weight.sum()) if weight.sum() > 0 else np.zeros(len(gross))
