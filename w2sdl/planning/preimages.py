"""Where two key pre-images differ, field by field: what makes a plan say why a node runs."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from w2sdl.dotted import value_at
from w2sdl.keys import canonical_json
from w2sdl.planning.reasons import ABSENT, Changed, Reason

_BODY = "@body"  #: where expand puts the fingerprint of an operation without a version
_NO_FIELDS: Mapping[str, Any] = {}


def differences(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    params: Mapping[str, Any] = _NO_FIELDS,
    unknown: Container[str] = (),
) -> tuple[Changed, ...]:
    """What differs between two pre-images of one operation, in the order of the fields.

    Args:
        old: the earlier one.
        new: the present one.
        params: complete parameters of the present one, which its pre-image leaves out at their defaults.
        unknown: ports whose inputs are not known yet; nothing is said of them.
    """
    found = [
        *_params(old.get("params", {}), new.get("params", {}), params),
        *_mappings(Reason.SOURCE_CHANGED, old.get("sources", {}), new.get("sources", {})),
        *_inputs(old.get("inputs", {}), new.get("inputs", {}), unknown),
        *_versions(old, new),
        *_mappings(Reason.ENV_CHANGED, old.get("environment", {}), new.get("environment", {})),
    ]
    return (*found, *_formats(old, new))


def fields_of(preimage: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """All fields of a pre-image, down to the leaves, each with its value: to count what differs."""
    params = {name: value for name, value in preimage.get("params", {}).items() if name != _BODY}
    leaves = [(f"params.{path}", value) for path, _, value in _leaves("", {}, params)]
    for group in ("sources", "inputs", "environment"):
        leaves += [(f"{group}.{name}", value) for name, value in preimage.get(group, {}).items()]
    return frozenset((path, canonical_json(value)) for path, value in leaves)


def _formats(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Changed]:
    for name in ("format_version", "key_schema"):
        if old.get(name) != new.get(name):
            yield Changed(Reason.ENV_CHANGED, name, old.get(name), new.get(name))


def _versions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Changed]:
    bodies = [preimage.get("params", {}).get(_BODY, ABSENT) for preimage in (old, new)]
    if bodies[0] != bodies[1]:
        yield Changed(Reason.CODE_CHANGED, "body", *bodies)
    if old.get("op_version") != new.get("op_version"):
        versions = old.get("op_version"), new.get("op_version")
        yield Changed(Reason.CODE_CHANGED, "version", *versions)


def _inputs(
    old: Mapping[str, Any], new: Mapping[str, Any], unknown: Container[str]
) -> Iterator[Changed]:
    for port in dict.fromkeys([*old, *new]):
        if port not in unknown and old.get(port) != new.get(port):
            sides = [_one(side.get(port, ABSENT)) for side in (old, new)]
            yield Changed(Reason.INPUT_CHANGED, port, *sides)


def _one(digests: Any) -> Any:
    """A port with one input reads as that."""
    return digests[0] if isinstance(digests, list) and len(digests) == 1 else digests


def _mappings(reason: Reason, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Changed]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name, ABSENT) != new.get(name, ABSENT):
            yield Changed(reason, name, old.get(name, ABSENT), new.get(name, ABSENT))


def _params(
    old: Mapping[str, Any], new: Mapping[str, Any], full: Mapping[str, Any]
) -> Iterator[Changed]:
    for path, before, after in _leaves("", old, new):
        if path == _BODY:
            continue
        reason = Reason.SEED_CHANGED if path.rsplit(".", 1)[-1] == "seed" else Reason.PARAM_CHANGED
        if after is ABSENT:
            after = value_at(full, path, ABSENT)
        yield Changed(reason, path, before, after)


def _leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The smallest values that differ, by dotted path through records and variants of one name."""
    if _equal(old, new):
        return
    before, after = _fields(old), _fields(new)
    if old is ABSENT and after is not None and "variant" not in after:
        before = {}  # a record at its default: all its fields are
    if new is ABSENT and before is not None and "variant" not in before:
        after = {}
    if before is None or after is None or before.get("variant") != after.get("variant"):
        yield path, old, new
        return
    for name in dict.fromkeys([*before, *after]):
        below = f"{path}.{name}" if path else name
        yield from _leaves(below, before.get(name, ABSENT), after.get(name, ABSENT))


def _equal(old: Any, new: Any) -> bool:
    """Whether two values hash alike: 1, 1.0 and true are equal to Python only."""
    if old is ABSENT or new is ABSENT:
        return old is new
    return bool(old == new) and canonical_json(old) == canonical_json(new)


def _fields(value: Any) -> Mapping[str, Any] | None:
    """A record, or a map in the form of keys (a list of pairs), as a mapping; None for a leaf."""
    if isinstance(value, Mapping):
        return value
    pairs = isinstance(value, list) and bool(value)
    if pairs and all(isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) for p in value):
        return dict(value)
    return None
