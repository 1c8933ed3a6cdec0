"""Contracts of a run's restricted file: its drivers, complete, so that drift can be explained anew; and keyed case rows.

These tables hold small cells, hidden services and single cases. They never enter the published file; what is worked out from
them is masked before it is shown, or shown to the roles that may see it, logged (DESIGN 2 and 4.9, decision 0025).
"""

from __future__ import annotations

from data.schema.column import Column, Kind, Sensitivity, Table

_A = Sensitivity.AGGREGATE


def _code(name: str, *, key: bool = True, required: bool = True, meaning: str = "") -> Column:
    return Column(name=name, kind=Kind.TEXT, key=key, required=required, meaning=meaning)


def _month() -> Column:
    return Column(name="month", kind=Kind.MONTH, key=True, unit="month (first day)")


def _figure(name: str, unit: str) -> Column:
    return Column(name=name, kind=Kind.NUMBER, unit=unit, required=False, sensitivity=_A)


DRIVER_MONTHS = Table(
    name="driver_months",
    grain="one service and month of history, as the forecast was given it",
    owner="opdrift",
    columns=(
        _code("service"),
        _month(),
        _figure("volume", "full-time equivalent citizens"),
        _figure("exposure", "expected volume at reference uptake"),
        _figure("uptake_ratio", "volume / exposure"),
        _figure("units_per_person", "priced units per full-time citizen"),
        _figure("unit_cost_real", "currency per priced unit at the run's price level"),
        _figure("gross_reported_nominal", "currency"),
        _figure("gross_ultimate_nominal", "currency"),
        _figure("ibnr_nominal", "currency"),
        _figure("ibnr_se_nominal", "currency"),
    ),
)
DRIVER_AHEAD = Table(
    name="driver_ahead",
    grain="one service, month ahead and population variant",
    owner="opdrift",
    columns=(
        _code("service"),
        _month(),
        _code("variant"),
        _figure("exposure", "expected volume at reference uptake"),
        _figure("units_per_person", "priced units per full-time citizen"),
    ),
)
DRIVER_PRICES = Table(
    name="driver_prices",
    grain="one month, history and ahead",
    owner="opdrift",
    columns=(_month(), Column(name="price_factor", kind=Kind.NUMBER, unit="nominal per real of the run's price level")),
)
DRIVER_AGES = Table(
    name="driver_ages",
    grain="one service, month (history and ahead) and age band, main variant",
    owner="opdrift",
    columns=(_code("service"), _month(), _code("age_band"), _figure("exposure", "expected volume at reference uptake")),
)
DRIVER_CELLS = Table(
    name="driver_cells",
    grain="one service, month of history, age band and provider type",
    owner="opdrift",
    columns=(
        _code("service"),
        _month(),
        _code("age_band", meaning="A band, or 'all' where the age is not known"),
        _code("provider_type"),
        _figure("volume", "full-time equivalent citizens"),
        _figure("list_cost_nominal", "currency at list prices"),
    ),
)
DRIVER_KINDS = Table(
    name="driver_kinds",
    grain="one level, member, kind of provider and period, before kinds of few citizens are joined or hidden: what "
    "'make disclosure' holds a published run against, and read by nothing else",
    owner="opdrift",
    columns=(
        _code("level"),
        _code("member"),
        _code("provider_type"),
        _code("period", meaning="last12: the newest 12 months; YYYY: a whole calendar year"),
        Column(name="n_citizens", kind=Kind.WHOLE, unit="citizens", sensitivity=_A),
        _figure("top_share", "share of cost of the largest citizen"),
        _figure("cost", "DKK, nominal, at list prices"),
        _figure("volume", "full-time citizens"),
    ),
)
DRIVER_EVENTS = Table(
    name="driver_events",
    grain="one dated budget event, as the run knew it",
    owner="opdrift",
    columns=(
        Column(name="number", kind=Kind.WHOLE, key=True),
        Column(name="effective_from", kind=Kind.DATE),
        Column(name="effective_to", kind=Kind.DATE, required=False),
        _code("kind", key=False),
        _code("frame", key=False, required=False),
        _code("service", key=False, required=False),
        Column(name="amount_dkk", kind=Kind.NUMBER, unit="DKK per year at price_level"),
        _code("price_level", key=False),
        Column(name="in_data", kind=Kind.FLAG),
    ),
)
DRIVER_BANDS = Table(
    name="driver_bands",
    grain="one service and age band that is shown in another",
    owner="opdrift",
    columns=(_code("service"), _code("age_band"), _code("shown_band", key=False)),
)

DRIVER_SERVICES = Table(
    name="driver_services",
    grain="one service of the run",
    owner="opdrift",
    columns=(_code("service"), Column(name="opening_days", kind=Kind.FLAG, meaning="It bills the days it is open")),
)
DRIVER_SERIES = Table(
    name="driver_series",
    grain="one service and month ahead, as the series alone were forecast: before known citizens and commitments",
    owner="opdrift",
    columns=(
        _code("service"),
        _month(),
        _figure("gross_nominal", "currency, mean of the draws"),
        _figure("volume", "full-time equivalent citizens, mean of the draws"),
    ),
)

_P = Sensitivity.PERSONAL
CASE_ROWS = Table(
    name="case_rows",
    grain="one row of one case that the run used, under keys without a name",
    owner="fagsystem",
    columns=(
        Column(name="citizen_id", kind=Kind.TEXT, sensitivity=Sensitivity.IDENTIFIER, meaning="Keyed HMAC of the citizen"),
        Column(name="case_id", kind=Kind.TEXT, sensitivity=Sensitivity.IDENTIFIER, meaning="Keyed HMAC of the case"),
        _code("service", key=False),
        Column(name="start_date", kind=Kind.DATE, required=False, sensitivity=_P),
        Column(name="planned_end", kind=Kind.DATE, required=False, sensitivity=_P),
        Column(name="ended_on", kind=Kind.DATE, required=False, sensitivity=_P),
        Column(name="price", kind=Kind.NUMBER, required=False, unit="DKK per price_unit", sensitivity=_P),
        Column(name="price_from", kind=Kind.DATE, required=False, sensitivity=_P),
        Column(name="price_unit", kind=Kind.TEXT, required=False, sensitivity=_P),
        Column(name="provider_type", kind=Kind.TEXT, required=False, sensitivity=_P),
    ),
)

RESTRICTED: dict[str, Table] = {
    table.name: table
    for table in (
        DRIVER_MONTHS, DRIVER_AHEAD, DRIVER_PRICES, DRIVER_AGES, DRIVER_CELLS, DRIVER_KINDS, DRIVER_EVENTS, DRIVER_BANDS,
        DRIVER_SERVICES, DRIVER_SERIES, CASE_ROWS,
    )
}  # fmt: skip
