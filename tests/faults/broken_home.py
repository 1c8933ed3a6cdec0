"""A small published home to break, and what must hold after every fault: nothing lost, nothing half, nothing to mend by hand."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration")]  # tests are no packages: plain_night is found by its name

from plain_night import started_apart  # noqa: E402

from data.archive import is_sound  # noqa: E402
from data.input_state import find_inbox, sha256_of  # noqa: E402
from data.mart import Mart, digest, find_current, is_whole, published_file  # noqa: E402
from data.schema import PUBLISHED  # noqa: E402
from data.settings import Paths, read_settings  # noqa: E402
from flows import doctor  # noqa: E402
from flows.journal import read_attempts  # noqa: E402
from flows.status import read_status, told  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

GIVE_UP_S = 240


def _shared() -> object:
    spec = importlib.util.spec_from_file_location("integration_homes", ROOT / "tests" / "integration" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SHARED = _shared()


@dataclass
class Found:
    """What was seen after one fault.

    Attributes:
        name: The fault.
        lost: Files that lie nowhere whole any more.
        half: 1 when what is served is not one whole run.
        by_hand: 1 when the next run did not complete by itself.
        silent: 1 when status and doctor had no word of it.
        words: What they said.
    """

    name: str
    lost: int = 0
    half: int = 0
    by_hand: int = 0
    silent: int = 0
    words: str = ""

    @property
    def good(self) -> bool:
        return not (self.lost or self.half or self.by_hand or self.silent)


@dataclass
class Bench:
    """One home, what was ever dropped into it, and the run that must stand.

    Attributes:
        paths: The home.
        dropped: SHA-256 of every file that was put into the inbox.
        shown: The run that was published last by a run that came through.
    """

    paths: Paths
    dropped: set[str] = field(default_factory=set)
    shown: str = ""
    _level: float = 1.0
    _services: int = 1

    @classmethod
    def begun(cls, folder: Path, *, scheduled: bool = True, settings: str = "workers = 1\n") -> Bench:
        """A home with one published run; ``scheduled``: with Prefect's database, for runs by the command line."""
        made = SHARED.home_in(folder) if scheduled else SHARED.Opdrift(folder / "home", folder / "keys")  # type: ignore[attr-defined]
        (made.home / "inbox").mkdir(parents=True, exist_ok=True)
        (made.home / "settings.toml").write_text(settings, encoding="utf-8")
        bench = cls(Paths(home=made.home, secrets=made.secrets))
        bench.drop()
        assert bench.recovers() == ""
        return bench

    @property
    def command_line(self) -> Callable[..., object]:
        """``opdrift`` with words, on this home."""
        return SHARED.Opdrift(self.paths.home, self.paths.secrets)  # type: ignore[attr-defined, no-any-return]

    def drop(self, name: str = "case_months.csv", *, services: int = 1) -> Path:
        """Put a file with other figures into the inbox."""
        self._level += 0.003
        self._services = max(self._services, services)  # fewer than before would be refused as cut off
        file = self.paths.inbox / name
        if file.exists():
            self.dropped.discard(sha256_of(file))  # whoever exports replaces it: no file is lost by that
        SHARED.write_case_months(file, services=self._services, level=self._level)  # type: ignore[attr-defined]
        self.dropped.add(sha256_of(file))
        return file

    def lost(self) -> int:
        """Files that are neither waiting, nor set aside, nor archived whole."""
        settings = read_settings(self.paths)
        folders = (self.paths.home / name for name in ("inbox", "refused", "taken"))
        lies = {sha256_of(file) for folder in folders for file in folder.rglob("*") if file.is_file()}
        return sum(sha not in lies and not is_sound(sha, settings) for sha in self.dropped)

    def served(self) -> str:
        """What is wrong with what is served; empty when it is one whole run."""
        found = find_current(self.paths)
        if found.run_id is None:
            return f"nothing is served: {found.reason}"
        file = published_file(self.paths, found.run_id)
        try:
            mart = Mart.open(self.paths)
            with mart.held():
                rows = sum(len(mart.table(name)) for name in PUBLISHED)
            same = digest(file) == mart.record("digest")
        except Exception as error:  # noqa: BLE001  (whatever a page would meet)
            return f"{type(error).__name__} while reading {found.run_id}"
        return "" if is_whole(file) and same and rows else f"{found.run_id} is not whole"

    def said(self, *, doctor_too: bool = False) -> str:
        """What ``status`` says, and ``doctor`` of what it looks at in the home."""
        settings, now = read_settings(self.paths), datetime.now(UTC)
        text = told(read_status(settings, now=now))
        if doctor_too:
            found = [
                *doctor._home(self.paths),
                *doctor._room(self.paths),
                *doctor._locks(settings),
                *doctor._registers(self.paths),
            ]
            found += [*doctor._published(self.paths), *doctor._archive(settings), *doctor._clock(self.paths, now)]
            text += "\n" + "\n".join(f"{item.what}: {item.found}" for item in found)
        return text

    def recovers(self) -> str:
        """Run a night with what waits, or a new file, and nothing else done; what is wrong with it, or empty."""
        before, refused = find_current(self.paths).run_id, self._refused()
        if not find_inbox(self.paths):
            self.drop()
        run = started_apart(self.paths)
        run.join(GIVE_UP_S)
        if run.exitcode != 0:
            attempts = read_attempts(self.paths)
            with suppress(Exception):
                run.kill()
            return f"the next run ended with {run.exitcode} after {attempts[-1].steps[-1:] if attempts else 'nothing'}"
        found = find_current(self.paths)
        if found.run_id in {None, before} or found.reason:
            return f"the next run published nothing: {found}"
        if left := find_inbox(self.paths):
            return f"{len(left)} files were left in the inbox"
        if more := self._refused() - refused:
            return f"files were refused: {sorted(more)}"
        self.shown = str(found.run_id)
        return self.served()

    def _refused(self) -> set[str]:
        folder = self.paths.home / "refused"
        return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}

    def judged(self, name: str, words: str, *, served: set[str] | None = None, recover: bool = True) -> Found:
        """Look at everything after a fault.

        Args:
            name: The fault.
            words: What status or doctor must say; empty: the fault leaves nothing to say.
            served: Runs that may be shown; None: any whole one.
            recover: Whether a next run is asked for.
        """
        found = Found(name, lost=self.lost())
        if wrong := self.served():
            found.half, found.words = 1, wrong
        elif served is not None and find_current(self.paths).run_id not in served:
            found.half, found.words = 1, f"{find_current(self.paths)} is shown, not one of {served}"
        said = self.said(doctor_too=True)
        if words and words not in said:
            found.silent, found.words = 1, f"{found.words}; '{words}' is not in: {said[-700:]}"
        if recover and (wrong := self.recovers()):
            found.by_hand, found.words = 1, f"{found.words}; {wrong}"
        found.lost = max(found.lost, self.lost())
        return found

    def copied(self, folder: Path) -> Bench:
        """The same home elsewhere, with the same keys."""
        shutil.copytree(self.paths.home, folder / "home", symlinks=True, dirs_exist_ok=True)
        return Bench(
            Paths(home=folder / "home", secrets=self.paths.secrets), set(self.dropped), self.shown, self._level, self._services
        )


def until(what: Callable[[], bool], alive: Callable[[], bool], seconds: float = GIVE_UP_S) -> bool:
    """Wait for something while a process lives."""
    give_up = time.monotonic() + seconds
    while not what():
        if not alive() or time.monotonic() > give_up:
            return False
        time.sleep(0.003)
    return True
