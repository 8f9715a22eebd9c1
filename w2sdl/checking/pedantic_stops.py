"""Whether a training is stopped by labels of the rows that it learns: agreement there is memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from w2sdl.checking.terms import Terms, children, edges_of, walk
from w2sdl.errors.lints import StoppedByOwnRows
from w2sdl.kinds import COERCIONS, Kind
from w2sdl.program import Apply, Const, Fix, Program, RecordTerm, Ref, Switch, Term
from w2sdl.signature import Signatures, VariantOf, VariantSignature


def stopped_by_own_rows(
    program: Program, signatures: Signatures, terms: Terms
) -> Iterator[StoppedByOwnRows]:
    """Trainings with labels inside a variant (``stop: agreeing(labels)``) of rows that they learn."""
    for binding in program.bindings.values():
        for call in walk(binding.term):
            if not isinstance(call, Apply) or call.op.result is not Kind.PREDICTOR:
                continue
            learned = _rows(edges_of(call, Kind.LABELS), terms)
            for param in call.op.params:
                if not isinstance(param.type, VariantOf) or param.name not in call.params:
                    continue
                family = signatures.variants[param.type.family]
                edges = _edges_inside(call.params[param.name], family)
                inside = [term for term in edges if _kind(term, program) is Kind.LABELS]
                if learned & _rows(inside, terms):
                    yield StoppedByOwnRows(span=call.span, name=binding.name, param=param.name)


def _edges_inside(term: Term, family: Mapping[str, VariantSignature]) -> Iterator[Term]:
    """The nodes that choose or stop by what they hold, in a variant at any point of the axes.

    A port that says that it reads on purpose (a control) neither chooses nor stops.
    """
    match term:
        case RecordTerm(fields):
            chosen = fields.get("variant")
            variant = family.get(str(chosen.value)) if isinstance(chosen, Const) else None
            ports = variant.ports if variant else ()
            controls = {port.name for port in ports if port.channel == "control"}
            for name, child in fields.items():
                if name not in controls:
                    yield from _edges_inside(child, family)
        case Switch():
            for child in children(term):
                yield from _edges_inside(child, family)
        case Ref() | Apply() | Fix():
            yield term


def _kind(term: Term, program: Program) -> Kind | None:
    match term:
        case Ref(name):
            return program.bindings[name].kind
        case Fix(base):
            return _kind(base, program)
        case Apply(op=op):
            return op.result
        case _:
            return None


def _rows(labels: list[Term], terms: Terms) -> frozenset[Any]:
    """The items or parts that labels are about, by what they are computed from."""
    return frozenset(row for term in labels for row in _about(term, terms))


def _about(term: Term, terms: Terms) -> Iterator[Any]:
    match term:
        case Ref(name):
            yield from _about(terms.program.bindings[name].term, terms)
        case Fix(base):
            yield from _about(base, terms)
        case Switch(branches=branches):
            for branch in branches.values():
                yield from _about(branch, terms)
        case Apply() as call:
            parts = edges_of(call, Kind.ITEMS) or edges_of(call, Kind.DATA)
            yield from (terms.shape(_data_of(part)) for part in parts)
            for label in edges_of(call, Kind.LABELS) if not parts else ():
                yield from _about(label, terms)


def _data_of(term: Term) -> Term:
    """The data behind ``items(data)``: labels and gold of one part are about the same rows."""
    is_items = isinstance(term, Apply) and term.op.name == COERCIONS[Kind.DATA, Kind.ITEMS]
    edges = edges_of(term, Kind.DATA) if is_items and isinstance(term, Apply) else []
    return edges[0] if len(edges) == 1 else term
