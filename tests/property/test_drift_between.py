"""Drift between any two periods and any two vintages: to the krone, zero where nothing moved, blind to the order of services."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import WrongUse
from models.age_bands import ShownBands
from models.decompose import drift
from models.drift_between import Span, drift_between
from models.drift_source import DriftSource, driver_frames, read_source, series_means
from models.drift_vintages import BARS, drift_vintages
from models.drivers import DriverParts, Exposure
from models.rng import generator_for
from models.types import DriverTables, PressureDraws

SERVICES = pd.DataFrame({
    "service": ["a", "b", "c"], "service_group": "g", "frame": ["f", "f", "g"], "committee": "u", "price_unit": "month",
})  # fmt: skip
BANDS = {"0-17": (0, 17), "18-66": (18, 66), "67+": (67, 120)}
FIRST = pd.Timestamp("2022-01-01")
EVENTS = pd.DataFrame({
    "effective_from": pd.to_datetime(["2025-07-01"]), "effective_to": pd.to_datetime([None]), "kind": ["moved_task"],
    "frame": [None], "service": ["a"], "amount_dkk": [120_000.0], "price_level": ["nominal"], "in_data": [True],
})  # fmt: skip


def parts_of(seed: int, cutoff: str, *, no_cases: bool = True) -> tuple[DriverParts, pd.DataFrame, PressureDraws]:
    """Three services with ages; ``c`` has no cases. Every figure is drawn by month, so that later cutoffs know the same past."""
    end = pd.Timestamp(cutoff)
    months = pd.date_range(FIRST, f"{end.year + 4}-12-01", freq="MS")
    known = int((months <= end).sum())
    behind, ahead = months[:known], months[known:]
    price = 1.03 ** ((np.arange(len(months)) - 48) / 12)
    exposure = np.stack([generator_for(seed, "E", key).uniform(20, 60, (len(months), 3)) for key in "abc"])
    history, cells, gross_ahead, volume_ahead = [], [], [], []
    for place, key in enumerate("abc"):
        counted = generator_for(seed, "V", key).uniform(10, 50, (len(months), 3, 2))
        cost = generator_for(seed, "C", key).uniform(1_000, 9_000, (len(months), 3, 2))
        volume, real = counted.sum(axis=(1, 2)), (counted * cost).sum(axis=(1, 2))
        silent = no_cases and key == "c"
        history.append(pd.DataFrame({
            "service": key, "month": behind, "volume": np.nan if silent else volume[:known],
            "exposure": exposure[place].sum(axis=1)[:known], "uptake_ratio": 1.0, "units_per_person": 1.0,
            "unit_cost_real": np.nan if silent else (real / volume)[:known], "gross_reported_nominal": (real * price)[:known],
            "gross_ultimate_nominal": (real * price)[:known], "ibnr_nominal": 0.0, "ibnr_se_nominal": 0.0,
        }))  # fmt: skip
        if not silent:
            at = pd.MultiIndex.from_product([behind, [10, 40, 80], ["own", "private"]], names=["month", "age", "provider_type"])
            listed = {"volume": counted[:known].ravel(), "list_cost_nominal": (counted * cost)[:known].ravel()}
            cells.append(pd.DataFrame(listed, index=at).reset_index().assign(service=key))
        spread = generator_for(seed, "D", key, cutoff).lognormal(0, 0.1, (len(ahead), 7))
        gross_ahead.append((real * price)[known:, None] * spread)
        volume_ahead.append(np.full(spread.shape, np.nan) if silent else volume[known:, None] * np.sqrt(spread))
    rows = [(key, month, "main", exposure[place, known + step].sum(), 1.0) for place, key in enumerate("abc")
            for step, month in enumerate(ahead)]  # fmt: skip
    tables = DriverTables(
        end, "DKK", "2026-pl", SERVICES, pd.concat(history, ignore_index=True),
        pd.DataFrame(rows, columns=["service", "month", "variant", "exposure", "units_per_person"]),
        pd.DataFrame({"month": months, "price_factor": price}), pd.DataFrame(),
    )  # fmt: skip
    told = Exposure(("a", "b", "c"), behind, ahead, tuple(BANDS), exposure[:, :known], {"main": exposure[:, known:]})
    draws = PressureDraws(
        ("a", "b", "c"), ahead, np.stack(gross_ahead), np.stack(volume_ahead), np.full((3, len(ahead), 7), np.nan),
        np.repeat(price[known:, None], 7, axis=1), pd.DataFrame({"service": ["a", "b", "c"]}),
    )  # fmt: skip
    return DriverParts(tables, None, None, told, pd.DataFrame()), pd.concat(cells, ignore_index=True), draws  # type: ignore[arg-type]


def source(seed: int = 1, cutoff: str = "2025-12-01", *, code: str = "one", hidden: str = "") -> DriftSource:
    """What a run of these parts leaves in its files, read back."""
    parts, volume, draws = parts_of(seed, cutoff)
    kept = driver_frames(parts, volume, EVENTS, ShownBands({}), series_means(draws), age_bands=BANDS)
    masks = pd.DataFrame(
        {"level": "service", "member": list("abc"), "mask": ["primary" if key == hidden else "" for key in "abc"]}
    )
    stored = [
        {"service": key, "month": month, "gross_nominal": draws.gross_nominal[place, step],
         "volume": None if key == "c" else draws.volume[place, step], "price_factor": draws.price_factor[step]}
        for place, key in enumerate(draws.services) for step, month in enumerate(draws.months)
    ]  # fmt: skip
    published = {"services": SERVICES, "draws": pd.DataFrame(stored), "forecast_years": masks, "forecast_months": masks}
    record = {"run_id": f"run-{cutoff}", "cutoff": cutoff, "currency": "DKK", "price_level": "2026-pl", "code_digest": code,
              "lock_digest": "lock", "settings": {"seed": 1, "n_draws": 7, "min_citizens": 5}}  # fmt: skip
    return read_source(kept, published, record, age_bands=BANDS)


SOURCE = source()
PLACE = st.integers(0, 95)
SPANS = st.tuples(PLACE, st.integers(1, 24)).map(lambda pair: span(min(pair[0], 95 - pair[1]), pair[1]))


def span(first: int, length: int) -> Span:
    months = pd.date_range(FIRST, periods=96, freq="MS")
    return Span(months[first], months[first + length - 1])


def signed(rows: pd.DataFrame) -> pd.Series:
    """0 for every member whose bars lead from start to end."""
    amount = rows["effect"].where(rows["driver"] != "end", -rows["effect"])
    return amount.groupby([rows["level"], rows["member"]]).sum()


@settings(deadline=None, max_examples=40)
@given(SPANS, SPANS)
def test_any_two_periods_add_up_to_the_krone(earlier: Span, later: Span) -> None:
    rows = drift_between(SOURCE, earlier, later)
    assert (signed(rows) == 0).all()
    by_level = rows.pivot_table(index="driver", columns="level", values="effect", aggfunc="sum")
    assert (by_level.sub(by_level["total"], axis=0) == 0).all().all()


@settings(deadline=None, max_examples=20)
@given(SPANS)
def test_a_period_beside_itself_moves_nothing(period: Span) -> None:
    rows = drift_between(SOURCE, period, period)
    assert (rows.loc[~rows["driver"].isin(["start", "end"]), "effect"] == 0).all()


def test_ends_are_what_the_run_knows_and_forecasts() -> None:
    history, draws = SOURCE.tables.history, SOURCE.draws
    known = history.loc[history["month"].between("2025-07-01", "2025-12-01"), "gross_ultimate_nominal"].sum()
    ahead = draws.gross_nominal[:, :6].sum(axis=(0, 1)).mean()
    rows = drift_between(SOURCE, span(36, 12), span(42, 12))
    ends = rows[rows["level"] == "total"].set_index("driver")["effect"]
    assert ends["end"] == pytest.approx(known + ahead, abs=2)
    assert ends["start"] == pytest.approx(history.loc[history["month"].dt.year == 2025, "gross_ultimate_nominal"].sum(), abs=2)


def test_the_published_comparisons_come_out_again() -> None:
    """From the files: the same bars as the night made from its memory."""
    parts, volume, draws = parts_of(1, "2025-12-01")
    night = drift(parts, volume, draws, EVENTS, age_bands=BANDS)
    keys = ["level", "member", "driver", "age_band"]
    for comparison, periods in (("actual", (span(24, 12), span(36, 12))), ("outlook", (span(36, 12), span(48, 12)))):
        wanted = night[night["comparison"] == comparison].set_index(keys)["effect"].sort_index()
        found = drift_between(SOURCE, *periods).set_index(keys)["effect"].sort_index()
        pd.testing.assert_series_equal(found.astype("int64"), wanted.astype("int64"), check_index_type=False)
    assert (night.loc[night["driver"] == "budget_events", "effect"] != 0).any()


def test_periods_of_unequal_length_are_both_years() -> None:
    rows = drift_between(SOURCE, span(36, 3), span(24, 12))
    start = rows[(rows["level"] == "total") & (rows["driver"] == "start")]["effect"].iloc[0]
    history = SOURCE.tables.history
    quarter = history.loc[history["month"].between("2025-01-01", "2025-03-01"), "gross_ultimate_nominal"].sum()
    assert start == pytest.approx(4 * quarter, abs=2)
    assert set(rows["age_band"]) == {"all"}, "a quarter is not split by age"


def test_hidden_members_are_left_out_and_months_beyond_refused() -> None:
    rows = drift_between(source(hidden="b"), span(24, 12), span(36, 12))
    assert set(rows.loc[rows["level"] == "service", "member"]) == {"a", "c"}
    with pytest.raises(WrongUse, match="2022-01 to 2029-12"):
        drift_between(SOURCE, Span(pd.Timestamp("2021-12-01"), pd.Timestamp("2022-03-01")), span(24, 12))


def test_bands_with_few_citizens_are_joined() -> None:
    parts = source()
    few = parts.volume.assign(volume=parts.volume["volume"].where(parts.volume["age"] != 67, 0.3))
    rows = drift_between(replace(parts, volume=few), span(24, 12), span(36, 12))
    assert "67+" not in set(rows.loc[rows["level"] == "service", "age_band"])
    assert (signed(rows) == 0).all()


@settings(deadline=None, max_examples=20)
@given(
    st.integers(1, 50), st.integers(1, 50), st.sampled_from(["2025-06-01", "2025-12-01", "2026-03-01"]), st.integers(2025, 2029)
)
def test_vintages_add_up_to_the_krone(first: int, second: int, cutoff: str, year: int) -> None:
    found = drift_vintages(source(first, "2025-06-01"), source(second, cutoff), year=year)
    assert (signed(found.rows) == 0).all()
    assert tuple(found.rows["driver"].unique()) == ("start", *BARS, "end")
    by_level = found.rows.pivot_table(index="driver", columns="level", values="effect", aggfunc="sum")
    assert (by_level.sub(by_level["total"], axis=0) == 0).all().all()


def test_identical_runs_give_all_zeros() -> None:
    found = drift_vintages(source(), source(), year=2026)
    assert found.model_measured
    assert (found.rows.loc[found.rows["driver"].isin(BARS), "effect"] == 0).all()


def test_the_order_of_services_is_no_matter() -> None:
    older, newer = source(1, "2025-06-01"), source(2)
    place = [2, 0, 1]
    turned = replace(
        newer.draws, services=("c", "a", "b"), gross_nominal=newer.draws.gross_nominal[place], volume=newer.draws.volume[place],
        unit_cost_real=newer.draws.unit_cost_real[place],
    )  # fmt: skip
    straight, mixed = (drift_vintages(older, run, year=2026).rows for run in (newer, replace(newer, draws=turned)))
    pd.testing.assert_frame_equal(straight, mixed)


def bars(older: DriftSource, newer: DriftSource, year: int, again: PressureDraws | None = None) -> pd.Series:
    rows = drift_vintages(older, newer, year=year, again=again).rows
    return rows[rows["level"] == "total"].set_index("driver")["effect"]


def test_a_year_that_has_come_is_new_data_alone() -> None:
    older, newer = source(1, "2023-12-01"), source(1, "2025-12-01")
    found = bars(older, newer, 2024)
    history = newer.tables.history
    came = history.loc[history["month"].dt.year == 2024, "gross_ultimate_nominal"].sum()
    expected = older.draws.gross_nominal[:, :12].sum(axis=(0, 1)).mean()
    assert found["new_months"] == pytest.approx(came - expected, abs=3)
    assert (found[[bar for bar in BARS if bar != "new_months"]] == 0).all()


def test_late_invoices_are_revisions() -> None:
    older = source()
    history = older.tables.history
    more = history.assign(gross_ultimate_nominal=history["gross_ultimate_nominal"] + 1_000.0)
    found = bars(older, replace(older, tables=replace(older.tables, history=more)), 2025)
    assert found["revisions"] == 3 * 12 * 1_000
    assert found["end"] - found["start"] == found["revisions"]


def test_one_factor_that_moves_has_its_own_bar() -> None:
    older = source()
    draws, exposure = older.draws, older.exposure
    dearer = replace(older, draws=replace(draws, gross_nominal=draws.gross_nominal * 1.1))
    more = {"main": exposure.ahead["main"] * 1.1}
    people = replace(dearer, exposure=replace(exposure, ahead=more), draws=replace(dearer.draws, volume=draws.volume * 1.1))
    index = replace(dearer, draws=replace(dearer.draws, price_factor=draws.price_factor * 1.1))
    grown = draws.gross_nominal[:, 12:24].sum(axis=(0, 1)).mean() * 0.1
    for newer, bar in ((people, "demography"), (index, "price_index")):
        found = bars(older, newer, 2027)
        assert found[bar] == pytest.approx(grown, abs=3)
        assert found["end"] - found["start"] == found[bar]
    cost = bars(older, dearer, 2027)
    assert cost["unit_cost"] + cost["uptake"] == cost["end"] - cost["start"], "c has no cases: its cost stands under uptake"


def test_a_new_model_is_measured_on_the_old_inputs() -> None:
    older, newer = source(1, code="old"), source(2, code="new")
    again = replace(older.draws, gross_nominal=older.draws.gross_nominal * 1.25)
    measured = bars(older, newer, 2027, again)
    assert measured["new_model"] == pytest.approx(older.draws.gross_nominal[:, 12:24].sum(axis=(0, 1)).mean() * 0.25, abs=3)
    blind = drift_vintages(older, newer, year=2027)
    assert not blind.model_measured
    assert bars(older, newer, 2027)[["uptake", "unit_cost"]].eq(0).all()


def test_what_known_citizens_moved_is_no_new_model() -> None:
    """The older run published 1.1 times what its series alone said; the model, run again, says the same of the series or more."""
    older, newer = source(1, code="old"), source(2, code="new")
    alone = replace(older.draws, gross_nominal=older.draws.gross_nominal / 1.1, volume=older.draws.volume / 1.05)
    joined = replace(older, series=series_means(alone))
    assert bars(joined, newer, 2027, alone)["new_model"] == 0
    more = replace(alone, gross_nominal=alone.gross_nominal * 1.25)
    published = older.draws.gross_nominal[:, 12:24].sum(axis=(0, 1)).mean()
    assert bars(joined, newer, 2027, more)["new_model"] == pytest.approx(published * 0.25, abs=3)


def test_a_run_that_did_not_keep_its_series_is_not_measured() -> None:
    older, newer = source(1, code="old"), source(2, code="new")
    found = drift_vintages(replace(older, series=older.series.iloc[:0]), newer, year=2027, again=older.draws)
    assert not found.model_measured


def test_an_event_between_the_cutoffs_is_its_own_bar() -> None:
    found = bars(source(1, "2025-06-01"), source(1, "2025-12-01"), 2027)
    assert found["budget_events"] == 120_000
    assert bars(source(1, "2025-09-01"), source(1, "2025-12-01"), 2027)["budget_events"] == 0


def test_a_service_in_one_run_only_is_new_data() -> None:
    older, newer = source(), source()
    one = {"service": ["d"], "service_group": "g", "frame": ["g"], "committee": "u", "price_unit": "month"}
    tables = replace(newer.tables, services=pd.concat([SERVICES.iloc[:2], pd.DataFrame(one)]))
    renamed = replace(newer, tables=replace(tables, history=tables.history.replace({"service": {"c": "d"}})),
                      draws=replace(newer.draws, services=("a", "b", "d")),
                      exposure=replace(newer.exposure, services=("a", "b", "d")))  # fmt: skip
    rows = drift_vintages(older, renamed, year=2026).rows
    gone = rows[(rows["member"] == "c") & (rows["level"] == "service")].set_index("driver")["effect"]
    assert gone["new_months"] == -gone["start"]
    assert gone["end"] == 0


@pytest.mark.parametrize(
    ("older", "newer", "year", "says"),
    [("2025-12-01", "2025-06-01", 2026, "older run first"), ("2025-06-01", "2025-12-01", 2031, "does not hold the whole")],
)
def test_runs_that_cannot_be_compared_say_why(older: str, newer: str, year: int, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        drift_vintages(source(1, older), source(1, newer), year=year)


def test_other_currency_is_refused() -> None:
    euro = replace(SOURCE, tables=replace(SOURCE.tables, currency="EUR"))
    with pytest.raises(WrongUse, match="DKK and EUR"):
        drift_vintages(SOURCE, euro, year=2026)
