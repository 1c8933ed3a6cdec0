"""The ``--series`` file (DESIGN 5): long CSV, read once, kept by series in a temporary folder, given out in chunks.

Memory is flat in the number of series: what stays are their keys. A whole file is refused only where it can't be read or
lacks columns; anything else concerns one series and is said there (``data.series_rows``).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from data.cpr import hide_cpr, holds_cpr
from data.errors import NoUsableInput, WrongUse
from data.series_rows import TARGETS, Finding, RawSeries, Row, month_number, read_series
from data.series_span import Span, doubted, span_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from io import TextIOWrapper

    import numpy.typing as npt

    Months = npt.NDArray[np.int32]

CHUNK_SERIES = 500
"""Series that are held at once."""
_COLUMNS = ("month", "cost", "volume", "exposure", "group")
_BETWEEN = "\x1f"
_BUFFERED_ROWS = 5_000
_REMEDY = "Write long CSV, UTF-8, comma between cells: series_id,month,cost and/or volume, optional exposure and group"


@dataclass(frozen=True)
class SeriesFile:
    """A file that was read through once.

    Attributes:
        path: The file.
        sha256: Of its bytes.
        rows: Rows below the header.
        targets: Which of cost and volume it has.
        ignored: Columns that are not read.
        ids: Every series, in the order of its first row.
        newest: This month.
        without_id: What was found about rows that name no series.
    """

    path: Path
    sha256: str
    rows: int
    targets: tuple[str, ...]
    ignored: tuple[str, ...]
    ids: tuple[str, ...]
    newest: int
    without_id: tuple[Finding, ...]
    _folder: Path
    _chunk: int

    @cached_property
    def spans(self) -> Months:
        """(N, 3) first value, beginning of history and last certain value of every series (``Span``); -1: can't be used.

        One pass over the file's series, made when it is first asked for.
        """
        spans = np.full((len(self.ids), len(Span())), -1, dtype=np.int32)
        places = {key: place for place, key in enumerate(self.ids)}
        for found, _ in self.chunks():
            for raw in found:
                spans[places[raw.series_id]] = span_of(raw, self.newest)
        return spans

    @property
    def first_month(self) -> int | None:
        """Where the history of the earliest usable series begins; None without one."""
        begins = self.spans[self.spans[:, 1] >= 0, 1]
        return int(begins.min()) if len(begins) else None

    @property
    def last_month(self) -> int | None:
        """Last month up to now in which a usable series has a value that does not stand alone; None without one."""
        newest = int(self.spans[:, 2].max(initial=-1))
        return newest if newest >= 0 else None

    def begun_by(self, month: int) -> tuple[str, ...]:
        """Keys of the usable series that have a value by a month."""
        return tuple(self.ids[place] for place in np.flatnonzero((self.spans[:, 0] >= 0) & (self.spans[:, 0] <= month)))

    def chunks(self, only: frozenset[str] | None = None) -> Iterator[tuple[list[RawSeries], list[Finding]]]:
        """Give out the series that can be used, chunk by chunk, and what was found in them.

        Args:
            only: Read these series alone.
        """
        for number, start in enumerate(range(0, len(self.ids), self._chunk)):
            ids = self.ids[start : start + self._chunk]
            if only is not None and only.isdisjoint(ids):
                continue
            found: list[RawSeries] = []
            findings: list[Finding] = []
            for series_id, rows in self._rows_of(number, ids).items():
                if only is not None and series_id not in only:
                    continue
                raw, said = _read_one(series_id, rows, self.newest)
                findings += said
                found += [raw] if raw is not None else []
            yield found, findings

    def _rows_of(self, number: int, ids: tuple[str, ...]) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {series_id: [] for series_id in ids}
        with self._folder.joinpath(str(number)).open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                place, row, *cells, whole = line[:-1].split(_BETWEEN)
                rows[ids[int(place)]].append(Row(int(row), *cells, cells=whole == "1"))
        return rows


def _read_one(series_id: str, rows: list[Row], newest: int) -> tuple[RawSeries | None, list[Finding]]:
    if holds_cpr(series_id):
        what, done = "its key has the shape of a CPR number", "the series is set aside; no key may name a person"
        return None, [Finding(hide_cpr(series_id), "cpr", rows[0].number, len(rows), what, done, set_aside=True)]
    raw, found = read_series(series_id, rows, newest=newest)
    return raw, found if raw is None else [*found, *doubted(raw, newest)]


@contextmanager
def open_series(
    path: Path, *, this_month: str, chunk: int = CHUNK_SERIES, progress: Callable[[int, int], None] | None = None
) -> Iterator[SeriesFile]:
    """Read a ``--series`` file through; what is kept lies in a temporary folder until the block ends.

    Args:
        path: The file; ``.gz`` is unpacked on the way.
        this_month: ``YYYY-MM``: values of later months are no history yet.
        chunk: Series given out at once.
        progress: Called with (rows read, 0).

    Raises:
        WrongUse: There is no such file.
        NoUsableInput: It can't be read, lacks columns or holds no row.
    """
    if not path.is_file():
        what = f"There is no file {path.name}"
        raise WrongUse(what, where="--series", remedy="Give the path of a CSV file, .gz or not")
    newest = month_number(this_month)
    if newest is None:
        what = f"'{this_month}' is no month"
        raise WrongUse(what, remedy="Write it as YYYY-MM")
    with TemporaryDirectory(prefix="opdrift-series-") as folder:
        yield _Reading(path, Path(folder), chunk, newest, progress).read()


class _Reading:
    """One pass over the file: rows go to the chunk file of their series."""

    def __init__(self, path: Path, folder: Path, chunk: int, newest: int, progress: Callable[[int, int], None] | None) -> None:
        self.path, self.folder, self.chunk, self.newest, self.progress = path, folder, chunk, newest, progress
        self.places: dict[str, int] = {}
        self.buffers: dict[int, list[str]] = {}
        self.buffered, self.rows, self.without_id = 0, 0, []

    def read(self) -> SeriesFile:
        try:
            with _open_text(self.path) as text:
                lines = csv.reader(text, strict=True)
                header = [name.strip().lower() for name in next(lines, [])]
                _check_header(header, self.path)
                self._take_all(lines, header)
        except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
            _refuse(self.path, f"The file can't be read as CSV in UTF-8 ({type(error).__name__} after {self.rows:,} rows)")
        self._flush()
        if not self.places:
            _refuse(self.path, "The file holds no row of any series")
        known = ("series_id", *_COLUMNS)
        return SeriesFile(
            path=self.path,
            sha256=_sha256(self.path),
            rows=self.rows,
            targets=tuple(name for name in TARGETS if name in header),
            ignored=tuple(name for name in header if name not in known),
            ids=tuple(self.places),
            newest=self.newest,
            without_id=tuple(self._no_id()),
            _folder=self.folder,
            _chunk=self.chunk,
        )

    def _take_all(self, lines: Iterable[list[str]], header: list[str]) -> None:
        at = [header.index(name) if name in header else -1 for name in _COLUMNS]
        key, width = header.index("series_id"), len(header)
        for cells in lines:
            if not any(cells):
                continue
            self.rows += 1
            number: int = lines.line_num  # type: ignore[attr-defined]
            whole = len(cells) == width
            series_id = cells[key].strip() if key < len(cells) else ""
            if not series_id:
                self.without_id.append(number)
                continue
            row = [cells[place] if 0 <= place < len(cells) else "" for place in at]
            self._take(series_id, number, row, whole=whole)

    def _take(self, series_id: str, number: int, row: list[str], *, whole: bool) -> None:
        line = _BETWEEN.join(row)
        if line.count(_BETWEEN) != len(row) - 1 or "\n" in line or "\r" in line:
            line, whole = _BETWEEN * (len(row) - 1), False
        place = self.places.setdefault(series_id, len(self.places))
        chunk, within = divmod(place, self.chunk)
        self.buffers.setdefault(chunk, []).append(f"{within}{_BETWEEN}{number}{_BETWEEN}{line}{_BETWEEN}{int(whole)}\n")
        self.buffered += 1
        if self.buffered >= _BUFFERED_ROWS:
            self._flush()

    def _flush(self) -> None:
        try:
            for chunk, lines in self.buffers.items():
                with self.folder.joinpath(str(chunk)).open("a", encoding="utf-8", newline="\n") as file:
                    file.writelines(lines)
        except OSError as error:
            what = f"The folder for temporary files can't be written to ({type(error).__name__})"
            raise WrongUse(what, where=str(self.folder.parent), remedy="Make room there, or set TMPDIR") from None
        self.buffers, self.buffered = {}, 0
        if self.progress is not None:
            self.progress(self.rows, 0)

    def _no_id(self) -> Iterator[Finding]:
        if self.without_id:
            what, done = "rows name no series", "these rows are set aside"
            yield Finding("", "no_id", self.without_id[0], len(self.without_id), what, done, set_aside=True)


@contextmanager
def _open_text(path: Path) -> Iterator[TextIOWrapper]:
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
        yield text  # type: ignore[misc]


def _check_header(header: list[str], path: Path) -> None:
    missing = [name for name in ("series_id", "month") if name not in header]
    missing += [] if set(TARGETS) & set(header) else ["cost or volume"]
    twice = sorted({name for name in header if name in ("series_id", *_COLUMNS) and header.count(name) > 1})
    if missing:
        hint = "; cells seem to be parted by something other than a comma" if len(header) == 1 else ""
        _refuse(path, f"Columns are missing: {', '.join(missing)}; the header has {len(header)}{hint}")
    if twice:
        _refuse(path, f"Columns stand there twice: {', '.join(twice)}")


def _refuse(path: Path, what: str) -> NoReturn:
    raise NoUsableInput(what, where=hide_cpr(path.name), remedy=_REMEDY) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
