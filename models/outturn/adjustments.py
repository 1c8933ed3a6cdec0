"""Staff's adjustments: a coming event that staff know of, as a line of its own beside the forecast. No driver or draw is moved.

A krone counts once: what lies in the cutoff's month or before is posted, or completed as late; what has begun is taken to be in
the data unless the adjustment says that it is not yet; one that is *among the expected* counts only by what it costs beyond the
usual newcomer, which the forecast already holds. It counts in the month that it is for, as decided savings do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.accounting import PERIODS
from models.plans import to_level
from models.pressure import published_frame
from models.years import NOMINAL, price_by_year

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from models.types import Array, DriverTables, PressureDraws

COUNTS, WITHDRAWN, IN_DATA, BEGUN, OVER, UNKNOWN = "counts", "withdrawn", "in_data", "begun", "over", "unknown"
HIDDEN = "hidden"
"""What becomes of an adjustment; only ``counts`` moves a figure."""
COLUMNS = (
    "adjustment_id", "kind", "frame", "service", "effective_from", "effective_to", "amount_dkk", "amount_per", "change_pct",
    "price_level", "among_expected", "in_data", "reason", "who", "entered_on", "withdrawn_on", "withdrawn_by", "entered_by",
)  # fmt: skip


@dataclass(frozen=True)
class Adjusted:
    """Adjustments laid on accounting years, nominal.

    Attributes:
        amounts: (frame, service, year) -> (13,) by accounting period; ``""`` where no service is named.
        rows: One row per adjustment: ``COLUMNS``, standing, and what it moves in each year.
        by_year: (adjustment_id, year) -> currency.
    """

    amounts: dict[tuple[str, str, int], Array]
    rows: pd.DataFrame
    by_year: dict[tuple[str, int], float]

    def of(self, year: int, *, frames: list[str] | None = None, service: str | None = None) -> Array:
        """(13,) of one service, or of frames with all their services, in one year."""
        found = np.zeros(PERIODS)
        for (frame, own, at), amount in self.amounts.items():
            if at == year and (frame in frames if frames is not None else own == service):
                found += amount
        return found


def resting_on_hidden(rows: pd.DataFrame, hidden: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Mark, in a column ``rests_on_hidden``, adjustments whose kroner are worked out from a forecast that is not shown.

    A percentage of a hidden service's cost would tell that cost in the line *adjusted*, which every sum above it shows, and
    so would what a usual newcomer costs. Such an adjustment does not count: in kroner, and beyond what is expected, it does.

    Args:
        rows: ``COLUMNS``.
        hidden: (level, member) whose months are hidden.
    """
    services, frames = rows["service"].map(_text), rows["frame"].map(_text)
    members = [("service", service) if service else ("frame", frame) for service, frame in zip(services, frames, strict=True)]
    is_hidden = pd.Series([member in hidden for member in members], index=rows.index, dtype=bool)
    is_once = pd.Series([_per(row) == "once" for row in rows.to_dict("records")], index=rows.index, dtype=bool)
    among = pd.Series([bool(_flag(value)) for value in rows["among_expected"]], index=rows.index, dtype=bool)
    return rows.assign(rests_on_hidden=is_hidden & (rows["change_pct"].notna() | (among & ~is_once)))


def no_adjustments() -> pd.DataFrame:
    """An empty frame of adjustments."""
    return pd.DataFrame(columns=list(COLUMNS))


def adjust(
    rows: pd.DataFrame,
    draws: PressureDraws,
    drivers: DriverTables,
    *,
    years: tuple[int, ...],
    split: pd.DataFrame | None = None,
) -> Adjusted:
    """Lay adjustments on the open accounting years.

    Args:
        rows: ``COLUMNS``, and what :func:`resting_on_hidden` adds; services as keys. Amounts at ``price_level`` (missing:
            nominal) per ``amount_per`` (missing: once of a one_off, else year), or ``change_pct`` of the mean expected gross
            of the months in force.
        draws: The run's draws.
        drivers: Services, prices, cutoff.
        years: Open accounting years.
        split: service, month, committed, new, ended: what the forecast expects of newcomers; None or empty: not told.

    Returns:
        Nominal amounts by period, and every adjustment with its standing.
    """
    frame_of = {str(key): str(value) for key, value in drivers.services.set_index("service")["frame"].items()}
    expected = _Expected(draws, frame_of, split)
    amounts: dict[tuple[str, str, int], Array] = {}
    standings: list[str] = []
    by_year: dict[tuple[str, int], float] = {}
    prices = price_by_year(drivers)
    for row in rows.to_dict("records"):
        service, frame = _text(row["service"]), _text(row["frame"])
        own = frame_of.get(service, "") if service else frame
        standing = _standing(row, drivers.cutoff)
        if standing == COUNTS and row.get("rests_on_hidden"):
            standing = HIDDEN
        is_known = own in set(frame_of.values()) and (not frame or frame == own)
        standings.append(standing if standing != COUNTS or is_known else UNKNOWN)
        for year in years if standings[-1] == COUNTS else ():
            laid = _laid(row, year, drivers.cutoff, prices, expected.of(own, service, year))
            if laid.any():
                key = (own, service, year)
                amounts[key] = amounts.get(key, np.zeros(PERIODS)) + laid
                by_year[str(row["adjustment_id"]), year] = float(laid.sum())
    return Adjusted(amounts, rows.assign(standing=pd.Series(standings, index=rows.index, dtype=object)), by_year)


def _standing(row: Mapping[Any, Any], cutoff: pd.Timestamp) -> str:
    """Whether it counts, and if not why."""
    month_end, ahead = cutoff + pd.offsets.MonthEnd(0), cutoff + pd.DateOffset(months=1)
    if pd.notna(row["withdrawn_on"]):
        return WITHDRAWN
    is_late = _flag(row["in_data"]) is False
    if _flag(row["in_data"]):
        return IN_DATA
    is_over = pd.notna(row["effective_to"]) and pd.Timestamp(str(row["effective_to"])) <= month_end
    if is_over and not (is_late and _per(row) == "once"):
        return OVER
    return BEGUN if pd.Timestamp(str(row["effective_from"])) < ahead and not is_late else COUNTS


def _flag(value: Any) -> bool | None:  # noqa: ANN401  (a cell of a frame)
    return None if pd.isna(value) else bool(value)


def _per(row: Mapping[Any, Any]) -> str:
    return _text(row["amount_per"]) or ("once" if row["kind"] == "one_off" else "year")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _laid(
    row: Mapping[Any, Any], year: int, cutoff: pd.Timestamp, prices: dict[int, float], expected: tuple[Array, Array]
) -> Array:
    """(13,) what one adjustment moves in a year, nominal."""
    gross, usual = expected
    start = pd.Timestamp(str(row["effective_from"]))
    once = _per(row) == "once" and pd.isna(row["change_pct"])
    if once:
        in_force = _once(start, year, cutoff)
    else:
        end = pd.Timestamp(str(row["effective_to"])) if pd.notna(row["effective_to"]) else None
        in_force = _in_force(start, end, year, cutoff)
    if pd.notna(row["change_pct"]):
        return np.asarray(in_force * gross * float(str(row["change_pct"])) / 100.0)
    level = _text(row["price_level"]) or NOMINAL
    whole = to_level(float(str(row["amount_dkk"])), price_level=level, year=year, level=NOMINAL, prices=prices)
    if not np.isfinite(whole):
        return np.zeros(PERIODS)
    a_month = whole if once or _per(row) == "month" else whole / 12.0
    laid = in_force * a_month
    if _flag(row["among_expected"]) and not once:
        laid = laid - np.sign(a_month) * in_force * np.minimum(usual, abs(a_month))
    return np.asarray(laid)


def _once(start: pd.Timestamp, year: int, cutoff: pd.Timestamp) -> Array:
    """(13,) 1.0 in its month; what is past and not posted yet falls in the first period after the cutoff."""
    month = max(start.year * 12 + start.month - 1, cutoff.year * 12 + cutoff.month)
    found = np.zeros(PERIODS)
    if start.year == cutoff.year and cutoff.month == 12:
        found[12] = float(year == cutoff.year)
    elif month // 12 == year:
        found[month % 12] = 1.0
    return found


def _in_force(start: pd.Timestamp, end: pd.Timestamp | None, year: int, cutoff: pd.Timestamp) -> Array:
    """(13,) share of each month of a year, after the cutoff's, in which an adjustment is in force."""
    months = pd.date_range(f"{year}-01-01", periods=12, freq="MS")
    last = months + pd.offsets.MonthEnd(0)
    days = np.asarray(last.day, dtype=np.float64)
    first_day = np.clip(np.asarray(-(months - start).days, dtype=np.float64), 0.0, days)
    past_end = np.zeros(12) if end is None else np.clip(np.asarray((last - end).days, dtype=np.float64), 0.0, days)
    share = np.clip(days - first_day - past_end, 0.0, days) / days
    return np.append(np.where(months > cutoff, share, 0.0), 0.0)


class _Expected:
    """What the forecast already holds of a frame or service: mean gross by month, and a usual newcomer's part of it."""

    def __init__(self, draws: PressureDraws, frame_of: dict[str, str], split: pd.DataFrame | None) -> None:
        self._months = draws.months
        self._services = draws.services
        self._frames = [frame_of.get(service, "") for service in draws.services]
        self._gross = draws.gross_nominal.mean(axis=2)
        volume = np.nan_to_num(draws.volume.mean(axis=2))
        self._each = np.divide(self._gross, volume, out=np.zeros_like(self._gross), where=volume > 0)
        new = np.ones_like(self._gross)
        if split is not None and len(split):
            index = pd.MultiIndex.from_product([draws.services, draws.months])
            found = split.set_index(["service", "month"])["new"].astype(float).reindex(index).fillna(1.0)
            new = found.to_numpy(dtype=np.float64).reshape(self._gross.shape)
        self._new = new * self._gross

    def of(self, frame: str, service: str, year: int) -> tuple[Array, Array]:
        """(13,) mean gross, and (13,) the cost of one usual newcomer, at most what is expected of newcomers; 0 of a frame."""
        at = np.asarray(self._months.year == year)
        place = np.asarray(self._months.month)[at] - 1
        gross, usual = np.zeros((2, PERIODS))
        if service in self._services:
            row = self._services.index(service)
            gross[place] = self._gross[row, at]
            usual[place] = np.minimum(self._each[row, at], self._new[row, at])
        else:
            rows = [number for number, own in enumerate(self._frames) if own == frame]
            gross[place] = self._gross[rows][:, at].sum(axis=0)
        return gross, usual


def adjustment_table(made: Adjusted, *, masked: set[tuple[str, str]], years: tuple[int, ...]) -> pd.DataFrame:
    """STAFF_ADJUSTMENTS: every adjustment by year with its standing; a service whose years are hidden is not named.

    Args:
        made: From :func:`adjust`.
        masked: (level, member) hidden by year.
        years: Open accounting years; an adjustment has a row in each.
    """
    found = []
    for row in made.rows.to_dict("records"):
        hidden = ("service", _text(row["service"])) in masked
        facts = {name: row[name] for name in COLUMNS} | {"standing": row["standing"]}
        facts |= {"service": None if hidden else row["service"], "amount_per": _per(row)}
        key = str(row["adjustment_id"])
        found += [facts | {"year": year, "moves": made.by_year.get((key, year), 0.0)} for year in years]
    columns = [*COLUMNS, "standing", "year", "moves"]
    return published_frame("staff_adjustments", pd.DataFrame(found, columns=columns))


def adjustment_notices(made: Adjusted, *, later: int = 0, as_of: date | None = None) -> pd.DataFrame:
    """notice_id, member, text_da, text_en: what staff should look at.

    Args:
        made: From :func:`adjust`.
        later: How many were entered after the as-of day: they are not among ``made``.
        as_of: That day; None of an ordinary run.
    """
    rows = []
    if later and as_of is not None:
        events_da, events_en = ("hændelse", "event") if later == 1 else ("hændelser", "events")
        danish = f"{later} kommende {events_da}, der er skrevet efter as-of-dagen ({as_of:%d.%m.%Y}), tæller ikke med."
        english = f"Entered after the as-of day ({as_of:%Y-%m-%d}) and not counted: {later} coming {events_en}."
        rows.append(("adjustments_later", "run", danish, english))
    for word, (danish, english) in _NOTICES.items():
        count = int((made.rows["standing"] == word).sum())
        if count:
            rows.append((f"adjustments_{word}", "run", danish.format(n=count), english.format(n=count)))
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])


_BEGUN_DA = (
    "Justeringer, der er begyndt og ikke længere tæller, fordi data formodes at rumme dem: {n}. Er en af dem ikke i data endnu, "
    "så sig det (in_data = nej); ellers træk dem tilbage."
)
_BEGUN_EN = (
    "Adjustments that have begun and count no longer, since the data are taken to hold them: {n}. If one is not in the data yet, "
    "say so (in_data = no); else withdraw them."
)
_HIDDEN_DA = (
    "Justeringer i procent, eller blandt de ventede, på en indsats eller ramme, hvis tal er skjult, og som derfor ikke tæller: "
    "{n}. Skriv dem i kroner."
)
_HIDDEN_EN = (
    "Adjustments in per cent, or among the expected, on a service or frame whose figures are hidden, and which therefore do "
    "not count: {n}. Write them in kroner."
)
_NOTICES = {
    COUNTS: (
        "Årets resultat rummer økonomifolks egne justeringer på en linje for sig: {n}.",
        "The year's result holds staff's own adjustments on a line of their own: {n}.",
    ),
    BEGUN: (_BEGUN_DA, _BEGUN_EN),
    HIDDEN: (
        _HIDDEN_DA,
        _HIDDEN_EN,
    ),
    UNKNOWN: (
        "Justeringer på en ramme eller ydelse, som kørslen ikke har, og som derfor ikke tæller: {n}.",
        "Adjustments on a frame or service that the run does not have, and which therefore do not count: {n}.",
    ),
}
