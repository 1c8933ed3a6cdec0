"""Is the log of what was done whole, and does what lies in the home agree with it? Reads only; makes no key."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from data.audit_log import (
    ACCEPTED,
    BROKEN,
    CUT,
    KEY_FILE,
    Entry,
    chained,
    heads_of_home,
    log_file,
    log_id_of,
    read_head,
    read_log,
)
from data.errors import DAMAGED
from data.input_state import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from data.audit_log import Log
    from data.settings import Paths


@dataclass(frozen=True)
class Break:
    """One place where the log, or what it speaks of, is not as it was written.

    Attributes:
        seq: Number of the entry it was found at; 0 where there is none.
        what: What is wrong, in plain words.
        accepted: Whether somebody answered for it since (``opdrift log --accept``).
    """

    seq: int
    what: str
    accepted: bool = False


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        entries: Whole entries.
        breaks: Of the chain, in order.
        changed: Files that are not what the log recorded, or gone without an entry that says so.
    """

    entries: int
    breaks: tuple[Break, ...]
    changed: tuple[Break, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong that nobody answered for."""
        return not self.changed and all(found.accepted for found in self.breaks)


def check_log(paths: Paths, *, files: bool = False, log: Log = "audit") -> Checked:
    """Check the chain from its first entry, or from where it was cut by rule, to the head that is kept with the keys.

    Args:
        paths: Home and secrets.
        files: Also hold published runs, kept scenarios and adjustments against what the log recorded of them.
        log: Which of the two.

    Returns:
        What was found; a home without a log and without a head of one is whole.
    """
    key, file = _key(paths), log_file(paths, log)
    entries = read_log(paths, log)
    if key is None:
        found = [Break(0, "the key of the log (audit.key) is missing or can't be read")] if entries else []
        return Checked(len(entries), tuple(found))
    if not entries:
        gone = heads_of_home(paths, log)
        found = [Break(0, f"the log is gone: {len(gone)} was kept here")] if gone or _has_text(file) else []
        return Checked(0, tuple(found))
    breaks = [*_of_lines(paths, key, log, entries[0].seq), *_of_head(paths, key, entries[-1], log)]
    accepted = max((entry.seq for entry in entries if entry.kind == ACCEPTED), default=0)
    answered = tuple(Break(found.seq, found.what, 0 < found.seq < accepted) for found in breaks)
    return Checked(len(entries), answered, tuple(_changed(paths, entries)) if files and log == "audit" else ())


def _key(paths: Paths) -> bytes | None:
    try:
        return (paths.secrets / KEY_FILE).read_text(encoding="ascii").strip().encode("ascii")
    except (OSError, UnicodeDecodeError):
        return None


def _has_text(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _begins(paths: Paths, log: Log, first: int) -> tuple[str, int]:
    """Hash and number that the first entry goes on from: nothing, or those of the last one that a rule cut off."""
    log_id = log_id_of(log_file(paths, log))
    for entry in read_log(paths) if log == "access" and first > 1 else []:
        facts = entry.facts
        if entry.kind == CUT and (facts.get("log"), facts.get("last_seq")) == (log_id, first - 1):
            return str(facts["last_hash"]), first - 1
    return "", 0


def _of_lines(paths: Paths, key: bytes, log: Log, first: int) -> Iterator[Break]:
    before, seq = _begins(paths, log, first)
    for place, text in enumerate(log_file(paths, log).read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        try:
            line = json.loads(text)
            said, number = str(line.pop("hash")), int(line["seq"])
        except DAMAGED:
            yield Break(seq + 1, f"line {place} can't be read (a stop while it was written, or it was changed)")
            continue
        if number != seq + 1:
            yield Break(
                number, f"entries {seq + 1} to {number - 1} are missing" if number > seq else f"entry {number} is out of place"
            )
        elif not hmac.compare_digest(said, chained(key, before, line)):
            yield Break(number, f"entry {number} is not as it was written")
        elif line["kind"] == BROKEN:
            yield Break(number, _SAID[str(line["facts"].get("what"))])
        before, seq = said, number


_SAID = {
    "tail_gone": "entries before this one were cut off",
    "tail_changed": "entries before this one were changed",
    "head_gone": "the head that is kept with the keys was gone: entries before this one may have been cut off",
    "log_gone": "a log that was kept here is gone",
}


def _of_head(paths: Paths, key: bytes, last: Entry, log: Log) -> Iterator[Break]:
    head = read_head(paths, key, log_id_of(log_file(paths, log)), log)
    if head is None:
        yield Break(last.seq + 1, "the head that is kept with the keys is missing or not ours: the tail can't be checked")
    elif head["seq"] > last.seq:
        yield Break(last.seq + 1, f"the last {head['seq'] - last.seq} entries are cut off")
    elif head["seq"] == last.seq and head["hash"] != last.hash:
        yield Break(last.seq, "the last entry is not the one that was written last")


def _changed(paths: Paths, entries: list[Entry]) -> Iterator[Break]:
    gone = {str(name) for entry in entries if entry.kind in {"run_deleted", "scenario_deleted"} for name in _ids(entry)}
    withdrawn = {str(name) for entry in entries if entry.kind == "scenario_withdrawn" for name in _ids(entry)}
    lines = _adjustment_digests(paths) | {entry.facts["sha256"] for entry in entries if entry.kind == "adjustment_not_kept"}
    for entry in entries:
        facts: dict[str, Any] = dict(entry.facts)
        match entry.kind:
            case "run_published" if facts["run_id"] not in gone:
                yield from _file(paths.published / f"{facts['run_id']}.duckdb", facts["sha256"], entry, f"run {facts['run_id']}")
            case "scenario_kept" if not {facts["scenario_id"]} & (gone | withdrawn):
                file = paths.scenarios / f"{facts['scenario_id']}.json"
                yield from _file(file, facts["sha256"], entry, f"scenario {facts['scenario_id']}")
            case "adjustment_entered" | "adjustment_withdrawn" if facts["sha256"] not in lines:
                yield Break(entry.seq, f"adjustment {facts['adjustment_id']} is not as it was entered, or gone")


def _ids(entry: Entry) -> list[object]:
    return [value for name, value in entry.facts.items() if name in {"run_id", "scenario_id"}]


def _file(file: Path, digest: str, entry: Entry, name: str) -> Iterator[Break]:
    try:
        same = sha256_of(file) == digest
    except OSError:
        yield Break(entry.seq, f"{name} is gone or can't be read, and no entry says why")
        return
    if not same:
        yield Break(entry.seq, f"{name} is not the file that was published or kept")


def _adjustment_digests(paths: Paths) -> set[str]:
    try:
        return {sha256(line.encode()).hexdigest() for line in paths.adjustments.read_text(encoding="utf-8").splitlines()}
    except (OSError, UnicodeDecodeError):
        return set()
