"""Nothing vanishes, and no order of arrival matters, whatever is dropped when."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import hypothesis.strategies as st
from hypothesis import given
from hypothesis import settings as examples

from data.cpr import hide_cpr, holds_cpr, normalise_cpr
from data.landing import land
from data.pseudonym import keyed
from data.settings import Paths, read_settings
from data.staging import stage
from data.warehouse import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.settings import Settings

COLUMNS = (
    "posting_id;accounting_year;accounting_period;posted_on;function;account_class;owner;grouping;expense_type;"
    "citizen_id;amount_dkk"
)
KEY = b"k" * 32

cents = st.integers(-10_000_000, 10_000_000)
period = st.sampled_from([*range(1, 14), 99])  # 99 is no period
rows = st.lists(st.tuples(period, cents), min_size=1, max_size=8)
cpr = st.dates(date(1920, 1, 1), date(2019, 12, 31)).flatmap(
    lambda day: st.integers(0, 9999).map(lambda number: f"{day:%d%m%y}{number:04d}")
)


@contextmanager
def _home() -> Iterator[Settings]:
    folder = Path(mkdtemp(prefix="opdrift-property-"))
    try:
        found = read_settings(Paths(home=folder / "home", secrets=folder / "keys"))
        found.paths.inbox.mkdir(parents=True)
        yield found
    finally:
        shutil.rmtree(folder)


def _drop(settings: Settings, name: str, content: list[tuple[int, int]]) -> None:
    lines = [
        f"{name}{number};2026;{month};2026-01-15;52820;1;1;003;47;010180-{number:04d};{'-' if amount < 0 else ''}"
        f"{abs(amount) // 100},{abs(amount) % 100:02d}"
        for number, (month, amount) in enumerate(content)
    ]
    (settings.paths.inbox / name).write_text("\n".join([COLUMNS, *lines, ""]), encoding="utf-8")


def _night(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        land(con, settings, pause=lambda _: None)
        stage(con, settings)


def _ask(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


@examples(max_examples=12, deadline=None)
@given(st.lists(st.lists(rows, min_size=1, max_size=3), min_size=1, max_size=3))
def test_rows_and_kroner_in_are_those_that_count_and_those_that_dont(nights: list[list[list[tuple[int, int]]]]) -> None:
    with _home() as settings:
        for night, files in enumerate(nights):
            for number, content in enumerate(files):
                _drop(settings, f"postings_{night}_{number}.csv", content)
            _night(settings)
        landed = _ask(settings, "SELECT coalesce(sum(rows), 0), coalesce(sum(amount), 0) FROM files WHERE status = 'landed'")
        counted = _ask(
            settings,
            "SELECT coalesce(sum(r), 0), coalesce(sum(a), 0) FROM (SELECT count(*) AS r, sum(amount_dkk) AS a FROM stg_postings"
            " UNION ALL SELECT sum(rows), sum(amount) FROM not_active)",
        )
        ids = _ask(settings, "SELECT count(*), min(row_id), max(row_id), count(DISTINCT row_id) FROM stg_postings")
        refused = _ask(settings, "SELECT count(DISTINCT sha256) FROM files WHERE status = 'refused'")[0][0]
        kept = {path.name for path in (settings.paths.home / "refused").rglob("*.csv")}
    assert landed == counted
    assert ids[0][0] == ids[0][2] == ids[0][3]
    assert ids[0][1] == 1
    assert len(kept) == refused


@examples(max_examples=8, deadline=None)
@given(st.permutations(range(4)), st.lists(st.booleans(), min_size=4, max_size=4), st.lists(rows, min_size=4, max_size=4))
def test_no_order_of_arrival_matters(order: list[int], pauses: list[bool], contents: list[list[tuple[int, int]]]) -> None:
    """Files of different periods give the same staged rows however they are spread over nights, and whatever the key."""
    files = [[(1 + number, amount) for _, amount in content] for number, content in enumerate(contents)]
    query = "SELECT row_id, accounting_period, row_number, file_sha256, amount_dkk FROM stg_postings ORDER BY row_id"
    with _home() as at_once, _home() as spread:
        for number, content in enumerate(files):
            _drop(at_once, f"postings_{number}.csv", content)
        _night(at_once)
        for number in order:
            _drop(spread, f"postings_{number}.csv", files[number])
            if pauses[number]:
                _night(spread)
        _night(spread)
        assert _ask(at_once, query) == _ask(spread, query)


@given(cpr, st.sampled_from(["-", "", " ", " - ", "–"]), st.text(alphabet=" \t", max_size=2))
def test_every_spelling_of_a_cpr_number_is_one(number: str, between: str, around: str) -> None:
    spelled = f"{around}{number[:6]}{between}{number[6:]}{around}"
    bare = number.removeprefix("0")
    assert normalise_cpr(spelled) == normalise_cpr(bare) == number
    assert len(set(keyed([spelled, bare, number], KEY).to_pylist())) == 1


@given(cpr, st.text(alphabet="abcæøå .,;-/", max_size=12), st.text(alphabet="abcæøå .,;-/", max_size=12))
def test_a_cpr_number_in_any_text_is_found_and_hidden(number: str, before: str, after: str) -> None:
    text = f"{before}{number[:6]}-{number[6:]}{after}"
    assert holds_cpr(text)
    assert not holds_cpr(hide_cpr(text))
    assert number[6:] not in hide_cpr(text)


@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=30))
def test_equal_identifiers_have_equal_keys_and_no_others(values: list[str | None]) -> None:
    found = keyed(values, KEY, "posting").to_pylist()
    clear = [None if value is None or not value.strip() else value.strip() for value in values]
    assert [key is None for key in found] == [value is None for value in clear]
    pairs = set(zip(clear, found, strict=True))
    assert len({value for value, _ in pairs}) == len({key for _, key in pairs}) == len(pairs)
