"""Where a key of a TOML text stands, so that an error can name its line."""

from __future__ import annotations

import re

Location = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*\[(?!\[)\s*(?P<path>[^\]]+?)\s*\]")
_ARRAY = re.compile(r"^\s*\[\[\s*(?P<path>[^\]]+?)\s*\]\]")
_KEY = re.compile(r"""^\s*(?P<path>(?:[\w\-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w\-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w\-]+|"[^"]*"|'[^']*'""")


def key_lines(text: str) -> dict[Location, int]:
    r"""Line number of every table header and key, by its path.

    Args:
        text: A TOML document that ``tomllib`` accepts.

    Returns:
        Path (names, and 0-based positions in arrays of tables) to line, 1-based.

    Example:
        >>> key_lines("[[file]]\npattern = 'a'\n[[file]]\npattern = 'b'")[("file", 1, "pattern")]
        4
    """
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    here: Location = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _ARRAY.match(line):
            path = _resolve(_parts(match["path"]), counts)
            counts[path] = counts.get(path, -1) + 1
            here = (*path, counts[path])
        elif match := _TABLE.match(line):
            here = _resolve(_parts(match["path"]), counts)
        elif match := _KEY.match(line):
            lines.setdefault((*here, *_parts(match["path"])), number)
            continue
        else:
            continue
        lines.setdefault(here, number)
    return lines


def line_of(text: str, location: Location) -> int:
    r"""Line of a key, or of the nearest table around it; 1 when none is found.

    Example:
        >>> line_of("[mapping]\nname = 'x'", ("mapping", "name", "nothing"))
        2
    """
    lines = key_lines(text)
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 1


def _parts(path: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(path)]


def _resolve(parts: list[str], counts: dict[Location, int]) -> Location:
    """The path with the newest position put in behind every array of tables it runs through."""
    path: Location = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        if path in counts and index < len(parts) - 1:
            path = (*path, counts[path])
    return path
