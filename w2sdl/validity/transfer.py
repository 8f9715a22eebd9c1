"""From what is known of a node's inputs to what is known of its result: the flow of information.

Decided by kinds, roles and channels alone, so that an operation of one's own is judged like a built-in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from w2sdl.graph import Node
from w2sdl.keys import canonical_json
from w2sdl.kinds import Kind
from w2sdl.signature import OpSignature
from w2sdl.validity.facts import EMPTY, Cell, Channel, Fact, Form, Part, Step, Trace, first
from w2sdl.validity.fitting import MODELS, Fitting
from w2sdl.validity.ports import Inflow
from w2sdl.validity.rows import ROWS, RowWise, forms_of, inflow, templates_of

#: A port with what is known of all that comes in.
Arrived = tuple[Inflow, tuple[Fact, ...]]


def result_fact(
    node: Node, op: OpSignature, arrived: Sequence[Arrived], is_strong: bool, cut: Sequence[str]
) -> Fact:
    """What is known of the result of ``node``.

    Args:
        node: what is computed.
        op: its operation.
        arrived: its inputs.
        is_strong: it is declared a strong model.
        cut: of a data set, the names of parts that the design takes of it.
    """
    step = Step(node.name, node.id)
    flows = [(flow, fact) for flow, facts in arrived for fact in facts]
    if op.result is Kind.DATA:
        return _data(node, op, flows, step, cut)
    if op.result in MODELS:
        return Fitting(flows, step).fact(is_strong)
    if op.result is Kind.METRIC:
        return EMPTY
    return RowWise(op.result, op.control, flows, step).fact()


def _data(
    node: Node,
    op: OpSignature,
    flows: Sequence[tuple[Inflow, Fact]],
    step: Step,
    cut: Sequence[str],
) -> Fact:
    """A source has the parts that it declares; what is made of data has some or all of theirs."""
    given = [(f, fact) for f, fact in flows if f.kind in ROWS and not f.in_variant]
    sources = [one for one in given if one[0].kind is Kind.DATA] or given
    if sources:
        rows = _taken(node, sources, step)
    else:
        rows = {part: Cell(Trace(step)) for part in _declared(node, cut)}
    beside = [(_chooses(f), fact) for f, fact in flows if (f, fact) not in sources]
    for part, cell in rows.items():
        for flow, fact in beside:
            gold, fits = inflow(flow, fact, part, step)
            cell = replace(cell, gold=first(cell.gold, gold), fits=first(cell.fits, fits))
        rows[part] = cell
    known = frozenset(texts_told(node, op) if not sources else ())
    told = frozenset([_form(node, op)] if not sources else ())
    return Fact(
        rows=rows,
        # An operation that cuts rows anew may give its parts the names of others.
        elsewhere=any(fact.elsewhere or flow.port.rows != "kept" for flow, fact in sources),
        templates=known | templates_of(fact for _, fact in sources),
        forms=told | forms_of(fact for _, fact in sources),
    )


def texts_told(node: Node, op: OpSignature) -> list[str]:
    """Templates in place, by which a node tells rows."""
    own = [node.params.get(param.name) for param in op.params if param.rows == "told"]
    return [text for text in own if isinstance(text, str)]


def _form(node: Node, op: OpSignature) -> Form:
    """Two data sets of one source differ in nothing but how rows are told, and which are taken."""
    marked = {param.name: param.rows for param in op.params}
    rest = {name: value for name, value in node.params.items() if not marked.get(name)}
    how = {name: value for name, value in node.params.items() if marked.get(name) == "told"}
    return Form(canonical_json([node.op, rest]), canonical_json(how))


def _declared(node: Node, cut: Sequence[str]) -> list[Part]:
    """The parts of a source. Where it declares none, they are those that the design takes of it."""
    parts = node.params.get("parts")
    names = list(parts) if isinstance(parts, Mapping | list) else []
    every = dict.fromkeys([*names, *cut, *([] if names else [""])])
    return [Part(node.id, name, f"{node.name}.{name}" if name else node.name) for name in every]


def _taken(node: Node, sources: Sequence[tuple[Inflow, Fact]], step: Step) -> dict[Part, Cell]:
    folds = any(flow.channel is Channel.FOLDS for flow, _ in sources)
    rows = {
        part: replace(cell, path=Trace(step), folded=cell.folded or folds)
        for _, fact in sources
        for part, cell in fact.rows.items()
    }
    if node.op != "part":
        return rows
    # A part that no source knows was cut by an operation on the way: it may hold any of their rows.
    return {part: c for part, c in rows.items() if part.name == node.params.get("name")} or rows


def _chooses(flow: Inflow) -> Inflow:
    """What data is made with beside data decides which rows there are."""
    return replace(flow, channel=Channel.SELECT) if flow.channel is Channel.VALUE else flow
