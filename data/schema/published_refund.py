"""Contracts of the central refund (central refusionsordning): by frame, committee and total; single services as shares only."""

from __future__ import annotations

from data.schema.column import Column, Kind, Table
from data.schema.published_columns import MASK, code, dkk, figure, month, whole

_MEMBERS = (
    code("level", key=True, allowed=("frame", "committee", "total")),
    code("member", key=True, meaning="Frame, committee, or 'total'"),
    whole("year", key=True),
)
_VERIFIED = Column(
    name="thresholds_verified",
    kind=Kind.FLAG,
    meaning="A source of the thresholds was seen; false: shown as 'ikke verificeret'",
)

_SPREAD = ("mean", "q10", "q90")

REFUND_YEARS = Table(
    name="refund_years",
    grain="one frame (or committee, or total), past year and basis: gross, what the state refunds of it as worked out, net",
    owner="opdrift",
    columns=(
        *_MEMBERS,
        code("basis", key=True, allowed=("service_year", "accounting_year")),
        dkk("gross", "DKK per year, nominal, authority, whole kroner"),
        dkk("central_refund", "DKK per year, nominal: the central refund of expensive cases, worked out, whole kroner"),
        dkk("half_refund", "DKK per year, nominal: the state's half of shelters and refuges (§§ 109-110), never verified"),
        dkk("net_of_central", "DKK per year, nominal: gross - central_refund"),
        dkk("net", "DKK per year, nominal: gross - central_refund - half_refund"),
        dkk("posted_refund", "DKK, nominal: both refunds as the ledger has them (account class 2); accounting years only"),
        _VERIFIED,
        code("half_mask", allowed=("", "secondary"), meaning="Not empty: half_refund and net would give a hidden service away"),
        *MASK,
    ),
)

REFUND_TIERS = Table(
    name="refund_tiers",
    grain="one frame (or committee, or total), service year and tier of the central refund",
    owner="opdrift",
    columns=(
        *_MEMBERS,
        whole("tier", "1 is the lowest", key=True),
        Column(name="refund_pct", kind=Kind.NUMBER, unit="per cent of cost in the tier"),
        Column(name="own_pct", kind=Kind.NUMBER, unit="per cent of one more krone in the tier that the municipality pays"),
        Column(name="above_dkk", kind=Kind.NUMBER, unit="DKK per year, from 18 (from 2021 all)"),
        Column(name="above_children_dkk", kind=Kind.NUMBER, unit="DKK per year, under 18"),
        dkk("refund", "DKK per year, nominal, whole kroner; tiers sum to central_refund of the service year"),
        _VERIFIED,
        *MASK,
    ),
)

REFUND_MARGINAL = Table(
    name="refund_marginal",
    grain="one service, newest twelve months: what a change of its price or volume does to the central refund",
    owner="opdrift",
    columns=(
        code("service", key=True),
        code("from_period"),
        code("to_period"),
        figure("price_share", "refund per krone of a small rise of the service's prices, share"),
        figure("price_error", "at prices 5 per cent higher: exact less price_share, share of the change in gross"),
        figure("volume_share", "refund lost per krone when citizens lose the service alike, share"),
        figure("volume_error", "without the service: exact less volume_share, share of gross"),
        _VERIFIED,
        *MASK,
    ),
)

REFUND_AHEAD = Table(
    name="refund_ahead",
    grain="one frame (or committee, or total), open year and basis: expected gross, central refund and net; empty without "
    "simulated citizens",
    owner="opdrift",
    columns=(
        *_MEMBERS,
        code("basis", key=True, allowed=("service_year", "accounting_year")),
        *(figure(f"gross_{name}", "DKK per year, nominal, authority") for name in _SPREAD),
        *(figure(f"central_refund_{name}", "DKK per year, nominal: the central refund of expensive cases") for name in _SPREAD),
        *(figure(f"net_of_central_{name}", "DKK per year, nominal: gross - central_refund, draw by draw") for name in _SPREAD),
        figure(
            "half_refund_mean", "DKK per year, nominal: the state's half of shelters and refuges (§§ 109-110), never verified"
        ),
        figure("net_mean", "DKK per year, nominal: net_of_central - half_refund"),
        _VERIFIED,
        code("half_mask", allowed=("", "secondary"), meaning="Not empty: half_refund and net would give a hidden service away"),
        *MASK,
    ),
)

REFUND_RESPONSE = Table(
    name="refund_response",
    grain="one cell (a service of five citizens and more, or a frame's thin services together), month ahead and price factor",
    owner="opdrift",
    columns=(
        code("cell", key=True, meaning="Service, or 'thin:' and the frame"),
        month(),
        Column(name="price_factor", kind=Kind.NUMBER, key=True, unit="price of the services over the baseline's"),
        code("frame"),
        code("services", meaning="The cell's services, with a blank between them"),
        figure("refund_of_having", "DKK per month, nominal, mean: refund at that price less the refund without these services"),
        figure("refund", "DKK per month, nominal, mean: the cell's own part of the published refund, at the baseline"),
        *MASK,
    ),
)

REFUND_THRESHOLDS = Table(
    name="refund_thresholds",
    grain="one year, from the year before the cutoff's, and tier of the central refund",
    owner="opdrift",
    columns=(
        whole("year", key=True),
        whole("tier", "1 is the lowest", key=True),
        Column(name="above_dkk", kind=Kind.NUMBER, unit="DKK per year, from 18 (from 2021 all); a month is judged by a twelfth"),
        Column(name="refund_pct", kind=Kind.NUMBER, unit="per cent of cost in the tier"),
        code("source", required=False),
        _VERIFIED,
    ),
)
