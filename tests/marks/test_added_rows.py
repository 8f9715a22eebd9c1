"""How many rows a node goes through, by the marks of the ports that rows come in on."""

from __future__ import annotations

import pytest
from compiling import compiled, signatures

from w2sdl_runtime.sizing.stated_rows import StatedRows

START = """experiment marks
axis member = 0..2
data qa  = science_qa(parts: {supervise: 20, transfer: 30, test: 5})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
W' = finetune(W, gold(qa.supervise), seed: member)
y = label(W', qa.transfer)
"""


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ("concat(y, gold(qa.supervise))", 50),
        ("stacked([y, gold(qa.supervise)])", 50),
        ("concat(y, over: member)", 90),
        ("votes(y, over: member)", 30),
        ("assign(y, y, how: mean())", 30),
        ("either(y, y)", 30),
        ("label(W', items([qa.transfer, qa.test]))", 35),
    ],
)
def test_rows_are_added_where_a_port_says_so(labels: str, rows: int) -> None:
    """Breaks where only `concat` and `items` are known to make one of several."""
    graph = compiled(f"{START}x = finetune(W, {labels})").graph
    assert graph is not None
    trained = next(node for node in graph.nodes.values() if node.name == "x")
    assert StatedRows(graph, signatures()).behind(trained) == rows
