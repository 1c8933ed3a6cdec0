"""From person-months to what known citizens say of the months ahead, and what of it is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.citizens.blend import KnownPaths, known_paths
from models.citizens.endings import estimate_endings
from models.citizens.entrants import carried_on, estimate_entrants
from models.citizens.granted import newcomers_price, priced_together, with_granted
from models.citizens.grid import grid_of
from models.citizens.new_level import moved_in
from models.citizens.roll_forward import MOVED, NEW, STILL, RolledForward, roll_forward
from models.citizens.stays import build_stays
from models.levels import members_of
from models.pressure import QUANTILES, published_frame
from models.secondary import Limits

if TYPE_CHECKING:
    from models.citizens.endings import Endings
    from models.citizens.entrants import Entrants
    from models.citizens.stays import Index, Stays
    from models.types import Array, DriverTables, PressureDraws

USUAL_LIMITS = Limits(5, 0.75)
SPLIT_COLUMNS = ("service", "month", "committed", "new", "ended")


@dataclass(frozen=True)
class Known:
    """Known citizens rolled forward from one cutoff.

    Attributes:
        rolled: Volume and list cost by kind.
        paths: The same in the drivers' terms.
        stays: What it starts from; those that are granted and have not begun last.
        granted: Their places; None where the source does not tell.
        endings: How stays end.
        entrants: Who comes new.
        exposure: (S, H) expected full-time citizens of the months ahead, with the trend of those who are there.
    """

    rolled: RolledForward
    paths: KnownPaths
    stays: Stays
    granted: Index | None
    endings: Endings
    entrants: Entrants
    exposure: Array


def roll_known(
    stays: pd.DataFrame,
    list_cost: pd.DataFrame,
    drivers: DriverTables,
    *,
    seed: int,
    n_draws: int,
    keep_paths: bool = False,
    limits: Limits = USUAL_LIMITS,
) -> Known | None:
    """Estimate and roll forward as of the drivers' cutoff.

    Args:
        stays: Extract ``stays``; what came after the drivers' cutoff is hidden.
        list_cost: service, month, list_cost_nominal, completed for cases recorded late.
        drivers: Tables of tonight, or as of an earlier cutoff (``models.remade.parts_as_of``).
        seed: The run's one seed.
        n_draws: D.
        keep_paths: Also keep the single stays, in memory, for the refund.
        limits: When a figure is of too few citizens: of granted places too.

    Returns:
        None where no stay is known at the cutoff: summed months hold no citizens.
    """
    known = build_stays(stays, drivers)
    if not known.open.any():
        return None
    groups = tuple(str(group) for group in drivers.services["service_group"])
    behind, ahead = (
        _exposure(rows, list(known.services)) for rows in (drivers.history, drivers.ahead[drivers.ahead["variant"] == "main"])
    )
    moved = moved_in(drivers.breaks, known.services, known.first, behind.shape[1])
    endings, entrants = estimate_endings(known, groups), estimate_entrants(known, behind, groups, moved)
    usual, ahead = newcomers_price(known, entrants.donors), carried_on(ahead, entrants)
    known, granted = with_granted(stays, drivers, known)
    if granted is not None and len(granted):
        frames = tuple(str(frame) for frame in drivers.services["frame"])
        known = priced_together(known, granted, usual, frames, limits)
    how = {"seed": seed, "n_draws": n_draws}
    rolled = roll_forward(known, endings, entrants, ahead, **how, keep_paths=keep_paths, granted=granted)
    before = list_cost[pd.to_datetime(list_cost["month"]) <= drivers.cutoff]
    return Known(rolled, known_paths(rolled, before, drivers, seed=seed), known, granted, endings, entrants, ahead)


def _exposure(rows: pd.DataFrame, services: list[str]) -> Array:
    """(S, n) expected volume; 1 where none is known."""
    found = grid_of(rows, "exposure", services, pd.DatetimeIndex(sorted(rows["month"].unique())))
    usable = np.isfinite(found).all(axis=1, keepdims=True)
    return np.asarray(np.where(usable, found, 1.0), dtype=np.float64)


def known_months(known: Known, draws: PressureDraws, services: pd.DataFrame) -> pd.DataFrame:
    """KNOWN_MONTHS: expected full-time citizens ahead, known and still here, ended, moved here and new; parts sum to the volume.

    Args:
        known: Tonight's roll-forward.
        draws: The published draws, to whose volume the parts are scaled.
        services: service, frame, committee.
    """
    place = [known.rolled.services.index(service) for service in draws.services]
    factor, open_volume = _to_published(known, draws, place), known.rolled.open_volume[place]
    rows = []
    for member in members_of(services, draws.services):
        mine = np.asarray(place)[member.rows]
        paths = (known.rolled.volume[:, mine] * factor[None, member.rows, :, None]).sum(axis=1)  # (3, H, D): added, then told
        still, moved, new = paths.mean(axis=2)
        (low, _, high), held = np.quantile(paths[STILL], QUANTILES, axis=1), float(open_volume[member.rows].sum())
        rows.append(
            pd.DataFrame(
                {
                    "level": member.level, "member": member.member, "month": draws.months, "open_at_cutoff": held,
                    "still_here": still, "still_here_q10": low, "still_here_q90": high,
                    "ended": np.maximum(held - still, 0.0), "moved_here": moved, "new": new,
                }
            )
        )  # fmt: skip
    return published_frame("known_months", pd.concat(rows, ignore_index=True))


def _to_published(known: Known, draws: PressureDraws, place: list[int]) -> Array:
    """(S, H) published mean volume over the roll-forward's, in the draws' services; 1 where either is not known."""
    whole, wanted = known.rolled.volume.sum(axis=0).mean(axis=2)[place], draws.volume.mean(axis=2)
    known_both = (whole > 0) & np.isfinite(wanted)
    return np.asarray(np.divide(wanted, whole, out=np.ones_like(whole), where=known_both), dtype=np.float64)


def cost_split(known: Known, draws: PressureDraws) -> pd.DataFrame:
    """Shares of each month's expected gross: what open stays would cost if none ended, less those that end, and the new.

    Args:
        known: Tonight's roll-forward.
        draws: The published draws: their services and months.

    Returns:
        service, month, committed, new, ended; ``committed + new - ended = 1``. Services of which nothing is known are left out.
    """
    place = [known.rolled.services.index(service) for service in draws.services]
    cost = known.rolled.cost_real.mean(axis=3)[:, place]
    whole = cost.sum(axis=0)
    if_none_ended = known.rolled.open_cost_real[place]
    usable = whole > 0
    rows = [
        pd.DataFrame(
            {
                "service": service,
                "month": draws.months[usable[row]],
                "committed": if_none_ended[row, usable[row]] / whole[row, usable[row]],
                "new": (cost[MOVED, row] + cost[NEW, row])[usable[row]] / whole[row, usable[row]],
                "ended": (if_none_ended - cost[STILL])[row, usable[row]] / whole[row, usable[row]],
            }
        )
        for row, service in enumerate(draws.services)
    ]
    return pd.concat(rows, ignore_index=True)[list(SPLIT_COLUMNS)]
