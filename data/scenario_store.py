"""Scenarios on disk: finished ones under the id of their content, and drafts that a page keeps while somebody works on them.

Texts go in and out as they stand; what they mean is ``models.scenario``'s. Every file appears whole or not at all. A draft has
the number of its last change: who writes on an older one than stands there is told so, and nothing is overwritten.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from data.audit_log import append
from data.cpr import holds_cpr
from data.errors import DraftMovedOn, OpdriftError, WrongUse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from data.audit_log import Fact
    from data.settings import Paths

STORED_ID = re.compile(r"s-[0-9a-f]{16}")
DRAFT_ID = re.compile(r"k-[0-9a-f]{10}")
RUN_ID = re.compile(r"run-\d{8}T\d{6}-[0-9a-f]{6}")
MOST_BYTES = 512_000
"""A file larger than this is no scenario."""
_ONE_WRITER = Lock()
"""The pages are threads of one process: between looking at a draft and writing it nobody else may write."""


@dataclass(frozen=True)
class Draft:
    """A draft as it was last written.

    Attributes:
        draft_id: Its id, part of the page's address.
        change: Number of its last change, from 1.
        text: What the page wrote.
    """

    draft_id: str
    change: int
    text: str


def keep_scenario(paths: Paths, scenario_id: str, text: str, *, who: str = "") -> None:
    """Keep a scenario under its content's id, and say so in the log; the same content twice is one file.

    Args:
        paths: The home.
        scenario_id: Id of its content.
        text: The scenario.
        who: Office, role or initials, for the log.

    Raises:
        WrongUse: The folder or the log can't be written to.
    """
    file = _stored_file(paths, scenario_id)
    if not file.exists():
        _write(file, text)
        _log(paths, "scenario_kept", {"scenario_id": scenario_id, "sha256": sha256(text.encode()).hexdigest()}, who)


def read_stored(paths: Paths, scenario_id: str) -> str:
    """The text of a kept scenario.

    Raises:
        WrongUse: There is none of that id, or it can't be read.
    """
    return _read(_stored_file(paths, scenario_id), scenario_id)


def stored_ids(paths: Paths) -> Iterator[str]:
    """Ids of the kept scenarios, in their order."""
    if paths.scenarios.is_dir():
        yield from (file.stem for file in sorted(paths.scenarios.glob("s-*.json")))


def withdraw_scenario(paths: Paths, scenario_id: str, *, who: str = "") -> None:
    """Take a kept scenario out of the list; its file stays beside, so that nothing is lost and its id is never given anew."""
    file = _stored_file(paths, scenario_id)
    with suppress(FileNotFoundError):
        file.replace(file.with_name(f"withdrawn-{file.name}"))
        _log(paths, "scenario_withdrawn", {"scenario_id": scenario_id}, who)


def read_draft(paths: Paths, draft_id: str) -> Draft:
    """A draft as it stands.

    Raises:
        WrongUse: There is none of that id, or it can't be read.
    """
    text = _read(_draft_file(paths, draft_id), draft_id)
    try:
        told = json.loads(text)
        return Draft(draft_id, int(told["change"]), json.dumps(told["draft"], ensure_ascii=False))
    except (ValueError, TypeError, KeyError, RecursionError):
        what = "The draft can't be read: its file is damaged"
        raise WrongUse(what, where=draft_id, remedy="Begin anew, or restore the file from a backup") from None


def write_draft(paths: Paths, draft: Draft | None, text: str) -> Draft:
    """Write the next change of a draft; without one, a new draft.

    Args:
        paths: The home.
        draft: As the writer last saw it; None: a new one.
        text: JSON of the page's state.

    Returns:
        The draft as it now stands.

    Raises:
        DraftMovedOn: Somebody else changed it since; nothing was written.
        WrongUse: The folder can't be written to.
    """
    draft_id = draft.draft_id if draft else _new_draft_id()
    file = _draft_file(paths, draft_id)
    change = draft.change + 1 if draft else 1
    with _ONE_WRITER:
        if draft is not None and file.exists() and read_draft(paths, draft_id).change != draft.change:
            raise DraftMovedOn(draft_id)
        _write(file, json.dumps({"change": change, "draft": json.loads(text)}, ensure_ascii=False))
    return Draft(draft_id, change, text)


def write_change(paths: Paths, older: str, newer: str, text: str) -> None:
    """Leave what moved the forecast between two runs, so that the pages can say it.

    Raises:
        WrongUse: The folder can't be written to.
    """
    _write(_change_file(paths, older, newer), text)


def read_change(paths: Paths, older: str, newer: str) -> str:
    """What was left of two runs; empty: nothing, or it can't be read."""
    try:
        return _read(_change_file(paths, older, newer), f"{older} to {newer}")
    except WrongUse:
        return ""


def drop_changes(paths: Paths, newer: str, runs: Collection[str]) -> None:
    """Delete what was left of pairs that no page asks for any more.

    Args:
        paths: The home.
        newer: The run that is shown; what led to another one goes.
        runs: Runs that are still there; what began from another one goes.
    """
    for file in (paths.scenarios / "changes").glob("run-*_run-*.json"):
        older, _, later = file.stem.partition("_")
        if later != newer or older not in runs:
            with suppress(OSError):  # it lies there unread, and the next night tries again
                file.unlink()


def _change_file(paths: Paths, older: str, newer: str) -> Path:
    for run_id in (older, newer):
        if RUN_ID.fullmatch(run_id) is None:
            what = "That is no run's name"
            raise WrongUse(what, remedy="'opdrift status' names the current one")
    return paths.scenarios / "changes" / f"{older}_{newer}.json"


def _new_draft_id() -> str:
    """Nobody's guess, and never the shape of a CPR number."""
    while holds_cpr(found := f"k-{secrets.token_hex(5)}"):
        pass
    return found


def _log(paths: Paths, kind: str, facts: dict[str, Fact], who: str) -> None:
    try:
        append(paths, kind, facts, who=who)
    except OpdriftError as error:
        raise WrongUse(error.what, where=error.where, why=error.why, remedy=error.remedy) from None


def _stored_file(paths: Paths, scenario_id: str) -> Path:
    return paths.scenarios / f"{_checked(scenario_id, STORED_ID)}.json"


def _draft_file(paths: Paths, draft_id: str) -> Path:
    return paths.scenarios / "drafts" / f"{_checked(draft_id, DRAFT_ID)}.json"


def _checked(named: str, form: re.Pattern[str]) -> str:
    """An id that is one: nothing that a user typed becomes part of a path otherwise."""
    if form.fullmatch(named) is None:
        what = "That is no scenario's id"
        raise WrongUse(what, remedy="'opdrift scenario list' names the stored ones")
    return named


def _read(file: Path, named: str) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            what = "The scenario's file is too large"
            raise WrongUse(what, where=named, remedy="Restore it from a backup")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        what, why = (
            "The link leads to nothing: no scenario is kept under it",
            "It was withdrawn, forgotten, or kept in another home",
        )
        raise WrongUse(
            what, where=named, why=why, remedy="'opdrift scenario list' names the stored ones; else give a file"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        what = f"The scenario's file can't be read ({type(error).__name__})"
        raise WrongUse(what, where=named, remedy="Restore it from a backup") from None


def _write(file: Path, text: str) -> None:
    """Write beside, then put in place in one step; a name of its own for every writer."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(file)
    except OSError as error:
        what = f"The scenario can't be kept ({type(error).__name__})"
        why = "It would be gone when the page is closed"
        remedy = "Let the server's user write to the home's folder scenarios, and see that the disk is not full"
        raise WrongUse(what, where=file.name, why=why, remedy=remedy) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
