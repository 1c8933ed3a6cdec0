"""The file of the kept choice: whole or absent, read as it is."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from data.choice_file import choice_file, read_choice, write_choice
from data.settings import Paths, Settings, usable_cores

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(home=tmp_path, secrets=tmp_path / "keys")


def test_what_is_kept_is_read_again_and_is_nobody_elses(paths: Paths) -> None:
    assert read_choice(paths) is None
    write_choice(paths, "første")
    write_choice(paths, "anden æøå")
    assert read_choice(paths) == "anden æøå"
    assert stat.S_IMODE(choice_file(paths).stat().st_mode) == 0o600
    assert [file.name for file in paths.home.iterdir()] == ["forecast_choice.json"]


def test_a_write_that_fails_midway_leaves_the_last_one(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    write_choice(paths, "whole")

    def killed(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", killed)
        with pytest.raises(OSError, match="No space"):
            write_choice(paths, "half")
    assert read_choice(paths) == "whole"
    write_choice(paths, "next")
    assert read_choice(paths) == "next", "what was left beside it is in nobody's way"


def test_what_cannot_be_read_is_told_from_what_is_not_there(paths: Paths) -> None:
    choice_file(paths).write_bytes(b"\xff\xfe\x00")
    assert "\ufffd" in (read_choice(paths) or "")
    choice_file(paths).unlink()
    choice_file(paths).mkdir()
    assert read_choice(paths) == ""


def test_processes_are_bounded_by_cores_and_setting() -> None:
    assert Settings(workers=1).processes == 1
    assert Settings(workers=64).processes == usable_cores()
    assert 1 <= Settings().processes <= min(4, usable_cores())
