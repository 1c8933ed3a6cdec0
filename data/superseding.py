"""Is a new file whole? A file with fewer rows or months than what it supersedes may be cut off, and is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from data.errors import FileRefused
from data.intake import WHOLE_FILE
from data.warehouse import read_sql, scalar

if TYPE_CHECKING:
    import duckdb

    from data.intake import Prepared

_DATED_NAME = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])(?:-([0-3][0-9]))?(?![0-9])")
_SNAPSHOTS = ("cases", "commitments", "frames", "budget_events", "service_list", "adjustments", "staff_estimates",
              "citizen_ratings", "hearing_answers")  # fmt: skip
_MAY_SHRINK = ("commitments", "service_list")  # what is expected of the rest of a year gets less as the year passes
_HALF = 0.5
_FEW = 20


def snapshot_date(file_name: str) -> date | None:
    """The last day of what a dated file name says it shows; ``None`` when it says nothing.

    Example:
        >>> snapshot_date("cases_2026-11.csv"), snapshot_date("frames.xlsx")
        (datetime.date(2026, 11, 30), None)
    """
    found = _DATED_NAME.search(file_name)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), found[3]
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return date(year, month, int(day)) if day and 0 < int(day) <= last.day else last


def snapshot_of(con: duckdb.DuckDBPyConnection, table: str, source: str, file_name: str, sha256: str) -> date | None:
    """The date of a snapshot: of its name, else of the newest snapshot so far (then the later one landed counts).

    Returns:
        ``None`` for tables whose rows carry their own period, and where no snapshot was dated.
    """
    if table not in _SNAPSHOTS:
        return None
    query = "SELECT max(snapshot_on) FROM files WHERE status = 'landed' AND table_name = ? AND source = ? AND sha256 <> ?"
    return snapshot_date(file_name) or scalar(con, query, [table, source, sha256])


def refuse_shrunk(
    con: duckdb.DuckDBPyConnection, prepared: Prepared, *, source: str, file_name: str, sha256: str, snapshot_on: date | None
) -> None:
    """Compare a file with what it would supersede: the same source's rows of the same table, municipality and periods.

    Args:
        con: The warehouse.
        prepared: One table of the new file.
        source: Mapping and file rule.
        file_name: Its path below the inbox.
        sha256: Of the new file.
        snapshot_on: Its snapshot date; an older snapshot supersedes nothing.

    Raises:
        FileRefused: ``shrunk``.
    """
    con.register("incoming_periods", prepared.coverage)
    facts: dict[str, object] = {"table": prepared.table, "source": source, "sha": sha256}
    try:
        both = con.execute(read_sql("staging/superseded_by_incoming"), {**facts, "snapshot": snapshot_on}).fetchall()
        earlier = con.execute(read_sql("staging/periods_of_same_name"), {**facts, "name": file_name}).fetchall()
    finally:
        con.unregister("incoming_periods")
    if both:
        _refuse_fewer_rows(both, prepared, file_name, sha256)
    _refuse_lost_periods({scope_period for scope_period in earlier if scope_period[1] != WHOLE_FILE}, prepared, file_name, sha256)


def _refuse_fewer_rows(both: list[tuple[str, str, int, int]], prepared: Prepared, file_name: str, sha256: str) -> None:
    unknown = sum(row["rows"] for row in prepared.coverage.to_pylist() if not row["period"])
    now, before = sum(row[2] for row in both) + unknown, sum(row[3] for row in both)
    halved = sorted(period for _, period, rows, earlier in both if earlier >= _FEW and rows + unknown < _HALF * earlier)
    if now < before and prepared.table not in _MAY_SHRINK:
        what = f"It holds {now} rows of '{prepared.table}' where {before} were taken in earlier"
        raise _shrunk(what, file_name, sha256)
    if halved:
        said = f"It holds less than half the rows of '{prepared.table}' that were taken in earlier for {', '.join(halved[:12])}"
        raise _shrunk(said, file_name, sha256)


def _refuse_lost_periods(earlier: set[tuple[str, str]], prepared: Prepared, file_name: str, sha256: str) -> None:
    now = {(row["scope"], row["period"]) for row in prepared.coverage.to_pylist() if row["period"]}
    lost = earlier - now
    if not lost or not now:
        return
    first, last = min(period for _, period in now), max(period for _, period in now)
    rolled_on = all(period < first for _, period in lost) and last > max(period for _, period in earlier)
    if not rolled_on:
        periods = ", ".join(sorted({period for _, period in lost})[:12])
        what = f"It lacks {periods} of '{prepared.table}', which the file of the same name had earlier"
        raise _shrunk(what, file_name, sha256)


def _shrunk(what: str, file_name: str, sha256: str) -> FileRefused:
    reason = "shrunk"
    return FileRefused(
        reason,
        what,
        where=file_name,
        why="It may have been cut off, and would supersede what is whole",
        remedy=f"Export it again; if it is right as it is, write accept_shrunk = ['{sha256}'] in settings.toml and drop it again",
    )
