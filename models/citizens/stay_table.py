"""What of the answers to longer stays and more entrants is published: of shown services, where enough citizens end or come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.citizens.expected import expect
from models.citizens.response import ENTRANTS, LONGER_FILLED, MEASURES
from models.pressure import published_frame

if TYPE_CHECKING:
    from collections.abc import Collection

    from models.citizens.expected import Expected
    from models.citizens.known import Known
    from models.citizens.response import StayResponse

_DIGITS = 8
CHECK_LONGER, CHECK_START = 0.10, 12
"""The night's own check: all stays so much longer, from so many months ahead on."""


def stay_table(
    response: StayResponse, expected: Expected, months: pd.DatetimeIndex, *, shown: Collection[str], few: int
) -> pd.DataFrame:
    """STAY_RESPONSE.

    Args:
        response: The answers.
        expected: Who ends and who comes.
        months: Months ahead.
        shown: Services whose months are shown.
        few: Fewer citizens who end, come or go on within the horizon are not told of.
    """
    ended, came = expected.exits.sum(axis=(1, 2)), expected.arrivals.sum(axis=1)
    rows = []
    for measure in MEASURES:
        enough = (came if measure == ENTRANTS else ended) >= few
        for origin, service in enumerate(response.services):
            for sink, other in enumerate(response.services):
                told = {service, other} <= set(shown) and enough[origin]
                if told and (origin == sink or response.movers[origin, sink] >= few):
                    table = np.round(response.change[measure][origin, sink], _DIGITS) + 0.0
                    rows += [(measure, service, other, month, table[at, at:]) for at, month in enumerate(months)]
    return published_frame(
        "stay_response", pd.DataFrame(rows, columns=["measure", "from_service", "to_service", "month", "change"])
    )


def stay_errors(known: Known, expected: Expected, response: StayResponse) -> dict[str, float]:
    """How well the answers hold tonight: against the draws, and against the roll-forward's expectation done again.

    Returns:
        ``expected_volume``: expectation beside the mean of the draws, all services and months, share of volume.
        ``longer_stays``: all stays 10 % longer from the 13th month on: the answers beside the same done again, share of it,
        all services and months.
    """
    drawn = known.rolled.volume.sum(axis=0).mean(axis=2)
    pace = np.ones_like(expected.volume)
    pace[:, CHECK_START:] = 1.0 / (1.0 + CHECK_LONGER)
    paced = replace(known.endings, pace=pace)
    again = expect(known.stays, paced, known.entrants, known.exposure, known.granted).volume - expected.volume
    answer = response.change[LONGER_FILLED][:, :, CHECK_START:].sum(axis=(0, 2))
    told = expected.volume * np.expm1(answer * CHECK_LONGER / (1.0 + CHECK_LONGER))
    found = {
        "expected_volume": np.abs(expected.volume - drawn).sum() / max(drawn.sum(), 1e-9),
        "longer_stays": np.abs(told - again).sum() / max(np.abs(again).sum(), 1e-9),
    }
    return {name: round(float(value), 4) for name, value in found.items()}
