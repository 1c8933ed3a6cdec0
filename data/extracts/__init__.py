"""From validated tables to the models' frames: counts and sums; one row per citizen and month for the refund, in memory only."""

from data.extracts.citizen_costs import CitizenCosts, read_citizen_costs
from data.extracts.read import Extracts, read_extracts
from data.extracts.then import KnownThen, read_known_then

__all__ = ["CitizenCosts", "Extracts", "KnownThen", "read_citizen_costs", "read_extracts", "read_known_then"]
