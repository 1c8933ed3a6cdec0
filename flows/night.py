"""One night's run in memory: what the steps hand on to each other. Prefect sees its name only, never a row of it."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from data.errors import OpdriftError
from flows.audit import mend_and_note
from flows.scrub import scrubbed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import pandas as pd

    from data.settings import Settings
    from flows.journal import Journal
    from flows.progress import Bars
    from flows.steps import Step


class Night:
    """What one run holds. No dataclass on purpose: Prefect looks into those when they are passed.

    Attributes:
        settings: The run's settings.
        run_id: The run's name.
        journal: Where its steps are told.
        clock: Tells the time, UTC.
        bars: Progress.
        frames: Published tables so far, by name.
        held: What a step leaves for later ones, by name.
        seconds: Step -> duration, seconds.
    """

    def __init__(self, settings: Settings, run_id: str, *, journal: Journal, clock: Callable[[], datetime], bars: Bars) -> None:
        """Begin with nothing done."""
        self.settings, self.run_id, self.journal, self.clock, self.bars = settings, run_id, journal, clock, bars
        self.started = clock()
        self.frames: dict[str, pd.DataFrame] = {}
        self.held: dict[str, Any] = {"notices": []}
        self.seconds: dict[str, float] = {}
        self._open = ExitStack()

    def warehouse(self) -> Any:  # noqa: ANN401  (only data knows DuckDB)
        """The one connection of the night, opened when first asked for."""
        if "warehouse" not in self.held:
            from data.warehouse import open_warehouse  # noqa: PLC0415

            if (files := mend_and_note(self.settings, {"run_id": self.run_id})) is not None:
                self.held["notices"].append(rebuilt_notice(files))
            self.held["warehouse"] = self._open.enter_context(open_warehouse(self.settings))
        return self.held["warehouse"]

    def close(self) -> None:
        """Close what was opened."""
        self.held.pop("warehouse", None)
        self._open.close()


def rebuilt_notice(files: int) -> pd.DataFrame:
    """What a run says that found its warehouse damaged."""
    import pandas as pd  # noqa: PLC0415

    danish = f"Datalageret var beskadiget og er bygget på ny af arkivets {files} filer."
    english = f"The warehouse was damaged, and was built anew from the archive's {files} files."
    return pd.DataFrame([("warehouse_rebuilt", "run", danish, english)], columns=["notice_id", "member", "text_da", "text_en"])


_TONIGHT: dict[str, Night] = {}


@contextmanager
def begun(night: Night) -> Iterator[Night]:
    """Make a night known by its name while the block runs."""
    _TONIGHT[night.run_id] = night
    try:
        yield night
    finally:
        del _TONIGHT[night.run_id]
        night.close()


def tonight(run_id: str) -> Night:
    """The night of that name.

    Raises:
        OpdriftError: It is not under way in this process.
    """
    if run_id not in _TONIGHT:
        what = f"Run {run_id} is not under way in this process"
        raise OpdriftError(what, remedy="Start a new run: opdrift run")
    return _TONIGHT[run_id]


def run_step(step: Step, run_id: str) -> None:
    """Do one step of a run: tell the journal, show progress, measure, and scrub what goes wrong.

    Raises:
        OpdriftError: The step failed; its message holds no value.
    """
    night = tonight(run_id)
    night.journal.step(step.name)
    since = time.monotonic()
    fault = None
    try:
        step.work(night, night.bars.begin(step.label))
    except Exception as error:  # noqa: BLE001  (a task's edge: Prefect stores what passes)
        fault = scrubbed(error, step=step.name)
    night.seconds[step.name] = round(time.monotonic() - since, 2)
    if fault is not None:
        raise fault  # outside the handler: the library's error does not hang on to it
