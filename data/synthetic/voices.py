"""What citizens say in the synthetic municipality: a survey among those who get a service, and two answers from councils.

Some services were not asked, and one was answered by four only: a page must say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.synthetic.deliveries import TextFile

if TYPE_CHECKING:
    import numpy as np

    from data.synthetic.calendar import Window

_ASKED = (
    "bostoette", "botilbudslignende_tilbud", "laengerevarende_botilbud", "midlertidigt_botilbud", "aktivitets_samvaerstilbud",
    "bpa", "hjemmehjaelp_handicap", "plejefamilie", "familiebehandling", "fast_kontaktperson", "boernehjem", "stoetteophold",
)  # fmt: skip
_FEW = "stoetteophold"
_RATINGS_HEADER = "service;period;question;responses;score;scale_low;scale_high;source"
_ANSWERS_HEADER = "council;answered_on;subject;service;text;source"
_QUESTION = "Hvor tilfreds er du med hjælpen?"
_ANSWERS = (
    ("handicapraad", "Serviceniveau for bostøtte", "bostoette",
     "Rådet finder, at {pct} procent mindre støtte i eget hjem vil føre flere i botilbud, og beder om, at det følges op."),
    ("aeldreraad", "Digital støtte", "hjemmehjaelp_handicap",
     "Rådet er positivt over for digital støtte, når borgeren selv vælger den, og {pct} ud af ti af de adspurgte vil prøve."),
)  # fmt: skip


def voice_files(window: Window, rng: np.random.Generator, *, suffix: str) -> dict[str, TextFile]:
    """Ratings of the two newest years, and hearing answers of the newest.

    Args:
        window: Months of the sample.
        rng: Its own generator, so that no other file changes a byte.
        suffix: Of the file names.
    """
    lines = []
    for year in (window.end_year - 1, window.end_year):
        for service in _ASKED:
            answers = 4 if service == _FEW else int(rng.integers(18, 160))
            score = float(rng.uniform(2.9, 4.6))
            lines.append(f"{service};{year};{_QUESTION};{answers};{score:.2f};1;5;Brugerundersøgelse {year}".replace(".", ","))
    said = [
        f"{council};{window.end_year}-09-{int(rng.integers(10, 28))};{subject};{service};"
        f"{text.format(pct=int(rng.integers(2, 9)))};Høringssvar til budgettet"
        for council, subject, service, text in _ANSWERS
    ]
    return {
        f"citizen_ratings_{window.end_year}{suffix}.csv": TextFile(_RATINGS_HEADER, lines),
        f"hearing_answers_{window.end_year}{suffix}.csv": TextFile(_ANSWERS_HEADER, said),
    }
