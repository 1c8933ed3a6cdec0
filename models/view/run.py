"""One published run as the pages see it: tables, record, baseline, and the facts that stand on every page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.age_bands import AGES_JOINED
from models.origin import Origin
from models.scenario import Baseline, build_baseline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from models.view.language import Language

NOMINAL = "nominal"
_WIDER = 1.005
"""A factor that would show in no figure is none."""
TOTAL = ("total", "total")


def rows_of(table: pd.DataFrame) -> Iterable[Any]:
    """Rows with a column per attribute, their types left to the contract."""
    return table.itertuples(index=False)


@dataclass(frozen=True, eq=False)
class RunView:
    """One published run.

    Attributes:
        run_id: The run's name.
        tables: Published tables by name; never changed.
        record: Facts of the run record.
        baseline: The run's draws, summed to years.
    """

    run_id: str
    tables: Mapping[str, pd.DataFrame]
    record: Mapping[str, object]
    baseline: Baseline

    @classmethod
    def of(cls, run_id: str, tables: Mapping[str, pd.DataFrame], record: Mapping[str, object]) -> RunView:
        """Make the view; the draws are summed to years once and then let go."""
        kept = {**tables, "draws": tables["draws"][["service", "month"]]}
        kept.pop("uniforms", None)
        return cls(run_id=run_id, tables=kept, record=record, baseline=build_baseline(tables))

    @property
    def joins_ages(self) -> bool:
        """Whether small age bands were joined with a neighbour, so that the split by age is approximate."""
        return bool((self.tables["notices"]["notice_id"] == AGES_JOINED).any())

    def fact(self, key: str, default: str = "") -> str:
        """One fact as text; ``default`` when the run does not say."""
        value = self.record.get(key)
        return default if value is None else str(value)

    @property
    def currency(self) -> str:
        """Currency of every amount."""
        return self.fact("currency", "DKK")

    @property
    def price_level(self) -> str:
        """Price level of the comparison with the frames."""
        return self.baseline.price_level

    def index_known(self, year: int) -> bool | None:
        """Whether the price index gives the year's growth; False: carried on, not verified. None: no index, or not told."""
        last = self.record.get("price_index_to")
        return year <= last if isinstance(last, int) else None

    @property
    def cutoff(self) -> date:
        """Last month of data (first day)."""
        said = self.fact("cutoff")
        return date.fromisoformat(said[:10]) if said else self._first_month_ahead()

    def _first_month_ahead(self) -> date:
        """The first forecast month, where the record names no cutoff."""
        first = self.tables["draws"]["month"].min()
        return date(first.year, first.month, 1)

    @property
    def finished(self) -> datetime | None:
        """When the run was published, or None when the record doesn't say."""
        said = next((self.fact(key) for key in ("finished_at", "published_at", "started_at") if self.fact(key)), "")
        return datetime.fromisoformat(said) if said else None

    @property
    def code_version(self) -> str:
        """Version and commit of the code that made it."""
        parts = [self.fact("version"), self.fact("git_commit")[:8]]
        return " ".join(part for part in parts if part)

    @cached_property
    def origin(self) -> Origin:
        """Where its figures come from."""
        return Origin.of(self.run_id, self.record, self.tables)

    def days_old(self, today: date) -> int | None:
        """Days since the run was published; None when the record doesn't say."""
        finished = self.finished
        return None if finished is None else (today - finished.date()).days

    @property
    def calibrated_months(self) -> int:
        """How far ahead, in months, intervals are calibrated on what earlier origins missed; 0 where they are not."""
        return int(self.fact("calibrated_months", "0"))

    @property
    def widened(self) -> bool | None:
        """Whether intervals were made wider after looking back; None where no forecast made again could be judged."""
        said = self.record.get("widened")
        factors = [factor for found in said.values() for factor in found] if isinstance(said, dict) else []
        return max(factors) > _WIDER if factors else None

    def label(self, language: Language, level: str, member: str) -> str:
        """What a frame, committee, service or the total is called."""
        if level == "total":
            return language.text("I alt")
        danish, english = self._labels.get((level, member), (member, member))
        return language.pick(danish, english)

    @cached_property
    def _labels(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(level, member) -> Danish and English; pages ask at every move."""
        services = self.tables["services"]
        found = {("frame", str(row.frame)): (str(row.frame_label), str(row.frame_label)) for row in rows_of(services)}
        return found | {("service", str(row.service)): (str(row.label_da), str(row.label_en)) for row in rows_of(services)}


def read_record(table: pd.DataFrame) -> dict[str, object]:
    """Decode the run record: key -> value."""
    return {str(row.key): json.loads(row.value) for row in rows_of(table) if isinstance(row.value, str)}


def price_level_text(language: Language, level: str) -> str:
    """Name a price level in words.

    Example:
        >>> from models.view.language import Language
        >>> price_level_text(Language("da"), "2026-pl"), price_level_text(Language("da"), "nominal")
        ('2026-priser (pl-niveau 2026)', 'løbende priser')
    """
    if level == NOMINAL:
        return language.text("løbende priser")
    return language.text("{year}-priser (pl-niveau {year})", year=level[:4])


def short_price_level(language: Language, level: str) -> str:
    """The same for a large screen.

    Example:
        >>> from models.view.language import Language
        >>> short_price_level(Language("da"), "2026-pl")
        '2026-priser'
    """
    return price_level_text(language, level) if level == NOMINAL else language.text("{year}-priser", year=level[:4])
