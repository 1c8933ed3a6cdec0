"""Mapping files: how an export's columns become the contract's. What they may say is in docs/mapping.md.

A mapping is data, never code: a new municipality writes one. Reading by it is ``data.reading``'s business.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from data.errors import FileRefused, MappingInvalid, WrongUse
from data.mapping_check import faults_of, unknown_key
from data.mapping_model import ColumnRule, FileRule, MappingFile, RowTest, TableRule
from data.toml_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data.settings import Paths

__all__ = [
    "ColumnRule",
    "FileRule",
    "Mapping",
    "RowTest",
    "TableRule",
    "find_rule",
    "load_mappings",
    "mappings_digest",
    "read_mapping",
    "shipped_mappings",
]
PROFILES = ("opdrift", "ledger", "os2bos", "statbank")


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """One mapping, ready for use.

    Attributes:
        name: Shown beside every file it read.
        precedence: The higher one counts.
        path: Where it was read.
        files: The kinds of file.
        lists: Shared value lists.
        digest: SHA-256 of its text.
    """

    name: str
    precedence: int
    path: Path
    files: tuple[FileRule, ...]
    lists: dict[str, dict[str, str]]
    digest: str


def read_mapping(path: Path) -> Mapping:
    """Read and check one mapping file.

    Raises:
        MappingInvalid: It is no TOML, or says something that it may not; names file, line and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        what = f"The mapping can't be opened ({error.strerror})"
        raise MappingInvalid(what, where=str(path), remedy="Check the file and who may read it") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits and brackets without end, too
        what = f"The mapping is no TOML in UTF-8: {error}"
        raise MappingInvalid(what, where=str(path), remedy="Correct the line that is named") from None
    try:
        found = MappingFile.model_validate(document)
    except ValidationError as error:
        _refuse(path, text, [(item["loc"], _says(item)) for item in error.errors(include_input=False, include_url=False)])
    _refuse(path, text, faults_of(found))
    digest = hashlib.sha256(text.encode()).hexdigest()
    head = found.mapping
    return Mapping(name=head.name, precedence=head.precedence, path=path, files=found.file, lists=found.lists, digest=digest)


def load_mappings(paths: Paths) -> tuple[Mapping, ...]:
    """The home's own mappings (``sources/*.toml``), then the shipped profiles.

    A home's mapping of a shipped name replaces that profile whole.

    Raises:
        MappingInvalid: A file says something that it may not, or two of the home's have the same name.
    """
    own = [read_mapping(path) for path in sorted(paths.sources.glob("*.toml"))]
    names = [mapping.name for mapping in own]
    for mapping in own:
        if names.count(mapping.name) > 1:
            what = f"Two mappings are called '{mapping.name}'"
            raise MappingInvalid(what, where=str(paths.sources), remedy="Give each its own name under [mapping]")
    return (*own, *(mapping for mapping in shipped_mappings() if mapping.name not in names))


def shipped_mappings() -> tuple[Mapping, ...]:
    """The profiles that come with opdrift.

    Example:
        >>> [(mapping.name, mapping.precedence) for mapping in shipped_mappings()]
        [('opdrift', 30), ('ledger', 20), ('os2bos', 10), ('statbank', 20)]
    """
    folder = Path(str(files("data.reference").joinpath("profiles")))
    return tuple(read_mapping(folder / f"{name}.toml") for name in PROFILES)


def mappings_digest(mappings: Iterable[Mapping]) -> str:
    """One SHA-256 over all mappings: another mapping means that the same files are to be read anew."""
    return hashlib.sha256("\n".join(f"{item.name} {item.digest}" for item in mappings).encode()).hexdigest()


def find_rule(mappings: Iterable[Mapping], file_name: str) -> tuple[Mapping, FileRule]:
    """The mapping and rule that read a file of this name; of several, the one of highest precedence.

    Raises:
        FileRefused: No pattern matches (``unknown_kind``).
        WrongUse: Several patterns of the same precedence match.
    """
    found = [(mapping, rule) for mapping in mappings for rule in mapping.files if rule.match(file_name) is not None]
    if not found:
        reason = "unknown_kind"
        raise FileRefused(
            reason,
            "No mapping knows a file of this name",
            where=file_name,
            why="a file that nobody has described can't be read without guessing",
            remedy="Rename it as its profile expects, or write a mapping in sources/ (docs/mapping.md)",
        )
    best = max(mapping.precedence for mapping, _ in found)
    first = [(mapping, rule) for mapping, rule in found if mapping.precedence == best]
    if len(first) > 1:
        names = sorted(f"{mapping.name}: {rule.pattern}" for mapping, rule in first)
        what = f"{len(first)} patterns of the same precedence match this file: {names}"
        raise WrongUse(what, where=file_name, why="only one may read it", remedy="Narrow a pattern, or set its precedence")
    return first[0]


def _says(item: Any) -> str:  # noqa: ANN401  (pydantic's ErrorDetails)
    if item["type"] == "extra_forbidden":
        return unknown_key(MappingFile, item["loc"])
    return str(item["msg"]).removeprefix("Value error, ")


def _refuse(path: Path, text: str, faults: list[tuple[tuple[str | int, ...], str]]) -> None:
    if not faults:
        return
    said = [f"line {line_of(text, place)}, key '{_dotted(place)}': {what}" for place, what in faults]
    raise MappingInvalid("; ".join(said), where=str(path), remedy="Correct it; every key is explained in docs/mapping.md")


def _dotted(place: tuple[str | int, ...]) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
