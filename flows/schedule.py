"""The nightly schedule: a supervisor that keeps a Prefect server and a worker alive on this machine, and nothing else.

The supervisor imports no Prefect. The server keeps the schedule; the worker (:mod:`flows.worker`) waits for it and starts each
night in a process of its own. Whichever dies is started again.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from data.errors import OpdriftError, WrongUse
from data.settings import read_settings
from flows.lock import only_one
from flows.server import (
    ROOT,
    Served,
    ServerFailed,
    end_orphans,
    forget,
    is_healthy,
    log_file,
    prefect_environment,
    record,
    start_server,
    stop,
    wait_until_ready,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.settings import Paths

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
LOOK_EVERY_S = 1.0
SILENT_FOR_S = 60.0
STARTS_PER_HOUR = 30
ALERTS_EVERY_S = 30.0


def check_cron(cron: str) -> str:
    """Refuse what is no cron expression of five fields, before anything is started.

    Raises:
        WrongUse: Names the field.

    Example:
        >>> check_cron("0 2 * * 1-5")
        '0 2 * * 1-5'
    """
    parts = cron.split()
    if len(parts) != len(_FIELDS):
        what = f"--cron has {len(parts)} fields; it must have five: minute, hour, day, month, weekday"
        raise WrongUse(what, remedy='Write it like "0 2 * * *" (every night at two, Danish time)')
    for part, (name, low, high) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", item)
            numbers = [int(number) for number in found.groups()[:2] if number is not None] if found else []
            if found is None or any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
                what = f"The {name} of --cron is '{part}'; it must be *, or numbers from {low} to {high}"
                raise WrongUse(what, remedy='Write it like "0 2 * * *" (every night at two, Danish time)')
    return " ".join(parts)


class Supervisor:
    """Keeps server and worker of one home alive until told to stop."""

    def __init__(self, paths: Paths, cron: str, say: Callable[[str], None]) -> None:
        """Remember what to keep alive; :meth:`run` does it."""
        self._paths, self._cron, self._say = paths, cron, say
        self._stop = threading.Event()
        self._starts: list[float] = []
        self._server: subprocess.Popen[bytes]
        self._served: Served
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start both, watch them, and end both when asked to (SIGINT, SIGTERM).

        Raises:
            RunInProgress: Another ``serve`` watches this home.
            ServerFailed: The server did not start, or died again and again.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        with only_one(self._paths.prefect / "serve.lock", who="Another 'opdrift serve'"):
            end_orphans(self._paths)
            self._start_server(0)
            try:
                self._start_worker()
                self._say(f"Schedule '{self._cron}' (Europe/Copenhagen) is kept; server at {self._served.url}. Ctrl-C ends it.")
                self._watch()
            finally:
                self._end()

    def _watch(self) -> None:
        answered = time.monotonic()
        looked = -ALERTS_EVERY_S
        while not self._stop.wait(LOOK_EVERY_S):
            if time.monotonic() - looked > ALERTS_EVERY_S:
                self._tell_alerts()
                looked = time.monotonic()
            alive = self._server.poll() is None
            if alive and is_healthy(self._served.url):
                answered = time.monotonic()
            if not alive or time.monotonic() - answered > SILENT_FOR_S:
                self._say("The Prefect server ended or fell silent; it is started again.")
                self._restart_server()
                answered = time.monotonic()
            if self._worker is None or self._worker.poll() is not None:
                self._say("The worker ended; it is started again.")
                self._start_worker()

    def _tell_alerts(self) -> None:
        """Tell what went wrong with the nights; a receiver that can't be reached stops no night."""
        from flows.alerts import tell  # noqa: PLC0415

        try:
            for alert in tell(read_settings(self._paths), datetime.now(UTC), watching=True):
                self._say(f"Alert sent: {alert.title}")
        except (OpdriftError, OSError) as error:
            self._say(f"Alert not sent: {error}")

    def _restart_server(self) -> None:
        """Start the server at its old address, so that a night in progress finds it; else at a new one, with a new worker."""
        port = self._served.port
        stop(self._server)
        forget(self._paths, self._served)
        try:
            self._start_server(port)
        except ServerFailed:
            self._start_server(0)
        if self._served.port != port:
            self._stop_worker()

    def _start_server(self, port: int) -> None:
        self._count_start()
        self._server, self._served = start_server(self._paths, role="serve", port=port)
        try:
            wait_until_ready(self._server, self._served, self._paths)
        except BaseException:
            stop(self._server)
            forget(self._paths, self._served)
            raise

    def _count_start(self) -> None:
        now = time.monotonic()
        self._starts = [*(start for start in self._starts if now - start < 3600), now]
        if len(self._starts) > STARTS_PER_HOUR:
            what = f"Server and worker were started {STARTS_PER_HOUR} times within an hour and ended each time"
            raise ServerFailed(what, where=str(self._paths.prefect), remedy="Read the logs there and run 'opdrift doctor'")

    def _stop_worker(self) -> None:
        if self._worker is not None:
            stop(self._worker, grace=20.0)
            (self._paths.prefect / f"server-{self._worker.pid}.json").unlink(missing_ok=True)
            self._worker = None

    def _end(self) -> None:
        self._stop_worker()
        stop(self._server)
        forget(self._paths, self._served)

    def _start_worker(self) -> None:
        self._count_start()
        self._stop_worker()
        with log_file(self._paths, "worker").open("ab") as log:
            self._worker = subprocess.Popen(  # noqa: S603  (our own interpreter and fixed words)
                [sys.executable, "-m", "flows.worker", self._cron],
                env=prefect_environment(self._paths, self._served.url) | {"PREFECT_LOGGING_LEVEL": "WARNING"},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        record(self._paths, self._worker, role="worker", port=self._served.port)
