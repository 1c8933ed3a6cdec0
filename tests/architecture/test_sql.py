"""Values reach SQL as parameters: what is put into its text is a name or a clause of our own contracts or rules."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CODE = ("app.py", "app_pages", "models", "flows", "expectations", "data")
SQL = re.compile(
    r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE|ATTACH|CREATE (OR REPLACE )?(TEMP )?(TABLE|VIEW)|DESCRIBE|WHERE|VALUES|ORDER BY)\b"
)
A_NAME = re.compile(r'("|\b(FROM|JOIN|INTO|TABLE|TABLE IF NOT EXISTS|VIEW|UPDATE|DESCRIBE)\s+\w*)$')
"""Behind these stands a name of a table or column; anywhere else a value could stand, so what stands there is listed."""
OURS = {
    "expectations/balance.py": {
        "', '.join(counts.values())",
        "amount",
        "citizens_sql(table)",
        "set_aside_sql(rule_id, name, f'used_{name}')",
    },
    "expectations/checkpoint.py": {
        "_STAGED",
        "amount",
        "aside",
        "columns",
        "people",
        "priced",
        "rows",
        "shape",
        "table",
        "valued",
    },  # contracts, rules
    "expectations/places.py": {"MOST", "_FINDINGS", "_rows_sql()", "first", "name"},  # contracts, a constant, our own SQL
    "expectations/row_checks.py": {"CHUNK_ROWS", "columns"},  # a constant, columns
    "expectations/sql_rules.py": {
        "'price_doubted'",
        "'price_off'",
        "'used_cases'",
        "off_middle",
        "THRESHOLDS.complete_months if table == 'postings' else 0",
        "_JUMP_BASE.get(table, '')",
        "_MONTH.get(table, '')",
        "_THIN.get(table, '')",
        "amount",
        "bills",
        "f'used_{table}'",
        "join",
        "keys",
        "listed",
        "rows_sql",
        "rule_id",
        "rules",
        "set_aside_rows_sql(table)",
        "source",
        "sql",
        "table",
    },  # rules.toml, contracts, thresholds
    "data/citizen.py": {
        "_is(name, name.removesuffix('_id'))",
        "_where(con, table, 'own')",
        "_where(con, table, role)",
        "kind",
        "query",
    },  # kind: citizen, household, provider, case; clauses of our columns
    "data/comparing.py": {"names", "order"},
    "data/digest.py": {"names", "order"},
    "data/evidence.py": {"marks", "names"},  # columns, question marks
    "data/extracts/adjustments.py": {"columns", "marks", "names"},  # columns, question marks
    "data/extracts/case_rows.py": {"columns"},
    "data/extracts/read.py": {"f'{keys}date, '", "table"},
    "data/landed.py": {"amount", "into", "query", "taken"},
    "data/mart.py": {"columns", "figures", "keys", "order"},
    "data/migrations.py": {"', '.join(columns)", "name", "place"},  # our own migrations and columns
    "data/staging.py": {"words"},
    "data/warehouse.py": {"_quoted(beside)", "_quoted(path)"},  # the home's own file: DuckDB binds no name of a file it attaches
    "data/sql/extracts/adjustments.sql": {"columns"},
    "data/sql/extracts/people.sql": {"keys"},
    "data/sql/staging/not_active.sql": {"amount", "table", "visible"},
    "data/sql/staging/stage_table.sql": {"columns", "table", "visible"},
    "data/sql/staging/violations.sql": {"amount", "table"},
}
"""Names and clauses of contracts, rules and settings of ours, by file: no value of an export, none that somebody types."""


@cache
def trees() -> dict[str, ast.Module]:
    files = [path for name in CODE for path in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def statics(node: ast.AST) -> str:
    """What stands as it is in a text that is built."""
    return " ".join(part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def pasted(node: ast.AST) -> Iterator[str]:
    """Expressions that stand in the text of a statement where a value could."""
    match node:
        case ast.JoinedStr() if SQL.search(statics(node)):
            constants = [str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values]
            for before, part in zip(["", *constants], node.values, strict=False):
                if isinstance(part, ast.FormattedValue) and not A_NAME.search(before):
                    yield ast.unparse(part.value)
        case ast.BinOp(op=ast.Mod() | ast.Add(), left=ast.Constant() | ast.JoinedStr()) if SQL.search(statics(node.left)):
            yield ast.unparse(node.right)
        case ast.BinOp(op=ast.Add(), right=ast.Constant() | ast.JoinedStr()) if SQL.search(statics(node.right)):
            yield ast.unparse(node.left)
        case ast.Call(func=ast.Attribute(attr="format" | "format_map" | "replace", value=text)) if SQL.search(statics(text)) or (
            isinstance(text, ast.Call) and ast.unparse(text.func) == "read_sql"
        ):
            yield from (ast.unparse(value) for value in (*node.args, *(word.value for word in node.keywords)))


def all_pasted() -> dict[str, set[str]]:
    """File -> what is put into the statements it builds; of a shipped ``.sql`` its placeholders."""
    found = {file: {text for node in ast.walk(tree) for text in pasted(node)} for file, tree in trees().items()}
    for file in sorted((ROOT / "data" / "sql").rglob("*.sql")):
        text = file.read_text(encoding="utf-8")
        found[file.relative_to(ROOT).as_posix()] = {
            hole["name"] for hole in re.finditer(r"\{(?P<name>\w*)\}", text) if not A_NAME.search(text[: hole.start()])
        }
    return {file: texts for file, texts in found.items() if texts}


@pytest.mark.parametrize(
    "text",
    [
        "f\"SELECT * FROM files WHERE name = '{typed}'\"",
        'f"SELECT * FROM files WHERE rows IN ({typed})"',
        'f"INSERT INTO files VALUES (?, {typed})"',
        'f"SELECT * FROM files WHERE rows BETWEEN 1 AND {typed}"',
        'f" WHERE rows > {typed}"',
        '"SELECT * FROM files WHERE rows = " + typed',
        '"SELECT * FROM files WHERE rows = %s" % typed',
        '"SELECT * FROM files WHERE rows = {}".format(typed)',
        'read_sql("staging/standing").format(rows=typed)',
    ],
)
def test_a_pasted_value_is_seen(text: str) -> None:
    assert [found for node in ast.walk(ast.parse(text)) for found in pasted(node)] == ["typed"]


def test_no_value_is_pasted_into_sql() -> None:
    assert all_pasted() == OURS


def test_only_data_and_expectations_speak_sql() -> None:
    calls = [
        f"{file}:{node.lineno}"
        for file, tree in trees().items()
        if not file.startswith(("data/", "expectations/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"execute", "executemany", "sql"}
    ]
    assert calls == []
