"""Finetuning beside transformers' Trainer, in one process: the same model, rows, batch and precision.

    python benchmarks/training_throughput.py [--rows 512] [--rounds 2] [--device cuda] [--bf16]

All weights of an encoder and of a causal model with random weights are trained for one epoch under a
linear head, by cross-entropy, with fused AdamW and clipped gradients. Ours is the whole operation as
a node runs it: tokenising, training, writing the weights. Of the Trainer only ``train()`` counts,
which its rows come to tokenised; with ``train_sampling_strategy="group_by_length"`` too, as batches
of like length are a part of our design. All take turns; medians of processor time are shown.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer
from w2sdl_runtime.models import drop_networks
from w2sdl_runtime.op import Context
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.model import model as model_op
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import ITEM_COLUMNS, Items, Labels, Model
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.tunes import Full

WORDS = [f"w{number}" for number in range(2_000)]
#: Of this process alone, so that other work on the machine counts less; a GPU's work is waited for.
CLOCK = time.perf_counter if "cuda" in sys.argv else time.process_time
BATCH, RATE, LONGEST = 32, 1e-4, 128


class Bench:
    """Rows, a store, and contexts as a worker makes them."""

    def __init__(self, folder: Path, rows: int, device: str, precision: str) -> None:
        self.folder, self.device, self.precision = folder, device, precision
        self.store = Store(folder / "store")
        self.store.prepare()
        rng = random.Random(0)
        self.texts = [" ".join(rng.choices(WORDS, k=rng.randint(10, 100))) for _ in range(rows)]
        self.truth = [float(rng.random() < 0.5) for _ in self.texts]
        self.labels = self._labels()
        self._count = 0

    def _labels(self) -> Labels:
        import pyarrow as pa

        ids, rows = [f"r{at}" for at in range(len(self.texts))], len(self.texts)
        filled = {"item_id": ids, "group": ids, "prompt": self.texts}
        columns = {name: pa.array(filled.get(name, [""] * rows)) for name in ITEM_COLUMNS}
        items = self.store.put(Items(pa.table(columns)))
        table = pa.table(
            {
                "item_id": ids,
                "value": self.truth,
                "weight": [1.0] * rows,
                "keep": [True] * rows,
                "text": pa.nulls(rows, pa.string()),
                "meta": pa.nulls(rows, pa.string()),
            }
        )
        labels = self.store.open(self.store.put(Labels(table, items, "soft", "gold")))
        if not isinstance(labels, Labels):
            raise TypeError(labels.kind)
        return labels

    def context(self, name: str) -> Context:
        self._count += 1
        work = self.folder / f"work{self._count}"
        work.mkdir()
        return Context(
            op_name=name,
            key="",
            address="",
            work=work,
            base=self.folder,
            threads=1,
            device=self.device,
            put=self.store.put,
            open=self.store.open,
            report=lambda done, total, unit, **facts: None,
            log=print,
        )


def write_model(folder: Path, kind: str) -> None:
    """A model of 2 layers x 128 with random weights, as `save_pretrained` leaves it."""
    import torch
    from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

    tokenizer = as_transformers(train_word_tokenizer([" ".join(WORDS)], 4_096))
    size = {"vocab_size": len(tokenizer), "hidden_size": 128, "num_hidden_layers": 2}
    size |= {"num_attention_heads": 4, "pad_token_id": tokenizer.pad_token_id or 0}
    undropped = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}  # as ours
    torch.manual_seed(0)
    module = (
        BertModel(BertConfig(**size, **undropped, intermediate_size=512))
        if kind == "encoder"
        else LlamaForCausalLM(LlamaConfig(**size, intermediate_size=340, tie_word_embeddings=True))
    )
    module.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def ours(bench: Bench, model: Model) -> float:
    precision = "bf16_mixed" if bench.precision == "bf16" else "float32"
    train = Train(
        epochs=1, batch=BATCH, learning_rate=RATE, max_length=LONGEST, precision=precision
    )
    context = bench.context("finetune")
    start = CLOCK()
    finetune(context, model, bench.labels, head=Linear(), train=train)
    return CLOCK() - start


def trainers(bench: Bench, folder: Path, sampling: str) -> float:
    """Seconds of ``Trainer.train()``."""
    from datasets import Dataset
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.unk_token
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=1, problem_type="multi_label_classification"
    )
    model.config.pad_token_id = tokenizer.pad_token_id
    ids = tokenizer(bench.texts, truncation=True, max_length=LONGEST)["input_ids"]
    rows = Dataset.from_dict({"input_ids": ids, "labels": [[value] for value in bench.truth]})
    arguments = TrainingArguments(
        output_dir=str(bench.context("trainer").work),
        per_device_train_batch_size=BATCH,
        num_train_epochs=1,
        learning_rate=RATE,
        optim="adamw_torch_fused",
        train_sampling_strategy=sampling,
        bf16=bench.precision == "bf16",
        use_cpu=bench.device == "cpu",
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    collate = DataCollatorWithPadding(tokenizer)
    trainer = Trainer(model, arguments, data_collator=collate, train_dataset=rows)
    trainer.remove_callback(PrinterCallback)
    start = CLOCK()
    trainer.train()
    return CLOCK() - start


def medians(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """All ways take turns, after one turn that doesn't count."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            seconds = way()
            found[name] += [seconds] if number else []
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def measured(bench: Bench, kind: str, rounds: int) -> dict[str, float]:
    folder = bench.folder / kind
    write_model(folder, kind)
    made: Any = model_op(bench.context("model"), kind, tune=Full())
    model = bench.store.open(bench.store.put(made))
    if not isinstance(model, Model):
        raise TypeError(model.kind)
    found = medians(
        {
            "w2sdl": lambda: ours(bench, model),
            "Trainer": lambda: trainers(bench, folder, "random"),
            "Trainer, by length": lambda: trainers(bench, folder, "group_by_length"),
        },
        rounds,
    )
    drop_networks()
    return found


def main() -> None:
    import torch
    from transformers.utils import logging

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--bf16", action="store_true", help="mixed precision")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    print("| model | w2sdl, rows/s | Trainer | ratio | Trainer, by length | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        precision = "bf16" if options.bf16 else "float32"
        bench = Bench(Path(name), options.rows, options.device, precision)
        for kind in ("encoder", "causal"):
            found = measured(bench, kind, options.rounds)
            own, plain, by_length = (options.rows / seconds for seconds in found.values())
            print(
                f"| {kind} | {own:.0f} | {plain:.0f} | {own / plain:.2f} | "
                f"{by_length:.0f} | {own / by_length:.2f} |"
            )


if __name__ == "__main__":
    main()
