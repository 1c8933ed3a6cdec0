"""What staff have entered of coming events, from files in the inbox and from the command, as one frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.adjustment_store import read_adjustments
from data.frames import frame_of
from data.schema.inputs_staff import ADJUSTMENTS
from data.warehouse import read_sql, scrubbed

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from data.settings import Settings


def staff_adjustments(con: duckdb.DuckDBPyConnection, settings: Settings) -> pd.DataFrame:
    """Read every adjustment of the municipality, withdrawn ones with them.

    Args:
        con: The warehouse; ``x_words`` (word -> service) is there.
        settings: Municipality, home, ``as_of``: what was entered or withdrawn later is not known then.

    Returns:
        Columns of ``ADJUSTMENTS``, services as catalogue keys, and ``entered_by`` (file|command); by id. An id that a file and
        the command share counts once, as the file has it.
    """
    columns = ", ".join(f'"{column.name}" {column.kind.sql}' for column in ADJUSTMENTS.columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE x_entered ({columns})")
    entered = [{"municipality": settings.municipality} | row for row in read_adjustments(settings.paths)]
    if entered:
        marks = ", ".join(f"?::{column.kind.sql}" for column in ADJUSTMENTS.columns)
        rows = [[row.get(name) for name in ADJUSTMENTS.names] for row in entered]
        con.executemany(f"INSERT INTO x_entered VALUES ({marks})", rows)
    known = {"municipality": settings.municipality, "as_of": settings.as_of}
    names = ", ".join(f'"{name}"' for name in ADJUSTMENTS.names)
    return frame_of(con.execute(read_sql("extracts/adjustments").format(columns=names), known))


def count_entered_later(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """How many coming events were entered after the as-of day, and so do not count; 0 of an ordinary run.

    Args:
        con: The night's warehouse, staged; :func:`staff_adjustments` was there.
        settings: Municipality, ``as_of``.

    Raises:
        WarehouseFault: DuckDB refused.
    """
    if settings.as_of is None:
        return 0
    known = {"municipality": settings.municipality, "as_of": settings.as_of}
    with scrubbed("warehouse.duckdb"):
        ((count,),) = con.execute(read_sql("extracts/adjustments_later"), known).fetchall()
    return int(count)
