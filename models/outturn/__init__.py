"""The year's result (forventet regnskab) per service, frame, committee and total: what a budget follow-up reports."""

from models.outturn.bridge import year_bridge
from models.outturn.commitments import commitment_table, with_commitments
from models.outturn.follow_ups import MOVES, FollowUp, Moved, moved
from models.outturn.months import year_result_months
from models.outturn.year_result import Outturn, outturn, result_draws, year_result

__all__ = [
    "MOVES",
    "FollowUp",
    "Moved",
    "Outturn",
    "commitment_table",
    "moved",
    "outturn",
    "result_draws",
    "with_commitments",
    "year_bridge",
    "year_result",
    "year_result_months",
]
