"""How much a program expands to, counted from the sizes of its axes before any node is made."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import prod

from w2sdl.errors.graph import TooLarge
from w2sdl.program import Apply, Const, Fix, ListTerm, Program, RecordTerm, Switch, Term, term_dims
from w2sdl.source import Span

MAX_NODES = 200_000
#: A reduction has an edge to each point that it gathers: few nodes can have very many.
MAX_EDGES = 2_000_000

_HUGE = 10**15


@dataclass(frozen=True, slots=True)
class Share:
    """What one call (or a selection with a name) asks for, equal nodes not merged yet."""

    span: Span
    axes: tuple[str, ...]
    nodes: int
    edges: int


def shares(program: Program) -> Iterator[Share]:
    """The share of each call of a program."""
    sizes = {axis.name: len(axis.points) for axis in program.axes.values()}
    counting = _Counting(program, sizes)
    for binding in program.bindings.values():
        if not isinstance(binding.term, Apply):
            yield Share(binding.span, binding.dims, 0, counting.points(binding.dims))
        yield from counting.calls(binding.term, frozenset())
    for measure in program.measures:
        for cell in measure.cells:
            yield from counting.calls(cell.term, frozenset())


def too_large(program: Program) -> TooLarge | None:
    """A message for a program that would not fit into memory or a person's life."""
    found = tuple(shares(program))
    for what, limit in (("nodes", MAX_NODES), ("edges", MAX_EDGES)):
        total = sum(getattr(share, what) for share in found)
        if total > limit:
            most = max(found, key=lambda share: getattr(share, what))
            axes = " × ".join(f"{len(program.axes[a].points):,} `{a}`" for a in most.axes)
            return TooLarge(
                span=most.span,
                what=what,
                count=_amount(total),
                limit=limit,
                most=_amount(getattr(most, what)),
                axes=axes,
            )
    return None


def _amount(count: int) -> str:
    return f"{count:,}" if count < _HUGE else f"more than {_HUGE:,}"


@dataclass(frozen=True, slots=True)
class _Counting:
    program: Program
    sizes: dict[str, int]

    def points(self, axes: Collection[str]) -> int:
        return prod(self.sizes[axis] for axis in axes)

    def calls(self, term: Term, held: frozenset[str]) -> Iterator[Share]:
        """Shares of a term and of the calls in it, where some axes stand at one point."""
        match term:
            case Fix(base, chosen):
                yield from self.calls(base, held | set(chosen))
            case Switch(axis, branches):
                moving = (item for item in branches.values() if not isinstance(item, Const))
                for branch in moving:  # an axis may have very many plain points
                    yield from self.calls(branch, held | {axis})
            case ListTerm(items):
                for item in items:
                    yield from self.calls(item, held)
            case RecordTerm(fields):
                for item in fields.values():
                    yield from self.calls(item, held)
            case Apply():
                yield self._share(term, held)
                inside = [item for items in term.ports.values() for item in items]
                for item in (*inside, *term.params.values()):
                    yield from self.calls(item, held - set(term.over))

    def _share(self, term: Apply, held: frozenset[str]) -> Share:
        dims = term_dims(term, self.program.bindings) - held
        nodes = self.points(dims)
        gathered = 0
        for port in term.op.ports:
            for item in term.ports.get(port.name, ()):
                reduced = set(term.over) if port.many else set()
                gathered += self.points(reduced & term_dims(item, self.program.bindings))
        axes = tuple(axis for axis in self.sizes if axis in dims or axis in term.over)
        return Share(term.span, axes, nodes, nodes * gathered)
