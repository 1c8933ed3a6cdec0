"""An investment case: who, what, what it costs, what it promises, how well that is known. A frozen value with its content's id.

The promise is a change in how many full-time citizens need the named services, most likely value and 80 % interval, times the
probability that it works at all; it comes after a lag, grows over a ramp and may fade.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from data.content_id import content_id
from models.rng import N_UNIFORMS
from models.scenario.lever import map_uniforms

if TYPE_CHECKING:
    from models.types import Array

SCHEMA_VERSION = 1
GRADES = ("tested", "promising", "own_trial")
"""Tested with effect; promising; the municipality's own trial."""
PURSES = ("committee", "region", "state")
"""Who pays or gains beside the services named: another committee of the municipality, the region, the state."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the measure costs in one year.

    Attributes:
        year: Year.
        amount_dkk: DKK at the case's price level; plus = expenditure.
        purse: Who pays: ``committee``, ``region`` or ``state``.
        name: Which committee, in words.
    """

    year: int
    amount_dkk: float
    purse: str = "committee"
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """The effect that is promised.

    Attributes:
        unit: ``citizens`` (full-time citizens fewer or more, all services together) or ``pct`` of the services' volume.
        value: Most likely change when it works fully; negative = fewer.
        low: Lower end of its 80 % interval.
        high: Upper end of it.
        probability_pct: Probability that it works at all.
        lag_months: Months from start to the first effect.
        ramp_months: Months from the first effect to the full one, in a straight line.
        fading_pct_per_year: Per cent of the effect lost in every year after the full one.
        marginal_share_pct: Per cent of the mean cost that is saved when one less is helped.
        relative_cost_pct: Cost of those affected, per cent of the mean.
    """

    unit: str
    value: float
    low: float
    high: float
    probability_pct: float = 100.0
    lag_months: int = 0
    ramp_months: int = 0
    fading_pct_per_year: float = 0.0
    marginal_share_pct: float = 100.0
    relative_cost_pct: float = 100.0


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What another purse pays or gains when the measure works fully.

    Attributes:
        purse: ``committee``, ``region`` or ``state``.
        name: Which one, in words.
        dkk_per_year: DKK a year at full effect, at the case's price level; negative = it gains.
        source: Where the figure is known from.
    """

    purse: str
    name: str
    dkk_per_year: float
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A trial that could come first.

    Attributes:
        months: How long it takes.
        cost_dkk: What it costs, DKK at the case's price level, paid at its start.
        finds_pct: Per cent of working measures that the trial finds to work.
        false_alarm_pct: Per cent of those that don't work which it takes for working.
    """

    months: int
    cost_dkk: float
    finds_pct: float = 80.0
    false_alarm_pct: float = 20.0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How well the effect is known.

    Attributes:
        grade: ``tested``, ``promising`` or ``own_trial``.
        source: Where it was seen.
        dated: Year or date of the source.
    """

    grade: str
    source: str = ""
    dated: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One investment case.

    Attributes:
        name: What it is called.
        services: Keys of the services whose volume it changes.
        promise: Its effect.
        evidence: How well that is known.
        start: First month, YYYY-MM.
        what: What is done, in words.
        ages: Whom it is for, ``6-17``, ``67+`` or empty: all.
        n_citizens: How many are to be enrolled.
        costs: What it costs, by year.
        elsewhere: Who else pays or gains.
        trial: A trial that could come first.
        author: Office or initials.
        run_id: The run it is pinned to; empty: the newest.
        price_level: Price level of its amounts; empty: the run's own.
    """

    name: str
    services: tuple[str, ...]
    promise: Promise
    evidence: Evidence
    start: str
    what: str = ""
    ages: str = ""
    n_citizens: int = 0
    costs: tuple[Cost, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    trial: Trial | None = None
    author: str = ""
    run_id: str = ""
    price_level: str = ""

    @property
    def case_id(self) -> str:
        """Of its canonical JSON (``data.content_id``): the same content has the same id everywhere."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return content_id("f", text)

    @property
    def age_range(self) -> tuple[int, int]:
        """Youngest and oldest age it is for, both counted in.

        Example:
            >>> made = example_case()
            >>> made.age_range, replace(made, ages="67+").age_range, replace(made, ages="").age_range
            ((6, 17), (67, 130), (0, 130))
        """
        if not self.ages:
            return 0, 130
        first, _, last = self.ages.rstrip("+").partition("-")
        return int(first), int(last) if last else 130

    def pinned(self, run_id: str, price_level: str) -> Case:
        """The same case, pinned to one run and its price level."""
        return replace(self, run_id=run_id, price_level=price_level)

    def to_dict(self) -> dict[str, Any]:
        """Write the case as ``docs/schemas/investment_case.json`` has it; what was not said is left out."""
        told: dict[str, Any] = {"schema_version": SCHEMA_VERSION} | asdict(self)
        told["services"] = list(self.services)
        told["costs"] = [asdict(cost) for cost in self.costs]
        told["elsewhere"] = [asdict(item) for item in self.elsewhere]
        return {name: value for name, value in told.items() if value not in ("", None, [], 0)}

    def to_json(self) -> str:
        """Write the case as a file for people."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def example_case() -> Case:
    """A case for examples and tests: early support at home for six- to seventeen-year-olds."""
    promise = Promise(unit="citizens", value=-4.0, low=-7.0, high=-1.0, probability_pct=60.0, lag_months=12, ramp_months=12)
    return Case(
        name="Tidlig støtte i hjemmet",
        services=("doegninstitution_boern",),
        promise=promise,
        evidence=Evidence(grade="promising", source="Eget skøn", dated="2026"),
        start="2027-03",
        ages="6-17",
        n_citizens=40,
        costs=(Cost(year=2027, amount_dkk=1_200_000.0), Cost(year=2028, amount_dkk=1_200_000.0)),
        price_level="2026-pl",
    )


def size_draws(case: Case, uniforms: Array | None) -> tuple[float, Array]:
    """Draws of the effect's size, nil where it does not work.

    Args:
        case: The case; the hash of its services, start, unit and ages names its column of uniforms.
        uniforms: (N, D) the run's uniforms; None: an older run has none.

    Returns:
        Expected size; (D,) sizes in the promise's unit, or (1,) the expected one where there are no uniforms. A working measure's
        draws lie as :func:`models.scenario.lever.map_uniforms` has them.

    Example:
        >>> mean, drawn = size_draws(example_case(), np.linspace(0.0005, 0.9995, 1000)[None].repeat(N_UNIFORMS, axis=0))
        >>> round(mean, 2), round(float((drawn == 0).mean()), 2)
        (-2.4, 0.4)
    """
    promise = case.promise
    works = promise.probability_pct / 100.0
    if uniforms is None:
        expected = promise.value * works
        return expected, np.array([expected])
    column = uniforms[uniform_column(case)]
    inside = np.where(column < works, column / works, 0.5) if works > 0 else np.full_like(column, 0.5)
    bounds = (-100.0, 100.0) if promise.unit == "pct" else (-1e6, 1e6)
    drawn = np.where(column < works, map_uniforms(promise.low, promise.value, promise.high, inside, bounds), 0.0)
    return float(drawn.mean()), drawn


def uniform_column(case: Case) -> int:
    """Which of the run's uniforms a case reads: the same for the same measure, also when its costs are corrected."""
    told = "|".join((*case.services, case.start, case.promise.unit, case.ages))
    return int.from_bytes(sha256(told.encode()).digest()[:8], "big") % N_UNIFORMS


def effect_profile(case: Case, first: tuple[int, int], n_months: int) -> Array:
    """How much of the full effect acts in every month.

    Args:
        case: Start, lag, ramp and fading.
        first: Year and month of the first month.
        n_months: How many months.

    Returns:
        (n_months,) from 0 to 1.

    Example:
        >>> from dataclasses import replace
        >>> made = replace(example_case(), promise=replace(example_case().promise, lag_months=2, ramp_months=2))
        >>> effect_profile(made, (2027, 1), 8).tolist()
        [0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0]
    """
    promise = case.promise
    begin = (int(case.start[:4]) - first[0]) * 12 + int(case.start[5:7]) - first[1] + promise.lag_months
    since = np.arange(n_months) - begin + 1.0
    come = np.clip(since / promise.ramp_months, 0.0, 1.0) if promise.ramp_months else (since > 0).astype(np.float64)
    beyond = np.maximum(since - max(promise.ramp_months, 1), 0.0) / 12.0
    return np.asarray(come * (1.0 - promise.fading_pct_per_year / 100.0) ** beyond)
