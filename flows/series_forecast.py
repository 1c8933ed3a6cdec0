"""``opdrift forecast``: every series of a file, at every cutoff, through the one engine; chunk by chunk, memory flat."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from data.errors import NoUsableInput, WrongUse
from data.series_file import CHUNK_SERIES, SeriesFile, open_series
from data.series_rows import Finding, month_number, month_text
from flows.progress import progress_bars
from flows.record import code_facts
from flows.series_output import FindingsList, ForecastRows, findings_path, whole_file
from flows.series_panel import known_at
from models.forecast.engine_series import choose, forecast_panel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from data.series_rows import RawSeries
    from flows.progress import Bars
    from models.forecast.choices import Choices
    from models.forecast.panel import MonthlySeries, SeriesForecast

SAMPLE_SERIES = 300
"""What series share (settings, weights, error growth) is learnt from at most this many."""
REASONS = 3
"""Findings that an error names, of a file without any usable series."""


@dataclass(frozen=True)
class ForecastOrder:
    """What was asked for.

    Attributes:
        series: The file.
        horizon: H, months ahead.
        cutoffs: ``YYYY-MM`` each; empty: the last month with a value that does not stand alone.
        out: FORECASTS.csv.
        seed: The one seed.
        workers: Processes.
        this_month: ``YYYY-MM``: values of later months are no history yet.
        chunk: Series held at once.
    """

    series: Path
    horizon: int
    cutoffs: tuple[str, ...]
    out: Path
    seed: int
    workers: int
    this_month: str
    chunk: int = CHUNK_SERIES


def forecast_file(order: ForecastOrder) -> dict[str, Any]:
    """Forecast a file.

    Returns:
        By ``docs/schemas/forecast.json``; ``exit_code`` 0, or 4 where series or rows were set aside.

    Raises:
        NoUsableInput: The file can't be read, or no series could be forecast; nothing was written.
        WrongUse: An option says something impossible.
    """
    begun = time.perf_counter()
    with ExitStack() as stack:
        bars = stack.enter_context(progress_bars())
        file = stack.enter_context(
            open_series(order.series, this_month=order.this_month, chunk=order.chunk, progress=bars.begin("Reading"))
        )
        cutoffs = read_cutoffs(order.cutoffs, file)
        work = _Work(order, file, cutoffs, bars)
        rows = ForecastRows(stack.enter_context(whole_file(order.out)))
        findings = FindingsList(stack.enter_context(whole_file(findings_path(order.out))))
        work.run(rows, findings)
        if not work.forecast:
            raise NoUsableInput(_nothing(findings), where=order.series.name, remedy="docs/series.md tells what a series needs")
        return _summary(order, file, work, rows, findings, time.perf_counter() - begun)


def read_cutoffs(given: Sequence[str], file: SeriesFile) -> list[int]:
    """The cutoffs asked for, in order and once each; else the last month with a value that does not stand alone.

    Raises:
        WrongUse: One of them is no month.
        NoUsableInput: None was given, and no month has a value.
    """
    numbers = []
    for text in given:
        number = month_number(text)
        if number is None:
            what = f"--cutoff '{text}' is no month"
            raise WrongUse(what, remedy="Write it as YYYY-MM, e.g. 2026-06")
        numbers.append(number)
    if numbers:
        return sorted(set(numbers))
    if file.last_month is None:
        found = [f"{finding.series_id}: {finding.what}" for _, findings in file.chunks() for finding in findings]
        said = f" ({'; '.join(found[:REASONS])})" if found else ""
        what = f"No series that can be used has a value up to {month_text(file.newest)}{said}"
        raise NoUsableInput(what, where=file.path.name, remedy="Check the columns month, cost and volume")
    return [file.last_month]


def sample_of(file: SeriesFile, cutoff: int, seed: int) -> frozenset[str]:
    """At most ``SAMPLE_SERIES`` keys with a value by the cutoff, drawn by hash: a series added rarely moves who is in it."""
    ranked = sorted(file.begun_by(cutoff), key=lambda series_id: (crc32(f"{seed}/{series_id}".encode()), series_id))
    return frozenset(ranked[:SAMPLE_SERIES])


def choices_at(file: SeriesFile, cutoff: int, *, horizon: int, seed: int, workers: int, bars: Bars) -> Choices | None:
    """Learn what series share, at a cutoff, from a bounded sample; None where no series has begun."""
    sample = sample_of(file, cutoff, seed)
    members = [member for chunk, _ in file.chunks(only=sample) for raw in chunk for member in known_at(raw, cutoff, horizon)[0]]
    if not members:
        return None
    tick = bars.begin(f"Choosing at {month_text(cutoff)}")
    return choose(members, horizon=horizon, seed=seed, workers=workers, progress=tick)


def fallback_findings(forecast: SeriesForecast) -> list[Finding]:
    """The fallbacks that the engine states, and the months it marks, as findings."""
    return [
        Finding(forecast.series_id, "marked", 0, 1, f"{forecast.target}: {english}", "kept where it is scored")
        for _, english in forecast.marks
    ] + [
        Finding(forecast.series_id, "fallback", 0, 1, f"{forecast.target}: {english}", f"forecast by: {forecast.method}")
        for _, english in forecast.notes
    ]


class _Work:
    """One pass over the chunks."""

    def __init__(self, order: ForecastOrder, file: SeriesFile, cutoffs: list[int], bars: Bars) -> None:
        self.order, self.file, self.cutoffs, self.bars = order, file, cutoffs, bars
        self.forecast = 0
        self.fell_back = 0
        self.done = 0
        self.tick = bars.begin("Learning")
        self.methods: dict[str, int] = {}

    def run(self, rows: ForecastRows, findings: FindingsList) -> None:
        order = self.order
        choices = {
            cutoff: choices_at(self.file, cutoff, horizon=order.horizon, seed=order.seed, workers=order.workers, bars=self.bars)
            for cutoff in self.cutoffs
        }
        findings.add(self.file.without_id)
        self.tick = self.bars.begin("Forecasting")
        for chunk, found in self.file.chunks():
            findings.add(found)
            made = [item for cutoff in self.cutoffs for item in self._at(cutoff, chunk, choices[cutoff], findings)]
            places = {raw.series_id: place for place, raw in enumerate(chunk)}
            made.sort(key=lambda item: (places[item[1].series_id], item[1].target, item[0]))
            for cutoff, forecast in made:
                rows.write(forecast, cutoff)
            self._count([forecast for _, forecast in made])
            findings.next_chunk()

    def _at(
        self, cutoff: int, chunk: list[RawSeries], choices: Choices | None, findings: FindingsList
    ) -> list[tuple[int, SeriesForecast]]:
        order = self.order
        panel: list[MonthlySeries] = []
        for raw in chunk:
            members, said = known_at(raw, cutoff, order.horizon)
            panel += members
            findings.add(said)
        if not panel:
            return []
        made = forecast_panel(
            panel, horizon=order.horizon, seed=order.seed, workers=order.workers, choices=choices, progress=self._tick
        )
        self.done += len(panel)
        for forecast in made:
            findings.add(fallback_findings(forecast))
        return [(cutoff, forecast) for forecast in made]

    def _tick(self, done: int, _total: int) -> None:
        in_all = len(self.file.ids) * len(self.file.targets) * len(self.cutoffs)
        self.tick(self.done + done, in_all)

    def _count(self, made: list[SeriesForecast]) -> None:
        self.forecast += len({forecast.series_id for forecast in made})
        self.fell_back += len({forecast.series_id for forecast in made if forecast.notes})
        for forecast in made:
            self.methods[forecast.method] = self.methods.get(forecast.method, 0) + 1


def _nothing(findings: FindingsList) -> str:
    said = "; ".join(f"{item['series_id']}: {item['what']}" for item in findings.first[:REASONS])
    return f"No series could be forecast ({said})" if said else "No series could be forecast"


def _summary(
    order: ForecastOrder, file: SeriesFile, work: _Work, rows: ForecastRows, findings: FindingsList, seconds: float
) -> dict[str, Any]:
    aside = findings.set_aside or file.without_id
    doubted = not order.cutoffs and findings.by_code["stands_alone"]
    return {
        "exit_code": 4 if aside or doubted else 0,
        "out": order.out.name,
        "findings_file": findings_path(order.out).name,
        "cutoffs": [month_text(cutoff) for cutoff in work.cutoffs],
        "cutoff_given": bool(order.cutoffs),
        "horizon": order.horizon,
        "seed": order.seed,
        "rows_written": rows.written,
        "series": {"in": len(file.ids), "forecast": work.forecast, "fell_back": work.fell_back, "set_aside": findings.set_aside},
        "methods": dict(sorted(work.methods.items())),
        "findings": findings.facts(),
        "file": file_facts(file),
        "code": code_facts(),
        "clock": {"seconds": round(seconds, 3)},
    }


def file_facts(file: SeriesFile) -> dict[str, Any]:
    """What was read."""
    return {
        "name": file.path.name,
        "sha256": file.sha256,
        "rows": file.rows,
        "targets": list(file.targets),
        "ignored_columns": list(file.ignored),
        "last_month": None if file.last_month is None else month_text(file.last_month),
    }
