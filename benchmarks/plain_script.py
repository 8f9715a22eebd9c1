"""What a user would run instead: one process a training, a plain PyTorch loop over a transformers model.

    python plain_script.py FOLDER WIDTH TRAIN LABELS OUT

Trains on the rows of part TRAIN ("supervise" or "transfer") with gold labels or those of an .npy file,
then labels the transfer and test rows into OUT. One thread, as in the comparison it stands for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

PARTS = {"supervise": slice(0, 1000), "transfer": slice(1000, 2000), "test": slice(2000, 2500)}
VOCABULARY, EPOCHS, BATCH = 2_100, 2, 32


def read(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids (rows x 23) and gold labels of all rows."""
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()]
    number = {"bad": 1, "good": 2} | {f"w{i}": i + 3 for i in range(2_000)}
    ids = [[number[word] for word in row["text"].split()] for row in rows]
    return torch.tensor(ids), torch.tensor([float(row["label"]) for row in rows])


def small_model(width: int) -> LlamaForSequenceClassification:
    """A Llama of two layers, freshly initialised."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=width, intermediate_size=width * 8 // 3,
        num_hidden_layers=2, num_attention_heads=4, num_labels=1, pad_token_id=0,
    )  # fmt: skip
    return LlamaForSequenceClassification(config)


def train(model: LlamaForSequenceClassification, ids: torch.Tensor, labels: torch.Tensor) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(ids)).split(BATCH):
            logits = model(input_ids=ids[rows]).logits[:, 0]
            torch.nn.functional.binary_cross_entropy_with_logits(logits, labels[rows]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()


def main() -> None:
    folder, width, part, labels_file, out = sys.argv[1:]
    torch.set_num_threads(1)
    ids, gold = read(Path(folder))
    labels = gold[PARTS[part]] if labels_file == "gold" else torch.tensor(np.load(labels_file))
    model = small_model(int(width))
    train(model, ids[PARTS[part]], labels)
    model.eval()
    with torch.inference_mode():
        for name in ("transfer", "test"):
            found = torch.cat([model(input_ids=b).logits[:, 0] for b in ids[PARTS[name]].split(32)])
            np.save(f"{out}.{name}.npy", found.sigmoid().numpy())
    right = (found > 0) == (gold[PARTS["test"]] > 0.5)
    print(f"{out}: {right.float().mean():.3f}")
    model.save_pretrained(out)


if __name__ == "__main__":
    main()
