"""``opdrift doctor``: what on this machine would stop a night's run, and how to mend it. It changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from data.input_state import read_state
from data.mart import find_current
from flows.journal import read_attempts
from flows.lock import is_held
from flows.server import free_port, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from data.settings import Paths, Settings

ROOT = Path(__file__).parents[1]
_GOOD, _NOTE, _STOPS = "good", "note", "stops"
_MB = 1024 * 1024
_DISK_NEEDED, _DISK_WISHED = 500 * _MB, 5000 * _MB
_MEMORY_NEEDED, _MEMORY_WISHED = 1500 * _MB, 3000 * _MB
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)\s*(;[^\\]*)?", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: What was looked at.
        state: good, note (a run still works) or stops.
        found: What was found.
        remedy: What to do; empty when nothing.
    """

    what: str
    state: str
    found: str
    remedy: str = ""


def examine(settings: Settings, *, now: datetime) -> dict[str, Any]:
    """Look at everything a night's run needs.

    Args:
        settings: Home, secrets.
        now: UTC.

    Returns:
        By ``docs/schemas/doctor.json``; ``exit_code`` is 1 when something would stop a run.
    """
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        lambda: _home(settings.paths),
        lambda: _secrets(settings.paths),
        lambda: _room(settings.paths),
        lambda: _locks(settings),
        lambda: _published(settings.paths),
        lambda: _registers(settings.paths),
        lambda: _log(settings.paths),
        lambda: _erasures(settings.paths),
        lambda: _archive(settings),
        _forecaster,
        _loopback,
        lambda: _clock(settings.paths, now),
    )
    findings = [finding for look in looks for finding in look()]
    return {
        "home": str(settings.paths.home),
        "exit_code": 1 if any(finding.state == _STOPS for finding in findings) else 0,
        "findings": [asdict(finding) for finding in findings],
    }


def told(examined: dict[str, Any]) -> str:
    """The findings in plain words, what stops a run first."""
    order = {_STOPS: 0, _NOTE: 1, _GOOD: 2}
    lines = []
    for item in sorted(examined["findings"], key=lambda found: order[found["state"]]):
        lines.append(f"{item['state']:<6} {item['what']}: {item['found']}")
        lines += [f"       What to do: {item['remedy']}"] if item["remedy"] else []
    lines.append("Something would stop a night's run." if examined["exit_code"] else "A night's run can go ahead.")
    return "\n".join(lines)


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] == (3, 11)
    yield Finding("Python", _GOOD if good else _STOPS, version, "" if good else "Use Python 3.11: make setup PYTHON=python3.11")


def _packages() -> Iterator[Finding]:
    file = ROOT / "requirements.lock"
    if not file.exists():
        yield Finding("Packages", _NOTE, "requirements.lock is not beside the code", "Run from the checkout")
        return
    other, missing, checked = [], [], 0
    for name, version, marker in _PIN.findall(file.read_text(encoding="utf-8")):
        if marker and not _applies(marker):
            continue
        checked += 1
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
        else:
            other += [] if installed == version else [f"{name} {installed} (locked {version})"]
    wrong = "; ".join(filter(None, [f"missing {', '.join(missing)}" if missing else "", ", ".join(other)]))
    state = _GOOD if not wrong else _STOPS
    yield Finding("Packages", state, wrong or f"{checked} as locked", "make setup installs what is locked" if wrong else "")


def _applies(marker: str) -> bool:
    from packaging.markers import Marker  # noqa: PLC0415

    return bool(Marker(marker.strip("; ")).evaluate())


def _home(paths: Paths) -> Iterator[Finding]:
    from data.backup import left_aside  # noqa: PLC0415

    place = _nearest(paths.home)
    writable = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    found = str(paths.home) + ("" if paths.home.exists() else " (will be made)")
    remedy = "" if writable else f"Give this user write access to {place}, or choose another --home"
    for left in left_aside(paths.home):
        found = f"a restore was stopped at its end: the home that was here before lies whole in {left}"
        yield Finding("Home before", _NOTE, found, f"Look whether you need it; then: rm -r {left}")
    yield Finding("Home", _GOOD if writable else _STOPS, found if writable else f"{place} can't be written to", remedy)


def _secrets(paths: Paths) -> Iterator[Finding]:
    secrets = paths.secrets
    if secrets.is_relative_to(paths.home):
        yield Finding("Keys", _STOPS, f"{secrets} lies inside the home", "Set OPDRIFT_SECRETS to a folder outside it")
    elif not secrets.exists():
        makes = os.access(_nearest(secrets), os.W_OK | os.X_OK)
        state, remedy = (_GOOD, "") if makes else (_STOPS, "Set OPDRIFT_SECRETS to a folder this user can make")
        yield Finding("Keys", state, f"{secrets} will be made on the first run" if makes else f"{secrets} can't be made", remedy)
    elif stat.S_IMODE(secrets.stat().st_mode) & 0o077:
        yield Finding("Keys", _NOTE, f"others can look into {secrets}", f"chmod 700 {secrets}")
    elif others := sorted(file for file in secrets.rglob("*") if file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077):
        names = ", ".join(file.name for file in others)
        yield Finding("Keys", _NOTE, f"others can read {names} in {secrets}", f"chmod 600 {' '.join(map(str, others))}")
    else:
        yield Finding("Keys", _GOOD, f"{secrets}; back them up apart from the home")


def _room(paths: Paths) -> Iterator[Finding]:
    free = shutil.disk_usage(_nearest(paths.home)).free
    state = _STOPS if free < _DISK_NEEDED else _NOTE if free < _DISK_WISHED else _GOOD
    yield Finding("Disk", state, f"{free / 1024**3:.1f} GB free", "" if state == _GOOD else "Make room for a few GB")
    memory = psutil.virtual_memory().available
    state = _STOPS if memory < _MEMORY_NEEDED else _NOTE if memory < _MEMORY_WISHED else _GOOD
    remedy = "" if state == _GOOD else "End other programs; a million postings take up to 2 GB"
    yield Finding("Memory", state, f"{memory / 1024**3:.1f} GB available", remedy)


def _locks(settings: Settings) -> Iterator[Finding]:
    paths = settings.paths
    if is_held(paths.lock):
        yield Finding("Run", _STOPS, "another run holds this home", "Wait until it ends; 'opdrift status' tells how far it is")
    else:
        attempts = read_attempts(paths)
        killed = bool(attempts) and attempts[-1].was_killed
        yield Finding("Run", _GOOD, "no run is under way" + ("; the last one was stopped midway" if killed else ""))
    orphans = [item for item in recorded(paths) if item.is_orphan]
    if orphans:
        numbers = ", ".join(str(item.pid) for item in orphans)
        yield Finding("Servers", _NOTE, f"servers of a killed run still run (process {numbers})", "The next run ends them")
    if paths.warehouse.exists():
        yield from _warehouse(settings)
    elif read_state(paths).landed:
        remedy = "Nothing: the next run builds it anew from the archive, or says which files it lacks"
        yield Finding("Warehouse", _NOTE, "it is gone", remedy)


def _warehouse(settings: Settings) -> Iterator[Finding]:
    from data.warehouse import is_damaged, lacks, why_closed  # noqa: PLC0415

    paths = settings.paths
    remedy = "Nothing: the next run builds it anew from the archive, or says which files it lacks"
    if is_damaged(settings):
        yield Finding("Warehouse", _NOTE, "it is damaged: blocks of it are not what was written", remedy)
    elif why := why_closed(paths.warehouse):
        remedy = f"Close what has {paths.warehouse} open, or install the version of opdrift that ran here last"
        yield Finding("Warehouse", _STOPS, why, remedy)
    elif lost := lacks(settings, read_state(paths).landed):
        yield Finding("Warehouse", _NOTE, f"it lacks {len(lost)} files that were taken in: its journal was damaged", remedy)
    else:
        yield Finding("Warehouse", _GOOD, "free")


def _published(paths: Paths) -> Iterator[Finding]:
    found = find_current(paths)
    if found.reason:
        yield Finding("Published", _NOTE, found.reason, "Start a new run: opdrift run")
    else:
        yield Finding("Published", _GOOD, found.run_id or "nothing yet")


def _registers(paths: Paths) -> Iterator[Finding]:
    from data.register_file import is_cut_off  # noqa: PLC0415

    for file in (paths.decisions, paths.adjustments):
        if is_cut_off(file):
            found = f"the last line of {file.name} was cut off while it was written; it counts as not entered"
            yield Finding("Registers", _NOTE, found, "Give the command again that was stopped (opdrift log names it)")


def _log(paths: Paths) -> Iterator[Finding]:
    from flows.audit_cli import log_words  # noqa: PLC0415

    words = log_words(paths)
    yield Finding("Log", _NOTE if words else _GOOD, words or "whole", "opdrift log --check" if words else "")


def _erasures(paths: Paths) -> Iterator[Finding]:
    from data.citizen import unfinished  # noqa: PLC0415

    if days := unfinished(paths):
        remedy = "Run 'opdrift erase' for the same citizen again: it goes on where it was stopped, and gives the receipt"
        yield Finding("Erasure", _NOTE, f"begun on {', '.join(days)} and stopped before its end", remedy)


def _archive(settings: Settings) -> Iterator[Finding]:
    from data.archive import IDENTITY_FILE, damaged  # noqa: PLC0415

    paths = settings.paths
    if not paths.archive.is_dir() or not any(paths.archive.iterdir()):
        return
    if not (paths.secrets / IDENTITY_FILE).exists():
        yield Finding("Archive", _STOPS, "its key is missing", f"Bring {IDENTITY_FILE} back from your backup of the keys")
    elif wrong := damaged(settings):
        found = f"{len(wrong)} archived files are not what was taken in ({', '.join(name[:12] for name in wrong[:5])})"
        remedy = "Take them from a backup, or drop the same files in the inbox again: they are archived anew. Runs go on without"
        yield Finding("Archive", _NOTE, found, remedy)
    else:
        yield Finding("Archive", _GOOD, "every file can be brought back as it was taken in")


def _forecaster() -> Iterator[Finding]:
    """Fit one small series: that Prophet and its solver are there and run."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from models.forecast.prophet_model import ProphetJob, ProphetSettings, fit_prophet  # noqa: PLC0415

    series = np.linspace(1.0, 2.0, 36) + 0.1 * np.sin(np.arange(36.0))
    job = ProphetJob("doctor", series, pd.Timestamp("2024-01-01"), 6, ProphetSettings(prior=0.1, reach=0.9))
    try:
        why = "" if fit_prophet([job]) else "no solution"
    except (ImportError, OSError, ValueError, AttributeError) as error:
        why = type(error).__name__
    if why:
        yield Finding("Prophet", _STOPS, f"can't fit a series of 36 months ({why})", "rm -rf .venv, then make setup")
    else:
        yield Finding("Prophet", _GOOD, "fits a series of 36 months")


def _loopback() -> Iterator[Finding]:
    try:
        port = free_port()
    except OSError as error:
        yield Finding("Loopback", _STOPS, f"no port on 127.0.0.1 can be opened ({type(error).__name__})", "Allow it")
    else:
        yield Finding("Loopback", _GOOD, f"port {port} on 127.0.0.1 can be opened")


def _clock(paths: Paths, now: datetime) -> Iterator[Finding]:
    attempts = read_attempts(paths)
    built = datetime.fromtimestamp((ROOT / "pyproject.toml").stat().st_mtime, UTC)
    newest = max([built, *(datetime.fromisoformat(item.started) for item in attempts)])
    early = (newest - now).total_seconds() > 3600
    found = f"{now:%Y-%m-%d %H:%M} UTC" + (f", before what was done {newest:%Y-%m-%d %H:%M}" if early else "")
    yield Finding("Clock", _NOTE if early else _GOOD, found, "Set the clock: runs are ordered by it" if early else "")


def _nearest(path: Path) -> Path:
    """The path itself, else its nearest parent that exists."""
    return next(place for place in (path, *path.parents) if place.exists())
