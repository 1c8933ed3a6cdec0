"""Figures of the overview, picked from published tables: outlook, pressure, drift by driver and age. Masked rows stay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from models.view.run import NOMINAL, TOTAL, rows_of

if TYPE_CHECKING:
    from models.view.run import RunView

DRIVERS = ("demography", "uptake", "mix", "unit_cost", "price_index", "budget_events")
AGE_BANDS = ("0-17", "18-22", "23-39", "40-66", "67+")
OLDEST = AGE_BANDS[-1]
ALL_AGES = "all"


@dataclass(frozen=True)
class Outlook:
    """One frame, committee or the total in one accounting year, at the run's named price level.

    Attributes:
        level: frame, committee or total.
        member: Its key.
        label: What it is called.
        year: Accounting year.
        budget: The frame; NaN where none is given.
        mean: Expected result.
        deviation: Expected result less frame; plus is overspending.
        low: 10 % quantile of the deviation.
        high: 90 % quantile of the deviation.
        probability_over: Share of draws above the frame.
    """

    level: str
    member: str
    label: str
    year: int
    budget: float
    mean: float
    deviation: float
    low: float
    high: float
    probability_over: float


def outlook_years(run: RunView) -> list[int]:
    """Years that can be shown: those ahead, with a frame first of all."""
    members = run.baseline.members
    with_frame = members[members["budget"].notna()] if run.baseline.has_frames else members
    return sorted({int(year) for year in (with_frame if len(with_frame) else members)["year"]})


def default_year(run: RunView) -> int | None:
    """The year that the council looks at: the first whole year ahead, else the last there is."""
    years = outlook_years(run)
    ahead = [year for year in years if year > run.cutoff.year]
    return ahead[0] if ahead else (years[-1] if years else None)


def outlook(run: RunView, year: int, language_total: str) -> list[Outlook]:
    """Every shown member in one year: the total first, then committees and frames.

    A committee that holds one frame only says what the frame says; it is left out.

    Args:
        run: The run.
        year: Accounting year.
        language_total: What the total is called.
    """
    members = run.baseline.members
    services = run.tables["services"]
    frames_of = services.groupby("committee")["frame"].nunique()
    rows = []
    for row in rows_of(members[members["year"] == year]):
        if row.level == "committee" and frames_of.get(row.member, 0) < 2:
            continue
        label = language_total if row.level == "total" else str(row.label)
        rows.append(
            Outlook(
                level=str(row.level),
                member=str(row.member),
                label=label,
                year=year,
                budget=float(row.budget),
                mean=float(row.mean),
                deviation=float(row.deviation_mean),
                low=float(row.deviation_q10),
                high=float(row.deviation_q90),
                probability_over=float(row.probability_over),
            )
        )
    return rows


def total_outlook(run: RunView, year: int, language_total: str = "") -> Outlook | None:
    """The total in one year, or None when it is masked or not there."""
    return next((row for row in outlook(run, year, language_total) if row.level == "total"), None)


def interval(run: RunView, year: int) -> tuple[float, float]:
    """Where the total ends 4 times out of 5 in one year."""
    members = run.baseline.members
    row = members[(members["level"] == "total") & (members["year"] == year)]
    return float(row["q10"].iloc[0]), float(row["q90"].iloc[0])


def price_levels(run: RunView) -> list[str]:
    """Price levels that the pressure can be shown in: fixed prices first."""
    levels = {str(level) for level in run.tables["forecast_years"]["price_level"]}
    return sorted(levels - {NOMINAL}, reverse=True) + ([NOMINAL] if NOMINAL in levels else [])


def shown_members(run: RunView) -> list[tuple[str, str]]:
    """The total, committees and frames whose pressure may be shown, in that order."""
    forecast = run.tables["forecast_years"]
    seen = forecast[(forecast["mask"] == "") & forecast["level"].isin(["committee", "frame"])]
    pairs = seen[["level", "member"]].drop_duplicates().sort_values(["level", "member"], kind="stable")
    return [TOTAL, *((str(level), str(member)) for level, member in pairs.itertuples(index=False))]


def pressure(run: RunView, level: str, member: str, price_level: str) -> pd.DataFrame:
    """Gross expenditure by year in which the help was given: what happened, then what is expected.

    Returns:
        year, kind (actual or forecast), mean, q10, q90; whole years of history; masked years are left out.
    """
    wanted = {"level": level, "member": member, "price_level": price_level, "basis": "service_year"}
    ahead = _where(run.tables["forecast_years"], wanted | {"variant": "main"})
    past = _where(run.tables["actual_years"], wanted)
    first = ahead["year"].min() if len(ahead) else None
    past = past if first is None else past[past["year"] < first]
    gross = past["gross"]
    history = pd.DataFrame({"year": past["year"], "kind": "actual", "mean": gross, "q10": gross, "q90": gross})
    future = ahead[["year", "mean", "q10", "q90"]].assign(kind="forecast")
    both = pd.concat([history, future[history.columns]], ignore_index=True)
    return both[both["mean"].notna()].sort_values("year", ignore_index=True)


@dataclass(frozen=True)
class Drift:
    """Why expenditure moved between two periods; nominal, whole currency units.

    Attributes:
        from_period: Earlier period, as published.
        to_period: Later period.
        start: Expenditure of the earlier period.
        end: Expenditure of the later period.
        effects: Driver -> effect; sums to end - start.
        by_age: Driver -> age band -> effect, where the run knows ages; NaN where masked.
    """

    from_period: str
    to_period: str
    start: float
    end: float
    effects: dict[str, float]
    by_age: dict[str, dict[str, float]]

    @property
    def change(self) -> float:
        """How much expenditure rose."""
        return self.end - self.start

    @property
    def knows_ages(self) -> bool:
        """Whether any bar is split by age."""
        return any(self.by_age.values())

    def of_age(self, band: str) -> float:
        """Effect of every driver in one age band; NaN where any of them is masked."""
        return float(sum(ages[band] for ages in self.by_age.values() if band in ages))

    @property
    def more_elderly(self) -> float | None:
        """How much comes from more citizens of 67 and over; NaN where masked, None where the run can't tell."""
        return self.by_age.get("demography", {}).get(OLDEST)

    @property
    def shown(self) -> dict[str, float]:
        """The effects that are not masked."""
        return {driver: effect for driver, effect in self.effects.items() if not pd.isna(effect)}

    @property
    def hidden(self) -> float:
        """All masked effects together; 0 where none is masked."""
        return self.change - sum(self.shown.values()) if len(self.shown) < len(self.effects) else 0.0

    @property
    def shown_ages(self) -> dict[str, float]:
        """The age bands that are not masked, with what changed in them."""
        sums = {band: self.of_age(band) for band in AGE_BANDS}
        return {band: effect for band, effect in sums.items() if not pd.isna(effect)}


def drift(run: RunView, comparison: str, level: str, member: str) -> Drift | None:
    """The drift of one member; None when the run has none for it, or it is masked."""
    rows = _where(run.tables["drift"], {"comparison": comparison, "level": level, "member": member})
    ends = {str(row.driver): float(row.effect) for row in rows_of(rows) if row.driver in {"start", "end"}}
    if set(ends) != {"start", "end"}:
        return None
    by_age = {driver: _ages(rows, driver) for driver in DRIVERS}
    effects = {}
    for driver in DRIVERS:
        whole = rows[(rows["driver"] == driver) & (rows["age_band"] == ALL_AGES)]
        ages = by_age[driver]
        if len(whole) or ages:
            effects[driver] = float(whole["effect"].iloc[0]) if len(whole) else float(sum(ages.values()))
    first = rows.iloc[0]
    return Drift(
        from_period=str(first["from_period"]),
        to_period=str(first["to_period"]),
        start=ends["start"],
        end=ends["end"],
        effects=effects,
        by_age=by_age,
    )


def _ages(rows: pd.DataFrame, driver: str) -> dict[str, float]:
    part = rows[(rows["driver"] == driver) & (rows["age_band"] != ALL_AGES)]
    return {str(row.age_band): float(row.effect) for row in rows_of(part)}


def _where(table: pd.DataFrame, wanted: dict[str, str]) -> pd.DataFrame:
    keep = pd.Series(data=True, index=table.index)
    for column, value in wanted.items():
        keep &= table[column] == value
    return table[keep]
