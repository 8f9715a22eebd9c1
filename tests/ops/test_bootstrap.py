"""`bootstrap` is written out as the chain that one would write by hand, and nothing else knows of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2sdl.chain_signatures import chain_problem
from w2sdl.checking.type_text import type_text
from w2sdl.diff.compare import compare
from w2sdl.graph import Graph
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.show import program_text
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

PREAMBLE = """experiment sizes
axis seed = 0..1
axis gap = {near: {width: 8}, far: {width: 16}}
data qa = science_qa(parts: {supervise: 40, transfer: 40, one: 20, two: 20, three: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 8, steps: 1, seed: seed)
strong M1 = pretrain(corpus(qa), layers: 1, width: gap.width, steps: 2, seed: seed)
strong M2 = pretrain(corpus(qa), layers: 1, width: 16, steps: 3, seed: seed)
strong S = pretrain(corpus(qa), layers: 1, width: 24, steps: 4, seed: seed)
W' = finetune(W, gold(qa.supervise), seed: seed)
y = label(W', qa.transfer)
ceiling = finetune(S, gold(qa.transfer), seed: seed)
"""
END = """
measure scores = accuracy(S', ceiling) on qa.test
measure gained = pgr(weak: W', student: S', ceiling: ceiling, over: seed) on qa.test
"""


def compiled(body: str, *settings: str, end: str = END) -> Compilation:
    return Compilation(Source("spec.w2s", PREAMBLE + body + end), load_signatures(), (), settings)


def graph_of(body: str, *settings: str, end: str = END) -> Graph:
    compilation = compiled(body, *settings, end=end)
    assert compilation.graph is not None, render_diagnostics(compilation.diagnostics)
    return compilation.graph


def by_hand(models: list[str], pools: list[str], options: str, kind: str) -> str:
    """The chain, as nested calls."""
    labels = "y"
    for model, pool in zip(models, [*pools, ""], strict=True):
        student = f"finetune({model}, {labels}, {options})"
        labels = f'label({student}, {pool}, kind: "{kind}")'
    return f"S' = {student}"


OPTIONS = st.lists(
    st.sampled_from(
        [
            "seed: seed",
            "loss: logconf(alpha: 0.75)",
            "head: likelihood()",
            "train: {epochs: 3}",
            "needs: {cpu: 2}",
        ]
    ),
    unique=True,
)


@given(
    models=st.lists(st.sampled_from(["M1", "M2", "S", "W"]), min_size=1, max_size=4),
    options=OPTIONS,
    kind=st.sampled_from(["soft", "hard"]),
    fresh=st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_its_nodes_are_those_of_the_chain_by_hand(
    models: list[str], options: list[str], kind: str, fresh: bool
) -> None:
    pools = ["qa.one", "qa.two", "[qa.three, qa.one]"] if fresh else ["qa.transfer"] * 3
    pools = pools[: len(models) - 1]
    how = ", ".join(options)
    given_pools = f"pools: [{', '.join(pools)}], " if fresh and pools else ""
    call = f'S\' = bootstrap([{", ".join(models)}], y, {given_pools}{how}, kind: "{kind}")'
    end = "\nmeasure scores = accuracy(S') on qa.test\n"
    mine = graph_of(call.replace(", ,", ","), end=end)
    hand = graph_of(by_hand(models, pools, how, kind).replace(", )", ")"), end=end)
    assert set(mine.nodes) == set(hand.nodes)
    assert {i: n.needs for i, n in mine.nodes.items()} == {
        i: n.needs for i, n in hand.nodes.items()
    }


def names(graph: Graph) -> set[str]:
    return {node.name for node in graph.nodes.values() if node.name.startswith("S'")}


def test_each_step_has_an_address_and_can_be_measured() -> None:
    body = "S' = bootstrap([M1, M2, S], y, seed: seed)"
    graph = graph_of(body)
    assert names(graph) == {"S'.step1", "S'.labels1", "S'.step2", "S'.labels2", "S'"}
    addresses = {node.address for node in graph.nodes.values()}
    assert "S'.step1[seed=0, gap=far]" in addresses
    more = "\nmeasure each = accuracy(S'.step1, S'.step2[seed: 0], S'[gap: far].step1) on qa.test\n"
    measured = graph_of(body, end=END + more)
    assert set(graph.nodes) < set(measured.nodes)
    assert names(measured) == names(graph)


def test_a_change_of_the_call_reaches_every_step() -> None:
    graph = graph_of("S' = bootstrap([M1, S], y, seed: seed)", "S'.train.epochs=7")
    epochs = {
        n.name: n.params["train"]["epochs"] for n in graph.nodes.values() if "train" in n.params
    }
    assert epochs == {"W'": 2, "ceiling": 2, "S'.step1": 7, "S'": 7}


def test_it_may_stand_in_an_axis_and_in_a_sub_graph() -> None:
    axis = (
        "axis way = {leap: finetune(S, y, seed: seed), steps: bootstrap([M1, S], y, seed: seed)}\n"
    )
    first = "label(finetune(M1, y, seed: seed), qa.transfer)"
    hand = axis.replace("bootstrap([M1, S], y,", f"finetune(S, {first},")
    assert set(graph_of(axis + "S' = way").nodes) == set(graph_of(hand + "S' = way").nodes)
    body = "out = bootstrap([small, large], taught, seed: seed)"
    sub = f"def grown(small, large, taught) -> out {{\n  {body}\n}}\n"
    inside = graph_of(sub + "one = grown(M1, S, y)\nS' = one.out\nfirst = one.out.step1")
    assert set(inside.nodes) == set(graph_of("S' = bootstrap([M1, S], y, seed: seed)").nodes)


def test_the_resolved_program_is_a_spec_with_the_same_nodes() -> None:
    body = "S' = bootstrap([M1, M2, S], y, pools: [qa.one, qa.two], seed: seed)"
    end = "\nmeasure each = accuracy(S'.step1, S') on qa.test\n"
    text = program_text(compiled(body, end=end).program)
    again = Compilation(Source("again.w2s", text), load_signatures()).graph
    assert again is not None
    assert set(again.nodes) == set(graph_of(body, end=end).nodes)


def test_the_items_are_those_that_the_labels_are_about() -> None:
    """Through names, selections, axes and what is made of labels."""
    for labels, items in (
        ("gold(folds(qa.one, k: 2))", "folds(qa.one, k: 2)"),
        ("y[seed: 0]", "qa.transfer"),
        ('label_file(qa.two, "labels.jsonl", origin: human())', "qa.two"),
    ):
        end = "\nmeasure scores = accuracy(S') on qa.test\n"
        mine = graph_of(f"S' = bootstrap([M2, S], {labels})", end=end)
        hand = graph_of(f"S' = finetune(S, label(finetune(M2, {labels}), {items}))", end=end)
        assert set(mine.nodes) == set(hand.nodes), labels
    axis = "axis taught = {plain: y, told: label(W', qa.one)}\n"
    mine = graph_of(
        axis + "S' = bootstrap([M2, S], taught)", end="\nmeasure m = accuracy(S') on qa.test\n"
    )
    labelled = {n.inputs["items"][0] for n in mine.nodes.values() if n.name == "S'.labels1"}
    assert {mine.nodes[i].address for i in labelled} == {"items(qa.transfer)", "items(qa.one)"}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("bootstrap([M1, S], concat(y, label(W', qa.one)))", "can't be told from the spec"),
        ("bootstrap([M1, S], y, pools: [qa.one, qa.two])", "`pools` names 2, and `models` names 2"),
        ("bootstrap([], y)", "`bootstrap` has nothing in `models`"),
        ("bootstrap([M1, S], y, epochs: 3)", "has no argument `epochs`"),
        ("bootstrap([M1, S], y, seed: seed).step9", "its fields are step1, labels1"),
    ],
)
def test_mistakes_have_a_message(call: str, expected: str) -> None:
    compilation = compiled(f"S' = {call}", end="\nmeasure m = accuracy(S') on qa.test\n")
    shown = render_diagnostics(compilation.diagnostics)
    assert expected in shown
    assert len(compilation.diagnostics) == 1, shown


def test_gold_that_reaches_a_step_is_found_and_can_be_allowed() -> None:
    body = "S' = bootstrap([M1, S], concat(y, gold(qa.transfer)), pools: [qa.transfer])"
    shown = render_diagnostics(compiled(body).diagnostics)
    assert "W2S0601" in shown
    assert "reach the student `S'.step1`" in shown
    graph = graph_of(body + ' allow(student_gold, "an oracle") allow(self_marking, "an oracle")')
    assert {e.reason for e in graph.validity.excused} == {"an oracle"}


def test_relabelling_the_same_rows_is_legal() -> None:
    assert graph_of("S' = bootstrap([M1, M2, S], y, seed: seed)").validity.excused == ()


def test_its_options_are_those_of_finetune() -> None:
    ops = load_signatures().ops
    mine = {p.name: (type_text(p.type), p.default) for p in ops["bootstrap"].params}
    steps = (*ops["finetune"].params, *ops["label"].params)
    assert mine == {p.name: (type_text(p.type), p.default) for p in steps}
    ports = {port.name for port in ops["bootstrap"].ports}
    assert {port.name for port in ops["finetune"].ports} - {"model"} <= ports


def test_a_chain_that_names_what_is_not_there_is_refused() -> None:
    signatures = load_signatures()
    op = signatures.ops["bootstrap"]
    assert op.chain is not None
    wrong = {
        "step": ("train", "names no operation: `train`"),
        "takes": ("base", "names `base`, which is no edge of `finetune`"),
        "between": ("accuracy", "names `predictor`, which is no edge of `accuracy`"),
        "pools": ("rows", "names `rows`, which is no edge of `bootstrap`"),
    }
    for field, (name, problem) in wrong.items():
        chain = replace(op.chain, **{field: name})
        assert problem in chain_problem(op, chain, signatures)
    kept = replace(op, ports=(*op.ports, replace(op.ports[0], name="judge")))
    assert chain_problem(kept, op.chain, signatures) == "has no use for `judge`"
    assert chain_problem(op, op.chain, signatures) == ""


def test_a_diff_to_the_chain_by_hand_finds_nothing() -> None:
    mine = graph_of("S' = bootstrap([M1, S], y, seed: seed)")
    hand = graph_of("S' = finetune(S, label(finetune(M1, y, seed: seed), qa.transfer), seed: seed)")
    compared = compare(mine, hand, load_signatures())
    assert not compared.differs
    assert compared.counts.shared == compared.counts.a == compared.counts.b
    longer = graph_of("S' = bootstrap([M1, S], y, train: {epochs: 3}, seed: seed)")
    verdict = compare(mine, longer, load_signatures()).verdict.sentence
    assert "one factor differs, train.epochs 2 → 3 in S'.step1 and S'" in verdict


def test_what_a_node_answers_goes_along_the_chain() -> None:
    """Words where classes are wanted are one mistake, and one message."""
    start = 't = label_file(qa.one, "t.jsonl", kind: "text", origin: human())\n'
    end = "\nmeasure scores = accuracy(W') on qa.test\n"
    call = "S' = bootstrap([M1, S], t, pools: [qa.two], {how}seed: seed)"
    wrong = compiled(start + call.format(how=""), end=end).diagnostics
    assert [d.code for d in wrong] == ["W2S0405"]
    mixed = compiled(start + call.format(how="head: lm(), loss: lm(), "), end=end).diagnostics
    assert "labels of these items judge one candidate" in mixed[0].title()
