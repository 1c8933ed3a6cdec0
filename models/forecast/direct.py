"""Cost by volume times unit cost, or cost directly: whichever missed less at earlier origins, per service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.forecast.fitting import OriginError
    from models.types import Array

POOL_MONTHS = 60.0
"""The mean over all services weighs as much as this many months of a service's own."""
PREFERENCE = 0.02
"""How much better, as a share, the other way must have been before it replaces the one that is kept by default."""


def chosen_directly(
    direct: Mapping[str, Sequence[OriginError]],
    volume: Mapping[str, Sequence[OriginError]],
    unit_cost: Mapping[str, Sequence[OriginError]],
    *,
    default_direct: bool,
) -> dict[str, bool]:
    """Choose per service by mean absolute log error over its origins, shrunk to the mean over all services.

    The product of two paths misses by the sum of their log errors, so it needs no fit of its own.

    Args:
        direct: Service -> errors of its cost, origin by origin.
        volume: The same of its volume.
        unit_cost: The same of its unit cost.
        default_direct: What a service keeps unless the other way was better.

    Returns:
        Service -> whether cost is forecast directly.

    Example:
        >>> chosen_directly({"a": ()}, {"a": ()}, {"a": ()}, default_direct=False)
        {'a': False}
    """
    pairs = {name: _misses(direct[name], volume.get(name, ()), unit_cost.get(name, ())) for name in direct}
    everything = np.concatenate([np.zeros((0, 2)), *pairs.values()])
    if len(everything) == 0:
        return dict.fromkeys(direct, default_direct)
    pool = everything.mean(axis=0)
    return {name: _choose(own, pool, default_direct=default_direct) for name, own in pairs.items()}


def _misses(direct: Sequence[OriginError], volume: Sequence[OriginError], unit_cost: Sequence[OriginError]) -> Array:
    """(n, 2) absolute log errors, directly and by the product, of the months that both could be judged on."""
    rows = [np.zeros((0, 2))]
    for whole, persons, price in zip(direct, volume, unit_cost, strict=False):
        product = persons.log_error + price.log_error
        if len(product) == len(whole.log_error):
            both = np.abs(np.column_stack([whole.log_error, product]))
            rows.append(both[np.isfinite(both).all(axis=1)])
    return np.concatenate(rows)


def _choose(own: Array, pool: Array, *, default_direct: bool) -> bool:
    direct, product = (own.sum(axis=0) + POOL_MONTHS * pool) / (len(own) + POOL_MONTHS)
    if default_direct:
        return bool(direct <= product * (1.0 + PREFERENCE))
    return bool(direct < product * (1.0 - PREFERENCE))
