"""What lies in the inbox, and whether anything changed since the last published run; standard library only.

A night without news must be told before DuckDB or Prefect is imported. Landing leaves a small file, ``landed.json``, that
names what the warehouse holds; it is written before a file leaves the inbox, so that a stop at any moment shows as a change.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import DAMAGED, OpdriftError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.settings import Paths, Settings

STATE_FILE = "landed.json"
_IGNORED_NAMES = {"planted.json", "truth.json", "thumbs.db", "desktop.ini"}
_IGNORED_STARTS = (".", "~$", "__macosx")
_IGNORED_ENDS = (".part", ".tmp", ".crdownload", ".filepart", ".swp")
_LONGEST_NAME = 200  # bytes; file systems take 255, and a name needs room for what is added to it
_LONGEST_ENDING = 20
_NOT_INPUT = {"paths", "language", "stale_after_days", "memory_limit", "workers", "follow_up_months", "retention", "alerts"}


@dataclass(frozen=True)
class LandedState:
    """What the warehouse holds, as landing last said.

    Attributes:
        landed: SHA-256 of every file that was taken in.
        refused: SHA-256 of every refused file that still waits to be mended -> its path below ``refused/``.
        stays: Path below the inbox -> (size in bytes, mtime in ns) of files that can't be taken and were left there.
        order: SHA-256 and path below the inbox of every file that was taken in, in that order: what a damaged warehouse is built
            anew from.
    """

    landed: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    stays: dict[str, tuple[int, int]] = field(default_factory=dict)
    order: tuple[tuple[str, str], ...] = ()


def find_inbox(paths: Paths) -> list[Path]:
    """Everything in the inbox that is meant as input, whatever its folder, in a fixed order.

    Hidden files, half-copied ones (``.part``, ``.tmp``), lock files of Office, READMEs and the sample's own notes are passed
    over. A link, to a file or a folder, is listed and not followed (landing refuses it).

    Args:
        paths: The home's paths; a missing inbox is an empty one.

    Returns:
        Paths of regular files and links, by their path below the inbox.
    """
    return sorted(_walk(paths.inbox), key=lambda path: path.relative_to(paths.inbox).as_posix())


def _walk(inbox: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(inbox):
        links = [name for name in below if Path(folder, name).is_symlink()]
        below[:] = [name for name in below if name not in links and not name.lower().startswith(_IGNORED_STARTS)]
        for name in (*names, *links):
            path = Path(folder, name)
            if not is_ignored(name) and stat.S_ISREG(_mode(path)):
                yield path


def _mode(path: Path) -> int:
    if path.is_symlink():
        return stat.S_IFREG
    try:
        return path.stat().st_mode
    except OSError:  # gone between the two looks
        return 0


def is_ignored(name: str) -> bool:
    """Tell whether a file of this name is no input.

    Example:
        >>> [is_ignored(name) for name in ("~$budget.xlsx", "README.txt", "planted.json", "ledger_2026.csv")]
        [True, True, True, False]
    """
    lower = name.lower()
    named = lower in _IGNORED_NAMES or lower.startswith("readme")
    return named or lower.startswith(_IGNORED_STARTS) or lower.endswith(_IGNORED_ENDS)


def input_state(settings: Settings, extra: str = "") -> str:
    """Fingerprint of everything a run's result depends on: files, mappings, catalogue and settings.

    Equal to the fingerprint of the last published run means that a new run would publish the same. A file that waits in the
    inbox and is not known makes a fingerprint that no other equals. Mark it volatile in the run record.

    Args:
        settings: The run's settings.
        extra: Whatever else the result depends on (git commit, versions).

    Returns:
        64 hexadecimal digits.
    """
    paths = settings.paths
    known = read_state(paths)
    facts: dict[str, Any] = {
        "extra": extra,
        "settings": {item.name: str(getattr(settings, item.name)) for item in fields(settings) if item.name not in _NOT_INPUT},
        "landed": sorted(known.landed),
        "warehouse": paths.warehouse.exists(),
        "refused": sorted(sha for sha, kept in known.refused.items() if (paths.home / "refused" / kept).exists()),
        "sources": {path.name: sha256_of(path) for path in sorted(paths.sources.glob("*.toml"))},
        "reference": {path.as_posix()[-60:]: sha256_of(path) for path in sorted(_reference().rglob("*.toml"))},
        "waiting": [_waiting(path, paths, known) for path in find_inbox(paths)],
    }
    facts["waiting"] = [word for word in facts["waiting"] if word]
    facts |= {"adjustments": sha256_of(paths.adjustments)} if paths.adjustments.is_file() else {}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _waiting(path: Path, paths: Paths, known: LandedState) -> str:
    name = path.relative_to(paths.inbox).as_posix()
    if name in known.stays and known.stays[name] == size_and_time(path):
        return f"stays {len(name)} {known.stays[name]}"
    try:
        if not path.is_symlink() and sha256_of(path) in known.landed:
            return ""
    except OSError:  # unreadable: landing says so
        pass
    return f"new {secrets.token_hex(16)}"


def _reference() -> Path:
    return Path(__file__).parent / "reference"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size_and_time(path: Path) -> tuple[int, int]:
    """Size in bytes and mtime in ns of a file (of the link, where it is one); (-1, -1) when it is gone."""
    try:
        seen = path.lstat()
    except OSError:
        return -1, -1
    return seen.st_size, seen.st_mtime_ns


def read_state(paths: Paths) -> LandedState:
    """What landing last wrote; nothing known when it is missing or broken."""
    try:
        raw = json.loads((paths.home / STATE_FILE).read_text(encoding="utf-8"))
        stays = {name: (int(size), int(time)) for name, (size, time) in raw["stays"].items()}
        order = tuple((str(sha256), str(name)) for sha256, name in raw.get("order", ()))
        return LandedState(landed=tuple(raw["landed"]), refused=dict(raw["refused"]), stays=stays, order=order)
    except DAMAGED:
        return LandedState()


def write_state(paths: Paths, state: LandedState) -> None:
    """Write what the warehouse holds; whole or not at all."""
    body = {"landed": sorted(state.landed), "refused": state.refused, "stays": state.stays, "order": state.order}
    write_beside(paths.home / STATE_FILE, json.dumps(body, sort_keys=True, indent=1))


def settle_known(settings: Settings) -> list[str]:
    """Take files out of the inbox whose content is landed already: for after publishing, and where nothing changed.

    Archived files are removed; where archiving is off they move to ``taken/``. A file that is not landed is never touched.

    Args:
        settings: Home, and whether files are archived.

    Returns:
        Paths below the inbox of the files that left it.
    """
    paths = settings.paths
    known = set(read_state(paths).landed)
    gone: list[str] = []
    for path in find_inbox(paths):
        before = size_and_time(path)
        try:
            sha256 = "" if path.is_symlink() else sha256_of(path)
        except OSError:
            continue
        if sha256 in known and size_and_time(path) == before and leave_inbox(path, sha256, settings):
            gone.append(path.relative_to(paths.inbox).as_posix())
    return gone


def leave_inbox(path: Path, sha256: str, settings: Settings) -> bool:
    """Take one landed file out of the inbox; it stays where its content lies nowhere else whole.

    Returns:
        Whether it left. A file that we may read and not take away stays: it is known by its content, and taken once.
    """
    try:
        if not settings.archive:
            move(path, free_place(settings.paths.taken / path.relative_to(settings.paths.inbox), sha256))
        elif (settings.paths.archive / sha256).exists():
            from data import archive  # noqa: PLC0415  (only where a file leaves)

            archive.store(path, sha256, settings)  # a copy that rotted is made anew while there is one that did not
            path.unlink(missing_ok=True)
        else:
            return False
    except (OSError, OpdriftError):
        return False
    return True


def free_place(target: Path, sha256: str) -> Path:
    """``target``, or beside it with the content's first digits where something else has that name.

    A name that leaves no room for what is added to it (``.why.txt``, ``.part``) is cut, and keeps its ending.
    """
    blocking = [folder for folder in target.parents if folder.exists() and not folder.is_dir()]
    if blocking:  # a file has the name of a folder on the way
        target = blocking[0].with_name(f"{blocking[0].name}-{sha256[:8]}") / target.relative_to(blocking[0])
    target = target.with_name(_cut(target.name, sha256))
    if not target.exists() or (target.is_file() and sha256_of(target) == sha256):
        return target
    return target.with_name(f"{target.stem}-{sha256[:8]}{target.suffix}")


def _cut(name: str, sha256: str) -> str:
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    ending = Path(name).suffix if len(os.fsencode(Path(name).suffix)) <= _LONGEST_ENDING else ""
    room = _LONGEST_NAME - len(ending.encode("utf-8", "replace")) - len("-12345678")
    return f"{os.fsencode(name)[:room].decode(errors='ignore')}-{sha256[:8]}{ending}"


def move(source: Path, target: Path) -> None:
    """Move a file whole, also to another disk.

    Raises:
        OSError: It can't be written there or not be taken away here; it stays, and nothing is left there.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        source.replace(target)
    except OSError:  # another disk
        beside = target.with_name(f".{target.name}.part")
        try:
            shutil.copy2(source, beside)
            with beside.open("rb") as stream:
                os.fsync(stream.fileno())
            beside.replace(target)
            source.unlink()
        except OSError:
            beside.unlink(missing_ok=True)
            if source.exists():
                target.unlink(missing_ok=True)
            raise


def write_beside(target: Path, text: str) -> None:
    """Write a small text file whole or not at all, and make it durable."""
    write_beside_bytes(target, text.encode("utf-8"))


def write_beside_bytes(target: Path, content: bytes) -> None:
    """Write a small file whole or not at all, and make it durable."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(f".{target.name}.part")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
