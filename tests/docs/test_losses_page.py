"""The page on losses: it names every loss, and its vectors are what the code gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch  # noqa: TID253

from w2sdl.pipeline import Compilation
from w2sdl.program import Apply, Const, RecordTerm, Term
from w2sdl.source import Source
from w2sdl_runtime.json_forms import from_json
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.losses import Loss

PAGE = Path(__file__).parents[2] / "docs" / "losses.md"
_ROW = re.compile(r"^\| `([^`]+)` \| (-?[\d.]+) \| (-?[\d.]+) \|$", re.MULTILINE)
_PAIRS = re.compile(r"^\| `([^`]+)` \| ([^|`]+) \| ([^|`]+) \| ([\d.]+) \|$", re.MULTILINE)
_LABELS = {"first": [0.8, 0.3, 0.7, 0.1], "second": [0.2, 0.1, 0.4, 0.3]}
_SPEC = """experiment losses
data qa = science_qa(parts: {{supervise: 10, test: 10}})
weak W = pretrain(corpus(qa), layers: 1, width: 8, steps: 1)
loss = {loss}
W' = finetune(W, gold(qa.supervise), head: {head}, loss: loss)
measure m = accuracy(W') on qa.test
"""


def vectors() -> dict[str, tuple[float, float]]:
    text = PAGE.read_text("utf-8").partition("\n## Vectors\n")[2]
    return {loss: (float(one), float(two)) for loss, one, two in _ROW.findall(text)}


def loss_of(text: str) -> Loss:
    """The loss that a spec means by a text."""
    signatures = load_signatures()
    head = "reward()" if text.startswith("bce") else "linear()"
    program = Compilation(Source("x.w2s", _SPEC.format(loss=text, head=head)), signatures).program
    term = program.bindings["W'"].term
    assert isinstance(term, Apply)
    kind = next(p.type for p in term.op.params if p.name == "loss")
    found = from_json(as_json(term.params["loss"]), kind, signatures, {})
    assert isinstance(found, Loss)
    return found


def as_json(term: Term) -> Any:
    """A value without axes."""
    if isinstance(term, RecordTerm):
        return {name: as_json(inner) for name, inner in term.fields.items()}
    assert isinstance(term, Const)
    return term.value


def test_the_vectors_are_what_the_code_gives() -> None:
    student = torch.logit(torch.tensor([0.9, 0.6, 0.4, 0.2], dtype=torch.float64))
    assert len(vectors()) >= 12
    for text, expected in vectors().items():
        for (name, labels), number in zip(_LABELS.items(), expected, strict=True):
            assert at_the_end(text, student, labels) == pytest.approx(number, abs=1e-6), (
                text,
                name,
            )


def test_the_vectors_of_pairs_are_what_the_code_gives() -> None:
    rows = _PAIRS.findall(PAGE.read_text("utf-8"))
    assert len(rows) >= 3
    for text, z, y, value in rows:
        margins = torch.tensor([float(one) for one in z.split(",")], dtype=torch.float64)
        labels = [float(one) for one in y.split(",")]
        assert at_the_end(text, margins, labels) == pytest.approx(float(value), abs=1e-6), text


def at_the_end(text: str, logits: torch.Tensor, labels: list[float]) -> float:
    """A loss when all warm-ups are over."""
    target = torch.tensor(labels, dtype=torch.float64)
    loss = loss_of(text).begun(target, 1_000)
    return float(loss.value(logits, target, torch.ones_like(target), 0.999))


def test_the_page_has_every_loss_and_what_it_takes() -> None:
    text = PAGE.read_text("utf-8")
    for name, variant in load_signatures().variants["Loss"].items():
        assert f"\n## {name}\n" in text
        assert f"| `{name}()` | {', '.join(variant.cls.accepts)} |" in text
