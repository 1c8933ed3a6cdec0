"""A backup is whole or not there, holds no key, and what is damaged or leads out of the home is refused whole."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from data.archive import sealed
from data.backup import MANIFEST, restore_backup, write_backup
from data.errors import OpdriftError, WrongUse
from data.settings import Paths

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    home = tmp_path / "home"
    for folder in ("inbox/deep", "archive", "published", "restricted", "scenarios/drafts", "prefect", "sources", "empty"):
        (home / folder).mkdir(parents=True)
    (home / "restricted").chmod(0o700)
    for name in ("inbox/deep/ledger.csv", "inbox/half.csv.part", "published/CURRENT", "settings.toml", "adjustments.jsonl"):
        (home / name).write_text(f"{name}: æøå\n", encoding="utf-8")
    (home / "scenarios" / "drafts" / "k-1.json").write_text("{}", encoding="utf-8")
    (home / "prefect" / "server.log").write_text("made anew", encoding="utf-8")
    (home / "published" / ".run-1.part").write_text("half", encoding="utf-8")
    (home / "published" / "run-1.duckdb").write_bytes(os.urandom(3_000_000))
    (home / "published" / "run-1.duckdb").chmod(0o440)
    return Paths(home=home, secrets=tmp_path / "keys")


def contents(home: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): (path.read_bytes(), path.stat().st_mode) for path in files}


def test_what_was_backed_up_comes_back_and_nothing_else(paths: Paths, tmp_path: Path) -> None:
    (paths.home / "inbox" / "link.csv").symlink_to("/etc/hostname")
    kept = write_backup(paths, tmp_path / "b.age", at=NOW)
    assert kept.left_out == ("inbox/link.csv",)
    before = contents(paths.home)
    assert b"ledger" not in (tmp_path / "b.age").read_bytes(), "names and contents are encrypted"
    assert (tmp_path / "b.age").stat().st_mode & 0o077 == 0
    shutil.rmtree(paths.home)
    restored, aside = restore_backup(paths, tmp_path / "b.age", at=NOW)
    assert aside is None
    gone = {"inbox/link.csv", "prefect/server.log", "published/.run-1.part"}
    assert contents(paths.home) == {name: what for name, what in before.items() if name not in gone}
    assert restored.files == len(before) - len(gone)
    assert (paths.home / "empty").is_dir()
    assert paths.restricted.stat().st_mode & 0o777 == 0o700


def test_keys_inside_the_home_stop_it(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="lies inside the home"):
        write_backup(Paths(home=paths.home, secrets=paths.home / "keys"), tmp_path / "b.age", at=NOW)


def test_a_database_that_is_being_written_is_kept_as_of_one_moment(paths: Paths, tmp_path: Path) -> None:
    with closing(sqlite3.connect(paths.home / "register.sqlite", isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("CREATE TABLE decided (what TEXT)")
        live.execute("INSERT INTO decided VALUES ('committed')")
        live.execute("BEGIN")
        live.execute("INSERT INTO decided VALUES ('not yet')")
        write_backup(paths, tmp_path / "b.age", at=NOW)
    there = Paths(home=tmp_path / "other", secrets=paths.secrets)
    restore_backup(there, tmp_path / "b.age", at=NOW)
    with closing(sqlite3.connect(there.home / "register.sqlite")) as back:
        assert back.execute("SELECT what FROM decided").fetchall() == [("committed",)]


def test_a_home_that_holds_something_is_refused_unless_told(paths: Paths, tmp_path: Path) -> None:
    write_backup(paths, tmp_path / "b.age", at=NOW)
    (paths.inbox / "newer.csv").write_text("dropped since", encoding="utf-8")
    with pytest.raises(WrongUse, match="holds something already"):
        restore_backup(paths, tmp_path / "b.age", at=NOW)
    _, aside = restore_backup(paths, tmp_path / "b.age", at=NOW, replace=True)
    assert aside is not None
    assert (aside / "inbox" / "newer.csv").read_text(encoding="utf-8") == "dropped since"
    assert not (paths.inbox / "newer.csv").exists()


@pytest.mark.parametrize("fault", ["cut", "flipped", "longer", "rubbish", "empty", "other_key"])
def test_a_damaged_backup_leaves_nothing(paths: Paths, tmp_path: Path, fault: str) -> None:
    file = tmp_path / "b.age"
    write_backup(paths, file, at=NOW)
    whole = bytearray(file.read_bytes())
    secrets = paths.secrets
    if fault == "flipped":
        whole[len(whole) // 2] ^= 1
    elif fault == "other_key":
        secrets = tmp_path / "other_keys"
        write_backup(Paths(home=paths.home, secrets=secrets), tmp_path / "c.age", at=NOW)
    file.write_bytes(
        {"cut": whole[: len(whole) // 2], "rubbish": b"rubbish", "empty": b"", "longer": whole + b"more"}.get(fault, whole)
    )
    there = Paths(home=tmp_path / "place" / "other", secrets=secrets)
    with pytest.raises(OpdriftError, match="damaged, cut off"):
        restore_backup(there, file, at=NOW)
    assert list(there.home.parent.iterdir()) == []


def made_by_hand(paths: Paths, file: Path, *members: tarfile.TarInfo) -> None:
    with file.open("wb") as stream, sealed(paths, stream) as plain, tarfile.open(fileobj=plain, mode="w|") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))


def member(name: str, **facts: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = 1
    for key, value in facts.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    "bad",
    [
        member("../out.txt"),
        member("inbox/../../out.txt"),
        member("/out.txt"),
        member("out.txt", type=tarfile.SYMTYPE, linkname="/etc/hostname", size=0),
        member("out.txt", type=tarfile.LNKTYPE, linkname="../out.txt", size=0),
        member("out.txt", type=tarfile.CHRTYPE, size=0),
        member("."),
    ],
    ids=lambda info: f"{info.name}-{info.type.decode()}",
)
def test_a_path_that_leads_out_is_refused(paths: Paths, tmp_path: Path, bad: tarfile.TarInfo) -> None:
    made_by_hand(paths, tmp_path / "b.age", member("inbox/a.csv"), bad)
    there = Paths(home=tmp_path / "place" / "other", secrets=paths.secrets)
    with pytest.raises(OpdriftError, match="does not belong"):
        restore_backup(there, tmp_path / "b.age", at=NOW)
    assert list(there.home.parent.iterdir()) == []
    assert not (tmp_path / "out.txt").exists()


def test_a_file_that_is_not_on_the_list_is_refused(paths: Paths, tmp_path: Path) -> None:
    made_by_hand(paths, tmp_path / "b.age", member("inbox/a.csv"))
    with pytest.raises(OpdriftError, match="damaged, cut off"):
        restore_backup(Paths(home=tmp_path / "other", secrets=paths.secrets), tmp_path / "b.age", at=NOW)
    assert MANIFEST not in {path.name for path in tmp_path.rglob("*")}


def test_an_earlier_backup_and_the_home_itself_are_no_target(paths: Paths, tmp_path: Path) -> None:
    write_backup(paths, tmp_path / "b.age", at=NOW)
    with pytest.raises(WrongUse, match="exists already"):
        write_backup(paths, tmp_path / "b.age", at=NOW)
    with pytest.raises(WrongUse, match="in the home itself"):
        write_backup(paths, paths.home / "b.age", at=NOW)
    with pytest.raises(OpdriftError, match="could not be written"):
        write_backup(paths, tmp_path / "no" / "b.age", at=NOW)


def test_without_room_nothing_half_is_left(paths: Paths) -> None:
    target = paths.home.parent / "b.age"
    import resource  # noqa: PLC0415

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))  # the kernel refuses the rest of the file, as a full disk does
    try:
        with pytest.raises(OpdriftError, match="could not be written"):
            write_backup(paths, target, at=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [path for path in target.parent.iterdir() if path.name not in {"home", "keys"}]
