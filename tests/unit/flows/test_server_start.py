"""A server that can't be written down is ended at once: no later run would know of it."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import psutil
import pytest

from data.settings import Paths
from flows.server import recorded, start_server

if TYPE_CHECKING:
    from pathlib import Path


def test_a_server_that_cannot_be_recorded_is_ended(tmp_path: Path) -> None:
    paths = Paths(home=tmp_path / "home", secrets=tmp_path / "keys")
    before = set(psutil.Process().children())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no file may grow, as on a full disk
    try:
        with pytest.raises(OSError, match="too large"):
            start_server(paths, role="run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert set(psutil.Process().children()) - before == set()
    assert recorded(paths) == []
