"""A warehouse that is damaged, gone or behind what was taken in is built anew from the archive, whole or not at all.

What must be in it says ``landed.json``, or the log where that is damaged too; the order says what the newest run was made from.
Where one file of it lies nowhere whole, nothing is built: half a warehouse would publish half the expenditure.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from data import archive
from data.errors import FileRefused, OpdriftError
from data.evidence import lay_out_refusals, read_evidence
from data.input_state import find_inbox, free_place, move, read_state, sha256_of
from data.mapping import load_mappings
from data.pseudonym import KEY_FILE, confirm_key
from data.retention import known_files
from data.taking import Export, Night, rule_of, take_in
from data.warehouse import is_damaged, lacks, open_warehouse
from data.wholeness import flush

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from data.settings import Paths, Settings

_FOLDER = ".rebuilding"
_BACKUP = "Bring the home back from a backup (opdrift restore)"
_STANDS = "Without them the result would lack their expenditure; nothing was changed, and the last published run stands"


def mend_warehouse(settings: Settings) -> int | None:
    """Build the warehouse anew where it is damaged, gone, or lacks a file that was taken in; the caller holds the home's lock.

    Args:
        settings: Home, secrets, mappings.

    Returns:
        How many files it was built from; None: it is whole, or nothing was ever taken in.

    Raises:
        OpdriftError: It is damaged, and a file that was in it lies nowhere whole or can't be read by today's mappings.
    """
    paths = settings.paths
    gone = not paths.warehouse.exists()
    if not (gone or is_damaged(settings) or lacks(settings, read_state(paths).landed)):
        return None
    evidence = _newest_evidence(paths)
    needed = set(read_state(paths).landed) or set(known_files(paths))
    if gone and not needed:
        return None
    if not needed:
        what = "The warehouse is damaged, and what was in it is noted nowhere"
        raise OpdriftError(what, where=str(paths.warehouse), remedy=_BACKUP)
    folder = paths.home / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    folder.mkdir(mode=0o700)
    try:
        count = _built(settings, folder, needed, evidence)
        _put_in_place(paths, folder / paths.warehouse.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count


def _built(settings: Settings, folder: Path, needed: set[str], evidence: Mapping[str, Any] | None) -> int:
    paths = settings.paths
    order = _order(settings, needed, evidence)
    if not (paths.secrets / KEY_FILE).exists():
        what = "The warehouse is damaged, and the key that it was keyed with is missing"
        raise OpdriftError(what, where=str(paths.secrets / KEY_FILE), remedy="Bring it back from your backup of the keys")
    with open_warehouse(settings, at=folder / paths.warehouse.name) as con:
        key = confirm_key(con, paths)
        archive.confirm_identity(con, settings)
        night = Night(con=con, settings=settings, key=key, mappings=load_mappings(paths), stays={})
        taken = _taken_aside(paths)
        unread = [name for sha256, name in order.items() if not _read(night, sha256, name, folder / "file", taken.get(sha256))]
        if unread:
            what = (
                f"The warehouse is damaged, and today's mappings can't read {len(unread)} of its files: {', '.join(unread[:5])}"
            )
            raise OpdriftError(what, where=str(paths.warehouse), why=_STANDS, remedy=f"Bring their mapping back. {_BACKUP}")
        _refusals(night, evidence)
    return len(order)


def _order(settings: Settings, needed: set[str], evidence: Mapping[str, Any] | None) -> dict[str, str]:
    """SHA-256 -> name of every file, in the order of landing.

    Raises:
        OpdriftError: One lies nowhere whole, or its name is noted nowhere.
    """
    paths = settings.paths
    rows = [row for row in evidence["files"] if row["status"] == "landed"] if evidence else []
    named = {str(row["sha256"]): str(row["file_name"]) for row in sorted(rows, key=lambda row: row["landed_seq"])}
    named |= {sha256: name for sha256, name in read_state(paths).order if sha256 not in named}
    waiting = {sha256_of(file) for file in find_inbox(paths) if file.is_file() and not file.is_symlink()}
    taken = _taken_aside(paths)
    order = {
        sha256: name
        for sha256, name in named.items()
        if sha256 in needed and (sha256 in taken or archive.is_sound(sha256, settings))
    }
    if missing := sorted(needed - set(order) - waiting):
        names = ", ".join(named.get(sha256, sha256[:12]) for sha256 in missing[:5])
        what = (
            f"The warehouse is damaged, and {len(missing)} of the {len(needed)} files it was made from lie nowhere whole: {names}"
        )
        remedy = f"Drop the same files in the inbox and run again, or: {_BACKUP}"
        raise OpdriftError(what, where=str(paths.warehouse), why=_STANDS, remedy=remedy)
    return order


def _taken_aside(paths: Paths) -> dict[str, Path]:
    """SHA-256 -> file of those that lie in clear, where archiving is off."""
    return {sha256_of(file): file for file in paths.taken.rglob("*") if file.is_file()} if paths.taken.is_dir() else {}


def _read(night: Night, sha256: str, name: str, plain: Path, taken: Path | None) -> bool:
    try:
        if taken is None:
            archive.restore(sha256, plain, night.settings)
        else:
            shutil.copyfile(taken, plain)
        export = Export(path=plain, file_name=name.rsplit("/", maxsplit=1)[-1], name=name, sha256=sha256)
        take_in(night, export, *rule_of(night, export), again=True)
    except FileRefused:
        return False
    finally:
        plain.unlink(missing_ok=True)
    return True


def _refusals(night: Night, evidence: Mapping[str, Any] | None) -> None:
    """Refused files that wait to be mended: as the newest run told of them; those it did not know are looked at anew tonight."""
    paths = night.settings.paths
    waiting = read_state(paths).refused
    known = [row for row in evidence["files"] if row["status"] == "refused" and row["sha256"] in waiting] if evidence else []
    lay_out_refusals({"files": known}, night.con)
    for sha256 in set(waiting) - {row["sha256"] for row in known}:
        lies = paths.home / "refused" / waiting[sha256]
        if lies.is_file():
            lies.with_name(f"{lies.name}.why.txt").unlink(missing_ok=True)
            move(lies, free_place(paths.inbox / waiting[sha256], sha256))


def _put_in_place(paths: Paths, built: Path) -> None:
    """The damaged file goes: it holds keyed rows that no erasure would reach, and nothing that is not in the archive."""
    if paths.warehouse.exists():
        built.chmod(paths.warehouse.stat().st_mode & 0o777)
    paths.warehouse.with_name(f"{paths.warehouse.name}.wal").unlink(missing_ok=True)
    flush(built)
    built.replace(paths.warehouse)
    flush(paths.home)


def _newest_evidence(paths: Paths) -> dict[str, Any] | None:
    names = sorted((file.stem for file in paths.published.glob("run-*.duckdb")), reverse=True)
    return next((told for name in names if (told := read_evidence(paths, name)) is not None), None)
