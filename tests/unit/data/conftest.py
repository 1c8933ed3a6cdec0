"""A small home that lands real files through the real reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from data.landing import FileOutcome, land, settle
from data.staging import stage
from data.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings

POSTING_COLUMNS = (
    "posting_id;accounting_year;accounting_period;posted_on;service_month;function;account_class;owner;grouping;"
    "expense_type;cost_object;citizen_id;case_id;amount_dkk"
)
CASE_COLUMNS = (
    "case_id;citizen_id;birth_month;sex;recorded_on;service;start_date;planned_end;ended_on;price;price_from;price_unit;"
    "provider_type;paying_municipality"
)


def posting(number: int, *, year: int = 2026, period: int = 1, amount: str = "100,00", **more: str) -> str:
    """One line of a postings file."""
    values = {
        "posting_id": f"B{number}", "accounting_year": str(year), "accounting_period": str(period),
        "posted_on": f"{year}-{min(period, 12):02d}-15", "service_month": "", "function": "52820", "account_class": "1",
        "owner": "1", "grouping": "003", "expense_type": "47", "cost_object": "XG-100", "citizen_id": "010180-1234",
        "case_id": "S1", "amount_dkk": amount,
    }  # fmt: skip
    return ";".join((values | more)[name] for name in POSTING_COLUMNS.split(";"))


def case(number: int, **more: str) -> str:
    """One line of a cases file."""
    values = {
        "case_id": f"S{number}", "citizen_id": "010180-1234", "birth_month": "1980-01-01", "sex": "M",
        "recorded_on": "2025-01-10", "service": "SEL-107", "start_date": "2025-01-01", "planned_end": "", "ended_on": "",
        "price": "3000,00", "price_from": "2025-01-01", "price_unit": "day", "provider_type": "own",
        "paying_municipality": "151",
    }  # fmt: skip
    return ";".join((values | more)[name] for name in CASE_COLUMNS.split(";"))


def no_pause(_: float) -> None:
    """Files of a test don't grow."""


@dataclass(frozen=True)
class SmallHome:
    """A home, what is dropped into it, and what it answers."""

    settings: Settings

    @property
    def inbox(self) -> Path:
        return self.settings.paths.inbox

    def drop(self, name: str, *lines: str) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def postings(self, name: str, *lines: str) -> Path:
        return self.drop(name, POSTING_COLUMNS, *lines)

    def cases(self, name: str, *lines: str) -> Path:
        return self.drop(name, CASE_COLUMNS, *lines)

    def waiting(self) -> list[str]:
        return sorted(
            path.relative_to(self.inbox).as_posix() for path in self.inbox.rglob("*") if path.is_file() or path.is_symlink()
        )

    def land(self, **changed: Any) -> list[FileOutcome]:
        settings = replace(self.settings, **changed)
        with open_warehouse(settings) as con:
            outcomes = land(con, settings, pause=no_pause)
            stage(con, settings)
        return outcomes

    def settle(self, **changed: Any) -> list[str]:
        settings = replace(self.settings, **changed)
        with open_warehouse(settings) as con:
            return settle(con, settings, [])

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.settings) as con:
            return con.execute(sql).fetchall()


@pytest.fixture
def home(settings: Settings) -> SmallHome:
    """A fresh home with an inbox."""
    settings.paths.inbox.mkdir(parents=True)
    return SmallHome(settings)


@pytest.fixture
def lines() -> Any:
    """The makers of lines: ``lines.posting``, ``lines.case``."""
    return type("Lines", (), {"posting": staticmethod(posting), "case": staticmethod(case)})
