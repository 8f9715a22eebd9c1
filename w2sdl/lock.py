"""The lock file beside a spec: what it stood on when it was locked.

``debate_sciq.w2s.lock`` is JSON for git. Its commits of hub repositories make a spec run the same
everywhere, and plan without any network. Digests of local files, versions of packages and of w2sdl are
what ``run --locked`` compares with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from w2sdl.input_error import InputError

SCHEMA = "w2sdl.lock.2"
_FIRST = "w2sdl.lock.1"  #: only had revisions


class LockError(InputError):
    """A lock file that can't be read; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "delete it and write it again: w2sdl lock SPEC")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a spec stood on. Fields are empty where a lock of an earlier schema does not tell."""

    revisions: Mapping[str, str] = field(default_factory=dict)  #: `lock_name` -> commit
    files: Mapping[str, str] = field(default_factory=dict)  #: path as in the spec -> digest
    packages: Mapping[str, str] = field(default_factory=dict)  #: name -> public version
    python: str = ""  #: major and minor version
    w2sdl: str = ""
    key_schema: int | None = None

    def joined(self, later: Lock) -> Lock:
        """This lock, with what a later one says: what other profiles locked stays."""
        revisions, files = (
            {**self.revisions, **later.revisions},
            {**self.files, **later.files},
        )
        return replace(later, revisions=revisions, files=files)


def lock_path(spec: Path) -> Path:
    """``NAME.w2s.lock`` beside ``NAME.w2s``."""
    return spec.with_name(spec.name + ".lock")


def lock_name(repo: str, what: str, asked: str = "") -> str:
    """A repository as the lock names it: ``repo``, ``datasets/repo``, with ``@revision`` if asked for."""
    name = f"datasets/{repo}" if what == "dataset" else repo
    return f"{name}@{asked}" if asked else name


def load_lock(path: Path) -> Lock | None:
    """The lock in a file; None where there is no file.

    Raises:
        LockError: for a file that is no lock file.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise LockError(f"{path} can't be read as a lock file: {problem}") from problem
    return lock_from_text(text, str(path))


def lock_from_text(text: str, path: str) -> Lock:
    """The lock in a text, which ``path`` names in messages.

    Raises:
        LockError: for a text that is no lock file.
    """
    try:
        found = json.loads(text)
    except ValueError as problem:
        raise LockError(f"{path} can't be read as a lock file: {problem}") from problem
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema not in (SCHEMA, _FIRST) or not isinstance(found.get("revisions"), dict):
        raise LockError(f'{path} is not a lock file of this version ("schema": "{SCHEMA}")')
    names = ("revisions", "files", "packages")
    tables = {name: _table(found.get(name, {}), name, path) for name in names}
    schema_of_keys = found.get("key_schema")
    return Lock(
        **tables,
        python=str(found.get("python", "")),
        w2sdl=str(found.get("w2sdl", "")),
        key_schema=schema_of_keys if isinstance(schema_of_keys, int) else None,
    )


def _table(found: Any, name: str, path: str) -> dict[str, str]:
    if not isinstance(found, dict):
        raise LockError(f"{path} can't be read as a lock file: `{name}` is no table")
    return {str(key): str(value) for key, value in found.items()}


def read_lock(path: Path) -> dict[str, str]:
    """Commits by `lock_name`; {} where there is no lock file.

    Raises:
        LockError: for a file that is no lock file.
    """
    found = load_lock(path)
    return dict(found.revisions) if found is not None else {}


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock file, sorted, so that git shows what changed."""
    record = asdict(lock)
    for name in ("revisions", "files", "packages"):
        record[name] = dict(sorted(record[name].items()))
    text = json.dumps({"schema": SCHEMA, **record}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")
