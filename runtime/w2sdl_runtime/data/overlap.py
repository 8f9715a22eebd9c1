"""What two sets of rows, or a corpus and a set of rows, have in common: by content, never by place.

Texts are compared without case, punctuation and blanks (NFKC). A row is known by its id (the same in
every data set that holds it), by the text that a model reads, by its passage and by its group.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from w2sdl_runtime.values import Corpus, Items

#: Texts of fewer words occur by chance; nothing is said of them.
LEAST_WORDS = 6
_WORD = re.compile(r"\w+")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """What lies on both sides: how many different ones of each, and one to show."""

    items: int
    texts: int
    passages: int
    groups: int
    first: str = ""

    def __bool__(self) -> bool:
        return bool(self.items or self.texts or self.passages or self.groups)

    def rows_only(self) -> Overlap:
        """Rows that are the same, without rows that only have a passage or a group in common."""
        return (
            replace(self, passages=0, groups=0) if self.items or self.texts else Overlap(0, 0, 0, 0)
        )

    def text(self) -> str:
        """In words, the most telling first: ``12 texts and 3 passages``."""
        counts = {"item": self.items, "text": self.texts, "passage": self.passages}
        if not any(counts.values()):
            counts = {"group": self.groups}
        said = [f"{n:,} {what}{'s' if n != 1 else ''}" for what, n in counts.items() if n]
        return " and ".join([", ".join(said[:-1]), said[-1]] if said[1:] else said)


def shared_rows(a: Items, b: Items) -> Overlap:
    """What two sets of items share (rule R8)."""
    ids = set(a.column("item_id")) & set(b.column("item_id"))
    groups = (set(a.column("group")) & set(b.column("group"))) - {""}
    texts, text = _shared(a.texts(), b.texts())
    passages, passage = _shared(a.column("passage"), b.column("passage"))
    return Overlap(len(ids), texts, passages, len(groups), text or passage)


def _shared(a: Sequence[str], b: Sequence[str]) -> tuple[int, str]:
    """How many different texts are on both sides, and the first of them."""
    known = {words_of(text) for text in b if text}
    found = {key: text for text in reversed(a) if text and (key := words_of(text)) in known and key}
    return len(found), next(reversed(found.values()), "")


@dataclass(frozen=True, slots=True)
class Held:
    """How many of some items a corpus holds, of how many that are long enough to tell."""

    found: int
    checked: int
    first: str = ""


def held_by(corpus: Corpus, items: Items) -> Held:
    """The items whose text stands in a document, word for word (rule R2)."""
    texts = {key: text for text in items.texts() if len(key := words_of(text)) >= LEAST_WORDS}
    wanted: defaultdict[Words, defaultdict[int, set[Words]]] = defaultdict(lambda: defaultdict(set))
    for key in texts:
        wanted[key[:2]][len(key)].add(key)
    found: dict[Words, None] = {}
    for document in corpus.documents:
        found |= dict.fromkeys(_standing_in(words_of(document), wanted))
    return Held(len(found), len(texts), texts[next(iter(found))] if found else "")


def _standing_in(
    words: Words, wanted: defaultdict[Words, defaultdict[int, set[Words]]]
) -> Iterator[Words]:
    for at, lead in enumerate(pairwise(words)):
        if lead in wanted:
            for length, keys in wanted[lead].items():
                piece = words[at : at + length]
                if piece in keys:
                    yield piece


def words_of(text: str) -> Words:
    """The words of a text, NFKC and case-folded."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
