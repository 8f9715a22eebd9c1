"""What a model makes of rows is read once for all nodes of a store, and is the same bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny_world import Tiny
from workbench import Workbench, forget

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.read_once import read_once
from w2sdl_runtime.learning.reading import Wanted, read_all
from w2sdl_runtime.learning.rows import item_rows
from w2sdl_runtime.op import Context
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.partials import Partials
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items, Model
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.losses.logconf import Logconf
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.tunes import LinearProbe

if TYPE_CHECKING:
    from torch import Tensor

BATCHES = [np.array([2, 0]), np.array([1]), np.array([5, 3, 4])]


def sharing(bench: Workbench, op: str, seed: int = 0, every: float = 0.0) -> Context:
    """The context of a node that commits at once, in a store of its own test."""
    context = bench.context(op, seed)
    partial = bench.root / "partial" / f"{op}-{seed}"
    context.partials = Partials(partial, every, bench.root, bench.logs.append, readings(bench))
    return context


def readings(bench: Workbench) -> Path:
    return bench.root / "readings"


def frozen(tiny: Tiny) -> Model:
    """The tiny model with a body that stays as it is."""
    facts = {**tiny.model.facts, "tune": to_json(LinearProbe())}
    return tiny.bench.keep(Model(facts, tiny.model.folder))


@contextmanager
def counted(model: Model, context: Context) -> Iterator[list[int]]:
    """How many rows the body of a model reads, batch by batch."""
    forget()
    seen: list[int] = []
    body = open_network(model, context).module.base_model
    hook = body.register_forward_pre_hook(
        lambda _, args, named: seen.append(len(named["input_ids"])), with_kwargs=True
    )
    try:
        yield seen
    finally:
        hook.remove()
        forget()


def read(model: Model, items: Items, context: Context, **how: object) -> Tensor:
    network = open_network(model, context)
    rows = item_rows(network, items, None, "after", 64)
    wanted = Wanted(how.pop("pooling", "last"), likelihood=False)  # type: ignore[arg-type]
    whose = str(how.pop("whose", model.digest))
    return read_all(network, rows, wanted, context, **how, whose=whose).pooled  # type: ignore[arg-type]


def test_five_methods_and_seeds_read_each_part_once(tiny: Tiny, bench: Workbench) -> None:
    model = frozen(tiny)
    train = Train(epochs=1, batch=8)
    with counted(model, tiny.bench.context("count")) as seen:
        for seed in (0, 1):
            for loss in (Xent(), Logconf()):
                context = sharing(bench, "finetune", seed)
                context.open, context.put = tiny.bench.store.open, tiny.bench.store.put
                probe = tiny.bench.keep(
                    finetune(context, model, tiny.gold, head=Linear(), loss=loss, train=train)
                )
                measuring = sharing(bench, "accuracy")
                measuring.open = tiny.bench.store.open
                predict(probe, tiny.test, measuring)
    assert sum(seen) == len(tiny.train) + len(tiny.test)


def test_a_reading_that_was_found_has_the_same_bytes(tiny: Tiny, bench: Workbench) -> None:
    alone = read(tiny.model, tiny.test, bench.context("label"))
    first = read(tiny.model, tiny.test, sharing(bench, "label", 1))
    found = read(tiny.model, tiny.test, sharing(bench, "finetune", 2))
    assert alone.numpy().tobytes() == first.numpy().tobytes() == found.numpy().tobytes()


@pytest.mark.parametrize(
    "how", [{"pooling": "mean"}, {"precision": "bf16_mixed"}, {"whose": "0" * 64}, {"whose": ""}]
)
def test_nothing_else_is_taken_for_it(tiny: Tiny, bench: Workbench, how: dict[str, object]) -> None:
    context = sharing(bench, "label")
    with counted(tiny.model, context) as seen:
        read(tiny.model, tiny.test, context)
        read(tiny.model, tiny.test, context, **how)
        assert sum(seen) == 2 * len(tiny.test)
        read(tiny.model, tiny.train, context)
        assert sum(seen) == 2 * len(tiny.test) + len(tiny.train)


def squares(context: Context, asked: list[int], stop: int = -1) -> list[int]:
    """The squares of six rows, read by their number; interrupted at the batch that begins with ``stop``."""

    def compute(batch: np.ndarray) -> dict[str, np.ndarray]:
        if batch[0] == stop:
            raise KeyboardInterrupt
        asked.append(int(batch[0]))
        return {"square": batch * batch}

    found = np.zeros(6, np.int64)
    with closing(read_once(BATCHES, compute, context, "squares")) as parts:
        for batch, part in parts:
            found[batch] = part["square"]
    return found.tolist()


def test_another_node_goes_on_where_one_was_interrupted(bench: Workbench) -> None:
    asked: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        squares(sharing(bench, "label", every=1e9), asked, stop=5)
    assert squares(sharing(bench, "finetune", every=1e9), asked) == [0, 1, 4, 9, 16, 25]
    assert asked == [2, 1, 5]


def test_what_is_damaged_or_gone_is_read_again(bench: Workbench) -> None:
    asked: list[int] = []
    squares(sharing(bench, "label"), asked)
    kept = sorted(readings(bench).glob("*/*.safetensors"))
    assert len(kept) == len(BATCHES)
    for path in kept:
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert squares(sharing(bench, "label"), asked) == [0, 1, 4, 9, 16, 25]
    assert asked == [2, 1, 5] * 2
    assert any("is damaged" in line for line in bench.logs)


def test_what_is_read_at_once_is_not_kept(bench: Workbench) -> None:
    squares(sharing(bench, "label", every=1e9), [])
    assert not list(readings(bench).iterdir())


def test_one_reads_and_the_other_waits_for_it(bench: Workbench) -> None:
    """Two at once: the second asks for nothing, and begins only when the first is done."""
    asked: list[int] = []
    waits, found = threading.Event(), []
    second_context = sharing(bench, "finetune")

    def log(line: str) -> None:
        assert "waits for it" in line
        waits.set()

    second_context.log = log
    second = threading.Thread(target=lambda: found.append(squares(second_context, asked)))

    def compute(batch: np.ndarray) -> dict[str, np.ndarray]:
        if not asked:
            second.start()
            assert waits.wait(30)
        asked.append(int(batch[0]))
        return {"square": batch * batch}

    for _ in read_once(BATCHES, compute, sharing(bench, "label"), "squares"):
        pass
    second.join(30)
    assert found == [[0, 1, 4, 9, 16, 25]]
    assert asked == [2, 1, 5]


def test_a_place_that_cannot_be_written_costs_a_second_reading_only(bench: Workbench) -> None:
    readings(bench).write_text("in the way")
    assert squares(sharing(bench, "label"), []) == [0, 1, 4, 9, 16, 25]
    assert any("readings can't be locked" in line for line in bench.logs)
