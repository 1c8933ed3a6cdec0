"""The whole sample, read back from its files as a municipality's systems would have written them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import WrongUse
from data.reference.catalogue import load_catalogue
from data.reference.opening_days import is_open
from data.schema.inputs import CASES, INPUTS
from data.synthetic import SampleSummary, write_sample
from data.synthetic.os2bos import COLUMNS
from data.synthetic.plan import OPENING_DAYS

ROOT = Path(__file__).resolve().parents[2]
REAL = (
    Path(os.environ.get("OPDRIFT_REAL_DATA", ROOT.parent / "shared" / "data")) / "dk_population_kommune_age_sex_2010_2020.csv.gz"
)
MONTHS = ("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def read_ledger(folder: Path) -> pd.DataFrame:
    parts = []
    for file in sorted(folder.glob("ledger_[0-9][0-9][0-9][0-9].csv")):
        part = pd.read_csv(file, sep=";", encoding="cp1252", dtype=str, keep_default_na=False)
        parts.append(part.iloc[:-1])
    rows = pd.concat(parts, ignore_index=True)
    rows["ore"] = rows["Beløb"].str.replace(",", "").astype("int64")
    rows["posted"] = pd.to_datetime(rows["Bogføringsdato"], format="%d-%m-%Y")
    for name, start, end in (("function", 0, 5), ("dranst", 5, 6), ("grouping", 11, 14), ("art", 14, 16)):
        rows[name] = rows["Kontostreng"].str[start:end]
    rows["month"] = [
        period or month_in(text) for period, text in zip(rows["Ydelsesperiode"], rows["Posteringstekst"], strict=True)
    ]
    return rows


def month_in(text: str) -> str:
    if found := re.search(r"\b(\d{2}-\d{4})\b", text):
        return found[1]
    if found := re.search(rf"\b({'|'.join(MONTHS)}) (\d{{4}})", text):
        return f"{MONTHS.index(found[1]) + 1:02d}-{found[2]}"
    if found := re.search(r"\b([a-z]{3})-[a-z]{3} (\d{4})", text):
        return f"{[name[:3] for name in MONTHS].index(found[1]) + 1:02d}-{found[2]}"
    return ""


def read_cases(folder: Path) -> pd.DataFrame:
    rows = pd.read_csv(
        next(folder.glob("cases_[0-9][0-9][0-9][0-9]-[0-9][0-9].csv")),
        sep=";",
        encoding="utf-8-sig",
        dtype=str,
        keep_default_na=False,
    )
    rows["key"] = rows["service"].map(load_catalogue().words)
    return rows


@pytest.fixture(scope="module")
def ten_years(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleSummary]:
    folder = tmp_path_factory.mktemp("ten_years")
    return folder, write_sample(folder, truth=True)


@pytest.fixture(scope="module")
def ledger(ten_years: tuple[Path, SampleSummary]) -> pd.DataFrame:
    return read_ledger(ten_years[0])


@pytest.fixture(scope="module")
def cases(ten_years: tuple[Path, SampleSummary]) -> pd.DataFrame:
    return read_cases(ten_years[0])


@pytest.fixture(scope="module")
def truth(ten_years: tuple[Path, SampleSummary]) -> dict:
    return json.loads((ten_years[0] / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dirty")
    write_sample(folder, months=24, seed=5, dirt=True)
    return folder


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        write_sample(tmp_path / name, months=15, seed=7, dirt=True, truth=True)
    write_sample(tmp_path / "c", months=15, seed=8, dirt=True, truth=True)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    same = {name for name, digest in digests(tmp_path / "a").items() if digests(tmp_path / "c").get(name) == digest}
    assert same <= {"price_index.xlsx", "frames.xlsx", "budget_kopi.xlsx", "telefonliste.csv"} | {
        name for name in same if name.endswith("_tom.csv")
    }


def test_it_has_the_magnitudes_of_a_municipality_of_fifty_thousand(ten_years: tuple[Path, SampleSummary], truth: dict):
    summary = ten_years[1]
    assert 1_500 <= summary.citizens <= 2_000
    assert 150_000 <= summary.postings <= 250_000
    gross = {
        year: sum(item["realised"]["gross_by_service_year_dkk"].get(str(year), 0) for item in truth["services"].values())
        for year in range(2017, 2027)
    }
    assert 500e6 <= gross[2026] <= 600e6
    assert 48_000 < truth["inhabitants"]["2026"] < 52_000
    index = np.cumprod([1 + truth["price_index_growth_pct"][str(year)] / 100 for year in range(2018, 2027)])
    real = [gross[2017], *(gross[year] / level for year, level in zip(range(2018, 2027), index, strict=True))]
    assert 0.018 <= np.polyfit(range(10), np.log(real), 1)[0] <= 0.028
    assert float(summary.gross_by_year[2025]) == pytest.approx(gross[2025], rel=0.02)


def test_few_citizens_carry_a_large_part_of_the_cost(ledger: pd.DataFrame):
    year = ledger[
        (ledger["Regnskabsår"] == "2025") & (ledger["CPR-nr."] != "") & (ledger["dranst"] == "1") & (ledger["art"] != "77")
    ]
    cost = year.groupby(year["CPR-nr."].str.replace("-", "").str.zfill(10))["ore"].sum().sort_values(ascending=False)
    assert 0.20 <= cost.iloc[: round(len(cost) * 0.025)].sum() / cost.sum() <= 0.25
    logs = np.log(cost[cost > 0])
    assert logs.std() > 0.9


def test_trailers_declare_rows_and_sum(ten_years: tuple[Path, SampleSummary]):
    files = sorted(ten_years[0].glob("ledger_*.csv"))
    assert len(files) == 10
    for file in files:
        lines = file.read_bytes().decode("cp1252").split("\r\n")
        assert lines[-1] == ""
        fields = lines[-2].split(";")
        amounts = [int(line.rsplit(";", 1)[1].replace(",", "")) for line in lines[1:-2]]
        assert (fields[0], int(fields[6]), int(fields[10].replace(",", ""))) == ("I ALT", len(amounts), sum(amounts))
        years = {line.split(";", 2)[1][-4:] for line in lines[1:-2]}
        assert years == {file.stem[-4:]}, "files are cut by the day of posting, so that none covers another's months"


def test_account_strings_are_those_of_the_catalogue(ledger: pd.DataFrame):
    assert ledger["Kontostreng"].str.fullmatch(r"\d{16}").all()
    open_accounts = defaultdict(set)
    for service in load_catalogue().service:
        for account in service.accounts:
            for year in range(2017, 2027):
                if account.valid_from <= date(year, 1, 1) <= account.valid_to:
                    open_accounts[year, account.function].add(account.grouping)
    seen = ledger[["Regnskabsår", "function", "grouping"]].drop_duplicates()
    for year, function, grouping in seen.itertuples(index=False):
        found = open_accounts[int(year), function]
        assert function in {"52207", "64551"} or grouping in found or "" in found, (year, function, grouping)
    assert (ledger["function"] == "64551").mean() < 0.001


def test_internal_settlement_nets_to_zero(ledger: pd.DataFrame):
    settled = ledger[ledger["art"].isin(["91", "97"])]
    assert set(settled["art"]) == {"91", "97"}
    # groupings of bostøtte are split by case on the authority's side only
    assert (settled.groupby(["function", "Regnskabsår", "Periode"])["ore"].sum() == 0).all()


def test_the_ledger_holds_what_ledgers_hold(ledger: pd.DataFrame):
    assert ledger["Bilagsnr"].is_unique
    assert (ledger.loc[ledger["Periode"] == "13", "posted"].dt.month <= 2).all()
    assert (
        ledger.loc[ledger["Periode"] == "13", "posted"].dt.year
        == ledger.loc[ledger["Periode"] == "13", "Regnskabsår"].astype(int) + 1
    ).all()
    assert (ledger["Periode"] == "13").sum() > 1_000
    assert {"10", "22", "29", "40", "47", "48", "52", "77", "91", "97"} <= set(ledger["art"])
    refund = ledger[(ledger["function"] == "52207")]
    assert (refund["dranst"] == "2").all()
    assert (refund["ore"] < 0).all()
    negative = ledger[(ledger["art"].isin(["40", "47", "48"])) & (ledger["ore"] < 0)]
    assert negative["Posteringstekst"].str.contains("Tilbageført|Kreditnota").mean() > 0.5
    citizens = ledger[(ledger["CPR-nr."] != "")]
    assert 0.4 < (citizens["Ydelsesperiode"] == "").mean() < 0.6
    assert (citizens["month"] == "").mean() < 0.01
    assert {10, 11, 9} == set(citizens["CPR-nr."].str.len())


def test_case_numbers_and_invoices_reconcile(ledger: pd.DataFrame, cases: pd.DataFrame):
    own = cases[cases["paying_municipality"] == "151"].reset_index(drop=True)
    begins = pd.to_datetime(own["price_from"])
    following = begins.shift(-1).where(own["case_id"].eq(own["case_id"].shift(-1)))
    ends = pd.to_datetime(own["ended_on"].where(own["ended_on"] != "")).fillna(pd.Timestamp("2026-12-31"))
    ends = (following - pd.Timedelta(days=1)).fillna(ends)
    price = own["price"].str.replace(",", "").astype(int)
    hours = pd.to_numeric(own["hours_per_week"].str.replace(",", "."), errors="coerce").fillna(0)
    authority = set(load_catalogue().authority_expense_types)
    posted = ledger[(ledger["dranst"] == "1") & ledger["art"].isin(authority)].groupby(["month", "function"])["ore"].sum()
    service_of = {
        account.function: service.key
        for service in load_catalogue().service
        for account in service.accounts
        if account.valid_to.year > 2025
    }
    for month in ("2023-03", "2024-10", "2025-06"):
        first = pd.Timestamp(f"{month}-01")
        last = first + pd.offsets.MonthEnd(0)
        days = ((ends.clip(upper=last) - begins.clip(lower=first)).dt.days + 1).clip(lower=0)
        open_days = [
            sum(is_open(day.date()) for day in pd.date_range(max(a, first), min(b, last)))
            for a, b in zip(begins, ends, strict=True)
        ]
        unit = np.select(
            [own["key"].isin(OPENING_DAYS), own["price_unit"] == "day", own["price_unit"] == "month"],
            [open_days, days, days / last.day], hours * days / 7,
        )  # fmt: skip
        listed = (unit * price).groupby(own["key"]).sum()
        ledger_month = posted[f"{month[5:]}-{month[:4]}"]
        for function in ("53850", "53852", "53851", "53859", "53858", "52822", "52823", "52825"):
            assert ledger_month[function] == pytest.approx(listed[service_of[function]], rel=0.06), (month, function)
        assert ledger_month.sum() == pytest.approx(listed.sum(), rel=0.03)


def test_cases_keep_their_contract(cases: pd.DataFrame):
    assert list(cases.columns[:-1]) == [column.name for column in CASES.columns]
    assert not cases.duplicated(["case_id", "price_from"]).any()
    assert cases["key"].notna().all()
    for column in CASES.columns:
        if column.required:
            assert (cases[column.name] != "").all(), column.name
        if column.allowed:
            assert set(cases[column.name]) <= {*column.allowed, ""}, column.name
    ended = cases["ended_on"].where(cases["ended_on"] != "", "9999-12-31")
    assert (cases["price_from"] >= cases["start_date"]).all()
    assert (cases["price_from"] <= ended).all()
    assert (ended >= cases["start_date"]).all()
    assert (cases["recorded_on"] <= "2026-12-31").all()
    assert (cases.groupby("citizen_id")["birth_month"].min() == cases.groupby("citizen_id")["birth_month"].max()).all()
    assert cases["citizen_id"].str.fullmatch(r"\d{6}-\d{4}").all()
    assert (cases["citizen_id"].str[2:4] == cases["birth_month"].str[5:7]).all()


def test_no_citizen_has_a_service_twice_at_a_time_or_outside_its_ages(cases: pd.DataFrame):
    spans = cases.drop_duplicates("case_id").sort_values(["citizen_id", "key", "start_date"])
    same = (spans["citizen_id"] == spans["citizen_id"].shift()) & (spans["key"] == spans["key"].shift())
    earlier = spans["ended_on"].shift().where(spans["ended_on"].shift() != "", "9999-12-31")
    assert not (same & (spans["start_date"] <= earlier)).any()
    ages = {service.key: service.ages for service in load_catalogue().service}
    last = spans["ended_on"].where(spans["ended_on"] != "", "2026-12-31")
    for row, end in zip(spans.itertuples(), last, strict=True):
        low, high = ages[row.key]
        born = int(row.birth_month[:4]) * 12 + int(row.birth_month[5:7])
        youngest = int(row.start_date[:4]) * 12 + int(row.start_date[5:7]) - born
        oldest = int(end[:4]) * 12 + int(end[5:7]) - born
        assert low * 12 <= youngest, (row.key, row.case_id)
        assert oldest <= (high + 1) * 12, (row.key, row.case_id)


def test_both_laws_stand_side_by_side_after_2024(cases: pd.DataFrame):
    new_law = cases["service"].str.startswith("BL-")
    assert (cases.loc[new_law, "price_from"] >= "2024-01-01").all()
    group = {service.key: service.group for service in load_catalogue().service}
    placed = cases[cases["key"].map(group).eq("anbringelser") & (cases["price_from"] >= "2024-06-01")]
    assert 0.05 < placed["service"].str.startswith("SEL-").mean() < 0.8
    both = cases[cases["price_from"] >= "2023-01-01"].groupby("case_id")["service"].nunique()
    assert (both > 1).sum() > 20


def test_citizens_have_several_services_and_grow_up(cases: pd.DataFrame, truth: dict):
    held = cases.groupby("citizen_id")["key"].agg(set)
    assert sum({"aktivitets_samvaerstilbud", "botilbudslignende_tilbud"} <= keys for keys in held) > 40
    adult = {"ungestoette", "midlertidigt_botilbud", "bostoette"}
    assert sum(bool(keys & {"plejefamilie", "boernehjem", "opholdssted"}) and bool(keys & adult) for keys in held) > 30
    assert truth["citizens_turning_18_in_care"] > 40


def test_a_few_invoices_are_entered_twice(ledger: pd.DataFrame):
    bought = ledger[ledger["art"].isin(["40", "47", "48", "52"]) & (ledger["month"] != "") & (ledger["ore"] > 0)]
    alike = bought.assign(person=bought["CPR-nr."].str.replace("-", "").str.zfill(10))
    same = alike.duplicated(["person", "month", "Kontostreng", "ore", "Regnskabsår", "Periode"], keep=False)
    assert 20 < same.sum() < 600


def test_own_institutions_are_not_quite_full(truth: dict):
    for service in ("laengerevarende_botilbud", "aktivitets_samvaerstilbud", "boernehjem"):
        own = truth["own_institutions"][service]
        assert own["sold"] > 1
        assert 0.7 < own["occupancy"] <= 1.0


def test_half_of_the_places_are_bought(cases: pd.DataFrame):
    group = {service.key: service.group for service in load_catalogue().service}
    today = cases[(cases["ended_on"] == "") & (cases["paying_municipality"] == "151")].drop_duplicates("case_id", keep="last")
    places = today[
        today["key"].map(group).isin(["botilbud", "dagtilbud_voksne", "anbringelser"]) & (today["key"] != "plejefamilie")
    ]
    assert 0.4 < (places["provider_type"] != "own").mean() < 0.6
    assert set(places["provider_type"]) == {"own", "municipality", "region", "private"}
    sold = cases[cases["paying_municipality"] != "151"]
    assert (sold["provider_type"] == "own").all()
    assert sold["case_id"].nunique() > 20


def test_thin_and_young_services_are_there(truth: dict):
    services = truth["services"]
    for key in ("kontaktperson_doevblinde", "sikret_institution"):
        assert max(services[key]["realised"]["full_time_citizens_by_year"].values()) < 5
    assert set(services["kontant_tilskud"]["realised"]["full_time_citizens_by_year"]) == {"2025", "2026"}


def test_the_planted_delays_show_in_the_ledger(ledger: pd.DataFrame):
    plain = ledger[
        (ledger["month"] != "")
        & (ledger["CPR-nr."] != "")
        & ~ledger["Posteringstekst"].str.contains("Tilbageført|Rettet|Kredit|Kvartal|-mar|-jun|-sep|-dec")
    ]
    month = plain["month"].str[3:].astype(int) * 12 + plain["month"].str[:2].astype(int)
    plain = plain[(month >= 2018 * 12) & (month <= 2025 * 12 - 12)]
    lag = plain["posted"].dt.year * 12 + plain["posted"].dt.month - month
    by_art = lag.groupby(plain["art"])
    assert (by_art.quantile(0.5)["47"], by_art.quantile(0.9)["47"]) == (1, 4)
    assert by_art.quantile(0.99)["47"] >= 12
    assert by_art.quantile(0.9)["40"] == 1


def test_planted_uptake_and_prices_are_realised(truth: dict):
    """Volume follows uptake x population within the noise of small numbers; unit cost its trend."""
    ratios, trends, wanted = [], [], []
    for item in truth["services"].values():
        planted, realised = item["planted"], item["realised"]
        if planted["short_history"]:
            continue
        volume = realised["full_time_citizens_by_year"]
        growth = np.log(volume["2026"] / volume["2018"]) / 8
        ratios.append((growth, volume["2026"]))
        cost = realised["cost_per_full_time_citizen_at_anchor_prices_dkk"]
        gross = realised["gross_by_service_year_dkk"]["2026"]
        trends.append((np.polyfit(range(10), np.log([cost[str(year)] for year in range(2017, 2027)]), 1)[0], gross))
        wanted.append((planted["unit_cost_trend_above_index_per_year"], gross))
    found = np.average([value for value, _ in trends], weights=[weight for _, weight in trends])
    target = np.average([value for value, _ in wanted], weights=[weight for _, weight in wanted])
    assert found == pytest.approx(target, abs=0.006)
    assert 0.0 < np.average([value for value, _ in ratios], weights=[weight for _, weight in ratios]) < 0.025
    assert sum(truth["not_yet_posted_dkk"]["by_expense_type"].values()) > 10e6


def test_workbooks_hold_their_contracts_columns(ten_years: tuple[Path, SampleSummary]):
    folder = ten_years[0]
    budget = pd.read_excel(folder / "budget.xlsx", dtype={"municipality": str, "frame": str})
    assert set(budget["version"]) == {"original", "revised", "carried over"}
    assert {"nominal", "2026-pl"} <= set(budget["price_level"])
    assert set(budget.loc[budget["version"] == "original", "year"]) == set(range(2017, 2031))
    for name, table in (
        ("budget", "budget"),
        ("frames", "frames"),
        ("budget_events", "budget_events"),
        ("price_index", "price_index"),
    ):
        sheet = pd.read_excel(folder / f"{name}.xlsx", dtype=str)
        assert list(sheet.columns) == [column.name for column in INPUTS[table].columns]
    events = pd.read_excel(folder / "budget_events.xlsx")
    assert set(events["kind"]) == {"moved_task", "dut", "account_plan", "decided_saving"}
    assert not events.loc[events["kind"] == "decided_saving", "in_data"].any()
    index = pd.read_excel(folder / "price_index.xlsx")
    assert set(index["kind"]) == {"growth", "uplift"}
    assert (index["year"].min(), index["year"].max()) == (2016, 2031)


def test_original_budgets_lie_a_little_under_what_then_came(ten_years: tuple[Path, SampleSummary], ledger: pd.DataFrame):
    budget = pd.read_excel(ten_years[0] / "budget.xlsx", dtype={"frame": str})
    frame_of = {account.function: service.default_frame for service in load_catalogue().service for account in service.accounts}
    rows = ledger[ledger["dranst"] == "1"]
    net = (rows["ore"] / 100).groupby([rows["function"].map(frame_of), rows["Regnskabsår"].astype(int)]).sum()
    for frame in ("50.54", "30.46"):
        for year in range(2018, 2026):
            original = budget[(budget["frame"] == frame) & (budget["year"] == year) & (budget["version"] == "original")][
                "amount_dkk"
            ].sum()
            assert 0.95 < original / net[frame, year] < 1.02, (frame, year)


def test_statbank_files_hold_whole_populations(ten_years: tuple[Path, SampleSummary]):
    folk = pd.read_csv(ten_years[0] / "FOLK1A_151.csv", sep=";", dtype=str)
    whole = folk[(folk["KØN"] != "TOT") & (folk["ALDER"] != "IALT") & (folk["TID"] == "2026K1")]["INDHOLD"].astype(int)
    declared = folk[(folk["KØN"] == "TOT") & (folk["ALDER"] == "IALT") & (folk["TID"] == "2026K1")]["INDHOLD"].astype(int)
    assert (len(whole), whole.sum()) == (212, declared.iloc[0])
    assert folk["TID"].max() == "2026K4"
    main = pd.read_csv(ten_years[0] / "FRKM126.csv", sep=";", dtype=str)
    assert set(main["TID"]) == {str(year) for year in range(2026, 2052)}
    other = pd.read_csv(ten_years[0] / "population_projection.csv", sep=";", dtype=str, encoding="utf-8-sig")
    assert set(other["variant"]) == {"low", "high", "municipal"}
    end = other[other["date"] == "2040-01-01"].groupby("variant")["persons"].apply(lambda persons: persons.astype(int).sum())
    assert end["low"] < main[main["TID"] == "2040"]["INDHOLD"].astype(int).sum() < end["high"] < end["municipal"]
    assert (ten_years[0] / "FRKM124.csv").exists()


def test_os2bos_reports_have_the_real_columns_and_shapes(ten_years: tuple[Path, SampleSummary]):
    granted = pd.read_csv(ten_years[0] / "os2bos" / "granted_payments_3.csv", dtype=str, keep_default_na=False)
    expected = pd.read_csv(ten_years[0] / "os2bos" / "expected_payments_3.csv", dtype=str, keep_default_na=False)
    assert list(granted.columns) == list(expected.columns) == list(COLUMNS)
    assert granted["account_string"].str.fullmatch(r"\d{9}-\d{5,6}").all()
    assert granted["date"].max() <= "2026-12-31" < expected["date"].min()
    assert (expected["paid_date"] == "").all()
    assert (granted.loc[granted["date"] < "2026-06-01", "paid_date"] != "").all()
    assert (granted.loc[granted["recipient_type"] == "PERSON", "recipient_id"].str.fullmatch(r"\d{6}-\d{4}")).all()
    assert set(granted["recipient_type"]) == {"INTERNAL", "COMPANY", "PERSON"}
    assert {"True", "False"} == set(granted["fictive"])
    product = granted["price_per_unit"].astype(float) * granted["units"].astype(float)
    assert (product - granted["payment_schedule__payment_amount"].astype(float)).abs().max() < 0.02
    assert not set(granted["id"]) & set(expected["id"])
    assert (granted["amount"].astype(float) <= granted["payment_schedule__payment_amount"].astype(float) + 0.01).all()


def test_planted_rows_stand_where_they_are_said_to_stand(dirty: Path):
    planted = json.loads((dirty / "planted.json").read_text(encoding="utf-8"))
    by_rule = defaultdict(list)
    for row in planted["rows"]:
        encoding = "cp1252" if row["file"].startswith("ledger") else "utf-8-sig"
        lines = (dirty / row["file"]).read_bytes().decode(encoding).split("\r\n")
        by_rule[row["rule_id"], row["file"].split("_")[0]].append(
            (lines[0].split(";"), lines[row["row_number"] - 1].split(";"), lines)
        )
    expected = {"T-01", "T-02", "T-03", "T-04", "T-05", "P-01", "C-01", "C-02", "C-03", "C-04", "C-05"}
    assert {rule for rule, _ in by_rule} == expected | {"C-24", "C-25", "C-26", "C-27", "C-28", "C-31"}
    assert all(5 <= len(rows) <= 20 for rows in by_rule.values())
    assert all(fields[header.index("ended_on")] == "" for header, fields, _ in by_rule["C-24", "cases"])
    for header, fields, lines in by_rule["C-28", "ledger"]:
        number = fields[header.index("CPR-nr.")]
        assert number.isdigit()
        assert sum(number in line or f"{number[:6]}-{number[6:]}" in line for line in lines) == 1
    assert all(len(fields) != len(header) for header, fields, _ in by_rule["T-05", "ledger"])
    assert all(lines.count(";".join(fields)) == 2 for _, fields, lines in by_rule["C-02", "ledger"] + by_rule["C-02", "cases"])
    assert all(
        re.fullmatch(r"\d{6}-\d{4}", fields[header.index("PSP-element")]) for header, fields, _ in by_rule["P-01", "ledger"]
    )
    for header, fields, _ in by_rule["C-03", "cases"]:
        assert fields[header.index("ended_on")] < fields[header.index("start_date")]
    for header, fields, _ in by_rule["C-05", "cases"]:
        assert fields[header.index("price_from")] < fields[header.index("start_date")]
    for header, fields, lines in by_rule["C-04", "cases"]:
        number = fields[0].rsplit("-", 1)[0]
        first = next(line.split(";") for line in lines if line.startswith(number + ";"))
        start, end = header.index("start_date"), header.index("ended_on")
        assert first[start] < fields[start] < fields[end]
        assert first[end] == "" or fields[end] < first[end]
    words = load_catalogue().words
    assert all(fields[header.index("service")] not in words for header, fields, _ in by_rule["C-01", "cases"])


def test_clean_rows_of_a_dirty_sample_are_those_of_the_clean_one(dirty: Path, tmp_path: Path):
    write_sample(tmp_path, months=24, seed=5)
    planted = json.loads((dirty / "planted.json").read_text(encoding="utf-8"))
    extra = {row["file"] for row in planted["files"]}
    assert {str(file.relative_to(dirty)) for file in dirty.rglob("*") if file.is_file()} - extra - {"planted.json"} == set(
        digests(tmp_path)
    )
    for name in sorted({row["file"] for row in planted["rows"]}):
        numbers = {row["row_number"] for row in planted["rows"] if row["file"] == name}
        dirty_lines = (dirty / name).read_bytes().split(b"\r\n")
        clean = set((tmp_path / name).read_bytes().split(b"\r\n"))
        unplanted = {
            line for number, line in enumerate(dirty_lines, start=1) if number not in numbers and not line.startswith(b"I ALT")
        }
        assert unplanted <= clean, name


def test_a_dirty_ledger_still_declares_its_own_totals(dirty: Path):
    for file in sorted(dirty.glob("ledger_[0-9][0-9][0-9][0-9].csv")):
        lines = file.read_bytes().decode("cp1252").split("\r\n")
        trailer = lines[-2].split(";")
        amounts = [int(line.rsplit(";", 1)[1].replace(",", "")) for line in lines[1:-2]]
        assert (int(trailer[6]), int(trailer[10].replace(",", ""))) == (len(amounts), sum(amounts))


def test_faulty_deliveries_are_faulty(dirty: Path):
    planted = {row["file"]: row["reason"] for row in json.loads((dirty / "planted.json").read_text(encoding="utf-8"))["files"]}
    assert set(planted.values()) == {
        "truncated",
        "shrunk",
        "totals",
        "encoding",
        "empty",
        "changed_columns",
        "unreadable",
        "unknown_kind",
    }
    dirty_ledgers = {row["file"] for row in json.loads((dirty / "planted.json").read_text(encoding="utf-8"))["rows"]}
    for name, reason in planted.items():
        content = (dirty / name).read_bytes()
        original = name.rsplit("_", 1)[0].removesuffix("_uden") + ".csv"
        if reason == "empty":
            assert content == b""
        if name.startswith("ledger"):
            assert original not in dirty_ledgers
            assert original < name, "a copy must come after what it is a copy of"
        if reason in {"truncated", "shrunk"}:
            assert len(content) < len((dirty / original).read_bytes())
        if reason == "encoding" and name.startswith("cases"):
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")


def test_more_municipalities_leave_the_first_as_it_was(tmp_path: Path):
    one = write_sample(tmp_path / "one", months=13, seed=2)
    two = write_sample(tmp_path / "two", months=13, seed=2, municipalities=2)
    assert two.citizens > one.citizens
    for name in ("ledger_2026", "cases_2026-12", "commitments_2026-12", "population_projection"):
        assert (tmp_path / "one" / f"{name}.csv").read_bytes() == (tmp_path / "two" / f"{name}_151.csv").read_bytes()
        assert (tmp_path / "two" / f"{name}_101.csv").exists()
    main = pd.read_csv(tmp_path / "two" / "FRKM126.csv", sep=";", dtype=str)
    assert set(main["KOMMUNEDK"]) == {"151", "101"}


def test_before_2024_only_the_old_law_is_known(tmp_path: Path):
    seen: list[float] = []
    write_sample(tmp_path, months=14, end="2019-05", progress=lambda _label, share: seen.append(share))
    cases = read_cases(tmp_path)
    assert not cases["service"].str.startswith("BL-").any()
    assert cases["recorded_on"].max() <= "2019-05-31"
    assert sorted(file.name for file in tmp_path.glob("ledger_*.csv")) == ["ledger_2018.csv", "ledger_2019.csv"]
    assert read_ledger(tmp_path)["posted"].max() <= pd.Timestamp("2019-05-31")
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("wrong", [{"municipalities": 0}, {"municipalities": 99}, {"seed": -1}, {"months": 3}, {"end": "2026"}])
def test_wrong_arguments_write_nothing(tmp_path: Path, wrong: dict):
    with pytest.raises(WrongUse):
        write_sample(tmp_path / "none", **wrong)
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(not REAL.exists(), reason=f"real population not found at {REAL.parent}; set OPDRIFT_REAL_DATA")
def test_a_real_population_lies_under_the_citizens(tmp_path: Path):
    summary = write_sample(tmp_path, months=24, end="2019-12", population=REAL)
    folk = pd.read_csv(tmp_path / "FOLK1A_151.csv", sep=";", dtype=str)
    whole = folk[(folk["KØN"] == "TOT") & (folk["ALDER"] == "IALT")].set_index("TID")["INDHOLD"].astype(int)
    assert (whole["2018K1"], whole["2019K1"]) == (48_295, 48_458)
    assert 1_300 <= summary.citizens <= 2_100
