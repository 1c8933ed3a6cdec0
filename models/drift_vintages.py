"""Drift between two vintages: why the newer run says something else of the same year than the older one (decision 0010).

Both runs' year is taken month by month. A month's gross is ``E * u * k * PL`` at its means: expected volume, uptake ratio, cost
per full-time citizen at the newer run's price level, nominal per real. ``k`` is what makes the product the published mean, so
it carries the (small) dependence between the draws of volume and price too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.errors import WrongUse
from models.drift_events import events_by_service
from models.levels import members_of
from models.shapley import round_to_sum, shapley_of_product

if TYPE_CHECKING:
    from models.drift_source import DriftSource
    from models.types import Array, PressureDraws

    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

BARS = ("new_months", "revisions", "demography", "uptake", "unit_cost", "price_index", "budget_events", "new_model")
_UPTAKE, _UNIT_COST = 1, 2
_LEAST_TAKEN, _MOST_TAKEN = -9.0, 0.9
_MONTHS = 12
COLUMNS = ["level", "member", "driver", "effect"]


@dataclass(frozen=True)
class _Year:
    """One run's view of a year. S services, 12 months.

    Attributes:
        known: (12,) which months its history holds.
        gross: (S, 12) nominal: completed where known, else the mean of the draws.
        factors: (4, S, 12) E, u, k, PL; their product is ``gross``.
    """

    known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    gross: Array
    factors: Array


@dataclass(frozen=True)
class VintageDrift:
    """The answer.

    Attributes:
        rows: level, member, driver (``start``, the bars, ``end``), effect in whole currency units; hidden members are left out.
        hidden: (level, member) -> why it is left out, by either run.
        model_measured: Whether ``new_model`` is a measurement (the newer model run on the older run's inputs, or the same model
            in both). Otherwise it holds everything that changed in uptake and unit cost of months that both runs forecast.
    """

    rows: pd.DataFrame
    hidden: dict[tuple[str, str], str]
    model_measured: bool


def drift_vintages(older: DriftSource, newer: DriftSource, *, year: int, again: PressureDraws | None = None) -> VintageDrift:
    """Explain a year's change of mind, service by service, to the krone.

    Args:
        older: The earlier run.
        newer: The later run; it knows at least the months that the older knows.
        year: Calendar year of service that both runs hold whole, in history or forecast.
        again: The newer run's model of series on the older run's inputs; not needed where both have the same code, and not
            used where the older run did not keep what its own model of series said.

    Raises:
        WrongUse: The runs can't be compared: other currency, the wrong order, or a year that one of them lacks.
    """
    _check(older, newer, year)
    same = older.code == newer.code
    again = None if again is None or older.series.empty else joined_as_before(older, again)
    keys = sorted({*older.exposure.services, *newer.exposure.services})
    before = _year_of(older, older.draws, keys, year, _rebased(older, newer))
    after = _year_of(newer, newer.draws, keys, year, 1.0)
    between = before if same or again is None else _year_of(older, again, keys, year, _rebased(older, newer))
    effects = _effects(before, between, after, _events(newer, older, keys, year, after.gross))
    measured = same or again is not None
    if not measured:
        model = BARS.index("new_model")
        for name in ("uptake", "unit_cost"):
            effects[:, model] += effects[:, BARS.index(name)]
            effects[:, BARS.index(name)] = 0.0
    only_one = np.array([key not in older.exposure.services or key not in newer.exposure.services for key in keys])
    change = after.gross.sum(axis=1) - before.gross.sum(axis=1)
    effects[only_one] = 0.0
    effects[only_one, 0] = change[only_one]
    services = pd.concat([newer.tables.services, older.tables.services]).drop_duplicates("service")
    rows = _rows(services[["service", "frame", "committee"]], keys, before.gross.sum(axis=1), after.gross.sum(axis=1), effects)
    hidden = {**older.hidden_years, **newer.hidden_years}
    shown = rows[[key not in hidden for key in zip(rows["level"], rows["member"], strict=True)]]
    return VintageDrift(shown.reset_index(drop=True), hidden, measured)


def joined_as_before(older: DriftSource, again: PressureDraws) -> PressureDraws:
    """Another forecast of the older run's series, moved as known citizens and commitments moved its own.

    Whose cases were open is not kept, so they can't be rolled forward again: what they added stays in proportion.

    Args:
        older: The run, with what its series alone said.
        again: The same months of the same series, forecast again.

    Returns:
        ``again``, service by service and month by month times published over series alone (1 where that was nothing).
    """
    alone = older.series.set_index(["service", "month"])
    cells = pd.MultiIndex.from_product([again.services, again.months])
    shape = (len(again.services), len(again.months), 1)
    at = pd.Index(older.draws.services).get_indexer(pd.Index(again.services)).astype(np.int64)
    step = pd.DatetimeIndex(older.draws.months).get_indexer(again.months).astype(np.int64)
    found = {}
    for name in ("gross_nominal", "volume"):
        said = alone[name].reindex(cells).to_numpy(dtype=np.float64).reshape(shape)
        shown = _placed(getattr(older.draws, name).mean(axis=2), at, step).reshape(shape)
        moved = np.divide(shown, said, out=np.ones(shape), where=np.isfinite(shown) & (said > 0))
        found[name] = getattr(again, name) * moved
    return replace(again, **found)


def _check(older: DriftSource, newer: DriftSource, year: int) -> None:
    if older.tables.currency != newer.tables.currency:
        what = f"The runs count in {older.tables.currency} and {newer.tables.currency}"
        raise WrongUse(what, where="--runs", remedy="Choose two runs of one currency")
    if older.tables.cutoff > newer.tables.cutoff:
        what = f"The first run knows more months (to {older.tables.cutoff:%Y-%m}) than the second ({newer.tables.cutoff:%Y-%m})"
        raise WrongUse(what, where="--runs", remedy="Name the older run first")
    for source in (older, newer):
        first, last = source.exposure.history_months[0], source.draws.months[-1]
        if pd.Timestamp(year=year, month=1, day=1) < first or pd.Timestamp(year=year, month=12, day=1) > last:
            what = f"Run {source.run_id} does not hold the whole of {year}"
            raise WrongUse(what, where="--year", remedy=f"Choose a year between {first:%Y-%m} and {last:%Y-%m}")


def _rebased(older: DriftSource, newer: DriftSource) -> float:
    """What brings the older run's price factors to the newer run's price level: 1 where either has no index."""
    base = older.tables.price_level[:4]
    if not base.isdigit() or not newer.tables.price_level[:4].isdigit():
        return 1.0
    found = []
    for source in (newer, older):
        prices = source.tables.prices
        found.append(float(prices.loc[prices["month"].dt.year == int(base), "price_factor"].mean()))
    return found[0] / found[1] if np.isfinite(found).all() and found[1] > 0 else 1.0


def _year_of(source: DriftSource, draws: PressureDraws, keys: list[str], year: int, rebase: float) -> _Year:
    months = pd.date_range(f"{year}-01-01", periods=_MONTHS, freq="MS")
    known = np.asarray(months <= source.tables.cutoff)
    history = source.tables.history[source.tables.history["month"].isin(months)]

    def past(column: str) -> Array:
        table = history.pivot_table(index="service", columns="month", values=column, dropna=False)
        return np.asarray(table.reindex(index=keys, columns=months).to_numpy(dtype=np.float64, na_value=np.nan))

    at = pd.Index(draws.services).get_indexer(pd.Index(keys)).astype(np.int64)
    step = pd.DatetimeIndex(draws.months).get_indexer(months).astype(np.int64)
    ahead = {"gross": draws.gross_nominal, "volume": draws.volume}
    means = {name: _placed(values.mean(axis=2), at, step) for name, values in ahead.items()}
    gross = np.nan_to_num(np.where(known, past("gross_ultimate_nominal"), means["gross"]))
    volume = np.where(known, past("volume"), means["volume"])
    expected = _exposure(source, keys, months)
    price = source.tables.prices.set_index("month")["price_factor"].reindex(months).to_numpy(dtype=np.float64)
    drawn = np.full(_MONTHS, np.nan)
    drawn[step >= 0] = draws.price_factor.mean(axis=1)[step[step >= 0]]
    price = np.nan_to_num(np.where(known, price, drawn), nan=1.0) * rebase
    uptake = np.divide(volume, expected, out=np.full_like(volume, np.nan), where=expected > 0)
    direct = ~(uptake > 0)
    real = gross / price
    uptake = np.where(direct, real / expected, uptake)
    cost = np.where(direct, 1.0, real / (expected * np.where(direct, 1.0, uptake)))
    factors = np.stack([expected, uptake, cost, np.broadcast_to(price, gross.shape)])
    return _Year(known, gross, factors)


def _placed(values: Array, rows: Places, columns: Places) -> Array:
    """(K, M) values at their places, NaN where there are none."""
    found = np.full((len(rows), len(columns)), np.nan)
    row, column = np.flatnonzero(rows >= 0), np.flatnonzero(columns >= 0)
    found[np.ix_(row, column)] = values[np.ix_(rows[row], columns[column])]
    return found


def _exposure(source: DriftSource, keys: list[str], months: pd.DatetimeIndex) -> Array:
    """(K, 12) expected volume, above zero; 1 where none is known."""
    exposure = source.exposure
    values = np.concatenate([exposure.history, exposure.ahead["main"]], axis=1).sum(axis=2)
    everything = exposure.history_months.append(exposure.ahead_months)
    found = _placed(
        values,
        pd.Index(exposure.services).get_indexer(pd.Index(keys)).astype(np.int64),
        everything.get_indexer(months).astype(np.int64),
    )
    return np.where(found > 0, found, 1.0)


def _events(newer: DriftSource, older: DriftSource, keys: list[str], year: int, gross: Array) -> Array:
    """(2, K, 12) what events that came into the data between the cutoffs add to each month: by volume, by cost."""
    events, between = newer.events, np.zeros((2, len(keys), _MONTHS))
    start = pd.to_datetime(events["effective_from"])
    taken = events[(start > older.tables.cutoff) & (start < newer.tables.cutoff + pd.DateOffset(months=1))]
    if taken.empty:
        return between
    own = pd.Index(keys).get_indexer(pd.Index(newer.tables.services["service"].astype(str)))
    month_after = older.tables.cutoff + pd.DateOffset(months=1)
    earlier = (month_after - pd.DateOffset(months=_MONTHS), month_after)
    for place, month in enumerate(pd.date_range(f"{year}-01-01", periods=_MONTHS, freq="MS")):
        later = (month, month + pd.DateOffset(months=1))
        found = events_by_service(taken, newer.tables, earlier=earlier, later=later, gross=gross[own, place])
        between[:, own, place] = found / _MONTHS
    return between


def _effects(before: _Year, between: _Year, after: _Year, events: Array) -> Array:
    """(K, 8) bars that sum to the change of each service's year."""
    found = np.zeros((len(before.gross), len(BARS)))
    both_known, came = before.known & after.known, ~before.known & after.known
    ahead = ~before.known & ~after.known
    found[:, BARS.index("revisions")] = (after.gross - before.gross)[:, both_known].sum(axis=1)
    clean, bar = _without_events(after, events)
    found[:, BARS.index("budget_events")] = bar[:, came | ahead].sum(axis=1)
    found[:, BARS.index("new_months")] = (after.gross - bar - before.gross)[:, came].sum(axis=1)
    found[:, BARS.index("new_model")] = (between.gross - before.gross)[:, ahead].sum(axis=1)
    shares = shapley_of_product(between.factors, clean)[:, :, ahead].sum(axis=2)
    for place, name in enumerate(("demography", "uptake", "unit_cost", "price_index")):
        found[:, BARS.index(name)] = shares[place]
    return found


def _without_events(after: _Year, events: Array) -> tuple[Array, Array]:
    """(4, K, 12) factors without what events added, and (K, 12) that amount."""
    clean, remaining = after.factors.copy(), after.gross.copy()
    for factor, amount in ((_UPTAKE, events[0]), (_UNIT_COST, events[1])):
        room = np.maximum(remaining, 0.0)
        taken = np.clip(amount, _LEAST_TAKEN * room, _MOST_TAKEN * room)
        clean[factor] *= np.divide(remaining - taken, remaining, out=np.ones_like(remaining), where=remaining > 0)
        remaining = remaining - taken
    return clean, after.gross - remaining


def _rows(services: pd.DataFrame, keys: list[str], start: Array, end: Array, effects: Array) -> pd.DataFrame:
    """Bars at every level in whole units: start + bars = end, and services add up."""
    ends = [round_to_sum(values, round(float(values.sum()))) for values in (start, end)]
    change = ends[1] - ends[0]
    whole = np.stack([round_to_sum(row, int(target)) for row, target in zip(effects, change, strict=True)])
    rows: list[tuple[str, str, str, int]] = []
    for group in members_of(services, keys):
        head = (group.level, group.member)
        rows.append((*head, "start", int(ends[0][group.rows].sum())))
        rows += [(*head, bar, int(whole[group.rows, place].sum())) for place, bar in enumerate(BARS)]
        rows.append((*head, "end", int(ends[1][group.rows].sum())))
    return pd.DataFrame(rows, columns=COLUMNS)
