"""Read a portfolio from a file: every fault is told with its place, and nothing of a bad file is taken over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from models.file_faults import Code, Identity, Kroner, Name, PriceLevel, Prose, RunId, Signature, Written, Year, read_written
from models.priority.option import FrameLimit, Level, Option, Portfolio
from models.rng import N_UNIFORMS
from models.scenario.faults import ScenarioFault, ScenarioInvalid, shown_value
from models.scenario.reading import read_scenario
from models.scenario.scenario import SCHEMA_VERSION, column_of

if TYPE_CHECKING:
    from models.scenario.lever import Lever

_MOST_OPTIONS, _MOST_LEVELS, _MOST_LEVERS = 40, 4, 6
_NOT_DECIDED = ("frame", "refund")


OptionId = Annotated[Identity, Field(max_length=20)]
LevelId = Annotated[Identity, Field(max_length=12)]


class _Level(Written):
    id: LevelId
    name: Name
    levers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_MOST_LEVERS)]


class _Option(Written):
    id: OptionId
    name: Name
    rationale: Prose = ""
    grade: Literal["tested", "promising", "own_trial", "none"] = "none"
    evidence: Signature = ""
    legal_note: Prose = ""
    startup_months: Annotated[int, Field(ge=0, le=60)] = 0
    requires: list[OptionId] = Field(default_factory=list, max_length=_MOST_OPTIONS)
    excludes: list[OptionId] = Field(default_factory=list, max_length=_MOST_OPTIONS)
    levels: list[_Level] = Field(default_factory=list, max_length=_MOST_LEVELS)
    levers: list[dict[str, Any]] = Field(default_factory=list, max_length=_MOST_LEVERS)


class _Frame(Written):
    level: Literal["total", "committee", "frame"]
    member: Code
    allowed_deviation_dkk: dict[Annotated[str, Field(pattern=r"^(?:19|20)\d{2}$")], Kroner] = Field(default_factory=dict)


class PortfolioFile(Written):
    """What the file of a portfolio may hold; ``docs/schemas/portfolio.json``."""

    schema_version: Literal[1]
    name: Name
    options: Annotated[list[_Option], Field(min_length=1, max_length=_MOST_OPTIONS)]
    frames: list[_Frame] = Field(default_factory=list, max_length=20)
    years: list[Year] = Field(default_factory=list, max_length=10)
    certainty_pct: Annotated[float, Field(ge=50.0, le=99.0)] = 80.0
    together: bool = False
    citizens_weight_pct: Annotated[float, Field(ge=0.0, le=100.0)] = 50.0
    reasonable_pct: Annotated[list[Annotated[float, Field(ge=0.0, le=100.0)]], Field(min_length=2, max_length=2)] = Field(
        default_factory=lambda: [20.0, 80.0]
    )
    decided: Annotated[str, Field(pattern=r"^(?:|(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2]))$")] = ""
    run_id: RunId = ""
    price_level: PriceLevel = ""


def read_portfolio(text: str) -> Portfolio:
    """Read a portfolio from JSON.

    Args:
        text: The file's text.

    Returns:
        The portfolio, its levers with uniforms. Whether a run can carry it: ``models.priority.effects.check_portfolio``.

    Raises:
        ScenarioInvalid: With every fault of the file.
    """
    written = read_written(text, PortfolioFile)
    faults: list[ScenarioFault] = []
    options = [_option(option, f"options[{place}]", faults) for place, option in enumerate(written.options)]
    faults += _between(written)
    ids = [lever.lever_id for option in options for level in option.levels for lever in level.levers]
    if not faults and len(set(ids)) < len(ids):
        what, why = "The ids of two options and levels read the same when put together", "Their levers would be mixed up"
        faults.append(ScenarioFault("twice", "options.id", "", what, why, "Give one of them another id"))
    if faults:
        raise ScenarioInvalid.of(faults)
    frames = tuple(
        FrameLimit(
            level=frame.level,
            member=frame.member,
            years=tuple(sorted((int(year), value) for year, value in frame.allowed_deviation_dkk.items())),
        )
        for frame in written.frames
    )
    return with_uniforms(
        Portfolio.of(
            written.name,
            tuple(options),
            frames=frames or (FrameLimit(),),
            years=tuple(sorted(written.years)),
            certainty_pct=written.certainty_pct,
            together=written.together,
            citizens_weight_pct=written.citizens_weight_pct,
            reasonable_pct=(written.reasonable_pct[0], written.reasonable_pct[1]),
            decided=written.decided,
            run_id=written.run_id,
            price_level=written.price_level,
        )
    )


def with_uniforms(portfolio: Portfolio) -> Portfolio:
    """Give every lever with an interval a column of the run's uniforms; the levels of one option share theirs.

    Raises:
        ScenarioInvalid: There are more uncertain levers than a run publishes uniforms.
    """
    taken: set[int] = set()
    options = []
    for option in portfolio.options:
        columns: dict[int, int] = {}
        for place in range(max(len(level.levers) for level in option.levels)):
            there = [level.levers[place] for level in option.levels if place < len(level.levers)]
            if not any(lever.has_interval for lever in there):
                continue
            if len(taken) == N_UNIFORMS:
                what, why = f"More than {N_UNIFORMS} levers have an interval", "A run publishes no more uniforms"
                raise ScenarioInvalid.of([ScenarioFault("too_many", "options", "", what, why, "Leave some intervals out")])
            column = column_of(f"{option.option_id}|{place}")
            while column in taken:
                column = (column + 1) % N_UNIFORMS
            taken.add(column)
            columns[place] = column
        levels = tuple(
            replace(level, levers=tuple(replace(lever, uniform=columns.get(at)) for at, lever in enumerate(level.levers)))
            for level in option.levels
        )
        options.append(replace(option, levels=levels))
    return replace(portfolio, options=tuple(options))


def _option(written: _Option, where: str, faults: list[ScenarioFault]) -> Option:
    """One option with its levers; faults are added to the list."""
    if bool(written.levels) == bool(written.levers):
        what, why = (
            "An option has either levels or levers",
            "Nothing says what it does" if not written.levels else "One would be lost",
        )
        faults.append(ScenarioFault("levels", where, "", what, why, "Give levels, or levers where there is one level only"))
        return Option(option_id=written.id, name=written.name, levels=())
    levels = written.levels or [_Level(id="fuld", name=written.name, levers=written.levers)]
    shape = f"{where}.levels[{{}}].levers" if written.levels else f"{where}.levers"
    made = []
    for place, level in enumerate(levels):
        levers = _levers(level.levers, f"{written.id}-{level.id}", shape.format(place), faults)
        made.append(Level(level_id=level.id, name=level.name, levers=levers))
    return Option(
        option_id=written.id,
        name=written.name,
        levels=tuple(sorted(made, key=lambda level: level.level_id)),
        rationale=written.rationale,
        grade=written.grade,
        evidence=written.evidence,
        legal_note=written.legal_note,
        startup_months=written.startup_months,
        requires=tuple(sorted(set(written.requires))),
        excludes=tuple(sorted(set(written.excludes))),
    )


def _levers(written: list[dict[str, Any]], named: str, where: str, faults: list[ScenarioFault]) -> tuple[Lever, ...]:
    """Levers as a scenario's file has them; their ids name option, level and place."""
    given = [item | {"id": f"{named}-{place}"} for place, item in enumerate(written)]
    for item in given:
        item.pop("uniform", None)
    try:
        levers = read_scenario(json.dumps({"schema_version": SCHEMA_VERSION, "name": "", "levers": given})).levers
    except ScenarioInvalid as error:
        faults += [replace(fault, where=fault.where.replace("levers", where, 1)) for fault in error.faults]
        return ()
    for lever in levers:
        about = lever.of_kind
        if about.decision != "decision" or about.step in _NOT_DECIDED:
            what = f"A lever of kind {lever.kind} is nothing that a council decides and weighs"
            why = "What can only be explored, or moves the frame itself, can't be prioritised"
            faults.append(ScenarioFault("not_decided", where, lever.kind, what, why, "Use the page Scenarier for it"))
    order = {item["id"]: place for place, item in enumerate(given)}
    return tuple(replace(lever, uniform=None) for lever in sorted(levers, key=lambda lever: order[lever.lever_id]))


def _between(written: PortfolioFile) -> list[ScenarioFault]:
    """What holds between options."""
    found = []
    known = {option.id for option in written.options}
    if len(known) < len(written.options):
        what, why = "Two options have the same id", "They would be mixed up"
        found.append(ScenarioFault("twice", "options.id", "", what, why, "Give every option an id of its own"))
    for place, option in enumerate(written.options):
        ids = [level.id for level in option.levels]
        if len(set(ids)) < len(ids):
            what, why = "Two levels have the same id", "They would be mixed up"
            found.append(ScenarioFault("twice", f"options[{place}].levels", "", what, why, "Give every level an id of its own"))
        for name in ("requires", "excludes"):
            for other in getattr(option, name):
                if other not in known or other == option.id:
                    what = "An option names one that is not in the portfolio, or itself"
                    where = f"options[{place}].{name}"
                    found.append(ScenarioFault("unknown", where, shown_value(other), what, "It binds nothing", "Correct the id"))
    found += [
        ScenarioFault(
            "never",
            f"options[{place}]",
            shown_value(written.options[place].id),
            "The option can never be chosen: what it needs excludes it, or one another",
            "It would stand there for show",
            "Correct requires and excludes",
        )
        for place in _never(written)
    ]
    if written.reasonable_pct[0] > written.reasonable_pct[1]:
        what, why = "The reasonable weights are the wrong way round", "No weight lies between them"
        found.append(ScenarioFault("interval", "reasonable_pct", "", what, why, "Smallest first"))
    frames = [(frame.level, frame.member) for frame in written.frames]
    if len(set(frames)) < len(frames):
        found.append(ScenarioFault("twice", "frames", "", "A frame stands twice", "Only one limit can hold", "Keep one"))
    return found


def _never(written: PortfolioFile) -> list[int]:
    """Places of options that can't be chosen, whatever else is: their own needs exclude one another."""
    needs = {option.id: set(option.requires) for option in written.options}
    against = {frozenset((option.id, other)) for option in written.options for other in option.excludes}
    found = []
    for place, option in enumerate(written.options):
        together, open_ids = {option.id}, [option.id]
        while open_ids:
            fresh = needs.get(open_ids.pop(), set()) - together
            together |= fresh
            open_ids += sorted(fresh)
        if any(pair <= together for pair in against):
            found.append(place)
    return found


def excluding_ring(portfolio: Portfolio) -> tuple[str, ...]:
    """Ids of options that exclude each other in a ring, three or more; at most half of a ring's can be chosen."""
    against: dict[str, set[str]] = {option.option_id: set(option.excludes) for option in portfolio.options}
    for option_id, others in list(against.items()):
        for other in others:
            against.setdefault(other, set()).add(option_id)
    for start in sorted(against):
        path = _ring(against, (start,))
        if path:
            return path
    return ()


def _ring(against: dict[str, set[str]], path: tuple[str, ...]) -> tuple[str, ...]:
    for other in sorted(against[path[-1]]):
        if other == path[0] and len(path) > 2:
            return path
        if other not in path and other > path[0] and len(path) < 12:
            found = _ring(against, (*path, other))
            if found:
                return found
    return ()
