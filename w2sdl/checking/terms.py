"""Questions about the terms of a checked program: what is in them, what they rest on, what is equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from w2sdl import signature as sig
from w2sdl.kinds import Kind
from w2sdl.program import (
    Apply,
    Const,
    Fix,
    ListTerm,
    Program,
    RecordTerm,
    Ref,
    Switch,
    Term,
    term_dims,
)


def children(term: Term) -> Iterator[Term]:
    """The terms directly inside one; the binding behind a `Ref` is not inside it."""
    match term:
        case ListTerm(items):
            yield from items
        case RecordTerm(fields):
            yield from fields.values()
        case Switch(branches=branches):
            yield from branches.values()
        case Fix(base):
            yield base
        case Apply(ports=ports, params=params):
            for items in ports.values():
                yield from items
            yield from params.values()


def walk(term: Term) -> Iterator[Term]:
    """A term and all terms inside it, without what its names stand for."""
    yield term
    for child in children(term):
        yield from walk(child)


def edges_of(term: Apply, kind: Kind) -> list[Term]:
    """What stands in the ports of one kind."""
    ports = [port.name for port in term.op.ports if port.kind is kind]
    return [item for name in ports for item in term.ports.get(name, ())]


class Terms:
    """Questions about one program; answers are kept by binding."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._seeded: dict[str, tuple[bool, frozenset[str]]] = {}
        self._uses: dict[str, frozenset[str]] = {}

    def refs(self, term: Term) -> frozenset[str]:
        """The bindings that a term uses directly."""
        return frozenset(inner.name for inner in walk(term) if isinstance(inner, Ref))

    def uses(self, name: str) -> frozenset[str]:
        """The bindings that a binding uses directly."""
        if name not in self._uses:
            self._uses[name] = self.refs(self.program.bindings[name].term)
        return self._uses[name]

    def upstream(self, term: Term) -> frozenset[str]:
        """All bindings that a term depends on."""
        found: set[str] = set()
        waiting = list(self.refs(term))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.uses(name)
        return frozenset(found)

    def seeds(self, term: Term) -> tuple[bool, frozenset[str]]:
        """Whether anything in a term is drawn at random, and the axes of its seeds that it varies over."""
        match term:
            case Ref(name):
                if name not in self._seeded:
                    self._seeded[name] = self.seeds(self.program.bindings[name].term)
                return self._seeded[name]
            case Fix(base, chosen):
                drawn, axes = self.seeds(base)
                return drawn, axes - set(chosen)
            case Apply():
                own = self._own_seed(term)
                found = [self.seeds(child) for child in children(term)]
                axes = frozenset(axis for _, inner in found for axis in inner)
                dims = term_dims(own, self.program.bindings) if own else frozenset()
                return own is not None or any(d for d, _ in found), (axes | dims) - set(term.over)
            case _:
                found = [self.seeds(child) for child in children(term)]
                return any(d for d, _ in found), frozenset(a for _, inner in found for a in inner)

    def _own_seed(self, term: Apply) -> Term | None:
        for param in term.op.params:
            if isinstance(param.type, sig.SeedOf):
                return term.params.get(param.name)
        return None

    def root_model(self, term: Term, name: str = "") -> tuple[str, Apply] | None:
        """The model that a predictor was trained from, with its name; None where axes choose it."""
        match term:
            case Ref(binding):
                return self.root_model(self.program.bindings[binding].term, binding)
            case Fix(base):
                return self.root_model(base, name)
            case Apply():
                before = next(iter(edges_of(term, Kind.MODEL)), None)
                return self.root_model(before) if before else (name or term.text, term)
            case _:
                return None

    def shape(self, term: Term, with_seeds: bool = True) -> Any:
        """What a term computes, whatever it is called: equal shapes are equal results."""
        match term:
            case Const(value):
                return repr(value)
            case Ref(name):
                return self.shape(self.program.bindings[name].term, with_seeds)
            case Switch(axis, branches):
                return axis, tuple((p, self.shape(b, with_seeds)) for p, b in branches.items())
            case Fix(base, chosen):
                return tuple(sorted(chosen.items())), self.shape(base, with_seeds)
            case Apply(op=op, ports=ports, params=params):
                seeds = {p.name for p in op.params if isinstance(p.type, sig.SeedOf)}
                kept = {k: v for k, v in params.items() if with_seeds or k not in seeds}
                edges = [
                    (name, tuple(self.shape(item, with_seeds) for item in items))
                    for name, items in sorted(ports.items())
                ]
                values = [(name, self.shape(v, with_seeds)) for name, v in sorted(kept.items())]
                return op.name, tuple(edges), tuple(values)
            case RecordTerm(fields):
                return tuple((name, self.shape(v, with_seeds)) for name, v in fields.items())
            case ListTerm(items):
                return tuple(self.shape(item, with_seeds) for item in items)
