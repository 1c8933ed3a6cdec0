"""The five factors of a service's gross in a period of 12 months, in cells of age band x provider type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.drivers import Exposure
    from models.types import Array, DriverTables, PressureDraws

PERIOD_MONTHS = 12
_NOBODY = 1e-6
"""Full-time citizens, seen or expected, below which a cell counts as empty: a quotient by less explains nothing."""


class Drivers(Protocol):
    """What periods are made of; ``models.drivers.DriverParts`` is one."""

    @property
    def tables(self) -> DriverTables:
        """Histories and prices."""

    @property
    def exposure(self) -> Exposure:
        """Expected volume by age band."""


@dataclass(frozen=True)
class Seen:
    """What history says of a period. S services, B bands (the last: all ages), P provider types.

    Attributes:
        label: ``YYYY-MM/YYYY-MM``.
        volume: (S, B, P) mean full-time citizens; those of unknown age in the last band.
        listed: (S, B, P) list cost, nominal.
        exposure: (S, B) mean expected volume; the last band holds the sum.
        nominal: (S,) ultimate gross.
        real: (S,) the same at the run's price level.
        price: Plain mean of nominal per real.
    """

    label: str
    volume: Array
    listed: Array
    exposure: Array
    nominal: Array
    real: Array
    price: float


@dataclass(frozen=True)
class Period:
    """One period's factors, D draws (1 for what has happened). Gross is their product, summed over bands and provider types.

    Attributes:
        label: What the period is called.
        factors: (5, S, B, P, D): demography, uptake, mix, unit cost, price index.
    """

    label: str
    factors: Array

    @property
    def gross(self) -> Array:
        """(S, D) nominal."""
        return np.asarray(self.factors.prod(axis=0).sum(axis=(1, 2)))


def seen_period(parts: Drivers, volume: pd.DataFrame, months: pd.DatetimeIndex, age_bands: Mapping[str, tuple[int, int]]) -> Seen:
    """Sum one period of history.

    Args:
        parts: Driver tables and exposure.
        volume: Extract: service, month, age (-1: unknown), provider_type, volume, list_cost_nominal.
        months: (M,) first days, one after the other.
        age_bands: Bands, both ends included, ascending.
    """
    keys, exposure = parts.exposure.services, parts.exposure
    rows = volume[volume["month"].isin(months)]
    providers = sorted(volume["provider_type"].unique()) or ["unknown"]
    lows = np.array([low for low, _ in age_bands.values()])
    age = rows["age"].to_numpy(dtype=int)
    place = (
        pd.Index(keys).get_indexer(pd.Index(rows["service"])),
        np.where(age < 0, len(age_bands), np.searchsorted(lows, age, side="right") - 1),
        pd.Index(providers).get_indexer(pd.Index(rows["provider_type"])),
    )
    shape = (len(keys), len(age_bands) + 1, len(providers))
    counted, listed = np.zeros(shape), np.zeros(shape)
    np.add.at(counted, place, rows["volume"].to_numpy(dtype=float) / len(months))
    np.add.at(listed, place, np.nan_to_num(rows["list_cost_nominal"].to_numpy(dtype=float)))
    history = parts.tables.history
    nominal = history.loc[history["month"].isin(months), "gross_ultimate_nominal"].to_numpy(dtype=float).reshape(len(keys), -1)
    price = parts.tables.prices.set_index("month")["price_factor"].reindex(months).to_numpy(dtype=float)
    expected = exposure.history[:, exposure.history_months.isin(months)].mean(axis=1)
    return Seen(
        label=f"{months[0]:%Y-%m}/{months[-1]:%Y-%m}",
        volume=np.where(counted > _NOBODY, counted, 0.0),
        listed=listed,
        exposure=with_sum(expected, shape[1]),
        nominal=nominal.sum(axis=1),
        real=(nominal / price).sum(axis=1),
        price=float(price.mean()),
    )


def history_pair(earlier: Seen, later: Seen) -> tuple[Period, Period]:
    """Factors of two periods that have happened, on cells that stand for both; D is 1."""
    pairs = [_pair(earlier, later, place) for place in range(len(earlier.nominal))]
    first, second = (np.stack([pair[side] for pair in pairs], axis=1)[..., None] for side in range(2))
    return Period(earlier.label, first), Period(later.label, second)


def outlook_pair(now: Seen, parts: Drivers, pressure: PressureDraws, *, year: int) -> tuple[Period, Period]:
    """Factors of the 12 newest months and of a calendar year ahead, per draw.

    Mix and the pattern of unit cost over cells are held: the forecast says nothing of them. Per draw the year's gross, volume and
    price factor are the draw's own, so that the mean of the draws is what is published.

    Args:
        now: The 12 newest months.
        parts: Driver tables and exposure; variant ``main``.
        pressure: Joint draws, services in the order of ``parts``.
        year: Calendar year that lies wholly ahead.
    """
    before, _ = history_pair(now, now)
    ahead = pressure.months.year == year
    expected = parts.exposure.ahead["main"][:, parts.exposure.ahead_months.year == year].mean(axis=1)
    gross = pressure.gross_nominal[:, ahead].sum(axis=1)
    real = (pressure.gross_nominal[:, ahead] / pressure.price_factor[None, ahead]).sum(axis=1)
    volume = pressure.volume[:, ahead].mean(axis=1)
    factors = _year_factors(before, with_sum(expected, now.exposure.shape[1]), (volume, real, gross), now.price)
    return before, Period(str(year), factors)


def year_pair(before: Seen, parts: Drivers, pressure: PressureDraws, *, year: int) -> tuple[Period, Period]:
    """Factors of a whole service year that is past and of the calendar year after it, seen months and months ahead together.

    Mix and the pattern of unit cost over cells are held, as in :func:`outlook_pair`.

    Args:
        before: The calendar year before ``year``.
        parts: Driver tables and exposure; variant ``main``.
        pressure: Joint draws, services in the order of ``parts``.
        year: Calendar year whose months are all in history or ahead.
    """
    first, _ = history_pair(before, before)
    history, exposure, keys = parts.tables.history, parts.exposure, parts.exposure.services
    rows = history[history["month"].dt.year == year]
    months = pd.DatetimeIndex(sorted(rows["month"].unique()))
    grid = rows.set_index(["service", "month"]).reindex(pd.MultiIndex.from_product([keys, months]))
    seen = {
        name: grid[name].to_numpy(dtype=float).reshape(len(keys), len(months), 1) for name in ("gross_ultimate_nominal", "volume")
    }
    price = parts.tables.prices.drop_duplicates("month").set_index("month")["price_factor"].astype(float)
    level = price.reindex(months).to_numpy(dtype=float)[None, :, None]
    ahead = pressure.months.year == year
    coming, factor = pressure.gross_nominal[:, ahead], pressure.price_factor[None, ahead]
    past = np.nan_to_num(seen["gross_ultimate_nominal"])
    gross = past.sum(axis=1) + coming.sum(axis=1)
    real = (past / level).sum(axis=1) + (coming / factor).sum(axis=1)
    volume = (seen["volume"].sum(axis=1) + pressure.volume[:, ahead].sum(axis=1)) / PERIOD_MONTHS
    expected = exposure.history[:, exposure.history_months.year == year].sum(axis=1)
    expected = (expected + exposure.ahead["main"][:, exposure.ahead_months.year == year].sum(axis=1)) / PERIOD_MONTHS
    return first, Period(
        str(year), _year_factors(first, with_sum(expected, before.exposure.shape[1]), (volume, real, gross), before.price)
    )


def _year_factors(before: Period, expected: Array, drawn: tuple[Array, Array, Array], price: float) -> Array:
    """(5, S, B, P, D) of a year ahead, per draw, from the factors before it and its volume, real and nominal gross (S, D)."""
    volume, real, gross = drawn
    factors = np.zeros((*before.factors.shape[:-1], gross.shape[1]))
    for place in range(len(gross)):
        factors[:, place] = ahead_factors(
            before.factors[:, place, :, :, 0], expected[place], volume[place], real[place], gross[place], price
        )
    return factors


def with_sum(expected: Array, n_bands: int) -> Array:
    """(S, B) expected volume by band, its sum in the last; a source without ages has the sum alone."""
    padded = np.zeros((len(expected), n_bands))
    if expected.shape[1] == n_bands - 1:
        padded[:, :-1] = expected
    padded[:, -1] = expected.sum(axis=1)
    return padded


def _pair(earlier: Seen, later: Seen, place: int) -> tuple[Array, Array]:
    """(5, B, P) twice, of one service. What one period can't show (nobody there) is taken from the other."""
    both = (earlier, later)
    counted = [seen.volume[place].sum() > 0 for seen in both]
    costs = [bool(seen.nominal[place]) for seen in both]
    by_cases = any(counted) and all(has or not cost for has, cost in zip(counted, costs, strict=True))
    aged = by_cases and not any(seen.volume[place, -1].any() for seen in both)
    volumes = [_standing(seen.volume[place], by_cases=by_cases, aged=aged) for seen in both]
    listed = [_standing(seen.listed[place], by_cases=by_cases, aged=aged) for seen in both]
    exposures = [seen.exposure[place] * _bands_used(len(seen.exposure[place]), aged=aged) for seen in both]
    needed = (volumes[0] + volumes[1]).sum(axis=1) > 0
    lacking = needed & ((exposures[0] <= _NOBODY) | (exposures[1] <= _NOBODY))
    stand_in = np.where(np.maximum(*exposures) > _NOBODY, np.maximum(*exposures), 1.0)
    exposures = [np.where(lacking, stand_in, values) for values in exposures]
    one, two = (
        _factors(exposure, volume, cost, (seen.real[place], seen.nominal[place], seen.price), by_cases=by_cases)
        for exposure, volume, cost, seen in zip(exposures, volumes, listed, both, strict=True)
    )
    return _filled(one, two), _filled(two, one)


def _bands_used(n_bands: int, *, aged: bool) -> Array:
    used = np.full(n_bands, float(aged))
    used[-1] = float(not aged)
    return used


def _standing(values: Array, *, by_cases: bool, aged: bool) -> Array:
    """(B, P) of the cells that stand for the service: as they are, all ages together, or one lone cell."""
    if aged:
        return values
    together = np.zeros_like(values)
    if by_cases:
        together[-1] = values.sum(axis=0)
    else:
        together[-1, 0] = 1.0
    return together


def _factors(
    exposure: Array, volume: Array, listed: Array, money: tuple[float, float, float], *, by_cases: bool
) -> tuple[Array, float, Array, Array, float]:
    """Exposure (B), uptake, mix (B, P), unit cost (B, P), price; NaN where the period can't show it."""
    real, nominal, usual_price = money
    price = nominal / real if real and nominal / real > 0 else usual_price
    real = nominal / price
    expected = float(exposure.sum())
    if not by_cases:
        return exposure, (real / expected if expected else 0.0), volume, volume, price
    uptake = float(volume.sum()) / expected if expected else 0.0
    base = exposure[:, None] * uptake
    mix = np.divide(volume, base, out=np.full_like(volume, np.nan if uptake <= 0 else 0.0), where=base > 0)
    share = np.where(volume > 0, np.clip(listed, 0.0, None), 0.0)
    share = share / share.sum() if share.sum() > 0 else volume / max(float(volume.sum()), 1e-300)
    cost = np.divide(real * share, volume, out=np.full_like(volume, np.nan), where=volume > 0)
    return exposure, uptake, mix, cost, price


def _filled(mine: tuple[Array, float, Array, Array, float], other: tuple[Array, float, Array, Array, float]) -> Array:
    """(5, B, P): NaN taken from the other period, 0 where neither knows."""
    exposure, uptake, mix, cost, price = mine
    mix = np.nan_to_num(np.where(np.isnan(mix), other[2], mix), nan=0.0)
    cost = np.nan_to_num(np.where(np.isnan(cost), other[3], cost), nan=0.0)
    one = np.ones_like(mix)
    return np.stack([exposure[:, None] * one, uptake * one, mix, cost, price * one])


def ahead_factors(before: Array, expected: Array, volume: Array, real: Array, gross: Array, usual_price: float) -> Array:
    """(5, B, P, D) of one service ahead, from its factors now (5, B, P) and its draws (D,)."""
    _, _, mix, cost, _ = before
    aged = not mix[-1].any()
    exposure = expected * _bands_used(len(expected), aged=aged)
    exposure = np.where((exposure <= _NOBODY) & (before[0, :, 0] > 0), before[0, :, 0], exposure)
    price = np.divide(gross, real, out=np.full_like(gross, usual_price), where=real > 0)
    laid = exposure[:, None] * mix
    usual = float((laid * cost).sum())
    if np.isfinite(volume).all() and laid.sum() > 0 and usual > 0:
        uptake = np.maximum(volume, 1e-12) / laid.sum()
        scale = gross / price / (uptake * usual)
    else:
        uptake = gross / price / (usual if usual > 0 else 1.0)
        scale = np.ones_like(gross)
        mix, cost = _lone_cell(mix, cost, usual)
        exposure = exposure if usual > 0 else _lone_exposure(exposure)
    one = np.ones((*mix.shape, len(gross)))
    return np.stack([exposure[:, None, None] * one, uptake * one, mix[..., None] * one, cost[..., None] * scale, price * one])


def _lone_cell(mix: Array, cost: Array, usual: float) -> tuple[Array, Array]:
    """A service without any cost now: one cell of all ages carries what is to come."""
    if usual > 0:
        return mix, cost
    lone = np.zeros_like(mix)
    lone[-1, 0] = 1.0
    return lone, lone


def _lone_exposure(exposure: Array) -> Array:
    lone = np.zeros_like(exposure)
    lone[-1] = 1.0
    return lone
