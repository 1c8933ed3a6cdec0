"""What a decision freezes: the forecast it was taken on, so that no later run can move what the measure is held against.

Shown services only: nothing of a masked service is frozen, so nothing of it can be followed up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast.exposure_weight import exposure_weight
from models.scenario.baseline import masked_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from models.types import Array

ARRAYS = ("volume", "exposure_behind", "exposure", "draws", "unit_cost", "price_factor", "price_behind")
_YEAR = 12


@dataclass(frozen=True, eq=False)
class Frozen:
    """One run's forecast of volume, kept for good. S shown services, T months of history, H months ahead, D draws.

    Attributes:
        run_id: The run.
        services: (S,) keys, in the order of the alphabet.
        behind: (T,) months of history, the last is the cutoff.
        months: (H,) months ahead.
        volume: (S, T) full-time citizens; NaN where unknown.
        exposure_behind: (S, T) expected volume at reference uptake.
        exposure: (S, H) the same, ahead.
        draws: (S, H, D) full-time citizens.
        unit_cost: (S, H, D) real cost of a full-time citizen and month; NaN where nobody is helped.
        price_factor: (H,) nominal per real, mean of draws.
        price_behind: (T,) nominal per real; NaN where unknown.
        price_level: Level of ``unit_cost``.
    """

    run_id: str
    services: tuple[str, ...]
    behind: pd.DatetimeIndex
    months: pd.DatetimeIndex
    volume: Array
    exposure_behind: Array
    exposure: Array
    draws: Array
    unit_cost: Array
    price_factor: Array
    price_behind: Array
    price_level: str

    @property
    def cutoff(self) -> pd.Timestamp:
        """Last month that the forecast knew (first day)."""
        return self.behind[-1]

    def place(self, service: str) -> int:
        """Index of a service; -1 where it is not frozen."""
        return self.services.index(service) if service in self.services else -1

    def history_months(self, service: str) -> int:
        """Months of history in which the service had anyone."""
        return int((np.nan_to_num(self.volume[self.place(service)]) > 0).sum())

    def exposure_weight(self, service: str) -> float:
        """How far the forecast followed the service's exposure, found again by the engine's own rule."""
        row = self.place(service)
        behind, ahead = self.exposure_behind[row], self.exposure[row]
        whole = np.r_[behind, ahead]
        if not (np.isfinite(whole) & (whole > 0)).all():
            return 0.0
        return exposure_weight(self.volume[row], whole)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Arrays as a file keeps them: no object among them, so that reading needs no pickle."""
        found: dict[str, npt.NDArray[np.generic]] = {name: getattr(self, name) for name in ARRAYS}
        found |= {"draws": self.draws.astype(np.float32), "unit_cost": self.unit_cost.astype(np.float32)}
        months = {name: getattr(self, name).to_numpy().astype("datetime64[M]").astype(np.int64) for name in ("behind", "months")}
        words = {
            "services": np.array(self.services, dtype=np.str_),
            "told": np.array([self.run_id, self.price_level], dtype=np.str_),
        }
        return found | months | words


def thaw(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Frozen:
    """The frozen forecast of a file's arrays (:meth:`Frozen.arrays`).

    Raises:
        ValueError: An array is missing or of another shape than the others.
    """
    missing = sorted({*ARRAYS, "behind", "months", "services", "told"} - set(arrays))
    if missing:
        message = f"Arrays are missing: {', '.join(missing)}"
        raise ValueError(message)
    numbers = {name: np.asarray(arrays[name], dtype=np.float64) for name in ARRAYS}
    months = {
        name: pd.DatetimeIndex(np.asarray(arrays[name], dtype=np.int64).astype("datetime64[M]")) for name in ("behind", "months")
    }
    services = tuple(str(key) for key in arrays["services"])
    shapes = {"volume": (len(services), len(months["behind"])), "exposure_behind": (len(services), len(months["behind"])),
              "exposure": (len(services), len(months["months"])), "price_factor": (len(months["months"]),),
              "price_behind": (len(months["behind"]),)}  # fmt: skip
    if any(numbers[name].shape != shape for name, shape in shapes.items()) or any(
        numbers[name].shape[:2] != shapes["exposure"] or numbers[name].ndim != 3 for name in ("draws", "unit_cost")
    ):
        message = "The arrays do not belong together"
        raise ValueError(message)
    told = [str(word) for word in arrays["told"]]
    return Frozen(told[0], services, months["behind"], months["months"], price_level=told[1], **numbers)


def freeze(tables: Mapping[str, pd.DataFrame], drivers: Mapping[str, pd.DataFrame], *, run_id: str, price_level: str) -> Frozen:
    """Freeze what a run published, with the exposure its forecast was given.

    Args:
        tables: Published tables by name; ``draws``, ``services``, ``actual_months`` and those that tell who is masked.
        drivers: The run's restricted tables ``driver_ahead`` and ``driver_prices``; without them population and index are not
            known, and nothing is moved by them.
        run_id: The run.
        price_level: Price level of the unit cost.

    Returns:
        Every shown service that has full-time citizens in the draws.
    """
    draws = tables["draws"]
    months = pd.DatetimeIndex(sorted(set(draws["month"])))
    behind = pd.DatetimeIndex(sorted(set(tables["actual_months"]["month"])))
    hidden = masked_services(tables)
    rows = {str(key): part.set_index("month").reindex(months) for key, part in draws.groupby("service", sort=True)}
    kept = {key: part for key, part in rows.items() if key not in hidden and _has_citizens(part)}
    stacked = {
        name: np.stack([np.stack(list(part[name])) for part in kept.values()]).astype(np.float64)
        if kept
        else np.zeros((0, len(months), 1))
        for name in ("volume", "gross_nominal", "price_factor")
    }
    real = stacked["gross_nominal"] / np.where(stacked["price_factor"] > 0, stacked["price_factor"], np.nan)
    unit_cost = np.divide(real, stacked["volume"], out=np.full_like(real, np.nan), where=stacked["volume"] > 0)
    ahead = drivers.get("driver_ahead")
    nothing = np.full((len(kept), len(months)), np.nan)
    expected = None if ahead is None else ahead[ahead["variant"] == "main"]
    return Frozen(
        run_id=run_id,
        services=tuple(kept),
        behind=behind,
        months=months,
        volume=service_rows(tables["actual_months"], tuple(kept), behind, "volume"),
        exposure_behind=service_rows(tables["actual_months"], tuple(kept), behind, "exposure"),
        exposure=nothing if expected is None else service_rows(expected, tuple(kept), months, "exposure"),
        draws=stacked["volume"],
        unit_cost=unit_cost,
        price_factor=stacked["price_factor"].mean(axis=(0, 2)) if kept else np.ones(len(months)),
        price_behind=_prices(drivers, behind),
        price_level=price_level,
    )


def _prices(drivers: Mapping[str, pd.DataFrame], months: pd.DatetimeIndex) -> Array:
    if "driver_prices" not in drivers:
        return np.full(len(months), np.nan)
    found = drivers["driver_prices"].drop_duplicates("month").set_index("month")["price_factor"].reindex(months)
    return found.to_numpy(dtype=np.float64)


def _has_citizens(rows: pd.DataFrame) -> bool:
    drawn = list(rows["volume"])
    return all(isinstance(value, np.ndarray | list) and np.isfinite(np.asarray(value, dtype=float)).all() for value in drawn)


def service_rows(table: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex, column: str) -> Array:
    """(S, n) one column of a table by service and month; NaN where it says nothing."""
    known = table[["service", "month", column]].astype({column: float})
    wide = known.pivot_table(index="service", columns="month", values=column, aggfunc="mean", dropna=False)
    return wide.reindex(index=list(services), columns=months).to_numpy(dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Realised:
    """What a later run knows of the months since. S services, T' months.

    Attributes:
        run_id: The later run.
        services: (S,) keys; a service that is masked by now is not among them.
        months: (T',) history, the last is the newest month that is complete.
        volume: (S, T') full-time citizens.
        exposure: (S, T') expected volume at the later run's reference uptake.
        cost: (S, T') gross cost, nominal, with late invoices that are still expected.
        price_factor: (T',) nominal per real; NaN where unknown.
    """

    run_id: str
    services: tuple[str, ...]
    months: pd.DatetimeIndex
    volume: Array
    exposure: Array
    cost: Array
    price_factor: Array

    def until(self, last: pd.Timestamp) -> Realised:
        """The same as it stood at an earlier month."""
        kept = self.months <= last
        columns = {name: getattr(self, name)[:, kept] for name in ("volume", "exposure", "cost")}
        return replace(self, months=self.months[kept], price_factor=self.price_factor[kept], **columns)


def realised(tables: Mapping[str, pd.DataFrame], drivers: Mapping[str, pd.DataFrame], *, run_id: str) -> Realised:
    """What a later run says came, of the services that it shows."""
    actual, hidden = tables["actual_months"], masked_services(tables)
    months = pd.DatetimeIndex(sorted(set(actual["month"])))
    services = tuple(key for key in sorted(set(actual["service"].astype(str))) if key not in hidden)
    return Realised(
        run_id=run_id,
        services=services,
        months=months,
        volume=service_rows(actual, services, months, "volume"),
        exposure=service_rows(actual, services, months, "exposure"),
        cost=service_rows(actual, services, months, "gross_ultimate_nominal"),
        price_factor=_prices(drivers, months),
    )


def real_cost(frozen: Frozen, realised: Realised, service: str, since: slice) -> Array:
    """(W,) what came, at the frozen price level: by the index as it came to be, chained to the frozen one at the cutoff."""
    at = int(np.argmax(realised.months == frozen.cutoff)) if frozen.cutoff in realised.months else -1
    base = realised.price_factor[at] / frozen.price_behind[-1] if at >= 0 else np.nan
    factor = realised.price_factor[since] / base
    nominal = realised.cost[realised.services.index(service), since]
    return np.asarray(np.divide(nominal, factor, out=np.full_like(nominal, np.nan), where=factor > 0), dtype=np.float64)
