"""Two worlds that every published table tells alike, and that differ in hidden services alone: no scenario may tell them apart.

In each frame with two services hidden by year, a part of the one's draws is moved to the other. Whoever evaluates a scenario
sees the same figures in both worlds, or the scenario tells more of the hidden services than the tables do.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.schema.published_providers import PROVIDER_KINDS
from models.investment.frozen import freeze
from models.investment.suggested import suggested_case
from models.investment.worth import value_case
from models.priority.option import Level, Option, Portfolio
from models.priority.prioritise import prioritise
from models.priority.reading import with_uniforms
from models.priority.suggested import suggested_portfolio
from models.scenario import ScenarioInvalid, build_baseline, citizens_affected, evaluate
from models.scenario.lever import Displacement, Lever
from models.scenario.offers import offers_of, variant_lever
from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.investment.case import Case
    from models.priority.prioritise import Prioritised
    from models.scenario import Baseline, ScenarioResult

MOVED_PART = 0.6


def hidden_pairs(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Two services of each frame, hidden by year."""
    years = tables["forecast_years"]
    hidden = set(years.loc[(years["level"] == "service") & (years["mask"] != ""), "member"].astype(str))
    inside = tables["services"][tables["services"]["service"].isin(sorted(hidden))].groupby("frame")["service"].agg(sorted)
    return [(found[0], found[1]) for found in inside if len(found) >= 2]


def two_worlds(tables: Mapping[str, pd.DataFrame]) -> tuple[Baseline, Baseline]:
    """The run with the pairs' postings and projections alike, and the same with cost moved from one to the other of each pair."""
    first, second = tables_of_worlds(tables)
    return build_baseline(first), build_baseline(second)


def tables_of_worlds(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Published tables of the two."""
    first = dict(tables)
    for one, other in hidden_pairs(tables):
        for name in ("accounting_weights", "variant_factors"):
            table = first[name]
            copied = table[table["service"] == one].assign(service=other)
            first[name] = pd.concat([table[table["service"] != other], copied], ignore_index=True)
    second = dict(first)
    for one, other in hidden_pairs(tables):
        draws = second["draws"].copy()
        month = draws["month"]
        at = {
            service: dict(zip(month[own], draws.index[own], strict=True))
            for service in (one, other)
            for own in [draws["service"] == service]
        }
        for column in ("gross_nominal", "volume"):
            values = draws[column].to_list()
            for when, source in at[one].items():
                amount, beside = values[source], values[at[other][when]]
                if np.ndim(amount) and np.ndim(beside):
                    values[source] = amount * (1.0 - MOVED_PART)
                    values[at[other][when]] = beside + amount * MOVED_PART
            draws[column] = values
        second["draws"] = draws
    return first, second


def scenarios_of(baseline: Baseline) -> list[Scenario]:
    """Each slider the run offers, as proposed and certain; pairs with the hidden services'; every variant; and, as a file may
    hold them, single hidden services, parts of the horizon, and help moved to and from hidden services."""
    levers = [offer.at(offer.settings[-1] or 1.0) for offer in offers_of(baseline) if not offer.reason]
    merged = [lever for lever in levers if lever.group == "oevrige"]
    found = [Scenario.of([lever]) for lever in levers]
    found += [Scenario.of([lever, other]) for lever in levers for other in merged if lever.lever_id != other.lever_id]
    found += [Scenario.of([lever]) for lever in map(variant_lever, baseline.variants) if lever is not None]
    shown = [key for key, is_shown in zip(baseline.services, baseline.shown, strict=True) if is_shown]
    month = f"{baseline.months[6]:%Y-%m}"
    found += [Scenario.of([lever, *beside]) for lever in _by_age(baseline) for beside in ([], merged[:1])]
    found += [Scenario.of([lever]) for lever in _dated_stays(baseline, shown, month)]
    for hidden in sorted(set(baseline.services) - set(shown)):
        one = {"lever_id": "en", "value": -10.0, "low": -10.0, "high": -10.0}
        found += [Scenario.of([Lever(kind=kind, services=(hidden,), **one)]) for kind in ("volume", "price")]
        found.append(Scenario.of([Lever(kind="volume", services=(hidden, shown[0]), **one)]))
        pair = {"lever_id": "om", "value": 5.0, "low": 5.0, "high": 5.0, "kind": "substitution"}
        found.append(Scenario.of([Lever(services=(hidden,), to_service=shown[0], **pair)]))
        found.append(Scenario.of([Lever(services=(shown[0],), to_service=hidden, **pair)]))
    found += _by_provider(baseline, shown) + _elsewhere(baseline, levers)
    one = {"lever_id": "del", "kind": "volume", "group": "oevrige", "value": -10.0, "low": -10.0, "high": -10.0}
    return [*found, Scenario.of([Lever(start=month, **one)]), Scenario.of([Lever(end=month, **one)])]


def _by_provider(baseline: Baseline, shown: list[str]) -> list[Scenario]:
    """Prices of every kind of provider and every two, of each service, whether the run shows the share or not."""
    hidden = sorted(set(baseline.services) - set(shown))
    kinds = [(kind,) for kind in PROVIDER_KINDS] + list(combinations(PROVIDER_KINDS, 2))
    one = {"lever_id": "slags", "kind": "price", "value": -10.0, "low": -10.0, "high": -10.0}
    whole = [Scenario.of([Lever(services=(key,), provider_types=named, **one)]) for key in (*shown, *hidden) for named in kinds]
    return whole + [Scenario.of([Lever(group="oevrige", provider_types=named, **one)]) for named in kinds]


def _elsewhere(baseline: Baseline, levers: list[Lever]) -> list[Scenario]:
    """Savings on masked services, and some others, that come back in each frame; and other refund rules beside them."""
    frames = [member for level, member in baseline.inside if level == "frame"]
    merged = [lever for lever in levers if lever.group == "oevrige"]
    moved = [replace(lever, value=-5.0, low=-5.0, high=-5.0) for lever in (*merged, *levers[:3])]
    back = [replace(lever, displacement=Displacement(purse="committee", share_pct=40.0, frame=frame))
            for lever in moved for frame in frames]  # fmt: skip
    rules = Lever(lever_id="regler", kind="refund_rules", value=10.0, low=10.0, high=10.0)
    return [Scenario.of([lever]) for lever in back] + [Scenario.of([rules, lever]) for lever in moved]


def _by_age(baseline: Baseline) -> list[Lever]:
    """Every band of every service that shows ages, by volume and by price; and one of a hidden service, which is refused."""
    one = {"value": -10.0, "low": -10.0, "high": -10.0}
    found = [
        Lever(lever_id="alder", kind=kind, services=(service,), age_bands=(band,), **one)
        for service, ages in baseline.ages.items()
        for band in ages.bands
        for kind in ("volume", "price")
    ]
    hidden = sorted(key for key, is_shown in zip(baseline.services, baseline.shown, strict=True) if not is_shown)
    return [*found, *(Lever(lever_id="alder", kind="volume", services=(key,), age_bands=("0+",), **one) for key in hidden[:1])]


def _dated_stays(baseline: Baseline, shown: list[str], month: str) -> list[Lever]:
    """Longer stays and fewer newcomers from a month on, of every service: hidden ones are refused."""
    hidden = sorted(set(baseline.services) - set(shown))
    one = {"value": -10.0, "low": -10.0, "high": -10.0, "start": month}
    kinds = ("duration_of_stay", "new_referrals")
    return [Lever(lever_id="ophold", kind=kind, services=(key,), **one) for key in [*shown, *hidden] for kind in kinds]


def told_apart(tables: Mapping[str, pd.DataFrame]) -> tuple[int, int, list[str]]:
    """Evaluate every scenario in both worlds.

    Returns:
        Scenarios evaluated, scenarios refused (in both), and those whose figures differ.
    """
    first, second = two_worlds(tables)
    done, refused, apart = 0, 0, []
    for scenario in scenarios_of(first):
        seen = [_seen(baseline, scenario) for baseline in (first, second)]
        if seen[0] is None or seen[1] is None:
            refused += 1
            apart += [] if seen[0] is seen[1] else [_name(scenario)]
        else:
            done += 1
            apart += [] if _alike(*seen) else [_name(scenario)]
    return done, refused, apart


def _name(scenario: Scenario) -> str:
    return " + ".join(f"{lever.kind} {lever.group or lever.frame or ','.join(lever.services)}" for lever in scenario.levers)


def _seen(baseline: Baseline, scenario: Scenario) -> tuple[ScenarioResult, pd.DataFrame] | None:
    try:
        result = evaluate(baseline, scenario)
    except ScenarioInvalid:
        return None
    return result, citizens_affected(baseline, scenario, min_citizens=5)


def _alike(first: tuple[ScenarioResult, pd.DataFrame], second: tuple[ScenarioResult, pd.DataFrame]) -> bool:
    pairs = [(first[0].members, second[0].members), (first[0].effects, second[0].effects), (first[1], second[1])]
    if first[0].refund.changes != second[0].refund.changes:
        return False
    for one, other in pairs:
        if list(one.columns) != list(other.columns) or len(one) != len(other):
            return False
        for column in one.columns:
            if one[column].dtype.kind == "f":
                if not np.allclose(
                    one[column],
                    other[column],
                    rtol=1e-7,
                    atol=1.0 if column in {"effect", "net", "displaced", "within"} else 1e-3,
                    equal_nan=True,
                ):
                    return False
            elif not one[column].equals(other[column]):
                return False
    return True


def choices_told_apart(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Weigh the suggested options, and one on the hidden services together, in both worlds: what of the answers differs."""
    first, second = two_worlds(tables)
    given = suggested_portfolio(first, "valg")
    one = Lever(lever_id="oevrige-fuld-0", kind="volume", group="oevrige", value=-5.0, low=-8.0, high=-2.0)
    hidden = Option(option_id="oevrige", name="Øvrige", levels=(Level(level_id="fuld", name="fuld", levers=(one,)),))
    options = (*given.options, hidden)
    portfolio = with_uniforms(Portfolio.of("valg", options, frames=given.frames, price_level=given.price_level))
    answers = [_answer(prioritise(baseline, portfolio, {})) for baseline in (first, second)]
    return [name for name in answers[0] if answers[0][name] != answers[1][name]]


def cases_told_apart(tables: Mapping[str, pd.DataFrame]) -> tuple[int, int, list[str]]:
    """Value a case on every service, and on each hidden one beside a shown one, in both worlds; and what a follow-up freezes.

    Returns:
        Cases valued, cases refused (in both), and what differs.
    """
    worlds = tables_of_worlds(tables)
    first, second = (build_baseline(world) for world in worlds)
    given = suggested_case(first, "sag")
    assert given is not None
    hidden = sorted({key for key, shown in zip(first.services, first.shown, strict=True) if not shown})
    named = [(key,) for key in first.services] + [(given.services[0], key) for key in hidden]
    done, refused, apart = 0, 0, []
    for services in named:
        case = replace(given, services=services)
        one, other = (_worth(baseline, case) for baseline in (first, second))
        done, refused = done + (one is not None), refused + (one is None)
        same = one is other if one is None or other is None else np.allclose(one, other, rtol=1e-9, atol=1e-3, equal_nan=True)
        apart += [] if same else [f"case on {' and '.join(services)}"]
    kept = [freeze(world, {}, run_id="run", price_level="nominal") for world in worlds]
    frozen = [np.concatenate([np.ravel(item.draws), np.ravel(item.unit_cost), np.ravel(item.volume)]) for item in kept]
    same = kept[0].services == kept[1].services and np.array_equal(*frozen, equal_nan=True)
    return done, refused, apart + ([] if same else ["what a follow-up freezes"])


def _worth(baseline: Baseline, case: Case) -> np.ndarray | None:
    """Every number of the answer; None where it is refused."""
    try:
        found = value_case(baseline, case)
    except ScenarioInvalid:
        return None
    numbers = [found.present, found.present_q10, found.present_q90, found.chance_positive, found.chance_in_council]
    numbers += [value for purse in found.purses for value in (purse.gains, purse.costs)]
    numbers += [value for swing in found.swings for value in (swing.at_low, swing.at_high)]
    return np.concatenate([found.net, found.net_q10, found.net_q90, found.change, numbers])


def _answer(found: Prioritised) -> dict[str, object]:
    """What the page and the file say, in whole kroner and thousandths."""
    options = [(row.option_id, row.level_id, round(row.saved_dkk), row.group, row.citizens and round(row.citizens, 3))
               for row in found.options]  # fmt: skip
    frames = [(row.member, row.year, round(row.deviation_mean), round(row.deviation_q90), round(row.probability_keeping, 3))
              for row in found.frames]  # fmt: skip
    curve = [(point.weight_pct, round(point.saved_dkk), point.chosen) for point in found.curve]
    return {"options": options, "frames": frames, "curve": curve, "saved": round(found.saved_dkk)}
