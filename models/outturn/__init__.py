"""The year's result (forventet regnskab) per service, frame, committee and total: what a budget follow-up reports."""

from models.outturn.adjustments import adjustment_notices, adjustment_table, resting_on_hidden
from models.outturn.bridge import year_bridge
from models.outturn.commitments import commitment_table, with_commitments
from models.outturn.estimates import Record, Said, closed_results, estimate_table, record_of
from models.outturn.follow_ups import MOVES, FollowUp, Moved, moved
from models.outturn.months import year_result_months
from models.outturn.net import NET_LINES, NetResult, net_results
from models.outturn.single_case import USUAL_CASE, SingleCase, case_beside, first_month_ahead, single_case
from models.outturn.year_result import Outturn, outturn, result_draws, year_result, year_result_spread

__all__ = [
    "MOVES",
    "NET_LINES",
    "USUAL_CASE",
    "FollowUp",
    "Moved",
    "NetResult",
    "Outturn",
    "Record",
    "Said",
    "SingleCase",
    "adjustment_notices",
    "adjustment_table",
    "case_beside",
    "closed_results",
    "commitment_table",
    "estimate_table",
    "first_month_ahead",
    "moved",
    "net_results",
    "outturn",
    "record_of",
    "resting_on_hidden",
    "result_draws",
    "single_case",
    "with_commitments",
    "year_bridge",
    "year_result",
    "year_result_months",
    "year_result_spread",
]
