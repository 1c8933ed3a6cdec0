"""Faults of what a home keeps for good: its warehouse, its registers, and its backups; the form is that of ``injections``."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

from broken_home import Bench, Found, until
from injections import kill_at_step, spoil

from data.adjustment_store import read_adjustments
from data.input_state import read_state
from data.settings import read_settings
from data.warehouse import open_warehouse

if TYPE_CHECKING:
    import random


def damage_warehouse(bench: Bench, how: str, rng: random.Random) -> Found:
    """The pipeline's own database is not what was written; it is built anew from the archive, and holds the same rows."""
    before = _rows(bench)
    spoil(bench.paths.warehouse, how, rng)
    words = {"gone": "it is gone", "one bit": "", "zeros": ""}.get(how, "it is damaged")  # a bit may lie where nothing is kept
    found = bench.judged(f"warehouse {how}", words, served={bench.shown})
    if missing := before - _rows(bench):
        found.lost, found.words = found.lost + len(missing), f"{found.words}; {len(missing)} landed files have no rows"
    return found


def damage_journal(bench: Bench, rng: random.Random) -> Found:
    """Killed after landing, and a bit of the warehouse's journal is not what was written: what stands behind it comes back."""
    killed = kill_at_step(bench, "validate", recover=False)
    landed = set(read_state(bench.paths).landed)
    journal = bench.paths.warehouse.with_name(f"{bench.paths.warehouse.name}.wal")
    if journal.exists():
        spoil(journal, "one bit", rng)
    found = bench.judged("journal damaged after a kill", "", served={bench.shown})
    missing = landed - {sha256 for sha256, *_ in _rows(bench)}
    found.lost += len(missing) + killed.lost
    found.words += f"; {len(missing)} landed files have no rows" if missing else ""
    return found


def _rows(bench: Bench) -> set[tuple]:
    with open_warehouse(read_settings(bench.paths)) as con:
        query = "SELECT file_sha256, count(*), sum(cost) FROM landed_case_months GROUP BY file_sha256"
        return set(con.execute(query).fetchall())


def register_cut_off(bench: Bench) -> Found:
    """The last line of a register was cut off while a command wrote it."""
    words = ("--kind", "placement", "--frame", "50.54", "--from", "2027-03-01", "--amount-dkk", "1000", "--per", "month")
    enter = ("adjustment", "add", *words, "--reason", "Ny placering", "--who", "KN")
    assert bench.command_line(*enter).returncode == 0  # type: ignore[attr-defined]
    entered = len(read_adjustments(bench.paths))
    with bench.paths.adjustments.open("ab") as register:
        register.write(b'{"action": "add", "adjustment_id": "j-12')
    found = bench.judged("register cut off", "was cut off while it was written", served={bench.shown})
    again = bench.command_line(*enter)
    if again.returncode != 0 or len(read_adjustments(bench.paths)) != entered + 1:  # type: ignore[attr-defined]
        found.by_hand, found.words = 1, f"{found.words}; entering it again: {again.stderr[-300:]}"  # type: ignore[attr-defined]
    return found


def kill_command(bench: Bench, word: str, seconds: float) -> Found:
    """``kill -9`` of a backup or a restore: the home that stood stands, or the restored one, which is the same."""
    bench.drop()  # nobody has read it yet
    kept = bench.paths.home.with_name(f"kept-{time.time_ns()}.age")
    words = ("backup", str(kept)) if word == "backup" else ("restore", str(kept), "--replace")
    if word == "restore":
        assert bench.command_line("backup", str(kept)).returncode == 0  # type: ignore[attr-defined]
    started = bench.command_line.branch(*words)  # type: ignore[attr-defined]
    until(lambda: False, started.is_alive, seconds)
    if started.is_alive():
        os.kill(started.pid, signal.SIGKILL)
    started.join()
    found = bench.judged(f"kill -9 of {word} after {seconds:.2f} s", "", served={bench.shown})
    if word == "backup" and not kept.exists():
        done = bench.command_line("backup", str(kept))
        found.by_hand = found.by_hand or done.returncode  # type: ignore[attr-defined]
    if halves := [*kept.parent.glob(".kept-*.part")]:
        found.half, found.words = 1, f"{found.words}; {len(halves)} halves of a backup are left"
    for file in (*kept.parent.glob("kept-*.age"), *kept.parent.glob("home.before-*")):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    return found
