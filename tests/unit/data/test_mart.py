"""The published mart is whole or absent, holds its contract, and the pointer is never a trap."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest

from data.errors import NoPublishedRun, PublishRefused
from data.mart import Mart, current_run, digest, find_current, point_current, write_mart
from data.schema import PUBLISHED, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings

FIRST, SECOND = "run-20260101T020000-0000aa", "run-20260102T020000-0000ab"
_EXAMPLE = {
    Kind.TEXT: "a",
    Kind.WHOLE: 1,
    Kind.MONEY: 12.25,
    Kind.NUMBER: 0.1,
    Kind.DATE: pd.Timestamp("2026-01-01"),
    Kind.MONTH: pd.Timestamp("2026-01-01"),
    Kind.FLAG: True,
    Kind.DRAWS: np.array([1.5, 2.5]),
}


def small_frames() -> dict[str, pd.DataFrame]:
    """One row in every published table."""
    frames = {}
    for table in PUBLISHED.values():
        row = {c.name: c.allowed[0] if c.allowed else _EXAMPLE[c.kind] for c in table.columns}
        frames[table.name] = pd.DataFrame([row])
    frames["run_record"] = pd.DataFrame(
        {"key": ["seed", "started"], "value": [json.dumps(1), json.dumps("2026")], "volatile": [False, True]}
    )
    return frames


def test_what_is_written_is_read_again(settings: Settings) -> None:
    frames = small_frames()
    frames["balance"] = pd.DataFrame(
        {
            "table_name": ["postings", "cases"],
            "rows_in": [10, 5],
            "rows_used": [9, 5],
            "rows_set_aside": [1, 0],
            "amount_in": [0.1, np.nan],
            "amount_used": [0.1, None],
            "amount_set_aside": [0.0, None],
            "few_citizens": [True, None],
        }
    )
    file = write_mart(settings.paths, FIRST, frames)
    assert stat.S_IMODE(file.stat().st_mode) & 0o222 == 0
    point_current(settings.paths, FIRST)
    mart = Mart.open(settings.paths)
    assert (mart.run_id, mart.reason, mart.record("seed"), mart.record("nothing")) == (FIRST, "", 1, None)
    balance = mart.table("balance")
    assert balance["table_name"].tolist() == ["cases", "postings"], "rows lie in key order"
    assert balance["amount_in"].tolist()[1] == 0.1
    assert np.isnan(balance["amount_in"].tolist()[0])
    assert balance["few_citizens"].fillna(value=False).tolist() == [False, True]
    draws = mart.table("draws")
    assert draws["gross_nominal"][0].tolist() == [1.5, 2.5]
    assert str(draws["month"].dtype) == "datetime64[us]"
    assert mart.record("digest") == digest(file)


def test_every_table_keeps_types_when_empty(settings: Settings) -> None:
    frames = {name: frame.iloc[:0] for name, frame in small_frames().items()}
    write_mart(settings.paths, FIRST, frames)
    mart = Mart.open(settings.paths)
    for table in PUBLISHED.values():
        frame = mart.table(table.name)
        assert tuple(frame.columns) == table.names
        for column in table.columns:
            if column.kind is Kind.TEXT:
                assert str(frame[column.name].dtype) == "str", (table.name, column.name)


def _without_column(frames: dict[str, pd.DataFrame]) -> None:
    frames["draws"] = frames["draws"].drop(columns="volume")


def _with_column(frames: dict[str, pd.DataFrame]) -> None:
    frames["services"] = frames["services"].assign(citizen_id="secret-value")


def _null_required(frames: dict[str, pd.DataFrame]) -> None:
    frames["services"] = frames["services"].assign(label_da=None)


def _outside_list(frames: dict[str, pd.DataFrame]) -> None:
    frames["rule_results"] = frames["rule_results"].assign(severity="secret-value")


def _masked_figure(frames: dict[str, pd.DataFrame]) -> None:
    frames["forecast_years"] = frames["forecast_years"].assign(mask="primary")


def _twice(frames: dict[str, pd.DataFrame]) -> None:
    frames["bridge"] = pd.concat([frames["bridge"]] * 2)


def _mid_month(frames: dict[str, pd.DataFrame]) -> None:
    frames["actual_months"] = frames["actual_months"].assign(month=pd.Timestamp("2026-01-02"))


def _infinite(frames: dict[str, pd.DataFrame]) -> None:
    frames["forecast_years"] = frames["forecast_years"].assign(mean=np.inf)


def _hole_in_draws(frames: dict[str, pd.DataFrame]) -> None:
    frames["draws"]["gross_nominal"] = [np.array([1.0, np.nan])]


def _text_for_number(frames: dict[str, pd.DataFrame]) -> None:
    frames["forecast_years"] = frames["forecast_years"].assign(q10="secret-value")


def _no_table(frames: dict[str, pd.DataFrame]) -> None:
    del frames["drift"]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_without_column, "volume"),
        (_with_column, "citizen_id"),
        (_null_required, "label_da"),
        (_outside_list, "severity"),
        (_masked_figure, "masked"),
        (_twice, "key"),
        (_mid_month, "month"),
        (_infinite, "infinite"),
        (_hole_in_draws, "draws"),
        (_text_for_number, "q10"),
        (_no_table, "drift"),
    ],
)
def test_a_broken_table_is_refused_and_leaves_nothing(settings: Settings, spoil: object, says: str) -> None:
    frames = small_frames()
    spoil(frames)
    with pytest.raises(PublishRefused, match=says) as caught:
        write_mart(settings.paths, FIRST, frames)
    assert "secret-value" not in str(caught.value), "no value may stand in a message"
    assert list(settings.paths.published.iterdir()) == [] if settings.paths.published.exists() else True


def test_masked_rows_without_figures_are_published(settings: Settings) -> None:
    frames = small_frames()
    hidden = dict.fromkeys(("mean", "q10", "q50", "q90", "n_citizens", "top_share"))
    frames["forecast_years"] = frames["forecast_years"].assign(mask="secondary", **hidden)
    write_mart(settings.paths, FIRST, frames)
    assert Mart.open(settings.paths).table("forecast_years")["mean"].isna().all()


def test_a_published_run_is_never_changed(settings: Settings) -> None:
    write_mart(settings.paths, FIRST, small_frames())
    with pytest.raises(PublishRefused, match="already"):
        write_mart(settings.paths, FIRST, small_frames())


def test_digest_forgets_clocks_and_row_order_and_nothing_else(settings: Settings) -> None:
    frames = small_frames()
    frames["bridge"] = pd.concat([frames["bridge"], frames["bridge"].assign(accounting_year=2)])
    first = digest(write_mart(settings.paths, FIRST, frames))
    other = {name: frame.iloc[::-1] for name, frame in frames.items()}
    other["run_record"] = other["run_record"].assign(value=lambda f: f["value"].where(~f["volatile"], '"2027"'))
    assert digest(write_mart(settings.paths, SECOND, other)) == first
    third = "run-20260103T020000-0000ac"
    nudged = {**frames, "draws": frames["draws"].assign(gross_nominal=[np.array([1.5, np.nextafter(2.5, 3)])])}
    assert digest(write_mart(settings.paths, third, nudged)) != first


def test_a_pointer_whose_only_file_is_gone_is_no_fresh_home(settings: Settings) -> None:
    file = write_mart(settings.paths, FIRST, small_frames())
    point_current(settings.paths, FIRST)
    file.unlink()
    found = find_current(settings.paths)
    assert found.run_id is None
    assert FIRST in found.reason


def test_pointer_missing_broken_or_to_a_damaged_file_falls_back(settings: Settings) -> None:
    paths = settings.paths
    assert find_current(paths) == type(find_current(paths))(None)
    with pytest.raises(NoPublishedRun, match="Nothing is published"):
        Mart.open(paths)
    write_mart(paths, FIRST, small_frames())
    assert "missing" in find_current(paths).reason
    second = write_mart(paths, SECOND, small_frames())
    point_current(paths, SECOND)
    assert find_current(paths).reason == ""
    _damage(second)
    found = find_current(paths)
    assert found.run_id == FIRST
    assert SECOND in found.reason
    (paths.published / "CURRENT").write_text("../../etc/passwd")
    assert current_run(paths) == FIRST
    (paths.published / "CURRENT").write_bytes(b"\xff\xfe")
    assert Mart.open(paths).reason.startswith("The pointer CURRENT can't be read")


def test_pointer_never_moves_to_a_damaged_file(settings: Settings) -> None:
    write_mart(settings.paths, FIRST, small_frames())
    point_current(settings.paths, FIRST)
    _damage(write_mart(settings.paths, SECOND, small_frames()))
    with pytest.raises(PublishRefused):
        point_current(settings.paths, SECOND)
    assert current_run(settings.paths) == FIRST


def test_a_reader_sees_its_run_while_the_next_is_written(settings: Settings) -> None:
    write_mart(settings.paths, FIRST, small_frames())
    point_current(settings.paths, FIRST)
    mart = Mart.open(settings.paths)
    with duckdb.connect(str(settings.paths.warehouse)) as writer:
        writer.execute("CREATE TABLE busy (x INT)")
        write_mart(settings.paths, SECOND, small_frames())
        point_current(settings.paths, SECOND)
        assert mart.table("services").shape[0] == 1
    assert Mart.open(settings.paths).run_id == SECOND


def _damage(file: Path) -> None:
    """Cut the file to half, as a full disk or a torn copy does."""
    file.chmod(0o640)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def test_a_held_file_gives_the_same_and_a_damaged_one_is_told(settings: Settings) -> None:
    file = write_mart(settings.paths, FIRST, small_frames())
    mart = Mart(file, FIRST)
    with mart.held() as held:
        tables = {name: held.table(name) for name in PUBLISHED}
        assert mart.record("seed") == 1
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, mart.table(name), check_exact=True)
    file.unlink()
    with pytest.raises(NoPublishedRun, match="can't be read"), mart.held():
        pytest.fail("there is no such file")


def test_what_a_killed_run_left_half_written_is_cleared(settings: Settings) -> None:
    settings.paths.published.mkdir(parents=True)
    (settings.paths.published / f".{FIRST}.part").write_bytes(b"half")
    assert find_current(settings.paths).run_id is None
    write_mart(settings.paths, SECOND, small_frames())
    assert {file.name for file in settings.paths.published.iterdir()} == {f"{SECOND}.duckdb", f"{SECOND}.sha256"}


@pytest.mark.parametrize("fault", ["changed", "one_bit", "hash_gone_and_cut", "hash_damaged"])
def test_a_file_that_is_not_what_was_written_gives_way_to_the_run_before(settings: Settings, fault: str) -> None:
    paths = settings.paths
    write_mart(paths, FIRST, small_frames())
    file = write_mart(paths, SECOND, small_frames())
    point_current(paths, SECOND)
    file.chmod(0o640)
    if fault == "changed":  # every block's own checksum is right
        with duckdb.connect(str(file)) as con:
            con.execute("UPDATE balance SET rows_in = rows_in + 1")
    elif fault == "one_bit":
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    elif fault == "hash_gone_and_cut":
        file.with_suffix(".sha256").unlink()
        _damage(file)
    else:
        file.with_suffix(".sha256").chmod(0o640)
        file.with_suffix(".sha256").write_bytes(b"")
    found = find_current(paths)
    assert found.run_id == FIRST
    assert f"The file of run {SECOND}, which CURRENT names, is missing or damaged" in found.reason
    assert Mart.open(paths).table("services").shape[0] == 1


def test_a_run_of_a_version_that_kept_no_hash_is_shown(settings: Settings) -> None:
    file = write_mart(settings.paths, FIRST, small_frames())
    point_current(settings.paths, FIRST)
    file.with_suffix(".sha256").unlink()
    assert find_current(settings.paths).reason == ""


def test_a_file_that_rots_while_it_is_served_gives_way_too(settings: Settings) -> None:
    paths = settings.paths
    write_mart(paths, FIRST, small_frames())
    file = write_mart(paths, SECOND, small_frames())
    point_current(paths, SECOND)
    assert find_current(paths).run_id == SECOND
    known = file.stat()
    file.chmod(0o640)
    file.write_bytes(b"\0" * known.st_size)  # as a dying disk: size and time stay
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))
    with pytest.raises(NoPublishedRun):
        Mart(file, SECOND).table("services")
    assert find_current(paths).run_id == FIRST
