"""Contracts of earlier forecasts against what came."""

from __future__ import annotations

from data.schema.column import Table
from data.schema.published_columns import INTERVAL, LEVELS, MASK, code, dkk, figure, month, whole

_SCORED = (
    code("source", key=True, allowed=("vintage", "remade"),
          meaning="vintage: as published then. remade: today's engine on what was known at the cutoff"),
    code("level", key=True, allowed=LEVELS),
    code("member", key=True),
)  # fmt: skip

FORECAST_QUALITY = Table(
    name="forecast_quality",
    grain="one source, level, member, measure, horizon and method: earlier forecasts against what came",
    owner="opdrift",
    columns=(
        *_SCORED,
        code(
            "measure",
            key=True,
            allowed=("gross_nominal", "volume", "unit_cost_real", "frame_result"),
            meaning="frame_result: account class 1 of the frame in an accounting year, as budgeted",
        ),
        code(
            "horizon",
            key=True,
            allowed=("1-3", "4-6", "7-12", "13-24", "25-36", "all", "year"),
            meaning="Months ahead; 'year': the first whole accounting year after the cutoff",
        ),
        code("method", key=True, allowed=("opdrift", "seasonal_naive", "last_year", "budget")),
        whole("n_origins", "earlier forecasts"),
        whole("n_points", "months (or years) scored"),
        figure("bias", "unit of the measure per month (per year for 'year'), mean forecast less what came"),
        figure("bias_share", "the same as share of what came"),
        figure("mase", "mean absolute error of the median over the mean absolute seasonal difference to the cutoff"),
        figure("wape", "sum of absolute errors of the median over the sum of what came"),
        figure("pinball", "mean of the losses at q10, q50 and q90 over the scale of mase"),
        figure("coverage", "share of points between q10 and q90; 0.8 if the interval is right"),
        *MASK,
    ),
)

FORECAST_QUALITY_MONTHS = Table(
    name="forecast_quality_months",
    grain="one source, level, member, earlier cutoff and service month that has come since: gross",
    owner="opdrift",
    columns=(
        *_SCORED,
        month("cutoff"),
        month(),
        dkk("actual", "currency per month, nominal, completed for late invoices"),
        *(figure(name, "currency per month, nominal") for name in INTERVAL),
        *MASK,
    ),
)
