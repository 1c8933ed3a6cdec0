"""Published runs are kept: this lists them, and reads what earlier ones forecast.

A *vintage* is the newest run of an earlier cutoff, made with everything it knew then. Runs made with ``--as-of`` look back on
purpose and are none. Only published, masked figures are read: what a run hid stays hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from data.errors import NoPublishedRun
from data.mart import RUN_ID, Mart, published_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.settings import Paths

MOST_VINTAGES = 36
"""Cutoffs looked back on, newest first."""
_FORECAST = ["level", "member", "measure", "month", "mean", "q10", "q50", "q90"]


@dataclass(frozen=True)
class Vintage:
    """One published run, by its record.

    Attributes:
        run_id: The run's name.
        published_at: When it was finished, ISO time in UTC; empty where the record doesn't say.
        cutoff: Last month it knew, first day.
        code: Digest of code and locked packages.
        as_of: Day it was told to look back to; empty for an ordinary run.
        municipality: Whose run.
        currency: Currency of its amounts.
        digest: SHA-256 over its tables.
    """

    run_id: str
    published_at: str
    cutoff: pd.Timestamp
    code: str
    as_of: str
    municipality: str
    currency: str
    digest: str


def list_vintages(paths: Paths) -> list[Vintage]:
    """Every published run that can be read, newest first; damaged files and those of unknown form are left out."""
    names = sorted((file.stem for file in paths.published.glob("run-*.duckdb") if RUN_ID.fullmatch(file.stem)), reverse=True)
    return [found for name in names if (found := _read(paths, name)) is not None]


def _read(paths: Paths, run_id: str) -> Vintage | None:
    try:
        record = Mart(published_file(paths, run_id), run_id).facts()
    except NoPublishedRun:
        return None
    cutoff = pd.to_datetime(str(record.get("cutoff", "")), errors="coerce")
    if pd.isna(cutoff):
        return None

    def fact(key: str) -> str:
        value = record.get(key)
        return "" if value is None else str(value)

    return Vintage(
        run_id=run_id,
        published_at=fact("finished_at"),
        cutoff=cutoff,
        code=f"{fact('code_digest')}-{fact('lock_digest')}",
        as_of=fact("as_of"),
        municipality=fact("municipality"),
        currency=fact("currency"),
        digest=fact("digest"),
    )


def earlier_vintages(paths: Paths, *, cutoff: pd.Timestamp, municipality: str, currency: str) -> list[Vintage]:
    """The runs to look back on: of each earlier cutoff the newest, the newest cutoffs first.

    Args:
        paths: Home.
        cutoff: Of the run that looks back.
        municipality: Other municipalities' runs are none of ours.
        currency: The same currency only.
    """
    found: dict[pd.Timestamp, Vintage] = {}
    for vintage in list_vintages(paths):
        same = vintage.municipality == municipality and vintage.currency == currency
        if same and not vintage.as_of and vintage.cutoff < cutoff:
            found.setdefault(vintage.cutoff, vintage)
    return [found[key] for key in sorted(found, reverse=True)[:MOST_VINTAGES]]


def read_earlier(paths: Paths, vintages: Sequence[Vintage]) -> tuple[pd.DataFrame, Mapping[pd.Timestamp, pd.DataFrame]]:
    """What vintages forecast.

    Args:
        paths: Home.
        vintages: From :func:`earlier_vintages`; a file that an older version made in another form is passed over.

    Returns:
        source (``vintage``), cutoff, level, member, measure, month, mean, q10, q50, q90 of shown rows; and FRAME_OUTLOOK by
        cutoff.
    """
    parts, outlooks = [], {}
    for vintage in vintages:
        mart = Mart(published_file(paths, vintage.run_id), vintage.run_id)
        try:
            with mart.held():
                rows, outlook = mart.table("forecast_months"), mart.table("frame_outlook")
        except (NoPublishedRun, KeyError):
            continue
        parts.append(rows.loc[rows["mask"] == "", _FORECAST].assign(source="vintage", cutoff=vintage.cutoff))
        outlooks[vintage.cutoff] = outlook
    columns = ["source", "cutoff", *_FORECAST]
    return (pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)), outlooks
