"""Contracts of what citizens say, as published: ratings on few answers are hidden, hearing answers stand as they were written."""

from __future__ import annotations

from data.schema.column import Column, Kind, Table
from data.schema.published_columns import code, figure

CITIZEN_RATINGS = Table(
    name="citizen_ratings",
    grain="how those who get a service rated it in one period, by question",
    owner="opdrift",
    columns=(
        code("service", key=True),
        code("period", key=True, meaning="YYYY or YYYY-MM"),
        code("question", key=True, required=False),
        figure("responses", "answers"),
        figure("score_pct", "0 (worst answer of the scale) to 100 (best)"),
        code("source", required=False),
        code("mask", allowed=("", "small"), meaning="small: fewer answers than citizens that may be told"),
    ),
)

HEARING_ANSWERS = Table(
    name="hearing_answers",
    grain="what one council of citizens answered on one day about one subject, word for word",
    owner="opdrift",
    columns=(
        code("council", key=True, allowed=("handicapraad", "aeldreraad", "udsatteraad")),
        Column(name="answered_on", kind=Kind.DATE, key=True),
        code("subject", key=True, required=False),
        code("service", required=False),
        code("text", meaning="Never scored"),
        code("source", required=False),
    ),
)

VOICES = (CITIZEN_RATINGS, HEARING_ANSWERS)
