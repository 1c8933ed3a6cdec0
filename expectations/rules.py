"""The one registry of rules: id, severity, owner, what it says, why it matters and what to do (``rules.toml``).

The rules are checked elsewhere: reading and staging find what can't be stored, ``suites`` holds the row rules for Great
Expectations, ``sql/`` the rules that look across rows and tables. This module holds no data and no SQL.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from data.digest import rules_digest
from data.schema import INPUTS
from expectations.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Severity(StrEnum):
    """What a failure does: stop the run, set the row aside, or warn."""

    BLOCKING = "blocking"
    SET_ASIDE = "set_aside"
    WARNING = "warning"


class FoundBy(StrEnum):
    """Who finds a failure."""

    READING = "reading"
    SUITE = "suite"
    SQL = "sql"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        rule_id: Fixed id, e.g. ``C-04``.
        severity: What a failure does. Of a blocking rule some findings may be warnings only (see its text).
        found_by: Who finds a failure; what reading finds, the suite asserts again where it can.
        tables: Input tables it is checked on.
        text_da: What is wrong, Danish.
        text_en: What is wrong, English.
        why_da: Why it matters, Danish.
        why_en: Why it matters, English.
        remedy_da: What to do, Danish.
        remedy_en: What to do, English.
        owner: Who mends it (role, Danish); empty: the owner of the table.
    """

    rule_id: str
    severity: Severity
    found_by: FoundBy
    tables: tuple[str, ...]
    text_da: str
    text_en: str
    why_da: str
    why_en: str
    remedy_da: str
    remedy_en: str
    owner: str = ""

    def owner_of(self, table: str) -> str:
        """Who mends a failure in ``table``.

        Example:
            >>> RULES["C-06"].owner_of("postings"), RULES["C-12"].owner_of("population")
            ('økonomi', 'Danmarks Statistik')
        """
        return self.owner or INPUTS[table].owner

    @property
    def sentence_da(self) -> str:
        """What, why and what to do in Danish."""
        return f"{self.text_da}. {self.why_da}. {self.remedy_da}."

    @property
    def sentence_en(self) -> str:
        """What, why and what to do in English."""
        return f"{self.text_en}. {self.why_en}. {self.remedy_en}."


_TEXTS = ("text_da", "text_en", "why_da", "why_en", "remedy_da", "remedy_en")
_TABLES = {
    "all": tuple(INPUTS),
    "with_service": tuple(name for name, table in INPUTS.items() if "service" in table.names and name != "service_list"),
}


def _read_rules() -> dict[str, Rule]:
    text = files("expectations").joinpath("rules.toml").read_text(encoding="utf-8")
    rules = (_rule(entry) for entry in tomllib.loads(text)["rule"])
    return {rule.rule_id: rule for rule in sorted(rules, key=lambda rule: rule.rule_id)}


def _rule(entry: dict[str, Any]) -> Rule:
    tables = entry["tables"]
    said = {name: _with_limits(entry[name], danish=name.endswith("_da")) for name in _TEXTS}
    return Rule(
        **said,
        rule_id=entry["rule_id"],
        severity=Severity(entry["severity"]),
        found_by=FoundBy(entry["found_by"]),
        tables=_TABLES[tables] if isinstance(tables, str) else tuple(tables),
        owner=entry.get("owner", ""),
    )


def _with_limits(text: str, *, danish: bool) -> str:
    """Put the limits' values into a text, with the language's mark between thousands."""
    shown = {name: f"{value:,}" if isinstance(value, int) else f"{value:g}" for name, value in asdict(THRESHOLDS).items()}
    return text.format(**{name: value.replace(",", ".") if danish else value for name, value in shown.items()})


RULES: dict[str, Rule] = _read_rules()


def rules_version() -> str:
    """What a run's pages and files name the rules by: 64 hexadecimal digits; another text or limit gives another."""
    return rules_digest((rule.rule_id, table, rule.sentence_en) for rule, table in checks())


def checks() -> Iterator[tuple[Rule, str]]:
    """Every rule with every table it is checked on, in the order of the published table."""
    for rule in RULES.values():
        for table in rule.tables:
            yield rule, table
