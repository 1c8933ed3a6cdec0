"""Text alternatives: each chart said in words, for those who do not see it, and how to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.view.wording import deviation_text, driver_label

if TYPE_CHECKING:
    import pandas as pd

    from models.view.figures import Drift, Outlook
    from models.view.language import Language


def outlook_alt(language: Language, row: Outlook) -> str:
    """One frame's mark in the chart, in words."""
    return language.text("{label}: {deviation}.", label=row.label, deviation=deviation_text(language, row.deviation))


def pressure_alt(language: Language, years: pd.DataFrame, level: str) -> str:
    """The fan chart in words."""
    first, last = years.iloc[0], years.iloc[-1]
    return language.text(
        "Bruttoudgiften går fra {first} i {from_year} til {last} i {to_year}, {level}; 4 ud af 5 gange mellem {low} og {high}.",
        first=language.money(first["mean"]),
        from_year=first["year"],
        last=language.money(last["mean"]),
        to_year=last["year"],
        level=level,
        low=language.money(last["q10"]),
        high=language.money(last["q90"]),
    )


def fan_note(language: Language) -> str:
    """How to read the fan chart."""
    return language.text(
        "Det skraverede område er der, hvor udgiften ender 4 ud af 5 gange; 1 ud af 5 gange ender den udenfor. Bruttoudgift er "
        "det, kommunens borgere koster, før indtægter og refusion. Den kan derfor ikke lægges direkte ved siden af rammen."
    )


def drift_alt(language: Language, drift: Drift) -> str:
    """The waterfall in words."""
    parts = [f"{driver_label(language, name)} {language.money(effect, signed=True)}" for name, effect in drift.shown.items()]
    return language.text("{bars}. I alt {change}.", bars="; ".join(parts), change=language.money(drift.change, signed=True))


def age_alt(language: Language, drift: Drift) -> str:
    """The age chart in words."""
    parts = [
        language.text("{band} år {amount}", band=band, amount=language.money(effect, signed=True))
        for band, effect in drift.shown_ages.items()
    ]
    return "; ".join(parts) + "."
