"""The order in which a peer's code reads rows, and how it halves them.

Shuffles and halves are those of the `datasets` library: `Dataset.shuffle(seed)` and
`train_test_split(test_size, seed)` take NumPy's `default_rng(seed).permutation(n)`, and the latter puts
the first ceil(n · test_size) of it into its test part.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from w2sdl_runtime.data.peers.told import PeerSet, Told
from w2sdl_runtime.data.rows import DropRow, Row
from w2sdl_runtime.op import PrerequisiteError

T = TypeVar("T")

#: Names of the parts that peers cut; as splits, `take(n, of: "D1")` draws from them.
WEAK, STUDENT, VALIDATION, TEST = "D1", "D2", "V", "T"


@dataclass(frozen=True, slots=True)
class Placed:
    """What is told of a row, and in which of the peer's parts it lies."""

    part: str
    told: Told
    peer_id: str = ""


#: By place in the source: the row as placed, or why it is left out.
Places = dict[int, Placed | str]


def shuffled(rows: Sequence[T], seed: int) -> list[T]:
    """As `Dataset.shuffle(seed)`."""
    import numpy as np

    return [rows[n] for n in np.random.default_rng(seed).permutation(len(rows)).tolist()]


def halves(rows: Sequence[T], seed: int, test_rows: int | None = None) -> tuple[list[T], list[T]]:
    """Train and test part of `train_test_split(seed=seed)`: two halves, or so many test rows."""
    mixed = shuffled(rows, seed)
    cut = math.ceil(len(rows) / 2) if test_rows is None else min(test_rows, len(rows))
    return mixed[cut:], mixed[:cut]


def openai_places(
    rows: Sequence[Row], peer: PeerSet, seed: int, n_docs: int, n_test: int
) -> Places:
    """The first rows of a split, told in file order, then shuffled and halved."""
    train = _of_split(rows, peer.train)
    test = _of_split(rows, peer.test)
    places: Places = dict.fromkeys(train[n_docs:], "beyond the first n_docs")
    places |= dict.fromkeys(test[n_test:], "beyond the first n_test")
    told, dropped = _tell(rows, train[:n_docs], peer, seed)
    weak, student = halves(shuffled(told, seed), seed)
    measured, more = _tell(rows, test[:n_test], peer, seed)
    for part, members in ((WEAK, weak), (STUDENT, student), (TEST, measured)):
        places |= {n: Placed(part, one) for n, one in members}
    return places | dropped | more


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows EleutherAI/w2s takes: to train on (both halves), to validate, to test."""

    train: int
    validation: int
    test: int


_POOL_SEED, _HALVES_SEED, _POOLED_TEST = 0, 42, 3_000


def eleuther_places(rows: Sequence[Row], peer: PeerSet, sizes: Sizes) -> Places:
    """Shuffled, told, balanced, and cut in that order."""
    if peer.pooled:
        pool, measured = halves(range(len(rows)), _POOL_SEED, _POOLED_TEST)
    else:
        pool, measured = _of_split(rows, peer.train), _of_split(rows, peer.test)
    kept, places = _balanced(rows, pool, peer)
    tests, more = _balanced(rows, measured, peer)
    places |= more
    validation, train = kept[: sizes.validation], kept[sizes.validation :]
    if len(train) < 2:
        raise PrerequisiteError(
            f"of {len(kept):,} rows, {len(validation):,} are for validation, and none are left to train on",
            "ask for fewer: n_val: ...",
        )
    weak, student = halves(train[: sizes.train], _HALVES_SEED)
    parts = {WEAK: weak, STUDENT: student, VALIDATION: validation, TEST: tests[: sizes.test]}
    places |= {n: "beyond n_train" for n, _ in train[sizes.train :]}
    places |= {n: "beyond n_test" for n, _ in tests[sizes.test :]}
    for part, members in parts.items():
        places |= {n: Placed(part, one, _sha(one.text)) for n, one in members}
    return places


def _balanced(
    rows: Sequence[Row], places: Sequence[int], peer: PeerSet
) -> tuple[list[tuple[int, Told]], Places]:
    """As many of each class; empty texts and what is too many are left out.

    Of the larger class a shuffle says which stay; then the smaller class, and these, are shuffled.
    """
    told, dropped = _tell(rows, shuffled(places, _POOL_SEED), peer, _POOL_SEED)
    dropped |= {n: "empty text" for n, one in told if not one.text}
    full = [(n, one) for n, one in told if one.text]
    counts = Counter(one.label for _, one in full)
    larger = max(counts, key=counts.__getitem__, default=1)  # of two alike the first that is met
    few = [(n, one) for n, one in full if one.label != larger]
    many = shuffled([(n, one) for n, one in full if one.label == larger], _POOL_SEED)
    dropped |= {n: "too many of its class" for n, _ in many[len(few) :]}
    return shuffled([*few, *many[: len(few)]], _POOL_SEED), dropped


def _tell(
    rows: Sequence[Row], places: Sequence[int], peer: PeerSet, seed: int
) -> tuple[list[tuple[int, Told]], Places]:
    dice = random.Random(seed)  # noqa: S311  # the peers' own generator
    told: list[tuple[int, Told]] = []
    dropped: Places = {}
    for n in places:
        try:
            told.append((n, peer.tell(rows[n], dice)))
        except DropRow as why:
            dropped[n] = why.reason
    return told, dropped


def _of_split(rows: Sequence[Row], split: str) -> list[int]:
    found = [n for n, row in enumerate(rows) if row.split == split]
    if not found:
        known = sorted({row.split for row in rows} - {""})
        raise PrerequisiteError(
            f"the split `{split}`, which this data set is made of, isn't there",
            f"its splits are {', '.join(known)}; name the one that is measured with test_split:"
            if known
            else f"read a folder with a file for each split: {split}.jsonl and so on",
        )
    return found


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:8]
