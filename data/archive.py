"""Every file ever taken in, by the SHA-256 of its content, encrypted with a key kept outside the home (age, X25519)."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from contextlib import contextmanager, suppress
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, BinaryIO

import pyrage

from data.errors import FileRefused, OpdriftError, WrongUse
from data.pseudonym import load_or_make_secret, refuse_secrets_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb

    from data.settings import Paths, Settings

IDENTITY_FILE = "archive.key"
_RECIPIENT_FACT = "archive_recipient"
_NAME_LENGTH = 64


class SealBroken(OSError):
    """A stream could not be encrypted or decrypted to its end."""


class _Hashed:
    """A binary reader that hashes what passes through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._hash.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class _Nowhere(io.RawIOBase):
    """A writer that keeps nothing."""

    def write(self, chunk: Any) -> int:  # noqa: ANN401  (any buffer)
        return len(chunk)


class _HashedWriter:
    """A binary writer that hashes what passes through it."""

    def __init__(self, stream: BinaryIO | io.RawIOBase) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self._hash.update(chunk)
        return self._stream.write(chunk) or 0

    def flush(self) -> None:
        self._stream.flush()

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def confirm_identity(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """See that the archive's key is the one this home archives with; the first run makes it.

    Raises:
        WrongUse: The home has an archive, and its key is missing or is another one. Nothing was changed.
    """
    if not settings.archive:
        return
    refuse_secrets_inside(settings.paths)
    found = con.execute("SELECT value FROM facts WHERE key = ?", [_RECIPIENT_FACT]).fetchall()
    file = settings.paths.secrets / IDENTITY_FILE
    remedy = f"Bring '{IDENTITY_FILE}' back from your backup of the keys, or point OPDRIFT_SECRETS at it"
    if found and not file.exists():
        why = "Files that were archived can't be read without it"
        what = "The archive's key is missing"
        raise WrongUse(what, where=str(file), why=why, remedy=remedy)
    recipient = str(_identity(settings.paths).to_public())
    if found and found[0][0] != recipient:
        why = "The archive would be encrypted with two keys"
        what = "The archive's key is not the one this home archives with"
        raise WrongUse(what, where=str(file), why=why, remedy=remedy)
    if not found:
        con.execute("INSERT INTO facts VALUES (?, ?)", [_RECIPIENT_FACT, recipient])


def store(path: Path, sha256: str, settings: Settings) -> Path:
    """Archive a file, encrypted; whole or not at all. What is there already is left as it is, unless it rotted.

    Args:
        path: The file.
        sha256: SHA-256 of its content; the archive's name for it.
        settings: Home and secrets.

    Returns:
        Where it lies.

    Raises:
        FileRefused: The file changed while it was read (``growing``).
        OpdriftError: It can't be written.
    """
    target = settings.paths.archive / sha256
    if target.exists() and is_sound(sha256, settings):
        return target
    recipient = _identity(settings.paths).to_public()
    beside = target.with_name(f".{sha256}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("rb") as plain, beside.open("wb") as sealed:
            beside.chmod(0o600)
            hashed = _Hashed(plain)
            pyrage.encrypt_io(hashed, sealed, [recipient])
            sealed.flush()
            os.fsync(sealed.fileno())
        if hashed.hexdigest() != sha256:
            beside.unlink()
            what = "growing"
            raise FileRefused(
                what, "The file changed while it was archived", where=path.name, remedy="Nothing: it is read next time"
            )
        beside.replace(target)
        sync_folder(target.parent)
    except (OSError, pyrage.EncryptError) as error:
        what = f"A file could not be archived ({type(error).__name__})"
        raise OpdriftError(
            what, where=str(settings.paths.archive), remedy="See that the disk has room and can be written"
        ) from None
    return target


def is_sound(sha256: str, settings: Settings) -> bool:
    """Whether an archived file can be decrypted, and what comes out is what went in."""
    hashed = _HashedWriter(_Nowhere())
    try:
        with (settings.paths.archive / sha256).open("rb") as sealed_file:
            pyrage.decrypt_io(sealed_file, hashed, [_identity(settings.paths)])
    except (OSError, pyrage.DecryptError):
        return False
    return hashed.hexdigest() == sha256


def damaged(settings: Settings) -> list[str]:
    """Archived files, by name, that can't be brought back as they went in."""
    names = (file.name for file in sorted(settings.paths.archive.glob("[0-9a-f]*")) if len(file.name) == _NAME_LENGTH)
    return [name for name in names if not is_sound(name, settings)]


def restore(sha256: str, target: Path, settings: Settings) -> Path:
    """Bring an archived file back as it came.

    Args:
        sha256: The archive's name for it.
        target: Where to write it; a file there is replaced.
        settings: Home and secrets.

    Returns:
        ``target``.

    Raises:
        WrongUse: The archive has no such file.
        OpdriftError: It can't be decrypted, or what came out is not what went in; ``target`` is untouched.
    """
    source = settings.paths.archive / sha256
    if not source.is_file():
        what = "The archive has no such file"
        raise WrongUse(what, where=str(source), remedy="Look for it in a backup of the home")
    beside = target.with_name(f".{target.name}.part")
    try:
        with source.open("rb") as sealed, beside.open("wb") as plain:
            beside.chmod(0o600)
            hashed = _HashedWriter(plain)
            pyrage.decrypt_io(sealed, hashed, [_identity(settings.paths)])
            plain.flush()
            os.fsync(plain.fileno())
        whole = hashed.hexdigest() == sha256
    except (OSError, pyrage.DecryptError):
        whole = False
    if not whole:
        beside.unlink(missing_ok=True)
        remedy = f"See that '{IDENTITY_FILE}' is the right one, or take the file from a backup"
        what = "An archived file can't be brought back whole"
        raise OpdriftError(what, where=str(source), remedy=remedy)
    beside.replace(target)
    return target


@contextmanager
def sealed(paths: Paths, target: IO[bytes]) -> Iterator[IO[bytes]]:
    """A stream to write to: what goes in comes out in ``target``, encrypted with the archive's key.

    Raises:
        WrongUse: The key is missing where there is an archive already, or damaged.
        SealBroken: The target can't be written to; told when the block ends.
    """
    if any(paths.archive.glob("[0-9a-f]*")) and not (paths.secrets / IDENTITY_FILE).exists():
        what = "The archive's key is missing"
        remedy = f"Bring '{IDENTITY_FILE}' back from your backup of the keys, or point OPDRIFT_SECRETS at it"
        raise WrongUse(what, where=str(paths.secrets / IDENTITY_FILE), remedy=remedy)
    recipient = _identity(paths).to_public()
    outlet, inlet = os.pipe()
    source = os.fdopen(outlet, "rb")
    with _apart(lambda: pyrage.encrypt_io(source, target, [recipient]), source), os.fdopen(inlet, "wb") as stream:
        yield stream


@contextmanager
def opened(paths: Paths, source: IO[bytes]) -> Iterator[IO[bytes]]:
    """A stream to read from: what ``source`` holds, decrypted with the archive's key.

    Raises:
        WrongUse: There is no key.
        SealBroken: It is damaged or of another key; told when the block ends.
    """
    if not (paths.secrets / IDENTITY_FILE).exists():
        what = "The archive's key is missing"
        remedy = f"Bring '{IDENTITY_FILE}' back from your backup of the keys, or point OPDRIFT_SECRETS at it"
        raise WrongUse(what, where=str(paths.secrets / IDENTITY_FILE), remedy=remedy)
    identity = _identity(paths)
    outlet, inlet = os.pipe()
    target = os.fdopen(inlet, "wb")
    with _apart(lambda: pyrage.decrypt_io(source, target, [identity]), target), os.fdopen(outlet, "rb") as stream:
        yield stream


@contextmanager
def _apart(work: Callable[[], object], end: IO[bytes]) -> Iterator[None]:
    """Do one side of a pipe in a thread, and close that side's ``end`` when it is done, whatever came of it."""
    faults: list[Exception] = []

    def done() -> None:
        try:
            work()
            end.close()
        except (OSError, pyrage.EncryptError, pyrage.DecryptError) as error:
            faults.append(error)
        finally:
            with suppress(OSError):
                end.close()

    thread = Thread(target=done, daemon=True)
    thread.start()
    try:
        yield
    except BrokenPipeError:
        thread.join()
        if not faults:
            raise
    finally:
        thread.join()
    if faults:
        raise SealBroken(errno.EIO, str(faults[0]))


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _identity(paths: Paths) -> pyrage.x25519.Identity:
    text = load_or_make_secret(paths, IDENTITY_FILE, lambda: str(pyrage.x25519.Identity.generate()))
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        where = str(paths.secrets / IDENTITY_FILE)
        what = "The archive's key file is damaged"
        raise WrongUse(what, where=where, remedy="Bring it back from your backup") from None


def read_archived(sha256: str, settings: Settings) -> bytes:
    """An archived file's content, in memory alone.

    Raises:
        OpdriftError: It can't be decrypted, or what came out is not what went in.
    """
    source = settings.paths.archive / sha256
    try:
        plain = pyrage.decrypt(source.read_bytes(), [_identity(settings.paths)])
    except (OSError, pyrage.DecryptError):
        plain = b""
    if hashlib.sha256(plain).hexdigest() != sha256:
        what = "An archived file can't be opened"
        raise OpdriftError(
            what, where=str(source), remedy=f"See that '{IDENTITY_FILE}' is the right one, or take it from a backup"
        )
    return plain


def store_content(content: bytes, settings: Settings) -> str:
    """Archive a content that lies in no file; whole or not at all.

    Returns:
        Its SHA-256, the archive's name for it.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    target = settings.paths.archive / sha256
    beside = target.with_name(f".{sha256}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as sealed:
        sealed.write(pyrage.encrypt(content, [_identity(settings.paths).to_public()]))
        sealed.flush()
        os.fsync(sealed.fileno())
    beside.replace(target)
    sync_folder(target.parent)
    return sha256


def remove(sha256: str, settings: Settings) -> bool:
    """Take a file out of the archive for good; whether it was there."""
    target = settings.paths.archive / sha256
    there = target.is_file()
    target.unlink(missing_ok=True)
    if there:
        sync_folder(target.parent)
    return there
