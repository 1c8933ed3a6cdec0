"""The pool of processes: bounded, pinned, and gone when the process that opened it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[3]
GIVE_UP_S = 60
_HOLDS_A_POOL = """
import time
from models.forecast.workers import worker_pool
if __name__ == "__main__":
    with worker_pool(2) as pool:
        pool.map(time.sleep, [0.1] * 8)
        print("open", flush=True)
        time.sleep(600)
"""


def ends(process: psutil.Process) -> bool:
    give_up = time.monotonic() + GIVE_UP_S
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "holds_a_pool.py"
    script.write_text(_HOLDS_A_POOL, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "open\n"
        born = psutil.Process(parent.pid).children(recursive=True)
        parent.send_signal(signal.SIGKILL)
    assert len(born) >= 3, "two workers and the process they branched off"
    left = [child for child in born if not ends(child)]
    for child in left:
        child.kill()
    assert left == []
