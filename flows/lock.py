"""One run at a time in one home: a file lock that the operating system lets go when its holder dies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from data.errors import RunInProgress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def only_one(lock: Path, *, who: str = "Another run") -> Iterator[None]:
    """Hold ``lock``; the same process may enter again.

    Args:
        lock: The lock file; it stays behind, empty, and means nothing by itself.
        who: Who holds it when it is taken, for the message.

    Raises:
        RunInProgress: Another process holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock, is_singleton=True, thread_local=False)
    try:
        held.acquire(timeout=0)
    except Timeout:
        what = f"{who} holds this home"
        remedy = "Wait until it ends ('opdrift status' tells how far it is), or end it; then try again"
        raise RunInProgress(what, where=str(lock.parent), why="Two runs at once would mix", remedy=remedy) from None
    try:
        yield
    finally:
        held.release()


def is_held(lock: Path) -> bool:
    """Whether another process holds ``lock`` now."""
    if not lock.exists():
        return False
    try:
        with only_one(lock):
            return False
    except RunInProgress:
        return True
