"""What the pages offer to take away: every file by the key of its button, and what stands in it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from fpdf import FPDF
from streamlit.elements.widgets.button import ButtonMixin

if TYPE_CHECKING:
    import pytest
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
APP = str(ROOT / "app.py")
CASE = ROOT / "docs" / "examples" / "investments" / "bostoette_foer_botilbud.json"


class Offered(dict[str, tuple[str, Any]]):
    """Files by the key of their button: name, and content or what makes it."""

    def text(self, key: str) -> str:
        """All of a file's words, a line a cell or paragraph."""
        name, data = self[key]
        made = data() if callable(data) else data
        if name.endswith(".xlsx"):
            rows = (row for sheet in openpyxl.load_workbook(io.BytesIO(made)) for row in sheet.iter_rows(values_only=True))
            return "\n".join(str(value) for row in rows for value in row if value is not None)
        if name.endswith(".pdf"):
            assert made.startswith(b"%PDF")
            return "\n".join(self.on_paper)
        return made.decode("utf-8-sig") if isinstance(made, bytes) else made

    on_paper: list[str]


def watched(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """Keep what the pages offer from here on; the words of a PDF as they are written on it, as its font holds shapes alone."""
    found = Offered()
    found.on_paper = []
    offer, write = ButtonMixin._download_button, FPDF.multi_cell

    def noted(self: Any, label: str, data: Any, file_name: str, *rest: Any, **more: Any) -> bool:
        key = more.get("key") or rest[1]
        found[key] = (file_name, data)
        return offer(self, label, data, file_name, *rest, **more)

    def written(self: Any, *given: Any, **more: Any) -> Any:
        found.on_paper.append(more["text"] if "text" in more else given[2])
        return write(self, *given, **more)

    monkeypatch.setattr(ButtonMixin, "_download_button", noted)
    monkeypatch.setattr(FPDF, "multi_cell", written)
    return found


def visit(test: AppTest, page: str) -> None:
    """Open a page and what has to be opened for all of its files to be offered."""
    test.switch_page(f"app_pages/{page}.py").run()
    if page == "scenarios":
        test.toggle(key="keeping").set_value(True)
        test.toggle(key="scenario_tables").set_value(True).run()
    elif page == "committee":
        test.button_group(key="committee_view").set_value("minutes").run()
    elif page == "prevention":
        test.file_uploader(key="case_files").set_value([("sag.json", CASE.read_bytes(), "application/json")]).run()
    assert not test.exception, [item.value for item in test.exception]
