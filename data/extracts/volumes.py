"""Volume out of cases: what was priced of them, and what the source already summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.extracts.statements import EVER, OLDEST, month_end, read_statement, run_statement

if TYPE_CHECKING:
    from datetime import date

    import duckdb


def lay_out_cases(con: duckdb.DuckDBPyConnection, known: dict[str, object], cutoff: date, known_on: date = EVER) -> None:
    """Make ``x_person_months`` and ``x_granted_months``, as the cases were known at the end of a day.

    Args:
        con: Holds ``used_cases``, ``x_words`` and ``x_calendar``.
        known: municipality, cutoff, first_month.
        cutoff: First day of the last month wanted.
        known_on: Rows recorded later, and ends that come later, are left out; tonight's know all that is recorded.
    """
    for name in ("person_months", "granted_months"):
        run_statement(con, name, {**known, "last_day": month_end(cutoff), "oldest": OLDEST, "known_on": known_on})


def read_volume(con: duckdb.DuckDBPyConnection, known: dict[str, object]) -> pd.DataFrame:
    """Read ``Extracts.volume`` from ``x_priced`` and from summed months of services that it doesn't hold.

    Args:
        con: Holds ``x_priced``.
        known: municipality, cutoff, first_month (a date).
    """
    parts = [read_statement(con, name, {**known, "oldest": OLDEST}) for name in ("volume", "volume_months")]
    volume = pd.concat([part for part in parts if not part.empty] or parts[:1], ignore_index=True)
    return volume[volume["month"] >= pd.Timestamp(str(known["first_month"]))].reset_index(drop=True)
