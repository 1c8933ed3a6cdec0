"""What can be seen of a text file without reading a row: its encoding, a second encoding in its midst, its last newline."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from data.reading import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 1 << 22
MOST_BYTES = 4 << 30
"""A packed file that unpacks to more is none of a municipality's."""
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
_BYTE_ORDER_MARK = codecs.BOM_UTF8
PYTHON_NAMES = {"utf-8": "utf-8-sig", "cp1252": "cp1252", "latin-1": "latin-1", "utf-16": "utf-16"}


@contextmanager
def opened(path: Path, file_name: str) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, unpacked when its name ends in ``.gz``.

    Raises:
        FileRefused: It can't be opened, or what it is packed in is cut off or broken.
    """
    try:
        if file_name.lower().endswith(".gz"):
            with gzip.open(path) as unpacked:
                yield cast("BinaryIO", unpacked)
        else:
            with path.open("rb") as plain:
                yield plain
    except EOFError:
        raise refusals.truncated(file_name, "The packed file ends before its end") from None
    except (gzip.BadGzipFile, zlib.error):
        raise refusals.unreadable(file_name, "The file is no whole gzip file") from None
    except OSError as error:
        raise refusals.unreadable(file_name, f"The file can't be opened ({error.strerror})") from None


def check_bytes(path: Path, file_name: str, encoding: str, *, newline_required: bool) -> None:
    """Refuse a text file that isn't of its declared encoding throughout, or whose last line isn't ended.

    Args:
        path: Where it lies.
        file_name: Its own name.
        encoding: As the mapping says: utf-8, cp1252, latin-1 or utf-16.
        newline_required: A last line without an end means that the file was cut off.

    Raises:
        FileRefused: ``empty``, ``encoding`` or ``truncated``.
    """
    decoder = codecs.getincrementaldecoder(PYTHON_NAMES[encoding])()
    lines, tail, last, size = 1, b"", "", 0
    with opened(path, file_name) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise refusals.unreadable(file_name, f"The file is more than {MOST_BYTES >> 30} GB when unpacked")
            if encoding != "utf-16" and not tail and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise refusals.encoding(file_name, encoding, 1)
            if encoding in {"cp1252", "latin-1"}:
                _refuse_second_encoding(file_name, encoding, tail + chunk, lines)
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise refusals.encoding(file_name, encoding, lines + error.object[: error.start].count(b"\n")) from None
            lines += text.count("\n")
            tail, last = chunk[-1:], text[-1:] or last
        _finish(decoder, file_name, encoding, lines)
    if not last:
        raise refusals.empty(file_name)
    if newline_required and last not in "\r\n":
        raise refusals.truncated(file_name, f"The last line ({lines}) isn't ended")


def _refuse_second_encoding(file_name: str, encoding: str, chunk: bytes, lines: int) -> None:
    """In a Danish single-byte text no letter is an A with tilde followed by a sign: that is a UTF-8 letter."""
    found = _UTF8_LETTER.search(chunk)
    if found or (lines == 1 and chunk.startswith(_BYTE_ORDER_MARK)):
        start = found.start() if found else 0
        raise refusals.encoding(file_name, encoding, lines + chunk[:start].count(b"\n"), mixed=True)


def _finish(decoder: codecs.IncrementalDecoder, file_name: str, encoding: str, lines: int) -> None:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise refusals.encoding(file_name, encoding, lines) from None
