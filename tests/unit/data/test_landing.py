from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import date

import pytest

from data import archive
from data.errors import WrongUse
from data.input_state import find_inbox, input_state
from data.landing import land
from data.pseudonym import KEY_FILE
from data.settings import Paths
from data.warehouse import open_warehouse


def _sha(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_is_archived_landed_and_leaves_the_inbox(home, lines, tmp_path) -> None:
    path = home.postings("postings_2026.csv", lines.posting(1), lines.posting(2, period=2, amount="-50,25"))
    content, sha = path.read_bytes(), _sha(path)
    (outcome,) = home.land()
    assert (outcome.status, outcome.sha256, outcome.rows, outcome.mapping) == ("landed", sha, {"postings": 2}, "opdrift")
    assert home.waiting() == []
    assert archive.restore(sha, tmp_path / "back", home.settings).read_bytes() == content
    query = "SELECT table_name, file_name, status, rows, amount::VARCHAR, first_period, last_period, landed_seq FROM files"
    assert home.ask(query) == [("postings", "postings_2026.csv", "landed", 2, "49.75", "2026-01", "2026-02", 1)]


def test_no_identifier_is_stored_in_clear(home, lines) -> None:
    home.postings("postings_2026.csv", lines.posting(77123))
    home.cases("cases_2026-01.csv", lines.case(1, citizen_id="101801234"))
    home.land()
    (posting,) = home.ask("SELECT posting_id, citizen_id, case_id FROM stg_postings")
    (case,) = home.ask("SELECT citizen_id, case_id FROM stg_cases")
    assert all(len(value) == 64 for value in (*posting, *case))
    assert posting[1:] == case  # one citizen and one case in both, however the CPR number was written
    raw = b"".join(path.read_bytes() for path in home.settings.paths.home.rglob("*") if path.is_file())
    for clear in (b"010180-1234", b"0101801234", b"101801234", b"B77123"):
        assert clear not in raw


def test_the_same_content_is_taken_once_also_under_another_name(home, lines) -> None:
    home.postings("postings_a.csv", lines.posting(1))
    home.postings("postings_b.csv", lines.posting(1))
    assert [outcome.status for outcome in home.land()] == ["landed", "known"]
    home.postings("postings_c.csv", lines.posting(1))
    assert [outcome.status for outcome in home.land()] == ["known"]
    assert home.waiting() == []
    assert home.ask("SELECT count(*) FROM stg_postings") == [(1,)]
    assert home.ask("SELECT file_name FROM file_copies ORDER BY ALL") == [("postings_b.csv",), ("postings_c.csv",)]


def test_landing_again_changes_nothing(home, lines) -> None:
    home.postings("postings_2026.csv", lines.posting(1))
    home.land()
    before = home.ask("SELECT * FROM files"), home.ask("SELECT * FROM stg_postings"), input_state(home.settings)
    assert home.land() == []
    assert (home.ask("SELECT * FROM files"), home.ask("SELECT * FROM stg_postings"), input_state(home.settings)) == before


def test_a_refused_file_lies_beside_the_reason_and_the_others_go_on(home, lines) -> None:
    home.drop("who_knows.csv", "a;b", "1;2")
    home.postings("postings_2026.csv", lines.posting(1))
    bad, good = sorted(home.land(), key=lambda outcome: outcome.status, reverse=True)
    assert (bad.status, bad.reason, good.status) == ("refused", "unknown_kind", "landed")
    assert home.waiting() == []
    folder = home.settings.paths.home / "refused"
    assert (folder / "who_knows.csv").read_text() == "a;b\n1;2\n"
    assert "No mapping knows" in (folder / "who_knows.csv.why.txt").read_text()
    assert (home.settings.paths.archive / bad.sha256).exists()
    assert home.ask("SELECT status, reason, rows FROM files WHERE sha256 = '" + bad.sha256 + "'") == [
        ("refused", "unknown_kind", 0)
    ]


def test_a_mended_file_takes_the_refused_ones_place(home, lines) -> None:
    home.drop("postings_2026.csv", "posting_id;amount_dkk", "1;2")
    (outcome,) = home.land()
    assert outcome.reason == "changed_columns"
    home.postings("postings_2026.csv", lines.posting(1))
    assert home.land()[0].status == "landed"
    assert home.ask("SELECT status FROM files ORDER BY landed_seq") == [("mended",), ("landed",)]
    assert list((home.settings.paths.home / "refused").iterdir()) == []


def test_a_refused_file_that_was_thrown_away_is_listed_no_more(home) -> None:
    home.drop("who_knows.csv", "a")
    home.land()
    home.land()
    assert home.ask("SELECT status FROM files") == [("refused",)]
    before = input_state(home.settings)
    (home.settings.paths.home / "refused" / "who_knows.csv").unlink()
    assert input_state(home.settings) != before
    home.land()
    assert home.ask("SELECT status FROM files") == [("mended",)]


def test_a_refused_file_dropped_again_is_looked_at_again(home, lines) -> None:
    home.drop("mine_2026.csv", "nr;kr", "1;2,50")
    assert home.land()[0].reason == "unknown_kind"
    home.settings.paths.sources.mkdir()
    (home.settings.paths.sources / "mine.toml").write_text(
        '[mapping]\nname = "mine"\n[[file]]\npattern = \'mine_\\d{4}\\.csv\'\n[[file.table]]\nname = "budget_events"\n'
        'columns.municipality = { constant = "{municipality}" }\ncolumns.event_id = "nr"\ncolumns.amount_dkk = "kr"\n'
        'columns.effective_from = { constant = "2026-01-01" }\ncolumns.kind = { constant = "dut" }\n'
        'columns.price_level = { constant = "nominal" }\ncolumns.in_data = { constant = "true" }\n'
    )
    (home.settings.paths.home / "refused" / "mine_2026.csv").rename(home.inbox / "mine_2026.csv")
    (outcome,) = home.land()
    assert (outcome.status, outcome.mapping) == ("landed", "mine")
    assert home.ask("SELECT status FROM files") == [("landed",)]


def test_a_file_read_by_a_mapping_that_changed_is_read_anew(home) -> None:
    home.settings.paths.sources.mkdir()
    mapping = home.settings.paths.sources / "mine.toml"
    text = (
        '[mapping]\nname = "mine"\n[[file]]\npattern = \'mine\\.csv\'\n[[file.table]]\nname = "price_index"\n'
        'columns.year = "y"\ncolumns.vintage = "y"\ncolumns.kind = { constant = "growth" }\n'
        'columns.series = { constant = "wages" }\ncolumns.pct = "p"\n'
    )
    mapping.write_text(text)
    home.drop("mine.csv", "y;p;q", "2026;1,0;2,0")
    home.land()
    mapping.write_text(text.replace('pct = "p"', 'pct = "q"'))
    home.drop("mine.csv", "y;p;q", "2026;1,0;2,0")
    assert home.land()[0].status == "landed"
    assert home.ask("SELECT pct FROM stg_price_index") == [(2.0,)]
    assert home.ask("SELECT count(*) FROM files") == [(1,)]


def test_archiving_off_moves_to_taken_only_after_publishing(home, lines) -> None:
    first = home.postings("in/postings_2026.csv", lines.posting(1))
    content = first.read_bytes()
    home.drop("who_knows.csv", "a")
    home.land(archive=False)
    assert home.waiting() == ["in/postings_2026.csv"]
    assert not home.settings.paths.archive.exists()
    assert home.land(archive=False)[0].status == "known"
    assert home.settle(archive=False) == ["in/postings_2026.csv"]
    assert home.waiting() == []
    assert (home.settings.paths.taken / "in" / "postings_2026.csv").read_bytes() == content
    assert (home.settings.paths.home / "refused" / "who_knows.csv").exists()


def test_another_file_of_the_same_name_does_not_replace_what_was_taken(home, lines) -> None:
    home.postings("postings.csv", lines.posting(1))
    home.land(archive=False)
    home.settle(archive=False)
    home.postings("postings.csv", lines.posting(1), lines.posting(2))
    home.land(archive=False)
    home.settle(archive=False)
    assert len(list(home.settings.paths.taken.iterdir())) == 2


def test_a_file_that_is_still_written_stays_until_it_is_done(home, lines) -> None:
    path = home.postings("postings_2026.csv", lines.posting(1))

    def write_on(_: float) -> None:
        with path.open("a") as stream:
            stream.write(lines.posting(2) + "\n")

    with open_warehouse(home.settings) as con:
        (outcome,) = land(con, home.settings, pause=write_on)
    assert (outcome.status, outcome.reason) == ("refused", "growing")
    assert home.waiting() == ["postings_2026.csv"]
    assert input_state(home.settings) != input_state(home.settings)  # never taken for unchanged
    assert home.land()[0].rows == {"postings": 2}
    assert home.ask("SELECT status FROM files ORDER BY landed_seq") == [("mended",), ("landed",)]


def test_a_file_that_appears_between_the_looks_waits(home, lines) -> None:
    home.postings("postings_1.csv", lines.posting(1))
    with open_warehouse(home.settings) as con:
        outcomes = land(con, home.settings, pause=lambda _: home.postings("postings_2.csv", lines.posting(2, period=2)))
    assert {outcome.file_name: outcome.reason for outcome in outcomes} == {"postings_1.csv": "", "postings_2.csv": "growing"}


def test_what_is_no_input_is_passed_over(home, lines) -> None:
    for name in (".hidden.csv", "~$budget.xlsx", "x.csv.part", "x.tmp", "planted.json", "truth.json", "README.md", ".git/config"):
        home.drop(name, "no input")
    path = home.postings("sub/folder/postings.csv", lines.posting(1))
    os.mkfifo(home.inbox / "pipe.csv")
    assert find_inbox(home.settings.paths) == [path]


def test_a_link_is_refused_and_its_target_left_alone(home, lines, tmp_path) -> None:
    target = tmp_path / "postings_2026.csv"
    target.write_text("not ours")
    (home.inbox / "postings_2026.csv").symlink_to(target)
    (home.inbox / "folder").symlink_to(tmp_path)
    assert [(outcome.file_name, outcome.reason) for outcome in home.land()] == [
        ("folder", "unreadable"),
        ("postings_2026.csv", "unreadable"),
    ]
    assert target.read_text() == "not ours"
    assert home.waiting() == ["folder", "postings_2026.csv"]
    assert input_state(home.settings) == input_state(home.settings)  # it was said once; nothing new waits
    home.land()
    assert home.ask("SELECT count(*) FROM files WHERE status = 'refused'") == [(2,)]


def test_a_name_with_a_cpr_number_is_stored_nowhere(home, lines) -> None:
    good = home.postings("postings 010180-1234.csv", lines.posting(1))
    sha = _sha(good)
    home.drop("sag 0101801234/ukendt.csv", "a;b")
    home.drop("barn 01.01.80.1234.csv", "c;d")
    outcomes = home.land()
    assert {outcome.file_name for outcome in outcomes if outcome.sha256 == sha} == {f"file {sha[:8]}.csv"}
    said = " ".join(f"{outcome.file_name} {outcome.message}" for outcome in outcomes)
    kept = " ".join(path.as_posix() for path in (home.settings.paths.home / "refused").rglob("*"))
    raw = b"".join(path.read_bytes() for path in home.settings.paths.home.rglob("*") if path.is_file())
    for digits in ("010180-1234", "0101801234", "01.01.80.1234"):
        assert digits not in said + kept
        assert digits.encode() not in raw


def test_names_that_are_no_text_are_safe(home, lines) -> None:
    strange = os.fsencode(str(home.inbox)) + b"/postings_\xff\n.csv"
    with open(strange, "wb") as stream:  # noqa: PTH123  (bytes are the point)
        stream.write(home.postings("x.csv", lines.posting(1)).read_bytes())
    (home.inbox / "x.csv").unlink()
    (outcome,) = home.land()
    assert outcome.file_name == "postings_??.csv"
    assert home.waiting() == []


def test_a_cpr_number_in_another_column_is_taken_out_and_told(home, lines) -> None:
    home.postings("postings_2026.csv", lines.posting(1, cost_object="0101801234"), lines.posting(2))
    home.land()
    assert home.ask("SELECT cost_object FROM stg_postings ORDER BY row_id") == [(None,), ("XG-100",)]
    assert home.ask("SELECT DISTINCT rule_id, row_id FROM violations") == [("P-01", 1)]


def test_without_its_key_a_home_is_left_alone(home, lines, tmp_path) -> None:
    home.postings("postings_2026.csv", lines.posting(1))
    home.land()
    home.postings("postings_2027.csv", lines.posting(2, year=2027))
    elsewhere = replace(home.settings, paths=Paths(home=home.settings.paths.home, secrets=tmp_path / "elsewhere"))
    with pytest.raises(WrongUse, match="key of this home is missing"), open_warehouse(elsewhere) as con:
        land(con, elsewhere, pause=lambda _: None)
    assert home.waiting() == ["postings_2027.csv"]
    assert not (elsewhere.paths.secrets / KEY_FILE).exists()


def test_keys_differ_between_homes_and_nothing_else_does(home, lines, tmp_path) -> None:
    seen = []
    for name in ("one", "two"):
        paths = Paths(home=tmp_path / name, secrets=tmp_path / f"{name}-keys")
        other = type(home)(replace(home.settings, paths=paths))
        other.postings("postings_b.csv", *(lines.posting(number, citizen_id=f"01018{number}1234") for number in (0, 1)))
        other.postings("postings_a.csv", *(lines.posting(number, period=2, citizen_id=f"01018{number}1234") for number in (0, 1)))
        other.land()
        seen.append(
            other.ask("SELECT row_id, accounting_period, file_sha256, row_number, citizen_id FROM stg_postings ORDER BY row_id")
        )
    assert [row[:4] for row in seen[0]] == [row[:4] for row in seen[1]]
    assert [row[4] for row in seen[0]] != [row[4] for row in seen[1]]
    assert [row[0] for row in seen[0]] == [1, 2, 3, 4]
    assert [row[1] for row in seen[0]] == [2, 2, 1, 1]  # by file name, not by arrival


def test_progress_names_every_file(home, lines) -> None:
    home.postings("postings_1.csv", lines.posting(1))
    home.postings("postings_2.csv", lines.posting(2, period=2))
    seen: list[tuple[str, int, int]] = []
    with open_warehouse(home.settings) as con:
        land(con, home.settings, progress=lambda *step: seen.append(step), pause=lambda _: None)
    assert seen == [("postings_1.csv", 1, 2), ("postings_2.csv", 2, 2)]


def test_a_list_of_services_is_read_before_what_needs_it(home) -> None:
    home.drop("case_months.csv", "service;month;volume;cost", "ny_ydelse;2026-01-01;10;1000,00")
    home.drop("service_list.csv", "service;label;service_group", "ny_ydelse;Ny ydelse;andet")
    assert [outcome.file_name for outcome in home.land()] == ["service_list.csv", "case_months.csv"]
    assert home.ask("SELECT service, month FROM stg_case_months") == [("ny_ydelse", date(2026, 1, 1))]
    assert home.ask("SELECT count(*) FROM violations") == [(0,)]


def test_library_errors_are_not_told(home) -> None:
    path = home.inbox / "budget.xlsx"
    path.write_bytes(b"PK\x03\x04 010180-1234 broken")
    (outcome,) = home.land()
    assert (outcome.status, outcome.reason) == ("refused", "unreadable")
    assert "010180" not in outcome.message
