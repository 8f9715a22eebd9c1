"""Small writes that a killed process can't tear: temp file, fsync, rename; and digests of files."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import w2sdl
from w2sdl.keys import folder_digest
from w2sdl_runtime.errors import PrerequisiteError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace ``path`` by ``value`` as JSON: a reader sees the old file or the new one.

    ``durable`` also survives a power cut; it costs an fsync.
    """
    scratch = path.with_name(f".{path.name}.{temporary_name()}")
    save_json(scratch, value, durable=durable)
    scratch.replace(path)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by a text: a reader sees the old file or the new one."""
    scratch = path.with_name(f".{path.name[:80]}.{temporary_name()}")
    try:
        with told_as(path, scratch):
            scratch.write_text(text, "utf-8")
            scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def told_as(path: Path, scratch: Path) -> Iterator[None]:
    """Errors about a scratch file name the file in whose place it is written: nobody knows the other."""
    try:
        yield
    except OSError as problem:
        if problem.filename == str(scratch):
            problem.filename = str(path)
        raise


def temporary_name() -> str:
    """A name that no other process takes, and that says which one did."""
    return f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(6)}"


def save_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write JSON to a file that nobody reads yet."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.write("\n")
        if durable:
            file.flush()
            os.fsync(file.fileno())


def read_json(path: Path) -> Any:
    """Read JSON."""
    return json.loads(path.read_text("utf-8"))


def sync(path: Path) -> None:
    """Make the content of a file survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> list[Path]:
    """All files of a folder, in the order of their relative paths."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of_folder(folder: Path) -> str:
    """The digest of a folder of files, by content and relative path only."""
    files = files_below(folder)
    return folder_digest({path.relative_to(folder).as_posix(): file_digest(path) for path in files})


@cache
def digest_of_code(*folders: str) -> str:
    """The digest of this version of the package, and of all files of these folders of the runtime.

    What is kept of a run is made anew where it is another one than when that was made.
    """
    found = hashlib.sha256(w2sdl.__version__.encode())
    for folder in folders:
        for path in files_below(Path(__file__).parent / folder):
            if "__pycache__" not in path.parts:
                found.update(path.read_bytes())
    return found.hexdigest()


def is_disk_full(error: BaseException) -> bool:
    """Whether an error means that there is no space left."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    # Rust libraries (safetensors, tokenizers) report it in words only.
    return "No space left on device" in str(error)


@contextmanager
def writing_to(folder: Path, instead: str = "name another store with --store") -> Iterator[None]:
    """Turn a full or read-only disk into one clear sentence; ``instead`` is what else could be done.

    Raises:
        PrerequisiteError: when the disk is full, or ``folder`` can't be written.
    """
    try:
        yield
    except PrerequisiteError:
        raise
    except Exception as error:
        code = error.errno if isinstance(error, OSError) else None
        if is_disk_full(error):
            raise PrerequisiteError(
                f"the disk of {folder} is full",
                f"free some space, or {instead}",
            ) from error
        if code in _FORBIDDEN:
            raise PrerequisiteError(
                f"{folder} can't be written: {os.strerror(code)}",
                f"change its permissions, or {instead}",
            ) from error
        raise
