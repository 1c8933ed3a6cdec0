"""The header of a file against what its mapping knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.reading import refusals
from data.reading.block import Shape
from data.schema.inputs import INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.mapping_model import FileRule, TableRule


def shape_of(found: Sequence[str], rule: FileRule, file_name: str) -> Shape:
    """Check the header and tell where each column stands.

    Args:
        found: Cells of the header line.
        rule: The file's rule.
        file_name: The file's own name.

    Raises:
        FileRefused: ``changed_columns``: one is missing, new, moved (where the whole header is declared) or there twice.
    """
    cells = [cell.strip().lstrip("\ufeff") for cell in found]
    required, optional = wanted_headers(rule)
    known = set(rule.header) or (required | optional)
    closed = bool(rule.header) or any(table.same_names for table in rule.table)
    named = [cell for cell in cells if cell]
    missing = [name for name in (rule.header or sorted(required)) if name not in named]
    new = [name for name in named if name not in known] if closed else []
    moved = bool(rule.header) and not missing and not new and tuple(named) != rule.header
    doubled = [name for name in known if named.count(name) > 1]
    if missing or new or moved or doubled:
        raise refusals.changed_columns(
            file_name,
            rule.header_row,
            missing=missing,
            new=new if sum(cell in known for cell in named) * 2 > len(named) else [""] * len(new),  # else it may be a row
            moved=moved and not doubled,
        )
    places = {name: cells.index(name) for name in required | optional if name in cells}
    summed = rule.trailer.sum if rule.trailer is not None else ""
    return Shape(len(cells), places, rule.missing, places.get(summed))


def wanted_headers(rule: FileRule) -> tuple[set[str], set[str]]:
    """Headers that a file's rule reads: those that must be there, and those that may be missing."""
    required: set[str] = {test.column for test in rule.ignore}
    optional: set[str] = set()
    if rule.trailer is not None:
        required |= {name for name in (rule.trailer.rows, rule.trailer.sum) if name}
    for table in rule.table:
        for name, may_miss in _table_headers(table):
            (optional if may_miss else required).add(name)
    return required, optional - required


def _table_headers(table: TableRule) -> Iterator[tuple[str, bool]]:
    for column in table.columns.values():
        yield from ((name, column.optional) for name in column.source)
    for test in (*table.ignore, *table.set_aside):
        yield test.column, False
    if table.service_text:
        yield table.service_text, False
    if table.same_names:
        for column in INPUTS[table.name].columns:
            if column.name not in table.columns:
                yield column.name, column.optional_column
