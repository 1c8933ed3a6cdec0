"""Shared by all tiers: the tier's mark from the folder, UTC, a home of one's own, no network but loopback."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from data.settings import Settings

TIERS = ("unit", "property", "integration", "golden", "app", "architecture")
ROOT = Path(__file__).parent

for shared in ("bench", "unit/models", "app"):  # tests are no packages: published_example and the like are found by their names
    sys.path.insert(0, str(ROOT / shared))
os.environ["TZ"] = "UTC"
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
time.tzset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with its folder's name; a test outside the tiers (a doctest) is a unit test."""
    for item in items:
        path = Path(str(item.path))
        tier = path.relative_to(ROOT).parts[0] if path.is_relative_to(ROOT) else "unit"
        item.add_marker(tier if tier in TIERS else "unit")


@pytest.fixture(autouse=True, scope="session")
def _own_secrets(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test may touch the keys or the home of the person who runs it."""
    os.environ["OPDRIFT_SECRETS"] = str(tmp_path_factory.mktemp("secrets"))
    os.environ["OPDRIFT_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and str(address[0]) not in {"127.0.0.1", "::1", "localhost", "0.0.0.0"}:
            message = f"A test tried to reach {address[0]}"
            raise ConnectionRefusedError(message)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a fresh home, keys beside it."""
    from data.settings import Paths, read_settings  # noqa: PLC0415

    return read_settings(Paths(home=tmp_path / "home", secrets=tmp_path / "secrets"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data; skips with a clear word where it is missing."""
    folder = Path(os.environ.get("OPDRIFT_REAL_DATA", ROOT.parent.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"Real data are not here ({folder.name}); set OPDRIFT_REAL_DATA to run this test")
    return folder
