"""PROVIDER_SHARES: the large providers of a frame by share of its cost; small ones are one row together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.providers.types import Limits

MOST_SHOWN = 15
"""Named rows of a frame; the rest joins the small ones."""
_COLUMNS = ["frame", "place", "provider_type", "n_providers", "cost_share", "n_citizens", "mask"]


def provider_shares(providers: pd.DataFrame, *, masked: Mapping[tuple[str, str], str], limits: Limits) -> pd.DataFrame:
    """Providers by share of their frame's list cost in the newest 12 months.

    Args:
        providers: frame, is_pooled, provider_type, place, n_providers, n_citizens, top_share, cost; providers with too few
            citizens (or one who dominates) are one row already.
        masked: (level, member) hidden by year in every table: a hidden frame shows none.
        limits: The row of small ones must have citizens enough too; else the smallest shown joins it.

    Returns:
        PROVIDER_SHARES; a provider is a number by size within its frame, and never named.
    """
    rows: list[tuple[object, ...]] = []
    for frame, part in providers.groupby("frame", sort=True):
        if ("frame", str(frame)) in masked:
            rows.append((frame, 1, "pooled", None, None, None, "primary"))
            continue
        named = part[~part["is_pooled"]].sort_values("place").to_dict("records")
        pool = part[part["is_pooled"]].to_dict("records")
        while named and (len(named) > MOST_SHOWN or (pool and not _is_enough(pool, limits))):
            pool.append(named.pop())
        whole = float(part["cost"].sum())
        for place, row in enumerate(named, start=1):
            share = float(row["cost"]) / whole if whole else None
            rows.append((frame, place, row["provider_type"], int(row["n_providers"]), share, int(row["n_citizens"]), ""))
        if pool:
            rows.append(_pooled(str(frame), len(named) + 1, pool, whole, limits))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("n_providers", "n_citizens"):
        table[name] = pd.array(table[name].to_list(), dtype="Int64")
    return published_frame("provider_shares", table)


def _is_enough(pool: list[dict[object, object]], limits: Limits) -> bool:
    """Whether the row of small ones may be shown: more than one provider, and in one of its parts citizens enough.

    Parts may share citizens, so their counts are not added.
    """
    providers = sum(int(str(row["n_providers"])) for row in pool)
    large = max(int(str(row["n_citizens"])) for row in pool)
    cost = sum(max(float(str(row["cost"])), 0.0) for row in pool)
    top = max(float(str(row["cost"])) * _share(row["top_share"]) for row in pool)
    return providers >= 2 and large >= limits.min_citizens and top <= limits.max_top_share * cost


def _share(value: object) -> float:
    return 0.0 if pd.isna(value) else float(str(value))  # type: ignore[call-overload]


def _pooled(frame: str, place: int, pool: list[dict[object, object]], whole: float, limits: Limits) -> tuple[object, ...]:
    """One row of the small ones; hidden where even all together are too few."""
    if not _is_enough(pool, limits):
        return (frame, place, "pooled", None, None, None, "primary")
    cost = sum(float(str(row["cost"])) for row in pool)
    providers = sum(int(str(row["n_providers"])) for row in pool)
    only = int(str(pool[0]["n_citizens"])) if len(pool) == 1 else None
    return (frame, place, "pooled", providers, cost / whole if whole else None, only, "")
