"""The service catalogue: keys, labels, paragraphs, dated accounts, groups and age bands."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Frozen):
    """Where a service is booked in the authorised chart of accounts, and from when to when.

    Attributes:
        function: Five digits, e.g. ``52820``.
        grouping: Three digits; empty means every grouping that no other service claims.
        valid_from: First day it holds; open when missing.
        valid_to: Last day it holds; open when missing.
        verified: A source was seen (SOURCES.md).
    """

    function: str
    grouping: str = ""
    valid_from: date = date(1900, 1, 1)
    valid_to: date = date(2100, 12, 31)
    verified: bool


class ServiceGroup(_Frozen):
    """Services that share a slider and lend one another strength."""

    key: str
    label_da: str
    label_en: str


class Service(_Frozen):
    """One service, whatever law, account or system its data come from."""

    key: str
    label_da: str
    label_en: str
    group: str
    ages: tuple[int, int]
    price_unit: str
    statutory: bool
    paragraphs: tuple[str, ...]
    accounts: tuple[Account, ...]
    default_frame: str
    statbank_code: str = ""


class DefaultFrame(_Frozen):
    """Frame used only where a run has no ``frames`` input."""

    key: str
    label_da: str
    committee: str


class Catalogue(_Frozen):
    """The whole catalogue, validated on load."""

    authority_expense_types: tuple[str, ...]
    provider_expense_types: tuple[str, ...]
    age_bands: dict[str, tuple[int, int]]
    group: tuple[ServiceGroup, ...]
    service: tuple[Service, ...]
    default_frame: tuple[DefaultFrame, ...]

    def by_key(self, key: str) -> Service:
        """The service called ``key``.

        Raises:
            KeyError: The catalogue has no such service.

        Example:
            >>> load_catalogue().by_key("bpa").paragraphs
            ('SEL-96',)
        """
        for service in self.service:
            if service.key == key:
                return service
        message = f"The service catalogue has no '{key}'"
        raise KeyError(message)

    @property
    def words(self) -> dict[str, str]:
        """Every key, paragraph and StatBank code with the service key it stands for.

        Example:
            >>> words = load_catalogue().words
            >>> words["SEL-96"], words["31132"], words.get("x")
            ('bpa', 'bpa', None)
        """
        found: dict[str, str] = {}
        for service in self.service:
            for word in (service.key, *service.paragraphs, service.statbank_code):
                if word:
                    found.setdefault(word, service.key)
        return found


@cache
def load_catalogue() -> Catalogue:
    """Read and validate ``services.toml``.

    Returns:
        The shipped catalogue; the same object on every call.

    Example:
        >>> len(load_catalogue().service) >= 20
        True
    """
    text = files("data.reference").joinpath("services.toml").read_text(encoding="utf-8")
    return Catalogue.model_validate(tomllib.loads(text))
