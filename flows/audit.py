"""What a night writes into the log of what was done: files taken in, runs begun, published, ended without."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from data.audit_log import append
from data.errors import OpdriftError
from data.input_state import sha256_of
from data.retention import known_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data.settings import Paths, Settings
    from flows.night import Night

_AT_ONCE = 1000


def note_landed(paths: Paths, landed: Iterable[str], run_id: str) -> None:
    """Record files whose taking-in no entry tells yet: those of tonight, and those of a run that was killed before it could.

    Args:
        paths: Home and secrets.
        landed: SHA-256 of every file that the warehouse holds.
        run_id: The run that says so.
    """
    known = known_files(paths)
    new = sorted(set(landed) - set(known))
    for start in range(0, len(new), _AT_ONCE):
        append(paths, "files_landed", {"run_id": run_id, "files": new[start : start + _AT_ONCE]})


def mend_and_note(settings: Settings, by: Mapping[str, str]) -> int | None:
    """Build the warehouse anew where it is damaged, gone or lacks a file, and record that; the caller holds the home's lock.

    Args:
        settings: Home and secrets.
        by: What found it so, for the log: ``{"run_id": ...}`` or ``{"command": ...}``.

    Returns:
        How many files it was built from; None: nothing was to be done.
    """
    from data.rebuilding import mend_warehouse  # noqa: PLC0415

    if (files := mend_warehouse(settings)) is not None:
        append(settings.paths, "warehouse_rebuilt", {**by, "files": files})
    return files


def note_begun(night: Night, how: str) -> None:
    """Record that a run began."""
    append(night.settings.paths, "run_begun", {"run_id": night.run_id, "how": how})


def note_published(night: Night) -> None:
    """Record a run whose file is whole and about to be shown: without this entry nothing is shown."""
    from data.mart import Mart, published_file  # noqa: PLC0415
    from flows.origins import origin_of  # noqa: PLC0415

    paths = night.settings.paths
    mart = Mart(published_file(paths, night.run_id), night.run_id)
    record = mart.facts()
    facts = {
        name: str(record[name]) for name in ("digest", "cutoff", "code_digest", "lock_digest", "git_commit") if record.get(name)
    }
    inputs = record["input_hashes"]
    origin = origin_of(mart)
    counts = {"inputs": len(inputs) if isinstance(inputs, list) else 0, "files_used": origin["files"]["count"]}
    checksums = {"files_sha256": origin["files"]["sha256"], "rules_sha256": origin["rules"]["sha256"]}
    append(paths, "run_published", {"run_id": night.run_id, "sha256": sha256_of(mart.file), **facts, **counts, **checksums})


def note_ended(night: Night, outcome: str, exit_code: int) -> None:
    """Record a run that ended without being published; where that can't be written the fault itself goes first."""
    with suppress(OpdriftError):
        append(night.settings.paths, "run_ended", {"run_id": night.run_id, "outcome": outcome, "exit_code": exit_code})
