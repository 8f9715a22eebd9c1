"""The page on losses: it names every loss, and its vectors are what the code gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import from_json, load_signatures

PAGE = Path(__file__).parents[2] / "docs" / "losses.md"
_ROW = re.compile(r"^\| `([^`]+)` \| (-?[\d.]+) \| (-?[\d.]+) \|$", re.MULTILINE)
_LABELS = {"first": [0.8, 0.3, 0.7, 0.1], "second": [0.2, 0.1, 0.4, 0.3]}
_SPEC = """experiment losses
data qa = science_qa(parts: {{supervise: 10, test: 10}})
weak W = pretrain(corpus(qa), layers: 1, width: 8, steps: 1)
axis loss = {{{points}}}
W' = finetune(W, gold(qa.supervise), loss: loss)
measure m = accuracy(W') on qa.test
"""


def vectors() -> dict[str, tuple[float, float]]:
    text = PAGE.read_text("utf-8").partition("\n## Vectors\n")[2]
    return {loss: (float(one), float(two)) for loss, one, two in _ROW.findall(text)}


def written_losses() -> dict[str, object]:
    """The losses of the table, as a spec that says them makes them."""
    points = ", ".join(f"l{at}: {text}" for at, text in enumerate(vectors()))
    signatures = load_signatures()
    compilation = Compilation(Source("losses.w2s", _SPEC.format(points=points)), signatures)
    assert not compilation.diagnostics, compilation.diagnostics
    kind = next(p.type for p in signatures.ops["finetune"].params if p.name == "loss")
    found: dict[str, object] = {}
    assert compilation.graph is not None
    for node in compilation.graph.nodes.values():
        if node.op == "finetune":
            place = int(node.point["loss"][1:])
            found[list(vectors())[place]] = from_json(node.params["loss"], kind, signatures, {})
    return found


def test_the_vectors_are_what_the_code_gives() -> None:
    import torch

    logits = torch.logit(torch.tensor([0.9, 0.6, 0.4, 0.2], dtype=torch.float64))
    losses = written_losses()
    assert len(losses) >= 12
    for text, expected in vectors().items():
        for (name, labels), number in zip(_LABELS.items(), expected, strict=True):
            target = torch.tensor(labels, dtype=torch.float64)
            loss = losses[text].begun(target, 1_000)  # type: ignore[attr-defined]
            value = float(loss.value(logits, target, torch.ones(4).double(), 0.999))
            assert value == pytest.approx(number, abs=1e-6), f"{text}, {name} labels"


def test_the_page_has_every_loss() -> None:
    names = load_signatures().variants["Loss"]
    text = PAGE.read_text("utf-8")
    assert {name for name in names if f"\n## {name}\n" not in text} == set()
    assert {name for name in names if f"| `{name}()` |" not in text} == set()
