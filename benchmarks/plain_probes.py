"""What a user would write instead: features read once, then one plain loop for each linear probe.

    python plain_probes.py FOLDER

The folder is that of `frozen_features.py`. One thread, as in the comparison it stands for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer

EPOCHS, BATCH, READ, SEEDS, METHODS = 50, 128, 256, 5, 5


def read(folder: Path) -> tuple[list[str], torch.Tensor]:
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()]
    return [row["text"] for row in rows], torch.tensor([float(row["label"]) for row in rows])


@torch.inference_mode()
def features(folder: Path, texts: list[str]) -> torch.Tensor:
    """Mean states of all texts, in batches of like length."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.unk_token
    order = sorted(range(len(texts)), key=lambda at: len(texts[at].split()))
    found = torch.empty(len(texts), model.config.hidden_size)
    for start in range(0, len(order), READ):
        some = order[start : start + READ]
        batch = tokenizer([texts[at] for at in some], padding=True, return_tensors="pt")
        mask = batch["attention_mask"]
        states = model.eval()(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
        found[some] = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    return found


def probe(table: torch.Tensor, labels: torch.Tensor, seed: int) -> torch.nn.Linear:
    torch.manual_seed(seed)
    head = torch.nn.Linear(table.shape[1], 1)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(table)).split(BATCH):
            logits = head(table[rows])[:, 0]
            torch.nn.functional.binary_cross_entropy_with_logits(logits, labels[rows]).backward()
            optimizer.step()
            optimizer.zero_grad()
    return head.eval()


def main() -> None:
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    texts, gold = read(folder)
    parts = torch.arange(len(texts)).chunk(3)
    supervise, transfer, test = parts
    weak = features(folder / "weak", texts)
    strong = features(folder / "strong", texts[len(supervise) :])
    shift = len(supervise)  # the strong model has not read the first part
    right = []
    for seed in range(SEEDS):
        teacher = probe(weak[supervise], gold[supervise], seed)
        with torch.inference_mode():
            soft = teacher(weak[transfer])[:, 0].sigmoid()
        labels = [*[soft.clone()] * METHODS, gold[transfer]]
        heads = [
            (probe(strong[transfer - shift], one, seed), strong[test - shift]) for one in labels
        ]
        for head, table in [(teacher, weak[test]), *heads]:
            with torch.inference_mode():
                answers = head(table)[:, 0] > 0
            right.append(float((answers == (gold[test] > 0.5)).float().mean()))
    print(f"{len(right)} probes, mean accuracy {sum(right) / len(right):.3f}")


if __name__ == "__main__":
    main()
