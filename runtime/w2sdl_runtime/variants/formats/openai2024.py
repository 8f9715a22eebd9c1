"""The items of openai/weak-to-strong, as its code makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry
from w2sdl_runtime.data.peers.openai import OPENAI
from w2sdl_runtime.data.peers.order import STUDENT, TEST, WEAK, openai_places
from w2sdl_runtime.data.peers.reading import Defects, peer_reader, peer_set, refused, remarks
from w2sdl_runtime.data.rows import Row, require_columns
from w2sdl_runtime.op import Changes, Count, ParameterCheck, variant
from w2sdl_runtime.variants.formats import Format

#: Data sets whose texts show a passage.
_WITH_PASSAGES = ("boolq", "cosmos_qa")


def _check(values: Mapping[str, Any]) -> tuple[str, str] | None:
    form = values["format"]
    if form["passage"] and form["dataset"] in _WITH_PASSAGES:
        fact = f"the texts of {form['dataset']} have their passage, so passage: has no effect"
        return fact, "leave out passage:"
    return refused(values, OPENAI, (WEAK, STUDENT, TEST))


@variant("openai2024")
class OpenAI2024(Format):
    """Texts, coins and halves of openai/weak-to-strong (Burns et al., 2023), for ``train_simple.py``.

    The first ``n_docs`` rows of the train split and the first ``n_test`` of the test split (of
    validation for boolq and cosmos_qa) are told in file order, each split with a fresh
    ``random.Random(seed)``: the label is ``random() < 0.5``, a wrong answer ``choice`` of the others in
    the order of their columns. Then the rows are shuffled and halved by the seed, as `datasets` does
    it. The halves and the test rows are splits of their own, and every part names one of them:
    ``take(500, of: "D1")``, ``rest(of: "D2")``, ``rest(of: "T")``. Parts are never balanced.

    What differs from that code: outer blanks of a text are removed; rows that repeat a text are read
    once, and a question that lies in two of D1, D2 and T is left out (both counted); rows of a part
    stand in an order of ours; nothing is dropped for its length. Nulls are dropped.

    D1, on which the weak model is trained, is the train part of the halving, and D2, which it labels,
    the test part. That code trains its ceiling on D1; in our specs it has the student's rows.

    cosmos_qa: 0 without a coin where none of the answers is right; options with the words of the right
    one are no wrong answers. anthropic_hh shows one dialogue of a pair, a known defect, and is refused
    unless ``defects: "keep"``; the report then says so.
    """

    check: ClassVar[ParameterCheck | None] = _check

    dataset: Literal["sciq", "boolq", "cosmos_qa", "anthropic_hh", "amazon_polarity"] = Field(
        description="the data set, in the columns of its Hugging Face version"
    )
    seed: Annotated[int, Changes("sampling")] = Field(
        default=0, description="of coins, shuffle and halves"
    )
    n_docs: Annotated[Count, Changes("sampling")] = Field(
        default=20_000, description="rows of the train split, from the top"
    )
    n_test: Annotated[Count, Changes("sampling")] = Field(
        default=10_000, description="rows of the test split, from the top"
    )
    test_split: str = Field(default="", description="the measured split, if it is another one")
    passage: str = Field(
        default="",
        description='a column that no text shows, for debates to read and quote: "support" of sciq',
    )
    defects: Defects = Field(default="refuse", description="whether a known defect is kept")

    @property
    def balanced(self) -> bool:
        return False

    def gold_columns(self) -> frozenset[str]:
        return frozenset(OPENAI[self.dataset].gold)

    def content_columns(self) -> frozenset[str]:
        return frozenset(OPENAI[self.dataset].columns) | ({self.passage} - {""})

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        peer = peer_set(self.dataset, OPENAI, self.test_split, self.defects)
        read = peer_reader(
            rows, peer, lambda peer: openai_places(rows, peer, self.seed, self.n_docs, self.n_test)
        )
        if not self.passage:
            return read
        require_columns(rows, (self.passage,))
        return lambda row: replace(read(row), passage=row.text(self.passage))

    def first_rows(self) -> Mapping[str, int]:
        peer = OPENAI[self.dataset]
        return {peer.train: self.n_docs, self.test_split or peer.test: self.n_test}

    def remarks(self, rows: Sequence[Row], entries: Sequence[Entry]) -> list[str]:
        peer = OPENAI[self.dataset]
        found = list(remarks(peer, entries))
        if sum(row.split == peer.train for row in rows) >= self.n_docs:
            found.append(
                f"D1 and D2 are the first {self.n_docs:,} rows of `{peer.train}` in file order, as in "
                "the peer's code: they are no random sample"
            )
        return found
