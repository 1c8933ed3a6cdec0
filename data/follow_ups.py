"""Earlier follow-ups: what published runs said of the year when they were made. Read when the page asks, never copied.

A run's file never changes and carries its own masks, so nothing that a run hid is copied into a later one, and a run's digest
rests on no other run. Of each earlier cutoff the newest ordinary run counts; one made afterwards with ``--as-of`` stands in only
where there is none, and is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import NoPublishedRun
from data.mart import Mart, published_file
from data.vintages import Vintage, list_vintages

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    import pandas as pd

    from data.settings import Paths

MOST_FOLLOW_UPS = 3


@dataclass(frozen=True, eq=False)
class EarlierResult:
    """One earlier run's result of the year.

    Attributes:
        vintage: Which run, and what it knew.
        price_level: The level its price factors are measured at.
        result: YEAR_RESULT.
        months: YEAR_RESULT_MONTHS.
    """

    vintage: Vintage
    price_level: str
    result: pd.DataFrame
    months: pd.DataFrame


def earlier_results(
    paths: Paths, *, cutoff: date, municipality: str, currency: str, months: Collection[int]
) -> list[EarlierResult]:
    """The follow-ups before a run, newest first.

    Args:
        paths: Home.
        cutoff: Of the run that is shown (first day of its last month).
        municipality: Other municipalities' runs are none of ours.
        currency: The same currency only.
        months: Calendar months after which the municipality follows up (setting ``follow_up_months``).

    Returns:
        At most three; runs that can't be read, or were published before there was a year's result, are passed over.
    """
    chosen = {
        at: vintage for at, vintage in _newest(paths, municipality, currency).items() if at.date() < cutoff and at.month in months
    }
    found: list[EarlierResult] = []
    for at in sorted(chosen, reverse=True):
        if len(found) < MOST_FOLLOW_UPS and (read := _read(paths, chosen[at])) is not None:
            found.append(read)
    return found


def results_at(
    paths: Paths, cutoffs: Collection[pd.Timestamp], *, municipality: str, currency: str
) -> dict[pd.Timestamp, EarlierResult]:
    """What published runs of given cutoffs said of the year; a cutoff without one is left out.

    Args:
        paths: Home.
        cutoffs: First days of last months.
        municipality: Other municipalities' runs are none of ours.
        currency: The same currency only.
    """
    newest = _newest(paths, municipality, currency)
    read = {at: _read(paths, newest[at]) for at in sorted(set(cutoffs)) if at in newest}
    return {at: found for at, found in read.items() if found is not None}


def _newest(paths: Paths, municipality: str, currency: str) -> dict[pd.Timestamp, Vintage]:
    """Of each cutoff the newest ordinary run, else the newest that was made afterwards."""
    chosen: dict[pd.Timestamp, Vintage] = {}
    for vintage in list_vintages(paths):
        if vintage.municipality != municipality or vintage.currency != currency:
            continue
        known = chosen.get(vintage.cutoff)
        if known is None or (known.as_of and not vintage.as_of):
            chosen[vintage.cutoff] = vintage
    return chosen


def _read(paths: Paths, vintage: Vintage) -> EarlierResult | None:
    mart = Mart(published_file(paths, vintage.run_id), vintage.run_id)
    try:
        with mart.held():
            level = str(mart.record("price_level"))
            return EarlierResult(vintage, level, mart.table("year_result"), mart.table("year_result_months"))
    except (NoPublishedRun, KeyError):
        return None
