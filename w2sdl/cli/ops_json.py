"""Operations, variants and records as JSON, for ``w2sdl ops --json``."""

from __future__ import annotations

from typing import Any

from w2sdl.checking.type_text import type_text
from w2sdl.cli.reference import Reference
from w2sdl.docstrings import argument_docs, first_line, summary
from w2sdl.signature import REQUIRED, OpSignature, Param, Port, RecordOf, VariantSignature

SCHEMA_VERSION = 1  #: of the document; raised when a field changes its meaning or goes away


def ops_json(reference: Reference, name: str | None = None) -> dict[str, Any]:
    """What all operations, variants and records take and give; with a name, those that go by it.

    A parameter without ``default`` is required.
    """
    signatures = reference.signatures
    if name is None:
        ops = list(signatures.ops.values())
        variants = [v for family in signatures.variants.values() for v in family.values()]
        records = reference.every_record()
    else:
        ops = [op for op in [signatures.op(name)] if op is not None]
        of_family = [v for f in reference.families(name) for v in signatures.variants[f].values()]
        variants = [*reference.variants(name), *of_family]
        records = [*reference.records(name), *reference.with_preset(name)]
    return {
        "schema": "w2sdl.ops",
        "schema_version": SCHEMA_VERSION,
        "operations": [_op(op) for op in sorted(ops, key=lambda op: op.name)],
        "variants": [_variant(variant, reference) for variant in variants],
        "records": [_record(record, reference) for record in records],
    }


def _op(op: OpSignature) -> dict[str, Any]:
    return {
        "name": op.name,
        "aliases": list(op.aliases),
        "result": op.result.value,
        "version": op.version,
        "origin": op.origin,
        "better": op.better or None,
        **_told(op),
    }


def _variant(variant: VariantSignature, reference: Reference) -> dict[str, Any]:
    where = reference.taken_as(variant.family)
    return {
        "name": variant.name,
        "family": variant.family,
        "taken_as": where,
        **_told(variant),
    }


def _told(of: OpSignature | VariantSignature) -> dict[str, Any]:
    docs = argument_docs(of.doc)
    return {
        "summary": first_line(of.doc),
        "text": summary(of.doc),
        "edges": [_port(port, docs.get(port.name, "")) for port in of.ports],
        "parameters": [_param(param, param.doc or docs.get(param.name, "")) for param in of.params],
    }


def _record(record: RecordOf, reference: Reference) -> dict[str, Any]:
    return {
        "name": record.name,
        "taken_as": reference.record_taken_as(record),
        "text": summary(record.cls.__doc__ or ""),
        "fields": [_param(field, field.doc) for field in record.fields],
        "presets": {name: dict(values) for name, values in record.presets.items()},
    }


def _port(port: Port, doc: str) -> dict[str, Any]:
    return {
        "name": port.name,
        "kind": port.kind.value,
        "many": port.many or port.each,
        "optional": port.optional,
        "doc": doc,
    }


def _param(param: Param, doc: str) -> dict[str, Any]:
    default = {} if param.default is REQUIRED else {"default": param.default}
    return {
        "name": param.name,
        "type": type_text(param.type),
        **default,
        "changes_results": not param.neutral,
        "doc": doc,
    }
