"""Cost by volume times unit cost, or cost directly: whichever missed less at the series's own earlier origins.

Twenty-four months that both were judged on are the least; and as scores of a few origins are noisy, the way that is usual is left
only for one that missed a tenth less. It needs no fit of its own: the product of two paths misses by the sum of their log errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.forecast.fitting import OriginError
    from models.types import Array

LEAST_MONTHS = 24
MARGIN = 0.1
"""How much less, as a share, the other way must have missed."""


def cost_directly(direct: Sequence[OriginError], volume: Sequence[OriginError], unit_cost: Sequence[OriginError]) -> bool:
    """Choose by mean absolute log error over the origins that all three have.

    Args:
        direct: Errors of cost, an origin each; as many months as the origin lies back.
        volume: The same of volume (or uptake).
        unit_cost: The same of unit cost.

    Returns:
        Whether cost is forecast directly.

    Example:
        >>> cost_directly((), (), ())
        False
    """
    missed = _misses(direct, volume, unit_cost)
    if len(missed) < LEAST_MONTHS:
        return False
    whole, product = missed.mean(axis=0)
    return bool(whole < product * (1.0 - MARGIN))


def _misses(direct: Sequence[OriginError], volume: Sequence[OriginError], unit_cost: Sequence[OriginError]) -> Array:
    """(n, 2) absolute log errors, directly and by the product, of the months that both can be judged on."""
    rows = [np.zeros((0, 2))]
    persons, price = ({len(item.log_error): item.log_error for item in found} for found in (volume, unit_cost))
    for whole in direct:
        back = len(whole.log_error)
        if back in persons and back in price:
            both = np.abs(np.column_stack([whole.log_error, persons[back] + price[back]]))
            rows.append(both[np.isfinite(both).all(axis=1)])
    return np.concatenate(rows)
