"""Files as they are at a git revision, read with the user's own git and never checked out."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from w2sdl.cli.common import Failure
from w2sdl.keys import folder_digest


@dataclass(frozen=True)
class GitTree:
    """The files of one commit."""

    top: Path  #: the root of the working tree
    commit: str
    rev: str  #: as the user called it

    @classmethod
    def open(cls, near: Path, rev: str) -> GitTree:
        """The tree of a revision, in the repository that a path lies in.

        Raises:
            Failure: without git, outside a repository, or for an unknown revision.
        """
        folder = next(f for f in (near.resolve(), *near.resolve().parents) if f.is_dir())
        top = _git(folder, "rev-parse", "--show-toplevel")
        if top is None:
            raise Failure(f"{near} lies in no git repository", "SPEC@REV needs one; name two files")
        found = None if rev.startswith("-") else _git(folder, "rev-parse", "--verify", "--quiet",
                                                      f"{rev}^{{commit}}")  # fmt: skip
        if found is None:
            raise Failure(
                f"git knows no revision `{rev}` here",
                "name a commit, a branch or a tag; `git log --oneline` lists commits",
            )
        return cls(Path(top.decode().strip()), found.decode().strip(), rev)

    def path(self, path: Path) -> str:
        """A path as the repository names it.

        Raises:
            Failure: for a path outside the repository.
        """
        try:
            return (path.parent.resolve() / path.name).relative_to(self.top.resolve()).as_posix()
        except ValueError as problem:
            raise Failure(f"{path} lies outside the repository {self.top}") from problem

    def text(self, path: Path) -> str:
        """The text of a file.

        Raises:
            Failure: when the commit has no such file, or it is not UTF-8.
        """
        name = self.path(path)
        found = self.blob(name)
        if found is None:
            raise Failure(
                f"{name} is not in {self.rev} ({self.commit[:10]})",
                f"`git log --follow -- {name}` shows since when it exists and under which names",
            )
        try:
            return found.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise Failure(
                f"{name} at {self.rev} is not UTF-8 text", "save it as UTF-8"
            ) from problem

    def blob(self, name: str) -> bytes | None:
        """The bytes of a file, by its path from the root; None where there is none."""
        if name not in self._files:
            return None
        return _git(self.top, "cat-file", "blob", f"{self.commit}:{name}")

    def digest(self, name: str) -> dict[str, str] | None:
        """What a file or folder holds, in the words of the store; None where there is none."""
        import hashlib

        if name in self._files:
            return {"sha256": hashlib.sha256(self.blob(name) or b"").hexdigest()}
        start = "" if name in ("", ".") else f"{name}/"
        below = [file for file in self._files if file.startswith(start)]
        shown = [f for f in below if not any(p.startswith(".") for p in
                                             PurePosixPath(f.removeprefix(start)).parts)]  # fmt: skip
        if not below:
            return None
        digests = {
            f.removeprefix(start): hashlib.sha256(self.blob(f) or b"").hexdigest() for f in shown
        }
        return {"folder": folder_digest(digests)}

    @cached_property
    def _files(self) -> frozenset[str]:
        listed = _git(self.top, "ls-tree", "-r", "-z", "--name-only", self.commit) or b""
        return frozenset(listed.decode("utf-8", "surrogateescape").split("\0"))


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git prints, or None where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError as problem:
        raise Failure("git is not installed", "SPEC@REV asks git for the file") from problem
    return done.stdout if done.returncode == 0 else None
