"""Commands about a run that work when pasted into a shell, in the folder where it was started."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Text that means itself between double quotes, in the shells of Linux and macOS.
_PLAIN_IN_QUOTES = re.compile(r"""[^"$`\\!]*""")


@dataclass(frozen=True, slots=True)
class Commands:
    """The command lines of a run; each names the store where the run itself did.

    Args:
        run: its id.
        folder: where it was started; "" where no command line did.
        arguments: of the command that goes on with it: ``run``, the spec, profiles, settings, store.
        store: ``--store`` and its place, or nothing where that is the project's.
    """

    run: str
    folder: str
    arguments: tuple[str, ...]
    store: tuple[str, ...]

    @property
    def enter(self) -> str:
        """Go to the folder that relative paths are meant in; "" where it is not known."""
        return f"cd {quoted(self.folder)}" if self.folder else ""

    @property
    def again(self) -> str:
        """The same run: what is stored is reused, what is missing is computed."""
        return self._line(*self.arguments) if self.arguments else ""

    @property
    def anew(self) -> str:
        """The same, computed from nothing, into a store of its own."""
        if not self.arguments:
            return ""
        return self._line(*_without_store(self.arguments), "--store", f"again-{self.run}")

    @property
    def report(self) -> str:
        """This page, written again from the store."""
        return self._line("report", self.run, *self.store)

    def trace(self, number: str) -> str:
        """Where a number comes from, down to the artifacts; ``number`` as `number_text` makes it."""
        return self._line("trace", self.run, number, *self.store)

    def logs(self, address: str) -> str:
        """What a node wrote."""
        return self._line("logs", f"{self.run}/{address}", *self.store)

    def _line(self, *words: str) -> str:
        return " ".join(map(quoted, ("w2sdl", *words)))


def commands_of(run: Mapping[str, Any]) -> Commands:
    """The commands of a run by its ``run.json``."""
    again = run.get("again") or {}
    arguments = tuple(map(str, again.get("arguments") or ()))
    store = _stated_store(arguments)
    if not again and run.get("store"):  # begun from Python, or by an earlier version
        store = ("--store", str(run["store"]))
    return Commands(str(run.get("run") or "last"), str(again.get("folder") or ""), arguments, store)


def quoted(word: str) -> str:
    """A word for a shell, between double quotes where single ones would have to be escaped."""
    if "'" in word and _PLAIN_IN_QUOTES.fullmatch(word):
        return f'"{word}"'
    return shlex.quote(word)


def _stated_store(arguments: Sequence[str]) -> tuple[str, ...]:
    for word, after in itertools.pairwise((*arguments, "")):
        if word == "--store":
            return ("--store", after)
        if word.startswith("--store="):
            return (word,)
    return ()


def _without_store(arguments: Sequence[str]) -> list[str]:
    kept, skip = [], False
    for word in arguments:
        if not skip and word not in ("--store", "--cache"):
            kept += [] if word.startswith(("--store=", "--cache=")) else [word]
        skip = not skip and word in ("--store", "--cache")
    return kept
