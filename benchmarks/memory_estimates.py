"""What plans say that trainings take beside what they take: peak memory, each in a process of its own.

    python benchmarks/memory_estimates.py [--only llama]

Networks with random weights, from 10 to 40 million, are trained for two steps of rows that are all
as long as they may be, on one processor. The peak is the largest resident memory of the process
(``ru_maxrss``), which Python, torch and transformers are a part of. It is measured twice: with
freed memory given back at once, which is what is in use, and as the C library has it by default.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from w2sdl_runtime.sizing.architectures import Architecture, architecture_of
from w2sdl_runtime.sizing.footprint import Load, footprint

WORDS = 4_000
BASE: dict[str, Any] = {"vocab_size": WORDS, "num_hidden_layers": 6, "pad_token_id": 0}


def _usual(width: int, heads: int, layers: int = 6) -> dict[str, Any]:
    return {
        **BASE, "hidden_size": width, "intermediate_size": 4 * width,
        "num_attention_heads": heads, "num_hidden_layers": layers,
    }  # fmt: skip


CONFIGS: dict[str, dict[str, Any]] = {
    "llama": _usual(512, 8),
    "mistral": _usual(512, 8) | {"num_key_value_heads": 2},
    "gpt2": {"vocab_size": WORDS, "n_embd": 512, "n_head": 8, "n_layer": 6},
    "opt": _usual(512, 8) | {"ffn_dim": 2048, "word_embed_proj_dim": 512},
    "bert": _usual(512, 8),
    "roberta": _usual(384, 12),
    "distilbert": {"vocab_size": WORDS, "dim": 768, "hidden_dim": 3072, "n_heads": 12, "n_layers": 4},
    "deberta-v2": _usual(384, 6) | {
        "relative_attention": True, "position_buckets": 256, "norm_rel_ebd": "layer_norm",
        "share_att_key": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False,
        "type_vocab_size": 0,
    },
    "modernbert": _usual(512, 8),
}  # fmt: skip


CAUSAL = ("llama", "mistral", "gpt2", "opt")


@dataclass(frozen=True)
class Case:
    """One training. Tuned "read" is a reading."""

    family: str
    tune: str = "full"
    batch: int = 16
    length: int = 128
    micro_batch: int | None = None
    precision: str = "float32"
    gradient_checkpointing: bool = False

    def text(self) -> str:
        extras = [f"micro {self.micro_batch}"] if self.micro_batch else []
        extras += ["bf16"] if self.precision != "float32" else []
        extras += ["checkpointed"] if self.gradient_checkpointing else []
        return f"{self.tune} {self.batch}×{self.length} {' '.join(extras)}".strip()


CASES = [
    *(Case(family) for family in CONFIGS),
    *(
        Case(family, **how)
        for family in ("llama", "bert")
        for how in (
            {"tune": "read"},
            {"length": 256},
            {"micro_batch": 4},
            {"gradient_checkpointing": True},
            {"precision": "bf16_mixed"},
            {"tune": "lora"},
        )
    ),
]


def load_of(case: Case, network: Architecture) -> Load:
    """What a plan would make of it."""
    rows, training = case.batch, case.tune in ("full", "lora")
    if not training:
        rows = 16_384 // case.length
    return Load(
        network=network,
        tuning=case.tune,  # type: ignore[arg-type]
        rows=rows,
        micro=case.micro_batch or rows,
        length=case.length,
        mixed=case.precision != "float32" and training,
        checkpointing=case.gradient_checkpointing,
        rank=8,
        copies=2 if training else 1,
    )


def make(folder: Path, family: str) -> None:
    """A model as `save_pretrained` writes it."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

    from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer

    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **CONFIGS[family])
    (AutoModelForCausalLM if family in CAUSAL else AutoModel).from_config(config).save_pretrained(
        folder
    )
    words = train_word_tokenizer([" ".join(f"w{n}" for n in range(WORDS - 10))], WORDS)
    as_transformers(words).save_pretrained(folder)


def measure(folder: Path, case: Case) -> int:
    """The peak of this process after a training, in bytes."""
    import resource

    from benchmarks.training_throughput import Bench
    from w2sdl_runtime.artifacts import open_as
    from w2sdl_runtime.ops.finetune import finetune
    from w2sdl_runtime.ops.label import label
    from w2sdl_runtime.ops.model import model
    from w2sdl_runtime.train import Train
    from w2sdl_runtime.values import Items
    from w2sdl_runtime.variants.tunes import Full, LinearProbe, Lora

    rows: int = 2 * case.batch if case.tune in ("full", "lora") else 16_384 // case.length
    with tempfile.TemporaryDirectory(dir=folder) as place:
        bench = Bench(Path(place), 0, "cpu", case.precision)
        bench.texts = [
            " ".join(f"w{at * 7 + n}" for n in range(case.length + 5)) for at in range(rows)
        ]
        bench.truth = [float(at % 2) for at in range(rows)]
        bench.labels = bench._labels()

        def at(name: str) -> Any:
            context = bench.context(name)
            context.base = folder
            return context

        def kept(value: Any) -> Any:
            return bench.store.open(bench.store.put(value))

        probe = case.tune in ("read", "linear_probe")
        tune = LinearProbe() if probe else Lora() if case.tune == "lora" else Full()
        named = kept(model(at("model"), case.family, tune=tune))
        settings = {name: getattr(case, name) for name in ("batch", "micro_batch", "precision")}
        settings |= {"gradient_checkpointing": case.gradient_checkpointing, "epochs": 1}
        train = Train(max_length=case.length, **settings)
        made = finetune(at("finetune"), named, bench.labels, train=train)
        if case.tune == "read":
            items = open_as(at("label"), bench.labels.items, Items)
            label(at("label"), kept(made), items)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def peak_of(place: str, case: Case, *, returned: bool) -> int | None:
    """The peak of one case in a fresh process; ``returned`` gives freed memory back at once."""
    one = json.dumps({"folder": place, **asdict(case)})
    more = {"MALLOC_MMAP_THRESHOLD_": str(2**18)} if returned else {}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory_estimates", "--one", one],
        capture_output=True, text=True, check=False, env={**os.environ, **more},
    )  # fmt: skip
    line = next((text for text in done.stdout.splitlines() if text.startswith("PEAK")), "")
    if not line:
        print(f"{case.family}, {case.text()}: {done.stderr[-300:]}")
        return None
    return int(line.split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="one model type")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        record = json.loads(arguments.one)
        print("PEAK", measure(Path(record.pop("folder")), Case(**record)))
        return
    ratios: dict[str, list[float]] = {"in use": [], "resident": []}
    print("| model | weights | training | estimate | in use | ratio | resident | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as place:
        for case in CASES:
            if arguments.only in (None, case.family):
                compare(place, case, ratios)
    for name, found in ratios.items():
        print(f"estimate / {name}: {min(found):.2f} to {max(found):.2f}")


def compare(place: str, case: Case, ratios: dict[str, list[float]]) -> None:
    """One line of the table."""
    folder = Path(place) / case.family
    if not folder.is_dir():
        make(folder, case.family)
    config = json.loads((folder / "config.json").read_text())
    network = architecture_of(config, case.family in CAUSAL)
    estimate = footprint(load_of(case, network), on_gpu=False).peak
    used, resident = (peak_of(place, case, returned=returned) for returned in (True, False))
    if used is None or resident is None:
        return
    ratios["in use"].append(estimate / used)
    ratios["resident"].append(estimate / resident)
    mib = [f"{count / 2**20:,.0f} MiB" for count in (estimate, used, resident)]
    print(
        f"| {case.family} | {network.parameters / 1e6:.1f}M | {case.text()} | {mib[0]} "
        f"| {mib[1]} | {estimate / used:.2f} | {mib[2]} | {estimate / resident:.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
