"""Faulty deliveries planted beside the clean ones: each must be refused whole, and takes nothing from the clean files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from data.synthetic.deliveries import TextFile


@dataclass(frozen=True)
class PlantedFile:
    """A faulty delivery.

    Attributes:
        file: Name; sorts after the clean file it is a copy of.
        reason: Machine word of the refusal.
        content: Its bytes.
    """

    file: str
    reason: str
    content: bytes


def plant_files(files: dict[str, TextFile], rng: np.random.Generator, *, suffix: str, without: set[str]) -> list[PlantedFile]:
    """Make a faulty copy of each kind.

    Args:
        files: Name -> clean file.
        rng: The faults' generator.
        suffix: What ends the names of this municipality's files.
        without: Files with planted rows: no ledger of them is copied, for a sum with unreadable parts can't be checked.

    Returns:
        Faulty deliveries.
    """
    ledgers = sorted(name for name in files if name.startswith("ledger_") and name not in without)
    name = ledgers[int(rng.integers(0, len(ledgers)))]
    cases = next(item for item in files if item.startswith("cases_"))
    commitments = next(item for item in files if item.startswith("commitments_"))
    ledger, share = files[name], float(rng.uniform(0.3, 0.8))

    def copy(original: str, word: str) -> str:
        stem = original.removesuffix(".csv").removesuffix(suffix) if suffix else original.removesuffix(".csv")
        return f"{stem}_{word}{suffix}.csv"

    return [
        PlantedFile(copy(name, "afbrudt"), "truncated", _mid_line(ledger.content(), share)),
        PlantedFile(copy(name, "uden_total"), "truncated", _whole_lines(ledger.content(), share)),
        PlantedFile(copy(name, "faerre"), "shrunk", _fewer(ledger, share).content()),
        PlantedFile(copy(name, "sum"), "totals", _other_sum(ledger).content()),
        PlantedFile(copy(name, "blandet"), "encoding", _mixed(ledger, "Østergård".encode(), share)),
        PlantedFile(copy(name, "tom"), "empty", b""),
        PlantedFile(copy(cases, "faerre"), "shrunk", _fewer(files[cases], share).content()),
        PlantedFile(copy(cases, "blandet"), "encoding", _mixed(files[cases], "Bøgehøj".encode("cp1252"), share)),
        PlantedFile(copy(cases, "kolonner"), "changed_columns", _renamed(files[cases], "price_from", "pris_fra")),
        PlantedFile(copy(cases, "afbrudt"), "truncated", _mid_line(files[cases].content(), share)),
        PlantedFile(copy(commitments, "blandet"), "encoding", _mixed(files[commitments], "Ørsted".encode("cp1252"), share)),
        PlantedFile(f"budget_kopi{suffix}.xlsx", "unreadable", b"Dette er ikke en projektmappe.\r\n" * 40),
        PlantedFile(f"telefonliste{suffix}.csv", "unknown_kind", b"navn;lokal\r\nReceptionen;4711\r\n"),
    ]


def _mid_line(content: bytes, share: float) -> bytes:
    cut = content.rfind(b"\n", 0, int(len(content) * share))
    return content[: cut + 12]


def _whole_lines(content: bytes, share: float) -> bytes:
    return content[: content.rfind(b"\n", 0, int(len(content) * share)) + 1]


def _fewer(file: TextFile, share: float) -> TextFile:
    """A re-delivery with fewer rows whose own totals are right: what a wrong selection in the export gives."""
    lines = file.lines[: int(len(file.lines) * share)]
    total = None if file.total is None else sum(int(line.rsplit(";", 1)[1].replace(",", "")) for line in lines)
    return replace(file, lines=lines, total=total)


def _other_sum(file: TextFile) -> TextFile:
    return replace(file, total=(file.total or 0) + 123_456)


def _mixed(file: TextFile, word: bytes, share: float) -> bytes:
    """The word of another encoding in the middle of the file, inside a field of text."""
    lines = file.content().split(b"\r\n")
    place = 1 + int((len(lines) - 3) * share)
    fields = lines[place].split(b";")
    column = 6 if file.total is not None else 2
    fields[column] = word if file.total is None else fields[column] + b" " + word
    lines[place] = b";".join(fields)
    return b"\r\n".join(lines)


def _renamed(file: TextFile, column: str, other: str) -> bytes:
    names = [other if name == column else name for name in file.header.split(";")]
    return replace(file, header=";".join(names)).content()
