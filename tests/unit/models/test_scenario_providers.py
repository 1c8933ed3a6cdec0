"""Price by kind of provider: its share of a service's price, worked out by hand; and what a run can't carry."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import published_example as example
import pytest

from data.schema.published_providers import PROVIDER_KINDS
from models.scenario import (
    Baseline,
    Lever,
    Scenario,
    ScenarioInvalid,
    build_baseline,
    check_scenario,
    evaluate,
    find_overlaps,
    offers_of,
    read_scenario,
)
from models.scenario.baseline import MERGED
from models.scenario.by_provider import offered_kinds, price_classes, provider_remarks
from models.scenario.offers import moved, own_ids, provider_offer
from models.view.language import Language
from models.view.provider_tables import services_table
from models.view.scenario_words import lever_sentence, overlap_sentences

if TYPE_CHECKING:
    from models.view.run import RunView

HOME = "laengerevarende_botilbud"


def price(lever_id: str, value: float, *kinds: str, service: str = HOME) -> Lever:
    return Lever(lever_id=lever_id, kind="price", services=(service,), provider_types=kinds, value=value, low=value, high=value)


def change(baseline: Baseline, *levers: Lever) -> np.ndarray:
    members = evaluate(baseline, Scenario.of(levers)).members
    return members[members["level"] == "total"]["change_mean"].to_numpy()


def whole(baseline: Baseline) -> np.ndarray:
    place = baseline.services.index(HOME)
    return baseline.share[place] @ baseline.monthly_mean[place]


def test_a_kind_of_provider_moves_its_share_of_the_price(baseline: Baseline) -> None:
    assert baseline.providers[HOME] == {"own": 0.6, "private": 0.4}
    assert change(baseline, price("a", -10.0, "private")) == pytest.approx(-0.1 * 0.4 * whole(baseline))
    assert change(baseline, price("a", -10.0, "own", "private")) == pytest.approx(change(baseline, price("a", -10.0)))


def test_different_kinds_add_and_the_same_kind_multiplies(baseline: Baseline) -> None:
    apart = change(baseline, price("a", -10.0, "private"), price("b", -20.0, "own"))
    assert apart == pytest.approx(-(0.1 * 0.4 + 0.2 * 0.6) * whole(baseline))
    twice = change(baseline, price("a", -10.0, "private"), price("b", -20.0, "private"))
    assert twice == pytest.approx(0.4 * (0.9 * 0.8 - 1.0) * whole(baseline))
    over = change(baseline, price("a", -10.0, "private"), price("b", -20.0))
    assert over == pytest.approx((0.6 * 0.8 + 0.4 * 0.9 * 0.8 - 1.0) * whole(baseline))


def test_effects_are_the_mean_over_all_orders(baseline: Baseline) -> None:
    levers = [price("a", -10.0, "private"), price("b", -20.0, "own", "private"), price("c", 15.0)]
    expected = dict.fromkeys("abc", np.zeros(len(baseline.years)))
    for order in permutations(levers):
        before = np.zeros(len(baseline.years))
        for place, lever in enumerate(order):
            after = change(baseline, *order[: place + 1])
            expected[lever.lever_id] = expected[lever.lever_id] + (after - before) / 6.0
            before = after
    effects = evaluate(baseline, Scenario.of(levers)).effects
    for lever_id, values in expected.items():
        assert effects[effects["lever_id"] == lever_id]["effect"].to_numpy() == pytest.approx(values, abs=1.0)


def test_it_meets_substitution_and_volume(baseline: Baseline) -> None:
    """Those who come to a service pay its mix of providers."""
    sub = Lever(
        lever_id="s", kind="substitution", services=("midlertidigt_botilbud",), to_service=HOME, value=5.0, low=5.0, high=5.0
    )
    alone, both = change(baseline, sub), change(baseline, sub, price("a", -10.0, "private"))
    came = evaluate(baseline, Scenario.of([sub, price("a", -10.0)])).members
    full = came[came["level"] == "total"]["change_mean"].to_numpy()
    assert both - alone == pytest.approx(0.4 * (full - alone))


def test_draws_move_with_their_interval_and_neutral_is_neutral(baseline: Baseline) -> None:
    neutral = evaluate(baseline, Scenario.of([price("a", 0.0, "private")])).members
    assert neutral["mean"].to_numpy().tobytes() == neutral["mean_scenario"].to_numpy().tobytes()
    unsure = Scenario.of([replace(price("a", -10.0, "private"), low=-30.0, high=0.0), price("b", -2.0, "own")])
    found, again = evaluate(baseline, unsure), evaluate(baseline, read_scenario(unsure.to_json()))
    assert found.members.equals(again.members)
    total = found.members[found.members["level"] == "total"]
    assert (total["q10_scenario"] < total["mean_scenario"]).all()


def test_a_part_of_the_price_belongs_to_each_set_of_levers() -> None:
    shares = {"own": 0.5, "private": 0.3, "region": 0.2}
    found = price_classes(shares, {1: ("private", "region"), 4: ("region",)})
    assert [acting for _, acting in found] == [frozenset(), frozenset({1}), frozenset({1, 4})]
    assert [share for share, _ in found] == pytest.approx([0.5, 0.3, 0.2])
    assert price_classes(shares, {1: ("own", "private", "region")}) == ((1.0, frozenset({1})),)


def test_only_shares_that_are_shown_may_be_named() -> None:
    tables = example.frames()
    types = tables["provider_types"]
    own = (types["member"] == HOME) & (types["provider_type"] == "private")
    hidden = types.assign(mask=types["mask"].where(~own, "primary"), cost_share=types["cost_share"].where(~own))
    few = build_baseline(tables | {"provider_types": hidden})
    assert (HOME, "private") not in {(service, kind) for service, kind, _ in offered_kinds(few)}
    for baseline, lever, code in (
        (few, price("a", -1.0, "private"), "few_citizens"),
        (few, price("a", -1.0, "own", "private"), "few_citizens"),
        (few, price("a", -1.0, "region"), "no_such_provider"),
        (few, price("a", -1.0, "own", service="ledsageordning"), "few_citizens"),
        (few, replace(price("a", -1.0, "own"), services=(), group=MERGED), "no_providers"),
        (few, replace(price("a", -1.0, "own"), kind="rate_model"), "unknown_key"),
        (build_baseline({n: t for n, t in tables.items() if n != "provider_types"}), price("a", -1.0, "own"), "no_providers"),
    ):
        assert code in {fault.code for fault in check_scenario(Scenario.of([lever]), baseline)}
        with pytest.raises(ScenarioInvalid, match="What to do"):
            evaluate(baseline, Scenario.of([lever]))
    assert not check_scenario(Scenario.of([price("a", -1.0, "own")]), few)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"provider_types": ["mars"]}, "provider"), ({"provider_types": "own"}, "type"),
     ({"provider_types": ["own", "own"]}, "twice"), ({"kind": "volume", "provider_types": ["own"]}, "unknown_key")],
)  # fmt: skip
def test_a_file_names_kinds_that_there_are(changed: dict[str, object], code: str) -> None:
    lever = {"id": "a", "kind": "price", "services": [HOME], "value": -1.0} | changed
    with pytest.raises(ScenarioInvalid) as refused:
        read_scenario(json.dumps({"schema_version": 3, "levers": [lever]}))
    assert code in {fault.code for fault in refused.value.faults}


def test_a_scenario_is_written_in_the_oldest_version_that_holds_it() -> None:
    old, new = Scenario.of([price("a", -1.0)]), Scenario.of([price("a", -1.0, "own")])
    assert (old.to_dict()["schema_version"], new.to_dict()["schema_version"]) == (2, 3)
    assert read_scenario(new.to_json()) == new
    assert read_scenario(old.to_json().replace('"schema_version": 2', '"schema_version": 3')).scenario_id == old.scenario_id


def test_the_page_offers_each_shown_kind_and_says_its_share(run: RunView, baseline: Baseline) -> None:
    offered = offered_kinds(baseline)
    assert (HOME, "private", 0.4) in offered
    assert {service for service, *_ in offered} <= {
        key for key, shown in zip(baseline.services, baseline.shown, strict=True) if shown
    }
    offer = provider_offer(HOME, "private", baseline)
    assert not offer.reason
    scenario = moved(Scenario(), offer, -2.0)
    assert moved(scenario, offer, 0.0).holds(offer.lever_id), "its slider stays"
    assert own_ids(scenario, offers_of(baseline)) == scenario
    said = lever_sentence(scenario.levers[0], run, Language("da"))
    assert "(private)" in said
    assert "40 % af Længerevarende botilbud (del af udgiften i de nyeste 12 måneder)" in said
    assert "40% of laengerevarende_botilbud" in provider_remarks(baseline, scenario)[0]


def test_levers_on_other_kinds_of_provider_do_not_overlap(run: RunView, baseline: Baseline) -> None:
    assert not find_overlaps(baseline, Scenario.of([price("a", -1.0, "private"), price("b", -1.0, "own")]))
    assert find_overlaps(baseline, Scenario.of([price("a", -1.0, "private"), price("b", -1.0)]))
    scenario = Scenario.of([price(name, -1.0) for name in "abc"])
    found = find_overlaps(baseline, scenario)
    assert len(found) == 3
    told = [overlap_sentences(found, scenario, run, Language("da"), most=most) for most in (1, 2, 3)]
    assert [len(lines) for lines in told] == [2, 3, 3], "each is named, or that there are more"
    assert told[0][-1] == "2 andre par rammer også den samme hjælp."
    assert told[1][-1] == "1 par til rammer også den samme hjælp."
    assert PROVIDER_KINDS == ("own", "municipality", "region", "private")


def test_kinds_that_the_run_shows_as_one_are_moved_together_or_not_at_all(run: RunView, baseline: Baseline) -> None:
    assert ("bostoette", "region+private", 0.4) in offered_kinds(baseline)
    both = price("a", -10.0, "private", "region", service="bostoette")
    place = baseline.services.index("bostoette")
    assert change(baseline, both) == pytest.approx(-0.1 * 0.4 * (baseline.share[place] @ baseline.monthly_mean[place]))
    (fault,) = check_scenario(Scenario.of([price("a", -1.0, "private", service="bostoette")]), baseline)
    assert fault.code == "few_citizens"
    offer = provider_offer("bostoette", "region+private", baseline)
    assert offer.lever.provider_types == ("region", "private")
    assert not offer.reason
    assert price_classes({"own": 0.6, "region+private": 0.4}, {2: ("region", "private")}) == (
        (0.6, frozenset()),
        (0.4, frozenset({2})),
    )
    table = services_table(Language("da"), run, ["bostoette"], "")
    assert table is not None
    assert table.rows[-1][1:4] == ("Regioner og private", "1.200", "40 %")
