"""The kept model choice of a home, ``forecast_choice.json``: whole or absent, whenever the machine goes down."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Paths

FILE = "forecast_choice.json"


def choice_file(paths: Paths) -> Path:
    """Where it lies. It holds paths of masked services too, so it never leaves the server."""
    return paths.home / FILE


def read_choice(paths: Paths) -> str | None:
    """The kept text as it is; None when none is kept.

    Returns:
        Text; empty where the file can't be opened, and bytes that are no UTF-8 replaced: whoever reads it refuses it.
    """
    try:
        return choice_file(paths).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def write_choice(paths: Paths, text: str) -> None:
    """Keep a text in place of the last one, in one step that either happens or does not.

    Raises:
        OSError: The disk doesn't take it; the last one stands.
    """
    target = choice_file(paths)
    beside = target.with_name(f".{FILE}.part")
    beside.unlink(missing_ok=True)  # of a run that was killed: one run at a time, so nobody writes it
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
