"""A home is backed up, lost and brought back: what was published is shown, and the next night goes on from it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from plain_night import night

from data.mart import digest, find_current, published_file
from data.settings import Paths
from flows.lock import only_one

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_lost_home_comes_back_and_goes_on(tiny: Any, put_months: Callable[..., None]) -> None:
    paths, file = Paths(home=tiny.home, secrets=tiny.secrets), tiny.home.parent / "home.age"
    put_months(paths.inbox / "case_months.csv", services=1)
    night(paths)
    first = find_current(paths).run_id
    assert first is not None
    figures = digest(published_file(paths, first))
    put_months(paths.inbox / "case_months.csv", services=1, level=1.1)  # nobody has read it yet
    with only_one(paths.lock):
        held = tiny("backup", str(file))
    assert held.returncode == 2
    assert "A run holds this home" in held.stderr
    assert not file.exists()
    done = tiny("backup", str(file))
    assert done.returncode == 0, done.stderr
    shutil.rmtree(tiny.home)
    assert tiny("status").returncode == 3
    shutil.rmtree(tiny.home, ignore_errors=True)
    back = tiny("restore", str(file))
    assert back.returncode == 0, back.stderr
    told = tiny("status")
    assert told.returncode == 0
    assert f"Published: {first}" in told.stderr
    assert "1 files wait in the inbox" in told.stderr
    assert digest(published_file(paths, first)) == figures
    night(paths)
    assert find_current(paths).run_id not in {None, first}
    assert find_current(paths).reason == ""
    assert not list(paths.inbox.iterdir())
