"""What an earlier month's night would have read: the newest extracts, less all that was counted, recorded or posted later.

As ``--as-of`` the last day of that month would have it, without staging anew: counts and projections of the population by their
date and vintage, cases by when the system recorded them, postings by when the ledger held them. As they are tonight: which
services there are and how they are priced, the mapping, the price index (a look back is given it, decision 0014), and what a
newer export says of a row or a count that an older one held.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from data.extracts.statements import month_end, read_statement, run_statement
from data.extracts.volumes import lay_out_cases, read_volume
from data.reference.refund import load_refund
from data.warehouse import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from data.extracts.read import Extracts
    from data.reference.catalogue import Catalogue
    from data.settings import Settings

_OF_CASES = ("x_person_months", "x_granted_months", "x_priced_all")


@dataclass(frozen=True)
class KnownThen:
    """What was known at the end of an earlier month. Frames have the columns of :class:`data.extracts.Extracts`.

    Attributes:
        cutoff: First day of that month.
        first_month: First service month that the sources hold whole.
        currency: Currency of every amount.
        services: As they are tonight.
        volume: Of cases recorded by then; who had no end then goes on to the end of the cutoff.
        triangle: Postings that the ledger held then.
        case_reports: Of the same cases as ``volume``.
        stays: Of the same cases; citizens are numbered by what was known of them then. Granted places where tonight's are told.
        provider_triangle: Empty: single providers are watched as of tonight alone.
        provider_cost: Empty.
        population: Counts dated by then.
        projection: Vintages of that year or older.
        price_index: As it is tonight.
        notices: Empty.
    """

    cutoff: pd.Timestamp
    first_month: pd.Timestamp
    currency: str
    services: pd.DataFrame
    volume: pd.DataFrame
    triangle: pd.DataFrame
    case_reports: pd.DataFrame
    stays: pd.DataFrame
    provider_triangle: pd.DataFrame
    provider_cost: pd.DataFrame
    population: pd.DataFrame
    projection: pd.DataFrame
    price_index: pd.DataFrame
    notices: pd.DataFrame


def read_known_then(
    con: duckdb.DuckDBPyConnection, settings: Settings, catalogue: Catalogue, extracts: Extracts, cutoff: pd.Timestamp
) -> KnownThen:
    """Read what was known at the end of an earlier month.

    Args:
        con: The night's warehouse, after ``read_extracts``; its temporary tables are afterwards what they were.
        settings: Municipality.
        catalogue: Services.
        extracts: Tonight's.
        cutoff: First day of a month before tonight's cutoff.

    Returns:
        Frames from tonight's first month to ``cutoff``.

    Raises:
        WarehouseFault: DuckDB refused a statement; its message, which may print a row, is dropped.
    """
    month = cutoff.date()
    first_month = extracts.first_month.date()
    known: dict[str, object] = {"municipality": settings.municipality, "cutoff": month, "first_month": first_month}
    with scrubbed("warehouse.duckdb"), _set_aside(con):
        lay_out_cases(con, known, month, known_on=month_end(month))
        run_statement(con, "priced", {})
        volume = read_volume(con, known)
        case_reports = read_statement(con, "case_reports", known)
        objective = list(load_refund().objective_services(catalogue))
        stays = read_statement(con, "stays", {**known, "objective_services": objective})
    if not extracts.stays["is_granted"].any():  # a source that doesn't export what has not begun didn't then either
        stays = stays[~stays["is_granted"].astype(bool)].reset_index(drop=True)
    triangle, counted, projected = extracts.triangle, extracts.population, extracts.projection
    held = (triangle["posted_month"] <= cutoff) & (triangle["service_month"] <= cutoff)
    return KnownThen(
        cutoff=cutoff,
        first_month=extracts.first_month,
        currency=extracts.currency,
        services=extracts.services,
        volume=volume,
        triangle=triangle[held].reset_index(drop=True),
        case_reports=case_reports,
        stays=stays,
        provider_triangle=extracts.provider_triangle.iloc[:0],
        provider_cost=extracts.provider_cost.iloc[:0],
        population=counted[counted["date"] <= pd.Timestamp(month_end(month))].reset_index(drop=True),
        projection=projected[projected["vintage"] <= cutoff.year].reset_index(drop=True),
        price_index=extracts.price_index,
        notices=extracts.notices.iloc[:0],
    )


@contextmanager
def _set_aside(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep tonight's person-months while others take their name: later steps read them."""
    for table in _OF_CASES:
        con.execute(f"ALTER TABLE {table} RENAME TO {table}_tonight")
    try:
        yield
    finally:
        for table in _OF_CASES:
            con.execute(f"DROP TABLE IF EXISTS {table}")
            con.execute(f"ALTER TABLE {table}_tonight RENAME TO {table}")
