"""``kill -9`` at any step: what was published before stands whole, and the next run succeeds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plain_night import night, started_apart

from data.input_state import find_inbox, sha256_of
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


KILLED = {"land", "look_back", "publish", "point", "settle"}
"""A run is killed at these, at two of them by the command line; at the others one run is held, and what lies on disk at
that instant is copied: that is what a kill would leave, for one run's price instead of fifteen."""

RUN_ON = ("extract", "disclose")
"""Copies of the home from which the next night is run, before and after what it works out."""


def wait_for(what: Callable[[], bool], run: ForkServerProcess) -> None:
    give_up = time.monotonic() + GIVE_UP_S
    while not what():
        assert run.exitcode is None, "the run ended before the step came"
        assert time.monotonic() < give_up, "the step never came"
        time.sleep(0.01)


def steps_of(paths: Paths, attempts_before: int) -> list[str]:
    attempts = read_attempts(paths)
    return attempts[-1].steps if len(attempts) > attempts_before else []


def at_step(paths: Paths, name: str, attempts_before: int, run: ForkServerProcess, signal_number: int) -> None:
    """Stop or kill a run as soon as it has begun a step."""
    wait_for(lambda: name in steps_of(paths, attempts_before), run)
    os.kill(run.pid, signal_number)


def stands(paths: Paths, run_id: str, figures: str) -> bool:
    """Whether a run is shown, whole and as it was."""
    shown = find_current(paths)
    file = published_file(paths, run_id)
    return (shown.run_id, shown.reason, is_whole(file), digest(file)) == (run_id, "", True, figures)


def test_a_run_killed_at_any_step_leaves_the_last_one_whole(tiny: Any, put_months: Callable[..., None], tmp_path: Path) -> None:
    paths, inbox = Paths(home=tiny.home, secrets=tiny.secrets), tiny.home / "inbox"
    put = partial(put_months, inbox / "case_months.csv", services=1)
    put()
    night(paths)
    first = find_current(paths).run_id
    assert first is not None
    figures = digest(published_file(paths, first))
    put(level=1.05)
    new = sha256_of(inbox / "case_months.csv")
    held = as_left_at_each_step(paths, tmp_path / "left")
    assert {*held} | KILLED == {step.name for step in ORDER[1:]}
    for name, left in held.items():
        (killed,) = read_attempts(left)[1:]
        assert killed.was_killed, name
        assert name in killed.steps
        assert stands(left, first, figures), name
        waiting = {sha256_of(file) for file in find_inbox(left)}
        assert new in waiting or (left.archive / new).is_file(), f"the new file is in the inbox or in the archive at {name}"
    whole = digest(published_file(paths, str(find_current(paths).run_id)))
    for name in RUN_ON:
        assert digest(published_file(held[name], night(held[name]).run_id)) == whole, f"nothing of it is lost by {name}"
    killed_steps = [step.name for step in ORDER[1:] if step.name in KILLED]
    server, served = start_server(paths, role="serve")  # one server for all runs, as under 'opdrift serve'
    try:
        wait_until_ready(server, served, paths)
        first = str(find_current(paths).run_id)
        figures = digest(published_file(paths, first))
        for number, name in enumerate(killed_steps):
            put(level=1.06 + 0.01 * number)
            before = len(read_attempts(paths))
            run = tiny.branch("run") if name in {"land", "publish"} else started_apart(paths)
            at_step(paths, name, before, run, signal.SIGKILL)
            run.join()
            killed = read_attempts(paths)[-1]
            assert killed.was_killed
            assert name in killed.steps
            pointed = name == "point" and find_current(paths).run_id == killed.run_id  # the kill came after its one rename
            if name == "settle" or pointed:  # that run counts, and only now
                assert digest(published_file(paths, first)) == figures, "the earlier run is as it was"
                first, figures = killed.run_id, digest(published_file(paths, killed.run_id))
            assert stands(paths, first, figures), name
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


def as_left_at_each_step(paths: Paths, folder: Path) -> dict[str, Paths]:
    """One night, held at each step that is not killed for good; copies of the home by step, once the night is over."""
    left = {}
    before = len(read_attempts(paths))
    run = started_apart(paths)
    for step in ORDER[1:]:
        if step.name not in KILLED:
            at_step(paths, step.name, before, run, signal.SIGSTOP)
            shutil.copytree(paths.home, folder / step.name, ignore=shutil.ignore_patterns("prefect"))
            os.kill(run.pid, signal.SIGCONT)
            left[step.name] = Paths(home=folder / step.name, secrets=paths.secrets)
    run.join()
    assert run.exitcode == 0
    return left


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
