"""Specs to draw: the flagship, and one that uses words and signs which formats give a meaning."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from w2sdl.graph import Graph
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.planning.plan import Action
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

ROOT = Path(__file__).parents[2]

HOSTILE = r"""
experiment end "A \"quoted\" <b>title</b> & #35; </style><script>alert(1)</script> %%{init: {}}%% ]]>"
axis click = ["a\"b", "[x]", "end", "<i>", "c;d", "#quot;", "- item", "`code`", "x|y", "{z}", "\\"]
data subgraph = science_qa(parts: {supervise: 10, transfer: 20, test: 10})
weak   end = pretrain(corpus(subgraph), layers: 1, width: 8, steps: 5)
strong default = pretrain(corpus(subgraph), layers: 1, width: 16, steps: 5)
class = finetune(end, gold(subgraph.supervise, field: "a\"b<script>[x](y) `c` #35; \\n %% end; |x|"))
more = gold(subgraph.supervise, field: click)
o = label(class, subgraph.transfer)
style'' = Ψ(default, o, seed: 1)
Φ' = Ψ(default, gold(subgraph.transfer), seed: 1)
graph = table("da\"ta", format: multiple_choice(), parts: {s: 10})
measure flowchart = accuracy(class, style'', Φ') on subgraph.test
measure linkStyle = pgr(weak: class, student: style'', ceiling: Φ') on subgraph.test
"""


@cache
def hostile() -> Graph:
    return compiled(HOSTILE)


@cache
def debate() -> Graph:
    """A debate design: 3 seeds, 4 kinds of evidence, 4 members; 240 nodes."""
    return compiled((Path(__file__).parent / "debate.w2s").read_text("utf-8"))


def compiled(text: str) -> Graph:
    compilation = Compilation(Source("spec", text), load_signatures())
    assert compilation.graph is not None, render_diagnostics(compilation.diagnostics)
    return compilation.graph


def some_status(graph: Graph) -> dict[str, Action]:
    """Every status in turn: boxes of several nodes are mixed."""
    actions = [Action.REUSE, Action.RUN, Action.MAYBE]
    return {id_: actions[number % 3] for number, id_ in enumerate(graph.nodes)}
