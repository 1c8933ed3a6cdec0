"""No library's words pass a task's edge; transient faults are told from others."""

from __future__ import annotations

import errno
import inspect
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from data.errors import FileRefused, OpdriftError
from flows.journal import Journal, journal_file
from flows.night import Night, begun, run_step, tonight
from flows.progress import Bars, progress_bars
from flows.scrub import UnexpectedFault, scrubbed, write_fault_log
from flows.steps import ORDER, Step
from flows.tasks import TASKS
from models.forecast.workers import worker_pool

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings

CPR = "010190-1234"


def clock() -> datetime:
    return datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


def a_night(settings: Settings) -> Night:
    run_id = "run-20260131T020000-00aabb"
    return Night(settings, run_id, journal=Journal(settings.paths, run_id, clock), clock=clock, bars=Bars())


def _breaks(_night: object, _tick: object) -> None:
    row = {"citizen": CPR}
    raise KeyError(row["citizen"])


def test_a_failing_step_leaves_no_value_anywhere(settings: Settings, tmp_path: Path) -> None:
    night = a_night(settings)
    with begun(night), pytest.raises(UnexpectedFault) as caught:
        run_step(Step("land", "Taking in", _breaks), night.run_id)
    fault = caught.value
    assert "KeyError in step 'land'" in str(fault)
    assert fault.__cause__ is None
    assert fault.__context__ is None
    log = write_fault_log(tmp_path, fault, at=clock(), command="run")
    for text in (str(fault), repr(fault.args), log.read_text(), journal_file(settings.paths).read_text()):
        assert CPR not in text
    assert "test_flow_scrub.py" in log.read_text(), "the place is told"
    assert night.seconds["land"] >= 0


def test_our_own_errors_pass_without_the_frames_that_hold_rows() -> None:
    try:
        try:
            raise ValueError(CPR)
        except ValueError:
            reason = "truncated"
            raise FileRefused(reason, "The file is cut off", where="a.csv")  # noqa: B904  (the chain is what is tested)
    except FileRefused as error:
        passed = scrubbed(error, step="land")
    assert isinstance(passed, FileRefused)
    assert passed.__context__ is None
    assert passed.__traceback__ is None


@pytest.mark.parametrize(("error", "transient"), [(OSError("disk"), True), (ValueError("x"), False), (KeyError("y"), False)])
def test_only_faults_of_disk_and_network_are_tried_again(error: Exception, *, transient: bool) -> None:
    fault = scrubbed(error, step="publish")
    assert isinstance(fault, UnexpectedFault)
    assert fault.transient is transient


def test_tasks_are_the_steps_in_order_and_keep_nothing() -> None:
    assert list(TASKS) == [step.name for step in ORDER]
    for step in ORDER:
        task = TASKS[step.name]
        assert task.persist_result is False
        assert task.retries == (2 if step.has_io else 0), "retries only where there is I/O"
        assert list(inspect.signature(task.fn).parameters) == ["run_id"], "a name, never a row"


def test_a_night_is_known_by_its_name_only_while_it_lasts(settings: Settings) -> None:
    night = a_night(settings)
    with begun(night):
        assert tonight(night.run_id) is night
    with pytest.raises(OpdriftError, match="not under way"):
        tonight(night.run_id)


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars() as bars:
        bars.begin("Forecasting")(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device: 010190-1234"), "The disk is full (OSError) in step 'publish'"),
        (OSError(errno.EROFS, "010190-1234"), "A folder can't be written to (OSError) in step 'publish'"),
        (MemoryError("010190-1234"), "There was not enough memory (MemoryError) in step 'publish'"),
        (BrokenProcessPool("010190-1234"), "for want of memory (BrokenProcessPool) in step 'publish'"),
    ],
)
def test_what_a_machine_lacks_is_said_in_plain_words(error: Exception, says: str) -> None:
    told = str(scrubbed(error, step="publish"))
    assert says in told
    assert "010190" not in told


def test_a_process_of_the_pool_that_runs_out_of_memory_is_told() -> None:
    with worker_pool(2) as pool, pytest.raises(MemoryError) as fault:
        pool.map(bytearray, [2**50, 2**50])
    assert "There was not enough memory (MemoryError) in step 'forecast'" in str(scrubbed(fault.value, step="forecast"))
