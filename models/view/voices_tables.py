"""What citizens say, on the page Prioritering: ratings by service, and hearing answers word for word."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from models.priority.assessment import ratings_by_service
from models.view.language import NO_FIGURE, message
from models.view.levers import service_label
from models.view.run import rows_of
from models.view.tables import Shown

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

_COUNCILS = {
    "handicapraad": message("Handicaprådet"),
    "aeldreraad": message("Ældrerådet"),
    "udsatteraad": message("Udsatterådet"),
}


def ratings_table(run: RunView, language: Language, caption: str) -> Shown:
    """One row per service of the run: the newest rating, or that there is none; the best rated first."""
    t = language.text
    table = run.tables.get("citizen_ratings")
    scores = ratings_by_service(table)
    hidden = set() if table is None or table.empty else set(table.loc[table["mask"] != "", "service"].astype(str))
    header = (t("Indsats"), t("Vurdering, 0 til 100"), t("Svar"), t("Periode"), t("Kilde"))
    rows = []
    for service in sorted(run.baseline.services, key=lambda key: (-scores.get(key, -1.0), key)):
        label = service_label(run, service, language)
        if service not in scores:
            few = t("for få svar til at vise") if service in hidden else t("ikke belyst")
            rows.append((label, few, NO_FIGURE, NO_FIGURE, NO_FIGURE))
            continue
        own = table[(table["service"] == service) & (table["mask"] == "")]  # type: ignore[index]
        newest = own[own["period"].astype(str) == max(own["period"].astype(str))]
        answers = language.number(float(newest["responses"].max()), decimals=0)
        source = str(newest["source"].iloc[0]) if pd.notna(newest["source"].iloc[0]) else NO_FIGURE
        rows.append((label, language.number(scores[service], decimals=0), answers, str(newest["period"].iloc[0]), source))
    return Shown(caption, header, tuple(rows), (False, True, True, False, False))


def answers_html(run: RunView, language: Language) -> str:
    """Hearing answers word for word, escaped; empty where there are none."""
    table = run.tables.get("hearing_answers")
    if table is None or table.empty:
        return ""
    said = []
    for row in rows_of(table):
        council = language.text(_COUNCILS[str(row.council)])
        about = f" · {escape(str(row.subject))}" if pd.notna(row.subject) else ""
        day = language.day(pd.Timestamp(row.answered_on).date())
        said.append(
            f"<figure class='od-voice'><blockquote>{escape(str(row.text))}</blockquote>"
            f"<figcaption>{escape(council)}, {escape(day)}{about}</figcaption></figure>"
        )
    return "".join(said)


def answers_table(run: RunView, language: Language, caption: str) -> Shown:
    """The same for a sheet."""
    t = language.text
    table = run.tables.get("hearing_answers")
    rows = () if table is None else tuple(
        (
            t(_COUNCILS[str(row.council)]), language.day(pd.Timestamp(row.answered_on).date()),
            str(row.subject) if pd.notna(row.subject) else NO_FIGURE, str(row.text),
        )
        for row in rows_of(table)
    )  # fmt: skip
    return Shown(caption, (t("Råd"), t("Dato"), t("Emne"), t("Svar")), rows, (False, False, False, False))
