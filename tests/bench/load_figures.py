"""``make load``: sessions on every page while nights publish: no errors, and every screen shows one whole run.

A home of its own is published first. Then sessions go from page to page, as people do who read, and now and then move a slider,
while ``opdrift run --as-of`` publishes other cutoffs one after another. Of every screen it is kept which runs it names, and what
it says: the same page of the same run must say the same to everyone.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from page_figures import served  # noqa: E402
from page_sessions import Session  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402

from data.synthetic import write_sample  # noqa: E402

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).parents[2]
PAGES = ("overblik", "scenarier", "udvalg", "prioritering", "forebyggelse", "budgetopfoelgning", "modelkvalitet", "data")
CUTOFFS = ("2026-09-30", "2026-10-31", "2026-08-31", "2026-07-31")
RUN = re.compile(r"run-\d{8}T\d{6}-[0-9a-f]{6}")
FOOT = "od-foot"
READS = (4.0, 12.0)
"""Seconds for which a page is read before the next."""
MOST_MINUTES = 20


@dataclass
class Screen:
    """One page, drawn once.

    Attributes:
        page: Its address.
        at: Of ``time.monotonic``, when it was whole.
        seconds: From the request to its last element.
        runs: Runs that it names in its foot.
        said: SHA-256 of all its texts; empty where the session has moved a slider before: its scenario is its own.
    """

    page: str
    at: float
    seconds: float
    runs: frozenset[str]
    said: str


class Reader(Session):
    """A session that goes from page to page."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.screens: list[Screen] = []
        self._texts: list[str] = []
        self._moved = False

    async def read(self, pages: tuple[str, ...], until: float) -> None:
        """Open pages, one at a time; on every third one a slider is moved."""
        while time.monotonic() < until:
            self._page, self._sliders, self._texts = self._chance.choice(pages), {}, []
            begun = time.monotonic()
            await self._ask("", "")
            runs = frozenset(found for text in self._texts if FOOT in text for found in RUN.findall(text))
            said = "" if self._moved else hashlib.sha256("\n".join(sorted(self._texts)).encode()).hexdigest()
            self.screens.append(Screen(self._page, time.monotonic(), time.monotonic() - begun, runs, said))
            await asyncio.sleep(self._chance.uniform(*READS))
            if self._sliders and self._chance.random() < 1 / 3:
                slider = self._chance.choice(list(self._sliders.values()))
                slider.value = slider.low + slider.step * self._chance.randrange(
                    round((slider.high - slider.low) / slider.step) + 1
                )
                self._moved = True
                await self._ask(slider.widget_id, slider.fragment_id)

    def _take(self, told: ForwardMsg, widget_id: str, begun: float, *, answered: bool) -> bool:
        element = told.delta.new_element
        kind = element.WhichOneof("type")
        if kind in {"html", "markdown"} and not widget_id:
            self._texts.append(element.html.body if kind == "html" else element.markdown.body)
        return super()._take(told, widget_id, begun, answered=answered)


@dataclass
class Nights:
    """Publications one after another, in a thread, until told to end.

    Attributes:
        published: (moment, run id) of each.
        faults: Nights that did not publish, with what they said.
    """

    home: Path
    env: dict[str, str]
    published: list[tuple[float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def publish(self, *words: str) -> None:
        """One night; told to end, it is stopped, and counts for nothing."""
        command = [sys.executable, "-m", "flows.cli", "run", *words]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as night:
            while night.poll() is None and not self.ending.wait(0.5):
                pass
            if night.poll() is None:
                night.send_signal(signal.SIGINT)
                night.communicate(timeout=120)
                return
            said = night.communicate()[1]
        if night.returncode not in {0, 4}:
            self.faults.append(f"run {' '.join(words)} ended with {night.returncode}: {said[-600:]}")
        self.published.append((time.monotonic(), (self.home / "published" / "CURRENT").read_text(encoding="utf-8").strip()))

    def one_after_another(self) -> None:
        number = 0
        while not self.ending.is_set() and not self.faults:
            self.publish("--as-of", CUTOFFS[number % len(CUTOFFS)])
            number += 1


async def _one(port: int, pages: tuple[str, ...], seed: int, until: float) -> Reader:
    async with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        max_size=None,
        ping_interval=None,  # type: ignore[list-item]
    ) as socket:
        reader = Reader(socket, pages[0], seed)
        await asyncio.sleep(seed * 0.2 % 10)
        await reader.read(pages, until)
        return reader


async def _every(port: int, base: int, sessions: int, until: float) -> list[Reader]:
    """Sessions on the pages, and last one on the minimal page, under the same load."""
    readers = [_one(port, PAGES, seed, until) for seed in range(sessions)]
    return list(await asyncio.gather(*readers, _one(base, ("",), sessions, until)))


def told(values: list[float]) -> str:
    high = quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
    return f"median {median(values):6.2f} s, 95 % within {high:6.2f} s (n={len(values)})"


def judged(readers: list[Reader], nights: Nights, first: str, since: float) -> list[str]:
    """What is wrong with what was seen; empty: nothing."""
    known = {first, *(run for _, run in nights.published)}
    wrong = [f"error on {reader._page}: {error}" for reader in readers for error in reader.seen.errors]
    wrong += nights.faults
    says: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for reader in readers:
        order = [first, *(run for _, run in nights.published)]
        last = 0
        for screen in reader.screens:
            if len(screen.runs) != 1 or not screen.runs <= known:
                wrong.append(f"{screen.page} at {screen.at - since:.0f} s names {sorted(screen.runs) or 'no run'}")
                continue
            (run,) = screen.runs
            if order.index(run) < last:
                wrong.append(f"{screen.page} at {screen.at - since:.0f} s went back to {run}")
            last = max(last, order.index(run))
            if screen.said:
                says[screen.page, run][screen.said] += 1
    wrong += [f"{page} of {run} says {dict(said)}" for (page, run), said in sorted(says.items()) if len(said) > 1]
    return wrong


def main() -> int:  # noqa: PLR0915  (a script: set up, load, print)
    """Publish, load, judge; what was wrong is printed, and is the exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sessions", type=int, default=50)
    asked.add_argument("--minutes", type=float, default=5.0)
    asked.add_argument("--publications", type=int, default=2)
    asked.add_argument("--months", type=int, default=36, help="of the synthetic sample")
    asked.add_argument("--small", action="store_true", help="a town of three services, whose nights end soon on a busy machine")
    words = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="opdrift-load-"))
    home = folder / "home"
    (home / "inbox").mkdir(parents=True)
    env = os.environ | {"OPDRIFT_SECRETS": str(folder / "keys"), "OPDRIFT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    os.environ["OPDRIFT_SECRETS"] = env["OPDRIFT_SECRETS"]
    if words.small:
        sys.path[:0] = [str(ROOT / "tests" / "faults")]
        from broken_home import SHARED  # noqa: PLC0415

        SHARED.write_case_months(home / "inbox" / "case_months.csv")  # type: ignore[attr-defined]
    else:
        write_sample(home / "inbox", months=words.months)
    nights = Nights(home, env)
    nights.publish()
    if nights.faults:
        print(nights.faults)
        return 1
    first = nights.published.pop()[1]
    memory: list[float] = []
    with served("app.py", str(home)) as (port, server), served("tests/bench/minimal_page.py", str(home)) as (base, _):
        since, load = time.monotonic(), [os.getloadavg()[0]]
        publishing = threading.Thread(target=nights.one_after_another)
        watching = threading.Thread(target=_watch, args=(nights.ending, memory, load, server))
        publishing.start()
        watching.start()
        readers: list[Reader] = []
        turn = 60 * words.minutes
        while time.monotonic() < since + 60 * MOST_MINUTES:  # longer than asked where nights are slow: they share the machine
            readers += asyncio.run(_every(port, base, words.sessions, time.monotonic() + turn))
            if len(nights.published) >= words.publications or nights.faults:
                break
            turn = 60.0
        seconds = time.monotonic() - since
        nights.ending.set()
        during = [run for at, run in nights.published if at - since < seconds]
        publishing.join()
        watching.join()
    plain = [reader for reader in readers if reader._page == ""]
    readers = [reader for reader in readers if reader._page != ""]
    wrong = judged(readers, nights, first, since)
    screens = [screen for reader in readers for screen in reader.screens]
    seen = Counter(run for screen in screens for run in screen.runs)
    if len(during) < words.publications:
        wrong.append(f"{len(during)} publications in {seconds:.0f} s, not {words.publications}")
    print(
        f"{words.sessions} sessions, {seconds:.0f} s, {len(during)} publications meanwhile; load average {max(load):.1f} at most"
    )
    print(f"screens: {len(screens)}, of {len(seen)} runs: {', '.join(f'{run} {n}' for run, n in seen.items())}")
    for page in PAGES:
        times = [screen.seconds for screen in screens if screen.page == page]
        if times:
            print(f"  {page:<20}{told(times)}")
    print(f"  {'minimal page':<20}{told([screen.seconds for reader in plain for screen in reader.screens])}")
    moves = [second for reader in readers for second in reader.seen.seconds]
    if moves:
        print(f"  {'moved sliders':<20}{told(moves)}")
    print(f"server's memory, MB: {memory[0]:.0f} at first, {max(memory):.0f} at most, {memory[-1]:.0f} at last")
    print(f"wrong: {len(wrong)}")
    for line in wrong[:40]:
        print(f"  {line}")
    return int(bool(wrong))


def _watch(ending: threading.Event, memory: list[float], load: list[float], server: object) -> None:
    while not ending.wait(5.0):
        memory.append(server.memory_info().rss / 2**20)  # type: ignore[attr-defined]
        load.append(os.getloadavg()[0])


if __name__ == "__main__":
    raise SystemExit(main())
