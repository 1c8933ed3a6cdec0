"""The refund of open years: what simulated citizens bring, joined with the history of the same year, each krone once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import LEVELS, TOTAL, members_of
from models.refund.notices import ahead_notice, ahead_unknown_notice, notice_frame
from models.refund.response import curves_of, response_errors
from models.refund.simulated import Simulated, refund_draws
from models.refund.years import ACCOUNTING_YEAR, SERVICE_YEAR
from models.years import NOMINAL, accounting_year_draws, late_shares, service_year_draws, year_shares

if TYPE_CHECKING:
    from models.refund.history import RefundRules
    from models.refund.simulated import Simulation
    from models.refund.tables import PastRefund, RefundTables
    from models.types import Array, DriverTables, PressureDraws
    from models.years import YearDraws

COUNTED_DRAWS = 100
"""Draws from which is counted how many stand behind a refund."""
_COUNTS = ["level", "member", "year", "tier", "n_citizens", "top_share"]


def refund_ahead(
    refund: Array,
    draws: PressureDraws,
    drivers: DriverTables,
    past: PastRefund,
    rules: RefundRules,
    *,
    weights: pd.DataFrame,
    fixed: pd.DataFrame,
) -> pd.DataFrame:
    """REFUND_AHEAD without mask columns: draws are added first, quantiles taken last.

    Args:
        refund: (S, H, D) central refund of the months ahead, from ``refund_draws``.
        draws: The published draws.
        drivers: Services, history with ibnr, cutoff.
        past: Refund of history. A past month's refund is booked as its bills are: what is posted to a year, and what late
            invoices will still bring, in proportion to the month's cost.
        rules: Half refund, thresholds.
        weights: ACCOUNTING_WEIGHTS.
        fixed: ACCOUNTING_FIXED.
    """
    ones = np.ones(draws.gross_nominal.shape[:2])
    service = service_year_draws(draws, drivers, price_level=NOMINAL, factor=ones)
    booked = accounting_year_draws(draws, drivers, weights=weights, fixed=fixed, price_level=NOMINAL, factor=ones)
    of = np.asarray(draws.months.year)
    mine = [np.asarray(refund[:, of == year].sum(axis=1)) for year in service.years]
    begun = _in_order(past, draws.services, past.amount[:, past.months.year == drivers.cutoff.year].sum(axis=1))
    if drivers.cutoff.year in service.years:
        mine[service.years.index(drivers.cutoff.year)] += begun[:, None]
    parts = [_rows(service, np.stack(mine, axis=1), SERVICE_YEAR, drivers, draws, rules)]
    if booked.years:
        amounts = np.einsum("syh,shd->syd", year_shares(weights, draws, booked.years), refund)
        amounts += _of_past_months(past, draws.services, drivers, fixed, booked.years)[:, :, None]
        parts.append(_rows(booked, amounts, ACCOUNTING_YEAR, drivers, draws, rules))
    return pd.concat(parts, ignore_index=True)


def look_ahead(
    tables: RefundTables,
    simulation: Simulation | None,
    draws: PressureDraws,
    drivers: DriverTables,
    rules: RefundRules,
    *,
    weights: pd.DataFrame,
    fixed: pd.DataFrame,
) -> RefundTables:
    """The refund's tables with what is ahead, from simulated citizens who go no further than here.

    Args:
        tables: Of history.
        simulation: Simulated citizens; None: they may not be, or can't be known, and a notice says so.
        draws: The published draws.
        drivers: Services, history, cutoff.
        rules: With thresholds of the years ahead.
        weights: ACCOUNTING_WEIGHTS.
        fixed: ACCOUNTING_FIXED.
    """
    if simulation is None or tables.past is None:
        return replace(tables, notices=pd.concat([tables.notices, notice_frame([ahead_unknown_notice()])], ignore_index=True))
    known = Simulated(simulation, draws, rules)
    refund = refund_draws(known)
    behind = expected_behind(known, drivers.services)
    shown = _with_begun(behind[behind["level"] != LEVELS[0]], tables.begun)
    said = notice_frame([ahead_notice([int(year) for year in np.unique(draws.months.year.to_numpy())])])
    return replace(
        tables,
        ahead=refund_ahead(refund, draws, drivers, tables.past, rules, weights=weights, fixed=fixed),
        curves=curves_of(known, refund),
        behind=behind,
        errors={name: round(error, 4) for name, error in response_errors(known).items()},
        concentration=pd.concat([tables.concentration, shown], ignore_index=True),
        notices=pd.concat([tables.notices, said], ignore_index=True),
    )


def _with_begun(ahead: pd.DataFrame, begun: pd.DataFrame | None) -> pd.DataFrame:
    """One row a year: what is ahead follows from other figures, so the months so far are judged by themselves.

    Example:
        >>> keys = {"level": "frame", "member": "F", "year": 2026, "tier": 0}
        >>> ahead = pd.DataFrame([{**keys, "n_citizens": 9, "top_share": np.nan}])
        >>> begun = pd.DataFrame([{**keys, "n_citizens": 2, "top_share": 0.6}])
        >>> _with_begun(ahead, begun)[["n_citizens", "top_share"]].to_numpy().tolist()
        [[2.0, 0.6]]
    """
    if begun is None or begun.empty:
        return ahead
    both = pd.concat([ahead, begun], ignore_index=True)
    both = both.assign(n_citizens=both["n_citizens"].where(both["n_citizens"] > 0).astype(float))
    joined = both.groupby(_COUNTS[:4], as_index=False, sort=False).agg({"n_citizens": "min", "top_share": "max"})
    return joined.assign(n_citizens=joined["n_citizens"].fillna(0).astype(np.int64))[_COUNTS]


def _in_order(past: PastRefund, services: tuple[str, ...], amount: Array) -> Array:
    """(S,) amounts in the draws' services."""
    found = np.zeros(len(services))
    for key, value in zip(past.services, amount, strict=True):
        if key in services:
            found[services.index(key)] = value
    return found


def _of_past_months(
    past: PastRefund, services: tuple[str, ...], drivers: DriverTables, fixed: pd.DataFrame, years: tuple[int, ...]
) -> Array:
    """(S, Y) refund of past months' bills: posted to each year so far, and where late invoices are expected."""
    posted = np.stack([_in_order(past, services, past.booked.get(year, np.zeros(len(past.services)))) for year in years], axis=1)
    table = drivers.history.set_index(["service", "month"])[["ibnr_nominal", "gross_ultimate_nominal"]].astype(float)
    grid = table.reindex(pd.MultiIndex.from_product([past.services, past.months])).fillna(0.0)
    still, whole = (grid[name].to_numpy().reshape(past.amount.shape) for name in grid.columns)
    share = np.divide(still, whole, out=np.zeros_like(whole), where=whole > 0)
    late = _in_order(past, services, (past.amount * share).sum(axis=1))
    return np.asarray(posted + late[:, None] * late_shares(fixed, services, years))


def _rows(
    gross: YearDraws, refund: Array, basis: str, drivers: DriverTables, draws: PressureDraws, rules: RefundRules
) -> pd.DataFrame:
    half = np.array([rules.half_share if key in rules.half else 0.0 for key in draws.services])
    rows: list[dict[str, object]] = []
    for member in members_of(drivers.services, draws.services):
        if member.level == LEVELS[0]:
            continue
        for place, year in enumerate(gross.years):
            mine = gross.gross[member.rows, place]
            lines = {"gross": mine.sum(axis=0), "central_refund": refund[member.rows, place].sum(axis=0)}
            lines["net_of_central"] = lines["gross"] - lines["central_refund"]
            apart = float((half[member.rows, None] * mine).sum(axis=0).mean())
            figures = {f"{name}_{word}": value for name, line in lines.items() for word, value in _spread(line).items()}
            since = year if basis == SERVICE_YEAR else year - 1
            rows.append(
                {
                    "level": member.level, "member": member.member, "year": year, "basis": basis, **figures,
                    "half_refund_mean": apart, "net_mean": figures["net_of_central_mean"] - apart,
                    "thresholds_verified": all(is_verified(rules, number) for number in range(since, year + 1)),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _spread(line: Array) -> dict[str, float]:
    low, high = np.quantile(line, (0.1, 0.9))
    return {"mean": float(line.mean()), "q10": float(low), "q90": float(high)}


def is_verified(rules: RefundRules, year: int) -> bool:
    """Whether a source of a year's thresholds was seen, for both sides of 18."""
    return all(rules.reference.of(year, side).verified for side in ("under_18", "from_18"))


def expected_behind(known: Simulated, services: pd.DataFrame) -> pd.DataFrame:
    """How many stand behind the refund of each year ahead: units with any, mean of the first draws, whole.

    Args:
        known: Simulated citizens.
        services: service, frame, committee.

    Returns:
        As ``refund_concentration``: level (services too), member, year, tier 0, n_citizens, top_share (not known).
    """
    order = known.draws.services
    belong = services.set_index("service").reindex(list(order))
    years = np.unique(known.draws.months.year.to_numpy())
    n_draws = min(COUNTED_DRAWS, known.draws.gross_nominal.shape[2])
    codes = {}
    for level in LEVELS:
        names = {"service": list(order), TOTAL: [TOTAL] * len(order)}.get(level)
        codes[level] = pd.factorize(
            np.asarray(names if names is not None else belong[level].astype(str), dtype=object), sort=True
        )
    sums = {level: np.zeros(len(years) * len(members)) for level, (_, members) in codes.items()}
    for entries in known.blocks(n_draws):
        hot, _ = known.above(entries)
        year = np.searchsorted(years, known.draws.months.year.to_numpy()[entries.month[hot]])
        for level, (code, members) in codes.items():
            cell = year * len(members) + code[entries.service[hot]]
            size = len(years) * len(members)
            once = np.unique(entries.unit[hot] * size + cell)
            sums[level] += np.bincount(once % size, minlength=size)
    parts = []
    for level, (_, members) in codes.items():
        counts = np.rint(sums[level] / n_draws).astype(np.int64)
        keys = {"level": level, "member": np.tile(members.astype(str), len(years)), "year": np.repeat(years, len(members))}
        parts.append(pd.DataFrame({**keys, "tier": 0, "n_citizens": counts, "top_share": np.nan})[_COUNTS])
    return pd.concat(parts, ignore_index=True)


def threshold_years(rules: RefundRules, years: range) -> pd.DataFrame:
    """REFUND_THRESHOLDS of some years.

    Args:
        rules: Thresholds, carried on where no year is known.
        years: Which.
    """
    rows = [
        {
            "year": year, "tier": tier, "above_dkk": above, "refund_pct": pct, "source": found.source,
            "thresholds_verified": is_verified(rules, year),
        }
        for year in years
        for found in [rules.reference.of(year, "from_18")]
        for tier, (above, pct) in enumerate(zip(found.above_dkk, found.refund_pct, strict=True), start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows)
