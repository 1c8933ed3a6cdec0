"""Who knows every published share, each shown member's total and linear programming can't work a small kind out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from models.disclosure import decide_masks
from models.providers.hidden import hidden_cells
from models.secondary import Limits

KINDS = ("own", "municipality", "region", "private")
LIMITS = Limits(5, 0.75)
PERIODS = ("2025", "last12")


@st.composite
def municipalities(draw):
    """Services in frames in committees; citizens by service, kind and period, what they cost, and whether one dominates."""
    n_services, n_frames = draw(st.integers(1, 7)), draw(st.integers(1, 3))
    committee = [draw(st.integers(0, 1)) for _ in range(n_frames)]
    frame = [draw(st.integers(0, n_frames - 1)) for _ in range(n_services)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (n_services, len(KINDS), len(PERIODS))
    citizens = rng.choice([0, 0, 1, 3, 6, 40, 200], shape)
    cost = citizens * rng.gamma(2.0, 100.0, shape)
    top = np.where(rng.random(shape) < 0.1, 0.9, 0.05)
    services = pd.DataFrame(
        {"service": [f"s{i}" for i in range(n_services)], "frame": [f"f{i}" for i in frame],
         "committee": [f"c{committee[i]}" for i in frame]}
    )  # fmt: skip
    return services, citizens, cost, top


def members(services):
    for level in ("service", "frame", "committee"):
        for name, rows in services.groupby(level, sort=True).indices.items():
            yield level, name, list(rows)
    yield "total", "total", list(range(len(services)))


def cells(services, citizens, cost, top):
    rows = []
    for level, name, inside in members(services):
        for place, kind in enumerate(KINDS):
            for at, period in enumerate(PERIODS):
                n, whole = citizens[inside, place, at].sum(), cost[inside, place, at]
                if n:
                    share = (whole * top[inside, place, at]).max() / whole.sum()
                    rows.append((level, name, kind, period, n, share, whole.sum()))
    return pd.DataFrame(rows, columns=["level", "member", "provider_type", "period", "n_citizens", "top_share", "cost"])


def masked_members(services, citizens, cost, top):
    """What the run itself hides: members of few, and what protects them."""
    rows = []
    for at, period in enumerate([("year", "2025"), ("trailing12", "2026-12")]):
        for level, name, inside in members(services):
            whole = cost[inside, :, at].sum()
            if whole:
                share = (cost * top)[inside, :, at].max() / whole
                rows.append((level, name, *period, "all", citizens[inside, :, at].sum(), share))
    columns = ["level", "member", "period_kind", "period", "age_band", "n_citizens", "top_share"]
    frames = {
        "services": services,
        "actual_months": pd.DataFrame(
            [{"service": key, "month": pd.Timestamp("2026-12-01"), "gross_ultimate_nominal": cost[row, :, 1].sum()}
             for row, key in enumerate(services["service"])]
        ),
    }  # fmt: skip
    return decide_masks(frames, concentration=pd.DataFrame(rows, columns=columns), min_citizens=5, max_top_share=0.75).years


def interval(equations, truth, target):
    """Smallest and largest value of the target that fit what is known; nothing is negative."""
    system = np.array(equations, dtype=float).reshape(-1, len(truth))
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * target, A_eq=system, b_eq=system @ truth, bounds=(0, None), method="highs")
        ends.append(np.inf if found.status == 3 else sign * found.fun)
    return ends


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(municipalities())
def test_no_small_kind_of_provider_follows_from_what_is_shown(municipality):
    services, citizens, cost, top = municipality
    rows = cells(services, citizens, cost, top)
    masked = masked_members(services, citizens, cost, top) if len(rows) else {}
    hidden = hidden_cells(rows, services, masked, LIMITS) if len(rows) else {}
    small = rows[LIMITS.hides(rows["n_citizens"].astype(float), rows["top_share"].astype(float))]
    assert {tuple(key) for key in small[["level", "member", "provider_type"]].to_numpy()} <= set(hidden)
    for at, period in enumerate(PERIODS):
        there = cost[:, :, at] > 0
        truth = cost[:, :, at][there]
        of = np.argwhere(there)
        totals, shares = [], []
        for level, name, inside in members(services):
            own = np.isin(of[:, 0], inside)
            totals += [own] if (level, name) not in masked else []
            shares += [own & (of[:, 1] == place) for place, kind in enumerate(KINDS) if (level, name, kind) not in hidden]
        for level, name, kind in small.loc[small["period"] == period, ["level", "member", "provider_type"]].to_numpy():
            inside = next(found for one, other, found in members(services) if (one, other) == (level, name))
            own = np.isin(of[:, 0], inside)
            target = (own & (of[:, 1] == KINDS.index(kind))).astype(float)
            free = 0.5 * (target @ truth)
            low, high = interval(totals, truth, target)
            if high - low > free:  # else the members' own totals nearly tell it, whatever is hidden here
                low, high = interval([*totals, *shares], truth, target)
                assert high * 0.9 > low * 1.1, (level, name, kind, period)
