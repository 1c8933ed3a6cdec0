"""The oracle of ``make year-backtest`` holds the past and reads nothing of what came; exports end at the cutoff."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from year_frames import FRAMES
from year_oracle import Oracle, states
from year_towns import Home, came, last_day_of, until

from data.synthetic.calendar import window_of
from data.synthetic.town import build_town

SEED = 5
SEPTEMBER, DECEMBER = 2025 * 12 + 8, 2025 * 12 + 11
ANOTHER = 7


@pytest.fixture(scope="module")
def town():
    return build_town(window_of("2026-12", 48), seed=SEED, municipality="151", size=1.0, population=None)


@pytest.fixture(scope="module")
def known(town):
    return states(town, SEED, [SEPTEMBER, DECEMBER])


def otherwise(town, cutoff):
    """The same town to the cutoff; after it everything costs seven times as much, and every later bill comes elsewhere."""
    last_day = last_day_of(cutoff)

    def dearer(rows, at):
        return rows.assign(ore=rows["ore"].where(~at, rows["ore"] * ANOTHER))

    months, rows, postings = town.priced.months, town.priced.rows, town.postings
    rows = rows.assign(step=rows["step"].where(rows["from_day"] <= last_day, ANOTHER))
    priced = replace(town.priced, months=dearer(months, months["month"] > cutoff), rows=rows)
    exported = dearer(town.exported, town.exported["posted"] > last_day)
    return replace(town, priced=priced, postings=dearer(postings, postings["month"] > cutoff), exported=exported)


def test_nothing_of_what_came_is_read(town, known):
    ours = Oracle(town, SEED, SEPTEMBER, known[SEPTEMBER]).draws(2)
    theirs = Oracle(otherwise(town, SEPTEMBER), SEED, SEPTEMBER, known[SEPTEMBER]).draws(2)
    assert all(np.array_equal(ours[frame], theirs[frame]) for frame in FRAMES)


def test_the_past_is_held_and_futures_differ(town, known):
    oracle = Oracle(town, SEED, SEPTEMBER, known[SEPTEMBER])
    last_day = last_day_of(SEPTEMBER)
    (cases, months), (others, _) = (oracle._future(np.random.default_rng(number), number) for number in (1, 2))
    true = town.priced.cases.iloc[: oracle.n_old]
    for drawn in (cases, others):
        old, new = drawn.iloc[: oracle.n_old], drawn.iloc[oracle.n_old :]
        same = ["plan", "citizen", "birth", "start", "provider", "art", "sold"]
        pd.testing.assert_frame_equal(old[same], true[same])
        ended = true["end"] <= last_day
        gone = old["end"][ended] != true["end"][ended]
        assert not gone.any()
        assert (old["end"][~ended] >= last_day).all()
        assert (new["start"] > last_day).all()
    assert months["month"].min() == SEPTEMBER + 1
    assert len(cases) != len(others) or not np.array_equal(cases["end"], others["end"])


def test_what_is_granted_begins_in_every_future_and_is_not_drawn_once_more(town, known, monkeypatch):
    oracle = Oracle(town, SEED, SEPTEMBER, known[SEPTEMBER])
    n_granted, last_day = len(oracle.granted), last_day_of(SEPTEMBER)
    assert n_granted
    held = ["plan", "citizen", "birth", "start", "provider"]
    futures = [oracle._future(np.random.default_rng(number), number)[0].iloc[oracle.n_old :] for number in range(8)]
    for new in futures:
        np.testing.assert_array_equal(new[held].iloc[:n_granted], oracle.granted[held])
    soon = last_day + 15
    drawn = np.mean([(new["start"].iloc[n_granted:] <= soon).sum() for new in futures])
    monkeypatch.setattr(oracle, "_not_granted", lambda new, _rng: np.ones(len(new), dtype=bool))
    every = [oracle._future(np.random.default_rng(number), number)[0].iloc[oracle.n_old + n_granted :] for number in range(8)]
    usual = np.mean([(new["start"] <= soon).sum() for new in every])
    assert drawn < 0.8 * usual, "whoever would have been granted by the cutoff is not drawn"


def test_what_the_oracle_expects_is_what_such_towns_come_to(town, known):
    for cutoff, most in ((SEPTEMBER, 0.03), (DECEMBER, 0.01)):
        drawn, ended = Oracle(town, SEED, cutoff, known[cutoff]).draws(8), came(town, cutoff // 12)
        for frame in FRAMES:
            off = ended[frame] / drawn[frame].mean() - 1.0
            assert abs(off) < most, (cutoff, frame, off)
            assert abs(ended[frame] - drawn[frame].mean()) < 5.0 * drawn[frame].std() + 1e-4 * ended[frame]
            assert drawn[frame].std() > 0.0


def test_an_export_ends_at_its_month_and_grows_by_what_is_new(town, tmp_path):
    home = Home.begin(SEED, tmp_path, town)
    home.deliver(SEPTEMBER)
    home.deliver(SEPTEMBER + 3)
    last = str(np.datetime64(last_day_of(SEPTEMBER), "D"))
    first, second = (home.exports / until(town.window, cutoff).end_text for cutoff in (SEPTEMBER, SEPTEMBER + 3))
    cases = pd.read_csv(first / "cases_2025-09.csv", sep=";", dtype=str, encoding="utf-8-sig")
    for column in ("recorded_on", "ended_on"):
        told = cases[column].dropna()
        assert len(told)
        assert (told <= last).all()
    granted = cases["start_date"] > last
    assert granted.any()
    assert (cases["price_from"] > last).equals(granted), "no price ahead but that of what has not begun"
    assert (cases.loc[granted, "start_date"] == cases.loc[granted, "price_from"]).all()
    sooner, later = ((folder / "ledger_2025.csv").read_text(encoding="cp1252").splitlines()[:-1] for folder in (first, second))
    assert later[: len(sooner)] == sooner
    assert len(later) > len(sooner)
    days = pd.to_datetime(pd.Series(sooner[1:]).str.split(";").str[1], format="mixed", dayfirst=True)
    assert days.max() <= pd.Timestamp(last)
    assert {file.name for file in second.iterdir()} < {file.name.replace("09", "12") for file in first.iterdir()}
    assert {file.name for file in home.paths.inbox.iterdir()} >= {file.name for file in second.iterdir()}
