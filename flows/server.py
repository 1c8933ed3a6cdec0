"""A Prefect server on loopback: started, known by process id, watched, and ended; orphans of killed runs too."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from data.errors import DAMAGED, OpdriftError
from flows.journal import process_lives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.settings import Paths

ROOT = Path(__file__).parents[1]
START_TIMEOUT_S = 120.0
_LOG_BYTES = 5_000_000
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(int(START_TIMEOUT_S)),
    "PREFECT_CLIENT_MAX_RETRIES": "8",
}
_FOREIGN = (
    "PREFECT_PROFILE",
    "PREFECT_API_KEY",
    "PREFECT_API_URL",
    "PREFECT_CLOUD_API_URL",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
)


class ServerFailed(OpdriftError):
    """The Prefect server did not start; nothing was run."""


@dataclass(frozen=True)
class Served:
    """A server's own facts, as recorded in the home.

    Attributes:
        pid: Its process.
        born: Start time of the process, by which a number used again is told.
        parent: The process that started it.
        parent_born: Start time of that one.
        role: ``run`` (temporary server), ``serve`` (server) or ``worker``.
        port: On 127.0.0.1; a worker's is its server's.
    """

    pid: int
    born: float
    parent: int
    parent_born: float
    role: str
    port: int

    @property
    def url(self) -> str:
        """Address of its API."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def lives(self) -> bool:
        """Whether the process is alive."""
        return process_lives(self.pid, self.born)

    @property
    def is_orphan(self) -> bool:
        """Whether it outlived the process that started it."""
        return self.lives and not process_lives(self.parent, self.parent_born)


def prefect_environment(paths: Paths, url: str = "") -> dict[str, str]:
    """Environment of a process that uses Prefect for this home: its own folder, no usage reporting, no foreign server.

    Args:
        paths: Home.
        url: API address of the server to use; empty for the server itself.
    """
    env = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    env |= _QUIET | {"PREFECT_HOME": str(paths.prefect), "OPDRIFT_HOME": str(paths.home), "OPDRIFT_SECRETS": str(paths.secrets)}
    env.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    env["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOT), *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]))
    for name in ("NO_PROXY", "no_proxy"):
        env[name] = ",".join(filter(None, [env.get(name, ""), "127.0.0.1,localhost"]))
    if url:
        env["PREFECT_API_URL"] = url
    return env


def run_environment(paths: Paths, url: str) -> dict[str, str]:
    """As :func:`prefect_environment`, for a run: one that asks a server of its own waits no longer than seconds for it.

    ``serve`` starts its server again, which is worth minutes of trying; a temporary one that died stays dead.
    """
    kept = any(item.role == "serve" and item.url == url for item in recorded(paths))
    return prefect_environment(paths, url) | ({} if kept else {"PREFECT_CLIENT_MAX_RETRIES": "2"})


def start_server(paths: Paths, *, role: str, port: int = 0) -> tuple[subprocess.Popen[bytes], Served]:
    """Start a server and record its process at once; :func:`wait_until_ready` tells when it answers.

    Args:
        paths: Home.
        role: ``run``: no schedule is kept; ``serve``: with scheduler and pages.
        port: 0: a free one.
    """
    port = port or free_port()
    paths.prefect.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    env = prefect_environment(paths) | {"PREFECT_SERVER_UI_ENABLED": "true" if role == "serve" else "false"}
    env["PREFECT_SERVER_LOGGING_LEVEL"] = "WARNING"
    with log_file(paths, f"server-{role}").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and fixed words)
            [*command, *([] if role == "serve" else ["--no-services"])],
            env=env,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        return process, record(paths, process, role=role, port=port)
    except BaseException:  # e.g. a full disk: nobody would know of it, and no later run end it
        stop(process)
        raise


def wait_until_ready(process: subprocess.Popen[bytes], served: Served, paths: Paths) -> None:
    """Wait until the server answers.

    Raises:
        ServerFailed: It ended, or did not answer within two minutes.
    """
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            break
        if is_healthy(served.url):
            return
        time.sleep(0.2)
    what = f"The Prefect server did not start within {START_TIMEOUT_S:.0f} seconds (or ended)"
    remedy = "Read the log, run 'opdrift doctor', and try again"
    raise ServerFailed(what, where=str(log_file(paths, f"server-{served.role}")), remedy=remedy)


def is_healthy(url: str, *, timeout: float = 2.0) -> bool:
    """Whether the server at ``url`` answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health", timeout=timeout) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def stop(process: subprocess.Popen[bytes], *, grace: float = 10.0) -> None:
    """End a child process: first asked, then forced."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def server_for_run(paths: Paths) -> Iterator[str]:
    """A server's address for one run: of the one that ``serve`` keeps if it answers, else of a temporary one."""
    end_orphans(paths)
    kept = next((item for item in recorded(paths) if item.role == "serve" and item.lives and is_healthy(item.url)), None)
    if kept is not None:
        yield kept.url
        return
    process, served = start_server(paths, role="run")
    try:
        wait_until_ready(process, served, paths)
        yield served.url
    finally:
        stop(process)
        forget(paths, served)


def record(paths: Paths, process: subprocess.Popen[bytes], *, role: str, port: int) -> Served:
    """Write down a child process, so that it can be ended when its parent is killed."""
    parent = psutil.Process()
    served = Served(process.pid, psutil.Process(process.pid).create_time(), parent.pid, parent.create_time(), role, port)
    beside = paths.prefect / f".server-{served.pid}.{secrets.token_hex(4)}"
    beside.write_text(json.dumps(asdict(served)), encoding="utf-8")
    beside.replace(paths.prefect / f"server-{served.pid}.json")
    return served


def recorded(paths: Paths) -> list[Served]:
    """Servers and workers that this home knows of, dead ones too."""
    found = []
    for file in sorted(paths.prefect.glob("server-*.json")):
        try:
            found.append(Served(**json.loads(file.read_text(encoding="utf-8"))))
        except DAMAGED:
            file.unlink(missing_ok=True)
    return found


def end_orphans(paths: Paths) -> list[int]:
    """End servers whose run was killed, by their recorded process, and forget dead ones.

    Returns:
        Process ids that were ended.
    """
    ended = []
    for served in recorded(paths):
        if served.is_orphan:
            process = psutil.Process(served.pid)
            process.terminate()
            try:
                process.wait(10)
            except psutil.TimeoutExpired:
                process.kill()
            ended.append(served.pid)
        if not served.lives:
            forget(paths, served)
    return ended


def forget(paths: Paths, served: Served) -> None:
    """Remove a server's record."""
    (paths.prefect / f"server-{served.pid}.json").unlink(missing_ok=True)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether nobody listens on 127.0.0.1 at ``port``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def log_file(paths: Paths, name: str) -> Path:
    """The log of a child process; one that has grown large is put aside, and the one put aside before it goes."""
    file = paths.prefect / f"{name}.log"
    if file.exists() and file.stat().st_size > _LOG_BYTES:
        file.replace(file.with_suffix(".log.1"))
    return file
