"""The run's name and its record: what it was made of, by which code, from which files, with which settings."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
import subprocess
import tomllib
from dataclasses import asdict
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from data.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "models", "data", "expectations")
_NO_RESULT = {  # they move no figure
    "paths", "as_of", "archive", "language", "stale_after_days", "memory_limit", "workers", "follow_up_months",
    "retention",
    "alerts",
}  # fmt: skip
VERSIONS_OF = (
    "chainladder", "duckdb", "great-expectations", "numpy", "pandas", "prefect", "prophet", "prophet-batch", "pyarrow", "scipy",
    "statsforecast",
)  # fmt: skip


def new_run_id(now: datetime) -> str:
    """Name a run by its start (UTC) and six random hexadecimal digits, the first a letter.

    The time of day and four digits have the shape of a CPR number in one name of thirty.

    Example:
        >>> from datetime import UTC, datetime
        >>> new_run_id(datetime(2026, 1, 31, 2, 0, tzinfo=UTC))[:20]
        'run-20260131T020000-'
    """
    return f"run-{now:%Y%m%dT%H%M%S}-{secrets.choice('abcdef')}{secrets.token_hex(3)[1:]}"


@cache
def code_digest() -> str:
    """SHA-256 over our own sources (code, SQL, reference data): another code may give another result from the same input."""
    total = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*")):
            if file.suffix in {".py", ".sql", ".toml", ".csv"} and "local" not in file.relative_to(ROOT / package).parts:
                total.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


@cache
def lock_digest() -> str:
    """SHA-256 of ``requirements.lock``; empty when it is not beside the code."""
    file = ROOT / "requirements.lock"
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


@cache
def code_state() -> str:
    """What a result depends on beside its input and settings: code and locked packages."""
    return f"{code_digest()}-{lock_digest()}"


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def commit_in_words(code: dict[str, Any]) -> str:
    """What a page of figures says of the code it was measured with.

    Args:
        code: ``git_commit`` and ``git_dirty`` of :func:`code_facts`.

    Example:
        >>> commit_in_words({"git_commit": "0123456789abcdef", "git_dirty": True})
        '0123456789 with changes'
    """
    return (code["git_commit"] or "no repository")[:10] + (" with changes" if code["git_dirty"] else "")


def code_facts() -> dict[str, Any]:
    """Version, commit and digests of the code, and of what it stands on."""
    return {
        "version": _version(),
        "git_commit": _git("rev-parse", "--verify", "HEAD") or None,
        "git_dirty": bool(_git("status", "--porcelain")),
        "code_digest": code_digest(),
        "lock_digest": lock_digest(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": {name: metadata.version(name) for name in VERSIONS_OF},
    }


def version_line() -> str:
    """What ``opdrift --version`` says.

    Example:
        >>> version_line().startswith("opdrift 0.")
        True
    """
    code = code_facts()
    stands_on = ", ".join(f"{name} {code['versions'][key]}" for name, key in (("DuckDB", "duckdb"), ("Prophet", "prophet")))
    return f"opdrift {code['version']}, commit {commit_in_words(code)}, {stands_on}, Python {code['python']}"


def _settings_facts(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in asdict(settings).items() if name not in _NO_RESULT}


def run_record(settings: Settings, stable: Mapping[str, Any], volatile: Mapping[str, Any]) -> pd.DataFrame:
    """Compose ``run_record``.

    Args:
        settings: The run's settings.
        stable: Facts that the same input gives again (they enter the digest).
        volatile: Clocks, durations, fingerprints.

    Returns:
        By the contract ``RUN_RECORD``; code, versions and machine are added, and stay out of the digest.
    """
    known = {
        "settings": _settings_facts(settings),
        "seed": settings.seed,
        "n_draws": settings.n_draws,
        "municipality": settings.municipality,
        "as_of": None if settings.as_of is None else settings.as_of.isoformat(),
        **stable,
    }
    rows = [(key, value, False) for key, value in known.items()]
    rows += [(key, value, True) for key, value in (code_facts() | dict(volatile)).items()]
    encoded = [
        (key, json.dumps(value, sort_keys=True, ensure_ascii=False, default=date.isoformat), flag) for key, value, flag in rows
    ]
    return pd.DataFrame(encoded, columns=["key", "value", "volatile"])
