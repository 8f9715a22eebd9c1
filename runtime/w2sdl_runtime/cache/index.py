"""The store as a plan sees it: listings and the journal, without opening any object.

Pre-images are read only for what is compared with, manifests only for what the journal doesn't know.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from w2sdl.graph import Node
from w2sdl.keys import store_key, tagged_hash
from w2sdl.planning.estimates import Estimate, estimate
from w2sdl.planning.plan import Compared, Preimage, Stored
from w2sdl.planning.preimages import fields_of
from w2sdl.planning.reasons import Earlier, Reason, Unmet
from w2sdl_runtime.confinement import Confinement
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import read_json
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.runs.history import History
from w2sdl_runtime.runs.timings import Timings
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.journal import Journal, reading_journal
from w2sdl_runtime.storage.keying import close_key, shape_of
from w2sdl_runtime.storage.manifest import Manifest, result_row
from w2sdl_runtime.storage.store import Store

Row = Mapping[str, Any]
_LIKE = 32  #: how many of the latest results of an operation are looked at for the nearest one


class Results:
    """What a store holds, from one listing of its keys, one of its objects, and the journal."""

    def __init__(self, store: Store, journal: Journal | None) -> None:
        self._store, self._journal = store, journal

    @cached_property
    def _keys(self) -> set[str]:
        return _names(self._store.keys)

    @cached_property
    def objects(self) -> set[str]:
        """Digests of the objects that are there."""
        return _names(self._store.objects)

    @cached_property
    def _corrupt(self) -> set[str]:
        """Objects whose bytes were found changed: as the journal knows, or as they lie aside."""
        marked = self._journal.corrupt_objects() if self._journal is not None else set()
        aside = {name.split(".", 1)[0] for name in _names(self._store.root / "aside")}
        return marked | (aside - self.objects)

    @cached_property
    def _journaled(self) -> dict[str, Row]:
        rows = self._journal.results() if self._journal is not None else []
        return {row["key"]: dict(row) for row in rows if row["key"] in self._keys}

    @cached_property
    def all(self) -> Mapping[str, Row]:
        """All results as the journal's rows; what it doesn't know is read from the files."""
        rest = {key: self._from_files(key) for key in self._keys - self._journaled.keys()}
        return self._journaled | {key: row for key, row in rest.items() if row is not None}

    def row(self, key: str) -> Row | None:
        """The result of one key, whether its bytes are there or not."""
        if key not in self._keys:
            return None
        return self._journaled.get(key) or self._from_files(key)

    def _from_files(self, key: str) -> Row | None:
        manifest = read_manifest(self._store, key)
        if manifest is None or manifest.key != key:
            return None
        preimage = self._store.preimage(key) or {}
        if not preimage.keys() >= {"op", "op_version", "params"}:
            return None
        return result_row(manifest, shape_of(preimage))

    @cached_property
    def elsewhere(self) -> set[str]:
        """Keys of results behind the URL that this store is a cache of, and not in the cache."""
        return self._store.remote_keys() - self._keys

    def problem(self, digest: str) -> Reason | None:
        """What became of an object's bytes; None if nothing did."""
        if digest in self._corrupt:
            return Reason.OUTPUT_CORRUPT
        return None if digest in self.objects else Reason.OUTPUT_MISSING

    @cached_property
    def sound(self) -> Sequence[Row]:
        """The results whose bytes are there, the latest first."""
        rows = [row for row in self.all.values() if self.problem(row["digest"]) is None]
        return sorted(rows, key=lambda row: (-row["ended"], row["key"]))

    @property
    def generation(self) -> str:
        """Another one whenever a result came or went."""
        return tagged_hash(
            "generation.1", sorted([row["key"], row["digest"]] for row in self.sound)
        )


def read_manifest(store: Store, key: str) -> Manifest | None:
    """The manifest of a key, whether its object is there or not."""
    try:
        return Manifest.model_validate_json((store.keys / key / "manifest.json").read_bytes())
    except (OSError, ValidationError):
        return None


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - a Path for each of many thousand names is slow
    except FileNotFoundError:
        return set()


@dataclass
class StoredIndex:
    """Answers a plan's questions; reads what they need when it is first asked."""

    store: Store
    sources: Sources
    results: Results
    history: History
    timings: Timings
    _nearest: dict[str, list[tuple[Compared, frozenset[Any]]]] = field(default_factory=dict)

    def close(self, node: Node, digests: Mapping[str, str]) -> Preimage | Unmet:
        try:
            return close_key(node, digests, self.sources).preimage
        except PrerequisiteError as problem:
            return Unmet(problem.message, problem.help, problem.code)

    def stored(self, key: str) -> Stored | None:
        row = self.results.row(key)
        problem = self.results.problem(row["digest"]) if row is not None else None
        if row is None or problem is not None:
            found = self.store.remote_result(key) if key in self.results.elsewhere else None
            if found is not None:
                return Stored(found.digest, found.run, is_remote=True)
        return Stored(row["digest"], row["run"], problem=problem) if row is not None else None

    @cached_property
    def _shapes(self) -> Mapping[str, list[float]]:
        """Seconds of all results by shape."""
        found: dict[str, list[float]] = {}
        for row in self.results.sound:
            found.setdefault(row["shape"], []).append(row["seconds"])
        return found

    def has_shape(self, preimage: Preimage) -> bool:
        if self._shapes and shape_of(preimage) in self._shapes:
            return True
        return bool(self.results.elsewhere)  # whose calls nobody here knows

    def compared(self, node: Node, preimage: Preimage, taken: Collection[str]) -> Compared | None:
        last = self.history.result(node)
        if last is not None:
            same = store_key(preimage) == last.key
            before = preimage if same else self.store.preimage(last.key)
            if before is not None and before.get("op") == node.op:
                return Compared(last.key, before, last.address, last.run, last.digest)
        return self._most_like(node, preimage, taken)

    def _most_like(self, node: Node, preimage: Preimage, taken: Collection[str]) -> Compared | None:
        """The pre-image with the fewest other fields; none where more than half of them differ."""
        known = self._nearest.get(node.op)
        if known is None:
            known = self._nearest[node.op] = list(self._candidates(node.op, taken))
        if not known:
            return None
        fields = fields_of(preimage)
        found, theirs = min(known, key=lambda one: len(one[1] ^ fields))
        return found if len(theirs ^ fields) <= max(len(theirs), len(fields)) else None

    def _candidates(
        self, op: str, taken: Collection[str]
    ) -> Iterator[tuple[Compared, frozenset[Any]]]:
        rows = [row for row in self._by_op.get(op, ()) if row["key"] not in taken]
        for row in rows[:_LIKE]:
            before = self.store.preimage(row["key"])
            if before is not None:
                of = (row["address"], row["run"], row["digest"])
                other = self.history.other_experiment(row["run"])
                found = Compared(row["key"], before, *of, is_nearest=True, experiment=other)
                yield found, fields_of(before)

    @cached_property
    def _by_op(self) -> Mapping[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.results.sound:
            found.setdefault(row["op"], []).append(row)
        return found

    def earlier(self, node: Node, key: str) -> Earlier | None:
        return self.history.attempt(node, key)

    def forgotten(self, key: str) -> str:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return str(read_json(self.store.keys / key / "forgotten.json")["who"])
        return ""

    def estimate(self, node: Node, preimage: Preimage, like: str) -> Estimate | None:
        seconds = self._shapes.get(shape_of(preimage)) if self._shapes else None
        if seconds:
            return estimate(seconds)
        known = self.timings.measured(node)
        if known is None and like and (row := self.results.row(like)) is not None:
            known = row["seconds"]
        return None if known is None else estimate([known])


def store_index(
    store: Store,
    base: Path,
    lock: Mapping[str, str],
    sources: Sources | None = None,
    *,
    confinement: Confinement | None = None,
    experiment: str = "",
    profiles: Sequence[str] = (),
) -> StoredIndex:
    """What `w2sdl.planning.deciding.plan_graph` asks of a store.

    Args:
        store: the store.
        base: the folder of the spec.
        lock: commits of hub repositories.
        sources: resolve files and repositories, where they are not read from ``base`` and ``lock``.
        confinement: which files the spec may name; None for any.
        experiment: whose earlier runs to compare with; "" compares with results only.
        profiles: under which it is planned: runs under the same ones are compared with first.
    """
    journal = reading_journal(store.root)
    hashes = HashCache(store.root / "hashes.json")
    return StoredIndex(
        store,
        sources or Sources(base, lock, hashes, confinement=confinement),
        Results(store, journal),
        History(journal, experiment, profiles),
        Timings(store.root / "timings.json"),
    )
