"""The steps of a night in their order, without the half minute that Prefect's server and the imports take."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data.mart import Mart
from data.settings import read_settings
from flows.journal import Journal
from flows.night import Night, begun
from flows.progress import Bars
from flows.record import new_run_id
from flows.steps import ORDER
from flows.tasks import run_step

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from data.settings import Paths

HEAVY = [
    "expectations",
    "models.forecast.engine",
    "models.forecast.workers",
    "models.drivers",
    "data.synthetic",
    "flows.citizens",
    "flows.quality",
    "flows.refund",
    "flows.results",
    "great_expectations",
    "models.drift_source",
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
    """A night in a process of its own, forked from one that has imported everything and opened nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*HEAVY, Path(__file__).stem])
    process = context.Process(target=night, args=(paths,), daemon=True)
    process.start()
    return process
