"""Coverage-guided search (atheris) for bytes that a taker neither takes nor refuses; one process per group of takers.

Run by ``campaign.py``. What is found is written to a folder, one file for each place in the code, and the search goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import traceback
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parents[1])]

if TYPE_CHECKING:
    from collections.abc import Callable

    from takers import Taker

GROUPS: dict[str, Callable[[str], bool]] = {
    "workbooks": lambda name: name.endswith(".xlsx"),
    "texts": lambda name: name.endswith(".csv"),
    "written": lambda name: name in {"mapping", "scenario", "board", "portfolio", "investment", "settings"},
    "kept": lambda name: name in {"series", "attempts", "decisions", "adjustments", "landed", "choice"},
}
READ = ("data", "models.scenario", "models.priority", "models.investment", "models.file_faults", "models.forecast.choice_json",
        "flows.journal", "csv", "tomllib", "openpyxl", "zipfile")  # fmt: skip
MOST_BYTES = 40_000


def where(error: BaseException) -> str:
    """Kind of an error and the last place of ours that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and "/tests/" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def inside(content: bytes, change: Callable[[bytes], bytes], rng: random.Random) -> bytes:
    """A workbook with one part changed: bytes changed from outside only break its sums."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as out:
        struck = rng.choice(given.namelist())
        for name in given.namelist():
            out.writestr(name, change(given.read(name)) if name == struck else given.read(name))
    return made.getvalue()


def lay_out(chosen: list[Taker], corpus: Path, bad: dict[str, tuple[str, bytes]]) -> None:
    """What the search begins from: good files and bad ones, each behind a byte that names its taker."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number, taker in enumerate(chosen):
        stem = taker.name.rsplit(".", 1)[0]
        worse = [content for name, (_, content) in bad.items() if name.rsplit("_", 1)[0] == stem]
        for content in (*taker.good, *worse):
            if len(content) < MOST_BYTES:
                (corpus / hashlib.sha256(taker.name.encode() + content).hexdigest()).write_bytes(bytes([number]) + content)


def main() -> None:
    """Search until the time is up."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("group", choices=GROUPS)
    asked.add_argument("--sample", type=Path, required=True)
    asked.add_argument("--corpus", type=Path, required=True)
    asked.add_argument("--found", type=Path, required=True)
    asked.add_argument("--seconds", type=int, required=True)
    asked.add_argument("--seed", type=int, default=1)
    words = asked.parse_args()
    import atheris  # noqa: PLC0415  (the extra 'fuzz')

    with atheris.instrument_imports(include=list(READ)):
        import bad_inputs  # noqa: PLC0415
        import takers  # noqa: PLC0415

    chosen: list[Taker] = [taker for taker in takers.takers(words.sample) if GROUPS[words.group](taker.name)]
    lay_out(chosen, words.corpus, bad_inputs.bad_files(words.sample, 300, words.seed))

    def one(data: bytes) -> None:
        if not data:
            return
        taker = chosen[data[0] % len(chosen)]
        try:
            taker.take(data[1:])
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
            name = f"{taker.name} {where(error)}".replace("/", "_").replace(" ", "_")
            if not (words.found / name).exists():
                (words.found / name).write_bytes(data[1:])
                text = "".join(traceback.format_exception(error)[-6:])
                (words.found / f"{name}.txt").write_text(text, encoding="utf-8", errors="replace")

    def change(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        head, rest = data[:1], data[1:]
        with suppress(Exception):  # what has no rows or no parts is changed plainly
            if words.group == "workbooks" and rng.random() < 0.9:
                return (head + inside(rest, lambda part: atheris.Mutate(part, most - len(data)), rng))[:most]
            if words.group == "texts" and rng.random() < 0.6:
                return (head + rng.choice(bad_inputs.TEXT)(rest, rng))[:most]
            if rng.random() < 0.6:
                text = bad_inputs.mutated(rest.decode("utf-8", errors="surrogateescape"), seed)
                return (head + text.encode("utf-8", errors="surrogateescape"))[:most]
        return atheris.Mutate(data, most)

    limits = [f"-max_total_time={words.seconds}", f"-max_len={MOST_BYTES}", "-timeout=60", "-rss_limit_mb=3000", "-verbosity=1"]
    limits += [f"-seed={words.seed}", f"-artifact_prefix={words.found}/stopped-"]
    atheris.Setup([sys.argv[0], *limits, str(words.corpus)], one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
