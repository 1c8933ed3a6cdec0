"""The journal tells how every attempt went, also one that was killed, and a torn line spoils nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil
import pytest

from data.cpr import holds_cpr
from data.errors import RunInProgress, WrongUse
from flows.journal import Journal, journal_file, process_lives, read_attempts
from flows.lock import is_held, only_one
from flows.record import new_run_id

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings


HOLD = """
import pathlib, sys
from flows.lock import only_one
with only_one(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def clock() -> datetime:
    return datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


def test_an_attempt_is_read_as_it_was_written(settings: Settings) -> None:
    journal = Journal(settings.paths, "run-20260131T020000-00aabb", clock)
    journal.started("run")
    journal.step("land")
    assert read_attempts(settings.paths)[0].is_running
    journal.step("stage")
    journal.ended("nothing", 3, "A rule failed", ("C-10",))
    (attempt,) = read_attempts(settings.paths)
    assert (attempt.steps, attempt.outcome, attempt.exit_code) == (["land", "stage"], "nothing", 3)
    assert attempt.blocking == ("C-10",)
    assert not attempt.is_running
    assert not attempt.was_killed


def test_a_killed_attempt_and_a_torn_line_are_told(settings: Settings) -> None:
    journal = Journal(settings.paths, "run-20260131T020000-00aabb", clock)
    journal.started("run")
    file = journal_file(settings.paths)
    file.write_text(file.read_text().replace(str(psutil.Process().create_time()), "1.0"))
    with file.open("a") as stream:
        stream.write('{"at": "2026-01-31T02:0')
    later = Journal(settings.paths, "run-20260201T020000-00aabc", clock)
    later.started("serve")
    later.ended("published", 0, "Published")
    killed, published = read_attempts(settings.paths)
    assert killed.was_killed
    assert published.outcome == "published"


def test_a_number_used_again_is_another_process() -> None:
    here = psutil.Process()
    assert process_lives(here.pid, here.create_time())
    assert not process_lives(here.pid, here.create_time() - 100)


def test_one_process_may_enter_twice_and_lets_go(settings: Settings) -> None:
    lock = settings.paths.lock
    with only_one(lock), only_one(lock):
        assert not is_held(lock), "held by ourselves is not held by another"
    assert not is_held(lock)


def test_a_home_that_cannot_be_written_to_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WrongUse, match="can't be written to"), only_one(tmp_path / "file" / "run.lock"):
        pass
    assert not is_held(tmp_path / "file" / "run.lock")


def test_another_process_is_kept_out(settings: Settings) -> None:
    lock = settings.paths.lock
    with subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert is_held(lock)
        with pytest.raises(RunInProgress, match="Another run"), only_one(lock):
            pass
        other.kill()
    assert not is_held(lock)


def test_no_run_is_named_like_a_cpr_number() -> None:
    """14:08:11 and four digits would be one."""
    names = [new_run_id(datetime(2026, 11, 25, 14, 8, 11, tzinfo=UTC)) for _ in range(300)]
    assert len(set(names[:8])) == 8, "of 300 in one second two are the same once in 140 times; of 8 never in a lifetime"
    assert not any(holds_cpr(name) for name in names)
