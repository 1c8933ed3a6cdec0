"""Earlier forecasts against what came, as the page Modelkvalitet picks them: sources, members, scores, losses. No masked row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from models.view.run import TOTAL, rows_of

if TYPE_CHECKING:
    from models.view.run import RunView

VINTAGE, REMADE = "vintage", "remade"
OURS, BUDGET = "opdrift", "budget"
RULES = ("seasonal_naive", "last_year", "budget")
HORIZONS = ("1-3", "4-6", "7-12", "13-24", "25-36")
ALL, YEAR = "all", "year"
GROSS, FRAME_RESULT = "gross_nominal", "frame_result"
MEASURES = (GROSS, "volume", "unit_cost_real")
_YEAR_MONTHS = 12
_LEVEL_ORDER = ("total", "committee", "frame", "service")


@dataclass(frozen=True)
class Score:
    """How one method did for one member over one horizon.

    Attributes:
        method: opdrift, seasonal_naive, last_year or budget.
        n_origins: Earlier forecasts scored.
        n_points: Months (or years) scored.
        bias: Mean forecast less what came, per month (per year).
        bias_share: The same as share of what came.
        mase: See ``FORECAST_QUALITY``.
        wape: Mean miss as share of what came.
        pinball: Over the scale of mase.
        coverage: Share of points inside the 80 % interval.
    """

    method: str
    n_origins: int
    n_points: int
    bias: float
    bias_share: float
    mase: float
    wape: float
    pinball: float
    coverage: float


@dataclass(frozen=True)
class Compared:
    """Every method for one member, measure and horizon.

    Attributes:
        level: total, committee, frame or service.
        member: Its key.
        measure: What was forecast.
        horizon: Months ahead, ``all`` or ``year``.
        scores: By method; holds ``opdrift``.
    """

    level: str
    member: str
    measure: str
    horizon: str
    scores: dict[str, Score]

    @property
    def ours(self) -> Score:
        """The forecast's own score."""
        return self.scores[OURS]

    @property
    def best(self) -> str:
        """The rule that missed least; empty where there is none."""
        known = {name: self.scores[name].wape for name in RULES if name in self.scores and self.scores[name].wape >= 0}
        return min(known, key=lambda name: known[name]) if known else ""

    @property
    def lost_by(self) -> float:
        """How much more the forecast missed than the best rule, as share of what came; 0 or less where it won, NaN unknown."""
        return self.ours.wape - self.scores[self.best].wape if self.best else float("nan")

    @property
    def is_loss(self) -> bool:
        """Whether a rule missed less."""
        return self.lost_by > 0


@dataclass(frozen=True)
class LastTime:
    """The newest earlier forecast of which 12 months have come, for the whole.

    Attributes:
        cutoff: Last month it knew.
        months: Months summed.
        forecast: Their expected sum.
        actual: What came.
    """

    cutoff: pd.Timestamp
    months: int
    forecast: float
    actual: float

    @property
    def miss(self) -> float:
        """Forecast less what came, as share of what came."""
        return self.forecast / self.actual - 1.0


def sources(run: RunView) -> list[str]:
    """Where scored forecasts come from, earlier runs first."""
    found = set(run.tables["forecast_quality"]["source"])
    return [source for source in (VINTAGE, REMADE) if source in found]


def default_source(run: RunView) -> str | None:
    """The source with most to tell: earlier runs once a year of them can be scored, else remade ones; None of none."""
    found = sources(run)
    if not found:
        return None
    seen = compared(run, VINTAGE, *TOTAL, GROSS, "7-12") if VINTAGE in found else None
    return VINTAGE if seen is not None or REMADE not in found else REMADE


def _shown(run: RunView, source: str) -> pd.DataFrame:
    table = run.tables["forecast_quality"]
    return table[(table["source"] == source) & (table["mask"] == "")]


def compared(run: RunView, source: str, level: str, member: str, measure: str, horizon: str) -> Compared | None:
    """Scores of one member, or None where nothing is scored or it is hidden."""
    rows = _shown(run, source)
    keep = (rows["level"] == level) & (rows["member"] == member) & (rows["measure"] == measure) & (rows["horizon"] == horizon)
    return next(iter(_gathered(rows[keep])), None)


def everyone(run: RunView, source: str, measure: str, horizons: tuple[str, ...]) -> list[Compared]:
    """Every shown member and horizon, from the total down."""
    rows = _shown(run, source)
    found = _gathered(rows[(rows["measure"] == measure) & rows["horizon"].isin(horizons)])
    single = _single_frame_committees(run)
    kept = [item for item in found if not (item.level == "committee" and item.member in single)]
    return sorted(kept, key=lambda item: (_LEVEL_ORDER.index(item.level), item.member, _place(item.horizon)))


def _single_frame_committees(run: RunView) -> set[str]:
    """A committee with one frame says what the frame says."""
    frames = run.tables["services"].groupby("committee")["frame"].nunique()
    return {str(name) for name in frames.index[frames < 2]}


def _place(horizon: str) -> int:
    return HORIZONS.index(horizon) if horizon in HORIZONS else len(HORIZONS)


def _gathered(rows: pd.DataFrame) -> list[Compared]:
    found: dict[tuple[str, str, str, str], dict[str, Score]] = {}
    for row in rows_of(rows):
        score = Score(
            method=str(row.method), n_origins=int(row.n_origins), n_points=int(row.n_points), bias=float(row.bias),
            bias_share=float(row.bias_share), mase=float(row.mase), wape=float(row.wape), pinball=float(row.pinball),
            coverage=float(row.coverage),
        )  # fmt: skip
        found.setdefault((str(row.level), str(row.member), str(row.measure), str(row.horizon)), {})[score.method] = score
    return [Compared(*key, scores) for key, scores in found.items() if OURS in scores]


def losses(run: RunView, source: str) -> list[Compared]:
    """Where a simple rule missed less than the forecast, the largest difference first."""
    months = everyone(run, source, GROSS, HORIZONS)
    years = everyone(run, source, FRAME_RESULT, (YEAR,))
    return sorted((item for item in [*years, *months] if item.is_loss), key=lambda item: -item.lost_by)


def n_compared(run: RunView, source: str) -> int:
    """How many members and horizons could be compared with a rule at all."""
    both = [*everyone(run, source, GROSS, HORIZONS), *everyone(run, source, FRAME_RESULT, (YEAR,))]
    return sum(bool(item.best) for item in both)


def by_service(run: RunView, source: str, measure: str) -> list[Compared]:
    """Every shown service over all horizons: losses first, the largest on top."""
    found = [item for item in everyone(run, source, measure, (ALL,)) if item.level == "service"]
    return sorted(found, key=lambda item: (not item.is_loss, -item.lost_by if item.best else 0.0, item.member))


def hidden_services(run: RunView, source: str) -> list[str]:
    """Services that are scored but hidden."""
    table = run.tables["forecast_quality"]
    rows = table[(table["source"] == source) & (table["level"] == "service") & (table["mask"] != "")]
    return sorted({str(member) for member in rows["member"]})


def unscored_services(run: RunView, source: str, measure: str) -> list[str]:
    """Services without any score of that measure: too little history, or nothing of it since."""
    scored = {item.member for item in by_service(run, source, measure)} | set(hidden_services(run, source))
    return sorted({str(service) for service in run.tables["services"]["service"]} - scored)


def shown_members(run: RunView, source: str) -> list[tuple[str, str]]:
    """Who has earlier forecasts to show: the total, committees, frames, services."""
    table = run.tables["forecast_quality_months"]
    rows = table[(table["source"] == source) & (table["mask"] == "")]
    single = _single_frame_committees(run)
    pairs = {(str(level), str(member)) for level, member in rows[["level", "member"]].drop_duplicates().itertuples(index=False)}
    kept = [(level, member) for level, member in pairs if not (level == "committee" and member in single)]
    return sorted(kept, key=lambda pair: (_LEVEL_ORDER.index(pair[0]), pair[1]))


def earlier(run: RunView, source: str, level: str, member: str) -> pd.DataFrame:
    """Earlier forecasts of one member, month by month: cutoff, month, actual, mean, q10, q50, q90."""
    table = run.tables["forecast_quality_months"]
    keep = (table["source"] == source) & (table["level"] == level) & (table["member"] == member) & (table["mask"] == "")
    columns = ["cutoff", "month", "actual", "mean", "q10", "q50", "q90"]
    return table.loc[keep, columns].sort_values(["cutoff", "month"], ignore_index=True)


def last_time(run: RunView, source: str) -> LastTime | None:
    """The newest earlier forecast of the total of which a year has come; a shorter stretch where there is no such one yet."""
    rows = earlier(run, source, *TOTAL)
    if rows.empty:
        return None
    counts = rows.groupby("cutoff").size()
    whole = counts.index[counts >= _YEAR_MONTHS]
    cutoff = whole.max() if len(whole) else counts.index.min()
    own = rows[rows["cutoff"] == cutoff].head(_YEAR_MONTHS)
    found = LastTime(pd.Timestamp(cutoff), len(own), float(own["mean"].sum()), float(own["actual"].sum()))
    return found if found.actual > 0 else None
