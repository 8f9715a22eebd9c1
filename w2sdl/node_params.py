"""What of a node's parameters is in its key, and which of them name files or repositories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from w2sdl import signature as sig
from w2sdl.signature import Signatures


def reaches_source(kind: sig.ParamType, table: Signatures, seen: set[str]) -> bool:
    """Whether any file or repository can be named anywhere in a type, however deep."""
    match kind:
        case sig.SourceOf():
            return True
        case sig.OptionalOf(inner) | sig.ListOf(inner) | sig.MapOf(inner):
            return reaches_source(inner, table, seen)
        case sig.EitherOf(scalar, variant):
            return any(reaches_source(part, table, seen) for part in (scalar, variant))
        case sig.RecordOf(fields=fields):
            return any(reaches_source(field.type, table, seen) for field in fields)
        case sig.VariantOf(family) if family not in seen:
            seen.add(family)
            params = [p for chosen in table.variants[family].values() for p in chosen.params]
            return any(reaches_source(param.type, table, seen) for param in params)
        case _:
            return False


def sources(
    params: Sequence[sig.Param], values: Mapping[str, Any], table: Signatures
) -> dict[str, str]:
    """The parameters that name files or repositories, by dotted path (``debater.template.path``)."""
    found: dict[str, str] = {}
    for param in params:
        value = values.get(param.name)
        kind = param.type.inner if isinstance(param.type, sig.OptionalOf) else param.type
        if value is None:
            continue
        if isinstance(kind, sig.EitherOf) and isinstance(value, dict):
            kind = kind.variant
        match kind:
            case sig.SourceOf(what):
                found[param.name] = what
            case sig.RecordOf(fields=fields):
                inner = sources(fields, value, table)
                found |= {f"{param.name}.{path}": what for path, what in inner.items()}
            case sig.VariantOf(family):
                fields = table.variants[family][value["variant"]].params
                inner = sources(fields, value, table)
                found |= {f"{param.name}.{path}": what for path, what in inner.items()}
    return found


def key_params(
    values: Mapping[str, Any], params: Sequence[sig.Param], signatures: Signatures
) -> dict[str, Any]:
    """Parameters as they enter keys: without neutral ones and without those at their default."""
    kept: dict[str, Any] = {}
    for param in params:
        if param.neutral or param.name not in values:
            continue
        value, default = values[param.name], param.default
        if value == default and type(value) is type(default):
            continue
        moving = _moving(value, param.type, signatures)
        # A record that differs from the default in neutral fields only is the default.
        if isinstance(default, Mapping) and moving == _moving(default, param.type, signatures):
            continue
        kept[param.name] = moving
    return kept


def _moving(value: Any, kind: sig.ParamType, signatures: Signatures) -> Any:
    """A value without the defaults inside it: a new field at its default moves no key."""
    match kind:
        case sig.OptionalOf(inner):
            return None if value is None else _moving(value, inner, signatures)
        case sig.EitherOf(variant=variant):
            return _moving(value, variant, signatures) if isinstance(value, dict) else value
        case sig.ListOf(item):
            return [_moving(element, item, signatures) for element in value]
        case sig.MapOf(inner):
            # A list of pairs: the order of parts is part of what is asked for.
            return [[name, _moving(item, inner, signatures)] for name, item in value.items()]
        case sig.RecordOf(fields=fields):
            return key_params(value, fields, signatures)
        case sig.VariantOf(family):
            chosen = signatures.variants[family][value["variant"]]
            return {"variant": value["variant"], **key_params(value, chosen.params, signatures)}
        case _:
            return value
