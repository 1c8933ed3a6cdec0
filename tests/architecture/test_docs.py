"""Documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.schema.table_docs import tables_markdown

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_tables_page_is_the_contracts() -> None:
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == tables_markdown(), "run: python -m data.schema.table_docs docs/tables.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_every_make_target_in_the_readme_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named <= targets


def test_no_page_names_a_path_of_this_machine_or_an_index() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert f"{ROOT.parent}/" not in text, page.name
        assert "simple/" not in text, page.name


@pytest.mark.parametrize(("page", "promises"), [("security.md", 18), ("privacy.md", 14)])
def test_every_promise_names_a_test_or_a_target_that_is_there(page: str, promises: int) -> None:
    """The first table of each page: a promise and what holds it; helpers and settings stand beside a test, not instead."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("|---"))
    rows = lines[first + 1 : lines.index("", first)]
    assert len(rows) >= promises
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for row in rows:
        held_by = row.strip("|").rsplit("|", maxsplit=1)[1]
        made = set(re.findall(r"make ([a-z-]+)", held_by))
        assert made <= targets, row
        named = [file_named(name) for name in re.findall(r"[\w./-]+\.(?:py|toml)\b", held_by)]
        assert made or any("def test_" in file.read_text(encoding="utf-8") or file.name == "conftest.py" for file in named), row


def file_named(name: str) -> Path:
    """A file by its path from the root, or a test's by its name alone."""
    found = [ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / "tests").rglob(name))
    assert len(found) == 1, f"{name}: {len(found)} files"
    return found[0]


def test_every_promise_of_privacy_is_held_by_a_test_that_is_there() -> None:
    rows = [line for line in (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8").splitlines() if "`tests/" in line]
    assert len(rows) >= 12
    for file, _, test in re.findall(r"`(tests/[a-z_/]+\.py)(::(\w+))?`", "\n".join(rows)):
        assert f"def {test}" in (ROOT / file).read_text(encoding="utf-8"), (file, test)
