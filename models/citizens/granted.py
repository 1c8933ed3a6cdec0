"""Who is granted a place that has not begun: the one entrant whose month, age and price are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.citizens.stays import BRIDGED_MONTHS, month_numbers, real_prices

if TYPE_CHECKING:
    from models.citizens.stays import Flags, Index, Stays
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
