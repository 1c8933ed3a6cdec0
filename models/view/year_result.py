"""The year's result as the page Budgetopfølgning shows it: rows, lines, bridge, months, technical budget, all as published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.outturn import NET_LINES, FollowUp, NetResult, net_results
from models.view.figures import Outlook
from models.view.run import NOMINAL, TOTAL, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.view.language import Language
    from models.view.run import RunView

LINES = (
    "posted", "late", "committed", "expected_new", "expected_ended", "ahead", "decided_not_in_data", "adjusted", "outside_model",
    "mean", "central_refund", "net_of_central", "budget_revised", "budget_carried_over", "deviation_mean",
    "budget_change_proposed", "budget_proposed",
)  # fmt: skip
CITIZENS = ("known_citizens", "new_citizens")
"""Uptake where known and new citizens are told apart: those of the cutoff, if all stay; who comes less who stops."""
STEPS = (
    "last_year", "demography", "uptake", *CITIZENS, "mix", "unit_cost", "price_index", "one_offs",
    "budget_events", "other_years", "outside_model", "decided_not_in_data", "adjusted",
)  # fmt: skip
_HALF_RATE = "refund_half"
"""The notice that the rate of §§ 109-110 is not verified."""
OUTLINE_YEARS = 3
"""Outline years after the budget year."""


@dataclass(frozen=True, eq=False)
class Result:
    """One member's year.

    Attributes:
        level: total, committee, frame or service.
        member: Its key.
        label: What it is called.
        committee: The committee it belongs to; empty for the total.
        year: Accounting year.
        hidden: Masked: it rests on few citizens.
        figures: Columns of YEAR_RESULT, and the result after refunds (``NET_LINES``); NaN where it is not known or hidden.
        withheld: Figures that are known and hidden by a mask of their own, where the row is not.
        unverified: Figures after refunds that rest on thresholds, or on growth of the price index, that no source was seen for.
    """

    level: str
    member: str
    label: str
    committee: str
    year: int
    hidden: bool
    figures: dict[str, float]
    withheld: frozenset[str] = frozenset()
    unverified: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> float:
        """A figure; NaN where the run is of a version that did not have it."""
        return self.figures.get(name, np.nan)

    @property
    def key(self) -> str:
        """Level and member in one word."""
        return f"{self.level} {self.member}"

    @property
    def is_split(self) -> bool:
        """Whether known and new citizens are told apart."""
        return not np.isnan(self.figures["committed"])

    def as_outlook(self) -> Outlook:
        """The same as a comparison with the frame, for the sentences and the chart that every page shares."""
        return Outlook(
            level=self.level,
            member=self.member,
            label=self.label,
            year=self.year,
            budget=self["budget_revised"],
            mean=self["mean"],
            deviation=self["deviation_mean"],
            low=self["deviation_q10"],
            high=self["deviation_q90"],
            probability_over=self["probability_over"],
        )


def years(run: RunView) -> list[int]:
    """Open accounting years of the run, in order."""
    return sorted({int(year) for year in run.tables["year_result"]["year"]})


def default_year(run: RunView) -> int | None:
    """The accounting year of the last month of data, else the first there is; None where the run has none."""
    found = years(run)
    return run.cutoff.year if run.cutoff.year in found else (found[0] if found else None)


def results(run: RunView, language: Language, year: int) -> list[Result]:
    """Every member of one year: the total, then each committee with its frames, each frame with its services."""
    table = run.tables["year_result"]
    found = {(str(row.level), str(row.member)): row for row in rows_of(table[table["year"] == year])}
    nets = net_results(table, run.tables["refund_ahead"], year)
    return [_result(run, language, found[key], committee, nets.get(key)) for key, committee in _order(run) if key in found]


def _order(run: RunView) -> list[tuple[tuple[str, str], str]]:
    services = run.tables["services"]
    order: list[tuple[tuple[str, str], str]] = [(TOTAL, "")]
    for committee in sorted(set(services["committee"].astype(str))):
        own = services[services["committee"] == committee]
        order.append((("committee", committee), committee))
        for frame in sorted(set(own["frame"].astype(str)), reverse=True):
            order.append((("frame", frame), committee))
            order += [(("service", str(service)), committee) for service in own.loc[own["frame"] == frame, "service"]]
    return order


def _result(run: RunView, language: Language, row: object, committee: str, net: NetResult | None) -> Result:
    facts = row._asdict()  # type: ignore[attr-defined]
    level, member = str(facts["level"]), str(facts["member"])
    words = {"level", "member", "year", "mask", "n_citizens", "top_share"}
    return Result(
        level=level,
        member=member,
        label=run.label(language, level, member),
        committee=committee,
        year=int(facts["year"]),
        hidden=facts["mask"] != "",
        figures={name: float(value) for name, value in facts.items() if name not in words}
        | {name: np.nan if net is None else getattr(net, name) for name in NET_LINES},
        withheld=frozenset() if net is None else net.hidden,
        unverified=frozenset() if net is None else _unverified(run, net, int(facts["year"])),
    )


def _unverified(run: RunView, net: NetResult, year: int) -> frozenset[str]:
    """What of a year after refunds is to be marked; the rate of §§ 109-110 has a notice of its own where it is not verified."""
    is_half_unseen = bool((run.tables["notices"]["notice_id"] == _HALF_RATE).any())
    half = ("half_refund", "net") if is_half_unseen else ()
    is_seen = net.thresholds_verified is not False and run.index_known(year) is not False
    return frozenset(half if is_seen else ("central_refund", "net_of_central", "net", *half))


def glance(run: RunView, language: Language, year: int) -> list[Result]:
    """Frames, the committees that hold more than one, and the total last."""
    services = run.tables["services"]
    several = services.groupby("committee")["frame"].nunique()
    rows = [row for row in results(run, language, year) if row.level != "service"]
    kept = [row for row in rows if row.level != "committee" or several.get(row.member, 0) > 1]
    return sorted(kept, key=lambda row: row.level == "total")


def services_of(run: RunView, language: Language, year: int, member: tuple[str, str]) -> list[Result]:
    """The services that a frame, a committee or the total sums."""
    table = run.tables["services"]
    inside = table if member == TOTAL else table[table[member[0]] == member[1]]
    return [row for row in results(run, language, year) if row.level == "service" and row.member in set(inside["service"])]


def find(run: RunView, language: Language, year: int, member: tuple[str, str]) -> Result | None:
    """One member's year; None where the run has it not or hides it."""
    rows = [row for row in results(run, language, year) if (row.level, row.member) == member and not row.hidden]
    return rows[0] if rows else None


@dataclass(frozen=True)
class Bridge:
    """From the revised budget to the expected result.

    Attributes:
        budget: Revised budget.
        expected: Expected result.
        effects: Step -> effect, in order; they sum to expected - budget.
    """

    budget: float
    expected: float
    effects: dict[str, float]

    @property
    def causes(self) -> dict[str, float]:
        """The effects since last year, with citizens who come and go as one: uptake."""
        since = {step: effect for step, effect in self.effects.items() if step not in {"last_year", *CITIZENS}}
        citizens = [self.effects[step] for step in CITIZENS if step in self.effects]
        return since | {"uptake": sum(citizens)} if citizens else since


def bridge(run: RunView, year: int, member: tuple[str, str]) -> Bridge | None:
    """The bridge of one member; None where there is no budget, no whole year before, or it is hidden."""
    table = run.tables["year_bridge"]
    own = table[_is(table, member) & (table["year"] == year) & (table["mask"] == "")]
    steps = {str(row.step): float(row.effect) for row in rows_of(own)}
    if not {"budget", "expected"} <= set(steps):
        return None
    new, ended = (steps.pop(name, 0.0) for name in ("expected_new", "expected_ended"))
    if new != 0.0 or ended != 0.0:  # apart they are many times the deviation; the lines of the year's result tell both
        steps |= dict(zip(CITIZENS, (steps.pop("uptake", 0.0), new + ended), strict=True))
    effects = {step: steps[step] for step in STEPS if steps.get(step, 0.0) != 0.0}
    return Bridge(steps["budget"], steps["expected"], effects)


def _is(table: pd.DataFrame, member: tuple[str, str]) -> pd.Series[bool]:
    return (table["level"] == member[0]) & (table["member"] == member[1])


def months(run: RunView, year: int, member: tuple[str, str]) -> pd.DataFrame:
    """Accounting periods of one member and year with running sums; empty where they are not published or hidden.

    Returns:
        period, posted, expected, budget, last_year, and cumulated_posted, cumulated_budget, cumulated_last_year,
        cumulated_mean, cumulated_q10, cumulated_q90.
    """
    table = run.tables["year_result_months"]
    own = table[_is(table, member) & (table["year"] == year) & (table["mask"] == "")].sort_values("period", ignore_index=True)
    sums = {f"cumulated_{name}": own[name].cumsum() for name in ("posted", "budget", "last_year")}
    return own.assign(**sums)


@dataclass(frozen=True)
class Standing:
    """Where a year stands.

    Attributes:
        posted: Posted to date.
        expected: Expected at the end of the year.
        budget: Revised budget.
    """

    posted: float
    expected: float
    budget: float


def standing(rows: pd.DataFrame) -> Standing:
    """Where the year of :func:`months` stands."""
    last = rows.iloc[-1]
    return Standing(float(rows["posted"].sum()), float(last["cumulated_mean"]), float(last["cumulated_budget"]))


@dataclass(frozen=True)
class Technical:
    """One frame's year of the technical budget, at the run's price level.

    Attributes:
        label: Frame, committee or the total.
        level: frame, committee or total.
        year: Budget year or overslagsår.
        adopted: Last adopted budget; NaN where there is none.
        technical: The expected result with staff's coming events: what the frame needs as things stand.
        change: Technical less adopted.
        low: 10 % quantile of the change.
        high: 90 % quantile of the change.
        decided: Decided but not in the data, of the technical budget.
        adjusted: Staff's coming events, of the technical budget.
        index_known: Whether the price index gives the year's growth; None: no index, or the run doesn't say.
    """

    label: str
    level: str
    year: int
    adopted: float
    technical: float
    change: float
    low: float
    high: float
    decided: float
    adjusted: float
    index_known: bool | None


def technical_budget(run: RunView, language: Language) -> list[Technical]:
    """The coming budget year and three overslagsår per frame, at one price level."""
    table = run.tables["frame_outlook"]
    coming = table["year"].between(run.cutoff.year + 1, run.cutoff.year + 1 + OUTLINE_YEARS)
    ahead = table[coming & (table["mask"] == "")]
    wanted = [(row.level, row.member) for row in glance(run, language, default_year(run) or 0)]
    found = []
    for row in rows_of(ahead):
        if (row.level, row.member) not in wanted:
            continue
        adopted = float(row.budget_original)
        shift = float(row.budget_revised) - adopted  # deviations are measured from the revised budget
        adjusted = float(row.adjusted) if hasattr(row, "adjusted") and not math.isnan(row.adjusted) else 0.0
        item = Technical(
            label=run.label(language, row.level, row.member),
            level=str(row.level),
            year=int(row.year),
            adopted=adopted,
            technical=float(row.mean) + adjusted,
            change=float(row.mean) + adjusted - adopted,
            low=float(row.deviation_q10) + adjusted + shift,
            high=float(row.deviation_q90) + adjusted + shift,
            decided=float(row.decided_not_in_data),
            adjusted=adjusted,
            index_known=run.index_known(int(row.year)),
        )
        found.append((wanted.index((row.level, row.member)), item.year, item))
    return [item for _, _, item in sorted(found, key=lambda entry: entry[:2])]


def follow_ups(run: RunView, earlier: Sequence[FollowUp], year: int) -> list[FollowUp]:
    """Earlier follow-ups that had the year open, the oldest first, and the run that is shown last."""
    return [*(item for item in reversed(earlier) if (item.result["year"] == year).any()), as_follow_up(run)]


def as_follow_up(run: RunView) -> FollowUp:
    """The run that is shown, as a follow-up beside earlier ones."""
    return FollowUp(
        run_id=run.run_id,
        cutoff=run.cutoff,
        remade=bool(run.fact("as_of")),
        price_level=run.fact("price_level", NOMINAL),
        result=run.tables["year_result"],
        months=run.tables["year_result_months"],
    )
