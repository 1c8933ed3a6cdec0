"""Files that can't be taken: recorded, explained, and put where the user can mend them. No message holds a value of a row."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from data import landed
from data.cpr import cpr_in_text, hide_cpr
from data.errors import FileRefused
from data.input_state import free_place, move, size_and_time, write_beside, write_state
from data.taking import FileOutcome

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings
    from data.taking import Export, Night

REFUSED = "refused"
_WHAT_NOW = """Ret filen, og læg den i inbox under samme navn. Slet den her, hvis den ikke skal bruges.
Mend the file and put it in the inbox under the same name. Delete it here if it is of no use.
"""


def refuse(night: Night, export: Export, refusal: FileRefused, *, seen: tuple[int, int]) -> FileOutcome:
    """Record a refused file and put it into ``refused/`` beside the reason, where the user can mend it.

    Args:
        night: Warehouse and settings.
        export: The file, in the inbox.
        refusal: Why.
        seen: Its size and time when it was looked at: one that was written to since stays, and is looked at anew next time.
    """
    said = _without_cpr(refusal, export.path, export.name)
    folder = night.settings.paths.home / REFUSED
    target = free_place(folder / export.name, export.sha256)
    landed.refuse(night.con, export.sha256, export.name, said, kept_as=target.relative_to(folder).as_posix())
    write_state(night.settings.paths, landed.state(night.con, night.stays))
    if size_and_time(export.path) == seen:
        why = target.with_name(f"{target.name}.why.txt")
        try:
            write_beside(why, f"{said}\n\nSHA-256: {export.sha256}\n\n{_WHAT_NOW}")
            move(export.path, target)
        except OSError:  # we may read it and not take it away
            why.unlink(missing_ok=True)
            return _stays(night, export, said)
    return _outcome(export.name, export.sha256, said)


def _stays(night: Night, export: Export, said: FileRefused) -> FileOutcome:
    """Record a refused file that can't be moved, and leave it where it is."""
    remedy = f"{said.remedy.rstrip('.')}. The file could not be moved out of the inbox: take it away yourself"
    left = FileRefused(said.reason, said.what, where=said.where, why=said.why, remedy=remedy)
    landed.refuse(night.con, export.sha256, export.name, left, kept_as=None)
    if export.name == below(night.settings, export.path):
        night.stays[export.name] = size_and_time(export.path)
    write_state(night.settings.paths, landed.state(night.con, night.stays))
    return _outcome(export.name, export.sha256, left)


def refuse_in_place(night: Night, path: Path, refusal: FileRefused) -> FileOutcome:
    """Record a file that can't be taken yet, and leave it where it is."""
    name = safe_name(night.settings, path, "")
    said = _without_cpr(refusal, path, name)
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    landed.refuse(night.con, sha256, name, said, kept_as=None)
    if said.reason != "growing" and name == below(night.settings, path):
        night.stays[name] = size_and_time(path)
    write_state(night.settings.paths, landed.state(night.con, night.stays))
    return _outcome(name, sha256, said)


def _outcome(name: str, sha256: str, said: FileRefused) -> FileOutcome:
    return FileOutcome(file_name=name, sha256=sha256, status="refused", reason=said.reason, message=str(said), rows={})


def clear_mended(settings: Settings, mended: list[tuple[str, str]]) -> None:
    """Refused files whose mended form landed leave ``refused/``; what is archived nowhere moves to ``taken/``."""
    paths = settings.paths
    for sha256, kept_as in mended:
        old = paths.home / REFUSED / kept_as
        old.with_name(f"{old.name}.why.txt").unlink(missing_ok=True)
        if old.exists() and (paths.archive / sha256).exists():
            old.unlink()
        elif old.exists():
            move(old, free_place(paths.taken / kept_as, sha256))


def below(settings: Settings, path: Path) -> str:
    """Path below the inbox, as it is written on disk."""
    return path.relative_to(settings.paths.inbox).as_posix()


def safe_name(settings: Settings, path: Path, sha256: str) -> str:
    """The path below the inbox as it may be stored: printable, and without a CPR-shaped part.

    Args:
        settings: Whose inbox.
        path: The file.
        sha256: Of its content; empty when it isn't known.
    """
    name = below(settings, path)
    if cpr_in_text(name):
        digits = sha256[:8] or hashlib.sha256(hide_cpr(name).encode("utf-8", "replace")).hexdigest()[:8]
        suffix = path.suffix if re.fullmatch(r"\.[A-Za-z]{1,5}", path.suffix) else ""
        return f"file {digits}{suffix}"
    return "".join(letter if letter.isprintable() else "?" for letter in name.encode("utf-8", "replace").decode())


def _without_cpr(refusal: FileRefused, path: Path, name: str) -> FileRefused:
    def clean(text: str) -> str:
        return hide_cpr(text.replace(path.name, name.rsplit("/", maxsplit=1)[-1]))

    parts = {"where": clean(refusal.where), "why": clean(refusal.why), "remedy": clean(refusal.remedy)}
    return FileRefused(refusal.reason, clean(refusal.what), **parts)
