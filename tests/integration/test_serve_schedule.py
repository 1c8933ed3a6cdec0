"""``opdrift serve``: a scheduled night is seen to happen, also after its server was killed; it ends clean."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil

from data.mart import current_run
from data.settings import Paths
from flows.journal import Attempt, read_attempts
from flows.server import Served, is_healthy, recorded

if TYPE_CHECKING:
    from collections.abc import Callable

GIVE_UP_S = 300


def wait_until(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + GIVE_UP_S
    while not what():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.5)


def ended(paths: Paths) -> list[Attempt]:
    return [attempt for attempt in read_attempts(paths) if attempt.how == "serve" and attempt.ended]


def servers(paths: Paths) -> list[Served]:
    return [item for item in recorded(paths) if item.role == "serve"]


def test_scheduled_nights_happen_also_after_the_server_was_killed(tiny: Any) -> None:
    paths = Paths(home=tiny.home, secrets=tiny.secrets)
    serve = tiny.start("serve", "--cron", "* * * * *")
    try:
        wait_until(lambda: bool(ended(paths)))
        assert ended(paths)[0].outcome == "published"
        assert current_run(paths) == ended(paths)[0].run_id
        (server,) = servers(paths)
        os.kill(server.pid, signal.SIGKILL)
        count = len(ended(paths))
        wait_until(
            lambda: any(item.pid != server.pid and is_healthy(item.url) for item in recorded(paths) if item.role == "serve")
        )
        restarted = len(read_attempts(paths))
        wait_until(lambda: len(ended(paths)) > max(count, restarted - 1))
        assert ended(paths)[-1].outcome in {"unchanged", "published"}
        second = tiny("serve", "--cron", "* * * * *")
        assert second.returncode == 2, "one schedule a home"
        children = [item.pid for item in recorded(paths)]
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(90)
    assert serve.returncode == 0
    assert recorded(paths) == []
    assert not any(psutil.pid_exists(pid) for pid in children), "server and worker end with it"
