"""Synthetic municipalities for ``make follow-up``: monthly volumes by service, forecasts by the engine, citizens thinned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.reference.catalogue import load_catalogue
from data.synthetic.calendar import days_in, first_day, month_of, window_of
from data.synthetic.caseload import simulate_caseload
from data.synthetic.plan import PLANS
from data.synthetic.population import Counts, monthly_persons, project, synthetic_population
from data.synthetic.seeds import generator
from models.drivers.exposure import build_exposure
from models.drivers.population import OLDEST, Population
from models.forecast import forecast_services
from models.forecast.measures import months_ahead
from models.types import DriverTables

if TYPE_CHECKING:
    from models.types import Array, PressureDraws

MONTHS = 144
END = "2026-12"
N_DRAWS = 500
TREND_MONTHS = 60
YEAR = 12
START = 3
"""Months from decision to start."""
FOLLOWED = START + 24
LEAST = 5.0
"""Fewer full-time citizens are masked."""
SERVICES = tuple(dict.fromkeys(plan.key for plan in PLANS))
BANDS = {"0-5": (0, 5), "6-11": (6, 11), "12-17": (12, 17), "18-22": (18, 22), "23-29": (23, 29), "30-39": (30, 39),
         "40-49": (40, 49), "50-59": (50, 59), "60-66": (60, 66), "67+": (67, 120)}  # fmt: skip


@dataclass(frozen=True, eq=False)
class TownVolumes:
    """Who got what, month by month.

    Attributes:
        seed: The town's seed.
        months: (T,) first days.
        counts: Year -> (2, 106) persons on 1 January.
        rows: service (place in ``SERVICES``), month (0..T-1), case, age, share (of the month).
        volume: (S, T) full-time citizens.
    """

    seed: int
    months: pd.DatetimeIndex
    counts: Counts
    rows: pd.DataFrame
    volume: Array


def town_volumes(seed: int, *, size: float = 1.0) -> TownVolumes:
    """Simulate one municipality's cases."""
    window = window_of(END, MONTHS)
    counts = synthetic_population(window, seed=seed, municipality="151", size=size)
    found = simulate_caseload(window, monthly_persons(counts, window), generator(seed, "151", "caseload"), size=size)
    sold = np.array([plan.sold for plan in PLANS])[found.plan]
    last = np.minimum(month_of(found.end), window.end)
    first = np.maximum(month_of(found.start), window.start)
    length = np.where(sold, 0, np.clip(last - first + 1, 0, None))
    case = np.repeat(np.arange(len(found.plan)), length)
    month = first[case] + np.arange(len(case)) - np.repeat(np.cumsum(length) - length, length)
    begin, days = first_day(month), days_in(month)
    share = (np.minimum(found.end[case] + 1, begin + days) - np.maximum(found.start[case], begin)) / days
    place = np.array([SERVICES.index(plan.key) for plan in PLANS])[found.plan]
    rows = pd.DataFrame(
        {
            "service": place[case],
            "month": month - window.start,
            "case": case,
            "age": np.clip((month - found.birth[case]) // 12, 0, OLDEST),
            "share": np.clip(share, 0.0, 1.0),
        }
    )
    volume = np.zeros((len(SERVICES), MONTHS))
    np.add.at(volume, (rows["service"], rows["month"]), rows["share"])
    return TownVolumes(seed, pd.date_range(end=f"{END}-01", periods=MONTHS, freq="MS"), counts, rows, volume)


def _population(town: TownVolumes, year: int) -> Population:
    """Counted to 1 January of ``year``, projected from there as a municipality would."""
    to_hundred = lambda counts: np.r_[counts.sum(axis=0)[:OLDEST], counts.sum(axis=0)[OLDEST:].sum()]  # noqa: E731
    counted = pd.DataFrame({y: to_hundred(c) for y, c in town.counts.items() if y <= year}).T
    ahead = project(town.counts[year], years=6, growth=0.0)
    return Population(counted, {"main": pd.DataFrame({year + n: to_hundred(c) for n, c in enumerate(ahead)}).T})


def exposures(town: TownVolumes, last: int) -> tuple[Array, Array]:
    """(S, last + 1) behind and (S, H) ahead: expected volume, as drivers make it at month ``last``."""
    behind = town.months[: last + 1]
    catalogue = load_catalogue()
    limits = [catalogue.by_key(key).ages for key in SERVICES]
    services = pd.DataFrame({"service": SERVICES, "age_from": [low for low, _ in limits], "age_to": [high for _, high in limits]})
    services = services.astype({"age_from": float, "age_to": float})
    rows = (
        town.rows[town.rows["month"].between(last - 35, last)].groupby(["service", "month", "age"], as_index=False)["share"].sum()
    )
    volume = pd.DataFrame(
        {
            "service": np.array(SERVICES)[rows["service"]],
            "month": town.months[rows["month"]],
            "age": rows["age"],
            "volume": rows["share"],
        }
    )
    found = build_exposure(
        volume,
        services,
        _population(town, int(behind[-1].year)),
        history_months=behind,
        ahead_months=months_ahead(behind[-1]),
        reference_months=36,
        age_bands=BANDS,
    )
    return found.history.sum(axis=2), found.ahead["main"].sum(axis=2)


def drivers_at(town: TownVolumes, last: int, wanted: tuple[str, ...] = SERVICES) -> DriverTables:
    """The town's drivers at month ``last``: volume as it was, every citizen at one price, so that uptake alone is fitted."""
    behind, ahead = town.months[: last + 1], months_ahead(town.months[last])
    past, future = exposures(town, last)
    catalogue = load_catalogue()
    history, following = [], []
    for key in wanted:
        place = SERVICES.index(key)
        volume = town.volume[place, : last + 1]
        zero = np.zeros(len(volume))
        columns = {
            "service": key,
            "month": behind,
            "volume": volume,
            "exposure": past[place],
            "uptake_ratio": volume / past[place],
        }
        money = {
            "gross_reported_nominal": volume,
            "gross_ultimate_nominal": volume,
            "ibnr_nominal": zero,
            "ibnr_se_nominal": zero,
        }
        history.append(pd.DataFrame(columns | {"units_per_person": 1.0, "unit_cost_real": 1.0} | money))
        following.append(
            pd.DataFrame({"service": key, "month": ahead, "variant": "main", "exposure": future[place], "units_per_person": 1.0})
        )
    services = [
        {
            "service": key,
            "service_group": f"{catalogue.by_key(key).group}",
            "frame": catalogue.by_key(key).default_frame,
            "committee": "one",
            "price_unit": "month",
        }
        for key in wanted
    ]
    every = behind.append(ahead)
    return DriverTables(
        cutoff=behind[-1],
        currency="DKK",
        price_level="2026-pl",
        services=pd.DataFrame(services),
        history=pd.concat(history, ignore_index=True),
        ahead=pd.concat(following, ignore_index=True),
        prices=pd.DataFrame({"month": every, "price_factor": 1.0}),
        notices=pd.DataFrame(columns=["notice_id", "member", "text_da", "text_en"]),
    )


def forecast_at(town: TownVolumes, last: int, wanted: tuple[str, ...] = SERVICES) -> PressureDraws:
    """The engine's draws at month ``last``."""
    return forecast_services(drivers_at(town, last, wanted), seed=1, n_draws=N_DRAWS)


def at_peak(volume: Array) -> bool:
    """Right after a peak: the newest three months lie higher above the service's own trend than in the year before.

    Args:
        volume: (t,) full-time citizens to the month of decision.
    """
    if len(volume) < TREND_MONTHS or not (volume[-TREND_MONTHS:] > 0).all():
        return False
    logs, months = np.log(volume[-TREND_MONTHS:]), np.arange(TREND_MONTHS)
    over = np.convolve(logs - np.polyval(np.polyfit(months, logs, 1), months), np.ones(3) / 3, "valid")
    return bool(over[-1] >= over[-YEAR:].max() and over[-1] > over.std())


def decision_months(town: TownVolumes) -> tuple[int, int]:
    """Two months of decision, each with as many services at a peak as any of its candidates, far enough apart that the first
    forecast can be judged when the second decision is taken."""

    def most(candidates: range) -> int:
        return max(candidates, key=lambda last: sum(at_peak(row[: last + 1]) for row in town.volume if row[last] >= LEAST))

    first = most(range(70, 87))
    return first, most(range(first + FOLLOWED, MONTHS - FOLLOWED))
