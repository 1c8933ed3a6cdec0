"""Price and quantity, on the page Budgetopfølgning and in its workbook: kinds of provider, share curve, large providers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.schema.published_providers import JOINED, PROVIDER_KINDS
from models.view.follow_up_wording import hidden_word
from models.view.language import NO_FIGURE, message
from models.view.run import rows_of
from models.view.tables import Shown

if TYPE_CHECKING:
    from models.view.language import Language
    from models.view.run import RunView

LAST = "last12"
_KINDS = {
    "own": message("Egne tilbud"),
    "municipality": message("Andre kommuner"),
    "region": message("Regioner"),
    "private": message("Private"),
    "unnamed": message("Uden oplyst leverandør"),
    "pooled": message("Små leverandører tilsammen"),
}


def kind_label(language: Language, kind: str) -> str:
    """What a kind of provider is called; or those that one row holds together."""
    *first, last = (language.text(_KINDS[each]) for each in kind.split(JOINED))
    if not first:
        return last
    said = ", ".join((first[0], *(each.lower() for each in first[1:])))
    return language.text("{first} og {last}", first=said, last=last.lower())


def types_of(run: RunView, level: str, member: str, period: str = LAST) -> pd.DataFrame:
    """Kinds of provider of one member in one period, own first, those together last; empty where cases tell none."""
    table = run.tables["provider_types"]
    rows = table[(table["level"] == level) & (table["member"] == member) & (table["period"] == period)]
    places = {kind: place for place, kind in enumerate(PROVIDER_KINDS)}
    return rows.assign(place=rows["provider_type"].map(places)).sort_values("place", ignore_index=True)


def types_table(language: Language, run: RunView, key: tuple[str, str], caption: str) -> Shown | None:
    """One member's kinds of provider: share of cost and volume, price against the index and against agreed rates."""
    rows = types_of(run, *key)
    if rows.empty:
        return None
    t = language.text
    header = (
        t("Leverandør"), t("Andel af udgiften"), t("Andel af helårsborgere"), t("Prisstigning, samme borgere"), t("Indeks"),
        t("Over indekset"), t("Betalt ud over aftalt pris"), t("Borgere"),
    )  # fmt: skip
    body = tuple((kind_label(language, row.provider_type), *type_cells(language, row)) for row in rows_of(rows))
    return Shown(caption, header, body, (False, *[True] * 7))


def type_cells(language: Language, row: Any) -> tuple[str, ...]:  # noqa: ANN401  (a row of a frame)
    """Shares, growth, index, growth above it, billed against agreed, citizens; hidden ones say so."""
    if row.mask:
        index = language.percent(row.index_growth, decimals=1, signed=True)
        return (*[hidden_word(language)] * 3, index, *[hidden_word(language)] * 3)
    growth = [language.percent(value, decimals=1, signed=True) for value in (row.price_growth, row.index_growth, row.above_index)]
    billed = (
        NO_FIGURE if math.isnan(row.billed_per_agreed) else language.percent(row.billed_per_agreed - 1.0, decimals=1, signed=True)
    )
    return (
        language.percent(row.cost_share),
        language.percent(row.volume_share),
        *growth,
        billed,
        NO_FIGURE if pd.isna(row.n_citizens) else language.number(float(row.n_citizens), decimals=0),
    )


def price_sentences(language: Language, run: RunView, key: tuple[str, str]) -> list[str]:
    """What the prices of the two largest kinds of provider did beside the index; none where they are hidden."""
    rows = types_of(run, *key)
    told = rows[(rows["mask"] == "") & rows["price_growth"].notna() & rows["index_growth"].notna()]
    return [
        language.text(
            "{kind}: prisen for de samme borgere har ændret sig {growth} på et år; løn- og prisindekset {index}.",
            kind=kind_label(language, row.provider_type),
            growth=language.percent(row.price_growth, decimals=1, signed=True),
            index=language.percent(row.index_growth, decimals=1, signed=True),
        )
        for row in rows_of(told.sort_values("cost_share", ascending=False, kind="stable").head(2))
    ]


def services_table(language: Language, run: RunView, services: list[str], caption: str) -> Shown | None:
    """Services by kind of provider: price of a full year and shares, the newest 12 months; None where cases tell none."""
    table = run.tables["provider_types"]
    own = table[(table["level"] == "service") & (table["period"] == LAST) & table["member"].isin(services)]
    if own.empty:
        return None
    t = language.text
    header = (
        t("Indsats"), t("Leverandør"), t("Pris pr. helårsborger, tusind kr."), t("Andel af udgiften"),
        t("Andel af helårsborgere"), t("Over indekset"),
    )  # fmt: skip
    body = []
    for service in services:
        for row in rows_of(types_of(run, "service", service)):
            if row.mask:
                cells = (hidden_word(language),) * 4
            else:
                price = language.number(row.price_per_year / 1000.0, decimals=0)
                shares = (language.percent(row.cost_share), language.percent(row.volume_share))
                cells = (price, *shares, language.percent(row.above_index, decimals=1, signed=True))
            body.append((run.label(language, "service", service), kind_label(language, row.provider_type), *cells))
    return Shown(caption, header, tuple(body), (False, False, True, True, True, True))


def curve_of(run: RunView, level: str, member: str) -> pd.DataFrame:
    """The share curve of one member."""
    table = run.tables["cost_concentration"]
    return table[(table["level"] == level) & (table["member"] == member)].sort_values("top_pct", ignore_index=True)


def curve_table(language: Language, run: RunView, key: tuple[str, str], caption: str) -> Shown | None:
    """How much of the cost the most expensive citizens carry; None where cases tell nothing of single citizens."""
    rows = curve_of(run, *key)
    if rows.empty:
        return None
    t = language.text
    body = tuple(
        (
            t("De dyreste {n} %", n=row.top_pct),
            *(
                (hidden_word(language),) * 2
                if row.mask
                else (language.number(float(row.n_top), decimals=0), language.percent(row.cost_share))
            ),
        )
        for row in rows_of(rows)
    )
    return Shown(caption, (t("Borgere, de dyreste først"), t("Antal"), t("Andel af udgiften")), body, (False, True, True))


def curve_sentence(language: Language, run: RunView, key: tuple[str, str]) -> str | None:
    """The smallest share of citizens that may be shown, and what they cost; None where none may."""
    rows = curve_of(run, *key)
    shown = rows[rows["mask"] == ""]
    if shown.empty:
        return None
    first = next(iter(rows_of(shown)))
    return language.text(
        "De dyreste {n} % af borgerne ({count}) står for {share} af udgiften de seneste 12 måneder.",
        n=first.top_pct,
        count=language.number(float(first.n_top), decimals=0),
        share=language.percent(first.cost_share),
    )


def providers_of(run: RunView, frame: str) -> pd.DataFrame:
    """A frame's providers, the largest first."""
    table = run.tables["provider_shares"]
    return table[table["frame"] == frame].sort_values("place", ignore_index=True)


def providers_table(language: Language, run: RunView, frame: str, caption: str) -> Shown | None:
    """A frame's large providers by share; None where cases name none."""
    rows = providers_of(run, frame)
    if rows.empty:
        return None
    t = language.text
    body = tuple((provider_label(language, row), *_provider_cells(language, row)) for row in rows_of(rows))
    return Shown(caption, (t("Leverandør"), t("Slags"), t("Andel af udgiften"), t("Borgere")), body, (False, False, True, True))


def provider_label(language: Language, row: Any) -> str:  # noqa: ANN401
    """A provider by its number; the small ones together say how many they are."""
    if row.provider_type == "pooled":
        known = not row.mask and not pd.isna(row.n_providers)
        return language.text("{n} mindre leverandører", n=int(row.n_providers)) if known else kind_label(language, "pooled")
    if row.provider_type == "unnamed":
        return kind_label(language, "unnamed")
    return language.text("Leverandør nr. {n}", n=row.place)


def _provider_cells(language: Language, row: Any) -> tuple[str, str, str]:  # noqa: ANN401
    kind = NO_FIGURE if row.provider_type in {"pooled", "unnamed"} else kind_label(language, row.provider_type)
    if row.mask:
        return kind, hidden_word(language), hidden_word(language)
    citizens = NO_FIGURE if pd.isna(row.n_citizens) else language.number(float(row.n_citizens), decimals=0)
    return kind, language.percent(row.cost_share), citizens


def price_note(language: Language) -> str:
    """What price, index and agreed rate mean here."""
    return language.text(
        "Udgiften er sagernes aftalte pris gange omfang. Prisstigningen er de samme borgeres pris hos den samme slags "
        "leverandør i den seneste måned mod tolv måneder før; indekset er kørslens løn- og prisindeks over de samme måneder. "
        "Betalt ud over aftalt er, hvad posteringer med sagsnummer kostede mod sagens pris, i de 12 måneder, der sluttede et "
        "halvt år før den sidste måned i data. En slags leverandør med meget få borgere, eller mest én, står i én række med "
        "en anden; hvor tallet også da ville hvile på så få, er det skjult."
    )
