"""Typed functions and classes to signatures: what annotations and marks say to the compiler."""

from __future__ import annotations

import inspect
import types
import typing
from functools import reduce
from operator import or_
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from w2sdl import signature as sig
from w2sdl.kinds import Kind
from w2sdl.syntax.nodes import OPERATIONAL
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.fingerprint import body_fingerprint
from w2sdl_runtime.json_forms import to_json
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


def op_signature(function: Any) -> sig.OpSignature:
    """What the compiler knows of a function that ``@op`` marked.

    Raises:
        TypeError: when its annotations don't make a signature; says which operation.
    """
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
        name, hint = parameter.name, hints[parameter.name]
        port = _port(name, hint)
        if port is not None:
            ports.append(port)
        else:
            default = _default(parameter)
            params.append(_param(name, hint, default, neutral=name in mark.neutral))
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
        if parameter.name in OPERATIONAL:
            raise TypeError(
                f"`{parameter.name}` is an argument that every call has: call the parameter otherwise"
            )
    return parameters[1:]


def _default(parameter: inspect.Parameter) -> Any:
    return sig.REQUIRED if parameter.default is parameter.empty else to_json(parameter.default)


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
    name: str, hint: Any, default: Any, *, neutral: bool = False, doc: str = ""
) -> sig.Param:
    """A parameter of an operation, or a field of a variant or a record; ``default`` is in JSON form."""
    marks = unwrap(hint)[1]
    same = next((mark for mark in marks if isinstance(mark, Neutral)), None)
    return sig.Param(
        name,
        param_type(hint),
        default,
        neutral or same is not None,
        doc,
        change=next((mark.what for mark in marks if isinstance(mark, Changes)), ""),
        otherwise=same.otherwise if same else "",
        rows=next((mark.what for mark in marks if isinstance(mark, RowsMark)), ""),
    )


def variant_signature(cls: type[Variant]) -> sig.VariantSignature:
    """What the compiler knows of a class that ``@variant`` marked."""
    hints = typing.get_type_hints(cls, include_extras=True)
    ports = tuple(p for n in cls.model_fields if (p := _port(n, hints[n])) is not None)
    return sig.VariantSignature(
        cls.variant_name,
        _family(cls),
        _fields(cls),
        ports,
        inspect.getdoc(cls) or "",
        cls,
        cls.check,
        cls.both_orders,
        cls.network,
        cls.plain,
    )


def _family(cls: type[Variant]) -> str:
    """The direct subclass of Variant that a variant descends from."""
    return next(base.__name__ for base in reversed(cls.__mro__) if base.__bases__[:1] == (Variant,))


def _fields(cls: type[BaseModel]) -> tuple[sig.Param, ...]:
    """The fields that are parameters, and no edges."""
    hints = typing.get_type_hints(cls, include_extras=True)
    params = []
    for name, info in cls.model_fields.items():
        if _port(name, hints[name]) is not None:
            continue
        missing = info.is_required() or info.default is PydanticUndefined
        default = sig.REQUIRED if missing else to_json(info.get_default(call_default_factory=True))
        params.append(_param(name, hints[name], default, doc=info.description or ""))
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
        if len(inner) == 2 and (families := [arg for arg in inner if is_variant(arg)]):
            (plain,) = (arg for arg in inner if arg not in families)
            return sig.EitherOf(scalar(plain), sig.VariantOf(families[0].__name__))
    if get_origin(base) in (list, tuple):
        return sig.ListOf(param_type(get_args(base)[0]))
    if get_origin(base) is dict:
        return sig.MapOf(param_type(get_args(base)[1]))
    if is_variant(base):
        return sig.VariantOf(base.__name__)
    if isinstance(base, type) and issubclass(base, Record):
        return sig.RecordOf(base.__name__, _fields(base), base, base.presets)
    return scalar(hint)


def is_variant(base: Any) -> bool:
    """Whether something is a class of variants, or a family of such classes."""
    return isinstance(base, type) and issubclass(base, Variant)
