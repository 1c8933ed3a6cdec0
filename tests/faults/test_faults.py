"""A handful of faults in one home; ``make faults`` does two hundred. Nothing is lost, half, or to be mended by hand."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

from broken_home import Bench, Found
from injections import damage_pointer, damage_published, kill_after, kill_at_step
from kept_faults import damage_warehouse

from data.mart import find_current
from flows.lock import only_one

if TYPE_CHECKING:
    from pathlib import Path


def faultless(found: Found) -> None:
    assert found.good, found


def test_after_a_fault_nothing_is_lost_and_the_next_run_goes_on(tmp_path: Path) -> None:
    rng = random.Random(1)
    bench = Bench.begun(tmp_path, scheduled=False)
    faultless(kill_after(bench, 0.4, recover=False))
    faultless(kill_at_step(bench, "validate", recover=False))
    first = bench.shown

    file = tmp_path / "kept.age"
    bench.drop()  # nobody has read it yet
    with only_one(bench.paths.lock):
        held = bench.command_line("backup", str(file))
    assert held.returncode == 2
    assert "A run holds this home" in held.stderr
    assert not file.exists()
    assert bench.command_line("backup", str(file)).returncode == 0
    shutil.rmtree(bench.paths.home)
    back = bench.command_line("restore", str(file))
    assert back.returncode == 0, back.stderr
    assert f"Published: {first}" in bench.said()
    assert "1 files wait in the inbox" in bench.said()
    faultless(bench.judged("the home was lost, and restored", "", served={first}))
    assert find_current(bench.paths).run_id not in {None, first}

    faultless(damage_warehouse(bench, "cut", rng))
    faultless(damage_pointer(bench, "noise", rng, recover=False))
    (bench.paths.published / "CURRENT").write_text(bench.shown + "\n", encoding="utf-8")
    faultless(damage_published(bench, "one bit", rng, recover=False))
