"""Calls that stand for a chain of calls, written out: bootstrapping through models of growing size.

What follows (graph, plan, rules, diff) sees the calls of the chain and knows of no chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from w2sdl import signature as sig
from w2sdl.checking.terms import edges_of
from w2sdl.errors.graph import BadCombination
from w2sdl.kinds import COERCIONS, Kind
from w2sdl.program import Apply, BindingDecl, Const, Fix, Ref, Switch, Term, Unrolled, term_dims
from w2sdl.signature import Chain
from w2sdl.syntax import nodes

if TYPE_CHECKING:
    from w2sdl.checking.check_calls import Calls


def unrolled(cx: Calls, call: Apply, chain: Chain, binding: nodes.Binding | None) -> Apply | None:
    """The last call of a chain, made of the others; None after a message.

    Where the call is a binding, the others are bindings too: ``S'.step1``, and ``S'.labels1`` by the
    port that takes it. Otherwise they are calls without a name.
    """
    pools = _pools(cx, call, chain)
    if pools is None:
        return None
    carried = call.ports[chain.carried]
    steps: dict[str, tuple[Term, Kind]] = {}

    def put(field: str, made: Apply) -> Term:
        steps[field] = (_step(cx, binding, field, made), made.op.result)
        return steps[field][0]

    for number, model in enumerate(call.ports[chain.along], 1):
        last = _made(cx, call, chain.step, {chain.takes: (model,), chain.carried: carried})
        last = replace(last, operational=call.operational)
        if number <= len(pools):
            step = put(f"step{number}", last)
            between = {chain.gives: (step,), chain.about: (pools[number - 1],)}
            carried = (put(f"{chain.carried}{number}", _made(cx, call, chain.between, between)),)
    return replace(last, text=call.text, chain=Unrolled(call, steps))


def _step(cx: Calls, binding: nodes.Binding | None, field: str, made: Apply) -> Term:
    """A call of a chain, as a binding of its own where the chain is one."""
    if binding is None:
        return replace(made, text=f"{made.text}.{field}")
    name = f"{binding.name}.{field}"
    dims = sorted(term_dims(made, cx.bindings), key=list(cx.scope.axes).index)
    edges = ", ".join(_short(item) for items in made.ports.values() for item in items)
    cx.bindings[name] = BindingDecl(
        name, "", made.op.result, made, tuple(dims), binding.span, binding.waivers,
        f"{made.op.name}({edges}, ...)",
    )  # fmt: skip
    return Ref(name)


def _short(term: Term) -> str:
    match term:
        case Ref(name):
            return name
        case Apply(text=text):
            return text
        case Fix(base):
            return f"{_short(base)}[...]"
        case _:
            return "..."


def _made(cx: Calls, call: Apply, name: str, own: Mapping[str, tuple[Term, ...]]) -> Apply:
    """A call of the chain, with those arguments of the whole that it knows."""
    op = cx.signatures.ops[name]
    others = {p.name: call.ports[p.name] for p in op.ports if p.name in call.ports}
    params = {p.name: call.params[p.name] for p in op.params if p.name in call.params}
    made = Apply(op, {**others, **own}, {}, (), call.text, name, call.span)
    defaults = {
        p.name: Const(p.default, given=False)
        for p in op.params
        if not isinstance(p.type, sig.AxesOf)
    }
    return replace(made, params={**defaults, **params})


def _pools(cx: Calls, call: Apply, chain: Chain) -> Sequence[Term] | None:
    """The items between the steps, one less than there are steps; None after a message."""
    wanted = len(call.ports[chain.along]) - 1
    given = call.ports.get(chain.pools)
    if wanted < 0:
        reason = f"`{call.written}` has nothing in `{chain.along}`"
        advice = f"name one of them or more: `{chain.along}: [...]`"
        cx.found.add(BadCombination(span=call.span, reason=reason, advice=advice))
        return None
    if given is not None and len(given) != wanted:
        reason = f"`{chain.pools}` names {len(given)}, and `{chain.along}` names {wanted + 1}"
        advice = (
            f"name {wanted} in `{chain.pools}`: one for each of `{chain.along}` after the first"
        )
        cx.found.add(BadCombination(span=call.span, reason=reason, advice=advice))
        return None
    if given is not None:
        return given
    about = items_about(call.ports[chain.carried][0], cx) if wanted else None
    if wanted and about is None:
        reason = f"which items `{chain.carried}` are about can't be told from the spec"
        advice = f"name what is labelled in turn: `{chain.pools}: [...]`, {wanted} of them"
        cx.found.add(BadCombination(span=call.span, reason=reason, advice=advice))
        return None
    return [about] * wanted if about is not None else []


def items_about(labels: Term, cx: Calls) -> Term | None:
    """The items that labels are about, as the spec says it: what their operation was given.

    Labels made of other labels are about the same items. None where there are several.
    """
    match labels:
        case Ref(name):
            return items_about(cx.bindings[name].term, cx)
        case Fix(base, chosen):
            about = items_about(base, cx)
            return None if about is None else _fixed(about, chosen, cx.bindings)
        case Switch(axis, branches, text):
            found = {point: items_about(branch, cx) for point, branch in branches.items()}
            known = {point: about for point, about in found.items() if about is not None}
            return Switch(axis, known, text) if len(known) == len(found) else None
        case Apply():
            return _items_of_call(labels, cx)
        case _:
            return None


def _items_of_call(call: Apply, cx: Calls) -> Term | None:
    for kind in (Kind.ITEMS, Kind.DATA, Kind.LABELS):
        found = edges_of(call, kind)
        if len(found) > 1:
            return None
        if found and kind is Kind.LABELS:
            return items_about(found[0], cx)
        if found:
            return found[0] if kind is Kind.ITEMS else _coerced(found[0], call, cx)
    return None


def _coerced(data: Term, call: Apply, cx: Calls) -> Term:
    """The items of data, as the compiler puts them where items are wanted."""
    between = cx.signatures.ops[COERCIONS[Kind.DATA, Kind.ITEMS]]
    return Apply(between, {between.ports[0].name: (data,)}, {}, (), f"{between.name}({call.text})",
                 between.name, call.span)  # fmt: skip


def _fixed(term: Term, chosen: Mapping[str, str], bindings: Mapping[str, BindingDecl]) -> Term:
    """A term with those axes held at a point that it varies over."""
    held = {axis: chosen[axis] for axis in chosen if axis in term_dims(term, bindings)}
    return Fix(term, held) if held else term


def steps_of(term: Term, bindings: Mapping[str, BindingDecl]) -> Mapping[str, tuple[Term, Kind]]:
    """What can be asked of a chain by name, ``S'.step1``, with kinds; nothing of what is none."""
    match term:
        case Ref(name):
            return steps_of(bindings[name].term, bindings)
        case Fix(base, chosen):
            steps = steps_of(base, bindings)
            return {n: (_fixed(step, chosen, bindings), kind) for n, (step, kind) in steps.items()}
        case Apply(chain=Unrolled(_, steps)):
            return steps
        case _:
            return {}
