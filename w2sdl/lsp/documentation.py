"""What operations, variants, parameters and types say of themselves, as Markdown."""

from __future__ import annotations

from w2sdl import signature as sig
from w2sdl.checking.type_text import type_text
from w2sdl.docstrings import argument_docs, first_line, plain, summary
from w2sdl.lsp.occurrences import About, Argument, Facet, Key, Preset, Rule
from w2sdl.signature import REQUIRED
from w2sdl.syntax.text import literal_text


def call_text(owner: sig.OpSignature | sig.VariantSignature, written: str = "") -> str:
    """A signature with kinds, types and defaults: one argument a line where there are many."""
    parts = [port_text(port) for port in owner.ports if not port.on]
    parts += [param_text(param) for param in owner.params]
    name = written or owner.name
    result = f" → {owner.result}" if isinstance(owner, sig.OpSignature) else ""
    line = f"{name}({', '.join(parts)}){result}"
    if len(line) <= 80:
        return line
    return f"{name}(\n  " + ",\n  ".join(parts) + f",\n){result}"


def port_text(port: sig.Port) -> str:
    """An edge of a signature: ``labels: Labels``."""
    many = "…" if port.many or port.each else ""
    return f"{port.name}: {port.kind}{many}{'?' if port.optional else ''}"


def param_text(param: sig.Param) -> str:
    """A parameter of a signature: ``epochs: int = 2``."""
    default = "" if param.default is REQUIRED else f" = {default_text(param.default)}"
    return f"{param.name}: {short_type(param.type)}{default}"


_WORDS = {"an integer": "integer", "a number": "number", "a string": "string"}


def short_type(kind: sig.ParamType) -> str:  # noqa: C901 - one line a type
    """A type in a word or two, for signatures."""
    match kind:
        case sig.OptionalOf(inner):
            return f"{short_type(inner)}?"
        case sig.VariantOf(family):
            return family
        case sig.RecordOf(name):
            return name
        case sig.SeedOf():
            return "seed"
        case sig.AxesOf():
            return "axes"
        case sig.SourceOf(what):
            return what
        case sig.ListOf(item):
            return f"[{short_type(item)}]"
        case sig.MapOf(value):
            return f"{{name: {short_type(value)}}}"
        case sig.EitherOf(scalar, variant):
            return f"{short_type(scalar)} | {short_type(variant)}"
        case sig.QuantityOf(what):
            return what
        case sig.WordOf(choices):
            return " | ".join(choices)
        case sig.Scalar(text, _, choices):
            return text if choices else _WORDS.get(" ".join(text.split(" ")[:2]), text)


def default_text(value: object) -> str:
    """A default as a spec would say it; a long record is cut short."""
    if value is None:
        return "none"
    text = literal_text(value)
    return text if len(text) <= 40 else "{…}"


def describe(about: About, signatures: sig.Signatures, written: str = "") -> str:
    """What an operation, a variant, an argument, a preset or a rule is."""
    match about:
        case sig.OpSignature():
            return _operation(about, written)
        case sig.VariantSignature():
            code = _code(call_text(about))
            return f"{code}\n{about.family} variant\n\n{summary(about.doc)}"
        case Argument(owner, of):
            if isinstance(of, sig.Port):
                return _port(owner, of, signatures)
            return _param(owner, of, signatures)
        case Preset(record, name):
            values = literal_text(dict(record.presets[name]))
            return f"{_code(f'preset: {name}()')}\n{record.name} record with {values}"
        case Facet(metric, name, values):
            known = ", ".join(f"`{value}`" for value in values)
            return f"`{name}` chooses a part of the rows that `{metric}` measures: {known}"
        case Key(kind):
            return f"a label of your own; its value is {type_text(kind)}"
        case Rule(name):
            return f"waives the rule `{name}`: the report prints it with its reason"


def _operation(op: sig.OpSignature, written: str) -> str:
    names = [name for name in (op.name, *op.aliases) if name != (written or op.name)]
    also = f"\n\nalso written {', '.join(f'`{n}`' for n in names)}" if names else ""
    code = _code(call_text(op, written))
    return f"{code}\n{summary(op.doc)}{also}\n\nversion {op.version}, {op.origin}"


def _port(owner: str, port: sig.Port, signatures: sig.Signatures) -> str:
    doc = plain(_argument_doc(owner, port.name, signatures))
    return f"{_code(port_text(port))}\nedge of `{owner}`" + (f": {doc}" if doc else "")


def _param(owner: str, param: sig.Param, signatures: sig.Signatures) -> str:
    doc = plain(param.doc or _argument_doc(owner, param.name, signatures))
    lines = [
        _code(param_text(param)),
        f"parameter of `{owner}`" + (f": {doc}" if doc else ""),
        "",
        type_text(param.type) + ("; required" if param.default is REQUIRED else ""),
    ]
    if isinstance(param.type, sig.VariantOf):
        known = signatures.variants.get(param.type.family, {})
        lines += ["", *(f"- `{v.name}()`: {first_line(v.doc)}" for v in known.values())]
    if param.neutral:
        lines += ["", "it never changes the result, and is in no key"]
    return "\n".join(lines)


def _argument_doc(owner: str, name: str, signatures: sig.Signatures) -> str:
    op = signatures.op(owner)
    return argument_docs(op.doc).get(name, "") if op else ""


def _code(text: str) -> str:
    return f"```w2s\n{text}\n```"
