"""Declared contracts of every table that crosses a room's wall: columns with unit, key and sensitivity.

``INPUTS`` are the tables a municipality hands over (DESIGN 3), ``PUBLISHED`` the tables of a published run,
``RESTRICTED`` those of its restricted file.
"""

from data.schema.column import Column, Kind, Sensitivity, Table
from data.schema.inputs import INPUTS
from data.schema.published import PUBLISHED
from data.schema.restricted import RESTRICTED

__all__ = ["INPUTS", "PUBLISHED", "RESTRICTED", "Column", "Kind", "Sensitivity", "Table"]
