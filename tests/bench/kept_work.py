"""What a broken-off ``make accuracy`` had fitted already is taken up again: hours of fits, none of which depends on another.

A piece of work is a function of its item alone (``models.forecast.workers``). It is kept under a digest of the item, of the
function's own module with every module of ours that it imports, and of the packages that fit: other data or other code are
fitted anew.
"""

from __future__ import annotations

import ast
import hashlib
import os
import pickle
import time
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.forecast.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OURS = ("data", "models")
_PACKAGES = ("numpy", "pandas", "prophet", "prophet-batch", "scipy", "statsforecast")
_AT_ONCE = 4
"""Pieces per process that are made before they are put down."""


class KeptWork:
    """A folder of results, by digest; ``seconds`` is what those that were used again had taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds = 0.0

    def used(self) -> None:
        """From now on every pool of this process looks here first."""
        plain = WorkerPool.map

        def kept(
            pool: WorkerPool,
            function: Callable[[Any], Any],
            items: Sequence[Any],
            progress: Callable[[int, int], None] | None = None,
        ) -> list[Any]:
            return self._map(plain, pool, function, items, progress)

        WorkerPool.map = kept  # type: ignore[method-assign]

    def _map(
        self,
        plain: Callable[..., list[Any]],
        pool: WorkerPool,
        function: Callable[[Any], Any],
        items: Sequence[Any],
        progress: Callable[[int, int], None] | None,
    ) -> list[Any]:
        places = [self._place(function, item) for item in items]
        found: dict[int, Any] = {}
        for at, place in enumerate(places):
            if place.exists():
                seconds, found[at] = pickle.loads(place.read_bytes())
                self.seconds += seconds
        missing = [at for at in range(len(items)) if at not in found]
        step = _AT_ONCE * pool.workers
        for begin in range(0, len(missing), step):
            now = missing[begin : begin + step]
            begun = time.perf_counter()
            made = plain(pool, function, [items[at] for at in now])
            each = (time.perf_counter() - begun) / len(now)
            for at, result in zip(now, made, strict=True):
                found[at] = result
                _put(places[at], (each, result))
            if progress is not None:
                progress(len(found), len(items))
        return [found[at] for at in range(len(items))]

    def _place(self, function: Callable[[Any], Any], item: Any) -> Path:
        total = hashlib.sha256(f"{function.__module__}.{function.__qualname__} {code_digest(function.__module__)}".encode())
        _tell(total, item)
        name = total.hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.pickle"


def _put(place: Path, result: object) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(f".{os.getpid()}")
    beside.write_bytes(pickle.dumps(result))
    beside.replace(place)


@cache
def code_digest(module: str) -> str:
    """Of a module, of all of ours that it leads to by imports, and of the packages that fit.

    Example:
        >>> code_digest("models.forecast.peers") == code_digest("models.forecast.peers") != code_digest("models.forecast.fitting")
        True
    """
    total = hashlib.sha256(" ".join(f"{name}-{metadata.version(name)}" for name in _PACKAGES).encode())
    for name in sorted(_closure(module)):
        total.update(name.encode() + b"\0" + _source(name))
    return total.hexdigest()


def _closure(module: str) -> set[str]:
    found, open_ends = set(), [module]
    while open_ends:
        name = open_ends.pop()
        if name not in found:
            found.add(name)
            open_ends += _imports(_source(name))
    return found


def _imports(source: bytes) -> list[str]:
    """Modules of ours that a source names, inside functions too; not those that only types are taken from."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    named = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return [name for name in named if name.split(".")[0] in _OURS]


def _source(module: str) -> bytes:
    spec = util.find_spec(module)
    return Path(spec.origin).read_bytes() if spec is not None and spec.origin is not None else b""


def _tell(total: Any, item: Any) -> None:
    """Every value of an item with all its bits, whatever memory it lies in."""
    if is_dataclass(item) and not isinstance(item, type):
        total.update(f"{type(item).__name__}(".encode())
        for field in fields(item):
            total.update(f"{field.name}=".encode())
            _tell(total, getattr(item, field.name))
    elif isinstance(item, np.ndarray):
        total.update(f"{item.dtype} {item.shape} ".encode() + np.ascontiguousarray(item).tobytes())
    elif isinstance(item, tuple | list):
        total.update(f"[{len(item)} ".encode())
        for part in item:
            _tell(total, part)
    elif isinstance(item, pd.Timestamp):
        total.update(item.isoformat().encode())
    elif item is None or isinstance(item, str | int | float | bool):
        total.update(f"{item!r};".encode())
    else:
        message = f"{type(item).__name__} can't be told by its value"
        raise TypeError(message)
