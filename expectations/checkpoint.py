"""The checkpoint between staging and drivers: check every rule, set faulty rows aside, and prove that nothing vanished.

Order: row rules (Great Expectations, in chunks), duplicate keys, overlaps and the like (SQL, on rows still sound),
``used_<table>``, proof that the used rows hold the whole contract, balance, then the rules that warn or block (SQL, on used
rows).
Gives counts, rule ids and row ids; never a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from data.errors import MissingColumns, WrongUse
from data.input_files import who_sql
from data.schema import INPUTS, PUBLISHED
from data.warehouse import scalar, scrubbed
from expectations.balance import measure_balance, prove_used_rows
from expectations.data_docs import write_data_docs
from expectations.row_checks import Checked, RowChecker, failures
from expectations.rules import RULES, FoundBy, Rule, Severity, checks
from expectations.sql_rules import (
    SET_ASIDE_SQL,
    VALUED,
    known_services,
    prepare_reference,
    prepare_sums,
    run_set_aside,
    run_table_rule,
    set_aside_rows_sql,
)
from expectations.suites import empty_suite, row_suite, type_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from data.schema import Table
    from data.settings import Settings

    Progress = Callable[[str, int, int], None]

_STAGED = "file_sha256 VARCHAR, row_number BIGINT, row_id BIGINT"
_SHAPES = {
    "violations": "rule_id VARCHAR, table_name VARCHAR, row_id BIGINT, amount DECIMAL(18,2)",
    "not_active": "file_sha256 VARCHAR, table_name VARCHAR, why VARCHAR, rows BIGINT, amount DECIMAL(18,2)",
    "landed_faults": "file_sha256 VARCHAR, table_name VARCHAR, row_number BIGINT, rule_id VARCHAR, column_name VARCHAR",
}
_SEVERITY_RANK = {True: Severity.BLOCKING, False: Severity.WARNING}


@dataclass(frozen=True, kw_only=True)
class ValidationReport:
    """What the checkpoint found.

    Attributes:
        rule_results: By the contract ``RULE_RESULTS``: every rule on every table it is checked on; amounts in the table's
            money column, 0 where it has none or holds prices; a rule with nothing to check has passed with 0 rows checked.
        balance: By the contract ``BALANCE``: one row per input table that came.
        blocking: One sentence per blocking failure; empty: the run may go on.
    """

    rule_results: pd.DataFrame
    balance: pd.DataFrame
    blocking: tuple[str, ...]


def validate(
    con: duckdb.DuckDBPyConnection, settings: Settings, *, docs_dir: Path | None = None, progress: Progress | None = None
) -> ValidationReport:
    """Check every rule on the staged tables and leave ``used_<table>`` for every input table.

    Writes ``violations`` (beside what staging wrote there), ``findings`` and ``used_<table>``; may be run again.

    Args:
        con: The warehouse, staged.
        settings: The municipality and the limit for jumps.
        docs_dir: Where Data Docs are written; ``None``: they are not.
        progress: Called with step, done and total.

    Returns:
        The report; a blocking failure is named in it, not raised.

    Raises:
        BalanceBroken: Rows or amounts in are not those used plus set aside, or a used row breaks the contract.
        MissingColumns: A staged table lacks a column of its contract, or holds it in another type.
        WrongUse: A mapping set rows aside by a rule that is not in the registry.
        OpdriftError: Great Expectations or DuckDB could not do it; their own messages, which may hold a row, are dropped.
    """
    with scrubbed("validation"):
        return _validate(con, settings, docs_dir, progress or (lambda step, done, total: None))  # noqa: ARG005


def _validate(con: duckdb.DuckDBPyConnection, settings: Settings, docs_dir: Path | None, tell: Progress) -> ValidationReport:
    _complete_tables(con)
    _refuse_unknown_rules(con)
    prepare_reference(con, settings)
    checker, checked = RowChecker(), {}
    _check_rows(con, checker, checked, tell)
    for rule_id in SET_ASIDE_SQL:
        for table in filter(checked.get, RULES[rule_id].tables):
            count = run_set_aside(con, rule_id, table)
            _assert_empty(con, checker, checked, rule_id, table, count)
    _split_rows(con)
    prove_used_rows(con)
    balance = measure_balance(con, min_citizens=settings.min_citizens)
    tell("rules across tables", 0, 1)
    checked_tables = _check_tables(con, checker, checked)
    results = _rule_results(con, checked_tables, settings.min_citizens)
    if docs_dir is not None:
        tell("data docs", 0, 1)
        write_data_docs(checker, checked, docs_dir)
    blocking = results[(results["severity"] == Severity.BLOCKING.value) & ~results["passed"].astype(bool)]
    sentences = tuple(f"{row.rule_id} on {row.table_name} ({row.rows_failed}): {row.text_en}" for row in blocking.itertuples())
    return ValidationReport(rule_results=results, balance=balance, blocking=sentences)


def _complete_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make empty the staged tables that a run has no input for; refuse one without a contract column."""
    for name, shape in _SHAPES.items():
        con.execute(f"CREATE TABLE IF NOT EXISTS {name} ({shape})")
    for name, table in INPUTS.items():
        staged = f"stg_{name}"
        columns = ", ".join(f'"{column.name}" {column.kind.sql}' for column in table.columns)
        con.execute(f"CREATE TABLE IF NOT EXISTS {staged} ({columns}, {_STAGED})")
        found = [row[0] for row in con.execute(f"DESCRIBE {staged}").fetchall()]
        missing = [column for column in (*table.names, "file_sha256", "row_number", "row_id") if column not in found]
        if missing:
            raise MissingColumns.in_table(staged, missing, found)


def _refuse_unknown_rules(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse faults of a rule that no one has declared: their rows would slip through unlisted."""
    listed = con.execute("SELECT DISTINCT rule_id FROM violations ORDER BY rule_id").fetchall()
    unknown = [rule_id for (rule_id,) in listed if rule_id not in RULES]
    if unknown:
        what = f"Rows were set aside by rules that do not exist: {unknown}"
        raise WrongUse(what, where="a mapping's set_aside", remedy="Name a rule of docs/rules.md there, e.g. F-01")


def _check_rows(con: duckdb.DuckDBPyConnection, checker: RowChecker, checked: dict[str, list[Checked]], tell: Progress) -> None:
    services = known_services(con)
    for done, (name, table) in enumerate(INPUTS.items()):
        tell(f"rules of {name}", done, len(INPUTS))
        staged = f"stg_{name}"
        if not _count(con, staged):
            continue
        types = checker.check_frame(_types(con, table), type_suite(table))
        wrong = [f"{column.name} as {column.kind.sql}" for place, column in enumerate(table.columns) if place in types[0].row_ids]
        if wrong:
            raise MissingColumns.in_table(staged, wrong, list(table.names))
        checked[name] = [*checker.check_table(con, name, row_suite(table, services)), *types]
        _list_failures(con, name, failures(checked[name]))
        for one in checked[name]:
            one.row_ids.clear()


def _types(con: duckdb.DuckDBPyConnection, table: Table) -> pd.DataFrame:
    """One row per contract column: the type it is stored in, and the one its contract says."""
    stored = {row[0]: row[1] for row in con.execute(f"DESCRIBE stg_{table.name}").fetchall()}
    rows = [(place, stored[column.name], column.kind.sql) for place, column in enumerate(table.columns)]
    return pd.DataFrame(rows, columns=["row_id", "stored_type", "contract_type"])


def _list_failures(con: duckdb.DuckDBPyConnection, table: str, found: pd.DataFrame) -> None:
    """List failing rows; a value that reading could not store is not listed again as missing (T-02)."""
    if found.empty:
        return
    amount = f's."{INPUTS[table].amount}"' if INPUTS[table].amount else "0"
    con.register("rule_incoming", found)
    con.execute(
        f"""
        INSERT INTO violations (rule_id, table_name, row_id, amount)
        SELECT DISTINCT f.rule_id, '{table}', f.row_id, coalesce({amount}, 0)
        FROM rule_incoming AS f
        JOIN stg_{table} AS s USING (row_id)
        WHERE NOT (f.rule_id = 'T-02' AND EXISTS (
                  SELECT 1 FROM landed_faults AS l
                  WHERE l.file_sha256 = s.file_sha256 AND l.table_name = '{table}' AND l.row_number = s.row_number
                    AND (coalesce(l.column_name, '') IN ('', f.column_name) OR l.rule_id = 'T-05')))
          AND NOT EXISTS (SELECT 1 FROM violations AS v
                          WHERE v.rule_id = f.rule_id AND v.table_name = '{table}' AND v.row_id = f.row_id)
        ORDER BY f.rule_id, f.row_id
        """
    )
    con.unregister("rule_incoming")


def _split_rows(con: duckdb.DuckDBPyConnection) -> None:
    for name in INPUTS:
        aside = set_aside_rows_sql(name)
        rows = f"SELECT * FROM stg_{name} WHERE row_id"
        con.execute(f"CREATE OR REPLACE TABLE used_{name} AS {rows} NOT IN ({aside}) ORDER BY row_id")
        con.execute(f"CREATE OR REPLACE TEMP VIEW set_aside_{name} AS {rows} IN ({aside})")


def _check_tables(con: duckdb.DuckDBPyConnection, checker: RowChecker, checked: dict[str, list[Checked]]) -> set[tuple[str, str]]:
    """Check the rules that warn or block; gives the pairs of rule and table that had something to check."""
    prepare_sums(con)
    seen = set()
    for rule, table in checks():
        if rule.found_by is not FoundBy.SQL or rule.severity is Severity.SET_ASIDE:
            continue
        count = run_table_rule(con, rule.rule_id, table)
        if count is not None:
            seen.add((rule.rule_id, table))
            _assert_empty(con, checker, checked, rule.rule_id, table, count)
    return seen


def _assert_empty(
    con: duckdb.DuckDBPyConnection, checker: RowChecker, checked: dict[str, list[Checked]], rule_id: str, table: str, count: int
) -> None:
    """Let Great Expectations assert that the rule's table of failures is empty, and keep the counts for Data Docs."""
    rows = _count(con, f"stg_{table}")
    ones = checker.check_frame(pd.DataFrame({"row_id": range(count)}), empty_suite(rule_id, table))
    for one in ones:
        one.elements, one.unexpected = max(rows, count), count
    checked.setdefault(table, []).extend(ones)


def _rule_results(con: duckdb.DuckDBPyConnection, checked_tables: set[tuple[str, str]], min_citizens: int) -> pd.DataFrame:
    staged = {name: _count(con, f"stg_{name}") for name in INPUTS}
    used = {name: _count(con, f"used_{name}") for name in INPUTS}
    found = _failed(con)
    lines = []
    for rule, table in checks():
        across = rule.found_by is FoundBy.SQL and rule.severity is not Severity.SET_ASIDE
        applies = (rule.rule_id, table) in checked_tables if across else True
        rows = (used if across else staged)[table] if applies else 0
        count, amount, blocks, citizens = found.get((rule.rule_id, table), (0, Decimal("0.00"), False, 0))
        lines.append(
            {
                "rule_id": rule.rule_id,
                "table_name": table,
                "severity": _severity(rule, count, blocks=blocks).value,
                "owner": rule.owner_of(table),
                "text_da": rule.sentence_da,
                "text_en": rule.sentence_en,
                "rows_checked": rows,
                "rows_failed": count,
                "amount_failed": amount,
                "passed": count == 0,
                "few_citizens": 0 < citizens < min_citizens,
            }
        )
    return pd.DataFrame(lines, columns=list(PUBLISHED["rule_results"].names))


def _severity(rule: Rule, count: int, *, blocks: bool) -> Severity:
    """A blocking rule whose findings are all warnings is a warning this time."""
    return _SEVERITY_RANK[blocks] if rule.severity is Severity.BLOCKING and count else rule.severity


def _failed(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[int, Decimal, bool, int]]:
    """Rule and table -> rows or findings, their amount, whether they block, and how many citizens they rest on; 0: of none.

    A finding is a difference of a service's (or function's) month: it may be one citizen's, however many findings there are, and
    the sums of two nights differ by one such month. So their amount counts as one citizen's, or as those of the fewest bills that
    one of them is the sum of.

    Prices are not added up: rows of cases are worth 0 but by the rules that count them over months (``VALUED``).
    """
    priced = ", ".join(f"'{name}'" for name, table in INPUTS.items() if table.amount == "price")
    valued = ", ".join(f"'{rule_id}'" for rule_id in sorted(VALUED))
    people = " UNION ALL ".join(_people_sql(table) for table in INPUTS.values())
    rows = con.execute(
        f"""
        WITH listed AS (
            SELECT rule_id, table_name, row_id,
                   max(CASE WHEN table_name IN ({priced}) AND rule_id NOT IN ({valued}) THEN 0
                            ELSE coalesce(amount, 0) END) AS amount
            FROM violations GROUP BY ALL
        ), people AS ({people})
        SELECT rule_id, table_name, count(*), sum(amount)::DECIMAL(18,2), false,
               coalesce(max(number), count(DISTINCT who) + count_if(who IS NULL AND of_citizens))
        FROM listed LEFT JOIN people USING (table_name, row_id) GROUP BY ALL
        UNION ALL
        SELECT rule_id, table_name, count(*), sum(abs(amount))::DECIMAL(18,2), bool_or(blocking), min(bills)
        FROM findings GROUP BY ALL
        """
    ).fetchall()
    return {
        (rule_id, table): (int(count), Decimal(amount), bool(blocks), int(citizens))
        for rule_id, table, count, amount, blocks, citizens in rows
    }


def _people_sql(table: Table) -> str:
    """SQL of whom each staged row is about, as ``data.input_files.citizens_sql`` counts them."""
    of_citizens = "citizen_id" in table.names
    who = who_sql(table) if of_citizens else "NULL::VARCHAR"
    number = "n_citizens" if "n_citizens" in table.names else "NULL::BIGINT"
    columns = f"'{table.name}' AS table_name, row_id, {who} AS who, {number} AS number, {of_citizens} AS of_citizens"
    return f"SELECT {columns} FROM stg_{table.name}"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(scalar(con, f"SELECT count(*) FROM {table}"))
