"""What is loaded once is put out of the garbage collector's sight: modules and runs are large, and live as long as the server."""

from __future__ import annotations

import atexit
import gc

atexit.register(gc.unfreeze)


def set_apart() -> None:
    """Put everything that lives now out of the collector's sight; what was there before is looked through first."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
