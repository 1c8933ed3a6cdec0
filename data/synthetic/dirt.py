"""Known faults planted in rows: each planted row breaks the rule it is listed under, and no clean row is drawn into it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from data.reference.catalogue import load_catalogue
from data.synthetic.identity import draw_cpr

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.synthetic.deliveries import TextFile

FEWEST, MOST = 5, 20
Fields = list[str]


@dataclass(frozen=True)
class PlantedRow:
    """A row with a known fault: the physical line in the file (the header is 1) and the rule it breaks."""

    file: str
    row_number: int
    rule_id: str


@dataclass
class _Sheet:
    """One file's rows as fields, with the rule that each was made to break."""

    name: str
    columns: dict[str, int]
    rows: list[Fields]
    rng: np.random.Generator
    rules: dict[int, str] = field(default_factory=dict)
    added: list[tuple[int, Fields, str]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def value(self, row: int, column: str) -> str:
        return self.rows[row][self.columns[column]]

    def choose(self, candidates: list[int] | None = None) -> list[int]:
        """Draw rows that no other fault has touched."""
        free = [row for row in (range(len(self.rows)) if candidates is None else candidates) if row not in self.touched]
        count = min(int(self.rng.integers(FEWEST, MOST + 1)), len(free))
        chosen = sorted(int(free[place]) for place in self.rng.choice(len(free), count, replace=False))
        self.touched.update(chosen)
        return chosen

    def change(self, rule: str, options: list[tuple[str, str]], candidates: list[int] | None = None) -> None:
        """Write a bad value into drawn rows, the options in turn."""
        for turn, row in enumerate(self.choose(candidates)):
            column, value = options[turn % len(options)]
            self.rows[row][self.columns[column]] = value
            self.rules[row] = rule

    def edit(self, rule: str, change: Callable[[int], tuple[str, str]], candidates: list[int] | None = None) -> None:
        """Write a value that depends on the row into drawn rows."""
        for row in self.choose(candidates):
            column, value = change(row)
            self.rows[row][self.columns[column]] = value
            self.rules[row] = rule

    def add(self, rule: str, make: Callable[[int, int], Fields], candidates: list[int] | None = None) -> None:
        """Add rows somewhere after the rows they are made from."""
        for turn, row in enumerate(self.choose(candidates)):
            after = int(self.rng.integers(row, len(self.rows)))
            self.added.append((after, make(row, turn), rule))

    def finished(self) -> tuple[list[str], list[PlantedRow]]:
        """Lines in file order, and where the planted ones stand."""
        after: dict[int, list[tuple[Fields, str]]] = {}
        for place, fields, rule in self.added:
            after.setdefault(place, []).append((fields, rule))
        lines, planted = [], []
        for row, fields in enumerate(self.rows):
            lines.append(";".join(fields))
            if row in self.rules:
                planted.append(PlantedRow(self.name, len(lines) + 1, self.rules[row]))
            for extra, rule in after.get(row, []):
                lines.append(";".join(extra))
                planted.append(PlantedRow(self.name, len(lines) + 1, rule))
        return lines, planted


def _sheet(name: str, file: TextFile, rng: np.random.Generator) -> _Sheet:
    columns = {column: place for place, column in enumerate(file.header.split(";"))}
    return _Sheet(name, columns, [line.split(";") for line in file.lines], rng)


def plant_rows(files: dict[str, TextFile], rng: np.random.Generator) -> list[PlantedRow]:
    """Plant faults in one ledger file, the cases and the commitments; ``files`` is changed in place.

    All faults of the ledger lie in one file: a wrong date would else let a later file supersede an earlier one's rows.

    Args:
        files: Name -> file, by the names the sample gives them.
        rng: The faults' generator.

    Returns:
        Every planted row.
    """
    ledgers = sorted(name for name in files if name.startswith("ledger_"))
    chosen = ledgers[int(rng.integers(0, len(ledgers)))]
    cases = next(name for name in files if name.startswith("cases_"))
    commitments = next(name for name in files if name.startswith("commitments_"))
    planted: list[PlantedRow] = []
    for name, plant in ((chosen, _plant_ledger), (cases, _plant_cases), (commitments, _plant_commitments)):
        sheet = _sheet(name, files[name], rng)
        plant(sheet)
        files[name].lines, found = sheet.finished()
        planted += found
        if files[name].total is not None:
            files[name].total = sum(_ore(line) for line in files[name].lines)
    return planted


def _ore(line: str) -> int:
    return int(line.rsplit(";", 1)[1].replace(",", ""))


def _plant_ledger(sheet: _Sheet) -> None:
    citizens = [
        row for row in range(len(sheet.rows)) if sheet.value(row, "CPR-nr.") and sheet.value(row, "Kontostreng")[5] == "1"
    ]
    year = sheet.value(len(sheet.rows) - 1, "Bogføringsdato")[-4:]
    sheet.change(
        "T-01",
        [("Bogføringsdato", f"32-13-{year}"), ("Regnskabsår", "20X4"), ("Periode", "tre"), ("Bogføringsdato", "i går")],
        citizens,
    )
    sheet.change("T-02", [("Bilagsnr", ""), ("Regnskabsår", ""), ("Periode", ""), ("Bogføringsdato", "")], citizens)
    sheet.edit("T-03", lambda row: ("Kontostreng", _with_digit(sheet.value(row, "Kontostreng"), 6, "7")), citizens)
    sheet.change("T-04", [("Bogføringsdato", "01-01-1900"), ("Bogføringsdato", "31-12-2099"), ("Periode", "14")], citizens)
    others = [sheet.value(row, "CPR-nr.") for row in citizens if "-" in sheet.value(row, "CPR-nr.")]
    sheet.edit("P-01", lambda row: ("PSP-element", others[row % len(others)]), citizens)
    sheet.add("C-02", lambda row, _turn: list(sheet.rows[row]), citizens)
    sheet.add("T-05", lambda row, turn: _moved(sheet.rows[row], turn), citizens)
    supplementary = [row for row in citizens if sheet.value(row, "Periode") == "13"]
    sheet.edit("C-31", lambda row: ("Ydelsesperiode", f"01-{int(sheet.value(row, 'Regnskabsår')) + 1}"), supplementary)
    told = [row for row in citizens if sheet.value(row, "Ydelsesperiode") and not sheet.value(row, "Beløb").startswith("-")]
    sheet.add("C-28", lambda row, turn: _of_a_stranger(sheet, row, turn), told)


def _with_digit(text: str, place: int, digit: str) -> str:
    return text[:place] + digit + text[place + 1 :]


def _moved(fields: Fields, turn: int) -> Fields:
    """A row of no amount with a column too many, or one too few: everything behind it has moved."""
    numbered = [f"{fields[0]}-{turn + 1}", *fields[1:-1], "0,00"]
    return [*numbered[:6], "kvittering", *numbered[6:]] if turn % 2 == 0 else [*numbered[:5], *numbered[6:]]


def _of_a_stranger(sheet: _Sheet, row: int, turn: int) -> Fields:
    """A bill of a citizen without any case, a little dearer than the one that it is made from."""
    fields = list(sheet.rows[row])
    born = int(sheet.rng.integers(1950, 1990)) * 12
    known = {sheet.value(other, "CPR-nr.").replace("-", "").zfill(10) for other in range(len(sheet.rows))}
    number = next(cpr for cpr in draw_cpr(np.full(20, born), np.arange(20) % 2 == 0, sheet.rng).tolist() if cpr not in known)
    whole, cents = fields[sheet.columns["Beløb"]].split(",")
    changed = {"Bilagsnr": f"{fields[0]}-{turn + 1}", "CPR-nr.": number, "Sagsnr.": "", "Beløb": f"{int(whole) + 137},{cents}"}
    for column, value in changed.items():
        fields[sheet.columns[column]] = value
    return fields


def _plant_cases(sheet: _Sheet) -> None:
    words = load_catalogue().words
    keys = [(sheet.value(row, "citizen_id"), words[sheet.value(row, "service")]) for row in range(len(sheet.rows))]
    rows_of = Counter(keys)
    alone = [row for row, key in enumerate(keys) if rows_of[key] == 1]  # the citizen's only row of that service
    _plant_matches(sheet, words, keys, alone)
    ended = [row for row in alone if sheet.value(row, "ended_on")]
    long = [row for row in alone if _length(sheet, row) > 120]
    later = [row for row in range(1, len(keys)) if sheet.value(row, "case_id") == sheet.value(row - 1, "case_id")]
    sheet.edit("C-03", lambda row: ("ended_on", _shifted(sheet.value(row, "start_date"), -10)), ended)
    sheet.add("C-04", lambda row, turn: _overlapping(sheet, row, turn), long)
    sheet.change(
        "T-04",
        [("start_date", "1900-01-01"), ("ended_on", "2099-12-31"), ("recorded_on", "1900-01-01"), ("recorded_on", "2099-12-31")],
        alone,
    )
    sheet.edit("C-05", lambda row: ("price_from", _shifted(sheet.value(row, "start_date"), -45)), later)
    sheet.change(
        "T-01", [("price", "12x50"), ("start_date", "2024-13-45"), ("hours_per_week", "mange"), ("recorded_on", "uge 7")], later
    )
    sheet.change("T-02", [("service", ""), ("price", ""), ("price_unit", ""), ("provider_type", "")], later)
    sheet.change(
        "T-03", [("sex", "X"), ("provider_type", "fond"), ("price_unit", "døgn"), ("paying_municipality", "Ballerup")], later
    )
    sheet.change("C-01", [("service", "SEL-999"), ("service", "BL-999"), ("service", "klippekort")], later)
    sheet.edit("P-01", lambda row: ("acting_municipality", sheet.value(row, "citizen_id")), later)
    sheet.add("C-02", lambda row, _turn: list(sheet.rows[row]), later)


def _plant_matches(sheet: _Sheet, words: dict[str, str], keys: list[tuple[str, str]], alone: list[int]) -> None:
    """Faults that only bills, or another case, can tell."""
    newest = max(sheet.value(row, "recorded_on") for row in alone)
    starts = {row: sheet.value(row, "start_date") for row in alone}
    ends = {row: sheet.value(row, "ended_on") for row in alone}
    quiet = [row for row in alone if _shifted(newest, -900) < ends[row] < _shifted(newest, -330) and _length(sheet, row) > 120]
    sheet.edit("C-24", lambda _row: ("ended_on", ""), quiet)
    other = {"day": "month", "month": "day"}
    running = [row for row in alone if not ends[row] and starts[row] < _shifted(newest, -200)]
    sheet.edit(
        "C-25",
        lambda row: ("price_unit", other[sheet.value(row, "price_unit")]),
        [row for row in running if sheet.value(row, "price_unit") in other],
    )
    kinds = Counter((words[sheet.value(row, "service")], sheet.value(row, "provider_type")) for row in range(len(keys)))
    usual = {service: kind for (service, kind), _count in reversed(kinds.most_common())}
    word = {words[sheet.value(row, "service")]: sheet.value(row, "service") for row in range(len(keys))}
    first = [row for row in range(len(keys)) if row == 0 or sheet.value(row, "case_id") != sheet.value(row - 1, "case_id")]
    begun = {row: sheet.value(row, "start_date") for row in first}
    within = [row for row in first if _shifted(newest, -900) < begun[row] < _shifted(newest, -450) and _length(sheet, row) > 100]
    held = set(keys)
    payers = Counter(sheet.value(row, "paying_municipality") for row in range(len(keys)))
    ours = {row for row in within if sheet.value(row, "paying_municipality") == payers.most_common(1)[0][0]}
    for rule, service, second in (
        ("C-26", "midlertidigt_botilbud", "laengerevarende_botilbud"),
        ("C-27", "aktivitets_samvaerstilbud", "beskyttet_beskaeftigelse"),
    ):
        own = [row for row in within if keys[row][1] == service and (keys[row][0], second) not in held and row in ours]
        sheet.add(rule, lambda row, turn, second=second: _beside(sheet, row, turn, word[second], usual[second]), own)  # type: ignore[misc]


def _beside(sheet: _Sheet, row: int, turn: int, service: str, kind: str) -> Fields:
    """A second case of the same citizen, of another service, for most of a year."""
    fields = list(sheet.rows[row])
    start = _shifted(fields[sheet.columns["start_date"]], 10)
    changed = {
        "case_id": f"{fields[0]}-{turn + 71}", "service": service, "provider_type": kind, "recorded_on": start,
        "start_date": start, "price_from": start, "planned_end": "", "ended_on": _shifted(start, 200),
    }  # fmt: skip
    for column, value in changed.items():
        fields[sheet.columns[column]] = value
    return fields


def _length(sheet: _Sheet, row: int) -> int:
    """Days from a case's start to its end; of an open one a long time."""
    end = sheet.value(row, "ended_on")
    return (date.fromisoformat(end) - date.fromisoformat(sheet.value(row, "start_date"))).days if end else 10_000


def _shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _overlapping(sheet: _Sheet, row: int, turn: int) -> Fields:
    """A second case of the same citizen and service that begins and ends while the first runs."""
    fields = list(sheet.rows[row])
    start = _shifted(fields[sheet.columns["start_date"]], 30)
    changed = {
        "case_id": f"{fields[0]}-{turn + 1}",
        "recorded_on": start,
        "start_date": start,
        "price_from": start,
        "planned_end": "",
        "ended_on": _shifted(start, 30),
    }
    for column, value in changed.items():
        fields[sheet.columns[column]] = value
    return fields


def _plant_commitments(sheet: _Sheet) -> None:
    sheet.change("T-01", [("amount_dkk", "ukendt"), ("month", "2027-13")])
    sheet.change("T-02", [("month", ""), ("amount_dkk", "")])
    sheet.change("T-03", [("function", "5282"), ("grouping", "3")])
    sheet.change("T-04", [("month", "2099-01-01"), ("month", "1900-01-01")])
    sheet.change("C-01", [("service", "SEL-999")])
    sheet.add("C-02", lambda row, _turn: list(sheet.rows[row]))
