"""Large specs: counted before they are expanded, in any order of declarations, without recursion."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden import HERE, compile_file, signatures

from w2sdl.expansion_size import shares
from w2sdl.keys import canonical_json
from w2sdl.pipeline import Compilation
from w2sdl.source import Source

HEAD = """experiment e "?"
data d = science_qa(parts: {supervise: 10, transfer: 20, test: 10})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 5)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 5)
"""


def compiled(text: str) -> Compilation:
    return Compilation(Source("spec", text), signatures())


def counted(compilation: Compilation) -> tuple[int, int]:
    found = list(shares(compilation.program))
    return sum(share.nodes for share in found), sum(share.edges for share in found)


@pytest.mark.parametrize("path", sorted((HERE / "ok").glob("*.w2s")), ids=lambda p: p.stem)
def test_no_spec_has_more_nodes_or_edges_than_were_counted(path: object) -> None:
    compilation = compile_file(path)  # type: ignore[arg-type]
    graph = compilation.graph
    assert graph is not None
    nodes, edges = counted(compilation)
    assert len(graph.nodes) <= nodes
    assert sum(1 for node in graph.nodes.values() for _ in node.parents()) <= edges


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.booleans())
def test_where_no_nodes_are_equal_the_count_is_exact(
    seeds: int, arms: int, members: int, held: bool
) -> None:
    taught = "teacher[arm: 0]" if held else "teacher"
    text = HEAD.replace("corpus(d)", "text") + "text = corpus(d)"
    compilation = compiled(f"""{text}
axis seed = 0..{seeds - 1}
axis arm = 0..{arms - 1}
axis member = 0..{members - 1}
part = gold(d.supervise)
W' = finetune(W, part, seed: [arm, seed, member])
teacher = ensemble(W', over: [member])
y = label({taught}, items(d.transfer))
S' = finetune(S, y, seed: seed)
""")
    graph = compilation.graph
    assert graph is not None
    nodes, edges = counted(compilation)
    assert nodes == len(graph.nodes)
    assert edges == sum(1 for node in graph.nodes.values() for _ in node.parents())


def test_a_billion_points_are_refused_at_once() -> None:
    signatures()
    start = time.process_time()
    compilation = compile_file(HERE / "bad" / "too_many_points_together.w2s")
    assert compilation.graph is None
    assert time.process_time() - start < 5  # 0.1 s on an idle core; expanding it would take hours


def test_many_calls_over_a_long_axis_are_refused_in_time_and_memory() -> None:
    """An axis with 10,000 points is checked once for a parameter, not for each of its uses."""
    calls = "".join(f"S{n} = finetune(W, gold(d.supervise), seed: seed)\n" for n in range(300))
    start = time.process_time()
    compilation = compiled(f"{HEAD}axis seed = 0..9_999\n{calls}")
    assert [type(d).__name__ for d in compilation.diagnostics] == ["TooLarge"]
    assert time.process_time() - start < 20  # under 1 s on an idle core


def test_a_thousand_levels_in_any_order() -> None:
    lines = ["S0 = finetune(W, gold(d.supervise))"]
    lines += [f"S{n} = finetune(S, label(S{n - 1}, d.transfer))" for n in range(1, 1_000)]
    forward = compiled(HEAD + "\n".join(lines)).graph
    assert forward is not None
    random.Random(0).shuffle(lines)
    for order in (lines, lines[::-1]):
        graph = compiled(HEAD + "\n".join(order)).graph
        assert graph is not None
        assert set(graph.nodes) == set(forward.nodes)


def test_a_long_circle_is_one_message() -> None:
    lines = [f"S{n} = finetune(S, label(S{(n + 1) % 1000}, d.transfer))" for n in range(1_000)]
    messages = compiled(HEAD + "\n".join(lines)).diagnostics
    assert [message.title() for message in messages] == [
        "`S0` is defined by itself: S0 → S1 → S2 → S3 → S4 → S5 → S6 → S7 → … → S0"
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_the_quick_way_to_canonical_json_is_the_long_way(value: object) -> None:
    """A byte of difference would move every key of every store."""
    import json

    def long(value: object) -> object:
        if isinstance(value, float):
            return value + 0.0
        if isinstance(value, dict):
            return {key: long(item) for key, item in value.items()}
        return [long(item) for item in value] if isinstance(value, list | tuple) else value

    separators = (",", ":")
    expected = json.dumps(long(value), sort_keys=True, separators=separators, ensure_ascii=False)
    assert canonical_json(value) == expected


def test_canonical_json_takes_any_mapping_and_sequence() -> None:
    """The quick path for plain types must not change a byte, or every key would move."""
    from types import MappingProxyType

    value = {"b": (1, 2.5, -0.0), "a": MappingProxyType({"x": None, "w": True}), "é": range(2)}
    assert canonical_json(value) == '{"a":{"w":true,"x":null},"b":[1,2.5,0.0],"é":[0,1]}'
    for wrong in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="canonical"):
            canonical_json([wrong])


def test_building_a_graph_leaves_the_collector_as_it_was() -> None:
    import gc

    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            assert compiled(HEAD).graph is not None
            assert gc.isenabled() is enabled
        finally:
            gc.enable()
