"""``make faults``: two hundred faults in one home, and a table of what was lost, half, or had to be mended by hand."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

if TYPE_CHECKING:
    from collections.abc import Callable

    from broken_home import Found

KILLS_BEFORE_A_RUN = 8
DAMAGE = ("cut", "one bit", "zeros", "empty", "noise", "gone")


def planned(count: int, folder: Path, rng: random.Random) -> list[tuple[str, Callable[..., Found]]]:
    """Every kind of fault, and as many kills at random instants as make up the count."""
    import injections as do  # noqa: PLC0415
    import kept_faults as kept  # noqa: PLC0415

    notes = ("landed.json", "forecast_choice.json", "attempts.jsonl")
    fixed = [
        *(("kill -9 at a step", partial(do.kill_at_step, step=step)) for step in do.STEPS),
        *(("published file damaged", partial(do.damage_published, how=how, rng=rng)) for how in DAMAGE * 2),
        *(("pointer damaged", partial(do.damage_pointer, how=how, rng=rng)) for how in DAMAGE),
        *(("archived file damaged", partial(do.damage_archive, how=how, rng=rng)) for how in DAMAGE[:-1]),
        *(
            ("a run's own notes damaged", partial(do.damage_state, name=name, how=how, rng=rng))
            for how in DAMAGE
            for name in notes
        ),
        *(("warehouse damaged", partial(kept.damage_warehouse, how=how, rng=rng)) for how in (*DAMAGE, "version")),
        *(("journal damaged after a kill", partial(kept.damage_journal, rng=rng)),) * 3,
        *(("register's line cut off", kept.register_cut_off),) * 2,
        *(("kill -9 of a backup", partial(kept.kill_command, word="backup", seconds=rng.uniform(0.02, 1.0))) for _ in range(4)),
        *(("kill -9 of a restore", partial(kept.kill_command, word="restore", seconds=rng.uniform(0.02, 1.0))) for _ in range(4)),
        *(("half-copied or locked input", partial(do.half_copied, how=how)) for how in do.HALF_COPIED),
        *(("clock set back", partial(do.clock_back, days=days)) for days in (1, 400)),
        *(("two runs at once", do.two_at_once),) * 2,
        *(("a run beside 20 readers", do.beside_readers),) * 2,
        *(
            ("full disk", partial(do.full_disk, folder=folder / f"disk{free}", free_kb=free))
            for free in (1, 30, 300, 1500, 4000, 7000, 12000)
        ),
        *(("read-only folder", partial(do.read_only, name=name)) for name in do.FOLDERS),
        *(("Prefect server gone", partial(do.server_gone, step=step)) for step in ("land", "settle")),
        ("orphaned server", do.orphaned_server),
        *(("out of memory", partial(do.out_of_memory, headroom_mb=headroom)) for headroom in (0, 20, 60)),
    ]
    kills = max(0, count - len(fixed))
    for number in range(kills):
        last = number % KILLS_BEFORE_A_RUN == KILLS_BEFORE_A_RUN - 1
        fixed.append(("kill -9 at an instant", partial(do.kill_after, seconds=rng.uniform(0.05, 9.0), recover=last)))
    return fixed[:count]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=200)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--each", type=int, default=10**6, help="of every kind at most so many")
    asked.add_argument("--only", default="", help="kinds that begin with this")
    words = asked.parse_args()
    from broken_home import Bench, Found  # noqa: PLC0415
    from injections import NotHere  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="opdrift-faults-"))
    rng = random.Random(words.seed)
    since = time.monotonic()
    bench = Bench.begun(folder / "home")
    table: dict[str, list[Found]] = defaultdict(list)
    skipped: dict[str, str] = {}
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))  # the table of what was done so far
    plan = _chosen(planned(words.count, folder, rng), words.only, words.each, rng)
    for number, (kind, inject) in enumerate(plan, start=1):
        if stopped:
            break
        try:
            found = inject(bench)
        except NotHere as why:
            skipped[kind] = str(why)
            continue
        except Exception as error:  # noqa: BLE001  (counted, and the rest goes on)
            found = Found(kind, by_hand=1, words=f"the suite itself: {type(error).__name__}: {str(error)[:600]}")
            bench.recovers()
        assert isinstance(found, Found)
        table[kind].append(found)
        verdict = "good" if found.good else f"BAD  {found.words}"
        print(f"{time.monotonic() - since:7.0f} s {number:4} {found.name}: {verdict}", flush=True)
    if wrong := bench.recovers():
        table["the last run"].append(Found("the last run", by_hand=1, words=wrong))
    _print(table, skipped, time.monotonic() - since)
    return int(any(not found.good for rows in table.values() for found in rows))


def _chosen(plan: list, only: str, each: int, rng: random.Random) -> list:
    """Kinds in a mixed order, so that one that is cut short has seen all of them."""
    seen: dict[str, int] = defaultdict(int)
    kept = []
    for kind, inject in plan:
        seen[kind] += 1
        if kind.startswith(only) and seen[kind] <= each:
            kept.append((kind, inject))
    rng.shuffle(kept)
    return kept


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
