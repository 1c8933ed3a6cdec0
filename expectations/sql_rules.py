"""Rules that look across rows and tables, in SQL: each leaves a table of failures.

Two shapes: row rules name failing rows (``violations``), rules of sums and months name a member and a period
(``findings``). Rules that set rows aside run on rows that no earlier rule has set aside (``clean_<table>``), so that a
faulty row never makes a sound one fail.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from data.reference.catalogue import load_catalogue
from data.reference.opening_days import closed_days
from data.schema import INPUTS
from data.warehouse import scalar
from expectations.rules import RULES, Severity
from expectations.thresholds import THRESHOLDS

if TYPE_CHECKING:
    import duckdb

    from data.settings import Settings

SET_ASIDE_SQL = {
    "C-02": "c_02_duplicate_key",
    "C-04": "c_04_overlapping_cases",
    "C-23": "c_23_adjustment_without_place",
    "C-25": "c_25_price_in_another_unit",
    "C-32": "c_32_score_off_its_scale",
}
"""Rules that set rows aside, in the order in which they are checked."""
_ROW_SQL = {
    "C-06": "c_06_no_frame",
    "C-13": "c_13_negative_posting",
    "C-14": "c_14_look_alike_posting",
    "C-16": "c_16_budget_frame",
    "C-18": "c_18_age_scope",
    "C-21": "c_21_birth_months",
    "C-22": "c_22_commitment_of_ended_case",
    "C-24": "c_24_silent_case",
    "C-26": "c_26_two_placements",
    "C-27": "c_27_case_without_postings",
    "C-28": "c_28_posting_without_case",
    "C-29": "c_29_budget_function",
    "C-31": "c_31_supplementary_period",
    "C-33": "c_33_closed_late",
    "C-34": "c_34_planned_end_passed",
    "C-36": "c_36_doubtful_price",
}
_FINDING_SQL = {
    "C-08": "c_08_cases_against_ledger",
    "C-09": "c_09_jump",
    "C-10": "c_10_missing_month",
    "C-11": "c_11_freshness",
    "C-12": "c_12_population",
    "C-30": "c_30_moved_accounts",
    "C-35": "c_35_bills_of_nobody",
}
_COUNTED = frozenset({"C-35"})
"""Rules of sums whose SQL says how many bills each sum is of: any of them may be one citizen's."""
VALUED = frozenset({"C-24", "C-26", "C-27", "C-33", "C-34"})
"""Row rules whose SQL values each row itself: a price is no kroner until it is counted over months, so other rules on cases
tell rows only (an hour's, a day's and a month's price make no sum, and a wrong price would value its own row)."""
_NEEDS = {
    "C-06": ("frames",),
    "C-08": ("cases",),
    "C-11": ("postings",),
    "C-22": ("cases",),
    "C-24": ("postings",),
    "C-27": ("postings",),
    "C-28": ("cases",),
    "C-35": ("cases",),
}
_PLACEMENT_GROUPS = frozenset({"botilbud", "anbringelser"})
_OPENING_DAYS = frozenset({"SEL-103", "SEL-104"})
_MONTH = {"postings": "posted_on", "case_months": "month"}
_JUMP_BASE = {
    "postings": (
        "SELECT service, month, sum(amount) AS size, sum(amount) AS amount FROM rule_ledger "
        "WHERE month BETWEEN (SELECT first_posted FROM rule_span) AND (SELECT newest FROM rule_span) GROUP BY ALL"
    ),
    "cases": (
        "SELECT service, month, days AS size, coalesce(cost, 0) AS amount FROM rule_case_months "
        "WHERE month >= (SELECT first_posted FROM rule_span)"
    ),
    "case_months": (
        "SELECT service, date_trunc('month', month)::DATE AS month, sum(volume) AS size, sum(coalesce(cost, 0)) AS amount "
        "FROM used_case_months GROUP BY ALL"
    ),
}
_THIN = {"postings": "thin_dkk", "cases": "thin_days", "case_months": "thin_volume"}


@cache
def read_sql(name: str) -> str:
    """Text of ``expectations/sql/<name>.sql``."""
    return files("expectations").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def known_services(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Service keys of the shipped catalogue and of the services a mapping brought along, sorted."""
    brought = con.execute("SELECT DISTINCT service FROM stg_service_list WHERE service IS NOT NULL").fetchall()
    return tuple(sorted({service.key for service in load_catalogue().service} | {row[0] for row in brought}))


def prepare_reference(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put settings, limits and the service catalogue where the rules' SQL reads them (temporary tables ``rule_*``)."""
    catalogue = load_catalogue()
    accounts = [
        (service.key, account.function, account.grouping, account.valid_from, account.valid_to)
        for service in catalogue.service
        for account in service.accounts
    ]
    limits = {
        "municipality": settings.municipality,
        "jump_pct": settings.jump_pct,
        "max_top_share": settings.max_top_share,
        **asdict(THRESHOLDS),
    }
    frames = {
        "rule_settings": pd.DataFrame([limits]),
        "rule_services": pd.DataFrame(
            [(service.key, *service.ages, _OPENING_DAYS & set(service.paragraphs) != set()) for service in catalogue.service],
            columns=["service", "lowest_age", "highest_age", "opening_days"],
        ),
        "rule_accounts": pd.DataFrame(accounts, columns=["service", "function", "grouping", "valid_from", "valid_to"]),
        "rule_authority_types": pd.DataFrame({"expense_type": catalogue.authority_expense_types}),
        "rule_default_frames": pd.DataFrame({"frame": [frame.key for frame in catalogue.default_frame]}),
        "rule_placements": pd.DataFrame(
            {"service": [service.key for service in catalogue.service if service.group in _PLACEMENT_GROUPS]}
        ),
        "rule_calendar": _calendar(),
        "rule_known_services": pd.DataFrame({"service": known_services(con)}),
    }
    for name, frame in frames.items():
        con.register("rule_incoming", frame)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM rule_incoming")
        con.unregister("rule_incoming")
    con.execute(
        "CREATE OR REPLACE TABLE findings (rule_id VARCHAR, table_name VARCHAR, member VARCHAR, period VARCHAR, "
        "amount DECIMAL(18,2), blocking BOOLEAN, bills BIGINT)"
    )


@cache
def _calendar() -> pd.DataFrame:
    """Every day that a contract date may be, with the opening days up to it (``open_to_date`` counts the day itself)."""
    days = pd.date_range("1980-01-01", "2061-12-31")
    closed = {day for year in set(days.year) for day in closed_days(year)}
    is_open = [int(day.weekday() < 5 and day.date() not in closed) for day in days]
    frame = pd.DataFrame({"day": days.date, "is_open": is_open})
    frame["open_to_date"] = frame["is_open"].cumsum()
    return frame


def prepare_sums(con: duckdb.DuckDBPyConnection) -> None:
    """Sum ledger and cases per service and month once, and match bills with cases, for the rules that compare the two."""
    for name in ("prepare_ledger", "case_volume", "match_bills"):
        for statement in read_sql(name).split(";\n"):
            con.execute(statement)


def set_aside_sql(rule_id: str, table: str, source: str) -> str:
    """SQL of the rows of ``source`` that break a rule of ``SET_ASIDE_SQL``.

    Args:
        rule_id: A key of ``SET_ASIDE_SQL``.
        table: Contract.
        source: Table or view with the contract's columns, ``row_id`` and ``file_sha256``.
    """
    keys = ", ".join(f'"{key}"' for key in INPUTS[table].keys)
    return read_sql(SET_ASIDE_SQL[rule_id]).format(keys=keys, source=source, table=table, far="price_off")


def table_rule_sql(rule_id: str, table: str) -> str:
    """SQL of one warning or blocking rule on the used rows."""
    if rule_id == "C-36":
        off_middle = read_sql(SET_ASIDE_SQL["C-25"]).format(source="used_cases", far="price_doubted")
        return read_sql(_ROW_SQL[rule_id]).format(off_middle=off_middle)
    if rule_id in _ROW_SQL:
        return read_sql(_ROW_SQL[rule_id])
    return read_sql(_FINDING_SQL[rule_id]).format(
        base=_JUMP_BASE.get(table, ""),
        thin=_THIN.get(table, ""),
        awaited=THRESHOLDS.complete_months if table == "postings" else 0,
        month=_MONTH.get(table, ""),
        source=f"used_{table}",
    )


def run_set_aside(con: duckdb.DuckDBPyConnection, rule_id: str, table: str) -> int:
    """Find the rows of ``table`` that break a rule of ``SET_ASIDE_SQL`` and list them in ``violations``; gives their number."""
    con.execute(clean_view_sql(table))
    return _list_rows(con, rule_id, table, set_aside_sql(rule_id, table, f"clean_{table}"), f"stg_{table}")


def run_table_rule(con: duckdb.DuckDBPyConnection, rule_id: str, table: str) -> int | None:
    """Check one warning or blocking rule on the used rows.

    Returns:
        Number of failing rows or findings; ``None`` where there is nothing to check.
    """
    needed = (table, *_NEEDS.get(rule_id, ()))
    if not all(scalar(con, f"SELECT count(*) FROM used_{name}") for name in needed):
        return None
    sql = table_rule_sql(rule_id, table)
    if rule_id in _ROW_SQL:
        return _list_rows(con, rule_id, table, sql, f"used_{table}")
    bills = "bills" if rule_id in _COUNTED else "1"
    con.execute(
        f"INSERT INTO findings SELECT '{rule_id}', '{table}', member, period, coalesce(amount, 0), blocking, {bills} FROM ({sql})"
    )
    return int(scalar(con, f"SELECT count(*) FROM findings WHERE rule_id = '{rule_id}' AND table_name = '{table}'"))


def clean_view_sql(table: str) -> str:
    """SQL of the view ``clean_<table>``: staged rows that no rule has set aside so far."""
    return (
        f"CREATE OR REPLACE TEMP VIEW clean_{table} AS SELECT s.* FROM stg_{table} AS s "
        f"WHERE s.row_id NOT IN ({set_aside_rows_sql(table)})"
    )


def set_aside_rows_sql(table: str) -> str:
    """SQL of the row ids of ``table`` that a rule has set aside."""
    rules = ", ".join(f"'{rule.rule_id}'" for rule in RULES.values() if rule.severity is Severity.SET_ASIDE)
    return f"SELECT row_id FROM violations WHERE table_name = '{table}' AND row_id IS NOT NULL AND rule_id IN ({rules})"


def _list_rows(con: duckdb.DuckDBPyConnection, rule_id: str, table: str, rows_sql: str, source: str) -> int:
    amount = f's."{INPUTS[table].amount}"' if INPUTS[table].amount else "0"
    amount, join = ("f.worth", "JOIN") if rule_id in VALUED else (amount, "SEMI JOIN")
    listed = f"FROM violations WHERE rule_id = '{rule_id}' AND table_name = '{table}'"
    con.execute(
        f"INSERT INTO violations (rule_id, table_name, row_id, amount) "
        f"SELECT '{rule_id}', '{table}', s.row_id, coalesce({amount}, 0) "
        f"FROM {source} AS s {join} ({rows_sql}) AS f USING (row_id) "
        f"WHERE s.row_id NOT IN (SELECT row_id {listed}) ORDER BY s.row_id"
    )
    return int(scalar(con, f"SELECT count(DISTINCT row_id) {listed}"))
