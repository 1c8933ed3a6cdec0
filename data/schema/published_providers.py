"""Contracts of price and quantity: kinds of provider, concentration of cost, large providers. List cost of cases, nominal."""

from __future__ import annotations

from itertools import combinations

from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.published_columns import LEVELS, MASK, code, dkk, figure, whole

_A = Sensitivity.AGGREGATE
PROVIDER_KINDS = ("own", "municipality", "region", "private")
JOINED = "+"
"""Between kinds that one row holds together: ``region+private``."""
_TOGETHER = tuple(JOINED.join(kinds) for many in (2, 3, 4) for kinds in combinations(PROVIDER_KINDS, many))
_CITIZENS = Column(name="n_citizens", kind=Kind.WHOLE, unit="citizens behind the row", required=False, sensitivity=_A)

PROVIDER_TYPES = Table(
    name="provider_types",
    grain="one level, member, kind of provider and period: share of cost and volume, price beside the index and the agreed rate",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True, meaning="Service, frame, committee, or 'total'"),
        code(
            "provider_type",
            key=True,
            allowed=(*PROVIDER_KINDS, *_TOGETHER),
            meaning="A kind; or kinds joined by '+' that are one row: few citizens in one of them, and what would tell those",
        ),
        code("period", key=True, meaning="last12: the newest 12 months; YYYY: a whole calendar year"),
        figure("cost_share", "share of the member's list cost in the period"),
        figure("volume_share", "share of the member's full-time citizens in the period"),
        dkk("price_per_year", "DKK, nominal, list cost of a full-time citizen over a year; services only"),
        figure("price_growth", "share: price of the same citizens in the period's last month over that of twelve months before"),
        Column(
            name="index_growth",
            kind=Kind.NUMBER,
            required=False,
            unit="share: growth of the run's price index over the same twelve months",
        ),
        figure("above_index", "share: growth of price beyond the index"),
        figure(
            "billed_per_agreed", "billed per krone of agreed price, 12 service months that ended half a year before the cutoff"
        ),
        _CITIZENS,
        MASK[-1],
    ),
)

COST_CONCENTRATION = Table(
    name="cost_concentration",
    grain="one level, member and share of citizens, the most expensive first: their share of the newest 12 months' list cost",
    owner="opdrift",
    columns=(
        code("level", key=True, allowed=LEVELS),
        code("member", key=True),
        whole("top_pct", "per cent of citizens", key=True),
        figure("cost_share", "share of the member's list cost"),
        Column(name="n_top", kind=Kind.WHOLE, unit="citizens counted", required=False, sensitivity=_A),
        _CITIZENS,
        MASK[-1],
    ),
)

PROVIDER_SHARES = Table(
    name="provider_shares",
    grain="one frame and provider (a number by size, never a name), or small ones together: share of the newest 12 months' cost",
    owner="opdrift",
    columns=(
        code("frame", key=True),
        whole("place", "by share, the largest first; the small ones together last", key=True),
        code(
            "provider_type",
            allowed=("own", "municipality", "region", "private", "unnamed", "pooled"),
            meaning="unnamed: the cases name no provider. pooled: providers of too few citizens, together",
        ),
        Column(name="n_providers", kind=Kind.WHOLE, unit="providers in the row", required=False),
        figure("cost_share", "share of the frame's list cost"),
        _CITIZENS,
        MASK[-1],
    ),
)

PROVIDERS = (PROVIDER_TYPES, COST_CONCENTRATION, PROVIDER_SHARES)
