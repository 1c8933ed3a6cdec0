"""A run's drivers as its files keep them: what is stored, and the same read back, so that drift can be explained anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.declared import with_breaks
from models.drivers import Exposure
from models.types import DriverTables, PressureDraws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.age_bands import ShownBands
    from models.drift_periods import Drivers

ALL_AGES = "all"
MAIN = "main"
_HISTORY = [
    "service", "month", "volume", "exposure", "uptake_ratio", "units_per_person", "unit_cost_real", "gross_reported_nominal",
    "gross_ultimate_nominal", "ibnr_nominal", "ibnr_se_nominal",
]  # fmt: skip
_EVENT = ["effective_from", "effective_to", "kind", "frame", "service", "amount_dkk", "price_level", "in_data"]


@dataclass(frozen=True)
class DriftSource:
    """One run, ready to be explained.

    Attributes:
        run_id: Its name.
        code: Digest of the code, the locked packages and the settings that move a figure.
        tables: Driver tables as the forecast was given them.
        exposure: Expected volume by age band.
        volume: service, month, age (the first of its band; -1: not known), provider_type, volume, list_cost_nominal.
        draws: Published draws; ``unit_cost_real`` is not kept and is NaN.
        events: Budget events as the run knew them.
        age_bands: First and last age of each band.
        hidden_years: (level, member) whose year figures are hidden -> why.
        hidden_months: The same for figures by month; holds ``hidden_years``.
        moved: (service, band) -> the band in which it is shown.
        min_citizens: Fewer are not shown.
        series: service, month, gross_nominal, volume: means of the series forecast alone; no rows where a run did not keep it.
    """

    run_id: str
    code: str
    tables: DriverTables
    exposure: Exposure
    volume: pd.DataFrame
    draws: PressureDraws
    events: pd.DataFrame
    age_bands: Mapping[str, tuple[int, int]]
    hidden_years: Mapping[tuple[str, str], str]
    hidden_months: Mapping[tuple[str, str], str]
    moved: Mapping[tuple[str, str], str]
    min_citizens: int
    series: pd.DataFrame


def driver_frames(
    parts: Drivers,
    volume: pd.DataFrame,
    events: pd.DataFrame,
    bands: ShownBands,
    series: pd.DataFrame,
    *,
    age_bands: Mapping[str, tuple[int, int]],
) -> dict[str, pd.DataFrame]:
    """What a run keeps of its drivers: frames by ``data.schema.RESTRICTED``.

    Args:
        parts: Driver tables and exposure.
        volume: Extract: service, month, age (-1: not known), provider_type, volume, list_cost_nominal.
        events: Extract of the budget events.
        bands: Where small age bands are shown.
        series: From :func:`series_means`, of the draws before anything is joined with them.
        age_bands: Bands of the catalogue, ascending.
    """
    tables, exposure = parts.tables, parts.exposure
    lows = np.array([low for low, _ in age_bands.values()])
    names = np.array([*age_bands, ALL_AGES], dtype=object)
    age = volume["age"].to_numpy(dtype=int)
    place = np.where(age < 0, len(age_bands), np.searchsorted(lows, age, side="right") - 1)
    cells = volume.assign(age_band=names[place]).groupby(["service", "month", "age_band", "provider_type"], as_index=False)
    moved = [(service, band, to) for (service, band), to in sorted(bands.moved.items())]
    behind = _ages(exposure, exposure.history, exposure.history_months)
    ahead = _ages(exposure, exposure.ahead[MAIN], exposure.ahead_months)
    return {
        "driver_months": tables.history[_HISTORY],
        "driver_ahead": tables.ahead[["service", "month", "variant", "exposure", "units_per_person"]],
        "driver_prices": tables.prices.drop_duplicates("month")[["month", "price_factor"]],
        "driver_ages": pd.concat([behind, ahead], ignore_index=True),
        "driver_cells": cells[["volume", "list_cost_nominal"]].sum(),
        "driver_events": events.reset_index(drop=True).assign(number=range(len(events)))[["number", *_EVENT]],
        "driver_bands": pd.DataFrame(moved, columns=["service", "age_band", "shown_band"]),
        "driver_services": tables.services[["service"]].assign(opening_days=tables.services.get("opening_days", False)),
        "driver_series": series,
    }


def series_means(draws: PressureDraws) -> pd.DataFrame:
    """What the series alone say ahead: service, month, gross_nominal, volume, each the mean of its draws."""
    index = pd.MultiIndex.from_product([draws.services, draws.months], names=["service", "month"])
    means = {"gross_nominal": draws.gross_nominal.mean(axis=2).ravel(), "volume": draws.volume.mean(axis=2).ravel()}
    return pd.DataFrame(means, index=index).reset_index()


def _ages(
    exposure: Exposure, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], months: pd.DatetimeIndex
) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([exposure.services, months, exposure.bands], names=["service", "month", "age_band"])
    return pd.DataFrame({"exposure": values.ravel()}, index=index).reset_index()


def read_source(
    kept: Mapping[str, pd.DataFrame],
    published: Mapping[str, pd.DataFrame],
    record: Mapping[str, object],
    *,
    age_bands: Mapping[str, tuple[int, int]],
) -> DriftSource:
    """Read a run back.

    Args:
        kept: Tables of its restricted file.
        published: services, draws, forecast_years, forecast_months of its published file.
        record: Its run record.
        age_bands: Bands of the catalogue.
    """
    services = published["services"]
    if len(kept["driver_services"]):
        services = services.merge(kept["driver_services"], on="service", how="left", validate="one_to_one")
    cutoff = pd.Timestamp(str(record["cutoff"]))
    tables = DriverTables(
        cutoff=cutoff,
        currency=str(record["currency"]),
        price_level=str(record["price_level"]),
        services=services,
        history=_dated(kept["driver_months"]),
        ahead=_dated(kept["driver_ahead"]),
        prices=_dated(kept["driver_prices"]),
        notices=pd.DataFrame(columns=["notice_id", "member", "text_da", "text_en"]),
    )
    known = record.get("settings")
    settings = dict(known) if isinstance(known, dict) else {}
    made_by = [record.get("code_digest"), record.get("lock_digest"), *(settings.get(name) for name in ("seed", "n_draws"))]
    moved = kept["driver_bands"]
    return DriftSource(
        run_id=str(record["run_id"]),
        code="-".join(str(part) for part in made_by),
        tables=with_breaks(tables, kept["driver_events"]),
        exposure=_exposure(_dated(kept["driver_ages"]), tuple(services["service"].astype(str)), cutoff, age_bands),
        volume=_volume(_dated(kept["driver_cells"]), age_bands),
        draws=_draws(published["draws"]),
        events=kept["driver_events"].assign(
            effective_from=pd.to_datetime(kept["driver_events"]["effective_from"]),
            effective_to=pd.to_datetime(kept["driver_events"]["effective_to"]),
        ),
        age_bands=age_bands,
        hidden_years=_hidden(published["forecast_years"]),
        hidden_months=_hidden(published["forecast_years"]) | _hidden(published["forecast_months"]),
        moved={(str(row[0]), str(row[1])): str(row[2]) for row in moved.itertuples(index=False)},
        min_citizens=int(settings.get("min_citizens", 5)),
        series=_dated(kept["driver_series"]),
    )


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(month=pd.to_datetime(table["month"]).astype("datetime64[ns]"))


def _hidden(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    rows = table.loc[table["mask"] != "", ["level", "member", "mask"]].drop_duplicates()
    return {(str(level), str(member)): str(mask) for level, member, mask in rows.itertuples(index=False)}


def _exposure(
    ages: pd.DataFrame, services: tuple[str, ...], cutoff: pd.Timestamp, age_bands: Mapping[str, tuple[int, int]]
) -> Exposure:
    named = set(ages["age_band"].astype(str))
    bands = tuple(band for band in (*age_bands, ALL_AGES) if band in named)
    months = pd.DatetimeIndex(sorted(ages["month"].unique()))
    index = pd.MultiIndex.from_product([services, months, bands])
    values = ages.set_index(["service", "month", "age_band"])["exposure"].reindex(index).to_numpy(dtype=np.float64)
    found = np.nan_to_num(values.reshape(len(services), len(months), len(bands)))
    behind = months <= cutoff
    return Exposure(services, months[behind], months[~behind], bands, found[:, behind], {MAIN: found[:, ~behind]})


def _volume(cells: pd.DataFrame, age_bands: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    first_age = {band: low for band, (low, _) in age_bands.items()}
    return cells.assign(age=cells["age_band"].map(lambda band: first_age.get(band, -1)).astype(int))


def _draws(table: pd.DataFrame) -> PressureDraws:
    ordered = table.assign(month=pd.to_datetime(table["month"]).astype("datetime64[ns]")).sort_values(["service", "month"])
    services = tuple(dict.fromkeys(ordered["service"].astype(str)))
    months = pd.DatetimeIndex(sorted(ordered["month"].unique()))
    gross = np.stack([np.asarray(row, dtype=np.float64) for row in ordered["gross_nominal"]])
    missing = np.full(gross.shape[1], np.nan)
    volume = np.stack([missing if row is None else np.asarray(row, dtype=np.float64) for row in ordered["volume"]])
    shape = (len(services), len(months), gross.shape[1])
    prices = np.stack([np.asarray(row, dtype=np.float64) for row in ordered["price_factor"]]).reshape(shape)[0]
    methods = pd.DataFrame({"service": list(services)})
    unit_cost = np.full(shape, np.nan)
    return PressureDraws(services, months, gross.reshape(shape), volume.reshape(shape), unit_cost, prices, methods)
