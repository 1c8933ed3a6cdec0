"""A portfolio of options: what a council could decide, at which levels, under which frames. Frozen values in the order of ids.

An option is chosen at one of its levels or not at all; a level is a list of levers, as a scenario has them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from data.content_id import content_id
from models.scenario.scenario import Scenario

if TYPE_CHECKING:
    from models.scenario.lever import Lever

SCHEMA_VERSION = 1
TOTAL = ("total", "total")


@dataclass(frozen=True, kw_only=True)
class Level:
    """How far an option goes.

    Attributes:
        level_id: Its name inside the option.
        name: In words.
        levers: What it does.
    """

    level_id: str
    name: str
    levers: tuple[Lever, ...]


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something that a council can decide.

    Attributes:
        option_id: Its name inside the portfolio.
        name: In words.
        levels: At least one; at most one is chosen.
        rationale: Why it is there.
        grade: Evidence: ``tested``, ``promising``, ``own_trial`` or ``none``.
        evidence: Where its effect is known from.
        legal_note: What the law says of it, beside what the lever catalogue says.
        startup_months: Months from decision to the first effect at the earliest.
        requires: Options that must be chosen with it.
        excludes: Options that can't be.
    """

    option_id: str
    name: str
    levels: tuple[Level, ...]
    rationale: str = ""
    grade: str = "none"
    evidence: str = ""
    legal_note: str = ""
    startup_months: int = 0
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FrameLimit:
    """A frame that must be kept.

    Attributes:
        level: ``total``, ``committee`` or ``frame``.
        member: Its key in the run.
        years: Year -> deviation that is allowed, DKK at the portfolio's price level; 0 keeps the frame.
    """

    level: str = "total"
    member: str = "total"
    years: tuple[tuple[int, float], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """(level, member)."""
        return self.level, self.member


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """What is weighed. Make it with :meth:`of`, which puts options in the order of their ids.

    Attributes:
        name: What it is called.
        options: In the order of their ids: no result depends on how a file lists them.
        frames: Frames to keep; the total where a file names none.
        years: Years in which they are to be kept; empty: every whole year ahead that has a budget.
        certainty_pct: How surely a frame is kept in each year, per cent.
        together: Whether all years must hold at once; else each by itself.
        citizens_weight_pct: Weight of the citizens' assessment; the rest is the economy's.
        reasonable_pct: Smallest and largest weight of the assessment that the committee finds reasonable.
        decided: Month of the decision, YYYY-MM; empty: not said.
        run_id: The run it is pinned to; empty: the newest.
        price_level: Price level of its amounts; empty: the run's own.
    """

    name: str
    options: tuple[Option, ...]
    frames: tuple[FrameLimit, ...] = field(default_factory=lambda: (FrameLimit(),))
    years: tuple[int, ...] = ()
    certainty_pct: float = 80.0
    together: bool = False
    citizens_weight_pct: float = 50.0
    reasonable_pct: tuple[float, float] = (20.0, 80.0)
    decided: str = ""
    run_id: str = ""
    price_level: str = ""

    @classmethod
    def of(cls, name: str, options: tuple[Option, ...], **more: Any) -> Portfolio:  # noqa: ANN401
        """Make a portfolio; its options in the order of their ids."""
        return cls(name=name, options=tuple(sorted(options, key=lambda option: option.option_id)), **more)

    @property
    def portfolio_id(self) -> str:
        """Of its canonical JSON (``data.content_id``)."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return content_id("p", text)

    def weighed(self, citizens_weight_pct: float) -> Portfolio:
        """The same portfolio with another weight of the citizens' assessment."""
        return replace(self, citizens_weight_pct=citizens_weight_pct)

    def to_dict(self) -> dict[str, Any]:
        """Write the portfolio as ``docs/schemas/portfolio.json`` has it; what is at its default is left out."""
        plain = Portfolio(name=self.name, options=())
        told: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "name": self.name}
        for name in ("certainty_pct", "together", "citizens_weight_pct", "decided", "run_id", "price_level"):
            if getattr(self, name) != getattr(plain, name):
                told[name] = getattr(self, name)
        if self.years:
            told["years"] = list(self.years)
        if self.reasonable_pct != plain.reasonable_pct:
            told["reasonable_pct"] = list(self.reasonable_pct)
        if self.frames != plain.frames:
            told["frames"] = [_frame(frame) for frame in self.frames]
        return told | {"options": [_option(option) for option in self.options]}

    def to_json(self) -> str:
        """Write the portfolio as a file for people."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


@dataclass(frozen=True)
class Item:
    """An option at one of its levels: the thing that is chosen or not.

    Attributes:
        option: The option.
        level: The level.
    """

    option: Option
    level: Level

    @property
    def key(self) -> tuple[str, str]:
        """(option id, level id)."""
        return self.option.option_id, self.level.level_id


def items_of(portfolio: Portfolio) -> tuple[Item, ...]:
    """Every option at every level, in the order of ids."""
    return tuple(Item(option, level) for option in portfolio.options for level in option.levels)


def scenario_of(portfolio: Portfolio, chosen: tuple[Item, ...]) -> Scenario:
    """The levers of what was chosen, as one scenario."""
    levers = tuple(lever for item in chosen for lever in item.level.levers)
    ordered = tuple(sorted(levers, key=lambda lever: lever.lever_id))
    return Scenario(
        levers=ordered,
        run_id=portfolio.run_id,
        price_level=portfolio.price_level,
        name=portfolio.name,
        safety_pct=portfolio.certainty_pct,
    )


def _frame(frame: FrameLimit) -> dict[str, Any]:
    told: dict[str, Any] = {"level": frame.level, "member": frame.member}
    return told | ({"allowed_deviation_dkk": {str(year): value for year, value in frame.years}} if frame.years else {})


def _option(option: Option) -> dict[str, Any]:
    told: dict[str, Any] = {"id": option.option_id, "name": option.name}
    texts = {name: getattr(option, name) for name in ("rationale", "evidence", "legal_note")}
    told |= {name: value for name, value in texts.items() if value}
    if option.grade != "none":
        told["grade"] = option.grade
    if option.startup_months:
        told["startup_months"] = option.startup_months
    told |= {name: list(getattr(option, name)) for name in ("requires", "excludes") if getattr(option, name)}
    levels = [
        {"id": level.level_id, "name": level.name, "levers": [lever.to_dict() for lever in level.levers]}
        for level in option.levels
    ]
    return told | {"levels": levels}
