"""Reads signatures off operations and variants. Its `load_signatures` is the provider of this package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Iterable, Iterator
from functools import cache, reduce
from operator import or_
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from w2sdl import signature as sig
from w2sdl.chain_signatures import chain_problem
from w2sdl.discover import installed_modules
from w2sdl.kinds import Kind
from w2sdl.syntax.nodes import OPERATIONAL
from w2sdl_runtime import ops as builtin_ops
from w2sdl_runtime import variants as builtin_variants
from w2sdl_runtime.fingerprint import body_fingerprint
from w2sdl_runtime.op import (
    AxesMark,
    Changes,
    Context,
    Neutral,
    OpMark,
    PortMark,
    Record,
    RowsMark,
    SeedMark,
    SourceMark,
    Variant,
)
from w2sdl_runtime.scalars import scalar, unwrap
from w2sdl_runtime.values import Value


@cache
def load_signatures(modules: tuple[str, ...] = ()) -> sig.Signatures:
    """All operations and variants: built-in, of installed packages, and of the user's ``modules``.

    The entry point ``w2sdl.ops`` of this package names this function: so the compiler finds it.

    Raises:
        ImportError: when a module can't be imported.
        TypeError: when an operation's annotations don't make a signature.
        ValueError: when two operations have one name.
    """
    named = dict.fromkeys((*installed_modules(), *modules))
    found = [*_walk(builtin_ops), *_walk(builtin_variants)]
    every = read_signatures([*found, *(importlib.import_module(name) for name in named)])
    check_chains(every)
    return every


def read_signatures(modules: Iterable[types.ModuleType]) -> sig.Signatures:
    """The signatures of all operations and variants that some modules define."""
    things = [thing for module in modules for thing in _defined_in(module)]
    ops = [
        _op_signature(thing)
        for thing in things
        if isinstance(getattr(thing, "__w2sdl__", None), OpMark)
    ]
    variants = [
        _variant_signature(thing)
        for thing in things
        if _is_variant(thing) and thing.__dict__.get("variant_name")
    ]
    return sig.Signatures.build(ops, variants)


def check_chains(signatures: sig.Signatures) -> None:
    """Refuse a chain that can't be written out: that names what isn't there, or passes on nothing.

    Raises:
        TypeError: says which operation, and what it names.
    """
    for op in signatures.ops.values():
        if op.chain is None:
            continue
        problem = chain_problem(op, op.chain, signatures)
        if problem:
            raise TypeError(f"operation `{op.name}` in module {op.origin}: its chain {problem}")


def _walk(package: types.ModuleType) -> Iterator[types.ModuleType]:
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(info.name)


def _defined_in(module: types.ModuleType) -> Iterator[Any]:
    """What a module defines itself, without what it imports."""
    for thing in list(vars(module).values()):
        if getattr(thing, "__module__", None) == module.__name__:
            yield thing


def _family(cls: type[Variant]) -> str:
    """The direct subclass of Variant that a variant descends from."""
    return next(base.__name__ for base in reversed(cls.__mro__) if base.__bases__[:1] == (Variant,))


def _op_signature(function: Any) -> sig.OpSignature:
    try:
        return _read_op(function)
    except (TypeError, NameError) as problem:
        where = f"operation `{function.__w2sdl__.name}` in module {function.__module__}"
        raise TypeError(f"{where}: {problem}") from problem


def _read_op(function: Any) -> sig.OpSignature:
    mark: OpMark = function.__w2sdl__
    hints = typing.get_type_hints(function, include_extras=True)
    ports: list[sig.Port] = []
    params: list[sig.Param] = []
    for parameter in _parameters(function, hints):
        default = None if parameter.default is parameter.empty else parameter
        port = _port(parameter.name, hints[parameter.name])
        if port is not None:
            ports.append(port)
        else:
            params.append(_param(parameter.name, hints[parameter.name], default, mark.neutral))
    result = _result_kind(hints)
    if mark.better and result is not Kind.METRIC:
        raise TypeError(f'better="{mark.better}" is said of metrics, and it gives {result}')
    builtin = function.__module__.startswith("w2sdl_runtime.")
    return sig.OpSignature(
        name=mark.name,
        version=mark.version or 0,
        ports=tuple(ports),
        params=tuple(params),
        result=result,
        doc=inspect.getdoc(function) or "",
        function=function,
        aliases=mark.aliases,
        inline=mark.inline,
        cpus=mark.cpus,
        wants_gpu=mark.wants_gpu,
        shards=mark.shards,
        origin="built-in" if builtin else function.__module__,
        fingerprint="" if mark.version is not None else body_fingerprint(function),
        control=mark.control,
        facets=mark.facets,
        limits=mark.limits,
        better=mark.better,
        check=mark.check,
        environment=mark.environment,
        chain=mark.chain,
        answers=mark.answers,
        network=mark.network,
    )


def _parameters(function: Any, hints: dict[str, Any]) -> list[inspect.Parameter]:
    """What a spec can pass; the context comes first, and every other one says what it takes."""
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or hints.get(parameters[0].name) is not Context:
        raise TypeError("its first parameter must be `ctx: Context`")
    for parameter in parameters[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"`{parameter}` has no place in a spec: name each parameter")
        if parameter.name not in hints:
            raise TypeError(
                f"`{parameter.name}` has no annotation: write what it takes, such as "
                f"`{parameter.name}: Labels` for an edge or `{parameter.name}: Count` for a parameter"
            )
    return parameters[1:]


def _result_kind(hints: dict[str, Any]) -> Kind:
    result = hints.get("return")
    if isinstance(result, type) and issubclass(result, Value):
        return result.kind
    raise TypeError("its return annotation must be a value class (Labels, Model, Metric ...)")


def _port(name: str, hint: Any) -> sig.Port | None:
    base, marks = unwrap(hint)
    mark = next((m for m in marks if isinstance(m, PortMark)), PortMark())
    optional = type(None) in get_args(base)
    if optional:
        base = next(arg for arg in get_args(base) if arg is not type(None))
    many = get_origin(base) is list
    if many:
        (base,) = get_args(base)
    if not (isinstance(base, type) and issubclass(base, Value)):
        return None
    return sig.Port(
        name,
        base.kind,
        many,
        optional,
        each=mark.each,
        on=mark.on,
        role=mark.role,
        channel=mark.channel,
        rows=mark.rows,
    )


def _param(
    name: str, hint: Any, parameter: inspect.Parameter | None, neutral: tuple[str, ...]
) -> sig.Param:
    default = sig.REQUIRED if parameter is None else to_json(parameter.default)
    if name in OPERATIONAL:
        raise TypeError(
            f"`{name}` is an argument that every call has: call the parameter otherwise"
        )
    mark = _neutral(hint)
    return sig.Param(
        name,
        param_type(hint),
        default,
        name in neutral or mark is not None,
        change=_change(hint),
        otherwise=mark.otherwise if mark else "",
        rows=next((mark.what for mark in unwrap(hint)[1] if isinstance(mark, RowsMark)), ""),
    )


def _neutral(hint: Any) -> Neutral | None:
    return next((mark for mark in unwrap(hint)[1] if isinstance(mark, Neutral)), None)


def _change(hint: Any) -> str:
    """What an annotation says that a change of the parameter means; "" where it says nothing."""
    return next((mark.what for mark in unwrap(hint)[1] if isinstance(mark, Changes)), "")


def _variant_signature(cls: type[Variant]) -> sig.VariantSignature:
    hints = typing.get_type_hints(cls, include_extras=True)
    ports = [p for n in cls.model_fields if (p := _port(n, hints[n])) is not None]
    names = {port.name for port in ports}
    params = tuple(p for p in _fields(cls) if p.name not in names)
    doc = inspect.getdoc(cls) or ""
    return sig.VariantSignature(
        cls.variant_name,
        _family(cls),
        params,
        tuple(ports),
        doc,
        cls,
        cls.check,
        cls.both_orders,
        cls.network,
        cls.plain,
    )


def _fields(cls: type[BaseModel]) -> tuple[sig.Param, ...]:
    hints = typing.get_type_hints(cls, include_extras=True)
    params = []
    for name, info in cls.model_fields.items():
        if _port(name, hints[name]) is not None:
            continue
        missing = info.is_required() or info.default is PydanticUndefined
        default = sig.REQUIRED if missing else to_json(info.get_default(call_default_factory=True))
        mark = _neutral(hints[name])
        params.append(
            sig.Param(
                name,
                param_type(hints[name]),
                default,
                mark is not None,
                info.description or "",
                _change(hints[name]),
                mark.otherwise if mark else "",
            )
        )
    return tuple(params)


def param_type(hint: Any) -> sig.ParamType:  # noqa: C901 - one line a type
    """The compiler's view of a parameter annotation.

    Raises:
        TypeError: for annotations that no spec value can have.
    """
    base, marks = unwrap(hint)
    for mark in marks:
        if isinstance(mark, SeedMark):
            return sig.SeedOf()
        if isinstance(mark, AxesMark):
            return sig.AxesOf()
        if isinstance(mark, SourceMark):
            return sig.SourceOf(mark.what)
    if get_origin(base) in (Union, types.UnionType):
        inner = [arg for arg in get_args(base) if arg is not type(None)]
        if len(inner) < len(get_args(base)):
            return sig.OptionalOf(param_type(reduce(or_, inner)))
        if len(inner) == 2 and (families := [arg for arg in inner if _is_variant(arg)]):
            (plain,) = (arg for arg in inner if arg not in families)
            return sig.EitherOf(scalar(plain), sig.VariantOf(families[0].__name__))
    if get_origin(base) in (list, tuple):
        return sig.ListOf(param_type(get_args(base)[0]))
    if get_origin(base) is dict:
        return sig.MapOf(param_type(get_args(base)[1]))
    if _is_variant(base):
        return sig.VariantOf(base.__name__)
    if isinstance(base, type) and issubclass(base, Record):
        return sig.RecordOf(base.__name__, _fields(base), base, base.presets)
    return scalar(hint)


def _is_variant(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, Variant)


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
    nested = {field.name: _below(edges, field.name) for field in fields}
    return {
        field.name: from_json(value[field.name], field.type, signatures, nested[field.name])
        for field in fields
        if field.name in value
    }


def _below(edges: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        key.removeprefix(f"{name}."): edge
        for key, edge in edges.items()
        if key.startswith(f"{name}.")
    }
