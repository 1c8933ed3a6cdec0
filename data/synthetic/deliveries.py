"""Files of the sample before they are written, and the folder they are written to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.synthetic.ledgerfile import trailer
from data.synthetic.office import write_lines, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass
class TextFile:
    """A delimited text file.

    Attributes:
        header: First line.
        lines: The rows.
        encoding: Python's name of the encoding.
        newline: Line ending.
        total: Sum in øre that a trailer declares beside the number of rows; ``None``: no trailer.
    """

    header: str
    lines: list[str]
    encoding: str = "utf-8-sig"
    newline: str = "\r\n"
    total: int | None = None

    def all_lines(self) -> list[str]:
        """Header, rows and trailer."""
        end = [] if self.total is None else [trailer(len(self.lines), self.total)]
        return [self.header, *self.lines, *end]

    def content(self) -> bytes:
        """The file's bytes."""
        return (self.newline.join(self.all_lines()) + self.newline).encode(self.encoding)


@dataclass
class Folder:
    """Where the sample is written; remembers what was written, in order."""

    out: Path
    written: list[str] = field(default_factory=list)

    def _place(self, name: str) -> Path:
        file = self.out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        self.written.append(name)
        return file

    def text(self, name: str, file: TextFile) -> None:
        """Write a delimited file."""
        write_lines(self._place(name), file.all_lines(), encoding=file.encoding, newline=file.newline)

    def content(self, name: str, content: bytes) -> None:
        """Write bytes as they are."""
        self._place(name).write_bytes(content)

    def workbook(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write a workbook of one sheet."""
        write_xlsx(self._place(name), header, rows)

    def record(self, name: str, content: object) -> None:
        """Write JSON, keys in the order given."""
        self._place(name).write_bytes((json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
