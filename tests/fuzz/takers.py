"""What takes bytes from outside, each as one function: it takes them, or refuses them with an error of ours that names the place.

Anything else that comes out is a fault. ``guided.py`` searches for such bytes; ``test_kept.py`` holds what was found.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from data.adjustment_store import read_adjustments
from data.decision_store import read_decisions
from data.errors import OpdriftError
from data.input_state import read_state
from data.intake import prepare
from data.mapping import find_rule, read_mapping, shipped_mappings
from data.reading import read_file
from data.reference.catalogue import load_catalogue
from data.schema import INPUTS
from data.schema.column import Kind
from data.series_file import open_series
from data.settings import Paths, read_settings
from flows.journal import read_attempts
from models.forecast.choice_json import from_json, to_json
from models.forecast.choices import CHOICE_VERSION, Choices
from models.forecast.pools import Pools
from models.investment.case import example_case
from models.investment.reading import read_case
from models.priority.reading import read_portfolio
from models.scenario.board import Board, read_board
from models.scenario.reading import read_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from data.mapping import FileRule, Mapping

ROOT = Path(__file__).parents[2]
OURS, KEY, PLACE = "151", bytes(32), re.compile(r"Where: \S")
SHM = Path("/dev/shm")
EXAMPLES = {Kind.WHOLE: "5", Kind.MONEY: "100,00", Kind.NUMBER: "1,5", Kind.DATE: "2025-01-01"}
OWN_NAMES = ("postings_2025.csv", "case_months.csv", "population.csv", "service_list.csv", "adjustments.csv",
             "staff_estimates.csv", "pbs_monthly_scripts_cost.csv", "dk_population_kommune_age_sex_2020.csv")  # fmt: skip


@dataclass(frozen=True)
class Taker:
    """One place that takes bytes.

    Attributes:
        name: Its name; of a file from the inbox the file's own.
        take: Takes them or raises.
        good: Bytes that it takes.
    """

    name: str
    take: Callable[[bytes], object]
    good: tuple[bytes, ...]


class NotTheSame(Exception):
    """What was read, written and read again is something else."""


class NoPlace(Exception):
    """A refusal that does not say of which file."""


def names_place(refused: OpdriftError, name: str) -> None:
    if name not in str(refused) or PLACE.search(str(refused)) is None:
        raise NoPlace(str(refused))


@contextmanager
def lying(content: bytes, name: str = "given") -> Iterator[Path]:
    """A file with that content, in memory where the machine has such a place."""
    with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None, prefix="opdrift-fuzz-") as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        yield file


@cache
def mappings() -> tuple[Mapping, ...]:
    """The shipped ones and those of the examples."""
    return (*shipped_mappings(), *(read_mapping(file) for file in sorted((ROOT / "docs" / "examples").glob("*.toml"))))


def read_as(content: bytes, file_name: str, mapping: Mapping, rule: FileRule) -> None:
    """Read and key a file as a night does, before what no library said is turned into a refusal."""
    with lying(content) as file:
        tables = read_file(
            file, mapping, rule, municipality=OURS, catalogue_words=load_catalogue().words, file_name=file_name
        )  # fmt: skip
        for table in tables:
            prepare(table, KEY, municipality=OURS)


def of_inbox(file_name: str, good: bytes) -> Taker:
    """A file by the mapping that its name finds."""
    mapping, rule = find_rule(mappings(), file_name)

    def take(content: bytes) -> None:
        try:
            read_as(content, file_name, mapping, rule)
        except OpdriftError as refused:
            names_place(refused, file_name)

    return Taker(file_name, take, (good,))


def example_file(rule: FileRule) -> bytes:
    """A header and two rows that the rule reads."""
    named = {source: column for table in rule.table for column, told in table.columns.items() for source in told.source}
    contract = {column.name: column for table in rule.table for column in INPUTS[table.name].columns}
    heads = rule.header or tuple(dict.fromkeys([*(named or ()), *(contract if any(t.same_names for t in rule.table) else ())]))
    lines = [rule.delimiter.join(heads)]
    for row in range(2):
        cells = []
        for head in heads:
            column = contract.get(named.get(head, head))
            value = "a" if column is None else column.allowed[0] if column.allowed else EXAMPLES.get(column.kind, f"X{row}")
            if column is not None and column.kind is Kind.DATE:
                value = date(2025, 1 + row, 1).strftime(rule.dates[0])
            cells.append(value.replace(",", rule.decimal))
        lines.append(rule.delimiter.join(cells))
    return ("\n".join(["x"] * (rule.header_row - 1) + lines) + "\n").encode(
        "utf-16" if rule.encoding == "utf-16" else rule.encoding
    )


def take_mapping(content: bytes) -> None:
    """A mapping file, and where it holds, a file of each kind it describes."""
    with lying(content, "given.toml") as file:
        try:
            mapping = read_mapping(file)
        except OpdriftError as refused:
            names_place(refused, "given.toml")
            return
    for rule in [rule for rule in mapping.files if "(?P<" not in rule.pattern][:4]:  # else a name must be found that matches
        try:
            read_as(example_file(rule), "example.csv", mapping, rule)
        except OpdriftError:
            continue


def take_settings(content: bytes) -> None:
    with lying(content, "settings.toml") as file:
        try:
            read_settings(Paths(home=file.parent, secrets=file.parent / "keys"))
        except OpdriftError as refused:
            names_place(refused, "settings.toml")


def take_series(content: bytes) -> None:
    with lying(content, "series.csv") as file:
        try:
            with open_series(file, this_month="2026-11") as series:
                for part in series.chunks():
                    list(part)
        except OpdriftError as refused:
            names_place(refused, "series.csv")


def written(read: Callable[[str], object]) -> Callable[[bytes], None]:
    """A file that a person writes and ``read`` reads; read, written and read again it is the same."""

    def take(content: bytes) -> None:
        try:
            found = read(content.decode("utf-8", errors="surrogateescape"))
        except OpdriftError:
            return
        if read(found.to_json()) != found:  # type: ignore[attr-defined]
            raise NotTheSame

    return take


def kept_in(name: str, read: Callable[[Paths], object]) -> Callable[[bytes], None]:
    """A file that the home keeps for itself: damaged, it is refused or passed over."""

    def take(content: bytes) -> None:
        with lying(content, name) as file:
            try:
                read(Paths(home=file.parent, secrets=file.parent / "keys"))
            except OpdriftError as refused:
                names_place(refused, name)

    return take


def take_choice(content: bytes) -> None:
    with suppress(OpdriftError):
        from_json(content.decode("utf-8", errors="replace"))


def texts(folder: str) -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file in sorted((ROOT / folder).iterdir()) if file.is_file())


SETTINGS = b"""workers = 1
municipality = "151"
memory_limit = "1GB"
follow_up_months = [3, 9]
[known_citizens]
text = "Kommunens hjemmel for dette, sag 1"
decided = 2026-11-25
signed = "Chefen"
[retention]
inputs_months = 60
[[refund_years]]
year = 2027
above_dkk = [900000.0, 1800000.0]
refund_pct = [25.0, 50.0]
"""
JOURNAL = b"""{"event": "started", "at": "2026-11-01T02:00:00+00:00", "run_id": "run-1", "how": "run", "process": [1, 2.5]}
{"event": "step", "at": "2026-11-01T02:00:01+00:00", "run_id": "run-1", "step": "land"}
{"event": "ended", "at": "2026-11-01T02:00:02+00:00", "run_id": "run-1", "outcome": "failed", "exit_code": 1, \
"message": "m", "blocking": ["B-01"]}
"""
DECISIONS = b"""{"action": "decide", "decision_id": "d1", "name": "x"}
{"action": "start", "decision_id": "d1", "month": "2026-01"}
{"action": "enrol", "decision_id": "d1", "month": "2026-02", "number": 3}
"""
ADJUSTMENTS = b"""{"action": "add", "adjustment_id": "a1", "amount_dkk": 5.0}
{"action": "withdraw", "adjustment_id": "a1", "withdrawn_on": "2026-01-01", "withdrawn_by": "KN"}
"""
CHOICE = to_json(Choices(f"{CHOICE_VERSION} code", "2026-10", 24, {}, Pools({}, {}, {}, {}, {}, {}, {}, {}))).encode()
LANDED = b'{"landed": ["aa"], "refused": {"b": "growing"}, "stays": {"c.csv": [1, 2]}}'


def takers(sample: Path) -> list[Taker]:
    """All of them; the files of a sample are what the inbox's begin from."""
    from bad_inputs import good_parts  # noqa: PLC0415

    own = {name: example_file(find_rule(mappings(), name)[1]) for name in OWN_NAMES}
    return [
        *(of_inbox(name, content) for name, content in sorted((good_parts(sample) | own).items())),
        Taker("mapping", take_mapping, (*texts("data/reference/profiles"), *(f.read_bytes() for f in mapping_examples()))),
        Taker("scenario", written(read_scenario), texts("docs/examples/scenarios")),
        Taker("board", written(read_board), (Board().to_json().encode(),)),
        Taker("portfolio", written(read_portfolio), texts("docs/examples/portfolios")),
        Taker("investment", written(read_case), (*texts("docs/examples/investments"), example_case().to_json().encode())),
        Taker("settings", take_settings, (SETTINGS,)),
        Taker("series", take_series, tuple(_head(text) for text in texts("docs/examples/series"))),
        Taker("attempts", kept_in("attempts.jsonl", read_attempts), (JOURNAL,)),
        Taker("decisions", kept_in("decisions.jsonl", read_decisions), (DECISIONS,)),
        Taker("adjustments", kept_in("adjustments.jsonl", read_adjustments), (ADJUSTMENTS,)),
        Taker("landed", kept_in("landed.json", read_state), (LANDED,)),
        Taker("choice", take_choice, (CHOICE,)),
    ]


def mapping_examples() -> list[Path]:
    return sorted((ROOT / "docs" / "examples").glob("*.toml"))


def _head(text: bytes) -> bytes:
    return b"".join(text.splitlines(keepends=True)[:30])
