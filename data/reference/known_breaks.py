"""Months and dates known beforehand to break the history of services: lockdowns, laws; dated, with source and certainty."""

from __future__ import annotations

import tomllib
from datetime import date  # noqa: TC003  (pydantic reads it)
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class KnownBreak(BaseModel):
    """One known break.

    Attributes:
        key: Its name.
        first: First day; of months to be left out, or of a new level.
        last: Last day of months to be left out; none for a date from which the level may have shifted.
        label_da: What it was, Danish.
        label_en: The same in English.
        groups: Service groups that it may concern; empty: all.
        source: Where it is known from.
        verified: A source was seen (SOURCES.md).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    first: date
    last: date | None = None
    label_da: str
    label_en: str
    groups: tuple[str, ...] = ()
    source: str
    verified: bool


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    known_break: tuple[KnownBreak, ...]


@cache
def load_known_breaks() -> tuple[KnownBreak, ...]:
    """Read the shipped list, in the file's order.

    Example:
        >>> [item.key for item in load_known_breaks() if item.last is None]
        ['barnets_lov']
    """
    text = files("data.reference").joinpath("known_breaks.toml").read_text(encoding="utf-8")
    return _File.model_validate(tomllib.loads(text)).known_break
