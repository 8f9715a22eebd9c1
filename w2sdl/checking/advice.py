"""The next step after a mistake: what was meant, or where it belongs, as far as signatures tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from w2sdl import signature as sig
from w2sdl.kinds import Kind
from w2sdl.messages.suggest import nearest_names
from w2sdl.signature import OpSignature, Param, Signatures
from w2sdl.syntax import nodes
from w2sdl.syntax.text import expression_text

_MOST = 3  #: places that are named

#: (found, wanted) -> how the one is made of the other.
_MADE: dict[tuple[Kind, Kind], str] = {
    (Kind.DATA, Kind.LABELS): (
        "gold labels are `gold({0})`, what a predictor says is `label(predictor, {0})`"
    ),
    (Kind.ITEMS, Kind.LABELS): "what a predictor says of them is `label(predictor, {0})`",
    (Kind.PREDICTOR, Kind.LABELS): "its labels are `label({0}, data.part)`",
    (Kind.MODEL, Kind.LABELS): (
        "a model gives labels once it is trained: `label(finetune({0}, labels), data.part)`"
    ),
    (Kind.MODEL, Kind.PREDICTOR): (
        "train it, `finetune({0}, labels)`, or ask it as it is: `zero_shot({0})`"
    ),
    (Kind.DATA, Kind.CORPUS): "its texts are `corpus({0})`",
    (Kind.ITEMS, Kind.CORPUS): "their texts are `texts({0})`",
    (Kind.LABELS, Kind.ITEMS): "name the rows that they are about: `data.part`",
    (Kind.LABELS, Kind.DATA): "name the rows that they are about: `data.part`",
    (Kind.LABELS, Kind.TRANSCRIPTS): "shown beside each item, they are `show({0})`",
    (Kind.MODEL, Kind.ACTIVATIONS): "its states are `embed({0}, data.part)`",
    (Kind.PREDICTOR, Kind.ACTIVATIONS): "its states are `embed({0}, data.part)`",
}
#: What is wanted -> how it is made of a path or an id in quotes.
_OF_A_STRING = {
    Kind.MODEL: "a pretrained model is `model({0})`",
    Kind.DATA: "rows of a file are `table({0}, ...)`, of the hub `hub({0}, ...)`",
    Kind.CORPUS: "the texts of a file are `text_file({0})`",
}


def made_of(found: Kind, wanted: Kind, expr: nodes.Expr) -> str:
    """How a node of one kind becomes one of another; "" where it doesn't."""
    return _MADE.get((found, wanted), "").format(expression_text(expr))


def instead_of_value(value: nodes.Expr, wanted: Kind, signatures: Signatures) -> str:
    """What makes a node of a plain value, or where the value belongs; "" where nothing is known."""
    match value:
        case nodes.Literal(str()):
            return _OF_A_STRING.get(wanted, "").format(expression_text(value))
        case nodes.Call(nodes.Name(name)):
            return variant_belongs(name, signatures)
        case _:
            return ""


def variant_belongs(name: str, signatures: Signatures) -> str:
    """Where a variant may stand: "`xent()` is a Loss, which stands in an argument: `loss: xent()`"."""
    families = [family for family, known in signatures.variants.items() if name in known]
    for family in families:
        ops = (op for op in signatures.ops.values() if op.chain is None)
        owners: list[OpSignature | sig.VariantSignature] = list(ops)
        for owner in [*owners, *_variants(signatures)]:
            for param in owner.params:
                if _family(param) == family:
                    shown = f"`{owner.name}(..., {param.name}: {name}(...))`"
                    return f"`{name}()` is a {family}, which is given to a call: {shown}"
    return ""


def other_family(name: str, family: str, signatures: Signatures) -> str:
    """For a variant of other families than the wanted one: which; "" where there is no such variant."""
    found = [f"a {other}" for other, known in signatures.variants.items() if name in known]
    wanted = ", ".join(f"{variant}()" for variant in sorted(signatures.variants.get(family, {})))
    return f"`{name}()` is {' or '.join(found)}; a {family} is one of {wanted}" if found else ""


def another_place(name: str, owner: OpSignature, signatures: Signatures) -> str:
    """Where an argument belongs that ``owner`` does not have; "" where nothing has one of this name."""
    if name == "over" and owner.result is Kind.METRIC:
        return "a measure has a number for each point; average them in `expect`: `mean(..., over: axis)`"
    for param in owner.params:
        if isinstance(record := _inner(param.type), sig.RecordOf) and _has(record.fields, name):
            shown = f"`{param.name}: {{{name}: ...}}`"
            return f"`{name}` is a field of `{param.name}`: write {shown}"
    for param in owner.params:
        family = signatures.variants.get(_family(param), {})
        found = [variant.name for variant in family.values() if _has(variant.params, name)]
        if found:
            shown = _either(f"`{param.name}: {one}({name}: ...)`" for one in found)
            return f"`{name}` is said inside of `{param.name}`: {shown}"
    makers = list({op.name: op for op in _makers(name, owner, signatures)}.values())
    if not 0 < len(makers) <= _MOST:  # what many calls have says nothing of where this one belongs
        return ""
    calls = _either(f"`{op.name}(..., {name}: ...)`" for op in makers)
    return f"`{name}` belongs to the call that makes the {makers[0].result}: {calls}"


def _makers(name: str, owner: OpSignature, signatures: Signatures) -> Iterator[OpSignature]:
    """Operations with such an argument whose result may stand in a port of ``owner``."""
    for port in owner.ports:
        for op in signatures.ops.values():
            fits = op is not owner and op.result is port.kind and not port.on
            if fits and not _refines_labels(op) and _has(op.params, name):
                yield op


def _refines_labels(op: OpSignature) -> bool:
    """Whether it makes labels of labels: one of many steps that may follow, and not what made them."""
    needed = (port.kind for port in op.ports if not port.optional)
    return op.result is Kind.LABELS and Kind.LABELS in needed


def instead_of_form(expr: nodes.Expr, kind: sig.ParamType, signatures: Signatures) -> str:
    """How to write what a parameter takes, given a value of another form; "" where that is plain."""
    match kind, expr:
        case sig.VariantOf(family), _:
            known = sorted(signatures.variants.get(family, {}))
            return variants_text(expr, known)
        case sig.RecordOf(presets=presets), _ if preset := _preset(expr, presets):
            return f"write `{{preset: {preset}()}}`"
        case sig.RecordOf(fields=fields), _ if fields:
            return f"write a record, such as `{{{fields[0].name}: ...}}`"
        case sig.MapOf(), nodes.ListExpr():
            return "write a record, in which each has a name: `{first: ..., second: ...}`"
        case sig.ListOf(), nodes.Literal() | nodes.Arithmetic():
            return f"a list of one is `[{expression_text(expr)}]`"
        case _:
            return ""


def variants_text(expr: nodes.Expr, known: list[str]) -> str:
    """The variants that there are, or the one that a string names."""
    if isinstance(expr, nodes.Literal) and isinstance(expr.value, str):
        near = [expr.value] if expr.value in known else list(nearest_names(expr.value, known))
        if near:
            return f"write {' or '.join(f'`{name}()`' for name in near)}, without quotes"
    return f"there are {', '.join(f'{name}()' for name in known)}"


def _preset(expr: nodes.Expr, presets: Mapping[str, object]) -> str:
    match expr:
        case nodes.Literal(str() as name) | nodes.Call(nodes.Name(name)) | nodes.Name(name):
            return name if name in presets else next(iter(nearest_names(name, presets)), "")
        case _:
            return ""


def in_quotes(name: str, kind: sig.ParamType) -> str:
    """For a name that is defined nowhere, where a string would do; "" where it would not."""
    match _inner(kind):
        case sig.EitherOf(scalar=scalar):
            return in_quotes(name, scalar)
        case sig.Scalar(text="a string") | sig.SourceOf():
            pass
        case sig.Scalar(choices=choices) if name in choices:
            pass
        case _:
            return ""
    return f'a string stands in quotes: `"{name}"`'


def _has(params: tuple[Param, ...], name: str) -> bool:
    return any(param.name == name for param in params)


def _variants(signatures: Signatures) -> Iterator[sig.VariantSignature]:
    for family in signatures.variants.values():
        yield from family.values()


def _inner(kind: sig.ParamType) -> sig.ParamType:
    return _inner(kind.inner) if isinstance(kind, sig.OptionalOf) else kind


def _family(param: Param) -> str:
    match _inner(param.type):
        case sig.VariantOf(family) | sig.EitherOf(variant=sig.VariantOf(family)):
            return family
        case sig.MapOf(sig.EitherOf(variant=sig.VariantOf(family))):
            return family
        case _:
            return ""


def _either(shown: Iterator[str]) -> str:
    return " or ".join(islice(shown, _MOST))
