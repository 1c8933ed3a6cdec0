"""Actual against expected development, its mask, and case counts that are recorded late."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.schema import PUBLISHED
from models.drivers.billing_speed import SpeedChange
from models.drivers.case_reports import complete_volume
from models.drivers.changed_pattern import speed_notice
from models.drivers.completion import complete
from models.drivers.development import COLUMNS, mask_development, mask_speed_notices
from models.pressure import published_frame

MONTHS = pd.date_range("2022-01-01", periods=48, freq="MS")
DELAY = (0.2, 0.5, 0.3)


def ledger(bill: float = 1000.0, kind: str = "private", noise: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = [
        ("a", kind, True, month, month + pd.DateOffset(months=lag), bill * share * np.exp(noise * rng.standard_normal()))
        for month in MONTHS
        for lag, share in enumerate(DELAY)
        if month + pd.DateOffset(months=lag) <= MONTHS[-1]
    ]
    return pd.DataFrame(rows, columns=["service", "payee_kind", "known", "service_month", "posted_month", "amount"])


def cost() -> pd.DataFrame:
    return pd.DataFrame({"service": "a", "month": MONTHS, "list_cost_nominal": 1000.0})


def development(rows: pd.DataFrame) -> pd.DataFrame:
    return complete(rows, cost(), services=("a",), months=MONTHS).development


def test_a_steady_payee_brings_what_was_expected() -> None:
    table = development(ledger())
    assert table["month"].tolist() == MONTHS[-12:].tolist()
    assert table["expected"].to_numpy() == pytest.approx(table["actual"].to_numpy())
    assert table["actual"].to_numpy() == pytest.approx(np.full(12, 1000.0))


def test_a_month_without_invoices_stands_out_in_that_month_alone() -> None:
    rows = ledger(noise=0.05)
    gone = rows["posted_month"] == MONTHS[-4]
    table = development(rows[~gone]).set_index("month")
    assert table.loc[MONTHS[-4], "actual"] == 0.0
    assert table.loc[MONTHS[-4], "expected"] == pytest.approx(1000.0, rel=0.05)
    assert table.loc[MONTHS[-4], "z"] < -10
    assert table.loc[: MONTHS[-5], "z"].abs().max() < 4


def test_nothing_posted_later_moves_what_was_expected() -> None:
    rows = ledger(noise=0.1)
    later = rows.assign(amount=rows["amount"].where(rows["posted_month"] < MONTHS[-6], 7.0 * rows["amount"]))
    before, after = (development(frame).set_index("month") for frame in (rows, later))
    names = ["expected", "standard_error"]
    pd.testing.assert_frame_equal(before.loc[: MONTHS[-6], names], after.loc[: MONTHS[-6], names])
    assert after.loc[MONTHS[-5], "expected"] != pytest.approx(before.loc[MONTHS[-5], "expected"], rel=0.01)


def shown(kinds: dict[str, float]) -> pd.DataFrame:
    rows = [(kind, month, size, size, 1.0, 0.0) for kind, size in kinds.items() for month in MONTHS[-2:]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def citizens(counts: dict[str, tuple[int, float]]) -> pd.DataFrame:
    rows = [(kind, month, count, top) for kind, (count, top) in counts.items() for month in MONTHS[-2:]]
    return pd.DataFrame(rows, columns=["payee_kind", "month", "n_citizens", "top_share"])


def masked(kinds: dict[str, float], counts: dict[str, tuple[int, float]]) -> pd.DataFrame:
    return mask_development(shown(kinds), citizens(counts), min_citizens=5, max_top_share=0.5)


def test_a_payee_kind_of_few_citizens_is_hidden_and_the_smallest_other_with_it() -> None:
    found = masked(
        {"private": 90.0, "region": 5.0, "person": 20.0}, {"private": (60, 0.1), "region": (2, 0.4), "person": (9, 0.2)}
    )
    by_kind = found.groupby("payee_kind")["mask"].first().to_dict()
    assert by_kind == {"private": "", "region": "primary", "person": "secondary"}
    hidden = found["mask"] != ""
    assert found.loc[hidden, ["actual", "expected", "standard_error", "z", "n_citizens", "top_share"]].isna().all(axis=None)
    assert found.loc[~hidden, "actual"].tolist() == [90.0, 90.0]


def test_one_citizen_who_carries_most_hides_too_and_unknown_citizens_are_not_judged() -> None:
    dominated = masked({"private": 90.0, "region": 5.0}, {"private": (60, 0.1), "region": (30, 0.7)})
    assert set(dominated["mask"]) == {"primary", "secondary"}
    unknown = masked({"private": 90.0, "region": 5.0}, {"private": (60, 0.1)})
    assert set(unknown["mask"]) == {""}
    assert unknown.loc[unknown["payee_kind"] == "region", "n_citizens"].isna().all()


@pytest.mark.parametrize("shift", [1, -1])
def test_the_amount_of_a_hidden_payee_kind_is_not_told_in_words_either(shift: int) -> None:
    change = SpeedChange(40, shift, True, 9.0, 0.8, 0.1)
    said = [speed_notice(kind, change, 12.3e6 * shift, MONTHS) for kind in (3, 4)]
    notices = pd.DataFrame(said, columns=["notice_id", "member", "text_da", "text_en"])
    hidden = masked({"private": 90.0, "person": 50.0, "region": 5.0},
                    {"private": (60, 0.1), "person": (50, 0.1), "region": (2, 0.4)})  # fmt: skip
    told = mask_speed_notices(notices, hidden).set_index("member")
    assert "12,3" in told.loc["private", "text_da"]
    assert "12.3" in told.loc["private", "text_en"]
    assert "12" not in told.loc["region", "text_da"]
    assert "12.3" not in told.loc["region", "text_en"]
    assert told.loc["region", "text_da"].endswith("siden 2025-05. Beløbet hviler på få borgere og vises ikke.")


def test_the_masked_table_meets_its_contract() -> None:
    frame = published_frame("completion_development", masked({"private": 90.0}, {"private": (60, 0.1)}))
    assert tuple(frame.columns) == PUBLISHED["completion_development"].names


REPORTED = {0: 0.8, 1: 0.15, 2: 0.05}


def reports(service: str = "a", citizens: float = 100.0) -> pd.DataFrame:
    rows = [
        (service, month, lag, citizens * share)
        for month in MONTHS
        for lag, share in REPORTED.items()
        if month + pd.DateOffset(months=lag) <= MONTHS[-1]
    ]
    return pd.DataFrame(rows, columns=["service", "month", "lag", "volume"])


def volume(counted: pd.DataFrame) -> pd.DataFrame:
    sums = counted.groupby(["service", "month"], as_index=False)["volume"].sum()
    return sums.assign(age=40, units=sums["volume"] * 30, list_cost_nominal=sums["volume"] * 3000.0)


def test_case_counts_are_completed_for_cases_not_recorded_yet() -> None:
    counted = reports()
    done = complete_volume(volume(counted), counted, services=("a",), months=MONTHS)
    for column, whole in (("volume", 100.0), ("units", 3000.0), ("list_cost_nominal", 300_000.0)):
        assert done.volume[column].to_numpy() == pytest.approx(np.full(len(MONTHS), whole))
    assert volume(counted)["volume"].iloc[-1] == pytest.approx(80.0)
    assert done.notices == ()
    assert done.by_service["completed"].to_numpy() == pytest.approx(np.full(len(MONTHS), 100.0))


def test_a_thin_service_borrows_the_pattern_and_another_service_moves_no_own_pattern() -> None:
    thin, other = reports("b", citizens=4.0), reports("c", citizens=50.0)
    other.loc[other["lag"] == 0, "volume"] *= 0.5
    both = pd.concat([reports(), thin])
    every = pd.concat([both, other])
    few = complete_volume(volume(both), both, services=("a", "b"), months=MONTHS).volume
    many = complete_volume(volume(every), every, services=("a", "b", "c"), months=MONTHS).volume
    assert few.loc[few["service"] == "b", "volume"].to_numpy() == pytest.approx(np.full(len(MONTHS), 4.0))
    own = [frame.loc[frame["service"] == "a", "volume"].to_numpy() for frame in (few, many)]
    assert own[0].tolist() == own[1].tolist()


def test_cases_without_a_recording_date_are_taken_as_they_are_and_it_is_said() -> None:
    counted = reports()
    undated = counted.assign(lag=-1)
    done = complete_volume(volume(counted), undated, services=("a",), months=MONTHS)
    pd.testing.assert_frame_equal(done.volume, volume(counted))
    assert [notice[:2] for notice in done.notices] == [("case_counts_as_recorded", "run")]
    mixed = pd.concat([undated, reports("b")])
    done = complete_volume(volume(mixed), mixed, services=("a", "b"), months=MONTHS)
    assert [notice[:2] for notice in done.notices] == [("case_counts_as_recorded", "a")]
    assert done.volume.loc[done.volume["service"] == "a", "volume"].iloc[-1] == pytest.approx(80.0)


def test_an_own_count_error_is_none_where_all_is_known() -> None:
    counted = reports()
    errors = complete_volume(volume(counted), counted, services=("a",), months=MONTHS).by_service["standard_error"].to_numpy()
    assert (errors[:-3] == 0).all()
