"""Investment cases at the edge: what a decision freezes, and the register of the decided (``docs/schemas``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data import decision_store as store
from data.errors import NoPublishedRun
from data.mart import Mart
from data.restricted import read_restricted
from flows.priority import read_text
from models.investment.frozen import Frozen, freeze
from models.investment.reading import read_case
from models.scenario.faults import ScenarioInvalid

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from data.settings import Paths, Settings
    from models.investment.case import Case

_PUBLISHED = (
    "services", "draws", "actual_months", "forecast_years", "actual_years", "forecast_months", "accounting_fixed",
)  # fmt: skip
_DRIVERS = ("driver_ahead", "driver_prices", "driver_events")


def decide_case(
    settings: Settings, case: Case, *, owner: str, who: str, start: str | None, on: date, comparison: str = ""
) -> dict[str, Any]:
    """Enter a case as decided, and freeze the run it was decided on; by ``docs/schemas/investment_decided.json``.

    Args:
        settings: The home.
        case: As it was read.
        owner: Who answers for it.
        who: Who enters it.
        start: Planned first month, YYYY-MM; None: as the case says.
        on: Day of the decision.
        comparison: A service that the measure cannot touch and that moves alike; empty: none.

    Raises:
        DecisionRefused: A service is hidden or unknown, the start lies before what the run knows, or the register refuses.
    """
    check = store.check_month("--start", start or case.start)
    mart = Mart.open(settings.paths, case.run_id or None)
    frozen = freeze_run(settings.paths, mart)
    for key in (*case.services, *([comparison] if comparison else [])):
        if key not in frozen.services:
            what = "A service of the case is hidden in the run, has no citizens in it, or is not there"
            why = "Nothing of a hidden service is frozen, so nothing could be followed up"
            raise store.DecisionRefused(
                what, code="hidden_service", where=key, why=why, remedy=f"Follow up among: {', '.join(frozen.services)}"
            )
    if comparison in case.services:
        what = "The comparison service is one that the case changes"
        raise store.DecisionRefused(what, code="comparison", where=comparison, remedy="Name one that the measure cannot touch")
    if check <= f"{frozen.cutoff:%Y-%m}":
        what = "The measure starts before its decision: the run knows the month already"
        why = "Its effect would be part of what it is held against"
        raise store.DecisionRefused(
            what,
            code="started_before",
            where=f"--start {check}",
            why=why,
            remedy=f"Start after {frozen.cutoff:%Y-%m}, or decide on an older run",
        )
    pinned = case.pinned(mart.run_id, frozen.price_level)
    said = {
        "case_id": pinned.case_id,
        "case": pinned.to_dict(),
        "owner": owner,
        "who": who,
        "decided_on": on.isoformat(),
        "planned_start": check,
        "comparison": comparison,
        "run_id": mart.run_id,
        "cutoff": f"{frozen.cutoff:%Y-%m}",
    }
    decision_id = store.decide(settings.paths, said, frozen.arrays())
    told = {name: said[name] for name in ("case_id", "run_id", "cutoff", "planned_start")}
    return {"decision_id": decision_id, **told, "has_population": bool(np.isfinite(frozen.exposure).all())}


def list_decided(settings: Settings) -> dict[str, Any]:
    """The register, one object per line; by ``docs/schemas/investment_register.json``. Few enrolled are not told."""
    rows = []
    for row in store.read_decisions(settings.paths):
        case = row["case"]
        rows.append(
            {
                "decision_id": row["decision_id"],
                "source": "case",
                "name": case["name"],
                "services": list(case["services"]),
                "owner": row["owner"],
                "decided_on": row["decided_on"],
                "planned_start": row["planned_start"],
                "actual_start": row.get("actual_start"),
                "stopped": row.get("stopped"),
                "planned": case.get("n_citizens"),
                "run_id": row["run_id"],
                **enrolled_told(row, settings.min_citizens),
            }
        )
    return {"decisions": rows}


def open_case(file: Path) -> Case:
    """Read a case's file.

    Raises:
        WrongUse: It can't be opened.
        ScenarioInvalid: It does not hold; the message says in which file.
    """
    text = read_text(str(file))
    try:
        return read_case(text)
    except ScenarioInvalid as error:
        placed = (replace(fault, where=f"{file.name}, {fault.where}" if fault.where else file.name) for fault in error.faults)
        raise ScenarioInvalid.of(list(placed)) from None


def read_tables(mart: Mart) -> dict[str, pd.DataFrame]:
    """Published tables that are frozen or followed up."""
    with mart.held():
        return {name: mart.table(name) for name in _PUBLISHED}


def read_drivers(paths: Paths, run_id: str) -> dict[str, pd.DataFrame]:
    """The restricted tables that are read; none where the run did not keep them."""
    try:
        found = read_restricted(paths, run_id)
    except NoPublishedRun:
        return {}
    return {name: found[name] for name in _DRIVERS}


def freeze_run(paths: Paths, mart: Mart) -> Frozen:
    """What a decision on this run would freeze."""
    level = str(mart.facts().get("price_level") or "nominal")
    return freeze(read_tables(mart), read_drivers(paths, mart.run_id), run_id=mart.run_id, price_level=level)


def enrolled_told(row: dict[str, Any], least: int) -> dict[str, Any]:
    """Enrolled in all; fewer than may be shown are not told, and neither is their share."""
    total = sum(row["enrolled"].values()) if row["enrolled"] else None
    hidden = total is not None and 0 < total < least
    return {"enrolled": None if hidden else total, "enrolled_hidden": hidden}


def told_list(found: dict[str, Any]) -> str:
    """The register in plain words."""
    lines = []
    for row in found["decisions"]:
        started = f"started {row['actual_start']}" if row["actual_start"] else f"to start {row['planned_start']}"
        ended = f", stopped {row['stopped']}" if row["stopped"] else ""
        enrolled = "few" if row["enrolled_hidden"] else row["enrolled"]
        counted = f", {enrolled} of {row['planned'] or '?'} enrolled" if enrolled is not None else ""
        lines.append(f"{row['decision_id']}  {row['name']}  ({row['owner']}): {started}{ended}{counted}")
    return "\n".join(lines) or "No case is decided yet: opdrift investment decide FILE --owner OFFICE --who INITIALS"
