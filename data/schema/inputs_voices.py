"""Contracts of what citizens say: ratings by those who get a service, and what their councils answered in a hearing.

Ratings weigh beside the money where a committee lets them; answers are shown word for word and never scored.
"""

from __future__ import annotations

from data.schema.column import Column, Kind, Table

_MUNICIPALITY = Column(name="municipality", kind=Kind.TEXT, key=True, pattern=r"\d{3}", meaning="Authority code, e.g. 151")
_SCALE = ("-1000", "1000")

CITIZEN_RATINGS = Table(
    name="citizen_ratings",
    grain="how those who get a service rated it in one period, by question",
    owner="fagområdet",
    columns=(
        _MUNICIPALITY,
        Column(name="service", kind=Kind.TEXT, key=True, meaning="Key or paragraph in data/reference/services.toml"),
        Column(name="survey_period", kind=Kind.TEXT, key=True, pattern=r"(19|20)\d{2}(-(0[1-9]|1[0-2]))?",
               meaning="YYYY or YYYY-MM"),
        Column(
            name="question", kind=Kind.TEXT, prose=True, key=True, required=False, optional_column=True,
            pattern=r"[^\n\r\t;]{3,200}",
            meaning="What was asked; missing: one question",
        ),
        Column(name="responses", kind=Kind.WHOLE, low="1", high="1000000", unit="answers"),
        Column(name="score", kind=Kind.NUMBER, low=_SCALE[0], high=_SCALE[1], unit="mean of the answers, on its scale"),
        Column(name="scale_low", kind=Kind.NUMBER, low=_SCALE[0], high=_SCALE[1], unit="worst answer"),
        Column(name="scale_high", kind=Kind.NUMBER, low=_SCALE[0], high=_SCALE[1], unit="best answer"),
        Column(name="source", kind=Kind.TEXT, prose=True, required=False, optional_column=True, pattern=r"[^\n\r\t;]{2,200}"),
    ),
)  # fmt: skip

HEARING_ANSWERS = Table(
    name="hearing_answers",
    grain="what one council of citizens answered on one day about one subject, word for word",
    owner="udvalgssekretariatet",
    columns=(
        _MUNICIPALITY,
        Column(name="council", kind=Kind.TEXT, key=True, allowed=("handicapraad", "aeldreraad", "udsatteraad")),
        Column(name="answered_on", kind=Kind.DATE, key=True, low="1980-01-01", high="2060-12-31"),
        Column(
            name="subject", kind=Kind.TEXT, prose=True, key=True, required=False, optional_column=True,
            pattern=r"[^\n\r\t;]{2,200}",
            meaning="What was heard about",
        ),
        Column(name="service", kind=Kind.TEXT, required=False, optional_column=True, meaning="The service it is about"),
        Column(name="text", kind=Kind.TEXT, prose=True, meaning="Word for word; no name, no number of a person"),
        Column(name="source", kind=Kind.TEXT, prose=True, required=False, optional_column=True, pattern=r"[^\n\r\t;]{2,200}"),
    ),
)  # fmt: skip

VOICES = (CITIZEN_RATINGS, HEARING_ANSWERS)
