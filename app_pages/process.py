"""What the pages' process is told once: what the collector need not look at, how many threads a sum takes, how long a turn is."""

from __future__ import annotations

import atexit
import gc
import sys

from threadpoolctl import threadpool_limits

_TURN = 0.001

atexit.register(gc.unfreeze)


def set_apart() -> None:
    """Put everything that lives now out of the collector's sight; what was there before is looked through first.

    Modules and runs are large, and live as long as the server.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def share_fairly() -> None:
    """One thread a sum, and short turns: a session that moves a slider waits for no other's charts.

    Sums of a scenario are small, and threads that help each other with them take the cores that other sessions' pages need: with
    25 sessions on two cores that was a quarter of all work. A turn of a thousandth instead of a two-hundredth of a second lets an
    answer out between two steps of somebody's chart.
    """
    threadpool_limits(limits=1)
    sys.setswitchinterval(_TURN)
