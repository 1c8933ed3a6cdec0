"""Suppression by example: who is hidden, who is hidden with them, and what a masked row still holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.schema.published import PUBLISHED
from models.disclosure import Earlier, decide_masks, mask_tables
from models.secondary import Cell, Tree, protect

NOW = "12m 2026-12"


def tree(services, *, min_citizens=5):
    """service -> (frame, committee, citizens, size, top_share)."""
    cells = {
        key: Cell(size, {NOW: n}, frozenset({NOW} if 0 < n < min_citizens or share > 0.75 else ()), share)
        for key, (_, _, n, size, share) in services.items()
    }
    frame = pd.DataFrame([(key, *value[:2]) for key, value in services.items()], columns=["service", "frame", "committee"])
    primary = {("service", key) for key, cell in cells.items() if cell.primary}
    return protect(Tree.of(frame, cells, min_citizens, 0.75), primary)


def test_nothing_small_hides_nothing():
    assert tree({"a": ("f", "c", 50, 9.0, 0.1), "b": ("f", "c", 50, 9.0, 0.1)}) == {}


def test_the_smallest_sibling_is_hidden_along():
    hidden = tree({"a": ("f", "c", 3, 9.0, 0.1), "b": ("f", "c", 50, 20.0, 0.1), "d": ("f", "c", 50, 8.0, 0.1)})
    assert hidden == {("service", "a"): "primary", ("service", "d"): "secondary"}


def test_a_frame_of_one_service_goes_with_it_and_takes_another_frame_along():
    hidden = tree(
        {
            "a": ("f", "c", 3, 9.0, 0.1),
            "b": ("g", "c", 50, 20.0, 0.1),
            "d": ("g", "c", 50, 8.0, 0.1),
            "e": ("h", "c", 50, 99.0, 0.1),
        }
    )
    assert set(hidden) == {("service", "a"), ("frame", "f"), ("frame", "g"), ("service", "d")}


def test_two_tiny_services_need_a_third():
    hidden = tree({"a": ("f", "c", 2, 9.0, 0.1), "b": ("f", "c", 2, 20.0, 0.1), "d": ("f", "c", 50, 30.0, 0.1)})
    assert ("service", "d") in hidden


def test_a_sibling_too_small_to_hide_a_dominant_citizen_is_not_enough():
    hidden = tree(
        {
            "a": ("f", "c", 9, 100.0, 0.9),
            "b": ("f", "c", 50, 1.0, 0.1),
            "d": ("f", "c", 50, 60.0, 0.1),
            "e": ("f", "c", 50, 70.0, 0.1),
        }
    )
    assert set(hidden) == {("service", "a"), ("service", "b"), ("service", "d")}


def test_a_sibling_without_citizens_in_the_small_period_is_not_enough():
    cells = {
        "a": Cell(9.0, {"2026-05": 3, "2026-06": 30}, frozenset({"2026-05"}), 0.1),
        "b": Cell(1.0, {"2026-06": 30}, frozenset(), 0.1),
        "d": Cell(5.0, {"2026-05": 30, "2026-06": 30}, frozenset(), 0.1),
    }
    frame = pd.DataFrame({"service": list(cells), "frame": "f", "committee": "c"})
    assert set(protect(Tree.of(frame, cells, 5, 0.75), {("service", "a")})) == {("service", key) for key in cells}


def test_one_service_alone_hides_the_whole_run():
    hidden = tree({"a": ("f", "c", 3, 9.0, 0.1)})
    assert set(hidden) == {("service", "a"), ("frame", "f"), ("committee", "c"), ("total", "total")}


def count(member, citizens, *, level="service", kind="trailing12", period="2026-12", band="all", share=0.1):
    return (level, member, kind, period, band, citizens, share)


def concentration(*rows):
    columns = ["level", "member", "period_kind", "period", "age_band", "n_citizens", "top_share"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def frames():
    services = pd.DataFrame({"service": ["a", "b", "d"], "frame": ["f", "f", "g"], "committee": "c"})
    months = pd.date_range("2026-01-01", periods=12, freq="MS")
    history = pd.DataFrame(
        [(s, m, 9.0, 1.0, 1.0, 1.0, 5.0, 5.0) for s in "abd" for m in months], columns=list(PUBLISHED["actual_months"].names[:8])
    )
    years = pd.DataFrame(
        [("service", s, 2027, "service_year", "nominal", "main", 1.0, 1.0, 1.0, 1.0) for s in "abd"],
        columns=list(PUBLISHED["forecast_years"].names[:10]),
    )
    years = pd.concat([years, years.iloc[:2].assign(level="frame", member=["f", "g"])], ignore_index=True)
    return {
        "services": services,
        "actual_months": history,
        "forecast_years": years,
        "accounting_fixed": pd.DataFrame({"service": ["a", "d"], "accounting_year": 2026, "posted": 7.0, "ibnr_mean": 1.0}),
        "bridge": pd.DataFrame({"member": ["f", "g"], "accounting_year": 2026, "line": "service_year_reported", "amount": 7.0}),
        "draws": pd.DataFrame(
            {"service": ["a"], "month": months[:1], "gross_nominal": [np.ones(3)], "volume": [None], "price_factor": [np.ones(3)]}
        ),
    }


def masked_in(table, *columns):
    return set(map(tuple, table.loc[table["mask"] != "", list(columns)].to_numpy()))


def mask(frames, *rows):
    return mask_tables(frames, concentration=concentration(*rows), min_citizens=5, max_top_share=0.75)


def test_a_masked_row_holds_no_aggregate_and_the_draws_stay_whole(frames):
    masked = mask(frames, count("a", 3), count("b", 50), count("d", 50))
    hidden = masked["accounting_fixed"].query("service == 'a'")
    assert hidden[["posted", "ibnr_mean", "n_citizens", "top_share"]].isna().all(axis=None)
    assert hidden["mask"].tolist() == ["primary"]
    assert masked_in(masked["forecast_years"], "level", "member") == {("service", "a"), ("service", "b")}
    shown = masked["forecast_years"].query("member == 'd'")
    assert (shown["n_citizens"].item(), shown["top_share"].item(), shown["mask"].item()) == (50, 0.1, "")
    assert masked["draws"]["gross_nominal"].iloc[0].tolist() == [1.0, 1.0, 1.0]


def test_a_hidden_frames_bridge_is_emptied(frames):
    masked = mask(frames, count("a", 50), count("b", 50), count("d", 3))
    assert masked["bridge"].set_index("member")["amount"].isna().to_dict() == {"f": True, "g": True}


def test_a_small_month_hides_the_months_but_not_the_years(frames):
    months = [count(s, 50, kind="month", period=f"2026-{m:02d}") for s in "abd" for m in range(1, 13) if (s, m) != ("a", 3)]
    masked = mask(frames, *months, count("a", 2, kind="month", period="2026-03"), *(count(s, 50) for s in "abd"))
    assert {service for (service,) in masked_in(masked["actual_months"], "service")} == {"a", "b"}
    assert (masked["actual_months"]["mask"] != "").sum() == 24
    assert masked_in(masked["forecast_years"], "member") == set()


def test_no_citizens_are_no_secret_and_an_unknown_share_is_not_judged(frames):
    masked = mask(frames, count("a", 0, share=np.nan), count("b", 50, share=np.nan), count("d", 50))
    assert all((table["mask"] == "").all() for name, table in masked.items() if "mask" in PUBLISHED[name].names)


@pytest.mark.parametrize("little", [3.9, 0.4])
def test_volume_stands_in_for_unknown_citizens(frames, little):
    few = frames | {"actual_months": frames["actual_months"].assign(volume=lambda x: np.where(x["service"] == "a", little, 50.0))}
    unknown = [count(s, np.nan, kind="month", period=f"2026-{m:02d}") for s in "abd" for m in range(1, 13)]
    assert {service for (service,) in masked_in(mask(few, *unknown)["actual_months"], "service")} == {"a", "b"}


def test_dominance_suppresses(frames):
    assert ("a",) in masked_in(
        mask(frames, count("a", 50, share=0.8), count("b", 50), count("d", 50))["forecast_years"], "member"
    )


DRIFT = ["comparison", "level", "member", "driver", "age_band", "from_period", "to_period", "effect"]


def drift_of(effects):
    """Rows by service, frame f (a, b), frame g (d) and total from {(service, band): effect}."""
    rows = []
    for level, member, inside in (
        ("service", "a", "a"), ("service", "b", "b"), ("service", "d", "d"), ("frame", "f", "ab"), ("frame", "g", "d"),
        ("total", "total", "abd"),
    ):  # fmt: skip
        for band in ("0-17", "18-22", "67+"):
            found = [value for (service, of), value in effects.items() if service in inside and of == band]
            if found:
                rows.append(("actual", level, member, "uptake", band, "x", "y", sum(found)))
    return pd.DataFrame(rows, columns=DRIFT)


def effects_in(masked, level, member):
    own = masked[(masked["level"] == level) & (masked["member"] == member)]
    return dict(zip(own["age_band"], own["effect"].astype(float), strict=True))


def test_a_small_age_band_joins_its_neighbour_at_every_level(frames):
    effects = {("a", "0-17"): 10, ("a", "18-22"): 1, ("a", "67+"): 3, ("b", "18-22"): 20, ("d", "67+"): 5}
    citizens = {("a", "0-17"): 46, ("a", "18-22"): 4, ("a", "67+"): 12, ("b", "18-22"): 50, ("d", "67+"): 50}
    rows = [count(s, 50) for s in "abd"] + [count(s, n, band=band) for (s, band), n in citizens.items()]
    masked = mask(frames | {"drift": drift_of(effects)}, *rows)["drift"]
    assert masked_in(masked, "member", "age_band") == set()
    assert effects_in(masked, "service", "a") == {"0-17": 11, "67+": 3}
    assert effects_in(masked, "frame", "f") == {"0-17": 11, "18-22": 20, "67+": 3}
    assert effects_in(masked, "total", "total") == {"0-17": 11, "18-22": 20, "67+": 8}


def test_neighbours_join_until_they_are_enough(frames):
    effects = {("a", "0-17"): 1, ("a", "18-22"): 2, ("a", "67+"): 4, ("b", "18-22"): 20, ("d", "67+"): 5}
    citizens = {("a", "0-17"): 2, ("a", "18-22"): 2, ("a", "67+"): 3, ("b", "18-22"): 50, ("d", "67+"): 50}
    rows = [count(s, 50) for s in "abd"] + [count(s, n, band=band) for (s, band), n in citizens.items()]
    masked = mask(frames | {"drift": drift_of(effects)}, *rows)["drift"]
    assert effects_in(masked, "service", "a") == {"0-17": 7} or effects_in(masked, "service", "a") == {"67+": 7}


def test_a_dominated_band_leaves_the_service_whole(frames):
    rows = [count(s, 50) for s in "abd"] + [
        count("a", 30, band="0-17"),
        count("a", 20, band="18-22", share=0.9),
        count("b", 50, band="18-22"),
        count("d", 50, band="67+"),
    ]
    effects = {("a", "0-17"): 10, ("a", "18-22"): 1, ("b", "18-22"): 20, ("d", "67+"): 5}
    masked = mask(frames | {"drift": drift_of(effects)}, *rows)["drift"]
    assert effects_in(masked, "service", "a") == {"0-17": 11}
    beside = masked.loc[(masked["level"] == "service") & (masked["member"] == "a"), ["n_citizens", "top_share"]]
    assert set(beside.itertuples(index=False, name=None)) == {(50, 0.1)}  # the whole's own, no bound above what may be shown


def test_hidden_services_lie_in_one_band(frames):
    """a is hidden, so b is too: the frame's split tells no more of them than their sum."""
    rows = [count("a", 3), count("b", 50), count("d", 50), count("a", 3, band="67+"), count("b", 50, band="18-22")]
    effects = {("a", "67+"): 7, ("b", "18-22"): 20, ("d", "67+"): 5}
    masked = mask(frames | {"drift": drift_of(effects)}, *rows, count("d", 50, band="67+"))["drift"]
    assert {("a", "18-22"), ("b", "18-22")} <= masked_in(masked, "member", "age_band")
    assert effects_in(masked, "frame", "f") == {"18-22": 27}


def test_what_an_earlier_run_hid_stays_hidden(frames):
    """Where the cells' sizes change, another would be hidden along, and the two runs together would tell the small one."""
    frames["services"] = pd.DataFrame({"service": ["a", "b", "d"], "frame": "f", "committee": "c"})
    counts = concentration(count("a", 3), count("b", 50), count("d", 50))
    fresh = decide_masks(frames, concentration=counts, min_citizens=5, max_top_share=0.75)
    along = {"b", "d"} - {member for _, member in fresh.years}
    before = Earlier(years=frozenset({("service", *along)}))
    kept = decide_masks(frames, concentration=counts, min_citizens=5, max_top_share=0.75, earlier=before)
    assert kept.years == {("service", "a"): "primary", ("service", *along): "secondary"}
    assert kept.months == kept.years
    gone = Earlier(years=frozenset({("service", "no longer there")}))
    assert decide_masks(frames, concentration=counts, min_citizens=5, max_top_share=0.75, earlier=gone) == fresh


def test_what_reaches_to_the_cutoff_is_hidden_with_the_months(frames):
    """What is posted so far, of two runs a month apart, tells that month."""
    few = ("service", "a", "month", "2026-05", "all", 3, 0.1)
    masked = mask(frames, count("a", 50), count("b", 50), count("d", 50), few)
    assert masked_in(masked["forecast_years"], "member") == set()
    assert ("a",) in masked_in(masked["accounting_fixed"], "service")


def test_bands_that_were_joined_stay_joined(frames):
    bands = {"0-17": 50, "18-22": 50, "23-39": 50}
    counts = [("service", "a", "trailing12", "2026-12", band, n, 0.1) for band, n in bands.items()]
    counts = concentration(count("a", 150), count("b", 50), count("d", 50), *counts)
    before = Earlier(bands={("a", "18-22"): "0-17"})
    fresh = decide_masks(frames, concentration=counts, min_citizens=5, max_top_share=0.75)
    kept = decide_masks(frames, concentration=counts, min_citizens=5, max_top_share=0.75, earlier=before)
    assert fresh.bands.moved == {}
    assert len({kept.bands.moved.get(("a", band), band) for band in ("0-17", "18-22")}) == 1
    assert ("a", "23-39") not in kept.bands.moved
