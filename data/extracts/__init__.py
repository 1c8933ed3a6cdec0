"""From validated tables to the models' frames: counts and sums; one row per citizen and month for the refund, in memory only."""

from data.extracts.citizen_costs import CitizenCosts, read_citizen_costs
from data.extracts.read import Extracts, read_extracts

__all__ = ["CitizenCosts", "Extracts", "read_citizen_costs", "read_extracts"]
