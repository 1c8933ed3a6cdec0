"""The house stands as it is drawn: imports, packages, contracts, lock."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from data.schema import INPUTS, PUBLISHED, Kind, Sensitivity

ROOT = Path(__file__).parents[2]
APP_MAY_IMPORT = (
    "__future__", "collections", "contextlib", "dataclasses", "datetime", "functools", "pathlib", "threading", "time",
    "typing", "os", "streamlit", "app_pages", "models",
    "data.mart", "data.settings", "data.errors", "data.scenario_store", "data.input_state", "data.follow_ups", "data.access_log",
    "data.restricted", "data.follow_up_report",
)  # fmt: skip
ALSO = {
    "app.py": ("flows.register", "flows.adjustments", "data.decision_store", "data.adjustment_store"),
    "process.py": ("atexit", "gc", "sys", "threadpoolctl"),
}
"""The router hands the pages what the commands enter decisions and coming events with, so that there is one way in; no page
imports a flow. And one module alone tells the server's process of threads and memory."""


def imported_names(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("file", [ROOT / "app.py", *sorted((ROOT / "app_pages").glob("*.py"))], ids=lambda file: file.name)
def test_app_imports_only_what_a_page_needs(file: Path) -> None:
    allowed_here = (*APP_MAY_IMPORT, *ALSO.get(file.name, ()))
    foreign = {
        name
        for name in imported_names(file)
        if not any(name == allowed or name.startswith(allowed + ".") for allowed in allowed_here)
    }
    assert not foreign, f"{file.name} imports {sorted(foreign)}: a page shows, it does not compute or store"


@pytest.mark.parametrize("file", [ROOT / "app.py", *sorted((ROOT / "app_pages").glob("*.py"))], ids=lambda file: file.name)
def test_no_value_stands_alone_on_a_page(file: Path) -> None:
    """Streamlit writes such a value on the page: also a string that explains a constant."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    alone = [node.lineno for node in tree.body[1:] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    assert not alone


@pytest.mark.parametrize("name", ["flows", "models", "data", "expectations", "app_pages"])
def test_no_other_distribution_owns(name: str) -> None:
    owners = set(packages_distributions().get(name, [])) - {"opdrift"}
    assert not owners, f"'{name}' is also installed by {sorted(owners)}: use a clean environment"


def test_lock_has_versions_and_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index-url" not in lock
    pins = re.findall(r"^([a-zA-Z0-9._-]+(?:\[[a-z,]+\])?)==\S+", lock, re.MULTILINE)
    assert len(pins) > 100
    assert lock.count("--hash=sha256:") >= len(pins)


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        re.split(r"[\[<>=!~; ]", item)[0].lower() for item in project["dependencies"] + project["optional-dependencies"]["dev"]
    }
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {name.lower() for name in re.findall(r"^([a-zA-Z0-9._-]+)", lock, re.MULTILINE)}
    assert wanted <= locked


def test_published_tables_hold_no_row_of_a_person() -> None:
    for table in PUBLISHED.values():
        for column in table.columns:
            assert column.sensitivity not in {Sensitivity.IDENTIFIER, Sensitivity.PERSONAL, Sensitivity.FREE_TEXT}, (
                table.name,
                column.name,
            )
            assert not re.search(r"citizen_id|case_id|posting_id|household|cpr|birth", column.name), (table.name, column.name)


def test_every_money_column_names_its_unit() -> None:
    for table in (*INPUTS.values(), *PUBLISHED.values()):
        for column in table.columns:
            if column.kind is Kind.MONEY:
                assert column.unit or column.name.endswith("_nominal"), (table.name, column.name)


def test_identifiers_are_keyed_or_absent() -> None:
    for table in INPUTS.values():
        for column in table.columns:
            if column.name in {"citizen_id", "household_id", "case_id", "posting_id", "provider_id", "commitment_id"}:
                assert column.sensitivity is Sensitivity.IDENTIFIER


def test_modules_keep_their_size() -> None:
    rooms = ("flows", "models", "data", "expectations", "app_pages")
    long = {
        str(file.relative_to(ROOT)): lines
        for room in rooms
        for file in (ROOT / room).rglob("*.py")
        if "local" not in file.parts and (lines := len(file.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
