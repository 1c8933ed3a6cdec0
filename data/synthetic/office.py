"""Writing files byte for byte the same each time: delimited text, and xlsx without clock or author."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO
from math import isnan
from typing import TYPE_CHECKING

from openpyxl import Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_FIXED = (2000, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def amount_text(ore: Iterable[int], *, decimal: str = ",") -> list[str]:
    """Amounts in øre as kroner with two decimals.

    Example:
        >>> amount_text([123456, -5])
        ['1234,56', '-0,05']
    """
    return [f"{'-' if value < 0 else ''}{abs(value) // 100}{decimal}{abs(value) % 100:02d}" for value in ore]


def number_text(values: Iterable[float]) -> list[str]:
    """Numbers with a decimal comma and at most two decimals; NaN becomes empty.

    Example:
        >>> number_text([3.5, float("nan")])
        ['3,5', '']
    """
    return ["" if isnan(value) else f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",") for value in values]


def joined(columns: Sequence[Sequence[str]]) -> list[str]:
    """Lines of semicolon-separated fields from equally long columns of text."""
    return list(map(";".join, zip(*columns, strict=True)))


def write_lines(file: Path, lines: Iterable[str], *, encoding: str, newline: str = "\r\n") -> None:
    """Write lines, each ended by ``newline``."""
    file.write_bytes((newline.join(lines) + newline).encode(encoding))


def write_xlsx(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one sheet with a header row; the same input gives the same bytes.

    Args:
        file: Path to write.
        header: Column names of row 1.
        rows: Cells: text, numbers, dates, flags or ``None``.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Ark1"
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    book.properties.creator = "opdrift sample"
    book.properties.created = datetime(*_FIXED)  # noqa: DTZ001  (a fixed stamp, not a clock)
    buffer = BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z\2", content)
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            target.writestr(entry, content)
