"""One run at a time in one home: a file lock that the operating system lets go when its holder dies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from data.errors import RunInProgress, WrongUse

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
        WrongUse: The home can't be written to.
    """
    held = FileLock(lock, is_singleton=True, thread_local=False)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=0)
    except OSError as error:
        if isinstance(error, Timeout):
            raise _in_progress(lock, who) from None
        what = f"The home can't be written to ({type(error).__name__})"
        remedy = "Give the user who runs opdrift write access to the home, or choose another with --home"
        raise WrongUse(what, where=str(lock.parent), remedy=remedy) from None
    try:
        yield
    finally:
        held.release()


def _in_progress(lock: Path, who: str) -> RunInProgress:
    what = f"{who} holds this home"
    remedy = "Wait until it ends ('opdrift status' tells how far it is), or end it; then try again"
    return RunInProgress(what, where=str(lock.parent), why="Two runs at once would mix", remedy=remedy)


def is_held(lock: Path) -> bool:
    """Whether another process holds ``lock`` now; a home that can't be written to is held by nobody."""
    if not lock.exists():
        return False
    try:
        with only_one(lock):
            return False
    except RunInProgress:
        return True
    except WrongUse:
        return False
