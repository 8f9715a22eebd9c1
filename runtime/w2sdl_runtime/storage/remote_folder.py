"""Files behind a URL, by names below it: the only file that uses fsspec to keep results.

What a library or a server says becomes one sentence. Libraries try again by themselves, with pauses,
where a request is lost or a server is busy; what fails here has failed for good.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from w2sdl.location import shown_location
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage.remote_errors import sentence

#: Where a file can be seen half written, so that it is written under another name first.
_FOLDERS = ("file", "local", "sftp", "ssh", "smb", "hdfs", "webhdfs", "ftp")
#: Whose libraries hand "unless there is one" on to the service, or which decide it themselves. The
#: others look and then write: two at the same moment may both be told that they were first.
_DECIDING = (
    "file", "local", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss",
)  # fmt: skip
_AT_ONCE = 8  #: requests under way at the same time, where there are many
_CHUNK = 1 << 23  #: bytes of a file that are read at a time
#: Nobody waits for ever for an answer; values of the user's fsspec configuration go first.
_PATIENCE = {
    "connect_timeout": 10,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing says of a file."""

    size: int
    modified: float | None  #: seconds since 1970 by the clock there; None where it says nothing
    stamp: str  #: another one when the file was replaced; "" where nothing tells


class RemoteFolder:
    """A folder behind a URL. Nothing is asked of it before the first call.

    All methods raise `PrerequisiteError` where it can't be reached or forbids something.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.shown = shown_location(url)
        self.protocol = url.partition("://")[0].lower()

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """The file system, and the path of this folder in it."""
        from fsspec.core import url_to_fs

        with self._explained():
            options: dict[str, Any] = {"use_listings_cache": False}
            if self.protocol in ("s3", "s3a"):
                options |= {"config_kwargs": _s3_patience()}
            if self.protocol in ("file", "local"):
                options = {"auto_mkdir": True}
            fs, root = url_to_fs(self.url, **options)
            return fs, root.rstrip("/")

    @property
    def has_folders(self) -> bool:
        """Whether folders are things of their own there, which stay when they are empty."""
        return self.protocol in _FOLDERS

    @property
    def _at_once(self) -> dict[str, Any]:
        """What keeps s3fs from asking for the length of a small file before it reads it."""
        return {"max_concurrency": 1} if self.protocol in ("s3", "s3a") else {}

    def _path(self, name: str) -> str:
        return f"{self._place[1]}/{name}"

    # -- reading -----------------------------------------------------------------------------------

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none of that name."""
        fs, _ = self._place
        try:
            with self._explained(missing=True):
                return bytes(fs.cat_file(self._path(name), **self._at_once))
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        with self._explained():
            return bool(self._place[0].exists(self._path(name)))

    def sizes(self, folder: str) -> Mapping[str, int]:
        """Lengths of all files below a folder, by their names below it."""
        return {name: entry.size for name, entry in self.entries(folder).items()}

    def entries(self, folder: str) -> Mapping[str, Entry]:
        """All files below a folder, by their names below it, from one listing."""
        fs, root = self._place
        start = f"{root}/{folder.rstrip('/')}/"
        try:
            with self._explained(missing=True):
                found = fs.find(start.rstrip("/"), detail=True)
        except FileNotFoundError:
            return {}
        inside = {name: info for name, info in found.items() if name.startswith(start)}
        return {name[len(start) :]: _entry(info) for name, info in inside.items()}

    def read_many(self, names: Collection[str]) -> dict[str, bytes]:
        """The bytes of small files; those that aren't there are left out."""
        found = each(self.read, names)
        return {name: content for name, content in found if content is not None}

    def digest(self, name: str) -> str | None:
        """SHA-256 of a file's bytes, which are read and not kept; None where there is none."""
        fs, _ = self._place
        found = hashlib.sha256()
        try:
            with self._explained(missing=True), fs.open(self._path(name), "rb") as file:
                while block := file.read(_CHUNK):
                    found.update(block)
        except FileNotFoundError:
            return None
        return found.hexdigest()

    def download(self, name: str, target: Path) -> None:
        """Copy one file to this machine.

        Raises:
            FileNotFoundError: when it isn't there.
        """
        fs, _ = self._place
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._explained(missing=True):
            fs.get_file(self._path(name), str(target))

    # -- writing -----------------------------------------------------------------------------------

    def upload(self, source: Path, name: str) -> None:
        """Copy one file there; it becomes visible whole."""
        fs, _ = self._place
        with self._explained():
            if not self.has_folders:
                fs.put_file(str(source), self._path(name))
                return
            scratch = self._scratch(name)
            fs.put_file(str(source), scratch)
            self._settle(scratch, name)

    def write(self, name: str, content: bytes) -> None:
        """Replace a file."""
        fs, _ = self._place
        with self._explained():
            if not self.has_folders:
                fs.pipe_file(self._path(name), content)
                return
            scratch = self._scratch(name)
            fs.pipe_file(scratch, content)
            self._settle(scratch, name)

    def _settle(self, scratch: str, name: str) -> None:
        fs, path = self._place[0], self._path(name)
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        fs.mv(scratch, path)

    def decides(self) -> bool:
        """Whether the place refuses a second file of one name, whoever writes it: asked by doing it."""
        name = f"tmp/probe.{secrets.token_hex(6)}"
        found = self.create(name, b"1") == self.create(name, b"2") == b"1" and self._is_atomic
        with suppress(PrerequisiteError):  # who may not remove anything can still keep results
            self.remove_files([name])
        return found

    @property
    def _is_atomic(self) -> bool:
        return self.protocol in _DECIDING

    def create(self, name: str, content: bytes) -> bytes:
        """Write a file unless there is one; the bytes that stand.

        Where the place doesn't decide who was first, two at the same moment may both write; then the
        one who reads last sees what stands.
        """
        try:
            with self._explained():
                self._create(name, content)
        except PrerequisiteError:
            # Somebody was first; or we were, the answer was lost, and the second try met our own.
            with suppress(PrerequisiteError):
                if (present := self.read(name)) is not None:
                    return present
            raise
        if not self._is_atomic:
            return self.read(name) or content
        return content

    def _create(self, name: str, content: bytes) -> None:
        fs, path = self._place[0], self._path(name)
        if self.protocol in ("file", "local"):
            scratch = self._scratch(name)
            Path(scratch).parent.mkdir(parents=True, exist_ok=True)
            fs.pipe_file(scratch, content)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(scratch, path)
            finally:
                fs.rm_file(scratch)
        else:
            fs.pipe_file(path, content, mode="create")

    def _scratch(self, name: str) -> str:
        return self._path(f"tmp/{PurePosixPath(name).name}.{secrets.token_hex(6)}")

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it; what isn't there is no mistake."""
        fs, _ = self._place
        with self._explained(), suppress(FileNotFoundError):
            fs.rm(self._path(name), recursive=True)

    def remove_files(self, names: Collection[str]) -> None:
        """Remove files, some at a time. Each is asked for alone: a bulk request hides what was refused."""
        each(self._remove_file, names)

    def _remove_file(self, name: str) -> None:
        fs, _ = self._place
        with self._explained(), suppress(FileNotFoundError):
            fs.rm_file(self._path(name))

    def move(self, names: Mapping[str, str]) -> None:
        """Give files other names: each is copied there, and then all old ones are removed."""
        each(self._copy, names.items())
        self.remove_files(list(names))

    def _copy(self, pair: tuple[str, str]) -> None:
        fs, (source, target) = self._place[0], (self._path(name) for name in pair)
        with self._explained():
            if self.has_folders:
                fs.makedirs(target.rpartition("/")[0], exist_ok=True)
            fs.cp_file(source, target)

    # -- errors ------------------------------------------------------------------------------------

    @contextmanager
    def _explained(self, missing: bool = False) -> Iterator[None]:
        """Turn whatever goes wrong into a sentence; ``missing`` lets `FileNotFoundError` through."""
        try:
            yield
        except PrerequisiteError:
            raise
        except Exception as error:  # each protocol's library has errors of its own
            if missing and isinstance(error, FileNotFoundError) and not self._has_no_bucket(error):
                raise
            raise sentence(error, self.protocol, self.shown) from error

    @staticmethod
    def _has_no_bucket(error: BaseException) -> bool:
        return "bucket does not exist" in str(error) or "NoSuchBucket" in repr(error.__cause__)


def each(do: Callable[[A], B], items: Iterable[A]) -> list[tuple[A, B]]:
    """Some requests at a time, in order; the first that fails ends it."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        items = list(items)
        return list(zip(items, pool.map(do, items), strict=True))


def _entry(info: Mapping[str, Any]) -> Entry:
    """A file as listings of fsspec's libraries describe it, each in words of its own."""
    times = ("LastModified", "last_modified", "mtime", "updated", "created")
    marks = ("ETag", "etag", "generation", "ino")
    when = next((info[name] for name in times if info.get(name)), None)
    modified = when.timestamp() if isinstance(when, datetime) else when
    known = [str(info[name]) for name in (*marks, "mtime") if info.get(name)]
    return Entry(
        int(info["size"] or 0),
        float(modified) if isinstance(modified, int | float) else None,
        " ".join(known),
    )


def _s3_patience() -> dict[str, Any]:
    from fsspec.config import conf

    return {**_PATIENCE, **conf.get("s3", {}).get("config_kwargs", {})}
