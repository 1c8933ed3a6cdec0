"""``opdrift scenario``: list, show, evaluate, compare, goal-seek (DESIGN 5)."""

from __future__ import annotations

from typing import Annotated

import typer

from data.errors import WrongUse
from flows.command import Home, Json, settings_of, tell

Named = Annotated[str, typer.Argument(help="A scenario file (docs/schemas/scenario.json), or the id of a stored one.")]


def list_stored(*, home: Home = None, as_json: Json = False) -> int:
    """The stored scenarios."""
    from flows.scenario import list_scenarios  # noqa: PLC0415

    found = list_scenarios(settings_of(home).paths)
    lines = [
        f"{row['scenario_id']}  {row['levers']} levers  {row['run_id'] or 'newest run'}  {row['name']}"
        for row in found["scenarios"]
    ]
    lines += [f"Can't be read: {name}" for name in found["broken"]]
    tell(found, "\n".join(lines) or "No scenario is stored yet: opdrift scenario evaluate FILE --store", as_json=as_json)
    return 4 if found["broken"] else 0


def show(scenario: Named, *, home: Home = None, as_json: Json = False) -> int:
    """One scenario, as a file says it."""
    from flows.scenario import open_scenario, told_json  # noqa: PLC0415

    opened = open_scenario(settings_of(home).paths, scenario)
    found = {"scenario_id": opened.scenario_id, "scenario": opened.to_dict()}
    tell(found, told_json(found), as_json=as_json)
    return 0


def evaluate(
    scenario: Named,
    *,
    store: Annotated[
        bool, typer.Option("--store", help="Keep it in the home, pinned to the run, under its content's id.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """What a scenario gives on the run it is pinned to, or the newest."""
    from flows.scenario import evaluate_scenario, told_evaluation  # noqa: PLC0415

    found = evaluate_scenario(settings_of(home), scenario, store=store)
    tell(found, told_evaluation(found), as_json=as_json)
    return 0


def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Two to four scenarios, by file or id.")],
    *,
    anew: Annotated[
        bool, typer.Option("--anew", help="Evaluate all of them on the newest run, whatever they are pinned to.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Two to four scenarios side by side."""
    from flows.scenario import compare_scenarios, told_json  # noqa: PLC0415

    found = compare_scenarios(settings_of(home), scenarios, anew=anew)
    tell(found, told_json(found), as_json=as_json)
    return 0


def goal_seek(
    scenario: Named,
    *,
    target_dkk: Annotated[float, typer.Option(help="Deviation from the frame that must not be passed; 0 keeps the frame.")],
    year: Annotated[int, typer.Option(help="In which year.")],
    lever: Annotated[str | None, typer.Option(help="Id of the lever that moves; needed where there are several.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Which value of one lever keeps the target as surely as the scenario wants (4 times out of 5), or that none does."""
    from flows.scenario import seek, told_goal  # noqa: PLC0415

    if not abs(target_dkk) < 1e12:
        what = "--target-dkk is no amount"
        raise WrongUse(what, remedy="Give kroner, e.g. 0 or 2500000")
    found = seek(settings_of(home), scenario, lever, year=year, target_dkk=target_dkk)
    tell(found, told_goal(found), as_json=as_json)
    return 0


def say_today(scenario: Named, *, home: Home = None, as_json: Json = False) -> int:
    """What a stored scenario said on its own run, what it says on the newest, and what moved in between."""
    from flows.scenario import scenario_today, told_today  # noqa: PLC0415

    found = scenario_today(settings_of(home), scenario)
    tell(found, told_today(found), as_json=as_json)
    return 0


COMMANDS = {
    "list": list_stored,
    "show": show,
    "evaluate": evaluate,
    "compare": compare,
    "goal-seek": goal_seek,
    "today": say_today,
}
