"""What the files, folders and hub ids named by parameters stand for: digests and revisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2sdl.dotted import beside, value_at
from w2sdl.graph import Node
from w2sdl.lock import lock_name
from w2sdl_runtime.confinement import Confinement
from w2sdl_runtime.errors import PrerequisiteError, first_line
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.masking import Masker
from w2sdl_runtime.source_params import leaves

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_PATIENCE = 10.0  #: seconds for the hub to answer


@dataclass(frozen=True, slots=True)
class Named:
    """A file, folder or repository that a node reads."""

    value: str
    what: str  #: "file" | "folder" | "model" | "dataset"
    revision: str  #: as the spec asks for, or ""

    @property
    def may_be_repository(self) -> bool:
        return self.what in ("model", "dataset")

    @property
    def is_commit(self) -> bool:
        """Whether the spec itself says which commit."""
        return _COMMIT.fullmatch(self.revision) is not None

    @property
    def lock_name(self) -> str:
        return lock_name(self.value, self.what, self.revision)


def named_by(node: Node) -> dict[str, Named]:
    """What a node reads from outside, by the dotted path of the parameter that names it."""
    found: dict[str, Named] = {}
    for name, what in node.sources.items():
        revision = str(value_at(node.params, beside(name, "revision")) or "")
        for path, value in leaves(name, value_at(node.params, name)):
            found[path] = Named(value, what, revision)
    return found


class Sources:
    """Resolves source parameters; asks the disk and the hub once for each."""

    def __init__(
        self,
        base: Path,
        lock: Mapping[str, str],
        hashes: HashCache,
        offline: bool = False,
        confinement: Confinement | None = None,
    ) -> None:
        self._base = base
        self._lock = lock
        self._hashes = hashes
        self._offline = offline  #: refuse what only the hub could say
        self._confinement = confinement  #: None lets a spec name any file
        self.masker = Masker.of_environment()
        #: what the hub was asked for, and the commit it gave, by `lock_name`
        self.locked: dict[str, str] = {}

    def resolve(self, node: Node) -> dict[str, dict[str, str]]:
        """What each source parameter of a node stands for; those that are null are left out.

        A file becomes ``{"sha256"}``, a folder ``{"folder"}``, a hub id ``{"repo", "revision"}``.

        Raises:
            PrerequisiteError: when a file is missing or a hub can't be reached.
        """
        return {path: self._one(named) for path, named in named_by(node).items()}

    def known(self, node: Node) -> dict[str, dict[str, str]]:
        """Like `resolve`, without what is missing or only the hub could say."""
        found: dict[str, dict[str, str]] = {}
        for path, named in named_by(node).items():
            with suppress(PrerequisiteError):
                found[path] = self._one(named)
        return found

    def content(self, value: str) -> dict[str, str] | None:
        """The digest of a file or folder; None where there is none of that name.

        Raises:
            PrerequisiteError: for one that this spec may not read.
        """
        path = self._base / Path(value).expanduser()
        if self._confinement is not None:
            self._confinement.check(value, path)
        if path.is_dir():
            return {"folder": self._hashes.folder(path)}
        return {"sha256": self._hashes.file(path)} if path.is_file() else None

    def _one(self, named: Named) -> dict[str, str]:
        found = self.content(named.value)
        if found is not None:
            return found
        if named.may_be_repository and _HUB_ID.fullmatch(named.value):
            return {"repo": named.value, "revision": self._revision(named)}
        raise PrerequisiteError(
            f"there is no {named.what} {named.value}", f"paths start at {self._base}"
        )

    def _revision(self, named: Named) -> str:
        """The commit of a hub repository: as asked, from the lock file, or from the hub."""
        if named.is_commit:
            return named.revision
        name = named.lock_name
        if name in self._lock:
            return self._lock[name]
        if name not in self.locked and self._offline:
            raise PrerequisiteError(
                f"nothing here says which commit {name} stands for", "lock it: w2sdl lock SPEC"
            )
        if name not in self.locked:
            self.locked[name] = hub_revision(named.value, named.what, named.revision)
        return self.locked[name]


def check_sources(
    base: Path, params: Mapping[str, Any], sources: Mapping[str, Any], hashes: HashCache
) -> None:
    """Look whether files are still what the key of a result says; ``params`` name them.

    Raises:
        PrerequisiteError: naming the first file or folder that is another one.
    """
    here = Sources(base, {}, hashes)
    for name, known in sources.items():
        value = value_at(params, name)
        if "repo" not in known and here.content(value) != known:
            raise PrerequisiteError(
                f"{value} is not what it was when this run first looked at it",
                "the same command again takes it as it is now; all machines of a cluster must see the "
                "same files",
            )


def hub_revision(repo: str, what: str, revision: str) -> str:
    """The commit that a hub repository stands at.

    Raises:
        PrerequisiteError: when the hub can't be reached or has no such repository.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    info = HfApi().model_info if what == "model" else HfApi().dataset_info
    missing = (RepositoryNotFoundError, RevisionNotFoundError, GatedRepoError)
    try:
        commit = info(repo, revision=revision or None, timeout=_PATIENCE).sha
    except missing as error:
        at = f" at {revision}" if revision else ""
        raise PrerequisiteError(
            f"the Hugging Face hub gives no {what} {repo}{at}, and no folder has that name",
            "check its name, that you are logged in (hf auth login) and accepted its terms; "
            "a folder is named by its path from the spec",
        ) from error
    except Exception as error:  # what a failed request raises depends on the HTTP library below
        raise _unreachable(repo, what, error) from error
    if not commit:
        raise PrerequisiteError(
            f"the hub names no commit for {repo}", "give its revision: in the spec"
        )
    return str(commit)


def _unreachable(repo: str, what: str, error: Exception) -> PrerequisiteError:
    return PrerequisiteError(
        f"there is no folder {repo}, and the Hugging Face hub can't be asked for {what} {repo}:"
        f" {first_line(error)}",
        "name a folder by its path from the spec, give revision: (a commit of 40 digits), lock the spec "
        "where there is a network (w2sdl lock), or go online",
    )
