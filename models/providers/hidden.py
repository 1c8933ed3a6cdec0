"""Which kinds of provider of which members are not shown by themselves, so that no small one can be worked out.

A cell (member, kind) is primary where in any period shown it has one to four citizens, or one who dominates. What would tell it
is protected until nothing changes: the member's own total (across its kinds: the hidden ones are two or more with citizens
enough), the same kind one level up (as ``models.secondary``), and everything together (``models.providers.audit``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import members_of
from models.providers.audit import Grid, complement
from models.secondary import Cell, Limits, Tree, protect

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from models.providers.audit import Key

LAST = "last12"
_KEY = ["level", "member", "provider_type"]


def hidden_cells(
    rows: pd.DataFrame,
    services: pd.DataFrame,
    masked: Mapping[tuple[str, str], str],
    limits: Limits,
    earlier: Collection[Key] = (),
) -> dict[Key, str]:
    """Find what to hide.

    Args:
        rows: level, member, provider_type, period, n_citizens, top_share, cost.
        services: service, frame, committee.
        masked: (level, member) that the run hides in every table; the totals of all others are known to everyone.
        limits: When a cell is primary.
        earlier: Cells that earlier runs hid.

    Returns:
        (level, member, kind) -> primary or secondary. The only kind of a member is its total: it is hidden with the member, or
        where it is small itself.
    """
    small = limits.hides(rows["n_citizens"].astype(float), rows["top_share"].astype(float))
    by_member = pd.Series([key in masked for key in _pairs(rows)], index=rows.index)
    primary = set(_keys(rows[small | by_member]))
    kinds = sorted(set(rows["provider_type"].astype(str)))
    trees = {kind: _tree(rows[rows["provider_type"] == kind], services, small, limits) for kind in kinds}
    members = _members(rows, small)
    grids = _grids(rows, services, masked)
    targets = {period: sorted(_keys(rows[small & (rows["period"] == period)])) for period in grids}
    hidden = primary | (set(earlier) & set(_keys(rows)))
    before = -1
    while before != len(hidden):
        before = len(hidden)
        for kind in kinds:
            mine = {(level, member) for level, member, own in hidden if own == kind}
            hidden |= {(*node, kind) for node in protect(trees[kind], mine)}
        for member in members:
            hidden |= _across(member, hidden, limits)
        for period, grid in grids.items():
            hidden |= complement(grid, hidden, targets[period])
    alone = {(member.level, member.member, *member.kinds) for member in members if len(member.kinds) == 1}
    return {key: "primary" if key in primary else "secondary" for key in hidden if key in primary or key not in alone}


def hidden_ratios(cells: pd.DataFrame, services: pd.DataFrame, hidden: Mapping[Key, str], limits: Limits) -> set[Key]:
    """Cells whose ratio (growth of price, billed per agreed) rests on too few, or would tell one that does.

    A sum's ratio is the mean of its parts' ratios, which weights near to those shown would undo.

    Args:
        cells: level, member, provider_type, n_citizens, top_share (behind the ratio), amount (its denominator); one period.
        services: service, frame, committee.
        hidden: Cells hidden as such.
        limits: When a ratio is hidden.
    """
    rows = cells.assign(period=LAST, cost=cells["amount"])
    small = limits.hides(rows["n_citizens"].astype(float), rows["top_share"].astype(float))
    primary = set(_keys(rows[small])) | set(hidden)
    found: set[Key] = set(primary)
    for kind, part in rows.groupby("provider_type", sort=True):
        mine = {(level, member) for level, member, own in primary if own == kind}
        found |= {(*node, str(kind)) for node in protect(_tree(part, services, small, limits), mine)}
    return found


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(level), str(member)) for level, member in rows[_KEY[:2]].to_numpy()]


def _keys(rows: pd.DataFrame) -> list[Key]:
    return [(str(level), str(member), str(kind)) for level, member, kind in rows[_KEY].to_numpy()]


def _grids(rows: pd.DataFrame, services: pd.DataFrame, masked: Mapping[tuple[str, str], str]) -> dict[str, Grid]:
    """Period -> its amounts and sums, for periods in which something is small."""
    order = [str(key) for key in services["service"]]
    inside = {(item.level, item.member): {order[row] for row in item.rows} for item in members_of(services, order)}
    sizes = rows[rows["period"] == LAST].groupby(_KEY)["cost"].sum()
    weight = {key: float(size) for key, size in zip(_keys(sizes.reset_index()), sizes, strict=True)}
    keys = tuple(sorted(set(_keys(rows))))
    whole = sum(weight.values()) or 1.0
    weights = np.array([max(weight.get(key, 0.0), 0.0) / whole + 1e-6 for key in keys])
    found = {}
    for period, own in rows.groupby("period", sort=True):
        part = own[own["level"] == "service"]
        amounts = part["cost"].to_numpy(dtype=float).clip(min=0.0)
        where = [(key[1], key[2]) for key in _keys(part)]
        parts = np.array(
            [[service in inside[key[:2]] and kind == key[2] for service, kind in where] for key in keys], dtype=float
        )
        known = [services_of for node, services_of in inside.items() if node not in masked]
        totals = np.array([[service in held for service, _kind in where] for held in known], dtype=float)
        found[str(period)] = Grid(
            keys, amounts, parts.reshape(len(keys), len(where)), totals.reshape(len(known), len(where)), weights
        )
    return found


def _tree(rows: pd.DataFrame, services: pd.DataFrame, small: pd.Series[bool], limits: Limits) -> Tree:
    """One kind's services, frames, committees and total."""
    own = rows[rows["level"] == "service"]
    found = dict.fromkeys(services["service"].astype(str), Cell(0.0, {}, frozenset(), 0.0))
    for key, part in own.groupby("member", sort=True):
        newest = part.loc[part["period"] == LAST, "cost"]
        citizens = dict(zip(part["period"].to_list(), part["n_citizens"].astype(float).to_list(), strict=True))
        primary = frozenset(part.loc[small[part.index], "period"].to_list())
        top = part["top_share"].astype(float).max()
        found[str(key)] = Cell(float(newest.sum()), citizens, primary, 0.0 if pd.isna(top) else float(top))
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
