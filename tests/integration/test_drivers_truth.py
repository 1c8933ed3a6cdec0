"""The drivers find what the synthetic municipality planted: citizens, bills not yet posted, demography, day programmes' days."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from data.extracts import Extracts, read_extracts
from data.mapping import find_rule, shipped_mappings
from data.reading import read_file
from data.reference.catalogue import load_catalogue
from data.schema import INPUTS
from data.settings import Settings
from data.synthetic.sample import write_sample
from models.drivers import DriverParts, build_parts

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

CATALOGUE = load_catalogue()


def read_into(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The files as they are, without staging: the sample without dirt holds no row that would be set aside."""
    for table in INPUTS.values():
        columns = ", ".join(f"{column.name} {column.kind.sql}" for column in table.columns)
        con.execute(f"CREATE TABLE used_{table.name} ({columns}, row_id VARCHAR)")
    mappings = shipped_mappings()
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".json"):
        mapping, rule = find_rule(mappings, file.name)
        for part in read_file(file, mapping, rule, municipality="151", catalogue_words=CATALOGUE.words):
            con.register("part", part.rows)
            names = ", ".join(name for name in INPUTS[part.table].names if name in part.rows.column_names)
            con.execute(f"INSERT INTO used_{part.table} ({names}) SELECT {names} FROM part")
            con.unregister("part")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Extracts, DriverParts, dict]:
    folder = tmp_path_factory.mktemp("truth")
    write_sample(folder, seed=3, months=72, truth=True)
    with duckdb.connect(":memory:") as con:
        read_into(con, folder)
        extracts = read_extracts(con, Settings(), CATALOGUE)
    parts = build_parts(extracts, reference_months=36, age_bands=CATALOGUE.age_bands)
    return extracts, parts, json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def by_year(parts: DriverParts, column: str, how: str) -> pd.DataFrame:
    rows = parts.tables.history.assign(year=lambda frame: frame["month"].dt.year.astype(str))
    return rows.pivot_table(index="service", columns="year", values=column, aggfunc=how)


def test_full_time_citizens_are_those_of_the_truth(found: tuple[Extracts, DriverParts, dict]) -> None:
    _, parts, truth = found
    volume = by_year(parts, "volume", "mean")
    for service, facts in truth["services"].items():
        for year, citizens in facts["realised"]["full_time_citizens_by_year"].items():
            assert volume.loc[service, year] == pytest.approx(citizens, rel=0.01, abs=0.1), (service, year)


def test_a_year_that_is_over_is_complete(found: tuple[Extracts, DriverParts, dict]) -> None:
    _, parts, truth = found
    gross = by_year(parts, "gross_ultimate_nominal", "sum")["2025"].sum()
    came = sum(facts["realised"]["gross_by_service_year_dkk"]["2025"] for facts in truth["services"].values())
    assert gross == pytest.approx(came, rel=0.003)


def test_bills_not_yet_posted_are_met_within_three_errors(found: tuple[Extracts, DriverParts, dict]) -> None:
    _, parts, truth = found
    history = parts.tables.history
    missing = sum(truth["not_yet_posted_dkk"]["by_service"].values())
    error = float(np.sqrt((history["ibnr_se_nominal"] ** 2).sum()))
    assert history["ibnr_nominal"].sum() == pytest.approx(missing, rel=0.15)
    assert abs(history["ibnr_nominal"].sum() - missing) < 3 * error


def test_the_youngest_months_do_not_fall_away(found: tuple[Extracts, DriverParts, dict]) -> None:
    _, parts, _ = found
    months = parts.tables.history.groupby("month")[["gross_reported_nominal", "gross_ultimate_nominal"]].sum()
    usual = months["gross_ultimate_nominal"].iloc[-15:-3].mean()
    assert months["gross_reported_nominal"].iloc[-1] < 0.7 * usual
    assert months["gross_ultimate_nominal"].iloc[-1] == pytest.approx(usual, rel=0.08)


def test_planted_demography_is_found(found: tuple[Extracts, DriverParts, dict]) -> None:
    """Where 40 citizens or more carry it: of fewer, chance decides which ages are seen."""
    _, parts, truth = found
    exposure = by_year(parts, "exposure", "mean")
    large = [key for key, mean in by_year(parts, "volume", "mean")["2026"].items() if mean >= 40]
    assert len(large) > 8
    years = ["2023", "2024", "2025", "2026"]
    for service in large:
        growth = truth["planted_growth_by_year"][service]
        mine = np.log(exposure.loc[service, years[-1]] / exposure.loc[service, "2022"]) / len(years)
        planted = np.mean([growth[year]["demography"] for year in years])
        assert mine == pytest.approx(planted, abs=0.003), service


def test_planted_price_growth_is_chained(found: tuple[Extracts, DriverParts, dict]) -> None:
    _, parts, truth = found
    prices = parts.tables.prices.set_index("month")["price_factor"]
    growth = truth["price_index_growth_pct"]
    assert prices["2025-06-01"] == pytest.approx(1 / (1 + growth["2026"] / 100))
    assert prices["2024-06-01"] == pytest.approx(prices["2025-06-01"] / (1 + growth["2025"] / 100))


def test_posted_adds_up_to_the_ledger(found: tuple[Extracts, DriverParts, dict]) -> None:
    extracts, _, _ = found
    authority = extracts.ledger[extracts.ledger["side"] == "authority"]["amount"].sum()
    assert extracts.triangle["amount"].sum() == pytest.approx(authority, abs=0.01)
