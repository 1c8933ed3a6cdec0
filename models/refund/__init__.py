"""The central refund of especially expensive cases (central refusionsordning): formula, history, shares, suppression."""

from models.refund.ahead import look_ahead, threshold_years
from models.refund.formula import (
    Citizens,
    Households,
    Thresholds,
    marginal_refund,
    refund_above,
    refund_of,
    refund_tiers,
    spread_one_off,
    thresholds_of,
)
from models.refund.history import RefundRules
from models.refund.masking import mask_refund
from models.refund.notices import against_ledger
from models.refund.response import RefundResponse, refund_change, response_of, unknown_services
from models.refund.simulated import Simulation
from models.refund.tables import RefundSources, RefundTables, refund_tables

__all__ = [
    "Citizens",
    "Households",
    "RefundResponse",
    "RefundRules",
    "RefundSources",
    "RefundTables",
    "Simulation",
    "Thresholds",
    "against_ledger",
    "look_ahead",
    "marginal_refund",
    "mask_refund",
    "refund_above",
    "refund_change",
    "refund_of",
    "refund_tables",
    "refund_tiers",
    "response_of",
    "spread_one_off",
    "threshold_years",
    "thresholds_of",
    "unknown_services",
]
