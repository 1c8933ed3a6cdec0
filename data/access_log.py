"""Who came, who was refused, and who looked at or took away what: the home's second hash-chained log, ``access.jsonl``.

``note_access`` is the one call. The log holds who of the staff did what and when, so it is cut by a retention period of its own
(``cut_access``); what was cut stands in the log of what was done, and the chain goes on from it.
"""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from data.audit_log import CUT, append, audit_key, chained, held, log_file, log_id_of, read_log
from data.cpr import cpr_in_text

if TYPE_CHECKING:
    from data.settings import Paths

EVENTS = ("signed_in", "role_changed", "refused", "unsuppressed", "cases", "download", "register")
_LONGEST = 200


def note_access(paths: Paths, event: str, *, who: str, role: str, at: datetime, what: str = "", run_id: str = "") -> None:
    """Add one entry to the log of access, chained to the one before, and flush it to disk.

    Args:
        paths: Home and secrets.
        event: One of ``EVENTS``.
        who: Subject of the sign-in; ``local`` without one. Never a citizen: what has the shape of a CPR number is kept as a keyed
            digest alone.
        role: Its role; empty where it has none.
        at: UTC.
        what: The page or file.
        run_id: The run that was shown.

    Raises:
        ValueError: There is no such event.
        OpdriftError: The entry can't be written: then what it tells of must not happen either.
    """
    if event not in EVENTS:
        message = f"No such event: {event}"
        raise ValueError(message)
    facts = {"role": role, "what": what, "run_id": run_id}
    said = {name: _kept(paths, text) for name, text in facts.items()}
    append(paths, event, said, who=_kept(paths, who), clock=lambda: at, log="access")


def _kept(paths: Paths, text: str) -> str:
    """The text as the log takes it: printable, of bounded length, without anything of the shape of a CPR number."""
    plain = "".join(letter for letter in text if letter.isprintable())[:_LONGEST]
    return f"digest {chained(audit_key(paths), '', {'text': text})[:16]}" if cpr_in_text(plain) else plain


def note_sign_in(paths: Paths, *, who: str, role: str, at: datetime) -> None:
    """Tell of a sign-in, and first of a role that is another than at the same person's last one."""
    known = _kept(paths, who)
    last = next(
        (line["role"] for line in reversed(read_access(paths)) if line["who"] == known and line["event"] == "signed_in"), role
    )
    if last != role:
        note_access(paths, "role_changed", who=who, role=role, at=at, what=f"from {last}")
    note_access(paths, "signed_in", who=who, role=role, at=at)


def read_access(paths: Paths) -> list[dict[str, str]]:
    """Every whole entry, oldest first: at, event, who, role, what, run_id."""
    return [
        {"at": entry.at, "event": entry.kind, "who": entry.who}
        | {name: str(entry.facts.get(name, "")) for name in ("role", "what", "run_id")}
        for entry in read_log(paths, "access")
    ]


def old_access(paths: Paths, limit: datetime) -> int:
    """How many of the oldest entries were made before a time; the newest entry always stays, so that the chain has an end."""
    count = 0
    for entry in read_log(paths, "access")[:-1]:
        if datetime.fromisoformat(entry.at) >= limit:
            break
        count += 1
    return count


def cut_access(paths: Paths, limit: datetime, *, rule: str) -> int:
    """Delete the oldest entries, up to the first one that is not older than ``limit``; the log of what was done says so first.

    Args:
        paths: Home and secrets.
        limit: UTC.
        rule: The period, as it stands in the settings.

    Returns:
        How many entries went.

    Raises:
        OpdriftError: What was to go can't be recorded; nothing was deleted.
    """
    file = log_file(paths, "access")
    with held(paths, "access"):
        count = old_access(paths, limit)
        if count == 0:
            return 0
        last = read_log(paths, "access")[count - 1]
        facts = {"log": log_id_of(file), "entries": count, "last_seq": last.seq, "last_hash": last.hash, "rule": rule}
        append(paths, CUT, facts)
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        after = next(place for place, line in enumerate(lines) if last.hash in line) + 1
        beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("".join(lines[after:]))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    return count
