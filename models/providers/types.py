"""PROVIDER_TYPES: cost, volume and price by kind of provider, hidden so that no sum gives a small one away.

A cell (member, kind) is primary where in any period shown it has one to four citizens, or one who dominates. Two sums tell a
hidden cell: the member's shares, which add up to one, and the same kind one level up. Both are protected in turn until nothing
changes: across, the hidden kinds of a shown member must be two or more with citizens enough; upwards as ``models.secondary``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.pressure import published_frame
from models.secondary import Cell, Tree, protect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.types import DriverTables

LAST = "last12"
KINDS = ("own", "municipality", "region", "private")
_COLUMNS = [
    "level", "member", "provider_type", "period", "cost_share", "volume_share", "price_per_year", "price_growth", "index_growth",
    "above_index", "billed_per_agreed", "n_citizens", "mask",
]  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """When a cell must not be shown.

    Attributes:
        min_citizens: Fewer are suppressed.
        max_top_share: One citizen with more than this share suppresses.
    """

    min_citizens: int
    max_top_share: float

    def hides(self, citizens: pd.Series[float], top_share: pd.Series[float]) -> pd.Series[bool]:
        """Whether a figure of so many citizens, of whom the largest has so much, must be hidden; none at all hides nothing."""
        small = (citizens >= 1) & (citizens < self.min_citizens)
        return small | ((top_share > self.max_top_share) & (citizens >= 1))


def provider_types(
    cells: pd.DataFrame,
    rates: pd.DataFrame,
    drivers: DriverTables,
    *,
    masked: Mapping[tuple[str, str], str],
    limits: Limits,
) -> pd.DataFrame:
    """Cost, volume and price by kind of provider.

    Args:
        cells: level, member, provider_type, period (last12, YYYY), n_citizens, top_share, cost (list cost, nominal), volume
            (full-time citizens), n_pairs, top_pair, paid_now, paid_before (the same citizens' price a year apart).
        rates: level, member, provider_type, n_citizens, top_share, billed, agreed.
        drivers: Services, prices, cutoff.
        masked: (level, member) hidden by year in every table.
        limits: When a cell is hidden.

    Returns:
        PROVIDER_TYPES. Shares are of the member's kinds in the period. Growth is of the same citizens at the same kind; where it
        rests on too few it is empty. Empty where no case tells its provider's kind.
    """
    if cells.empty:
        return published_frame("provider_types", pd.DataFrame(columns=_COLUMNS))
    rows = cells.reset_index(drop=True)
    whole = rows.groupby(["level", "member", "period"])[["cost", "volume"]].transform("sum")
    index = rows["period"].map(_index_growth(drivers, sorted(set(rows["period"]))))
    few_pairs = limits.hides(rows["n_pairs"].astype(float), rows["top_pair"].astype(float)) | (rows["n_pairs"] == 0)
    growth = (rows["paid_now"] / rows["paid_before"] - 1.0).where(~few_pairs)
    hidden = _hidden(rows, drivers.services, masked, limits)
    words = [hidden.get((str(a), str(b), str(c)), "") for a, b, c in rows[["level", "member", "provider_type"]].to_numpy()]
    mask = pd.Series(words, index=rows.index, dtype=object)
    found = rows[["level", "member", "provider_type", "period"]].assign(
        cost_share=rows["cost"] / whole["cost"].where(whole["cost"] > 0),
        volume_share=rows["volume"] / whole["volume"].where(whole["volume"] > 0),
        price_per_year=(rows["cost"] / rows["volume"].where(rows["volume"] > 0)).where(rows["level"] == "service"),
        price_growth=growth,
        index_growth=index,
        above_index=(1.0 + growth) / (1.0 + index) - 1.0,
        billed_per_agreed=_rates(rows, rates, limits),
        n_citizens=rows["n_citizens"].astype("Int64"),
        mask=mask,
    )
    shown = ["cost_share", "volume_share", "price_per_year", "price_growth", "above_index", "billed_per_agreed", "n_citizens"]
    found[shown] = found[shown].where(mask == "")
    return published_frame("provider_types", found)


def _index_growth(drivers: DriverTables, periods: list[str]) -> dict[str, float]:
    """Period -> growth of the price index over the twelve months to its last one."""
    factor = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)

    def growth(period: str) -> float:
        last = drivers.cutoff if period == LAST else pd.Timestamp(f"{period}-12-01")
        before = last - pd.DateOffset(months=12)
        return float(factor[last] / factor[before] - 1.0) if last in factor and before in factor else np.nan

    return {period: growth(period) for period in periods}


def _rates(rows: pd.DataFrame, rates: pd.DataFrame, limits: Limits) -> pd.Series[float]:
    """Billed per krone agreed, in the newest period alone."""
    keys = ["level", "member", "provider_type"]
    hidden = limits.hides(rates["n_citizens"].astype(float), rates["top_share"].astype(float))
    ratio = (rates["billed"] / rates["agreed"].where(rates["agreed"] > 0)).where(~hidden)
    by_key = pd.Series(ratio.to_numpy(), index=pd.MultiIndex.from_frame(rates[keys].astype(str)), dtype=float)
    found = by_key.reindex(pd.MultiIndex.from_frame(rows[keys].astype(str)))
    return pd.Series(found.to_numpy(), index=rows.index).where(rows["period"] == LAST)


def _hidden(
    rows: pd.DataFrame, services: pd.DataFrame, masked: Mapping[tuple[str, str], str], limits: Limits
) -> dict[tuple[str, str, str], str]:
    """(level, member, kind) -> primary or secondary."""
    small = limits.hides(rows["n_citizens"].astype(float), rows["top_share"].astype(float))
    by_member = pd.Series([(str(a), str(b)) in masked for a, b in rows[["level", "member"]].to_numpy()], index=rows.index)
    primary = {
        (str(a), str(b), str(c)) for a, b, c in rows.loc[small | by_member, ["level", "member", "provider_type"]].to_numpy()
    }
    kinds = sorted(set(rows["provider_type"].astype(str)))
    trees = {kind: _tree(rows[rows["provider_type"] == kind], services, small, limits) for kind in kinds}
    members = _members(rows, small)
    hidden = set(primary)
    before = -1
    while before != len(hidden):
        before = len(hidden)
        for kind in kinds:
            mine = {(level, member) for level, member, own in hidden if own == kind}
            hidden |= {(*node, kind) for node in protect(trees[kind], mine)}
        for member in members:
            hidden |= _across(member, hidden, limits)
    return {key: "primary" if key in primary else "secondary" for key in hidden}


def _tree(rows: pd.DataFrame, services: pd.DataFrame, small: pd.Series[bool], limits: Limits) -> Tree:
    """One kind's services, frames, committees and total."""
    own = rows[rows["level"] == "service"]
    found = {}
    for key in services["service"].astype(str):
        part = own[own["member"] == key]
        newest = part.loc[part["period"] == LAST, "cost"]
        citizens = dict(zip(part["period"].to_list(), part["n_citizens"].astype(float).to_list(), strict=True))
        primary = frozenset(part.loc[small[part.index], "period"].to_list())
        top = part["top_share"].astype(float).max()
        found[key] = Cell(float(newest.sum()), citizens, primary, 0.0 if pd.isna(top) else float(top))
    return Tree.of(services, found, limits.min_citizens, limits.max_top_share)


@dataclass(frozen=True)
class _Member:
    """One member's kinds: kind -> (newest cost, largest share, citizens by period, periods in which it is primary)."""

    level: str
    member: str
    kinds: dict[str, tuple[float, float, dict[str, float], frozenset[str]]]


def _members(rows: pd.DataFrame, small: pd.Series[bool]) -> list[_Member]:
    found = []
    for (level, member), part in rows.groupby(["level", "member"], sort=True):
        kinds = {}
        for kind, own in part.groupby("provider_type", sort=True):
            citizens = dict(zip(own["period"].to_list(), own["n_citizens"].astype(float).to_list(), strict=True))
            top = own["top_share"].astype(float).max()
            primary = frozenset(own.loc[small[own.index], "period"].to_list())
            cost = float(own.loc[own["period"] == LAST, "cost"].sum())
            kinds[str(kind)] = (cost, 0.0 if pd.isna(top) else float(top), citizens, primary)
        found.append(_Member(str(level), str(member), kinds))
    return found


def _across(member: _Member, hidden: set[tuple[str, str, str]], limits: Limits) -> set[tuple[str, str, str]]:
    """Kinds of a member to hide besides, the smallest first, until what the shares leave over gives no hidden one away."""
    mine = {kind for kind in member.kinds if (member.level, member.member, kind) in hidden}
    while mine and len(mine) < len(member.kinds) and not _is_safe(member, mine, limits):
        mine.add(min(set(member.kinds) - mine, key=lambda kind: (member.kinds[kind][0], kind)))
    return {(member.level, member.member, kind) for kind in mine}


def _is_safe(member: _Member, mine: set[str], limits: Limits) -> bool:
    cells = [member.kinds[kind] for kind in mine]
    size = sum(cell[0] for cell in cells)
    if len(cells) < 2 or (size > 0 and max(cell[0] * cell[1] for cell in cells) > limits.max_top_share * size):
        return False
    for period in {period for cell in cells for period in cell[3]}:
        present = [cell[2][period] for cell in cells if cell[2].get(period, 0.0) > 0]
        if len(present) < 2 or sum(present) < limits.min_citizens:
            return False
    return True
