"""The refund as a function of each service's volume and price, read in microseconds (DESIGN 4.8).

``having(p)`` of a service: the refund with it at ``p`` times its prices, less the refund if its citizens did not have it; other
services as they are. Citizens lose a service one by one and all alike, so the refund is a straight line in volume. At volume
``v`` and price ``p`` it changes by ``v * having(p) - having(1)``; between grid points of price ``having`` is taken as straight.
Services' changes are added. Exact for one service at grid points; what adding misses where several services of one citizen change
together is measured every night (``response_errors``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.citizens.stays import Index
    from models.refund.simulated import Entries, Simulated
    from models.types import Array

PRICE_FACTORS = tuple(round(0.7 + 0.05 * step, 2) for step in range(13))
"""Grid of prices; beyond it ``having`` goes on as straight as at its ends."""
RESPONSE_DRAWS = 100
"""The first so many draws make the curves, which are then brought to the refund of all draws."""
THRESHOLD_FACTORS = {"thresholds_20_pct_lower": 0.8, "thresholds_20_pct_higher": 1.2}
"""Other thresholds whose answer is measured: ``k`` times the refund of costs divided by ``k``."""
_ERROR_DRAWS = 25
_MOST_SERVICES = 4


@dataclass(frozen=True)
class RefundResponse:
    """What scaling prices and volumes does to the refund. S services, T months (or years), P grid points.

    Attributes:
        services: (S,) keys.
        months: (T,) first days.
        price_factors: (P,) rising.
        having: (S, T, P) currency per month, nominal; mean over draws.
        refund: (S, T) the published refund, cut to services.
    """

    services: tuple[str, ...]
    months: pd.DatetimeIndex
    price_factors: Array
    having: Array
    refund: Array


Curves = RefundResponse
"""The same before services of few citizens are pooled: in memory only."""


def refund_change(response: RefundResponse, volume_factor: Array, price_factor: Array) -> Array:
    """By how much the central refund changes.

    Args:
        response: From :func:`response_of`.
        volume_factor: (..., S, T) remaining volume over the baseline's, 0 or more; 1 changes nothing.
        price_factor: (..., S, T) price over the baseline's, of those who remain; 1 changes nothing.

    Returns:
        (..., S, T) currency per month, nominal, mean over draws; plus = more refund, so net falls. Exactly 0 where both are 1.
        Add over services and months. Per draw there is no response: it is the mean's.

    Example:
        >>> months = pd.date_range("2027-01-01", periods=1, freq="MS")
        >>> having = np.array([[[0.0, 100.0, 250.0]]])
        >>> found = RefundResponse(("botilbud",), months, np.array([0.9, 1.0, 1.1]), having, np.array([[100.0]]))
        >>> refund_change(found, np.array([[1.0]]), np.array([[1.05]])).tolist()
        [[75.0]]
        >>> refund_change(found, np.array([[0.9]]), np.array([[1.0]])).round(6).tolist()
        [[-10.0]]
    """
    grid = response.price_factors
    price = np.asarray(price_factor, dtype=np.float64)
    low = np.clip(np.searchsorted(grid, price, side="right") - 1, 0, len(grid) - 2)
    share = (price - grid[low]) / (grid[low + 1] - grid[low])
    having = np.broadcast_to(response.having, (*low.shape, len(grid)))
    below, above = (np.take_along_axis(having, (low + step)[..., None], axis=-1)[..., 0] for step in (0, 1))
    at_price = np.maximum(below + share * (above - below), 0.0)
    same = np.take_along_axis(having, np.full((*low.shape, 1), int(np.argmin(np.abs(grid - 1.0)))), axis=-1)[..., 0]
    return np.asarray(volume_factor * np.where(price == 1.0, same, at_price) - same, dtype=np.float64)


def response_of(table: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex, gross: Array) -> RefundResponse | None:
    """Read the published table, laid out for every service.

    Args:
        table: REFUND_RESPONSE.
        services: (S,) as the caller stacks them. Those without a row (no refund, or hidden) do nothing to the refund: see
            :func:`unknown_services`.
        months: (T,) months ahead wanted.
        gross: (S, T) baseline gross: by it a pooled cell is cut to its services.

    Returns:
        None where the run has no response (known citizens are not rolled forward): the refund of a scenario is not known.
    """
    shown = table[table["mask"] == ""]
    if shown.empty:
        return None
    grid = np.array(sorted(shown["price_factor"].unique()), dtype=np.float64)
    having, refund = np.zeros((len(services), len(months), len(grid))), np.zeros((len(services), len(months)))
    for _, rows in shown.groupby("cell", sort=True):
        mine = [services.index(key) for key in str(rows["services"].iloc[0]).split() if key in services]
        curve = rows.pivot_table(index="month", columns="price_factor", values="refund_of_having").reindex(months).fillna(0.0)
        base = rows.drop_duplicates("month").set_index("month")["refund"].reindex(months).fillna(0.0)
        whole = gross[mine].sum(axis=0)
        share = np.divide(gross[mine], whole, out=np.full_like(gross[mine], 1.0 / max(len(mine), 1)), where=whole > 0)
        having[mine] = share[:, :, None] * curve.to_numpy(dtype=float)[None]
        refund[mine] = share * base.to_numpy(dtype=float)[None]
    return RefundResponse(services, months, grid, having, refund)


def unknown_services(table: pd.DataFrame) -> frozenset[str]:
    """Services whose cell is hidden: a scenario that moves them must say that their refund is not known."""
    return frozenset(key for names in table.loc[table["mask"] != "", "services"].unique() for key in str(names).split())


@dataclass(frozen=True)
class _Units:
    """Units in a month of a draw, by service. C pairs of a unit and a service."""

    service: Index
    month: Index
    side: Index
    net: Array
    judged: Array
    weight: Array
    unit: Index


def _units(known: Simulated, entries: Entries) -> _Units:
    """Pairs of units that stand above a threshold at the highest prices; a unit's weight is that of its net cost."""
    months, n_services = len(known.draws.months), len(known.draws.services)
    cell = entries.unit * months + entries.month
    size = entries.n_units * months
    judged = np.bincount(cell, weights=entries.net, minlength=size)
    weight = np.bincount(cell, weights=entries.net * entries.weight, minlength=size)
    near = judged[cell] * PRICE_FACTORS[-1] > known.thresholds.limits[0][entries.side, entries.month]
    key, place = np.unique(cell[near] * n_services + entries.service[near], return_inverse=True)
    side = np.zeros(len(key), dtype=np.int64)
    side[place] = entries.side[near]
    at = key // n_services
    net = np.bincount(place, weights=entries.net[near], minlength=len(key)).astype(np.float64)
    return _Units(key % n_services, at % months, side, net, judged[at], weight[at] / judged[at], at)


def _blocks(known: Simulated, n_draws: int) -> Iterator[_Units]:
    for entries in known.blocks(min(n_draws, known.draws.gross_nominal.shape[2])):
        yield _units(known, entries)


def curves_of(known: Simulated, refund: Array) -> Curves:
    """Curves of every service from the first draws, brought to the refund of all.

    Args:
        known: Simulated citizens.
        refund: (S, H, D) from ``refund_draws``.
    """
    shape = refund.shape[:2]
    having, own = np.zeros((*shape, len(PRICE_FACTORS))), np.zeros(shape)
    for units in _blocks(known, RESPONSE_DRAWS):
        flat = units.service * shape[1] + units.month
        having += _having(known, units, shape)
        as_is = known.refunded(units.judged, units.side, units.month)
        own += _summed(flat, units.weight * as_is * units.net / units.judged, shape)
    mean = refund.mean(axis=2)
    factor = np.divide(mean, own, out=np.zeros(shape), where=own > 0)
    return Curves(known.draws.services, known.draws.months, np.array(PRICE_FACTORS), having * factor[..., None], mean)


def _having(known: Simulated, units: _Units, shape: tuple[int, int]) -> Array:
    """(S, H, P) sums over units of the refund at each price less that without the service."""
    flat = units.service * shape[1] + units.month
    without = known.refunded(units.judged - units.net, units.side, units.month)
    sums = []
    for factor in PRICE_FACTORS:
        scaled = known.refunded(units.judged + (factor - 1.0) * units.net, units.side, units.month)
        sums.append(_summed(flat, units.weight * (scaled - without), shape))
    return np.stack(sums, axis=-1)


def _summed(flat: Index, values: Array, shape: tuple[int, int]) -> Array:
    return np.bincount(flat, weights=values, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)


def response_errors(known: Simulated) -> dict[str, float]:
    """Change by the additive rule less the exact change, as a share of the exact, when every service changes together.

    Exact: each citizen's services are scaled, or lost one independently of the other, and the refund is worked out anew.

    Args:
        known: Simulated citizens.

    Returns:
        ``prices_10_pct_lower``, ``prices_10_pct_higher``, ``prices_7_pct_higher`` (between grid points) and
        ``volumes_10_pct_lower``, and of ``thresholds_20_pct_lower`` and ``_higher``; over all months of the first draws.
    """
    whole = known.draws.gross_nominal.shape[:2]
    tried = {"prices_10_pct_lower": (1.0, 0.9), "prices_10_pct_higher": (1.0, 1.1), "prices_7_pct_higher": (1.0, 1.07)}
    tried["volumes_10_pct_lower"] = (0.9, 1.0)
    tried |= {name: (1.0, 1.0 / factor) for name, factor in THRESHOLD_FACTORS.items()}
    exact, base, added = dict.fromkeys(tried, 0.0), 0.0, np.zeros((*whole, len(PRICE_FACTORS)))
    for units in _blocks(known, _ERROR_DRAWS):
        added += _having(known, units, whole)
        parts, sums = _by_unit(units)
        base += float((sums.weight * known.refunded(sums.judged, sums.side, sums.month)).sum())
        for name, (volume, price) in tried.items():
            exact[name] += _exact(known, parts, sums, volume, price)
    zeros = np.zeros(whole)
    found = {}
    for name, (volume, price) in tried.items():
        response = RefundResponse(known.draws.services, known.draws.months, np.array(PRICE_FACTORS), added, zeros)
        change = float(refund_change(response, np.full(whole, volume), np.full(whole, price)).sum())
        truly = exact[name] - base
        if name in THRESHOLD_FACTORS:
            change, truly = (THRESHOLD_FACTORS[name] * (base + moved) - base for moved in (change, truly))
        found[name] = (change - truly) / abs(truly) if truly else 0.0
    return found


def _by_unit(units: _Units) -> tuple[Array, _Units]:
    """(U, services of one unit) net cost, and one row per unit."""
    head = np.ones(len(units.unit), dtype=bool)
    head[1:] = np.diff(units.unit) != 0
    place = np.cumsum(head) - 1
    rank = np.arange(len(place)) - np.flatnonzero(head)[place]
    parts = np.zeros((int(head.sum()), _MOST_SERVICES))
    np.add.at(parts, (place, np.minimum(rank, _MOST_SERVICES - 1)), units.net)
    return parts, _Units(*(getattr(units, name)[head] for name in units.__dataclass_fields__))


def _exact(known: Simulated, parts: Array, sums: _Units, volume: float, price: float) -> float:
    """Expected refund when each service of each unit is kept with that chance, at that price."""
    whole = 0.0
    for kept in product((0, 1), repeat=parts.shape[1]) if volume < 1.0 else [(1,) * parts.shape[1]]:
        chance = volume ** sum(kept) * (1.0 - volume) ** (len(kept) - sum(kept))
        judged = price * (parts @ np.array(kept, dtype=np.float64))
        whole += chance * float((sums.weight * known.refunded(judged, sums.side, sums.month)).sum())
    return whole


def pooled_response(
    curves: Curves, services: pd.DataFrame, behind: pd.DataFrame, hidden: frozenset[str], *, min_citizens: int
) -> pd.DataFrame:
    """REFUND_RESPONSE: services of few citizens joined within their frame; what is still of few stays hidden.

    Args:
        curves: Of every service.
        services: service, frame.
        behind: From ``expected_behind``: the level ``service``.
        hidden: Services whose marginal refund is not shown: few stand behind it, one holds most of it, or gross is hidden.
        min_citizens: Fewer make a service thin.
    """
    mine = behind[behind["level"] == "service"].groupby("member")["n_citizens"].min()
    frame_of = services.set_index("service")["frame"].astype(str)
    any_refund = [key for place, key in enumerate(curves.services) if curves.having[place].any()]
    parts = []
    for frame in sorted({frame_of[key] for key in any_refund}):
        inside = [key for key in any_refund if frame_of[key] == frame]
        count = {key: int(mine.get(key, 0)) for key in inside}
        thin = [key for key in inside if key in hidden or count[key] < min_citizens]
        wide = sorted(set(inside) - set(thin), key=lambda key: (count[key], key))
        while thin and wide and (len(thin) < 2 or sum(count[key] for key in thin) < min_citizens):
            thin.append(wide.pop(0))
        cells = {key: [key] for key in sorted(wide)} | ({f"thin:{frame}": sorted(thin)} if thin else {})
        for cell, members in cells.items():
            few = sum(count[key] for key in members)
            primary = few < min_citizens or (cell not in members and len(members) < 2)
            parts.append(_rows(curves, cell, frame, members).assign(n_citizens=few, mask="primary" if primary else ""))
    columns = ["cell", "month", "price_factor", "frame", "services", "refund_of_having", "refund", "n_citizens", "mask"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return table.assign(top_share=np.nan)


def _rows(curves: Curves, cell: str, frame: str, members: list[str]) -> pd.DataFrame:
    places = [curves.services.index(key) for key in members]
    having, refund = curves.having[places].sum(axis=0), curves.refund[places].sum(axis=0)
    points = len(curves.price_factors)
    return pd.DataFrame(
        {
            "cell": cell, "month": np.repeat(curves.months, points), "frame": frame, "services": " ".join(members),
            "price_factor": np.tile(curves.price_factors, len(curves.months)), "refund_of_having": having.ravel(),
            "refund": np.repeat(refund, points),
        }
    )  # fmt: skip
