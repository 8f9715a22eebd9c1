"""What stands in a graph for a parameter's value, and the value that an operation's body gets."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from w2sdl import signature as sig
from w2sdl.dotted import below
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.op import Variant


def to_json(value: Any) -> Any:
    """The JSON form that graphs store: variants as {"variant": name, ...fields}, edges by digest."""
    if isinstance(value, Value):
        return value.digest
    if isinstance(value, Variant):
        return {
            "variant": value.variant_name,
            **{k: to_json(getattr(value, k)) for k in type(value).model_fields},
        }
    if isinstance(value, BaseModel):
        return {name: to_json(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(
    value: Any, kind: sig.ParamType, signatures: sig.Signatures, edges: dict[str, Any]
) -> Any:
    """The inverse of `to_json` for a parameter of type ``kind``: what the operation's body receives.

    ``edges`` are loaded values for the ports of variants, by dotted name (``protocol.against``).
    """
    match kind:
        case sig.OptionalOf(inner):
            return None if value is None else from_json(value, inner, signatures, edges)
        case sig.ListOf(item):
            return [from_json(element, item, signatures, edges) for element in value]
        case sig.MapOf(inner):
            return {
                key: from_json(element, inner, signatures, edges) for key, element in value.items()
            }
        case sig.EitherOf(plain, full):
            chosen_kind = full if isinstance(value, dict) else plain
            return from_json(value, chosen_kind, signatures, edges)
        case sig.VariantOf(family):
            chosen = signatures.variants[family][value["variant"]]
            own = {name: edge for name, edge in edges.items() if "." not in name}
            return chosen.cls(**_build_fields(value, chosen.params, signatures, edges), **own)
        case sig.RecordOf(_, fields, cls):
            return cls(**_build_fields(value, fields, signatures, {}))
        case _:
            return tuple(value) if isinstance(kind, sig.AxesOf) else value


def _build_fields(
    value: dict[str, Any],
    fields: tuple[sig.Param, ...],
    signatures: sig.Signatures,
    edges: dict[str, Any],
) -> dict[str, Any]:
    nested = {field.name: below(edges, field.name) for field in fields}
    return {
        field.name: from_json(value[field.name], field.type, signatures, nested[field.name])
        for field in fields
        if field.name in value
    }
