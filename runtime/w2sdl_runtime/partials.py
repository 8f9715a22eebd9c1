"""What a long node has done so far, kept on the disk of the store until the node is done.

partial/<key>/<label>-<number>-<sha256>.safetensors   arrays, and facts (JSON) in the header

A label says all that its content depends on, so that whatever is found under it fits. Every file
carries the digest of its bytes in its name: it is whole, or it is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.files import file_digest, sync

if TYPE_CHECKING:
    import numpy as np

#: The folder of a store in which nodes keep what models make of rows, for each other.
READINGS = "readings"
#: Seconds between two commits, unless an attempt says otherwise.
COMMIT_EVERY = 60.0
#: At most this share of a node's time goes into commits, however large they are.
SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Partial:
    """One piece of work: arrays of plain numbers, and facts about them (JSON)."""

    arrays: Mapping[str, np.ndarray[Any, Any]]
    facts: Mapping[str, Any]


class Partials:
    """The pieces of one node. An empty label, or no folder, keeps nothing.

    Nothing here can fail a node: what can't be written is logged and done without.
    """

    def __init__(
        self,
        folder: Path | None = None,
        every: float = COMMIT_EVERY,
        work: Path | None = None,
        log: Callable[[str], None] = lambda _: None,
        readings: Path | None = None,
    ) -> None:
        """Keep pieces in ``folder``, made with the first one; files are written in ``work`` first.

        ``readings`` is where all nodes keep what they share.
        """
        self._folder, self._work, self._log = folder, work, log
        self._readings = readings
        self._every = every if folder is not None else math.inf
        self._waiting: dict[str, Partial] = {}
        self._last, self._cost = time.monotonic(), 0.0

    @property
    def folder(self) -> Path | None:
        """Where the pieces are kept; None where nothing is."""
        return self._folder

    def shared(self, label: str) -> Partials:
        """Pieces with this label that no node owns: all of them find these, and nobody clears them.

        To ask is to use: a collection of garbage goes by when somebody last did.
        """
        if self._readings is None or not label:
            return Partials(log=self._log)
        folder = self._readings / _name(label)
        with suppress(OSError):  # there is none yet, or it is another user's
            os.utime(folder)
        return Partials(folder, self._every, self._work, self._log)

    def due(self) -> bool:
        """Whether enough time has passed since the last commit. With ``every`` 0 it always has."""
        pause = max(self._every, self._cost / SHARE) if self._every else 0.0
        return time.monotonic() - self._last >= pause

    def offer(self, label: str, partial: Partial) -> None:
        """Have a finished piece committed when that is due, together with others that wait."""
        if self._folder is None or not label:
            return
        self._waiting[label] = partial
        if self.due():
            self.flush()

    def save(self, label: str, partial: Partial) -> None:
        """Commit a piece now, and what waits; it replaces an earlier one of its label."""
        if self._folder is not None and label:
            self._waiting[label] = partial
            self.flush()

    def flush(self) -> None:
        """Commit what waits."""
        start = time.monotonic()
        while self._waiting:
            label, partial = self._waiting.popitem()
            self._write(label, partial)
        self._last = time.monotonic()
        self._cost = self._last - start

    def load(self, label: str) -> Partial | None:
        """The last whole piece that was committed under a label."""
        for path in reversed(self._files(label)):
            partial = self._read(path)
            if partial is not None:
                kill_point("partial.resumed")
                return partial
        return None

    def clear(self) -> None:
        """Forget everything: the node has its result."""
        self._waiting.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    # -- files -------------------------------------------------------------------------------------

    def _files(self, label: str) -> list[Path]:
        """Files of a label, the newest last."""
        if self._folder is None or not label:
            return []
        return sorted(self._folder.glob(f"{_name(label)}-*.safetensors"))

    def _write(self, label: str, partial: Partial) -> None:
        from safetensors import SafetensorError

        try:
            self._commit(label, partial)
        except (OSError, SafetensorError) as error:  # a full disk, say
            self._log(f"what was done so far could not be committed ({error}); the work goes on")

    def _commit(self, label: str, partial: Partial) -> None:
        """Write a file, then give it its name, then remove the ones that it replaces."""
        from safetensors.numpy import save_file

        folder, work = self._folder, self._work or self._folder
        if folder is None or work is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        scratch = work / f".partial.{secrets.token_hex(6)}"
        arrays = {n: a if a.flags.c_contiguous else a.copy() for n, a in partial.arrays.items()}
        try:
            save_file(arrays, scratch, {"facts": json.dumps(partial.facts, allow_nan=False)})
            sync(scratch)
            kill_point("partial.saved-temp")
            older = self._files(label)
            number = int(older[-1].name.split("-")[1]) + 1 if older else 0
            name = f"{_name(label)}-{number:08d}-{file_digest(scratch)}.safetensors"
            scratch.rename(folder / name)
        finally:
            scratch.unlink(missing_ok=True)
        kill_point("partial.saved")
        for path in older:
            path.unlink(missing_ok=True)

    def _read(self, path: Path) -> Partial | None:
        """A file's content, or None where it is not what its name says."""
        from safetensors import safe_open

        try:
            if file_digest(path) != path.stem.rpartition("-")[2]:
                self._log(f"{path} is damaged: what it held is done again")
                return None
            with safe_open(path, framework="numpy") as file:
                facts = json.loads((file.metadata() or {})["facts"])
                return Partial({name: file.get_tensor(name) for name in file.keys()}, facts)  # noqa: SIM118
        except OSError as error:
            self._log(f"{path} can't be read ({error}): what it held is done again")
            return None


def _name(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()[:32]
