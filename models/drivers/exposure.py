"""Expected volume at reference uptake: what the population alone would ask for (indirect standardisation, DESIGN 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.drivers.population import OLDEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.drivers.population import Population
    from models.types import Array

PRIOR_CITIZENS = 5.0
"""Weight of the age band: a single year of age in which this many full-time citizens are expected counts half by itself
(uptake of neighbouring ages differs by some 45 %)."""
BAND_PRIOR_CITIZENS = 0.5
"""Weight of the whole scope on its bands: little, since uptake of age bands differs by far more."""
UNKNOWN_AGE = -1


@dataclass(frozen=True)
class Exposure:
    """Expected volume by service, month, age band and variant.

    Attributes:
        services: (S,) keys.
        history_months: (T,) first days.
        ahead_months: (H,) first days.
        bands: (B,) age band keys; one band ``all`` where no population is known.
        history: (S, T, B) expected full-time citizens.
        ahead: Per variant: (S, H, B).
    """

    services: tuple[str, ...]
    history_months: pd.DatetimeIndex
    ahead_months: pd.DatetimeIndex
    bands: tuple[str, ...]
    history: Array
    ahead: dict[str, Array]


def reference_uptake(
    volume: Array,
    population: Array,
    *,
    bands: Mapping[str, tuple[int, int]],
    scope: tuple[int, int],
    prior: float = PRIOR_CITIZENS,
) -> Array:
    """Uptake per person by single year of age, thin ages drawn towards their age band, and bands towards the whole scope.

    ``r[a] = (V[a] + k) / (P[a] + k / r_band)``: the mean under a gamma prior worth ``k`` citizens at the band's uptake; the same
    for the band against the scope, with half a citizen. Ages outside the scope keep their own ratio: nothing is lent to them.

    Args:
        volume: (100,) mean full-time citizens by age in the window.
        population: (100,) mean persons by age in the window.
        bands: Age bands, both ends included.
        scope: Ages for which the service is meant, both ends included.
        prior: ``k``, full-time citizens.

    Returns:
        (100,) full-time citizens per person; 0 where nobody lives.

    Example:
        >>> volume, population = np.zeros(100), np.full(100, 100.0)
        >>> volume[20:23] = [10.0, 20.0, 30.0]
        >>> reference_uptake(volume, population, bands={"20-22": (20, 22)}, scope=(20, 22))[20:23].round(3).tolist()
        [0.12, 0.2, 0.28]
    """
    rate = np.divide(volume, population, out=np.zeros_like(volume), where=population > 0)
    ages = np.arange(len(volume))
    inside = (ages >= scope[0]) & (ages <= scope[1])
    whole = _ratio(volume[inside].sum(), population[inside].sum())
    if whole <= 0:
        return rate
    for low, high in bands.values():
        band = inside & (ages >= low) & (ages <= high)
        if band.any():
            group = (volume[band].sum() + BAND_PRIOR_CITIZENS) / (population[band].sum() + BAND_PRIOR_CITIZENS / whole)
            rate[band] = (volume[band] + prior) / (population[band] + prior / group)
    rate[population <= 0] = 0.0
    return rate


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def build_exposure(
    volume: pd.DataFrame,
    services: pd.DataFrame,
    population: Population | None,
    *,
    history_months: pd.DatetimeIndex,
    ahead_months: pd.DatetimeIndex,
    reference_months: int,
    age_bands: Mapping[str, tuple[int, int]],
) -> Exposure:
    """Make exposure for every service.

    The window is the newest ``reference_months`` of history. A service with volume is rescaled so that the sums of expected and
    actual volume agree in the window. A service without (cost only) follows the persons in its age scope, 1 on average in the
    window. Volume of unknown age uses one uptake for its whole scope. Without population every exposure is 1.

    Args:
        volume: service, month, age (-1: unknown), volume.
        services: service, age_from, age_to (NaN: open).
        population: Counted and projected persons, ``None`` where there are none.
        history_months: (T,) to the cutoff.
        ahead_months: (H,) after it.
        reference_months: Length of the window, months.
        age_bands: Bands by which exposure is split.
    """
    keys = tuple(services["service"])
    if population is None:
        ones = np.ones((len(keys), len(history_months), 1))
        ahead = np.ones((len(keys), len(ahead_months), 1))
        return Exposure(keys, history_months, ahead_months, ("all",), ones, {"main": ahead})
    persons = population.monthly(history_months)
    window = slice(max(0, len(history_months) - reference_months), None)
    uptake = np.stack(
        [
            _service_uptake(
                volume[volume["service"] == key], persons, history_months, window, (float(low), float(high)), age_bands
            )
            for key, low, high in zip(services["service"], services["age_from"], services["age_to"], strict=True)
        ]
    )
    member = np.zeros((OLDEST + 1, len(age_bands)))
    for column, (low, high) in enumerate(age_bands.values()):
        member[low : min(high, OLDEST) + 1, column] = 1.0
    return Exposure(
        services=keys,
        history_months=history_months,
        ahead_months=ahead_months,
        bands=tuple(age_bands),
        history=_expected(uptake, persons, member),
        ahead={name: _expected(uptake, population.monthly(ahead_months, name), member) for name in population.variants},
    )


def _expected(uptake: Array, persons: Array, member: Array) -> Array:
    """(S, T, B) = sum over ages of uptake (S, A) x persons (T, A), by band (A, B)."""
    return np.stack([(persons * row) @ member for row in uptake])


def _service_uptake(
    rows: pd.DataFrame,
    persons: Array,
    months: pd.DatetimeIndex,
    window: slice,
    scope: tuple[float, float],
    age_bands: Mapping[str, tuple[int, int]],
) -> Array:
    """(100,) rescaled uptake of one service."""
    low, high = (0 if np.isnan(scope[0]) else int(scope[0])), (OLDEST if np.isnan(scope[1]) else min(int(scope[1]), OLDEST))
    chosen = months[window]
    mean_persons = persons[window].mean(axis=0)
    recent = rows[rows["month"].isin(chosen)]
    total = float(recent["volume"].sum()) / len(chosen)
    flat = np.zeros(OLDEST + 1)
    flat[low : high + 1] = 1.0
    if total <= 0:
        return flat / max(float(mean_persons[low : high + 1].sum()), 1.0)
    by_age = np.zeros(OLDEST + 1)
    aged = recent[recent["age"] != UNKNOWN_AGE].groupby("age")["volume"].sum()
    by_age[aged.index.to_numpy(dtype=int)] = aged.to_numpy(dtype=float) / len(chosen)
    rate = reference_uptake(by_age, mean_persons, bands=age_bands, scope=(low, high)) if by_age.sum() > 0 else flat
    expected = float((persons[window] * rate).sum()) / len(chosen)
    return rate * (total / expected) if expected > 0 else flat / max(float(mean_persons[low : high + 1].sum()), 1.0)
