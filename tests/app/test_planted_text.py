"""Markup, Markdown and formulas in what a file or a person wrote are shown as text: on every page, in CSV, Excel and PDF."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from data.settings import Paths
from models.scenario import evaluate
from models.scenario.scenario import Scenario
from models.view import quality
from models.view.language import Language
from models.view.paper import scenario_paper
from models.view.run import RunView, read_record
from models.view.tables import methods_table, notices_table
from models.view.workbook import follow_up_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import pandas as pd

APP = str(Path(__file__).parents[2] / "app.py")
MARKUP = "<img src=x onerror=alert(1)>"
MARKDOWN = "![x](https://evil.example/x.png) **fed** [klik](javascript:alert(1))"
FORMULA = '=HYPERLINK("https://evil.example";"klik")'
PLANTED = f"{MARKUP} {MARKDOWN}"
PAGES = ("overview", "scenarios", "committee", "budget_follow_up", "model_quality", "data_quality", "plain_totals")
FREE = {
    "services": ("label_da", "label_en", "group_label_da", "group_label_en", "frame_label", "method_note_da"),
    "input_files": ("file_name", "message"),
    "notices": ("text_da", "text_en"),
    "frame_outlook": ("member_label",),
    "staff_adjustments": ("reason", "who", "withdrawn_by"),
}
"""Where text of a file or a person stands in a published run."""


def planted(example: ModuleType, text: str) -> dict[str, pd.DataFrame]:
    frames = example.frames()
    for name, columns in FREE.items():
        for column in columns:
            if column in frames[name] and len(frames[name]):
                frames[name][column] = [f"{text} {number % 3}" for number in range(len(frames[name]))]
    return frames


@pytest.fixture(scope="module")
def home(example: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    folder = tmp_path_factory.mktemp("planted")
    paths = Paths(home=folder / "home", secrets=folder / "keys")
    example.write_mart(paths, example.RUN_ID, planted(example, PLANTED))
    example.point_current(paths, example.RUN_ID)
    return paths


def view(example: ModuleType, text: str) -> RunView:
    frames = planted(example, text)
    return RunView.of(example.RUN_ID, frames, read_record(frames["run_record"]))


WRITTEN_AS_MARKDOWN = (
    "markdown", "title", "header", "subheader", "caption", "info", "warning", "error", "success", "expander", "slider",
    "select_slider", "number_input", "text_input", "button", "checkbox", "toggle", "selectbox", "button_group", "download_button",
    "tab", "radio", "multiselect", "metric",
)  # fmt: skip


def fields(test: AppTest) -> Iterator[tuple[str, str]]:
    """Every text of the page that Streamlit reads as Markdown."""
    for kind in WRITTEN_AS_MARKDOWN:
        for item in test.get(kind):
            proto = item.proto
            for name in ("body", "label", "help", "placeholder"):
                value = getattr(proto, name, "")
                if isinstance(value, str) and value and not (kind == "markdown" and getattr(proto, "allow_html", False)):
                    yield f"{kind}.{name}", value
            if kind == "button_group":
                yield from ((kind, str(option.content)) for option in proto.options)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_file_says_is_text_on_every_page(monkeypatch: pytest.MonkeyPatch, home: Paths, page: str) -> None:
    monkeypatch.setenv("OPDRIFT_HOME", str(home.home))
    test = AppTest.from_file(APP, default_timeout=60).run()
    if page != "overview":
        test.switch_page(f"app_pages/{page}.py").run()
    assert not test.exception
    pieces = [item.proto.body for item in test.get("html")]
    told = [*pieces, *(text for _, text in fields(test))]
    assert page == "plain_totals" or any("evil" in text for text in told), "the plant is there"
    for body in pieces:
        assert "<img" not in body, body[:300]
    read_as_markdown = {where: text[:200] for where, text in fields(test) if "![x](" in text or "<img" in text.replace("\\<", "")}
    assert read_as_markdown == {}


def test_no_cell_of_a_file_to_take_away_is_a_formula(example: ModuleType) -> None:
    run, language = view(example, FORMULA), Language("da")
    for shown in (
        quality.files_table(run, language),
        notices_table(language, run),
        methods_table(language, run.tables["services"]),
    ):
        text = shown.to_csv(language).decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
        assert any("HYPERLINK" in cell for cell in cells)
        assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![\d., ])", cell)]
    book = openpyxl.load_workbook(io.BytesIO(follow_up_workbook(run, language, 2026)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any("HYPERLINK" in cell.value for cell in cells)
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_a_paper_shows_what_was_written_and_links_to_nothing(example: ModuleType) -> None:
    run = view(example, f"{MARKUP} {FORMULA}")
    result = evaluate(run.baseline, Scenario.of([], name="Prøve"))
    paper = scenario_paper(run, result, Language("da"), year=run.baseline.years[1], rounds=[], min_citizens=5)
    assert paper.startswith(b"%PDF")
    for forbidden in (b"/URI", b"/JavaScript", b"/Launch", b"/EmbeddedFile"):
        assert forbidden not in paper
