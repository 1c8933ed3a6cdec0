"""Contracts of a published run: everything the pages show, and no row per citizen, case or posting.

Figures that rest on citizens stand beside ``n_citizens``, ``top_share`` and ``mask``. Where ``mask`` is not empty the
figures, ``n_citizens`` and ``top_share`` are NULL: a published file holds nothing that it must not show. ``draws`` alone
is complete; it never leaves the server (DESIGN 4.9). ``variant_factors`` and ``accounting_weights`` stay with it: with their
factors of hidden services the sums by variant and by accounting year nearly tell two hidden services apart.
"""

from __future__ import annotations

from data.schema.choice import MODEL_CHOICE
from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.published_accounts import BRIDGE, PROVIDER_YEARS
from data.schema.published_citizens import KNOWN_MONTHS, TRANSITION_LEAVING, TRANSITION_RADAR
from data.schema.published_columns import INTERVAL as _INTERVAL
from data.schema.published_columns import LEVELS as _LEVELS
from data.schema.published_columns import MASK as _MASK
from data.schema.published_columns import code as _code
from data.schema.published_columns import dkk as _dkk
from data.schema.published_columns import figure as _figure
from data.schema.published_columns import month as _month
from data.schema.published_columns import whole as _whole
from data.schema.published_inputs import BALANCE, INPUT_FILES, RULE_RESULTS
from data.schema.published_outturn import OUTTURN
from data.schema.published_providers import PROVIDERS
from data.schema.published_quality import FORECAST_QUALITY, FORECAST_QUALITY_MONTHS
from data.schema.published_refund import (
    REFUND_AHEAD,
    REFUND_MARGINAL,
    REFUND_RESPONSE,
    REFUND_THRESHOLDS,
    REFUND_TIERS,
    REFUND_YEARS,
)
from data.schema.published_stays import AGE_SHARES, STAY_RESPONSE
from data.schema.published_voices import VOICES

RUN_RECORD = Table(
    name="run_record",
    grain="one fact about the run",
    owner="opdrift",
    columns=(
        _code("key", key=True),
        _code("value", required=False, meaning="JSON"),
        Column(name="volatile", kind=Kind.FLAG, meaning="A clock, duration, path or machine: left out of the digest"),
    ),
)

SERVICES = Table(
    name="services",
    grain="one service of the run",
    owner="opdrift",
    columns=(
        _code("service", key=True),
        _code("label_da"),
        _code("label_en"),
        _code("service_group"),
        _code("group_label_da"),
        _code("group_label_en"),
        _code("frame"),
        _code("frame_label"),
        _code("committee"),
        _code("price_unit", allowed=("hour", "day", "week", "month", "year", "once", "unit")),
        _whole("history_months"),
        _code("method", meaning="combined, prophet_group, level, cost_direct, none: how the service was forecast"),
        _code("method_note_da", required=False, meaning="Stated fallback, Danish"),
        _code("method_note_en", required=False, meaning="Stated fallback, English"),
    ),
)

ACTUAL_MONTHS = Table(
    name="actual_months",
    grain="one service and service month of history",
    owner="opdrift",
    columns=(
        _code("service", key=True),
        _month(),
        _figure("volume", "full-time equivalent citizens in the month"),
        _figure("exposure", "expected volume at reference uptake"),
        _figure("uptake_ratio", "volume / exposure"),
        _figure("unit_cost_real", "currency per priced unit at the run's price level"),
        _dkk("gross_reported_nominal"),
        _dkk("gross_ultimate_nominal"),
        *_MASK,
    ),
)

FORECAST_MONTHS = Table(
    name="forecast_months",
    grain="one level, member and service month ahead",
    owner="opdrift",
    columns=(
        _code("level", key=True, allowed=_LEVELS),
        _code("member", key=True, meaning="Service, frame, committee, or 'total'"),
        _month(),
        _code("measure", key=True, allowed=("gross_nominal", "volume", "unit_cost_real")),
        *(_figure(name, "unit of the measure") for name in _INTERVAL),
        *_MASK,
    ),
)

FORECAST_YEARS = Table(
    name="forecast_years",
    grain="one level, member, year, basis, price level and population variant",
    owner="opdrift",
    columns=(
        _code("level", key=True, allowed=_LEVELS),
        _code("member", key=True),
        _whole("year", key=True),
        _code("basis", key=True, allowed=("service_year", "accounting_year")),
        _code("price_level", key=True, meaning="nominal or YYYY-pl"),
        _code("variant", key=True, meaning="Population variant; 'main' is the baseline"),
        *(_figure(name, "currency of the run per year, gross, authority") for name in _INTERVAL),
        *_MASK,
    ),
)

ACTUAL_YEARS = Table(
    name="actual_years",
    grain="one level, member, past year, basis and price level",
    owner="opdrift",
    columns=(
        _code("level", key=True, allowed=_LEVELS),
        _code("member", key=True),
        _whole("year", key=True),
        _code("basis", key=True, allowed=("service_year", "accounting_year")),
        _code("price_level", key=True),
        _figure("gross", "currency of the run per year, gross, authority; service years are completed for late invoices"),
        *_MASK,
    ),
)

DRAWS = Table(
    name="draws",
    grain="one service and service month ahead: all joint draws, in draw order",
    owner="opdrift",
    columns=(
        _code("service", key=True),
        _month(),
        Column(
            name="gross_nominal",
            kind=Kind.DRAWS,
            unit="currency per month, nominal, one value per draw",
            sensitivity=Sensitivity.AGGREGATE,
        ),
        Column(
            name="volume",
            kind=Kind.DRAWS,
            unit="full-time equivalents, one value per draw",
            required=False,
            sensitivity=Sensitivity.AGGREGATE,
        ),
        Column(
            name="price_factor",
            kind=Kind.DRAWS,
            unit="nominal per real of the run's price level, one value per draw",
            required=False,
        ),
    ),
)

UNIFORMS = Table(
    name="uniforms",
    grain="one column of seeded uniforms for the levers of scenarios: one value per draw",
    owner="opdrift",
    columns=(
        _whole("place", "0 to 63; the hash of a lever's id names it", key=True),
        Column(name="uniform", kind=Kind.DRAWS, unit="between 0 and 1, one value per draw, each draw's stratum once"),
    ),
)

VARIANT_FACTORS = Table(
    name="variant_factors",
    grain="one service, month ahead and population variant",
    owner="opdrift",
    columns=(
        _code("service", key=True),
        _month(),
        _code("variant", key=True),
        Column(name="factor", kind=Kind.NUMBER, unit="exposure in the variant / exposure in main"),
    ),
)

ACCOUNTING_WEIGHTS = Table(
    name="accounting_weights",
    grain="one service, month ahead and accounting year in which its postings are expected to fall",
    owner="opdrift",
    columns=(
        _code("service", key=True),
        _month(),
        _whole("accounting_year", key=True),
        Column(name="weight", kind=Kind.NUMBER, unit="share of the month's gross; sums to 1 over accounting years"),
    ),
)

ACCOUNTING_FIXED = Table(
    name="accounting_fixed",
    grain="one service and accounting year: what no lever moves",
    owner="opdrift",
    columns=(
        _code("service", key=True),
        _whole("accounting_year", key=True),
        _dkk("posted", "DKK already posted to that accounting year, gross, authority"),
        _dkk("ibnr_mean", "DKK still expected from service months already past"),
        *_MASK,
    ),
)

FRAME_OUTLOOK = Table(
    name="frame_outlook",
    grain="one frame (or committee, or total) and accounting year, at one named price level",
    owner="opdrift",
    columns=(
        _code("level", key=True, allowed=("frame", "committee", "total")),
        _code("member", key=True),
        _code("member_label"),
        _whole("year", key=True),
        _code("price_level", key=True),
        _dkk("budget_original", "DKK at price_level"),
        _dkk("budget_revised", "DKK at price_level, with revisions and carried over"),
        _dkk("outside_model", "DKK at price_level: provider net and income, carried on by rule"),
        _dkk("decided_not_in_data", "DKK at price_level: decided savings and moved tasks not yet in the data"),
        _figure("adjusted", "DKK at price_level: staff's coming events, beside the expected result and not in it"),
        *(_figure(name, "DKK at price_level, expected accounting-year result") for name in _INTERVAL),
        _figure("deviation_mean", "DKK at price_level; plus = overspending (merforbrug)"),
        _figure("deviation_q10", "DKK at price_level"),
        _figure("deviation_q90", "DKK at price_level"),
        _figure("probability_over", "share of draws above the frame"),
        *_MASK,
    ),
)

DRIFT = Table(
    name="drift",
    grain="one comparison, level, member, driver and age band",
    owner="opdrift",
    columns=(
        _code(
            "comparison",
            key=True,
            meaning="actual: last 12 months against the 12 before. outlook: first forecast year against the last 12 months",
        ),
        _code("level", key=True, allowed=_LEVELS),
        _code("member", key=True),
        _code(
            "driver",
            key=True,
            allowed=("start", "demography", "uptake", "mix", "unit_cost", "price_index", "budget_events", "end"),
        ),
        _code("age_band", key=True, meaning="0-17, 18-22, 23-39, 40-66, 67+ or 'all'"),
        _code("from_period"),
        _code("to_period"),
        _dkk("effect", "whole currency units, nominal; the bars sum to end - start"),
        *_MASK,
    ),
)

COMPLETION_DEVELOPMENT = Table(
    name="completion_development",
    grain="one kind of payee and month of posting: what came beside what the month before expected (late invoices)",
    owner="opdrift",
    columns=(
        _code("payee_kind", key=True, allowed=("internal", "municipality", "person", "private", "region")),
        _month(),
        _dkk("actual", "currency of the run, nominal, posted in the month, authority gross with a known service month"),
        _dkk("expected", "currency of the run, nominal, by pattern and completed bills of the month before"),
        _dkk("standard_error", "currency of the run, from the 24 months before"),
        _figure("z", "(actual - expected) / standard_error"),
        *_MASK,
    ),
)

POPULATION_YEARS = Table(
    name="population_years",
    grain="persons by age band on 1 January, counted or projected",
    owner="opdrift",
    columns=(
        _code("variant", key=True, meaning="'counted' or a projection variant"),
        _code("age_band", key=True),
        _whole("year", key=True),
        _figure("persons", "persons"),
    ),
)

NOTICES = Table(
    name="notices",
    grain="one thing the reader must know beside the figures",
    owner="opdrift",
    columns=(
        _code("notice_id", key=True),
        _code("member", key=True, meaning="Service, frame, table, or 'run'"),
        _code("text_da"),
        _code("text_en"),
    ),
)

PUBLISHED: dict[str, Table] = {
    table.name: table
    for table in (
        RUN_RECORD,
        INPUT_FILES,
        RULE_RESULTS,
        BALANCE,
        SERVICES,
        ACTUAL_MONTHS,
        FORECAST_MONTHS,
        KNOWN_MONTHS,
        TRANSITION_RADAR,
        TRANSITION_LEAVING,
        STAY_RESPONSE,
        AGE_SHARES,
        ACTUAL_YEARS,
        FORECAST_YEARS,
        DRAWS,
        UNIFORMS,
        VARIANT_FACTORS,
        ACCOUNTING_WEIGHTS,
        ACCOUNTING_FIXED,
        FRAME_OUTLOOK,
        *OUTTURN,
        DRIFT,
        FORECAST_QUALITY,
        FORECAST_QUALITY_MONTHS,
        BRIDGE,
        PROVIDER_YEARS,
        *PROVIDERS,
        REFUND_YEARS,
        REFUND_TIERS,
        REFUND_MARGINAL,
        REFUND_AHEAD,
        REFUND_RESPONSE,
        REFUND_THRESHOLDS,
        COMPLETION_DEVELOPMENT,
        POPULATION_YEARS,
        MODEL_CHOICE,
        *VOICES,
        NOTICES,
    )
}
