"""What takes bytes from outside takes good ones, and refuses those that were once found to break it (``make fuzz``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import takers as door

if TYPE_CHECKING:
    from pathlib import Path

DEEP, LONG = b"[" * 100_000, b"9" * 5000
KEPT = {
    "brackets without end": (
        ("attempts", "decisions", "adjustments", "landed", "scenario", "board", "portfolio", "investment"),
        DEEP,
    ),
    "brackets without end in TOML": (("settings", "mapping"), b"a = " + DEEP),
    "a number of thousands of digits": (("attempts", "decisions", "landed", "scenario", "choice"), b'{"a": ' + LONG + b"}"),
    "a number of thousands of digits in TOML": (("settings", "mapping"), b"a = " + LONG),
    "an infinite time": (("landed",), b'{"landed": [], "refused": {}, "stays": {"a": [1e999, 2]}}'),
    "a process that is none": (("attempts",), door.JOURNAL.replace(b"[1, 2.5]", b'["x", 2]')),
    "an infinite process": (("attempts",), door.JOURNAL.replace(b"[1, 2.5]", b"[1e999, 1]")),
    "half a process": (("attempts",), door.JOURNAL.replace(b"[1, 2.5]", b"[1]")),
}


@pytest.fixture(scope="module")
def doors(small_files: Path) -> dict[str, door.Taker]:
    return {taker.name: taker for taker in door.takers(small_files)}


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from data.synthetic import write_sample  # noqa: PLC0415

    out = tmp_path_factory.mktemp("sample")
    write_sample(out, months=36)
    return out


def test_every_door_takes_what_is_good(doors: dict[str, door.Taker], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a refusal would tell nothing of the bytes: here a refusal is a fault."""
    monkeypatch.setattr(door, "OpdriftError", ())
    assert len(door.mappings()) == 6
    for taker in (taker for name, taker in doors.items() if name != "mapping"):  # what it describes is made up
        for good in taker.good:
            taker.take(good)


@pytest.mark.parametrize("what", KEPT)
def test_what_once_broke_a_door_is_taken_or_refused(doors: dict[str, door.Taker], what: str) -> None:
    names, content = KEPT[what]
    assert {name: came for name in names if (came := _broken(doors[name], content))} == {}


def _broken(taker: door.Taker, content: bytes) -> str:
    """What came out that is no refusal of ours; empty: nothing."""
    try:
        taker.take(content)
    except Exception as error:  # noqa: BLE001  (any of them is what the test looks for)
        return repr(error)[:300]
    return ""
