"""Danish and English: no text lacks its English, places in braces are the same, numbers are written as the language does."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.view.language import Language, catalogue

ROOT = Path(__file__).parents[3]
SPEAKING = [ROOT / "app.py", *sorted((ROOT / "app_pages").glob("*.py")), *sorted((ROOT / "models" / "view").glob("*.py"))]
DANISH, ENGLISH = Language("da"), Language("en")


def said_in(file: Path) -> set[str]:
    """Every Danish text in a file: first argument of text, t and message; both forms of count."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        wanted = {"text": node.args[:1], "t": node.args[:1], "message": node.args[:1], "count": node.args[1:3]}.get(name, [])
        found |= {item.value for item in wanted if isinstance(item, ast.Constant) and isinstance(item.value, str)}
    return found


MESSAGES = sorted(set().union(*(said_in(file) for file in SPEAKING)))


def test_there_are_texts() -> None:
    assert len(MESSAGES) > 150


def test_every_text_has_its_english() -> None:
    missing = [text for text in MESSAGES if text not in catalogue("en")]
    assert not missing


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    assert not sorted(set(catalogue("en")) - set(MESSAGES))


@pytest.mark.parametrize("text", MESSAGES)
def test_places_are_the_same_in_both(text: str) -> None:
    places = re.compile(r"\{(\w+)\}")
    assert sorted(places.findall(text)) == sorted(places.findall(catalogue("en")[text]))


def test_a_text_that_is_said_by_name_is_marked() -> None:
    """What goes into ``text`` through a dictionary must be wrapped in ``message``, else the test above misses it."""
    danish = re.compile(r"[æøåÆØÅ]")
    for file in SPEAKING:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        marked = said_in(file)
        documented = {
            node.body[0].value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
            and isinstance(node.body[0].value, ast.Constant)
        }
        keys = {
            key.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Dict)
            for key in node.keys
            if isinstance(key, ast.Constant)
        }
        loose = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and danish.search(node.value)
        }
        assert not loose - marked - documented - keys, file.name


@pytest.mark.parametrize(
    ("value", "danish", "english"),
    [
        (1_234_500_000.0, "1.234,5 mio. kr.", "1,234.5 m DKK"),
        (-2_040_000.0, "−2,0 mio. kr.", "−2.0 m DKK"),
        (-20_000.0, "0,0 mio. kr.", "0.0 m DKK"),
        (float("nan"), "–", "–"),
    ],
)
def test_money(value: float, danish: str, english: str) -> None:
    assert DANISH.money(value) == danish
    assert ENGLISH.money(value) == english


def test_signs() -> None:
    assert DANISH.money(1e6, signed=True) == "+1,0 mio. kr."
    assert DANISH.percent(0.025, decimals=1, signed=True) == "+2,5 %"
    assert DANISH.percent(-0.025, decimals=1, signed=True) == "−2,5 %"
    assert DANISH.percent(0.0, signed=True) == "0 %"
    assert DANISH.percent(float("nan")) == "–"


def test_other_currency_is_named() -> None:
    assert Language("da", currency="AUD").money(1e6) == "1,0 mio. AUD"


def test_dates() -> None:
    assert DANISH.day(date(2026, 12, 1)) == "1. december 2026"
    assert ENGLISH.month(date(2026, 12, 1)) == "December 2026"
    assert DANISH.moment(datetime(2026, 12, 1, 2, 6, tzinfo=UTC)) == "1. december 2026 kl. 02.06"


def test_a_sentence_never_ends_in_two_stops() -> None:
    assert DANISH.text("Værdi, {unit}.", unit="mio. kr.") == "Værdi, mio. kr."


def test_singular_and_plural() -> None:
    one, many = "{n} fil er afvist; se nedenfor, hvad der skal gøres.", "{n} filer er afvist; se nedenfor, hvad der skal gøres."
    assert ENGLISH.count(1, one, many).startswith("1 file was")
    assert ENGLISH.count(2, one, many).startswith("2 files were")
