"""A damaged or lost warehouse comes back row for row from the archive, or not at all and with the words why."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace

import duckdb
import pytest

from data import rebuilding
from data.errors import OpdriftError
from data.input_state import read_state
from data.rebuilding import mend_warehouse
from data.warehouse import WarehouseFault, is_damaged, lacks, open_warehouse, why_closed
from flows.doctor import _warehouse

ROWS = "SELECT * EXCLUDE (row_order) FROM landed_postings ORDER BY posting_id, file_sha256"
FILES = "SELECT * EXCLUDE (reason, message, kept_as) FROM files ORDER BY sha256, table_name"
BYTES = {"noise": b"no warehouse at all", "empty": b"", "gone": None}
CHECKSUM, VERSION = slice(0, 8), slice(12, 20)
"""Where DuckDB's first header keeps them."""


def flipped(content: bytes, bit: int) -> bytes:
    found = bytearray(content)
    found[bit // 8] ^= 1 << bit % 8
    return bytes(found)


def broken(home, how: str) -> None:
    file = home.settings.paths.warehouse
    if how == "cut":
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2])
    elif how == "zeros":
        content = bytearray(file.read_bytes())
        content[12288:] = bytes(len(content) - 12288)
        file.write_bytes(content)
    elif how == "version":
        file.write_bytes(flipped(file.read_bytes(), 8 * VERSION.start))
    elif BYTES[how] is None:
        file.unlink()
    else:
        file.write_bytes(BYTES[how])


@pytest.fixture
def filled(home, lines):
    """Two years, one of them brought again with another figure, two files landed out of the order of their names."""
    home.postings("postings_2026.csv", lines.posting(1), lines.posting(2, amount="50,00"))
    home.land()
    home.postings("postings_2025.csv", lines.posting(3, year=2025))
    home.land()
    home.postings("postings_2026.csv", lines.posting(1), lines.posting(2, amount="70,00"), lines.posting(4))
    home.cases("cases_2026-01.csv", lines.case(1))
    home.land()
    return home


@pytest.mark.parametrize("how", ["cut", "zeros", "noise", "empty", "gone", "version"])
def test_it_comes_back_row_for_row(filled, how) -> None:
    before = filled.ask(ROWS), filled.ask(FILES)
    assert len(before[1]) == 4
    assert mend_warehouse(filled.settings) is None, "what is whole stays"
    broken(filled, how)
    assert mend_warehouse(filled.settings) == 4
    assert not is_damaged(filled.settings)
    assert (filled.ask(ROWS), filled.ask(FILES)) == before
    assert filled.land() == []
    assert not list(filled.settings.paths.home.glob(".rebuilding*"))


def test_any_bit_of_the_headers_version_is_damage_and_a_newer_release_is_not(home) -> None:
    with open_warehouse(home.settings):
        pass
    file = home.settings.paths.warehouse
    content = file.read_bytes()
    for bit in range(8 * VERSION.start, 8 * VERSION.stop):
        file.write_bytes(flipped(content, bit))
        assert is_damaged(home.settings), bit
    newer = bytearray(content)
    newer[VERSION] = struct.pack("<Q", 10**6)
    file.write_bytes(newer)
    with pytest.raises(duckdb.Error) as told:
        duckdb.connect(str(file), read_only=True)
    right = re.search(r"computed checksum (\d+)", str(told.value))
    assert right is not None
    newer[CHECKSUM] = struct.pack("<Q", int(right[1]))
    file.write_bytes(newer)
    assert not is_damaged(home.settings)
    assert mend_warehouse(home.settings) is None, "what a newer version wrote is never thrown away"
    assert why_closed(file) == "a newer DuckDB wrote it"
    said = r"Another version of DuckDB wrote.*Install the version"
    with pytest.raises(WarehouseFault, match=said), open_warehouse(home.settings):
        pass
    assert file.read_bytes() == bytes(newer)


def test_a_journal_of_another_state_of_the_file_is_damage(home) -> None:
    with open_warehouse(home.settings) as con:
        con.execute("CHECKPOINT")
        con.execute("INSERT INTO facts VALUES ('a', 'b')")
        journal = home.settings.paths.warehouse.with_name("warehouse.duckdb.wal")
        content = journal.read_bytes()
    assert not is_damaged(home.settings)
    journal.write_bytes(content)
    assert is_damaged(home.settings)


def test_a_bit_of_the_journal_loses_nothing_in_silence(home, lines) -> None:
    """Killed after landing: what was taken in lies in the journal. DuckDB drops what stands behind a bad entry, unsaid."""
    file = home.settings.paths.warehouse
    journal = file.with_name("warehouse.duckdb.wal")
    with open_warehouse(home.settings) as con:
        con.execute("CHECKPOINT")
        home.postings("postings_2025.csv", lines.posting(3, year=2025))
        home.postings("postings_2026.csv", lines.posting(1), lines.posting(2, amount="50,00"))
        home.land()
        killed = file.read_bytes(), journal.read_bytes()
    assert not journal.exists(), "who closes leaves no journal"
    whole, landed = home.ask(ROWS), read_state(home.settings.paths).landed
    silent = []
    for bit in range(4, 8 * len(killed[1]), 8 * len(killed[1]) // 6):
        file.write_bytes(killed[0])
        journal.write_bytes(flipped(killed[1], bit))
        if not is_damaged(home.settings):
            silent += [bit] if lacks(home.settings, landed) else []
            assert bit in silent or home.ask(ROWS) == whole, bit
    assert silent, "else DuckDB says it itself by now, and lacks() may go"
    file.write_bytes(killed[0])
    journal.write_bytes(flipped(killed[1], silent[-1]))
    assert "were taken in: its journal was damaged" in next(_warehouse(home.settings)).found
    assert mend_warehouse(home.settings) == len(landed) == 2
    assert home.ask(ROWS) == whole


def test_without_an_archive_it_comes_back_from_what_was_taken_aside(home, lines) -> None:
    for amount in ("50,00", "70,00"):
        home.postings("postings_2026.csv", lines.posting(1, amount=amount))
        home.land(archive=False)
        home.settle(archive=False)
    before = home.ask(ROWS), home.ask(FILES)
    broken(home, "noise")
    assert mend_warehouse(replace(home.settings, archive=False)) == 2
    assert (home.ask(ROWS), home.ask(FILES)) == before


def test_a_fresh_home_has_nothing_to_build(home) -> None:
    assert mend_warehouse(home.settings) is None


def test_where_a_file_is_nowhere_whole_nothing_is_built(filled) -> None:
    lost = next(sha256 for sha256, name in read_state(filled.settings.paths).order if name == "postings_2025.csv")
    (filled.settings.paths.archive / lost).write_bytes(b"rotted")
    broken(filled, "noise")
    with pytest.raises(OpdriftError, match=r"1 of the 4 files it was made from lie nowhere whole: postings_2025\.csv"):
        mend_warehouse(filled.settings)
    assert filled.settings.paths.warehouse.read_bytes() == BYTES["noise"], "nothing half takes its place"


def test_the_same_file_in_the_inbox_is_taken_from_there(filled, lines) -> None:
    lost = next(sha256 for sha256, name in read_state(filled.settings.paths).order if name == "postings_2025.csv")
    (filled.settings.paths.archive / lost).unlink()
    broken(filled, "gone")
    filled.postings("postings_2025.csv", lines.posting(3, year=2025))
    assert mend_warehouse(filled.settings) == 3
    assert [item.status for item in filled.land()] == ["landed"]
    assert len(filled.ask(ROWS)) == 6


def test_a_file_of_a_mapping_that_is_gone_stops_it_with_its_name(filled) -> None:
    state = filled.settings.paths.home / "landed.json"
    told = json.loads(state.read_text(encoding="utf-8"))
    told["order"][1][1] = "of_another_mapping.csv"
    state.write_text(json.dumps(told), encoding="utf-8")
    broken(filled, "cut")
    with pytest.raises(OpdriftError, match=r"can't read 1 of its files: of_another_mapping\.csv"):
        mend_warehouse(filled.settings)


def test_refused_files_are_looked_at_anew(filled) -> None:
    filled.drop("postings_2024.csv", "no;such;header")
    (refused,) = filled.land()
    assert refused.status == "refused"
    broken(filled, "gone")
    assert mend_warehouse(filled.settings) == 4
    assert filled.waiting() == ["postings_2024.csv"]
    assert [(item.status, item.reason) for item in filled.land()] == [("refused", refused.reason)]


def test_a_stop_while_it_is_built_leaves_the_damaged_one(filled, monkeypatch) -> None:
    broken(filled, "noise")
    with monkeypatch.context() as stopped:
        stopped.setattr(rebuilding, "_put_in_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            mend_warehouse(filled.settings)
    assert filled.settings.paths.warehouse.read_bytes() == BYTES["noise"]
    assert mend_warehouse(filled.settings) == 4
