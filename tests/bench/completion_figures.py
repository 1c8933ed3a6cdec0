"""``make completion``: what completion does on synthetic municipalities, where the truth is known; writes docs/completion.md.

``python tests/bench/completion_figures.py [towns] [invoice draws per town]`` (5 and 4: about ten minutes).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.synthetic.calendar import month_of, window_of
from data.synthetic.invoices import authority_postings
from data.synthetic.plan import PLANS
from data.synthetic.seeds import generator
from data.synthetic.town import Town, build_town
from models.drivers.billing_speed import SpeedChange, find_change
from models.drivers.completion import PAYEE_KINDS, complete
from models.drivers.standing import History, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
ARTS = {"91": "internal", "47": "municipality", "52": "person", "40": "private", "48": "region"}
MONTHS = pd.date_range("2017-01-01", periods=120, freq="MS")
SERVICES = tuple(f"{place}-{plan.key}" for place, plan in enumerate(PLANS))
LAGS = 36
SINCE = 110
CUTOFFS = (84, 96, 102, 108)
HELD_AT, HELD_WITHIN = 3, 0.005
"""Three months old, the mean miss must be less than half a per cent of the bill."""


def bills(town: Town, postings: pd.DataFrame) -> pd.DataFrame:
    """Authority postings: service, kind, month, posted (places in MONTHS), amount."""
    rows = postings[(postings["plan"] >= 0) & (postings["account_class"] == 1) & postings["art"].isin(list(ARTS))]
    month = rows["month"].to_numpy() - town.window.start
    posted = np.maximum(month_of(rows["posted"].to_numpy()) - town.window.start, month)
    kind = rows["art"].map(ARTS).map(PAYEE_KINDS.index).to_numpy()
    parts = {"service": rows["plan"].to_numpy(), "kind": kind, "month": month, "posted": posted, "amount": rows["ore"] / 100}
    frame = pd.DataFrame(parts)
    return frame[(frame["month"] >= 0) & (frame["month"] < len(MONTHS))]


def grid(rows: pd.DataFrame, last: int) -> np.ndarray:
    """(S, K, last, 36) what is in the ledger at the end of the month before place ``last``."""
    kept = rows[(rows["posted"] < last) & (rows["month"] < last)]
    found = np.zeros((len(PLANS), len(PAYEE_KINDS), last, LAGS))
    lag = np.minimum(kept["posted"] - kept["month"], LAGS - 1)
    np.add.at(found, (kept["service"], kept["kind"], kept["month"], lag), kept["amount"])
    return found


def list_cost(town: Town) -> np.ndarray:
    """(S, T) active own cases x price."""
    rows = town.priced.months
    rows = rows[~town.priced.cases["sold"].to_numpy()[rows["case"]]]
    rows = rows[rows["month"].between(town.window.start, town.window.end)]
    found = np.zeros((len(PLANS), len(MONTHS)))
    place = (town.priced.cases["plan"].to_numpy()[rows["case"]], rows["month"] - town.window.start)
    np.add.at(found, place, rows["ore"] / 100)
    return found


def slowed(rows: pd.DataFrame, kind: int, *, every: bool) -> pd.DataFrame:
    """The kind's invoices a month later, from the month SINCE of posting (or of service) on."""
    late = (rows["kind"] == kind) & (rows["posted" if every else "month"] >= SINCE)
    return rows.assign(posted=rows["posted"] + late)


def views_of(rows: pd.DataFrame, cost: np.ndarray) -> list[Standing]:
    history = History(grid(rows, len(MONTHS)), cost)
    return [history.standing(last) for last in range(len(MONTHS))]


def found_at(rows: pd.DataFrame, views: list[Standing], last: int) -> dict[str, SpeedChange]:
    sums = grid(rows, last).sum(axis=0)
    looked = {
        kind: find_change(sums[place], views[:last], place, tested=5, has_list_cost=True)
        for place, kind in enumerate(PAYEE_KINDS)
    }
    return {kind: change for kind, change in looked.items() if change is not None}


def completed(rows: pd.DataFrame, cost: np.ndarray, last: int, *, watch: bool) -> tuple[np.ndarray, np.ndarray]:
    """(K, last) ultimate and its standard error."""
    amounts = grid(rows, last)
    service, kind, month, lag = np.nonzero(amounts)
    triangle = pd.DataFrame(
        {
            "service": np.array(SERVICES)[service],
            "payee_kind": np.array(PAYEE_KINDS)[kind],
            "known": True,
            "service_month": MONTHS[month],
            "posted_month": MONTHS[month + lag],
            "amount": amounts[service, kind, month, lag],
        }
    )
    service, month = np.nonzero(cost[:, :last])
    values = cost[service, month]
    listed = pd.DataFrame({"service": np.array(SERVICES)[service], "month": MONTHS[month], "list_cost_nominal": values})
    done = complete(triangle, listed, services=SERVICES, months=MONTHS[:last], watch_speed=watch).by_payee
    shape = (len(SERVICES), len(PAYEE_KINDS), last)
    errors = done["standard_error"].to_numpy().reshape(shape)
    return done["ultimate"].to_numpy().reshape(shape).sum(axis=0), np.sqrt((errors**2).sum(axis=0))


def bias_rows(rows: pd.DataFrame, cost: np.ndarray) -> list[tuple[int, float, float]]:
    came = rows.groupby("month")["amount"].sum().to_numpy()
    found = []
    for last in CUTOFFS:
        ultimate, errors = completed(rows, cost, last, watch=True)
        for age in range(7):
            place = last - 1 - age
            missed, error = ultimate[:, place].sum() - came[place], np.sqrt((errors[:, place] ** 2).sum())
            found.append((age, missed / came[place], missed / max(error, 1.0)))
    return found


def speed_rows(rows: pd.DataFrame, cost: np.ndarray, *, with_ultimates: bool) -> list[tuple[object, ...]]:
    """kind, every, found after 2, 3 and 6 months, months slower, miss of the newest year: followed and plain (6 months)."""
    found: list[tuple[object, ...]] = []
    for kind in ("municipality", "private", "region"):
        place = PAYEE_KINDS.index(kind)
        came = rows[rows["kind"] == place].groupby("month")["amount"].sum().reindex(range(len(MONTHS)), fill_value=0.0).to_numpy()
        for every in (True, False):
            late = slowed(rows, place, every=every)
            views = views_of(late, cost)
            looks = [found_at(late, views, SINCE + months).get(kind) for months in (2, 3, 6)]
            miss = [np.nan, np.nan]
            if with_ultimates:
                last = SINCE + 6
                year = slice(last - 12, last)
                miss = [
                    float(completed(late, cost, last, watch=watch)[0][place, year].sum() / came[year].sum() - 1.0)
                    for watch in (True, False)
                ]
            slower = looks[2].months_slower if looks[2] is not None else np.nan
            found.append((kind, "posting" if every else "service", *(look is not None for look in looks), slower, *miss))
    return found


def quiet_rows(rows: pd.DataFrame, cost: np.ndarray) -> list[tuple[str, int, bool]]:
    """What must not be flagged: no change at all, a saving outside the cases, fewer citizens."""
    views = views_of(rows, cost)
    found = [("no change", last, bool(found_at(rows, views, last))) for last in range(98, 121, 2)]
    municipal = (rows["kind"] == PAYEE_KINDS.index("municipality")) & (rows["month"] >= SINCE)
    for cut in (0.2, 0.4):
        saved = rows.assign(amount=rows["amount"] * np.where(municipal, 1.0 - cut, 1.0))
        seen = views_of(saved, cost)
        name = f"{100 * cut:.0f} % saved, not in the cases"
        found += [(name, last, bool(found_at(saved, seen, last))) for last in (SINCE + 2, SINCE + 3, SINCE + 6)]
    fewer = rows.assign(amount=rows["amount"] * np.where(rows["month"] >= SINCE, 0.7, 1.0))
    less = cost * np.where(np.arange(len(MONTHS)) >= SINCE, 0.7, 1.0)
    seen = views_of(fewer, less)
    found += [("30 % fewer citizens", last, bool(found_at(fewer, seen, last))) for last in (SINCE + 2, SINCE + 3, SINCE + 6)]
    return found


def by_age(bias: Sequence[tuple[object, ...]]) -> str:
    """Service months of all towns and cutoffs, by months since they ended."""
    table = pd.DataFrame(bias, columns=["town", "age", "bias", "z"])
    lines = ["| months old | mean miss, % of the bill | standard deviation | 80 % interval held |", "|--:|--:|--:|--:|"]
    for age, rows in table.groupby("age"):
        inside = (rows["z"].abs() < 1.2816).mean()
        lines.append(f"| {age} | {100 * rows['bias'].mean():+.2f} | {100 * rows['bias'].std():.2f} | {inside:.0%} |")
    return "\n".join(lines)


def by_kind(speed: list[tuple[object, ...]]) -> str:
    """A month later: how soon it is found, and what that does to the newest year."""
    names = ["kind", "since", "2", "3", "6", "slower", "followed", "plain"]
    means = pd.DataFrame(speed, columns=names).groupby(names[:2]).mean()
    found = ("found after 2 months", "3", "6", "months later, said")
    lines = [
        f"| payee | later are invoices | {' | '.join(found)} | newest year, miss | by plain ladder |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    words = {"posting": "posted from then on", "service": "of service from then on"}
    for (kind, since), row in means.iterrows():
        shares = " | ".join(f"{row[name]:.0%}" for name in ("2", "3", "6"))
        missed = f"{row['followed']:+.1%} | {row['plain']:+.1%}"
        lines.append(f"| {kind} | {words[since]} | {shares} | {row['slower']:.2f} | {missed} |")
    return "\n".join(lines)


def by_cause(quiet: list[tuple[str, int, bool]]) -> str:
    """What must not be taken for slow billing."""
    counts = pd.DataFrame(quiet, columns=["what", "last", "flagged"]).groupby("what")["flagged"].agg(["sum", "count"])
    lines = ["| what happened | taken for slow billing | looks |", "|---|--:|--:|"]
    return "\n".join([*lines, *(f"| {what} | {row['sum']} | {row['count']} |" for what, row in counts.iterrows())])


def main(towns: int, draws: int) -> None:
    bias: list[tuple[int, int, float, float]] = []
    speed, quiet = [], []
    for seed in range(1, towns + 1):
        town = build_town(window_of("2026-12", 120), seed=seed, municipality="151", size=1.0, population=None)
        cost = list_cost(town)
        bias += [(seed, *row) for row in bias_rows(bills(town, town.postings), cost)]
        for draw in range(draws):
            print(f"municipality {seed} of {towns}, invoices {draw + 1} of {draws} ...", file=sys.stderr)
            invoices = authority_postings(town.priced, town.window, generator(seed, "151", f"figures {draw}"))
            rows = bills(town, invoices)
            speed += speed_rows(rows, cost, with_ultimates=draw == 0)
            quiet += quiet_rows(rows, cost)
    page = Path(__file__).with_name("completion_page.md").read_text(encoding="utf-8")
    tables = {"by_age": by_age(bias), "by_kind": by_kind(speed), "by_cause": by_cause(quiet)}
    (ROOT / "docs" / "completion.md").write_text(page.format(towns=towns, draws=draws, **tables), encoding="utf-8")
    missed = float(np.mean([miss for _, age, miss, _ in bias if age == HELD_AT]))
    if abs(missed) > HELD_WITHIN:
        sys.exit(f"Completion misses by {missed:+.2%} of the bill at {HELD_AT} months; {HELD_WITHIN:.1%} is what it must hold.")


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:], "5", "4")[:2]))
