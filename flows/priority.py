"""Weigh a portfolio on the newest run, or the one it is pinned to; what ``opdrift prioritise`` tells."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from data.errors import NoPublishedRun
from data.mart import Mart
from flows.named_file import read_named
from flows.origins import origin_of
from flows.progress import progress_bars
from flows.scenario import baseline_of
from models.priority.assessment import ratings_by_service
from models.priority.prioritise import Prioritised, prioritise
from models.priority.reading import read_portfolio
from models.scenario.faults import ScenarioFault, ScenarioInvalid
from models.view.language import Language
from models.view.priority_words import (
    found_by,
    frame_sentence,
    option_sentence,
    ring_sentence,
    robust_sentence,
    shortfall_sentence,
    worked_example,
)

if TYPE_CHECKING:
    import pandas as pd

    from data.settings import Settings
    from models.priority.option import Portfolio

_STEPS = {"effects": "What options do", "optimum": "Best choice", "curve": "Economy and citizens", "robust": "How sure"}
_MOST_BYTES = 2_000_000


def open_portfolio(named: str) -> Portfolio:
    """Read a portfolio's file.

    Raises:
        WrongUse: The file can't be opened.
        ScenarioInvalid: It does not hold.
    """
    return read_portfolio(read_text(named))


def read_text(named: str) -> str:
    """The text of a file that a user named.

    Raises:
        WrongUse: It can't be opened, is too large or no text.
    """
    return read_named(named, most_bytes=_MOST_BYTES, remedy="Give the path of a file; docs/examples has some")


def weigh(settings: Settings, named: str, *, citizens_weight_pct: float | None = None) -> tuple[Prioritised, dict[str, Any]]:
    """Weigh a portfolio; the result, and the same as ``docs/schemas/prioritised.json`` has it."""
    portfolio = open_portfolio(named)
    if citizens_weight_pct is not None:
        portfolio = portfolio.weighed(citizens_weight_pct)
    mart = open_run(settings, portfolio.run_id)
    baseline = baseline_of(mart)
    table, answers = mart.table_or_none("citizen_ratings"), mart.table_or_none("hearing_answers")
    with progress_bars() as bars:
        ticks = {}

        def tick(step: str, part: float) -> None:
            if step not in ticks:
                ticks[step] = bars.begin(_STEPS[step])
            ticks[step](round(part * 100), 100)

        ratings = ratings_by_service(table)
        found = prioritise(baseline, portfolio, ratings, min_citizens=settings.min_citizens, told=tick)
    told = _told(found, baseline.run_id, ratings) | {"hearing_answers": _heard(answers)}
    return found, told | {"origins": [origin_of(mart)]}


def _heard(answers: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Word for word, as published; None for what a council did not name."""
    if answers is None:
        return []
    days = [f"{day:%Y-%m-%d}" for day in answers["answered_on"]]
    return list(json.loads(answers.assign(answered_on=days).to_json(orient="records")))


def open_run(settings: Settings, run_id: str) -> Mart:
    """The run that a file is pinned to, or the newest.

    Raises:
        ScenarioInvalid: The run it is pinned to is no longer published.
        NoPublishedRun: Nothing is published.
    """
    try:
        return Mart.open(settings.paths, run_id or None)
    except NoPublishedRun:
        if not run_id:
            raise
        what, why = "The run the file is pinned to is no longer published", "Its figures can't be shown again"
        fault = ScenarioFault("run", "run_id", run_id, what, why, "Take run_id out to see what it would say today")
        raise ScenarioInvalid.of([fault]) from None


def _told(found: Prioritised, run_id: str, ratings: dict[str, float]) -> dict[str, Any]:
    optimum = found.optimum
    return {
        "portfolio_id": found.portfolio.portfolio_id,
        "name": found.portfolio.name,
        "worked_example": True,
        "run_id": run_id,
        "price_level": found.price_level,
        "certainty_pct": found.portfolio.certainty_pct,
        "together": found.portfolio.together,
        "citizens_weight_pct": found.portfolio.citizens_weight_pct,
        "reasonable_pct": list(found.portfolio.reasonable_pct),
        "feasible": optimum.feasible,
        "method": optimum.method,
        "n_choices": optimum.n_choices,
        "n_draws": optimum.n_draws,
        "gap": optimum.gap,
        "ended": optimum.ended,
        "rounds": optimum.rounds,
        "shortfalls": [_member(asdict(item)) for item in optimum.shortfalls],
        "saved_dkk": found.saved_dkk,
        "points": found.points,
        "options": [_option(asdict(option)) for option in found.options],
        "frames": [_member(asdict(frame)) for frame in found.frames],
        "curve": [
            asdict(point) | {"chosen": [{"option_id": option, "level_id": level} for option, level in point.chosen]}
            for point in found.curve
        ],
        "ratings": ratings,
        "excluding_ring": list(found.ring),
        "engine_differs_dkk": found.engine_differs_dkk,
        "scenario_id": found.scenario.scenario_id,
        "scenario": found.scenario.to_dict(),
    }


def _option(told: dict[str, Any]) -> dict[str, Any]:
    reason = told["reason"]
    return told | {"reason": _member(reason) if reason["member"] else reason}


def _member(told: dict[str, Any]) -> dict[str, Any]:
    level, member = told["member"]
    return told | {"member": {"level": level, "member": member}}


def told_prioritised(found: Prioritised) -> str:
    """The choice in words, for stderr."""
    language = Language("en")
    lines = [f"{found.portfolio.name}: {worked_example(language)}", found_by(found, language), robust_sentence(found, language)]
    lines += [f"  {frame_sentence(frame, language)}" for frame in found.frames]
    lines += [f"  {option_sentence(option, found, language)}" for option in found.options]
    lines += [f"  {shortfall_sentence(item, found, language)}" for item in found.optimum.shortfalls]
    lines += [ring_sentence(found, language)] if found.ring else []
    return "\n".join(lines)
