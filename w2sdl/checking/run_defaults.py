"""What ``w2sdl.toml`` says of how nodes are run, for one operation or for all: the table ``[run]``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from w2sdl import signature as sig
from w2sdl.checking.check_quantities import out_of_bounds
from w2sdl.checking.type_text import type_text
from w2sdl.input_error import InputError
from w2sdl.messages.suggest import nearest_names
from w2sdl.operational import operational_params, request_of
from w2sdl.signature import OpSignature, Signatures
from w2sdl.syntax.nodes import OPERATIONAL
from w2sdl.syntax.quantities import WORDS, amount, parse_quantity, what_of

Said = Mapping[str, Any]  #: operational arguments in JSON form


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """Operational arguments by the name of an operation, and ("") for all of them."""

    of: Mapping[str, Said] = field(default_factory=dict)

    def under(self, op: str, said: Said) -> dict[str, Any]:
        """What a call says, over what the settings say of its operation, over what they say of all.

        Of ``needs`` each resource is taken by itself.
        """
        layers = (self.of.get("", {}), self.of.get(op, {}), said)
        joined: dict[str, Any] = {}
        for layer in layers:
            for name, value in layer.items():
                if name == "needs":
                    given = {key: item for key, item in value.items() if item is not None}
                    joined["needs"] = {**joined.get("needs", {}), **given}
                else:
                    joined[name] = value
        return joined


NO_DEFAULTS: Final = RunDefaults()


def read_defaults(table: Mapping[str, Any], signatures: Signatures, file: Path) -> RunDefaults:
    """The table ``[run]`` of a settings file, checked against the operations there are.

    Raises:
        InputError: for what there isn't, or can't be.
    """
    of: dict[str, Said] = {}
    common = {name: value for name, value in table.items() if name in OPERATIONAL}
    for name, value in table.items():
        if name not in OPERATIONAL:
            op = _operation(name, value, signatures, file)
            of[op.name] = _read(value, op, f"{file}: [run.{name}]")
    return RunDefaults({"": _read(common, None, f"{file}: [run]"), **of}) if table else NO_DEFAULTS


def _operation(name: str, value: Any, signatures: Signatures, file: Path) -> OpSignature:
    op = signatures.op(name)
    if op is None or not isinstance(value, Mapping):
        known = [*OPERATIONAL, *signatures.ops, *signatures.aliases]
        near = nearest_names(name, known, limit=1)
        raise InputError(
            f"{file}: [run] has `{name}`, which is no operation, and none of needs, retry and timeout",
            f"did you mean `{near[0]}`?"
            if near and near[0] != name
            else "`w2sdl ops` lists all operations",
        )
    return op


def _read(table: Mapping[str, Any], op: OpSignature | None, where: str) -> Said:
    kinds = {param.name: param.type for param in operational_params(op)}
    for name in table:
        if name not in kinds:
            raise _unknown(name, where, kinds)
    said = {name: _value(value, kinds[name], f"{where} {name}") for name, value in table.items()}
    if op is not None:
        try:
            request_of(op, said)
        except ValueError as problem:
            raise InputError(f"{where}: {problem.args[0]}", problem.args[1]) from problem
    return said


def _unknown(name: str, where: str, known: Mapping[str, Any]) -> InputError:
    near = nearest_names(name, known, limit=1)
    help = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
    return InputError(f"{where} has an unknown setting `{name}`", help)


def _value(value: Any, kind: sig.ParamType, where: str) -> Any:
    """A value of TOML in the JSON form of an operational argument."""
    match kind:
        case sig.RecordOf(fields=fields) if isinstance(value, Mapping):
            kinds = {param.name: param.type for param in fields}
            for name in value:
                if name not in kinds:
                    raise _unknown(name, where, kinds)
            return {
                name: _value(item, kinds[name], f"{where}.{name}") for name, item in value.items()
            }
        case sig.ListOf(item):
            listed = value if isinstance(value, list) else [value]
            return [_value(one, item, where) for one in listed]
        case sig.QuantityOf() | sig.WordOf():
            return _word(value, kind, where)
        case sig.Scalar(adapter=adapter):
            with suppress(ValidationError):
                return adapter.validate_python(value, strict=True)
    raise InputError(f"{where} is {value!r}", f"it takes {type_text(kind)}")


def _word(value: Any, kind: sig.QuantityOf | sig.WordOf, where: str) -> Any:
    """A quantity or a word, which TOML has as strings."""
    if isinstance(kind, sig.WordOf):
        if value in kind.choices:
            return value
    elif kind.what == "factor" and value in WORDS:
        return WORDS[value]
    else:
        found = parse_quantity(value) if isinstance(value, str) else None
        if found is not None and what_of(found[1]) == kind.what:
            number = amount(*found)
            if not out_of_bounds(number, kind.what):
                return number
    raise InputError(f"{where} is {value!r}", f"it takes {type_text(kind)}, in quotes")
