"""16-digit account strings of the authorised chart of accounts, by the service catalogue and the accounting year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from data.reference.catalogue import Account, load_catalogue
from data.synthetic.institutions import OVERHEAD_PLAN, REFUND_PLAN
from data.synthetic.plan import PLANS

if TYPE_CHECKING:
    import pandas as pd

REFUND_FUNCTION = "52207"
OTHER_FUNCTION = "64551"
_USER_GROUPING = "092"


def accounts_of(service: str, year: int) -> tuple[Account, ...]:
    """Accounts on which a service is booked in an accounting year.

    Example:
        >>> accounts_of("bpa", 2018)[0].function, accounts_of("bpa", 2019)[0].function
        ('53838', '53839')
    """
    day = date(year, 1, 1)
    return tuple(
        account for account in load_catalogue().by_key(service).accounts if account.valid_from <= day <= account.valid_to
    )


def functions_and_groupings(postings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Function and grouping of every posting.

    Args:
        postings: With ``plan, year, case, art``.

    Returns:
        Two (n,) arrays of strings, five and three digits.
    """
    function, grouping = np.empty(len(postings), dtype=object), np.empty(len(postings), dtype=object)
    choice = np.maximum(postings["case"].to_numpy(), 0)
    for (plan, year), rows in postings.groupby(["plan", "year"]).indices.items():
        if plan == OVERHEAD_PLAN:
            function[rows], grouping[rows] = OTHER_FUNCTION, "001"
        elif plan <= REFUND_PLAN:
            function[rows], grouping[rows] = REFUND_FUNCTION, "001" if plan == REFUND_PLAN else "002"
        else:
            found = accounts_of(PLANS[plan].key, int(year))
            pick = choice[rows] % len(found)
            function[rows] = np.array([account.function for account in found])[pick]
            grouping[rows] = np.array([account.grouping or "001" for account in found])[pick]
    user = (postings["art"] == "71").to_numpy()
    grouping[user] = _USER_GROUPING
    return function, grouping


def account_strings(postings: pd.DataFrame, function: np.ndarray, grouping: np.ndarray) -> list[str]:
    """Put the 16 digits together: function (5), dranst, ejerforhold, omkostningssted (4), gruppering (3), art (2).

    Args:
        postings: With ``account_class, owner, place, art``.
        function: (n,) five digits.
        grouping: (n,) three digits.

    Returns:
        One string of 16 digits per posting.
    """
    parts = zip(
        function,
        postings["account_class"].tolist(),
        postings["owner"].tolist(),
        postings["place"].tolist(),
        grouping,
        postings["art"].tolist(),
        strict=True,
    )
    return [f"{f}{c}{o}{p:04d}{g}{a}" for f, c, o, p, g, a in parts]


def cost_objects(postings: pd.DataFrame, function: np.ndarray) -> list[str]:
    """PSP element of each posting, e.g. ``XG-53850-1000``."""
    return [f"XG-{f}-{p:04d}" for f, p in zip(function, postings["place"].tolist(), strict=True)]
