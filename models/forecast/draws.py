"""Joint draws: every path's rank order comes from months of residuals drawn together across all series (Schaake shuffle).

The months drawn depend on the seed alone, a series's own numbers on the seed and its label: adding a series moves no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from models.forecast.calibrate import spread_factors
from models.rng import generator_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.forecast.uncertainty import ErrorGrowth
    from models.types import Array

    Index = npt.NDArray[np.int64]

WINDOW = 60
"""Months of residuals drawn from: the newest five years; where a series has fewer, its own random numbers fill in."""
YEAR = 12
NOISE_BLOCK, DRIFT_BLOCK = 6, 12
"""Months drawn in one piece, so that neighbouring months keep their likeness: half a year of scatter, a year of drift."""
_ROUNDS = 3
"""Rounds in which the share of what lasts is found; years then miss their width by a hundredth at most."""
PRICE_ERROR_PER_YEAR = 0.008
"""Standard deviation of a year's price index growth, from the second calendar year on. Two corrections of the uplift seen
(DOMAIN 3.1): 1.6 points for 2022 and 0.2 for 2024; most years are nearer the latter."""
PRICE_ERROR_FIRST_YEAR = 0.004
"""The same for the rest of the year after the cutoff, half of whose wages are agreed."""
MOST_SHARED = 0.8
"""At most this share of services' errors is common to them."""
POPULATION_ERROR_PER_YEAR = 0.007
"""Standard deviation of the exposure's error, per year of horizon (decision 0003: Hamilton-Perry on 98 municipalities)."""


@dataclass(frozen=True)
class JointMonths:
    """Which months of the window each draw is made of; the same for every series.

    Attributes:
        level: (D,) one month per draw.
        drift: (H, D) blocks of 12 months.
        noise: (H, D) blocks of 6 months.
    """

    level: Index
    drift: Index
    noise: Index


def draw_joint_months(seed: int, horizon: int, n_draws: int) -> JointMonths:
    """Draw the months that all series share."""
    level = generator_for(seed, "forecast", "joint", "level").integers(0, WINDOW, n_draws)
    drift = _blocks(generator_for(seed, "forecast", "joint", "drift"), DRIFT_BLOCK, horizon, n_draws)
    noise = _blocks(generator_for(seed, "forecast", "joint", "noise"), NOISE_BLOCK, horizon, n_draws)
    return JointMonths(level, drift, noise)


def _blocks(rng: np.random.Generator, block: int, horizon: int, n_draws: int) -> Index:
    n_blocks = -(-horizon // block)
    starts = rng.integers(0, WINDOW - block + 1, size=(n_blocks, n_draws))
    months = starts[:, None, :] + np.arange(block)[None, :, None]
    return np.asarray(months.reshape(n_blocks * block, n_draws)[:horizon], dtype=np.int64)


@dataclass(frozen=True)
class Templates:
    """Standardised shapes of one series's errors, by which its draws are ordered.

    Attributes:
        lasting: (H, D) level and drift.
        noise: (H, D) single months.
    """

    lasting: Array
    noise: Array


def draw_templates(residuals: Array, growth: ErrorGrowth, months: JointMonths, rng: np.random.Generator) -> Templates:
    """Read a series's residuals at the jointly drawn months.

    Args:
        residuals: (T,) log residuals to the cutoff, NaN where missing.
        growth: How level and drift share the lasting variance.
        months: The jointly drawn months.
        rng: The series's own generator.

    Returns:
        Shapes in no particular scale: only their rank order is used.
    """
    scores = _standard_window(residuals, rng)
    slow = _standardise(np.convolve(np.r_[np.zeros(DRIFT_BLOCK - 1), scores], np.ones(DRIFT_BLOCK), mode="valid"))
    drift = np.cumsum(slow[months.drift], axis=0)
    spread = drift.std(axis=1, keepdims=True)
    drift = drift / np.where(spread > 0, spread, 1.0)
    steps = np.arange(1, len(drift) + 1, dtype=np.float64)[:, None]
    lasting = np.sqrt(growth.level) * slow[months.level][None, :] + np.sqrt(growth.per_month * steps) * drift
    return Templates(lasting, scores[months.noise])


def weave(shapes: Templates, noise: float, yearly: float | None) -> Array:
    """Lasting and noise as one shape, by whose ranks a month's error is drawn.

    Args:
        shapes: Of a series.
        noise: Variance of a single month's noise, beside the lasting shape's own.
        yearly: Width of a year's mean over that of its months; None: the two as they stand.

    Returns:
        (H, D): with ``yearly`` known, the share of what lasts is the one whose years come out that wide once drawn by ranks,
        which weigh the shapes' far ends less; found in a few rounds.
    """
    if yearly is None:
        return np.asarray(shapes.lasting + np.sqrt(noise) * shapes.noise, dtype=np.float64)
    lasting, single = _even_rows(shapes.lasting), _even_rows(shapes.noise)
    of_single = _year_variance(single)
    apart = _year_variance(lasting) - of_single
    aimed = yearly**2
    for _ in range(_ROUNDS):
        share = float(np.clip((aimed - of_single) / apart, 0.0, 1.0)) if apart > 0 else 0.0
        woven = np.asarray(np.sqrt(share) * lasting + np.sqrt(1.0 - share) * single, dtype=np.float64)
        aimed += yearly**2 - _year_variance(normal_scores(woven))
    return woven


def lean_together(shape: Array, shared: Array, share: Array) -> Array:
    """A shape of which ``share`` of the variance is common to all series that are given the same ``shared``.

    Args:
        shape: (H, D) own shape.
        shared: (D,) standard normal scores.
        share: (H,) 0 to 1; 0 in every month gives the own shape back to the bit.
    """
    if not share.any():
        return shape
    own, common = np.sqrt(1.0 - share)[:, None], np.sqrt(share)[:, None]
    return np.asarray(own * _even_rows(shape) + common * shared[None, :], dtype=np.float64)


def shared_scores(seed: int, measure: str, n_draws: int) -> Array:
    """(D,) one standard normal score per draw, the same for a measure of every service; cost and unit cost share theirs."""
    measure = "unit_cost" if measure == "cost" else measure
    return np.asarray(generator_for(seed, "forecast", "shared", measure).permutation(_quantile_grid(n_draws)), dtype=np.float64)


def share_for(gross: Array, wider: Array) -> Array:
    """Which share of every service's variance must be common for their total to be that much wider.

    Args:
        gross: (S, H, D) draws with nothing in common but their months.
        wider: (H,) how much wider the total must be, 1 or more.

    Returns:
        (H,) 0 to ``MOST_SHARED``.
    """
    apart = gross.sum(axis=0).var(axis=1)
    as_one = gross.std(axis=2).sum(axis=0) ** 2
    room = as_one - apart
    asked = np.divide((wider**2 - 1.0) * apart, room, out=np.zeros_like(apart), where=room > 1e-9 * as_one)
    return np.asarray(np.clip(asked, 0.0, MOST_SHARED), dtype=np.float64)


def _even_rows(shape: Array) -> Array:
    """Mean 0 and variance 1 over the draws of each month; zeros stay."""
    spread = shape.std(axis=1, keepdims=True)
    return np.asarray((shape - shape.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0), dtype=np.float64)


def _year_variance(shape: Array) -> float:
    """Variance over draws of the mean of twelve months, mean over the whole years; with less than one: of all months."""
    length = min(YEAR, len(shape))
    years = shape[: len(shape) // length * length].reshape(-1, length, shape.shape[1]).mean(axis=1)
    return float(years.var(axis=1).mean())


def _standard_window(residuals: Array, rng: np.random.Generator) -> Array:
    filler = rng.standard_normal(WINDOW)
    newest = residuals[-WINDOW:]
    window = np.r_[np.full(WINDOW - len(newest), np.nan), newest]
    known = np.isfinite(window)
    if known.sum() > 2 and window[known].std() > 0:
        return np.where(known, (window - window[known].mean()) / window[known].std(), filler)
    return filler


def _standardise(values: Array) -> Array:
    return np.asarray((values - values.mean()) / values.std(), dtype=np.float64)


def normal_scores(template: Array) -> Array:
    """Replace each row's values by standard normal quantiles of the same rank order.

    Example:
        >>> import numpy as np
        >>> normal_scores(np.array([[3.0, 1.0, 2.0]])).round(2).tolist()
        [[0.97, -0.97, 0.0]]
    """
    n_draws = template.shape[1]
    order = np.argsort(template, axis=1, kind="stable")
    scores = np.empty_like(template)
    np.put_along_axis(scores, order, np.broadcast_to(_quantile_grid(n_draws), template.shape), axis=1)
    return scores


def _quantile_grid(n_draws: int) -> Array:
    return np.asarray(ndtri((np.arange(n_draws) + 0.5) / n_draws), dtype=np.float64)


def error_factors(template: Array, variance: Array) -> Array:
    """Positive factors whose mean over draws is exactly 1 in every month.

    An error that can double but not fall below nothing is not symmetric in kroner: unless its mean is taken out, wider
    uncertainty would raise the expected expenditure. The median therefore lies a little below the mean.

    Args:
        template: (H, D) rank order.
        variance: (H,) log variance.
    """
    factors = spread_factors(normal_scores(template), np.sqrt(variance)[:, None])
    return np.asarray(factors / factors.mean(axis=1, keepdims=True), dtype=np.float64)


def empirical_factors(template: Array, recent: Array) -> Array:
    """Factors with the spread of recent months, zeros included; their mean over draws is 1.

    Args:
        template: (H, D) rank order.
        recent: Recent values of the series, at least one above zero.
    """
    known = recent[np.isfinite(recent)]
    n_draws = template.shape[1]
    grid = np.quantile(known, (np.arange(n_draws) + 0.5) / n_draws)
    order = np.argsort(template, axis=1, kind="stable")
    factors = np.empty_like(template)
    np.put_along_axis(factors, order, np.broadcast_to(grid / grid.mean(), template.shape), axis=1)
    return factors


def population_factors(seed: int, horizon: int, n_draws: int) -> Array:
    """(H, D) one error path of the population projection per draw, shared by all services; mean 1."""
    score = generator_for(seed, "forecast", "population").permutation(_quantile_grid(n_draws))
    years = np.arange(1, horizon + 1, dtype=np.float64) / 12.0
    factors = np.exp(POPULATION_ERROR_PER_YEAR * years[:, None] * score[None, :])
    return np.asarray(factors / factors.mean(axis=1, keepdims=True), dtype=np.float64)


def price_factors(seed: int, years_ahead: Index, n_draws: int) -> Array:
    """(H, D) one error path of the price index per draw, a step each calendar year; mean 1.

    Args:
        seed: The run's seed.
        years_ahead: (H,) 0 in the cutoff's own calendar year, 1 in the next.
        n_draws: D.
    """
    grid = _quantile_grid(n_draws)
    path = np.zeros((int(years_ahead.max()) + 1, n_draws))
    for year in range(1, len(path)):
        size = PRICE_ERROR_FIRST_YEAR if year == 1 else PRICE_ERROR_PER_YEAR
        path[year] = path[year - 1] + size * generator_for(seed, "forecast", "price", str(year)).permutation(grid)
    factors = np.exp(path[years_ahead])
    return np.asarray(factors / factors.mean(axis=1, keepdims=True), dtype=np.float64)


def own_factors(relative_se: float, n_draws: int, rng: np.random.Generator) -> Array:
    """(D,) factors of an error of known relative size that all months share; mean 1."""
    if relative_se <= 0:
        return np.ones(n_draws)
    factors = np.exp(relative_se * rng.permutation(_quantile_grid(n_draws)))
    return np.asarray(factors / factors.mean(), dtype=np.float64)
