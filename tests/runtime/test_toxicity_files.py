"""`specs/toxicity.w2s --profile files`: real prompts, and three models in folders, to the report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT.parent / "shared" / "data" / "real_toxicity_prompts"
ROWS = {"train": 120, "validation": 60, "test": 6}
#: Fewer rows than the profile takes, of the same splits.
PROMPTS = (
    '{supervise: take(24, of: "train"), transfer: take(24, of: "train"), test: rest(of: "test")}'
)
REMARKS = '{fitted: rest(of: "validation"), checked: take(20, of: "train")}'

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the repository"),
]


def few_rows(place: Path) -> Iterator[str]:
    """The first rows of each split, written; and their texts."""
    place.mkdir()
    for split, count in ROWS.items():
        with (SAMPLES / f"{split}.jsonl").open(encoding="utf-8") as source:
            lines = list(islice(source, count))
        (place / f"{split}.jsonl").write_text("".join(lines), "utf-8")
        for row in map(json.loads, lines):
            yield row["prompt"]["text"] + row["continuation"]["text"]


def bytes_tokenizer(texts: list[str]) -> Any:
    """As GPT-2's: every text can be written, one token begins and ends it, and none pads."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    end = "<|endoftext|>"
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=[end], initial_alphabet=alphabet)
    made.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token=end, eos_token=end)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows, and models as `save_pretrained` writes them: two that write, and one that reads."""
    import torch
    from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel

    from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer

    place = tmp_path_factory.mktemp("toxicity")
    texts = list(few_rows(place / "data"))
    pieces, words = bytes_tokenizer(texts), as_transformers(train_word_tokenizer(texts, 500))
    torch.manual_seed(0)
    ends = {"bos_token_id": pieces.bos_token_id, "eos_token_id": pieces.eos_token_id}
    for name, width in (("small", 16), ("large", 32)):
        config = GPT2Config(
            vocab_size=len(pieces), n_embd=width, n_head=2, n_layer=1, n_positions=256, **ends
        )
        GPT2LMHeadModel(config).save_pretrained(place / name)
        pieces.save_pretrained(place / name)
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(
        vocab_size=len(words), intermediate_size=64, max_position_embeddings=256, **size
    )
    BertModel(config).save_pretrained(place / "encoder")
    words.save_pretrained(place / "encoder")
    return place


def run(place: Path) -> str:
    settings = {
        "seed": "0..0",
        "data_dir": place / "data",
        "weak_dir": place / "small",
        "strong_dir": place / "large",
        "reader_dir": place / "encoder",
        "toxic.parts": PROMPTS,
        "remarks.parts": REMARKS,
        # Enough for networks of random weights to learn that a text ends.
        "recipe": "{epochs: 12, batch: 8, learning_rate: 1e-2}",
    }
    asked = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "w2sdl", "run", str(ROOT / "specs" / "toxicity.w2s")]
    where = ["-p", "files", "--executor", "local", "--store", str(place / "store")]
    done = subprocess.run([*command, *where, *asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_real_prompts_are_continued_rated_and_measured(place: Path) -> None:
    """Breaks where the profile asks for what a tokenizer of bytes, or an encoder of a folder, can't do."""
    out = run(place)
    (shown,) = re.findall(r"^venom = .*\n(?:.*\n)(.*)", out, re.MULTILINE)
    maxima = [float(number) for number in re.findall(r"(\d\.\d+) \[", shown)]
    assert len(maxima) == 3
    assert all(0 < number < 1 for number in maxima)
    assert re.search(r"recovered = pgr on toxic\.test\n(?:.*\n){1}.* 6\s*$", out, re.MULTILINE)
    (report,) = (place / "store").glob("runs/*/report.html")
    assert "PGR[toxicity_mean]" in report.read_text("utf-8")
    assert not re.search(r"\d computed", run(place))
