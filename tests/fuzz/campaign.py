"""``make fuzz``: an hour, half of it examples by hypothesis, half of it coverage-guided, and what both found."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from guided import GROUPS  # noqa: E402

from data.synthetic import write_sample  # noqa: E402

ROOT = Path(__file__).parents[2]
BAD_FILES, EXAMPLES, MADE_UP = 300, 3000, 4
"""A turn by hypothesis: bad files, and examples for each of its tests."""


def by_examples(until: float, seed: int) -> tuple[int, int]:
    """Turns by hypothesis until a moment: inputs, failed turns."""
    inputs = failed = 0
    more = {"OPDRIFT_BAD_FILES": str(BAD_FILES), "OPDRIFT_FUZZ_EXAMPLES": str(EXAMPLES)}
    while time.time() < until:
        seed += 1
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/integration/test_bad_inputs.py"],
            cwd=ROOT, env=os.environ | more | {"OPDRIFT_FUZZ_SEED": str(seed)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        inputs += BAD_FILES + (MADE_UP - 1) * EXAMPLES
        if done.returncode != 0:
            failed += 1
            print(f"Turn {seed} failed:\n{done.stdout[-4000:]}", flush=True)
    print(f"{'by hypothesis':<22}{inputs:>10} inputs{failed:>6} failed turns", flush=True)
    return inputs, failed


def guided(group: str, seconds: int, seed: int, *, sample: Path, kept: Path) -> tuple[int, int]:
    """One group by atheris: inputs, places in the code where something came out."""
    found = kept / "found" / group
    found.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(ROOT / "tests" / "fuzz" / "guided.py"), group, "--seconds", str(seconds), "--seed", str(seed),
               "--sample", str(sample), "--corpus", str(kept / "corpus" / group), "--found", str(found)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    ended = re.search(r"Done (\d+) runs", done.stderr)
    counted = re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    places = sorted(file.name for file in found.iterdir() if file.suffix != ".txt")
    inputs = int(ended[1]) if ended else int((counted or ["0"])[-1])
    print(
        f"{'guided: ' + group:<22}{inputs:>10} inputs{len(places):>6} found, {(covered or ['0'])[-1]} edges covered", flush=True
    )
    for place in places:
        print(f"    {found / place}", flush=True)
    if not ended:
        print(f"    the search itself stopped ({done.returncode}): {done.stderr[-1500:]}", flush=True)
    return inputs, len(places) + int(not ended)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=60.0)
    asked.add_argument("--seed", type=int, default=int(time.time()) % 10**6)
    asked.add_argument("--keep", type=Path, help="folder of what was found and of the corpus, used again the next time")
    asked.add_argument("--only", choices=("examples", *GROUPS), action="append", help="these parts of it")
    words = asked.parse_args()
    kept = words.keep or Path(tempfile.mkdtemp(prefix="opdrift-fuzz-"))
    parts = words.only or ["examples", *GROUPS]
    shares = {"examples": len(GROUPS)}  # half of the time
    whole = sum(shares.get(part, 1) for part in parts)
    try:
        import atheris  # noqa: F401, PLC0415
    except ImportError:
        print("atheris is not here (pip install '.[fuzz]'): examples by hypothesis only", flush=True)
        parts, whole = ["examples"], len(GROUPS)
    sample = kept / "sample"
    if not sample.exists():
        sample.mkdir(parents=True)
        write_sample(sample, months=36)
    inputs = faults = 0
    since = time.time()
    for part in parts:
        seconds = 60 * words.minutes * shares.get(part, 1) / whole
        if part == "examples":
            made, wrong = by_examples(time.time() + seconds, words.seed)
        else:
            made, wrong = guided(part, int(seconds), words.seed, sample=sample, kept=kept)
        inputs, faults = inputs + made, faults + wrong
    print(f"{(time.time() - since) / 60:.0f} minutes, {inputs} inputs, seed {words.seed}: {faults} faults", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    raise SystemExit(main())
