"""The nightly flow: the order of a night and nothing else. Its parameters are words; nothing it does is kept by Prefect."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from prefect import flow

from data.errors import NothingPublished
from data.settings import Paths, Settings, read_settings
from flows.audit import note_begun, note_ended
from flows.journal import Journal
from flows.lock import only_one
from flows.night import Night, begun
from flows.progress import progress_bars
from flows.record import new_run_id
from flows.retention import retain
from flows.run import is_fresh, unchanged_run
from flows.scrub import scrubbed
from flows.tasks import TASKS


@flow(name="nightly", validate_parameters=False, persist_result=False, retries=0)
def nightly(
    home: str, secrets: str, how: str = "serve", seed: int | None = None, as_of: str | None = None, *, sample: bool = False
) -> int:
    """Land, stage, validate, extract, drivers, forecast, ..., publish, point.

    Args:
        home: Folder of the home.
        secrets: Folder of its keys.
        how: ``run`` or ``serve``.
        seed: The one seed; None: from the settings.
        as_of: YYYY-MM-DD; hides what was recorded or posted later.
        sample: Write the synthetic sample first, in a fresh home.

    Returns:
        0 published or nothing new, 4 published with rows or files set aside.

    Raises:
        NothingPublished: A blocking rule failed or no usable input was left.
        RunInProgress: Another run holds the home.
    """
    paths = Paths(home=Path(home), secrets=Path(secrets))
    settings = read_settings(paths, seed=seed, as_of=as_of)
    with only_one(paths.lock):
        now = datetime.now(UTC)
        journal = Journal(paths, new_run_id(now), _clock)
        if how == "serve" and settings.retention is not None:
            retain(settings, now)
        if how == "serve" and (repeated := unchanged_run(settings)):
            journal.started(how)
            journal.ended("unchanged", 0, f"Nothing new since {repeated}; it stands")
            return 0
        return _one_night(settings, journal, how, sample=sample and is_fresh(settings))


def _clock() -> datetime:
    return datetime.now(UTC)


def _one_night(settings: Settings, journal: Journal, how: str, *, sample: bool) -> int:
    journal.started(how)
    with progress_bars() as bars, begun(Night(settings, journal.run_id, journal=journal, clock=_clock, bars=bars)) as night:
        try:
            note_begun(night, how)
            for name, step in TASKS.items():
                if name != "sample" or sample:
                    step(night.run_id)
        except KeyboardInterrupt:
            journal.ended("interrupted", 1, "Ended by hand; the last published run stands")
            note_ended(night, "interrupted", 1)
            raise
        except Exception as error:  # noqa: BLE001  (the flow's edge: Prefect stores what passes)
            fault = scrubbed(error, step="nightly")
        else:
            journal.ended("published", night.held["exit_code"], night.held["message"])
            return int(night.held["exit_code"])
        outcome = "nothing" if isinstance(fault, NothingPublished) else "fault"
        journal.ended(outcome, fault.exit_code, str(fault), night.held.get("blocking", ()))
        note_ended(night, outcome, fault.exit_code)
    raise fault
