"""Real files through the example mappings, no code touched; skipped where the real data are not at hand."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from data.mapping import find_rule, read_mapping, shipped_mappings
from data.reading import read_file

REPOSITORY = Path(__file__).parents[3]
REAL = Path(os.environ.get("OPDRIFT_REAL_DATA", REPOSITORY.parent / "shared" / "data"))

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}; set OPDRIFT_REAL_DATA")


def read(file_name):
    examples = [read_mapping(path) for path in sorted((REPOSITORY / "docs" / "examples").glob("*.toml"))]
    mapping, rule = find_rule([*examples, *shipped_mappings()], file_name)
    return rule, read_file(REAL / file_name, mapping, rule, municipality="151", catalogue_words={})


def test_pbs_becomes_case_months_and_its_own_services():
    rule, (months, services) = read("pbs_monthly_scripts_cost.csv.gz")
    assert rule.repeat_keys == "sum"
    assert months.rows.num_rows == 55_500
    assert months.faults.num_rows == services.faults.num_rows == 0
    first = [row for row in months.rows.to_pylist() if row["month"] == date(1991, 7, 1)]
    assert round(sum(row["cost"] for row in first) / 10**6, 1) == Decimal("90.5")
    assert set(months.rows["currency"].to_pylist()) == {"AUD"}
    assert services.rows.num_rows == 84
    assert set(months.rows["service"].to_pylist()) == set(services.rows["service"].to_pylist())
    assert services.rows["label"].null_count == 0


def test_the_population_of_all_98_municipalities_is_read():
    _, (table,) = read("dk_population_kommune_age_sex_2010_2020.csv.gz")
    assert table.rows.num_rows == 241_758
    assert table.faults.num_rows == 0
    assert len(set(table.rows["municipality"].to_pylist())) == 99
    rows = table.rows.to_pandas()
    ballerup = rows[(rows["municipality"] == "151") & (rows["date"] == date(2018, 1, 1))]
    assert ballerup["persons"].sum() == 48_295
