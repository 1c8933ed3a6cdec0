"""Columns that the contracts of a published run share."""

from __future__ import annotations

from data.schema.column import Column, Kind, Sensitivity

_A = Sensitivity.AGGREGATE


def code(name: str, *, key: bool = False, allowed: tuple[str, ...] = (), required: bool = True, meaning: str = "") -> Column:
    """A code or a text."""
    return Column(name=name, kind=Kind.TEXT, key=key, allowed=allowed, required=required, meaning=meaning)


def month(name: str = "month") -> Column:
    """A month, part of the key."""
    return Column(name=name, kind=Kind.MONTH, key=True, unit="month (first day)")


def figure(name: str, unit: str) -> Column:
    """A figure that rests on citizens."""
    return Column(name=name, kind=Kind.NUMBER, unit=unit, required=False, sensitivity=_A)


def dkk(name: str, unit: str = "currency of the run, nominal") -> Column:
    """An amount that rests on citizens."""
    return Column(name=name, kind=Kind.MONEY, unit=unit, required=False, sensitivity=_A)


def whole(name: str, unit: str = "", *, key: bool = False) -> Column:
    """A count or a year."""
    return Column(name=name, kind=Kind.WHOLE, unit=unit, key=key)


def few(name: str, what: str) -> Column:
    """Whether something rests on so few citizens that its amount may not be told; the number itself is nowhere."""
    return Column(name=name, kind=Kind.FLAG, required=False, meaning=f"Whether {what} rests on too few citizens to be told")


MASK = (
    Column(name="n_citizens", kind=Kind.WHOLE, unit="persons", required=False, sensitivity=_A),
    Column(name="top_share", kind=Kind.NUMBER, unit="share of cost of the largest citizen", required=False, sensitivity=_A),
    Column(
        name="mask",
        kind=Kind.TEXT,
        allowed=("", "primary", "secondary"),
        meaning="Empty: shown. primary: small or dominated. secondary: would give a primary one away",
    ),
)
INTERVAL = ("mean", "q10", "q50", "q90")
LEVELS = ("service", "frame", "committee", "total")
