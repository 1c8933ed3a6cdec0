"""Ids made of what they name: the same content has the same id everywhere, and none has the shape of a CPR number.

One hash in a thousand holds ten digits in a row that read as one: the log and every scan would refuse such an id.
"""

from __future__ import annotations

from hashlib import sha256

from data.cpr import holds_cpr

_DIGITS = 16


def content_id(letter: str, text: str) -> str:
    """``letter``, a hyphen and the first 16 hex digits in a row of the text's SHA-256 without the shape of a CPR number.

    Example:
        >>> content_id("s", "a"), content_id("s", "opdrift 482")
        ('s-ca978112ca1bbdca', 's-001019814c2f15aa')
    """
    digits = sha256(text.encode()).hexdigest()
    starts = range(len(digits) - _DIGITS + 1)
    whole = f"{letter}-{digits[:_DIGITS]}"
    return next((found for at in starts if not holds_cpr(found := f"{letter}-{digits[at : at + _DIGITS]}")), whole)
