"""Deletion by rule: what is older than the municipality decided goes, and the log says what went and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.access_log import cut_access
from data.audit_log import append
from data.retention import Due, delete_files, delete_run, find_due, months_before
from flows.audit import mend_and_note
from flows.lock import only_one

if TYPE_CHECKING:
    from datetime import datetime

    from data.settings import Settings


def retain(settings: Settings, now: datetime, *, dry_run: bool = False) -> dict[str, Any]:
    """Delete what is older than its period.

    Args:
        settings: Home and periods.
        now: UTC.
        dry_run: Say what would go, and delete nothing.

    Returns:
        By ``docs/schemas/retain.json``.

    Raises:
        RunInProgress: A run holds the home.
    """
    with only_one(settings.paths.lock):
        due = find_due(settings, now)
        if not dry_run and not due.is_empty:
            _delete(settings, due, now)
    rule = settings.retention
    return {
        "rule": None if rule is None else {name: getattr(rule, name) for name in _PERIODS},
        "dry_run": dry_run,
        "files": list(due.files),
        "runs": list(due.runs),
        "scenarios": [file.stem for file in due.scenarios],
        "access_entries": due.access,
    }


_PERIODS = ("inputs_months", "runs_months", "scenarios_months", "access_months")


def _delete(settings: Settings, due: Due, now: datetime) -> None:
    """Each deletion is recorded when it is done; what a stop leaves is due again the next time."""
    paths, rule = settings.paths, settings.retention
    if rule is None:
        return
    for run_id in due.runs:
        pinned = delete_run(paths, run_id)
        append(paths, "run_deleted", {"run_id": run_id, "pinned_scenarios": pinned, "rule": f"runs_months = {rule.runs_months}"})
    for file in due.scenarios:
        file.unlink(missing_ok=True)
        said = {"scenario_id": file.stem.removeprefix("withdrawn-"), "rule": f"scenarios_months = {rule.scenarios_months}"}
        append(paths, "scenario_deleted", said)
    if due.files:
        mend_and_note(settings, {"command": "retain"})
        rows = delete_files(settings, due.files)
        append(paths, "files_deleted", {"files": list(due.files), "rows": rows, "rule": f"inputs_months = {rule.inputs_months}"})
    if due.access:
        cut_access(paths, months_before(now, rule.access_months), rule=f"access_months = {rule.access_months}")


def told(found: dict[str, Any]) -> str:
    """What went, in plain words."""
    if found["rule"] is None:
        return "No retention period is set ([retention] in settings.toml): nothing is deleted by rule."
    counts = f"{len(found['files'])} input files, {len(found['runs'])} runs, {len(found['scenarios'])} scenarios and drafts"
    looks = f"{found['access_entries']} entries of the log of access"
    return f"{'Would delete' if found['dry_run'] else 'Deleted'} by rule: {counts}, {looks}."
