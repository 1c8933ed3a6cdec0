"""The roll-forward joined with the series forecast: quantiles of log volume and log cost, weighed by horizon (DESIGN 4.7).

Cost, not unit cost: where the engine forecasts cost directly, unit cost is what is left of it, and its errors offset those of
volume (decision 0017).

Weights are found on forecasts made again as of earlier cutoffs. Every draw keeps the rank that the series forecast gave it, so
that what services and months have in common stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.citizens.grid import grid_of
from models.drivers.unit_cost import calendar_units
from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.citizens.roll_forward import RolledForward
    from models.types import Array, DriverTables, PressureDraws

SPANS = (3, 6, 12, 24, 36, 60)
"""Weights are found for horizons up to so many months."""
MEASURES = ("volume", "cost")
PRIOR_WEIGHT = (0.8, 0.8, 0.7, 0.5, 0.3, 0.1)
"""Weight of the known where nothing speaks for either; further out most are new."""
PRIOR_SHARE = 1.0
"""What that is worth, as a share of what the origins say: three Decembers are few."""
RATIO_MONTHS = 12
_MOST_ERROR = 0.7
_NOISE_MONTHS = 36


@dataclass(frozen=True)
class KnownPaths:
    """What the roll-forward says, in the drivers' terms. S services, H months, D draws.

    Attributes:
        services: (S,) keys.
        volume: (S, H, D) full-time citizens.
        cost_real: (S, H, D) gross, currency per month at the run's price level; NaN where it can't be said.
    """

    services: tuple[str, ...]
    volume: Array
    cost_real: Array

    def ordered(self, services: tuple[str, ...]) -> KnownPaths:
        """The same in another order of services."""
        place = [self.services.index(service) for service in services]
        return KnownPaths(services, self.volume[place], self.cost_real[place])


@dataclass(frozen=True)
class Weights:
    """Weight of the known, 0 to 1, by span of horizons.

    Attributes:
        volume: (6,) per span of ``SPANS``.
        cost: (6,).
        origins: How many earlier cutoffs they rest on.
    """

    volume: tuple[float, ...]
    cost: tuple[float, ...]
    origins: int

    def at(self, measure: str, horizon: int) -> Array:
        """(H,) weight of a measure's months ahead, straight between the middles of spans.

        Example:
            >>> Weights((1.0, 1.0, 1.0, 1.0, 0.0, 0.0), (0.0,) * 6, 1).at("volume", 60)[[0, 59]].tolist()
            [1.0, 0.0]
        """
        edges = np.array([0, *SPANS], dtype=np.float64)
        middles = (edges[:-1] + edges[1:] + 1.0) / 2.0
        values = self.volume if measure == "volume" else self.cost
        return np.asarray(np.interp(np.arange(1, horizon + 1), middles, values), dtype=np.float64)


def known_paths(rolled: RolledForward, list_cost: pd.DataFrame, drivers: DriverTables, *, seed: int) -> KnownPaths:
    """Bring the roll-forward to the drivers' volume and unit cost.

    List cost becomes what is billed by the newest twelve months' ratio of completed gross to list cost, with the scatter that
    bills had around it.

    Args:
        rolled: Of the same services and cutoff.
        list_cost: service, month, list_cost_nominal up to the cutoff (others are left out).
        drivers: Histories, units per person ahead, prices.
        seed: The run's one seed.
    """
    behind, ahead = _months(drivers)
    keys = list(rolled.services)
    span = pd.DatetimeIndex([*behind, *ahead])
    usual = calendar_units(drivers.services, span)
    usual = (usual / usual[:, : len(behind)].mean(axis=1, keepdims=True))[:, len(behind) :]
    ratio, noise = _billed(list_cost, drivers, keys, behind)
    cost = rolled.cost_real.sum(axis=0) * (usual * ratio[:, None])[:, :, None]
    for place, key in enumerate(keys):
        scatter = generator_for(seed, "citizens", key, "bills").standard_normal(cost.shape[1:])
        cost[place] *= np.exp(noise[place] * scatter - noise[place] ** 2 / 2.0)
    return KnownPaths(rolled.services, rolled.volume.sum(axis=0), cost)


def _months(drivers: DriverTables) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    behind = pd.DatetimeIndex(sorted(drivers.history["month"].unique()))
    return behind, pd.DatetimeIndex(sorted(drivers.ahead["month"].unique()))


def _billed(list_cost: pd.DataFrame, drivers: DriverTables, keys: list[str], behind: pd.DatetimeIndex) -> tuple[Array, Array]:
    """(S,) completed gross over list cost in the newest year, NaN where none; (S,) spread of its months' log."""
    gross, listed = (
        grid_of(drivers.history, "gross_ultimate_nominal", keys, behind),
        grid_of(list_cost, "list_cost_nominal", keys, behind),
    )
    newest = slice(-RATIO_MONTHS, None)
    both = np.isfinite(gross) & np.isfinite(listed) & (listed > 0) & (gross > 0)
    above, below = (np.where(both, part, 0.0)[:, newest].sum(axis=1) for part in (gross, listed))
    ratio = np.divide(above, below, out=np.full(len(keys), np.nan), where=below > 0)
    noise = np.zeros(len(keys))
    for place in range(len(keys)):
        months = np.flatnonzero(both[place])[-_NOISE_MONTHS:]
        logs = np.log(gross[place, months] / listed[place, months])
        noise[place] = min(float(logs.std()), _MOST_ERROR) if len(logs) > RATIO_MONTHS else 0.0
    return ratio, noise


def learn_weights(drivers: DriverTables, origins: Sequence[tuple[PressureDraws, KnownPaths]]) -> Weights:
    """Weights under which the blend would have missed least, drawn towards ``PRIOR_WEIGHT``.

    Every service and month counts by its share of cost, errors are of logs and bounded.

    Args:
        drivers: Today's tables: what came.
        origins: Series forecast and roll-forward of each earlier cutoff.
    """
    found = {}
    for measure in MEASURES:
        sums = np.zeros((2, len(SPANS)))
        for series, known in origins:
            sums += _evidence(drivers, series, known.ordered(series.services), measure)
        pull = PRIOR_SHARE * sums[1]
        prior = np.array(PRIOR_WEIGHT)
        weight = np.divide(sums[0] + pull * prior, sums[1] + pull, out=prior.copy(), where=sums[1] > 0)
        found[measure] = tuple(float(value) for value in np.clip(weight, 0.0, 1.0))
    return Weights(found["volume"], found["cost"], len(origins))


def _evidence(drivers: DriverTables, series: PressureDraws, known: KnownPaths, measure: str) -> Array:
    """(2, spans) least squares of a weight: numerator and denominator."""
    months = series.months[series.months <= drivers.cutoff][: SPANS[-1]]
    keys, h = list(series.services), len(months)
    column = "volume" if measure == "volume" else "gross_ultimate_nominal"
    came = grid_of(drivers.history, column, keys, months)
    if measure == "cost":
        prices = drivers.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)
        came = came / prices.reindex(months).fillna(1.0).to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_series, log_known = (np.log(part[:, :h].mean(axis=2)) for part in _of(measure, series, known))
        miss, apart = np.log(came) - log_series, log_known - log_series
    cost = np.nan_to_num(series.gross_nominal[:, :h].mean(axis=2))
    usable = np.isfinite(miss) & np.isfinite(apart)
    share = np.where(usable, cost, 0.0) / max(cost.sum(), 1e-9)
    miss, apart = (np.clip(np.where(usable, part, 0.0), -_MOST_ERROR, _MOST_ERROR) for part in (miss, apart))
    span = np.searchsorted(SPANS, np.arange(1, h + 1))
    return np.stack([
        np.bincount(span, weights=(share * part).sum(axis=0), minlength=len(SPANS)) for part in (miss * apart, apart**2)
    ])  # fmt: skip


def _of(measure: str, series: PressureDraws, known: KnownPaths) -> tuple[Array, Array]:
    """(S, H, D) of the series forecast and of the roll-forward; cost at the run's price level."""
    if measure == "volume":
        return series.volume, known.volume
    return series.gross_nominal / series.price_factor[None], known.cost_real


def blend(series: PressureDraws, known: KnownPaths, weights: Weights, *, wider: Array | None = None) -> PressureDraws:
    """Join both, quantile by quantile.

    Args:
        series: The series forecast.
        known: The roll-forward of the same services and months.
        weights: Of the known.
        wider: (H,) by how much the known's intervals are widened, as the series' are; None: not.

    Returns:
        Draws whose gross, volume and unit cost are still one. A service without cases stays as it was.
    """
    horizon, known = len(series.months), known.ordered(series.services)
    counted = np.isfinite(series.volume).all(axis=2, keepdims=True)
    (volume, cost), before = (
        [_joined(*_of(measure, series, known), weights.at(measure, horizon), wider) for measure in MEASURES],
        series.gross_nominal / series.price_factor[None],
    )
    cost = np.where(counted, cost, before)
    volume = np.where(counted, volume, series.volume)
    per_cost, per_volume = (
        np.divide(after, was, out=np.ones_like(cost), where=np.isfinite(was) & (was > 0))
        for after, was in ((cost, before), (volume, series.volume))
    )
    return replace(
        series,
        volume=volume,
        gross_nominal=series.gross_nominal * per_cost,
        unit_cost_real=series.unit_cost_real * per_cost / np.where(per_volume > 0, per_volume, 1.0),
    )


def _joined(series: Array, known: Array, weight: Array, wider: Array | None) -> Array:
    """(S, H, D) blended quantiles in the series' order of draws; where either can't be said, the series."""
    positive = [(np.isfinite(part) & (part > 0)).all(axis=2, keepdims=True) for part in (series, known)]
    usable = np.asarray(positive[0] & positive[1], dtype=bool)
    logs = np.log(np.where(usable, known, 1.0))
    if wider is not None:
        middle = np.median(logs, axis=2, keepdims=True)
        logs = middle + (logs - middle) * wider[None, :, None]
    order = np.argsort(series, axis=2, kind="stable")
    ranked = np.empty_like(logs)
    np.put_along_axis(ranked, order, _resampled(np.sort(logs, axis=2), series.shape[2]), axis=2)
    share = weight[None, :, None]
    mixed = np.exp(share * ranked + (1.0 - share) * np.log(np.where(usable, series, 1.0)))
    return np.asarray(np.where(usable, mixed, series), dtype=np.float64)


def _resampled(ordered: Array, n_draws: int) -> Array:
    """(S, H, n_draws) quantiles of ordered draws."""
    if ordered.shape[2] == n_draws:
        return ordered
    levels = (np.arange(n_draws) + 0.5) / n_draws
    return np.asarray(np.moveaxis(np.quantile(ordered, levels, axis=2), 0, -1), dtype=np.float64)
