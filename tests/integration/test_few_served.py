"""A provider and a cost centre that serve two citizens: nothing that leaves a home tells what they cost.

Published tables are compared as numbers, to the krone; words are scanned for kroner and øre in every spelling. Millions with one
decimal are what tables hold, rounded: two digits would be found by chance. Warehouse and ``restricted/`` never leave.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from leak_scan import Planted, scan
from plain_night import night
from streamlit.testing.v1 import AppTest
from taken_away import APP, visit, watched
from typer.testing import CliRunner

from data.schema import PUBLISHED, Kind
from data.settings import Alerts
from flows.alerts import due
from flows.check import check_files
from flows.check import told as words_of_check
from flows.cli import cli
from flows.summary import tell_run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from data.mart import Mart
    from data.settings import Settings

PROVIDER, CENTRE = "Skyggehuset", "XG-SKYGGE"
FIRST, LAST = 2024, 2026
FEW = {"010180-1234": 3_917.31, "311279-4321": 4_283.17}
"""Citizen -> price per day, of the two whom the planted provider serves and the planted cost centre pays for."""
OTHERS = 40
NOT_AS_STORED = {
    "draws", "uniforms", "variant_factors", "accounting_weights",  # never leave the server (decision 0007)
    "rule_results", "input_files", "balance",  # leave through models.view.few_rows alone: in the answers and pages below
}  # fmt: skip
PAGES = ("budget_follow_up", "data_quality")
CASES = (
    "case_id;citizen_id;birth_month;recorded_on;service;start_date;price;price_from;price_unit;provider_type;provider_id;"
    "paying_municipality"
)
POSTINGS = (
    "posting_id;accounting_year;accounting_period;posted_on;service_month;function;account_class;owner;grouping;expense_type;"
    "cost_object;citizen_id;case_id;amount_dkk"
)


def months() -> list[tuple[int, int]]:
    return [(year, month) for year in range(FIRST, LAST + 1) for month in range(1, 13)]


def billed(price: float, year: int, month: int) -> float:
    days = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return round(price * days, 2)


def danish(amount: float) -> str:
    return f"{amount:.2f}".replace(".", ",")


TWICE = [(LAST, month) for month in range(1, 7)]
"""Months whose bills of the two came twice: twelve rows set aside, of two citizens."""


def put_files(inbox: Path) -> None:
    """Three years of a placement: forty citizens at three large providers, two at the planted one."""
    inbox.mkdir(parents=True)
    others = {f"{n % 28 + 1:02d}{n % 12 + 1:02d}75-{1000 + 37 * n:04d}": 2_000.0 + 13 * n for n in range(OTHERS)}
    cases, bills = [CASES], {year: [POSTINGS] for year in range(FIRST, LAST + 1)}
    for n, (citizen, price) in enumerate({**others, **FEW}.items()):
        few = citizen in FEW
        provider, kind, centre = (PROVIDER, "region", CENTRE) if few else (f"Stort hus {n % 3}", "private", "XG-1")
        begun = f"{FIRST - 1}-{n % 12 + 1:02d}-01"
        cases.append(f"S{n};{citizen};1975-01;{begun};SEL-108;{begun};{danish(price)};{begun};day;{kind};{provider};151")
        for year, month in months():
            posted = date(year, month, 1) + timedelta(days=20)
            head = f"B{n}-{year}{month:02d};{year};{month};{posted};{year}-{month:02d}-01;53850;1;4;;47"
            row = f"{head};{centre};{citizen};S{n};{danish(billed(price, year, month))}"
            bills[year] += [row] * (1 + (few and (year, month) in TWICE))
    (inbox / f"cases_{LAST}-12.csv").write_text("\n".join(cases) + "\n", encoding="utf-8")
    for year, rows in bills.items():
        (inbox / f"postings_{year}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    one, other = (danish(price) for price in FEW.values())
    (inbox / "postings_2027.csv").write_text(f"{POSTINGS};{one}\n{';' * 13}{other};\n", encoding="utf-8")


def secret_amounts() -> set[float]:
    """What the two cost, alone and together: each year, all years, each month that was billed twice, and what that came to."""
    found = set()
    for prices in (list(FEW.values()), *([price] for price in FEW.values())):
        by_month = {at: sum(billed(price, *at) for price in prices) for at in months()}
        by_year = [sum(amount for (year, _), amount in by_month.items() if year == wanted) for wanted in range(FIRST, LAST + 1)]
        twice = [by_month[at] for at in TWICE]
        found |= {*by_year, sum(by_year), *twice, sum(twice), 2 * sum(twice)}
    return found


def spelled(amount: float) -> set[str]:
    """An amount as a page, a workbook, an answer or a program writes it: to the krone and to the øre."""
    found = set()
    for text in (f"{amount:,.0f}", f"{amount:,.2f}"):
        plain, dots = text.replace(",", ""), text.translate(str.maketrans(",.", ".,"))
        found |= {text, dots, plain, plain.replace(".", ","), text.replace(",", "\N{NO-BREAK SPACE}")}
    return found


def told_by_tables(mart: Mart, amounts: set[float], planted: Planted) -> list[tuple[str, str, object]]:
    """Published figures that are one of the amounts, or the two's share of the year, to whatever is rounded away; and texts."""
    newest = [at for at in months() if at[0] == LAST]
    everything = sum(billed(2_000.0 + 13 * n, *at) for n in range(OTHERS) for at in newest)
    few = sum(billed(price, *at) for price in FEW.values() for at in newest)
    share = few / (few + everything)
    found: list[tuple[str, str, object]] = []
    with mart.held():
        tables = {name: mart.table(name) for name in PUBLISHED}
    for name, table in PUBLISHED.items():
        for column in table.columns:
            values = tables[name][column.name].dropna().unique() if column.kind is not Kind.DRAWS else ()
            if column.kind is Kind.TEXT:
                found += [(name, column.name, leak) for leak in planted.in_bytes("\n".join(values).encode(), "text")]
            elif column.kind in {Kind.NUMBER, Kind.MONEY, Kind.WHOLE} and name not in NOT_AS_STORED:
                near = [value for value in values if any(abs(abs(value) - amount) <= 0.51 for amount in amounts)]
                near += [value for value in values if math.isclose(abs(value), share, rel_tol=1e-5)]
                found += [(name, column.name, value) for value in near]
    return found


def test_nothing_that_leaves_tells_what_two_citizens_cost(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    paths = settings.paths
    put_files(paths.inbox)
    shutil.copytree(paths.inbox, tmp_path / "exports")
    with caplog.at_level(logging.INFO):
        mart = night(paths)
    amounts = secret_amounts()
    planted = Planted((), {PROVIDER, CENTRE, *(word for amount in {*amounts, *FEW.values()} for word in spelled(amount))})
    assert len(planted.in_bytes(f"1 {danish(min(amounts))} {PROVIDER}".encode(), "here")) == 2, "the scan sees what is there"
    rules = mart.table("rule_results").set_index(["rule_id", "table_name"])
    assert rules.loc[("C-02", "postings"), "rows_failed"] >= 12
    assert rules.loc[("C-02", "postings"), "few_citizens"]
    kinds = mart.table("provider_types")
    assert set(kinds["provider_type"]) == {"region+private"}, "one kind beside a hidden one would give it away"
    assert (kinds["cost_share"] == 1.0).all()
    assert told_by_tables(mart, amounts, planted) == []

    left, inside = tmp_path / "left", ("warehouse.duckdb*", "restricted", "inbox", "archive", "refused", "*.duckdb")
    shutil.copytree(paths.home, left, ignore=shutil.ignore_patterns(*inside))
    assert scan(left, planted).leaks == ()
    assert planted.in_bytes(caplog.text.encode(), "log lines") == []
    alerts = replace(settings, alerts=Alerts(addresses=("json://localhost",), on=("failed", "late", "nothing_new")))
    mails = list(due(alerts, datetime(2099, 1, 1, tzinfo=UTC)))
    assert mails
    told = [tell_run(mart, settings, now=datetime.now(UTC)), *(f"{mail.title} {mail.body}" for mail in mails)]
    told += [file.read_text(encoding="utf-8") for file in (paths.home / "refused").rglob("*.why.txt")]

    monkeypatch.setenv("OPDRIFT_HOME", str(paths.home))
    monkeypatch.setenv("OPDRIFT_SECRETS", str(paths.secrets))
    monkeypatch.setenv("OPDRIFT_LOCAL_ROLE", "viewer")
    checked = check_files(tmp_path / "exports", settings)
    told += [json.dumps(checked), words_of_check(checked)]
    for words in ("status", "status --json", "doctor --json", "log --json --last 50", "drift --from 2025 --to 2026 --json"):
        done = CliRunner().invoke(cli, words.split())
        assert done.exit_code in {0, 1, 4}, (words, done.output)
        told.append(done.output)
    offered = watched(monkeypatch)
    test = AppTest.from_file(APP, default_timeout=90).run()
    for page in PAGES:  # the first that is drawn is Overblik
        visit(test, page)
        told += [str(item.proto) for kind in ("html", "markdown", "caption", "info", "warning") for item in test.get(kind)]
    assert len(offered) > 15
    told += [offered.text(key) for key in offered]
    assert [leak for text in told for leak in planted.in_bytes(text.encode(), text[:60])] == []
