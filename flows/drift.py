"""``opdrift drift``: why expenditure moves between any two periods of a run, or why a newer run says something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.errors import NothingPublished, WrongUse
from data.mart import Mart
from data.reference.catalogue import load_catalogue
from data.restricted import read_restricted
from flows.origins import origins
from flows.record import code_digest, lock_digest
from flows.words import whole
from models.drift_between import Span, drift_between, hidden_members
from models.drift_source import DriftSource, read_source
from models.drift_vintages import drift_vintages

if TYPE_CHECKING:
    from data.settings import Paths, Settings
    from models.types import PressureDraws

LEVELS = ("service", "frame", "committee", "total")
_TABLES = ("services", "draws", "forecast_years", "forecast_months")
_PERIOD = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))(?:\.\.(\d{4}-(?:0[1-9]|1[0-2])))?|(\d{4})")
_LABELS = {
    "start": "Before", "demography": "Demography", "uptake": "Uptake", "mix": "Mix of providers and ages",
    "unit_cost": "Unit cost above the index", "price_index": "Price index", "budget_events": "Budget events",
    "new_months": "Months that have come since", "revisions": "Corrections and late invoices", "new_model": "New model",
    "end": "After",
}  # fmt: skip


class Suppressed(WrongUse):
    """The member may not be shown: it rests on few citizens, or would give such a one away."""


@dataclass(frozen=True)
class Asked:
    """Whose drift.

    Attributes:
        level: service, frame, committee or total.
        member: Its key; ``total`` of the total.
    """

    level: str
    member: str


def read_period(text: str) -> Span:
    """A period as it is written on the command line: a year, a month, or ``YYYY-MM..YYYY-MM``.

    Raises:
        WrongUse: It is none of these.

    Example:
        >>> read_period("2025").label, read_period("2025-03..2025-05").label
        ('2025-01/2025-12', '2025-03/2025-05')
    """
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        what = f"'{text}' is no period"
        raise WrongUse(what, where="--from, --to", remedy="Write YYYY, YYYY-MM or YYYY-MM..YYYY-MM, e.g. 2024-01..2024-12")
    if match[3]:
        return Span(pd.Timestamp(f"{match[3]}-01-01"), pd.Timestamp(f"{match[3]}-12-01"))
    return Span(pd.Timestamp(f"{match[1]}-01"), pd.Timestamp(f"{match[2] or match[1]}-01"))


def open_source(paths: Paths, run_id: str | None = None) -> tuple[DriftSource, dict[str, object]]:
    """Read a published run with its drivers.

    Args:
        paths: Home.
        run_id: A run's name; None: the current one.

    Returns:
        The source, and the run's record.

    Raises:
        NoPublishedRun: There is no such run, or its drivers were not kept.
    """
    mart = Mart.open(paths, run_id)
    with mart.held():
        record = mart.facts()
        published = {name: mart.table(name) for name in _TABLES}
    bands = load_catalogue().age_bands
    return read_source(read_restricted(paths, mart.run_id), published, record, age_bands=bands), record


def between_periods(settings: Settings, earlier: str, later: str, asked: Asked) -> dict[str, Any]:
    """Explain the change between two periods of the current run.

    Args:
        settings: Home.
        earlier: As :func:`read_period` reads it.
        later: The same.
        asked: Whose drift.

    Returns:
        By ``docs/schemas/drift.json``.
    """
    spans = read_period(earlier), read_period(later)
    source, _ = open_source(settings.paths)
    _refuse_hidden(hidden_members(source, *spans), asked)
    rows = _of(drift_between(source, *spans), asked)
    even = len(spans[0].months) == len(spans[1].months)
    notes = [] if even else ["The periods differ in length: both are brought to 12 months"]
    if any(len(span.months) % 12 for span in spans) and not even:
        notes.append("Parts of a year are compared: the season is in the figures")
    if any(span.last > source.tables.cutoff for span in spans):
        notes.append(f"Months after {source.tables.cutoff:%Y-%m} are the mean of the draws")
    ages = rows[(rows["age_band"] != "all") & ~rows["driver"].isin(["start", "end"])]
    summed = rows.groupby("driver", sort=False)["effect"].sum()
    return {
        "kind": "periods",
        "runs": [source.run_id],
        "origins": origins(settings.paths, source.run_id),
        "from": spans[0].label,
        "to": spans[1].label,
        **_money(source, asked, summed),
        "by_age": [
            {"driver": str(driver), "age_band": str(band), "effect": int(effect)}
            for driver, band, effect in ages[["driver", "age_band", "effect"]].itertuples(index=False)
        ],
        "model_measured": None,
        "notes": notes,
    }


def between_runs(settings: Settings, runs: tuple[str, str], asked: Asked, *, year: int | None) -> dict[str, Any]:
    """Explain why a newer run says something else of a year than an older one.

    Args:
        settings: Home.
        runs: Names of the older and the newer run.
        asked: Whose drift.
        year: Calendar year of service; None: the first whole year after the older run's cutoff.

    Returns:
        By ``docs/schemas/drift.json``.
    """
    (older, _), (newer, record) = (open_source(settings.paths, name) for name in runs)
    target = older.tables.cutoff.year + 1 if year is None else year
    again = run_again(older, newer, record)
    found = drift_vintages(older, newer, year=target, again=again)
    _refuse_hidden(found.hidden, asked)
    rows = _of(found.rows, asked)
    notes = []
    if older.code == newer.code:
        notes.append("Both runs were made by the same model")
    elif found.model_measured:
        notes.append("New model: today's model of series was run again on the older run's inputs")
        notes.append("Known citizens and commitments of the older run weigh in it as they did then")
    elif again is not None:
        notes.append("The older run did not keep what it forecast of series alone: uptake and unit cost are under new model")
    else:
        said = "The newer run's model is not the one installed here: all that changed in uptake and unit cost is under new model"
        notes.append(said)
    return {
        "kind": "runs",
        "runs": [older.run_id, newer.run_id],
        "origins": origins(settings.paths, older.run_id, newer.run_id),
        "from": str(target),
        "to": str(target),
        **_money(newer, asked, rows.set_index("driver")["effect"]),
        "by_age": [],
        "model_measured": found.model_measured,
        "notes": notes,
    }


def run_again(older: DriftSource, newer: DriftSource, record: dict[str, object]) -> PressureDraws | None:
    """The newer run's model on the older run's inputs, where that model is the one installed here."""
    installed = (record.get("code_digest"), record.get("lock_digest")) == (code_digest(), lock_digest())
    if older.code == newer.code or not installed:
        return None
    from models.forecast import forecast_services  # noqa: PLC0415  (Prophet is heavy)

    return forecast_services(older.tables, seed=int(str(record["seed"])), n_draws=int(str(record["n_draws"])))


def _refuse_hidden(hidden: dict[tuple[str, str], str], asked: Asked) -> None:
    if (asked.level, asked.member) in hidden:
        what = f"The {asked.level} '{asked.member}' is suppressed ({hidden[asked.level, asked.member]})"
        why = "It rests on few citizens, or would give such a figure away"
        raise Suppressed(what, where="--member", why=why, remedy="Choose its frame, its committee or the total")


def _of(rows: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    own = rows[(rows["level"] == asked.level) & (rows["member"] == asked.member)]
    if own.empty:
        known = ", ".join(sorted(set(rows.loc[rows["level"] == asked.level, "member"])))
        what = f"The run has no {asked.level} '{asked.member}'"
        raise WrongUse(what, where="--level, --member", remedy=f"Choose one of: {known}")
    return own


def _money(source: DriftSource, asked: Asked, effects: pd.Series[Any]) -> dict[str, Any]:
    start, end = int(effects["start"]), int(effects["end"])
    bars = {str(driver): int(effect) for driver, effect in effects.items() if driver not in {"start", "end"}}
    if start + sum(bars.values()) != end:
        what = "The bars do not sum to the change"
        raise NothingPublished(what, remedy="This is a fault of opdrift: please report it")
    return {
        "level": asked.level,
        "member": asked.member,
        "currency": source.tables.currency,
        "start": start,
        "bars": bars,
        "end": end,
        "change": end - start,
    }


def told(found: dict[str, Any]) -> str:
    """The same for people: one line a bar."""
    currency = found["currency"]
    periods = found["kind"] == "periods"
    what = f"{found['from']} to {found['to']}" if periods else f"{found['to']} in {' and '.join(found['runs'])}"
    whose = found["level"] if found["level"] == found["member"] else f"{found['level']} {found['member']}"
    lines = [f"Drift of {whose}, {what} (gross, authority, service months, nominal {currency}):"]
    lines.append(f"  {_LABELS['start']:<32}{whole(found['start']):>18}")
    for name, amount in found["bars"].items():
        signed = f"{'+' if amount > 0 else ''}{whole(amount)}"
        lines.append(f"  {_LABELS[name]:<32}{signed:>18}")
    lines.append(f"  {_LABELS['end']:<32}{whole(found['end']):>18}")
    return "\n".join([*lines, *(f"  {note}." for note in found["notes"])])
