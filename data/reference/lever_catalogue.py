"""Kinds of lever a scenario may hold: what each acts on, its bounds and proposals, dated and sourced, one file per kind.

Every number names its unit, source, date, whether a source was seen (``verified``) and how good the evidence is (``grade``).
The range that a slider offers is no wider than something supports; a file may go further, within ``low`` and ``high``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

ORDER = ("demography", "volume", "substitution", "price", "added", "frame", "refund")
"""Order in which levers act, whatever their order in the scenario (docs/decisions/0018-scenarios.md)."""


class CatalogueNumber(BaseModel):
    """One number of the catalogue.

    Attributes:
        name: ``value``, ``low``, ``high`` (proposal with its 80 % interval), ``range_low``, ``range_high``, ``step`` (slider),
            ``lag_months``, ``ramp_months``, or ``seen_...``: evidence.
        value: In ``unit``.
        unit: In words.
        source: Where it is known from.
        dated: Year or years it speaks of.
        verified: The source was seen (SOURCES.md).
        grade: official, statistics, agreed elsewhere, trial, single case, inference, thin or none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: float
    unit: str
    source: str
    dated: str
    verified: bool
    grade: Literal["official", "statistics", "agreed elsewhere", "trial", "single case", "inference", "thin", "none"]


class LeverOption(BaseModel):
    """A further number that a lever of the kind may carry; sources as in ``CatalogueNumber``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    low: float
    high: float
    default: float
    unit: str
    source: str
    dated: str
    verified: bool
    grade: str


class LeverKind(BaseModel):
    """One kind of lever.

    Attributes:
        kind: Its key.
        label_da: What it is called, Danish.
        label_en: The same in English.
        theme: Where a page shows it: ``service``, ``price``, ``prevention``, ``frame`` (a council may decide) or ``what_if``.
        step: When it acts (``ORDER``).
        acts_on: ``services`` (named ones or a group), ``all`` services, a ``frame``, or ``none``.
        unit: Of the value: ``pct`` (-2 is 2 per cent less), ``pct_per_year``, ``dkk_per_year`` or ``none``.
        decision: ``decision``: the council may decide it; ``what_if``: it can be explored only.
        dated: Whether it takes start, ramp and end.
        needs: Published table (or ``volume``) without which it can't be worked out; empty: none.
        low: Smallest value that can be true.
        high: Largest value that can be true.
        numbers: Proposal, slider range and evidence.
        options: Further numbers, each with bounds and default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    label_da: str
    label_en: str
    theme: Literal["service", "price", "prevention", "frame", "what_if"]
    step: Literal["demography", "volume", "substitution", "price", "added", "frame", "refund"]
    acts_on: Literal["services", "all", "frame", "none"]
    unit: Literal["pct", "pct_per_year", "dkk_per_year", "none"]
    decision: Literal["decision", "what_if"]
    dated: bool
    help_da: str
    help_en: str
    evidence_da: str
    evidence_en: str
    legal_da: str
    legal_en: str
    legal_source: str
    legal_source_da: str
    legal_certainty: str
    needs: str
    low: float
    high: float
    numbers: tuple[CatalogueNumber, ...] = ()
    options: tuple[LeverOption, ...] = ()

    @property
    def is_uncertain(self) -> bool:
        """Whether its value may have an interval; what a council or the state decides is one way or the other.

        Example:
            >>> [load_lever_kinds()[kind].is_uncertain for kind in ("price", "appropriation", "refund_rules")]
            [True, False, False]
        """
        return self.step not in {"frame", "refund"} and self.unit != "none"

    @property
    def moves_cost(self) -> bool:
        """Whether it moves expenditure, so that a saving may come back elsewhere."""
        return self.step not in {"frame", "refund"}

    @property
    def at_new_year(self) -> bool:
        """Whether it begins in a January: prices, rates of one's own and the state's rules change then."""
        return self.kind in {"price_index", "rate_model", "refund_rules"}

    @property
    def is_law_seen(self) -> bool:
        """Whether the legal note's source was seen whole; else it is shown as not verified."""
        return self.legal_certainty in {"seen", "not law"}

    def number(self, name: str) -> float | None:
        """One number by name; None where the catalogue has none.

        Example:
            >>> load_lever_kinds()["price"].number("range_low")
            -5.0
        """
        return next((item.value for item in self.numbers if item.name == name), None)

    def option(self, name: str) -> LeverOption | None:
        """One option by name; None where the kind has none."""
        return next((item for item in self.options if item.name == name), None)


@cache
def load_lever_kinds() -> dict[str, LeverKind]:
    """Read the shipped catalogue: key -> kind, in order of action, then by key.

    Example:
        >>> load_lever_kinds()["volume"].decision, load_lever_kinds()["appropriation"].step
        ('what_if', 'frame')
    """
    folder = files("data.reference").joinpath("levers")
    texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    kinds = [LeverKind.model_validate(tomllib.loads(text)) for text in texts]
    return {item.kind: item for item in sorted(kinds, key=lambda item: (ORDER.index(item.step), item.kind))}
