"""Thresholds of the central refund: a home's own years correct the shipped ones, and wrong ones are refused."""

from __future__ import annotations

import pytest

from data.errors import SettingsInvalid
from data.reference.refund import load_refund
from data.settings import Paths, read_settings

OWN = """
[[refund_years]]
year = 2024
above_dkk = [930000, 1810000, 2290000]
refund_pct = [25, 50, 75]
source = "Satser 2024"
verified = true
"""


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "home").mkdir()
    return Paths(home=tmp_path / "home", secrets=tmp_path / "secrets")


def read(paths, text):
    (paths.home / "settings.toml").write_text(text, encoding="utf-8")
    return read_settings(paths)


def test_a_homes_own_year_stands_in_the_shipped_ones_place(paths) -> None:
    known = load_refund(read(paths, OWN).refund_years)
    assert known.of(2024, "under_18").above_dkk == (930_000, 1_810_000, 2_290_000)
    assert [known.of(year, "from_18").verified for year in (2023, 2024, 2025)] == [False, True, False]


def test_one_year_for_all_ages_replaces_a_split_one(paths) -> None:
    known = load_refund(read(paths, OWN.replace("2024", "2020")).refund_years)
    assert known.of(2020, "under_18") == known.of(2020, "from_18")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("[25, 50, 75]", "[25, 50]", "as many"),
        ("1810000", "910000", "must rise"),
        ("verified", "verifed", "verifed"),
        ('source = "Satser 2024"', 'source = ""', "names its source"),
        ("Satser 2024", "fra 010180-1234", "CPR"),
        (OWN, OWN + OWN, "twice"),
    ],
)
def test_a_wrong_year_is_refused(paths, was, becomes, said) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        read(paths, OWN.replace(was, becomes))


def test_the_run_record_can_hold_them(paths) -> None:
    from flows.record import run_record  # noqa: PLC0415

    record = run_record(read(paths, OWN), {}, {}).set_index("key")["value"]
    assert '"above_dkk": [930000.0, 1810000.0, 2290000.0]' in record["settings"]
