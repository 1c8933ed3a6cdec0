"""One file: its rule found, its tables read, keyed, compared with what they supersede, and stored in one transaction."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from data import landed, reading
from data.errors import FileRefused, OpdriftError, WrongUse
from data.input_state import size_and_time
from data.intake import Prepared, prepare
from data.mapping import find_rule
from data.reference.catalogue import load_catalogue
from data.schema import INPUTS
from data.superseding import refuse_shrunk, snapshot_of

_NOT_FORESEEN = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    *(pa.ArrowException, struct.error, zipfile.BadZipFile, zlib.error),
)
"""One file that a library cannot take is refused; the other files of the night are taken."""

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from data.mapping import FileRule, Mapping
    from data.settings import Settings


@dataclass(frozen=True, kw_only=True)
class FileOutcome:
    """What became of one file of the inbox.

    Attributes:
        file_name: Path below the inbox; without a CPR-shaped part.
        sha256: Of its content; of its name where the content can't be read yet.
        status: ``landed``, ``known`` (the same content was taken in before) or ``refused``.
        reason: Machine word of a refusal.
        message: What, where, why, what to do.
        mapping: Mapping it was read by; empty when none.
        rows: Table -> rows in the file.
    """

    file_name: str
    sha256: str
    status: str
    reason: str = ""
    message: str = ""
    mapping: str = ""
    rows: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Night:
    """What taking in one file needs to know.

    Attributes:
        con: The warehouse.
        settings: Home, municipality, archiving.
        key: Secret that identifiers are keyed with.
        mappings: The home's and the shipped ones.
        stays: Path below the inbox -> size and mtime of files that can't be taken and stay there; filled on the way.
    """

    con: duckdb.DuckDBPyConnection
    settings: Settings
    key: bytes
    mappings: tuple[Mapping, ...]
    stays: dict[str, tuple[int, int]]

    def words(self) -> dict[str, str]:
        """Every word that stands for a service, with its key: the catalogue's and the municipality's own."""
        return {**load_catalogue().words, **{service: service for service in landed.own_services(self.con)}}

    def reading_digest(self, mapping: Mapping, rule: FileRule) -> str:
        """SHA-256 of everything that reading depends on beside the file: read otherwise, it is to be read anew.

        Services that other files bring count where the file names services and doesn't list its own.
        """
        tables = {table.name for table in rule.table}
        named = any("service" in INPUTS[table].names for table in tables) and "service_list" not in tables
        words = self.words() if named else load_catalogue().words
        facts = json.dumps([mapping.digest, self.settings.municipality, sorted(words.items())])
        return hashlib.sha256(facts.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file on its way in.

    Attributes:
        path: Where its bytes lie.
        file_name: Its own name, by which its rule is found.
        name: What it is called from now on: path below the inbox, without a CPR-shaped part.
        sha256: Of its content.
    """

    path: Path
    file_name: str
    name: str
    sha256: str


def rule_of(night: Night, export: Export) -> tuple[Mapping, FileRule]:
    """The mapping and rule that read the file.

    Raises:
        FileRefused: None knows it, or several of the same rank do (``unknown_kind``).
    """
    try:
        return find_rule(night.mappings, export.file_name)
    except WrongUse as error:
        reason = "unknown_kind"
        raise FileRefused(reason, error.what, where=export.name, why=error.why, remedy=error.remedy) from None


def take_in(night: Night, export: Export, mapping: Mapping, rule: FileRule, *, again: bool = False) -> list[tuple[str, str]]:
    """Read a file, key it, compare it with what it would supersede, and store it: all of it or nothing.

    Args:
        night: Warehouse, settings, key.
        export: The file.
        mapping: Its mapping.
        rule: Its rule.
        again: It landed before and is read anew: it supersedes what it superseded then, and is not compared.

    Returns:
        (sha256, place below ``refused/``) of refused files of the same name that this one mends.

    Raises:
        FileRefused: It can't be read, changed while it was read, or is smaller than what it would supersede.
    """
    seen = size_and_time(export.path)
    tables = _read(night, export, mapping, rule)
    if size_and_time(export.path) != seen:
        raise growing(export.name)
    file = landed.LandedFile(
        sha256=export.sha256,
        name=export.name,
        mapping=mapping.name,
        source=landed.source_of(mapping, rule),
        precedence=mapping.precedence,
        repeat_keys=rule.repeat_keys,
        mapping_digest=night.reading_digest(mapping, rule),
    )
    dated = [(table, snapshot_of(night.con, table.table, file.source, file.name, file.sha256)) for table in tables]
    if not again and file.sha256 not in night.settings.accept_shrunk:
        for table, snapshot_on in dated:
            refuse_shrunk(night.con, table, source=file.source, file_name=file.name, sha256=file.sha256, snapshot_on=snapshot_on)
    return landed.store(night.con, file, dated)


def _read(night: Night, export: Export, mapping: Mapping, rule: FileRule) -> list[Prepared]:
    ours = night.settings.municipality
    try:
        tables = reading.read_file(
            export.path, mapping, rule, municipality=ours, catalogue_words=night.words(), file_name=export.file_name
        )
        return [prepare(table, night.key, municipality=ours) for table in tables]
    except OpdriftError:
        raise
    except _NOT_FORESEEN as error:
        raise unreadable(export.name, error) from None  # what libraries say holds rows: only its kind is told


def growing(name: str) -> FileRefused:
    """The refusal of a file that is still being written."""
    reason = "growing"
    return FileRefused(reason, "The file is still being written", where=name, remedy="Nothing: the next run takes it")


def a_link(name: str) -> FileRefused:
    """The refusal of a link."""
    reason = "unreadable"
    return FileRefused(reason, "The file is a link to another place", where=name, remedy="Put the file itself in the inbox")


def unreadable(name: str, error: Exception) -> FileRefused:
    """The refusal of a file that a library could not read; of its words only the kind is told."""
    reason = "unreadable"
    what = f"The file can't be read ({type(error).__name__})"
    return FileRefused(reason, what, where=name, remedy="Open it in the program it came from, and export it again")
