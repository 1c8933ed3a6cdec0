"""From landed to staged: the rows that count today, each with a ``row_id`` that no key and no order of arrival moves.

A newer file supersedes the periods it covers, a mapping of higher precedence outranks another, and ``as_of`` hides what was
recorded or posted later. What does not count is summed up in ``not_active``: nothing vanishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.schema import INPUTS
from data.warehouse import read_sql, scrubbed, transaction

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from data.schema import Table
    from data.settings import Settings

_NOT_ADOPTED = "{day} < make_date(try_cast(left(l.price_level, 4) AS INTEGER) - 1, 10, 15)"
# what was known on $as_of; a value that can't be read hides nothing
_HIDDEN_LATER = {
    "postings": "l.posted_on > {day}",
    "cases": "coalesce(l.recorded_on, l.price_from) > {day}",
    "case_months": "last_day(l.month) > {day}",
    "population": "l.date > {day}",
    "population_projection": "l.vintage > year({day})",
    "price_index": "l.vintage > year({day})",
    # a budget is adopted by 15 October of the year before, and stated in its own year's prices (overslagsår too); a revision
    # or a carry-over is of the year itself at the earliest
    "budget": f"{_NOT_ADOPTED} OR (l.version <> 'original' AND l.year > year({{day}}))",
    "budget_events": _NOT_ADOPTED,
    "adjustments": "l.entered_on > {day}",
    "staff_estimates": "l.follow_up_on > {day}",
    "citizen_ratings": "last_day(make_date(try_cast(left(l.survey_period, 4) AS INTEGER), "
    "coalesce(try_cast(substr(l.survey_period, 6, 2) AS INTEGER), 12), 1)) > {day}",
    "hearing_answers": "l.answered_on > {day}",
}
_EMPTIED_LATER = {
    ("cases", "ended_on"): "CASE WHEN l.ended_on > {day} THEN NULL ELSE l.ended_on END",
    ("adjustments", "withdrawn_on"): "CASE WHEN l.withdrawn_on > {day} THEN NULL ELSE l.withdrawn_on END",
}


def stage(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Build ``stg_<table>`` for every input table, ``violations`` and ``not_active``, from what has landed.

    Tables without input are there, empty and typed. Staging twice gives the same tables.

    Args:
        con: The warehouse.
        settings: ``as_of`` hides what was recorded or posted after it.

    Raises:
        WarehouseFault: DuckDB refused; the earlier tables stand.
    """
    with scrubbed("staging"), transaction(con):
        con.execute(read_sql("staging/standing"), {"as_of": settings.as_of})
        con.execute(
            "CREATE OR REPLACE TABLE violations (rule_id VARCHAR, table_name VARCHAR, row_id BIGINT, amount DECIMAL(18,2))"
        )
        con.execute(
            "CREATE OR REPLACE TABLE not_active"
            " (file_sha256 VARCHAR, table_name VARCHAR, why VARCHAR, rows BIGINT, amount DECIMAL(18,2))"
        )
        for table in INPUTS.values():
            _stage_table(con, table, settings.as_of)
        con.execute("DROP TABLE standing")


def _stage_table(con: duckdb.DuckDBPyConnection, table: Table, as_of: date | None) -> None:
    words = {
        "table": table.name,
        "columns": ",\n    ".join(_column(table, name, as_of) for name in table.names),
        "visible": _visible(table, as_of),
        "amount": f's."{table.amount}"' if table.amount else "NULL",
    }
    con.execute(read_sql("staging/stage_table").format(**words))
    con.execute(read_sql("staging/violations").format(**words))
    words["amount"] = f'l."{table.amount}"' if table.amount else "NULL"
    con.execute(read_sql("staging/not_active").format(**words))


def _visible(table: Table, as_of: date | None) -> str:
    if as_of is None or table.name not in _HIDDEN_LATER:
        return "TRUE"
    later = _HIDDEN_LATER[table.name].format(day=_written(as_of))
    return f"NOT coalesce({later}, FALSE)"


def _column(table: Table, name: str, as_of: date | None) -> str:
    later = _EMPTIED_LATER.get((table.name, name))
    if as_of is None or later is None:
        return f'l."{name}"'
    return f'{later.format(day=_written(as_of))} AS "{name}"'


def _written(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
