"""Whether a test part is large enough for what `expect` claims: a rule of thumb of our own design.

An expectation such as ``a > b + 0.02`` claims a difference of two shares of rows. Two models that are
right on different rows for a share q of n rows, averaged over k seeds, give a difference whose standard
error is about sqrt(q / (n k)): q = 0.2 (they disagree on a fifth of the rows), seeds counted as if each
drew new rows, which is the best case. A claim below two standard errors can't be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, prod, sqrt
from typing import Any

from w2sdl.checking.terms import Terms
from w2sdl.claims import links
from w2sdl.errors.lints import SmallTest
from w2sdl.program import Apply, Const, ExpectDecl, MeasureDecl, Program, RecordTerm, Ref, Term

DISAGREEMENT = 0.2
STANDARD_ERRORS = 2.0

#: Metrics that are a share of rows, so that their error follows from the number of rows.
_SHARES = frozenset({"accuracy", "agreement"})


@dataclass(frozen=True, slots=True)
class _Claim:
    """``sum(sign * table) + constant``, with the axes that each table is averaged over."""

    constant: float = 0.0
    tables: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    known: bool = field(default=True)  #: false where it is anything else


def small_tests(program: Program, terms: Terms) -> Iterator[SmallTest]:
    """Expectations whose margin is smaller than two standard errors of what they compare."""
    measures = {measure.name: measure for measure in program.measures}
    every = ((expect, link) for expect in program.expectations for link in links(expect.tree))
    for expect, link in every:
        claim = _difference(link)
        if not claim.known or claim.constant == 0:
            continue
        if [sign for sign, _, _ in sorted(claim.tables)] != [-1, 1]:
            continue
        used = [measures[name] for _, name, _ in claim.tables]
        rows = [_rows(measure, program) for measure in used]
        if any(m.op not in _SHARES for m in used) or None in rows:
            continue
        seeds = min(
            _seeds(m, over, program, terms)
            for m, (_, _, over) in zip(used, claim.tables, strict=True)
        )
        yield from _judge(expect, min(n for n in rows if n), seeds, abs(claim.constant))


def _judge(expect: ExpectDecl, rows: int, seeds: int, effect: float) -> Iterator[SmallTest]:
    error = sqrt(DISAGREEMENT / (rows * seeds))
    if effect >= STANDARD_ERRORS * error:
        return
    needed = ceil(DISAGREEMENT * (STANDARD_ERRORS / effect) ** 2 / seeds)
    yield SmallTest(
        span=expect.span,
        rows=rows,
        seeds=seeds,
        effect=effect,
        error=error,
        ratio=effect / error,
        needed=needed,
    )


def _difference(link: Mapping[str, Any]) -> _Claim:
    """What is claimed not to be zero; of an equality, the margin that a difference stays within."""
    if "trend" in link:
        return _Claim(known=False)
    left, right = _linear(link["left"]), _linear(link["right"])
    return _add(_add(left, right, -1), _Claim(constant=link.get("within", 0.0)), 1)


def _add(one: _Claim, other: _Claim, sign: int) -> _Claim:
    tables = tuple((sign * s, name, over) for s, name, over in other.tables)
    known = one.known and other.known
    return _Claim(one.constant + sign * other.constant, one.tables + tables, known)


def _linear(tree: Mapping[str, Any], over: tuple[str, ...] = ()) -> _Claim:
    """An expectation's side as a sum of tables and a number."""
    if "number" in tree:
        return _Claim(constant=tree["number"])
    if "table" in tree and "facet" not in tree:
        return _Claim(tables=((1, tree["table"], over),))
    if tree.get("call") == "mean":
        return _linear(tree["value"], (*over, *tree["over"]))
    if tree.get("arith") in ("+", "-"):
        sign = 1 if tree["arith"] == "+" else -1
        return _add(_linear(tree["left"], over), _linear(tree["right"], over), sign)
    return _Claim(known=False)


def _seeds(measure: MeasureDecl, over: tuple[str, ...], program: Program, terms: Terms) -> int:
    """How many draws a mean over some axes has: the points of those that reach a seed."""
    found = [
        terms.seeds(item) for c in measure.cells for port in c.term.ports.values() for item in port
    ]
    drawn = {axis for _, axes in found for axis in axes}
    return prod(len(program.axes[axis].points) for axis in {*over, *measure.over} & drawn)


def _rows(measure: MeasureDecl, program: Program) -> int | None:
    """The rows of the measured part, where the spec says how many: ``parts: {test: 600}``."""
    for port in measure.cells[0].term.op.ports:
        if port.on:
            (gold,) = measure.cells[0].term.ports[port.name]
            return _part_size(gold, program)
    return None


def _part_size(term: Term, program: Program, part: str = "") -> int | None:
    match term:
        case Ref(name):
            return _part_size(program.bindings[name].term, program, part)
        case Apply(op=op, ports=ports, params=params):
            chosen = params.get("name")
            if op.name == "part" and isinstance(chosen, Const):
                part = str(chosen.value)
            parts = params.get("parts")
            if isinstance(parts, RecordTerm):
                return _count(parts.fields.get(part))
            data = next(iter(ports.values()), ())
            return _part_size(data[0], program, part) if data else None
        case _:
            return None


def _count(term: Term | None) -> int | None:
    """``600``, or ``take(600, of: "test")``."""
    if isinstance(term, RecordTerm):
        term = term.fields.get("n")
    value = term.value if isinstance(term, Const) else None
    return value if isinstance(value, int) else None
