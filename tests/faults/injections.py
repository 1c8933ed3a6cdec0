"""The faults, each done to a home: what is broken, how, and what must be said of it afterwards."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import plain_night
import psutil
from broken_home import Bench, Found, until
from plain_night import started_apart

from data.mart import Mart, find_current, published_file
from data.schema import PUBLISHED
from flows.journal import read_attempts
from flows.server import recorded
from flows.steps import ORDER

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
GIVE_UP_S = 400
HALF_COPIED = ("growing", "named .part", "cut off", "locked")
FOLDERS = ("published", "archive", "restricted", "reports", "inbox", ".")
STEPS = [step.name for step in ORDER if step.name != "sample"]


class NotHere(Exception):
    """This machine does not let the fault be made; says why."""


def kill_at_step(bench: Bench, step: str, *, recover: bool = True) -> Found:
    """``kill -9`` as soon as a step is begun."""
    before = len(read_attempts(bench.paths))
    bench.drop()
    run = started_apart(bench.paths)
    came = until(lambda: len(read_attempts(bench.paths)) > before and step in read_attempts(bench.paths)[-1].steps, run.is_alive)
    return _killed(bench, run, f"kill -9 in step {step}", came=came, recover=recover)


def kill_after(bench: Bench, seconds: float, *, recover: bool = True) -> Found:
    """``kill -9`` at an instant."""
    bench.drop()
    run = started_apart(bench.paths)
    until(lambda: False, run.is_alive, seconds)
    return _killed(bench, run, f"kill -9 after {seconds:.2f} s", came=True, recover=recover)


def _killed(bench: Bench, run: plain_night.ForkServerProcess, name: str, *, came: bool, recover: bool) -> Found:
    assert came, f"{name}: the step never came"
    known = {bench.shown}
    was_alive = run.is_alive()
    if was_alive:
        os.kill(run.pid, signal.SIGKILL)
    run.join()
    last = read_attempts(bench.paths)[-1]
    shown = find_current(bench.paths).run_id
    if {"point", "settle"} & set(last.steps):
        known.add(last.run_id)
    found = bench.judged(name, "stopped midway" if last.was_killed else "", served=known, recover=recover)
    bench.shown = bench.shown if recover else str(shown)
    return found


def damage_published(bench: Bench, how: str, rng: random.Random, *, recover: bool = True) -> Found:
    """The file that ``CURRENT`` names is no longer what was written."""
    file = published_file(bench.paths, bench.shown)
    runs = sorted(path.stem for path in bench.paths.published.glob("run-*.duckdb"))
    spoil(file, how, rng)
    earlier = set(runs) - {bench.shown}
    words = f"The file of run {bench.shown}, which CURRENT names, is missing or damaged"
    return bench.judged(f"published file {how}", words, served=earlier, recover=recover)


def damage_pointer(bench: Bench, how: str, rng: random.Random, *, recover: bool = True) -> Found:
    """``CURRENT`` is not what was written."""
    spoil(bench.paths.published / "CURRENT", how, rng)
    (bench.paths.published / ".CURRENT.part").write_bytes(b"run-2026")  # as a kill between writing and renaming leaves it
    return bench.judged(f"pointer {how}", "CURRENT", served={bench.shown}, recover=recover)


def damage_archive(bench: Bench, how: str, rng: random.Random) -> Found:
    """An archived file is not what was taken in; the same file comes again, and is archived anew."""
    file = bench.drop()
    content = file.read_bytes()
    assert bench.recovers() == ""
    archived = bench.paths.archive / hashlib.sha256(content).hexdigest()
    spoil(archived, how, rng)
    found = Found(f"archived file {how}")
    said = bench.said(doctor_too=True)
    found.silent = int("archived files are not what was taken in" not in said) if archived.exists() else 0
    if wrong := bench.recovers():
        found.by_hand, found.words = 1, wrong
    file.write_bytes(content)  # it was lost by the disk; whoever exported it has it still
    rest = bench.judged(found.name, "", served={bench.shown})
    return Found(found.name, rest.lost, rest.half, found.by_hand or rest.by_hand, found.silent, found.words + rest.words)


def damage_state(bench: Bench, name: str, how: str, rng: random.Random) -> Found:
    """A small file that runs keep for themselves is cut, changed or gone."""
    file = bench.paths.home / name
    if file.exists():
        spoil(file, how, rng)
    return bench.judged(f"{name} {how}", "", served={bench.shown})


def spoil(file: Path, how: str, rng: random.Random) -> None:
    file.chmod(0o640)
    content = bytearray(file.read_bytes())
    if how == "gone":
        file.unlink()
        return
    if how == "cut":
        del content[rng.randrange(len(content)) :]
    elif how == "one bit":
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    elif how == "version":  # of the header of a DuckDB file: a bit more, and a newer release seems to have written it
        content[12] ^= 1 << rng.randrange(8)
    elif how == "zeros":
        at = rng.randrange(len(content))
        content[at : at + 4096] = bytes(len(content[at : at + 4096]))
        content[0] ^= 1
    elif how == "empty":
        content.clear()
    else:
        content[:] = rng.randbytes(len(content))
    file.write_bytes(content)


def half_copied(bench: Bench, how: str) -> Found:
    """A file that is still being copied, has a copier's name, was cut off, or is locked by another program."""
    words = ""
    whole = bench.drop()
    content = whole.read_bytes()
    ending = threading.Event()
    if how == "growing":
        whole.write_bytes(content[:1000])
        writer = threading.Thread(target=_grow, args=(whole, content, ending))
        writer.start()
    elif how == "named .part":
        whole.rename(whole.with_name(whole.name + ".part"))
    elif how == "cut off":
        whole.write_bytes(content[: len(content) // 2 - 7])
    locked = None
    if how == "locked":
        import fcntl  # noqa: PLC0415

        locked = whole.open("rb")
        fcntl.flock(locked, fcntl.LOCK_EX)
    done = bench.command_line("run")
    ending.set()
    if how == "growing":
        writer.join()
    elif how == "named .part":
        whole.with_name(whole.name + ".part").rename(whole)
    elif how == "cut off":
        words = "truncated" if done.returncode in {3, 4} else ""  # type: ignore[attr-defined]
        whole.write_bytes(content)
    if locked is not None:
        locked.close()
    found = bench.judged(f"input {how}", words)
    assert done.returncode in {0, 3, 4}, (done.returncode, done.stderr)  # type: ignore[attr-defined]
    return found


def _grow(file: Path, content: bytes, ending: threading.Event) -> None:
    at = 1000
    while not ending.wait(0.2) and at < len(content) - 200:
        with file.open("ab") as stream:
            stream.write(content[at : at + 20])
        at += 20
    with file.open("ab") as stream:
        stream.write(content[at:])


def clock_back(bench: Bench, days: int) -> Found:
    """The clock stands days back for one run."""
    process = plain_night._branching().Process(target=_night_back, args=(bench.paths, days))
    bench.drop()
    process.start()
    process.join()
    assert process.exitcode == 0
    bench.shown = read_attempts(bench.paths)[-1].run_id
    return bench.judged(f"clock back {days} days", "", served={bench.shown})


def _night_back(paths: object, days: int) -> None:
    plain_night.clock = lambda: datetime.now(UTC) - timedelta(days=days)
    plain_night.night(paths)  # type: ignore[arg-type]


def two_at_once(bench: Bench) -> Found:
    """A second run while one is under way."""
    bench.drop()
    first = bench.command_line.branch("run")  # type: ignore[attr-defined]
    before = len(read_attempts(bench.paths))
    came = until(lambda: len(read_attempts(bench.paths)) > before, first.is_alive)
    second = bench.command_line("run")
    first.join()
    found = bench.judged("two runs at once", "")
    assert came
    found.silent = int("holds this home" not in second.stderr or second.returncode != 2)  # type: ignore[attr-defined]
    found.by_hand = found.by_hand or int(first.exitcode != 0)
    return found


def beside_readers(bench: Bench, readers: int = 20) -> Found:
    """Pages read all the while: each sees one whole run, before or after."""
    ending, faults, reads = threading.Event(), [], [0]
    first = bench.shown

    def read() -> None:
        while not ending.is_set():
            try:
                mart = Mart.open(bench.paths)
                with mart.held():
                    ids = {mart.run_id, *(str(mart.record("run_id") or mart.run_id),)}
                    [len(mart.table(name)) for name in list(PUBLISHED)[:6]]
                if mart.reason or len(ids) != 1:
                    faults.append(mart.reason or str(ids))
                reads[0] += 1
            except Exception as error:  # noqa: BLE001
                faults.append(repr(error))
            time.sleep(0.05)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    bench.drop()
    run = started_apart(bench.paths)
    run.join()
    ending.set()
    for thread in threads:
        thread.join()
    assert reads[0] > readers
    found = bench.judged(f"a run beside {readers} readers ({reads[0]} reads)", "")
    found.half, found.words = found.half or int(bool(faults)), found.words + "; ".join(faults[:3])
    assert first != find_current(bench.paths).run_id
    return found


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[None]:
    """Something mounted at a folder.

    Raises:
        NotHere: Mounting isn't permitted.
    """
    done = subprocess.run(["mount", *words, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        why = f"mounting isn't permitted here ({done.stderr.strip()})"
        raise NotHere(why)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(filler: Path, free: int) -> None:
    """Write until the disk is full, then give that much back."""
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(1 << 16))
    os.truncate(filler, max(0, filler.stat().st_size - free))


def full_disk(bench: Bench, folder: Path, free_kb: int) -> Found:
    """The disk of the home has little room left, and less with every write."""
    folder.mkdir()
    size = sum(file.stat().st_size for file in bench.paths.home.rglob("*") if file.is_file())
    with mounted(folder, "-t", "tmpfs", "-o", f"size={size // 1024 + 60_000}k", "tmpfs"):
        there = bench.copied(folder)
        there.drop()
        _fill(folder / "filler", free_kb * 1024)
        done = there.command_line("run")
        wrong = there.served()
        words = done.stderr  # type: ignore[attr-defined]
        (folder / "filler").unlink()
        found = there.judged(f"disk full but for {free_kb} kB", "", served=None)
        if done.returncode == 1 and not any(word in words for word in ("disk", "room")):  # type: ignore[attr-defined]
            found.silent, found.words = 1, f"{found.words}; run said: {words[-400:]}"
        found.half, found.words = found.half or int(bool(wrong)), found.words + wrong
        assert "Traceback" not in words
    return found


def read_only(bench: Bench, name: str) -> Found:
    """A folder of the home can't be written to."""
    folder = bench.paths.home / name
    folder.mkdir(exist_ok=True)
    bench.drop()
    with mounted(folder, "--bind", str(folder)):
        done = subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            why = f"mounting read-only isn't permitted here ({done.stderr.strip()})"
            raise NotHere(why)
        ran = bench.command_line("run")
        wrong = bench.served()
        said = ran.stderr + bench.said()  # type: ignore[attr-defined]
    found = bench.judged(f"{name}/ read-only", "", served=None)
    known = ("can't be written", "may not be read or written", "can be written", "be written to", "write access")
    if ran.returncode not in {0, 4} and not any(word in said for word in known):  # type: ignore[attr-defined]
        found.silent, found.words = 1, f"{found.words}; run said: {ran.stderr[-400:]}"  # type: ignore[attr-defined]
    found.half = found.half or int(bool(wrong))
    return found


def server_gone(bench: Bench, step: str) -> Found:
    """The Prefect server is killed while a run uses it."""
    bench.drop()
    for file in bench.paths.prefect.glob("server-*.json"):
        file.unlink()  # no server that stays: this run starts its own
    before = len(read_attempts(bench.paths))
    run = bench.command_line.branch("run")  # type: ignore[attr-defined]
    came = until(lambda: len(read_attempts(bench.paths)) > before and step in read_attempts(bench.paths)[-1].steps, run.is_alive)
    for served in recorded(bench.paths):
        os.kill(served.pid, signal.SIGKILL)
    run.join(GIVE_UP_S)
    assert came
    if run.is_alive():
        run.kill()
        return Found(f"Prefect server gone in step {step}", by_hand=1, words=f"the run still waits after {GIVE_UP_S} s")
    last = read_attempts(bench.paths)[-1]
    words = "" if last.outcome == "published" else ("stopped midway" if last.was_killed else last.message[:20])
    return bench.judged(f"Prefect server gone in step {step} (then: {last.outcome or 'killed'})", words)


def orphaned_server(bench: Bench) -> Found:
    """A run was killed, and its server lives on."""
    leave = (
        "import os, pathlib, signal, sys\n"
        "from data.settings import Paths\n"
        "from flows.server import start_server\n"
        "start_server(Paths(home=pathlib.Path(sys.argv[1]), secrets=pathlib.Path(sys.argv[2])), role='run')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", leave, str(bench.paths.home), str(bench.paths.secrets)], cwd=ROOT, check=False)
    orphans = [item for item in recorded(bench.paths) if item.is_orphan]
    assert len(orphans) == 1
    found = bench.judged("orphaned server", "servers of a killed run still run", recover=False)
    bench.drop()
    done = bench.command_line("run")
    found.by_hand = int(done.returncode != 0 or orphans[0].lives)  # type: ignore[attr-defined]
    found.words += "" if not found.by_hand else done.stderr[-300:]  # type: ignore[attr-defined]
    bench.shown = str(find_current(bench.paths).run_id)
    return found


def out_of_memory(bench: Bench, headroom_mb: int) -> Found:
    """The process that forecasts gets hardly more memory, from the step on in which it fits series."""
    before = len(read_attempts(bench.paths))
    bench.drop(services=3)
    (bench.paths.home / "forecast_choice.json").unlink(missing_ok=True)  # every series is fitted anew
    run = bench.command_line.branch("run")  # type: ignore[attr-defined]
    came = until(
        lambda: len(read_attempts(bench.paths)) > before and "forecast" in read_attempts(bench.paths)[-1].steps, run.is_alive
    )
    assert came
    used = psutil.Process(run.pid).memory_info().vms
    resource.prlimit(run.pid, resource.RLIMIT_AS, (used + headroom_mb * 2**20,) * 2)
    run.join()
    last = read_attempts(bench.paths)[-1]
    words = {"published": ""}.get(last.outcome, "stopped midway" if last.was_killed else "memory")
    return bench.judged(f"out of memory with {headroom_mb} MB more (then: {last.outcome or 'killed'})", words)
