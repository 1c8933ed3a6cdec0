"""Earlier runs are found, read as they were published, and their drivers lie in a file of their own."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from data.errors import NoPublishedRun, PublishRefused
from data.mart import write_mart
from data.restricted import read_restricted, restricted_file, write_restricted
from data.schema import PUBLISHED, RESTRICTED
from data.vintages import earlier_vintages, list_vintages, read_earlier

if TYPE_CHECKING:
    from data.settings import Paths, Settings

RUNS = ("run-20260201T020000-00000a", "run-20260202T020000-00000b", "run-20260301T020000-00000c", "run-20260401T020000-00000d")


def publish(paths: Paths, run_id: str, cutoff: str, **facts: object) -> None:
    frames = {
        name: pd.DataFrame({column: pd.Series(dtype=object) for column in table.names}) for name, table in PUBLISHED.items()
    }
    known = {
        "cutoff": cutoff,
        "municipality": "151",
        "currency": "DKK",
        "as_of": None,
        "code_digest": "c",
        "lock_digest": "l",
    } | facts
    frames["run_record"] = pd.DataFrame(
        [(key, json.dumps(value), False) for key, value in known.items()], columns=["key", "value", "volatile"]
    )
    rows = [("total", "total", ""), ("service", "bpa", "primary")]
    none = {"n_citizens": None, "top_share": None}
    frames["forecast_months"] = pd.DataFrame([
        {"level": level, "member": member, "month": pd.Timestamp("2026-03-01"), "measure": "gross_nominal",
         **dict.fromkeys(("mean", "q10", "q50", "q90"), None if mask else 5.0), **none, "mask": mask}
        for level, member, mask in rows
    ])  # fmt: skip
    write_mart(paths, run_id, frames)


@pytest.fixture
def paths(settings: Settings) -> Paths:
    publish(settings.paths, RUNS[0], "2025-12-01")
    publish(settings.paths, RUNS[1], "2025-12-01")
    publish(settings.paths, RUNS[2], "2026-01-01", as_of="2026-01-31")
    publish(settings.paths, RUNS[3], "2026-02-01")
    return settings.paths


def test_every_run_is_listed_newest_first_and_damaged_ones_passed_over(paths: Paths) -> None:
    (paths.published / "run-20260501T020000-00000e.duckdb").write_bytes(b"not a database")
    found = list_vintages(paths)
    assert [vintage.run_id for vintage in found] == list(reversed(RUNS))
    assert found[0].code == "c-l"
    assert len(found[0].digest) == 64


def test_of_each_earlier_cutoff_the_newest_run_that_did_not_look_back(paths: Paths) -> None:
    def wanted(**other: object) -> list[str]:
        asked = {"cutoff": pd.Timestamp("2026-03-01"), "municipality": "151", "currency": "DKK"} | other
        return [vintage.run_id for vintage in earlier_vintages(paths, **asked)]  # type: ignore[arg-type]

    assert wanted() == [RUNS[3], RUNS[1]]
    assert wanted(cutoff=pd.Timestamp("2026-02-01")) == [RUNS[1]]
    assert wanted(municipality="101") == wanted(currency="EUR") == []


def test_only_what_was_shown_is_read(paths: Paths) -> None:
    vintages = earlier_vintages(paths, cutoff=pd.Timestamp("2026-03-01"), municipality="151", currency="DKK")
    rows, outlooks = read_earlier(paths, vintages)
    assert rows[["source", "member", "mean"]].drop_duplicates().to_numpy().tolist() == [["vintage", "total", 5.0]]
    assert rows["cutoff"].dt.strftime("%Y-%m").tolist() == ["2026-02", "2025-12"]
    assert set(outlooks) == set(rows["cutoff"])
    assert read_earlier(paths, [])[0].empty


def kept() -> dict[str, pd.DataFrame]:
    frames = {
        name: pd.DataFrame({column: pd.Series(dtype=object) for column in table.names}) for name, table in RESTRICTED.items()
    }
    frames["driver_prices"] = pd.DataFrame({"month": [pd.Timestamp("2026-01-01")], "price_factor": [1.25]})
    return frames


def test_drivers_lie_apart_and_for_the_owner_alone(settings: Settings) -> None:
    file = write_restricted(settings.paths, RUNS[0], kept())
    write_restricted(settings.paths, RUNS[0], kept())
    assert file.parent != settings.paths.published
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert read_restricted(settings.paths, RUNS[0])["driver_prices"]["price_factor"].tolist() == [1.25]
    assert [item.name for item in file.parent.iterdir()] == [file.name]


def test_a_table_that_a_run_did_not_know_is_read_as_none_of_it(settings: Settings) -> None:
    file = write_restricted(settings.paths, RUNS[0], kept())
    file.chmod(0o600)
    with duckdb.connect(str(file)) as con:
        con.execute("DROP TABLE driver_series")
    found = read_restricted(settings.paths, RUNS[0])["driver_series"]
    assert list(found) == ["service", "month", "gross_nominal", "volume"]
    assert found.empty


def test_a_run_without_drivers_and_a_broken_table_say_so(settings: Settings) -> None:
    with pytest.raises(NoPublishedRun, match="no restricted file"):
        read_restricted(settings.paths, RUNS[0])
    frames = kept()
    frames["driver_prices"] = frames["driver_prices"].assign(month=pd.Timestamp("2026-01-02"))
    with pytest.raises(PublishRefused, match="start no month"):
        write_restricted(settings.paths, RUNS[0], frames)
    assert not restricted_file(settings.paths, RUNS[0]).exists()
