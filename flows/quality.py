"""The night's step that looks back: earlier runs' forecasts, and remade ones, against what came since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.vintages import earlier_vintages, read_earlier
from flows.kept_choice import kept_earlier
from models.forecast_quality import actual_series, quality_months, quality_points, quality_table
from models.quality_years import REMADE, read_accounts, remade_years, vintage_years, year_points
from models.remade import choose_as_of, remade_forecasts, yearly_origins

if TYPE_CHECKING:
    from flows.night import Night
    from flows.steps import Tick

REMADE_DRAWS = 200
"""Enough for quantiles at 0.1 and 0.9 that are averaged over many months."""


def score_earlier(night: Night, tick: Tick) -> None:
    """Make ``forecast_quality`` and ``forecast_quality_months``, and note which vintages and choices they rest on.

    Args:
        night: The night; ``parts``, ``extracts`` and the accounting tables are there.
        tick: Progress.
    """
    settings, extracts, drivers = night.settings, night.held["extracts"], night.held["parts"].tables
    vintages = earlier_vintages(
        settings.paths, cutoff=drivers.cutoff, municipality=settings.municipality, currency=extracts.currency
    )
    kept, outlooks = read_earlier(settings.paths, vintages)
    origins = yearly_origins(drivers)
    choices, work = choose_as_of(drivers, origins, kept_earlier(night), workers=settings.processes, progress=tick)
    night.held |= {"earlier_choices": choices, "earlier_choice_work": work}
    n_draws = min(settings.n_draws, REMADE_DRAWS)
    again, draws = remade_forecasts(drivers, origins, seed=settings.seed, n_draws=n_draws, choices=choices)
    parts = [part for part in (again, kept) if len(part)]
    points = quality_points(pd.concat(parts, ignore_index=True) if parts else again, actual_series(drivers))
    fixed = night.frames["accounting_fixed"]
    accounts = read_accounts(drivers, ledger=extracts.ledger, budget=extracts.budget, fixed=fixed)
    forecasts = {(REMADE, cutoff): rows for cutoff, rows in remade_years(drivers, draws, accounts).items()}
    years = year_points(drivers, accounts, forecasts | vintage_years(outlooks, drivers))
    night.frames["forecast_quality"] = quality_table(points, years)
    night.frames["forecast_quality_months"] = quality_months(points)
    night.held["vintages_scored"] = sorted(vintage.digest for vintage in vintages)
