"""The items of EleutherAI/w2s, as its code makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry
from w2sdl_runtime.data.peers.eleuther import ELEUTHER
from w2sdl_runtime.data.peers.order import STUDENT, TEST, VALIDATION, WEAK, Sizes, eleuther_places
from w2sdl_runtime.data.peers.reading import Defects, peer_reader, peer_set, refused, remarks
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import Changes, Count, ParameterCheck, variant
from w2sdl_runtime.variants.formats import Format


def _check(values: Mapping[str, Any]) -> tuple[str, str] | None:
    return refused(values, ELEUTHER, (WEAK, STUDENT, VALIDATION, TEST))


@variant("eleuther2024")
class Eleuther2024(Format):
    """Texts and labels of the 25 data sets of EleutherAI/w2s.

    The rows of a split are shuffled with seed 0 and told with one ``random.Random(0)``; empty texts
    are dropped; the larger class is shuffled with seed 0 and cut down to the smaller, and both are
    shuffled together with seed 0; the first ``n_val`` are for validation, the next ``n_train`` are
    halved with seed 42. These are splits of their own, and every part names one of them:
    ``take(500, of: "D1")``, ``rest(of: "D2")``, ``rest(of: "V")``, ``rest(of: "T")``. ``peer_id`` in an
    item's fields is the peer's id: the first 8 hex digits of the SHA-1 of the text. sciq and
    sciq_with_support pool all splits and set 3,000 rows aside to be measured; mc_taco trains on its
    test split and measures on validation.

    A coin comes first, then a wrong answer is drawn among the options in the other places (by value in
    cosmos_qa). piqa, quartz and ethics-utilitarianism have one wrong answer and draw nothing.

    What differs from that code: outer blanks of a text are removed (ids are of the whole); rows that
    repeat a text are read once, and a question in two of the parts is left out (both counted); rows of
    a part stand in an order of ours; pooled splits follow each other as they are read; nulls are
    dropped; ``test_split`` may name another split to measure on.

    openbookqa (the answer's form tells the label), anthropic_hh (one dialogue of a pair) and
    sciq_with_support (rows without support) have a known defect, and are refused unless
    ``defects: "keep"``; the report then says so.
    """

    check: ClassVar[ParameterCheck | None] = _check

    dataset: Literal[
        "amazon_polarity",
        "anli-r2",
        "anthropic_hh",
        "boolq",
        "cola",
        "cosmos_qa",
        "dream",
        "ethics-deontology",
        "ethics-justice",
        "ethics-utilitarianism",
        "ethics-virtue",
        "hellaswag",
        "mc_taco",
        "multirc",
        "openbookqa",
        "paws",
        "piqa",
        "quail",
        "quartz",
        "sciq",
        "sciq_with_support",
        "social_i_qa",
        "sst2",
        "twitter-sentiment",
        "wic",
    ] = Field(description="the data set, in the columns of its Hugging Face version")
    n_train: Annotated[Count, Changes("sampling")] = Field(
        default=10_000, description="rows to train on, both halves together"
    )
    n_val: Annotated[Count, Changes("sampling")] = Field(
        default=1_000, description="rows to validate on"
    )
    n_test: Annotated[Count, Changes("sampling")] = Field(
        default=5_000, description="rows to measure on"
    )
    test_split: str = Field(default="", description="the measured split, if it is another one")
    defects: Defects = Field(default="refuse", description="whether a known defect is kept")

    @property
    def balanced(self) -> bool:
        return False

    def gold_columns(self) -> frozenset[str]:
        return frozenset(ELEUTHER[self.dataset].gold)

    def content_columns(self) -> frozenset[str]:
        return frozenset(ELEUTHER[self.dataset].columns)

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        peer = peer_set(self.dataset, ELEUTHER, self.test_split, self.defects)
        sizes = Sizes(self.n_train, self.n_val, self.n_test)
        return peer_reader(rows, peer, lambda peer: eleuther_places(rows, peer, sizes))

    def remarks(self, rows: Sequence[Row], entries: Sequence[Entry]) -> list[str]:
        return list(remarks(ELEUTHER[self.dataset], entries))
