"""The year after refunds: the result less what is published of them, and nothing where a mask hides it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from models.outturn import NET_LINES, net_results


def tables(**of_refund: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = {"level": "frame", "member": "F", "year": 2026}
    told = {"basis": "accounting_year", "mask": "", "half_mask": "", "central_refund_mean": 6.0, "half_refund_mean": 2.0}
    return pd.DataFrame([{**keys, "mean": 100.0}]), pd.DataFrame([{**keys, **told, **of_refund}])


def figures(**of_refund: object) -> list[float]:
    (found,) = net_results(*tables(**of_refund), 2026).values()
    return [getattr(found, name) for name in NET_LINES]


def test_net_is_the_result_less_the_refunds() -> None:
    assert figures() == [6.0, 94.0, 2.0, 92.0]


def test_what_is_masked_gives_no_net_and_says_which_lines_are_hidden() -> None:
    (half,) = net_results(*tables(half_mask="secondary", half_refund_mean=np.nan), 2026).values()
    assert (half.net_of_central, half.hidden) == (94.0, {"half_refund", "net"})
    assert math.isnan(half.net)
    (whole,) = net_results(*tables(mask="primary", central_refund_mean=np.nan, half_refund_mean=np.nan), 2026).values()
    assert whole.hidden == set(NET_LINES)
    assert all(math.isnan(value) for value in figures(mask="primary", central_refund_mean=np.nan, half_refund_mean=np.nan))


def test_only_accounting_years_of_members_that_have_a_result_are_joined() -> None:
    assert net_results(*tables(basis="service_year"), 2026) == {}
    assert net_results(*tables(), 2027) == {}
    assert net_results(*tables(member="G"), 2026) == {}


def test_whether_the_thresholds_were_seen_goes_with_the_refund() -> None:
    told = [net_results(*tables(thresholds_verified=seen), 2026)["frame", "F"].thresholds_verified for seen in (True, False)]
    assert told == [True, False]
    assert net_results(*tables(), 2026)["frame", "F"].thresholds_verified is None
