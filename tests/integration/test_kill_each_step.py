"""``kill -9`` at any step: what was published before stands whole, and the next run succeeds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plain_night import night, started_apart

from data.mart import digest, find_current, is_whole, published_file
from data.settings import Paths
from flows.journal import read_attempts
from flows.server import end_orphans, recorded, start_server, stop, wait_until_ready
from flows.steps import ORDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

ROOT = Path(__file__).parents[2]
GIVE_UP_S = 120


THROUGH_PREFECT = {"land", "publish", "point", "settle"}
"""These are killed in a run by the command line; the others in the same steps without it, which is sooner there."""


def wait_for(what: Callable[[], bool], run: ForkServerProcess) -> None:
    give_up = time.monotonic() + GIVE_UP_S
    while not what():
        assert run.exitcode is None, "the run ended before the step came"
        assert time.monotonic() < give_up, "the step never came"
        time.sleep(0.002)


def steps_of(paths: Paths, attempts_before: int) -> list[str]:
    attempts = read_attempts(paths)
    return attempts[-1].steps if len(attempts) > attempts_before else []


def test_a_run_killed_at_any_step_leaves_the_last_one_whole(tiny: Any, put_months: Callable[..., None]) -> None:
    paths, inbox = Paths(home=tiny.home, secrets=tiny.secrets), tiny.home / "inbox"
    put = partial(put_months, inbox / "case_months.csv", services=1)
    put()
    night(paths)
    first = find_current(paths).run_id
    assert first is not None
    figures = digest(published_file(paths, first))
    server, served = start_server(paths, role="serve")  # one server for all runs, as under 'opdrift serve'
    try:
        wait_until_ready(server, served, paths)
        put(level=1.05)
        for step in ORDER[1:]:
            shown = find_current(paths)
            assert shown.reason == ""
            if shown.run_id != first:  # a kill after 'point': that run counts, and only now
                first, figures = shown.run_id, digest(published_file(paths, str(shown.run_id)))
                put(level=1.06 + 0.01 * ORDER.index(step))
            before = len(read_attempts(paths))
            run = tiny.branch("run") if step.name in THROUGH_PREFECT else started_apart(paths)
            wait_for(lambda step=step, before=before: step.name in steps_of(paths, before), run)
            os.kill(run.pid, signal.SIGKILL)
            run.join()
            killed = read_attempts(paths)[-1]
            assert killed.was_killed
            assert step.name in killed.steps
            shown = find_current(paths)
            assert shown.reason == ""
            assert shown.run_id in {first, killed.run_id}
            assert is_whole(published_file(paths, str(shown.run_id)))
            assert digest(published_file(paths, str(first))) == figures, "the earlier run is as it was"
            if step.name not in {"point", "settle"}:
                assert shown.run_id == first
        told = tiny("status")
        assert "stopped midway" in told.stderr
        put(level=1.5)
        done = tiny("run")
        assert done.returncode == 0, done.stderr
    finally:
        stop(server)
    last = find_current(paths)
    assert last.run_id not in {None, first}
    assert last.reason == ""
    assert not list(inbox.iterdir())


def test_a_server_left_by_a_killed_run_is_ended_by_the_next(tiny: Any) -> None:
    paths = Paths(home=tiny.home, secrets=tiny.secrets)
    leave = (
        "import os, pathlib, signal, sys\n"
        "from data.settings import Paths\n"
        "from flows.server import start_server\n"
        "start_server(Paths(home=pathlib.Path(sys.argv[1]), secrets=pathlib.Path(sys.argv[2])), role='run')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", leave, str(paths.home), str(paths.secrets)], cwd=ROOT, check=False)
    (orphan,) = recorded(paths)
    assert orphan.is_orphan
    assert end_orphans(paths) == [orphan.pid]
    assert not orphan.lives
    assert recorded(paths) == []
