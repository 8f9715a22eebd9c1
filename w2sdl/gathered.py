"""Warns of calls that bring one result together with itself, or name no axis to bring together along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from w2sdl.errors.graph import NotReduced, RepeatedInput
from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.program import Apply, Ref, Term
from w2sdl.signature import AxesOf, Port


def doubts(
    term: Apply,
    inputs: Mapping[str, tuple[str, ...]],
    dims: Callable[[Term], Sequence[str]],
    nodes: Mapping[str, Node],
) -> Iterator[Diagnostic]:
    """What a reader would doubt of what comes into a call; nothing where it names its axes.

    Args:
        term: the call.
        inputs: ids of what comes in, by port.
        dims: gives the axes that an argument varies over.
        nodes: all that are made so far.
    """
    for port in term.op.ports if not term.over else ():
        if _becomes_one(term, port):
            given, ids = term.ports.get(port.name, ()), inputs.get(port.name, ())
            if len(set(ids)) < len(ids):
                yield _repeated(term, given, ids, nodes)
            elif len(given) == 1 and term.op.check is None:  # a check says it in its own words
                yield from _not_reduced(term, port, dims(given[0]))


def _becomes_one(term: Apply, port: Port) -> bool:
    """Whether a list becomes one result row by row.

    Rows that stand one after the other may repeat, and so may the models of a chain.
    """
    is_list = port.many and not port.each and term.op.result is not Kind.METRIC
    return is_list and (port.kind is Kind.PREDICTOR or port.rows == "joined")


def _repeated(
    term: Apply, given: Sequence[Term], ids: Sequence[str], nodes: Mapping[str, Node]
) -> RepeatedInput:
    again = next(id_ for id_ in ids if ids.count(id_) > 1)
    names = [
        one.name if isinstance(one, Ref) else nodes[id_].name
        for one, id_ in zip(given, ids, strict=True)
        if id_ == again
    ]
    what = " and ".join(f"`{name}`" for name in dict.fromkeys(names))
    return RepeatedInput(span=term.span, op=term.written, what=what, times=ids.count(again))


def _not_reduced(term: Apply, port: Port, axes: Sequence[str]) -> Iterator[NotReduced]:
    if axes and any(isinstance(param.type, AxesOf) for param in term.op.params):
        shown = ", ".join(f"`{axis}`" for axis in axes)
        yield NotReduced(span=term.span, op=term.written, port=port.name, axes=shown, axis=axes[-1])
