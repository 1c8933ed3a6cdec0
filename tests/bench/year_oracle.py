"""The oracle of ``make year-backtest``: the year's result from what a town truly is at a cutoff, its own future drawn many times.

The past is held: every case opened, or granted and not begun, price decided and bill posted by the cutoff is the town's own. What
is drawn again, by the generator's own functions and true parameters, is all that comes later: who comes and leaves (of those who
come, whoever would have been granted by the cutoff is not drawn), new decisions, when an unposted bill arrives and what is wrong
with it, places sold, citizens' payment, what institutions spend. The oracle knows a little more than an export holds (cases not
yet recorded, which posted bills are wrong), so it is a hard yardstick.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from year_frames import FRAME_OF, FRAMES
from year_towns import by_frame, in_account, last_day_of

from data.synthetic import caseload as people
from data.synthetic import invoices, pricing
from data.synthetic.calendar import NEVER, days_in, first_day, month_of
from data.synthetic.institutions import SPENDING, place_of
from data.synthetic.plan import LAGS, PLANS
from data.synthetic.population import monthly_persons
from data.synthetic.seeds import generator

if TYPE_CHECKING:
    from data.synthetic.town import Town

LOOK_BACK = 24
"""Months behind a cutoff whose bills may still be on their way; the longest delay is 17, a quarter 2 more."""
SMOOTHED = 6
"""Months on either side over which an institution's spending follows its income."""
SOON = 3
"""Months after the cutoff in which drawn stays begin that tell how long granted ones last."""
_KEY = 100_000
_USERS = [
    place
    for place, plan in enumerate(PLANS)
    if not plan.sold and plan.key in {"laengerevarende_botilbud", "botilbudslignende_tilbud"}
]
_QUARTERLY = next(place for place, plan in enumerate(PLANS) if plan.key == invoices.QUARTERLY)


def states(town: Town, seed: int, cutoffs: list[int]) -> dict[int, bytes]:
    """The generator's own state at the end of each cutoff month, from one run of it that ends at the town as it is.

    Args:
        town: The municipality.
        seed: Its seed.
        cutoffs: Month numbers.

    Raises:
        ValueError: The run did not end at the town's caseload, so the states are not the town's.
    """
    window = town.window
    run = people._Simulation(window, monthly_persons(town.counts, window), generator(seed, "151", "caseload"), 1.0)
    run.first_stock()
    found = {}
    for index in range(window.months):
        run.run_month(index)
        if window.start + index in cutoffs:
            found[window.start + index] = pickle.dumps(run)
    if not (np.array_equal(run.start, town.caseload.start) and np.array_equal(run.end, town.caseload.end)):
        message = "the generator's run is not the town's"
        raise ValueError(message)
    return found


@dataclass
class Oracle:
    """What is true at one cutoff, and the futures that may follow.

    Attributes:
        town: The municipality; of what came after the cutoff nothing is read.
        seed: Its seed.
        cutoff: Month number.
        state: The caseload's state, from :func:`states`.
    """

    town: Town
    seed: int
    cutoff: int
    state: bytes

    def __post_init__(self) -> None:
        """Lay the held past out once for all futures."""
        town, self.last_day, self.year = self.town, last_day_of(self.cutoff), self.cutoff // 12
        self.december = self.year * 12 + 11
        self.horizon = min(self.december + SMOOTHED, town.window.end)
        self.low = (self.cutoff - LOOK_BACK) // 3 * 3
        cases, rows = town.priced.cases, town.priced.rows
        self.n_old = len(pickle.loads(self.state).plan)
        self.cases = cases.iloc[: self.n_old]
        price, hours = pricing._base_prices(cases, town.window, seed=self.seed, municipality="151")
        self.price, self.hours = price[: self.n_old], hours[: self.n_old]
        granted = rows[rows["first"] & (rows["from_day"] > self.last_day) & (rows["recorded"] <= self.last_day)][
            "case"
        ].to_numpy()
        granted = granted[granted >= self.n_old]
        self.granted = cases.iloc[granted]
        self.granted_price, self.granted_hours = price[granted], hours[granted]
        begun = rows[rows["from_day"] <= self.last_day]
        self.step = begun.groupby("case")["step"].last().reindex(range(self.n_old)).fillna(0.0).to_numpy()
        months = town.priced.months
        past = months[(months["month"] <= self.cutoff) & (months["month"] >= town.window.start)]
        self.past = past[["case", "month", "ore"]]
        self._read_bills()
        self.posted = by_frame(_until(in_account(town.exported, self.year), self.last_day))

    def _read_bills(self) -> None:
        """What is posted of which case-month, and which corrections of posted bills are on their way."""
        rows = self.town.postings
        rows = rows[(rows["case"] >= 0) & (rows["case"] < self.n_old) & (rows["art"] != "77") & (rows["month"] <= self.cutoff)]
        quarterly = rows.loc[rows["text_kind"] == "quarter", "case"].unique()
        self.quarterly = np.isin(np.arange(self.n_old), quarterly)
        rows = rows[rows["month"] >= self.low].assign(key=lambda part: part["case"] * _KEY + part["month"])
        base = rows[rows["text_kind"].isin(["plain", "quarter"]) & (rows["posted"] <= self.last_day)].drop_duplicates("key")
        self.billed = base["key"].to_numpy()
        posted_month = pd.Series(month_of(base["posted"].to_numpy()), index=self.billed)
        waiting = rows[(rows["posted"] > self.last_day) & rows["key"].isin(self.billed)]
        again = set(waiting.loc[waiting["text_kind"] == "again", "key"])
        longest = np.select([waiting["text_kind"] == "credit", waiting["key"].isin(again)], [7, 3], 2)
        since = posted_month.loc[waiting["key"]].to_numpy()
        latest = since + longest
        earliest = np.where(longest == 2, latest, np.maximum(since + 1, self.cutoff + 1))
        self.waiting = waiting.assign(earliest=np.minimum(earliest, latest), latest=latest)
        internal = self.town.postings
        internal = internal[(internal["art"] == "91") & (internal["month"] <= self.cutoff) & (internal["plan"] >= 0)]
        place = place_of(internal["plan"].to_numpy())
        self.internal = internal["ore"].groupby([place, internal["month"].to_numpy()]).sum()

    def draw(self, number: int) -> dict[str, float]:
        """One future: frame -> what the accounting year then ends at, DKK."""
        rng = generator(self.seed, "oracle", str(self.cutoff), str(number))
        cases, months = self._future(rng, number)
        sold = cases["sold"].to_numpy()
        every = pd.concat([self.past, months], ignore_index=True)
        bills = self._bills(cases, every[~sold[every["case"]] & (every["month"] >= self.low).to_numpy()], rng)
        parts = [bills[bills["art"] != "91"], self._corrected(rng), self._sold(cases, every, rng)]
        later = pd.concat([part[["plan", "year", "ore"]] for part in parts], ignore_index=True)
        later = later[later["year"] == self.year]
        total = by_frame(later)
        for frame, kroner in [*self._users(bills, rng), *self._institutions(cases, every, bills, rng)]:
            total[frame] += kroner
        return {frame: self.posted[frame] + total[frame] for frame in FRAMES}

    def _future(self, rng: np.random.Generator, number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Cases as they then are, and the case-months after the cutoff: case, month, ore."""
        window = self.town.window
        run = pickle.loads(self.state)
        run.rng = rng
        for month in range(self.cutoff + 1, self.horizon + 1):
            run.run_month(month - window.start)
        names = ("plan", "citizen", "birth", "start", "end", "household", "citizen_birth")
        whole = {name: np.array(getattr(run, name), dtype=np.int64) for name in names}
        came = {name: whole[name][self.n_old :] for name in ("plan", "citizen", "birth", "start", "end")}
        fresh = people.Caseload(
            **came, household=whole["household"], citizen_birth=whole["citizen_birth"], citizen_male=np.array([])
        )
        labels = {"seed": int(rng.integers(2**31)), "municipality": f"151/{number}"}
        new = pricing._with_providers(fresh, **labels)
        price, hours = pricing._base_prices(new, window, **labels)
        unknown = self._not_granted(new, rng)
        granted = self.granted.assign(end=self._ends(new, rng))
        cases = pd.concat([self.cases.assign(end=whole["end"][: self.n_old]), granted, new[unknown]], ignore_index=True)
        price = np.r_[self.price, self.granted_price, price[unknown]]
        hours = np.r_[self.hours, self.granted_hours, hours[unknown]]
        step = np.r_[self.step, np.zeros(len(cases) - self.n_old)]
        return cases, self._priced(cases, price, hours, step, rng)

    def _not_granted(self, new: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """Of drawn cases, those that the case system would not have known at the cutoff, by the generator's own lags."""
        rows = pd.DataFrame({"from_day": new["start"].to_numpy(), "rate": False, "decision": False})
        return pricing._recorded(rows, rng) > self.last_day

    def _ends(self, new: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """Last days of granted stays: each lasts as long as one drawn of its plan that begins soon."""
        found = np.full(len(self.granted), NEVER, dtype=np.int64)
        soon = new[month_of(new["start"].to_numpy()) <= self.cutoff + SOON]
        for place, (plan, start) in enumerate(zip(self.granted["plan"], self.granted["start"], strict=True)):
            same = soon[soon["plan"] == plan]
            if len(same):
                like = same.iloc[int(rng.integers(len(same)))]
                found[place] = NEVER if like["end"] >= NEVER else start + like["end"] - like["start"]
        return found

    def _priced(
        self, cases: pd.DataFrame, price: np.ndarray, hours: np.ndarray, step: np.ndarray, rng: np.random.Generator
    ) -> pd.DataFrame:
        start, end = cases["start"].to_numpy(), cases["end"].to_numpy()
        opened = month_of(start)
        first = np.maximum(opened, self.cutoff + 1)
        last = np.where(end >= NEVER, self.horizon, np.minimum(month_of(np.minimum(end, 10**6)), self.horizon))
        count = np.clip(last - first + 1, 0, None)
        case = np.repeat(np.arange(len(cases)), count)
        begins = np.cumsum(count) - count
        month = first[case] + np.arange(len(case)) - begins[case]
        decided = (rng.random(len(case)) < 1 / pricing.DECISION_MONTHS) & (month > opened[case])
        sigma = pricing.DECISION_SIGMA
        moved = np.where(decided, rng.normal(-(sigma**2) / 2, sigma, len(case)), 0.0)
        run = np.cumsum(moved)
        before = np.r_[0.0, run][begins][case]
        day, length = first_day(month), days_in(month)
        rows = pd.DataFrame({"case": case, "from_day": day, "step": step[case] + run - before})
        rows["price_ore"] = pricing._prices(cases, rows, price)
        hourly = pricing._hours(cases, rows, hours, self.town.window)
        units = pricing.billed_units(
            cases["plan"].to_numpy()[case], np.maximum(start[case], day), np.minimum(end[case], day + length - 1), length, hourly
        )
        return pd.DataFrame({"case": case, "month": month, "ore": np.rint(units * rows["price_ore"]).astype(np.int64)})

    def _bills(self, cases: pd.DataFrame, months: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Every bill that is not posted yet, with its corrections: plan, art, month, year, ore."""
        fresh = cases.iloc[self.n_old :]
        chosen = (fresh["plan"] == _QUARTERLY).to_numpy() & (fresh["provider"] == 3).to_numpy() & (rng.random(len(fresh)) < 0.3)
        quarter = np.r_[self.quarterly, chosen][months["case"]]
        month = months["month"].to_numpy()
        months = months.assign(month=np.where(quarter, month - month % 3, month), quarter=quarter)
        months = months.groupby(["case", "month", "quarter"], as_index=False)["ore"].sum()
        key = months["case"].to_numpy() * _KEY + months["month"].to_numpy()
        months = months[~np.isin(key, self.billed) & (months["ore"] > 0).to_numpy()].reset_index(drop=True)
        art = cases["art"].to_numpy()[months["case"]]
        frame = pd.DataFrame(
            {
                "plan": cases["plan"].to_numpy()[months["case"]],
                "month": months["month"],
                "art": art,
                "ore": invoices._noisy(months["ore"].to_numpy(), art, rng),
                "text_kind": "plain",
            }
        )
        month = months["month"].to_numpy() + 2 * months["quarter"].to_numpy()
        frame["posted"], possible = _posted_later(month, art, self.cutoff, rng)
        frame = frame[possible].reset_index(drop=True)
        return invoices.with_accounting(pd.concat([frame, invoices._corrections(frame, rng)], ignore_index=True), rng)

    def _corrected(self, rng: np.random.Generator) -> pd.DataFrame:
        """Corrections of bills posted already: their amounts, on other days after the cutoff; a bill's own on one day."""
        rows = self.waiting
        luck = pd.Series(rng.random(len(rows)), index=rows.index).groupby([rows["key"], rows["latest"]]).transform("first")
        span = rows["latest"].to_numpy() - rows["earliest"].to_numpy() + 1
        month = rows["earliest"].to_numpy() + (luck.to_numpy() * span).astype(int)
        frame = rows[["plan", "month", "ore"]].assign(posted=first_day(np.maximum(month, self.cutoff + 1)) + 14)
        return invoices.with_accounting(frame.reset_index(drop=True), rng)

    def _sold(self, cases: pd.DataFrame, every: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Places sold of months not yet invoiced."""
        sold = cases["sold"].to_numpy()[every["case"]]
        rows = every[sold & (every["month"] >= self.cutoff).to_numpy() & (every["month"] <= self.december).to_numpy()]
        target = rows["month"].to_numpy() + 1
        frame = pd.DataFrame(
            {
                "plan": cases["plan"].to_numpy()[rows["case"]],
                "month": rows["month"].to_numpy(),
                "ore": -rows["ore"].to_numpy(),
                "posted": first_day(target) + rng.integers(2, 20, len(rows)),
            }
        )
        return invoices.with_accounting(frame, rng)

    def _users(self, bills: pd.DataFrame, rng: np.random.Generator) -> list[tuple[str, float]]:
        found = []
        for plan in _USERS:
            ahead = bills[(bills["plan"] == plan) & bills["month"].between(self.cutoff + 1, self.december)]
            paid = ahead.groupby("month")["ore"].sum().to_numpy()
            found.append((str(FRAME_OF[plan]), -float((paid * rng.uniform(0.009, 0.011, len(paid))).sum()) / 100))
        return found

    def _institutions(
        self, cases: pd.DataFrame, every: pd.DataFrame, bills: pd.DataFrame, rng: np.random.Generator
    ) -> list[tuple[str, float]]:
        """What own institutions spend in the months ahead of the year."""
        later = bills[(bills["art"] == "91") & (bills["month"] > self.cutoff)]
        ahead = later["ore"].groupby([place_of(later["plan"].to_numpy()), later["month"].to_numpy()]).sum()
        rows = every[cases["sold"].to_numpy()[every["case"]]]
        place = place_of(cases["plan"].to_numpy()[rows["case"]])
        sold = rows["ore"].groupby([place, rows["month"].to_numpy()]).sum()
        listed = pd.concat([self.internal, ahead, sold]).rename_axis(["place", "month"]).rename("ore").reset_index()
        income = listed.pivot_table(index="month", columns="place", values="ore", aggfunc="sum")
        income = income.reindex(range(self.town.window.start, self.horizon + 1)).fillna(0.0)
        smooth = income.rolling(13, center=True, min_periods=4).mean().loc[self.cutoff + 1 : self.december].to_numpy()
        spent = np.zeros(smooth.shape[1])
        for art, share in SPENDING.items():
            spent += (smooth * share * np.exp(rng.normal(0, 0.012 if art == "10" else 0.08, smooth.shape))).sum(axis=0)
        plans = income.columns.to_numpy() // 10 - 100
        return [(str(frame), float(kroner) / 100) for frame, kroner in zip(FRAME_OF[plans], spent, strict=True)]

    def draws(self, count: int) -> dict[str, np.ndarray]:
        """Frame -> (count,) futures, DKK."""
        drawn = [self.draw(number) for number in range(count)]
        return {frame: np.array([one[frame] for one in drawn]) for frame in FRAMES}


def _until(postings: pd.DataFrame, last_day: int) -> pd.DataFrame:
    return postings[postings["posted"] <= last_day]


def _posted_later(month: np.ndarray, art: np.ndarray, cutoff: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Day of posting, given that it comes after the cutoff, and where that is possible at all.

    Args:
        month: (n,) month that a bill's delay counts from.
        art: (n,) expense type.
        cutoff: Month number.
        rng: The future's generator.
    """
    least = np.clip(cutoff + 1 - month, 0, None)
    lag, possible, luck = np.zeros(len(month), dtype=np.int64), np.zeros(len(month), dtype=bool), rng.random(len(month))
    for kind, shares in LAGS.items():
        at = np.flatnonzero(art == kind)
        reached = np.r_[0.0, np.cumsum(shares) / np.sum(shares)]
        passed = reached[np.minimum(least[at], len(shares))]
        possible[at] = least[at] < len(shares)
        drawn = np.searchsorted(reached[1:], passed + (1 - passed) * luck[at], side="right")
        lag[at] = np.clip(drawn, least[at], len(shares) - 1)
    target = month + lag
    within = rng.random(len(month))
    share = np.where(lag == 0, 0.6 + 0.4 * within, within)
    return invoices.weekday(first_day(target) + (share * days_in(target)).astype(int), target), possible
