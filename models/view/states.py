"""Empty, stale and broken: what the pages say when there is no run to show, or not the one that should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.view.wording import stale_sentence

if TYPE_CHECKING:
    from datetime import date

    from models.view.language import Language
    from models.view.run import RunView


def empty(language: Language, home: str) -> tuple[str, ...]:
    """Nothing was published yet."""
    t = language.text
    return (
        t("**Der er endnu ingen tal at vise.** Ingen kørsel er offentliggjort."),
        t("Sådan kommer de første tal:"),
        t("1. Læg kommunens udtræk i indbakken: `{folder}`", folder=f"{home}/inbox"),
        t("2. Start en kørsel: `opdrift run --home {home}`", home=home),
        t("3. Genindlæs siden, når kørslen er færdig."),
        t("Vil du se siderne med en opdigtet kommune først, så kør `opdrift run --sample --home {home}`.", home=home),
    )


def broken(language: Language, home: str) -> tuple[str, ...]:
    """Something was published, but no file of it can be read."""
    t = language.text
    return (
        t("**Tallene kan ikke læses.** Filen med den offentliggjorte kørsel er beskadiget eller lavet af en ældre version."),
        t("Sådan kommer de igen:"),
        t("1. Start en ny kørsel: `opdrift run --home {home}`", home=home),
        t("2. Eller gendan mappen fra en sikkerhedskopi: `{folder}`", folder=f"{home}/published"),
        t("`opdrift doctor --home {home}` siger, hvad der er galt på maskinen.", home=home),
    )


def bad_settings(language: Language, message: str) -> tuple[str, ...]:
    """The home's settings file does not hold."""
    t = language.text
    return (
        t("**Indstillingerne kan ikke læses.** Ret filen settings.toml, og genindlæs siden."),
        f"`{message.replace('`', '')}`",
    )


def warnings(language: Language, run: RunView | None, reason: str, today: date, stale_after: int) -> list[str]:
    """What must be said above the page: an old run, or not the run that the pointer names."""
    if run is None:
        return []
    said = []
    days = run.days_old(today)
    if days is not None and days > stale_after:
        said.append(stale_sentence(language, days, stale_after))
    if reason:
        said.append(
            language.text(
                "Den nyeste kørsel kan ikke vises, fordi dens fil mangler eller er beskadiget. I stedet vises kørsel {run}. "
                "Start en ny kørsel: opdrift run.",
                run=run.run_id,
            )
        )
    return said
