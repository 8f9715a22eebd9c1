"""The `paper` profiles, which no test can run: they compile, and are what their page says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from w2sdl.api import compile_file
from w2sdl.graph import Node
from w2sdl.messages.render import render_diagnostics

SPECS = Path(__file__).parents[2] / "specs"
#: The data set of each spec with the texts and halves of openai/weak-to-strong.
PEERS = {
    "burns_nlp": "sciq",
    "debate_sciq": "sciq",
    "debate_oversight": "sciq",
    "debate_boolq": "boolq",
    "debate_cosmosqa": "cosmos_qa",
    "debate_hh": "anthropic_hh",
}
WITH_PAPER = sorted(
    path.stem for path in SPECS.glob("*.w2s") if "profile paper" in path.read_text("utf-8")
)
#: The debates of Lang et al. (2025), which show no quotes.
LANG = [name for name in PEERS if name.startswith("debate") and name != "debate_oversight"]


@cache
def nodes_of(name: str) -> list[Node]:
    compilation = compile_file(SPECS / f"{name}.w2s", profiles=["paper"])
    assert compilation.graph is not None, render_diagnostics(compilation.diagnostics)
    return compilation.graph.order()


def made_by(name: str, op: str) -> list[dict[str, Any]]:
    found = [dict(node.params) for node in nodes_of(name) if node.op == op]
    assert found, (name, op)
    return found


@pytest.mark.parametrize("name", WITH_PAPER)
def test_it_compiles_and_reads_from_the_hub(name: str) -> None:
    """Breaks where the design changes and its profile, which nobody runs, is forgotten."""
    assert made_by(name, "hub")
    assert {node.op for node in nodes_of(name)} & {"science_qa", "preferences", "pretrain"} == set()


@pytest.mark.parametrize("name", PEERS)
def test_texts_and_halves_are_the_peers(name: str) -> None:
    (data,) = made_by(name, "hub")
    assert (data["format"]["variant"], data["format"]["dataset"]) == ("openai2024", PEERS[name])
    assert {part: cut["of"] for part, cut in data["parts"].items() if part != "validation"} == {
        "supervise": "D1",
        "transfer": "D2",
        "test": "T",
    }


@pytest.mark.parametrize("name", PEERS)
def test_what_is_trained_has_the_peers_settings(name: str) -> None:
    trained = [p for p in made_by(name, "finetune") if p["head"]["variant"] == "linear"]
    assert len(trained) == len(made_by(name, "finetune"))
    rates = {p["train"]["learning_rate"] for p in trained if p["train"]["epochs"] == 2}
    assert rates <= {1e-5, 5e-5}, "of large models, and of gpt2"
    assert rates


@pytest.mark.parametrize("name", LANG)
def test_debaters_of_the_first_paper_write_and_quote_nothing(name: str) -> None:
    asked = set()
    for debate in made_by(name, "debate"):
        assert debate["debater"]["variant"] == "generative"
        asked.add(str(debate["debater"]["template"]))
        if debate["protocol"]["variant"] not in ("none", "random_quotes"):
            assert debate["protocol"]["quotes"] == 0
    (template,) = asked
    assert ("prompts/" in template) == (name != "debate_cosmosqa")


def test_the_released_codes_confidence_loss_is_that_of_burns_nlp() -> None:
    losses = [p["loss"] for p in made_by("burns_nlp", "finetune")]
    confident = [loss for loss in losses if loss["variant"] == "logconf"]
    assert {loss["threshold"]["variant"] for loss in confident} == {"class_share"}
    assert {loss["warmup"]["variant"] for loss in confident} == {"openai_jump"}
