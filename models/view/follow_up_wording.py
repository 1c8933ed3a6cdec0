"""The page Budgetopfølgning in words: lines, steps, months, sentences and what is not there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.view.language import NO_FIGURE, message
from models.view.run import NOMINAL, rows_of
from models.view.wording import certainty_sentence, deviation_text, driver_label, frame_sentence, unframed_sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from models.outturn import FollowUp
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.year_result import Bridge, Result, Standing

_KNOWN = "known_citizens"
"""The notice that names the legal basis (or why there is none)."""
_COMMITMENTS = ("commitments_not_of_their_day", "no_commitments", "commitments_without_case")
"""Notices of what is missing from what is committed."""
_OUTSIDE = "outside_fixed"
"""The notice that what lies outside the model is one figure without a range."""
_SEEN = 50_000.0
"""Currency from which an amount is more than 0,0 mio."""
_GRANTED = "granted_not_begun"
"""The notice of cases that are decided and begin after the last month of data."""
_LINES = {
    "budget_original": message("Oprindeligt budget"),
    "budget_carried_over": message("Heraf overført fra året før"),
    "budget_revised": message("Korrigeret budget inkl. overførsler"),
    "budget_change_proposed": message("Ændringer"),
    "budget_proposed": message("Forslag til nyt budget"),
    "posted": message("Forbrug til dato"),
    "late": message("Sene regninger"),
    "committed": message("Disponeret (kendte borgere)"),
    "expected_new": message("Nye borgere, der ventes"),
    "expected_ended": message("Kendte borgere, der ventes at stoppe"),
    "ahead": message("Kommende måneder"),
    "decided_not_in_data": message("Besluttet, men ikke i data endnu"),
    "adjusted": message("Kendte kommende hændelser (økonomis justeringer)"),
    "outside_model": message("Uden for modellen (egne institutioner, indtægter)"),
    "mean": message("Forventet forbrug pr. 31/12"),
    "central_refund": message("Central refusion"),
    "net_of_central": message("Forventet netto efter central refusion"),
    "half_refund": message("Refusion af §§ 109-110"),
    "net": message("Forventet netto efter al refusion"),
    "deviation_mean": message("Afvigelse (plus = merforbrug)"),
    "reserve_80": message("Reserve, der holder 4 ud af 5 gange"),
    "probability_over": message("Risiko for merforbrug"),
}
_STEPS = {
    "last_year": message("Sidste års udgift mod budgettet"),
    "one_offs": message("Enkeltstående regninger"),
    "known_citizens": message("Borgere i gang nu, hvis alle bliver året ud"),
    "new_citizens": message("Nye borgere, mindre dem der stopper"),
    "other_years": message("Sene regninger over årsskiftet"),
    "outside_model": message("Egne institutioner og indtægter"),
    "decided_not_in_data": message("Besluttet, men ikke i data endnu"),
    "adjusted": message("Kendte kommende hændelser (økonomis justeringer)"),
}
_MOVES = {
    "posted": message("Bogført siden mod det, der var ventet"),
    "price": message("Nyt løn- og prisindeks"),
    "adjusted": message("Økonomis justeringer: nye, trukne eller nu i data"),
    "forecast": message("Nyt skøn for resten af året"),
}


def hidden_word(language: Language) -> str:
    """What stands where a figure is masked, on the page and in the workbook."""
    return language.text("skjult")


def verified_word(language: Language, *, is_verified: bool | None) -> str:
    """Whether a year's thresholds were seen at their source, or its price growth is the index's own; None: there are none."""
    if is_verified is None:
        return NO_FIGURE
    return language.text("verificeret") if is_verified else language.text("ikke verificeret")


def line_label(language: Language, name: str) -> str:
    """What a line or column of the year's result is called."""
    return language.text(_LINES[name])


def marked_label(language: Language, name: str, *, unverified: Collection[str]) -> str:
    """The same, marked where the line is not verified.

    Example:
        >>> from models.view.language import Language
        >>> marked_label(Language("da"), "central_refund", unverified={"central_refund"})
        'Central refusion, ikke verificeret'
    """
    return line_label(language, name) + (language.text(", ikke verificeret") if name in unverified else "")


def step_label(language: Language, step: str) -> str:
    """What a step of the bridge is called."""
    return language.text(_STEPS[step]) if step in _STEPS else driver_label(language, step)


def move_label(language: Language, move: str) -> str:
    """What moved between two follow-ups."""
    return language.text(_MOVES[move])


def lead(language: Language, run: RunView, row: Result) -> list[str]:
    """What the year ends at, how sure that is, and what stands already."""
    outlook = row.as_outlook()
    if math.isnan(row["deviation_mean"]):
        lines = [unframed_sentence(language, outlook, NOMINAL)]
    else:
        lines = [
            frame_sentence(language, outlook, NOMINAL),
            certainty_sentence(language, outlook),
            reserve_sentence(language, row),
        ]
    return [*lines, so_far_sentence(language, run, row)]


def reserve_sentence(language: Language, row: Result) -> str:
    """What must be set aside for the budget to hold 4 times out of 5."""
    reserve = row["reserve_80"]
    if reserve < _SEEN:
        return language.text("Budgettet holder mindst 4 ud af 5 gange uden en reserve.")
    return language.text(
        "Lægges en reserve på {reserve} oven i det korrigerede budget, holder det 4 ud af 5 gange.",
        reserve=language.money(reserve),
    )


def so_far_sentence(language: Language, run: RunView, row: Result) -> str:
    """What is in the ledger, and what is known to be missing there; of a year that has not begun, that nothing is."""
    if row.year > run.cutoff.year and abs(row["posted"]) < _SEEN:
        return language.text("Regnskabsåret {year} er ikke begyndt, og der er intet bogført endnu.", year=row.year)
    return language.text(
        "Til og med {month} er der bogført {posted}. Der mangler endnu regninger for {late} for den tid, der er gået.",
        month=language.month(run.cutoff),
        posted=language.money(row["posted"]),
        late=language.money(row["late"]),
    )


def split_note(language: Language, run: RunView, row: Result) -> str:
    """Why the months ahead stand in one line, or what the lines mean and on which legal basis; and what is missing from them."""
    notices = run.tables["notices"]

    def noticed(*ids: str) -> list[str]:
        return [language.pick(said.text_da, said.text_en) for said in rows_of(notices[notices["notice_id"].isin(ids)])]

    lacking = noticed(*_COMMITMENTS, *((_OUTSIDE,) if abs(row["outside_model"]) >= _SEEN else ()))
    if row.is_split:
        said = language.text(
            "Disponeret er det, de kendte borgere koster, hvis alle bliver året ud. Derfra trækkes dem, der ventes at stoppe, og "
            "der lægges nye til."
        )
        return " ".join([said, *noticed(_KNOWN), *lacking])
    said = language.text(
        "Kommende måneder står i én linje: denne kørsel skiller ikke kendte borgere fra nye, så disponeret, nye og stoppede kan "
        "ikke vises hver for sig. Summen er den samme."
    )
    return " ".join([said, *lacking])


def granted_note(language: Language, run: RunView, *, whole: bool) -> str | None:
    """What is granted and has not begun; it is told of the whole run alone. None where it is not told.

    Args:
        language: Words.
        run: The published run.
        whole: Whether it stands beside the total; beside a part of it, it says that it is not of that part.
    """
    notices = run.tables["notices"]
    said = " ".join(language.pick(row.text_da, row.text_en) for row in rows_of(notices[notices["notice_id"] == _GRANTED]))
    if not said:
        return None
    return said if whole else language.text("Alle rammer under ét: {said}", said=said)


def services_note(language: Language, rows: Sequence[Result]) -> str:
    """What to know of the services' figures: whether they have budgets, and what hidden means."""
    parts = []
    if all(math.isnan(row["budget_revised"]) for row in rows):
        parts.append(language.text("Budgettet er ikke delt på indsatser, så afvigelsen kan kun vises for rammen."))
    if any(row.hidden for row in rows):
        parts.append(language.text("Nogle tal er skjult, fordi de hviler på meget få borgere."))
    parts.append(
        language.text("Rammen har også egne institutioner og indtægter; indsatserne giver derfor ikke rammen tilsammen.")
    )
    return " ".join(parts)


def bridge_sentence(language: Language, bridge: Bridge) -> str:
    """The bridge in one sentence: from budget to result, and the largest step since last year."""
    since = bridge.causes or bridge.effects
    largest = max(since, key=lambda step: abs(since[step]))
    return language.text(
        "Fra et korrigeret budget på {budget} til et forventet forbrug på {expected}: {deviation}. Siden sidste år betyder "
        "mest: {step} ({effect}).",
        budget=language.money(bridge.budget),
        expected=language.money(bridge.expected),
        deviation=deviation_text(language, bridge.expected - bridge.budget),
        step=step_label(language, largest),
        effect=language.money(since[largest], signed=True),
    )


def bridge_alt(language: Language, bridge: Bridge) -> str:
    """The bridge chart in words."""
    parts = [f"{step_label(language, step)} {language.money(effect, signed=True)}" for step, effect in bridge.effects.items()]
    change = language.money(bridge.expected - bridge.budget, signed=True)
    return language.text("{bars}. I alt {change}.", bars="; ".join(parts), change=change)


def bridge_note(language: Language) -> str:
    """How to read the bridge, and what it can't know."""
    return language.text(
        "Budgettet siger ikke selv, hvad det bygger på. Første bjælke viser derfor, hvor meget sidste års udgift lå over (plus) "
        "eller under budgettet; de næste viser, hvad der er ændret siden. Nye borgere og dem, der stopper, er de ventede efter "
        "seneste måned (hver for sig i tabellen øverst); enkeltstående regninger er måneder langt fra naboerne. Bjælkerne giver "
        "tilsammen afvigelsen."
    )


def period_label(language: Language, period: int) -> str:
    """Name an accounting period.

    Example:
        >>> from models.view.language import Language
        >>> period_label(Language("da"), 3), period_label(Language("en"), 13)
        ('mar', '13')
    """
    names = (
        message("jan"), message("feb"), message("mar"), message("apr"), message("maj"), message("jun"), message("jul"),
        message("aug"), message("sep"), message("okt"), message("nov"), message("dec"),
    )  # fmt: skip
    return language.text(names[period - 1]) if period <= len(names) else str(period)


def months_alt(language: Language, standing: Standing) -> str:
    """The chart of months in words."""
    return language.text(
        "Bogført til nu {posted}; ventet ved årets slutning {expected}; budget {budget}.",
        posted=language.money(standing.posted),
        expected=language.money(standing.expected),
        budget=language.money(standing.budget),
    )


def follow_up_label(language: Language, follow_up: FollowUp) -> str:
    """Name a follow-up by the last month it knew."""
    month = language.month(follow_up.cutoff)
    return language.text("{month} (lavet bagefter)", month=month) if follow_up.remade else month


def no_follow_ups(language: Language) -> str:
    """Why no earlier follow-ups are shown, and what to do."""
    return language.text(
        "Der er endnu ingen tidligere opfølgninger på dette år. De kommer af sig selv: hver gang en kørsel offentliggøres efter "
        "en af de måneder, der er valgt i indstillingerne (follow_up_months), står den her næste gang."
    )


def no_year(language: Language, run: RunView) -> tuple[str, ...]:
    """What the page says where the run has no accounting year: what it can't know, what would be needed, what there is."""
    without_cases = language.text(
        "Data har heller ikke sager på borgere: central refusion, kendte og nye borgere, hvem der fylder 18 og 23, og priser "
        "efter leverandør kendes ikke."
    )
    return (
        language.text(
            "**Kørslen har intet regnskabsår at følge op på.** Data har ingen posteringer, kun måneder, hvor hjælpen er givet."
        ),
        language.text(
            "Uden posteringer vides det ikke, hvad der er bogført, hvilke regninger der mangler, eller hvad året ender på mod "
            "budgettet."
        ),
        *([without_cases] if holds_no_cases(run) else []),
        language.text("Hvad hjælpen ventes at koste i de måneder, den gives, står på Overblik."),
        language.text("Læg kommunens posteringer i indbakken (og filerne frames og budget), og start en ny kørsel."),
    )


def holds_no_cases(run: RunView) -> bool:
    """Whether the run's data are summed figures alone, so that neither citizens nor providers are known."""
    return run.tables["known_months"].empty and run.tables["provider_types"].empty


def radar_unknown(language: Language, run: RunView) -> str | None:
    """Why it is not told who reaches 18 and 23, and what it takes; None where citizens are rolled forward."""
    if holds_no_cases(run):
        return language.text(
            "Hvem der fylder 18 eller 23 år, kan ikke vides af samlede tal: data har ingen sager på borgere. Det kræver sager "
            "med fødselsmåned (filen cases) i indbakken og kommunens hjemmel i indstillingerne (known_citizens)."
        )
    if not run.tables["known_months"].empty:
        return None
    notices = run.tables["notices"]
    said = " ".join(language.pick(row.text_da, row.text_en) for row in rows_of(notices[notices["notice_id"] == _KNOWN]))
    return language.text("Hvem der fylder 18 eller 23 år, vises ikke. {said}", said=said) if said else None


def prices_unknown(language: Language, run: RunView) -> str | None:
    """Why price and quantity are not told apart, and what it takes; None where the data hold cases."""
    if not holds_no_cases(run):
        return None
    return language.text(
        "Pris og mængde efter leverandør kan ikke vides af samlede tal: data har ingen sager på borgere. Det kræver sager med "
        "pris, omfang og leverandør (filen cases) i indbakken."
    )
