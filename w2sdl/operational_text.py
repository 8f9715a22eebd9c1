"""Operational arguments in the language's own spelling: of a checked call, and of a node."""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl import signature as sig
from w2sdl.needs import Needs, Retry
from w2sdl.operational import operational_params
from w2sdl.program import Apply, Const, ListTerm, RecordTerm, Switch, Term
from w2sdl.syntax.quantities import factor_text, number_text, quantity_text, size_text
from w2sdl.syntax.text import literal_text


def operational_arguments(term: Apply) -> list[str]:
    """``needs: {...}``, ``retry: {...}``, ``timeout: ...``, as far as a call has them."""
    kinds = {param.name: param.type for param in operational_params(term.op)}
    return [
        f"{name}: {_text(term.operational[name], kinds[name])}"
        for name in kinds
        if name in term.operational
    ]


def _text(term: Term, kind: sig.ParamType) -> str:
    match term:
        case Switch(text=text):
            return text
        case ListTerm(items) if isinstance(kind, sig.ListOf):
            return f"[{', '.join(_text(item, kind.item) for item in items)}]"
        case RecordTerm(fields) if isinstance(kind, sig.RecordOf):
            return _record_text(fields, kind)
        case Const(value):
            return _value_text(value, kind)
        case _:
            raise TypeError(f"{term} is no operational argument")


def _record_text(fields: Mapping[str, Term], kind: sig.RecordOf) -> str:
    types = {param.name: param.type for param in kind.fields}
    said = {
        name: item
        for name, item in fields.items()
        if not (isinstance(item, Const) and item.value is None)
    }
    return f"{{{', '.join(f'{name}: {_text(item, types[name])}' for name, item in said.items())}}}"


def _value_text(value: object, kind: sig.ParamType) -> str:
    if isinstance(kind, sig.QuantityOf) and isinstance(value, int | float):
        return quantity_text(kind.what, value)
    if isinstance(kind, sig.WordOf):
        return str(value)
    return number_text(value) if isinstance(value, float) else literal_text(value)


def needs_text(needs: Needs) -> str:
    """A request as a record: `{cpu: 2, gpu_mem: 18GiB}`."""
    said = {
        "cpu": str(needs.cpu),
        "gpu": None if needs.gpu is None else number_text(needs.gpu),
        "gpu_mem": None if needs.gpu_mem is None else size_text(needs.gpu_mem),
        "memory": None if needs.memory is None else size_text(needs.memory),
        "accelerator": literal_text(needs.accelerator) if needs.accelerator else None,
        "shards": str(needs.shards) if needs.shards > 1 else None,
    }
    return f"{{{', '.join(f'{name}: {text}' for name, text in said.items() if text is not None)}}}"


def retry_text(retry: Retry) -> str:
    """A policy as a record: `{max: 2, on: [oom], micro_batch: half}`."""
    changes = [
        f"{change.path.rpartition('.')[2]}: {factor_text(change.factor)}"
        for change in retry.changes
    ]
    inside = [f"max: {retry.max}", f"on: [{', '.join(retry.on)}]", *changes]
    return f"{{{', '.join(inside)}}}"
