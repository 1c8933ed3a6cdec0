"""Complete the youngest case counts for cases that the system does not know of yet (``recorded_on``; DESIGN 4.1).

The same ladder as for invoices, on its own triangle: full-time citizens of a service month by how many months later the system
first knew of their case. Services with at least 20 full-time citizens have their own pattern, the others that of all together.
A case that ended and whose end is not recorded yet still counts: exports keep no date of when an end was known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.drivers.chain_ladder import fit_chain_ladder
from models.drivers.triangles import DEVELOPED_BOUNDS, FITTED_MONTHS, known_part, volume_pattern

if TYPE_CHECKING:
    from models.drivers.population import Notice
    from models.types import Array

REPORT_MONTHS = 12
"""A case is known a year after it began at the latest, or taken to be."""
_OWN_PATTERN = 20.0
_FEWEST_MONTHS = 24
_SCALED = ("volume", "units", "list_cost_nominal")
_SMALLEST_FACTOR = 0.5


@dataclass(frozen=True)
class CaseCompletion:
    """Case counts with those that are not known yet.

    Attributes:
        volume: The frame that came in, its youngest months scaled up.
        by_service: service, month, reported, completed, standard_error of the services that were completed (full-time citizens).
        notices: What the reader must know.
    """

    volume: pd.DataFrame
    by_service: pd.DataFrame
    notices: tuple[Notice, ...]


def complete_volume(
    volume: pd.DataFrame, reports: pd.DataFrame, *, services: tuple[str, ...], months: pd.DatetimeIndex
) -> CaseCompletion:
    """Scale the youngest months of volume, units and list cost up to what will be known of them.

    Args:
        volume: service, month, volume, units, list_cost_nominal and whatever else; rows of a month are scaled alike.
        reports: service, month, lag (months from the service month to when the case was known, -1: unknown), volume.
        services: (S,).
        months: (T,) first days, consecutive, the last is the cutoff.

    Returns:
        Completed volume. A service without ``recorded_on`` in every row is left as it is, which is said.
    """
    undated = set(reports.loc[reports["lag"] < 0, "service"])
    without = sorted({key for key in volume["service"].unique() if key in undated or key not in set(reports["service"])})
    dated = reports[~reports["service"].isin(undated)]
    if dated.empty or len(months) < _FEWEST_MONTHS:
        return CaseCompletion(volume, _no_rows(), _not_completed(without if dated.empty else [], volume))
    cumulative = _grid(dated, services, months).cumsum(axis=2)
    share, errors = _shares(cumulative)
    reported = known_part(cumulative, len(months) - 1)
    keys = pd.MultiIndex.from_product([services, months], names=["service", "month"])
    completed = pd.DataFrame(
        {
            "reported": reported.ravel(),
            "completed": (reported / share).ravel(),
            "standard_error": errors.ravel(),
            "factor": (1.0 / share).ravel(),
        },
        index=keys,
    )
    completed = completed[completed["reported"] > 0]
    rows = pd.MultiIndex.from_arrays([volume["service"], pd.DatetimeIndex(volume["month"])])
    factor = completed["factor"].reindex(rows).fillna(1.0).to_numpy(dtype=float)
    scaled = volume.assign(**{name: volume[name].to_numpy(dtype=float) * factor for name in _SCALED})
    return CaseCompletion(scaled, completed.drop(columns="factor").reset_index(), _not_completed(without, volume))


def _grid(reports: pd.DataFrame, services: tuple[str, ...], months: pd.DatetimeIndex) -> Array:
    """(S, T, L) volume by service, month and lag."""
    grid = np.zeros((len(services), len(months), REPORT_MONTHS))
    service = pd.Index(services).get_indexer(pd.Index(reports["service"]))
    month = months.get_indexer(pd.DatetimeIndex(reports["month"]))
    lag = np.minimum(reports["lag"].to_numpy(dtype=np.int64), REPORT_MONTHS - 1)
    kept = (service >= 0) & (month >= 0)
    np.add.at(grid, (service[kept], month[kept], lag[kept]), reports["volume"].to_numpy(dtype=float)[kept])
    return grid


def _shares(cumulative: Array) -> tuple[Array, Array]:
    """Known share of each month (S, T), and the standard error of its completed count: Mack's for all, shared by size."""
    n_months = cumulative.shape[1]
    age = np.minimum(np.arange(n_months - 1, -1, -1), REPORT_MONTHS - 1)
    whole = cumulative.sum(axis=0)
    together = volume_pattern(whole, n_months - 1)
    reported = known_part(cumulative, n_months - 1)
    own = reported[:, -FITTED_MONTHS:].mean(axis=1) >= _OWN_PATTERN
    patterns = np.stack(
        [volume_pattern(part, n_months - 1) if has else together for part, has in zip(cumulative, own, strict=True)]
    )
    share = np.clip(patterns, _SMALLEST_FACTOR, DEVELOPED_BOUNDS[1])[:, age]
    fitted = min(n_months, FITTED_MONTHS)
    increments = np.diff(whole, axis=1, prepend=0.0)[-fitted:]
    hidden = np.arange(REPORT_MONTHS)[None, :] > np.arange(fitted - 1, -1, -1)[:, None]
    error = np.zeros(n_months)
    error[-fitted:] = fit_chain_ladder(np.where(hidden, np.nan, increments)).standard_error
    weight = np.clip(reported / share, 0.0, None)
    total = weight.sum(axis=0, keepdims=True)
    return share, np.sqrt(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)) * error


def _no_rows() -> pd.DataFrame:
    names = ["service", "month", "reported", "completed", "standard_error"]
    return pd.DataFrame({name: pd.Series(dtype="object" if name == "service" else "float64") for name in names})


def _not_completed(without: list[str], volume: pd.DataFrame) -> tuple[Notice, ...]:
    if not without:
        return ()
    if len(without) == volume["service"].nunique():
        return (
            (
                "case_counts_as_recorded",
                "run",
                "Sagerne oplyser ikke, hvornår de blev registreret: de yngste måneders antal borgere er taget, som de er.",
                "The cases don't say when they were recorded: the youngest months' citizens are taken as they are.",
            ),
        )
    return tuple(
        (
            "case_counts_as_recorded",
            key,
            "Ydelsens sager oplyser ikke alle, hvornår de blev registreret: de yngste måneders antal er taget, som det er.",
            "Not every case of the service says when it was recorded: the youngest months' number is taken as it is.",
        )
        for key in without
    )
