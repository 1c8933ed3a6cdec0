"""Who is granted a place that has not begun: the one entrant whose month, age and price are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.citizens.stays import BRIDGED_MONTHS, month_numbers, real_prices

if TYPE_CHECKING:
    from models.citizens.stays import Flags, Index, Stays
    from models.secondary import Limits
    from models.types import Array, DriverTables


def with_granted(rows: pd.DataFrame, drivers: DriverTables, known: Stays) -> tuple[Stays, Index | None]:
    """Known stays, and after them those that are granted (recorded) at the cutoff and have not begun.

    Whoever has an open stay in the same service has no new one. Where the service was left in the cutoff's month, or the one
    before, the stay goes on, as it does in history.

    Args:
        rows: Extract ``stays``. Where it holds nobody who is granted and has not begun, the source does not export it.
        drivers: The tables that ``known`` was built by.
        known: From ``build_stays``.

    Returns:
        Stays whose last places are granted ones, none of them open; and those places: ``seen`` is the month they begin in. None
        where the source does not tell.
    """
    if not rows["is_granted"].any():
        return known, None
    month, place = month_numbers(rows["month"]), pd.Index(known.services).get_indexer(pd.Index(rows["service"])).astype(np.int64)
    kept = _ahead(rows, known.cutoff) & (place >= 0)
    table = pd.DataFrame(
        {
            "s": place, "person": rows["person"].to_numpy(dtype=np.int64), "m": month,
            "birth": month_numbers(rows["birth_month"]), "volume": rows["volume"].to_numpy(dtype=float),
            "price": real_prices(rows, drivers, place, month),
        }
    )[kept]  # fmt: skip
    table = table.sort_values(["s", "person", "m"], kind="stable").drop_duplicates(["s", "person"])
    open_now = set(zip(known.service[known.open].tolist(), known.person[known.open].tolist(), strict=True))
    new = [pair not in open_now for pair in zip(table["s"].tolist(), table["person"].tolist(), strict=True)]
    table = table[np.array(new, dtype=bool) & (table["price"].to_numpy() > 0)]
    service, begin, share = table["s"].to_numpy(), table["m"].to_numpy(), table["volume"].to_numpy()
    added = {
        "service": service, "person": table["person"].to_numpy(), "birth": table["birth"].to_numpy(),
        "start": _started(known, service, table["person"].to_numpy(), begin), "seen": begin, "last": begin,
        "open": np.zeros(len(table), dtype=bool), "known_ahead": np.ones(len(table), dtype=np.int64),
        "volume": np.maximum(share, _usual_share(known)[service]), "first_share": share, "last_share": share,
        "price": table["price"].to_numpy(),
    }  # fmt: skip
    both = {name: np.concatenate([getattr(known, name), values]) for name, values in added.items()}
    return replace(known, **both), np.arange(len(known.person), len(both["person"]))  # type: ignore[arg-type]


def priced_together(stays: Stays, granted: Index, usual: Array, frames: tuple[str, ...], limits: Limits) -> Stays:
    """Granted places at the price of enough of them together, for what one of them costs is one citizen's.

    A service's months tell in which one somebody begins; with their own price they would tell that too. So a place costs what
    its service's newcomers do, times what all that are granted in its frame cost beside such newcomers: the frame's sum is
    theirs. Frames whose granted places are of too few citizens, or mostly of one, are taken together; where these are too few
    still, the places cost what newcomers do.

    Args:
        stays: From :func:`with_granted`.
        granted: Places of those that are granted.
        usual: (S,) price of a service's newcomers, currency per full-time month at the run's price level.
        frames: (S,) frame of each service.
        limits: When a figure is hidden.

    Returns:
        The stays, with other prices of the granted ones.
    """
    service, volume = stays.service[granted], stays.volume[granted]
    frame = np.unique(np.array(frames), return_inverse=True)[1][service]
    own, like, told = stays.price[granted] * volume, usual[service] * volume, np.ones(len(granted))
    left = np.ones(len(granted), dtype=bool)
    for mine in [*(frame == number for number in np.unique(frame)), left]:
        held = np.bincount(np.unique(stays.person[granted[mine]], return_inverse=True)[1], weights=own[mine])
        if len(held) >= limits.min_citizens and held.max() <= limits.max_top_share * held.sum():
            told[mine] = own[mine].sum() / like[mine].sum()
            left &= ~mine
    price = stays.price.copy()
    price[granted] = usual[service] * told
    return replace(stays, price=price)


def newcomers_price(stays: Stays, donors: tuple[Index, ...]) -> Array:
    """(S,) price of a service's newcomers, currency per full-time month; where nobody ever came, that of all stays."""
    every = float(stays.price.mean()) if len(stays.price) else 0.0
    return np.array([float(stays.price[who].mean()) if len(who) else every for who in donors])


def _ahead(rows: pd.DataFrame, cutoff: int) -> Flags:
    """(M,) first months of cases that had been recorded by the cutoff, and go on."""
    told = rows["recorded_month"].notna().to_numpy()
    recorded = np.full(len(rows), cutoff + 1, dtype=np.int64)
    recorded[told] = month_numbers(rows.loc[told, "recorded_month"])
    goes_on = rows["runs_on"].to_numpy(dtype=bool) & (rows["volume"].to_numpy(dtype=float) > 0)
    return np.asarray(rows["is_granted"].to_numpy(dtype=bool) & (recorded <= cutoff) & goes_on, dtype=bool)


def _started(known: Stays, service: Index, person: Index, begin: Index) -> Index:
    """(K,) month in which each began: the one it is granted from, or that of the stay which it takes up."""
    newest = np.flatnonzero(known.last >= known.cutoff - BRIDGED_MONTHS)
    ended = {(int(known.service[at]), int(known.person[at])): at for at in newest.tolist()}
    found = begin.copy()
    for place, pair in enumerate(zip(service.tolist(), person.tolist(), strict=True)):
        at = ended.get(pair)
        if at is not None and begin[place] - known.last[at] <= BRIDGED_MONTHS + 1:
            found[place] = known.start[at]
    return found


def _usual_share(known: Stays) -> Array:
    """(S,) full-time share that stays of a service fill in the mean."""
    count = np.bincount(known.service, minlength=len(known.services))
    return np.asarray(
        np.bincount(known.service, weights=known.volume, minlength=len(known.services)) / np.maximum(count, 1), dtype=np.float64
    )
