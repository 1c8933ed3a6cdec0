"""A run that stops between any two steps loses nothing, and the next one goes on from there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.input_state import input_state, read_state, sha256_of
from data.settings import Paths

STRIDE = 9

# Stops the process for good (no handler runs, as under kill -9) at the n-th time a file is opened for writing, renamed or
# removed below the home, or before or after DuckDB ends a transaction.
_KILLED = """
import os, sys
from pathlib import Path
from data.settings import Paths, read_settings
home, secrets, step, archive = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "on"
settings = read_settings(Paths(home=home, secrets=secrets), archive=archive)
import data.landed, data.landing, data.warehouse
from data.warehouse import open_warehouse
done = 0
def tick():
    global done
    done += 1
    if done == step:
        os._exit(9)
def watch(event, arguments):
    if event in ("os.rename", "os.remove", "os.link", "os.mkdir"):
        tick()
    elif event == "open" and arguments[1] and set(arguments[1]) & set("wxa+"):
        tick()
def around(module, name):
    whole = getattr(module, name)
    def watched(*args, **kwargs):
        tick()
        found = whole(*args, **kwargs)
        tick()
        return found
    setattr(module, name, watched)
for name in ("store", "refuse", "note_copy"):
    around(data.landed, name)
with open_warehouse(settings) as con:
    sys.addaudithook(watch)
    outcomes = data.landing.land(con, settings, pause=lambda _: None)
    data.landing.settle(con, settings, outcomes)
print(done)
"""


def _fill(home: Any, lines: Any) -> None:
    home.postings("postings_1.csv", lines.posting(1), lines.posting(2))
    home.postings("postings_copy.csv", lines.posting(1), lines.posting(2))
    home.postings("postings_2.csv", lines.posting(3, period=2))
    home.drop("who_knows.csv", "a;b")


def _run(home: Any, step: int, archive: str) -> subprocess.CompletedProcess[str]:
    paths = home.settings.paths
    command = [sys.executable, "-c", _KILLED, str(paths.home), str(paths.secrets), str(step), archive]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])


@pytest.mark.parametrize("archive", ["on", "off"])
def test_killed_at_any_step_the_next_run_completes(home, lines, tmp_path, archive) -> None:
    whole = _fresh(home, tmp_path / "whole", lines)
    steps = int(_run(whole, 0, archive).stdout)
    _assert_whole(whole, archive)
    assert steps > 20
    for step in range(1 + steps % STRIDE, steps, STRIDE):
        stopped = _fresh(home, tmp_path / f"step{step}", lines)
        assert _run(stopped, step, archive).returncode == 9
        if {_sha(stopped, name) for name in stopped.waiting()} - set(read_state(stopped.settings.paths).landed):
            assert input_state(stopped.settings) != input_state(whole.settings), "unfinished work was taken for unchanged"
        after = _run(stopped, 0, archive)
        assert after.returncode == 0, after.stderr
        _assert_whole(stopped, archive)
        assert input_state(stopped.settings) == input_state(whole.settings)


def _fresh(home: Any, folder: Path, lines: Any) -> Any:
    paths = Paths(home=folder / "home", secrets=folder / "keys")
    paths.inbox.mkdir(parents=True)
    fresh = type(home)(replace(home.settings, paths=paths))
    _fill(fresh, lines)
    return fresh


def _sha(home: Any, name: str) -> str:
    return sha256_of(home.inbox / name)


def _assert_whole(home: Any, archive: str) -> None:
    assert home.waiting() == []
    assert home.ask("SELECT count(*), count(DISTINCT posting_id), sum(amount_dkk)::VARCHAR FROM landed_postings") == [
        (3, 3, "300.00")
    ]
    assert home.ask("SELECT file_name, status FROM files ORDER BY file_name")[-1] == ("who_knows.csv", "refused")
    assert home.ask("SELECT count(*) FROM files") == [(3,)]
    refused = home.settings.paths.home / "refused"
    assert sorted(path.name for path in refused.iterdir()) == ["who_knows.csv", "who_knows.csv.why.txt"]
    if archive == "on":
        assert len([path for path in home.settings.paths.archive.iterdir() if not path.name.startswith(".")]) == 3
    else:
        assert {"postings_1.csv", "postings_2.csv"} <= {path.name for path in home.settings.paths.taken.iterdir()}
