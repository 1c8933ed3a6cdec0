"""Nights and commands in processes that branch off one that has imported everything heavy and opened nothing.

``night`` is a night's steps in their order, without the half minute that Prefect's server takes; ``command_apart`` is the
command line itself, without the dozen seconds of imports.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING

from data.mart import Mart
from data.settings import read_settings
from flows.cli import main
from flows.journal import Journal
from flows.night import Night, begun, run_step
from flows.progress import Bars
from flows.record import new_run_id
from flows.steps import ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    from data.settings import Paths

ROOT = Path(__file__).parents[2]

HEAVY = [
    "expectations",
    "models.forecast.engine",
    "models.forecast.preload",
    "models.forecast.workers",
    "models.drivers",
    "data.synthetic",
    "flows.citizens",
    "flows.quality",
    "flows.refund",
    "flows.results",
    "great_expectations",
    "models.drift_source",
    "models.drivers.chain_ladder",
    "data.archive",
    "data.landing",
    "data.staging",
    "data.restricted",
    "chainladder",
    "prophet_batch",
    "pyarrow.pandas_compat",
    "tzdata",
    "typer.rich_utils",
]


def clock() -> datetime:
    return datetime.now(UTC)


def night(paths: Paths, *, as_of: date | None = None) -> Mart:
    settings = read_settings(paths, as_of=as_of)
    journal = Journal(paths, new_run_id(clock()), clock)
    journal.started("run")
    with begun(Night(settings, journal.run_id, journal=journal, clock=clock, bars=Bars())) as made:
        for step in ORDER[1:]:
            run_step(step, made.run_id)
        journal.ended("published", made.held["exit_code"], made.held["message"])
    return Mart.open(paths)


def started_apart(paths: Paths) -> ForkServerProcess:
    """A night in a process of its own."""
    process = _branching().Process(target=night, args=(paths,), daemon=True)
    process.start()
    return process


def command_apart(words: tuple[str, ...], env: Mapping[str, str], timeout: float) -> CompletedProcess[str]:
    """``opdrift`` with these words, run to its end."""
    with tempfile.TemporaryDirectory() as folder:
        told = [Path(folder) / name for name in ("out", "err")]
        process = command_started(words, env, told[0], told[1])
        process.join(timeout)
        assert process.exitcode is not None, f"opdrift {words[0]} takes longer than {timeout} s"
        return CompletedProcess(words, process.exitcode, *(file.read_text(encoding="utf-8") for file in told))


def command_started(words: tuple[str, ...], env: Mapping[str, str], out: Path, err: Path) -> ForkServerProcess:
    """``opdrift`` with these words, under way."""
    process = _branching().Process(target=_command, args=(words, dict(env), out, err))
    process.start()
    return process


def _branching() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*HEAVY, Path(__file__).stem])
    return context


def _command(words: tuple[str, ...], env: dict[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    for number, file in enumerate((out, err), start=1):
        opened = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["opdrift", *words]
    try:
        main()
    finally:
        atexit._run_exitfuncs()  # a branched process ends without them
        sys.stdout.flush()
        sys.stderr.flush()
