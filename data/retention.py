"""What is kept longer than the municipality has decided, and its deletion: input files, runs, scenarios, drafts, looks.

Input files go with their rows; looks are entries of the log of access, which goes from its oldest end.
A file's age counts from the day the log knows it, a run's from its name, a scenario's from the day it was kept. The run that is
shown stays, whatever its age; a scenario's pin on a run does not hold it: a retention period beats a pin.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from data import archive, landed
from data.access_log import old_access
from data.audit_log import read_log
from data.evidence import evidence_file
from data.input_state import read_state, sha256_of, write_state
from data.mart import RUN_ID, find_current, published_file
from data.restricted import restricted_file
from data.warehouse import compact, open_warehouse, scrubbed, transaction
from data.wholeness import hash_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from data.settings import Paths, Settings


@dataclass(frozen=True)
class Due:
    """What is to go.

    Attributes:
        files: SHA-256 of input files.
        runs: Names of runs.
        scenarios: Files of kept scenarios and drafts.
        access: How many of the oldest entries of the log of access.
    """

    files: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    scenarios: tuple[Path, ...] = ()
    access: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is due."""
        return not (self.files or self.runs or self.scenarios or self.access)


def months_before(now: datetime, months: int) -> datetime:
    """The same day some months earlier, or the last one of its month that there is in every month.

    Example:
        >>> months_before(datetime(2026, 3, 31, tzinfo=UTC), 1).date().isoformat()
        '2026-02-28'
    """
    count = now.year * 12 + now.month - 1 - months
    return now.replace(year=count // 12, month=count % 12 + 1, day=min(now.day, 28))


def known_files(paths: Paths) -> dict[str, str]:
    """SHA-256 of every file the log knows and that wasn't deleted since -> when it was taken in, ISO time in UTC."""
    found: dict[str, str] = {}
    for entry in read_log(paths):
        files, into = entry.facts.get("files"), entry.facts.get("into")
        if not isinstance(files, list):
            continue
        match entry.kind:
            case "files_landed":
                found |= dict.fromkeys(files, entry.at)
            case "files_deleted":
                found = {sha256: at for sha256, at in found.items() if sha256 not in files}
            case "files_erased":  # what stands in a file's place is as old as the oldest it may stand for, also if noted twice
                new = into if isinstance(into, list) else []
                oldest = min((found.pop(sha256) for sha256 in {*files, *new} if sha256 in found), default=entry.at)
                found |= dict.fromkeys(new, oldest)
    return found


def find_due(settings: Settings, now: datetime) -> Due:
    """What is older than its period; nothing where no period is set.

    Args:
        settings: Home and periods.
        now: UTC.
    """
    kept = settings.retention
    if kept is None:
        return Due()
    paths = settings.paths
    return Due(
        files=tuple(sorted(_old_files(paths, months_before(now, kept.inputs_months)))) if kept.inputs_months else (),
        runs=tuple(sorted(_old_runs(paths, months_before(now, kept.runs_months)))) if kept.runs_months else (),
        scenarios=tuple(sorted(_old_scenarios(paths, months_before(now, kept.scenarios_months))))
        if kept.scenarios_months
        else (),
        access=old_access(paths, months_before(now, kept.access_months)) if kept.access_months else 0,
    )


def _old_files(paths: Paths, limit: datetime) -> Iterator[str]:
    known = known_files(paths)
    yield from (sha256 for sha256, at in known.items() if datetime.fromisoformat(at) < limit)
    for file in paths.archive.iterdir() if paths.archive.is_dir() else ():  # refused ones, which the log doesn't list
        if len(file.name) == 64 and file.name not in known and _modified(file) < limit:
            yield file.name


def _old_runs(paths: Paths, limit: datetime) -> Iterator[str]:
    shown = find_current(paths).run_id
    for file in paths.published.glob("run-*.duckdb"):
        if RUN_ID.fullmatch(file.stem) and file.stem != shown and _begun(file.stem) < limit:
            yield file.stem


def _begun(run_id: str) -> datetime:
    return datetime.strptime(run_id[4:19], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def _old_scenarios(paths: Paths, limit: datetime) -> Iterator[Path]:
    kept = {str(entry.facts["scenario_id"]): entry.at for entry in read_log(paths) if entry.kind == "scenario_kept"}
    for file in paths.scenarios.rglob("*.json") if paths.scenarios.is_dir() else ():
        at = kept.get(file.stem.removeprefix("withdrawn-"))
        if (datetime.fromisoformat(at) if at else _modified(file)) < limit:
            yield file


def _modified(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def delete_files(settings: Settings, files: tuple[str, ...]) -> int:
    """Delete input files and every row that came from them, for good.

    Args:
        settings: Home; no run may be under way.
        files: SHA-256 of each.

    Returns:
        Rows that went from the landed tables.
    """
    paths, gone = settings.paths, 0
    if paths.warehouse.exists():
        with open_warehouse(settings) as con, scrubbed("warehouse.duckdb"), transaction(con):
            for sha256 in files:
                gone += landed.forget(con, sha256)
                landed.forget_night(con, sha256)
            # before the warehouse: after a stop between it is not built anew with what went
            write_state(paths, landed.state(con, read_state(paths).stays))
        compact(settings)
    for sha256 in files:
        archive.remove(sha256, settings)
    for file in [file for file in paths.taken.rglob("*") if file.is_file()] if paths.taken.is_dir() else []:
        if sha256_of(file) in files:
            file.unlink()
    return gone


def delete_run(paths: Paths, run_id: str) -> int:
    """Delete a published run, its restricted file and what it was made from.

    Returns:
        How many kept scenarios were pinned to it: they stay, and can be evaluated on a newer run only.
    """
    pinned = [file for file in paths.scenarios.glob("s-*.json") if run_id in file.read_text(encoding="utf-8", errors="replace")]
    published = published_file(paths, run_id)
    for file in (evidence_file(paths, run_id), restricted_file(paths, run_id), published, hash_file(published)):
        file.unlink(missing_ok=True)
    archive.sync_folder(paths.published)
    return len(pinned)
