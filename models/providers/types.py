"""PROVIDER_TYPES: cost, volume and price by kind of provider; those that no sum may give away are one row together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.schema.published_providers import JOINED, PROVIDER_KINDS
from models.disclosure import emptied
from models.pressure import published_frame
from models.providers.hidden import LAST, hidden_cells, hidden_ratios

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from models.providers.audit import Key
    from models.secondary import Limits
    from models.types import DriverTables

_KEY = ["level", "member", "provider_type"]
_COLUMNS = [
    "level", "member", "provider_type", "period", "cost_share", "volume_share", "price_per_year", "price_growth", "index_growth",
    "above_index", "billed_per_agreed", "n_citizens", "mask",
]  # fmt: skip


def provider_types(
    cells: pd.DataFrame,
    rates: pd.DataFrame,
    drivers: DriverTables,
    *,
    masked: Mapping[tuple[str, str], str],
    limits: Limits,
    earlier: Collection[Key] = (),
) -> pd.DataFrame:
    """Cost, volume and price by kind of provider.

    Args:
        cells: level, member, provider_type, period (last12, YYYY), n_citizens, top_share, cost (list cost, nominal), volume
            (full-time citizens), n_pairs, top_pair, paid_now, paid_before (the same citizens' price a year apart).
        rates: level, member, provider_type, n_citizens, top_share, billed, agreed.
        drivers: Services, prices, cutoff.
        masked: (level, member) hidden by year in every table.
        limits: When a cell is hidden.
        earlier: Cells that earlier runs of the home hid: whole years are told by each.

    Returns:
        PROVIDER_TYPES. Shares are of the member's kinds in the period. Growth is of the same citizens at the same kind; where it
        rests on too few it is empty. Kinds hidden in a member that is shown are one row, which is what the others leave over:
        without growth and citizens, which the others do not tell. Empty where no case tells its provider's kind.
    """
    if cells.empty:
        return published_frame("provider_types", pd.DataFrame(columns=_COLUMNS))
    rows = cells.reset_index(drop=True)
    whole = rows.groupby(["level", "member", "period"])[["cost", "volume"]].transform("sum")
    index = rows["period"].map(_index_growth(drivers, sorted(set(rows["period"]))))
    hidden = hidden_cells(rows, drivers.services, masked, limits, earlier)
    growth = _growth(rows, drivers.services, hidden, limits)
    single = rows[["level", "member", "provider_type", "period", "cost", "volume"]].assign(
        whole_cost=whole["cost"],
        whole_volume=whole["volume"],
        price_growth=growth,
        index_growth=index,
        above_index=(1.0 + growth) / (1.0 + index) - 1.0,
        billed_per_agreed=_rates(rows, rates, drivers.services, hidden, limits),
        n_citizens=rows["n_citizens"].astype("Int64"),
        mask=pd.Series([hidden.get(key, "") for key in _keys(rows)], index=rows.index, dtype=object),
    )
    parts = _together(single, masked)
    found = parts.assign(
        cost_share=parts["cost"] / parts["whole_cost"].where(parts["whole_cost"] > 0),
        volume_share=parts["volume"] / parts["whole_volume"].where(parts["whole_volume"] > 0),
        price_per_year=(parts["cost"] / parts["volume"].where(parts["volume"] > 0)).where(parts["level"] == "service"),
    )
    shown = ["cost_share", "volume_share", "price_per_year", "price_growth", "above_index", "billed_per_agreed", "n_citizens"]
    found[shown] = found[shown].where(found["mask"] == "")
    return published_frame("provider_types", found)


def _together(rows: pd.DataFrame, masked: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """One row of the hidden kinds of each member that is shown; the same kinds in every period, whether all are there or not."""
    kinds: dict[tuple[str, str], set[str]] = {}
    for (level, member, kind), mask in zip(_keys(rows), rows["mask"], strict=True):
        if mask and (level, member) not in masked:
            kinds.setdefault((level, member), set()).add(kind)
    names = {node: JOINED.join(sorted(own, key=PROVIDER_KINDS.index)) for node, own in kinds.items() if len(own) > 1}
    named = [names.get(key[:2], key[2]) if mask else key[2] for key, mask in zip(_keys(rows), rows["mask"], strict=True)]
    inside = rows.assign(provider_type=named)
    joined = inside["provider_type"].str.contains(JOINED, regex=False)
    if not joined.any():
        return rows
    kept = dict.fromkeys(("whole_cost", "whole_volume", "index_growth"), "first")
    sums = inside[joined].groupby([*_KEY, "period"], as_index=False).agg({"cost": "sum", "volume": "sum", **kept})
    return pd.concat([rows[~joined], sums.assign(mask="")], ignore_index=True)


def not_by_themselves(types: pd.DataFrame) -> dict[Key, str]:
    """What a run's PROVIDER_TYPES does not show by itself.

    Args:
        types: PROVIDER_TYPES of any version.

    Returns:
        (level, member, kind) -> primary or secondary where the row is hidden; ``joined`` where it is one row with others.
    """
    return {
        (str(level), str(member), kind): str(mask) or "joined"
        for level, member, named, mask in types[[*_KEY, "mask"]].drop_duplicates().to_numpy()
        for kind in str(named).split(JOINED)
        if mask or JOINED in str(named)
    }


def beside_own(provider_years: pd.DataFrame, hidden: Collection[Key]) -> pd.DataFrame:
    """PROVIDER_YEARS without the frames whose own places are hidden: what is settled with them is what they cost.

    Args:
        provider_years: Lines by frame; payroll and all others go too, since they add up to what the bridge tells.
        hidden: (level, member, kind) that PROVIDER_TYPES hides.
    """
    frames = {member for level, member, kind in hidden if (level, kind) == ("frame", "own")}
    return emptied("provider_years", provider_years, provider_years["member"].astype(str).isin(sorted(frames)))


def _index_growth(drivers: DriverTables, periods: list[str]) -> dict[str, float]:
    """Period -> growth of the price index over the twelve months to its last one."""
    factor = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)

    def growth(period: str) -> float:
        last = drivers.cutoff if period == LAST else pd.Timestamp(f"{period}-12-01")
        before = last - pd.DateOffset(months=12)
        return float(factor[last] / factor[before] - 1.0) if last in factor and before in factor else np.nan

    return {period: growth(period) for period in periods}


def _growth(rows: pd.DataFrame, services: pd.DataFrame, hidden: dict[Key, str], limits: Limits) -> pd.Series[float]:
    """Growth of the same citizens' price, empty where it rests on too few."""
    growth = rows["paid_now"] / rows["paid_before"] - 1.0
    paired = rows[rows["n_pairs"] > 0]
    few: set[int] = set()
    for _period, own in paired.groupby("period", sort=True):
        behind = own[_KEY].assign(n_citizens=own["n_pairs"], top_share=own["top_pair"], amount=own["paid_before"])
        lost = hidden_ratios(behind, services, hidden, limits)
        few |= {int(place) for place, key in zip(own.index, _keys(own), strict=True) if key in lost}
    return growth.where(rows.index.isin(paired.index) & ~rows.index.isin(few))


def _rates(
    rows: pd.DataFrame, rates: pd.DataFrame, services: pd.DataFrame, hidden: dict[Key, str], limits: Limits
) -> pd.Series[float]:
    """Billed per krone agreed, in the newest period alone."""
    lost = hidden_ratios(rates.assign(amount=rates["agreed"]), services, hidden, limits)
    ratio = rates["billed"] / rates["agreed"].where(rates["agreed"] > 0)
    by_key = {key: float(value) for key, value in zip(_keys(rates), ratio, strict=True) if key not in lost}
    found = pd.Series([by_key.get(key, np.nan) for key in _keys(rows)], index=rows.index, dtype=float)
    return found.where(rows["period"] == LAST)


def _keys(rows: pd.DataFrame) -> list[Key]:
    return [(str(level), str(member), str(kind)) for level, member, kind in rows[_KEY].to_numpy()]
