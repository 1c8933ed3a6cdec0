"""A bounded pool of processes with one thread of linear algebra each; one worker is this process, and gives the same."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_all_start_methods, get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

A = TypeVar("A")
B = TypeVar("B")

_LARGEST_BATCH = 16
_IMPORTED_ONCE = ["models.forecast.preload"]
"""Seconds of import: paid for by the one process that all pools of this process branch off."""


@dataclass(frozen=True)
class WorkerPool:
    """Processes that are kept between calls, so that their imports are paid for once."""

    workers: int
    _processes: ProcessPoolExecutor | None

    def map(self, function: Callable[[A], B], items: Sequence[A], progress: Callable[[int, int], None] | None = None) -> list[B]:
        """Apply ``function`` to every item; results in the items' order, whoever made them.

        Args:
            function: Top-level, its result depends on the item only.
            items: What can be sent to another process.
            progress: Called with (items done, items in all).

        Example:
            >>> with worker_pool(1) as pool:
            ...     pool.map(abs, [-1, 2])
            [1, 2]
        """
        results: list[B] = []
        with threadpool_limits(limits=1):
            found = map(function, items) if self._processes is None else self._spread(self._processes, function, items)
            for result in found:
                results.append(result)
                if progress is not None:
                    progress(len(results), len(items))
        return results

    def _spread(self, processes: ProcessPoolExecutor, function: Callable[[A], B], items: Sequence[A]) -> Iterator[B]:
        batch = max(1, min(_LARGEST_BATCH, len(items) // (4 * self.workers)))
        return processes.map(function, items, chunksize=batch)


@contextmanager
def worker_pool(workers: int) -> Iterator[WorkerPool]:
    """Open a pool; processes branch off a server without threads that has the heavy packages, never off this process.

    Args:
        workers: 1: this process; more: that many others.
    """
    for module in _IMPORTED_ONCE:  # this process draws and sums: its work space is taken now too
        import_module(module)
    if workers <= 1:
        yield WorkerPool(1, None)
        return
    has_server = "forkserver" in get_all_start_methods()
    context = get_context("forkserver" if has_server else "spawn")
    if has_server:
        context.set_forkserver_preload(_IMPORTED_ONCE)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_pin) as processes:
        yield WorkerPool(workers, processes)


def _pin() -> None:
    """Hold this process's linear algebra to one thread: the pool already fills the cores; and end when its parent does."""
    threadpool_limits(limits=1)
    Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    """A worker waits on a pipe that it holds open itself, so it would wait for ever for a parent that was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
