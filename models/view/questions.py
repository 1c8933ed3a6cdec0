"""Ten questions that a committee asks, each answered in at most 60 short words with at most two charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.scenario import Goal, evaluate
from models.scenario.goal_seek import surely_below
from models.scenario.lever import without_costs
from models.scenario.spread import lever_spreads
from models.view import track_record as record
from models.view.figures import drift as drift_of
from models.view.language import message
from models.view.levers import interval_text, kind_label, marked_label
from models.view.run import TOTAL, price_level_text, rows_of
from models.view.scenario_head import headline, is_safe
from models.view.scenario_words import displaced_sentence, people_sentence
from models.view.wording import SMALL, chance_text, deviation_text, elderly_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from models.scenario import Lever, ScenarioResult
    from models.view.language import Language
    from models.view.run import RunView
    from models.view.scenario_head import Headline


@dataclass(frozen=True, eq=False)
class Asked:
    """What an answer is drawn from.

    Attributes:
        run: The run.
        result: The scenario as it stands.
        people: ``citizens_affected`` of it.
        year: Year on the screen.
        language: The page's language.
    """

    run: RunView
    result: ScenarioResult
    people: pd.DataFrame
    year: int
    language: Language

    @property
    def moved(self) -> list[Lever]:
        """The levers that change anything."""
        return [lever for lever in self.result.scenario.levers if not lever.is_neutral]

    @property
    def first_year(self) -> int | None:
        """The first whole year ahead; None where the total is hidden."""
        ahead = [int(year) for year in self.totals["year"] if year > self.run.cutoff.year]
        return ahead[0] if ahead else None

    @property
    def totals(self) -> pd.DataFrame:
        """The total's rows, year by year."""
        members = self.result.members
        return members[members["level"] == "total"].sort_values("year")

    def money(self, value: float, *, signed: bool = False) -> str:
        """An amount as the page writes it."""
        return self.language.money(value, signed=signed)


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        key: Machine word.
        short: On the button.
        title: In full.
        charts: What is drawn beside the answer: ``years``, ``change``, ``levers``, ``ages``; at most two.
        answer: Gives the sentences.
    """

    key: str
    short: str
    title: str
    charts: tuple[str, ...]
    answer: Callable[[Asked], list[str]]


def _hidden(asked: Asked) -> list[str]:
    return [asked.language.text("Tallene er skjult, fordi de hviler på meget få borgere.")]


def _framed(asked: Asked) -> Headline | None:
    head = headline(asked.result, asked.year)
    return head if head is not None and head.has_frame else None


def _no_frame(asked: Asked) -> list[str]:
    head = headline(asked.result, asked.year)
    if head is None:
        return _hidden(asked)
    told = asked.language.text("I {year} venter vi at bruge {mean}.", year=asked.year, mean=asked.money(head.after))
    return [told, asked.language.text("Der er ingen ramme i data for det år.")]


def deviation(asked: Asked) -> list[str]:
    """How far from the frame."""
    head, t = _framed(asked), asked.language.text
    if head is None:
        return _no_frame(asked)
    row = next(iter(rows_of(asked.totals[asked.totals["year"] == asked.year])))
    level = price_level_text(asked.language, asked.run.price_level)
    said = [
        t("I {year} venter vi {deviation}.", year=asked.year, deviation=deviation_text(asked.language, head.after)),
        t("Rammen er {budget}, og vi venter at bruge {mean}.", budget=asked.money(row.budget_scenario),
          mean=asked.money(row.mean_scenario)),
        t("Alt er i {level}.", level=level),
    ]  # fmt: skip
    if asked.moved:
        said.insert(1, t("Uden scenariet: {deviation}.", deviation=deviation_text(asked.language, head.before)))
    return said


def chance(asked: Asked) -> list[str]:
    """How likely the frame is kept, and what is missing to be sure."""
    head, t = _framed(asked), asked.language.text
    if head is None:
        return _no_frame(asked)
    safety = asked.result.scenario.safety_pct / 100.0
    said = [t("Chancen for at holde rammen i {year} er {chance}.", year=asked.year,
              chance=chance_text(asked.language, head.keep_after))]  # fmt: skip
    if asked.moved:
        said.append(t("Uden scenariet er den {chance}.", chance=chance_text(asked.language, head.keep_before)))
    wanted = asked.language.percent(safety)
    missing = surely_below(asked.run.baseline, asked.result.scenario, Goal("", asked.year))
    if is_safe(head, safety):
        said.append(t("Den holder med {wanted} sikkerhed.", wanted=wanted))
    elif missing > SMALL:
        said.append(t("Der mangler {amount} for at være {wanted} sikker.", amount=asked.money(missing), wanted=wanted))
    else:
        said.append(t("Der mangler lidt for at være {wanted} sikker.", wanted=wanted))
    others = [
        t("{year}: {chance}", year=row.year, chance=chance_text(asked.language, 1.0 - row.probability_over_scenario))
        for row in rows_of(asked.totals)
        if row.year > asked.year and row.probability_over_scenario == row.probability_over_scenario
    ]
    return [*said, *([t("Senere: {years}.", years=", ".join(others))] if others else [])]


def people(asked: Asked) -> list[str]:
    """Who is affected."""
    t = asked.language.text
    said = people_sentence(asked.people, asked.run, asked.language, asked.year, asked.result.scenario)
    return [said, t("Hver borgers behov skal stadig ses på for sig.")]


def may_we(asked: Asked) -> list[str]:
    """What of it the council may decide."""
    t = asked.language.text
    if not asked.moved:
        return [
            t("Ingen skydere er flyttet."),
            t("Pris, tilbud, teknik og niveau kan I bestemme. Antal borgere kan I kun prøve af: loven giver hver borger ret til "
              "en vurdering."),
        ]  # fmt: skip
    names: dict[str, list[str]] = {"decision": [], "what_if": []}
    for lever in asked.moved:
        name = kind_label(lever.of_kind, asked.language)
        if name not in names[lever.of_kind.decision]:
            names[lever.of_kind.decision].append(name)
    said = []
    if names["decision"]:
        said.append(t("Det kan I bestemme: {names}.", names=_listed(names["decision"], asked)))
    if names["what_if"]:
        said.append(t("Det kan I kun prøve af: {names}. Det er aldrig en spart krone.", names=_listed(names["what_if"], asked)))
    return [*said, t("Loven giver hver borger ret til en vurdering.")]


def _listed(names: list[str], asked: Asked, most: int = 4) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (asked.language.text(" og {n} til", n=more) if more > 0 else "")


def cost_now(asked: Asked) -> list[str]:
    """What it costs in the first year ahead."""
    t = asked.language.text
    first = asked.first_year
    if first is None:
        return _hidden(asked)
    if not asked.moved:
        return [t("Ingen skydere er flyttet, så det koster intet.")]
    rows = asked.result.effects[asked.result.effects["year"] == first]
    effects, own = rows["effect"], _own_cost(asked)
    within = float(rows["within"].sum())
    cost, saved = float(effects.clip(lower=0).sum()) + within, float(-effects.clip(upper=0).sum())
    own = max(own - (cost - within), 0.0)
    cost, saved = cost + own, saved + own
    said = []
    if cost > SMALL:
        said.append(t("I {year} lægger scenariet {cost} til.", year=first, cost=asked.money(cost)))
    else:
        said.append(t("I {year} koster scenariet intet ekstra.", year=first))
    if saved > SMALL:
        said.append(t("Det tager {saved} af samme år.", saved=asked.money(saved)))
    said.append(t("I alt: {net}.", net=asked.money(cost - saved, signed=True)))
    refund = asked.result.refund.change(first)
    if refund and abs(refund) > SMALL:
        amount = asked.money(abs(refund))
        more = (
            message("Staten giver {amount} mere i refusion.")
            if refund > 0
            else message("Staten giver {amount} mindre i refusion.")
        )
        said.append(t(more, amount=amount))
    if refund and asked.result.refund.by_rules(first):
        said.append(t("Kommunens egen udgift i alt: {net}.", net=asked.money(cost - saved - refund, signed=True)))
    budget = float(rows["budget"].sum())
    if abs(budget) > SMALL:
        moved = (
            message("Rammen er hævet med {amount}, som skal findes.") if budget > 0 else message("Rammen er sænket med {amount}.")
        )
        said.append(t(moved, amount=asked.money(abs(budget))))
    elsewhere = displaced_sentence(asked.result, asked.language, first)
    return [*said, elsewhere] if elsewhere else said


def _own_cost(asked: Asked) -> float:
    """What the measures themselves cost in the first year ahead, whatever they save in the same year."""
    scenario = asked.result.scenario
    bare = replace(scenario, levers=tuple(without_costs(lever) for lever in scenario.levers))
    if bare == scenario:
        return 0.0
    tables = (asked.result.effects, evaluate(asked.run.baseline, bare).effects)
    whole, less = (float(table.loc[table["year"] == asked.first_year, "effect"].sum()) for table in tables)
    return whole - less


def pays_back(asked: Asked) -> list[str]:
    """When what it costs is earned back."""
    t = asked.language.text
    if not asked.moved:
        return [t("Ingen skydere er flyttet, så der er intet at tjene hjem.")]
    if all(lever.of_kind.step == "refund" for lever in asked.moved):
        return [t("Udgiften og rammen er de samme; kun refusionen fra staten flytter sig."), t("Der er intet at tjene hjem.")]
    years = [(int(row.year), float(row.change_mean)) for row in rows_of(asked.totals)]
    if not years or asked.first_year is None:
        return _hidden(asked)
    running, sums = 0.0, []
    for year, change in years:
        running += change
        sums.append((year, running))
    last = sums[-1]
    if all(total > -SMALL for _, total in sums):
        said = t("Det tjener sig ikke hjem inden {year}.", year=last[0])
    elif any(total > SMALL for _, total in sums):
        done = max(year for year, total in sums if total > SMALL)
        said = t("Det har tjent sig hjem i {year}.", year=done + 1) if done < last[0] else t(
            "Det tjener sig ikke hjem inden {year}.", year=last[0])  # fmt: skip
    else:
        first = next(year for year, total in sums if total <= -SMALL)
        free = message("Det sparer fra {year}, og der skal ikke betales først.")
        said = t(message("Det sparer mere, end det koster, fra {year}.") if _own_cost(asked) > SMALL else free, year=first)
    total = t("Lagt sammen til og med {year}: {sum}.", year=last[0], sum=asked.money(last[1], signed=True))
    elsewhere = displaced_sentence(asked.result, asked.language, asked.first_year)
    return [said, total, elsewhere or t("Længere frem ser prognosen ikke.")]


def uncertain(asked: Asked) -> list[str]:
    """What is uncertain."""
    t = asked.language.text
    head = headline(asked.result, asked.year)
    if head is None:
        return _hidden(asked)
    say = (lambda value: deviation_text(asked.language, value)) if head.has_frame else asked.money
    said = [t("4 ud af 5 gange ender {year} mellem {low} og {high}.", year=asked.year, low=say(head.low), high=say(head.high))]
    open_ = [lever for lever in asked.moved if lever.has_interval and interval_text(lever, asked.language)]
    if open_:
        kroner = lever_spreads(asked.run.baseline, asked.result.scenario, asked.year)
        widest = max(open_, key=lambda lever: kroner[lever.lever_id])
        said.append(
            t("Mindst sikker er {lever}: {between}.", lever=marked_label(widest, asked.run, asked.language),
              between=interval_text(widest, asked.language))
        )  # fmt: skip
    return [*said, t("Nye love og en ny dyr sag kender prognosen ikke.")]


def last_time(asked: Asked) -> list[str]:
    """What was said last time, and what came."""
    t = asked.language.text
    source = record.default_source(asked.run)
    found = record.last_time(asked.run, source) if source else None
    if found is None:
        return [t("Der er endnu ingen tidligere prognose, som kan holdes op mod det, der kom.")]
    month = asked.language.month(found.cutoff.date())
    said = [
        t("Efter {month} ventede vi {forecast} for {n} måneder.", month=month, forecast=asked.money(found.forecast),
          n=found.months),
        t("Der kom {actual}.", actual=asked.money(found.actual)),
    ]  # fmt: skip
    share = asked.language.percent(abs(found.miss), decimals=1)
    said.append(t("Vi ramte {share} for højt.", share=share) if found.miss > 0 else t("Vi ramte {share} for lavt.", share=share))
    if source == record.REMADE:
        said.append(t("Prognosen er lavet bagefter, med det, man vidste da."))
    return said


def do_nothing(asked: Asked) -> list[str]:
    """What happens without the scenario."""
    t = asked.language.text
    rows = [row for row in rows_of(asked.totals) if row.year > asked.run.cutoff.year]
    framed = [row for row in rows if row.deviation_mean == row.deviation_mean]
    if framed:
        parts = _by_year(((row.year, row.deviation_mean) for row in framed), asked, signed=True)
        return [t("Gør vi intet, venter vi denne afvigelse: {parts}.", parts=parts), t("Plus er mere end rammen.")]
    parts = _by_year(((row.year, row.mean) for row in rows), asked, signed=False)
    return [t("Gør vi intet, venter vi at bruge: {parts}.", parts=parts)] if parts else _hidden(asked)


def _by_year(values: Iterable[tuple[int, float]], asked: Asked, *, signed: bool) -> str:
    return "; ".join(f"{year} {asked.money(value, signed=signed)}" for year, value in values)


def elderly(asked: Asked) -> list[str]:
    """How much is because of more elderly."""
    t = asked.language.text
    moved = drift_of(asked.run, "actual", *TOTAL)
    if moved is None or not moved.knows_ages:
        return [t("Det kan kørslen ikke sige: den kender ikke borgernes alder.")]
    whole = t("På et år er udgiften ændret {amount}.", amount=asked.money(moved.change, signed=True))
    return [whole, elderly_text(asked.language, moved)]


QUESTIONS = (
    Question("deviation", message("Afvigelse"), message("Hvad er afvigelsen?"), ("years",), deviation),
    Question("chance", message("Hvor sikkert"), message("Hvor sikkert holder vi rammen?"), ("years",), chance),
    Question("people", message("Hvem berøres"), message("Hvem bliver berørt?"), (), people),
    Question("may_we", message("Må vi det"), message("Må vi bestemme det?"), (), may_we),
    Question("cost_now", message("Koster nu"), message("Hvad koster det nu?"), ("levers",), cost_now),
    Question("pays_back", message("Tjent hjem"), message("Hvornår tjener det sig hjem?"), ("change",), pays_back),
    Question("uncertain", message("Usikkert"), message("Hvad er usikkert?"), ("years",), uncertain),
    Question("last_time", message("Sidste gang"), message("Hvad sagde vi sidst?"), (), last_time),
    Question("do_nothing", message("Uden indgreb"), message("Hvad sker der, hvis vi intet gør?"), ("years",), do_nothing),
    Question("elderly", message("Flere ældre"), message("Hvor meget skyldes flere ældre?"), ("ages",), elderly),
)  # fmt: skip


def question(key: str) -> Question:
    """One question by its key."""
    return next(item for item in QUESTIONS if item.key == key)
