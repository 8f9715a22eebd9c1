"""Where two values of one parameter differ: leaves with a path, their texts, and their class."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl import signature as sig
from w2sdl.diff.changes import ChangeClass, Form
from w2sdl.graph import Node
from w2sdl.show import without_nulls
from w2sdl.syntax.text import literal_text

_SAMPLING, _OPERATIONAL = ChangeClass.SAMPLING, ChangeClass.OPERATIONAL
_MISSING = object()
_LONG = 60  #: characters of a default that are not worth showing
NOT_GIVEN = "not given"
PART = "part"  #: the operation behind ``d.test``


@dataclass(frozen=True, slots=True)
class Leaf:
    """A difference inside a node: ``path`` from the binding down, ``op`` the operation that holds it."""

    path: str
    old: str
    new: str
    kind: ChangeClass
    op: str
    form: Form = Form.CHANGED

    def below(self, port: str) -> Leaf:
        """The same, seen from a node that has the holder in a port."""
        # Another part is seen from the outermost port: `S'.labels`, not `S'.labels.items.data`.
        path = f"{port}.{self.path}" if self.path and self.op != PART else port
        return Leaf(path, self.old, self.new, self.kind, self.op, self.form)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a parameter one is: its path, the class that holds there, and whether sizes are near."""

    path: str
    kind: ChangeClass
    of_data: bool
    in_map: bool = False

    def at(self, name: str) -> _Place:
        return _Place(f"{self.path}.{name}", self.kind, self.of_data, self.in_map)


def param_leaves(
    x: Node, y: Node, kind: ChangeClass, of_data: bool, signatures: sig.Signatures
) -> Iterator[Leaf]:
    """How the parameters of two nodes of one operation differ.

    ``kind`` is the class of the node. A parameter has another one where its type says so (a seed, a
    size among the parts of data), where it is neutral, and where the operation's file marks it. A
    parameter that one side lacks (it was made by another version) is at its default there.
    """
    op = signatures.ops.get(x.op)
    params = {param.name: param for param in op.params} if op else {}
    walk = _Walk(signatures, x.op)
    for name in dict.fromkeys([*x.params, *y.params]):
        param = params.get(name)
        old = _value(x.params, name, param)
        new = _value(y.params, name, param)
        if param is not None:
            yield from walk.param(_Place(name, kind, of_data), old, new, param)
        else:  # an operation that is not installed: by form, and a seed by its name
            own = _SAMPLING if name == "seed" else kind
            yield from walk.untyped(_Place(name, own, of_data), old, new)
    if x.key_params.get("@body") != y.key_params.get("@body"):
        yield Leaf("code", "one body", "another body", kind, x.op)
    elif x.version != y.version:
        yield Leaf("version", str(x.version), str(y.version), kind, x.op)


def _value(params: Mapping[str, Any], name: str, param: sig.Param | None) -> Any:
    if name in params:
        return params[name]
    known = param is not None and param.default is not sig.REQUIRED
    return param.default if known and param is not None else None


@dataclass(frozen=True, slots=True)
class _Walk:
    signatures: sig.Signatures
    op: str

    def leaf(self, place: _Place, old: Any, new: Any) -> Leaf:
        form = Form.ADDED if old is _MISSING else Form.REMOVED if new is _MISSING else Form.CHANGED
        return Leaf(place.path, text_of(old), text_of(new), place.kind, self.op, form)

    def param(self, place: _Place, old: Any, new: Any, param: sig.Param) -> Iterator[Leaf]:
        kind = ChangeClass(param.change) if param.change else place.kind
        if param.neutral:
            kind = _OPERATIONAL
        place = _Place(place.path, kind, place.of_data, place.in_map)
        if param.neutral and old == new:
            return
        yield from self.typed(place, old, new, param.type)

    def typed(self, place: _Place, old: Any, new: Any, kind: sig.ParamType) -> Iterator[Leaf]:
        if old == new:
            return
        match kind:
            case sig.OptionalOf(inner) if old is not None and new is not None:
                yield from self.typed(place, old, new, inner)
            case sig.SeedOf():
                seeds = _Place(place.path, _SAMPLING, place.of_data)
                yield from self._items(seeds, old, new)
            case sig.EitherOf(_, variant) if isinstance(old, dict) and isinstance(new, dict):
                yield from self.typed(place, old, new, variant)
            case sig.RecordOf(fields=fields) if isinstance(old, dict) and isinstance(new, dict):
                yield from self._fields(place, old, new, fields)
            case sig.VariantOf(family) if _variant(old) and _variant(old) == _variant(new):
                chosen = self.signatures.variants.get(family, {}).get(_variant(old))
                yield from self._fields(place, old, new, chosen.params if chosen else ())
            case sig.MapOf(inner) if isinstance(old, dict) and isinstance(new, dict):
                yield from self._map(place, old, new, inner)
            case sig.VariantOf(family):
                yield self.leaf(place, self._brief(old, family), self._brief(new, family))
            case sig.OptionalOf(sig.VariantOf() as inner):
                yield from self.typed(place, old, new, inner)
            case _:
                yield self.leaf(_sized(place, old, new), old, new)

    def _brief(self, value: Any, family: str) -> Any:
        """A variant whose long texts, where they are the defaults, are only hinted at."""
        chosen = self.signatures.variants.get(family, {}).get(_variant(value))
        if chosen is None or not isinstance(value, dict):
            return value
        defaults = {param.name: param.default for param in chosen.params}
        return {
            name: "…" if len(str(item)) > _LONG and item == defaults.get(name) else item
            for name, item in value.items()
        }

    def _fields(
        self, place: _Place, old: Any, new: Any, fields: Sequence[sig.Param]
    ) -> Iterator[Leaf]:
        known = {field.name: field for field in fields}
        for name in dict.fromkeys([*old, *new]):
            field = known.get(name)
            below = place.at(name)
            if field is None:
                yield from self.untyped(below, old.get(name), new.get(name))
            else:
                a, b = _value(old, name, field), _value(new, name, field)
                yield from self.param(below, a, b, field)

    def _map(self, place: _Place, old: Any, new: Any, inner: sig.ParamType) -> Iterator[Leaf]:
        inside = _Place(place.path, place.kind, place.of_data, True)
        for name in dict.fromkeys([*old, *new]):
            a, b = old.get(name, _MISSING), new.get(name, _MISSING)
            if a is _MISSING or b is _MISSING:
                yield self.leaf(_sized(inside.at(name), a, b), a, b)
            else:
                yield from self.typed(inside.at(name), a, b, inner)

    def _items(self, place: _Place, old: Any, new: Any) -> Iterator[Leaf]:
        if not (isinstance(old, list) and isinstance(new, list) and len(old) == len(new)):
            yield self.leaf(place, old, new)
            return
        for number, (a, b) in enumerate(zip(old, new, strict=True)):
            if a != b:
                here = _Place(f"{place.path}[{number}]", place.kind, place.of_data)
                yield self.leaf(here, a, b)

    def untyped(self, place: _Place, old: Any, new: Any) -> Iterator[Leaf]:
        """By the form of the values alone."""
        both = isinstance(old, dict) and isinstance(new, dict)
        if old == new:
            return
        if both and _variant(old) == _variant(new):
            for name in dict.fromkeys([*old, *new]):
                yield from self.untyped(place.at(name), old.get(name), new.get(name))
        else:
            yield self.leaf(place, old, new)


def order_leaf(x: Node, y: Node, kind: ChangeClass) -> Leaf | None:
    """Parts that are the same but in another order: other rows are drawn for them."""
    for name, value in x.key_params.items():
        old, new = _pairs(value), _pairs(y.key_params.get(name))
        if old != new and _in_order(old) == _in_order(new):
            texts = [", ".join(str(pair[0]) for pair in pairs) for pairs in (old, new)]
            return Leaf(f"{name} (order)", texts[0], texts[1], kind, x.op)
    return None


def _pairs(value: Any) -> list[list[Any]]:
    """The form in which keys hold a record of parts."""
    pairs = isinstance(value, list) and all(isinstance(v, list) and len(v) == 2 for v in value)
    return value if pairs else []


def _in_order(values: Sequence[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)


def _variant(value: Any) -> str:
    return str(value.get("variant", "")) if isinstance(value, dict) else ""


def _sized(place: _Place, old: Any, new: Any) -> _Place:
    """How many rows a part of data has is sampling, whatever the data are for."""
    numbers = all(v is _MISSING or (isinstance(v, int) and v is not True) for v in (old, new))
    if place.of_data and place.in_map and numbers:
        return _Place(place.path, _SAMPLING, True, True)
    return place


def text_of(value: Any) -> str:
    """A value as a spec would spell it."""
    return NOT_GIVEN if value is _MISSING or value is None else literal_text(without_nulls(value))
