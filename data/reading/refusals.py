"""The refusals of a whole file: what, where, why it matters, what to do; nothing of a row's content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

_HARMLESS = re.compile(r"[^\W\d][\w .\-/]{0,39}")
_MANY_DIGITS = re.compile(r"\d{3,}")
_NEW_EXPORT = "Make the export anew and drop it in the inbox"


def truncated(file_name: str, what: str) -> FileRefused:
    """The file was cut off."""
    why = "rows at the end are missing, and the month would look cheaper than it was"
    return FileRefused("truncated", what, where=file_name, why=why, remedy=_NEW_EXPORT)


def unreadable(file_name: str, what: str, *, remedy: str = _NEW_EXPORT) -> FileRefused:
    """The file isn't of the format that its mapping says."""
    return FileRefused("unreadable", what, where=file_name, why="no row of it can be trusted", remedy=remedy)


def empty(file_name: str) -> FileRefused:
    """The file holds no data row."""
    return FileRefused(
        "empty",
        "The file holds no data row",
        where=file_name,
        why="an empty export would pass for a month without expenditure",
        remedy=_NEW_EXPORT,
    )


def encoding(file_name: str, declared: str, line: int, *, mixed: bool = False) -> FileRefused:
    """Bytes that are not the declared encoding, or two encodings in one file."""
    said = f"holds UTF-8 in the midst of {declared}" if mixed else f"is not {declared}, as its mapping says"
    return FileRefused(
        "encoding",
        f"The text {said}",
        where=f"{file_name}, line {line}",
        why="letters such as æ, ø and å would be read wrong, and names of columns or services missed",
        remedy="Export it in one encoding, and name that in the mapping (encoding)",
    )


def totals(file_name: str, what: str) -> FileRefused:
    """The declared totals are not met."""
    why = "rows are missing, doubled or changed since the system wrote the total"
    return FileRefused("totals", what, where=file_name, why=why, remedy=_NEW_EXPORT)


def changed_columns(file_name: str, header_row: int, *, missing: Sequence[str], new: Sequence[str], moved: bool) -> FileRefused:
    """The header isn't the one that the mapping knows.

    Args:
        file_name: Name of the file.
        header_row: Line of the header.
        missing: Columns that the mapping names and the file lacks.
        new: Cells of the header that the mapping doesn't know; shown only where they can't be a row's values.
        moved: The same columns stand in another order.
    """
    parts = []
    if missing:
        parts.append(f"{len(missing)} columns are missing: {list(missing)}")
    if new:
        shown = [name if _is_header_word(name) else "(not shown)" for name in new]
        parts.append(f"{len(new)} columns are new: {shown}")
    if moved:
        parts.append("the columns stand in another order")
    return FileRefused(
        "changed_columns",
        "; ".join(parts) or "a column stands there twice",
        where=f"{file_name}, header in line {header_row}",
        why="values would be read as something that they are not",
        remedy="Restore the export's columns, or write them in a mapping in sources/ (docs/mapping.md)",
    )


def _is_header_word(name: str) -> bool:
    """Short, begins with a letter and holds no number: a column's name, not a cell of a row."""
    return bool(_HARMLESS.fullmatch(name)) and not _MANY_DIGITS.search(name)
