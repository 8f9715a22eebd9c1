"""The items of EleutherAI/w2s, as its code makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry
from w2sdl_runtime.data.peers.eleuther import ELEUTHER
from w2sdl_runtime.data.peers.order import Sizes, eleuther_places
from w2sdl_runtime.data.peers.reading import Defects, peer_reader, peer_set, refused, remarks
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import Changes, Count, ParameterCheck, variant
from w2sdl_runtime.variants.formats import Format


def _check(values: Mapping[str, Any]) -> tuple[str, str] | None:
    return refused(values, ELEUTHER)


@variant("eleuther2024")
class Eleuther2024(Format):
    """Texts and labels of the 25 data sets of EleutherAI/w2s.

    The rows of a split are shuffled with seed 0 and told, empty texts dropped, the larger class cut
    down to the smaller, and the first ones taken: ``n_val`` for validation, then ``n_train``, halved
    with seed 42. These are splits of their own: ``take(500, of: "D1")``, ``rest(of: "D2")``,
    ``rest(of: "V")``, ``rest(of: "T")``. ``peer_id`` in an item's fields is the peer's id: the first 8
    hex digits of the SHA-1 of the text. sciq and sciq_with_support pool all splits and set 3,000 rows
    aside to be measured; mc_taco trains on its test split and measures on validation.

    Known and exact are texts, ids and the meaning of a label. Our reading, where the reference gives
    no rule: one ``random.Random(0)`` a split draws coin and wrong answer (and first, for
    ethics-utilitarianism, the order); shuffles and halves are those of `datasets`; of the larger
    class the first rows stay; the test split is ``test`` where the hub gives its labels, else
    ``validation`` (or ``test_split``). Outer blanks of a text are removed (ids are of the whole);
    rows that repeat a text are read once, and a question in two of the parts is left out (both
    counted).

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
