"""Killed in the middle, again and again, also while resuming: the result has the same bytes."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from attempts import Ended, Work, run
from tiny_world import ANIMALS, PLACES, Tiny
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.learning.checkpoint import Checkpoint
from w2sdl_runtime.learning.shards import in_shards
from w2sdl_runtime.ops.adapt import Continuation
from w2sdl_runtime.partials import READINGS, Partials
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import FOLD, Items
from w2sdl_runtime.variants.debaters.generative import Generative
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.losses.logconf import Logconf
from w2sdl_runtime.variants.losses.thresholds import Recent
from w2sdl_runtime.variants.protocols.debate import Debate
from w2sdl_runtime.variants.tunes import LinearProbe, Lora, Tune


def killed(work: Work, folder: Path, point: str, first: int = 0) -> Ended:
    ended = run(work, folder, kill=point, first=first)
    assert ended.code == -signal.SIGKILL, ended
    assert work.store.lookup(work.key) is None
    return ended


@pytest.fixture(autouse=True)
def unread(tiny: Tiny) -> None:
    """A test begins with nothing read, as the first node of a store does."""
    shutil.rmtree(tiny.bench.store.root / READINGS, ignore_errors=True)


def straight(work: Work, folder: Path) -> Ended:
    """The same computation, killed nowhere; what it has read is not there for the next ones."""
    ended = run(work.another(), folder, every=1e9)
    shutil.rmtree(work.store.root / READINGS, ignore_errors=True)
    return ended


def went_on_after(ended: Ended) -> int:
    """The step that a resumed training began after, 0 for one from the start."""
    found = re.search(r"the training goes on after step (\d+)", ended.log)
    return int(found[1]) if found else 0


def nothing_left(work: Work) -> bool:
    """Whether a node that is done has left no partial."""
    return not work.store.partials(work.key).exists()


def tuned(tiny: Tiny, tune: Tune) -> str:
    """The digest of the tiny model, to be tuned in another way."""
    from w2sdl_runtime.json_forms import to_json
    from w2sdl_runtime.values import Model

    facts = {**tiny.model.facts, "tune": to_json(tune)}
    return tiny.bench.store.put(Model(facts, tiny.model.folder))


def finetuning(
    tiny: Tiny, model: str = "", others: Mapping[str, object] | None = None, **train: object
) -> Work:
    settings = {"epochs": 2, "batch": 8, "dropout": 0.1, **train}
    inputs = {"model": [model or tiny.model.digest], "labels": [tiny.gold.digest]}
    params = {"head": Likelihood(), "train": Train(**settings), "seed": 3, **(others or {})}
    return Work(tiny.bench.store, "finetune", inputs, params)


def pretraining(tiny: Tiny, architecture: str, optimizer: str) -> Work:
    size = {"layers": 1, "width": 32, "steps": 14, "batch": 8, "seed": 3}
    how = {"architecture": architecture, "optimizer": optimizer}
    inputs = {"corpus": [tiny.corpus.digest]}
    return Work(tiny.bench.store, "pretrain", inputs, {**size, **how})


def adapting(tiny: Tiny) -> Work:
    inputs = {"model": [tiny.model.digest], "corpus": [tiny.corpus.digest]}
    params = {"train": Continuation(epochs=2, batch=10), "seed": 3}
    return Work(tiny.bench.store, "adapt", inputs, params)


TRAININGS = {
    "pretrain llama, muon": lambda tiny: pretraining(tiny, "llama", "muon"),
    "pretrain gpt2, adamw": lambda tiny: pretraining(tiny, "gpt2", "adamw"),
    "adapt": adapting,
    "finetune all weights": finetuning,
    "finetune by micro-batches": lambda tiny: finetuning(tiny, micro_batch=3, optimizer="adam"),
    "finetune by a loss with a memory": lambda tiny: finetuning(
        tiny, others={"loss": Logconf(threshold=Recent(predictions=20))}
    ),
    "finetune adapters": lambda tiny: finetuning(tiny, tuned(tiny, Lora(rank=2, dropout=0.1))),
    "finetune a probe": lambda tiny: finetuning(tiny, tuned(tiny, LinearProbe())),
}


#: What the others go through as well: the same checkpoints, after other steps.
REPEATED = ("pretrain gpt2, adamw", "finetune by micro-batches")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in REPEATED else []) for n in TRAININGS],
)
def test_a_training_goes_on_where_it_was_killed(tiny: Tiny, tmp_path: Path, name: str) -> None:
    work = TRAININGS[name](tiny)
    reads = int(name.startswith("finetune"))  # it commits its first reading before the steps
    whole = straight(work, tmp_path)
    killed(work, tmp_path, f"partial.saved:{5 + reads}")
    again = killed(work, tmp_path, "partial.saved-temp:3", first=1)
    assert went_on_after(again) == 5
    assert went_on_after(killed(work, tmp_path, f"partial.resumed:{1 + reads}")) == 0
    last = run(work, tmp_path)
    assert went_on_after(last) == 7
    assert last.digest == whole.digest
    assert nothing_left(work)


def test_a_training_over_two_threads_goes_on_to_the_same_bytes(tiny: Tiny, tmp_path: Path) -> None:
    from dataclasses import replace

    two = replace(pretraining(tiny, "gpt2", "adamw"), threads=2)
    whole = straight(two, tmp_path)
    killed(two, tmp_path, "partial.saved:5")
    one = replace(two, threads=1)
    assert went_on_after(killed(one, tmp_path, "partial.saved:3")) == 0, "another numerics class"
    last = run(two, tmp_path)
    assert went_on_after(last) == 5
    assert last.digest == whole.digest


def test_a_killed_training_leaves_the_same_snapshots(tiny: Tiny, tmp_path: Path) -> None:
    """Killed before the snapshot at step 7, between it and that step's commit, and after it."""
    from dataclasses import replace

    work = finetuning(tiny)
    work = replace(work, params={**work.params, "snapshots": [0.5]})
    whole = straight(work, tmp_path)
    killed(work, tmp_path, "partial.saved:4")  # its reading and three steps
    assert went_on_after(killed(work, tmp_path, "partial.saved:4")) == 3  # steps 4 to 6, snapshot
    assert went_on_after(killed(work, tmp_path, "partial.saved:4")) == 6  # snapshot, steps 7 to 9
    ended = run(work, tmp_path)
    assert went_on_after(ended) == 9
    assert ended.digest == whole.digest


def test_finished_folds_are_not_fitted_again(tiny: Tiny, tmp_path: Path) -> None:
    import pyarrow as pa

    folds = pa.array([str(at // 2 % 3) for at in range(len(tiny.train))], pa.string())
    items = tiny.bench.keep(Items(tiny.train.table.append_column(FOLD, folds)))
    gold = make_labels(tiny.bench, items, tiny.gold.table.column("value").to_pylist())
    train = Train(epochs=1, batch=8)
    inputs = {"model": [tiny.model.digest], "labels": [gold.digest]}
    work = Work(tiny.bench.store, "finetune", inputs, {"head": Likelihood(), "train": train})
    whole = straight(work, tmp_path)
    # Each fold commits its reading, five steps and its member.
    killed(work, tmp_path, "partial.saved:10")
    last = run(work, tmp_path)
    assert went_on_after(last) == 2
    assert last.log.count("the training goes on") == 1
    assert last.digest == whole.digest


def many_rows(tiny: Tiny) -> str:
    """Items of several reading batches."""
    rows = [
        {"prompt": f"Question: where does the {ANIMALS[at % 38]} live? Answer:" + " a" * (at % 7)}
        | {"candidate": PLACES[at % 4], "passage": "It lives here. It lives there."}
        for at in range(6_000)
    ]
    return tiny.bench.store.put(make_items(rows, "many"))


def test_a_labelling_goes_on_where_it_was_killed(tiny: Tiny, tmp_path: Path) -> None:
    predictor = run(finetuning(tiny), tmp_path, every=1e9).digest
    inputs = {"predictor": [predictor], "items": [many_rows(tiny)]}
    work = Work(tiny.bench.store, "label", inputs, {})
    whole = straight(work, tmp_path)
    killed(work, tmp_path, "partial.saved:2")
    killed(work, tmp_path, "partial.saved-temp:2")
    killed(work, tmp_path, "partial.resumed:3")
    last = run(work, tmp_path, kill="partial.resumed:4")
    assert last.digest == whole.digest, "three shards were there, and no fourth"
    assert nothing_left(work)


def test_a_debate_goes_on_in_the_turn_in_which_it_was_killed(tiny: Tiny, tmp_path: Path) -> None:
    items = tiny.bench.keep(tiny.train)
    inputs = {"first": [tiny.model.digest], "second": [tiny.model.digest], "items": [items.digest]}
    debater = Generative(max_tokens=6, template="{{ prompt }} {{ turns | length }} {{ candidate }}")
    params = {"debater": debater, "protocol": Debate(turns=3, quotes=0), "seed": 1}
    work = Work(tiny.bench.store, "debate", inputs, params)
    whole = straight(work, tmp_path)
    assert whole.digest
    killed(work, tmp_path, "partial.saved:3")  # two batches a turn: in the middle of the second
    killed(work, tmp_path, "partial.resumed:2")
    killed(work, tmp_path, "partial.saved:1")
    last = run(work, tmp_path, kill="partial.resumed:5")
    assert transcript(work, last) == transcript(work, whole)


def transcript(work: Work, ended: Ended) -> list[object]:
    """The turns; a transcript also names the node that made it, and here there are two."""
    found = Store(work.store.root).open(ended.digest)
    return found.table.drop_columns(["node"]).to_pylist()  # type: ignore[attr-defined]


def test_a_damaged_checkpoint_is_not_used(tiny: Tiny, tmp_path: Path) -> None:
    work = pretraining(tiny, "llama", "muon")
    killed(work, tmp_path, "partial.saved:5")
    for path in work.store.partials(work.key).iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    last = run(work, tmp_path)
    assert went_on_after(last) == 0
    assert "is damaged: what it held is done again" in last.log


def test_an_interrupted_reading_keeps_what_it_has(bench: Workbench) -> None:
    batches = [np.array([2, 0]), np.array([1]), np.array([5, 3, 4])]
    asked: list[list[int]] = []

    def compute(batch: np.ndarray) -> dict[str, np.ndarray]:
        asked.append(batch.tolist())
        if len(asked) == 3:
            raise KeyboardInterrupt
        return {"square": batch * batch}

    def partials() -> Partials:
        return Partials(bench.root / "partial", 1e9, bench.root)

    context = bench.context("label")
    context.partials = partials()
    with pytest.raises(KeyboardInterrupt):
        list(in_shards(batches, compute, context, "squares"))
    context.partials.flush()  # as the attempt does
    context.partials = partials()
    found = list(in_shards(batches, compute, context, "squares"))
    assert asked == [[2, 0], [1], [5, 3, 4], [5, 3, 4]]
    assert [batch.tolist() for batch, _ in found] == [batch.tolist() for batch in batches]
    assert all((part["square"] == batch * batch).all() for batch, part in found)


def test_shards_that_were_cut_in_different_places_never_mix(bench: Workbench) -> None:
    """As where the first of them is damaged, or a worker that was given up on went on all the same."""
    batches = [np.array([row, row + 10]) for row in range(8)]
    asked: list[int] = []

    def read(every: float, stop: int = 99) -> list[tuple[np.ndarray, Mapping[str, np.ndarray]]]:
        def compute(batch: np.ndarray) -> dict[str, np.ndarray]:
            if batch[0] == stop:
                raise KeyboardInterrupt
            asked.append(int(batch[0]))
            return {"square": batch * batch}

        context = bench.context("label")
        context.partials = Partials(bench.root / "partial", every, bench.root)
        try:
            return list(in_shards(batches, compute, context, "squares"))
        finally:
            context.partials.flush()

    read(every=0.0)  # a shard for each batch
    damaged = min((bench.root / "partial").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    with pytest.raises(KeyboardInterrupt):
        read(every=1e9, stop=3)  # one shard of three batches
    asked.clear()
    found = read(every=0.0)
    assert [batch.tolist() for batch, _ in found] == [batch.tolist() for batch in batches]
    assert all((part["square"] == batch * batch).all() for batch, part in found)
    assert asked == []


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_checkpoint_holds_every_bit_of_every_type(bench: Workbench, dtype: str) -> None:
    import torch

    def training() -> tuple[torch.nn.Parameter, torch.optim.Optimizer, Checkpoint]:
        torch.manual_seed(0)
        weight = torch.nn.Parameter(torch.randn(5, 3, dtype=getattr(torch, dtype)).T)
        optimizer = torch.optim.AdamW([weight], lr=0.01, fused=True)
        context = bench.context("finetune")
        context.partials = Partials(bench.root / "partial", 0.0, bench.root)
        return weight, optimizer, Checkpoint(context, "training", [optimizer])

    def step(weight: torch.nn.Parameter, optimizer: torch.optim.Optimizer) -> None:
        weight.grad = torch.randn(weight.shape).to(weight.dtype)
        optimizer.step()

    weight, optimizer, checkpoint = training()
    assert checkpoint.resume() == 0
    for number in range(1, 7):
        step(weight, optimizer)
        if number == 3:
            checkpoint.passed(number)
    other, its_own, again = training()
    assert again.resume() == 3
    for _ in range(3):
        step(other, its_own)
    assert torch.equal(other, weight)
    assert other.dtype == weight.dtype


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT as at a terminal: a shell starts what runs in its background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_for_the_step_to_be_whole_and_saves_it(bench: Workbench) -> None:
    """A signal in the middle of a step, though no commit is due; and a second one at once."""
    import torch

    def partials() -> Partials:
        return Partials(bench.root / "partial", 1e9, bench.root)

    context, handler = bench.context("finetune"), signal.getsignal(signal.SIGINT)
    context.partials = partials()
    weight = torch.nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.AdamW([weight], fused=True)

    def train(stop: int, impatient: bool = False) -> None:
        with Checkpoint(context, "training", [optimizer]) as checkpoint:
            for step in range(checkpoint.resume() + 1, 9):
                weight.grad = torch.ones(2)
                if step == stop:
                    os.kill(os.getpid(), signal.SIGINT)
                if step == stop and impatient:
                    os.kill(os.getpid(), signal.SIGINT)
                optimizer.step()
                with torch.no_grad():
                    weight.fill_(step)
                checkpoint.passed(step)

    with pytest.raises(KeyboardInterrupt):
        train(3)
    assert signal.getsignal(signal.SIGINT) is handler
    with torch.no_grad():
        weight.fill_(99)
    with pytest.raises(KeyboardInterrupt):
        train(5, impatient=True)
    assert weight.tolist() == [4, 4], "the step was not finished"
    assert signal.getsignal(signal.SIGINT) is handler
    train(0)
    assert weight.tolist() == [8, 8]
    found = partials().load("training")
    assert found is not None
    assert found.facts == {"step": 3}
    assert found.arrays["weight.0"].tolist() == [3, 3]
