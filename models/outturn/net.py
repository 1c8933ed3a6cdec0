"""The year's result after the state's refunds: what is published of both, side by side, with the masks of both.

The result is gross of refund, as the ledger's functions and the frames are (decision 0015). It holds more than what the refund
is worked out of: own institutions, income, accounts without a service, decided changes and staff's adjustments. Of these no
refund is counted, so the result's net is the result less the same refund.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

NET_LINES = ("central_refund", "net_of_central", "half_refund", "net")
_CENTRAL, _HALF = frozenset(NET_LINES[:2]), frozenset(NET_LINES[2:])


@dataclass(frozen=True)
class NetResult:
    """One member's year after refunds, nominal; NaN where it is hidden or not known.

    Attributes:
        central_refund: Mean of the central refund.
        net_of_central: Expected result less that.
        half_refund: Mean of the state's part of shelters and refuges (§§ 109-110).
        net: Less that too.
        refund_mask: Not empty: all four are hidden.
        half_mask: Not empty: the last two are.
        thresholds_verified: A source of the thresholds behind the central refund was seen; None: no refund is known.
    """

    central_refund: float = np.nan
    net_of_central: float = np.nan
    half_refund: float = np.nan
    net: float = np.nan
    refund_mask: str = ""
    half_mask: str = ""
    thresholds_verified: bool | None = None

    @property
    def hidden(self) -> frozenset[str]:
        """Lines that are known and not shown."""
        return (_CENTRAL | _HALF) if self.refund_mask else (_HALF if self.half_mask else frozenset())


def net_results(result: pd.DataFrame, ahead: pd.DataFrame, year: int) -> dict[tuple[str, str], NetResult]:
    """Every member's net of one accounting year.

    Args:
        result: level, member, year and mean of YEAR_RESULT, as published.
        ahead: REFUND_AHEAD, as published; empty where citizens are not rolled forward.
        year: Accounting year.

    Returns:
        (level, member) -> its net; members of which no refund of accounting years is published are not there.

    Example:
        >>> import pandas as pd
        >>> result = pd.DataFrame({"level": ["frame"], "member": ["F"], "year": [2026], "mean": [100.0]})
        >>> keys = {"level": "frame", "member": "F", "year": 2026, "basis": "accounting_year", "mask": "", "half_mask": ""}
        >>> told = {"central_refund_mean": 6.0, "half_refund_mean": 2.0, "thresholds_verified": False}
        >>> found = net_results(result, pd.DataFrame([{**keys, **told}]), 2026)["frame", "F"]
        >>> found.net, found.thresholds_verified
        (92.0, False)
    """
    booked = ahead[(ahead["basis"] == "accounting_year") & (ahead["year"] == year)]
    own = result[result["year"] == year]
    means = dict(zip(zip(own["level"].astype(str), own["member"].astype(str), strict=True), own["mean"], strict=True))
    found = {}
    for row in booked.to_dict("records"):
        key = (str(row["level"]), str(row["member"]))
        if key in means:
            central, half = float(row["central_refund_mean"]), float(row["half_refund_mean"])
            net = float(means[key]) - central
            masks, seen = (str(row["mask"]), str(row["half_mask"])), row.get("thresholds_verified")
            found[key] = NetResult(central, net, half, net - half, *masks, None if seen is None else bool(seen))
    return found
