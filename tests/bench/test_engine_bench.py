"""The engine, stock Prophet and the five peers, in one run, on the same series and cores; and a hundred thousand series read.

Prints seconds and ratios, and writes docs/speed.md; fails only where a promise about memory is broken, never on time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flows.record import code_facts, commit_in_words
from models.forecast.combine import middle
from models.forecast.draws import draw_joint_months, draw_templates, error_factors
from models.forecast.engine_series import choose, forecast_panel
from models.forecast.fitting import CHUNK, LOG_PROPHET, RAW_PROPHET, FitJob, fit_chunk
from models.forecast.panel import MonthlySeries
from models.forecast.peers import SINGLE_PEERS, forecast_with_peer
from models.forecast.prophet_model import ProphetJob, fit_prophet
from models.forecast.series import read_series
from models.forecast.trend import RAW_SLOPE_HALF_LIFE, continue_path
from models.forecast.uncertainty import UNKNOWN_ERRORS
from models.forecast.workers import worker_pool
from models.rng import generator_for

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
N_SERIES, MONTHS, HORIZON = 24, 144, 24
MANY = 100_000
PROMISED_MB = 400
N_DRAWS = 1000
TURNS = 7
"""Prophet takes about a second: its two parts are timed in turn, and the medians compared."""


def real_panel(folder: Path) -> list[MonthlySeries]:
    """Cost of PBS groups, drawn at random once."""
    table = pd.read_csv(folder / "pbs_monthly_scripts_cost.csv.gz")
    wide = table.pivot_table(index="ds", columns="atc2", values="cost", aggfunc="sum").iloc[:MONTHS]
    whole = wide.loc[:, (wide > 0).all()]
    chosen = np.random.default_rng(1).permutation(whole.shape[1])[:N_SERIES]
    first = pd.Timestamp(wide.index[0])
    return [MonthlySeries(str(name), "cost", first, whole[name].to_numpy(float)) for name in whole.columns[chosen]]


def one_month_revised(series: MonthlySeries) -> MonthlySeries:
    """The newest month .1 % up: every series is fitted anew by its chosen forms."""
    return replace(series, values=np.r_[series.values[:-1], series.values[-1] * 1.001])


def chunks_of(panel: list[MonthlySeries], cores: int) -> list[tuple[MonthlySeries, ...]]:
    size = min(CHUNK, -(-len(panel) // cores))
    return [tuple(panel[begin : begin + size]) for begin in range(0, len(panel), size)]


def prophets_part(panel: tuple[MonthlySeries, ...]) -> int:
    """What the engine does in the place of stock Prophet: both fits, paths ahead, and joint draws instead of its own sampling."""
    jobs = []
    for series in panel:
        logs = np.log(series.values)
        both = (("log", logs - logs.mean(), LOG_PROPHET), ("raw", series.values, RAW_PROPHET))
        jobs += [ProphetJob(f"{series.series_id}|{name}", given, series.first_month, HORIZON, how) for name, given, how in both]
    fitted = fit_prophet(jobs)
    months = draw_joint_months(1, HORIZON, N_DRAWS)
    drawn = 0
    for series in panel:
        logs = np.log(series.values)
        own = continue_path(logs - logs.mean(), fitted[f"{series.series_id}|log"])
        plain = continue_path(series.values, fitted[f"{series.series_id}|raw"], half_life=RAW_SLOPE_HALF_LIFE)
        shapes = draw_templates(own.residuals, UNKNOWN_ERRORS, months, generator_for(1, "bench", series.series_id))
        whole = shapes.lasting + np.sqrt(own.noise) * shapes.noise
        factors = error_factors(whole, UNKNOWN_ERRORS.lasting(HORIZON) + own.noise)
        drawn += (middle([np.exp(own.path + logs.mean()), plain.path])[:, None] * factors).shape[1]
    return drawn


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def test_engine_beside_stock_prophet_and_the_five_peers(real_data: Path) -> None:
    panel, cores = real_panel(real_data), len(os.sched_getaffinity(0))
    with worker_pool(cores) as pool:
        for peer in SINGLE_PEERS:  # every import and compilation is paid for before the clock runs
            forecast_with_peer(peer, panel[:cores], horizon=2, seed=1, pool=pool)
        peers = {
            peer: timed(partial(forecast_with_peer, peer, panel, horizon=HORIZON, seed=1, pool=pool)) for peer in SINGLE_PEERS
        }
        for key in ("a", "b"):  # the engine's own imports too, in every process
            pool.map(fit_chunk, [(FitJob(key, read_series(panel[0].values), panel[0].first_month, 2),)] * cores)
        stock = partial(forecast_with_peer, "prophet", panel, horizon=HORIZON, seed=1, pool=pool)
        turns = [(timed(lambda: pool.map(prophets_part, chunks_of(panel, cores))), timed(stock)) for _ in range(TURNS)]
        own_prophet, peers["prophet"] = (float(np.median(seconds)) for seconds in zip(*turns, strict=True))
    renewal = timed(lambda: choose(panel, horizon=HORIZON, seed=1, workers=cores))
    choices = choose(panel, horizon=HORIZON, seed=1, workers=cores)
    tonight = [one_month_revised(series) for series in panel]
    engine = timed(lambda: forecast_panel(tonight, horizon=HORIZON, seed=1, workers=cores, choices=choices))
    untouched = timed(lambda: forecast_panel(panel, horizon=HORIZON, seed=1, workers=cores, choices=choices))
    ours = {"prophets_part": own_prophet, "night": engine, "renewal": renewal, "untouched": untouched}
    page = speed_page(peers, ours, series=len(panel), cores=cores, code=commit_in_words(code_facts()))
    print(f"\n{page}")
    PAGE.write_text(page, encoding="utf-8")
    assert all(seconds > 0 for seconds in (*peers.values(), own_prophet, engine, renewal))


def speed_page(peers: dict[str, float], ours: dict[str, float], *, series: int, cores: int, code: str) -> str:
    """docs/speed.md out of seconds."""
    every = sum(peers.values())
    rows = [
        *((name, seconds, "") for name, seconds in peers.items()),
        ("the five peers together", every, ""),
        (
            "opdrift, Prophet's part (both fits, paths, joint draws)",
            ours["prophets_part"],
            f"{ours['prophets_part'] / peers['prophet']:.2f} of stock Prophet (at most .5)",
        ),
        (
            "opdrift, a night: choice kept, every series refitted",
            ours["night"],
            f"{ours['night'] / every:.2f} of the five peers (at most 1.5)",
        ),
        ("opdrift, the monthly renewal of the choice", ours["renewal"], f"{ours['renewal'] / every:.2f} of the five peers"),
        ("opdrift, a night in which no month has changed", ours["untouched"], ""),
    ]
    table = "\n".join(f"| {name} | {seconds:.2f} | {said} |" for name, seconds, said in rows)
    said = f"{series} real series (PBS cost) of {MONTHS} months, {HORIZON} ahead, {cores} processes; code {code}."
    return f"{_PAGE_BEGINS}\n{said}\n\n| | seconds | |\n|---|--:|---|\n{table}\n"


_PAGE_BEGINS = f"""# How long the engine takes

Written by `make bench` (`tests/bench/test_engine_bench.py`), all in one run on one machine; never edited by hand. Compare the
ratios: seconds are of a machine that may have had other work. Stock Prophet and Prophet's part: median of {TURNS} turns.
"""


def test_reading_keeps_its_promise_of_memory(tmp_path: Path) -> None:
    """In a process of its own: the reader alone, a hundred thousand series."""
    file = tmp_path / "many.csv"
    rows = (f"s{place},2026-0{month},{month}\n" for place in range(MANY) for month in (1, 2, 3))
    with file.open("w", encoding="utf-8") as lines:
        lines.write("series_id,month,cost\n")
        lines.writelines(rows)
    code = (
        "import resource, sys; from pathlib import Path; from data.series_file import open_series\n"
        "with open_series(Path(sys.argv[1]), this_month='2026-11') as series:\n"
        "    seen = sum(len(chunk) for chunk, _ in series.chunks())\n"
        "print(seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    seen, megabytes = map(int, done.stdout.split())
    print(f"\n{seen:,} series read in {time.perf_counter() - begun:.1f} s, {megabytes} MB at most")
    assert seen == MANY
    assert megabytes < PROMISED_MB
