"""Synthetic municipalities for ``make year-backtest``: what their systems would have exported at the end of a month, taken in
night after night by one home, as a municipality's is.

Nothing is mocked: the files are written by the sample's own writers, cut at the month, and the night is the product's own steps.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from year_frames import FRAME_OF, FRAMES, budget_rows, events, frame_rows

from data.reference.catalogue import load_catalogue
from data.settings import Paths, Settings, read_settings
from data.synthetic import budget, statbank
from data.synthetic.calendar import NEVER, Window, first_day, window_of
from data.synthetic.casefile import case_lines, commitment_lines
from data.synthetic.deliveries import Folder, TextFile
from data.synthetic.ledgerfile import HEADER, ledger_lines
from data.synthetic.plan import PLANS
from data.synthetic.pricing import Priced
from data.synthetic.seeds import generator
from data.synthetic.town import Town, build_town
from flows.citizens import remember_sample
from flows.journal import Journal
from flows.night import Night, begun, run_step
from flows.progress import Bars
from flows.record import new_run_id
from flows.steps import ORDER, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

MONTHS = 120
END = "2026-12"
AUTHORITY = tuple(load_catalogue().authority_expense_types)


@cache
def town_of(seed: int) -> Town:
    """One municipality, from January 2017 to what came of December 2026."""
    return build_town(window_of(END, MONTHS), seed=seed, municipality="151", size=1.0, population=None)


def until(window: Window, cutoff: int) -> Window:
    """The window that ends with month number ``cutoff``."""
    return Window(window.start, cutoff - window.start + 1)


def in_account(postings: pd.DataFrame, year: int) -> pd.DataFrame:
    """Postings of an accounting year that its frames answer for: account class 1 of the services and their institutions."""
    return postings[(postings["plan"] >= 0) & (postings["account_class"] == 1) & (postings["year"] == year)]


def by_frame(postings: pd.DataFrame) -> dict[str, float]:
    """Frame -> DKK."""
    sums = (postings["ore"] / 100).groupby(FRAME_OF[postings["plan"]]).sum()
    return {frame: float(sums.get(frame, 0.0)) for frame in FRAMES}


def came(town: Town, year: int) -> dict[str, float]:
    """Frame -> what the accounting year ended at, DKK, with everything posted after the window."""
    return by_frame(in_account(town.postings, year))


def gross_months(town: Town) -> pd.Series:
    """(service, month number) -> what the authority came to pay for the month, DKK, however late it was posted."""
    rows = town.postings
    rows = rows[(rows["plan"] >= 0) & (rows["account_class"] == 1) & rows["art"].isin(AUTHORITY)]
    service = np.array([plan.key for plan in PLANS])[rows["plan"]]
    return (rows["ore"] / 100).groupby([service, rows["month"].to_numpy()]).sum()


def _known_at(town: Town, window: Window) -> Priced:
    """Cases and price rows as the case system knew them, granted ones too: ends and decisions that came later are not there."""
    cases, rows = town.priced.cases, town.priced.rows
    ends = cases["end"].to_numpy()
    known = ((rows["from_day"] <= window.last_day) | rows["first"]) & (rows["recorded"] <= window.last_day)
    return Priced(
        cases.assign(end=np.where(ends > window.last_day, NEVER, ends)), rows[known].reset_index(drop=True), town.priced.months
    )


@dataclass
class Home:
    """One municipality's home, month after month.

    Attributes:
        town: What is true.
        seed: The town's.
        paths: Where the home lies.
        exports: Every delivery, in a folder of its own.
        lines: Calendar year -> all lines of its ledger file, in order of posting.
        newest: Month number of the newest delivery; 0: none yet.
    """

    town: Town
    seed: int
    paths: Paths
    exports: Path
    lines: dict[int, list[str]]
    newest: int = 0

    @classmethod
    def begin(cls, seed: int, folder: Path, town: Town | None = None) -> Home:
        """An empty home in an empty folder; of the usual municipality of that seed where none is given."""
        town = town_of(seed) if town is None else town
        paths = Paths(home=folder / "home", secrets=folder / "keys")
        paths.inbox.mkdir(parents=True)
        lines = ledger_lines(
            town.exported, town.identity, town.numbers, generator(seed, "151", "ledger"), municipality=town.municipality
        )
        return cls(town, seed, paths, folder / "exports", lines)

    def deliver(self, cutoff: int) -> None:
        """Put what is new since the last delivery into the inbox, as it stood at the end of month number ``cutoff``."""
        town, window = self.town, until(self.town.window, cutoff)
        folder = Folder(self.exports / window.end_text)
        posted = town.exported["posted"].to_numpy()
        year_of = posted.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
        known = posted <= window.last_day
        since = max(self.newest // 12, window.start_year) if self.newest else window.start_year
        for year in range(since, window.end_year + 1):
            at = known & (year_of == year)
            total = int(town.exported["ore"].to_numpy()[at].sum())
            folder.text(f"ledger_{year}.csv", TextFile(HEADER, self.lines[year][: int(at.sum())], encoding="cp1252", total=total))
        self._cases(folder, window)
        self._surroundings(folder, window)
        for name in folder.written:
            shutil.copy(folder.out / name, self.paths.inbox / name)
        remember_sample(self.paths, [file for file in self.exports.rglob("*") if file.is_file()])
        self.newest = cutoff

    def _cases(self, folder: Folder, window: Window) -> None:
        town, priced = self.town, _known_at(self.town, window)
        header, lines = case_lines(
            priced, town.identity, town.caseload.household, town.caseload.citizen_male, town.numbers, window,
            generator(self.seed, "151", "cases"), municipality="151",
        )  # fmt: skip
        folder.text(f"cases_{window.end_text}.csv", TextFile(header, lines))
        begun = replace(priced, rows=priced.rows[priced.rows["from_day"] <= window.last_day].reset_index(drop=True))
        header, lines = commitment_lines(begun, town.identity, town.numbers, window, municipality="151")
        folder.text(f"commitments_{window.end_text}.csv", TextFile(header, lines))

    def _surroundings(self, folder: Folder, window: Window) -> None:
        """Population and its projections, the index, frames, budgets and events: each new year brings new ones."""
        town, code = self.town, "151"
        folk = statbank.folk_lines(town.counts, window, code)
        folder.text(f"FOLK1A_{code}.csv", TextFile(statbank.FOLK_HEADER, folk, encoding="utf-8", newline="\n"))
        if self.newest // 12 == window.end_year:
            return
        vintage = window.end_year
        official = statbank.frkm_lines(town.counts, vintage, code)
        folder.text(f"FRKM1{vintage % 100:02d}.csv", TextFile(statbank.FRKM_HEADER, official, encoding="utf-8", newline="\n"))
        folder.text(
            "population_projection.csv",
            TextFile(statbank.PROJECTION_HEADER, statbank.variant_lines(town.counts, vintage, code)),
        )
        folder.workbook("price_index.xlsx", budget.INDEX_HEADER, budget.index_rows(window))
        if not self.newest:
            rows = budget_rows(town, generator(self.seed, code, "budget"))
            folder.workbook("budget.xlsx", budget.BUDGET_HEADER, rows)
            folder.workbook("frames.xlsx", budget.FRAMES_HEADER, frame_rows(code))
            folder.workbook("budget_events.xlsx", budget.EVENTS_HEADER, budget.event_rows(events(town), code))

    def settings(self) -> Settings:
        """The product's own, one process."""
        return replace(read_settings(self.paths), workers=1)


WHOLE = ORDER[1:]
"""Every step of a night whose files lie in the inbox."""


def night(home: Home, look: Callable[[Night], object], steps: Sequence[Step] = WHOLE) -> object:
    """One night of the home; what ``look`` finds in its memory before it ends.

    Args:
        home: With a delivery in its inbox.
        look: Called with the night.
        steps: All of them, or those that the year's result rests on (``year_nights``).

    Raises:
        ValueError: A file of the delivery was refused, so the night went on older ones.
    """
    settings = home.settings()
    clock = lambda: datetime.now(UTC)  # noqa: E731
    journal = Journal(home.paths, new_run_id(clock()), clock)
    journal.started("run")
    with begun(Night(settings, journal.run_id, journal=journal, clock=clock, bars=Bars())) as made:
        for step in steps:
            run_step(step, made.run_id)
        journal.ended("published", made.held.get("exit_code", 0), made.held.get("message", ""))
        files = made.frames["input_files"]
        refused = sorted(files.loc[files["status"] == "refused", "file_name"])
        if refused:
            message = f"files of the delivery were refused: {', '.join(refused)}"
            raise ValueError(message)
        return look(made)


def last_day_of(cutoff: int) -> int:
    """The last day of a month number."""
    return int(first_day(cutoff + 1)) - 1
