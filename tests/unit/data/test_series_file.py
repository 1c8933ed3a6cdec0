"""A ``--series`` file: bad input ends one series or is said, the others go on; only an unreadable file ends the whole."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.errors import NoUsableInput, WrongUse
from data.series_file import open_series
from data.series_rows import RawSeries, month_number, month_text

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2026-11"
GOOD = [("good", f"{2020 + t // 12}-{t % 12 + 1:02d}", 100 + t) for t in range(30)]


def text_of(rows: list[tuple[object, ...]], header: str = "series_id,month,cost") -> str:
    return "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def read(tmp_path: Path, text: str, *, chunk: int = 500) -> tuple[dict[str, RawSeries], dict[tuple[str, str], object]]:
    file = tmp_path / "series.csv"
    file.write_text(text, encoding="utf-8")
    with open_series(file, this_month=NOW, chunk=chunk) as series:
        found = list(series.chunks())
        extra = {(item.series_id, item.code): item for item in series.without_id}
    raws = {raw.series_id: raw for chunk_, _ in found for raw in chunk_}
    return raws, extra | {(item.series_id, item.code): item for _, findings in found for item in findings}


def test_a_whole_file_is_read_as_it_stands(tmp_path: Path) -> None:
    rows = [("a", "2020-01-01", 1.5, 10, 100, "x"), ("a", "2020-03", "", 12, 101, "x"), ("a", "2020-04", "", "", 102, "x")]
    raws, findings = read(tmp_path, text_of(rows, "series_id,month,cost,volume,exposure,group"))
    raw = raws["a"]
    assert (raw.group, month_text(raw.first), month_text(raw.last)) == ("x", "2020-01", "2020-04")
    np.testing.assert_array_equal(raw.columns["cost"], [1.5, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(raw.columns["volume"], [10, np.nan, 12, np.nan])
    np.testing.assert_array_equal(raw.exposure, [100, np.nan, 101, 102])
    assert set(findings) == {("a", "gap")}


@pytest.mark.parametrize(
    ("rows", "code", "row"),
    [
        ([("bad", "2020-01", 1), ("bad", "2020-01", 2)], "duplicate_differs", 3),
        ([("bad", "2020-01", 1), ("bad", "01-02-2020", 2)], "month", 3),
        ([("bad", "2020-01-31", 1)], "month", 2),
        ([("bad", "20-01", 1)], "month", 2),
        ([("bad", "1020-01", 1)], "month", 2),
        ([("bad", "2020-13", 1)], "month", 2),
        ([("bad", "2020-01", "1.234,5")], "broken_row", 2),
        ([("bad", "2020-01")], "broken_row", 2),
        ([("bad", "2020-01", "n/a"), ("bad", "2020-02", "")], "no_value", 2),
    ],
)
def test_what_cant_be_used_sets_that_series_aside_and_no_other(
    tmp_path: Path, rows: list[tuple[object, ...]], code: str, row: int
) -> None:
    raws, findings = read(tmp_path, text_of([*rows, *GOOD]))
    assert set(raws) == {"good"}
    assert findings["bad", code].set_aside
    assert findings["bad", code].row == row


def test_a_row_without_a_key_is_said(tmp_path: Path) -> None:
    raws, findings = read(tmp_path, text_of([("", "2020-01", 1), *GOOD]))
    assert set(raws) == {"good"}
    assert findings["", "no_id"].row == 2


def test_a_key_shaped_as_a_cpr_number_is_set_aside_and_not_repeated(tmp_path: Path) -> None:
    raws, findings = read(tmp_path, text_of([("010180-1234", "2020-01", 1), *GOOD]))
    assert set(raws) == {"good"}
    assert [item.set_aside for (key, code), item in findings.items() if code == "cpr" and "1234" not in key] == [True]


@pytest.mark.parametrize(
    ("change", "code", "row", "count"),
    [
        (lambda rows: [*rows[:5], *rows[7:]], "gap", 0, 2),
        (lambda rows: [*rows, rows[3]], "duplicate_same", 32, 1),
        (lambda rows: rows[::-1], "unsorted", 3, 29),
        (lambda rows: [*rows[:4], ("good", "2020-05", -3), *rows[5:]], "negative", 6, 1),
        (lambda rows: [*rows[:4], ("good", "2020-05", "abc"), *rows[5:]], "text", 6, 1),
        (lambda rows: [*rows[:4], ("good", "2020-05", "1e999"), *rows[5:]], "infinite", 6, 1),
        (lambda rows: [*rows[:4], ("good", "2020-05", "-Inf"), *rows[5:]], "infinite", 6, 1),
        (lambda rows: [*rows, ("good", "2027-01", 3)], "future", 32, 1),
        (lambda rows: [*rows[:4], ("good", "2020-05", "1e16"), *rows[5:]], "too_large", 6, 1),
        (lambda rows: [*rows[:15], *((k, m, v * 10) for k, m, v in rows[15:])], "step", 17, 1),
        (lambda rows: [*rows[:-3], *((k, m, v * 10) for k, m, v in rows[-3:])], "newest_step", 29, 3),
        (lambda rows: [*rows[:-1], *((k, m, v / 10) for k, m, v in rows[-1:])], "newest_step", 31, 1),
    ],
)
def test_what_can_be_mended_is_said_with_its_line(tmp_path: Path, change, code: str, row: int, count: int) -> None:
    raws, findings = read(tmp_path, text_of(change(GOOD)))
    assert set(raws) == {"good"}
    finding = findings["good", code]
    assert (finding.row, finding.count, finding.set_aside) == (row, count, False)
    assert finding.what
    assert finding.done


def test_a_season_and_a_plain_series_are_found_nothing_wrong_with(tmp_path: Path) -> None:
    season = [("s", month, 100 + 90 * (place % 12 < 6)) for place, (_, month, _) in enumerate(GOOD)]
    _, findings = read(tmp_path, text_of([*GOOD, *season]))
    assert findings == {}


def test_a_newest_month_as_far_off_as_a_year_ago_is_no_step(tmp_path: Path) -> None:
    """Payments that start anew each January fall a hundredfold, every year."""
    anew = [("s", month, 3 if place % 12 == 5 else 100) for place, (_, month, _) in enumerate(GOOD)]
    _, findings = read(tmp_path, text_of(anew))
    assert findings == {}


def test_a_month_far_ahead_leaves_no_gap_before_it(tmp_path: Path) -> None:
    _, findings = read(tmp_path, text_of([*GOOD, ("good", "2199-01", 3)]))
    assert {code for _, code in findings} == {"future"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"series_id;month;cost\na;2020-01;1\n", "comma"),
        (b"series_id,month\na,2020-01\n", "cost or volume"),
        (b"series_id,month,cost,cost\na,2020-01,1,2\n", "twice"),
        (b"series_id,month,cost\n", "no row"),
        (b"", "series_id"),
        (b'series_id,month,cost\na,2020-01,"1\n', "can't be read"),
        (b"series_id,month,cost\n\xe6,2020-01,1\n", "UTF-8"),
    ],
)
def test_a_file_that_cant_be_read_ends_the_whole(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(NoUsableInput, match=says), open_series(file, this_month=NOW):
        pass


def test_gz_is_read_and_a_cut_one_refused(tmp_path: Path) -> None:
    packed = gzip.compress(text_of(GOOD).encode())
    whole, cut = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[:-20])
    with open_series(whole, this_month=NOW) as series:
        assert (series.rows, series.ids, series.last_month) == (30, ("good",), month_number("2022-06"))
    with pytest.raises(NoUsableInput), open_series(cut, this_month=NOW):
        pass
    with pytest.raises(WrongUse), open_series(tmp_path / "none.csv", this_month=NOW):
        pass


def test_order_of_rows_and_size_of_chunks_change_nothing(tmp_path: Path) -> None:
    rows = [(f"s{place % 7}", f"{2020 + t // 12}-{t % 12 + 1:02d}", place * 100 + t) for place in range(7) for t in range(20)]
    sorted_, _ = read(tmp_path, text_of(rows))
    mixed, _ = read(tmp_path, text_of(sorted(rows, key=lambda row: (row[1], row[0]))), chunk=2)
    assert set(sorted_) == set(mixed)
    for key, raw in sorted_.items():
        np.testing.assert_array_equal(raw.columns["cost"], mixed[key].columns["cost"])


def peak_of(file: Path) -> int:
    tracemalloc.start()
    try:
        with open_series(file, this_month=NOW, chunk=50) as series:
            for _chunk in series.chunks():
                pass
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak


def test_memory_is_flat_in_the_number_of_series(tmp_path: Path) -> None:
    """Five times the series: what grows is their keys, not their rows."""
    peaks = []
    for n_series in (500, 2_500):
        file = tmp_path / f"{n_series}.csv"
        file.write_text(text_of([(f"s{n}", f"2020-{t:02d}", n + t) for n in range(n_series) for t in range(1, 11)]))
        peaks.append(peak_of(file))
    assert (peaks[1] - peaks[0]) / 2_000 < 400, "bytes a series more; its ten rows alone would take over a thousand"
