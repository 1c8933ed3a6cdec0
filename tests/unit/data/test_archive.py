from __future__ import annotations

import hashlib
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from data import archive
from data.errors import FileRefused, OpdriftError, WrongUse
from data.input_state import leave_inbox
from data.settings import Paths
from data.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings

CONTENT = "Bilagsnr;CPR\r\n1;010180-1234\r\n".encode("cp1252") * 1000


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "ledger_2026.csv"
    path.write_bytes(CONTENT)
    return path


def _sha(content: bytes = CONTENT) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_went_in_comes_out(export: Path, settings: Settings, tmp_path: Path) -> None:
    sealed = archive.store(export, archive.sha256_of(export), settings)
    assert sealed == settings.paths.archive / _sha()
    assert b"010180" not in sealed.read_bytes()
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert archive.restore(_sha(), tmp_path / "back.csv", settings).read_bytes() == CONTENT


def test_storing_twice_leaves_the_first(export: Path, settings: Settings) -> None:
    before = archive.store(export, _sha(), settings).read_bytes()
    assert archive.store(export, _sha(), settings).read_bytes() == before
    assert [path.name for path in settings.paths.archive.iterdir()] == [_sha()]


def test_a_half_written_part_is_overwritten(export: Path, settings: Settings, tmp_path: Path) -> None:
    settings.paths.archive.mkdir(parents=True)
    (settings.paths.archive / f".{_sha()}.part").write_bytes(b"killed here")
    archive.store(export, _sha(), settings)
    assert archive.restore(_sha(), tmp_path / "back", settings).read_bytes() == CONTENT
    assert [path.name for path in settings.paths.archive.iterdir()] == [_sha()]


def test_a_file_that_changed_meanwhile_is_not_archived(export: Path, settings: Settings) -> None:
    with pytest.raises(FileRefused) as refused:
        archive.store(export, _sha(b"what it was"), settings)
    assert refused.value.reason == "growing"
    assert list(settings.paths.archive.iterdir()) == []


def test_a_damaged_archive_is_told_and_the_target_left_alone(export: Path, settings: Settings, tmp_path: Path) -> None:
    sealed = archive.store(export, _sha(), settings)
    sealed.write_bytes(sealed.read_bytes()[:-40])
    target = tmp_path / "back.csv"
    target.write_text("mine")
    with pytest.raises(OpdriftError, match="can't be brought back whole"):
        archive.restore(_sha(), target, settings)
    assert target.read_text() == "mine"


def test_a_swapped_archive_is_told(export: Path, settings: Settings, tmp_path: Path) -> None:
    sealed = archive.store(export, _sha(), settings)
    sealed.rename(settings.paths.archive / _sha(b"other"))
    with pytest.raises(OpdriftError, match="can't be brought back whole"):
        archive.restore(_sha(b"other"), tmp_path / "back.csv", settings)
    assert not (tmp_path / "back.csv").exists()


def test_an_unknown_file_and_another_key(export: Path, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no such file"):
        archive.restore(_sha(), tmp_path / "x", settings)
    archive.store(export, _sha(), settings)
    other = replace(settings, paths=Paths(home=settings.paths.home, secrets=tmp_path / "other"))
    with pytest.raises(OpdriftError, match="can't be brought back whole"):
        archive.restore(_sha(), tmp_path / "x", other)


def test_a_home_knows_its_archive_key(settings: Settings, tmp_path: Path) -> None:
    other = replace(settings, paths=Paths(home=settings.paths.home, secrets=tmp_path / "other"))
    with open_warehouse(settings) as con:
        archive.confirm_identity(con, settings)
        archive.confirm_identity(con, settings)
        with pytest.raises(WrongUse, match="is missing"):
            archive.confirm_identity(con, other)
        archive.store(_write(tmp_path / "f"), _sha(b"f"), other)  # makes another key
        with pytest.raises(WrongUse, match="not the one"):
            archive.confirm_identity(con, other)


def _write(path: Path) -> Path:
    path.write_bytes(b"f")
    return path


@pytest.mark.parametrize("rotten", [b"", b"rubbish", "cut", "flipped"])
def test_a_copy_that_rotted_is_told_and_made_anew(export: Path, settings: Settings, tmp_path: Path, rotten: bytes | str) -> None:
    sealed = archive.store(export, _sha(), settings)
    whole = bytearray(sealed.read_bytes())
    if rotten == "flipped":
        whole[-20] ^= 1
    sealed.write_bytes({"cut": whole[:-20], "flipped": whole}.get(rotten, rotten) if isinstance(rotten, str) else rotten)
    assert archive.damaged(settings) == [_sha()]
    archive.store(export, _sha(), settings)
    assert archive.damaged(settings) == []
    assert archive.restore(_sha(), tmp_path / "back", settings).read_bytes() == CONTENT


def test_a_file_whose_archived_copy_rotted_is_archived_anew_before_it_leaves(export: Path, settings: Settings) -> None:
    archive.store(export, _sha(), settings).write_bytes(b"rubbish")
    assert leave_inbox(export, _sha(), settings)
    assert archive.damaged(settings) == []
    assert not export.exists()
