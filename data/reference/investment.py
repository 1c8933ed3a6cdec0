"""Discount rate and council period: dated reference data that the worth of an investment case rests on."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Discount(BaseModel):
    """Real discount rate.

    Attributes:
        rate_pct: Per cent a year.
        low_pct: Lower end for sensitivity.
        high_pct: Upper end.
        unit: In words.
        source: Where it is known from.
        dated: Year of the source.
        verified: A source was seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_pct: Annotated[float, Field(ge=0.0, le=20.0)]
    low_pct: Annotated[float, Field(ge=0.0, le=20.0)]
    high_pct: Annotated[float, Field(ge=0.0, le=20.0)]
    unit: str
    source: str
    dated: str
    verified: bool


class Council(BaseModel):
    """Council periods.

    Attributes:
        first_year: First year of one period.
        years: Years of a period.
        source: Where it is known from.
        dated: Year of the source.
        verified: A source was seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_year: int
    years: Annotated[int, Field(ge=1, le=10)]
    source: str
    dated: str
    verified: bool

    def last_year(self, year: int) -> int:
        """Last year of the period that a year belongs to.

        Example:
            >>> load_investment().council.last_year(2027), load_investment().council.last_year(2030)
            (2029, 2033)
        """
        return year + self.years - 1 - (year - self.first_year) % self.years


class InvestmentReference(BaseModel):
    """Everything in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    discount: Discount
    council: Council


@cache
def load_investment() -> InvestmentReference:
    """Read the shipped file."""
    text = files("data.reference").joinpath("investment.toml").read_text(encoding="utf-8")
    return InvestmentReference.model_validate(tomllib.loads(text))
