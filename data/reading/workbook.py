"""Workbooks: cells as text with the mapping's decimal mark and ISO dates, so that they are typed like any text file."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from data.reading import refusals
from data.reading.block import BLOCK_ROWS, TextBlock, block_of
from data.reading.bytes_check import opened
from data.reading.header import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from data.mapping_model import FileRule

_BROKEN = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, struct.error, EOFError, ArithmeticError),
    *(AttributeError, LookupError, RuntimeError, TypeError, ValueError),  # what a damaged part makes of zipfile and openpyxl
)
_MOST_BYTES = 2 << 30


def read_workbook(path: Path, file_name: str, rule: FileRule) -> Iterator[TextBlock]:
    """Read one sheet of a workbook in blocks; rows without any value are no rows.

    Raises:
        FileRefused: It is no whole workbook, lacks the sheet, or its columns changed.
    """
    with opened(path, file_name) as stream:
        if _unpacked_bytes(stream) > _MOST_BYTES:
            raise refusals.unreadable(file_name, "The workbook unpacks to more than 2 GB", remedy="Export it as CSV")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, which are not read
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except _BROKEN:
            raise refusals.unreadable(file_name, "The file is no whole Excel workbook (.xlsx)") from None
        try:
            yield from _blocks(book, file_name, rule)
        finally:
            book.close()


def _unpacked_bytes(stream: BinaryIO) -> int:
    """Size of a packed file's parts when unpacked; 0 when it is no packed file, which its reader says better."""
    try:
        with zipfile.ZipFile(stream) as packed:
            return sum(part.file_size for part in packed.infolist())
    except _BROKEN:
        return 0
    finally:
        stream.seek(0)


def _blocks(book: Workbook, file_name: str, rule: FileRule) -> Iterator[TextBlock]:
    rows = _texts(book, file_name, rule)
    number, header = next(rows, (0, []))
    if number != rule.header_row or not header:
        raise refusals.empty(file_name)
    shape = shape_of(header, rule, file_name)
    cells: list[list[str]] = []
    numbers: list[int] = []
    for number, row in rows:
        cells.append(row + [""] * (shape.width - len(row)))
        numbers.append(number)
        if len(cells) == BLOCK_ROWS:
            yield block_of(cells, numbers, shape)
            cells, numbers = [], []
    if cells:
        yield block_of(cells, numbers, shape)


def _texts(book: Workbook, file_name: str, rule: FileRule) -> Iterator[tuple[int, list[str]]]:
    """Rows from the header on as text without trailing blanks, with their number in the sheet; blank rows are left out."""
    names = book.sheetnames
    index = rule.sheet - 1 if isinstance(rule.sheet, int) else names.index(rule.sheet) if rule.sheet in names else len(names)
    if not 0 <= index < len(names):
        raise refusals.unreadable(file_name, f"The workbook has no sheet '{rule.sheet}'", remedy="Name the sheet in the mapping")
    sheet = book.worksheets[index]
    try:
        sheet.reset_dimensions()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, values in enumerate(sheet.iter_rows(min_row=rule.header_row, values_only=True), start=rule.header_row):
                texts = _row(values, rule.decimal)
                if texts:
                    yield number, texts
    except _BROKEN:
        raise refusals.unreadable(file_name, "A cell or part of the workbook can't be read") from None


def _row(values: Sequence[object], decimal: str) -> list[str]:
    texts = [cell_text(value, decimal) for value in values]
    while texts and not texts[-1].strip():
        texts.pop()
    return texts


def cell_text(value: object, decimal: str) -> str:
    """A cell as the text that a CSV export of it would hold.

    Example:
        >>> cell_text(1234.5, ","), cell_text(3.0, ","), cell_text(datetime(2026, 1, 31), ","), cell_text(None, ",")
        ('1234,5', '3', '2026-01-31', '')
    """
    match value:
        case None:
            text = ""
        case bool():
            text = "true" if value else "false"
        case datetime():
            text = value.date().isoformat() if value.time() == time(0) else value.isoformat(timespec="seconds")
        case date():
            text = value.isoformat()
        case float():
            text = str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f").replace(".", decimal)
        case _:
            text = str(value)
    return text
