"""``make faults``: two hundred faults in one home, and a table of what was lost, half, or had to be mended by hand."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KILLS_BEFORE_A_RUN = 4
DAMAGE = ("cut", "one bit", "zeros", "empty", "noise", "gone")


def planned(count: int, folder: Path, rng: random.Random) -> Iterator[tuple[str, Callable[[object], object]]]:
    """Every kind of fault, and as many kills at random instants as make up the count."""
    import injections as do  # noqa: PLC0415

    fixed: list[tuple[str, Callable[[object], object]]] = []

    def add(kind: str, what: Callable[[object], object]) -> None:
        fixed.append((kind, what))

    for step in do.STEPS:
        add("kill -9 at a step", lambda bench, step=step: do.kill_at_step(bench, step))
    for how in DAMAGE * 2:
        add("published file damaged", lambda bench, how=how: do.damage_published(bench, how, rng))
    for how in DAMAGE:
        add("pointer damaged", lambda bench, how=how: do.damage_pointer(bench, how, rng))
        add("archived file damaged", lambda bench, how=how: do.damage_archive(bench, how, rng)) if how != "gone" else None
        for name in ("landed.json", "forecast_choice.json", "attempts.jsonl"):
            add("a run's own notes damaged", lambda bench, how=how, name=name: do.damage_state(bench, name, how, rng))
    for how in ("growing", "named .part", "cut off", "locked"):
        add("half-copied or locked input", lambda bench, how=how: do.half_copied(bench, how))
    for days in (1, 400):
        add("clock set back", lambda bench, days=days: do.clock_back(bench, days))
    for place in range(2):
        add("two runs at once", lambda bench: do.two_at_once(bench))
        add("a run beside 20 readers", lambda bench: do.beside_readers(bench))
    for place, free in enumerate((0, 30, 300, 1500, 4000, 7000, 12000)):
        add("full disk", lambda bench, free=free, place=place: do.full_disk(bench, folder / f"disk{place}", free))
    for name in ("published", "archive", "restricted", "reports", "inbox", "."):
        add("read-only folder", lambda bench, name=name: do.read_only(bench, name))
    for step in ("land", "validate", "publish"):
        add("Prefect server gone", lambda bench, step=step: do.server_gone(bench, step))
    add("orphaned server", lambda bench: do.orphaned_server(bench))
    for headroom in (0, 20, 60):
        add("out of memory", lambda bench, headroom=headroom: do.out_of_memory(bench, headroom))
    kills = max(0, count - len(fixed))
    for number in range(kills):
        last = number % KILLS_BEFORE_A_RUN == KILLS_BEFORE_A_RUN - 1 or number == kills - 1
        add("kill -9 at an instant", lambda bench, last=last: do.kill_after(bench, rng.uniform(0.05, 9.0), recover=last))
    yield from fixed[:count] if count >= len(fixed) else fixed


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=200)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--only", default="", help="kinds that begin with this")
    words = asked.parse_args()
    from bench import Bench, Found  # noqa: PLC0415
    from injections import NotHere  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="opdrift-faults-"))
    rng = random.Random(words.seed)  # noqa: S311
    since = time.monotonic()
    bench = Bench.begun(folder / "home")
    table: dict[str, list[Found]] = defaultdict(list)
    skipped: dict[str, str] = {}
    plan = [item for item in planned(words.count, folder, rng) if item[0].startswith(words.only)]
    for number, (kind, inject) in enumerate(plan, start=1):
        try:
            found = inject(bench)
        except NotHere as why:
            skipped[kind] = str(why)
            continue
        except Exception as error:  # noqa: BLE001  (counted, and the rest goes on)
            found = Found(kind, by_hand=1, words=f"the suite itself: {type(error).__name__}: {str(error)[:600]}")
            bench.shown = bench.shown if bench.recovers() else bench.shown
        assert isinstance(found, Found)
        table[kind].append(found)
        print(f"{time.monotonic() - since:7.0f} s {number:4} {'good' if found.good else 'BAD '} {found.name} {'' if found.good else found.words}", flush=True)
    _print(table, skipped, time.monotonic() - since)
    return int(any(not found.good for rows in table.values() for found in rows))


def _print(table: dict[str, list], skipped: dict[str, str], seconds: float) -> None:
    heads = ("faults", "lost files", "half-published", "need a hand", "not said")
    print(f"\n{'kind':<30}" + "".join(f"{head:>16}" for head in heads))
    total = [0] * 5
    for kind, rows in table.items():
        counts = [len(rows), *(sum(getattr(row, name) for row in rows) for name in ("lost", "half", "by_hand", "silent"))]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        print(f"{kind:<30}" + "".join(f"{count:>16}" for count in counts))
    print(f"{'in all':<30}" + "".join(f"{count:>16}" for count in total) + f"   ({seconds / 60:.0f} minutes)")
    for kind, why in skipped.items():
        print(f"skipped: {kind}: {why}")


if __name__ == "__main__":
    sys.exit(main())
