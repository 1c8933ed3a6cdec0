from __future__ import annotations

import pytest

MINE = """
[mapping]
name = "mine"
[[file]]
pattern = '{pattern}'
[[file.table]]
name = "price_index"
columns.year = "y"
columns.vintage = "y"
columns.kind = {{ constant = "growth" }}
columns.series = {{ constant = "wages" }}
columns.pct = "{column}"
"""


def _mapping(home, *, column: str = "p", pattern: str = r"mine\d?\.csv") -> None:
    home.settings.paths.sources.mkdir(exist_ok=True)
    (home.settings.paths.sources / "mine.toml").write_text(MINE.format(column=column, pattern=pattern))


@pytest.mark.parametrize("archive", [True, False])
def test_a_corrected_mapping_reads_what_landed_anew(home, archive) -> None:
    _mapping(home)
    home.drop("sub/mine.csv", "y;p;q", "2026;1,0;2,0")
    home.drop("mine1.csv", "y;p;q", "2025;3,0;4,0")
    home.land(archive=archive)
    home.settle(archive=archive)
    _mapping(home, column="q")
    assert {(item.status, item.file_name) for item in home.land(archive=archive)} == {
        ("landed", "mine1.csv"),
        ("landed", "sub/mine.csv"),
    }
    assert home.ask("SELECT pct FROM stg_price_index ORDER BY year") == [(4.0,), (2.0,)]
    assert home.ask("SELECT file_name, landed_seq FROM files ORDER BY landed_seq") == [("mine1.csv", 1), ("sub/mine.csv", 2)]
    assert home.land(archive=archive) == []
    assert not (home.settings.paths.home / ".reading-anew").exists()


def test_what_the_new_mapping_cant_read_stays_as_it_was(home) -> None:
    _mapping(home)
    home.drop("mine.csv", "y;p", "2026;1,0")
    home.land()
    _mapping(home, column="q")
    (outcome,) = home.land()
    assert (outcome.status, outcome.reason) == ("known", "changed_columns")
    assert home.ask("SELECT pct FROM stg_price_index") == [(1.0,)]
    assert home.ask("SELECT status FROM files") == [("landed",)]
    assert home.land() == []  # tried once, not every night


def test_a_pattern_that_is_gone_leaves_what_landed(home) -> None:
    _mapping(home)
    home.drop("mine.csv", "y;p", "2026;1,0")
    home.land()
    _mapping(home, pattern="yours.csv")
    assert home.land() == []
    assert home.ask("SELECT pct FROM stg_price_index") == [(1.0,)]


def test_a_file_that_is_read_anew_supersedes_no_later_one(home) -> None:
    _mapping(home)
    home.drop("mine1.csv", "y;p;q", "2026;1,0;1,5")
    home.land()
    home.drop("mine2.csv", "y;p;q", "2026;2,0;2,5")
    home.land()
    _mapping(home, column="q")
    home.land()
    assert home.ask("SELECT pct FROM stg_price_index") == [(2.5,)]


def test_another_municipality_reads_anew(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land()
    assert home.ask("SELECT municipality FROM stg_postings") == [("151",)]
    home.land(municipality="147")
    assert home.ask("SELECT municipality FROM stg_postings") == [("147",)]


def test_services_that_come_later_mend_what_was_unknown(home) -> None:
    home.drop("case_months.csv", "service;month;volume", "ny_ydelse;2026-01-01;10")
    home.land()
    assert home.ask("SELECT rule_id FROM violations") == [("C-01",)]
    home.drop("service_list.csv", "service;label;service_group", "ny_ydelse;Ny ydelse;andet")
    home.land()
    assert home.ask("SELECT rule_id FROM violations") == []
    assert home.ask("SELECT service FROM stg_case_months") == [("ny_ydelse",)]


def test_without_the_content_what_was_read_stays(home) -> None:
    _mapping(home)
    home.drop("mine.csv", "y;p;q", "2026;1,0;2,0")
    home.land()
    for path in home.settings.paths.archive.iterdir():
        path.unlink()
    _mapping(home, column="q")
    assert home.land() == []
    assert home.ask("SELECT pct FROM stg_price_index") == [(1.0,)]


def test_an_archived_copy_that_rotted_leaves_what_was_read_and_says_so(home) -> None:
    _mapping(home)
    home.drop("mine.csv", "y;p;q", "2026;1,0;2,0")
    home.land()
    (sealed,) = home.settings.paths.archive.iterdir()
    sealed.write_bytes(b"rubbish")
    _mapping(home, column="q")
    (outcome,) = home.land()
    assert (outcome.status, outcome.reason) == ("known", "archive_damaged")
    assert home.ask("SELECT pct FROM stg_price_index") == [(1.0,)]
