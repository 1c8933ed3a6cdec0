"""Earlier forecasts and budgets of a frame's accounting year, against its accounts.

A budget is set for the whole frame, own institutions and income included, so both are held against account class 1 of the
frame (state refund apart, as in ``frame_outlook``). A remade forecast of the frame's year is the gross of its service months
plus what lay outside the model in the last year then known, carried on in fixed prices: that a bill falls in another
accounting year than its service month is therefore part of its miss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.forecast_quality import BUDGET, FIGURES, LAST_YEAR, OURS, POINT_COLUMNS
from models.levels import LEVELS, members_of
from models.plans import REFUND, to_level
from models.pressure import statistics
from models.remade import REMADE, prices_as_of
from models.years import NOMINAL, price_by_year

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.types import Array, DriverTables, PressureDraws

MEASURE = "frame_result"
_COLUMNS = ["level", "member", "year", *FIGURES]


@dataclass(frozen=True)
class Accounts:
    """What frames spent by accounting year, nominal. F frames, Y years.

    Attributes:
        frames: (F,) keys.
        years: (Y,) in order; each is over at the cutoff and stands in the ledger whole.
        result: (F, Y) account class 1 without state refund, with what is still expected of late invoices.
        outside: (F, Y) the part of it that no service of the run explains.
        budget: (F, Y) original budget; NaN where there is none.
    """

    frames: tuple[str, ...]
    years: tuple[int, ...]
    result: Array
    outside: Array
    budget: Array


def read_accounts(drivers: DriverTables, *, ledger: pd.DataFrame, budget: pd.DataFrame, fixed: pd.DataFrame) -> Accounts:
    """Sum the ledger and the original budgets by frame and accounting year.

    Args:
        drivers: Services, cutoff, prices.
        ledger: frame, service, accounting_year, side, line, amount; may be empty.
        budget: frame, year, version, price_level, amount_dkk.
        fixed: ACCOUNTING_FIXED: late invoices still expected.
    """
    frame_of = drivers.services.set_index("service")["frame"].astype(str)
    frames = tuple(sorted(set(frame_of)))
    last = drivers.cutoff.year if drivers.cutoff.month == 12 else drivers.cutoff.year - 1
    first = drivers.history["month"].min()
    whole = range(first.year + (first.month > 1), last + 1)
    years = tuple(year for year in whole if (ledger["accounting_year"] == year).any())
    index = pd.MultiIndex.from_product([frames, years])

    def table(rows: pd.DataFrame, frame: pd.Series[str], year: pd.Series[int], amount: pd.Series[float]) -> Array:
        if rows.empty:
            return np.full((len(frames), len(years)), np.nan)
        summed = amount.astype(float).groupby([frame.astype(str), year.astype(int)]).sum()
        return np.asarray(summed.reindex(index).to_numpy(dtype=np.float64).reshape(len(frames), len(years)), dtype=np.float64)

    counted = ledger[ledger["line"] != REFUND]
    modelled = (counted["side"] == "authority") & counted["service"].isin(drivers.services["service"])
    outside = counted[~modelled]
    late = table(fixed, fixed["service"].map(frame_of), fixed["accounting_year"], fixed["ibnr_mean"])
    result = table(counted, counted["frame"], counted["accounting_year"], counted["amount"])
    beside = table(outside, outside["frame"], outside["accounting_year"], outside["amount"])
    planned = budget[budget["version"] == "original"]
    prices = price_by_year(drivers)
    facts = zip(planned["amount_dkk"].astype(float), planned["price_level"].astype(str), planned["year"].astype(int), strict=True)
    nominal = [to_level(amount, price_level=level, year=year, level=NOMINAL, prices=prices) for amount, level, year in facts]
    plans = table(planned, planned["frame"], planned["year"], pd.Series(nominal, index=planned.index, dtype=float))
    return Accounts(frames, years, result + np.nan_to_num(late), np.nan_to_num(beside), plans)


def remade_years(
    drivers: DriverTables, draws: Mapping[pd.Timestamp, PressureDraws], accounts: Accounts
) -> dict[pd.Timestamp, pd.DataFrame]:
    """The first whole accounting year after each cutoff, as remade forecasts have it.

    Returns:
        Cutoff -> level, member, year, mean, q10, q50, q90 (nominal); frames, committees and the total. Cutoffs whose year is
        not over, or before which no accounting year is known, are left out.
    """
    frame_of = drivers.services.set_index("service")["frame"].astype(str)
    found = {}
    for cutoff, drawn in draws.items():
        year, known = cutoff.year + 1, cutoff.year if cutoff.month == 12 else cutoff.year - 1
        if year not in accounts.years or known not in accounts.years:
            continue
        gross = drawn.gross_nominal[:, drawn.months.year == year].sum(axis=1)
        prices = price_by_year(replace(drivers, prices=prices_as_of(drivers, cutoff)))
        carried = accounts.outside[:, accounts.years.index(known)] * prices.get(year, 1.0) / prices.get(known, 1.0)
        rows = []
        for member in members_of(drivers.services, drawn.services):
            if member.level != "service":
                own = sorted({accounts.frames.index(str(frame_of[drawn.services[row]])) for row in member.rows})
                values = statistics(gross[member.rows].sum(axis=0) + carried[own].sum())
                rows.append((member.level, member.member, year, *(float(value) for value in values)))
        found[cutoff] = pd.DataFrame(rows, columns=_COLUMNS)
    return found


def year_points(
    drivers: DriverTables, accounts: Accounts, forecasts: Mapping[tuple[str, pd.Timestamp], pd.DataFrame]
) -> pd.DataFrame:
    """Set earlier year forecasts, last year's accounts and the original budget beside the accounts.

    Args:
        drivers: Services.
        accounts: From :func:`read_accounts`.
        forecasts: (source, cutoff) -> rows as :func:`remade_years` gives them; of each the first whole year is used.

    Returns:
        ``forecast_quality.POINT_COLUMNS``; ``month`` is the year's first.
    """
    committee_of = drivers.services.drop_duplicates("frame").set_index("frame")["committee"].astype(str)
    places = {("total", "total"): list(range(len(accounts.frames)))}
    for at, frame in enumerate(accounts.frames):
        places[LEVELS[1], frame] = [at]
        places.setdefault((LEVELS[2], str(committee_of[frame])), []).append(at)
    rows = []
    for (source, cutoff), table in sorted(forecasts.items()):
        year = cutoff.year + 1
        if year not in accounts.years:
            continue
        own = {(str(row.level), str(row.member)): row for row in table[table["year"] == year].itertuples()}
        for key, frames in places.items():
            if key in own:
                ours = np.array([getattr(own[key], name) for name in FIGURES], dtype=np.float64)
                rows += _member_points((source, *key), cutoff, ours, _summed(accounts, frames), accounts.years)
    return pd.DataFrame(rows, columns=POINT_COLUMNS)


def _summed(accounts: Accounts, frames: list[int]) -> tuple[Array, Array]:
    """(Y,) result and budget of a member: NaN where a frame of it lacks one."""
    return accounts.result[frames].sum(axis=0), accounts.budget[frames].sum(axis=0)


def _member_points(
    head: tuple[str, str, str], cutoff: pd.Timestamp, ours: Array, sums: tuple[Array, Array], years: tuple[int, ...]
) -> list[tuple[object, ...]]:
    (result, budget), at = sums, years.index(cutoff.year + 1)
    before = at - 1 if cutoff.month == 12 else at - 2
    steps = np.abs(np.diff(result[: before + 1])) if before > 0 else np.zeros(0)
    scale = float(np.nanmean(steps)) if np.isfinite(steps).any() and np.nanmean(steps) > 0 else np.nan
    none = np.full(2, np.nan)
    methods = {OURS: ours, BUDGET: np.array([budget[at], none[0], budget[at], none[1]])}
    if before >= 0:
        methods[LAST_YEAR] = np.array([result[before], none[0], result[before], none[1]])
    month = pd.Timestamp(year=years[at], month=1, day=1)
    return [
        (*head, MEASURE, cutoff, month, years[at] - cutoff.year, name, result[at], *values, scale)
        for name, values in methods.items()
        if np.isfinite(values[0]) and np.isfinite(result[at])
    ]


def vintage_years(
    outlooks: Mapping[pd.Timestamp, pd.DataFrame], drivers: DriverTables
) -> dict[tuple[str, pd.Timestamp], pd.DataFrame]:
    """What earlier runs published of their first whole year ahead, brought to nominal by today's index.

    Args:
        outlooks: Cutoff -> that run's FRAME_OUTLOOK; masked rows are left out.
        drivers: Prices.
    """
    prices = price_by_year(drivers)
    found = {}
    for cutoff, table in outlooks.items():
        rows = table[(table["year"] == cutoff.year + 1) & (table["mask"] == "")]
        levels = rows["price_level"].astype(str)
        factor = [to_level(1.0, price_level=level, year=cutoff.year + 1, level=NOMINAL, prices=prices) for level in levels]
        found["vintage", cutoff] = rows.assign(**{name: rows[name].astype(float) * factor for name in FIGURES})[_COLUMNS]
    return found


__all__ = ["MEASURE", "REMADE", "Accounts", "read_accounts", "remade_years", "vintage_years", "year_points"]
