from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from data.schema import INPUTS
from data.staging import stage
from data.warehouse import WarehouseFault, open_warehouse


def test_every_input_table_is_staged_empty_and_typed(home) -> None:
    home.land()
    for table in INPUTS.values():
        found = home.ask(
            f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'stg_{table.name}' ORDER BY column_index"
        )
        expected = [(column.name, column.kind.sql) for column in table.columns]
        assert found == [*expected, ("file_sha256", "VARCHAR"), ("row_number", "BIGINT"), ("row_id", "BIGINT")]
        assert home.ask(f"SELECT count(*) FROM stg_{table.name}") == [(0,)]


def test_row_ids_are_dense_and_follow_file_and_row(home, lines) -> None:
    home.postings("postings_b.csv", lines.posting(3, period=2), lines.posting(4, period=2))
    home.land()
    home.postings("postings_a.csv", lines.posting(2), lines.posting(1))
    home.land()
    found = home.ask(
        "SELECT s.row_id, f.file_name, s.row_number"
        " FROM stg_postings AS s JOIN files AS f ON f.sha256 = s.file_sha256 ORDER BY row_id"
    )
    assert found == [(1, "postings_a.csv", 2), (2, "postings_a.csv", 3), (3, "postings_b.csv", 2), (4, "postings_b.csv", 3)]


def test_faults_of_reading_are_violations_of_rows_that_count(home, lines) -> None:
    home.postings("postings_a.csv", lines.posting(1, posted_on="soon", function="x", amount="12,50"), lines.posting(2))
    home.land()
    # two columns broke one rule each: T-01 and T-03, each valued by the row
    assert home.ask("SELECT rule_id, table_name, row_id, amount::VARCHAR FROM violations ORDER BY ALL") == [
        ("T-01", "postings", 1, "12.50"),
        ("T-03", "postings", 1, "12.50"),
    ]
    home.postings("postings_b.csv", lines.posting(1), lines.posting(2))
    home.land()
    assert home.ask("SELECT count(*) FROM violations") == [(0,)]


def test_an_amount_that_cant_be_read_counts_nothing_and_is_counted(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1, amount="mange"), lines.posting(2))
    home.land()
    assert home.ask("SELECT rows, amount::VARCHAR, unreadable_amounts FROM files") == [(2, "100.00", 1)]
    assert home.ask("SELECT rule_id, amount::VARCHAR FROM violations") == [("T-01", "0.00")]


def test_rows_in_are_rows_that_count_and_rows_that_dont(home, lines) -> None:
    home.postings("postings_a.csv", *(lines.posting(number, period=1 + number % 3) for number in range(9)))
    home.land()
    home.postings("postings_b.csv", *(lines.posting(number, period=1, amount="3,33") for number in range(4)))
    home.land(as_of=date(2026, 2, 20))
    landed = home.ask("SELECT sum(rows), sum(amount)::VARCHAR FROM files WHERE status = 'landed'")
    counted = home.ask(
        "SELECT sum(r), sum(a)::VARCHAR FROM (SELECT count(*) AS r, sum(amount_dkk) AS a FROM stg_postings"
        " UNION ALL SELECT sum(rows), sum(amount) FROM not_active)"
    )
    assert landed == counted == [(13, "913.32")]
    assert home.ask("SELECT why, sum(rows) FROM not_active GROUP BY why ORDER BY why") == [("as_of", 3), ("superseded", 3)]


def test_as_of_hides_what_came_later(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1, period=1), lines.posting(2, period=6), lines.posting(3, posted_on="soon"))
    home.cases(
        "cases.csv",
        lines.case(1, recorded_on="2026-01-05", price_from="2025-01-01", ended_on="2026-05-31"),
        lines.case(2, recorded_on="2026-07-01"),
        lines.case(3, recorded_on="", price_from="2026-06-01", start_date="2026-06-01"),
        lines.case(4, recorded_on="", ended_on="2025-12-31"),
    )
    home.drop("population.csv", "municipality;date;sex;age;persons", "151;2026-01-01;M;0;100", "151;2027-01-01;M;0;90")
    home.drop(
        "price_index.csv",
        "year;vintage;kind;series;pct",
        "2026;2025;growth;wages;2,0",
        "2026;2026;growth;wages;3,0",
        "2027;2027;growth;wages;3,0",
    )
    home.drop("case_months.csv", "service;month;volume", "bpa;2026-02-01;5", "bpa;2026-03-01;5")
    home.land(as_of=date(2026, 3, 30))
    assert home.ask("SELECT row_number FROM stg_postings ORDER BY ALL") == [(2,), (4,)]  # an unreadable date hides nothing
    assert home.ask("SELECT row_number, ended_on FROM stg_cases ORDER BY ALL") == [(2, None), (5, date(2025, 12, 31))]
    assert home.ask("SELECT date FROM stg_population") == [(date(2026, 1, 1),)]
    assert home.ask("SELECT vintage FROM stg_price_index ORDER BY ALL") == [(2025,), (2026,)]
    assert home.ask("SELECT month FROM stg_case_months") == [(date(2026, 2, 1),)]
    assert home.ask("SELECT count(*), sum(rows) FROM not_active WHERE why = 'as_of'") == [(5, 6)]


def test_as_of_hides_budgets_that_were_not_adopted(home) -> None:
    home.drop(
        "budget.csv",
        "frame;year;version;price_level;amount_dkk",
        "50.54;2026;original;2026-pl;1",
        "50.54;2026;revised;2026-pl;2",
        "50.54;2027;original;2026-pl;3",
        "50.54;2027;carried over;2026-pl;4",
        "50.54;2027;original;2027-pl;5",
        "50.54;2025;original;nominal;6",
    )
    home.drop(
        "budget_events.csv",
        "event_id;effective_from;kind;frame;amount_dkk;price_level;in_data",
        "a;2027-01-01;decided_saving;50.54;-1;2026-pl;false",
        "b;2027-01-01;decided_saving;50.54;-1;2027-pl;false",
        "c;2027-01-01;decided_saving;50.54;-1;nominal;false",
    )
    home.land(as_of=date(2026, 10, 14))
    assert home.ask("SELECT amount_dkk::INTEGER FROM stg_budget ORDER BY ALL") == [(1,), (2,), (3,), (6,)]
    assert home.ask("SELECT event_id FROM stg_budget_events ORDER BY ALL") == [("a",), ("c",)]
    home.land(as_of=date(2026, 10, 15))
    assert home.ask("SELECT amount_dkk::INTEGER FROM stg_budget ORDER BY ALL") == [(1,), (2,), (3,), (5,), (6,)]


def test_as_of_takes_the_snapshot_of_its_day(home, lines) -> None:
    home.cases("cases_2025-12.csv", lines.case(1, price="1,00"))
    home.cases("cases_2026-06.csv", lines.case(1, price="2,00"))
    home.land(as_of=date(2026, 3, 31))
    assert home.ask("SELECT price::VARCHAR FROM stg_cases") == [("1.00",)]
    home.land(as_of=date(2025, 3, 31))  # none is old enough: the oldest there is
    assert home.ask("SELECT price::VARCHAR FROM stg_cases") == [("1.00",)]
    home.land()
    assert home.ask("SELECT price::VARCHAR FROM stg_cases") == [("2.00",)]


def test_staging_twice_gives_the_same(home, lines) -> None:
    home.postings("postings.csv", *(lines.posting(number) for number in range(5)))
    home.land()
    query = "SELECT * FROM stg_postings ORDER BY row_id"
    before = home.ask(query)
    with open_warehouse(home.settings) as con:
        stage(con, home.settings)
    assert home.ask(query) == before


def test_staging_that_fails_leaves_what_was(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land()
    with open_warehouse(home.settings) as con:
        con.execute("DROP TABLE landed_service_list")  # the last table of all
        with pytest.raises(WarehouseFault):
            stage(con, replace(home.settings, as_of=date(2026, 1, 1)))
        assert con.execute("SELECT count(*) FROM stg_postings").fetchall() == [(1,)]
