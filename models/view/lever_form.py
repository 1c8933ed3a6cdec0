"""The form of one lever: how its numbers are written into fields, read back, checked like a file, and refused in words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.scenario import Lever, ScenarioInvalid, check_scenario, read_scenario
from models.scenario.by_age import offered_ages
from models.scenario.lever import OWN_PURSES
from models.view.language import MILLION, message
from models.view.levers import read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.reference.lever_catalogue import LeverKind
    from models.scenario import Baseline, Scenario, ScenarioFault
    from models.view.language import Language

_OPTIONS = {
    "marginal_share_pct": message("Del af prisen, der spares, når én færre får hjælp, procent"),
    "relative_cost_pct": message("Pris for dem, det rammer, mod gennemsnittet, procent"),
    "relative_cost_to_pct": message("Pris i det nye tilbud mod gennemsnittet, procent"),
    "lag_months": message("Måneder til første virkning"),
    "probability_pct": message("Chance for, at det virker, procent"),
    "cost_dkk_per_year": message("Udgift om året, mio. kr."),
    "cost_months": message("Måneder, det koster"),
    "running_cost_dkk_per_citizen_year": message("Drift pr. borger om året, kr."),
    "investment_dkk": message("Anlæg, mio. kr."),
    "places": message("Pladser"),
    "places_filled_pct": message("Ledige pladser, der fyldes som hidtil, procent"),
    "refund_rate_pct": message("Ændring af refusionens satser, procent"),
    "vacancy_pct": message("Tomme pladser, procent"),
}
_IN_MILLIONS = ("cost_dkk_per_year", "investment_dkk")
_GRADES = {
    "official": message("officielt tal"),
    "statistics": message("statistik"),
    "agreed elsewhere": message("aftalt andre steder"),
    "trial": message("forsøg"),
    "single case": message("ét enkelt tilfælde"),
    "inference": message("slutning"),
    "thin": message("tyndt belæg"),
    "none": message("intet belæg set"),
}
_FAULTS = {
    "not_a_number": message("Et felt er ikke et tal. Skriv for eksempel −2,5."),
    "interval": message("Intervallet vender forkert, eller det rummer ikke skyderens værdi."),
    "out_of_range": message("Et tal er uden for det, der kan være rigtigt."),
    "cpr": message("Teksten rummer noget, der ligner et cpr-nummer. Skriv det om; intet er gemt."),
    "unsafe_text": message("Teksten rummer tegn, som et regneark eller en side kan misforstå. Skriv den med almindelige ord."),
    "too_long": message("Teksten er for lang."),
    "purse": message("En ramme kan kun nævnes ved en paragraf, skolerne eller et udvalg: andre betaler ikke over den."),
    "new_year": message("Det skifter ved nytår: lad det begynde i en januar."),
    "outside_horizon": message("Måneden ligger uden for kørslens måneder."),
    "too_many_places": message("Der er flere pladser, end der er borgere."),
    "age_bands": message("Aldersgruppen vises ikke for alle de ydelser, skyderen flytter. Vælg en anden, eller alle aldre."),
}


_NOT_BY_AGE = {
    "new_referrals": message("Alder kan ikke vælges: kørslen viser borgere efter alder, men ikke hvor gamle de nye er."),
    "duration_of_stay": message(
        "Alder kan ikke vælges: kørslen viser borgere efter alder, men ikke hvor længe forløb varer i hver."
    ),
    "bringing_home": message("Alder kan ikke vælges: det er pladser, der flyttes hjem, og en plads har én pris."),
}


def option_label(name: str, language: Language) -> str:
    """What a further number of a lever is called."""
    return language.text(_OPTIONS[name])


def option_text(lever: Lever, name: str, language: Language) -> str:
    """A further number as its field shows it."""
    value = lever.option(name)
    return language.number(value / MILLION, decimals=2) if name in _IN_MILLIONS else _short(value, language)


def plain(about: LeverKind, value: float, language: Language) -> str:
    """A value of the lever as a field shows it: per cent, or millions."""
    return language.number(value / MILLION, decimals=2) if about.unit == "dkk_per_year" else _short(value, language)


def _short(value: float, language: Language) -> str:
    return language.number(value, decimals=0 if value == round(value) else 2)


def is_dated(lever: Lever, baseline: Baseline) -> bool:
    """Whether the lever may begin in a month of its own: never where few citizens stand behind it."""
    merged = any(group.merged and group.key == lever.group for group in baseline.groups)
    return lever.of_kind.dated and not merged and len(baseline.months) > 0


def start_choices(lever: Lever, baseline: Baseline) -> list[str]:
    """Months in which it may begin, YYYY-MM, its own among them; empty: the first month ahead."""
    months = [f"{month:%Y-%m}" for month in baseline.months if month.month == 1 or not lever.of_kind.at_new_year]
    return ["", *sorted({*months, *([lever.start] if lever.start else [])})]


def end_choices(lever: Lever, baseline: Baseline) -> list[str]:
    """Last months it may act in, YYYY-MM, its own among them; empty: it goes on."""
    return ["", *sorted({*(f"{month:%Y-%m}" for month in baseline.months), *([lever.end] if lever.end else [])})]


def age_choices(lever: Lever, baseline: Baseline) -> tuple[str, ...]:
    """Ages that a lever may be kept to: all of them (empty), and each that every service it moves shows; no choice for several.

    Example:
        >>> age_chosen(Lever(lever_id="a", kind="price", age_bands=("18-22",)))
        '18-22'
    """
    offered, own = offered_ages(baseline, lever), age_chosen(lever)
    if not offered or len(lever.age_bands) > 1:
        return ("",)
    return ("", *offered, *([own] if own and own not in offered else []))


def age_note(lever: Lever, baseline: Baseline, language: Language) -> str:
    """Why no age can be chosen of a lever on services; empty where one can, or where it acts on no services."""
    if lever.of_kind.acts_on != "services" or len(age_choices(lever, baseline)) > 1 or lever.age_bands:
        return ""
    few = message("Alder kan ikke vælges: kørslen viser ikke indsatserne efter de samme aldre, eller for få er i hver.")
    return language.text(_NOT_BY_AGE.get(lever.kind, few))


def age_chosen(lever: Lever) -> str:
    """The one span of ages it acts on; empty: all, or several."""
    return lever.age_bands[0] if len(lever.age_bands) == 1 else ""


def with_details(
    scenario: Scenario, lever: Lever, typed: Mapping[str, object], baseline: Baseline, language: Language
) -> tuple[Scenario, tuple[ScenarioFault | str, ...]]:
    """The scenario with what was typed about one lever; checked as a file is.

    Args:
        scenario: As it stands.
        lever: The lever as it stands.
        typed: Field -> text.
        baseline: The run.
        language: How numbers are written.

    Returns:
        The new scenario, or the old one with the faults (``not_a_number``: a field that is none).
    """
    fields = _Fields(lever, typed, language)
    told = fields.told()
    if fields.faults:
        return scenario, tuple(dict.fromkeys(fields.faults))
    others = [other.to_dict() for other in scenario.levers if other.lever_id != lever.lever_id]
    try:
        made = read_scenario(json.dumps(scenario.to_dict() | {"levers": [*others, told]}, ensure_ascii=False))
    except ScenarioInvalid as error:
        return scenario, error.faults
    found = check_scenario(made, baseline)
    return (scenario, found) if found else (made, ())


@dataclass
class _Fields:
    """What was typed about one lever, on its way to what a scenario file says of it."""

    lever: Lever
    typed: Mapping[str, object]
    language: Language
    faults: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """The lever as a file has it."""
        lever, about = self.lever, self.lever.of_kind
        told = lever.to_dict()
        for name in ("start", "ramp", "displacement", "options"):
            told.pop(name, None)
        own = MILLION if about.unit == "dkk_per_year" else 1.0
        for name, old in (("low", lever.low), ("high", lever.high)):
            told[name] = (
                old if name not in self.typed else self._number(name, own, shown=plain(about, old, self.language), old=old)
            )
        told |= {"value": lever.value} | self._pace() | self._elsewhere()
        if "end" in self.typed:
            told |= {"end": self.typed["end"]}
        if "age_bands" in self.typed:
            told.pop("age_bands", None)
            told |= {"age_bands": [self.typed["age_bands"]]} if self.typed["age_bands"] else {}
        if options := self._options():
            told["options"] = options
        if told["low"] == told["high"]:
            told.pop("uniform", None)
        return told | {name: str(self.typed.get(name, "")).strip() for name in ("rationale", "author")}

    def _options(self) -> dict[str, float]:
        """Further numbers that are not at the catalogue's default."""
        found = {}
        for option in self.lever.of_kind.options:
            shown, old = option_text(self.lever, option.name, self.language), self.lever.option(option.name)
            value = self._number(option.name, MILLION if option.name in _IN_MILLIONS else 1.0, shown=shown, old=old)
            if value != option.default:
                found[option.name] = value
        return found

    def _pace(self) -> dict[str, Any]:
        """Start and ramp, where the lever may have them."""
        if "start" not in self.typed:
            return {}
        start = {"start": self.typed["start"]} if self.typed["start"] else {}
        if "ramp" not in self.typed:
            return start | (
                {"ramp": {"shape": self.lever.ramp, "months": self.lever.ramp_months}} if self.lever.ramp_months else {}
            )
        months = self._number("ramp_months", 1.0, shown=str(self.lever.ramp_months), old=float(self.lever.ramp_months))
        ramps = self.typed["ramp"] != "step" and months > 0
        return start | ({"ramp": {"shape": self.typed["ramp"], "months": round(months)}} if ramps else {})

    def _elsewhere(self) -> dict[str, Any]:
        """The expected rise elsewhere; its name stays while its purse does."""
        if "purse" not in self.typed:
            return {name: value for name, value in self.lever.to_dict().items() if name == "displacement"}
        frame, before = self.typed.get("frame"), self.lever.displacement
        purse = self.typed.get("purse") or ("committee" if frame else "")
        if not purse:
            return {}
        name = before.name if before is not None and before.purse == purse else ""
        told = {"purse": purse, "name": name, "share_pct": self._number("share_pct", 1.0)}
        if frame and purse not in OWN_PURSES:
            self.faults.append("purse")
        return {"displacement": told | ({"frame": frame} if frame else {})}

    def _number(self, name: str, scale: float, *, shown: str = "", old: float = 0.0) -> float:
        """A number; a field that was left as it was shown keeps its value to the last digit."""
        text = str(self.typed.get(name, "")).strip()
        if shown and text == shown:
            return old
        found = read_number(text, self.language)
        if found is None:
            self.faults.append("not_a_number")
            return 0.0
        return found * scale


def fault_text(fault: ScenarioFault | str, language: Language) -> str:
    """What is wrong with the form, and what to do."""
    if not isinstance(fault, str) and fault.where.endswith(".end") and fault.code == "interval":
        return language.text("Skyderen slutter, før den begynder.")
    code = fault if isinstance(fault, str) else fault.code
    return language.text(_FAULTS.get(code, message("Noget i felterne passer ikke sammen. Ret dem, eller luk uden at gemme.")))


def source_text(about: LeverKind, language: Language) -> str:
    """Where the proposal and the range come from, and how good the evidence is."""
    value = next((item for item in about.numbers if item.name == "value"), None)
    if value is None:
        return ""
    grade = language.text(_GRADES[value.grade])
    source = language.text("opdrifts eget forslag") if value.source.startswith("opdrift's") else value.source
    said = language.text("Forslag og spænd: {source} ({year}), {grade}", source=source, year=value.dated, grade=grade)
    return said if value.verified else said + language.text(", ikke verificeret")
