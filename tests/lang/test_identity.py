"""What may change a node's identity, and what never does."""

from __future__ import annotations

import pytest
from test_golden import signatures

from w2sdl.graph import Graph
from w2sdl.pipeline import Compilation
from w2sdl.source import Source

SPEC = """
experiment e "?"
axis seed = 0..1
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10, spare: 10})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5, seed: seed)
strong S = pretrain(corpus(d), layers: 2, width: 16, steps: 5, seed: seed)
W' = Φ(W, gold(d.supervise), loss: logconf(alpha: 0.25), train: {epochs: 3}, seed: seed)
S' = Ψ(S, label(W', d.transfer), seed: seed)
measure a = accuracy(W', S') on d.test
"""


def graph_of(text: str, *settings: str) -> Graph:
    compilation = Compilation(Source("spec", text), signatures(), (), settings)
    assert compilation.graph is not None, compilation.diagnostics
    return compilation.graph


def ids(text: str, *settings: str) -> set[str]:
    return set(graph_of(text, *settings).nodes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("experiment e", "# a comment\nexperiment   e"),
        ("W'", "better"),
        ("Φ(", "facilitate("),
        ("Φ(", "finetune("),
        ("S'", "S′"),
        ("axis seed", "axis draw"),
        ("layers: 1, width: 8", "width: 8, layers: 1"),
        ("pretrain(corpus(d), layers: 1", "pretrain(layers: 1, corpus: corpus(d)"),
        ("0.25", "25%"),
        ("transfer: 20", "transfer: 2_0"),
        ("train: {epochs: 3}", "train: {epochs: 3, batch: 32}"),
        ("seed: seed)\nS'", "seed: seed, head: linear())\nS'"),
        ("accuracy(W', S')", "accuracy(S', W')"),
        ("= 0..1", "= [0, 1]"),
    ],
)
def test_spelling_never_changes_what_is_computed(old: str, new: str) -> None:
    text = SPEC.replace(old, new)
    assert text != SPEC
    text = text.replace("seed: seed", "seed: draw") if "axis draw" in text else text
    assert ids(text) == ids(SPEC)


def test_order_of_declarations_does_not_matter() -> None:
    head, *rest = SPEC.strip().split("\n")
    assert ids("\n".join([*reversed(rest), head])) == ids(SPEC)


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("width: 16", "width: 32", {"S", "S'", "label(S', d.test)", "a.accuracy(S')"}),
        ("0.25", "0.5", {"W'", "label(W', d.transfer)", "label(W', d.test)", "a.accuracy(W')",
                         "S'", "label(S', d.test)", "a.accuracy(S')"}),
        (
            "on d.test",
            "on d.spare",
            {"a.accuracy(W')", "a.accuracy(S')",
             "label(W', d.spare)", "label(S', d.spare)", "gold(d.spare)", "d.spare", "items(d.spare)"},
        ),
    ],
)  # fmt: skip
def test_a_change_moves_exactly_what_depends_on_it(old: str, new: str, moved: set[str]) -> None:
    before, after = graph_of(SPEC), graph_of(SPEC.replace(old, new))
    fresh = {node.name for id_, node in after.nodes.items() if id_ not in before.nodes}
    assert fresh == moved


def test_equal_nodes_are_one_node_with_both_addresses() -> None:
    twin = (
        SPEC
        + "twin = finetune(W, gold(d.supervise), loss: logconf(alpha: 0.25), "
        + ("train: {epochs: 3}, seed: seed)\n")
    )
    graph = graph_of(twin)
    assert set(graph.nodes) == ids(SPEC)
    assert any("twin[seed=0]" in node.aliases for node in graph.nodes.values())


def test_what_does_not_take_the_seed_is_computed_once() -> None:
    graph = graph_of(SPEC)
    addresses = {node.address for node in graph.nodes.values()}
    assert "d" in addresses
    assert {"S'[seed=0]", "S'[seed=1]"} <= addresses


def test_settings_change_a_parameter_in_place() -> None:
    by_text = ids(SPEC.replace("epochs: 3", "epochs: 4").replace("width: 16", "width: 24"))
    assert ids(SPEC, "W'.train.epochs=4", "S.width=24") == by_text


def test_parents_come_before_their_children() -> None:
    seen: set[str] = set()
    for node in graph_of(SPEC).order():
        assert set(node.parents()) <= seen
        seen.add(node.id)
