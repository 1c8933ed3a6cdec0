"""Which spellings of a CPR number are found in what people write, and which innocent texts are not taken for one."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.cpr import cpr_in_text, cpr_mask, hide_cpr, holds_cpr

FULL_WIDTH = "\uff10\uff11\uff10\uff11\uff18\uff10-\uff11\uff12\uff13\uff14"
SPELLINGS = [
    "010180-1234", "0101801234", "010180 1234", "010180 - 1234", "610180-1234",
    "01.01.80-1234", "01.01.80.1234", "010180/1234", "010180.1234", "010180_1234", "010180:1234", "010180: 1234",
    "01 01 80 1234", "01-01-80-1234", "01/01/80-1234", "01/01-80/1234", "01. 01. 80 - 1234", "0101 80 1234",
    "1.1.80-1234", "01-01-1980-1234", "01.01.1980-1234",
    "101801234", "10180-1234", "barn 101801234, bor i Ballerup",
    FULL_WIDTH, "\u0660\u0661\u0660\u0661\u0668\u0660-\u0661\u0662\u0663\u0664",
    "0101\u00ad80-1234", "01\u200b01\u200c80\u200d12\u206034", "0\ufeff1\ufe0f01801234",
    "01\u00a001\u00a080\u00a01234", "01\u200901\u200980\u20091234", "010180\u202f\u20111234", "010180\u22121234",
    "010180\u20141234",
    "01\u204401\u204480-1234", "010180\n1234", "010180\t1234", "01 01 80 1234 Kristian",
]  # fmt: skip
INNOCENT = [
    "", "2.100.000", "12.010.000 kr.", "1.201.801.234 kr.", "101050000 kr", "DKK 101050000", "101050000", "101.801.234",
    "10,1 mio",
    "01-01-2027", "01.01.2027 - 31.12.2027", "01.01.27-31.12.27", "2026-10-12 101530", "2026-12-31T02:00:00+00:00", "2027-01",
    "fra 01.01.27 2000 kr.", "pr. 01.01.27: 1234,50 kr", "12. januar 2027", "2026-01-12/2027-01-31",
    "20 10 80 12", "2010 8012", "20108012", "+45 20 10 80 12", "tlf. 20 10 80 12 / 31 11 22 33", "20108012 31112233",
    "50.54.001", "5.38.50.001", "53850.001 > 53857.001", "53850001", "450180-1234", "011380-1234", "01 13 80 1234", "990180-1234",
    "uge 10 11 12 13 14", "sag 27/12345", "s-101801234abcdef0", "run-20260131T020000-a1b2c3", "4501801234",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS, ids=ascii)
def test_a_usual_spelling_is_found_and_hidden(text):
    for whole in (text, f"Borgeren {text} flytter", f"({text})"):
        assert cpr_in_text(whole)
        assert "[CPR]" in hide_cpr(whole)
        assert not cpr_in_text(hide_cpr(whole))
        assert not re.search(r"1234|\u0664|\uff14", hide_cpr(whole))
    assert cpr_mask(pa.chunked_array([["ord", None, text]]), prose=True).to_pylist() == [False, False, True]


@pytest.mark.parametrize("text", INNOCENT)
def test_amounts_dates_telephones_and_accounts_are_no_cpr_numbers(text):
    assert not cpr_in_text(text)
    assert hide_cpr(text) == text
    assert not cpr_in_text(f"Fra {text} i 2027")


def test_words_around_a_hidden_number_stand_as_they_were():
    assert hide_cpr("\u00c6\ufb01 01\u200b01 80 1234 og \uff21, 010180-1234.") == "\u00c6\ufb01 [CPR] og \uff21, [CPR]."


def test_a_code_is_held_against_the_narrow_shape_alone():
    assert not any(holds_cpr(code) for code in ("101801234", "01.01.80.1234", "010180_1234"))


pairs = st.tuples(st.integers(1, 31), st.integers(1, 12), st.integers(0, 99), st.integers(1, 9999))
between = st.sampled_from(["", " ", ".", "-", "/", "_", " - ", "\u00a0", "\u2013", "\u2009"])
unseen = st.sampled_from(["", "\u00ad", "\u200b", "\ufeff"])


@given(pairs, between, between, unseen)
def test_any_number_in_any_of_these_spellings_is_found(parts, within, before_last, mark):
    day, month, year, last = parts
    text = f"barn {day:02d}{within}{month:02d}{mark}{within}{year:02d}{before_last}{last:04d} i botilbud"
    assert cpr_in_text(text)
    assert hide_cpr(text) == "barn [CPR] i botilbud"


@given(st.integers(0, 10**10), st.sampled_from(".  "), st.dates(), st.integers(20_000_000, 99_999_999))
def test_no_grouped_amount_date_or_telephone_is_taken_for_one(amount, mark, day, telephone):
    grouped = f"{amount:,}".replace(",", mark)
    phone = " ".join(re.findall("..", str(telephone)))
    for text in (f"{grouped} kr.", f"den {day:%d-%m-%Y}", f"{day:%Y-%m-%d}", f"tlf. {phone}.", f"tlf. {telephone}"):
        assert not cpr_in_text(text)


@given(st.text(max_size=40))
def test_what_is_hidden_once_is_hidden(text):
    assert cpr_in_text(text) == (hide_cpr(text) != text)
