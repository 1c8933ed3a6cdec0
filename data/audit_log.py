"""What was done in a home, by whom and when: one JSON object a line, only ever added to, each chained to the one before.

An entry's ``hash`` is an HMAC-SHA-256 over the hash of the entry before and its own text, keyed with a secret that lies with the
other keys: without it no line can be changed, put in or taken out unseen. The newest hash is kept with the keys too (the *head*),
so that a cut-off tail is seen as well. ``data.audit_check`` reads the chain.

A home has two such logs: ``audit`` of what was done, and ``access`` of who looked (``data.access_log``). The latter is cut by a
retention period: the cut stands in ``audit``, and the chain goes on from it. Kinds of entries are open. An entry never holds a
CPR number, a name of a citizen or a text that somebody wrote: of such a text its digest.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock, Timeout

from data.cpr import cpr_in_text
from data.errors import DAMAGED, OpdriftError, WrongUse
from data.pseudonym import load_or_make_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from data.settings import Paths

Log = Literal["audit", "access"]
Fact = str | int | float | bool | None | list[str]

KEY_FILE = "audit.key"
BROKEN = "log_broken"
"""Kind of the entry that the log writes by itself where it finds that entries are missing."""
ACCEPTED = "break_accepted"
"""Kind of the entry by which somebody answers for a break (a home brought back from a backup)."""
CUT = "access_cut"
"""Kind of the entry in ``audit`` that tells of entries of ``access`` that went by a retention period."""
_WAIT_SECONDS = 30.0
_KIND = re.compile(r"[a-z][a-z_]{2,39}")
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST = 300
_MANY = 5000


@dataclass(frozen=True)
class Entry:
    """One entry.

    Attributes:
        seq: Its number, from 1.
        at: When, ISO time in UTC.
        kind: What was done, a word such as ``run_published``.
        who: Office, role or initials; empty where nobody said.
        facts: Ids, counts, digests.
        hash: Its HMAC, 64 hexadecimal digits.
    """

    seq: int
    at: str
    kind: str
    who: str
    facts: Mapping[str, Fact]
    hash: str


def _now() -> datetime:
    return datetime.now(UTC)


def append(
    paths: Paths,
    kind: str,
    facts: Mapping[str, Fact],
    *,
    who: str = "",
    clock: Callable[[], datetime] = _now,
    log: Log = "audit",
) -> Entry:
    """Add one entry and make it durable; one writer at a time.

    Where entries that the head knows are missing, an entry ``log_broken`` that says so comes first: going on hides nothing.

    Args:
        paths: Home and secrets.
        kind: A word of small letters and underscores.
        facts: Name -> id, count, digest or short list of such; never a person's value or a text that somebody wrote.
        who: Office, role or initials.
        clock: Tells the time, UTC.
        log: Which of the two.

    Returns:
        The entry as it stands.

    Raises:
        WrongUse: A fact is longer than 300 characters or has the shape of a CPR number; nothing was written, and it isn't told.
        OpdriftError: The log can't be written; what it was to record must not go on.
    """
    _check(kind, {**facts, "who": who})
    key = audit_key(paths)
    try:
        paths.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held(paths, log):
            return _append_locked(paths, key, (kind, dict(facts), who), clock(), log)
    except Timeout:
        what = "The log of what was done is held by another process"
        raise OpdriftError(what, where=log_file(paths, log).name, remedy="Try again; end a process that hangs") from None
    except OSError as error:
        what = f"The log of what was done can't be written ({type(error).__name__})"
        remedy = "See that the disk has room, and that home and keys may be written to"
        raise OpdriftError(
            what, where=log_file(paths, log).name, why="Nothing is done that it does not record", remedy=remedy
        ) from None


def log_file(paths: Paths, log: Log) -> Path:
    """Where a log lies."""
    return paths.audit_log if log == "audit" else paths.access_log


def held(paths: Paths, log: Log) -> FileLock:
    """The lock of a log: one writer at a time."""
    return FileLock(paths.home / f"{log}.lock", timeout=_WAIT_SECONDS, thread_local=False)


def audit_key(paths: Paths) -> bytes:
    """The secret of the chain; made once.

    Raises:
        WrongUse: It can't be read or made.
    """
    return load_or_make_secret(paths, KEY_FILE, lambda: secrets.token_hex(32)).encode("ascii")


def chained(key: bytes, before: str, line: Mapping[str, Any]) -> str:
    """The hash of an entry.

    Args:
        key: Of :func:`audit_key`.
        before: Hash of the entry before; empty for the first.
        line: The entry without its ``hash``.

    Example:
        >>> chained(b"k", "", {"seq": 1}) == chained(b"k", "", {"seq": 1}), chained(b"k", "a", {"seq": 1})[:4]
        (True, '62e9')
    """
    text = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(key, f"{before}\n{text}".encode(), "sha256").hex()


def head_file(paths: Paths, log_id: str, log: Log = "audit") -> Path:
    """Where the newest hash of a log is kept: with the keys, by the log's own id, as several homes may share the keys."""
    return paths.secrets / f"{log}-{log_id}.head"


def read_head(paths: Paths, key: bytes, log_id: str, log: Log = "audit") -> dict[str, Any] | None:
    """The head: ``seq``, ``hash``, ``home``; None where there is none, or it isn't ours."""
    try:
        told = json.loads(head_file(paths, log_id, log).read_text(encoding="utf-8"))
        sealed = str(told.pop("seal"))
        return told if hmac.compare_digest(sealed, chained(key, log_id, told)) else None
    except DAMAGED:
        return None


def heads_of_home(paths: Paths, log: Log = "audit") -> list[str]:
    """Ids of the logs that were kept at this home's place."""
    found = []
    for file in sorted(paths.secrets.glob(f"{log}-*.head")) if paths.secrets.is_dir() else []:
        try:
            home = json.loads(file.read_text(encoding="utf-8"))["home"]
        except DAMAGED:
            continue
        if home == str(paths.home):
            found.append(file.stem.removeprefix(f"{log}-"))
    return found


def _append_locked(paths: Paths, key: bytes, said: tuple[str, dict[str, Fact], str], now: datetime, log: Log) -> Entry:
    (kind, facts, who), file = said, log_file(paths, log)
    last = _last_line(file)
    log_id = secrets.token_hex(8) if last is None else log_id_of(file) or "unknown"
    fixed = {"at": now.isoformat(timespec="seconds"), "log": log_id}
    missing: dict[str, Fact] | None
    if last is None:
        known = ["?"] if file.exists() and file.stat().st_size else heads_of_home(paths, log)
        missing = {"what": "log_gone", "logs": known} if known else None
        last = _write(file, key, None, {**fixed, "kind": "log_opened", "who": "", "facts": {}})
    else:
        missing = _missing(read_head(paths, key, log_id, log), last, file)
    if missing is not None:
        last = _write(file, key, last, {**fixed, "kind": BROKEN, "who": "", "facts": missing})
    written = _write(file, key, last, {**fixed, "kind": kind, "who": who, "facts": facts})
    _write_head(paths, key, written, log)
    return _entry(written)


def _entry(line: Mapping[str, Any]) -> Entry:
    return Entry(**{name: line.get(name, "") for name in ("seq", "at", "kind", "who", "facts", "hash")})


def _missing(head: dict[str, Any] | None, last: dict[str, Any], file: Path) -> dict[str, Fact] | None:
    """What the head knows and the log has not; None where they agree. A head that lags behind is a stop between two writes."""
    if head is None:
        return {"what": "head_gone"}
    if head["seq"] > last["seq"]:
        return {"what": "tail_gone", "last_seq": last["seq"], "head_seq": head["seq"]}
    if head["seq"] == last["seq"]:
        return None if head["hash"] == last["hash"] else {"what": "tail_changed", "last_seq": last["seq"]}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _decoded(line)
        if found and found["seq"] == head["seq"]:
            return None if found["hash"] == head["hash"] else {"what": "tail_changed", "last_seq": last["seq"]}
    return {"what": "tail_changed", "last_seq": last["seq"]}


def _write(file: Path, key: bytes, before: Mapping[str, Any] | None, line: dict[str, Any]) -> dict[str, Any]:
    """Write one line after the last one; a line that a stop cut off stays as it is, and is told by the check."""
    line = {"seq": (before["seq"] if before else 0) + 1, **line}
    line["hash"] = chained(key, before["hash"] if before else "", line)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        text = json.dumps(line, ensure_ascii=False, sort_keys=True).encode()
        _write_all(handle, (b"\n" if torn else b"") + text + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    return line


def _write_all(handle: int, text: bytes) -> None:
    while text:
        text = text[os.write(handle, text) :]


def _write_head(paths: Paths, key: bytes, line: Mapping[str, Any], log: Log) -> None:
    told, log_id = {"seq": line["seq"], "hash": line["hash"], "home": str(paths.home)}, str(line["log"])
    file = head_file(paths, log_id, log)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(told | {"seal": chained(key, log_id, told)}))
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)


def _last_line(file: Path) -> dict[str, Any] | None:
    """The last whole entry; None where there is none."""
    if not file.exists():
        return None
    with file.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        span = 8192
        while True:
            stream.seek(max(0, end - span))
            lines = stream.read().decode("utf-8", errors="replace").splitlines()
            whole = lines if span >= end else lines[1:]
            for line in reversed(whole):
                if (found := _decoded(line)) is not None:
                    return found
            if span >= end:
                return None
            span *= 8


def log_id_of(file: Path) -> str:
    """The log's own id, which every entry names; empty where none can be read."""
    last = _last_line(file)
    found = str(last.get("log", "")) if last else ""
    return found if re.fullmatch(r"[0-9a-f]{16}", found) else ""


def _decoded(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
        whole = isinstance(found["seq"], int) and _HASH.fullmatch(found["hash"]) and isinstance(found["facts"], dict)
    except DAMAGED:
        return None
    return found if whole else None


def read_log(paths: Paths, log: Log = "audit") -> list[Entry]:
    """Every whole entry, oldest first; what the chain says of them is ``data.audit_check``'s."""
    file = log_file(paths, log)
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return [_entry(line) for text in lines if (line := _decoded(text)) is not None]


def _check(kind: str, facts: Mapping[str, Fact]) -> None:
    if _KIND.fullmatch(kind) is None:
        what = "That is no kind of entry"
        raise WrongUse(what, remedy="Use small letters and underscores, e.g. run_published")
    for name, value in facts.items():
        texts = value if isinstance(value, list) else [value]
        if len(texts) > _MANY:
            what = f"The log takes {_MANY} values at most in '{name}'"
            raise WrongUse(what, remedy="Write their count or their digest")
        for text in texts:
            _check_text(name, text)


def _check_text(name: str, text: object) -> None:
    if not isinstance(text, str) or _HASH.fullmatch(text):
        return
    if len(text) > _LONGEST or not text.isprintable():
        what = f"The log takes {_LONGEST} printable characters at most in '{name}'"
        raise WrongUse(what, remedy="Write an id, a count or a digest")
    if cpr_in_text(text):
        what = f"'{name}' holds something with the shape of a CPR number"
        raise WrongUse(what, why="The log is kept for years; nothing was written", remedy="Say it without the number")
