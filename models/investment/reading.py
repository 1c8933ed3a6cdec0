"""Read the file of an investment case: every fault is told with its place, and nothing of a bad file is taken over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from models.file_faults import (
    Code,
    Kroner,
    Month,
    Name,
    Percent,
    PriceLevel,
    Prose,
    RunId,
    Signature,
    Written,
    Year,
    read_written,
)
from models.investment.case import Case, Cost, Elsewhere, Evidence, Promise, Trial
from models.scenario.faults import ScenarioFault, ScenarioInvalid, shown_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_Purse = Literal["committee", "region", "state"]
_Months = Annotated[int, Field(ge=0, le=240)]


class _Cost(Written):
    year: Year
    amount_dkk: Annotated[float, Field(ge=0.0, le=1e10)]
    purse: _Purse = "committee"
    name: Signature = ""


class _Promise(Written):
    unit: Literal["citizens", "pct"]
    value: Annotated[float, Field(ge=-1e5, le=1e5)]
    low: Annotated[float, Field(ge=-1e5, le=1e5)]
    high: Annotated[float, Field(ge=-1e5, le=1e5)]
    probability_pct: Percent = 100.0
    lag_months: _Months = 0
    ramp_months: _Months = 0
    fading_pct_per_year: Percent = 0.0
    marginal_share_pct: Percent = 100.0
    relative_cost_pct: Annotated[float, Field(ge=10.0, le=300.0)] = 100.0


class _Elsewhere(Written):
    purse: _Purse
    name: Name
    dkk_per_year: Kroner
    source: Signature = ""


class _Trial(Written):
    months: Annotated[int, Field(ge=1, le=60)]
    cost_dkk: Annotated[float, Field(ge=0.0, le=1e9)]
    finds_pct: Percent = 80.0
    false_alarm_pct: Percent = 20.0


class _Evidence(Written):
    grade: Literal["tested", "promising", "own_trial"]
    source: Signature = ""
    dated: Annotated[str, Field(pattern=r"^(?:|\d{4}(?:-\d{2}(?:-\d{2})?)?)$")] = ""


class CaseFile(Written):
    """What the file of a case may hold; ``docs/schemas/investment_case.json``."""

    schema_version: Literal[1]
    name: Name
    services: Annotated[list[Code], Field(min_length=1, max_length=20)]
    promise: _Promise
    evidence: _Evidence
    start: Month
    what: Prose = ""
    ages: Annotated[str, Field(pattern=r"^(?:|\d{1,3}-\d{1,3}|\d{1,3}\+)$")] = ""
    n_citizens: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    costs: list[_Cost] = Field(default_factory=list, max_length=60)
    elsewhere: list[_Elsewhere] = Field(default_factory=list, max_length=20)
    trial: _Trial | None = None
    author: Signature = ""
    run_id: RunId = ""
    price_level: PriceLevel = ""


def read_case(text: str) -> Case:
    """Read a case from JSON.

    Args:
        text: The file's text.

    Returns:
        The case. Whether a run can carry it: ``models.investment.engine.check_case``.

    Raises:
        ScenarioInvalid: With every fault of the file.

    Example:
        >>> from models.investment.case import example_case
        >>> read_case(example_case().to_json()) == example_case()
        True
    """
    written = read_written(text, CaseFile)
    faults = list(_faults(written))
    if faults:
        raise ScenarioInvalid.of(faults)
    return Case(
        name=written.name,
        services=tuple(written.services),
        promise=Promise(**written.promise.model_dump()),
        evidence=Evidence(**written.evidence.model_dump()),
        start=written.start,
        what=written.what,
        ages=written.ages,
        n_citizens=written.n_citizens,
        costs=tuple(Cost(**cost.model_dump()) for cost in written.costs),
        elsewhere=tuple(Elsewhere(**item.model_dump()) for item in written.elsewhere),
        trial=Trial(**written.trial.model_dump()) if written.trial else None,
        author=written.author,
        run_id=written.run_id,
        price_level=written.price_level,
    )


def case_text(
    told: Mapping[str, Any],
    *,
    costs_millions: Mapping[int, float],
    payer: str = "committee",
    others: Sequence[tuple[str, str, float]] = (),
    trial: Mapping[str, float] | None = None,
) -> str:
    """The file of a case that somebody filled a form with; reading it checks it.

    Args:
        told: Fields of the file, without ``schema_version``, ``costs``, ``elsewhere`` and ``trial``.
        costs_millions: Year -> cost, millions at the case's price level; years without one are left out.
        payer: Purse that pays it.
        others: (purse, name, millions a year that it pays; negative: gains) of others; those of no purse are left out.
        trial: months, cost_millions, finds_pct and false_alarm_pct of a trial that could come first; no months: none.

    Example:
        >>> others = [("region", "Akut", -0.2), ("", "", 0.0)]
        >>> made = json.loads(case_text({}, costs_millions={2027: 1.5, 2028: 0.0}, others=others))
        >>> made["costs"], made["elsewhere"][0]["dkk_per_year"], "trial" in made
        ([{'year': 2027, 'amount_dkk': 1500000.0, 'purse': 'committee'}], -200000.0, False)
    """
    costs = [{"year": year, "amount_dkk": amount * 1e6, "purse": payer} for year, amount in costs_millions.items() if amount]
    elsewhere = [
        {"purse": purse, "name": name, "dkk_per_year": round(amount * 1e6, 2)} for purse, name, amount in others if purse
    ]
    more: dict[str, Any] = {"costs": costs, "elsewhere": elsewhere}
    if trial and trial["months"]:
        kept = {name: trial[name] for name in ("months", "finds_pct", "false_alarm_pct")}
        more["trial"] = kept | {"cost_dkk": round(trial["cost_millions"] * 1e6, 2)}
    return json.dumps({"schema_version": 1, **told, **more}, ensure_ascii=False)


def _faults(written: CaseFile) -> list[ScenarioFault]:
    """What holds between the fields of a case."""
    found = []
    promise = written.promise
    if not promise.low <= promise.value <= promise.high:
        what, why = "The interval must hold the value: low, value, high", "No draws can be made from it"
        found.append(ScenarioFault("interval", "promise.low", shown_value(promise.low), what, why, "Put the three in order"))
    furthest = max(abs(promise.low), abs(promise.high))
    if promise.unit == "pct" and furthest > 100.0:
        what, why = "An effect above 100 per cent", "Nobody can help more citizens away than there are"
        found.append(ScenarioFault("above_all", "promise", shown_value(furthest), what, why, "Write at most 100"))
    if promise.unit == "citizens" and written.n_citizens and furthest > written.n_citizens:
        what, why = "The effect reaches more citizens than are enrolled", "The measure can't act on those it never meets"
        remedy = "Lower the effect, or enrol more (n_citizens)"
        found.append(ScenarioFault("above_enrolled", "promise", shown_value(furthest), what, why, remedy))
    first, _, last = written.ages.partition("-")
    if last and int(first) > int(last):
        what, why = "The ages are the wrong way round", "Nobody is that age"
        found.append(ScenarioFault("interval", "ages", written.ages, what, why, "Youngest first, e.g. 6-17"))
    if len(set(written.services)) < len(written.services):
        found.append(ScenarioFault("twice", "services", "", "A service stands twice", "It would count twice", "Keep one"))
    early = [cost.year for cost in written.costs if cost.year < int(written.start[:4])]
    if early:
        what, why = "A cost lies before the year the measure starts in", "It would belong to another decision"
        found.append(ScenarioFault("cost_early", "costs.year", shown_value(early[0]), what, why, "Correct the year or the start"))
    return found
