"""A register's line that a stop cut off counts as not entered, wherever the stop came; a changed line is refused."""

from __future__ import annotations

import json

import pytest

from data.register_file import add_line, is_cut_off, read_lines

FIRST, SECOND, THIRD = ({"action": "decide", "name": f"Bøgely {number}"} for number in range(3))


def text(line: dict[str, str]) -> str:
    return json.dumps(line, ensure_ascii=False)


def test_wherever_a_stop_cuts_a_line_the_others_stand(tmp_path) -> None:
    file = tmp_path / "decisions.jsonl"
    whole = f"{text(FIRST)}\n".encode()
    added = f"{text(SECOND)}\n".encode()
    for cut in range(len(added) + 1):
        file.write_bytes(whole + added[:cut])
        came = cut >= len(added) - 1  # all but the line feed: nothing is lost of it
        assert read_lines(file) == [FIRST, SECOND][: 1 + came]
        assert is_cut_off(file) == (0 < cut < len(added) - 1)
        add_line(file, text(THIRD))
        assert read_lines(file) == [FIRST, *([SECOND] if came else []), THIRD]
        assert not is_cut_off(file)


def test_a_line_that_was_changed_is_refused(tmp_path) -> None:
    file = tmp_path / "decisions.jsonl"
    for line in (FIRST, SECOND, THIRD):
        add_line(file, text(line))
    content = bytearray(file.read_bytes())
    content[len(text(FIRST).encode()) + 5] = 0x22
    file.write_bytes(content)
    with pytest.raises(ValueError, match="2"):
        read_lines(file)
