"""Landed files are read anew when what they were read by changed: a mapping, the municipality, the catalogue of services.

Their content comes back from the archive (or from ``taken/``). What can't be read by the new mapping stays as it was read.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from data import archive, landed
from data.errors import FileRefused, OpdriftError
from data.input_state import sha256_of
from data.taking import Export, FileOutcome, rule_of, take_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from data.taking import Night

_FOLDER = ".reading-anew"


def read_anew(night: Night, *, progress: Callable[[str, int, int], None] | None = None) -> list[FileOutcome]:
    """Read those landed files anew that would be read otherwise today.

    Args:
        night: Warehouse, settings, key and today's mappings.
        progress: Called with file name, files done, files in all.

    Returns:
        One outcome per file that was read anew (``landed``), or that stays as it was read (``known``, with the reason).
    """
    folder = night.settings.paths.home / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # a run that was killed may have left one
    outcomes: list[FileOutcome] = []
    files = landed.landed_files(night.con)
    for done, (sha256, name, digest) in enumerate(files):
        outcome = _one(night, sha256, name, digest, folder)
        if outcome is not None:
            outcomes.append(outcome)
            if progress is not None:
                progress(name, done + 1, len(files))
    shutil.rmtree(folder, ignore_errors=True)
    return outcomes


def _one(night: Night, sha256: str, name: str, digest: str, folder: Path) -> FileOutcome | None:
    file_name = name.rsplit("/", maxsplit=1)[-1]
    export = Export(path=folder / sha256, file_name=file_name, name=name, sha256=sha256)
    try:
        mapping, rule = rule_of(night, export)
    except FileRefused:  # its pattern is gone: it stays as it was read
        return None
    today = night.reading_digest(mapping, rule)
    facts = {"file_name": name, "sha256": sha256, "mapping": mapping.name}
    try:
        if digest == today or not _bring_back(night, export):
            return None
    except OpdriftError as fault:  # its archived copy rotted: the night goes on with what was read of it
        return FileOutcome(status="known", reason="archive_damaged", message=str(fault), rows={}, **facts)
    try:
        take_in(night, export, mapping, rule, again=True)
    except FileRefused as refusal:
        landed.keep_as_read(night.con, sha256, today)
        return FileOutcome(status="known", reason=refusal.reason, message=str(refusal), rows={}, **facts)
    finally:
        export.path.unlink(missing_ok=True)
    return FileOutcome(status="landed", rows=landed.rows_of(night.con, sha256), **facts)


def _bring_back(night: Night, export: Export) -> bool:
    paths = night.settings.paths
    export.path.parent.mkdir(mode=0o700, exist_ok=True)
    if (paths.archive / export.sha256).exists():
        archive.restore(export.sha256, export.path, night.settings)
        return True
    taken = paths.taken / export.name
    if taken.is_file() and sha256_of(taken) == export.sha256:
        shutil.copyfile(taken, export.path)
        return True
    return False
