"""Bad files are refused by name and place or set aside by the krone, never with a traceback; the long form is ``make fuzz``."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bad_inputs import bad_files, good_parts, mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import OpdriftError
from data.input_files import list_input_files
from data.landing import land
from data.mapping import read_mapping
from data.reading import bytes_check
from data.settings import Paths, read_settings
from data.staging import stage
from data.warehouse import open_warehouse
from expectations import validate
from models.scenario import ScenarioFault, ScenarioInvalid, read_scenario

if TYPE_CHECKING:
    import pandas as pd

    from data.settings import Settings

ROOT = Path(__file__).parents[2]
COUNT, SEED = int(os.environ.get("OPDRIFT_BAD_FILES", "60")), int(os.environ.get("OPDRIFT_FUZZ_SEED", "1"))
EXAMPLES = int(os.environ.get("OPDRIFT_FUZZ_EXAMPLES", "40"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
PROFILES = sorted((ROOT / "data" / "reference" / "profiles").glob("*.toml"))
SCENARIOS = sorted((ROOT / "docs" / "examples" / "scenarios").glob("*.json"))
PLACE = re.compile(r"Where: \S+")


def dropped(home: Path, files: dict[str, bytes]) -> Settings:
    """A home with files in its inbox."""
    made = read_settings(Paths(home=home / "home", secrets=home / "keys"))
    made.paths.inbox.mkdir(parents=True)
    for name, content in files.items():
        (made.paths.inbox / name).write_bytes(content)
    return made


def landed_from(home: Path, files: dict[str, bytes]) -> list[Any]:
    """Land files as a night does."""
    made = dropped(home, files)
    with open_warehouse(made) as con:
        return land(con, made, progress=lambda *_: None, pause=lambda _: None)


def taken_in(home: Path, files: dict[str, bytes]) -> tuple[list[Any], pd.DataFrame, pd.DataFrame]:
    """Land, stage and validate files as a night does: outcomes, balance, files."""
    made = dropped(home, files)
    with open_warehouse(made) as con:
        outcomes = land(con, made, progress=lambda *_: None, pause=lambda _: None)
        stage(con, made)
        report = validate(con, made, progress=lambda *_: None)
        return outcomes, report.balance, list_input_files(con, min_citizens=5)


def test_bad_files_are_refused_by_name_and_place_and_no_krone_is_lost(small_sample: Path, tmp_path: Path) -> None:
    bad = bad_files(small_sample, COUNT, SEED)
    assert len(bad) == COUNT
    outcomes, balance, files = taken_in(tmp_path, {name: content for name, (_, content) in bad.items()})
    seen = {item.file_name for item in outcomes}
    assert seen == set(bad), "every file is told of"
    refused = [item for item in outcomes if item.status == "refused"]
    assert len(refused) > COUNT / 3
    for item in refused:
        assert item.reason
        assert item.file_name in item.message, bad[item.file_name][0]
        assert PLACE.search(item.message), item.message
        assert "Traceback" not in item.message
    assert (balance["rows_in"] == balance["rows_used"] + balance["rows_set_aside"]).all()
    came, used, aside = (balance[name].astype(float).fillna(0.0) for name in ("amount_in", "amount_used", "amount_set_aside"))
    assert came.to_numpy() == pytest.approx((used + aside).to_numpy(), abs=0.005)
    landed = files[files["status"] != "refused"]
    parts = landed["rows_used"] + landed["rows_set_aside"] + landed["rows_not_active"]
    assert (landed["rows_in"] == parts).all()
    kroner = [
        landed[name].astype(float).fillna(0.0) for name in ("amount_in", "amount_used", "amount_set_aside", "amount_not_active")
    ]
    assert kroner[0].to_numpy() == pytest.approx((kroner[1] + kroner[2] + kroner[3]).to_numpy(), abs=0.005)


def test_the_files_that_mutations_begin_from_are_good(small_sample: Path, tmp_path: Path) -> None:
    """Else a refusal would tell nothing of the mutation."""
    good = good_parts(small_sample)
    outcomes = landed_from(tmp_path, good)
    assert {item.file_name: item.reason for item in outcomes if item.status == "refused"} == {}
    assert {item.file_name for item in outcomes} == set(good)


def test_a_packed_file_that_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip  # noqa: PLC0415

    monkeypatch.setattr(bytes_check, "MOST_BYTES", 1 << 16)
    outcomes = landed_from(tmp_path, {"cases_2026-12.csv.gz": gzip.compress(b"a;b\n" * 100_000)})
    assert [item.reason for item in outcomes] == ["unreadable"]
    assert "unpacked" in outcomes[0].message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "kind", "value", "low", "ramp", "options"]), inner)
    ),
    max_leaves=12,
)


@FUZZ
@given(st.integers(0, 2**32), st.sampled_from(SCENARIOS))
def test_a_changed_scenario_file_is_read_or_refused(seed: int, file: Path) -> None:
    faults = told(mutated(file.read_text(encoding="utf-8"), seed))
    assert all(fault.where and fault.what for fault in faults)


@FUZZ
@given(st.lists(JSON, max_size=3) | JSON, st.text(max_size=30))
def test_a_made_up_scenario_file_is_read_or_refused(levers: object, name: str) -> None:
    faults = told(json.dumps({"schema_version": 2, "name": name, "levers": levers}))
    assert all(fault.where and fault.what for fault in faults)


def told(text: str) -> tuple[ScenarioFault, ...]:
    """Faults of a file that is refused, at least one; none: it is read."""
    try:
        read_scenario(text)
    except ScenarioInvalid as refused:
        return refused.faults or (ScenarioFault("", "", "", "", "", ""),)  # a refusal without a fault is a fault
    return ()


@FUZZ
@given(st.integers(0, 2**32), st.sampled_from(PROFILES))
def test_a_changed_mapping_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int, file: Path) -> None:
    place = tmp_path_factory.getbasetemp() / "changed_mapping.toml"
    place.write_text(mutated(file.read_text(encoding="utf-8"), seed), encoding="utf-8")
    said = "changed_mapping.toml"
    try:
        read_mapping(place)
    except OpdriftError as refused:
        said = str(refused)
    assert "changed_mapping.toml" in said
