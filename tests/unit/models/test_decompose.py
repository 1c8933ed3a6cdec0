"""Drift: planted changes land in their own bar, bars and levels add up to the krone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from models.decompose import drift
from models.drivers import build_parts
from models.types import PressureDraws

BANDS = {"0-17": (0, 17), "18-22": (18, 22), "23-39": (23, 39), "40-66": (40, 66), "67+": (67, 125)}
MONTHS = pd.date_range("2024-01-01", "2026-12-01", freq="MS")
EVENT_COLUMNS = ["event_id", "effective_from", "effective_to", "kind", "frame", "service", "amount_dkk", "price_level", "in_data"]
NO_EVENTS = pd.DataFrame(columns=EVENT_COLUMNS)


def people(first: int, last: int, elderly: float) -> pd.DataFrame:
    rows = [
        (pd.Timestamp(year=year, month=1, day=1), age, 500.0 * (elderly ** (year - first) if age >= 67 else 1.0))
        for year in range(first, last + 1)
        for age in range(100)
    ]
    return pd.DataFrame(rows, columns=["date", "age", "persons"])


@dataclass(frozen=True)
class Town:
    """A municipality whose drivers change by known factors per year, everything else still."""

    elderly: float = 1.0
    uptake: float = 1.0
    price: float = 1.0
    index_pct: float = 0.0
    private_share: tuple[float, float, float] = (0.5, 0.5, 0.5)
    cutoff: pd.Timestamp = MONTHS[-1]
    first_month: pd.Timestamp = MONTHS[0]
    currency: str = "DKK"
    known_ages: bool = True
    notices: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["notice_id", "member", "text_da", "text_en"]))

    @property
    def services(self) -> pd.DataFrame:
        rows = [
            ("hjem", "g", "f1", "u1", "month", 18.0, 125.0, False), ("boern", "h", "f2", "u2", "month", 0.0, 17.0, False),
        ]  # fmt: skip
        names = ["service", "service_group", "frame", "committee", "price_unit", "age_from", "age_to", "opening_days"]
        return pd.DataFrame(rows, columns=names)

    @property
    def volume(self) -> pd.DataFrame:
        rows = []
        for month in MONTHS:
            year = month.year - 2024
            price = 1000.0 * self.price**year * (1 + self.index_pct / 100) ** year
            old, share = self.elderly**year, self.private_share[year]
            for service, age, count in (("hjem", 40, 40.0), ("hjem", 75, 20.0 * old), ("boern", 8, 30.0)):
                for provider, part, dearer in (("own", 1 - share, 1.0), ("private", share, 2.0)):
                    citizens = count * self.uptake**year * part
                    shown = age if self.known_ages else -1
                    rows.append((service, month, shown, provider, citizens, citizens, citizens * price * dearer))
        columns = ["service", "month", "age", "provider_type", "volume", "units", "list_cost_nominal"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def triangle(self) -> pd.DataFrame:
        rows = self.volume.groupby(["service", "month"], as_index=False)["list_cost_nominal"].sum()
        return rows.rename(columns={"month": "service_month", "list_cost_nominal": "amount"}).assign(
            posted_month=lambda frame: frame["service_month"], payee_kind="private", known=True,
            accounting_year=lambda frame: frame["service_month"].dt.year,
        )  # fmt: skip

    @property
    def case_reports(self) -> pd.DataFrame:
        """Every case was known in its own month."""
        return self.volume[["service", "month", "volume"]].assign(lag=0)

    @property
    def provider_triangle(self) -> pd.DataFrame:
        """No single provider is told apart."""
        return pd.DataFrame(columns=["provider", "payee_kind", "service_month", "posted_month", "amount"])

    @property
    def provider_cost(self) -> pd.DataFrame:
        return pd.DataFrame(columns=["provider", "month", "list_cost_nominal"])

    @property
    def population(self) -> pd.DataFrame:
        """Steps rather than slopes: both counts around a year are that year's."""
        return people(2024, 2026, self.elderly)

    @property
    def projection(self) -> pd.DataFrame:
        return people(2024, 2031, self.elderly).assign(variant="main", vintage=2026)

    @property
    def price_index(self) -> pd.DataFrame:
        rows = [(year, 2026, "growth", "services_total", self.index_pct) for year in range(2024, 2031)]
        return pd.DataFrame(rows, columns=["year", "vintage", "kind", "series", "pct"])


def draws(parts, *, volume: float = 1.0, n_draws: int = 4) -> PressureDraws:
    """What the newest months say, carried on with noise: draws of two services."""
    tables = parts.tables
    months = parts.exposure.ahead_months
    rng = np.random.default_rng(3)
    ahead = tables.ahead[tables.ahead["variant"] == "main"]
    last = tables.history[tables.history["month"] == tables.cutoff].set_index("service")
    keys = parts.exposure.services
    exposure = ahead["exposure"].to_numpy().reshape(len(keys), -1)
    units = ahead["units_per_person"].to_numpy().reshape(len(keys), -1)
    shape = (*exposure.shape, n_draws)
    uptake = last["uptake_ratio"].to_numpy()[:, None, None] * volume * np.exp(rng.normal(0, 0.1, shape))
    cost = last["unit_cost_real"].to_numpy()[:, None, None] * np.exp(rng.normal(0, 0.1, shape))
    price = tables.prices.set_index("month")["price_factor"].reindex(months).to_numpy()[:, None] * np.ones(n_draws)
    citizens = exposure[:, :, None] * uptake
    return PressureDraws(keys, months, citizens * units[:, :, None] * cost * price, citizens, cost, price, pd.DataFrame())


def explained(town: Town, events: pd.DataFrame = NO_EVENTS) -> pd.DataFrame:
    parts = build_parts(town, reference_months=36, age_bands=BANDS)
    return drift(parts, town.volume, draws(parts), events, age_bands=BANDS)


def bars(frame: pd.DataFrame, comparison: str = "actual", member: str = "total") -> dict[str, int]:
    rows = frame[(frame["comparison"] == comparison) & (frame["member"] == member)]
    return rows.groupby("driver")["effect"].sum().to_dict()


def test_nothing_changes_nothing() -> None:
    found = bars(explained(Town()))
    assert found["start"] == found["end"] == 12 * 90 * 1500
    assert {name: value for name, value in found.items() if name not in {"start", "end"}} == dict.fromkeys(
        ["demography", "uptake", "mix", "unit_cost", "price_index", "budget_events"], 0
    )


@pytest.mark.parametrize(
    ("town", "driver"),
    [
        (Town(uptake=1.1), "uptake"),
        (Town(price=1.1), "unit_cost"),
        (Town(index_pct=10.0), "price_index"),
        (Town(private_share=(0.4, 0.4, 0.6)), "mix"),
    ],
)
def test_a_planted_change_lands_in_its_own_bar(town: Town, driver: str) -> None:
    found = bars(explained(town))
    change = found["end"] - found["start"]
    assert abs(change) > 50_000
    assert found[driver] == pytest.approx(change, abs=3)


def test_more_elderly_are_demography_of_the_oldest() -> None:
    frame = explained(Town(elderly=1.2))
    rows = frame[(frame["comparison"] == "actual") & (frame["level"] == "total") & (frame["driver"] == "demography")]
    by_age = rows.set_index("age_band")["effect"]
    found = bars(frame)
    assert by_age["67+"] > 0.8 * (found["end"] - found["start"])
    assert by_age["67+"] > 5 * by_age.drop("67+").abs().sum()


def test_two_changes_share_their_product_evenly() -> None:
    found = bars(explained(Town(uptake=1.1, price=1.1)))
    assert found["uptake"] == pytest.approx(found["unit_cost"], abs=3)
    assert found["uptake"] + found["unit_cost"] == pytest.approx(found["end"] - found["start"], abs=3)


def check_sums(frame: pd.DataFrame) -> None:
    signed = frame["effect"].where(frame["driver"] != "end", -frame["effect"])
    assert (signed.groupby([frame["comparison"], frame["level"], frame["member"]]).sum() == 0).all()
    by_level = frame.pivot_table(index=["comparison", "driver"], columns="level", values="effect", aggfunc="sum")
    for level in ("service", "frame", "committee"):
        assert (by_level[level] == by_level["total"]).all(), level


def test_bars_and_levels_add_up_to_the_krone() -> None:
    frame = explained(Town(elderly=1.07, uptake=1.013, price=0.97, index_pct=2.7, private_share=(0.41, 0.47, 0.53)))
    assert set(frame["comparison"]) == {"actual", "outlook"}
    check_sums(frame)


def test_the_outlook_ends_at_the_mean_of_the_draws() -> None:
    town = Town(elderly=1.05, uptake=1.02, index_pct=3.0)
    parts = build_parts(town, reference_months=36, age_bands=BANDS)
    pressure = draws(parts, volume=1.3)
    frame = drift(parts, town.volume, pressure, NO_EVENTS, age_bands=BANDS)
    found = bars(frame, "outlook")
    year = pressure.gross_nominal[:, pressure.months.year == 2027]
    assert found["end"] == round(year.sum(axis=(0, 1)).mean())
    assert found["start"] == bars(frame, "actual")["end"]
    assert found["uptake"] > 0.2 * found["start"]
    assert found["mix"] == 0
    assert set(frame.loc[frame["comparison"] == "outlook", "to_period"]) == {"2027"}


def event(**more: object) -> pd.DataFrame:
    row = {
        "event_id": "e1", "effective_from": pd.Timestamp("2026-01-01"), "effective_to": pd.NaT, "kind": "moved_task",
        "frame": "f1", "service": "hjem", "amount_dkk": 200_000.0, "price_level": "nominal", "in_data": True,
    }  # fmt: skip
    return pd.DataFrame([row | more])


def test_a_moved_task_is_its_own_bar_and_no_uptake() -> None:
    plain, moved = bars(explained(Town(uptake=1.1))), bars(explained(Town(uptake=1.1), event()))
    assert moved["budget_events"] == 200_000
    assert moved["uptake"] == pytest.approx(plain["uptake"] - 200_000, abs=5)
    assert moved["end"] == plain["end"]


def test_a_decided_saving_in_the_data_is_taken_out_of_unit_cost() -> None:
    saved = bars(explained(Town(), event(kind="decided_saving", amount_dkk=-100_000.0)))
    assert (saved["budget_events"], saved["unit_cost"]) == (-100_000, 100_000)


def test_an_event_in_the_middle_of_a_period_counts_by_its_months() -> None:
    late = bars(explained(Town(), event(effective_from=pd.Timestamp("2026-10-01"))))
    early = bars(explained(Town(), event(effective_from=pd.Timestamp("2025-04-01"))))
    assert (late["budget_events"], early["budget_events"]) == (50_000, 50_000)


def test_events_not_in_the_data_or_long_past_or_of_no_frame_of_ours_are_no_bar() -> None:
    for more in ({"in_data": False}, {"effective_from": pd.Timestamp("2020-01-01")}, {"service": None, "frame": "f9"}):
        assert bars(explained(Town(), event(**more)))["budget_events"] == 0


def test_a_frames_event_is_spread_over_its_services_and_stays_in_it() -> None:
    frame = explained(Town(), event(service=None))
    assert bars(frame, member="f1")["budget_events"] == 200_000
    assert bars(frame, member="f2")["budget_events"] == 0
    check_sums(frame)


def test_an_event_in_fixed_prices_is_brought_to_the_periods_prices() -> None:
    found = bars(explained(Town(index_pct=10.0), event(price_level="2025-pl")))
    assert found["budget_events"] == 220_000


def test_unknown_ages_stand_in_one_band() -> None:
    frame = explained(Town(uptake=1.1, known_ages=False))
    assert set(frame["age_band"]) == {"all"}
    found = bars(frame)
    assert found["uptake"] == pytest.approx(found["end"] - found["start"], abs=3)
    check_sums(frame)


def test_a_service_that_begins_is_uptake_and_one_without_cases_still_adds_up() -> None:
    @dataclass(frozen=True)
    class Changed(Town):
        @property
        def volume(self) -> pd.DataFrame:
            rows = super().volume
            return rows[(rows["service"] != "hjem") | (rows["month"] >= "2026-01-01")]

        @property
        def triangle(self) -> pd.DataFrame:
            rows = Town(uptake=1.1).triangle
            return rows[(rows["service"] != "hjem") | (rows["service_month"] >= "2026-01-01")]

    frame = explained(Changed())
    found = bars(frame, member="hjem")
    assert found["start"] == 0
    assert found["uptake"] == pytest.approx(found["end"], abs=2)
    check_sums(frame)
    town = Town(uptake=1.1)
    without = explained(replace_volume(town))
    assert set(without.loc[without["member"] == "hjem", "age_band"]) == {"all"}
    check_sums(without)


def replace_volume(town: Town) -> Town:
    @dataclass(frozen=True)
    class CostOnly(Town):
        @property
        def volume(self) -> pd.DataFrame:
            return town.volume[town.volume["service"] != "hjem"]

        @property
        def triangle(self) -> pd.DataFrame:
            return town.triangle

    return CostOnly()


def test_a_history_of_one_year_has_no_comparison_with_the_year_before() -> None:
    @dataclass(frozen=True)
    class Short(Town):
        first_month: pd.Timestamp = MONTHS[-12]

    parts = build_parts(Short(), reference_months=36, age_bands=BANDS)
    frame = drift(parts, Short().volume, draws(parts), NO_EVENTS, age_bands=BANDS)
    assert set(frame["comparison"]) == {"outlook"}
    shorter = replace(Short(), first_month=MONTHS[-11])
    parts = build_parts(shorter, reference_months=36, age_bands=BANDS)
    assert drift(parts, shorter.volume, draws(parts), NO_EVENTS, age_bands=BANDS).empty


def test_inputs_are_left_as_they_were() -> None:
    town = Town(uptake=1.1)
    parts = build_parts(town, reference_months=36, age_bands=BANDS)
    volume, pressure, events = town.volume, draws(parts), event()
    before = volume.copy(), pressure.gross_nominal.copy(), events.copy(), parts.tables.history.copy()
    drift(parts, volume, pressure, events, age_bands=BANDS)
    pd.testing.assert_frame_equal(volume, before[0])
    assert (pressure.gross_nominal == before[1]).all()
    pd.testing.assert_frame_equal(events, before[2])
    pd.testing.assert_frame_equal(parts.tables.history, before[3])


def test_the_order_of_the_draws_services_is_no_matter() -> None:
    """The forecast stacks services by key, the drivers by catalogue: bars belong to names, not to places."""
    town = Town(elderly=1.05, uptake=1.02, index_pct=3.0)
    parts = build_parts(town, reference_months=36, age_bands=BANDS)
    pressure = draws(parts)
    arrays = {name: getattr(pressure, name)[::-1] for name in ("gross_nominal", "volume", "unit_cost_real")}
    turned = replace(pressure, services=pressure.services[::-1], **arrays)
    pd.testing.assert_frame_equal(
        drift(parts, town.volume, turned, NO_EVENTS, age_bands=BANDS),
        drift(parts, town.volume, pressure, NO_EVENTS, age_bands=BANDS),
    )
