"""Homes with the small published example, and the pages on them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from data.settings import Paths

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).with_name("published_example.py")


def load_example() -> ModuleType:
    """The example as a module: tests are no packages."""
    if "published_example" not in sys.modules:
        spec = importlib.util.spec_from_file_location("published_example", EXAMPLE)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["published_example"] = module
        spec.loader.exec_module(module)
    return sys.modules["published_example"]


@pytest.fixture(scope="session")
def example() -> ModuleType:
    """The example's module: ``RUN_ID``, ``frames()``, ``publish()``."""
    return load_example()


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
