"""The page ``docs/rules.md``, generated from the registry; a test holds that it matches.

Write it anew with ``python -m expectations.rule_docs docs/rules.md``.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from data.schema import INPUTS
from expectations.rules import RULES, Rule, rules_version
from expectations.thresholds import THRESHOLDS, Thresholds

_HEAD = """# Rules

Written by `python -m expectations.rule_docs docs/rules.md` from `expectations/rules.toml`; do not edit by hand.

- **set_aside**: the row takes no part in the run; it is listed with rule id, file and row number.
- **warning**: the row takes part; the finding is listed.
- **blocking**: nothing is published; the last published run stands. A blocking rule's lesser findings are warnings.

`opdrift check` names the first places of every rule; `--json` has `places` (file and row number) and `findings` (the function
or service and month of a sum), at most 20 each; `--rows FILE.csv` writes every row's rule, severity, file and row number.
Nothing of the row itself is told.
Rows of budgets, postings and commitments are valued in kroner. Cases are told in rows: prices per hour, day and month make no
sum, and a wrong price would value itself. Where a rule counts a case's price over months, its text says so.
A row with several faults is set aside once and valued once in the balance; every rule lists its own rows and amounts.
Duplicates (C-02) and overlaps (C-04) are looked for among rows that no other rule has set aside.
A value that could not be read is not listed again as missing. Rules with nothing to check have passed with 0 rows checked.
"""


def rules_markdown() -> str:
    """The whole page.

    Example:
        >>> rules_markdown().splitlines()[0]
        '# Rules'
    """
    version = f"Checksum of these rules, which every page and file of a run made by them names:\n`{rules_version()}`.\n"
    return "\n".join([_HEAD, version, *(_section(rule) for rule in RULES.values()), _limits()])


def _section(rule: Rule) -> str:
    tables = "every table" if len(rule.tables) == len(INPUTS) else ", ".join(f"`{table}`" for table in rule.tables)
    owners = rule.owner or ", ".join(sorted({INPUTS[table].owner for table in rule.tables}))
    return (
        f"## {rule.rule_id} · {rule.severity.value}\n\n"
        f"{rule.sentence_da}\n\n*{rule.sentence_en}*\n\n"
        f"Tables: {tables}. Owner: {owners}. Found by: {rule.found_by.value}.\n"
    )


def _limits() -> str:
    meanings = _meanings()
    lines = [f"| `{item.name}` | {getattr(THRESHOLDS, item.name):,} | {meanings[item.name]} |" for item in fields(Thresholds)]
    return "\n".join(
        [
            "## Limits",
            "",
            "`jump_pct` (C-09) is a setting; the others stand in `expectations/thresholds.py`.",
            "",
            "| limit | value | meaning |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def _meanings() -> dict[str, str]:
    """Each limit's sentence out of the docstring of ``Thresholds``."""
    text = (Thresholds.__doc__ or "").split("Attributes:")[1]
    pairs = (line.strip().split(": ", 1) for line in text.splitlines() if ": " in line)
    return dict(pairs)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rules_markdown(), encoding="utf-8")
