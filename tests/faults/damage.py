"""What else may happen to a store between two runs: damaged files, and what the dead leave behind."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from w2sdl_runtime import provenance
from w2sdl_runtime.storage.journal import Journal
from w2sdl_runtime.storage.journal_file import NAME, insert
from w2sdl_runtime.storage.store import Store

Damage = Callable[[Store, Sequence[str], random.Random], None]


def _some_object(store: Store, keys: Sequence[str], draw: random.Random) -> Path | None:
    """The object of some result; None while there is no result yet."""
    digests = sorted({m.digest for key in keys if (m := store.lookup(key)) is not None})
    return store.path(draw.choice(digests)) if digests else None


def flip_byte(store: Store, keys: Sequence[str], draw: random.Random) -> None:
    folder = _some_object(store, keys, draw)
    if folder is None:
        return
    path = draw.choice(sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size))
    _flip(path, draw)


def _flip(path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.chmod(0o644)
    path.write_bytes(content)


def delete_object(store: Store, keys: Sequence[str], draw: random.Random) -> None:
    folder = _some_object(store, keys, draw)
    if folder is not None:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


def _tear(name: str) -> Damage:
    def tear(store: Store, keys: Sequence[str], draw: random.Random) -> None:
        paths = [path for key in keys if (path := store.keys / key / name).exists()]
        if paths:
            path = draw.choice(paths)
            path.write_bytes(path.read_bytes()[: draw.randrange(path.stat().st_size)])

    return tear


def flip_partial(store: Store, keys: Sequence[str], draw: random.Random) -> None:
    """Damage what a long node had done so far, if one was under way."""
    for path in (store.root / "partial").glob("*/*.safetensors"):
        _flip(path, draw)


def _write_at(place: Callable[[int], int], content: bytes | None) -> Damage:
    """Overwrite a part of the journal from ``place(size)`` on; None cuts it off there."""

    def damage(store: Store, keys: Sequence[str], draw: random.Random) -> None:
        path = store.root / NAME
        if not path.exists():
            return
        with path.open("r+b") as file:
            start = place(path.stat().st_size)
            if content is None:
                file.truncate(start)
            else:
                file.seek(start)
                file.write(content)

    return damage


def delete_journal(store: Store, keys: Sequence[str], draw: random.Random) -> None:
    for suffix in ("", "-wal", "-shm"):
        (store.root / (NAME + suffix)).unlink(missing_ok=True)


def stale_lease(store: Store, keys: Sequence[str], draw: random.Random) -> None:
    """Leases of a process that has ended, of one whose number is another's now, of a silent host."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    here, now = provenance.host_name(), time.time()
    owners = [(here, gone.pid, 1.0, now), (here, 1, -5.0, now), ("elsewhere", 1, 1.0, now - 90)]
    journal = Journal(store.root)
    with journal.transaction() as db:
        for number, (host, pid, started, beat) in enumerate(owners):
            row = {"owner": f"owner-{number}", "run": "earlier", "host": host, "pid": pid}
            insert(db, "owners", {**row, "started": started, "beat": beat})
        for number, key in enumerate(keys):
            lease = {"key": key, "token": number, "owner": f"owner-{number % len(owners)}"}
            insert(db, "leases", {**lease, "address": "", "taken": now})
    journal.close()


DAMAGES: dict[str, Damage] = {
    "flipped byte": flip_byte,
    "flipped partial": flip_partial,
    "deleted object": delete_object,
    "torn manifest": _tear("manifest.json"),
    "torn key.json": _tear("key.json"),
    "journal cut in half": _write_at(lambda size: size // 2, None),
    "journal emptied": _write_at(lambda _: 0, None),
    "journal without header": _write_at(lambda _: 0, b"\xff" * 100),
    "journal overwritten": _write_at(lambda size: size // 3, b"\xa5" * 9000),
    "deleted journal": delete_journal,
    "stale leases": stale_lease,
}
#: After these some results have to be computed again.
LOSSES = ("flipped byte", "deleted object", "torn manifest")
