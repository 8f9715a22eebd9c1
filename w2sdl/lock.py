"""The lock file beside a spec: which commit each hub repository stands for.

``debate_sciq.w2s.lock`` is JSON for git. With it a spec runs the same everywhere, and plans without
any network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

SCHEMA = "w2sdl.lock.1"


class LockError(ValueError):
    """A lock file that can't be read; the message says why."""


def lock_path(spec: Path) -> Path:
    """``NAME.w2s.lock`` beside ``NAME.w2s``."""
    return spec.with_name(spec.name + ".lock")


def lock_name(repo: str, what: str, asked: str = "") -> str:
    """A repository as the lock names it: ``repo``, ``datasets/repo``, with ``@revision`` if asked for."""
    name = f"datasets/{repo}" if what == "dataset" else repo
    return f"{name}@{asked}" if asked else name


def read_lock(path: Path) -> dict[str, str]:
    """Commits by `lock_name`; {} where there is no lock file.

    Raises:
        LockError: for a file that is no lock file.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise LockError(f"{path} can't be read as a lock file: {problem}") from problem
    return parse_lock(text, str(path))


def parse_lock(text: str, path: str) -> dict[str, str]:
    """The commits in the text of a lock file, which ``path`` names in messages.

    Raises:
        LockError: for a text that is no lock file.
    """
    try:
        found = json.loads(text)
    except ValueError as problem:
        raise LockError(f"{path} can't be read as a lock file: {problem}") from problem
    revisions = found.get("revisions") if isinstance(found, dict) else None
    if not isinstance(revisions, dict) or found.get("schema") != SCHEMA:
        raise LockError(f'{path} is not a lock file of this version ("schema": "{SCHEMA}")')
    return {str(name): str(commit) for name, commit in revisions.items()}


def write_lock(path: Path, revisions: Mapping[str, str]) -> None:
    """Write a lock file, sorted, so that git shows what changed."""
    text = json.dumps({"schema": SCHEMA, "revisions": dict(sorted(revisions.items()))}, indent=2)
    path.write_text(text + "\n", "utf-8")
