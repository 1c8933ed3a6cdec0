"""Scenarios: a frozen value of dated levers, evaluated from stored draws on an untouched baseline. Nothing is drawn here."""

from models.scenario.baseline import Baseline, LeverGroup, build_baseline
from models.scenario.check import check_scenario
from models.scenario.compare import Comparison, compare
from models.scenario.engine import ScenarioResult, evaluate
from models.scenario.faults import ScenarioFault, ScenarioInvalid
from models.scenario.goal_seek import Goal, GoalFound, goal_seek
from models.scenario.lever import Displacement, Lever
from models.scenario.people import Overlap, citizens_affected, find_overlaps
from models.scenario.reading import read_scenario
from models.scenario.scenario import Scenario
from models.scenario.sliders import RANGES, LeverRange, LinkFault, Sliders

__all__ = [
    "RANGES",
    "Baseline",
    "Comparison",
    "Displacement",
    "Goal",
    "GoalFound",
    "Lever",
    "LeverGroup",
    "LeverRange",
    "LinkFault",
    "Overlap",
    "Scenario",
    "ScenarioFault",
    "ScenarioInvalid",
    "ScenarioResult",
    "Sliders",
    "build_baseline",
    "check_scenario",
    "citizens_affected",
    "compare",
    "evaluate",
    "find_overlaps",
    "goal_seek",
    "read_scenario",
]
