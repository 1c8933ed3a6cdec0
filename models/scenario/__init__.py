"""Scenarios: a frozen value of dated levers, evaluated from stored draws on an untouched baseline. Nothing is drawn here."""

from data.reference.lever_catalogue import LeverKind
from models.scenario.baseline import Baseline, LeverGroup, build_baseline
from models.scenario.board import Board, fitted, read_board
from models.scenario.check import check_scenario
from models.scenario.compare import Comparison, compare
from models.scenario.engine import ScenarioResult, evaluate, service_changes
from models.scenario.faults import ScenarioFault, ScenarioInvalid
from models.scenario.goal_seek import Goal, GoalFound, goal_seek
from models.scenario.history import History
from models.scenario.lever import Displacement, Lever
from models.scenario.offers import Offer, moved, named_offer, offers_of
from models.scenario.people import Overlap, citizens_affected, find_overlaps
from models.scenario.quiet_round import QuietRound, Spread
from models.scenario.reading import read_kept, read_scenario
from models.scenario.scenario import Scenario

__all__ = [
    "Baseline",
    "Board",
    "Comparison",
    "Displacement",
    "Goal",
    "GoalFound",
    "History",
    "Lever",
    "LeverGroup",
    "LeverKind",
    "Offer",
    "Overlap",
    "QuietRound",
    "Scenario",
    "ScenarioFault",
    "ScenarioInvalid",
    "ScenarioResult",
    "Spread",
    "build_baseline",
    "check_scenario",
    "citizens_affected",
    "compare",
    "evaluate",
    "find_overlaps",
    "fitted",
    "goal_seek",
    "moved",
    "named_offer",
    "offers_of",
    "read_board",
    "read_kept",
    "read_scenario",
    "service_changes",
]
