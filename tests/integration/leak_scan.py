"""Looks for planted numbers and names in everything that a home and a command leave behind, however it is stored."""

from __future__ import annotations

import gzip
import re
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NUMBERS = ("010180-1234", "311299-4321", "150565-9876")
NAMES = ("Planteline", "Hemmeligsen", "Skjultefar")
OUTSIDE = ("inbox", "archive", "refused", "taken")
"""Folders in which a municipality's files lie as they came, in clear or encrypted: nothing of ours."""


@dataclass(frozen=True)
class Leak:
    """Something that was planted, and where it came out."""

    place: str
    planted: str


class Planted:
    """What was planted, in every spelling."""

    def __init__(self, numbers: Iterable[str] = NUMBERS, names: Iterable[str] = NAMES) -> None:
        self.spelled: dict[str, str] = {}
        for number in numbers:
            bare = number.replace("-", "")
            self.spelled |= dict.fromkeys((number, bare, f"{bare[:6]} {bare[6:]}", bare.lstrip("0")), number)
        self.spelled |= {name: name for name in names}
        self.pattern = "|".join(
            f"(?:^|[^0-9]){re.escape(word)}(?:[^0-9]|$)" if word[0].isdigit() else f"(?i:{re.escape(word)})"
            for word in self.spelled
        )
        words = "|".join(f"(?<![0-9]){re.escape(w)}(?![0-9])" if w[0].isdigit() else f"(?i:{re.escape(w)})" for w in self.spelled)
        self.text = re.compile(words)

    def in_text(self, text: str, place: str) -> list[Leak]:
        return [Leak(place, found) for found in sorted(set(self.text.findall(text)))]

    def in_bytes(self, content: bytes, place: str) -> list[Leak]:
        lower = content.lower()
        narrow = {word for word in self.spelled if _stands(word.lower().encode(), lower, digit=word[0].isdigit())}
        wide = {word for word in self.spelled if word.lower().encode("utf-16-le") in lower}
        return [Leak(place, hit) for hit in sorted(narrow | wide)]


def _stands(word: bytes, content: bytes, *, digit: bool) -> bool:
    """Whether it stands there, a number with no other digit beside it. Searched plainly: a pattern takes minutes."""
    at = content.find(word)
    while at >= 0:
        beside = content[max(0, at - 1) : at] + content[at + len(word) : at + len(word) + 1]
        if not digit or not any(48 <= letter <= 57 for letter in beside):
            return True
        at = content.find(word, at + 1)
    return False


@dataclass
class Scanned:
    """What was looked at."""

    files: int = 0
    columns: int = 0
    leaks: tuple[Leak, ...] = ()


def scan(home: Path, planted: Planted) -> Scanned:
    """Every file of a home but those of the municipality: raw, unpacked, and each text column of each database."""
    told = Scanned()
    leaks: list[Leak] = []
    for file in sorted(home.rglob("*")):
        below = file.relative_to(home)
        leaks += planted.in_text(str(below), f"name of {below}") if below.parts[0] not in OUTSIDE else []
        if file.is_file() and below.parts[0] not in OUTSIDE:
            told.files += 1
            leaks += [found for name, content in _contents(file) for found in planted.in_bytes(content, f"{below}{name}")]
            columns = list(_columns(file, planted))
            told.columns += len(columns)
            leaks += [Leak(f"{below} {column}", "text") for column, hits in columns if hits]
    told.leaks = tuple(leaks)
    return told


def _contents(file: Path) -> Iterator[tuple[str, bytes]]:
    content = file.read_bytes()
    yield "", content
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as packed:
            yield from ((f"!{name}", packed.read(name)) for name in packed.namelist())
    elif content.startswith(b"\x1f\x8b"):
        yield "!gz", gzip.decompress(content)


def _columns(file: Path, planted: Planted) -> Iterator[tuple[str, int]]:
    """(table.column, rows that hold something planted): DuckDB packs its texts, so raw bytes do not show them."""
    if file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as con:
            query = "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type LIKE '%VARCHAR%' AND NOT internal"
            for table, column in con.execute(query).fetchall():
                hit = f"""SELECT count(*) FROM "{table}" WHERE regexp_matches("{column}"::VARCHAR, ?)"""
                yield f"{table}.{column}", con.execute(hit, [planted.pattern]).fetchall()[0][0]
    elif file.read_bytes()[:15] == b"SQLite format 3":
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as con:
            tables = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                columns = [item[0] for item in con.execute(f'SELECT * FROM "{table}" LIMIT 0').description]
                rows = con.execute(f'SELECT * FROM "{table}"').fetchall()
                for at, column in enumerate(columns):
                    yield f"{table}.{column}", sum(bool(planted.text.search(str(row[at]))) for row in rows)
