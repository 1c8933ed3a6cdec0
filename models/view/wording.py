"""Numbers and uncertainty as plain sentences. Danish is the text; English comes from the catalogue."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING

from models.view.figures import OLDEST, interval, total_outlook
from models.view.figures import drift as drift_of
from models.view.language import MILLION, message
from models.view.run import TOTAL, price_level_text

if TYPE_CHECKING:
    from models.view.figures import Drift, Outlook
    from models.view.language import Language
    from models.view.run import RunView

SMALL = 50_000.0
"""Less is 0,0 million as a figure, so it is said in words."""
_PERIOD = re.compile(r"(\d{4})-(\d{2})")
_TEXTS_OF_DRIVERS = {
    "demography": message("Befolkningens udvikling"),
    "uptake": message("Flere eller færre får hjælp (dækningsgrad)"),
    "mix": message("Sammensætning af tilbud"),
    "unit_cost": message("Enhedspris ud over indekset"),
    "price_index": message("Løn- og prisindeks"),
    "budget_events": message("Flyttede opgaver og beslutninger"),
}


def driver_label(language: Language, driver: str) -> str:
    """What a driver of expenditure is called."""
    return language.text(_TEXTS_OF_DRIVERS[driver])


def driver_sentence(language: Language, driver: str, effect: float) -> str:
    """Say what one bar of the drift means."""
    amount = language.money(abs(effect))
    more = effect >= 0
    sentences = {
        "demography": (
            message("Flere borgere i de aldre, der bruger hjælpen, koster {amount} mere."),
            message("Færre borgere i de aldre, der bruger hjælpen, koster {amount} mindre."),
        ),
        "uptake": (
            message("En større del af borgerne får hjælp end før: {amount} mere."),
            message("En mindre del af borgerne får hjælp end før: {amount} mindre."),
        ),
        "mix": (
            message("Hjælpen gives oftere i dyrere slags tilbud: {amount} mere."),
            message("Hjælpen gives oftere i billigere slags tilbud: {amount} mindre."),
        ),
        "unit_cost": (
            message("Prisen for hver enhed er steget mere end indekset: {amount} mere."),
            message("Prisen for hver enhed er steget mindre end indekset: {amount} mindre."),
        ),
        "price_index": (
            message("Almindelige løn- og prisstigninger: {amount} mere."),
            message("Almindelige løn- og prisfald: {amount} mindre."),
        ),
        "budget_events": (
            message("Flyttede opgaver og beslutninger: {amount} mere."),
            message("Flyttede opgaver og beslutninger: {amount} mindre."),
        ),
    }
    return language.text(sentences[driver][0 if more else 1], amount=amount)


def driver_sentences(language: Language, drift: Drift) -> list[str]:
    """One sentence per bar of the drift, in the order of the bars."""
    return [
        f"{driver_label(language, driver)}: {driver_sentence(language, driver, effect)}" for driver, effect in drift.shown.items()
    ]


def deviation_text(language: Language, amount: float) -> str:
    """Say a deviation from the frame with its direction.

    Example:
        >>> from models.view.language import Language
        >>> deviation_text(Language("da"), 14.4e6), deviation_text(Language("da"), -2e6)
        ('et merforbrug på 14,4 mio. kr.', 'et mindreforbrug på 2,0 mio. kr.')
    """
    if math.isnan(amount):
        return language.text("en afvigelse, der ikke kan vises")
    if abs(amount) < SMALL:
        return language.text("præcis rammen")
    money = language.money(abs(amount))
    if amount > 0:
        return language.text("et merforbrug på {amount}", amount=money)
    return language.text("et mindreforbrug på {amount}", amount=money)


def deviation_word(language: Language, amount: float) -> str:
    """One word beside a signed deviation."""
    if math.isnan(amount):
        return ""
    if abs(amount) < SMALL:
        return language.text("på rammen")
    return language.text("merforbrug") if amount > 0 else language.text("mindreforbrug")


def chance_text(language: Language, probability: float) -> str:
    """Say a probability without false precision.

    Example:
        >>> from models.view.language import Language
        >>> chance_text(Language("da"), 0.998), chance_text(Language("da"), 0.84)
        ('mere end 99 %', 'omkring 85 %')
    """
    if probability > 0.99:
        return language.text("mere end {share}", share=language.percent(0.99))
    if probability < 0.01:
        return language.text("mindre end {share}", share=language.percent(0.01))
    if 0.05 <= probability <= 0.95:
        return language.text("omkring {share}", share=language.percent(round(probability * 20) / 20))
    return language.text("omkring {share}", share=language.percent(probability))


def lead(language: Language, run: RunView, year: int) -> list[str]:
    """The three sentences of the overview: result against frame, certainty, and why it moves."""
    total = total_outlook(run, year, language.text("I alt"))
    lines = []
    if total is None:
        lines.append(language.text("Tallene er skjult, fordi de hviler på meget få borgere."))
    elif math.isnan(total.deviation):
        low, high = interval(run, year)
        lines = [unframed_sentence(language, total, run.price_level), unframed_certainty(language, low, high)]
    else:
        lines = [frame_sentence(language, total, run.price_level), certainty_sentence(language, total)]
    moved = drift_of(run, "actual", *TOTAL)
    return lines if moved is None else [*lines, drift_sentence(language, moved, "actual")]


def frame_sentence(language: Language, row: Outlook, price_level: str) -> str:
    """First sentence: the expected result against the frame."""
    return language.text(
        "I {year} ventes udgifterne at blive {mean} mod en ramme på {budget}: {deviation} ({share} af rammen), i {level}.",
        year=row.year,
        mean=language.money(row.mean),
        budget=language.money(row.budget),
        deviation=deviation_text(language, row.deviation),
        share=language.percent(abs(row.deviation) / row.budget if row.budget else math.nan, decimals=1),
        level=price_level_text(language, price_level),
    )


def unframed_sentence(language: Language, row: Outlook, price_level: str) -> str:
    """First sentence where no frame is given."""
    return language.text(
        "I {year} ventes udgiften at blive {mean}, i {level}. Der er ingen ramme at holde den op imod.",
        year=row.year,
        mean=language.money(row.mean),
        level=price_level_text(language, price_level),
    )


def certainty_sentence(language: Language, row: Outlook) -> str:
    """Second sentence: the interval in words, and the chance of going over."""
    if math.isnan(row.low):
        return language.text("Hvor sikkert det er, kan ikke vises.")
    over = chance_text(language, row.probability_over)
    return language.text(
        "4 ud af 5 gange vil det ende mellem {low} og {high}. Risikoen for at bruge mere end rammen er {over}.",
        low=deviation_text(language, row.low),
        high=deviation_text(language, row.high),
        over=over,
    )


def unframed_certainty(language: Language, low: float, high: float) -> str:
    """Second sentence where no frame is given."""
    return language.text(
        "4 ud af 5 gange vil udgiften ende mellem {low} og {high}.", low=language.money(low), high=language.money(high)
    )


def calibration_sentence(language: Language, months: int, *, widened: bool | None, of_earlier: bool = False) -> str:
    """How far ahead the interval rests on what earlier forecasts missed, on what beyond it, and whether it was made wider.

    Args:
        language: To say it in.
        months: How far ahead widths are calibrated.
        widened: Whether they were made wider after looking back; None where none made again could be judged.
        of_earlier: It stands beside earlier forecasts, whose intervals are shown as they were.
    """
    if months == 0:
        rule = language.text(
            "Der er for lidt historik til at afstemme intervallets bredde efter tidligere fejl. Den følger en fast regel, som "
            "ikke er efterprøvet."
        )
    else:
        rule = language.text(
            "Intervallets bredde er afstemt efter, hvor meget modellen tidligere har ramt forkert, op til {n} måneder frem. "
            "Længere frem vokser det efter en fast regel, som ikke er efterprøvet på det, der er sket.",
            n=months,
        )
    return f"{rule} {_widening(language, widened, of_earlier)}"


def _widening(language: Language, widened: bool | None, of_earlier: bool) -> str:  # noqa: FBT001  (passed on)
    if widened is None:
        return language.text(
            "Der er for lidt historik til at regne tidligere fremskrivninger om og se, om intervallet er bredt nok."
        )
    if not widened:
        return language.text(
            "Fremskrivninger fra tidligere årsskifter er regnet om: Det, der siden kom, lå ofte nok inden for intervallet."
        )
    if of_earlier:
        return language.text(
            "Fremskrivninger fra tidligere årsskifter er regnet om: Det, der siden kom, lå for ofte uden for intervallet. Derfor "
            "er intervallet i den nye fremskrivning gjort bredere. De tidligere vises her, som de var."
        )
    return language.text(
        "Fremskrivninger fra tidligere årsskifter er regnet om: Det, der siden kom, lå for ofte uden for intervallet. Derfor er "
        "intervallet her gjort bredere."
    )


def drift_sentence(language: Language, drift: Drift, comparison: str) -> str:
    """Third sentence: how much expenditure moved, and how much comes from more elderly."""
    return f"{change_text(language, drift, comparison)} {elderly_text(language, drift)} {largest_text(language, drift)}".strip()


def change_text(language: Language, drift: Drift, comparison: str) -> str:
    """How much expenditure moved between the two periods, in current prices."""
    up = drift.change >= 0
    sentences = {
        ("actual", True): message("På et år er udgifterne steget {amount} (løbende priser)."),
        ("actual", False): message("På et år er udgifterne faldet {amount} (løbende priser)."),
        ("outlook", True): message("Det næste år ventes udgifterne at stige {amount} (løbende priser)."),
        ("outlook", False): message("Det næste år ventes udgifterne at falde {amount} (løbende priser)."),
    }
    return language.text(sentences[comparison, up], amount=language.money(abs(drift.change)))


def elderly_text(language: Language, drift: Drift) -> str:
    """Answer how much comes from more elderly, whichever way it goes."""
    effect = drift.more_elderly
    if effect is None:
        return language.text("Hvor meget der kommer af flere ældre, kan ikke siges: data mangler befolkning eller alder.")
    if math.isnan(effect):
        return language.text("Hvor meget der kommer af flere ældre, er skjult, fordi tallet kunne røbe nogen.")
    if abs(effect) < SMALL:
        return language.text("Flere ældre betyder næsten intet.")
    amount = language.money(abs(effect))
    if effect > 0:
        return language.text("Heraf kommer {amount} af, at der er flere borgere på 67 år og derover.", amount=amount)
    return language.text("Færre borgere på 67 år og derover trækker {amount} ned.", amount=amount)


def largest_text(language: Language, drift: Drift) -> str:
    """Name the driver that moves most in the direction of the change."""
    way = 1.0 if drift.change >= 0 else -1.0
    moved = {driver: effect for driver, effect in drift.shown.items() if effect * way > SMALL}
    if not moved:
        return ""
    driver = max(moved, key=lambda name: moved[name] * way)
    return language.text(
        "Mest betyder: {driver} ({amount}).",
        driver=driver_label(language, driver),
        amount=language.money(moved[driver], signed=True),
    )


def from_to(language: Language, drift: Drift) -> str:
    """Which two periods are compared, and what each cost."""
    return language.text(
        "Fra {start} ({from_period}) til {end} ({to_period}).",
        start=language.money(drift.start),
        from_period=period_text(language, drift.from_period),
        end=language.money(drift.end),
        to_period=period_text(language, drift.to_period),
    )


def period_text(language: Language, period: str) -> str:
    """Write a period such as ``2025-01/2025-12`` in words; anything else as it stands.

    Example:
        >>> from models.view.language import Language
        >>> period_text(Language("da"), "2025-01/2025-12"), period_text(Language("da"), "2027")
        ('januar 2025 til december 2025', '2027')
    """
    ends = _PERIOD.findall(period)
    if not ends:
        return period
    months = [language.month(date(int(year), int(month), 1)) for year, month in ends]
    if len(set(months)) == 1:
        return months[0]
    return language.text("{first} til {last}", first=months[0], last=months[-1])


def elderly_answer(language: Language, drift: Drift) -> str:
    """Answer in full: more citizens of 67 and over, and everything that moved for them."""
    everything = drift.of_age(OLDEST)
    first = elderly_text(language, drift)
    if math.isnan(everything):
        return first
    second = language.text(
        "Regnes alle forklaringer med, er udgiften til borgere på 67 år og derover ændret {amount}.",
        amount=language.money(everything, signed=True),
    )
    return f"{first} {second}"


def amount_text(language: Language, amount: float) -> str:
    """Say the size of a change; what would be written 0,0 is said to be smaller than that.

    Example:
        >>> from models.view.language import Language
        >>> amount_text(Language("da"), -2.4e6), amount_text(Language("da"), 3e4)
        ('2,4 mio. kr.', 'mindre end 0,1 mio. kr.')
    """
    if 0.0 < abs(amount) < SMALL:
        return language.text("mindre end {amount}", amount=language.money(0.1 * MILLION))
    return language.money(abs(amount))


def scenario_sentence(language: Language, before: float, after: float, year: int, *, is_neutral: bool = False) -> str:
    """Say in one sentence what a scenario does to the deviation of one year; that it is hidden where either end is."""
    if math.isnan(before) or math.isnan(after):
        return language.text("Tallene er skjult, fordi de hviler på meget få borgere.")
    if before == after:
        return _no_change(language, year, is_neutral=is_neutral)
    more = after > before
    amount, ends = amount_text(language, after - before), [deviation_text(language, value) for value in (before, after)]
    if ends[0] == ends[1]:
        small = (
            message("Scenariet lægger {amount} til i {year}; det er stadig {after}.")
            if more
            else message("Scenariet tager {amount} af i {year}; det er stadig {after}.")
        )
        return language.text(small, amount=amount, year=year, after=ends[1])
    sentence = (
        message("Scenariet lægger {amount} til i {year}: fra {before} til {after}.")
        if more
        else message("Scenariet tager {amount} af i {year}: fra {before} til {after}.")
    )
    return language.text(sentence, amount=amount, year=year, before=ends[0], after=ends[1])


def unframed_scenario_sentence(language: Language, change: float, year: int, *, is_neutral: bool = False) -> str:
    """The same where no frame is given."""
    if change == 0.0:
        return _no_change(language, year, is_neutral=is_neutral)
    amount = amount_text(language, change)
    if change > 0:
        return language.text("Scenariet lægger {amount} til udgiften i {year}.", amount=amount, year=year)
    return language.text("Scenariet tager {amount} af udgiften i {year}.", amount=amount, year=year)


def _no_change(language: Language, year: int, *, is_neutral: bool) -> str:
    if is_neutral:
        return language.text("Ingen skydere er flyttet: tallene er grundforløbet for {year}.", year=year)
    return language.text("Scenariet ændrer intet i {year}; det virker i andre år.", year=year)


def stale_sentence(language: Language, days: int, allowed: int) -> str:
    """Say that the newest run is old, and what to do."""
    return language.text(
        "Tallene er {days} dage gamle; de bør højst være {allowed}. Bed økonomi om at aflevere nye data og starte en ny "
        "kørsel (opdrift run), eller se på siden Data, hvad der mangler.",
        days=days,
        allowed=allowed,
    )
