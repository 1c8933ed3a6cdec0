from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from data.errors import WrongUse
from data.pseudonym import KEY_FILE, check_value, confirm_key, keyed, kind_of, load_or_make_key
from data.settings import Paths
from data.warehouse import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import Settings

KEY = b"k" * 32


def test_every_spelling_of_one_citizen_is_one_key() -> None:
    found = keyed(["010180-1234", "0101801234", "101801234", " 010180 1234 ", "10180-1234"], KEY).to_pylist()
    assert len(set(found)) == 1
    assert found[0] is not None
    assert len(found[0]) == 64


def test_other_citizens_other_keys_other_kinds() -> None:
    same = "0101801234"
    found = {
        keyed([same], KEY, kind).to_pylist()[0] for kind in ("citizen", "household", "case", "posting", "provider", "commitment")
    }
    assert len(found) == 6
    assert keyed(["0101801234"], KEY).to_pylist() != keyed(["0201801234"], KEY).to_pylist()
    assert keyed([same], KEY).to_pylist() != keyed([same], b"x" * 32).to_pylist()


def test_a_posting_number_keeps_its_own_spelling() -> None:
    one, two = keyed(["101801234", "0101801234"], KEY, "posting").to_pylist()
    assert one != two


def test_blank_and_missing_stay_missing_in_every_chunk() -> None:
    values = pa.chunked_array([["a", None, "  "], [], ["b", "a", None]])
    found = keyed(values, KEY).to_pylist()
    assert [value is None for value in found] == [False, True, True, False, False, True]
    assert found[0] == found[4] != found[3]


def test_no_values_at_all() -> None:
    assert keyed(pa.chunked_array([], pa.string()), KEY).to_pylist() == []
    assert keyed([None, None], KEY).to_pylist() == [None, None]


def test_dictionary_values_are_keyed_too() -> None:
    plain = pa.array(["a", "b", "a"])
    assert keyed(plain.dictionary_encode(), KEY).to_pylist() == keyed(plain, KEY).to_pylist()


def test_only_known_identifiers_have_a_kind() -> None:
    assert kind_of("provider_id") == "provider"
    with pytest.raises(WrongUse, match="event_id"):
        kind_of("event_id")


def test_first_run_makes_a_key_only_its_owner_reads(settings: Settings) -> None:
    key = load_or_make_key(settings.paths)
    file = settings.paths.secrets / KEY_FILE
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert load_or_make_key(settings.paths) == key
    assert [path.name for path in file.parent.iterdir()] == [KEY_FILE]


def test_a_readable_key_file_is_closed_again(settings: Settings) -> None:
    load_or_make_key(settings.paths)
    file = settings.paths.secrets / KEY_FILE
    file.chmod(0o644)
    load_or_make_key(settings.paths)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("inside", [".", "keys", "a/b"])
def test_keys_inside_the_home_are_refused(tmp_path: Path, inside: str) -> None:
    paths = Paths(home=tmp_path, secrets=tmp_path / inside)
    with pytest.raises(WrongUse, match="inside the home"):
        load_or_make_key(paths)
    assert not (tmp_path / inside / KEY_FILE).exists()


def test_keys_inside_the_home_through_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "home" / "keys").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "home" / "keys")
    with pytest.raises(WrongUse, match="inside the home"):
        load_or_make_key(Paths(home=tmp_path / "home", secrets=tmp_path / "link"))


@pytest.mark.parametrize("text", ["", "zz", "ab" * 31, "æ"])
def test_a_damaged_key_is_refused(settings: Settings, text: str) -> None:
    settings.paths.secrets.mkdir()
    (settings.paths.secrets / KEY_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(WrongUse, match="key file"):
        load_or_make_key(settings.paths)


def test_a_home_knows_its_key(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        key = confirm_key(con, settings.paths)
        assert confirm_key(con, settings.paths) == key
        stored = [value for (value,) in con.execute("SELECT value FROM facts").fetchall()]
    assert stored == [check_value(key)]


def test_another_key_is_refused_and_so_is_none(settings: Settings, tmp_path: Path) -> None:
    with open_warehouse(settings) as con:
        confirm_key(con, settings.paths)
        other = Paths(home=settings.paths.home, secrets=tmp_path / "other")
        with pytest.raises(WrongUse, match="is missing"):
            confirm_key(con, other)
        assert not (other.secrets / KEY_FILE).exists()  # nothing was done
        load_or_make_key(other)
        with pytest.raises(WrongUse, match="not the one"):
            confirm_key(con, other)
