"""Homes that several tests share: one small published sample, and tiny summed months that run in seconds."""

from __future__ import annotations

import atexit
import math
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.schema import PUBLISHED
from data.settings import Paths
from flows.server import start_server, stop, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import ForkServerProcess

    import pandas as pd

    from data.mart import Mart

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # tests are no packages: plain_night is found by its name
SMALL_MONTHS = 36


@dataclass(frozen=True)
class Opdrift:
    """The command line on one home with its own keys."""

    home: Path
    secrets: Path

    @property
    def env(self) -> dict[str, str]:
        return os.environ | {"OPDRIFT_SECRETS": str(self.secrets), "OPDRIFT_HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "flows.cli", *words]

    def __call__(self, *words: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        from plain_night import command_apart  # noqa: PLC0415  (takes seconds; not every worker needs it)

        return command_apart(words, self.env, timeout)

    def from_scratch(self, *words: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """As a person starts it: a new interpreter, its own imports."""
        return subprocess.run(
            self.command(*words), env=self.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.home / "test.log").open("ab") as log:
            return subprocess.Popen(self.command(*words), env=self.env, cwd=ROOT, stdout=log, stderr=log)

    def branch(self, *words: str) -> ForkServerProcess:
        """Like ``start``, in a process that has the imports done."""
        from plain_night import command_started  # noqa: PLC0415

        return command_started(words, self.env, self.home / "test.log", self.home / "test.log")


def home_in(folder: Path) -> Opdrift:
    """A fresh home below a folder, keys beside it; the database that takes Prefect ten seconds is there already."""
    (folder / "home" / "inbox").mkdir(parents=True)
    shutil.copytree(_empty_schedule(), folder / "home" / "prefect")
    return Opdrift(folder / "home", folder / "keys")


@cache
def _empty_schedule() -> Path:
    """A folder ``prefect`` as the first start of a server leaves it."""
    folder = Path(tempfile.mkdtemp(prefix="opdrift-schedule-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    paths = Paths(home=folder / "home", secrets=folder / "keys")
    paths.home.mkdir()
    server, served = start_server(paths, role="serve")
    try:
        wait_until_ready(server, served, paths)
    finally:
        stop(server)
    made = paths.home / "prefect"
    for file in made.glob("server-*"):
        file.unlink()
    return made


def write_case_months(file: Path, *, months: int = 36, level: float = 1.0, services: int = 3) -> None:
    """Up to three services' summed months to 2026-12, as the shipped profile ``opdrift`` reads them."""
    lines = ["municipality;service;month;volume;cost;n_citizens;top_share"]
    known = (("bostoette", 300, 9000), ("botilbudslignende_tilbud", 100, 70000), ("plejefamilie", 70, 40000))
    for place, (service, volume, cost) in enumerate(known[:services]):
        for month in range(months):
            year, number = divmod(2027 * 12 - months + month, 12)
            served = level * volume * (1 + 0.004 * month + 0.02 * math.sin(month * 1.7 + place))
            figures = f"{served:.2f};{served * cost * (1 + 0.002 * month):.2f};{volume};0.02".replace(".", ",")
            lines.append(f"151;{service};{year}-{number + 1:02d}-01;{figures}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def differing_tables(first: Mart, second: Mart) -> set[str]:
    """Published tables whose columns, types or values are not the same to the bit."""
    with first.held(), second.held():
        return {name for name in PUBLISHED if _bits(first.table(name)) != _bits(second.table(name))}


def _bits(table: pd.DataFrame) -> list[tuple[str, str, object]]:
    return [(str(name), str(values.dtype), _bits_of(values)) for name, values in table.items()]


def _bits_of(values: pd.Series) -> object:
    if isinstance(values.dtype, np.dtype) and values.dtype != object:
        return values.to_numpy().tobytes()
    return [value.tobytes() if isinstance(value, np.ndarray) else repr(value) for value in values]


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three years of the synthetic municipality's exports."""
    from data.synthetic import write_sample  # noqa: PLC0415

    out = tmp_path_factory.mktemp("sample")
    write_sample(out, months=SMALL_MONTHS)
    return out


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, small_sample: Path) -> tuple[Opdrift, subprocess.CompletedProcess[str]]:
    """A home in which the small sample was published by ``opdrift run``, and what that said. Not to be changed."""
    opdrift = home_in(tmp_path_factory.mktemp("published"))
    shutil.copytree(small_sample, opdrift.home / "inbox", dirs_exist_ok=True)
    allow_known_citizens(opdrift)
    return opdrift, opdrift.from_scratch("run")


def allow_known_citizens(opdrift: Opdrift) -> None:
    """Record a legal basis, as a municipality would."""
    words = 'text = "Prøvekommunens hjemmel, sag 1"\ndecided = 2026-11-25\nsigned = "Socialchefen"\n'
    (opdrift.home / "settings.toml").write_text(f"[known_citizens]\n{words}", encoding="utf-8")


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[[str], Opdrift]:
    """Make fresh homes by name, each with keys of its own."""
    return lambda name: home_in(tmp_path / name)


@pytest.fixture(scope="session")
def kept_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Opdrift], Opdrift]]:
    """Let a home's runs use one server that stays for the session."""
    keeper = home_in(tmp_path_factory.mktemp("server"))
    paths = Paths(home=keeper.home, secrets=keeper.secrets)
    server, served = start_server(paths, role="serve")

    def known_to(opdrift: Opdrift) -> Opdrift:
        for file in paths.prefect.glob("server-*.json"):
            shutil.copy(file, opdrift.home / "prefect")
        return opdrift

    try:
        wait_until_ready(server, served, paths)
        yield known_to
    finally:
        stop(server)


@pytest.fixture(scope="session")
def differing() -> Callable[[Mart, Mart], set[str]]:
    """Names of the tables that differ between two published runs (``differing_tables``)."""
    return differing_tables


@pytest.fixture
def put_months() -> Callable[..., None]:
    """Write summed months (``write_case_months``)."""
    return write_case_months


@pytest.fixture
def tiny(tmp_path: Path) -> Opdrift:
    """A home with one file of summed months in its inbox."""
    opdrift = home_in(tmp_path)
    write_case_months(opdrift.home / "inbox" / "case_months.csv")
    return opdrift
