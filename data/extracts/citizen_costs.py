"""What the central refund needs of every citizen and month: read when it is worked out, held in memory only, then let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.warehouse import frame, read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import pandas as pd


@dataclass(frozen=True)
class CitizenCosts:
    """Cost by citizen and month, and what the cases did not say. Never to be stored, published or held longer than its step.

    Attributes:
        rows: citizen and household (numbers without meaning; household -1: not known), birth_month, month, service, before_67
            (covered before 67, by any case), running_nominal, once_nominal (month of the price), income_nominal (what the
            citizen pays): currency at list prices, objective financing left out.
        inputs: input, cases (whom it concerns), missing (that don't say it).
    """

    rows: pd.DataFrame
    inputs: pd.DataFrame


def read_citizen_costs(
    con: duckdb.DuckDBPyConnection, *, first_month: pd.Timestamp, objective_services: Sequence[str], covered_below_age: int
) -> CitizenCosts:
    """Read them from what :func:`data.extracts.read_extracts` priced on this connection.

    Args:
        con: The night's warehouse, after ``read_extracts``: its ``x_priced`` is a temporary table.
        first_month: First service month that the sources hold whole.
        objective_services: Services taken to be financed objectively where the case does not say.
        covered_below_age: Age, completed years, from which cover before it must be told.

    Raises:
        WarehouseFault: DuckDB refused a statement; its message, which may print a row, is dropped.
    """
    month = first_month.date()
    costs = frame(con, read_sql("extracts/citizen_costs"), {"first_month": month, "objective_services": list(objective_services)})
    inputs = frame(con, read_sql("extracts/refund_inputs"), {"first_month": month, "covered_below_age": covered_below_age})
    return CitizenCosts(costs, inputs)
