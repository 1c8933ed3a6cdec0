from __future__ import annotations

import pytest

from data.superseding import snapshot_date

MINE = """
[mapping]
name = "mine"
precedence = {precedence}
[[file]]
pattern = 'mine.*\\.csv'
[[file.table]]
name = "postings"
same_names = true
columns.municipality = {{ constant = "{{municipality}}" }}
"""


def _postings(home) -> list[tuple[object, ...]]:
    return home.ask("SELECT accounting_period, amount_dkk::VARCHAR FROM stg_postings ORDER BY ALL")


def _not_active(home) -> list[tuple[object, ...]]:
    return home.ask(
        "SELECT f.file_name, n.why, n.rows, n.amount::VARCHAR"
        " FROM not_active AS n JOIN files AS f ON f.sha256 = n.file_sha256 ORDER BY ALL"
    )


def test_a_corrected_file_supersedes_the_months_it_covers_and_the_old_is_kept(home, lines) -> None:
    home.postings("postings_a.csv", *(lines.posting(period, period=period) for period in (1, 2, 3)))
    home.land()
    home.postings("postings_b.csv", lines.posting(2, period=2, amount="7,00"), lines.posting(4, period=4))
    home.land()
    assert _postings(home) == [(1, "100.00"), (2, "7.00"), (3, "100.00"), (4, "100.00")]
    assert _not_active(home) == [("postings_a.csv", "superseded", 1, "100.00")]
    assert home.ask("SELECT count(*) FROM landed_postings") == [(5,)]


def test_within_one_night_the_later_name_counts(home, lines) -> None:
    home.postings("postings_2.csv", lines.posting(1, amount="2,00"))
    home.postings("postings_1.csv", lines.posting(1, amount="1,00"))
    home.land()
    assert _postings(home) == [(1, "2.00")]


def test_fewer_rows_than_before_are_refused_whole(home, lines) -> None:
    home.postings("postings_2026.csv", *(lines.posting(number) for number in range(5)))
    home.land()
    short = home.postings("postings_2026_new.csv", *(lines.posting(number) for number in range(4)))
    content = short.read_bytes()
    (outcome,) = home.land()
    assert outcome.reason == "shrunk"
    assert "4 rows" in outcome.message
    assert "5 were taken" in outcome.message
    assert outcome.sha256 in outcome.message
    assert home.ask("SELECT count(*) FROM stg_postings") == [(5,)]
    (home.inbox / "postings_2026_new.csv").write_bytes(content)
    assert home.land(accept_shrunk=(outcome.sha256,))[0].status == "landed"
    assert home.ask("SELECT count(*) FROM stg_postings") == [(4,)]


def test_a_row_that_moved_to_another_month_is_a_correction(home, lines) -> None:
    home.postings("postings_a.csv", lines.posting(1), lines.posting(2), lines.posting(3, period=2))
    home.land()
    home.postings("postings_b.csv", lines.posting(1), lines.posting(2, period=2), lines.posting(3, period=2))
    assert home.land()[0].status == "landed"


def test_a_month_that_lost_half_its_rows_is_no_correction(home, lines) -> None:
    home.postings("postings_a.csv", *(lines.posting(number) for number in range(30)), lines.posting(30, period=2))
    home.land()
    moved = [lines.posting(number, period=1 if number < 10 else 2) for number in range(31)]
    home.postings("postings_b.csv", *moved)
    (outcome,) = home.land()
    assert (outcome.reason, "2026-01" in outcome.message) == ("shrunk", True)


def test_a_file_of_the_same_name_that_lost_its_newest_month_is_refused(home, lines) -> None:
    home.postings("postings_2026.csv", *(lines.posting(period, period=period) for period in (1, 2, 3)))
    home.land()
    home.postings("postings_2026.csv", *(lines.posting(number, period=1 + number % 2) for number in range(6)))
    (outcome,) = home.land()
    assert outcome.reason == "shrunk"
    assert "2026-03" in outcome.message


def test_a_rolling_window_of_the_same_name_goes_on(home, lines) -> None:
    home.postings("postings.csv", *(lines.posting(period, period=period) for period in (1, 2, 3)))
    home.land()
    home.postings("postings.csv", *(lines.posting(period, period=period) for period in (2, 3, 4)))
    assert home.land()[0].status == "landed"
    assert [period for period, _ in _postings(home)] == [1, 2, 3, 4]


def test_a_period_that_cant_be_read_is_no_period(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1), lines.posting(2, period=2), lines.posting(3, accounting_period="99"))
    home.land()
    assert home.ask("SELECT DISTINCT period FROM landed_postings ORDER BY ALL") == [("",), ("2026-01",), ("2026-02",)]
    home.postings("postings.csv", lines.posting(1), lines.posting(2, period=2), lines.posting(3, period=2))
    assert home.land()[0].status == "landed"
    assert home.ask("SELECT count(*) FROM stg_postings") == [(3,)]  # the whole old file is superseded, its unreadable row too


def test_rows_without_a_period_stay_with_their_file_while_it_counts(home, lines) -> None:
    home.postings("postings_a.csv", lines.posting(1), lines.posting(2, period=2), lines.posting(3, accounting_period="x"))
    home.land()
    home.postings("postings_b.csv", lines.posting(2, period=2))
    home.land()
    assert home.ask("SELECT count(*) FROM stg_postings") == [(3,)]
    assert home.ask("SELECT rule_id FROM violations") == [("T-01",)]


def test_the_mapping_of_highest_precedence_counts_month_by_month(home, lines) -> None:
    home.settings.paths.sources.mkdir()
    (home.settings.paths.sources / "mine.toml").write_text(MINE.format(precedence=40))
    home.postings("postings_2026.csv", lines.posting(1), lines.posting(2, period=2))
    home.postings("mine_2026.csv", lines.posting(2, period=2, amount="5,00"), lines.posting(3, period=3, amount="5,00"))
    home.land()
    assert _postings(home) == [(1, "100.00"), (2, "5.00"), (3, "5.00")]
    assert _not_active(home) == [("postings_2026.csv", "outranked", 1, "100.00")]


def test_a_rank_that_was_corrected_holds_from_the_next_night(home, lines) -> None:
    home.settings.paths.sources.mkdir()
    mapping = home.settings.paths.sources / "mine.toml"
    mapping.write_text(MINE.format(precedence=40))
    home.postings("postings_2026.csv", lines.posting(1))
    home.postings("mine_2026.csv", lines.posting(2, amount="5,00"))
    home.land()
    mapping.write_text(MINE.format(precedence=5))
    home.land()
    assert _postings(home) == [(1, "100.00")]


def test_a_snapshot_supersedes_the_one_before(home, lines) -> None:
    home.cases("cases_2026-11.csv", lines.case(1), lines.case(2))
    home.land()
    home.cases("cases_2026-12.csv", lines.case(1), lines.case(2), lines.case(3))
    home.land()
    assert home.ask("SELECT count(*) FROM stg_cases") == [(3,)]
    home.cases("cases_2026-10.csv", lines.case(1))
    assert home.land()[0].status == "landed"  # an old snapshot that comes late supersedes nothing
    assert home.ask("SELECT count(*) FROM stg_cases") == [(3,)]


def test_a_snapshot_with_fewer_cases_is_refused(home, lines) -> None:
    home.cases("cases_2026-11.csv", lines.case(1), lines.case(2))
    home.land()
    home.cases("cases_2026-12.csv", lines.case(1))
    assert home.land()[0].reason == "shrunk"


def test_cases_paid_by_others_belong_to_the_same_snapshot(home, lines) -> None:
    home.cases("cases_2026-11.csv", lines.case(1), lines.case(2), lines.case(3, paying_municipality="147"))
    home.land()
    home.cases("cases_2026-12.csv", lines.case(1), lines.case(2), lines.case(4))
    home.land()
    assert home.ask("SELECT count(*) FROM stg_cases WHERE paying_municipality = '147'") == [(0,)]


def test_commitments_may_get_fewer_as_the_year_passes(home) -> None:
    columns = "commitment_id;case_id;citizen_id;service;month;amount_dkk"

    def expected(*months: int) -> list[str]:
        return [f"F{month};S1;010180-1234;SEL-107;2026-{month:02d}-01;100,00" for month in months]

    home.drop("commitments_2026-09.csv", columns, *expected(10, 11, 12))
    home.land()
    home.drop("commitments_2026-10.csv", columns, *expected(11, 12))
    assert home.land()[0].status == "landed"
    assert home.ask("SELECT count(*) FROM stg_commitments") == [(2,)]


def test_variants_and_vintages_of_a_projection_stand_side_by_side(home) -> None:
    columns = "municipality;date;sex;age;persons;variant;vintage"
    home.drop("population_projection_2025.csv", columns, "151;2027-01-01;M;0;100;main;2025")
    home.drop("population_projection_2026.csv", columns, "151;2027-01-01;M;0;110;main;2026", "151;2027-01-01;M;0;120;high;2026")
    home.land()
    home.drop("population_projection_high.csv", columns, "151;2027-01-01;M;0;130;high;2026")
    home.land()
    found = home.ask("SELECT vintage, variant, persons FROM stg_population_projection ORDER BY ALL")
    assert found == [(2025, "main", 100.0), (2026, "high", 130.0), (2026, "main", 110.0)]


def test_municipalities_do_not_supersede_one_another(home) -> None:
    columns = "municipality;date;sex;age;persons"
    home.drop("population_1.csv", columns, "151;2026-01-01;M;0;100")
    home.land()
    home.drop("population_2.csv", columns, "147;2026-01-01;M;0;900")
    home.land()
    assert home.ask("SELECT municipality FROM stg_population ORDER BY ALL") == [("147",), ("151",)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cases_2026-02.csv", "2026-02-28"),
        ("cases_2024-02-10.csv", "2024-02-10"),
        ("cases_2026-02-31.csv", "2026-02-28"),
        ("cases_2026-13.csv", "None"),
        ("cases_12026-02.csv", "None"),
        ("sub/cases 2026-12 ny.xlsx", "2026-12-31"),
    ],
)
def test_the_date_a_name_shows(name, shown) -> None:
    assert str(snapshot_date(name)) == shown
