"""The central refund of especially expensive cases (central refusionsordning): formula, history, shares, suppression."""

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
from models.refund.tables import RefundSources, RefundTables, refund_tables

__all__ = [
    "Citizens",
    "Households",
    "RefundRules",
    "RefundSources",
    "RefundTables",
    "Thresholds",
    "against_ledger",
    "marginal_refund",
    "mask_refund",
    "refund_above",
    "refund_of",
    "refund_tables",
    "refund_tiers",
    "spread_one_off",
    "thresholds_of",
]
