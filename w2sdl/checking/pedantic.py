"""Warnings of `check --pedantic` that a checked program alone can tell: each is one function.

Not here, since they need more than the program: more than one factor changed against a baseline, labels
that can be guessed from length, and expectations added after the results. A run says the last
(`w2sdl_runtime.storage.claims`): to know which results are there, all sources must be hashed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from w2sdl.checking.pedantic_power import small_tests
from w2sdl.checking.pedantic_stops import stopped_by_own_rows
from w2sdl.checking.terms import Terms, edges_of, walk
from w2sdl.errors import lints
from w2sdl.kinds import Kind
from w2sdl.messages.diagnostics import Diagnostic, Label
from w2sdl.program import Apply, BindingDecl, Const, Fix, Program, Ref, Switch, Term, term_dims
from w2sdl.signature import Signatures

#: What makes a model of one operation stronger: size and training.
_CAPACITY = ("layers", "width", "steps", "batch", "vocabulary", "context")
MAX_COMPARED = 1_000


def pedantic(program: Program, signatures: Signatures) -> tuple[Diagnostic, ...]:
    """All pedantic warnings of a program without errors."""
    terms = Terms(program)
    return (
        *single_seed(program, terms),
        *unused_axes(program),
        *unused_bindings(program, terms),
        *judges_that_debate(program, terms),
        *weak_not_weaker(program, terms),
        *small_tests(program, terms),
        *stopped_by_own_rows(program, signatures, terms),
    )


def single_seed(program: Program, terms: Terms) -> Iterator[lints.SingleSeed]:
    """Measures to which no axis of two or more seeds comes through."""
    poor = []
    one_point: list[str] = []
    for measure in program.measures:
        found = [terms.seeds(child) for cell in measure.cells for child in _inputs(cell.term)]
        axes = {axis for _, inner in found for axis in inner}
        if any(drawn for drawn, _ in found) and not any(_size(program, a) > 1 for a in axes):
            poor.append(measure)
            one_point += [axis for axis in axes if axis not in one_point]
    if not poor:
        return
    names = " and ".join(f"`{measure.name}`" for measure in poor)
    if one_point:
        axis = one_point[0]
        reason, span = f"axis `{axis}` has one point", program.axes[axis].span
        advice = f"give it more points: `axis {axis} = 0..4`"
    else:
        reason, span = "no axis of seeds comes through to what is measured", poor[0].span
        advice = "add `axis seed = 0..4` and pass `seed: seed` to what is trained"
    yield lints.SingleSeed(span=span, measures=names, reason=reason, advice=advice)


def _inputs(term: Apply) -> Iterator[Term]:
    for items in term.ports.values():
        yield from items


def _size(program: Program, axis: str) -> int:
    return len(program.axes[axis].points)


def unused_axes(program: Program) -> Iterator[lints.UnusedAxis]:
    """Axes that no binding and no measure varies over."""
    terms = [binding.term for binding in program.bindings.values()]
    terms += [cell.term for measure in program.measures for cell in measure.cells]
    used = {inner.axis for term in terms for inner in walk(term) if isinstance(inner, Switch)}
    for axis in program.axes.values():
        if axis.name not in used:
            yield lints.UnusedAxis(span=axis.span, axis=axis.name)


def unused_bindings(program: Program, terms: Terms) -> Iterator[lints.UnusedBinding]:
    """Nodes that no measure depends on, and that nothing else uses. Silent where nothing is measured."""
    if not program.measures:
        return
    cells = [cell.term for measure in program.measures for cell in measure.cells]
    measured = frozenset(name for cell in cells for name in terms.upstream(cell))
    unmeasured = [name for name in program.bindings if name not in measured]
    used = {name for other in unmeasured for name in terms.uses(other)}
    for name in unmeasured:
        if name in used or "." in name:  # a sub-graph or a library may offer more than is used
            continue
        decl = program.bindings[name]
        only = sorted((terms.upstream(decl.term) - measured) & set(unmeasured))
        others = f"computed for it alone: {', '.join(f'`{n}`' for n in only)}" if only else ""
        yield lints.UnusedBinding(span=decl.span, name=name, others=others)


def judges_that_debate(program: Program, terms: Terms) -> Iterator[lints.JudgeIsDebater]:
    """Trainings that read a debate between copies of the model that they train."""
    for judge in _calls(program):
        models = [terms.root_model(term) for term in edges_of(judge, Kind.MODEL)]
        for debate in _debates(judge, program):
            debaters = [terms.root_model(term) for term in edges_of(debate, Kind.MODEL)]
            shapes = [terms.shape(d[1]) for d in debaters if d]
            for model in models:
                if model and shapes and all(terms.shape(model[1]) == shape for shape in shapes):
                    related = (Label(debate.span, "the debate"),)
                    yield lints.JudgeIsDebater(span=judge.span, model=model[0], related=related)


def _calls(program: Program) -> Iterator[Apply]:
    for binding in program.bindings.values():
        yield from (inner for inner in walk(binding.term) if isinstance(inner, Apply))


def _debates(judge: Apply, program: Program) -> Iterator[Apply]:
    """The calls that wrote the transcripts which a call reads."""
    waiting = edges_of(judge, Kind.TRANSCRIPTS)
    while waiting:
        match waiting.pop():
            case Ref(name):
                waiting.append(program.bindings[name].term)
            case Fix(base):
                waiting.append(base)
            case Switch(branches=branches):
                waiting += branches.values()
            case Apply() as debate:
                yield debate


def weak_not_weaker(program: Program, terms: Terms) -> Iterator[lints.WeakNotWeaker]:
    """Weak models that nothing makes weaker than a strong one, at any point of the axes."""
    bindings = program.bindings.values()
    for weak, strong in product(
        (b for b in bindings if b.role == "weak"), (b for b in bindings if b.role == "strong")
    ):
        reason = _not_weaker(weak, strong, program, terms)
        if reason:
            related = (Label(strong.span, "declared strong"),)
            yield lints.WeakNotWeaker(
                span=weak.span, weak=weak.name, strong=strong.name, reason=reason, related=related
            )


def _not_weaker(weak: BindingDecl, strong: BindingDecl, program: Program, terms: Terms) -> str:
    """Why a weak model is as good as a strong one; "" where it is not, or nothing can be said."""
    if terms.shape(weak.term, with_seeds=False) == terms.shape(strong.term, with_seeds=False):
        return "they are the same model, up to the seed"
    one, other = weak.term, strong.term
    if not (isinstance(one, Apply) and isinstance(other, Apply) and one.op is other.op):
        return ""
    names = [name for name in _CAPACITY if name in one.params]
    same_data = [terms.shape(t) for t in edges_of(one, Kind.CORPUS)] == [
        terms.shape(t) for t in edges_of(other, Kind.CORPUS)
    ]
    if not names or not same_data:
        return ""
    shown = ""
    for here in _points(program, [call.params[name] for call in (one, other) for name in names]):
        pairs = {n: (_at(one.params[n], here), _at(other.params[n], here)) for n in names}
        if not all(isinstance(v, int) for pair in pairs.values() for v in pair):
            return ""
        if any(small < large for small, large in pairs.values()):
            return ""
        differ = {n: pair for n, pair in pairs.items() if pair[0] != pair[1]} or pairs
        shown = shown or ", ".join(f"{n} {a} and {b}" for n, (a, b) in differ.items())
    return f"none of {', '.join(names)} is larger for the strong one ({shown})" if shown else ""


def _points(program: Program, values: list[Term]) -> Iterator[dict[str, str]]:
    axes = sorted({axis for value in values for axis in term_dims(value, program.bindings)})
    every = product(*(program.axes[axis].points for axis in axes))
    for combination in islice(every, MAX_COMPARED):
        yield dict(zip(axes, combination, strict=True))


def _at(term: Term, here: dict[str, str]) -> Any:
    while isinstance(term, Switch):
        term = term.branches[here[term.axis]]
    return term.value if isinstance(term, Const) else None
