"""Bad files by seeded mutation of good ones: cut, flipped, mixed, swollen, renamed, poisoned. The same seed, the same files."""

from __future__ import annotations

import gzip
import io
import random
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT_LINES = 40


def good_parts(sample: Path) -> dict[str, bytes]:
    """The sample's files, text files cut to some lines."""
    found = {}
    for file in sorted(path for path in sample.rglob("*") if path.suffix in {".csv", ".xlsx"}):
        content = file.read_bytes()
        if file.suffix == ".csv":
            content = _shortened(content.splitlines(keepends=True))
        found[file.name] = content
    return found


def _shortened(lines: list[bytes]) -> bytes:
    """Some lines, evenly spaced; a last one that declares totals declares those of what is kept."""
    last = lines[-1]
    kept = [lines[0], *lines[1:-1][:: max(1, len(lines) // KEPT_LINES)]]
    if last.startswith(b"I ALT"):
        amounts = [line.rstrip().rsplit(b";", 1)[1].replace(b".", b"").replace(b",", b".") for line in kept[1:]]
        total = f"{sum(round(float(amount) * 100) for amount in amounts) / 100:.2f}".replace(".", ",")
        cells = last.rstrip().split(b";")
        places = [place for place, cell in enumerate(cells) if cell]
        cells[places[1]], cells[places[-1]] = str(len(amounts)).encode(), total.encode()
        kept = [*kept, b";".join(cells) + b"\r\n" if last.endswith(b"\r\n") else b";".join(cells) + b"\n"]
    else:
        kept.append(last)
    return b"".join(kept)


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _sep(content: bytes) -> bytes:
    head = _lines(content)[0]
    return b";" if head.count(b";") > head.count(b",") else b","


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def flip(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 12)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def empty(_content: bytes, _rng: random.Random) -> bytes:
    return b""


def noise(content: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(len(content) % 5000 + 1)


def nul(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + b"\0" * rng.randint(1, 40) + content[at:]


def cell(content: bytes, rng: random.Random) -> bytes:
    """Another value in one cell: too large, no number, a formula, a date that isn't, text in another alphabet."""
    lines, sep = _lines(content), _sep(content)
    row = rng.randrange(1, len(lines)) if len(lines) > 1 else 0
    cells = lines[row].rstrip(b"\r\n").split(sep)
    wild = [b"", b"1e999", b"NaN", b"-0", b"99999999999999999999", b"1,2,3", b"=1+1", b"31-02-2026", b"0000-00-00", b"\xff\xfe",
            b'"', b"'; DROP TABLE postings; --", b"<script>alert(1)</script>", "Ω≈ç".encode(), b"9" * 4000, b"2026-13", b"-",
            b"\x00", b"TRUE", b"inf", b"../../etc/passwd", b"1970-01-01", b"9999-12-31"]  # fmt: skip
    cells[rng.randrange(len(cells))] = rng.choice(wild)
    lines[row] = sep.join(cells) + b"\n"
    return b"".join(lines)


def column(content: bytes, rng: random.Random) -> bytes:
    """One column gone."""
    sep = _sep(content)
    at = rng.randrange(_lines(content)[0].count(sep) + 1)
    rows = [line.rstrip(b"\r\n").split(sep) for line in _lines(content)]
    return b"".join(sep.join(row[:at] + row[at + 1 :]) + b"\n" for row in rows)


def header(content: bytes, rng: random.Random) -> bytes:
    """Heads twice, in another order, renamed, or not there."""
    lines, sep = _lines(content), _sep(content)
    heads = lines[0].rstrip(b"\r\n").split(sep)
    way = rng.randrange(4)
    if way == 0:
        heads[rng.randrange(len(heads))] = heads[0]
    elif way == 1:
        rng.shuffle(heads)
    elif way == 2:
        heads[rng.randrange(len(heads))] = b"ukendt"
    return b"".join(lines[1:] if way == 3 else [sep.join(heads) + b"\n", *lines[1:]])


def separator(content: bytes, rng: random.Random) -> bytes:
    return content.replace(_sep(content), rng.choice([b"\t", b"|", b":", b""]))


def quote(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + b'"' + content[at:]


def longer(content: bytes, rng: random.Random) -> bytes:
    """More or fewer cells in one row."""
    lines, sep = _lines(content), _sep(content)
    row = rng.randrange(len(lines))
    lines[row] = lines[row].rstrip(b"\r\n") + sep * rng.randint(1, 9) + b"x\n" if rng.random() < 0.5 else b"x\n"
    return b"".join(lines)


def encoding(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("latin-1")
    return rng.choice([text.encode("utf-16"), text.encode("utf-8"), content + "æøå;Ã¦\n".encode(), b"\xef\xbb\xbf" * 2 + content])


def twice(content: bytes, rng: random.Random) -> bytes:
    lines = _lines(content)
    return b"".join([*lines, *lines[rng.randrange(len(lines)) :]])


def unended(content: bytes, _rng: random.Random) -> bytes:
    return content.rstrip(b"\r\n")


def wide(content: bytes, rng: random.Random) -> bytes:
    lines = _lines(content)
    return b"".join([*lines, _sep(content) * rng.randint(1000, 20000) + b"\n"])


def part(content: bytes, rng: random.Random) -> bytes:
    """A workbook with one part gone, emptied or poisoned."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as made:
        names = given.namelist()
        struck, way = rng.choice(names), rng.randrange(4)
        for name in names:
            inside = given.read(name)
            if name == struck:
                if way == 0:
                    continue
                inside = [b"", b"", b"<a>" * 2000, inside.replace(b"<v>", b"<v>nan")][way]
            made.writestr(name, inside)
    return found.getvalue()


def bomb(_content: bytes, _rng: random.Random) -> bytes:
    """A workbook whose one sheet says that it unpacks to four gigabytes."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b"0" * 100)
    return found.getvalue().replace((100).to_bytes(4, "little"), (0xFFFFFF00).to_bytes(4, "little"))


def packed(content: bytes, rng: random.Random) -> bytes:
    return cut(gzip.compress(content), rng)


def mutated(text: str, seed: int) -> str:
    """A text with some of its parts cut out, doubled, swapped or poisoned."""
    rng = random.Random(seed)
    parts = re.findall(r"\w+|\W", text)
    wild = [
        "",
        "\x00",
        "=",
        "1e999",
        "NaN",
        "null",
        "[",
        "}",
        '"',
        "\\",
        "(a+)+$",
        "../..",
        "<b>",
        "-1",
        "\ud7ff",
        "æ" * 500,
        "true",
        "9" * 5000,
        "[" * 3000,
        '{"a":' * 3000,
    ]
    for _ in range(rng.randint(1, 8)):
        at, other = rng.randrange(len(parts)), rng.randrange(len(parts))
        way = rng.randrange(4)
        if way == 0:
            del parts[at : at + rng.randint(1, 6)]
        elif way == 1:
            parts[at:at] = parts[other : other + 8]
        elif way == 2:
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = rng.choice(wild)
        if not parts:
            return ""
    return "".join(parts)


TEXT = (cut, flip, empty, noise, nul, cell, cell, cell, column, header, separator, quote, longer, encoding, twice, unended, wide)
BOOK = (cut, flip, empty, noise, part, part, part, bomb)


def bad_files(sample: Path, count: int, seed: int) -> dict[str, tuple[str, bytes]]:
    """So many bad files.

    Args:
        sample: A folder of good exports.
        count: How many.
        seed: Of the mutations.

    Returns:
        Name (a good name with a number, so that the same mapping reads it) -> what was done, content.
    """
    good, rng = sorted(good_parts(sample).items()), random.Random(seed)
    found = {}
    for number in range(count):
        name, content = good[number % len(good)]
        way = rng.choice(BOOK if name.endswith(".xlsx") else TEXT)
        stem, ending = name.rsplit(".", 1)
        found[f"{stem}_{number:03d}.{ending}"] = (f"{way.__name__} of {name}", way(content, rng))
    return found
