"""Contracts of what budget staff write themselves: events they know of, and what they expected the year to end at.

Kept apart from the data: neither moves a driver or a model. Texts are looked through for CPR numbers like every other text.
"""

from __future__ import annotations

from data.schema.column import Column, Kind, Table

_MUNICIPALITY = Column(name="municipality", kind=Kind.TEXT, key=True, pattern=r"\d{3}", meaning="Authority code, e.g. 151")
_DATE_LOW, _DATE_HIGH = "1980-01-01", "2060-12-31"
FRAME = r"[0-9A-Za-zÆØÅæøå.\-]{1,12}"
SIGNATURE = r"[0-9A-Za-zÆØÅæøåÉéÜüÖöÄä ,.()/\-]{2,40}"
"""Initials or a role."""
IDENTITY = r"[0-9A-Za-zÆØÅæøå_.\-]{1,40}"
REASON = r"[^\n\r\t;]{3,300}"

ADJUSTMENTS = Table(
    name="adjustments",
    grain="one coming event that budget staff know of: dated, signed and reasoned",
    owner="økonomi",
    amount="amount_dkk",
    columns=(
        _MUNICIPALITY,
        Column(name="adjustment_id", kind=Kind.TEXT, key=True, pattern=IDENTITY),
        Column(name="kind", kind=Kind.TEXT, allowed=("placement", "rate_change", "one_off", "other")),
        Column(name="frame", kind=Kind.TEXT, pattern=FRAME, required=False, optional_column=True),
        Column(name="service", kind=Kind.TEXT, required=False, optional_column=True, meaning="Its frame follows"),
        Column(name="effective_from", kind=Kind.DATE, low=_DATE_LOW, high=_DATE_HIGH),
        Column(name="effective_to", kind=Kind.DATE, required=False, optional_column=True, low=_DATE_LOW, high="2099-12-31"),
        Column(
            name="amount_dkk",
            kind=Kind.MONEY,
            required=False,
            optional_column=True,
            unit="DKK per amount_per at price_level, signed",
            low="-1000000000",
            high="1000000000",
        ),
        Column(
            name="amount_per",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            allowed=("year", "month", "once"),
            meaning="Missing: once for one_off, else year",
        ),
        Column(
            name="change_pct",
            kind=Kind.NUMBER,
            required=False,
            optional_column=True,
            unit="per cent of what is expected of the months in force",
            low="-50",
            high="100",
            meaning="Instead of amount_dkk",
        ),
        Column(
            name="price_level",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            pattern=r"nominal|\d{4}-pl",
            meaning="nominal or YYYY-pl; missing: nominal",
        ),
        Column(
            name="among_expected",
            kind=Kind.FLAG,
            required=False,
            optional_column=True,
            meaning="True: one of those the forecast already expects, so only what it costs beyond the usual counts",
        ),
        Column(
            name="in_data",
            kind=Kind.FLAG,
            required=False,
            optional_column=True,
            meaning="True: the data hold it now. False: not yet, though it has begun. Missing: they do once it has begun",
        ),
        Column(name="reason", kind=Kind.TEXT, prose=True, pattern=REASON, meaning="Why; no name, no number of a person"),
        Column(name="who", kind=Kind.TEXT, prose=True, pattern=SIGNATURE, meaning="Who enters it: initials or role"),
        Column(name="entered_on", kind=Kind.DATE, low=_DATE_LOW, high=_DATE_HIGH),
        Column(name="withdrawn_on", kind=Kind.DATE, required=False, optional_column=True, low=_DATE_LOW, high=_DATE_HIGH),
        Column(
            name="withdrawn_by",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            prose=True,
            pattern=SIGNATURE,
            meaning="Who took it back: initials or role",
        ),
    ),
)

STAFF_ESTIMATES = Table(
    name="staff_estimates",
    grain="what staff expected one frame (or service) to end the year at, on one day",
    owner="økonomi",
    amount="amount_dkk",
    columns=(
        _MUNICIPALITY,
        Column(name="frame", kind=Kind.TEXT, key=True, pattern=FRAME, meaning="Bevillingsramme, or total"),
        Column(
            name="service", kind=Kind.TEXT, key=True, required=False, optional_column=True, meaning="Missing: the whole frame"
        ),
        Column(name="year", kind=Kind.WHOLE, key=True, low="1990", high="2060", meaning="Accounting year"),
        Column(
            name="follow_up_on",
            kind=Kind.DATE,
            key=True,
            low=_DATE_LOW,
            high=_DATE_HIGH,
            meaning="Last day whose postings were known: 2026-05-31 of the follow-up after May",
        ),
        Column(
            name="amount_dkk",
            kind=Kind.MONEY,
            unit="DKK, nominal: expected result of the year, account class 1, state refund apart",
            low="-5000000000",
            high="5000000000",
        ),
        Column(
            name="who",
            kind=Kind.TEXT,
            required=False,
            optional_column=True,
            prose=True,
            pattern=SIGNATURE,
            meaning="Initials or role",
        ),
    ),
)
