"""Contracts of what levers on stays, entrants and ages read: answers in shares of a service's own volume; sums alone."""

from __future__ import annotations

from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.published_columns import code, figure, month, whole

STAY_RESPONSE = Table(
    name="stay_response",
    grain="one measure, service, service in which it shows, and month ahead in which it acts; services shown by the month only, "
    "empty where known citizens are not rolled forward",
    owner="opdrift",
    columns=(
        code(
            "measure",
            key=True,
            allowed=("longer_stays", "longer_stays_filled", "entrants"),
            meaning="longer_stays: in the month no stay comes nearer its end, newcomers as they were; longer_stays_filled: the "
            "same, and freed places are filled as history has it; entrants: twice as many newcomers in the month",
        ),
        code("from_service", key=True, meaning="Service that is changed"),
        code("to_service", key=True, meaning="Service in which it shows: the same, or one that enough citizens go on to"),
        month(),
        Column(
            name="change",
            kind=Kind.DRAWS,
            unit="share of the service's full-time citizens, one value per month from the one in which it acts",
            sensitivity=Sensitivity.AGGREGATE,
        ),
    ),
)

AGE_SHARES = Table(
    name="age_shares",
    grain="one service, year ahead and age band: its share of the service's expected citizens and list cost; services shown by "
    "the month, bands of enough citizens only; empty where known citizens are not rolled forward",
    owner="opdrift",
    columns=(
        code("service", key=True),
        whole("year", key=True),
        code("age_band", key=True, meaning="Ages in years, both ends included; small bands are joined with a neighbour"),
        figure("volume_share", "share of the service's full-time citizens; bands sum to 1"),
        figure("cost_share", "share of the service's list cost; bands sum to 1"),
    ),
)
