"""The kept model choices of a home, tonight's and those of earlier origins: each file whole or absent, whatever goes down."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Paths

FILE = "forecast_choice.json"
"""The night's own choice."""
EARLIER_FILE = "forecast_choices_earlier.jsonl"
"""Choices as of earlier cutoffs, one a line."""


def choice_file(paths: Paths, name: str = FILE) -> Path:
    """Where one lies. It holds paths of masked services too, so it never leaves the server."""
    return paths.home / name


def read_choice(paths: Paths, name: str = FILE) -> str | None:
    """The kept text as it is; None when none is kept.

    Args:
        paths: The home.
        name: ``FILE`` or ``EARLIER_FILE``.

    Returns:
        Text; empty where the file can't be opened, and bytes that are no UTF-8 replaced: whoever reads it refuses it.
    """
    try:
        return choice_file(paths, name).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def write_choice(paths: Paths, text: str, name: str = FILE) -> None:
    """Keep a text in place of the last one, in one step that either happens or does not.

    Args:
        paths: The home.
        text: What is kept.
        name: ``FILE`` or ``EARLIER_FILE``.

    Raises:
        OSError: The disk doesn't take it; the last one stands.
    """
    target = choice_file(paths, name)
    beside = target.with_name(f".{name}.part")
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
