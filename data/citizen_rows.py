"""One citizen's rows in the bytes of an export: found, and taken out. In memory alone; nothing here touches a disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

if TYPE_CHECKING:
    from collections.abc import Collection

    from openpyxl.cell.cell import Cell

_BLANK = "(?:\\xa0|Â\\xa0| )?"
_DASH = "(?:-|\\x96|\\x97|â\\x80[\\x90-\\x95]|[\\u2010-\\u2015\\u2212])?"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Found:
    """One citizen's rows in one content.

    Attributes:
        rows: Number of each row in the file, from 1, and its text.
        header: The first row's text.
    """

    rows: tuple[tuple[int, str], ...]
    header: str


def spellings(cpr: str) -> re.Pattern[str]:
    """Every spelling of a ten-digit number in a text: with a hyphen, blanks, or without its leading zero.

    Example:
        >>> found = spellings("0101801234")
        >>> [bool(found.search(text)) for text in ("a;010180-1234;b", "101801234", "9010180-1234", "010180-12345")]
        [True, True, False, False]
    """
    first = "0?" if cpr.startswith("0") else cpr[0]
    return re.compile(f"(?<![0-9]){first}{cpr[1:6]}{_BLANK}{_DASH}{_BLANK}{cpr[6:]}(?![0-9])")


def find(content: bytes, cpr: str, also: Collection[int] = ()) -> Found | None:
    """Find the rows in which the number stands.

    Args:
        content: An export: text of any kind, or xlsx.
        cpr: Ten digits.
        also: Numbers of rows that are the citizen's by another mark (a case of theirs).

    Returns:
        None where the content is no text and no workbook that can be opened.
    """
    pattern = spellings(cpr)
    if content.startswith(b"PK"):
        return _find_in_book(content, pattern, also)
    records = _records(_decoded(content))
    hits = tuple((n, text) for n, text in enumerate(records, start=1) if n in also or pattern.search(text))
    return Found(hits, records[0] if records else "")


def without(content: bytes, cpr: str, rows: Collection[int], blanked: Collection[int]) -> bytes:
    """The content without some rows, and without the number in others.

    Args:
        content: As of :func:`find`.
        cpr: Ten digits.
        rows: Rows that go.
        blanked: Rows of other citizens in which the number stands (a foster parent): the number goes, the row stays.
    """
    pattern = spellings(cpr)
    if content.startswith(b"PK"):
        return _book_without(content, pattern, rows, blanked)
    kept = [
        pattern.sub("", text) if n in blanked else text
        for n, text in enumerate(_records(_decoded(content)), start=1)
        if n not in rows
    ]
    return _encoded("".join(kept), content)


def _decoded(content: bytes) -> str:
    """Text that goes back to the same bytes: digits are where they are in every encoding that exports come in."""
    return content.decode("utf-16") if content.startswith(_UTF16) else content.decode("latin-1")


def _encoded(text: str, like: bytes) -> bytes:
    if like.startswith(_UTF16):
        order = "utf-16-le" if like.startswith(_UTF16[0]) else "utf-16-be"
        return like[:2] + text.encode(order)
    return text.encode("latin-1")


def _records(text: str) -> list[str]:
    """Rows with their line ends; a line end inside quotes ends no row."""
    found: list[str] = []
    open_quote = False
    for line in re.findall(r"[^\n]*\n|[^\n]+$", text):  # splitlines would end a row at half of an Å
        if open_quote:
            found[-1] += line
        else:
            found.append(line)
        open_quote ^= line.count('"') % 2 == 1
    return found


def _find_in_book(content: bytes, pattern: re.Pattern[str], also: Collection[int]) -> Found | None:
    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True)
        hits, header = [], ""
        for sheet in book.worksheets:
            for n, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                text = ";".join("" if value is None else str(value) for value in row)
                header = header or text
                if n in also or any(pattern.search(str(value)) for value in row if value is not None):
                    hits.append((n, text))
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        return None
    return Found(tuple(hits), header)


def _book_without(content: bytes, pattern: re.Pattern[str], rows: Collection[int], blanked: Collection[int]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    for sheet in book.worksheets:
        for n in range(sheet.max_row, 0, -1):
            cells: list[Cell] = [cell for cell in sheet[n] if cell.value is not None and pattern.search(str(cell.value))]
            if n in blanked:
                for cell in cells:
                    cell.value = pattern.sub("", str(cell.value)) or None
            elif n in rows and (cells or len(book.worksheets) == 1):
                sheet.delete_rows(n)
    out = BytesIO()
    book.save(out)
    return out.getvalue()
