"""One million postings through a whole night run, beside a bare ``pandas.read_csv`` of the same files in the same run.

Prints seconds and peak memory of each; fails only where a promise is broken (2 GB), never on time.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.synthetic import write_sample

COPIES = 5
PROMISED_KB = 2 * 1024 * 1024
READ_BARE = """
import sys, pandas as pd
for name in sys.argv[1:]:
    pd.read_csv(name, sep=";", encoding="cp1252", dtype=str)
"""


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose inbox holds the default sample with every posting split in five."""
    home = tmp_path_factory.mktemp("million")
    write_sample(home / "inbox", seed=1)
    for file in sorted((home / "inbox").glob("ledger_*.csv")):
        split_in(file, COPIES)
    return home


def split_in(file: Path, copies: int) -> None:
    """Write every posting ``copies`` times with its own number and a share of the amount; the trailer follows."""
    head, *rows, trailer = file.read_text(encoding="cp1252").split("\n")[:-1]
    found = [head]
    for row in rows:
        number, rest = row.split(";", 1)
        rest, amount = rest.rsplit(";", 1)
        cents = int(amount.replace(",", ""))
        share = int(cents / copies)
        parts = [share] * (copies - 1) + [cents - share * (copies - 1)]
        found += [line(number, place, rest, part) for place, part in enumerate(parts)]
    fields = trailer.split(";")
    fields = [str(len(found) - 1) if field == str(len(rows)) else field for field in fields]
    file.write_text("\r\n".join([*found, ";".join(fields)]) + "\r\n", encoding="cp1252", newline="")


def line(number: str, place: int, rest: str, cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{number}-{place};{rest};{sign}{abs(cents) // 100},{abs(cents) % 100:02d}"


def measured(command: list[str], **environment: str) -> tuple[float, int, int]:
    """Seconds, peak memory of the largest process in KB, exit code."""
    before = time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **environment}, check=False, stdout=subprocess.DEVNULL)
    return time.perf_counter() - before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode


def test_a_million_postings_within_two_gigabytes(million: Path, tmp_path: Path) -> None:
    files = [str(file) for file in sorted((million / "inbox").glob("ledger_*.csv"))]
    bare_seconds, bare_kb, _ = measured([sys.executable, "-c", READ_BARE, *files])
    opdrift = str(Path(sys.executable).parent / "opdrift")
    seconds, kb, code = measured([opdrift, "run", "--home", str(million)], OPDRIFT_SECRETS=str(tmp_path / "secrets"))
    print(f"\nbare read_csv: {bare_seconds:.1f} s, {bare_kb / 1024:.0f} MB; whole run: {seconds:.1f} s, {kb / 1024:.0f} MB")
    assert code == 0
    assert kb <= PROMISED_KB
