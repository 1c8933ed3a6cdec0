"""Text files: physical rows with their own numbers, in blocks, and the trailer when there is one.

Python's csv reader is used, and strictly: it is the only one at hand that neither accepts a broken last line in silence nor
drops cells, and whose line numbers are physical.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.reading import refusals
from data.reading.block import BLOCK_ROWS, Shape, TextBlock, block_of
from data.reading.bytes_check import PYTHON_NAMES, check_bytes, opened
from data.reading.header import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from data.mapping_model import FileRule

_MOST_LINES_IN_A_CELL = 50


@dataclass
class Trailing:
    """What the last line declared, as text, once the file has been read to its end.

    Attributes:
        rows: Declared number of rows; ``None`` when none is declared.
        total: Declared sum; ``None`` when none is declared.
    """

    rows: str | None = None
    total: str | None = None


@dataclass
class _Rows:
    cells: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def read_delimited(path: Path, file_name: str, rule: FileRule, trailing: Trailing) -> Iterator[TextBlock]:
    """Read a text file in blocks.

    Args:
        path: Where it lies.
        file_name: Its own name.
        rule: How it is read.
        trailing: Filled from the last line, before the last block is given.

    Yields:
        Blocks of physical rows, in file order; blank lines are no rows.

    Raises:
        FileRefused: The file is cut off, of another encoding or format, or its columns changed.
    """
    check_bytes(path, file_name, rule.encoding, newline_required=rule.last_newline == "required")
    with opened(path, file_name) as raw, io.TextIOWrapper(raw, encoding=PYTHON_NAMES[rule.encoding], newline="") as text:
        for _ in range(rule.header_row - 1):
            next(text, "")
        reader = csv.reader(text, delimiter=rule.delimiter, strict=True)
        try:
            header = next(reader, [])
            if not any(cell.strip() for cell in header):
                raise refusals.empty(file_name)
            shape = shape_of(header, rule, file_name)
            held: _Rows | None = None
            while (rows := _take(reader, rule.header_row - 1, shape.width, file_name)).cells:
                if held is not None:
                    _refuse_early_trailer(held.cells, rule, file_name)
                    yield block_of(held.cells, held.numbers, shape)
                held = rows
        except csv.Error as error:
            raise _broken(error, file_name, reader.line_num + rule.header_row - 1) from None
        last = held or _Rows()
        _take_trailer(last, rule, shape, trailing, file_name)
        if last.cells:
            yield block_of(last.cells, last.numbers, shape)


def _take(reader: csv._reader, before: int, width: int, file_name: str) -> _Rows:  # type: ignore[name-defined]
    """The next rows, at most one block's worth, each with the line it begins on."""
    rows = _Rows()
    line = reader.line_num
    for cells in reader:
        begins, line = line + 1, reader.line_num
        if not cells:
            continue
        if line != begins and (len(cells) != width or line - begins > _MOST_LINES_IN_A_CELL):
            raise refusals.unreadable(file_name, f"Quotation marks don't balance from line {begins + before}")
        rows.cells.append(cells)
        rows.numbers.append(begins + before)
        if len(rows.cells) == BLOCK_ROWS:
            break
    return rows


def _broken(error: csv.Error, file_name: str, line: int) -> Exception:
    if "unexpected end of data" in str(error):
        return refusals.truncated(file_name, f"The file ends inside a quotation (line {line})")
    return refusals.unreadable(file_name, f"Quotation marks or line ends are broken at line {line}")


def _refuse_early_trailer(rows: list[list[str]], rule: FileRule, file_name: str) -> None:
    if rule.trailer is not None and any(row[0].strip() == rule.trailer.marker for row in rows):
        raise refusals.totals(file_name, f"The line '{rule.trailer.marker}' doesn't stand last")


def _take_trailer(last: _Rows, rule: FileRule, shape: Shape, trailing: Trailing, file_name: str) -> None:
    if rule.trailer is None:
        return
    marker = rule.trailer.marker
    if not last.cells or last.cells[-1][0].strip() != marker:
        _refuse_early_trailer(last.cells, rule, file_name)
        raise refusals.truncated(file_name, f"The last line isn't '{marker}', which declares the totals")
    cells = last.cells.pop()
    last.numbers.pop()
    _refuse_early_trailer(last.cells, rule, file_name)
    if len(cells) != shape.width:
        raise refusals.truncated(file_name, f"The line '{marker}' is broken: it has {len(cells)} cells, not {shape.width}")
    trailing.rows = cells[shape.places[rule.trailer.rows]].strip() if rule.trailer.rows else None
    trailing.total = cells[shape.places[rule.trailer.sum]].strip() if rule.trailer.sum else None
