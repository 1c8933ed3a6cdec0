"""Drivers of expenditure: exposure, uptake, unit cost, price index, and the completion of late invoices."""

from models.drivers.build import DriverFrames, DriverParts, build_drivers, build_parts
from models.drivers.case_reports import CaseCompletion, complete_volume
from models.drivers.completion import Completion, complete
from models.drivers.development import mask_development, mask_speed_notices
from models.drivers.exposure import Exposure, build_exposure, reference_uptake
from models.drivers.population import Population, build_population, hamilton_perry
from models.drivers.prices import Prices, build_prices, deflate, inflate

__all__ = [
    "CaseCompletion",
    "Completion",
    "DriverFrames",
    "DriverParts",
    "Exposure",
    "Population",
    "Prices",
    "build_drivers",
    "build_exposure",
    "build_parts",
    "build_population",
    "build_prices",
    "complete",
    "complete_volume",
    "deflate",
    "hamilton_perry",
    "inflate",
    "mask_development",
    "mask_speed_notices",
    "reference_uptake",
]
