"""Where what ``opdrift check`` found stands: named beneath each rule, and written out row by row.

File and row number, and of sums the function or service and the month: ids, and never a value of a row or a case's key.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from data.errors import WrongUse
from expectations.places import all_places, first_findings, first_places
from flows.series_output import whole_file
from flows.words import whole
from models.view.tables import no_formula

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

COLUMNS = ("rule_id", "severity", "file", "row")
"""Header of the file of ``--rows``."""
_TOLD = 5
_SAID = {
    "C-08": "function {member} in {period}",
    "C-09": "{member} in {period}",
    "C-10": "no rows in {period}",
    "C-11": "{member} end in {period}",
    "C-12": "municipality {member} in {period}",
    "C-29": "function {member} in {period}",
    "C-30": "{member} in {period}",
    "C-35": "{member} in {period}",
}


def add_places(con: duckdb.DuckDBPyConnection, found: dict[str, Any]) -> None:
    """Put ``places`` and ``findings`` on every rule of what a check found.

    Args:
        con: The warehouse after validation.
        found: By ``docs/schemas/check.json``; its lists of rules are changed in place.
    """
    places, findings = defaultdict(list), defaultdict(list)
    for place in first_places(con):
        places[place.rule_id, place.table].append({"file": place.file, "row": place.row})
    for item in first_findings(con):
        said = _SAID.get(item.rule_id, "{member} {period}").format(member=item.member, period=item.period).strip()
        findings[item.rule_id, item.table].append({"member": item.member, "period": item.period, "said": said})
    for kind in ("set_aside", "warnings", "stopping"):
        for row in found[kind]:
            key = (row["rule_id"], row["table_name"])
            row |= {"places": places[key], "findings": findings[key]}


def told_places(row: dict[str, Any]) -> str:
    """The first places of one rule and how many more there are; empty where it has none.

    Example:
        >>> told_places({"rows": 5, "findings": [], "places": [{"file": "cases.csv", "row": n} for n in (12, 33, 41, 50, 51)]})
        'cases.csv rows 12, 33, 41, 50, 51'
        >>> told_places({"rows": 7, "places": [], "findings": [{"said": f"no rows in 2024-0{n}"} for n in range(1, 8)]})[-29:]
        'no rows in 2024-05 and 2 more'
    """
    if row["findings"]:
        shown = [item["said"] for item in row["findings"][:_TOLD]]
        known = len(row["findings"])
        known = known if row["places"] else max(row["rows"], known)  # a rule of rows names functions: fewer of them than rows
        head = "; ".join(shown) + _more(known - len(shown))
        return f"{head}: {_told_rows(row)}" if row["places"] else head
    return _told_rows(row) if row["places"] else ""


def _told_rows(row: dict[str, Any]) -> str:
    first = row["places"][:_TOLD]
    parts = []
    for file, group in groupby(first, key=lambda place: place["file"]):
        numbers = [str(place["row"]) for place in group]
        parts.append(f"{file} row{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}")
    return "; ".join(parts) + _more(row["rows"] - len(first))


def _more(left: int) -> str:
    return f" and {whole(left)} more" if left > 0 else ""


def refuse_among_inputs(rows: Path, target: Path) -> None:
    """Refuse to write the list where it would be read as an input, or over one; before anything is checked.

    Raises:
        WrongUse: It is the file that is checked or lies in its folder, or its own folder is not there.
    """
    if not rows.parent.is_dir() or rows.is_dir():
        what = f"{rows.name} can't be written there"
        raise WrongUse(what, where=str(rows.parent), remedy="Give a file in a folder that is there")
    if target.resolve() in (rows.resolve(), *rows.resolve().parents):
        what = "The list of rows would lie among the files that are checked"
        raise WrongUse(what, where="--rows", why="A run would take it for an export", remedy="Give a file in another folder")


def write_places(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write every row that breaks a rule: rule, severity, file and row number; whole or not at all.

    Raises:
        WrongUse: The file can't be written.
    """
    with whole_file(path) as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows((rule_id, severity, no_formula(name), row) for rule_id, severity, name, row in all_places(con))
