"""Mapping files: what they may say, how a fault is told, and which one reads a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import FileRefused, MappingInvalid, WrongUse
from data.mapping import find_rule, load_mappings, mappings_digest, read_mapping, shipped_mappings
from data.mapping_model import ColumnRule, FileRule, Head, MappingFile, RowTest, TableRule, Trailer
from data.schema.inputs import INPUTS
from data.settings import Paths

REPOSITORY = Path(__file__).parents[3]

WHOLE = """\
[mapping]
name = "own"

[[file]]
pattern = 'tal_(?P<year>[0-9]{4}).csv'

[[file.table]]
name = "price_index"

[file.table.columns]
year = "Aar"
vintage = { constant = "{year}" }
kind = "Art"
series = "Serie"
pct = { from = "Pct", factor = 100 }
"""


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "sources").mkdir()
    return Paths(home=tmp_path, secrets=tmp_path / "secrets")


def written(paths, text, name="own.toml"):
    path = paths.sources / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_mapping_is_read_with_the_home_s_precedence(paths):
    mapping = read_mapping(written(paths, WHOLE))

    assert (mapping.name, mapping.precedence) == ("own", 40)
    columns = mapping.files[0].table[0].columns
    assert columns["year"].source == ("Aar",)
    assert columns["pct"].factor == 100


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("pattern =", "patern =", 5, "file[1].patern", "did you mean 'pattern'?"),
        ("factor =", "factr =", 15, "file[1].table[1].columns.pct.factr", "did you mean 'factor'?"),
        ("series =", "serie =", 14, "file[1].table[1].columns.serie", "did you mean 'series'?"),
        ('"price_index"', '"priceindex"', 8, "file[1].table[1].name", "did you mean 'price_index'?"),
        ("{year}", "{yaer}", 12, "file[1].table[1].columns.vintage.constant", "did you mean 'year'?"),
        ("factor = 100", 'factor = "x"', 15, "file[1].table[1].columns.pct.factor", "number"),
        ("[0-9]{4})", "[0-9]{4}", 5, "file[1].pattern", "no regular expression"),
        ("factor = 100", 'dates = ["%d-%m"]', 15, "file[1].table[1].columns.pct.dates", "holds no year"),
        ("factor = 100", "extract = '(?=x)(y)'", 15, "file[1].table[1].columns.pct.extract", "look-around"),
        ("factor = 100", "extract = 'xy'", 15, "file[1].table[1].columns.pct.extract", "exactly one group"),
        ("factor = 100", "positions = [5, 1]", 15, "file[1].table[1].columns.pct.positions", "counted from 1"),
        ("factor = 100", 'value_list = "x"', 15, "file[1].table[1].columns.pct.value_list", "is no list"),
        ("factor = 100", 'constant = "1"', 15, "file[1].table[1].columns.pct", "either 'from' or 'constant'"),
        ('series = "Serie"\n', "", 10, "file[1].table[1].columns", "['series']"),
    ],
)
def test_a_fault_names_file_line_and_key(paths, old, new, line, key, words):
    assert old in WHOLE
    path = written(paths, WHOLE.replace(old, new, 1))

    with pytest.raises(MappingInvalid) as caught:
        read_mapping(path)

    message = str(caught.value)
    assert f"line {line}, key '{key}'" in message
    assert words in message
    assert str(path) in message


def test_the_line_is_that_of_the_second_file_when_the_second_is_wrong(paths):
    second = "\n[[file]]\npattern = 'b'\nencodign = 'utf-8'\n[[file.table]]\nname = 'price_index'\nsame_names = true\n"
    with pytest.raises(MappingInvalid, match=r"line 19, key 'file\[2\]\.encodign'.*did you mean 'encoding'"):
        read_mapping(written(paths, WHOLE + second))


def test_broken_toml_is_told_with_its_line(paths):
    with pytest.raises(MappingInvalid, match="line 2"):
        read_mapping(written(paths, "[mapping]\nname = \n"))


def test_a_header_that_is_declared_must_hold_what_is_mapped(paths):
    text = WHOLE.replace("[[file.table]]", 'header = ["Aar", "Art", "Series", "Pct"]\n\n[[file.table]]')
    with pytest.raises(MappingInvalid, match="'Serie' is not in the declared header; did you mean 'Series'"):
        read_mapping(written(paths, text))


def test_rules_stand_only_under_set_aside(paths):
    text = WHOLE.replace("[[file.table]]", 'ignore = [{ column = "Art", values = ["x"], rule = "F-01" }]\n[[file.table]]')
    with pytest.raises(MappingInvalid, match="under set_aside"):
        read_mapping(written(paths, text))


def test_the_home_s_mappings_come_first_and_replace_a_profile_of_the_same_name(paths):
    written(paths, WHOLE)
    written(paths, WHOLE.replace('"own"', '"ledger"'), "ledger.toml")

    names = [mapping.name for mapping in load_mappings(paths)]

    assert names == ["ledger", "own", "opdrift", "os2bos", "statbank"]


def test_two_mappings_of_one_name_are_refused(paths):
    written(paths, WHOLE)
    written(paths, WHOLE, "other.toml")
    with pytest.raises(MappingInvalid, match="Two mappings are called 'own'"):
        load_mappings(paths)


def test_a_home_without_sources_has_the_profiles(tmp_path):
    found = load_mappings(Paths(home=tmp_path / "none", secrets=tmp_path))
    assert [mapping.name for mapping in found] == ["opdrift", "ledger", "os2bos", "statbank"]


@pytest.mark.parametrize(
    ("file_name", "mapping", "tables"),
    [
        ("ledger_2026.csv", "ledger", ["postings"]),
        ("LEDGER_2026_rettet.CSV", "ledger", ["postings"]),
        ("cases_2026-12.csv", "opdrift", ["cases"]),
        ("case_months.csv", "opdrift", ["case_months"]),
        ("budget.xlsx", "opdrift", ["budget"]),
        ("budget_events.xlsx", "opdrift", ["budget_events"]),
        ("staff_estimates_2026.csv", "opdrift", ["staff_estimates"]),
        ("citizen_ratings_2026.csv", "opdrift", ["citizen_ratings"]),
        ("hearing_answers_2026.xlsx", "opdrift", ["hearing_answers"]),
        ("adjustments_2027-01.csv", "opdrift", ["adjustments"]),
        ("population.csv.gz", "opdrift", ["population"]),
        ("population_projection.csv", "opdrift", ["population_projection"]),
        ("FOLK1A_151.csv", "statbank", ["population"]),
        ("FRKM127.csv", "statbank", ["population_projection"]),
        ("granted_payments_3.csv", "os2bos", ["postings", "cases"]),
        ("expected_payments_3.csv", "os2bos", ["commitments"]),
    ],
)
def test_every_export_finds_its_rule(file_name, mapping, tables):
    found, rule = find_rule(shipped_mappings(), file_name)
    assert (found.name, [table.name for table in rule.table]) == (mapping, tables)


def test_a_file_that_nobody_knows_is_refused():
    with pytest.raises(FileRefused) as caught:
        find_rule(shipped_mappings(), "notes.docx")
    assert caught.value.reason == "unknown_kind"


def test_a_higher_precedence_wins_and_the_same_is_wrong_use(paths):
    written(paths, WHOLE.replace("tal_(?P<year>[0-9]{4}).csv", "(?P<year>ledger)_.*"))
    mapping, _ = find_rule(load_mappings(paths), "ledger_2026.csv")
    assert mapping.name == "own"

    written(paths, WHOLE.replace("tal_(?P<year>[0-9]{4}).csv", "(?P<year>led).*").replace('"own"', '"other"'), "other.toml")
    with pytest.raises(WrongUse, match="2 patterns of the same precedence"):
        find_rule(load_mappings(paths), "ledger_2026.csv")


def test_the_digest_moves_with_the_text_of_a_mapping(paths):
    before = mappings_digest(load_mappings(paths))
    assert before == mappings_digest(load_mappings(paths))
    written(paths, WHOLE)
    assert mappings_digest(load_mappings(paths)) != before


def test_the_examples_are_valid_and_say_nothing_twice():
    examples = [read_mapping(path) for path in sorted((REPOSITORY / "docs" / "examples").glob("*.toml"))]
    assert {mapping.name for mapping in examples} >= {"pbs", "dk_population"}
    assert not {mapping.name for mapping in examples} & {mapping.name for mapping in shipped_mappings()}


def test_every_key_a_mapping_may_hold_is_explained():
    text = (REPOSITORY / "docs" / "mapping.md").read_text(encoding="utf-8")
    fields = {
        field.alias or name
        for model in (MappingFile, Head, FileRule, TableRule, ColumnRule, RowTest, Trailer)
        for name, field in model.model_fields.items()
    }
    missing = sorted(name for name in fields if f"`{name}`" not in text and f"[{name}" not in text and f"[[{name}" not in text)
    assert missing == []
    assert sorted(name for name in INPUTS if f"`{name}`" not in text) == []


def test_the_shortest_mapping_in_the_guide_is_valid(paths):
    text = (REPOSITORY / "docs" / "mapping.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    mapping = read_mapping(written(paths, example))
    assert mapping.files[0].match("sager_2026-01.csv") == {}
