"""Homes with the small published example, and the pages on them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import published_example
import pytest

from data.settings import Paths

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="session")
def example() -> ModuleType:
    """The example's module: ``RUN_ID``, ``frames()``, ``publish()``."""
    return published_example


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory, example: ModuleType) -> dict[str, Paths]:
    """Homes by name: ``full``, ``pbs`` (AUD, no frames, no population), ``empty``, ``broken``."""
    root = tmp_path_factory.mktemp("homes")
    homes = {name: Paths(home=root / name, secrets=root / "secrets") for name in ("full", "pbs", "empty", "broken")}
    for run_id, made in example.earlier():
        example.write_mart(homes["full"], run_id, made)
    example.publish(homes["full"])
    example.publish(homes["pbs"], currency="AUD", with_frames=False)
    homes["empty"].home.mkdir()
    homes["broken"].published.mkdir(parents=True)
    (homes["broken"].published / f"{example.RUN_ID}.duckdb").write_bytes(b"not a database")
    (homes["broken"].published / "CURRENT").write_text(example.RUN_ID, encoding="utf-8")
    return homes


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, homes: dict[str, Paths]) -> Paths:
    """A copy of the full home, to be written in; the pages open it."""
    made = Paths(home=shutil.copytree(homes["full"].home, tmp_path / "home"), secrets=tmp_path / "secrets")
    monkeypatch.setenv("OPDRIFT_HOME", str(made.home))
    monkeypatch.setenv("OPDRIFT_SECRETS", str(made.secrets))
    return made
