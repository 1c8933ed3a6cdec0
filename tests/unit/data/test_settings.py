"""Settings say what is wrong with themselves, before anything is opened."""

from __future__ import annotations

import pytest

from data.errors import SettingsInvalid
from data.settings import Paths, read_settings


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "home").mkdir()
    return Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('memory_limit = "banana"', "'memory_limit'"),
        ('language = "fr"', "'language'"),
        ('currency = "kroner"', "'currency'"),
        ('municipality = "Anders And, 010190-1234"', "'municipality'"),
    ],
)
def test_a_setting_of_the_wrong_form_is_wrong_use_and_not_repeated(paths, line, said) -> None:
    (paths.home / "settings.toml").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(paths)
    assert said in str(caught.value)
    assert line.split('"')[1] not in str(caught.value).replace("'1GB'", "")


@pytest.mark.parametrize("size", ["1GB", "512MB", "1.5 GiB"])
def test_a_size_may_be_written_as_people_do(paths, size) -> None:
    (paths.home / "settings.toml").write_text(f'memory_limit = "{size}"\n', encoding="utf-8")
    assert read_settings(paths).memory_limit == size


def test_settings_that_cannot_be_opened_are_wrong_use(paths) -> None:
    (paths.home / "settings.toml").mkdir()
    with pytest.raises(SettingsInvalid, match="can't be opened"):
        read_settings(paths)


BASIS = '[known_citizens]\ntext = "{text}"\ndecided = 2026-11-25\nsigned = "Socialchefen"\n'


def test_a_legal_basis_is_read_whole(paths) -> None:
    (paths.home / "settings.toml").write_text(BASIS.format(text="Kommunens hjemmel, sag 26/1234"), encoding="utf-8")
    found = read_settings(paths).known_citizens
    assert found is not None
    assert (found.text, str(found.decided), found.signed) == ("Kommunens hjemmel, sag 26/1234", "2026-11-25", "Socialchefen")


@pytest.mark.parametrize("text", ["ja", "Efter aftale om 010190-1234 af 3. maj", "Efter aftale om 01.01.90-1234 af 3. maj"])
def test_a_basis_that_says_nothing_or_too_much_is_refused_and_not_repeated(paths, text) -> None:
    (paths.home / "settings.toml").write_text(BASIS.format(text=text), encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"known_citizens\.text") as caught:
        read_settings(paths)
    assert "010190" not in str(caught.value)
    unsigned = BASIS.format(text="Kommunens hjemmel, sag 26/1234").replace("decided = 2026-11-25\n", "")
    (paths.home / "settings.toml").write_text(unsigned, encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="decided"):
        read_settings(paths)


APPEALS = "[appeals]\nchanged_pct = {share}\nyear = {year}\nsource = '{source}'\n"


def test_the_municipalitys_own_appeals_are_read(paths) -> None:
    (paths.home / "settings.toml").write_text(APPEALS.format(share=31.5, year=2025, source="Ankestyrelsen"), encoding="utf-8")
    found = read_settings(paths).appeals
    assert found is not None
    assert (found.changed_pct, found.year, found.source) == (31.5, 2025, "Ankestyrelsen")


@pytest.mark.parametrize(
    ("share", "year", "source"),
    [(131, 2025, "Ankestyrelsen"), (31, 25, "Ankestyrelsen"), (31, 2025, "x"), (31, 2025, "010190-1234")],
)
def test_appeals_that_cannot_be_are_refused(paths, share, year, source) -> None:
    (paths.home / "settings.toml").write_text(APPEALS.format(share=share, year=year, source=source), encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="appeals") as caught:
        read_settings(paths)
    assert "010190" not in str(caught.value)
