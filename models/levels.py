"""Who belongs to whom: service -> frame -> committee -> total. Every service has one frame, every frame one committee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

LEVELS = ("service", "frame", "committee", "total")
TOTAL = "total"


@dataclass(frozen=True)
class Member:
    """One row of figures and the services it sums.

    Attributes:
        level: service, frame, committee or total.
        member: Its key.
        rows: Indices into the run's services.
    """

    level: str
    member: str
    rows: npt.NDArray[np.int64]


def members_of(services: pd.DataFrame, order: Sequence[str]) -> list[Member]:
    """List every member of every level, by key within a level.

    Args:
        services: service, frame, committee.
        order: Services as their draws are stacked.
    """
    known = services.set_index("service").loc[list(order)]
    found = []
    for level in LEVELS:
        keys = {"service": list(order), "total": [TOTAL] * len(order)}.get(level)
        names = np.array(keys if keys is not None else known[level].astype(str).to_list(), dtype=object)
        found += [Member(level, str(name), np.flatnonzero(names == name)) for name in sorted(set(names))]
    return found
