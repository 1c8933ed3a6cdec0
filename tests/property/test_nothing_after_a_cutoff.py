"""Whatever comes, is counted, recorded or posted after a December, a forecast made again as of it stays the same to the bit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest

from data.extracts import read_extracts
from data.reference.catalogue import load_catalogue
from data.schema import INPUTS
from data.settings import LegalBasis, Paths, read_settings
from flows.citizens import roll
from flows.journal import Journal
from flows.night import Night
from flows.progress import Bars
from flows.then import Then, known_then
from models.drivers import build_parts
from models.forecast.choice_json import to_json
from models.remade import choose_as_of, remade_draws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.settings import Settings

CATALOGUE = load_catalogue()
ORIGIN = pd.Timestamp("2024-12-01")
"""Looked back at from June 2026, beside December 2025 and 2023."""
LAST_DAY = date(2024, 12, 31)
FIRST, CUTOFF = "2020-01-01", "2026-06-01"
SERVICES = {"midlertidigt_botilbud": ("53852", "day", 2_000.0), "stofmisbrugsbehandling": ("53845", "month", 9_000.0)}
DRAWS = 20


def town() -> dict[str, pd.DataFrame]:
    """Two services of some thirty citizens, bills up to two months late, cases known up to three months late."""
    rng = np.random.default_rng(5)
    cases, postings = [], []
    for service, (function, unit, price) in SERVICES.items():
        for number in range(110):
            start = date(2018, 1, 1) + timedelta(days=int(rng.integers(0, 3_000)))
            end = start + timedelta(days=int(rng.exponential(900.0)) + 30)
            cases.append({
                "case_id": f"{service}-{number}", "citizen_id": f"{service}-c{number}",
                "birth_month": date(1960 + number % 44, 5, 1),
                "recorded_on": start + timedelta(days=int(rng.integers(-30, 90))), "service": service, "start_date": start,
                "ended_on": end if end < date(2026, 6, 30) else None, "price": price * (1 + number % 5 / 5), "price_from": start,
                "price_unit": unit, "provider_type": "private", "paying_municipality": "151",
            })  # fmt: skip
        for place, month in enumerate(pd.date_range(FIRST, CUTOFF, freq="MS")):
            bill = 30.0 * price * (30.0 if unit == "day" else 1.0) * (1.0 + 0.002 * place) * float(np.exp(rng.normal(0, 0.03)))
            for late, share in enumerate((0.7, 0.25, 0.05)):
                if (posted := month + pd.DateOffset(months=late)) <= pd.Timestamp(CUTOFF):
                    postings.append(posting(function, month, posted, bill * share))
    return {
        "cases": pd.DataFrame(cases), "postings": pd.DataFrame(postings),
        "population": pd.concat([people(year, 500.0 + year % 7) for year in range(2020, 2027)]),
        "population_projection": pd.concat([projected(vintage, 510.0) for vintage in (2022, 2024)]),
        "price_index": pd.DataFrame(
            {"year": range(2019, 2032), "vintage": 2026, "kind": "growth", "series": "services_total", "pct": 2.5}
        ),
    }  # fmt: skip


def posting(function: str, month: pd.Timestamp, posted: pd.Timestamp, amount: float) -> dict[str, object]:
    return {
        "posting_id": "p", "municipality": "151", "accounting_year": posted.year, "accounting_period": posted.month,
        "posted_on": (posted + pd.DateOffset(days=24)).date(), "service_month": month.date(), "service_month_basis": "column",
        "function": function, "account_class": "1", "expense_type": "40", "amount_dkk": round(amount, 2),
    }  # fmt: skip


def people(year: int, persons: float) -> pd.DataFrame:
    ages = np.arange(100)
    return pd.DataFrame({"municipality": "151", "date": date(year, 1, 1), "sex": "T", "age": ages, "persons": persons + ages % 9})


def projected(vintage: int, persons: float) -> pd.DataFrame:
    years = [people(year, persons + year - vintage) for year in range(vintage, vintage + 12)]
    return pd.concat(years).assign(variant="main", vintage=vintage)


def revised(base: dict[str, pd.DataFrame], seed: int, what: str) -> dict[str, pd.DataFrame]:
    """The same home later on: all that is dated after the December, of one table, says something else."""
    rng = np.random.default_rng(seed)
    table = base[what]
    if what == "population":
        years = range(2025, 2027)
        table = pd.concat([table[table["date"] <= LAST_DAY], *(people(year, float(rng.integers(100, 3_000))) for year in years)])
    elif what == "population_projection":
        table = pd.concat([table, *(projected(vintage, float(rng.integers(100, 3_000))) for vintage in (2025, 2026))])
    elif what == "postings":
        later = table["posted_on"] > LAST_DAY
        scale = np.where(later, rng.uniform(0.8, 1.3, len(table)), 1.0)
        table = table.assign(amount_dkk=(table["amount_dkk"] * scale).round(2))
        late = [posting("53852", ORIGIN - pd.DateOffset(months=back), pd.Timestamp("2025-03-01"), 90_000.0) for back in range(9)]
        table = pd.concat([table, pd.DataFrame(late)])
    else:
        table = revised_cases(table, rng)
    return base | {what: table}


def revised_cases(cases: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Cases that were known late, other prices decided later, and other ends that come later."""
    late = cases.sample(20, random_state=int(rng.integers(1_000))).reset_index(drop=True)
    late = late.assign(
        case_id=[f"late{number}" for number in late.index],
        citizen_id=[f"a{rng.integers(9_999)}{number}" for number in late.index],
        start_date=date(2024, 2, 1), price_from=date(2024, 2, 1), recorded_on=date(2025, 1, 1), ended_on=None,
    )  # fmt: skip
    running = cases[cases["recorded_on"] <= LAST_DAY].sample(15, random_state=int(rng.integers(1_000)))
    dearer = running.assign(price=running["price"] * 3.0, price_from=date(2024, 10, 1), recorded_on=date(2025, 2, 3))
    dearer = dearer[dearer["start_date"] < date(2024, 10, 1)]
    ends = [None if end is None or end > LAST_DAY else end for end in cases["ended_on"].astype(object)]
    ends = [date(2025, 2, 1) if end is None and rng.random() < 0.3 else end for end in ends]
    begun = cases["start_date"] <= date(2024, 12, 1)
    return pd.concat([cases.assign(ended_on=np.where(begun, np.array(ends, dtype=object), None)), late, dearer])


@contextmanager
def night(settings: Settings, tables: dict[str, pd.DataFrame]) -> Iterator[Night]:
    """A night that has read the tables and made its drivers."""
    clock = lambda: datetime(2026, 7, 1, tzinfo=UTC)  # noqa: E731
    basis = LegalBasis(text="Prøve", decided=date(2026, 1, 1), signed="Prøve")
    made = Night(
        replace(settings, known_citizens=basis), "run", journal=Journal(settings.paths, "run", clock), clock=clock, bars=Bars()
    )
    with duckdb.connect(":memory:") as con:
        for table in INPUTS.values():
            columns = ", ".join(f"{column.name} {column.kind.sql}" for column in table.columns)
            con.execute(f"CREATE TABLE used_{table.name} ({columns}, row_id VARCHAR)")
        for name, frame in tables.items():
            con.register("given", frame)
            con.execute(f"INSERT INTO used_{name} ({', '.join(frame.columns)}) SELECT * FROM given")
        extracts = read_extracts(con, made.settings, CATALOGUE)
        parts = build_parts(extracts, reference_months=made.settings.reference_months, age_bands=CATALOGUE.age_bands)
        made.held |= {"warehouse": con, "extracts": extracts, "parts": parts, "catalogue": CATALOGUE}
        yield made


def what_was_known(settings: Settings, tables: dict[str, pd.DataFrame]) -> dict[pd.Timestamp, Then]:
    with night(settings, tables) as made:
        return known_then(made)


def differ(one: Then, other: Then) -> list[str]:
    """Names of the frames that are not the same to the bit."""
    pairs = {field.name: (getattr(one.tables, field.name), getattr(other.tables, field.name)) for field in fields(one.tables)}
    pairs |= {"list_cost": (one.list_cost, other.list_cost), "stays": (one.stays, other.stays)}
    frames = {name: pair for name, pair in pairs.items() if isinstance(pair[0], pd.DataFrame)}
    return [name for name, (first, second) in frames.items() if not first.equals(second)]


@pytest.fixture(scope="module")
def base() -> dict[str, pd.DataFrame]:
    return town()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("then")
    return read_settings(Paths(home=folder / "home", secrets=folder / "keys"))


@pytest.fixture(scope="module")
def before(home: Settings, base: dict[str, pd.DataFrame]) -> dict[pd.Timestamp, Then]:
    return what_was_known(home, base)


REVISED = ("population", "population_projection", "cases", "postings")


@pytest.mark.parametrize(("seed", "what"), list(enumerate([*((one,) for one in REVISED), REVISED])))
def test_the_drivers_as_of_a_december_are_what_they_were(
    home: Settings, base: dict[str, pd.DataFrame], before: dict[pd.Timestamp, Then], seed: int, what: tuple[str, ...]
) -> None:
    later = base
    for table in what:
        later = revised(later, seed, table)
    after = what_was_known(home, later)
    assert list(before) == list(after)
    assert differ(before[ORIGIN], after[ORIGIN]) == []
    newest = pd.Timestamp("2025-12-01")
    assert differ(before[newest], after[newest]), "the revision is one: the December after it knows of it"


def test_the_forecast_and_what_was_chosen_for_it_are_what_they_were(home: Settings, base: dict[str, pd.DataFrame]) -> None:
    everything = base
    for what in REVISED:
        everything = revised(everything, 9, what)
    found, kept = [], {}
    for tables in (base, everything):
        with night(home, tables) as made:
            then = {ORIGIN: known_then(made)[ORIGIN]}
            known = roll(made, then[ORIGIN], DRAWS)
        choices, work = choose_as_of({ORIGIN: then[ORIGIN].tables}, kept)
        draws = remade_draws({ORIGIN: then[ORIGIN].tables}, seed=1, n_draws=DRAWS, choices=choices)[ORIGIN]
        found.append((draws, known, to_json(choices[ORIGIN])))
        assert (work["reused"] > 0) == bool(kept), "an earlier night's choice is used again"
        assert not kept or work["refitted"] + work["renewed"] == 0
        kept = choices
    (draws, known, chosen), (again, rolled, rechosen) = found
    assert chosen == rechosen
    for name in ("gross_nominal", "volume", "unit_cost_real", "price_factor", "late_error"):
        np.testing.assert_array_equal(getattr(draws, name), getattr(again, name))
    assert known is not None
    assert rolled is not None
    np.testing.assert_array_equal(known.paths.volume, rolled.paths.volume)
    np.testing.assert_array_equal(known.paths.cost_real, rolled.paths.cost_real)


def until_then(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same home on the December's last day."""
    cases, postings = tables["cases"], tables["postings"]
    known = cases[cases["recorded_on"] <= LAST_DAY]
    ends = [None if end is None or end > LAST_DAY else end for end in known["ended_on"].astype(object)]
    return tables | {
        "cases": known.assign(ended_on=np.array(ends, dtype=object)),
        "postings": postings[postings["posted_on"] <= LAST_DAY],
        "population": tables["population"][tables["population"]["date"] <= LAST_DAY],
        "population_projection": tables["population_projection"].query("vintage <= 2024"),
    }


def test_what_is_known_then_is_what_a_night_of_that_day_reads(
    home: Settings, base: dict[str, pd.DataFrame], before: dict[pd.Timestamp, Then]
) -> None:
    then = before[ORIGIN]
    with night(home, until_then(base)) as made:
        parts, extracts = made.held["parts"], made.held["extracts"]
    assert extracts.cutoff == ORIGIN
    tables, ahead = parts.tables, parts.tables.ahead
    of_prices = ["unit_cost_real"]  # tonight's index and price level are given
    pd.testing.assert_frame_equal(
        then.tables.history.drop(columns=of_prices), tables.history.drop(columns=of_prices), check_exact=True
    )
    main = ahead[ahead["variant"] == "main"].reset_index(drop=True)
    pd.testing.assert_frame_equal(then.tables.ahead, main, check_exact=True)
    granted = extracts.stays["is_granted"].astype(bool)
    assert granted.any()
    begun = extracts.stays[~granted].reset_index(
        drop=True
    )  # tonight's files hold nobody who has not begun, so it isn't told then
    pd.testing.assert_frame_equal(then.stays, begun, check_exact=True)


def test_years_before_the_system_was_taken_into_use_are_not_looked_back_on(home: Settings, base: dict[str, pd.DataFrame]) -> None:
    taken_over = base["cases"].assign(recorded_on=[max(day, date(2025, 3, 1)) for day in base["cases"]["recorded_on"]])
    with night(home, base | {"cases": taken_over}) as made:
        assert [f"{origin:%Y-%m}" for origin in known_then(made)] == ["2025-12"]
        (notice,) = made.held["notices"]
    assert notice["notice_id"].tolist() == ["recorded_late"]
    assert "2023, 2024" in notice["text_da"][0]


def test_other_keys_know_the_same(home: Settings, base: dict[str, pd.DataFrame], before: dict[pd.Timestamp, Then]) -> None:
    """As ``opdrift verify`` makes a run again: with keys of its own, rows in another order."""
    cases = base["cases"]
    other = cases.assign(**{key: [sha256(word.encode()).hexdigest() for word in cases[key]] for key in ("case_id", "citizen_id")})
    after = what_was_known(home, base | {"cases": other.sample(frac=1.0, random_state=1)})
    assert differ(before[ORIGIN], after[ORIGIN]) == []
