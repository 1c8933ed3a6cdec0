"""``opdrift run``: is there news, a server for Prefect, the nightly flow, and what it said."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from data.errors import OpdriftError
from data.input_state import input_state, settle_known
from data.mart import Mart, find_current
from flows.journal import note_look, read_attempts
from flows.lock import only_one
from flows.record import code_state
from flows.retention import retain
from flows.scrub import scrubbed
from flows.server import run_environment, server_for_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from data.settings import Settings


def run_once(
    settings: Settings, *, sample: bool, seed: int | None, say: Callable[[str], None], clock: Callable[[], datetime]
) -> int:
    """Do one night's run, unless nothing changed since the last published one.

    Args:
        settings: Home, seed, as-of.
        sample: Write the synthetic sample into the inbox when the home is fresh.
        seed: As given on the command line; the sample's seed too.
        say: Tells people.
        clock: Tells the time, UTC.

    Returns:
        Exit code: 0 published or nothing new, 4 published with rows or files set aside.

    Raises:
        RunInProgress: Another run holds the home.
        NothingPublished: A blocking rule failed or no usable input was left.
    """
    paths = settings.paths
    paths.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with only_one(paths.lock):
        if settings.retention is not None:
            retain(settings, clock())
        if not (sample and is_fresh(settings)):
            unchanged = unchanged_run(settings)
            if unchanged:
                settle_known(settings)
                note_look(paths)
                say(f"Nothing new since {unchanged}: the same files, mappings, settings and code. Nothing was changed.")
                return 0
        with server_for_run(paths) as url:
            os.environ.update(run_environment(paths, url))
            return _run_flow(settings, sample=sample, seed=seed, say=say, clock=clock)


def _run_flow(
    settings: Settings, *, sample: bool, seed: int | None, say: Callable[[str], None], clock: Callable[[], datetime]
) -> int:
    from flows.nightly import nightly  # noqa: PLC0415  (Prefect reads its environment when it is imported)
    from flows.summary import tell_run  # noqa: PLC0415

    try:
        code = nightly(
            home=str(settings.paths.home),
            secrets=str(settings.paths.secrets),
            how="run",
            seed=seed,
            as_of=None if settings.as_of is None else settings.as_of.isoformat(),
            sample=sample,
        )
    except OpdriftError:
        raise
    except Exception as error:  # noqa: BLE001  (Prefect's own errors may quote ours)
        code = _published_before(settings)
        if code is not None:
            say(tell_run(Mart.open(settings.paths), settings, now=clock()))
            say("The Prefect server went away before the end; the run is whole.")
            return code
        fault = scrubbed(error, step="nightly")
    else:
        say(tell_run(Mart.open(settings.paths), settings, now=clock()))
        return int(code)
    raise fault


def _published_before(settings: Settings) -> int | None:
    """What this process's run ended with, where it was published and Prefect failed after that; else None."""
    last = read_attempts(settings.paths)[-1:]
    ours = bool(last) and last[0].process[0] == os.getpid() and last[0].outcome == "published"
    return last[0].exit_code if ours else None


def is_fresh(settings: Settings) -> bool:
    """Whether nothing was ever put into this home: no warehouse, nothing published, an empty inbox."""
    from data.input_state import find_inbox  # noqa: PLC0415

    paths = settings.paths
    return not paths.warehouse.exists() and not find_inbox(paths) and find_current(paths).run_id is None


def unchanged_run(settings: Settings) -> str:
    """The published run that a new one would repeat; empty when there is news or nothing is published."""
    found = find_current(settings.paths)
    if found.run_id is None or found.reason:
        return ""
    recorded = Mart.open(settings.paths).record("input_state")
    return found.run_id if recorded == input_state(settings, code_state()) else ""
