"""From inbox to landed tables: each file archived, read, keyed and stored in one transaction before it leaves the inbox.

The order holds at every instant: archive, store, say so in ``landed.json``, leave the inbox. A run that is killed between
two of these steps loses nothing, and the next one goes on from there: a file is known by its content, not by its name.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from data import archive, landed
from data.errors import FileRefused
from data.input_state import (
    find_inbox,
    input_state,
    leave_inbox,
    read_state,
    settle_known,
    sha256_of,
    size_and_time,
    write_state,
)
from data.mapping import load_mappings
from data.pseudonym import confirm_key
from data.refusing import clear_mended, refuse, refuse_in_place, safe_name
from data.rereading import read_anew
from data.taking import Export, FileOutcome, Night, a_link, growing, rule_of, take_in, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from data.settings import Settings

__all__ = ["FileOutcome", "find_inbox", "input_state", "land", "settle"]

LOOK_SECONDS = 1.0


def land(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> list[FileOutcome]:
    """Take in what lies in the inbox, and read anew what was read by a mapping, municipality or catalogue that changed.

    Args:
        con: The warehouse.
        settings: Home, municipality, archiving.
        progress: Called with file name, files done, files in all.
        pause: Waits between the two looks that tell a file that is still growing.

    Returns:
        One outcome per file, in the order they were taken; those read anew come last.

    Raises:
        WrongUse: The key of the home is missing or another one, or a mapping is wrong; nothing was done.
        OpdriftError: Nothing can be written.
    """
    key = confirm_key(con, settings.paths)
    archive.confirm_identity(con, settings)
    night = Night(con=con, settings=settings, key=key, mappings=load_mappings(settings.paths), stays={})
    landed.refresh_sources(con, night.mappings)
    waiting, still_written = _two_looks(settings, pause)
    landed.dismiss_gone(con, settings.paths, {safe_name(settings, path, "") for path in (*waiting, *still_written)})
    outcomes = [refuse_in_place(night, path, growing(safe_name(settings, path, ""))) for path in still_written]
    for done, path in enumerate(sorted(waiting, key=lambda path: not _brings_services(night, path))):
        outcomes.append(_take(night, path))
        if progress is not None:
            progress(outcomes[-1].file_name, done + 1, len(waiting))
    outcomes += read_anew(night, progress=progress)
    write_state(settings.paths, landed.state(con, night.stays))
    return outcomes


def settle(con: duckdb.DuckDBPyConnection, settings: Settings, outcomes: list[FileOutcome]) -> list[str]:  # noqa: ARG001
    """After publishing: files that landed and still lie in the inbox leave it (archiving off: to ``taken/``).

    Args:
        con: The warehouse.
        settings: Home, archiving.
        outcomes: Of the run's landing; what an earlier run left behind is settled with it.

    Returns:
        Paths below the inbox of the files that left it.
    """
    write_state(settings.paths, landed.state(con, read_state(settings.paths).stays))
    return settle_known(settings)


def _two_looks(settings: Settings, pause: Callable[[float], None]) -> tuple[list[Path], list[Path]]:
    first = {path: size_and_time(path) for path in find_inbox(settings.paths)}
    if first:
        pause(LOOK_SECONDS)
    second = {path: size_and_time(path) for path in find_inbox(settings.paths)}
    still = [path for path in second if first.get(path) == second[path]]
    return still, [path for path in second if first.get(path) != second[path]]


def _brings_services(night: Night, path: Path) -> bool:
    rules = [rule for mapping in night.mappings for rule in mapping.files if rule.match(path.name) is not None]
    return any(table.name == "service_list" for rule in rules for table in rule.table)


def _take(night: Night, path: Path) -> FileOutcome:
    """Archive, store, say so, leave the inbox; or refuse."""
    settings, seen = night.settings, size_and_time(path)
    if path.is_symlink():
        return refuse_in_place(night, path, a_link(safe_name(settings, path, "")))
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        return refuse_in_place(night, path, unreadable(safe_name(settings, path, ""), error))
    export = Export(path=path, file_name=path.name, name=safe_name(settings, path, sha256), sha256=sha256)
    try:
        if settings.archive:
            archive.store(path, sha256, settings)
        outcome = _read_or_known(night, export)
    except FileRefused as refusal:
        if refusal.reason == "growing":
            return refuse_in_place(night, path, refusal)
        return refuse(night, export, refusal, seen=seen)
    if size_and_time(path) == seen:  # else it was written to since: what lies there now is another file, taken next time
        write_state(settings.paths, landed.state(night.con, night.stays))
        if settings.archive:
            leave_inbox(path, sha256, settings)
    return outcome


def _read_or_known(night: Night, export: Export) -> FileOutcome:
    mapping, rule = rule_of(night, export)
    facts = {"file_name": export.name, "sha256": export.sha256, "mapping": mapping.name}
    if landed.is_landed(night.con, export.sha256, night.reading_digest(mapping, rule)):
        landed.note_copy(night.con, export.sha256, export.name)
        return FileOutcome(status="known", rows={}, **facts)
    clear_mended(night.settings, take_in(night, export, mapping, rule))
    return FileOutcome(status="landed", rows=landed.rows_of(night.con, export.sha256), **facts)
