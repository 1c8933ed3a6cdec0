"""``opdrift backtest``: rolling origins of every series of a file, the engine beside its peers on the same cases."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from data.errors import NoUsableInput
from data.series_file import CHUNK_SERIES, SeriesFile, open_series
from data.series_rows import month_text
from flows.progress import progress_bars
from flows.record import code_facts
from flows.series_forecast import choices_at, fallback_findings, file_facts, read_cutoffs
from flows.series_output import FindingsList, ForecastRows, findings_path, whole_file, write_json
from flows.series_panel import as_given, came_after, known_at
from models.forecast.accuracy import CAP, FLOOR, Quantiles, Scoreboard, seasonal_scale
from models.forecast.backtest import OURS, rolling_origins, section_of
from models.forecast.engine_series import forecast_panel
from models.forecast.peers import AVERAGE, AVERAGED, SINGLE_PEERS, average_peers, forecast_with_peer
from models.forecast.workers import WorkerPool, worker_pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from data.series_rows import RawSeries
    from flows.progress import Bars
    from models.forecast.choices import Choices
    from models.forecast.panel import MonthlySeries, SeriesForecast
    from models.forecast.peers import PeerForecast

PEER_PACKAGES = ("statsforecast", "prophet")


@dataclass(frozen=True)
class BacktestOrder:
    """What was asked for.

    Attributes:
        series: The file.
        horizon: H, months ahead.
        cutoffs: How many origins.
        step: Months between them; None: 12, or fewer where they would not fit.
        origins: ``YYYY-MM`` each, instead of ``cutoffs`` and ``step``.
        out: REPORT.json.
        forecasts: Where ours are written too, as by ``opdrift forecast``; None: nowhere.
        peers: Measure the peers too.
        seed: The one seed.
        workers: Processes.
        this_month: ``YYYY-MM``: values of later months are no actuals.
        chunk: Series held at once.
    """

    series: Path
    horizon: int
    cutoffs: int
    step: int | None
    origins: tuple[str, ...]
    out: Path
    forecasts: Path | None
    peers: bool
    seed: int
    workers: int
    this_month: str
    chunk: int = CHUNK_SERIES


def backtest_file(order: BacktestOrder) -> dict[str, Any]:
    """Measure the engine on a file, and write REPORT.json.

    Returns:
        The report, by ``docs/schemas/backtest.json``; ``exit_code`` 0, or 4 where series or rows were set aside.

    Raises:
        NoUsableInput: The file can't be read, or no case could be scored; nothing was written.
        WrongUse: The origins don't fit, or an option says something impossible.
    """
    with ExitStack() as stack:
        bars = stack.enter_context(progress_bars())
        file = stack.enter_context(
            open_series(order.series, this_month=order.this_month, chunk=order.chunk, progress=bars.begin("Reading"))
        )
        origins = _origins(order, file)
        findings = FindingsList(stack.enter_context(whole_file(findings_path(order.out))))
        rows = None if order.forecasts is None else ForecastRows(stack.enter_context(whole_file(order.forecasts)))
        work = _Work(order, file, stack.enter_context(worker_pool(order.workers)), bars)
        work.run(origins, findings, rows)
        if not any(board.series for board in work.boards.values()):
            what = "No series has both a value before an origin and one after it"
            raise NoUsableInput(what, where=order.series.name, remedy="Take a shorter horizon or fewer origins")
        report = _report(order, file, origins, work, findings)
        write_json(order.out, report)
    return report


def _origins(order: BacktestOrder, file: SeriesFile) -> list[int]:
    if order.origins:
        return read_cutoffs(order.origins, file)
    last = read_cutoffs((), file)[0]
    first = file.first_month if file.first_month is not None else last
    return rolling_origins(first, last, horizon=order.horizon, count=order.cutoffs, step=order.step)


class _Work:
    """One pass over the chunks: at every origin ours, then each peer in turn, all scored on the same cases."""

    def __init__(self, order: BacktestOrder, file: SeriesFile, pool: WorkerPool, bars: Bars) -> None:
        self.order, self.file, self.pool, self.bars = order, file, pool, bars
        self.boards = {target: Scoreboard(order.horizon) for target in file.targets}
        self.seconds: dict[str, float] = defaultdict(float)

    def run(self, origins: list[int], findings: FindingsList, rows: ForecastRows | None) -> None:
        with self._timed("choices"):
            choices = {cutoff: self._choices(cutoff) for cutoff in origins}
        findings.add(self.file.without_id)
        for chunk, found in self.file.chunks():
            findings.add(found)
            made: list[tuple[int, SeriesForecast]] = []
            for cutoff in origins:
                forecasts = self._at(cutoff, chunk, choices[cutoff], findings)
                made += [(cutoff, forecast) for forecast in forecasts]
            if rows is not None:
                places = {raw.series_id: place for place, raw in enumerate(chunk)}
                for cutoff, forecast in sorted(made, key=lambda item: (places[item[1].series_id], item[1].target, item[0])):
                    rows.write(forecast, cutoff)
            findings.next_chunk()

    def _choices(self, cutoff: int) -> Choices | None:
        order = self.order
        return choices_at(self.file, cutoff, horizon=order.horizon, seed=order.seed, workers=order.workers, bars=self.bars)

    def _at(self, cutoff: int, chunk: list[RawSeries], choices: Choices | None, findings: FindingsList) -> list[SeriesForecast]:
        order = self.order
        panel: list[MonthlySeries] = []
        for raw in chunk:
            members, said = known_at(raw, cutoff, order.horizon)
            panel += members
            findings.add(said)
        if not panel:
            return []
        label = f"{OURS} at {month_text(cutoff)}"
        with self._timed(OURS):
            ours = forecast_panel(
                panel,
                horizon=order.horizon,
                seed=order.seed,
                workers=order.workers,
                choices=choices,
                progress=self.bars.begin(label),
            )
        for forecast in ours:
            findings.add(fallback_findings(forecast))
        self._score(cutoff, {raw.series_id: raw for raw in chunk}, panel, ours, self._peers(cutoff, panel))
        return ours

    def _peers(self, cutoff: int, panel: Sequence[MonthlySeries]) -> dict[str, list[PeerForecast]]:
        order, found = self.order, {}
        for peer in SINGLE_PEERS if order.peers else ():
            tick = self.bars.begin(f"{peer} at {month_text(cutoff)}")
            with self._timed(peer):
                found[peer] = forecast_with_peer(
                    peer, panel, horizon=order.horizon, seed=order.seed, pool=self.pool, progress=tick
                )
        if found:
            members = zip(*(found[peer] for peer in AVERAGED), strict=True)
            found[AVERAGE] = [average_peers(one) for one in members]
        return found

    def _score(
        self,
        cutoff: int,
        raws: dict[str, RawSeries],
        panel: list[MonthlySeries],
        ours: list[SeriesForecast],
        peers: dict[str, list[PeerForecast]],
    ) -> None:
        for place, (series, own) in enumerate(zip(panel, ours, strict=True)):
            raw, target = raws[series.series_id], series.target
            actual = came_after(raw, target, cutoff, self.order.horizon, newest=self.file.newest)
            scale = seasonal_scale(as_given(raw, target, cutoff))
            forecasts = {OURS: Quantiles(own.mean, own.q10, own.q50, own.q90, own.year_q10, own.year_q90)}
            forecasts |= {peer: found[place].quantiles for peer, found in peers.items()}
            fell_back = [peer for peer, found in peers.items() if found[place].fell_back]
            fell_back += [OURS] if own.notes else []
            self.boards[target].add(series.series_id, month_text(cutoff), actual, scale, forecasts, fell_back)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - begun


def _report(order: BacktestOrder, file: SeriesFile, origins: list[int], work: _Work, findings: FindingsList) -> dict[str, Any]:
    code = code_facts()
    code["versions"] |= {name: metadata.version(name) for name in PEER_PACKAGES if order.peers}
    doubted = not order.origins and findings.by_code["stands_alone"]
    return {
        "exit_code": 4 if findings.set_aside or file.without_id or doubted else 0,
        "horizon": order.horizon,
        "origins": [month_text(cutoff) for cutoff in origins],
        "seed": order.seed,
        "measures": {"season": 12, "cap": CAP, "geometric_floor": FLOOR},
        "series": {"in": len(file.ids), "set_aside": findings.set_aside},
        "targets": [section_of(board, target, SINGLE_PEERS) for target, board in work.boards.items() if board.series],
        "findings_file": findings_path(order.out).name,
        "findings": findings.facts(),
        "file": file_facts(file),
        "code": code,
        "clock": {"workers": order.workers, "seconds": {part: round(value, 3) for part, value in work.seconds.items()}},
    }
