"""How far priced units per person ahead may miss: by what carrying on the newest year missed earlier in its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.drivers.unit_cost import UNITS_FROM_MONTHS
from models.forecast.trend import scatter
from models.forecast.uncertainty import ErrorGrowth, error_growth

if TYPE_CHECKING:
    from models.types import Array

JUDGED_MONTHS = 36
"""How far ahead an earlier origin is judged."""
LEAST_MONTHS = 36
"""With fewer, growth over four years would be read off a few months."""
_EVEN = 1e-6
"""Log units that move less than this follow the calendar alone and cannot miss."""


def units_error(share: Array) -> ErrorGrowth | None:
    """How the error of units per person grew over the horizon.

    Args:
        share: (T,) units per person over the calendar's, positive; NaN where nothing is known.

    Returns:
        Growth of the log variance; ``None`` where units follow the calendar, or history is too short to tell.

    Example:
        >>> units_error(np.ones(60)) is None
        True
    """
    logs = np.log(np.where(share > 0, share, np.nan))
    known = np.isfinite(logs)
    if known.sum() < LEAST_MONTHS or float(np.ptp(logs[known])) < _EVEN:
        return None
    errors = [
        logs[origin : origin + JUDGED_MONTHS] - np.log(np.nanmean(share[origin - UNITS_FROM_MONTHS : origin]))
        for origin in range(UNITS_FROM_MONTHS, len(logs))
        if np.isfinite(share[origin - UNITS_FROM_MONTHS : origin]).any()
    ]
    return error_growth(errors, scatter(logs))
