"""Which trainings have the same bytes: fresh, killed and resumed, warm, over one and two threads.

With ``--cost`` instead: what a checkpoint costs, by the size of the state.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from w2sdl.keys import tagged_hash
from w2sdl_runtime.faults import VARIABLE
from w2sdl_runtime.op import Context
from w2sdl_runtime.partials import Partials
from w2sdl_runtime.storage.store import Store

STEPS, STOP = 12, 5
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "pyarrow.parquet",
        "transformers.models.gpt2.modeling_gpt2",
        "transformers.models.llama.modeling_llama",
    ]
)


def corpus(equal: bool) -> Any:
    """Documents of one length, so that no row is padded, or of many."""
    from w2sdl_runtime.values import Corpus

    lengths = [40] * 200 if equal else [10 + number * 7 % 60 for number in range(200)]
    words = [f"w{number * number % 997}" for number in range(5_000)]
    return Corpus(
        [" ".join(words[at * 11 : at * 11 + size]) for at, size in enumerate(lengths)], "benchmark"
    )


def train(root: Path, case: tuple[Any, ...], threads: int, name: str, every: float) -> str:
    """Pretrain one model; its digest."""
    from w2sdl_runtime.ops.pretrain import pretrain

    architecture, width, optimizer, equal = case
    store = Store(root)
    store.prepare()
    work = store.scratch()
    key = tagged_hash("benchmark", [*case, threads, name])
    context = Context(
        op_name="pretrain",
        key=key,
        address="",
        work=work,
        base=root,
        threads=threads,
        device="cpu",
        put=store.put,
        open=store.open,
        report=lambda *_, **__: None,
        log=lambda _: None,
        partials=Partials(store.partials(key), every, work),
    )
    sizes = {"layers": 2, "width": width, "steps": STEPS, "batch": 16}
    model = pretrain(
        context, corpus(equal), architecture=architecture, optimizer=optimizer, **sizes
    )
    return store.put(model)


def child(root: Path, jobs: list[tuple[Any, ...]], kill: str, told: Any) -> None:
    os.environ[VARIABLE] = kill
    for job in jobs:
        told.put(train(root, *job))


def in_process(root: Path, jobs: list[tuple[Any, ...]], kill: str = "") -> list[str]:
    """Digests of some trainings, one after the other in a process of their own."""
    told = FORKS.Queue()
    process = FORKS.Process(target=child, args=(root, jobs, kill, told))
    process.start()
    process.join()
    return [] if kill else [told.get(timeout=5) for _ in jobs]


def compare(root: Path) -> None:
    models = itertools.product(["llama", "gpt2"], [64], ["adamw", "muon"], [True, False])
    jobs = [(case, threads) for case in models for threads in (1, 2)]
    whole = dict(zip(jobs, in_process(root, [(*job, "whole", 1e9) for job in jobs]), strict=True))
    back = jobs[::-1]  # other work came before each of them
    warm = dict(zip(back, in_process(root, [(*job, "warm", 1e9) for job in back]), strict=True))
    for job in jobs:
        in_process(root, [(*job, "killed", 0.0)], f"partial.saved:{STOP}")
    ends = in_process(root, [(*job, "killed", 0.0) for job in jobs])
    resumed = dict(zip(jobs, ends, strict=True))
    print("| model | optimiser | rows | other work before | resumed | two threads |")
    print("| --- | --- | --- | --- | --- | --- |")
    for case in [case for case, threads in jobs if threads == 1]:
        pairs = [(case, 1), (case, 2)]
        words = [
            word_for(all(other[job] == whole[job] for job in pairs)) for other in (warm, resumed)
        ]
        words.append(word_for(whole[pairs[0]] == whole[pairs[1]]))
        architecture, _, optimizer, equal = case
        rows = "of one length" if equal else "padded"
        print(f"| {' | '.join([architecture, optimizer, rows, *words])} |")


def word_for(equal: bool) -> str:
    return "same" if equal else "different"


def cost(root: Path) -> None:
    """Seconds to save and to load the state of a training, for models of several sizes."""
    import torch

    from w2sdl_runtime.learning.checkpoint import Checkpoint

    print("| weights | state, MB | saving, s | loading, s |\n| --- | --- | --- | --- |")
    for weights in (120_000, 6_700_000, 50_000_000):
        body = torch.nn.Parameter(torch.randn(weights // 1000, 1000))
        optimizer = torch.optim.AdamW([body], fused=True)
        body.grad = torch.randn_like(body)
        optimizer.step()
        work = root / "work"
        work.mkdir(exist_ok=True)
        partials = Partials(root / "partial" / str(weights), 0.0, work)
        context: Any = SimpleNamespace(partials=partials, device="cpu", log=lambda _: None)
        checkpoint = Checkpoint(context, "training", [optimizer])
        saving, loading = [], []
        for step in range(1, 6):
            start = time.perf_counter()
            checkpoint.passed(step)
            middle = time.perf_counter()
            assert checkpoint.resume() == step
            saving.append(middle - start)
            loading.append(time.perf_counter() - middle)
        size = 12 * weights / 1e6
        print(f"| {weights:,} | {size:.1f} | {sorted(saving)[2]:.3f} | {sorted(loading)[2]:.3f} |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        (cost if "--cost" in sys.argv else compare)(Path(folder))
