"""``opdrift verify RUN``: make a published run again from the archive and what was recorded, and compare table by table.

It is made in a folder of the home that is taken away again, with keys of its own: no result may depend on them. Files come out of
the archive one at a time and are gone as soon as they are read.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from data.archive import is_sound
from data.audit_log import read_log
from data.comparing import of_another_version
from data.errors import NoPublishedRun
from data.evidence import lay_out, lay_out_refusals, read_evidence
from data.input_state import sha256_of
from data.mart import Mart, digest, is_whole, published_file
from data.settings import Paths, Settings, read_settings
from flows.record import code_digest, lock_digest
from models.disclosure import Earlier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EQUAL, CLOSE, DIFFERS, CHANGED, GONE = "equal", "within_tolerance", "differs", "changed", "not_reproducible"
EXIT = {EQUAL: 0, CLOSE: 0, DIFFERS: 1, CHANGED: 1, GONE: 3}
_FOLDER = ".verify-"
_STEPS_FROM, _STEPS_TO = "stage", "publish"


@dataclass
class Verdict:
    """What was found.

    Attributes:
        run_id: The run.
        outcome: equal, within_tolerance, differs, changed (the file is not what was published) or not_reproducible.
        why: In plain words.
        digest: As recorded.
        digest_again: Of the run made again; empty where it was not made.
        tables: Tables that differ: name, largest relative difference, columns.
        notes: What differs in code, lock or machine, and what else a reader should know.
    """

    run_id: str
    outcome: str = EQUAL
    why: str = ""
    digest: str = ""
    digest_again: str = ""
    tables: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where the run was reproduced."""
        return EXIT[self.outcome]

    def ends(self, outcome: str, why: str) -> Verdict:
        """The same with an outcome."""
        self.outcome, self.why = outcome, why
        return self


def verify(settings: Settings, run_id: str) -> Verdict:
    """Hold a published run against the log, and make it again.

    Args:
        settings: Home, keys, processes.
        run_id: A published run.

    Raises:
        NoPublishedRun: There never was one of that name.
    """
    found = Verdict(run_id)
    paths, file = settings.paths, published_file(settings.paths, run_id)
    if not file.exists():
        if deleted := next((entry for entry in read_log(paths) if _deletes(entry.kind, entry.facts, run_id)), None):
            return found.ends(GONE, f"not reproducible: the run was deleted by rule on {deleted.at[:10]}")
        what = f"Run {run_id} is not published here"
        raise NoPublishedRun(what, where=str(paths.published), remedy="'opdrift log --kind run_published' names the runs")
    if not is_whole(file):
        return found.ends(
            CHANGED,
            "the published file is not what was written (its hash beside it), or can't be read; bring it back from a backup",
        )
    record = Mart(file, run_id).facts()
    found.digest = str(record.get("digest", ""))
    _note_code(found, record)
    other = of_another_version(file)
    if why := _changed(paths, file, run_id, found.digest, may_digest=not other):
        return found.ends(CHANGED, why)
    if other:
        return found.ends(GONE, f"not reproducible by this version: {len(other)} of its tables had other columns then")
    evidence = read_evidence(paths, run_id)
    if why := _missing(settings, record, evidence):
        return found.ends(GONE, why)
    assert evidence is not None  # noqa: S101  (told by _missing)
    return _compare(settings, found, file, record, evidence)


def _deletes(kind: str, facts: Any, run_id: str) -> bool:  # noqa: ANN401
    return kind == "run_deleted" and facts.get("run_id") == run_id


def _changed(paths: Paths, file: Path, run_id: str, recorded: str, *, may_digest: bool) -> str:
    if may_digest and digest(file) != recorded:
        return "the published file's tables are not those that were published: its own digest does not hold"
    logged = [entry for entry in read_log(paths) if entry.kind == "run_published" and entry.facts.get("run_id") == run_id]
    if logged and logged[-1].facts["sha256"] != sha256_of(file):
        return "the published file is not the one that the log recorded"
    return ""


def _note_code(found: Verdict, record: dict[str, Any]) -> None:
    commit = str(record.get("git_commit") or "")[:10]
    for what, then, now in (
        ("code", record.get("code_digest"), code_digest()),
        ("lock of packages", record.get("lock_digest"), lock_digest()),
    ):
        if then != now:
            where = f"; check out commit {commit} to make it as it was" if commit else ""
            found.notes.append(f"the {what} differs: the run was made with {str(then)[:12]}, this is {now[:12]}{where}")


def _missing(settings: Settings, record: dict[str, Any], evidence: dict[str, Any] | None) -> str:
    """Why the run can't be made again; empty where it can."""
    paths, inputs = settings.paths, set(record["input_hashes"])
    gone: dict[str, tuple[str, str]] = {}
    for entry in read_log(paths):
        files = entry.facts.get("files")
        if entry.kind in {"files_deleted", "files_erased"} and isinstance(files, list):
            gone |= dict.fromkeys(files, (entry.kind, entry.at[:10]))
    if hit := sorted({gone[sha256] for sha256 in inputs & set(gone)}, key=lambda item: item[1]):
        kind, day = hit[0]
        word = "erasure" if kind == "files_erased" else "deletion by the retention rule"
        return f"not reproducible since {word} on {day}: {len(inputs & set(gone))} of its {len(inputs)} files"
    if evidence is None:
        return "not reproducible: what it was made from was not recorded with it (a run of an earlier version), or is gone"
    lost = [sha256 for sha256 in inputs if not (paths.archive / sha256).is_file()]
    if lost:
        return f"not reproducible: {len(lost)} of its {len(inputs)} files are not in the archive"
    damaged = [sha256 for sha256 in inputs if not is_sound(sha256, settings)]
    if damaged:
        return f"not reproducible: {len(damaged)} of its {len(inputs)} files are damaged in the archive, or its key is another"
    return ""


def _compare(settings: Settings, found: Verdict, file: Path, record: dict[str, Any], evidence: dict[str, Any]) -> Verdict:
    from data.comparing import differences  # noqa: PLC0415

    with _home_apart(settings.paths) as paths:
        again = _made_again(settings, paths, found.run_id, record, evidence)
        made = again.record("digest")
        found.digest_again = str(made)
        if made == found.digest:
            return found.ends(EQUAL, "every published table is the same to the bit")
        apart = differences(file, again.file)
    found.tables = [asdict(item) | {"columns": list(item.columns), "relative": min(item.relative, 1e308)} for item in apart]
    names = ", ".join(item.table for item in apart)
    if all(item.within_tolerance for item in apart):
        return found.ends(CLOSE, f"the same within 1e-9, not to the bit, in {names}: made on another processor or library")
    return found.ends(DIFFERS, f"other figures in {', '.join(item.table for item in apart if not item.within_tolerance)}")


@contextmanager
def _home_apart(paths: Paths) -> Iterator[Paths]:
    for left in paths.home.glob(f"{_FOLDER}*"):  # of one that was killed
        shutil.rmtree(left, ignore_errors=True)
    folder = paths.home / f"{_FOLDER}{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    made = Paths(home=folder / "home", secrets=folder / "keys")
    made.home.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made_again(settings: Settings, apart: Paths, run_id: str, record: dict[str, Any], evidence: dict[str, Any]) -> Mart:
    from flows.journal import Journal  # noqa: PLC0415
    from flows.night import Night, begun, run_step  # noqa: PLC0415
    from flows.progress import progress_bars  # noqa: PLC0415
    from flows.steps import ORDER  # noqa: PLC0415

    lay_out(evidence, apart)
    _lay_out_earlier(settings.paths, apart, run_id)
    machine = {"memory_limit": settings.memory_limit, "workers": settings.workers, "archive": False}
    then = read_settings(apart, **{**record["settings"], **machine, "as_of": record.get("as_of")})
    names = [step.name for step in ORDER]
    steps = ORDER[names.index(_STEPS_FROM) : names.index(_STEPS_TO) + 1]
    journal = Journal(apart, run_id, _clock)
    with progress_bars() as bars, begun(Night(then, run_id, journal=journal, clock=_clock, bars=bars)) as night:
        _take_in(night, settings, evidence)
        if isinstance(hidden := record.get("hidden_earlier"), dict):
            night.held["hidden_earlier"] = Earlier.of_told(hidden)
        for step in steps:
            run_step(step, run_id)
    return Mart(published_file(apart, run_id), run_id)


def _lay_out_earlier(paths: Paths, apart: Paths, run_id: str) -> None:
    """The runs that were published before: their forecasts are scored."""
    apart.published.mkdir()
    for file in paths.published.glob("run-*.duckdb"):
        if file.stem < run_id:
            try:
                os.link(file, apart.published / file.name)
            except OSError:
                shutil.copyfile(file, apart.published / file.name)


def _take_in(night: Any, settings: Settings, evidence: dict[str, Any]) -> None:  # noqa: ANN401
    from data import archive, landed, taking  # noqa: PLC0415
    from data.mapping import load_mappings  # noqa: PLC0415
    from data.pseudonym import confirm_key  # noqa: PLC0415

    con, paths = night.warehouse(), night.settings.paths
    mappings = load_mappings(paths)
    rules = {landed.source_of(mapping, rule): (mapping, rule) for mapping in mappings for rule in mapping.files}
    taker = taking.Night(
        con=con,
        settings=replace(night.settings, archive=False),
        key=confirm_key(con, paths),
        mappings=mappings,
        stays={},
    )
    files = [row for row in evidence["files"] if row["status"] == "landed"]
    files.sort(key=lambda row: (row["table_name"] != "service_list", row["landed_seq"]))
    once = {row["sha256"]: row for row in reversed(files)}
    for row in (row for row in files if once[row["sha256"]] is row):
        plain = archive.restore(row["sha256"], paths.home / "taken-in", settings)
        try:
            mapping, rule = rules[row["source"]]
            named = row["file_name"]
            export = taking.Export(path=plain, file_name=named.rsplit("/", maxsplit=1)[-1], name=named, sha256=row["sha256"])
            taking.take_in(taker, export, mapping, rule, again=True)
        finally:
            plain.unlink(missing_ok=True)
    lay_out_refusals(evidence, con)


def _clock() -> datetime:
    return datetime.now(UTC)


def told(found: Verdict) -> str:
    """The verdict in plain words."""
    lines = [f"{found.run_id}: {found.why}."]
    lines += [
        f"  {item['table']}: up to {item['relative']:.2g} relative in {', '.join(item['columns']) or 'its rows'}"
        for item in found.tables
    ]
    return "\n".join([*lines, *(f"NOTE: {note}" for note in found.notes)])
