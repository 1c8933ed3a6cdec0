"""What moved the forecast between two runs under a kept scenario: new data, a new model, other assumptions (decision 0031).

The model and the assumptions are measured as ``opdrift drift --runs`` measures them, on whole calendar years of service; what
else moved is data. It reads the drivers that runs keep for their owner, so it is the command line's to work out; the total's
figures are left beside the scenarios, where the pages find them; a night leaves them too, where no model has to be run again.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from data.errors import DAMAGED, OpdriftError, WrongUse
from data.evidence import read_evidence
from data.scenario_store import drop_changes, read_stored, stored_ids, write_change
from data.settings import Settings
from flows.drift import open_source, run_again
from models.drift_vintages import drift_vintages
from models.scenario.today import Changed, ForecastSplit, split_of

if TYPE_CHECKING:
    from data.settings import Paths
    from models.drift_source import DriftSource

_MOST_RUNS = 12
"""Older runs a night looks back to; each takes some seconds."""
_BY_VINTAGE = {"population", "population_projection", "price_index"}
_ASSUMED = {*_BY_VINTAGE, "budget_events"}
_NO_FORECAST = {"budget", "frames", "adjustments", "staff_estimates", "citizen_ratings", "hearing_answers"}
"""Tables that move no forecast of expenditure pressure; what they move of a frame is told as the frame's."""
_MOVING = ("municipality", "reference_months", "known_citizens")
"""Settings that move a forecast and are no part of the model's name (``DriftSource.code``)."""
_UNSET = {item.name: item.default for item in fields(Settings)}


def forecast_splits(settings: Settings, older_id: str, newer_id: str, *, again: bool = True) -> dict[int, ForecastSplit]:
    """Split the change of the total's forecast by year, and keep what was found for the pages.

    Args:
        settings: Home.
        older_id: The older run.
        newer_id: The newer run.
        again: Whether a newer model is run on the older run's inputs to measure it (some minutes); else nothing is told of it.

    Returns:
        Year -> split; a year that a run does not hold whole, or whose total is hidden, is missing. Empty where a run kept no
        drivers, or the two can't be set beside each other.
    """
    try:
        return _splits(settings, older_id, open_source(settings.paths, newer_id), again=again)
    except OpdriftError:
        return {}


def _splits(
    settings: Settings, older_id: str, opened: tuple[DriftSource, dict[str, object]], *, again: bool
) -> dict[int, ForecastSplit]:
    """As :func:`forecast_splits`, with the newer run opened already; refuses where the two can't be set beside each other."""
    newer, record = opened
    older, record_then = open_source(settings.paths, older_id)
    changed = what_changed(settings.paths, (record_then, record), model=older.code != newer.code)
    if changed.data and changed.model and not again:
        return {}
    measured = run_again(older, newer, record) if changed.data else None
    found = {}
    for year in _years(older):
        try:
            drift = drift_vintages(older, newer, year=year, again=measured)
        except WrongUse:
            continue
        total = drift.rows[drift.rows["level"] == "total"]
        if len(total):
            effects = {str(driver): float(effect) for driver, effect in zip(total["driver"], total["effect"], strict=True)}
            mine = newer.draws.months.year == year
            price = float(newer.draws.price_factor[mine].mean()) if mine.any() else 1.0
            nominal = newer.tables.price_level == "nominal"
            found[year] = split_of(effects, changed, nominal=nominal, price=price, measured=drift.model_measured)
    if found:
        told = {str(year): asdict(split) for year, split in found.items()}
        with suppress(WrongUse):  # a home that is only read: the answer is given all the same
            write_change(settings.paths, older_id, newer.run_id, json.dumps(told))
    return found


def _years(source: DriftSource) -> list[int]:
    """Years from the one in which a run was made to its horizon's last."""
    return list(range(source.tables.cutoff.year, source.draws.months[-1].year + 1))


def leave_changes(settings: Settings, run_id: str) -> str:
    """Leave for the pages what moved the forecast since the runs that kept scenarios are pinned to, after a night.

    Where code and data both changed nothing is left: to tell them apart the model must be run again for every older run, so
    that is ``opdrift scenario today``'s to do, and the page says so.

    Args:
        settings: Home.
        run_id: The run that was published.

    Returns:
        Why it could not be done, to be told; empty: it was. The published run does not depend on it.
    """
    pinned: set[str] = set()
    for kept in stored_ids(settings.paths):
        with suppress(OpdriftError, *DAMAGED):  # the list of scenarios tells of a damaged one
            pinned.add(str(json.loads(read_stored(settings.paths, kept)).get("run_id")))
    runs = {file.stem for file in settings.paths.published.glob("run-*.duckdb")}
    drop_changes(settings.paths, run_id, runs)
    older = sorted(pinned & runs - {run_id})[-_MOST_RUNS:]
    faults: list[str] = []
    try:
        opened = open_source(settings.paths, run_id) if older else None
    except (OpdriftError, *DAMAGED) as error:
        faults, opened = [type(error).__name__], None
    for older_id in older if opened else ():
        try:
            _splits(settings, older_id, opened, again=False)
        except OpdriftError:
            continue  # it kept no drivers, or the two can't be set beside each other
        except DAMAGED as error:
            faults.append(f"{older_id}: {type(error).__name__}")
    told = f"what moved kept scenarios was not worked out ({', '.join(faults)}); 'opdrift scenario today' does it"
    return told if faults else ""


def what_changed(paths: Paths, records: tuple[dict[str, object], dict[str, object]], *, model: bool) -> Changed:
    """What two runs differ in: by the files each was made from, its day, its model and its settings.

    Args:
        paths: Home.
        records: Run records, the older run's first.
        model: Whether code, packages, seed or number of draws differ.

    Returns:
        Of a run whose list of files is gone everything is taken to differ.
    """
    known = [read_evidence(paths, str(record["run_id"])) for record in records]
    files = [_files(told, record) for told, record in zip(known, records, strict=True)]
    days = [(str(record.get("cutoff")), record.get("as_of")) for record in records]
    set_by = [_settings(record) for record in records]

    def differ(*tables: str) -> bool:
        older, newer = files
        return older is None or newer is None or any(older.get(name) != newer.get(name) for name in tables)

    names = {name for found in files for name in found or {}}
    data = differ(*sorted(names - _ASSUMED - _NO_FORECAST)) or days[0] != days[1]
    bars = {
        "demography": ("population", "population_projection"),
        "budget_events": ("budget_events",),
        "price_index": ("price_index",),
    }
    assumptions = frozenset(bar for bar, tables in bars.items() if differ(*tables))
    return Changed(data=data, model=model, settings=set_by[0] != set_by[1], assumptions=assumptions)


def _files(told: dict[str, Any] | None, record: dict[str, object]) -> dict[str, set[tuple[str, str]]] | None:
    """Table -> files that a run read, each with the mapping it was read by; without vintages that a look back hides."""
    if told is None:
        return None
    day = str(record.get("as_of") or "9999")[:4]
    found: dict[str, set[tuple[str, str]]] = {}
    for file in told["files"]:
        table = str(file["table_name"])
        is_later = table in _BY_VINTAGE and str(file.get("first_period") or "")[:4] > day
        if file.get("status") == "landed" and not is_later:
            found.setdefault(table, set()).add((str(file["sha256"]), str(file.get("mapping_digest"))))
    return found


def _settings(record: dict[str, object]) -> dict[str, object]:
    """What of ``_MOVING`` a run was told: what its version lacked is unset, and of a basis in law whether there is one counts."""
    known = record.get("settings")
    told = {name: (known if isinstance(known, dict) else {}).get(name, _UNSET[name]) for name in _MOVING}
    return told | {"known_citizens": told["known_citizens"] is not None}
