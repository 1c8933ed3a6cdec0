"""The journal of attempts: what was tried, how far it came, how it ended; one JSON object a line, only ever added to.

It holds steps, counts, names of files and rules and our own messages: never a value out of a row. A run that was killed
leaves no end here, and that is how it is told.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil

from data.cpr import hide_cpr
from data.errors import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.settings import Paths

FILE = "attempts.jsonl"
LOOKED = "last_look"


def journal_file(paths: Paths) -> Path:
    """Where the journal lies."""
    return paths.home / FILE


def note_look(paths: Paths) -> None:
    """Note that a run came to its end now, also one that found nothing new and left no line: the time of an empty file."""
    with suppress(OSError):
        (paths.home / LOOKED).touch(mode=0o640)


def last_look(paths: Paths) -> datetime | None:
    """When a run last came to its end, whatever its outcome, UTC; None: never."""
    try:
        return datetime.fromtimestamp((paths.home / LOOKED).stat().st_mtime, UTC)
    except OSError:
        return max((datetime.fromisoformat(item.ended) for item in read_attempts(paths) if item.ended), default=None)


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run, as the journal tells it.

    Attributes:
        run_id: The run's name.
        started: ISO time, UTC.
        how: ``run`` or ``serve``.
        process: Process id and its start time, by which a dead one is told.
        steps: Steps begun, in order.
        ended: ISO time, UTC; empty when it has no end.
        outcome: published, unchanged, nothing, refused, fault; empty when it has no end.
        exit_code: What the command returned; None when it has no end.
        message: What happened, in plain words.
        blocking: Blocking rules that failed.
    """

    run_id: str
    started: str
    how: str
    process: tuple[int, float]
    steps: list[str] = field(default_factory=list)
    ended: str = ""
    outcome: str = ""
    exit_code: int | None = None
    message: str = ""
    blocking: tuple[str, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether the process that began it is still the one alive under that number."""
        return not self.ended and process_lives(*self.process)

    @property
    def was_killed(self) -> bool:
        """Whether it stopped without an end: killed, or the machine went down."""
        return not self.ended and not self.is_running


@dataclass(frozen=True)
class Journal:
    """Writes one attempt's lines.

    Attributes:
        paths: Home.
        run_id: The run's name.
        clock: Tells the time, UTC.
    """

    paths: Paths
    run_id: str
    clock: Callable[[], datetime]

    def started(self, how: str) -> None:
        """Say that the attempt began, and by which process."""
        process = psutil.Process()
        self._add("started", how=how, process=[process.pid, process.create_time()])

    def step(self, name: str) -> None:
        """Say that a step began."""
        self._add("step", step=name)

    def ended(self, outcome: str, exit_code: int, message: str, blocking: tuple[str, ...] = ()) -> None:
        """Say how it ended."""
        self._add("ended", outcome=outcome, exit_code=exit_code, message=hide_cpr(message), blocking=list(blocking))
        note_look(self.paths)

    def _add(self, event: str, **facts: object) -> None:
        line = json.dumps({"at": self.clock().isoformat(timespec="seconds"), "run_id": self.run_id, "event": event, **facts})
        file = journal_file(self.paths)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, _after_torn_line(file) + line.encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)


def _after_torn_line(file: Path) -> bytes:
    """A line feed when the last write was cut off, so that the next line stands by itself."""
    with file.open("rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            return b""
        stream.seek(-1, os.SEEK_END)
        return b"" if stream.read(1) == b"\n" else b"\n"


def read_attempts(paths: Paths) -> list[Attempt]:
    """All attempts, oldest first; lines that a crash cut off are passed over."""
    file = journal_file(paths)
    if not file.exists():
        return []
    attempts: dict[str, dict[str, Any]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
            _tell(attempts, event)
        except DAMAGED:
            continue
    return [Attempt(**facts) for facts in attempts.values()]


def _tell(attempts: dict[str, dict[str, Any]], event: dict[str, Any]) -> None:
    run_id = str(event["run_id"])
    if event["event"] == "started":
        pid, born = event["process"]
        attempts[run_id] = {"run_id": run_id, "started": event["at"], "how": event["how"], "process": (int(pid), float(born))}
        attempts[run_id]["steps"] = []
    elif event["event"] == "step":
        attempts[run_id]["steps"].append(str(event["step"]))
    else:
        attempts[run_id] |= {
            "ended": event["at"],
            "outcome": event["outcome"],
            "exit_code": event["exit_code"],
            "message": event["message"],
            "blocking": tuple(event["blocking"]),
        }


def process_lives(pid: int, born: float) -> bool:
    """Whether the process with that number and start time is alive (numbers are used again).

    Example:
        >>> process_lives(psutil.Process().pid, psutil.Process().create_time())
        True
        >>> process_lives(psutil.Process().pid, 0.0)
        False
    """
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - born) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
