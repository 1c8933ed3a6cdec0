"""Progress bars on long work, on stderr, silent when nobody watches."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tick = Callable[[int, int], None]


class Bars:
    """The night's steps, one bar each; every method does nothing when stderr is no terminal."""

    def __init__(self) -> None:
        """Start silent; :func:`progress_bars` makes it speak."""
        self._rich: object | None = None
        self._task: object | None = None

    def begin(self, label: str) -> Tick:
        """Show a step and return what to call with (done, in all)."""
        if self._rich is None:
            return _silent
        self._finish()
        self._task = self._rich.add_task(label, total=None)  # type: ignore[attr-defined]
        return self._tick

    def _tick(self, done: int, total: int) -> None:
        if self._rich is not None:
            self._rich.update(self._task, completed=done, total=total)  # type: ignore[attr-defined]

    def _finish(self) -> None:
        if self._rich is not None and self._task is not None:
            self._rich.update(self._task, completed=1, total=1)  # type: ignore[attr-defined]


def _silent(_done: int, _total: int) -> None:
    return


@contextmanager
def progress_bars(*, wanted: bool | None = None) -> Iterator[Bars]:
    """Bars on stderr while the block runs.

    Args:
        wanted: None: only when stderr is a terminal.
    """
    bars = Bars()
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield bars
        return
    from rich.console import Console  # noqa: PLC0415  (only where somebody watches)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as rich:
        bars._rich = rich  # noqa: SLF001
        yield bars
        bars._finish()  # noqa: SLF001
