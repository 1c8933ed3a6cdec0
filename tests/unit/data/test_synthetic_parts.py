"""The generator's parts: calendar, population, identities, accounts, files."""

from __future__ import annotations

import ast
import os
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import WrongUse
from data.reference.catalogue import load_catalogue
from data.synthetic.accounts import accounts_of
from data.synthetic.calendar import days_in, first_day, iso, month_of, window_of
from data.synthetic.caseload import reference_uptake
from data.synthetic.identity import draw_identity
from data.synthetic.institutions import refund_postings
from data.synthetic.invoices import weekday
from data.synthetic.office import write_xlsx
from data.synthetic.plan import LAGS, PLANS, index_level
from data.synthetic.population import population_from_file, quarterly_counts, standard_population, synthetic_population

ROOT = Path(__file__).resolve().parents[3]
REAL = (
    Path(os.environ.get("OPDRIFT_REAL_DATA", ROOT.parent / "shared" / "data")) / "dk_population_kommune_age_sex_2010_2020.csv.gz"
)


def test_it_shares_no_code_with_the_models():
    for file in (ROOT / "data" / "synthetic").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            rooms = {name.split(".")[0] for name in names}
            assert not rooms & {"models", "flows", "expectations"}, f"{file.name} imports {rooms}"


def test_it_reads_no_clock_and_no_environment():
    for file in (ROOT / "data" / "synthetic").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"now", "today", "utcnow", "environ", "getenv"}, f"{file.name}, line {node.lineno}"


def test_every_service_of_the_catalogue_is_planted():
    assert {plan.key for plan in PLANS} == {service.key for service in load_catalogue().service}
    assert len({plan.key for plan in PLANS}) >= 20


@pytest.mark.parametrize(
    ("end", "months"), [("2026-13", 24), ("december", 24), ("2026-12", 12), ("2026-12", 361), ("1993-01", 24), ("2051-01", 24)]
)
def test_a_window_out_of_bounds_is_wrong_use(end: str, months: int):
    with pytest.raises(WrongUse):
        window_of(end, months)


def test_the_calendar_counts_months_and_days():
    window = window_of("2024-02", 24)
    assert (window.start, window.end, window.end_text) == (2022 * 12 + 2, 2024 * 12 + 1, "2024-02")
    assert iso(np.array([window.last_day, 10**8])) == ["2024-02-29", ""]
    assert int(days_in(2024 * 12 + 1)) == 29
    assert int(month_of(first_day(2023 * 12 + 6))) == 2023 * 12 + 6


def test_postings_fall_on_weekdays_inside_their_month():
    days = np.arange(int(first_day(2020 * 12)), int(first_day(2027 * 12)))
    moved = weekday(days, month_of(days))
    dates = [date.fromordinal(int(day) + date(1970, 1, 1).toordinal()) for day in moved]
    assert all(day.weekday() < 5 and (day.month, day.day) != (1, 1) for day in dates)
    assert (month_of(moved) == month_of(days)).all()


def test_uptake_is_planted_per_inhabitant_inside_the_ages_of_the_law():
    standard = standard_population()
    assert standard.sum() == pytest.approx(50_000)
    for plan in PLANS:
        uptake = reference_uptake(plan)
        low, high = load_catalogue().by_key(plan.key).ages
        assert uptake @ standard == pytest.approx(plan.stock)
        assert uptake[:low].sum() == 0
        assert uptake[high + 1 :].sum() == 0


def test_invoices_between_municipalities_are_slow_and_private_ones_fast():
    def reached(art: str, share: float) -> int:
        return int(np.searchsorted(np.cumsum(LAGS[art]) / np.sum(LAGS[art]), share))

    assert (reached("47", 0.5), reached("47", 0.9)) == (1, 4)
    assert len(LAGS["47"]) - 1 >= 12
    assert reached("40", 0.9) == 1


def test_the_index_chains():
    assert index_level(2024) * 1.033 * 1.029 == pytest.approx(1.0)


def test_numbers_fit_birth_and_sex_and_fail_the_old_check_digit():
    rng = np.random.default_rng(3)
    birth = rng.integers(1935 * 12, 2026 * 12, 400)
    male = rng.random(400) < 0.5
    people = draw_identity(birth, male, rng)
    assert len(set(people.cpr.tolist())) == 400
    weights = np.array([4, 3, 2, 7, 6, 5, 4, 3, 2, 1])
    for number, month, man in zip(people.cpr.tolist(), birth.tolist(), male.tolist(), strict=True):
        assert re.fullmatch(r"\d{10}", number)
        assert (int(number[2:4]), int(number[4:6])) == (month % 12 + 1, month // 12 % 100)
        assert int(number[9]) % 2 == man
        assert (int(number[6]) >= 4) == (month // 12 >= 2000)
        assert int(np.array([int(digit) for digit in number]) @ weights) % 11 != 0


@pytest.mark.parametrize(
    ("service", "year", "function"), [("bostoette", 2017, "53233"), ("bostoette", 2018, "53838"), ("bostoette", 2019, "53839")]
)
def test_functions_move_with_the_account_plan(service: str, year: int, function: str):
    assert {account.function for account in accounts_of(service, year)} == {function}


def test_every_planted_service_has_an_account_in_every_year():
    for plan in PLANS:
        for year in range(1995, 2052):
            assert accounts_of(plan.key, year), f"{plan.key} has no account in {year}"


def test_the_refund_is_counted_per_citizen_and_month():
    window = window_of("2022-12", 13)
    month = 2022 * 12
    postings = pd.DataFrame(
        {"citizen": [1, 1, 2], "month": [month, month, month], "ore": [10_000_000, 10_000_000, 5_000_000], "plan": [0, 9, 0]}
    )
    found = refund_postings(postings, dict.fromkeys(range(2019, 2030), 1.0), window, np.random.default_rng(1))
    # 200,000 kr in a month of 2022: 25 % above 71,667, 50 % above 140,000 and 75 % above 176,667 (DOMAIN 2, worked example)
    assert found["ore"].tolist() == [-5_291_667]
    assert found[["account_class", "art"]].drop_duplicates().to_numpy().tolist() == [[2, "86"]]


def test_the_same_workbook_gives_the_same_bytes(tmp_path: Path):
    rows = [(1, "æ", date(2026, 1, 1), True, None, 1.5)]
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(tmp_path / name, ["whole", "text", "date", "flag", "none", "number"], rows)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = pd.read_excel(tmp_path / "a.xlsx")
    assert sheet.iloc[0, 0] == 1
    assert sheet.iloc[0, 1] == "æ"
    assert pd.Timestamp(sheet.iloc[0, 2]) == pd.Timestamp("2026-01-01")


def test_the_synthetic_population_has_fifty_thousand_inhabitants():
    window = window_of("2026-12", 120)
    counts = synthetic_population(window, seed=1, municipality="151", size=1.0)
    assert sorted(counts) == list(range(2017, 2028))
    assert 49_000 < counts[2026].sum() < 51_000
    assert counts[2026][:, 67:].sum() > counts[2017][:, 67:].sum()
    assert max(quarterly_counts(counts, window)) == (2026, 4)


def test_a_population_file_in_the_shared_form_is_aged_beyond_its_end(tmp_path: Path):
    file = tmp_path / "befolkning.csv"
    lines = [
        f"{code},X,{year},{sex},{age},{100 + age}"
        for code in (101, 151)
        for year in (2020, 2021)
        for sex in "MK"
        for age in range(90)
    ]
    file.write_text("\n".join(["kommune,name,year,sex,age,population", *lines]) + "\n", encoding="utf-8")
    counts = population_from_file(file, window_of("2023-06", 60), "151")
    assert sorted(counts) == list(range(2018, 2025))
    assert (counts[2018] == counts[2020]).all()
    assert counts[2021][0, 30] == 130
    assert counts[2022][0, 31] == pytest.approx(130 * 1.022, rel=0.01)
    assert (counts[2024] != counts[2023]).any()


def test_a_population_file_in_statbanks_form_is_read(tmp_path: Path):
    file = tmp_path / "FOLK1A.csv"
    rows = [
        f"151;{sex};{age};TOT;{tid};{value}"
        for sex, value in (("TOT", 9), ("1", 5), ("2", 4))
        for age in ("IALT", "0", "40")
        for tid in ("2021K1", "2021K2")
    ]
    file.write_text("\n".join(["OMRÅDE;KØN;ALDER;CIVILSTAND;TID;INDHOLD", *rows]) + "\n", encoding="utf-8")
    counts = population_from_file(file, window_of("2022-01", 13), "151")
    assert counts[2021].sum() == 18
    assert (counts[2021][0, 40], counts[2021][1, 40]) == (5, 4)


def test_unusable_population_files_are_wrong_use(tmp_path: Path):
    window = window_of("2022-01", 13)
    other = tmp_path / "andet.csv"
    other.write_text("a;b\n1;2\n", encoding="utf-8")
    lacking = tmp_path / "mangler.csv"
    lacking.write_text("kommune,name,year,sex,age,population\n101,X,2021,M,0,5\n", encoding="utf-8")
    for file in (other, lacking, tmp_path / "findes_ikke.csv"):
        with pytest.raises(WrongUse):
            population_from_file(file, window, "151")


@pytest.mark.skipif(not REAL.exists(), reason=f"real population not found at {REAL.parent}; set OPDRIFT_REAL_DATA")
def test_a_real_municipality_is_taken_as_counted():
    counts = population_from_file(REAL, window_of("2019-12", 120), "151")
    assert (counts[2018].sum(), counts[2020].sum()) == (48_295, 48_602)
