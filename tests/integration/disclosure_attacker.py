"""An attacker with every published number of some runs, linear programming and one fact: cost and counts are never negative.

What is shown becomes equations over single services (frames, for the refund): every sum of every table, and what tells of the
same krone in two tables: months and years, service years and drift, the ledger by period and by year, one vintage and the next.
A cell that is hidden somewhere is attacked in all of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import disclosure_tables as others
import numpy as np
import pandas as pd
from disclosure_tables import ADDITIVE, BY_FRAME, BY_SERVICE, OUTSIDE, SIGNED
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, vstack

from data.schema import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SETTLED_MONTHS = 24
"""After so long a month's invoices have come: vintages tell the same of it."""
WITHIN = 0.10
Variable = tuple[object, ...]


@dataclass
class Equations:
    """``sum(coefficient * variable)`` is ``value``, give or take ``slack``."""

    known: dict[Variable, float] = field(default_factory=dict)
    rows: list[tuple[dict[Variable, float], float, float]] = field(default_factory=list)
    free: set[Variable] = field(default_factory=set)
    hidden: set[Variable] = field(default_factory=set)
    primary: set[Variable] = field(default_factory=set)
    joined: set[Variable] = field(default_factory=set)
    """Kinds of provider with citizens enough, of which a row shows the sum with others: not suppressed, tried all the same."""

    def told(self, parts: Mapping[Variable, float], value: float, slack: float = 0.0) -> None:
        """Add an equation; a single variable becomes known."""
        if len(parts) == 1 and slack == 0.0:
            ((variable, factor),) = parts.items()
            self.known.setdefault(variable, value / factor)
        elif parts:
            self.rows.append((dict(parts), value, slack))


@dataclass(frozen=True)
class Found:
    """One hidden cell that was bounded: the lowest and highest it can be."""

    variable: Variable
    low: float
    high: float


def equations_of(
    runs: list[Mapping[str, pd.DataFrame]], prices: Mapping[pd.Timestamp, float], kinds: Sequence[pd.DataFrame] = ()
) -> Equations:
    """Everything that some runs show.

    Args:
        runs: Published tables by name of each run, oldest first.
        prices: Nominal per real by month: published by Danmarks Statistik and KL, so anyone's.
        kinds: Of each run its kinds of provider as they are (``driver_kinds``); none: they are left out of the attack.
    """
    system = Equations()
    for number, tables in enumerate(runs):
        cutoff = pd.to_datetime(tables["actual_months"]["month"]).max()
        _sums(system, tables, number)
        _identities(system, tables, number, prices, cutoff)
        inside = _members(tables["services"], "service")
        others.radar(system, tables["transition_radar"], number)
        others.radar(system, tables["transition_leaving"], number, side="from_service")
        others.refund_cells(system, tables, number)
        others.refund_lost(system, tables, number, inside)
        others.outlook(system, tables, number, inside)
        if kinds:
            others.kinds_of_provider(system, tables, number, inside, kinds[number])
    return system


def _history(number: int, cutoff: pd.Timestamp, column: str, service: str, month: pd.Timestamp) -> Variable:
    settled = month <= cutoff - pd.DateOffset(months=SETTLED_MONTHS)
    return ("history", column, "settled" if settled else number, service, month)


def _members(services: pd.DataFrame, leaf: str) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in services.itertuples(index=False):
        key = str(getattr(row, leaf))
        for level in ("service", "frame", "committee"):
            if level == "service" and leaf == "frame":
                continue
            found[level, str(getattr(row, level))].add(key)
        found["total", "total"].add(key)
    return {node: sorted(inside) for node, inside in found.items()}


def _cell(number: int, name: str, column: str, leaf: str, rest: tuple[object, ...]) -> Variable:
    return ("cell", number, name, column, leaf, *rest)


def _sums(system: Equations, tables: Mapping[str, pd.DataFrame], number: int) -> None:
    """Every shown row: its member is the sum of its services (or frames)."""
    frames = _members(tables["services"], "frame")
    for names, leaf in ((ADDITIVE, "service"), (BY_FRAME, "frame"), (BY_SERVICE, "service")):
        members = _members(tables["services"], leaf)
        for name, columns in names.items():
            table = (
                tables[name] if "level" in tables[name] else tables[name].assign(level="service", member=tables[name]["service"])
            )
            rest = [column for column in PUBLISHED[name].keys if column not in {"level", "member", "service"}]
            for row in table.itertuples(index=False):
                if getattr(row, "age_band", "all") != "all":
                    continue  # bands are joined: tests/property attacks them
                node, keys = (str(row.level), str(row.member)), tuple(getattr(row, column) for column in rest)
                for column in columns:
                    parts = {_cell(number, name, column, key, keys): 1.0 for key in members.get(node, ())}
                    if column in SIGNED and not _is_total(name, row):
                        system.free |= set(parts)
                    if column in OUTSIDE.get(name, ()) and node[0] != "service":
                        outside = [_cell(number, name, column, f"outside {frame}", keys) for frame in frames[node]]
                        system.free |= set(outside)
                        parts |= dict.fromkeys(outside, 1.0)
                    _row(system, parts, row, getattr(row, column), slack=1.0 if name == "drift" else 0.01)


def _row(system: Equations, parts: dict[Variable, float], row: object, value: object, *, slack: float) -> None:
    if row.mask == "" and not pd.isna(value):
        system.told(parts, float(value), 0.0 if len(parts) == 1 else slack * len(parts))
    elif row.mask != "" and len(parts) == 1:
        system.hidden |= set(parts)
        system.primary |= set(parts) if row.mask == "primary" else set()


def _is_total(name: str, row: object) -> bool:
    return name == "drift" and getattr(row, "driver", "") in {"start", "end"}


@dataclass(frozen=True)
class _Service:
    """One service of one run, and what is known of its months."""

    system: Equations
    tables: Mapping[str, pd.DataFrame]
    number: int
    service: str
    cutoff: pd.Timestamp
    past: dict[pd.Timestamp, Variable]

    def same(self, cell: Variable, parts: Mapping[Variable, float], slack: float) -> None:
        self.system.told({cell: -1.0, **parts}, 0.0, slack)

    def cell(self, name: str, column: str, *rest: object) -> Variable:
        return _cell(self.number, name, column, self.service, rest)

    def rows(self, name: str) -> Iterator[object]:
        table = self.tables[name]
        own = table["service"] == self.service if "service" in table else _is(table, self.service)
        return table[own].itertuples(index=False)

    def months(self, first: pd.Timestamp, last: pd.Timestamp) -> dict[Variable, float]:
        """Cost of the months of a span, past and ahead."""
        coming = pd.date_range(self.cutoff + pd.DateOffset(months=1), last, freq="MS")
        ahead = [self.cell("forecast_months", "mean", month, "gross_nominal") for month in coming if month >= first]
        return dict.fromkeys([*(cell for month, cell in self.past.items() if first <= month <= last), *ahead], 1.0)

    def may_be_told(self, cell: Variable, first: pd.Timestamp, last: pd.Timestamp) -> None:
        """A whole calendar year that the tables of years show is hidden beside them only with what is not whole."""
        years = self.tables["actual_years"]
        if (
            first.month == 1
            and last == first + pd.DateOffset(months=11)
            and (years.loc[_is(years, self.service), "mask"] == "").all()
        ):
            self.system.hidden.discard(cell)

    def posted(self, year: int) -> dict[Variable, float]:
        """What is posted so far, by period."""
        return dict.fromkeys([_posted(self.service, year, period) for period in _periods(year, self.cutoff)], 1.0)


def _is(table: pd.DataFrame, service: str) -> pd.Series:
    return (table["level"] == "service") & (table["member"] == service)


def _identities(
    system: Equations, tables: Mapping[str, pd.DataFrame], number: int, prices: Mapping[pd.Timestamp, float], cutoff: pd.Timestamp
) -> None:
    """What two tables, or two vintages, say of the same krone."""
    months = [pd.Timestamp(month) for month in sorted(pd.to_datetime(tables["actual_months"]["month"]).unique())]
    for service in [str(key) for key in tables["services"]["service"]]:
        past = {month: _history(number, cutoff, "gross", service, month) for month in months}
        own = _Service(system, tables, number, service, cutoff, past)
        _history_by_month(own)
        _whole_years(own, prices)
        _drift(own)
        _ledger(own)


def _history_by_month(own: _Service) -> None:
    for row in own.rows("actual_months"):
        for column, word in (("gross_ultimate_nominal", "gross"), ("gross_reported_nominal", "reported")):
            cell = own.cell("actual_months", column, row.month)
            own.same(cell, {_history(own.number, own.cutoff, word, own.service, row.month): 1.0}, 0.02)
    for row in own.rows("forecast_quality_months"):
        if row.month in own.past:
            cell = own.cell("forecast_quality_months", "actual", row.source, row.cutoff, row.month)
            own.same(cell, {own.past[row.month]: 1.0}, 0.02)


def _whole_years(own: _Service, prices: Mapping[pd.Timestamp, float]) -> None:
    for row in own.rows("actual_years"):
        cell = own.cell("actual_years", "gross", row.year, row.basis, row.price_level)
        if row.basis == "service_year":
            factors = {month: prices[month] if row.price_level != "nominal" else 1.0 for month in own.past}
            own.same(cell, {own.past[month]: 1.0 / factors[month] for month in own.past if month.year == row.year}, 1.0)
        elif row.price_level == "nominal":
            own.same(cell, {_posted(own.service, row.year, period): 1.0 for period in range(1, 14)}, 1.0)
    for row in own.rows("forecast_years"):
        if (row.basis, row.price_level, row.variant) == ("service_year", "nominal", "main"):
            cell = own.cell("forecast_years", "mean", row.year, row.basis, row.price_level, row.variant)
            own.same(cell, own.months(*_ends(str(row.year))), 1.0)


def _drift(own: _Service) -> None:
    for row in own.rows("drift"):
        if row.driver in {"start", "end"} and row.age_band == "all":
            span = row.from_period if row.driver == "start" else row.to_period
            cell = own.cell("drift", "effect", row.comparison, row.driver, "all")
            own.same(cell, own.months(*_ends(str(span))), 1.0)
            own.may_be_told(cell, *_ends(str(span)))


def _ledger(own: _Service) -> None:
    for row in own.rows("accounting_fixed"):
        cell = own.cell("accounting_fixed", "posted", row.accounting_year)
        own.same(cell, own.posted(row.accounting_year), 1.0)
        if row.accounting_year < own.cutoff.year:
            own.may_be_told(cell, *_ends(str(row.accounting_year)))
    for row in own.rows("year_result"):
        own.same(own.cell("year_result", "posted", row.year), own.posted(row.year), 1.0)
    for row in own.rows("year_result_months"):
        if row.period in _periods(row.year, own.cutoff):
            cell = own.cell("year_result_months", "posted", row.year, row.period)
            own.same(cell, {_posted(own.service, row.year, row.period): 1.0}, 0.02)
        before = own.cell("year_result_months", "last_year", row.year, row.period)
        own.same(before, {_posted(own.service, row.year - 1, row.period): 1.0}, 0.02)


def _ends(span: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last month of ``2026``, or of ``2025-01/2025-12``."""
    first, last = span.split("/") if "/" in span else (f"{span}-01", f"{span}-12")
    return pd.Timestamp(first + "-01"), pd.Timestamp(last + "-01")


def _periods(year: int, cutoff: pd.Timestamp) -> range:
    """Accounting periods of a year that have begun."""
    return range(1, (14 if year < cutoff.year else cutoff.month + 1 if year == cutoff.year else 1))


def _posted(service: str, year: int, period: int) -> Variable:
    return ("posted", service, int(year), int(period))


def _reduced(system: Equations) -> tuple[dict[Variable, float], list[tuple[dict[Variable, float], float, float]]]:
    """What follows at once: put in what is known until nothing new is."""
    known = dict(system.known)
    rows = list(system.rows)
    while True:
        left, new = [], 0
        for parts, value, slack in rows:
            open_parts = {key: factor for key, factor in parts.items() if key not in known}
            rest = value - sum(factor * known[key] for key, factor in parts.items() if key in known)
            if len(open_parts) == 1:
                ((key, factor),) = open_parts.items()
                if slack <= 0.01 * WITHIN * abs(rest) or abs(rest) < 1.0:
                    known[key] = rest / factor
                    new += 1
                    continue
            if open_parts:
                left.append((open_parts, rest, slack))
        rows = left
        if not new:
            return known, rows


def _components(rows: list[tuple[dict[Variable, float], float, float]]) -> list[list[tuple[dict[Variable, float], float, float]]]:
    parent: dict[Variable, Variable] = {}

    def root(key: Variable) -> Variable:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for parts, _, _ in rows:
        for first, second in pairwise(parts):
            parent[root(first)] = root(second)
    found = defaultdict(list)
    for row in rows:
        found[root(next(iter(row[0])))].append(row)
    return list(found.values())


def attack(system: Equations, *, least: float = 1.0, only: set[Variable] | None = None) -> tuple[int, list[Found]]:
    """Bound every hidden cell.

    Args:
        system: From :func:`equations_of`.
        least: Amounts below are nobody's: a month without cost.
        only: Cells to attack; default all that are hidden.

    Returns:
        How many were attacked, and those bounded to within 10 % of every value they can have.
    """
    known, rows = _reduced(system)
    targets = (system.hidden if only is None else only) - system.known.keys()
    found = [Found(key, known[key], known[key]) for key in targets & known.keys() if abs(known[key]) >= least]
    for part in _components(rows):
        keys = sorted({key for parts, _, _ in part for key in parts}, key=repr)
        wanted = [key for key in keys if key in targets]
        if wanted:
            found += [cell for cell in _bounds(part, keys, wanted, system.free) if _is_recovered(cell, least)]
    return len(targets), sorted(found, key=lambda cell: repr(cell.variable))


def _is_recovered(cell: Found, least: float) -> bool:
    if cell.low < 0 < cell.high or max(abs(cell.low), abs(cell.high)) < least:
        return False
    low, high = sorted((abs(cell.low), abs(cell.high)))
    return bool(np.isfinite(high)) and high * (1.0 - WITHIN) <= low * (1.0 + WITHIN)


def _bounds(
    rows: list[tuple[dict[Variable, float], float, float]], keys: list[Variable], wanted: list[Variable], free: set[Variable]
) -> Iterator[Found]:
    place = {key: index for index, key in enumerate(keys)}
    scale = max([abs(value) for _, value, _ in rows] + [1.0])
    entries = [(number, place[key], factor) for number, (parts, _, _) in enumerate(rows) for key, factor in parts.items()]
    at, column, factor = (np.array(part) for part in zip(*entries, strict=True))
    matrix = coo_matrix((factor, (at, column)), shape=(len(rows), len(keys))).tocsr()
    values, slack = (np.array([row[index] for row in rows]) / scale for index in (1, 2))
    bounds = [(None, None) if key in free else (0.0, None) for key in keys]
    both, limits = vstack([matrix, -matrix]), np.concatenate([values + slack, slack - values])
    for key in wanted:
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(keys))
            goal[place[key]] = sign
            done = linprog(goal, A_ub=both, b_ub=limits, bounds=bounds, method="highs")
            if done.status == 2:  # HiGHS' presolve calls what is unbounded infeasible at times
                done = linprog(goal, A_ub=both, b_ub=limits, bounds=bounds, method="highs", options={"presolve": False})
            if done.status == 2:
                message = f"The attacker's equations contradict each other around {key}: they are not what is published"
                raise AssertionError(message)
            ends.append(float(done.fun) * sign * scale if done.status == 0 else sign * -np.inf)
        yield Found(key, ends[0], ends[1])


def answers_of_hidden(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Services whose months are hidden, and of which stays, newcomers or ages are told all the same."""
    months = tables["forecast_months"]
    hidden = set(months.loc[(months["level"] == "service") & (months["mask"] != ""), "member"])
    stays, ages = tables["stay_response"], tables["age_shares"]
    return hidden & {*stays["from_service"], *stays["to_service"], *ages["service"]}


def small_counts(tables: Mapping[str, pd.DataFrame], min_citizens: int) -> list[tuple[str, int]]:
    """Tables that show a number of citizens between none and the threshold, and how often."""
    found = []
    for name, table in tables.items():
        if "mask" in table and "n_citizens" in table:
            counts = table.loc[table["mask"] == "", "n_citizens"].astype(float)
            few = int(((counts > 0) & (counts < min_citizens)).sum())
            found += [(name, few)] if few else []
    return found


__all__ = ["Equations", "Found", "answers_of_hidden", "attack", "equations_of", "small_counts"]
