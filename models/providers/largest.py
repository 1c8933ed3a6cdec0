"""PROVIDER_SHARES: the large providers of a frame by share of its cost; small ones are one row together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.secondary import Limits

MOST_SHOWN = 15
"""Named rows of a frame; the rest joins the small ones."""
_COLUMNS = ["frame", "place", "provider_type", "n_providers", "cost_share", "n_citizens", "mask"]


def provider_shares(
    providers: pd.DataFrame,
    *,
    masked: Mapping[tuple[str, str], str],
    hidden: Mapping[tuple[str, str, str], str],
    limits: Limits,
) -> pd.DataFrame:
    """Providers by share of their frame's list cost in the newest 12 months.

    Args:
        providers: frame, is_pooled, provider_type, place, n_providers, n_citizens, top_share, cost; providers of one kind with
            too few citizens (or one who dominates) are one row already.
        masked: (level, member) hidden by year in every table: a hidden frame shows none.
        hidden: (level, member, kind) hidden in PROVIDER_TYPES. A kind whose share is known tells what its named providers leave
            over: where that is not citizens enough, its smallest named provider joins it.
        limits: When a row is too small.

    Returns:
        PROVIDER_SHARES; a provider is a number by size within its frame, and never named.
    """
    rows: list[tuple[object, ...]] = []
    for frame, part in providers.groupby("frame", sort=True):
        if ("frame", str(frame)) in masked:
            rows.append((frame, 1, "pooled", None, None, None, "primary"))
            continue
        secret = {kind for level, member, kind in hidden if (level, member) == ("frame", str(frame))}
        named, pool = _split(part, secret, limits)
        whole = float(part["cost"].sum())
        for place, row in enumerate(named, start=1):
            share = row.cost / whole if whole else None
            rows.append((frame, place, row.kind, row.providers, share, row.citizens, ""))
        if pool:
            rows.append(_pooled(str(frame), len(named) + 1, pool, whole, limits))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("n_providers", "n_citizens"):
        table[name] = pd.array(table[name].to_list(), dtype="Int64")
    return published_frame("provider_shares", table)


@dataclass(frozen=True)
class _Row:
    """One provider, or the small ones of a kind."""

    kind: str
    providers: int
    citizens: int
    top_share: float
    cost: float


def _split(part: pd.DataFrame, secret: set[str], limits: Limits) -> tuple[list[_Row], list[_Row]]:
    """Named providers by size, and what is one row; no part of that row that could be worked out is too small."""
    ordered = part.sort_values(["place", "provider_type"])
    top = ordered["top_share"].fillna(0.0).astype(float)
    figures = zip(
        ordered["provider_type"].astype(str), ordered["n_providers"], ordered["n_citizens"], top, ordered["cost"], strict=True
    )
    found = [_Row(kind, int(many), int(few), most, float(cost)) for kind, many, few, most, cost in figures]
    named = [row for row, pooled in zip(found, ordered["is_pooled"], strict=True) if not pooled]
    pool = [row for row, pooled in zip(found, ordered["is_pooled"], strict=True) if pooled] + named[MOST_SHOWN:]
    named = named[:MOST_SHOWN]
    everyone = {row.kind for row in found}
    for group in (*({kind} for kind in sorted(everyone - secret)), everyone & secret, everyone):
        while any(row.kind in group for row in pool) and any(row.kind in group for row in named):
            if _is_enough([row for row in pool if row.kind in group], limits):
                break
            smallest = max(place for place, row in enumerate(named) if row.kind in group)
            pool.append(named.pop(smallest))
    return named, pool


def _is_enough(pool: list[_Row], limits: Limits) -> bool:
    """Whether a sum of small ones may be known: more than one provider, and in one of its parts citizens enough.

    Parts may share citizens, so their counts are not added.
    """
    cost = sum(max(row.cost, 0.0) for row in pool)
    top = max(row.cost * row.top_share for row in pool)
    return (
        sum(row.providers for row in pool) >= 2
        and max(row.citizens for row in pool) >= limits.min_citizens
        and top <= limits.max_top_share * cost
    )


def _pooled(frame: str, place: int, pool: list[_Row], whole: float, limits: Limits) -> tuple[object, ...]:
    """One row of the small ones; hidden where even all together are too few."""
    if not _is_enough(pool, limits):
        return (frame, place, "pooled", None, None, None, "primary")
    cost = sum(row.cost for row in pool)
    only = pool[0].citizens if len(pool) == 1 else None
    return (frame, place, "pooled", sum(row.providers for row in pool), cost / whole if whole else None, only, "")
