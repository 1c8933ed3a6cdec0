"""The night's steps that look back: forecasts made again as of earlier cutoffs, and those of earlier runs, against what came."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from data.vintages import earlier_vintages, read_earlier
from flows.citizens import joined, learn_from
from flows.kept_choice import kept_earlier
from flows.then import known_then
from models.forecast import forecast_services
from models.forecast.calibrate import Lookback, width_factor
from models.forecast.choices import Renewal
from models.forecast_quality import actual_series, quality_months, quality_points, quality_table
from models.quality_years import REMADE, read_accounts, remade_years, vintage_years, year_points
from models.remade import choose_as_of, remade_draws, remade_rows, services_width, sums_width, years_width

if TYPE_CHECKING:
    from flows.night import Night
    from flows.steps import Tick

REMADE_DRAWS = 200
"""Enough for quantiles at 0.1 and 0.9 that are averaged over many months."""


def forecast_again(night: Night, tick: Tick, renewal: Renewal = Renewal.MONTHLY) -> None:
    """Forecast again as of earlier cutoffs, and find how much wider tonight's intervals must be for those to have held.

    Args:
        night: The night; ``extracts``, ``catalogue`` and ``parts`` are there, and the warehouse is as they left it.
        tick: Progress.
        renewal: How long the choices of earlier cutoffs hold.
    """
    settings, drivers = night.settings, night.held["parts"].tables
    then = known_then(night)
    tables = {origin: known.tables for origin, known in then.items()}
    choose = partial(choose_as_of, renewal=renewal, workers=settings.processes, progress=tick)
    choices, work = choose(tables, kept_earlier(night))
    n_draws = min(settings.n_draws, REMADE_DRAWS)
    remade = partial(remade_draws, tables, seed=settings.seed, n_draws=n_draws, choices=choices)
    plain = remade()
    weights, known = learn_from(night, plain, then, n_draws)
    draws = joined(plain, known, weights)
    night.held |= {"earlier_choices": choices, "earlier_choice_work": work, "known_weights": weights}
    night.held |= {"remade": remade_rows(drivers, draws), "remade_draws": draws}
    services = services_width(drivers, draws)
    wider = remade(forecast=partial(forecast_services, lookback=Lookback(services, width_factor([]))))
    widened = joined(wider, known, weights, services)
    sums = sums_width(drivers, widened)
    night.held["lookback"] = Lookback(services, sums, years_width(drivers, widened, sums))


def score_earlier(night: Night, _tick: Tick) -> None:
    """Make ``forecast_quality`` and ``forecast_quality_months``, and note which vintages they rest on.

    Args:
        night: The night; ``parts``, ``extracts``, the accounting tables and what :func:`forecast_again` made are there.
    """
    settings, extracts, drivers = night.settings, night.held["extracts"], night.held["parts"].tables
    vintages = earlier_vintages(
        settings.paths, cutoff=drivers.cutoff, municipality=settings.municipality, currency=extracts.currency
    )
    kept, outlooks = read_earlier(settings.paths, vintages)
    again, draws = night.held["remade"], night.held["remade_draws"]
    parts = [part for part in (again, kept) if len(part)]
    points = quality_points(pd.concat(parts, ignore_index=True) if parts else again, actual_series(drivers))
    fixed = night.frames["accounting_fixed"]
    accounts = read_accounts(drivers, ledger=extracts.ledger, budget=extracts.budget, fixed=fixed)
    forecasts = {(REMADE, cutoff): rows for cutoff, rows in remade_years(drivers, draws, accounts).items()}
    years = year_points(drivers, accounts, forecasts | vintage_years(outlooks, drivers))
    night.frames["forecast_quality"] = quality_table(points, years)
    night.frames["forecast_quality_months"] = quality_months(points)
    night.held["vintages_scored"] = sorted(vintage.digest for vintage in vintages)
