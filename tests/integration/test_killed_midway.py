"""Backup, restore, erasure, deletion by rule, rebuilding: stopped midway nothing is half, and doing it again finishes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import killed_midway as midway
import pytest

from data.archive import read_archived
from data.audit_check import check_log
from data.audit_log import append
from data.backup import left_aside, restore_backup, write_backup
from data.input_state import read_state, sha256_of
from data.landing import land, settle
from data.rebuilding import mend_warehouse
from data.retention import known_files
from data.settings import Paths
from data.warehouse import is_damaged, open_warehouse
from flows.audit import note_landed
from flows.citizen_rights import erase

if TYPE_CHECKING:
    from data.settings import Settings

ROOT = Path(__file__).parents[2]
CASES = "case_id;citizen_id;birth_month;service;start_date;price;price_from;price_unit;provider_type;paying_municipality"
POSTINGS = "posting_id;accounting_year;accounting_period;posted_on;function;account_class;owner;grouping;expense_type"
REST = "1980-01-01;SEL-107;2025-01-01;3000,00;2025-01-01;day;own;151"
STOPS = int(os.environ.get("OPDRIFT_STOPS", "3"))


@pytest.fixture(params=["archive"])
def template(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A home in which three files landed, one of them long ago, and its keys."""
    folder = tmp_path / "template"
    (folder / "home" / "inbox").mkdir(parents=True)
    told = f"workers = 1\narchive = {'true' if request.param == 'archive' else 'false'}\n"
    (folder / "home" / "settings.toml").write_text(told, encoding="utf-8")
    settings = midway.settings_of(folder)
    texts = {
        "cases_2020-01.csv": f"{CASES}\nS9;030390-3456;{REST}\n",
        "cases_2026-01.csv": f"{CASES}\nS1;010180-1234;{REST}\nS2;020290-2345;{REST}\n",
        "postings_2026.csv": f"{POSTINGS};case_id;amount_dkk\n"  # known by their case alone
        "B1;2026;1;2026-01-15;52820;1;1;003;47;S1;100,00\nB2;2026;1;2026-01-15;52820;1;1;003;47;S2;7,00\n",
    }
    for number, (name, text) in enumerate(texts.items()):
        (settings.paths.inbox / name).write_text(text)
        with open_warehouse(settings) as con:
            (outcome,) = land(con, settings, pause=lambda _: None)
            settle(con, settings, [outcome])
        at = midway.NOW.replace(year=2020 if number == 0 else 2026)
        append(settings.paths, "files_landed", {"files": [outcome.sha256]}, clock=lambda at=at: at)
    return folder


def stopped(what: str, template: Path, folder: Path) -> list[Path]:
    """Folders of the homes in which it was stopped, each at another moment."""
    evenly = 0 if (template / "home" / "taken").exists() else STOPS
    command = [sys.executable, midway.__file__, what, *map(str, (template, folder)), str(evenly)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [folder / step for step in done.stdout.split()]


def rows(settings: Settings) -> dict[str, list[Any]]:
    with open_warehouse(settings) as con:
        return {
            table: con.execute(f"SELECT * EXCLUDE (row_order) FROM landed_{table} ORDER BY ALL").fetchall()
            for table in ("cases", "postings")
        }


def kept(settings: Settings) -> dict[str, bytes]:
    """SHA-256 -> content, in clear, of every file that was taken in, from the archive or what lies in its stead."""
    if not settings.archive:
        return {sha256_of(file): file.read_bytes() for file in settings.paths.taken.rglob("*") if file.is_file()}
    names = [file.name for file in settings.paths.archive.iterdir() if len(file.name) == 64]
    return {name: read_archived(name, settings) for name in names}


def everything(home: Path) -> dict[str, bytes]:
    made_anew = {"run.lock", "audit.lock"}
    return {
        str(file.relative_to(home)): file.read_bytes()
        for file in home.rglob("*")
        if file.is_file() and file.name not in made_anew
    }


@pytest.mark.parametrize("template", ["archive", "taken"], indirect=True)
def test_an_erasure_is_finished_by_erasing_again(template: Path, tmp_path: Path) -> None:
    for folder in stopped("erase", template, tmp_path / "stops"):
        settings = midway.settings_of(folder)
        before = rows(settings)
        mend_warehouse(settings)  # as the next night does
        after = rows(settings)
        assert all(len(after[table]) <= len(before[table]) for table in after), f"{folder.name}: nobody comes back"
        erase(settings, "0101801234", who="DPO", legal_basis="Sag 2026-1: fejlregistreret", keep_accounts=False)
        left = rows(settings)
        assert (len(left["cases"]), len(left["postings"])) == (2, 1), folder.name
        assert not [mark for mark in (b"010180", b"S1;") if mark in b"".join(kept(settings).values())]
        assert set(kept(settings)) == set(read_state(settings.paths).landed), "what a rebuilding needs lies there"
        assert mend_warehouse(settings) is None
        note_landed(settings.paths, read_state(settings.paths).landed, "run-20261126T020000-abcdef")
        known = known_files(settings.paths)
        assert set(known) == set(read_state(settings.paths).landed), folder.name
        assert sorted(at[:4] for at in known.values()) == ["2020", "2026", "2026"]
        assert max(known.values())[:19] == midway.NOW.isoformat()[:19], "no file is younger for it"
        assert check_log(settings.paths).is_whole


def test_a_deletion_by_rule_is_finished_by_the_next(template: Path, tmp_path: Path) -> None:
    for folder in stopped("retain", template, tmp_path / "stops"):
        settings = midway.settings_of(folder)
        before = rows(settings)
        mend_warehouse(settings)
        assert len(rows(settings)["cases"]) <= len(before["cases"]), f"{folder.name}: nothing comes back"
        midway.work("retain", settings, folder)
        assert len(rows(settings)["cases"]) == 2, folder.name
        assert b"030390" not in b"".join(kept(settings).values())
        assert set(known_files(settings.paths)) == set(read_state(settings.paths).landed)
        assert check_log(settings.paths).is_whole


def test_a_backup_is_whole_or_not_there(template: Path, tmp_path: Path) -> None:
    before = everything(template / "home")
    for folder in stopped("backup", template, tmp_path / "stops"):
        settings = midway.settings_of(folder)
        assert everything(settings.paths.home) == before, "the home stands"
        if not (folder / "kept.age").exists():
            write_backup(settings.paths, folder / "kept.age", at=midway.NOW)
        assert not list(folder.glob(".kept*")), "and nothing half lies beside it"
        again = Paths(home=folder / "again", secrets=folder / "keys")
        restore_backup(again, folder / "kept.age", at=midway.NOW)
        assert everything(again.home) == before


def test_a_restore_leaves_the_old_home_or_the_whole_new_one(template: Path, tmp_path: Path) -> None:
    settings = midway.settings_of(template)
    new = everything(settings.paths.home)
    write_backup(settings.paths, template / "kept.age", at=midway.NOW)
    (settings.paths.home / "since.txt").write_text("of the home that stands")
    old = everything(settings.paths.home)
    seen: list[bool] = []
    for folder in stopped("restore", template, tmp_path / "stops"):
        stands = everything(folder / "home")
        assert stands in (old, new), folder.name
        seen.append(stands == new)
        restored = [*folder.glob("home.before-*"), *left_aside(folder / "home")]
        if stands == new:
            assert [everything(place) for place in restored] == [old], "the earlier home is kept"
        (folder / "home" / "later.txt").write_text("x")
        restore_backup(
            Paths(home=folder / "home", secrets=folder / "keys"), folder / "kept.age", at=midway.NOW.replace(day=27), replace=True
        )
        assert everything(folder / "home") == new
        assert (
            old in [everything(place) for place in [*folder.glob("home.before-*"), *left_aside(folder / "home")]] or not seen[-1]
        )
    assert seen[0] is False


def test_a_rebuilding_is_finished_by_the_next_run(template: Path, tmp_path: Path) -> None:
    settings = midway.settings_of(template)
    before = rows(settings)
    settings.paths.warehouse.write_bytes(b"noise")
    for folder in stopped("rebuild", template, tmp_path / "stops"):
        there = midway.settings_of(folder)
        if is_damaged(there):
            assert mend_warehouse(there) == 3
        assert rows(there) == before
        assert not (there.paths.home / ".rebuilding").exists() or mend_warehouse(there) is None
