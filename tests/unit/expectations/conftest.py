"""A staged warehouse in memory, small and sound, into which a test plants its faults."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from data.schema import INPUTS

_SHA = "a" * 64


def month(year: int, number: int) -> date:
    return date(year, number, 1)


class Staged:
    """Staged tables, landed files and faults, as staging leaves them."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute(
            "CREATE TABLE files (sha256 VARCHAR, table_name VARCHAR, repeat_keys VARCHAR, status VARCHAR, rows BIGINT, "
            "amount DECIMAL(18,2));"
            "CREATE TABLE not_active (file_sha256 VARCHAR, table_name VARCHAR, why VARCHAR, rows BIGINT, amount DECIMAL(18,2));"
            "CREATE TABLE violations (rule_id VARCHAR, table_name VARCHAR, row_id BIGINT, amount DECIMAL(18,2));"
            "CREATE TABLE landed_faults (file_sha256 VARCHAR, table_name VARCHAR, row_number BIGINT, rule_id VARCHAR, "
            "column_name VARCHAR)"
        )
        for table in INPUTS.values():
            columns = ", ".join(f'"{column.name}" {column.kind.sql}' for column in table.columns)
            self.con.execute(f"CREATE TABLE stg_{table.name} ({columns}, file_sha256 VARCHAR, row_number BIGINT, row_id BIGINT)")

    def add(self, table: str, *, sha: str = _SHA, **values: Any) -> int:
        """Stage one row; gives its row id."""
        row_id = self.con.execute(f"SELECT coalesce(max(row_id), 0) + 1 FROM stg_{table}").fetchone()[0]
        row = values | {"file_sha256": sha, "row_number": row_id + 1, "row_id": row_id}
        names = ", ".join(f'"{name}"' for name in row)
        self.con.execute(f"INSERT INTO stg_{table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        return row_id

    def land(self, *, repeat_keys: dict[str, str] | None = None) -> None:
        """Write the landed files' totals from what is staged."""
        self.con.execute("DELETE FROM files")
        for table in INPUTS.values():
            amount = f'coalesce(sum("{table.amount}"), 0)' if table.amount else "0"
            self.con.execute(
                f"INSERT INTO files SELECT file_sha256, '{table.name}', 'refuse', 'landed', count(*), {amount} "
                f"FROM stg_{table.name} GROUP BY file_sha256"
            )
        for sha, keys in (repeat_keys or {}).items():
            self.con.execute("UPDATE files SET repeat_keys = ? WHERE sha256 = ?", [keys, sha])

    def case(self, case_id: str = "c1", citizen_id: str = "p1", **values: Any) -> int:
        sound = {
            "case_id": case_id,
            "citizen_id": citizen_id,
            "birth_month": month(1980, 5),
            "service": "laengerevarende_botilbud",
            "start_date": date(2024, 1, 1),
            "ended_on": date(2024, 12, 31),
            "price": 2000,
            "price_from": date(2024, 1, 1),
            "price_unit": "day",
            "provider_type": "own",
            "paying_municipality": "151",
        }
        return self.add("cases", **(sound | values))

    def posting(self, posting_id: str, **values: Any) -> int:
        sound = {
            "posting_id": posting_id,
            "municipality": "151",
            "accounting_year": 2024,
            "accounting_period": 1,
            "posted_on": date(2024, 1, 15),
            "service_month": month(2024, 1),
            "function": "53850",
            "account_class": "1",
            "expense_type": "47",
            "amount_dkk": 62000,
        }
        return self.add("postings", **(sound | values))

    def population(self, year: int, *, municipality: str = "151", persons: int = 50) -> None:
        self.con.execute(
            "INSERT INTO stg_population SELECT ?, make_date(?, 1, 1), sex, age, ?, ?, row_number() OVER (), "
            "(SELECT coalesce(max(row_id), 0) FROM stg_population) + row_number() OVER () "
            "FROM (SELECT unnest(['M', 'K']) AS sex), (SELECT unnest(range(0, 100)) AS age)",
            [municipality, year, persons, _SHA],
        )

    def violations(self, rule_id: str, table: str) -> list[int]:
        rows = self.con.execute(
            "SELECT DISTINCT row_id FROM violations WHERE rule_id = ? AND table_name = ? ORDER BY row_id", [rule_id, table]
        )
        return [row[0] for row in rows.fetchall()]

    def findings(self, rule_id: str, table: str) -> list[tuple[str, str, bool]]:
        rows = self.con.execute(
            "SELECT member, period, blocking FROM findings WHERE rule_id = ? AND table_name = ? ORDER BY ALL", [rule_id, table]
        )
        return rows.fetchall()

    def used(self, table: str) -> list[int]:
        return [row[0] for row in self.con.execute(f"SELECT row_id FROM used_{table} ORDER BY row_id").fetchall()]


@pytest.fixture
def staged() -> Staged:
    return Staged()


@pytest.fixture(scope="module")
def warehouse() -> type[Staged]:
    """For fixtures that serve a whole module."""
    return Staged
