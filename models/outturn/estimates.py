"""Staff's own earlier estimates of a year beside ours, and who was nearer once the year's accounts are known.

Both are of the same thing: the frame's account class 1 without state refund, nominal. Ours is what the published run of the same
last month said then (with staff's adjustments, as it was shown); its masks are its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.levels import TOTAL
from models.plans import REFUND
from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.types import DriverTables

OURS_NEARER, STAFF_NEARER, SAME = "ours", "staff", "same"
_SAME_WITHIN = 0.5
"""Currency: closer together than this, neither was nearer."""


@dataclass(frozen=True)
class Said:
    """What one published run said of the year.

    Attributes:
        result: YEAR_RESULT, masked as it was published.
        remade: Made afterwards, with ``--as-of``.
    """

    result: pd.DataFrame
    remade: bool


def closed_results(
    ledger: pd.DataFrame, drivers: DriverTables, *, open_years: tuple[int, ...]
) -> dict[tuple[str, str, int], float]:
    """The accounts of years that are over: (level, member, year) -> nominal result without state refund.

    Args:
        ledger: Extract ``ledger_periods``.
        drivers: Services, first month and cutoff.
        open_years: Accounting years to which postings are still expected.

    Returns:
        Services, frames and the total, of years before the cutoff's that the ledger holds from their first month on.
    """
    first = drivers.history["month"].min()
    whole = first.year + (first.month > 1)
    year = ledger["accounting_year"].astype(int)
    rows = ledger[(ledger["line"] != REFUND) & (year >= whole) & (year < drivers.cutoff.year) & ~year.isin(open_years)]
    services, frames = set(drivers.services["service"]), set(drivers.services["frame"].astype(str))
    ours = rows[rows["frame"].astype(str).isin(frames)]
    modelled = rows[(rows["side"] == "authority") & rows["service"].isin(services)]
    found: dict[tuple[str, str, int], float] = {}
    for level, part, key in (("service", modelled, "service"), ("frame", ours, "frame"), (TOTAL, ours.assign(all=TOTAL), "all")):
        sums = part["amount"].astype(float).groupby([part[key].astype(str), part["accounting_year"].astype(int)]).sum()
        found |= {(level, str(member), int(at)): float(value) for (member, at), value in sums.items()}
    return found


def estimate_table(
    estimates: pd.DataFrame,
    said: Mapping[pd.Timestamp, Said],
    actual: Mapping[tuple[str, str, int], float],
    drivers: DriverTables,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay staff's estimates beside ours and the accounts.

    Args:
        estimates: frame, service (missing: the whole frame), year, follow_up_on, amount_dkk.
        said: First day of the last month -> what the run of it said.
        actual: From :func:`closed_results`.
        drivers: Services with their frames.

    Returns:
        STAFF_ESTIMATES without masks, and notices (notice_id, member, text_da, text_en) where a frame or service is unknown.
    """
    frames, services = set(drivers.services["frame"].astype(str)), set(drivers.services["service"])
    rows, unknown = [], 0
    for item in estimates.itertuples():
        service = item.service if isinstance(item.service, str) else ""
        level, member = ("service", service) if service else (TOTAL, TOTAL) if item.frame == TOTAL else ("frame", str(item.frame))
        if member not in {"frame": frames, "service": services, TOTAL: {TOTAL}}[level]:
            unknown += 1
            continue
        on, year = pd.Timestamp(str(item.follow_up_on)), int(str(item.year))
        rows.append(_row((level, member, year), on, float(str(item.amount_dkk)), said.get(on.replace(day=1)), actual))
    columns = ["level", "member", "year", "follow_up_on", "staff", *_OURS, "actual", "staff_error", "ours_error", "nearer"]
    table = pd.DataFrame(rows, columns=columns).astype({"ours_remade": bool})
    return published_frame("staff_estimates", table), _notices(unknown)


_OURS = ("ours", "ours_q10", "ours_q90", "ours_remade")


def _row(
    key: tuple[str, str, int], on: pd.Timestamp, staff: float, said: Said | None, actual: Mapping[tuple[str, str, int], float]
) -> dict[str, object]:
    level, member, year = key
    ours = low = high = np.nan
    if said is not None:
        table = said.result
        own = table[(table["level"] == level) & (table["member"] == member) & (table["year"] == year) & (table["mask"] == "")]
        if len(own):
            ours, low, high = (float(own.iloc[0][name]) for name in ("mean", "q10", "q90"))
    came = actual.get(key, np.nan)
    misses = (staff - came, ours - came)
    return {
        "level": level, "member": member, "year": year, "follow_up_on": on, "staff": staff, "ours": ours, "ours_q10": low,
        "ours_q90": high, "ours_remade": said is not None and said.remade, "actual": came, "staff_error": misses[0],
        "ours_error": misses[1], "nearer": _nearer(*misses),
    }  # fmt: skip


def _nearer(staff: float, ours: float) -> str | None:
    """Who missed by less.

    Example:
        >>> _nearer(-3.0, 2.0), _nearer(1.0, -4.0), _nearer(1.0, float("nan"))
        ('ours', 'staff', None)
    """
    if np.isnan(staff) or np.isnan(ours):
        return None
    apart = abs(staff) - abs(ours)
    return SAME if abs(apart) < _SAME_WITHIN else OURS_NEARER if apart > 0 else STAFF_NEARER


def _notices(unknown: int) -> pd.DataFrame:
    danish = f"Egne skøn på rammer eller ydelser, som kørslen ikke har, og som derfor ikke er vist: {unknown}."
    english = f"Staff's estimates on frames or services that the run does not have, and which are not shown: {unknown}."
    rows = [("estimates_unknown", "run", danish, english)] if unknown else []
    return pd.DataFrame(rows, columns=["notice_id", "member", "text_da", "text_en"])


@dataclass(frozen=True)
class Record:
    """How both did over the estimates whose accounts are known and which both have.

    Attributes:
        count: Estimates.
        staff_miss: Mean absolute miss of staff, currency.
        ours_miss: Of ours.
        staff_share: Sum of staff's misses over the sum of the accounts.
        ours_share: Of ours.
        ours_nearer: In how many ours was nearer.
        staff_nearer: In how many staff was.
        inside: In how many the accounts lay inside our 80 % interval.
    """

    count: int
    staff_miss: float
    ours_miss: float
    staff_share: float
    ours_share: float
    ours_nearer: int
    staff_nearer: int
    inside: int


def record_of(table: pd.DataFrame) -> Record | None:
    """Score the rows of STAFF_ESTIMATES; None where no row has both and its accounts.

    Args:
        table: STAFF_ESTIMATES, or rows of it; sums beside their parts count twice, so give one level at a time.
    """
    rows = table[table["nearer"].notna() & (table["mask"] == "")]
    if rows.empty:
        return None
    size = float(rows["actual"].astype(float).abs().sum())
    staff, ours = (rows[name].astype(float).abs() for name in ("staff_error", "ours_error"))
    inside = rows["actual"].astype(float).between(rows["ours_q10"].astype(float), rows["ours_q90"].astype(float))
    return Record(
        count=len(rows),
        staff_miss=float(staff.mean()),
        ours_miss=float(ours.mean()),
        staff_share=float(staff.sum()) / size if size else float("nan"),
        ours_share=float(ours.sum()) / size if size else float("nan"),
        ours_nearer=int((rows["nearer"] == OURS_NEARER).sum()),
        staff_nearer=int((rows["nearer"] == STAFF_NEARER).sum()),
        inside=int(inside.sum()),
    )
