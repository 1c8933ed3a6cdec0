"""Simulated citizens weighed so that every draw's volume and gross are the published ones (DESIGN 4.7).

The roll-forward's draws and the published ones (joined with the series forecast) differ. Per draw, service and month:

* every simulated citizen counts ``published volume / simulated volume`` times;
* dear and cheap citizens count more or less than that, by a line in their price (the weights of the generalised regression
  estimator), until the mean price is the published one or a weight would leave ``LEAST`` to ``MOST``;
* what is then still missing is price: all of the month's citizens cost that much more or less.

So volume and gross are reproduced to rounding in every draw. A draw that simulates nobody where the published volume is above 0
has no weights there; its refund is the other draws' share of gross.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.citizens.paths import Paths
    from models.citizens.stays import Index, Stays
    from models.types import Array, PressureDraws

LEAST, MOST = 0.25, 4.0
"""Bounds of a citizen's weight beside the mean of its service, month and draw."""


@dataclass(frozen=True)
class Weights:
    """Weight and price of simulated citizens. S services, H months, D draws.

    Attributes:
        level: (S, H, D) citizens that one simulated citizen of the mean price stands for; 0 where nobody is simulated.
        slope: (S, H, D) by how much that grows per unit of list price, relative.
        middle: (S, H, D) mean list price, weighed by volume.
        price: (S, H, D) currency, nominal, per unit of list price.
    """

    level: Array
    slope: Array
    middle: Array
    price: Array

    def of(self, place: tuple[Index, Index, Index], listed: Array) -> tuple[Array, Array]:
        """Weights, and nominal cost of a full-time month, of citizens.

        Args:
            place: Service, month and draw of each.
            listed: (E,) list price of a full-time month.
        """
        level, slope, middle, price = (part[place] for part in (self.level, self.slope, self.middle, self.price))
        return level * (1.0 + slope * (listed - middle)), price * listed


def month_sums(paths: Paths, last_share: Array, values: tuple[Array, ...], shape: tuple[int, int, int]) -> list[Array]:
    """Add up what stays have in a full month, by service, month and draw; first and last months by the share that is filled.

    Args:
        paths: K stays.
        last_share: (S,) share of its last month that a stay fills.
        values: (K,) each.
        shape: S, H, D.

    Returns:
        (S, H, D) for each of the values.
    """
    n_services, horizon, n_draws = shape
    begin, end = paths.begin, paths.end
    base = paths.service * ((horizon + 1) * n_draws) + paths.draw
    low, high = np.clip(begin + 1, 0, horizon), np.clip(end, 0, horizon)
    whole = high > low
    events = [
        (begin - 1, np.where(begin > 0, paths.before, 0.0)),
        (begin, np.where((begin >= 0) & (begin < horizon), paths.first, 0.0)),
        (end, np.where((end > begin) & (end < horizon), last_share[paths.service], 0.0)),
    ]
    found = []
    size = n_services * (horizon + 1) * n_draws
    for value in values:
        steps = np.bincount(base[whole] + low[whole] * n_draws, weights=value[whole], minlength=size)
        steps -= np.bincount(base[whole] + high[whole] * n_draws, weights=value[whole], minlength=size)
        parts = np.zeros(size)
        for month, share in events:
            kept = np.flatnonzero(share > 0)
            parts += np.bincount(base[kept] + month[kept] * n_draws, weights=share[kept] * value[kept], minlength=size)
        cube = (n_services, horizon + 1, n_draws)
        found.append((np.cumsum(steps.reshape(cube), axis=1) + parts.reshape(cube))[:, :horizon])
    return found


def weigh(paths: Paths, stays: Stays, last_share: Array, draws: PressureDraws) -> tuple[Paths, Weights]:
    """Find the weights, and which simulated draw stands for which published one: by rank of the whole cost.

    Args:
        paths: As rolled forward, services by place in ``draws``.
        stays: Of history: full-time share and price.
        last_share: (S,) in the draws' services.
        draws: The published draws, as many as were simulated.

    Returns:
        The paths with the published draws' numbers, and weights.

    Example:
        Two citizens at 10 and 30 in a month whose published volume is 2 and gross 60: the dear one counts 1.5, the cheap 0.5.
    """
    share, price = stays.volume[paths.who], stays.price[paths.who]
    shape = draws.gross_nominal.shape
    volume, cost, square = month_sums(paths, last_share, (share, share * price, share * price**2), shape)
    volume, cost = (np.where(part > 1e-9, part, 0.0) for part in (volume, cost))
    real = draws.gross_nominal / draws.price_factor[None]
    usual = _ratio(real.mean(axis=2), cost.mean(axis=2))[:, :, None]
    order = np.argsort((cost * usual).sum(axis=(0, 1)), kind="stable")
    target = np.empty_like(order)
    target[order] = np.argsort(real.sum(axis=(0, 1)), kind="stable")
    back = np.argsort(target)
    volume, cost, square = volume[:, :, back], cost[:, :, back], square[:, :, back]
    wanted = np.where(np.isfinite(draws.volume), draws.volume, volume)
    middle = _ratio(cost, volume)
    spread = np.maximum(_ratio(square, volume) - middle**2, 0.0)
    per_citizen = _ratio(_ratio(real, wanted), _ratio(real.sum(axis=2), wanted.sum(axis=2))[:, :, None])
    aimed = _ratio(cost.sum(axis=2), volume.sum(axis=2))[:, :, None] * per_citizen
    slope = _bounded(_ratio(aimed - middle, spread), middle, _ends(paths, price, shape[0]))
    after = middle + slope * spread
    level = _ratio(wanted, volume)
    nominal = _ratio(draws.gross_nominal, level * volume * after)
    return replace(paths, draw=target[paths.draw]), Weights(level, slope, middle, nominal)


def _ratio(above: Array, below: Array) -> Array:
    """Above over below, 0 where that can't be said."""
    usable = np.isfinite(above) & np.isfinite(below) & (below > 0)
    return np.asarray(np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=usable))


def _ends(paths: Paths, price: Array, n_services: int) -> tuple[Array, Array]:
    """(S, 1, 1) lowest and highest list price of each service's simulated citizens."""
    low, high = np.full(n_services, np.inf), np.full(n_services, -np.inf)
    np.minimum.at(low, paths.service, price)
    np.maximum.at(high, paths.service, price)
    return low[:, None, None], high[:, None, None]


def _bounded(slope: Array, middle: Array, ends: tuple[Array, Array]) -> Array:
    """The slope nearest the wanted one under which every weight lies within the bounds."""
    below, above = np.maximum(middle - ends[0], 1e-9), np.maximum(ends[1] - middle, 1e-9)
    highest = np.minimum((1.0 - LEAST) / below, (MOST - 1.0) / above)
    lowest = -np.minimum((1.0 - LEAST) / above, (MOST - 1.0) / below)
    return np.asarray(np.clip(slope, lowest, highest), dtype=np.float64)
