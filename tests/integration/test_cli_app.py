"""``opdrift app`` opens the pages on this machine only."""

from __future__ import annotations

import signal
import time
import urllib.error
import urllib.request
from typing import Any

import psutil

from flows.server import free_port


def test_the_pages_open_on_loopback_only_and_a_taken_port_is_told(tiny: Any) -> None:
    port = free_port()
    pages = tiny.start("app", "--port", str(port))
    try:
        give_up = time.monotonic() + 60
        while not _healthy(port):
            assert pages.poll() is None, (tiny.home / "test.log").read_text()
            assert time.monotonic() < give_up
            time.sleep(0.3)
        family = [psutil.Process(pages.pid), *psutil.Process(pages.pid).children(recursive=True)]
        listens = {item.laddr.ip for process in family for item in process.net_connections("inet") if item.status == "LISTEN"}
        assert listens == {"127.0.0.1"}
        second = tiny("app", "--port", str(port))
        assert second.returncode == 2
        assert str(port) in second.stderr
    finally:
        for process in psutil.Process(pages.pid).children(recursive=True):
            process.terminate()
        pages.send_signal(signal.SIGINT)
        pages.wait(30)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
