"""Scenarios: a frozen value of levers, evaluated from stored draws on an untouched baseline. Nothing is drawn or fitted here."""

from models.scenario.baseline import Baseline, LeverGroup, build_baseline
from models.scenario.engine import ScenarioResult, evaluate
from models.scenario.scenario import RANGES, Fault, LeverRange, Scenario, ScenarioInvalid

__all__ = [
    "RANGES",
    "Baseline",
    "Fault",
    "LeverGroup",
    "LeverRange",
    "Scenario",
    "ScenarioInvalid",
    "ScenarioResult",
    "build_baseline",
    "evaluate",
]
