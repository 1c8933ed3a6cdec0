"""A recorded legal basis of known citizens is named by every paper of a run that rests on it, and by no other."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from fpdf import FPDF

from models.scenario import Scenario, evaluate
from models.view.language import Language
from models.view.origin_words import footer, origin_of_all, origin_rows
from models.view.paper import scenario_paper
from models.view.tables import Shown
from models.view.workbook import follow_up_workbook
from models.view.workbook_prevention import prevention_workbook
from models.view.workbook_priority import shown_workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.view.run import RunView

DANISH, ENGLISH = Language("da"), Language("en")
BASIS = {"text": "Aktstykke 7, sag 1 af 2026.", "decided": "2026-02-03", "signed": "Socialchefen"}
WORDS = "kendte borgere fremskrevet efter hjemlen: Aktstykke 7, sag 1 af 2026 (Socialchefen, 3. februar 2026)"
TABLE = Shown("Tabel", ("a",), (("1",),), (True,))


def based(run: RunView, basis: dict[str, str] | None, weights: dict[str, Any]) -> RunView:
    settings = {**run.record["settings"], "known_citizens": basis}  # type: ignore[dict-item]
    return replace(run, record={**run.record, "settings": settings, "known_citizens": weights})


def cells(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


def on_paper(run: RunView) -> str:
    """What is written on the PDF for the minutes."""
    written: list[str] = []
    whole = FPDF.multi_cell

    def heard(pdf: FPDF, *sizes: float | str, **more: Any) -> object:
        written.extend(str(value) for value in (*sizes, more.get("text", "")))
        return whole(pdf, *sizes, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FPDF, "multi_cell", heard)
        scenario_paper(run, evaluate(run.baseline, Scenario.of([])), DANISH, year=2028, rounds=[], min_citizens=5)
    return "\n".join(written)


PAPERS: dict[str, Callable[[RunView], str]] = {
    "foot of every page": lambda run: footer(run, DANISH),
    "paper for the minutes": on_paper,
    "CSV": lambda run: TABLE.to_csv(DANISH, origin_of_all([run], DANISH)).decode("utf-8-sig"),
    "workbook of the follow-up": lambda run: cells(follow_up_workbook(run, DANISH, 2027)),
    "workbook of priorities": lambda run: cells(shown_workbook([("Ark", TABLE)], DANISH, [], [run])),
    "workbook of prevention": lambda run: cells(prevention_workbook(run, [], [], [], None, DANISH)),
}


@pytest.mark.parametrize("paper", PAPERS)
def test_every_paper_names_the_basis_that_the_run_rests_on(run: RunView, paper: str) -> None:
    assert WORDS in PAPERS[paper](based(run, BASIS, {"origins": 3}))


@pytest.mark.parametrize(
    ("basis", "weights"), [(BASIS, {}), (None, {"origins": 3}), (None, {})], ids=["not rolled", "the sample", "neither"]
)
def test_no_paper_names_a_basis_that_nothing_rests_on(
    run: RunView, basis: dict[str, str] | None, weights: dict[str, Any]
) -> None:
    made = based(run, basis, weights)
    assert "hjemlen" not in footer(made, DANISH)
    assert all("hjemlen" not in value for _name, value in origin_rows(made, DANISH))


def test_the_basis_is_named_in_the_language_of_the_page(run: RunView) -> None:
    said = footer(based(run, BASIS, {"origins": 3}), ENGLISH)
    assert "rolled forward on the legal basis: Aktstykke 7, sag 1 af 2026 (Socialchefen, 3 February 2026)" in said


def test_a_run_of_before_says_nothing(run: RunView) -> None:
    assert "hjemlen" not in footer(run, DANISH)
