"""An investment case and its follow-up in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from models.view.language import message
from models.view.wording import chance_text

if TYPE_CHECKING:
    from models.investment.balance import CaseOverlap
    from models.investment.worth import Swing, Worth
    from models.view.language import Language

_PURSES = {
    "committee": message("Kommunen"),
    "central_refund": message("Staten, central refusion"),
    "region": message("Regionen"),
    "state": message("Staten"),
}
_SWINGS = {
    "size": message("Virkningens størrelse"),
    "probability": message("Sandsynlighed for virkning"),
    "lag": message("Måneder til virkning"),
    "fading": message("Aftagende virkning"),
    "cost": message("Indsatsens pris"),
    "unit_cost": message("Ydelsernes pris"),
    "marginal_share": message("Del af prisen, der spares"),
    "discount": message("Diskonteringsrente"),
}
_UNITS = {
    "size": "{value}", "probability": "{value} %", "lag": "{value} mdr.", "fading": "{value} %", "cost": "{value} %",
    "unit_cost": "{value} %", "marginal_share": "{value} %", "discount": "{value} %",
}  # fmt: skip
_SIGNED = {"size", "cost", "unit_cost"}
_STATUS = {
    "on_track": message("følger planen"),
    "behind": message("bagud"),
    "not_carried_out": message("ikke sat i værk"),
    "carried_out_no_visible_effect": message("sat i værk, ingen synlig virkning"),
    "too_early": message("for tidligt at sige"),
}
_REASONS = {
    "masked": message("en indsats er skjult af hensyn til borgerne eller findes ikke i kørslen"),
    "not_started": message("ikke begyndt"),
    "started_before_decision": message("begyndte, før beslutningens grundlag sluttede"),
    "short_history": message("indsatsen har under tre års historie"),
    "few_months": message("under seks måneder efter start og forsinkelse"),
    "stopped": message("standset, før noget kunne ses"),
    "no_months": message("kørslen har ikke de måneder, priser eller udgifter, der skal bruges"),
    "frozen_damaged": message("grundlaget er ændret siden beslutningen eller er væk"),
    "no_service": message("budgetlinjen nævner ingen indsats"),
    "no_earlier_run": message("ingen kørsel ligger før den begyndte"),
}


def purse_word(purse: str, name: str, language: Language) -> str:
    """Who gains or pays."""
    said = language.text(_PURSES[purse])
    return language.text("{purse}: {name}", purse=said, name=name) if name else said


def other_purse_word(purse: str, language: Language) -> str:
    """A purse beside the committee's own, as a form offers it; empty: none."""
    own = {"": message("ingen"), "committee": message("et andet udvalg")}
    return language.text(own[purse]) if purse in own else purse_word(purse, "", language)


def swing_label(swing: Swing, language: Language) -> str:
    """An assumption and its two ends.

    Example:
        >>> from models.investment.worth import Swing
        >>> from models.view.language import Language
        >>> swing_label(Swing("lag", 0.0, 24.0, 1.0, 2.0), Language("da"))
        'Måneder til virkning (0 mdr. til 24 mdr.)'
    """
    signed = swing.name in _SIGNED
    decimals = 1 if swing.name in {"size", "discount"} else 0
    ends = [
        _UNITS[swing.name].format(value=language.number(value, decimals=decimals, signed=signed))
        for value in (swing.low, swing.high)
    ]
    return language.text("{name} ({low} til {high})", name=language.text(_SWINGS[swing.name]), low=ends[0], high=ends[1])


def worth_sentences(worth: Worth, language: Language) -> list[str]:
    """What a case is worth, when it pays back, how sure that is."""
    t = language.text
    ends = {"low": language.money(worth.present_q10, signed=True), "high": language.money(worth.present_q90, signed=True)}
    said = [
        t(
            "Kommunen ventes at vinde {amount} over ti år i nutidsværdi; 4 ud af 5 gange mellem {low} og {high}.",
            amount=language.money(worth.present), **ends,
        )
        if worth.present >= 0
        else t(
            "Kommunen ventes at tabe {amount} over ti år i nutidsværdi; 4 ud af 5 gange mellem {low} og {high}.",
            amount=language.money(-worth.present), **ends,
        )
    ]  # fmt: skip
    chance = chance_text(language, worth.chance_in_ten)
    council = chance_text(language, worth.chance_in_council)
    if worth.pays_back is None:
        said.append(t("Den ventes ikke at betale sig inden for ti år; sandsynligheden er {chance}.", chance=chance))
    else:
        said.append(t("Den ventes betalt tilbage i {year}; inden for ti år med {chance}.", year=worth.pays_back, chance=chance))
    said.append(
        t("Inden for valgperioden, til og med {year}, er sandsynligheden {chance}.", year=worth.council_until, chance=council)
    )
    return said


def caveats(worth: Worth, language: Language) -> list[str]:
    """What the figures rest on and don't know."""
    t = language.text
    rate = language.number(worth.discount_pct)
    said = [
        t("Grundlaget er opdrifts egen fremskrivning til {month}; derefter holdes pris og antal på sidste års niveau.",
          month=language.month(date.fromisoformat(f"{worth.forecast_until}-01"))),
        t("Diskonteringsrente {rate} % om året (realt).", rate=rate)
        + ("" if worth.discount_verified else " " + t("Ikke verificeret.")),
        t("Indsatsens virkning er en påstand, ikke en måling: den følges op, når den er besluttet."),
    ]  # fmt: skip
    if not worth.refund_known:
        said.append(t("Hvad staten tager gennem den centrale refusion, kendes ikke; intet er trukket fra."))
    if "no_effect" in worth.remarks:
        said.append(t("Der er ikke lovet nogen virkning, så indsatsen koster kun."))
    if "no_cost" in worth.remarks:
        said.append(t("Der er ikke angivet nogen pris for indsatsen."))
    return said


def waiting_sentence(worth: Worth, language: Language) -> str:
    """Whether a trial first is worth the wait; empty where the case names none."""
    waiting = worth.waiting
    if waiting is None:
        return ""
    amount = language.money(abs(waiting.value))
    if waiting.value > 0:
        return language.text(
            "Et forsøg på {months} måneder først er {amount} værd: det siger ja med {chance}, og et nej sparer pengene.",
            months=waiting.months, amount=amount, chance=chance_text(language, waiting.chance),
        )  # fmt: skip
    return language.text(
        "Et forsøg på {months} måneder først koster {amount} mere, end det er værd: beslut nu, eller lad være.",
        months=waiting.months, amount=amount,
    )  # fmt: skip


def overlap_sentence(item: CaseOverlap, names: dict[str, str], language: Language) -> str:
    """Two cases on the same citizens."""
    few = max(abs(item.alone), abs(item.together)) < 5
    first, second = names.get(item.first, item.first), names.get(item.second, item.second)
    said = language.text("»{first}« og »{second}« rammer de samme borgere; den anden virker på dem, der er tilbage.",
                         first=first, second=second)  # fmt: skip
    if few:
        return said
    return (
        said
        + " "
        + language.text(
            "Sammen {together} færre, ikke {alone}.", together=language.number(item.together), alone=language.number(item.alone)
        )
    )


def status_word(line: dict[str, Any], language: Language) -> str:
    """Where a decided case stands."""
    return language.text(_STATUS[line["status"]]) if line.get("status") in _STATUS else language.text("kan ikke følges op")


def reason_word(line: dict[str, Any], language: Language) -> str:
    """Why nothing can be said yet; empty where something can."""
    return language.text(_REASONS[line["reason"]]) if line.get("reason") in _REASONS else ""


def track_sentence(record: dict[str, Any], language: Language) -> str:
    """The municipality's own record of promises."""
    t = language.text
    if record.get("haircut_pct") is None:
        return t("Færre end tre besluttede sager kan følges op, så der foreslås ingen nedskæring af nye løfter.")
    return t(
        "Af {n} besluttede sager er {share} af det lovede blevet til noget. Nye løfter foreslås skåret {cut} ned.",
        n=record["cases"], share=language.percent(record["share"]), cut=language.percent(record["haircut_pct"] / 100.0),
    )  # fmt: skip
