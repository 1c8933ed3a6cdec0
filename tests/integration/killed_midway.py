"""Does one piece of work again and again, each on a copy of a home, and stops it for good at another moment each time.

Started as a process of its own that has only imported: it forks for every attempt, and no thread is left behind in a fork.
A moment is a file opened for writing, a rename, a removal, or an end of DuckDB's; ``os._exit`` runs no handler, as ``kill -9``.
Some are taken evenly, and beside them those just before and just after ``landed.json`` is put in place.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import data.backup
import data.rebuilding
from data.settings import Paths, Retention, Settings, read_settings
from flows.citizen_rights import erase
from flows.retention import retain

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NEVER = 10**9
EVENTS = {"os.rename", "os.remove", "os.link", "os.mkdir", "shutil.rmtree", "ctypes.dlsym"}


def work(what: str, settings: Settings, beside: Path) -> None:
    """One of the commands that must leave nothing half."""
    if what == "erase":
        erase(settings, "0101801234", who="DPO", legal_basis="Sag 2026-1: fejlregistreret", keep_accounts=False)
    elif what == "retain":
        retain(settings, NOW)
    elif what == "backup":
        data.backup.write_backup(settings.paths, beside / "kept.age", at=NOW)
    elif what == "restore":
        data.backup.restore_backup(settings.paths, beside / "kept.age", at=NOW, replace=True)
    else:
        data.rebuilding.mend_warehouse(settings)


def settings_of(folder: Path) -> Settings:
    paths = Paths(home=folder / "home", secrets=folder / "keys")  # apart: the log's head lies beside the keys
    return read_settings(paths, retention=Retention(inputs_months=48))


def attempt(what: str, template: Path, folder: Path, step: int) -> tuple[int, list[int]]:
    """Do it on a copy, stop at a moment; how many moments came, and which wrote ``landed.json`` and put it in place."""
    shutil.copytree(template, folder)
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        done, noting = 0, []

        def tick(arguments: tuple) -> None:
            nonlocal done
            done += 1
            if done == step:
                os._exit(9)
            if arguments and str(arguments[0]).endswith(".landed.json.part"):
                noting.append(done)

        def watch(event: str, arguments: tuple) -> None:
            writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wxa+")
            if event in EVENTS or writes or (event == "open" and arguments[1] is None):  # a folder too, to be made durable
                tick(arguments)

        sys.addaudithook(watch)
        work(what, settings_of(folder), folder)
        os.write(write, json.dumps([done, noting]).encode())
        os._exit(0)
    os.close(write)
    told = os.read(read, 1000)
    os.close(read)
    os.waitpid(child, 0)
    count, noting = json.loads(told or b"[0, []]")
    return count, noting


def main() -> None:
    """``WHAT TEMPLATE FOLDER COUNT``: prints the moments at which it was stopped."""
    what, template, folder, count = sys.argv[1], *map(Path, sys.argv[2:4]), int(sys.argv[4])
    moments, noting = attempt(what, template, folder / "whole", NEVER)
    assert moments > 3, moments
    evenly = {1 + round(number * (moments - 1) / max(count - 1, 1)) for number in range(count)}
    steps = sorted(evenly | set(noting[1:]) | {step + 1 for step in noting[1:]})
    for step in steps:
        assert attempt(what, template, folder / str(step), step)[0] == 0
    sys.stdout.write(" ".join(map(str, steps)))


if __name__ == "__main__":
    main()
