"""Lever: one dated change beside the baseline, as a frozen value; and how far it has come, month by month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.reference.lever_catalogue import LeverKind, load_lever_kinds

if TYPE_CHECKING:
    from models.types import Array


RAMPS = ("step", "linear", "front_loaded", "back_loaded")
PURSES = ("paragraph", "school", "region", "state", "committee")
"""Where a saving may come back as expenditure; ``paragraph`` and ``committee`` stay inside the municipality."""
OWN_PURSES = ("paragraph", "school", "committee")
MAIN_VARIANT = "main"
_COSTS = ("cost_dkk_per_year", "running_cost_dkk_per_citizen_year", "investment_dkk")


@dataclass(frozen=True, kw_only=True)
class Displacement:
    """The rise expected elsewhere when a lever saves.

    Attributes:
        purse: Who pays it: ``paragraph``, ``school``, ``region``, ``state`` or ``committee``.
        name: Which one, in words.
        share_pct: Per cent of the saving that comes back there.
        frame: A frame of the run that it lands in, so that it enters that frame's figures; empty: it is told only.
    """

    purse: str
    name: str = ""
    share_pct: float = 0.0
    frame: str = ""


@dataclass(frozen=True, kw_only=True)
class Lever:
    """One lever of a scenario.

    Attributes:
        lever_id: Its name inside the scenario; its hash chooses its uniforms.
        kind: A key of the lever catalogue.
        services: Services it acts on; empty where ``group`` names them.
        group: A lever group of the run; ``oevrige`` is the masked services, together.
        frame: Frame whose appropriation it moves.
        variant: Population variant.
        to_service: Service that takes over what is moved.
        age_bands: Ages it acts on; empty: all.
        provider_types: Kinds of provider whose price it moves; empty: all.
        start: First month it acts, YYYY-MM; empty: the first month of the forecast.
        end: Last month it acts, YYYY-MM; empty: to the end of the horizon.
        ramp: How it comes: ``step``, ``linear``, ``front_loaded`` or ``back_loaded``.
        ramp_months: Months until it acts fully; 0 for a step.
        value: Most likely value, in the kind's unit.
        low: Lower end of its 80 % interval.
        high: Upper end of it.
        options: Further numbers of the kind, by name.
        rationale: Why, in words.
        author: Office, committee or initials.
        displacement: Expected rise elsewhere.
        uniform: Which of the run's uniforms it reads; None: none yet.
    """

    lever_id: str
    kind: str
    services: tuple[str, ...] = ()
    group: str = ""
    frame: str = ""
    variant: str = ""
    to_service: str = ""
    age_bands: tuple[str, ...] = ()
    provider_types: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    ramp: str = "step"
    ramp_months: int = 0
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    options: tuple[tuple[str, float], ...] = ()
    rationale: str = ""
    author: str = ""
    displacement: Displacement | None = None
    uniform: int | None = None

    @property
    def of_kind(self) -> LeverKind:
        """What the catalogue says of it."""
        return load_lever_kinds()[self.kind]

    @property
    def has_interval(self) -> bool:
        """Whether its value is uncertain, so that it reads uniforms; what is decided has none, whatever a file says."""
        if not self.of_kind.is_uncertain:
            return False
        return self.low < self.high or 0.0 < self.option("probability_pct", 100.0) < 100.0

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing, whatever the run.

        Example:
            >>> Lever(lever_id="a", kind="price").is_neutral, Lever(lever_id="a", kind="price", low=-1.0).is_neutral
            (True, False)
        """
        if self.kind == "population_variant":
            return self.variant in {"", MAIN_VARIANT}
        moved = any((self.value, self.low, self.high))
        if self.kind == "refund_rules":
            moved = moved or self.option("refund_rate_pct") != 0.0
        if self.kind == "bringing_home":
            moved = moved or self.option("vacancy_pct") != 0.0
        return not moved and not any(self.option(name) for name in _COSTS if self.of_kind.option(name))

    @property
    def needs_version(self) -> int:
        """The oldest version of the schema that can hold it."""
        newer = (
            self.kind in {"refund_rules", "duration_of_stay"}
            or self.age_bands
            or self.provider_types
            or (self.displacement and self.displacement.frame)
        )
        return 3 if newer else 2

    def option(self, name: str, otherwise: float | None = None) -> float:
        """A further number: the lever's own, else ``otherwise``, else the catalogue's.

        Raises:
            KeyError: The kind has no such option.
        """
        own = dict(self.options)
        if name in own:
            return own[name]
        known = self.of_kind.option(name)
        if known is None:
            if otherwise is None:
                raise KeyError(name)
            return otherwise
        return known.default

    def in_full(self) -> Lever:
        """The same lever with every further number written out, also those it leaves to the catalogue.

        Example:
            >>> made = Lever(lever_id="a", kind="new_referrals").in_full()
            >>> made.options, made.in_short().options
            ((('marginal_share_pct', 100.0), ('relative_cost_pct', 100.0)), ())
        """
        return replace(self, options=tuple(sorted((known.name, self.option(known.name)) for known in self.of_kind.options)))

    def in_short(self) -> Lever:
        """The same lever without further numbers that are the catalogue's anyway."""
        defaults = {known.name: known.default for known in self.of_kind.options}
        return replace(self, options=tuple(item for item in self.options if item[1] != defaults.get(item[0])))

    def to_dict(self) -> dict[str, Any]:
        """Write the lever as a scenario file has it; what is at its default is left out."""
        told: dict[str, Any] = {"id": self.lever_id, "kind": self.kind}
        texts = {name: getattr(self, name) for name in ("group", "frame", "variant", "to_service", "start", "end")}
        told |= {name: value for name, value in (texts | {"rationale": self.rationale, "author": self.author}).items() if value}
        told |= {name: list(getattr(self, name)) for name in ("services", "age_bands", "provider_types") if getattr(self, name)}
        if self.ramp != "step":
            told["ramp"] = {"shape": self.ramp, "months": self.ramp_months}
        if self.of_kind.unit != "none":
            told |= {"value": self.value} | ({} if self.low == self.high == self.value else {"low": self.low, "high": self.high})
        if self.options:
            told["options"] = dict(self.options)
        if self.displacement is not None:
            place = self.displacement
            told["displacement"] = {"purse": place.purse, "name": place.name, "share_pct": place.share_pct}
            told["displacement"] |= {"frame": place.frame} if place.frame else {}
        if self.uniform is not None:
            told["uniform"] = self.uniform
        return told


def without_costs(lever: Lever) -> Lever:
    """The same lever without what it costs itself: investment, running cost, cost a year.

    Example:
        >>> made = Lever(lever_id="a", kind="prevention", options=(("cost_dkk_per_year", 1e6), ("lag_months", 12.0)))
        >>> without_costs(made).options
        (('lag_months', 12.0),)
    """
    return replace(lever, options=tuple((name, value) for name, value in lever.options if name not in _COSTS))


def in_kroner(lever: Lever) -> bool:
    """Whether it holds amounts, so that it belongs to one price level.

    Example:
        >>> [in_kroner(Lever(lever_id="a", kind=kind, value=-1.0)) for kind in ("price", "appropriation")]
        [False, True]
    """
    return lever.of_kind.unit == "dkk_per_year" or any(value for name, value in lever.options if name in _COSTS)


def ramp_profile(lever: Lever, first: tuple[int, int], n_months: int, *, delay: int = 0) -> Array:
    """How far a lever has come in every month of the horizon.

    Args:
        lever: Start, ramp and end.
        first: Year and month of the first forecast month.
        n_months: Months of the horizon.
        delay: Months between its start and its first effect.

    Returns:
        (n_months,) from 0 to 1.

    Example:
        >>> made = Lever(lever_id="a", kind="price", start="2027-02", end="2027-05", ramp="linear", ramp_months=2)
        >>> ramp_profile(made, (2027, 1), 6).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.0]
    """
    months = np.arange(n_months)
    begin = (month_number(lever.start, first) if lever.start else 0) + delay
    since = months - begin + 1.0
    come = np.clip(since / lever.ramp_months, 0.0, 1.0) if lever.ramp_months > 0 else (since > 0).astype(np.float64)
    shaped: Array = {"front_loaded": 1.0 - (1.0 - come) ** 2, "back_loaded": come**2}.get(lever.ramp, come)
    if lever.end:
        shaped = np.where(months <= month_number(lever.end, first), shaped, 0.0)
    return shaped


def month_number(text: str, first: tuple[int, int]) -> int:
    """Months from the first forecast month to YYYY-MM.

    Example:
        >>> month_number("2028-01", (2027, 1))
        12
    """
    return (int(text[:4]) - first[0]) * 12 + int(text[5:7]) - first[1]


def map_uniforms(low: float, value: float, high: float, uniforms: Array, bounds: tuple[float, float]) -> Array:
    """Draws of a lever's value: half below the most likely value, 80 % inside the interval, straight between.

    Args:
        low: 10th percentile.
        value: Median.
        high: 90th percentile.
        uniforms: (D,) between 0 and 1.
        bounds: Values outside can't be true.

    Returns:
        (D,) values; tails go on at the slope of their side, so they end a quarter of it beyond the interval.

    Example:
        >>> map_uniforms(-2.0, -1.0, 0.0, np.array([0.1, 0.5, 0.9, 1.0]), (-30.0, 30.0)).tolist()
        [-2.0, -1.0, 0.0, 0.25]
    """
    knots = np.array([low - (value - low) / 4.0, low, value, high, high + (high - value) / 4.0])
    return np.asarray(np.clip(np.interp(uniforms, (0.0, 0.1, 0.5, 0.9, 1.0), knots), *bounds))
