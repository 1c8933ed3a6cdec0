"""Whether a published file is what the run wrote: the SHA-256 beside it, in the form that ``sha256sum -c`` reads.

A run of a version that kept no hash is read block by block instead (DuckDB keeps a checksum with each).
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"}


def hash_file(file: Path) -> Path:
    """Where the hash of a published file lies."""
    return file.with_suffix(".sha256")


def keep_hash(written: Path, target: Path) -> None:
    """Keep the hash of what was written, before it gets its name ``target``: a file never stands there without."""
    beside = target.with_name(f".{target.stem}.part.sha256")
    with written.open("rb") as stream:
        beside.write_text(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {target.name}\n", encoding="ascii")
    beside.chmod(0o440)
    flush(beside)
    beside.replace(hash_file(target))


def is_whole(file: Path) -> bool:
    """Whether a published file is there, is what was written, and opens."""
    try:
        stat = file.stat()
        kept = hash_file(file)
        expected = kept.read_text(encoding="ascii", errors="replace").split(maxsplit=1)[:1] if kept.exists() else None
    except OSError:
        return False
    return _is_whole(str(file), stat.st_size, stat.st_mtime_ns, None if expected is None else "".join(expected))


def look_again() -> None:
    """Forget what was found: reading a file that had been whole failed, so it rotted under its name."""
    _is_whole.cache_clear()


@lru_cache(maxsize=64)
def _is_whole(file: str, size: int, modified: int, expected: str | None) -> bool:  # noqa: ARG001  (size and time: a changed file is read anew)
    try:
        if expected is not None:
            with open(file, "rb") as stream:  # noqa: PTH123  (the cache's key is text)
                if hashlib.file_digest(stream, "sha256").hexdigest() != expected:
                    return False
        with duckdb.connect(file, read_only=True, config=CONFIG) as con:
            tables = [] if expected is not None else con.execute("SELECT table_name FROM information_schema.tables").fetchall()
            for (name,) in tables:
                con.execute(f'SELECT max(hash(rows)) FROM "{name}" AS rows').fetchall()
            return bool(con.execute("SELECT 1 FROM run_record WHERE key = 'digest'").fetchall())
    except (duckdb.Error, OSError):
        return False


def flush(path: Path) -> None:
    """Flush a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
