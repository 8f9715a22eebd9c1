"""Models in folders, adapted by LoRA, from check to report: a causal one and an encoder."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """experiment own_models
  "An encoder supervises a causal model, both from folders, both by adapters."

data films = table("films.jsonl", format: binary(text: "text"), parts: {supervise: 48, transfer: 48, test: 48})

weak   W = model("encoder", tune: lora(rank: 4))
strong S = model("causal", tune: lora(rank: 4, on: "attention"))

settings = {epochs: 2, batch: 8, learning_rate: 3e-3, max_length: 24, truncation: "left", gradient_checkpointing: true}

teacher = finetune(W, gold(films.supervise), train: settings)
student = Ψ(S, label(teacher, films.transfer), train: settings)
ceiling = Ψ(S, gold(films.transfer), train: settings)

measure scores    = accuracy(teacher, student, ceiling) on films.test
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling) on films.test
"""  # noqa: E501
WORDS = ("good fine great warm bright lovely", "bad dull grim cold weak awful")
FILLER = "the a film plot score scene it was and very with of in some more than"


def w2sdl(*arguments: object) -> str:
    command = [sys.executable, "-m", "w2sdl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec beside its data and its models, as `save_pretrained` writes them."""
    import torch
    from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

    from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer

    place = tmp_path_factory.mktemp("own")
    (place / "own.w2s").write_text(SPEC, "utf-8")
    dice = random.Random(0)
    rows = []
    for number in range(200):
        kind = number % 2
        words = [*dice.choices(WORDS[kind].split(), k=3), *dice.choices(FILLER.split(), k=20)]
        dice.shuffle(words)
        rows.append({"text": " ".join([*words, str(number)]), "label": 1 - kind})
    (place / "films.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    tokenizer = as_transformers(train_word_tokenizer([row["text"] for row in rows], 300))  # type: ignore[misc]
    torch.manual_seed(0)
    size = {"vocab_size": len(tokenizer), "hidden_size": 32, "num_hidden_layers": 2}
    size |= {"num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64}
    for name, module in (
        ("encoder", BertModel(BertConfig(**size))),
        ("causal", LlamaForCausalLM(LlamaConfig(**size))),
    ):
        module.save_pretrained(place / name)
        tokenizer.save_pretrained(place / name)
    return place


def test_from_check_to_plan(place: Path) -> None:
    """Sizes are those of the folders; nothing is loaded for it."""
    spec, store = place / "own.w2s", place / "planned"
    w2sdl("check", spec)
    shown = w2sdl("plan", spec, "--store", store, "--executor", "local", "--memory")
    lines = {
        line.split("× ")[1]: line.split()
        for line in shown.splitlines()
        if "iB" in line and "× " in line
    }
    assert lines.keys() >= {"teacher", "student", "ceiling", "label(teacher, films.transfer)"}
    assert lines["student"][1] == f"{2 * 4 * 2 * (32 + 32):,}"  # queries and values of two layers
    record = json.loads(w2sdl("plan", spec, "--store", store, "--executor", "local", "--json"))
    sizes = {node["name"]: node["size"] for node in record["nodes"] if node["size"]}
    assert sizes["teacher"]["model_type"] == "bert"
    assert sizes["student"]["model_type"] == "llama"
    assert sizes["student"]["peak"] > sizes["student"]["weights"]


@pytest.mark.ray
@pytest.mark.slow
def test_from_plan_to_report_on_two_workers(place: Path) -> None:
    spec, store = place / "own.w2s", place / "store"
    out = w2sdl("run", spec, "--store", store, "-j", 2)
    assert "ceiling" in out
    (report,) = store.glob("runs/*/report.html")
    page = report.read_text("utf-8")
    assert "recovered" in page
    adapters = list(store.glob("objects/*/adapter_model.safetensors"))
    assert len(adapters) == 3
    again = w2sdl("run", spec, "--store", store, "-j", 2)
    assert not re.search(r"\d computed", again)
