"""What came is what was used and what was set aside: rows, and amounts to the øre.

Also holds the proof that the used rows satisfy the whole contract: every set-aside rule is counted again in SQL, apart from
the suites that found the faults.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from data.errors import BalanceBroken
from data.input_files import citizens_sql
from data.schema import INPUTS, PUBLISHED, Kind
from data.warehouse import scalar
from expectations.rules import RULES
from expectations.sql_rules import set_aside_sql

if TYPE_CHECKING:
    import duckdb

    from data.schema import Column, Table

_REMEDY = "Nothing was published. Report this: a row was lost or counted twice between landing and use"
_NO_ROWS = (0, Decimal("0.00"))


def measure_balance(con: duckdb.DuckDBPyConnection, *, min_citizens: int) -> pd.DataFrame:
    """Measure what came, what is used and what was set aside, and hold them against each other.

    Args:
        con: The warehouse, its rows split into used and set aside.
        min_citizens: Where what was set aside rests on fewer, that is marked.

    Returns:
        By the contract ``BALANCE``: one row per input table that came; amounts DKK (or the run's currency), two decimals.

    Raises:
        BalanceBroken: Rows or amounts do not meet; names table and counts.
    """
    landed = _totals(con, "files WHERE status = 'landed'")
    hidden = _totals(con, "not_active")
    lines = []
    for name, table in INPUTS.items():
        landed_rows, landed_amount = landed.get(name, _NO_ROWS)
        hidden_rows, hidden_amount = hidden.get(name, _NO_ROWS)
        came = (landed_rows - hidden_rows, landed_amount - hidden_amount)
        used, aside = _sum(con, table, f"used_{name}"), _sum(con, table, f"set_aside_{name}")
        _require(name, "rows", came[0], used[0] + aside[0])
        if table.amount:
            _require(name, "amount", came[1], used[1] + aside[1])
        if came[0]:
            amounts = (came[1], used[1], aside[1]) if table.amount else (_NO_ROWS[1],) * 3
            citizens = scalar(con, f"SELECT {citizens_sql(table)} FROM set_aside_{name}") or 0
            lines.append((name, came[0], used[0], aside[0], *amounts, 0 < citizens < min_citizens))
    return pd.DataFrame(lines, columns=list(PUBLISHED["balance"].names))


def prove_used_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Count every set-aside rule again on ``used_<table>``.

    Raises:
        BalanceBroken: A used row breaks a rule that should have set it aside.
    """
    for name, table in INPUTS.items():
        counts = {rule_id: f"count_if({test})" for rule_id, test in _tests(table).items()}
        found = con.execute(f"SELECT {', '.join(counts.values())} FROM used_{name}").fetchall()[0]
        broken = dict(zip(counts, found, strict=True))
        for rule_id in ("C-02", "C-04"):
            if name in RULES[rule_id].tables:
                broken[rule_id] = scalar(con, f"SELECT count(*) FROM ({set_aside_sql(rule_id, name, f'used_{name}')})")
        wrong = {rule_id: count for rule_id, count in broken.items() if count}
        if wrong:
            what = f"Used rows break rules that set rows aside: {wrong}"
            raise BalanceBroken(what, where=f"used_{name}", why="A faulty row would enter the forecast", remedy=_REMEDY)


def _tests(table: Table) -> dict[str, str]:
    """One SQL truth value per rule: the row breaks it."""
    tests: dict[str, list[str]] = {"T-02": [], "T-03": [], "T-04": []}
    for column in table.columns:
        quoted = f'"{column.name}"'
        if column.required:
            tests["T-02"].append(f"{quoted} IS NULL")
        if column.allowed:
            allowed = ", ".join(_text(value) for value in column.allowed)
            tests["T-03"].append(f"coalesce({quoted} NOT IN ({allowed}), false)")
        if column.pattern:
            tests["T-03"].append(f"coalesce(NOT regexp_full_match({quoted}, {_text(column.pattern)}), false)")
        for low_or_high, sign in ((column.low, "<"), (column.high, ">")):
            if low_or_high:
                tests["T-04"].append(f"coalesce({quoted} {sign} {_literal(column, low_or_high)}, false)")
        for other, value, highest in column.high_where:
            tests["T-04"].append(f'coalesce("{other}" = {_text(value)} AND {quoted} > {_literal(column, highest)}, false)')
    if table.name in RULES["C-01"].tables:
        tests["C-01"] = ["coalesce(service NOT IN (SELECT service FROM rule_known_services), false)"]
    if table.name == "cases":
        tests["C-03"] = ["coalesce(ended_on < start_date, false)"]
        tests["C-05"] = ["coalesce(price_from < start_date OR price_from > ended_on, false)"]
    return {rule_id: " OR ".join(parts) for rule_id, parts in tests.items() if parts}


def _literal(column: Column, text: str) -> str:
    return f"DATE {_text(text)}" if column.kind in (Kind.DATE, Kind.MONTH) else f"{text}::{column.kind.sql}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _totals(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, tuple[int, Decimal]]:
    sql = f"SELECT table_name, sum(rows), sum(coalesce(amount, 0)) FROM {source} GROUP BY table_name"
    return {name: (int(rows), Decimal(amount)) for name, rows, amount in con.execute(sql).fetchall()}


def _sum(con: duckdb.DuckDBPyConnection, table: Table, source: str) -> tuple[int, Decimal]:
    amount = f'coalesce(sum("{table.amount}"), 0)' if table.amount else "0"
    rows, total = con.execute(f"SELECT count(*), ({amount})::DECIMAL(38,2) FROM {source}").fetchall()[0]
    return int(rows), Decimal(total)


def _require(table: str, what: str, came: Decimal | int, accounted: Decimal | int) -> None:
    if came != accounted:
        counts = (f" ({came})", f" ({accounted})") if what == "rows" else ("", "")  # a difference may be one citizen's amount
        message = f"{what.capitalize()} in{counts[0]} and {what} used plus set aside{counts[1]} do not meet"
        raise BalanceBroken(message, where=f"table '{table}'", why="Something vanished or was counted twice", remedy=_REMEDY)
