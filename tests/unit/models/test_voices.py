"""What citizens say: placed on its scale, hidden where few answered; what they write is text."""

from __future__ import annotations

import json

import pandas as pd
import published_example as example
import pytest

from models.priority.assessment import assess, ratings_by_service
from models.priority.option import items_of
from models.priority.reading import read_portfolio
from models.scenario import build_baseline
from models.view.language import Language
from models.view.run import RunView, read_record
from models.view.voices_tables import answers_html, answers_table, ratings_table
from models.voices import answers_table as published_answers
from models.voices import ratings_table as published_ratings


def told(**more: object) -> pd.DataFrame:
    row = {"service": "bostoette", "period": "2025", "question": None, "responses": 40, "score": 2.0, "scale_low": 1.0,
           "scale_high": 5.0, "source": None} | more  # fmt: skip
    return pd.DataFrame([row])


@pytest.mark.parametrize(("responses", "mask"), [(4, "small"), (5, ""), (1, "small")])
def test_few_answers_are_hidden(responses: int, mask: str) -> None:
    made = published_ratings(told(responses=responses), min_citizens=5)
    assert list(made["mask"]) == [mask]
    assert made[["responses", "score_pct"]].isna().all(axis=None) == (mask == "small")
    assert ratings_by_service(made) == ({} if mask else {"bostoette": 25.0})


def test_nothing_came_is_an_empty_table() -> None:
    assert published_ratings(told().iloc[:0], min_citizens=5).empty
    assert ratings_by_service(None) == {}


def test_a_cut_of_rated_help_weighs_and_unrated_help_is_not_lit() -> None:
    baseline = build_baseline(example.frames())
    cut = {"kind": "service_level", "start": "2027-01", "value": -2.0}
    options = [
        {"id": service, "name": "Mindre", "levers": [cut | {"services": [service]}]} for service in ("bostoette", "plejefamilie")
    ]
    portfolio = read_portfolio(json.dumps({"schema_version": 1, "name": "Prøve", "options": options, "years": [2028]}))
    found = assess(baseline, portfolio, items_of(portfolio), (2028,), {"bostoette": 50.0})
    rated, unlit = found.points
    assert rated == pytest.approx(0.5 * found.citizens[0])
    assert rated < 0
    assert unlit == 0.0
    assert found.unlit[1] == pytest.approx(-found.citizens[1])


def test_what_people_write_is_shown_as_text() -> None:
    tables = example.frames()
    evil = tables["hearing_answers"].assign(text="=1+1 <script>alert(1)</script>\nto linjer", subject="<b>emne</b>")
    tables["hearing_answers"] = published_answers(evil)
    run, danish = RunView.of(example.RUN_ID, tables, read_record(tables["run_record"])), Language("da")
    said = answers_html(run, danish)
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
    assert "<b>emne" not in said
    assert "'=1+1" in answers_table(run, danish, "").to_csv(danish).decode("utf-8-sig")
    shown = ratings_table(run, danish, "")
    assert [row[1] for row in shown.rows][:1] == ["72"]
    assert "for få svar til at vise" in {row[1] for row in shown.rows}
    assert "ikke belyst" in {row[1] for row in shown.rows}
