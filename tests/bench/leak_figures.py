"""``make leaks``: a night through Prefect on a dirty sample with planted numbers and names, every error path, then the scan."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from leak_corpus import bad_commands, bad_files  # noqa: E402
from leak_scan import NAMES, NUMBERS, Planted, scan  # noqa: E402

from data.synthetic import write_sample  # noqa: E402

COLUMN = "citizen_id"


def planted_citizens(folder: Path) -> list[str]:
    """Numbers of the sample's own citizens, as its newest list of cases names them."""
    newest = max(folder.glob("cases_*.csv"))
    header, *lines = newest.read_text(encoding="utf-8-sig").splitlines()
    place = header.split(";").index(COLUMN)
    return sorted({line.split(";")[place] for line in lines if line.count(";") >= place})[::40]


def main() -> int:
    """Feed, run, provoke, scan; what was found is printed, and is the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="opdrift-leaks-"))
    home, inbox = folder / "home", folder / "home" / "inbox"
    inbox.mkdir(parents=True)
    env = os.environ | {"OPDRIFT_SECRETS": str(folder / "keys"), "OPDRIFT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    try:
        write_sample(inbox, months=36, dirt=True)
        planted = Planted((*NUMBERS, *planted_citizens(inbox)), NAMES)
        (inbox / "more").mkdir()
        files = bad_files(inbox / "more")
        leaks = []
        commands: list[tuple[str, ...]] = [("run",), ("run",), ("status", "--json"), *bad_commands(folder), ("log", "--check")]
        for words in commands:
            done = subprocess.run(
                [sys.executable, "-m", "flows.cli", *words], cwd=ROOT, env=env, input=f"{NUMBERS[0]}\n", capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            print(f"  {done.returncode}  opdrift {' '.join(words[:2])}", flush=True)
            leaks += planted.in_text(done.stdout + done.stderr, f"answer of {' '.join(words[:2])}")
        found = scan(home, planted)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    leaks += found.leaks
    print(f"{files} bad files, {len(commands)} commands, {len(planted.spelled)} spellings of numbers and names planted;")
    print(f"{found.files} files and {found.columns} text columns scanned: {len(leaks)} leaks")
    for leak in leaks:
        print(f"  LEAK {leak.place}")
    return 1 if leaks else 0


if __name__ == "__main__":
    raise SystemExit(main())
