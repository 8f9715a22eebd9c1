"""A sweep of 5 methods x 5 seeds of linear probes on one pair of frozen models, beside a plain script.

    python benchmarks/frozen_features.py [--rows 1000]

The script (`plain_probes.py`) is what the sweep's distinct trainings cost alone: in one process it
reads each part once with each model, fits the same 35 heads (5 weak ones on gold, 25 students, 5
ceilings) by a plain PyTorch loop, labels and measures. Both are whole processes with one thread, torch
loaded by each; the encoders have random weights. The last row is the sweep over two worker processes,
which find each other's readings in the store.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: layers, width
WEAK, STRONG = (2, 128), (6, 256)
WORDS = [f"w{number}" for number in range(2_000)]
SPEC = """
experiment frozen_features "linear probes on one pair of frozen models"
axis seed = 0..4
axis method = {plain: xent(), sure: logconf(), half: logconf(alpha: 0.25), prior: product(), soft: kl()}
data d = table("rows.jsonl", format: binary(text: "text", label: "label"),
               parts: {supervise: ROWS, transfer: ROWS, test: ROWS})
weak   W = model("weak", tune: linear_probe())
strong S = model("strong", tune: linear_probe())
how = {preset: probe2023(), epochs: 50}
teacher = finetune(W, gold(d.supervise), head: linear(), train: how, seed: seed)
student = finetune(S, label(teacher, d.transfer), head: linear(), loss: method, train: how, seed: seed)
ceiling = finetune(S, gold(d.transfer), head: linear(), train: how, seed: seed)
measure scores = accuracy(teacher, student, ceiling) on d.test
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a whole command and the processes that it started."""

    seconds: float
    processor: float


def write_rows(folder: Path, rows: int) -> None:
    rng = random.Random(0)
    lines = []
    for number in range(3 * rows):
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(20, 30)))
        text = f"{'good' if number % 2 else 'bad'} {words}"
        lines.append(json.dumps({"text": text, "label": number % 2}))
    (folder / "rows.jsonl").write_text("\n".join(lines), "utf-8")


def write_encoder(folder: Path, layers: int, width: int) -> None:
    """A BERT with random weights, as `save_pretrained` leaves it."""
    import torch
    from transformers import BertConfig, BertModel

    from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer

    tokenizer = as_transformers(train_word_tokenizer([" ".join(["good", "bad", *WORDS])], 4_096))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=4 * width,
        num_hidden_layers=layers, num_attention_heads=width // 32,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def cost_of(command: list[str]) -> Cost:
    """Seconds of a whole command; what it prints is shown when it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - start, spent)


def ours(folder: Path, store: str, *options: str) -> Cost:
    spec = str(folder / "frozen.w2s")
    given = ["--executor", "local", "--store", str(folder / store), "--quiet", *options]
    return cost_of([sys.executable, "-m", "w2sdl", "run", spec, *given])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000, help="of each of three parts")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder, rows)
        write_encoder(folder / "weak", *WEAK)
        write_encoder(folder / "strong", *STRONG)
        (folder / "frozen.w2s").write_text(SPEC.replace("ROWS", str(rows)), "utf-8")
        script = str(Path(__file__).with_name("plain_probes.py"))
        alone = cost_of([sys.executable, script, str(folder)])
        found = {
            "w2sdl, one process": ours(folder, "one"),
            "w2sdl, two worker processes": ours(folder, "two", "-j", "2"),
        }
    print("| | seconds | processor | of the plain script's processor time |")
    print("| --- | --- | --- | --- |")
    for name, cost in {"plain script": alone, **found}.items():
        share = cost.processor / alone.processor
        print(f"| {name} | {cost.seconds:.1f} | {cost.processor:.1f} | {share:.2f} |")


if __name__ == "__main__":
    main()
