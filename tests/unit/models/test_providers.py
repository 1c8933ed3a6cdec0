"""Price and quantity: shares add up, growth stands beside the index, and nothing of few citizens can be worked out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.providers import beside_own, cost_concentration, not_by_themselves, provider_shares, provider_types
from models.secondary import Limits

LIMITS = Limits(5, 0.75)
KINDS = ("own", "municipality", "private", "region")
CELL = [
    "level", "member", "provider_type", "period", "n_citizens", "top_share", "cost", "volume", "n_pairs", "top_pair", "paid_now",
    "paid_before",
]  # fmt: skip
RATES = ["level", "member", "provider_type", "n_citizens", "top_share", "billed", "agreed"]


@pytest.fixture(scope="module")
def drivers(make_drivers, service_spec):
    specs = [
        service_spec(key, frame=frame, committee=f"U{frame}") for key, frame in (("a", "1"), ("b", "1"), ("c", "2"), ("d", "2"))
    ]
    return make_drivers(specs, months=24, cutoff="2026-12-01", price_level="2026-pl")


def cells_of(counts: dict[tuple[str, str], int], *, top: float = 0.1) -> pd.DataFrame:
    """Cells of services, summed upwards: a citizen costs 1, and 1 % more than a year before."""
    above = {"a": ("1", "U1"), "b": ("1", "U1"), "c": ("2", "U2"), "d": ("2", "U2")}
    sums: dict[tuple[str, str, str], int] = {}
    for (service, kind), n in counts.items():
        frame, committee = above[service]
        for key in (("service", service), ("frame", frame), ("committee", committee), ("total", "total")):
            sums[(*key, kind)] = sums.get((*key, kind), 0) + n
    rows = [(*key, "last12", n, top, float(n), float(n), n, top, 1.01 * n, 1.0 * n) for key, n in sums.items() if n]
    return pd.DataFrame(rows, columns=CELL)


def shown(table: pd.DataFrame) -> set[tuple[str, str, str]]:
    rows = table[table["mask"] == ""]
    return set(zip(rows["level"], rows["member"], rows["provider_type"], strict=True))


def made(cells, drivers, rates=None, masked=None, earlier=()) -> pd.DataFrame:
    given = pd.DataFrame(columns=RATES) if rates is None else rates
    return provider_types(cells, given, drivers, masked=masked or {}, limits=LIMITS, earlier=earlier)


def test_shares_add_up_and_price_stands_beside_the_index_and_the_agreed_rate(drivers) -> None:
    rates = pd.DataFrame(
        [("service", "a", "own", 30, 0.1, 103.0, 100.0), ("service", "a", "private", 3, 0.4, 9.0, 8.0)], columns=RATES
    )
    table = made(cells_of({("a", "own"): 30, ("a", "private"): 10}), drivers, rates).set_index(["member", "provider_type"])
    own, private = table.loc[("a", "own")], table.loc[("a", "private")]
    assert (own["cost_share"], private["volume_share"]) == (0.75, 0.25)
    assert own["price_growth"] == pytest.approx(0.01)
    assert own["index_growth"] == pytest.approx(0.03)
    assert own["above_index"] == pytest.approx(1.01 / 1.03 - 1)
    assert own["billed_per_agreed"] == 1.03
    assert np.isnan(private["billed_per_agreed"]), "three citizens' bills"
    assert table.loc[("total", "own"), "cost_share"] == 0.75
    assert np.isnan(table.loc[("total", "own"), "price_per_year"]), "a price is a service's"


@pytest.mark.parametrize("small", [("a", "region"), ("c", "own")])
def test_a_small_cell_is_in_no_difference(drivers, small) -> None:
    """Across a member's kinds, and upwards in its kind: what is hidden beside it has citizens enough."""
    counts = {(service, kind): 20 for service in "abcd" for kind in KINDS} | {small: 2}
    table = made(cells_of(counts), drivers)
    seen = shown(table)
    assert ("service", *small) not in seen
    assert (table["mask"] == "").all(), "what is not shown by itself is one row with others"
    assert table.groupby(["level", "member"])["cost_share"].sum().to_numpy() == pytest.approx(1.0)
    (together,) = {row.provider_type for row in table.itertuples() if row.member == small[0] and "+" in row.provider_type}
    assert small[1] in together.split("+")
    assert {("service", small[0], kind): "joined" for kind in together.split("+")}.items() <= not_by_themselves(table).items()
    counted = {(row.level, row.member, row.provider_type): row for row in cells_of(counts).itertuples()}
    assert not_by_themselves(table).keys() == counted.keys() - seen
    for level, member in {key[:2] for key in counted}:
        hidden = [row.n_citizens for key, row in counted.items() if key[:2] == (level, member) and key not in seen]
        assert len(hidden) != 1, (level, member)
        assert not hidden or sum(hidden) >= 5
    for kind in KINDS:
        for frame, services in (("1", "ab"), ("2", "cd")):
            lost = [s for s in services if ("service", s, kind) not in seen]
            assert ("frame", frame, kind) not in seen or len(lost) != 1


def test_what_the_run_hides_is_hidden_here_and_one_who_dominates_too(drivers) -> None:
    counts = {(service, kind): 20 for service in "abcd" for kind in ("own", "private")}
    seen = shown(made(cells_of(counts), drivers, masked={("service", "a"): "primary", ("service", "b"): "secondary"}))
    assert not {key for key in seen if key[1] in {"a", "b"}}
    assert ("frame", "1", "own") in seen
    table = made(cells_of(counts), drivers, masked={("service", "a"): "primary", ("service", "b"): "secondary"})
    assert table.loc[table["member"].isin(["a", "b"]), ["cost_share", "n_citizens"]].isna().all(axis=None)
    ruled = made(cells_of(counts, top=0.9), drivers)
    assert (set(ruled["provider_type"]), set(ruled["cost_share"])) == ({"own+private"}, {1.0}), "nothing but that it is all"


def test_what_an_earlier_run_hid_of_a_kind_stays_hidden(drivers) -> None:
    """Whole years are told by every run: were another kind hidden along this time, two runs would tell the small one."""
    cells = cells_of({("a", "own"): 3, ("a", "region"): 30, ("a", "private"): 40, ("b", "own"): 40, ("b", "region"): 40})
    along = {kind for kind in KINDS if ("service", "a", kind) not in shown(made(cells, drivers))} - {"own"}
    (other,) = {"region", "private"} - along
    kept = shown(made(cells, drivers, earlier={("service", "a", other)}))
    assert not {("service", "a", "own"), ("service", "a", other)} & kept


def test_kinds_in_one_row_are_the_same_in_every_period_and_tell_no_more_than_the_others_leave_over(drivers) -> None:
    cells = cells_of({("a", "own"): 30, ("a", "private"): 20, ("a", "region"): 3})
    before = cells[cells["provider_type"] != "region"].assign(period="2025")
    table = made(pd.concat([cells, before], ignore_index=True), drivers).query("level == 'service'").set_index("period")
    assert set(table.loc["2025", "provider_type"]) == set(table.loc["last12", "provider_type"]) == {"own", "region+private"}
    (row,) = table.loc[["last12"]].query("provider_type == 'region+private'").itertuples()
    assert (row.cost_share, row.volume_share, row.price_per_year) == pytest.approx((23 / 53, 23 / 53, 1.0))
    assert pd.isna([row.price_growth, row.above_index, row.billed_per_agreed, row.n_citizens]).all()


def test_the_only_kind_of_a_member_is_its_total_and_hides_nothing(drivers) -> None:
    counts = {("a", "private"): 30, ("a", "own"): 40, ("b", "private"): 20, ("a", "region"): 2, ("b", "municipality"): 0}
    assert ("service", "b", "private") in shown(made(cells_of(counts), drivers))


def test_what_is_settled_with_own_places_is_hidden_with_them() -> None:
    """Own places' income from the frame is the frame's cost at own places; the other lines and their sum would tell it."""
    words = ["payroll", "internal_settlement", "payroll"]
    lines = pd.DataFrame({"member": ["1", "1", "2"], "accounting_year": 2026, "line": words, "amount": [5.0, -4.0, 3.0]})
    found = beside_own(lines, {("frame", "1", "own"): "primary", ("frame", "2", "region"): "primary"})
    assert found["amount"].isna().tolist() == [True, True, False]


def test_without_cases_there_is_no_table(drivers) -> None:
    assert made(pd.DataFrame(columns=CELL), drivers).empty
    stays = pd.DataFrame({"service": [], "person": [], "month": pd.DatetimeIndex([]), "list_cost_nominal": []})
    assert cost_concentration(stays, drivers, masked={}, limits=LIMITS).empty
    columns = ["frame", "is_pooled", "provider_type", "place", "n_providers", "n_citizens", "top_share", "cost"]
    assert provider_shares(pd.DataFrame(columns=columns), masked={}, hidden={}, limits=LIMITS).empty


def test_the_curve_shows_no_group_of_few_and_no_single_one(drivers) -> None:
    people = 200
    cost = np.arange(people, 0, -1, dtype=float)
    stays = pd.DataFrame(
        {"service": "a", "person": range(people), "month": pd.Timestamp("2026-11-01"), "list_cost_nominal": cost}
    )
    old = stays.assign(month=pd.Timestamp("2025-11-01"), list_cost_nominal=1e9)
    table = cost_concentration(pd.concat([stays, old]), drivers, masked={("frame", "1"): "secondary"}, limits=LIMITS)
    own = table[table["level"] == "service"].set_index("top_pct")
    even = {1: "primary", 5: "primary", 10: "", 20: "", 50: ""}
    assert own["mask"].to_dict() == even, "two citizens are the most expensive 1 %, and lie between 2 tenths and the next ten"
    assert own.loc[10, "cost_share"] == pytest.approx(cost[:20].sum() / cost.sum())
    assert (own.loc[10, "n_top"], own.loc[10, "n_citizens"]) == (20, 200)
    assert (table.loc[table["level"] == "frame", "mask"] == "secondary").all()
    steep = stays.assign(list_cost_nominal=np.r_[np.full(4, 9e3), np.full(196, 1e3)])
    shown = cost_concentration(steep, drivers, masked={}, limits=LIMITS).query("level == 'service'").set_index("top_pct")["mask"]
    assert shown.to_dict() == {1: "primary", 5: "", 10: "", 20: "", 50: ""}
    lone = stays.assign(list_cost_nominal=np.r_[1e6, np.ones(people - 1)])
    assert (cost_concentration(lone, drivers, masked={}, limits=LIMITS)["mask"] == "primary").all(), "one holds nearly all"


def test_the_curve_shows_no_share_that_leaves_one_citizen_most_of_the_rest(drivers) -> None:
    cost = np.r_[np.full(20, 100.0), 90.0, np.full(79, 0.1)]
    stays = pd.DataFrame({"service": "a", "person": range(100), "month": pd.Timestamp("2026-11-01"), "list_cost_nominal": cost})
    own = cost_concentration(stays, drivers, masked={}, limits=LIMITS)
    assert own[own["level"] == "service"].set_index("top_pct")["mask"].to_dict()[20] == "primary", "the 21st is 92 % of the rest"


PROVIDER = ["frame", "is_pooled", "provider_type", "place", "n_providers", "n_citizens", "top_share", "cost"]


def shares_of(rows, hidden=()) -> list[dict[str, object]]:
    """Providers of frame 1: kind, pooled, providers, citizens, cost."""
    full = [("1", pooled, kind, place, many, n, 0.1, cost) for place, (kind, pooled, many, n, cost) in enumerate(rows)]
    lost = {("frame", "1", kind): "secondary" for kind in hidden}
    table = provider_shares(pd.DataFrame(full, columns=PROVIDER), masked={}, hidden=lost, limits=LIMITS)
    return table.to_dict("records")


def test_small_providers_are_one_row_with_citizens_enough() -> None:
    found = shares_of([("own", False, 1, 40, 60.0), ("private", False, 1, 12, 25.0), ("private", True, 6, 9, 15.0)])
    assert [row["cost_share"] for row in found] == [0.6, 0.25, 0.15]
    found = shares_of([("own", False, 1, 40, 60.0), ("private", False, 1, 12, 30.0), ("private", True, 1, 2, 10.0)])
    assert [row["provider_type"] for row in found] == ["own", "pooled"], "the smallest shown joins a lone small one"
    assert (found[1]["cost_share"], found[1]["n_providers"]) == (0.4, 2)
    (alone,) = shares_of([("private", True, 2, 3, 10.0)])
    assert alone["mask"] == "primary"
    assert pd.isna(alone["cost_share"])
    other = pd.DataFrame([("4", False, "own", 1, 1, 40, 0.1, 60.0)], columns=PROVIDER)
    assert provider_shares(other, masked={("frame", "4"): "primary"}, hidden={}, limits=LIMITS)["mask"].tolist() == ["primary"]


def test_a_small_provider_does_not_follow_from_its_kinds_share() -> None:
    """A kind's share less its named providers is its small ones: two citizens of one, beside many small ones of another kind."""
    rows = [
        ("own", False, 1, 40, 50.0), ("private", False, 1, 12, 20.0), ("private", False, 1, 9, 12.0),
        ("private", True, 1, 2, 3.0), ("own", True, 9, 30, 15.0),
    ]  # fmt: skip
    found = shares_of(rows)
    assert [(row["provider_type"], row["n_providers"]) for row in found] == [("own", 1), ("private", 1), ("pooled", 11)]
    rows = [
        ("own", False, 1, 40, 50.0),
        ("municipality", False, 1, 12, 20.0),
        ("region", True, 1, 2, 3.0),
        ("own", True, 9, 30, 9.0),
    ]
    assert len(shares_of(rows, {"region", "municipality"})) == 2, "two hidden kinds' small ones are too few together"


def test_growth_of_few_does_not_follow_from_a_sums_growth(drivers) -> None:
    cells = cells_of({("a", "own"): 30, ("b", "own"): 30, ("c", "own"): 30, ("d", "own"): 30})
    few = (cells["level"] == "service") & (cells["member"] == "a")
    table = made(cells.assign(n_pairs=cells["n_pairs"].mask(few, 2)), drivers).set_index(["level", "member"])
    assert (table["mask"] == "").all()
    assert table.loc[table["price_growth"].isna()].index.tolist() == [("service", "a"), ("service", "b")]
