"""What ``opdrift forecast`` and ``backtest`` leave behind: whole files or none, and what was found in every series."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from data.errors import WrongUse
from data.series_rows import Finding, month_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

    from models.forecast.panel import SeriesForecast

FORECAST_COLUMNS = ("series_id", "cutoff", "month", "target", "mean", "q10", "q50", "q90")
SHOWN = 1000
"""Findings listed in a JSON object; the file beside it lists all."""


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Write a text file that appears when it is complete, in one step; after a fault the old one stands.

    Raises:
        WrongUse: Its folder is not there or can't be written to.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        file = beside.open("w", encoding="utf-8", newline="")
    except OSError as error:
        what = f"{path.name} can't be written ({type(error).__name__})"
        raise WrongUse(what, where=str(path.parent), remedy="Give a file in a folder that is there and may be written") from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


class ForecastRows:
    """Writer of FORECASTS.csv (DESIGN 5)."""

    def __init__(self, file: TextIO) -> None:
        """Write the header."""
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(FORECAST_COLUMNS)
        self.written = 0

    def write(self, forecast: SeriesForecast, cutoff: int) -> None:
        """Write one forecast, a row a month; numbers with twelve digits."""
        columns = zip(forecast.months, forecast.mean, forecast.q10, forecast.q50, forecast.q90, strict=True)
        for month, *numbers in columns:
            head = (forecast.series_id, month_text(cutoff), f"{month:%Y-%m-%d}", forecast.target)
            self._rows.writerow([*head, *(f"{number:.12g}" for number in numbers)])
            self.written += 1


class FindingsList:
    """Findings as they come: all into a file, the first thousand into the report; each series and code once."""

    def __init__(self, file: TextIO) -> None:
        """Write the header."""
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow([field.name for field in fields(Finding)])
        self.first: list[dict[str, Any]] = []
        self.by_code: Counter[str] = Counter()
        self.set_aside = 0
        self._said_of: set[tuple[str, str, str]] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Enter findings; call :meth:`next_chunk` between chunks."""
        for finding in findings:
            key = (finding.series_id, finding.code, finding.what)
            if key in self._said_of:
                continue
            self._said_of.add(key)
            self._rows.writerow(astuple(finding))
            self.by_code[finding.code] += 1
            self.set_aside += finding.set_aside and bool(finding.series_id)
            if len(self.first) < SHOWN:
                self.first.append({field.name: getattr(finding, field.name) for field in fields(Finding)})

    def next_chunk(self) -> None:
        """Forget what was said: the next series are others, and memory stays flat."""
        self._said_of.clear()

    def facts(self) -> dict[str, Any]:
        """For the report."""
        return {"total": self.by_code.total(), "by_code": dict(sorted(self.by_code.items())), "first": self.first}


def findings_path(out: Path) -> Path:
    """Where all findings are listed: beside the result.

    Example:
        >>> from pathlib import Path
        >>> findings_path(Path("a/FORECASTS.csv")).as_posix()
        'a/FORECASTS.findings.csv'
    """
    return out.with_suffix(".findings.csv")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write one JSON object, whole or not at all."""
    with whole_file(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
