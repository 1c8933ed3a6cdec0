"""Contracts of the input tables (DESIGN 3). Expenditure positive, income negative, DKK."""

from __future__ import annotations

from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.inputs_staff import ADJUSTMENTS, STAFF_ESTIMATES
from data.schema.inputs_voices import VOICES

_MUNICIPALITY = Column(name="municipality", kind=Kind.TEXT, key=True, pattern=r"\d{3}", meaning="Authority code, e.g. 151")
_DATE_LOW, _DATE_HIGH = "1980-01-01", "2060-12-31"
_HIGHEST_PRICES = {
    "hour": "50000",
    "day": "200000",
    "week": "1000000",
    "month": "2000000",
    "year": "20000000",
    "once": "20000000",
}
"""Largest price that can be true, by unit, DKK: the dearest single places come near 20 m a year, or that much once (a home
made ready). A short unit's may be dearer by the year: few such run through one, and C-25 looks for a price in another unit."""


def _identifier(name: str, *, required: bool = True, key: bool = False, optional_column: bool = False) -> Column:
    return Column(
        name=name,
        kind=Kind.TEXT,
        required=required,
        key=key,
        optional_column=optional_column,
        sensitivity=Sensitivity.IDENTIFIER,
        meaning="Keyed HMAC-SHA-256 of the source's identifier, never the identifier itself",
    )


def _personal(name: str, kind: Kind, **more: object) -> Column:
    return Column(name=name, kind=kind, sensitivity=Sensitivity.PERSONAL, **more)  # type: ignore[arg-type]


CASES = Table(
    name="cases",
    grain="one citizen, service and price period",
    owner="fagsystem",
    amount="price",
    columns=(
        _identifier("case_id", key=True),
        _identifier("citizen_id"),
        _identifier("household_id", required=False, optional_column=True),
        _personal("birth_month", Kind.MONTH, low="1900-01-01", high=_DATE_HIGH, unit="month (first day)"),
        _personal("sex", Kind.TEXT, required=False, optional_column=True, allowed=("M", "K")),
        _personal(
            "recorded_on",
            Kind.DATE,
            required=False,
            optional_column=True,
            low=_DATE_LOW,
            high=_DATE_HIGH,
            meaning="When the system knew; missing: assumed to be price_from",
        ),
        _personal("service", Kind.TEXT, meaning="Key or paragraph in data/reference/services.toml"),
        _personal("start_date", Kind.DATE, low="1950-01-01", high=_DATE_HIGH, meaning="Places for life began before 1980"),
        _personal(
            "planned_end",
            Kind.DATE,
            required=False,
            optional_column=True,
            low=_DATE_LOW,
            high="2099-12-31",
            meaning="What the decision says: evidence, not an end",
        ),
        _personal("ended_on", Kind.DATE, required=False, optional_column=True, low=_DATE_LOW, high=_DATE_HIGH),
        _personal(
            "price",
            Kind.MONEY,
            unit="DKK per price_unit, nominal",
            low="0",
            high=_HIGHEST_PRICES["year"],
            high_where=tuple(("price_unit", unit, highest) for unit, highest in _HIGHEST_PRICES.items()),
        ),
        _personal("price_from", Kind.DATE, key=True, low=_DATE_LOW, high=_DATE_HIGH),
        _personal("price_unit", Kind.TEXT, allowed=tuple(_HIGHEST_PRICES)),
        _personal(
            "hours_per_week", Kind.NUMBER, required=False, optional_column=True, low="0", high="168", unit="hours per week"
        ),
        _identifier("provider_id", required=False, optional_column=True),
        _personal("provider_type", Kind.TEXT, allowed=("own", "municipality", "region", "private")),
        Column(
            name="paying_municipality", kind=Kind.TEXT, pattern=r"\d{3}", meaning="Who finally bears the cost (betalingskommune)"
        ),
        Column(name="acting_municipality", kind=Kind.TEXT, pattern=r"\d{3}", required=False, optional_column=True),
        _personal("vat_included", Kind.FLAG, required=False, optional_column=True),
        _personal("citizen_income", Kind.MONEY, required=False, optional_column=True, unit="DKK per month"),
        _personal("objective_financing", Kind.FLAG, required=False, optional_column=True),
        _personal("refund_before_67", Kind.FLAG, required=False, optional_column=True),
    ),
)

POSTINGS = Table(
    name="postings",
    grain="one ledger posting",
    owner="økonomi",
    amount="amount_dkk",
    period="posted_on",
    columns=(
        _identifier("posting_id", key=True),
        _MUNICIPALITY,
        Column(name="accounting_year", kind=Kind.WHOLE, low="1990", high="2060", meaning="Regnskabsår"),
        Column(
            name="accounting_period",
            kind=Kind.WHOLE,
            low="1",
            high="13",
            meaning="1-12, 13 = supplementary period (supplementsperiode)",
        ),
        Column(name="posted_on", kind=Kind.DATE, low=_DATE_LOW, high=_DATE_HIGH),
        Column(
            name="service_month",
            kind=Kind.MONTH,
            required=False,
            optional_column=True,
            low=_DATE_LOW,
            high=_DATE_HIGH,
            unit="month (first day)",
            meaning="From its own column, a period in the text, or assumed",
        ),
        Column(
            name="service_month_basis",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            allowed=("column", "text", "assumed"),
            meaning="How service_month was found",
        ),
        Column(name="function", kind=Kind.TEXT, pattern=r"\d{5}", meaning="Five digits, e.g. 52820"),
        Column(name="account_class", kind=Kind.TEXT, allowed=tuple("123456789"), meaning="Dranst"),
        Column(name="owner", kind=Kind.TEXT, required=False, allowed=tuple("01234"), meaning="Ejerforhold"),
        Column(name="grouping", kind=Kind.TEXT, required=False, pattern=r"\d{3}", meaning="Three digits"),
        Column(name="expense_type", kind=Kind.TEXT, pattern=r"\d{2}", meaning="Art, two digits, e.g. 47"),
        Column(
            name="cost_object",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            pattern=r"[A-Z0-9][A-Z0-9.\-]{0,23}",
            meaning="PSP or omkostningssted",
        ),
        _identifier("citizen_id", required=False, optional_column=True),
        _identifier("case_id", required=False, optional_column=True),
        Column(
            name="amount_dkk",
            kind=Kind.MONEY,
            unit="DKK, nominal, expenditure positive",
            low="-50000000",
            high="50000000",
            sensitivity=Sensitivity.AGGREGATE,
        ),
    ),
)

CASE_MONTHS = Table(
    name="case_months",
    grain="one service (and age band) and month, already summed",
    owner="fagsystem",
    amount="cost",
    period="month",
    columns=(
        _MUNICIPALITY,
        Column(name="service", kind=Kind.TEXT, key=True),
        Column(
            name="age_band",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            key=True,
            pattern=r"\d{1,3}(-\d{1,3}|\+)",
        ),
        Column(name="month", kind=Kind.MONTH, key=True, low=_DATE_LOW, high=_DATE_HIGH, unit="month (first day)"),
        Column(name="volume", kind=Kind.NUMBER, low="0", unit="units of the source", sensitivity=Sensitivity.AGGREGATE),
        Column(
            name="cost",
            kind=Kind.MONEY,
            required=False,
            optional_column=True,
            unit="currency, nominal",
            sensitivity=Sensitivity.AGGREGATE,
        ),
        Column(name="currency", kind=Kind.TEXT, required=False, optional_column=True, pattern=r"[A-Z]{3}", meaning="Default DKK"),
        Column(
            name="n_citizens",
            kind=Kind.WHOLE,
            required=False,
            optional_column=True,
            low="0",
            unit="persons",
            sensitivity=Sensitivity.AGGREGATE,
            meaning="Missing: volume stands in, and that is said",
        ),
        Column(
            name="top_share",
            kind=Kind.NUMBER,
            required=False,
            optional_column=True,
            low="0",
            high="1",
            unit="share of cost of the largest citizen",
            sensitivity=Sensitivity.AGGREGATE,
        ),
    ),
)

FRAMES = Table(
    name="frames",
    grain="one dated rule: cost object or function (+ grouping) belongs to a frame",
    owner="økonomi",
    columns=(
        _MUNICIPALITY,
        Column(
            name="cost_object",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            pattern=r"[A-Z0-9][A-Z0-9.\-]{0,23}",
            key=True,
        ),
        Column(name="function", kind=Kind.TEXT, required=False, optional_column=True, pattern=r"\d{5}", key=True),
        Column(name="grouping", kind=Kind.TEXT, required=False, optional_column=True, pattern=r"\d{3}", key=True),
        Column(name="frame", kind=Kind.TEXT, pattern=r"[0-9A-Za-zÆØÅæøå.\-]{1,12}", meaning="Bevillingsramme, e.g. 50.54"),
        Column(name="frame_label", kind=Kind.TEXT, prose=True, required=False, optional_column=True),
        Column(name="committee", kind=Kind.TEXT, meaning="Udvalg"),
        Column(name="inside_service_ceiling", kind=Kind.FLAG, meaning="Inside serviceramme"),
        Column(name="valid_from", kind=Kind.DATE, key=True, low=_DATE_LOW, high=_DATE_HIGH),
        Column(name="valid_to", kind=Kind.DATE, required=False, optional_column=True, low=_DATE_LOW, high="2099-12-31"),
    ),
)

BUDGET = Table(
    name="budget",
    grain="one frame (service, function or cost object), year or month, and version",
    owner="økonomi",
    amount="amount_dkk",
    period="year",
    columns=(
        _MUNICIPALITY,
        Column(name="frame", kind=Kind.TEXT, pattern=r"[0-9A-Za-zÆØÅæøå.\-]{1,12}", key=True),
        Column(name="service", kind=Kind.TEXT, required=False, optional_column=True, key=True),
        Column(name="function", kind=Kind.TEXT, required=False, optional_column=True, pattern=r"\d{5}", key=True),
        Column(
            name="cost_object",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            pattern=r"[A-Z0-9][A-Z0-9.\-]{0,23}",
            key=True,
        ),
        Column(name="year", kind=Kind.WHOLE, key=True, low="1990", high="2060", meaning="Accounting year"),
        Column(name="month", kind=Kind.WHOLE, required=False, optional_column=True, key=True, low="1", high="12"),
        Column(name="version", kind=Kind.TEXT, key=True, allowed=("original", "revised", "carried over")),
        Column(
            name="price_level", kind=Kind.TEXT, pattern=r"nominal|\d{4}-pl", meaning="nominal or YYYY-pl; refused when missing"
        ),
        Column(name="amount_dkk", kind=Kind.MONEY, unit="DKK at price_level", low="-5000000000", high="5000000000"),
    ),
)

BUDGET_EVENTS = Table(
    name="budget_events",
    grain="one dated, signed event that is not drift",
    owner="økonomi",
    amount="amount_dkk",
    columns=(
        _MUNICIPALITY,
        Column(name="event_id", kind=Kind.TEXT, key=True),
        Column(name="effective_from", kind=Kind.DATE, low=_DATE_LOW, high=_DATE_HIGH),
        Column(name="effective_to", kind=Kind.DATE, required=False, optional_column=True, low=_DATE_LOW, high="2099-12-31"),
        Column(name="kind", kind=Kind.TEXT, allowed=("moved_task", "dut", "account_plan", "decided_saving")),
        Column(name="frame", kind=Kind.TEXT, pattern=r"[0-9A-Za-zÆØÅæøå.\-]{1,12}", required=False, optional_column=True),
        Column(name="service", kind=Kind.TEXT, required=False, optional_column=True),
        Column(
            name="amount_dkk", kind=Kind.MONEY, unit="DKK per year at price_level, signed", low="-1000000000", high="1000000000"
        ),
        Column(name="price_level", kind=Kind.TEXT, pattern=r"nominal|\d{4}-pl", meaning="nominal or YYYY-pl"),
        Column(
            name="in_data",
            kind=Kind.FLAG,
            meaning="True: the history holds it (its own bar). False: decided but not yet in the data",
        ),
        Column(name="label", kind=Kind.TEXT, prose=True, required=False, optional_column=True),
    ),
)

POPULATION = Table(
    name="population",
    grain="persons of one sex and single year of age in one municipality on one date",
    owner="Danmarks Statistik",
    period="date",
    columns=(
        _MUNICIPALITY,
        Column(name="date", kind=Kind.DATE, key=True, low="1970-01-01", high=_DATE_HIGH),
        Column(name="sex", kind=Kind.TEXT, key=True, allowed=("M", "K", "T")),
        Column(name="age", kind=Kind.WHOLE, key=True, low="0", high="125", unit="completed years"),
        Column(name="persons", kind=Kind.WHOLE, low="0", high="10000000", unit="persons"),
    ),
)

POPULATION_PROJECTION = Table(
    name="population_projection",
    grain="projected persons of one sex and age on one date, in one variant and vintage",
    owner="Danmarks Statistik",
    columns=(
        _MUNICIPALITY,
        Column(name="date", kind=Kind.DATE, key=True, low="1970-01-01", high="2100-12-31"),
        Column(name="sex", kind=Kind.TEXT, key=True, allowed=("M", "K", "T")),
        Column(name="age", kind=Kind.WHOLE, key=True, low="0", high="125", unit="completed years"),
        Column(name="persons", kind=Kind.NUMBER, low="0", high="10000000", unit="persons"),
        Column(name="variant", kind=Kind.TEXT, key=True, pattern=r"[a-z0-9_]{1,24}", meaning="main, low, high, municipal ..."),
        Column(name="vintage", kind=Kind.WHOLE, key=True, low="1990", high="2060", meaning="Year the projection was made"),
    ),
)

PRICE_INDEX = Table(
    name="price_index",
    grain="one year's growth of one series in one vintage",
    owner="økonomi",
    columns=(
        Column(name="year", kind=Kind.WHOLE, key=True, low="1980", high="2060"),
        Column(name="vintage", kind=Kind.WHOLE, key=True, low="1980", high="2060"),
        Column(name="kind", kind=Kind.TEXT, key=True, allowed=("growth", "uplift")),
        Column(
            name="series", kind=Kind.TEXT, key=True, pattern=r"[a-z0-9_]{1,32}", meaning="services_total, wages, purchases ..."
        ),
        Column(name="pct", kind=Kind.NUMBER, low="-20", high="50", unit="per cent per year"),
    ),
)

COMMITMENTS = Table(
    name="commitments",
    grain="one expected payment of one case and month",
    owner="fagsystem",
    amount="amount_dkk",
    columns=(
        _identifier("commitment_id", key=True),
        _MUNICIPALITY,
        _identifier("case_id", required=False, optional_column=True),
        _identifier("citizen_id", required=False, optional_column=True),
        _personal("service", Kind.TEXT, required=False, optional_column=True),
        Column(name="month", kind=Kind.MONTH, low=_DATE_LOW, high=_DATE_HIGH, unit="service month (first day)"),
        Column(name="function", kind=Kind.TEXT, required=False, optional_column=True, pattern=r"\d{5}"),
        Column(name="grouping", kind=Kind.TEXT, required=False, optional_column=True, pattern=r"\d{3}"),
        Column(
            name="amount_dkk",
            kind=Kind.MONEY,
            unit="DKK, nominal",
            low="-50000000",
            high="50000000",
            sensitivity=Sensitivity.AGGREGATE,
        ),
    ),
)

SERVICE_LIST = Table(
    name="service_list",
    grain="one service that a mapping brings along, beside the shipped catalogue",
    owner="fagsystem",
    columns=(
        Column(name="service", kind=Kind.TEXT, key=True, pattern=r"[0-9A-Za-z_.\-]{1,40}"),
        Column(name="label", kind=Kind.TEXT, pattern=r"[^\d;]{1,80}|.{1,40}"),
        Column(name="service_group", kind=Kind.TEXT, pattern=r"[0-9A-Za-z_.\-]{1,40}"),
        Column(name="group_label", kind=Kind.TEXT, required=False, optional_column=True),
        Column(
            name="price_unit",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            allowed=("hour", "day", "week", "month", "year", "once", "unit"),
        ),
    ),
)

INPUTS: dict[str, Table] = {
    table.name: table
    for table in (
        CASES,
        POSTINGS,
        CASE_MONTHS,
        FRAMES,
        BUDGET,
        BUDGET_EVENTS,
        POPULATION,
        POPULATION_PROJECTION,
        PRICE_INDEX,
        COMMITMENTS,
        SERVICE_LIST,
        ADJUSTMENTS,
        STAFF_ESTIMATES,
        *VOICES,
    )
}
