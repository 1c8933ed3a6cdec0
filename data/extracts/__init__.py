"""From validated tables to the drivers' frames: counts and sums, no row per citizen, case or posting."""

from data.extracts.read import Extracts, read_extracts

__all__ = ["Extracts", "read_extracts"]
