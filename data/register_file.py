"""Registers of one JSON object a line, only ever added to: a line that a stop cut off is passed over, a changed one is refused.

What was cut off was never confirmed to the one who entered it. It stays in the file as it is, and the line after it says so.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any

from filelock import FileLock

if TYPE_CHECKING:
    from pathlib import Path

_WAIT_SECONDS = 30.0
CUT_OFF = {"action": "cut_off"}


def hold(file: Path) -> FileLock:
    """Hold a register, from what is looked up to what is added: one writer at a time. Release it when the line is written.

    Raises:
        OSError: It can't be held, or another held it too long.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(file.with_suffix(".lock"), timeout=_WAIT_SECONDS, thread_local=False)
    lock.acquire()
    return lock


def add_line(file: Path, text: str) -> None:
    """Add one line and make it durable; two writers never overwrite each other.

    Raises:
        OSError: It can't be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    with os.fdopen(handle, "rb+", buffering=0) as register:
        fcntl.flock(handle, fcntl.LOCK_EX)
        said = text.encode() + b"\n"
        tail = _tail(file.read_bytes())
        if tail:
            said = b"\n" + (b"" if _parsed(tail) is not None else json.dumps(CUT_OFF).encode() + b"\n") + said
        while said:
            said = said[register.write(said) :]
        os.fsync(handle)


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Every whole line; those that were cut off are passed over.

    Raises:
        ValueError: A line is no JSON object, and nothing says that it was cut off.
        OSError: The file can't be read.
    """
    content = file.read_bytes()
    lines = content.decode("utf-8", errors="replace").split("\n")
    found = [_parsed(line.encode()) if line.strip() else {} for line in lines]
    whole = []
    for place, line in enumerate(found):
        if line is None:
            last = place == len(found) - 1
            if last or found[place + 1] == CUT_OFF:
                continue
            raise ValueError(place + 1)
        if line and line != CUT_OFF:
            whole.append(line)
    return whole


def is_cut_off(file: Path) -> bool:
    """Whether the last line was cut off while it was written: whoever entered it must do so again."""
    return file.is_file() and bool(tail := _tail(file.read_bytes())) and _parsed(tail) is None


def _tail(content: bytes) -> bytes:
    """What stands after the last line feed."""
    return content.rsplit(b"\n", maxsplit=1)[-1]


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
