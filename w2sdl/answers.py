"""What every node answers (a class, a preference, words), and where labels of one kind meet another."""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl.errors.graph import WrongLabels
from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.messages.diagnostics import Collector
from w2sdl.signature import Mismatch, OpSignature, Signatures
from w2sdl.source import Span

#: What has rows with an answer, or gives one.
_ANSWERING = frozenset({Kind.DATA, Kind.ITEMS, Kind.LABELS, Kind.PREDICTOR})


def check_answers(
    graph: Graph, places: Mapping[str, Span], signatures: Signatures, found: Collector
) -> None:
    """Report where labels of one kind reach what takes another; the same mistake once.

    Args:
        graph: all nodes, parents first.
        places: where each node stands in the source.
        signatures: what operations say of the labels they take and give.
        found: gets a message for each mistake.
    """
    answers: dict[str, str] = {}
    said: set[tuple[Span | None, str]] = set()
    for node in graph.nodes.values():
        op = signatures.ops[node.op]
        answer = _answer(node, op, answers)
        answers[node.id] = answer if isinstance(answer, str) else ""
        span = places.get(node.id)
        if isinstance(answer, Mismatch) and (span, answer.fact) not in said:
            said.add((span, answer.fact))
            found.add(WrongLabels(span=span, fact=answer.fact, advice=answer.advice))


def _answer(node: Node, op: OpSignature, known: Mapping[str, str]) -> str | Mismatch:
    given = {port: tuple(known[id_] for id_ in ids) for port, ids in node.inputs.items()}
    if op.answers is not None:
        return op.answers(node.params, given)
    if node.kind not in _ANSWERING:
        return ""
    own = {port.name for port in op.ports if port.kind in _ANSWERING}
    every = {answer for port in own for answer in given.get(port, ()) if answer}
    return every.pop() if len(every) == 1 else ""
