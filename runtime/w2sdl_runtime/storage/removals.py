"""How one machine removes files from a store behind a URL while others upload: no lock, no clock.

Who removes says first what, then looks which results there are by now. Who uploads names its result
first, then looks what is being removed. Whichever of the two comes second sees the other's word, since a
bucket's listing has all that was written before it: so nothing that a result names is removed unnoticed.
The files are ``gc/removing-<id>.json`` while it goes on, ``gc/removed-<id>.json`` once it is over; no id
comes twice, so their names tell whether anything was removed in between.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from w2sdl_runtime.storage.remote_folder import RemoteFolder

_FOLDER = "gc"
_REMOVING, _REMOVED = "removing-", "removed-"
#: Seconds after its word within which a collector begins its last request. A request may still be tried
#: again for minutes by the library below, hence the difference to the next one.
STOP = 120.0
#: Seconds after which an uploader takes a collector whose word stays the same for one that was killed.
DEAD = 900.0
#: The same for one who compares the server's time with this machine's clock, which may be wrong.
LONG_DEAD = 7200.0
_FIRST = f"{_REMOVED}first.json"  #: of a new store; it stays
_LOOK_AGAIN = 0.5
_wait = time.sleep

Seen = frozenset[str]


@dataclass(frozen=True, slots=True)
class Trust:
    """Objects that were seen whole there, and what had been removed by then."""

    seen: Seen
    whole: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Notice:
    """A collector's word: what it removes, and until when it may begin to."""

    id: str
    end: float  #: of this machine's monotonic clock

    @property
    def has_time(self) -> bool:
        return time.monotonic() < self.end


class Removals:
    """What is being removed from a store, and was."""

    def __init__(self, folder: RemoteFolder) -> None:
        self._folder = folder

    def begin(self) -> None:
        """Have a notice in a new store: libraries ask three times before they call a folder empty."""
        self._folder.write(f"{_FOLDER}/{_FIRST}", b"{}")

    # -- who uploads -------------------------------------------------------------------------------

    def look(self) -> Seen:
        """Names of all notices: the same ones later say that nothing else was removed in between."""
        return frozenset(self._folder.sizes(_FOLDER))

    def came_between(self, seen: Seen, names: Collection[str]) -> bool:
        """Whether files may have been removed since ``seen``; waits while one of ``names`` is to go."""
        now, ours = self.look(), set(names)
        going = [name for name in now if name.startswith(_REMOVING) and ours & self._meant(name)]
        for name in going:
            self._outlast(name, ours)
        return bool(going) or now != seen

    def _outlast(self, name: str, wanted: set[str]) -> None:
        """Wait until a removal is over that means one of ours, or its collector is surely dead."""
        end = time.monotonic() + DEAD
        while wanted & self._meant(name):
            entry = self._folder.entries(_FOLDER).get(name)
            age = time.time() - entry.modified if entry and entry.modified else 0.0
            if time.monotonic() > end or age > LONG_DEAD:
                self._end(name)
                return
            _wait(_LOOK_AGAIN)

    def _meant(self, name: str) -> set[str]:
        content = self._folder.read(f"{_FOLDER}/{name}")
        try:
            record: Any = json.loads(content or b"{}")
            return {str(one) for one in record.get("names", ())}
        except (ValueError, AttributeError):
            return set()

    # -- who collects ------------------------------------------------------------------------------

    def announce(self, names: Collection[str]) -> Notice:
        """Say that objects and keys of these names are to be removed, before the last look at them."""
        found = Notice(secrets.token_hex(8), time.monotonic() + STOP)
        content = json.dumps({"names": sorted(names)}).encode()
        self._folder.write(f"{_FOLDER}/{_REMOVING}{found.id}.json", content)
        return found

    def finish(self, notice: Notice) -> None:
        """Say that a removal is over."""
        self._end(f"{_REMOVING}{notice.id}.json")

    def _end(self, name: str) -> None:
        ended = name.replace(_REMOVING, _REMOVED, 1)
        self._folder.write(f"{_FOLDER}/{ended}", b"{}")
        self._folder.remove_files([f"{_FOLDER}/{name}"])

    def tidy(self) -> None:
        """Remove old notices, and end those of collectors that were killed long ago.

        The young stay, and so the latest does: all names of before never come back together.
        """
        found = self._folder.entries(_FOLDER)
        now = time.time()
        old = [n for n, e in found.items() if e.modified and now - e.modified > LONG_DEAD]
        for name in old:
            if name.startswith(_REMOVING):
                self._end(name)
        over = [f"{_FOLDER}/{name}" for name in old if name.startswith(_REMOVED) and name != _FIRST]
        self._folder.remove_files(over)
