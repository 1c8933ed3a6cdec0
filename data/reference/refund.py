"""Thresholds of the central refund by year, carried on and back where no year is known, and what else the refund rests on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from data.cpr import cpr_in_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from data.reference.catalogue import Catalogue

UNDER_18, FROM_18 = "under_18", "from_18"
_ROUNDED_TO_DKK = 10_000


@dataclass(frozen=True, kw_only=True)
class RefundYear:
    """Thresholds of one year, for all ages or for one side of 18.

    Attributes:
        year: Accounting year.
        above_dkk: DKK per year, rising: lower bound of each tier.
        refund_pct: Per cent of the cost in each tier that the state pays, rising.
        ages: ``all``, ``under_18`` (§ 176 a) or ``from_18`` (§ 176); split until 2020 only.
        source: Where it is known from.
        seen: Date or year of the source; empty where none was seen.
        verified: A source was seen.

    Raises:
        ValueError: Tiers don't rise, don't fit one another, a verified year names no source, or a text holds a CPR number.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    year: int
    above_dkk: tuple[float, ...]
    refund_pct: tuple[float, ...]
    ages: Literal["all", "under_18", "from_18"] = "all"
    source: str = ""
    seen: str = ""
    verified: bool = False

    def __post_init__(self) -> None:
        """Refuse what would give a wrong refund in silence."""
        rising = all(list(row) == sorted(set(row)) for row in (self.above_dkk, self.refund_pct))
        if not self.above_dkk or len(self.above_dkk) != len(self.refund_pct) or not rising:
            what = f"above_dkk and refund_pct of {self.year} must rise and be as many"
            raise ValueError(what)
        if self.above_dkk[0] <= 0 or not all(0 < pct <= 100 for pct in self.refund_pct):
            what = f"above_dkk of {self.year} must be above 0 (DKK per year), refund_pct above 0 and at most 100"
            raise ValueError(what)
        if not 1990 <= self.year <= 2100 or (self.verified and not self.source):
            what = f"A year of thresholds lies between 1990 and 2100 and names its source where verified ({self.year})"
            raise ValueError(what)
        if cpr_in_text(self.source) or cpr_in_text(self.seen):
            what = f"source and seen of {self.year} hold what looks like a CPR number; a run's settings are published"
            raise ValueError(what)


@dataclass(frozen=True, kw_only=True)
class RefundReference:
    """What ``refund.toml`` says, with a home's own years in it.

    Attributes:
        growth_pct: Per cent a year by which thresholds are carried on after the newest known year.
        growth_source: Why.
        growth_back_pct: Per cent a year by which they are carried back before the oldest.
        growth_back_source: Why.
        half_refund_paragraphs: Paragraphs whose cost the state refunds in part, apart from the central refund.
        half_refund_pct: Per cent of it.
        half_refund_source: Why.
        half_refund_verified: A source was seen.
        counting_laws: Laws whose help counts.
        objective_financing_paragraphs: Financed objectively where the case does not say.
        covered_below_age: Completed years.
        aftercare_groups: Service groups that are aftercare for those no longer children.
        aftercare_ages: First and last age of them.
        aftercare_from_year: First year in which they are summed with their household's children.
        refund_years: Known years, by year.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    growth_pct: float
    growth_source: str
    growth_back_pct: float
    growth_back_source: str
    half_refund_paragraphs: tuple[str, ...]
    half_refund_pct: float
    half_refund_source: str
    half_refund_verified: bool
    counting_laws: tuple[str, ...]
    objective_financing_paragraphs: tuple[str, ...]
    covered_below_age: int
    aftercare_groups: tuple[str, ...]
    aftercare_ages: tuple[int, int]
    aftercare_from_year: int
    refund_years: tuple[RefundYear, ...]

    def of(self, year: int, ages: str) -> RefundYear:
        """Thresholds of a year for one side of 18.

        Args:
            year: Accounting year.
            ages: ``under_18`` or ``from_18``.

        Returns:
            The known year, or the nearest known one carried on (or back) and then never verified.

        Example:
            >>> known = load_refund()
            >>> known.of(2020, "under_18").above_dkk, known.of(2022, "under_18").above_dkk
            ((830000.0, 1630000.0), (860000.0, 1680000.0, 2120000.0))
            >>> known.of(2027, "from_18").above_dkk[1:], known.of(2027, "from_18").verified
            ((1970000.0, 2490000.0), False)
        """
        known = {item.year: item for item in self.refund_years if item.ages in {"all", ages}}
        if year in known:
            return known[year]
        earlier = [known_year for known_year in known if known_year < year]
        from_year = max(earlier) if earlier else min(known)
        pct = self.growth_pct if earlier else self.growth_back_pct
        factor = (1 + pct / 100) ** (year - from_year)
        near = known[from_year]
        return RefundYear(
            year=year,
            above_dkk=tuple(float(round(amount * factor / _ROUNDED_TO_DKK) * _ROUNDED_TO_DKK) for amount in near.above_dkk),
            refund_pct=near.refund_pct,
            ages=near.ages,
            source=f"{from_year} with {pct:g} per cent a year: {self.growth_source if earlier else self.growth_back_source}",
        )

    def half_refund_services(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Services whose cost the state refunds in part.

        Example:
            >>> from data.reference import load_catalogue
            >>> load_refund().half_refund_services(load_catalogue())
            ('forsorgshjem', 'kvindekrisecenter')
        """
        return _with_paragraph(catalogue, self.half_refund_paragraphs)

    def objective_services(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Services taken to be financed objectively where the case does not say."""
        return _with_paragraph(catalogue, self.objective_financing_paragraphs)

    def counting_services(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Services that count: one of their paragraphs is of a counting law."""
        laws = tuple(f"{law}-" for law in self.counting_laws)
        return tuple(item.key for item in catalogue.service if any(word.startswith(laws) for word in item.paragraphs))

    def aftercare_services(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Services that are aftercare for those no longer children."""
        return tuple(item.key for item in catalogue.service if item.group in self.aftercare_groups)


def _with_paragraph(catalogue: Catalogue, paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item.key for item in catalogue.service if set(item.paragraphs) & set(paragraphs))


@cache
def _shipped() -> RefundReference:
    text = files("data.reference").joinpath("refund.toml").read_text(encoding="utf-8")
    return TypeAdapter(RefundReference).validate_python(tomllib.loads(text))


def load_refund(own: Iterable[RefundYear] = ()) -> RefundReference:
    """Read the shipped file, with a home's own years in place of those it corrects.

    Args:
        own: Years of the setting ``refund_years``; one for all ages also replaces a year that was split.

    Example:
        >>> own = RefundYear(year=2024, above_dkk=(930_000,), refund_pct=(25,), source="sm.dk, Satser 2024", verified=True)
        >>> load_refund([own]).of(2024, "from_18").verified, load_refund().of(2024, "from_18").verified
        (True, False)
    """
    shipped = _shipped()
    mine = tuple(own)
    if not mine:
        return shipped
    kept = [item for item in shipped.refund_years if not any(_replaces(new, item) for new in mine)]
    years = tuple(sorted((*kept, *mine), key=lambda item: (item.year, item.ages)))
    return RefundReference(**{**vars(shipped), "refund_years": years})


def carried_on(reference: RefundReference, index: Mapping[int, float]) -> RefundReference:
    """The reference with years after the newest known one carried on by a run's price index; never verified.

    Args:
        reference: Known years.
        index: Year -> nominal per real; years without it, and all where the newest known year has none, are carried on by
            ``growth_pct``.

    Example:
        >>> ahead = carried_on(load_refund(), {2026: 1.0, 2027: 1.028})
        >>> ahead.of(2026, "from_18").above_dkk[1], ahead.of(2027, "from_18").above_dkk[1], ahead.of(2027, "from_18").verified
        (1910000.0, 1960000.0, False)
    """
    newest = max(item.year for item in reference.refund_years)
    later = [year for year in sorted(index) if year > newest] if newest in index else []
    made = tuple(
        RefundYear(
            year=year,
            above_dkk=tuple(
                float(round(amount * index[year] / index[newest] / _ROUNDED_TO_DKK) * _ROUNDED_TO_DKK)
                for amount in known.above_dkk
            ),
            refund_pct=known.refund_pct,
            ages=known.ages,
            source=f"{newest} with the run's price index",
        )
        for year in later
        for known in reference.refund_years
        if known.year == newest
    )
    return RefundReference(**{**vars(reference), "refund_years": (*reference.refund_years, *made)})


def _replaces(new: RefundYear, old: RefundYear) -> bool:
    return new.year == old.year and (new.ages in {"all", old.ages} or old.ages == "all")


__all__ = ["FROM_18", "UNDER_18", "RefundReference", "RefundYear", "carried_on", "load_refund"]
