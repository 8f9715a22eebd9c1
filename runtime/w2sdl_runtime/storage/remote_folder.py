"""Files behind a URL, by names below it: the only file that uses fsspec to keep results.

What a library or a server says becomes one sentence. Libraries try again by themselves, with pauses,
where a request is lost or a server is busy; what fails here has failed for good.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from w2sdl.location import shown_location
from w2sdl_runtime.errors import PrerequisiteError

_PACKAGES = {
    "s3": '"w2sdl[s3]"', "s3a": '"w2sdl[s3]"', "gs": "gcsfs", "gcs": "gcsfs",
    "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "oss": "ossfs", "oci": "ocifs",
}  # fmt: skip
#: Where a file can be seen half written, so that it is written under another name first.
_FOLDERS = ("file", "local", "sftp", "ssh", "smb", "hdfs", "webhdfs", "ftp")
#: Nobody waits for ever for an answer; values of the user's fsspec configuration go first.
_PATIENCE = {
    "connect_timeout": 10,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}


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

    def sizes(self, folder: str) -> Mapping[str, int]:
        """All files below a folder, by their names below it."""
        fs, root = self._place
        start = f"{root}/{folder.rstrip('/')}/"
        try:
            with self._explained(missing=True):
                found = fs.find(start.rstrip("/"), detail=True)
        except FileNotFoundError:
            return {}
        inside = {name: info for name, info in found.items() if name.startswith(start)}
        return {name[len(start) :]: int(info["size"] or 0) for name, info in inside.items()}

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
            if self.protocol not in _FOLDERS:
                fs.put_file(str(source), self._path(name))
                return
            scratch = self._scratch(name)
            fs.put_file(str(source), scratch)
            self._settle(scratch, name)

    def write(self, name: str, content: bytes) -> None:
        """Replace a file."""
        fs, _ = self._place
        with self._explained():
            if self.protocol not in _FOLDERS:
                fs.pipe_file(self._path(name), content)
                return
            scratch = self._scratch(name)
            fs.pipe_file(scratch, content)
            self._settle(scratch, name)

    def _settle(self, scratch: str, name: str) -> None:
        fs, path = self._place[0], self._path(name)
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        fs.mv(scratch, path)

    def create(self, name: str, content: bytes) -> bytes:
        """Write a file unless there is one; the bytes that stand.

        Buckets decide atomically who was first; elsewhere two at the same moment may both write.
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
            raise self._sentence(error) from error

    @staticmethod
    def _has_no_bucket(error: BaseException) -> bool:
        return "bucket does not exist" in str(error) or "NoSuchBucket" in repr(error.__cause__)

    def _sentence(self, error: Exception) -> PrerequisiteError:
        if isinstance(error, ImportError):
            package = _PACKAGES.get(self.protocol)
            how = f"pip install {package}" if package else str(error)
            return PrerequisiteError(f"stores at {self.protocol}:// need another package", how)
        if isinstance(error, ValueError) and "Protocol not known" in str(error):
            return PrerequisiteError(
                f"nothing here knows stores at {self.protocol}://",
                "name a folder, or a bucket: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX",
            )
        reason = _first_line(error)
        if isinstance(error, FileNotFoundError):
            return PrerequisiteError(
                f"the store {self.shown} is not there: {reason}",
                "make the bucket first, or check its name; w2sdl makes none",
            )
        if isinstance(error, PermissionError) or "redentials" in type(error).__name__:
            return PrerequisiteError(
                f"the store {self.shown} lets nobody in: {reason}",
                "check the credentials in the environment or the profile, and what they allow: "
                "listing, reading and writing",
            )
        return PrerequisiteError(
            f"the store {self.shown} can't be reached: {reason}",
            "try again: what was computed is kept on this machine, and is uploaded by the next run",
        )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _s3_patience() -> dict[str, Any]:
    from fsspec.config import conf

    return {**_PATIENCE, **conf.get("s3", {}).get("config_kwargs", {})}
