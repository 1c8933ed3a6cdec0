"""Who came, who was refused, and who looked at or took away what: one line of JSON each, only ever added to.

``note_access`` is the one call; where the hash-chained log of the register is there, it is what writes to it.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from data.settings import Paths

EVENTS = ("signed_in", "role_changed", "refused", "unsuppressed", "cases", "download", "register")
_LONGEST = 200


def note_access(paths: Paths, event: str, *, who: str, role: str, at: datetime, what: str = "", run_id: str = "") -> None:
    """Add one line to ``access.jsonl`` in the home, readable by its owner alone, and flush it to disk.

    Args:
        paths: Home.
        event: One of ``EVENTS``.
        who: Subject of the sign-in; ``local`` without one. Never a citizen.
        role: Its role; empty where it has none.
        at: UTC.
        what: The page or file.
        run_id: The run that was shown.

    Raises:
        ValueError: There is no such event.
        OSError: The line can't be written: then what it tells of must not happen either.
    """
    if event not in EVENTS:
        message = f"No such event: {event}"
        raise ValueError(message)
    facts = {"at": at.isoformat(timespec="seconds"), "event": event, "who": who, "role": role, "what": what, "run_id": run_id}
    line = json.dumps({key: value[:_LONGEST] for key, value in facts.items()}, ensure_ascii=False) + "\n"
    paths.home.mkdir(parents=True, exist_ok=True)
    handle = os.open(paths.access_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def note_sign_in(paths: Paths, *, who: str, role: str, at: datetime) -> None:
    """Tell of a sign-in, and first of a role that is another than at the same person's last one."""
    last = next(
        (line["role"] for line in reversed(read_access(paths)) if line["who"] == who and line["event"] == "signed_in"), role
    )
    if last != role:
        note_access(paths, "role_changed", who=who, role=role, at=at, what=f"from {last}")
    note_access(paths, "signed_in", who=who, role=role, at=at)


def read_access(paths: Paths) -> list[dict[str, str]]:
    """Every line that is whole, oldest first."""
    try:
        lines = paths.access_log.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found
