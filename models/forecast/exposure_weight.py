"""How far a series follows its exposure: fully where exposure moves much, hardly where it moves less than uptake itself does.

Dividing by exposure pays only when exposure's own movement ahead is larger than what uptake does meanwhile; below that it trades
one small error for another. So exposure is raised to a weight between 0 (ignored) and 1 (indirect standardisation as it is).
``make demography`` measures what that brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.types import Array

MOVEMENT = 0.12
"""Largest log movement of a year's exposure ahead off the newest year's that is believed by half: what uptake moves in four
years by itself."""
PRIOR_SPREAD = 0.5
"""Standard deviation of the prior of the elasticity of volume to exposure around 1: history must speak clearly to lower it."""
_YEAR = 12
_EVEN = 1e-9


def exposure_weight(values: Array, exposure: Array) -> float:
    """Weight of the exposure of one series: movement ahead times elasticity seen behind.

    ``m^2 / (m^2 + .12^2)`` for the largest log movement ``m`` of any twelve months ahead off the newest twelve (with less than a
    year ahead: all of it), times the elasticity of volume to exposure in yearly log differences, shrunk to 1 and held in 0 to 1.

    Args:
        values: (T,) volume to the cutoff, NaN where missing.
        exposure: (T + H,) expected volume, above zero.

    Returns:
        0 to 1; the engine divides and multiplies by ``exposure ** weight``.

    Example:
        >>> flat = np.full(96, 50.0)
        >>> exposure_weight(flat[:48], flat)
        0.0
        >>> rising = np.r_[flat[:48], np.linspace(50.0, 75.0, 48)]
        >>> 0.8 < exposure_weight(flat[:48], rising) < 0.95
        True
        >>> there_and_back = np.r_[flat[:60], np.full(24, 75.0), flat[:12]]
        >>> 0.8 < exposure_weight(flat[:48], there_and_back) < 0.95
        True
    """
    n_months = len(values)
    ahead = exposure[n_months:]
    newest = exposure[max(0, n_months - _YEAR) : n_months]
    if len(ahead) == 0 or len(newest) == 0:
        return 0.0
    years = np.lib.stride_tricks.sliding_window_view(ahead, min(_YEAR, len(ahead))).mean(axis=1)
    moved = float(np.abs(np.log(years / newest.mean())).max()) ** 2
    return moved / (moved + MOVEMENT**2) * _elasticity(values, exposure[:n_months])


def _elasticity(values: Array, exposure: Array) -> float:
    """0 to 1: yearly log differences of volume on those of exposure, each less its mean (uptake's drift), shrunk to 1."""
    volume = np.log(np.where(values > 0, values, np.nan))
    steps = volume[_YEAR:] - volume[:-_YEAR]
    moves = np.log(exposure[_YEAR:] / exposure[:-_YEAR])
    known = np.isfinite(steps)
    if int(known.sum()) < 2 * _YEAR:
        return 1.0
    steps, moves = steps[known] - steps[known].mean(), moves[known] - moves[known].mean()
    spread = float((moves**2).sum())
    if spread < _EVEN:
        return 1.0
    slope = float((steps * moves).sum()) / spread
    noise = float(((steps - slope * moves) ** 2).mean())
    trusted = spread / (_YEAR * max(noise, _EVEN))  # yearly differences overlap: a twelfth of the months are independent
    prior = PRIOR_SPREAD**-2
    return float(np.clip((slope * trusted + prior) / (trusted + prior), 0.0, 1.0))
