"""Values reach SQL as parameters: what is put into its text is a name of our own contracts or rules."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("app.py", "app_pages", "models", "flows", "expectations", "data")
SQL = re.compile(r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE|ATTACH|CREATE (OR REPLACE )?(TEMP )?(TABLE|VIEW)|DESCRIBE)\b")
A_VALUE = re.compile(r"('|[=<>]\s*|\bLIKE\s+|\bVALUES\s*\(\s*)$")
"""Behind a quote or a comparison stands a value; a name stands behind a word or a double quote."""
OURS = {
    ("data/warehouse.py", "_quoted(path)"),  # the home's own file: DuckDB binds no name of a file it attaches
    ("data/warehouse.py", "_quoted(beside)"),
    ("data/evidence.py", "marks"),  # question marks
    ("expectations/checkpoint.py", "table"),  # contracts
    ("data/citizen.py", "kind"),  # citizen, household, provider, case
    ("data/extracts/adjustments.py", "marks"),
    ("data/migrations.py", "place"),  # our own migrations
    ("data/migrations.py", "name"),
    ("expectations/sql_rules.py", "rule_id"),  # rules.toml
    ("expectations/sql_rules.py", "table"),
}


@cache
def trees() -> dict[str, ast.Module]:
    files = [path for name in CODE for path in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def pasted() -> set[tuple[str, str]]:
    """(file, expression) of what stands as a value in the text of a statement."""
    found = set()
    texts = ((file, node) for file, tree in trees().items() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    for file, node in texts:
        constants = [str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values]
        if SQL.search("".join(constants)):
            found |= {
                (file, ast.unparse(part.value))
                for before, part in zip(["", *constants], node.values, strict=False)
                if isinstance(part, ast.FormattedValue) and A_VALUE.search(before)
            }
    return found


def test_no_value_is_pasted_into_sql() -> None:
    assert pasted() == OURS


def test_only_data_and_expectations_speak_sql() -> None:
    calls = [
        f"{file}:{node.lineno}"
        for file, tree in trees().items()
        if not file.startswith(("data/", "expectations/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"execute", "executemany", "sql"}
    ]
    assert calls == []
