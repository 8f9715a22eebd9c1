"""One operation, variant, family, record or preset at length, for ``w2sdl ops NAME``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from w2sdl.checking.type_text import type_text
from w2sdl.cli.reference import Reference
from w2sdl.docstrings import argument_docs, failures, first_line, summary
from w2sdl.operational import operational_params
from w2sdl.signature import (
    REQUIRED,
    OpSignature,
    OptionalOf,
    Param,
    Port,
    RecordOf,
    VariantOf,
    VariantSignature,
)
from w2sdl.syntax.text import literal_text

WIDTH = 100


def op_title(op: OpSignature) -> str:
    """An operation by all its names."""
    return ", ".join([op.name, *op.aliases])


def explain_op(op: OpSignature, reference: Reference) -> str:
    """What an operation does, what it takes, when it fails, and how it is run."""
    docs = argument_docs(op.doc)
    blocks = [
        f"{op_title(op)} → {op.result}   (version {op.version}, {op.origin})",
        summary(op.doc),
        better_text(op.better),
        _headed("Edges", _ports(op.ports, docs)),
        _headed("Parameters", _params(op.params, docs, reference)),
        _headed("It fails", _wrapped(failures(op.doc), "  ")),
        _headed("How it is run (never changes the result)", _running(op)),
    ]
    return "\n\n".join(block for block in blocks if block)


def better_text(better: str) -> str:
    """Which side of a metric is good; "" where neither is."""
    return f"{better.capitalize()} is better." if better else ""


def explain_variant(variant: VariantSignature, reference: Reference) -> str:
    """What a variant is, where it stands, and what it takes."""
    docs = argument_docs(variant.doc)
    where = reference.taken_as(variant.family)
    blocks = [
        f"{variant.name}() is a {variant.family}" + (f": {where}" if where else ""),
        summary(variant.doc),
        _headed("Edges", _ports(variant.ports, docs)),
        _headed("Parameters", _params(variant.params, docs, reference)),
    ]
    return "\n\n".join(block for block in blocks if block)


def explain_family(family: str, reference: Reference) -> str:
    """All variants of a family, a line each."""
    known = reference.signatures.variants.get(family, {})
    width = max((len(name) + 2 for name in known), default=0)
    lines = [f"  {v.name + '()':<{width}}  {first_line(v.doc)}" for v in known.values()]
    where = reference.taken_as(family)
    head = f"{family}: {where}" if where else family
    return f"{head}\n\n" + "\n".join(lines) + "\n\n`w2sdl ops NAME` explains one of them"


def explain_record(record: RecordOf, reference: Reference) -> str:
    """The fields of a record, with its presets."""
    presets = [line for name in record.presets for line in _preset(name, record)]
    blocks = [
        f"a {record.name} record: {reference.record_taken_as(record)}",
        summary(record.cls.__doc__ or ""),
        _headed("Fields", _params(record.fields, {}, reference)),
        _headed("Presets, as in `{preset: NAME(), field: ...}`; a field beside one wins", presets),
    ]
    return "\n\n".join(block for block in blocks if block)


def explain_preset(name: str, record: RecordOf) -> str:
    """What a preset sets."""
    head = f"{name}() is a preset of the {record.name} record: `{{preset: {name}()}}`"
    return "\n\n".join([head, "\n".join(_preset(name, record))])


def _preset(name: str, record: RecordOf) -> Iterator[str]:
    values = record.presets[name]
    shown = ", ".join(f"{field}: {literal_text(value)}" for field, value in values.items())
    yield from _wrapped(f"{name}(): {shown or 'the defaults'}", "  ", "    ")


def _headed(title: str, lines: Sequence[str] | Iterator[str]) -> str:
    text = "\n".join(lines)
    return f"{title}\n{text}" if text else ""


def _wrapped(text: str, indent: str, further: str = "") -> list[str]:
    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=further or indent,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip


def _ports(ports: tuple[Port, ...], docs: Mapping[str, str]) -> Iterator[str]:
    for port in ports:
        many = ", any number" if port.many or port.each else ""
        source = ", the gold labels of what stands behind `on`" if port.on else ""
        optional = ", optional" if port.optional else ""
        yield f"  {port.name}: {port.kind}{many}{optional}{source}"
        yield from _wrapped(docs.get(port.name, ""), "      ")


def _params(
    params: tuple[Param, ...], docs: Mapping[str, str], reference: Reference
) -> Iterator[str]:
    for param in params:
        neutral = "; never changes the result" if param.neutral else ""
        line = f"{param.name}: {_type(param, reference)}; {_default(param)}{neutral}"
        yield from _wrapped(line, "  ", "      ")
        yield from _wrapped(param.doc or docs.get(param.name, ""), "      ")


def _type(param: Param, reference: Reference) -> str:
    """A type in words; of a variant, which there are."""
    kind = param.type.inner if isinstance(param.type, OptionalOf) else param.type
    if isinstance(kind, VariantOf):
        known = reference.signatures.variants.get(kind.family, {})
        return f"a {kind.family}: {', '.join(f'{name}()' for name in known)}"
    return type_text(param.type).replace(" | ", " or ")


def _default(param: Param) -> str:
    """A default as a spec would say it; that of a record by where its fields are listed."""
    if param.default is REQUIRED:
        return "required"
    if param.default is None:
        return "none by default"
    if isinstance(param.type, RecordOf):
        presets = ", ".join(f"{name}()" for name in param.type.presets)
        known = f"; presets: {presets}" if presets else ""
        return f"`w2sdl ops {param.name}` lists its fields{known}"
    return f"default {literal_text(param.default)}"


def _running(op: OpSignature) -> Iterator[str]:
    """What every call may say of how it is run, with what of it is this operation's own."""
    for param in operational_params(op):
        fields = param.type.fields if isinstance(param.type, RecordOf) else ()
        known = f" ({', '.join(field.name for field in fields)})" if fields else ""
        yield f"  {param.name}: {param.doc}{known}"
