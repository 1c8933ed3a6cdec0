"""Every file that leaves a page says where its figures come from; no button that offers one goes by unseen."""

from __future__ import annotations

import ast
import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest
from taken_away import APP, ROOT, visit, watched

from models.investment.reading import read_case
from models.priority.reading import read_portfolio
from models.scenario import read_scenario

if TYPE_CHECKING:
    from types import ModuleType

    import pytest

    from data.settings import Paths

NO_FIGURE = {
    "download_scenario": read_scenario,
    "priority_scenario": read_scenario,
    "priority_template": read_portfolio,
    "case_download": read_case,
}
"""Key of the button -> what reads the file and refuses any key beside settings: what somebody set, and no figure of a run."""
OTHER_WAYS_OUT = ("dataframe", "data_editor", "link_button", "line_chart", "bar_chart", "plotly_chart", "pyplot", "image")
"""Streamlit's own tables carry a download of their own, which says nothing of where its figures come from."""
DRAWN_BY = ("altair_chart", "vega_lite_chart")
"""Their pictures can be saved: each is drawn by ``parts.draw``, which writes the run into it."""


def pages() -> list[ast.Module]:
    """The code of every page."""
    return [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "app.py", *sorted((ROOT / "app_pages").glob("*.py")))]


def calls(name: str) -> list[ast.Call]:
    """Every call of a method of that name on a page."""
    nodes = [node for tree in pages() for node in ast.walk(tree)]
    return [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == name]


def is_noted(call: ast.Call, function: ast.FunctionDef) -> bool:
    """Whether the file is made by ``noted``, which writes to the access log that it was taken.

    By itself, or under a name that the function around the button gives to that, and to nothing else.
    """
    made = ast.unparse(call.args[1])
    nodes = list(ast.walk(function))
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    values = [ast.unparse(node.value) for node in nodes if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == made]
    return made.startswith("noted(") or (stored.count(made) == len(values) == 1 and values[0].startswith("noted("))


def buttons(tree: ast.AST) -> list[tuple[ast.Call, ast.FunctionDef]]:
    """Every button that offers a file, with the function it stands in."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = [(node, function) for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [(call, function) for call, function in found if getattr(call.func, "attr", "") == "download_button"]


def key_of(call: ast.Call) -> str:
    """The button's key as a pattern: what is put in at run time may be anything."""
    (key,) = (word.value for word in call.keywords if word.arg == "key")
    parts = key.values if isinstance(key, ast.JoinedStr) else [key]
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in parts)


def marks(example: ModuleType) -> dict[str, str]:
    """What a file must say, worked out here from the published tables."""
    frames = example.frames()
    record = {row.key: json.loads(row.value) for row in frames["run_record"].itertuples()}
    files = frames["input_files"]
    used = sorted(set(files.loc[files["status"] == "used", "sha256"]))
    return {
        "run": example.RUN_ID,
        "files": sha256("".join(used).encode()).hexdigest()[:12],
        "rows": f"{int(frames['balance']['rows_used'].sum()):,}".replace(",", "."),
        "rules": f"{frames['rule_results']['rule_id'].nunique()} regler",
        "commit": record["git_commit"][:8],
        "model": record["model_choice"]["digest"],
        "price level": f"{record['price_level'][:4]}-priser",
        "draws": f"{record['n_draws']} beregnede forløb",
        "settings": sha256(json.dumps(record["settings"], sort_keys=True).encode()).hexdigest()[:12],
    }


def lacking(text: str, wanted: dict[str, str]) -> list[str]:
    return [name for name, said in wanted.items() if said not in text]


def test_every_page_and_every_file_of_it_says_where_its_figures_come_from(
    monkeypatch: pytest.MonkeyPatch, homes: dict[str, Paths], example: ModuleType
) -> None:
    monkeypatch.setenv("OPDRIFT_HOME", str(homes["full"].home))
    wanted, offered, pictures = marks(example), watched(monkeypatch), []
    test = AppTest.from_file(APP, default_timeout=90).run()
    names = [file.stem for file in (ROOT / "app_pages").glob("*.py") if "\ndef show(context" in file.read_text(encoding="utf-8")]
    assert len(names) >= 9
    for page in sorted(names):
        visit(test, page)
        foot = " ".join(item.proto.body for item in test.get("html") if "od-foot" in item.proto.body)
        assert lacking(foot, wanted) == [], page
        pictures += [json.loads(item.proto.spec) for item in test.get("vega_lite_chart")]
    for pattern in (key_of(call) for call in calls("download_button")):
        assert [key for key in offered if re.fullmatch(pattern, key)], f"no page that was opened offers {pattern}"
    for key in sorted(offered):
        if key in NO_FIGURE:
            assert NO_FIGURE[key](offered.text(key)), key
        else:
            assert lacking(offered.text(key), wanted) == [], (key, offered[key][0])
    assert len(offered) - len(NO_FIGURE) > 30
    assert len(pictures) > 10
    for title in (spec["title"] for spec in pictures):
        assert title["text"], "Vega-Lite draws no line beneath an empty title"
        assert title.get("subtitle", title["text"]).startswith(f"Kørsel {example.RUN_ID}, data til og med ")
    assert any("subtitle" in spec["title"] for spec in pictures)


def test_no_other_way_out_of_a_page() -> None:
    assert [name for name in OTHER_WAYS_OUT if calls(name)] == []
    assert [len(calls(name)) for name in DRAWN_BY] == [1, 1]


def test_every_file_that_is_taken_away_is_logged() -> None:
    found = [button for tree in pages() for button in buttons(tree)]
    assert len(found) == len(calls("download_button")), "each stands in one function"
    assert [key_of(call) for call, function in found if not is_noted(call, function)] == []
    elsewhere = "def one():\n    sheets = noted(0)\ndef two():\n    sheets = 1\n    st.download_button('', sheets)"
    assert [is_noted(*button) for button in buttons(ast.parse(elsewhere))] == [False]
