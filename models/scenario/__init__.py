"""Scenarios: a frozen value of dated levers, evaluated from stored draws on an untouched baseline. Nothing is drawn here."""

from models.scenario.baseline import Baseline, LeverGroup, build_baseline
from models.scenario.check import check_scenario
from models.scenario.engine import ScenarioResult, evaluate
from models.scenario.faults import ScenarioFault, ScenarioInvalid
from models.scenario.lever import Displacement, Lever
from models.scenario.reading import read_scenario
from models.scenario.scenario import Scenario
from models.scenario.sliders import RANGES, LeverRange, LinkFault, Sliders

__all__ = [
    "RANGES",
    "Baseline",
    "Displacement",
    "Lever",
    "LeverGroup",
    "LeverRange",
    "LinkFault",
    "Scenario",
    "ScenarioFault",
    "ScenarioInvalid",
    "ScenarioResult",
    "Sliders",
    "build_baseline",
    "check_scenario",
    "evaluate",
    "read_scenario",
]
