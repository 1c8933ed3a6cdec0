"""A home in one file, and back: an encrypted tar that is whole or not there, checked by the hashes it carries.

The file is in age format for the archive's key, because a home holds files that nobody has read yet. The keys themselves are
never in it. What is left out is made anew by itself: the schedule's database, locks, halves of files that a kill left.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import stat
import tarfile
from contextlib import closing, suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from data.archive import SealBroken, opened, sealed, sync_folder
from data.errors import OpdriftError, WrongUse
from data.pseudonym import refuse_secrets_inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from data.settings import Paths

MANIFEST = "MANIFEST.json"
_FORMAT = "opdrift-backup-1"
_SWAPPED = ".swapped"
_HERE, _EXCHANGE = -100, 2
"""Linux: AT_FDCWD and RENAME_EXCHANGE."""
_MADE_ANEW = {"prefect", "run.lock"}
_LEFTOVERS = (".part", ".part.wal", ".lock", ".sqlite-wal", ".sqlite-shm")
_MOST_MANIFEST = 256_000_000
_TORN = "The backup can't be read to its end: it is damaged, cut off, or made with another key"
_TORN_REMEDY = "Take another backup; see that OPDRIFT_SECRETS holds the keys of the home it was made of"


@dataclass(frozen=True)
class Kept:
    """What a backup holds.

    Attributes:
        files: How many files.
        size: Their bytes before encryption.
        run_id: The run that ``CURRENT`` named; empty when none was published.
        made_at: ISO time, UTC.
        left_out: Links that were not followed, by their path in the home.
    """

    files: int
    size: int
    run_id: str
    made_at: str
    left_out: tuple[str, ...] = ()


def write_backup(paths: Paths, target: Path, *, at: datetime) -> Kept:
    """Write everything of a home into one file; the caller holds the home's lock.

    Args:
        paths: Home and secrets.
        target: The file; must not exist, and not lie in the home.
        at: Now, UTC.

    Returns:
        What it holds. It was read back and compared before it got its name.

    Raises:
        WrongUse: There is no home, the target exists or lies in the home, or the archive's key is missing.
        OpdriftError: It could not be written, or not be read back; nothing is left.
    """
    target = target.absolute()
    _check_target(paths, target)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        for left in target.parent.glob(f".{escape(target.name)}.????????.part"):  # of a backup that was killed
            left.unlink()
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            with sealed(paths, stream) as plain, tarfile.open(fileobj=_Counting(plain), mode="w") as tar:
                kept = _fill(paths, tar, at)
            stream.flush()
            os.fsync(stream.fileno())
        _read(paths, beside, None)
        beside.replace(target)
        sync_folder(target.parent)
    except (OSError, tarfile.TarError) as error:
        what = f"The backup could not be written ({type(error).__name__}: {getattr(error, 'strerror', None) or 'broken off'})"
        remedy = "See that the folder has room and may be written to; nothing half was left"
        raise OpdriftError(what, where=str(target), remedy=remedy) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return kept


def restore_backup(paths: Paths, source: Path, *, at: datetime, replace: bool = False) -> tuple[Kept, Path | None]:
    """Bring a home back: unpacked beside, compared with its hashes, then put in place in one step.

    Args:
        paths: The home to make, and the keys.
        source: The backup.
        at: Now, UTC; names the folder that a replaced home is kept in.
        replace: Put a home that holds something aside instead of refusing.

    Returns:
        What was brought back, and where the earlier home lies now (None: there was none).

    Raises:
        WrongUse: The home holds something, or the backup's file can't be opened.
        OpdriftError: The backup is damaged, holds a path that leads out of it, or there is no room; nothing was changed.
    """
    home = paths.home
    refuse_secrets_inside(paths)
    holds = home.exists() and any(entry.name != "run.lock" for entry in home.iterdir())
    if holds and not replace:
        what = "The home holds something already"
        remedy = "Restore into another home with --home, or let --replace put this one aside (it is kept)"
        raise WrongUse(what, where=str(home), why="It would be overwritten", remedy=remedy)
    if not source.is_file():
        what = "There is no such backup"
        raise WrongUse(what, where=str(source), remedy="Give the file that 'opdrift backup' wrote")
    home.parent.mkdir(parents=True, exist_ok=True)
    for left in home.parent.glob(f".{escape(home.name)}.*.restoring"):  # of a restore that was killed
        shutil.rmtree(left)
    beside = home.with_name(f".{home.name}.{secrets.token_hex(4)}.restoring")
    aside = home.with_name(f"{home.name}.before-{at:%Y%m%dT%H%M%S}") if holds else None
    try:
        beside.mkdir(mode=0o700)
        kept = _read(paths, source, beside)
        if aside is not None:
            _swap(beside, home, aside)
        else:
            (home / "run.lock").unlink(missing_ok=True)
            beside.rename(home)
        sync_folder(home.parent)
    except (OSError, shutil.Error) as error:
        what = f"The home could not be restored ({type(error).__name__}: {getattr(error, 'strerror', None) or 'broken off'})"
        remedy = "See that the folder around the home has room and may be written to; nothing half was left"
        raise OpdriftError(what, where=str(home), remedy=remedy) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return kept, aside


def _swap(beside: Path, home: Path, aside: Path) -> None:
    """Put ``beside`` in the place of ``home``, and ``home`` aside: at every instant a whole home has the home's name.

    A stop between the two steps leaves the earlier home beside, under a name that nothing deletes (:func:`left_aside`).
    """
    kept = home.with_name(f".{home.name}.{secrets.token_hex(4)}{_SWAPPED}")
    beside.rename(kept)
    libc = ctypes.CDLL(None, use_errno=True)
    swapped = libc.renameat2(_HERE, os.fsencode(kept), _HERE, os.fsencode(home), _EXCHANGE) if hasattr(libc, "renameat2") else -1
    if swapped == 0:
        kept.rename(aside)
    else:  # a file system that can't exchange two names: for an instant there is no home
        home.rename(aside)
        kept.rename(home)


def left_aside(home: Path) -> list[Path]:
    """Whole homes that a restore, stopped between its last two steps, left beside this one."""
    return sorted(home.parent.glob(f".{escape(home.name)}.*{_SWAPPED}"))


def _check_target(paths: Paths, target: Path) -> None:
    refuse_secrets_inside(paths)
    if not paths.home.is_dir():
        what = "There is no home to back up"
        raise WrongUse(what, where=str(paths.home), remedy="Name it with --home or OPDRIFT_HOME")
    if target.exists():
        what = "The backup's file exists already"
        raise WrongUse(what, where=str(target), why="An earlier backup is never overwritten", remedy="Give another name")
    if target.resolve().is_relative_to(paths.home.resolve()):
        what = "The backup would lie in the home itself"
        raise WrongUse(what, where=str(target), why="It would go down with the home", remedy="Give a file on another disk")


def _fill(paths: Paths, tar: tarfile.TarFile, at: datetime) -> Kept:
    """Add every file, and last the manifest: a backup without it was cut off."""
    files: dict[str, dict[str, Any]] = {}
    folders: dict[str, int] = {}
    left_out: list[str] = []
    for path in _walk(paths, folders, left_out):
        name = path.relative_to(paths.home).as_posix()
        with suppress(FileNotFoundError):  # a page replaced or withdrew it meanwhile
            files[name] = _add(tar, path, name)
    pointer = paths.published / "CURRENT"
    run_id = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else ""
    made_at = at.isoformat(timespec="seconds")
    told = {"format": _FORMAT, "made_at": made_at, "run_id": run_id, "files": files, "folders": folders}
    text = json.dumps(told, ensure_ascii=False).encode()
    last = tarfile.TarInfo(MANIFEST)
    last.size = len(text)
    tar.addfile(last, io.BytesIO(text))
    return Kept(len(files), sum(int(item["size"]) for item in files.values()), run_id, made_at, tuple(left_out))


def _walk(paths: Paths, folders: dict[str, int], left_out: list[str]) -> Iterator[Path]:
    """Files of the home in a fixed order. Links are not followed: one in the inbox may point anywhere, at the keys too."""
    for folder, below, names in os.walk(paths.home, onerror=_raise):
        here = Path(folder)
        top = here == paths.home
        below[:] = sorted(name for name in below if not (top and name in _MADE_ANEW))
        for name in [name for name in below if (here / name).is_symlink()]:
            below.remove(name)
            left_out.append((here / name).relative_to(paths.home).as_posix())
        if not top:
            folders[here.relative_to(paths.home).as_posix()] = stat.S_IMODE(here.stat().st_mode)
        for name in sorted(names):
            path = here / name
            if path.is_symlink():
                left_out.append(path.relative_to(paths.home).as_posix())
            elif not (top and name in _MADE_ANEW) and not _is_leftover(path, paths) and path.is_file():
                yield path


def _is_leftover(path: Path, paths: Paths) -> bool:
    """What a kill left, never something that somebody dropped or that was set aside."""
    theirs = any(path.is_relative_to(folder) for folder in (paths.inbox, paths.home / "refused", paths.taken))
    return not theirs and path.name.endswith(_LEFTOVERS)


def _raise(error: OSError) -> None:
    raise error


def _add(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    with path.open("rb") as stream:
        info = tar.gettarinfo(arcname=name, fileobj=stream)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.type, info.linkname = tarfile.REGTYPE, ""
        content: IO[bytes] = stream
        if path.suffix == ".sqlite":  # somebody may be writing: ask SQLite for one moment of it
            whole = _sqlite_bytes(path)
            content, info.size = io.BytesIO(whole), len(whole)
        hashed = _Hashing(content)
        tar.addfile(info, hashed)
    return {"sha256": hashed.sha256.hexdigest(), "size": info.size, "mode": stat.S_IMODE(info.mode)}


def _sqlite_bytes(path: Path) -> bytes:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as live, closing(sqlite3.connect(":memory:")) as copy:
        live.backup(copy)
        return copy.serialize()


class _Counting(io.RawIOBase):
    """A writer that knows how far it is: a tar asks, and a pipe can't tell."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._at = stream, 0

    def write(self, chunk: Any) -> int:  # noqa: ANN401  (any buffer)
        self._at += self._stream.write(chunk)
        return len(chunk)

    def tell(self) -> int:
        return self._at


class _Hashing(io.RawIOBase):
    """A reader that hashes what passes through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.sha256 = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self.sha256.update(chunk)
        return chunk


def _read(paths: Paths, source: Path, into: Path | None) -> Kept:
    """Read a backup to its end, compare every hash, and unpack it where a folder is given.

    Raises:
        OpdriftError: It is damaged, cut off, of another key, or holds what it must not.
    """
    seen: dict[str, tuple[str, int]] = {}
    told: dict[str, Any] = {}
    try:
        with source.open("rb") as stream, opened(paths, stream) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                if told or not _is_plain(member) or member.name in seen:
                    _refuse(source, "The backup holds something that does not belong in it")
                content = tar.extractfile(member)
                if content is None:
                    _refuse(source, "The backup holds something that does not belong in it")
                elif member.name == MANIFEST:
                    told = json.loads(content.read(_MOST_MANIFEST))
                else:
                    seen[member.name] = _unpack(content, None if into is None else into / member.name, member)
            while plain.read(1 << 20):  # to the end: the last block is checked too
                pass
    except (tarfile.TarError, SealBroken, ValueError, EOFError):
        _refuse(source, _TORN)
    if told.get("format") != _FORMAT:
        _refuse(source, _TORN)
    expected = {name: (str(item["sha256"]), int(item["size"])) for name, item in told["files"].items()}
    if seen != expected:
        _refuse(source, "What the backup holds is not what its list of hashes says")
    if into is not None:
        _set_modes(into, told)
    return Kept(len(seen), sum(size for _, size in seen.values()), str(told["run_id"]), str(told["made_at"]))


def _is_plain(member: tarfile.TarInfo) -> bool:
    """A regular file with a path that stays below: no link, no device, no way up."""
    name = PurePosixPath(member.name)
    return member.isreg() and not name.is_absolute() and ".." not in name.parts and str(name) == member.name != "."


def _unpack(content: IO[bytes], target: Path | None, member: tarfile.TarInfo) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    written = None
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
            if written is not None:
                written.write(chunk)
        if written is not None:
            written.flush()
            os.fsync(written.fileno())
    finally:
        if written is not None:
            written.close()
    if target is not None:
        os.utime(target, (member.mtime, member.mtime))
    return digest.hexdigest(), size


def _set_modes(into: Path, told: dict[str, Any]) -> None:
    for name, item in told["files"].items():
        (into / name).chmod(int(item["mode"]) & 0o777)
    for name in sorted(told["folders"], reverse=True):
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts:
            _refuse(into, "The backup holds something that does not belong in it")
        (into / name).mkdir(parents=True, exist_ok=True)
        (into / name).chmod((int(told["folders"][name]) & 0o777) | 0o700)
        sync_folder(into / name)


def _refuse(source: Path, what: str) -> None:
    raise OpdriftError(what, where=str(source), why="Nothing was changed", remedy=_TORN_REMEDY) from None
