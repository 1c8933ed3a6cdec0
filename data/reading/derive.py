"""Derivations that a mapping names (``derive``): what no cut or list can say. Text in, text out.

Each takes the texts of its headers in the order the mapping gives them, and is worked out once per distinct combination.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data.reading.cells import Cells
from data.reference.catalogue import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_BETWEEN = "\x1f"
_ACCOUNT = re.compile(r"(\d{5})\d(\d{3})")
_CPR = re.compile(r"(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])(0[1-9]|1[0-2])(\d{2})(\d)\d{3}")


def derived(name: str, texts: Sequence[pa.Array], services: Mapping[str, str]) -> Cells:
    """Run the derivation called ``name``.

    Args:
        name: As in a mapping's ``derive``.
        texts: Text of its headers.
        services: Words that stand for a service, in lower case, with its key.

    Returns:
        What it found; unreadable where the first header had a value and nothing came of it.
    """
    function = DERIVATIONS[name]
    joined = pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in texts), pa.scalar(_BETWEEN))
    encoded = pc.dictionary_encode(joined)
    found = [function(parts.split(_BETWEEN), services) for parts in encoded.dictionary.to_pylist()]
    text = pc.take(pa.array(found, pa.string()), encoded.indices)
    return Cells(text, pc.and_(pc.is_null(text), pc.is_valid(texts[0])))


def birth_month(parts: Sequence[str], services: Mapping[str, str]) -> str | None:  # noqa: ARG001
    """Month of birth out of a CPR number; the seventh digit tells the century.

    Example:
        >>> birth_month(["0107614000"], {}), birth_month(["010736-4000"], {}), birth_month(["x"], {})
        ('1961-07-01', '2036-07-01', None)
    """
    digits = re.sub(r"[\s\-]", "", parts[0])
    match = _CPR.fullmatch(digits.zfill(10) if digits.isdigit() else digits)
    if match is None:
        return None
    month, year, seventh = match[1], int(match[2]), int(match[3])
    if seventh <= 3:
        century = 1900
    elif seventh in {4, 9}:
        century = 2000 if year <= 36 else 1900
    else:
        century = 2000 if year <= 57 else 1800
    return f"{century + year}-{month}-01"


def sex(parts: Sequence[str], services: Mapping[str, str]) -> str | None:
    """Sex out of a CPR number: an odd last digit is a man's.

    Example:
        >>> sex(["010761-4001"], {}), sex(["010761-4000"], {})
        ('M', 'K')
    """
    if birth_month(parts, services) is None:
        return None
    return "M" if int(parts[0].strip()[-1]) % 2 else "K"


def service_of_account(parts: Sequence[str], services: Mapping[str, str]) -> str | None:
    """Service of a payment: paragraph, account string (function, class, grouping ...), date.

    An account whose grouping the catalogue names tells more than the paragraph (§ 52.3.7 is any placement), and is what the
    ledger has; then the paragraph; then the account's function alone. The word itself where none is known (rule C-01).

    Example:
        >>> service_of_account(["SEL-52-3.7", "528201003-15031", "2024-05-01"], {})
        'opholdssted'
    """
    word, account, day = (*parts, "", "")[:3]
    match = _ACCOUNT.match(account)
    year = int(day[:4]) if day[:4].isdigit() else 0
    exact, function = _services_of(match[1], match[2], year) if match else (None, None)
    return exact or services.get(word.lower()) or function or word or account or None


def _services_of(function: str, grouping: str, year: int) -> tuple[str | None, str | None]:
    """Service by function and grouping, and by the function's catch-all, on 1 January of the year."""
    exact = catch_all = None
    for service in load_catalogue().service:
        for account in service.accounts:
            if account.function != function or (year and not account.valid_from.year <= year <= account.valid_to.year):
                continue
            if account.grouping == grouping:
                exact = exact or service.key
            elif not account.grouping:
                catch_all = catch_all or service.key
    return exact, catch_all


def period_price(parts: Sequence[str], services: Mapping[str, str]) -> str | None:  # noqa: ARG001
    """Price per day, week or month of a payment plan: amount of the plan, price per unit, units, frequency, amount paid.

    A plan per two weeks is halved, since the unit is the week.

    Example:
        >>> period_price(["", "250.00", "4", "BIWEEKLY", "1000.00"], {}), period_price(["900.00", "", "", "MONTHLY", ""], {})
        ('500.00', '900.00')
    """
    planned, per_unit, units, frequency, paid = (*parts, *[""] * 5)[:5]
    try:
        if planned:
            price = Decimal(planned)
        elif per_unit:
            price = Decimal(per_unit) * Decimal(units or "1")
        else:
            price = Decimal(paid)
    except InvalidOperation:
        return None
    return f"{price / 2 if frequency == 'BIWEEKLY' else price:.2f}"


DERIVATIONS: dict[str, Callable[[Sequence[str], Mapping[str, str]], str | None]] = {
    "birth_month": birth_month,
    "sex": sex,
    "service_of_account": service_of_account,
    "period_price": period_price,
}
