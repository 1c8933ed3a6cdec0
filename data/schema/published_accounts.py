"""Contracts of what the ledger says beside the forecast: the bridge to accounting years, and the provider side."""

from __future__ import annotations

from data.schema.column import Table
from data.schema.published_columns import code, dkk, whole

BRIDGE = Table(
    name="bridge",
    grain="one frame, accounting year and line from service months to accounting year",
    owner="opdrift",
    columns=(
        code("member", key=True, meaning="Frame"),
        whole("accounting_year", key=True),
        code(
            "line",
            key=True,
            allowed=(
                "service_year_reported",
                "from_earlier_service_years",
                "to_other_accounting_years",
                "without_service_month",
                "accounting_year_gross_authority",
                "provider_and_income",
                "accounting_year_ledger",
            ),
        ),
        dkk("amount", "DKK, nominal"),
    ),
)

PROVIDER_YEARS = Table(
    name="provider_years",
    grain="one frame, accounting year and provider line (udfører), kept apart from authority",
    owner="opdrift",
    columns=(
        code("member", key=True, meaning="Frame"),
        whole("accounting_year", key=True),
        code(
            "line",
            key=True,
            allowed=("payroll", "other_operation", "internal_settlement", "places_sold", "other_income", "refund"),
        ),
        dkk("amount", "DKK, nominal"),
    ),
)
