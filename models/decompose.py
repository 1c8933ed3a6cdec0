"""Drift between two periods of 12 months, explained to the krone (DESIGN 4.6).

Gross of a service in a period is the sum over its cells (age band x provider type) of five factors::

    E[age] * u * w[age, provider] * c[age, provider] * PL

``E`` expected volume at reference uptake (demography), ``u`` the service's uptake ratio, ``w`` how volume lies on ages and
provider types beside what ``E`` and ``u`` say (mix), ``c`` cost per full-time citizen at the run's price level (units per person
times unit cost), ``PL`` nominal per real. Gross is laid on the cells by list cost. Every bar is the exact Shapley value of its
factor, cell by cell, so a bar's age groups add up to it; for the outlook it is computed per draw and then averaged.

Budget events that the data hold are their own bar: their amount is taken out of the later period first (moved tasks and
account-plan changes out of volume, the others out of unit cost), so that no krone is counted twice. A calendar year's one-off
months are taken out of both years in the same way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drift_events import events_by_service
from models.drift_periods import PERIOD_MONTHS, Period, history_pair, outlook_pair, seen_period, year_pair
from models.levels import members_of
from models.one_offs import excess_of_year
from models.shapley import round_to_sum, shapley_of_product

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.drivers import DriverParts
    from models.types import Array, PressureDraws

BARS = ("demography", "uptake", "mix", "unit_cost", "price_index", "budget_events")
ONE_OFFS = "one_offs"
ALL_AGES = "all"
_UPTAKE, _UNIT_COST = 1, 3
_LEAST_TAKEN, _MOST_TAKEN = -9.0, 0.9
"""An event never makes the rest of a service ten times larger or smaller: such an amount doesn't belong to that service alone."""
_COLUMNS = ["comparison", "level", "member", "driver", "age_band", "from_period", "to_period", "effect"]


def drift(
    parts: DriverParts,
    volume: pd.DataFrame,
    pressure: PressureDraws,
    budget_events: pd.DataFrame,
    *,
    age_bands: Mapping[str, tuple[int, int]],
) -> pd.DataFrame:
    """Explain both comparisons at every level.

    ``actual``: the 12 months to the cutoff against the 12 before, completed for late invoices. ``outlook``: the first whole
    calendar year after the cutoff's year against the 12 months to the cutoff; its end is the mean of the published draws.
    A comparison whose months are not there is left out.

    Args:
        parts: Driver tables and exposure.
        volume: Extract: service, month, age (-1: unknown), provider_type, volume, list_cost_nominal.
        pressure: Joint draws of the same services, in any order.
        budget_events: Extract by the contract.
        age_bands: Bands of the catalogue, both ends included, ascending.

    Returns:
        comparison, level, member, driver, age_band, from_period, to_period, effect (whole currency units). ``start`` and ``end``
        stand once, at age band ``all``; bars stand per age band, at ``all`` where a service's ages are not known. At every
        level start plus bars is end, and services add up to frames, committees and the total.
    """
    tables, months = parts.tables, parts.exposure.history_months
    pressure = in_order(pressure, tuple(tables.services["service"]))
    found: list[pd.DataFrame] = []
    if len(months) < PERIOD_MONTHS:
        return pd.DataFrame(columns=_COLUMNS)
    newest = (months[-PERIOD_MONTHS], tables.cutoff + pd.DateOffset(months=1))
    now = seen_period(parts, volume, months[-PERIOD_MONTHS:], age_bands)
    bands = (*age_bands, ALL_AGES)
    if len(months) >= 2 * PERIOD_MONTHS:
        before = seen_period(parts, volume, months[-2 * PERIOD_MONTHS : -PERIOD_MONTHS], age_bands)
        span = (months[-2 * PERIOD_MONTHS], newest[0])
        events = events_by_service(budget_events, tables, earlier=span, later=newest, gross=now.nominal)
        found.append(explain("actual", tables.services, history_pair(before, now), events, bands))
    year = tables.cutoff.year + 1
    ahead = pressure.months.year == year
    if ahead.sum() == PERIOD_MONTHS:
        span = (pd.Timestamp(year=year, month=1, day=1), pd.Timestamp(year=year + 1, month=1, day=1))
        mean = pressure.gross_nominal[:, ahead].sum(axis=1).mean(axis=1)
        events = events_by_service(budget_events, tables, earlier=newest, later=span, gross=mean)
        found.append(explain("outlook", tables.services, outlook_pair(now, parts, pressure, year=year), events, bands))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_COLUMNS)


def year_drift(
    parts: DriverParts,
    volume: pd.DataFrame,
    pressure: PressureDraws,
    budget_events: pd.DataFrame,
    *,
    year: int,
    age_bands: Mapping[str, tuple[int, int]],
    one_offs: pd.DataFrame,
) -> pd.DataFrame:
    """Explain a calendar year, seen and ahead together, against the one before; arguments and rows as :func:`drift`.

    Args:
        parts: Driver tables and exposure.
        volume: Extract.
        pressure: Joint draws.
        budget_events: Extract.
        year: A year whose year before lies whole in history; nothing is returned for another.
        age_bands: Bands of the catalogue.
        one_offs: From ``one_off_excess``: the bar ``one_offs``, what they came to less what those of the year before did.
    """
    tables, months = parts.tables, parts.exposure.history_months
    pressure = in_order(pressure, tuple(tables.services["service"]))
    before = months[months.year == year - 1]
    covered = int((months.year == year).sum() + (pressure.months.year == year).sum())
    if len(before) != PERIOD_MONTHS or covered != PERIOD_MONTHS:
        return pd.DataFrame(columns=_COLUMNS)
    pair = year_pair(seen_period(parts, volume, before, age_bands), parts, pressure, year=year)
    spans = [(pd.Timestamp(year=at, month=1, day=1), pd.Timestamp(year=at + 1, month=1, day=1)) for at in (year - 1, year)]
    gross = pair[1].gross.mean(axis=1)
    events = events_by_service(budget_events, tables, earlier=spans[0], later=spans[1], gross=gross)
    single = np.stack([excess_of_year(one_offs, pressure.services, at) for at in (year - 1, year)])
    return explain("year", tables.services, pair, events, (*age_bands, ALL_AGES), single=single)


def in_order(pressure: PressureDraws, services: tuple[str, ...]) -> PressureDraws:
    """The same draws with services as the drivers have them."""
    place = [pressure.services.index(service) for service in services]
    arrays = {name: getattr(pressure, name)[place] for name in ("gross_nominal", "volume", "unit_cost_real")}
    return replace(pressure, services=services, **arrays)


def explain(
    comparison: str,
    services: pd.DataFrame,
    periods: tuple[Period, Period],
    events: Array,
    bands: tuple[str, ...],
    *,
    single: Array | None = None,
) -> pd.DataFrame:
    """Bars of one comparison at every level, whole units.

    Args:
        comparison: ``actual`` or ``outlook``.
        services: (S,) service, frame, committee.
        periods: Earlier and later; D of the earlier is 1 or that of the later.
        events: (2, S) moved by volume, moved by cost.
        bands: (B,) age bands, the last is all ages.
        single: (2, S) one-off cost of the earlier and the later period, a bar of its own; None: there is no such bar.

    Returns:
        Rows by :func:`drift`.
    """
    before, after = periods
    start, end = _whole(before.gross.mean(axis=1)), _whole(after.gross.mean(axis=1))
    effects = _effects(before, after, events, single)
    whole = np.stack(
        [round_to_sum(row.ravel(), int(target)).reshape(row.shape) for row, target in zip(effects, end - start, strict=True)]
    )
    rows: list[tuple[str, str, str, str, str, str, str, int]] = []
    for group in members_of(services, services["service"].tolist()):
        level, member, places = group.level, group.member, group.rows
        bars = whole[places].sum(axis=0)
        shown = np.abs(whole[places]).sum(axis=(0, 1)) > 0
        head = (comparison, level, member)
        tail = (before.label, after.label)
        rows.append((*head, "start", ALL_AGES, *tail, int(start[places].sum())))
        rows += [
            (*head, driver, band, *tail, int(bars[at, column]))
            for at, driver in enumerate(BARS if single is None else (*BARS, ONE_OFFS))
            for column, band in enumerate(bands)
            if shown[column] or (not shown.any() and band == ALL_AGES)
        ]
        rows.append((*head, "end", ALL_AGES, *tail, int(end[places].sum())))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _whole(gross: Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Services in whole units that add up to the rounded total."""
    return round_to_sum(gross, round(float(gross.sum())))


def _effects(before: Period, after: Period, events: Array, single: Array | None) -> Array:
    """(S, 6 or 7, B) mean effects; over bars and bands they sum to the change of mean gross."""
    moved = [(_UPTAKE, events[0]), (_UNIT_COST, events[1])]
    if single is None:
        clean, (by_events,) = _without(after, [moved])
        bars, first = [by_events], before.factors
    else:
        clean, (by_events, ones_after) = _without(after, [moved, [(_UNIT_COST, single[1])]])
        first, (ones_before,) = _without(before, [[(_UNIT_COST, single[0])]])
        bars = [by_events, ones_after - ones_before]
    values = shapley_of_product(np.broadcast_to(first, clean.shape), clean)
    found = np.concatenate([values.sum(axis=3), np.stack([np.broadcast_to(bar, by_events.shape) for bar in bars])])
    return np.asarray(found.mean(axis=-1).transpose(1, 0, 2))


def _without(period: Period, causes: list[list[tuple[int, Array]]]) -> tuple[Array, list[Array]]:
    """A period's factors less what each cause brought, and (S, B, D) what that was, cause by cause.

    Args:
        period: Its factors.
        causes: Each the (factor, (S,) amount) that it is taken out of; an amount may be limited to what is there.
    """
    gross, by_band = period.gross, period.factors.prod(axis=0).sum(axis=2)
    clean, remaining = period.factors.copy(), period.gross.copy()
    bars = []
    for cause in causes:
        bar = np.zeros(by_band.shape)
        for factor, amount in cause:
            room = np.maximum(remaining, 0.0)
            taken = np.clip(amount[:, None], _LEAST_TAKEN * room, _MOST_TAKEN * room)
            kept = np.divide(remaining - taken, remaining, out=np.ones_like(remaining), where=remaining > 0)
            clean[factor] *= kept[:, None, None, :]
            bar += by_band * np.divide(taken, gross, out=np.zeros_like(gross), where=gross > 0)[:, None, :]
            remaining -= taken
        bars.append(bar)
    return clean, bars
