"""Scenarios at the edge: files, stored ones by their content, and what is told of an evaluation (``docs/schemas``)."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from data.errors import NoPublishedRun, WrongUse
from data.mart import Mart
from data.scenario_store import DRAFT_ID, MOST_BYTES, STORED_ID, keep_scenario, read_stored, stored_ids
from flows.named_file import read_named
from flows.origins import origins
from flows.scenario_change import forecast_splits
from models.scenario import (
    Baseline,
    Goal,
    Scenario,
    ScenarioFault,
    ScenarioInvalid,
    ScenarioResult,
    build_baseline,
    citizens_affected,
    compare,
    evaluate,
    find_overlaps,
    goal_seek,
    read_kept,
    read_scenario,
)
from models.scenario.by_provider import provider_remarks
from models.scenario.today import DATA_HOLDS_MODEL, MODEL_HOLDS_DATA, ForecastSplit, today, with_splits

if TYPE_CHECKING:
    import pandas as pd

    from data.settings import Paths, Settings
    from models.scenario import Lever
    from models.scenario.today import YearThenAndNow

_TOLD = 5_000
"""Smaller changes of the refund are 0.00 million in words."""
NEEDED = (
    "run_record", "services", "forecast_years", "actual_years", "forecast_months", "actual_months", "accounting_fixed", "draws",
    "variant_factors", "accounting_weights", "frame_outlook",
)  # fmt: skip
_NOTES = {
    MODEL_HOLDS_DATA: " (the model is not measured: what new data did to uptake and cost stands under it)",
    DATA_HOLDS_MODEL: " (other settings of the model stand under data: nothing tells them apart)",
}
IF_THERE = ("known_months", "uniforms", "refund_response", "provider_types", "stay_response", "age_shares")
"""Tables that older runs have not."""


def open_scenario(paths: Paths, named: str) -> Scenario:
    """Read a scenario by file name or by the id of a stored one.

    Raises:
        ScenarioInvalid: It does not hold; with every fault.
        WrongUse: There is no such file or stored scenario, or it can't be read.
    """
    if STORED_ID.fullmatch(named):
        return read_kept(read_stored(paths, named), named)
    remedy = "'opdrift scenario list' names the stored ones; else give a file"
    if DRAFT_ID.fullmatch(named):
        what, why = "That is the link of a draft", "It is someone's unfinished work on a page"
        raise WrongUse(what, where=named, why=why, remedy="Open it on the page Scenarier, and keep it there")
    return read_scenario(read_named(named, most_bytes=MOST_BYTES, remedy=remedy))


def list_scenarios(paths: Paths) -> dict[str, Any]:
    """The stored scenarios by id, and the example files beside the documents are not among them."""
    found, broken = [], []
    for scenario_id in stored_ids(paths):
        try:
            scenario = open_scenario(paths, scenario_id)
        except WrongUse:
            broken.append(f"{scenario_id}.json")
            continue
        told = {"scenario_id": scenario_id, "name": scenario.name, "run_id": scenario.run_id or None}
        found.append(told | {"levers": len(scenario.levers)})
    return {"scenarios": found, "broken": broken}


def load_baseline(paths: Paths, scenario: Scenario) -> Baseline:
    """The run a scenario is pinned to, or the newest.

    Raises:
        ScenarioInvalid: The run it is pinned to is no longer published.
        NoPublishedRun: Nothing is published.
    """
    try:
        mart = Mart.open(paths, scenario.run_id or None)
    except NoPublishedRun:
        if not scenario.run_id:
            raise
        what, why = "The run the scenario is pinned to is no longer published", "Its figures can't be shown again"
        fault = ScenarioFault("run", "run_id", scenario.run_id, what, why, "Take run_id out to see what it would say today")
        raise ScenarioInvalid.of([fault]) from None
    return baseline_of(mart)


def baseline_of(mart: Mart) -> Baseline:
    """The baseline of a published run."""
    with mart.held():
        tables = {name: mart.table(name) for name in (*NEEDED, *filter(mart.has, IF_THERE))}
    return build_baseline(tables)


def evaluate_scenario(settings: Settings, named: str, *, store: bool = False) -> dict[str, Any]:
    """Evaluate a scenario on its run; by ``docs/schemas/scenario_evaluation.json``."""
    scenario = open_scenario(settings.paths, named)
    baseline = load_baseline(settings.paths, scenario)
    result = evaluate(baseline, scenario)
    is_kept = STORED_ID.fullmatch(named) and scenario.run_id == baseline.run_id  # its id is its own, whatever form it has
    pinned = scenario if is_kept else scenario.pinned(baseline.run_id, baseline.price_level)
    stored = pinned.scenario_id if store else None
    if stored:
        keep_scenario(settings.paths, stored, pinned.to_json())
    people = citizens_affected(baseline, scenario, min_citizens=settings.min_citizens)
    return {
        "scenario_id": pinned.scenario_id,
        "stored": stored,
        "scenario": pinned.to_dict(),
        "run_id": baseline.run_id,
        "origins": origins(settings.paths, baseline.run_id),
        "price_level": baseline.price_level,
        "basis": baseline.basis,
        "safety_pct": scenario.safety_pct,
        "members": _members(result, scenario.safety_pct),
        "effects": _rows(result.effects),
        "citizens": _rows(people),
        "overlaps": [asdict(item) | {"services": list(item.services)} for item in find_overlaps(baseline, scenario)],
        "levers": [_lever(lever) for lever in scenario.levers],
        "refund": asdict(result.refund)
        | {
            name: [{"year": y, "change_mean": change} for y, change in getattr(result.refund, name)]
            for name in ("changes", "of_rules")
        },
        "remarks": [*provider_remarks(baseline, scenario), *_remarks(result)],
    }


def seek(settings: Settings, named: str, lever_id: str | None, *, year: int, target_dkk: float) -> dict[str, Any]:
    """Seek the value of one lever; by ``docs/schemas/scenario_goal.json``."""
    scenario = open_scenario(settings.paths, named)
    baseline = load_baseline(settings.paths, scenario)
    if not scenario.levers:
        what = "The scenario has no lever"
        raise WrongUse(what, why="Nothing can be moved", remedy="Give one with the lever that may move")
    if lever_id is None and len(scenario.levers) > 1:
        ids = [lever.lever_id for lever in scenario.levers]
        what = f"The scenario has {len(ids)} levers"
        raise WrongUse(what, why="One of them moves", remedy=f"Name it: --lever, one of {ids}")
    goal = Goal(lever_id or scenario.levers[0].lever_id, year, target_dkk)
    found = goal_seek(baseline, scenario, goal)
    told = {name: _plain(value) for name, value in asdict(found).items() if name != "scenario"}
    unit = scenario.lever(goal.lever_id).of_kind.unit
    asked = {"run_id": baseline.run_id, "lever_id": goal.lever_id, "unit": unit, "year": year, "target_dkk": target_dkk}
    return asked | told | {"origins": origins(settings.paths, baseline.run_id)}


def compare_scenarios(settings: Settings, named: list[str], *, anew: bool = False) -> dict[str, Any]:
    """Set stored scenarios or files side by side, each on its own run; ``anew``: all of them on the newest."""
    scenarios = [open_scenario(settings.paths, name) for name in named]
    scenarios = [scenario.unpinned() for scenario in scenarios] if anew else scenarios
    runs: dict[str, Baseline] = {}
    for scenario in scenarios:
        if scenario.run_id not in runs:
            runs[scenario.run_id] = load_baseline(settings.paths, scenario)
    found = compare([(runs[scenario.run_id], scenario) for scenario in scenarios])
    differences = [{"lever_id": lever_id, "scenarios": list(told)} for lever_id, told in found.differences]
    names = [scenario.name for scenario in scenarios]
    behind = origins(settings.paths, *(runs[scenario.run_id].run_id for scenario in scenarios))
    return {"names": names, "totals": _rows(found.totals), "differences": differences, "origins": behind}


def scenario_today(settings: Settings, scenario_id: str) -> dict[str, Any]:
    """What a stored scenario said on its own run, and says on the newest; by ``docs/schemas/scenario_today.json``.

    Raises:
        WrongUse: There is no such stored scenario, it is pinned to no run, or the two runs can't be compared.
    """
    scenario = open_scenario(settings.paths, scenario_id)
    if not scenario.run_id:
        what = "The scenario is pinned to no run"
        raise WrongUse(what, why="There is nothing to compare with", remedy="Store it: opdrift scenario evaluate FILE --store")
    then, now = load_baseline(settings.paths, scenario), load_baseline(settings.paths, scenario.unpinned())
    found = today(then, now, scenario)
    if then.run_id == now.run_id:
        found = with_splits(found, {year.year: ForecastSplit(0.0, 0.0, measured=True) for year in found.years})
    else:
        found = with_splits(found, forecast_splits(settings, then.run_id, now.run_id))
    return {
        "scenario_id": scenario.scenario_id,
        "then_run_id": then.run_id,
        "now_run_id": now.run_id,
        "origins": origins(settings.paths, then.run_id, now.run_id),
        "price_level": now.price_level,
        "years": [asdict(year) | {"split": _parts(year)} for year in found.years],
        "left_out": [fault.to_dict() for fault in found.faults],
    }


def _parts(year: YearThenAndNow) -> dict[str, Any] | None:
    parts, split = year.parts, year.split
    return None if parts is None or split is None else {**parts, "measured": split.measured, "note": split.note}


def told_today(found: dict[str, Any]) -> str:
    """Then and now in words, for stderr."""
    lines = [f"{found['scenario_id']}, total, {found['price_level']}: on {found['then_run_id']}, and on {found['now_run_id']}:"]
    for row in found["years"]:
        parts = ", ".join(f"{name.replace('_', ' ')} {row[name]:+,d}" for name in ("forecast", "frame", "effect", "left_out"))
        lines.append(f"  {row['year']}: {row['then']:+,d} then, {row['now']:+,d} now ({parts})")
        if row["split"]:
            split = ", ".join(f"{name} {row['split'][name]:+,d}" for name in ("data", "model", "assumptions"))
            lines.append(f"    of the forecast: {split}" + _NOTES.get(row["split"]["note"], ""))
    lines += [f"  Left out, {fault['where']}: {fault['what']}" for fault in found["left_out"]]
    if not any(row["split"] for row in found["years"]):
        lines.append("What of the forecast's change is data, model and assumptions is not known: a run kept no drivers")
    return "\n".join(lines)


def _members(result: ScenarioResult, safety_pct: float) -> list[dict[str, Any]]:
    rows = _rows(result.members)
    for row in rows:
        over = row.pop("probability_over_scenario")
        before = row.pop("probability_over")
        row["probability_keeping"] = None if before is None else 1.0 - before
        row["probability_keeping_scenario"] = None if over is None else 1.0 - over
        row["is_safe"] = None if over is None else bool(1.0 - over >= safety_pct / 100.0)
    return rows


def _lever(lever: Lever) -> dict[str, Any]:
    about = lever.of_kind
    return {
        "lever_id": lever.lever_id,
        "kind": lever.kind,
        "label_da": about.label_da,
        "label_en": about.label_en,
        "decision": about.decision,
        "legal_da": about.legal_da,
        "legal_en": about.legal_en,
        "legal_source": about.legal_source,
        "legal_certainty": about.legal_certainty,
        "is_supported": _is_supported(lever),
    }


def _is_supported(lever: Lever) -> bool:
    """Whether the catalogue has support for a value that far."""
    low, high = (lever.of_kind.number(name) for name in ("range_low", "range_high"))
    return low is None or high is None or low <= lever.value <= high


def _remarks(result: ScenarioResult) -> list[str]:
    said = []
    if not result.certain and not result.has_uniforms:
        said.append("The run has no uniforms (an older version made it): intervals act at their most likely value.")
    beyond = [lever.lever_id for lever in result.scenario.levers if not _is_supported(lever)]
    if beyond:
        said.append(f"Beyond what the catalogue has support for: {', '.join(beyond)}.")
    decided = [lever.lever_id for lever in result.scenario.levers if lever.low < lever.high and not lever.of_kind.is_uncertain]
    if decided:
        said.append(f"What is decided has no interval, so that of these does not act: {', '.join(decided)}.")
    explored = [lever.lever_id for lever in result.scenario.levers if lever.of_kind.decision == "what_if"]
    if explored:
        said.append(f"What if only, never a decided saving: {', '.join(explored)}.")
    changed = [f"{change / 1e6:+.2f} m DKK in {year}" for year, change in result.refund.changes if abs(change) >= _TOLD]
    refund = [f"Central refund: {', '.join(changed)}."] if changed else []
    return [*said, *refund, result.refund.text_en]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:  # noqa: ANN401
    return None if isinstance(value, float) and not math.isfinite(value) else value


def told_evaluation(found: dict[str, Any]) -> str:
    """An evaluation in words, for stderr."""
    lines = [f"{found['scenario']['name'] or found['scenario_id']} on {found['run_id']}, {found['price_level']}, total:"]
    for row in found["members"]:
        if row["level"] != "total":
            continue
        kept = row["probability_keeping_scenario"]
        sure = "" if kept is None else f", keeps the frame with {kept:.0%} (before {row['probability_keeping']:.0%})"
        lines.append(f"  {row['year']}: {row['mean_scenario'] / 1e6:,.1f} million ({row['change_mean'] / 1e6:+,.2f}){sure}")
    lines += [f"  {row['year']} {row['lever_id']}: {row['effect']:+,.0f}" for row in found["effects"]]
    for row in found["citizens"]:
        if not row["mask"]:
            ends = f"{row['change_q10']:+.0f} to {row['change_q90']:+.0f}"
            lines.append(f"  {row['year']} {row['service']}: {row['change_mean']:+.0f} citizens ({ends})")
    lines += [
        f"  {item['first']} and {item['second']} reach the same: {', '.join(item['services'])}" for item in found["overlaps"]
    ]
    return "\n".join([*lines, *found["remarks"], *([f"Stored as {found['stored']}."] if found["stored"] else [])])


def told_goal(found: dict[str, Any]) -> str:
    """What was sought in words."""
    ends = f"at {found['low']:g} the deviation surely stays under {found['deviation_at_low']:,.0f}, at {found['high']:g} under "
    ends += f"{found['deviation_at_high']:,.0f}"
    said = {
        "found": f"{found['lever_id']} at {found['value'] or 0.0:.6g} ({found['unit']})",
        "already": "Every value does; the lever need not move",
        "none": "No value that the catalogue has support for does",
    }[found["reason"]]
    return f"{said}: {found['year']} within {found['target_dkk']:,.0f} with {found['safety_pct']:g} % certainty ({ends})."


def told_json(value: dict[str, Any]) -> str:
    """A value for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=1)
