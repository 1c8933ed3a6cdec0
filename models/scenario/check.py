"""Whether one run can carry a scenario: names, months, data that its levers need, and nothing that gives few citizens away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.scenario.baseline import MERGED
from models.scenario.by_age import age_faults
from models.scenario.by_provider import provider_faults
from models.scenario.elsewhere import elsewhere_faults
from models.scenario.faults import WHOLE_YEARS, ScenarioFault, shown_value
from models.scenario.lever import month_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.scenario.baseline import Baseline
    from models.scenario.lever import Lever
    from models.scenario.scenario import Scenario

_MERGED_KINDS = ("volume", "price")
_FEW = "With few citizens a figure of its own could tell of someone"


def check_scenario(scenario: Scenario, baseline: Baseline) -> tuple[ScenarioFault, ...]:
    """Find everything in a scenario that a run can't carry.

    Args:
        scenario: As read, or as made.
        baseline: The run.

    Returns:
        Faults in the order of the levers; none: it can be evaluated.
    """
    found = _Found()
    if scenario.run_id and baseline.run_id and scenario.run_id != baseline.run_id:
        remedy = "Open the run it is pinned to, or take the pin out and evaluate it anew"
        found.add("run", "run_id", scenario.run_id, "The scenario is pinned to another run", "Its figures belong there", remedy)
    if scenario.price_level and scenario.price_level != baseline.price_level:
        what, why = "The scenario's amounts are at another price level", "Kroner of two levels can't be added"
        remedy = f"State the amounts at {baseline.price_level}, and price_level too"
        found.add("price_level", "price_level", scenario.price_level, what, why, remedy)
    for place, lever in enumerate(scenario.levers):
        _check_lever(found, f"levers[{place}]", lever, baseline)
        found.faults += second_population(f"levers[{place}]", lever, scenario.levers[:place])
    return tuple(found.faults)


def second_population(where: str, lever: Lever, before: Sequence[Lever]) -> list[ScenarioFault]:
    """That a population is chosen twice: each is a forecast of everybody, so their effects can't be multiplied.

    The run's own population, chosen as a variant, is no second one: it moves nothing.
    """
    if lever.kind != "population_variant" or lever.is_neutral:
        return []
    if not any(other.kind == lever.kind and not other.is_neutral for other in before):
        return []
    what, why = "A population variant is chosen already", "Everybody would be counted by two forecasts"
    return [ScenarioFault("two_populations", f"{where}.variant", shown_value(lever.variant), what, why, "Keep one of the two")]


class _Found:
    def __init__(self) -> None:
        self.faults: list[ScenarioFault] = []

    def add(self, code: str, where: str, value: object, what: str, why: str, remedy: str) -> None:
        self.faults.append(ScenarioFault(code, where, shown_value(value), what, why, remedy))


def _check_lever(found: _Found, where: str, lever: Lever, baseline: Baseline) -> None:
    about = lever.of_kind
    numbers = (lever.low, lever.value, lever.high)
    if not all(about.low <= number <= about.high for number in numbers) or not lever.low <= lever.value <= lever.high:
        what = f"The lever's interval must hold its value and lie within {about.low:g} to {about.high:g}"
        found.add("out_of_range", f"{where}.value", lever.value, what, "Nothing beyond can be true", "Correct the numbers")
        return
    before = len(found.faults)
    _check_names(found, where, lever, baseline)
    _check_months(found, where, lever, baseline)
    if lever.group == MERGED:
        _check_merged(found, where, lever)
    found.faults += elsewhere_faults(where, lever, baseline)
    if len(found.faults) == before:
        found.faults += [*provider_faults(where, lever, baseline), *age_faults(where, lever, baseline)]
        _check_data(found, where, lever, baseline)


def _check_names(found: _Found, where: str, lever: Lever, baseline: Baseline) -> None:
    shown = {key for key, is_shown in zip(baseline.services, baseline.shown, strict=True) if is_shown}
    named = [(f"{where}.services[{place}]", key) for place, key in enumerate(lever.services)]
    named += [(f"{where}.to_service", lever.to_service)] if lever.to_service else []
    for spot, key in named:
        if key not in baseline.services:
            why = "It may have ended, or belong to another run"
            found.add("unknown_service", spot, key, "This run has no such service", why, f"Use one of {sorted(shown)}")
        elif key not in shown:
            remedy = f"Move all such services together: group '{MERGED}'"
            found.add("few_citizens", spot, key, "This service can't be moved by itself", _FEW, remedy)
    if lever.to_service and lever.to_service in lever.services:
        what, why = "A service can't take over from itself", "Nothing would move"
        found.add("services", f"{where}.to_service", lever.to_service, what, why, "Name another service")
    if lever.group and lever.group not in {group.key for group in baseline.groups}:
        what, remedy = (
            "The scenario names a group that this run has not",
            f"Use one of {[group.key for group in baseline.groups]}",
        )
        found.add("unknown_group", f"{where}.group", lever.group, what, "Nothing can be moved", remedy)
    if lever.variant and lever.variant not in baseline.variants:
        what = "The scenario names a population variant that this run has not"
        remedy = f"Use one of {list(baseline.variants)}"
        found.add("unknown_variant", f"{where}.variant", lever.variant, what, "Nothing can be moved", remedy)
    frames = sorted(member for level, member in baseline.inside if level == "frame")
    if lever.frame and (lever.frame not in frames or not baseline.has_frames):
        what = "This run has no such frame, or does not show it"
        found.add("unknown_frame", f"{where}.frame", lever.frame, what, "No appropriation is moved", f"Use one of {frames}")


def _check_months(found: _Found, where: str, lever: Lever, baseline: Baseline) -> None:
    last = len(baseline.months) - 1
    for name, text in (("start", lever.start), ("end", lever.end)):
        if text and not 0 <= month_number(text, baseline.first) <= last:
            ends = f"{baseline.months[0]:%Y-%m} to {baseline.months[-1]:%Y-%m}" if last >= 0 else "no month"
            what = f"The month lies outside the run's horizon, {ends}"
            found.add(
                "outside_horizon", f"{where}.{name}", text, what, "It would change nothing, or the past", "Choose a month inside"
            )

    moves_some = lever.end or lever.ramp != "step" or lever.ramp_months
    begins = lever.start and lever.kind != "price_index"
    if not lever.of_kind.dated and (moves_some or begins):
        what = "This lever moves whole years, so it takes no ramp, and no months between which it acts"
        found.add("undated", f"{where}.start", lever.start, what, WHOLE_YEARS, "Leave start, end and ramp out")
    elif not lever.of_kind.dated and lever.start and not lever.start.endswith("-01"):
        found.add("new_year", f"{where}.start", lever.start, "This changes at New Year", WHOLE_YEARS, "Let it start in a January")


def _check_merged(found: _Found, where: str, lever: Lever) -> None:
    if lever.kind not in _MERGED_KINDS:
        what = f"Services with few citizens can be moved by {' and '.join(_MERGED_KINDS)} only"
        found.add("few_citizens", f"{where}.kind", lever.kind, what, _FEW, "Use one of these kinds, or other services")
    if lever.start or lever.end or lever.ramp_months:
        what = "Services with few citizens are moved over the whole horizon"
        found.add("few_citizens", where, lever.start, what, _FEW, "Leave start, end and ramp out")


def _check_data(found: _Found, where: str, lever: Lever, baseline: Baseline) -> None:
    services = baseline.members_of(lever)
    needs = lever.of_kind.needs
    if lever.to_service:
        services = np.append(services, baseline.services.index(lever.to_service))
    needs_volume = (
        needs in {"volume", "known_months", "stay_response"} or lever.option("running_cost_dkk_per_citizen_year", 0.0) > 0
    )
    volume = baseline.volume_mean[services]
    if needs_volume and not (np.isfinite(volume).all() and (volume > 0).all()):
        what, remedy = "The run does not know how many citizens these services have", "Use volume or price"
        found.add("no_volume", where, lever.kind, what, "It is counted in citizens", remedy)
    answers = baseline.answers
    if needs == "stay_response" and not answers.holds(lever, services):
        what = "The run does not publish how long stays last in these services, or too few end to tell of"
        found.add("no_stays", where, lever.kind, what, "Longer stays can't be worked out", "Use volume, or other services")
    if needs == "refund_response" and baseline.refund.response is None:
        what, why = "The run does not publish how its refund answers to prices", "Other rules are worked out from that answer"
        found.add("no_refund_response", where, lever.kind, what, why, "Leave it out, or use a run that follows known citizens")
    known = answers.holds(lever, services) if answers.change and needs == "known_months" else True
    if needs == "known_months" and not (known and (answers.change or np.isfinite(baseline.inflow[services]).all())):
        what = "The run does not publish who of the expected citizens are new"
        found.add(
            "no_newcomers", where, lever.kind, what, "New citizens can't be told from those known", "Use volume, or a newer run"
        )
    if lever.kind == "bringing_home" and len(services):
        smallest = float(volume.min())
        if lever.option("places") > smallest:
            what, why = "More places are brought home than there are citizens", "Nobody is left to move"
            found.add("too_many_places", f"{where}.options.places", lever.option("places"), what, why, "Choose fewer places")
    if lever.kind == "bringing_home" and len(services) > 1:
        found.add("services", where, len(services), "Bringing home acts on one service", "A place has one price", "Name one")
    if not len(services) and lever.of_kind.acts_on == "services":
        found.add("no_services", where, "", "The lever moves no service of this run", "It would change nothing", "Name others")
