"""A night of ``make year-backtest``: the product's steps, without those that the year's result never reads.

Left out is what is told beside it: radar, answers to longer stays, refund, outlook, bridge, drift, quality, masks and files.
``same`` proves that what is left says the same to the bit as a night with everything on (``year_figures.py --check``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from data.input_files import list_input_files
from data.landing import settle
from expectations import validate
from expectations.checkpoint import _complete_tables, _split_rows
from flows.citizens import blend_known
from flows.kept_choice import keep_choice, kept_choice
from flows.quality import forecast_again
from flows.results import commit, lay_out_year
from flows.steps import ORDER, Step
from models.drift_source import series_means
from models.forecast import choose_services, forecast_services
from models.forecast.choices import Renewal

if TYPE_CHECKING:
    import pandas as pd

    from flows.night import Night
    from flows.steps import Tick

_OWN = {step.name: step for step in ORDER}
_READ = (
    "land", "stage", "validate", "extract", "drivers", "look_back", "forecast", "citizens", "accounting", "outturn", "settle",
)  # fmt: skip
"""Steps that the year's result rests on."""
_HELD = ("earlier_choices", "earlier_choice_work", "known_weights", "lookback")
"""What a look back leaves to the steps after it."""


@dataclass
class YearNights:
    """Nights of one home.

    Attributes:
        renewal: When models are chosen: with every night's month, as the product does, or in the home's first night. Carried
            choices are looked back on with each year's first night.
        looked: Year -> what its first night's look back left; used with ``Renewal.CARRIED`` alone.
        sound: A night's files were checked and held nothing to be set aside; later deliveries of the home are of the same making.
            Where a rule set something aside, every night is checked, as the product does.
    """

    renewal: Renewal
    looked: dict[int, dict[str, Any]] = field(default_factory=dict)
    sound: bool = False

    def steps(self) -> tuple[Step, ...]:
        """In order."""
        own = {
            "validate": self._validate,
            "drivers": _drivers,
            "look_back": self._look_back,
            "forecast": self._forecast,
            "citizens": _citizens,
            "outturn": _outturn,
            "settle": _settle,
        }
        return tuple(Step(name, _OWN[name].label, own.get(name, _OWN[name].work)) for name in _READ)

    def _validate(self, night: Night, _tick: Tick) -> None:
        """All rules in a home's first night; from then on every row is used, if it was sound."""
        con = night.warehouse()
        if self.sound:
            _complete_tables(con)
            _split_rows(con)
        else:
            report = validate(con, night.settings)
            if report.blocking:
                message = f"the files are not sound: {'; '.join(report.blocking)}"
                raise ValueError(message)
            self.sound = not report.balance["rows_set_aside"].sum()
        night.frames["input_files"] = list_input_files(con, min_citizens=night.settings.min_citizens)

    def _look_back(self, night: Night, tick: Tick) -> None:
        year = night.held["parts"].tables.cutoff.year
        if self.renewal is Renewal.CARRIED and year in self.looked:
            night.held |= self.looked[year]
            return
        forecast_again(night, tick, self.renewal)
        self.looked = {year: {name: night.held[name] for name in _HELD}}

    def _forecast(self, night: Night, tick: Tick) -> None:
        """As the product's step, with this renewal."""
        settings, tables = night.settings, night.held["parts"].tables
        choices, work = choose_services(tables, known=kept_choice(night), renewal=self.renewal, progress=tick)
        night.held |= {"choices": choices, "choice_work": work}
        how = {"seed": settings.seed, "n_draws": settings.n_draws}
        night.held["draws"] = forecast_services(tables, **how, choices=choices, lookback=night.held["lookback"])
        night.held["series_alone"] = series_means(night.held["draws"])


def _drivers(night: Night, tick: Tick) -> None:
    """Without the watch over single providers' speed, which only tells."""
    extracts = night.held["extracts"]
    night.held["extracts"] = replace(extracts, provider_triangle=extracts.provider_triangle.iloc[:0])
    _OWN["drivers"].work(night, tick)


def _citizens(night: Night, _tick: Tick) -> None:
    if blend_known(night) is None:
        message = "no known citizens were rolled forward"
        raise ValueError(message)
    commit(night)


def _outturn(night: Night, _tick: Tick) -> None:
    lay_out_year(night, night.held["extracts"].adjustments)


def _settle(night: Night, _tick: Tick) -> None:
    settle(night.warehouse(), night.settings, night.held["outcomes"])
    if fault := keep_choice(night):
        raise ValueError(fault)


def same(whole: tuple[pd.DataFrame, pd.DataFrame], lean: tuple[pd.DataFrame, pd.DataFrame]) -> list[str]:
    """Columns in which two nights differ by a bit anywhere, of the year's result by frame and of the months ahead.

    Args:
        whole: What ``year_figures.said`` read of a night with every step.
        lean: The same of a night of these steps.
    """
    differ = []
    for one, other in zip(whole, lean, strict=True):
        if not one.index.equals(other.index) or list(one.columns) != list(other.columns):
            return ["rows or columns"]
        differ += [str(name) for name in one.columns if not one[name].equals(other[name])]
    return differ
