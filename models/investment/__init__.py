"""Prevention as an investment: a case, what it is worth, whether it worked."""

from models.investment.case import Case, Cost, Elsewhere, Evidence, Promise, Trial
from models.investment.reading import read_case

__all__ = ["Case", "Cost", "Elsewhere", "Evidence", "Promise", "Trial", "read_case"]
