"""What goes by a name in the signatures: variants, families, records and presets, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl.operational import operational_params
from w2sdl.signature import (
    EitherOf,
    ListOf,
    MapOf,
    OpSignature,
    OptionalOf,
    Param,
    ParamType,
    RecordOf,
    Signatures,
    VariantOf,
    VariantSignature,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Questions about signatures, asked by name."""

    signatures: Signatures

    def variants(self, name: str) -> list[VariantSignature]:
        """The variants of one name, in whatever family."""
        families = self.signatures.variants.values()
        return [family[name] for family in families if name in family]

    def families(self, name: str) -> list[str]:
        """Families by their own name or by that of an argument that takes them."""
        found = [f for f in self.signatures.variants if f.casefold() == name.casefold()]
        found += [_family(p.type) for _, p in self._params() if p.name == name and _family(p.type)]
        return list(dict.fromkeys(found))

    def records(self, name: str) -> list[RecordOf]:
        """Records by their own name or by that of an argument that takes them."""
        return [
            record
            for record in self.every_record()
            if name.casefold() in (record.name.casefold(), *self._arguments(record))
        ]

    def with_preset(self, name: str) -> list[RecordOf]:
        """The records that have a preset of this name."""
        return [record for record in self.every_record() if name in record.presets]

    def every_record(self) -> list[RecordOf]:
        """All records, once each; first those of operations."""
        found: dict[str, RecordOf] = {}
        for _, param in self._params():
            if isinstance(record := _inner(param.type), RecordOf):
                found.setdefault(record.name, record)
        return list(found.values())

    def taken_as(self, family: str) -> str:
        """Where a family stands: "loss of finetune, bootstrap"."""
        return _places([(o, p.name) for o, p in self._params() if _family(p.type) == family])

    def owners(self, family: str) -> list[str]:
        """What takes a family: operations, variants, and arguments with a record."""
        return list(dict.fromkeys(o for o, p in self._params() if _family(p.type) == family))

    def record_taken_as(self, record: RecordOf) -> str:
        """Where a record stands: "train of finetune, bootstrap"."""
        if record.name in {p.name for p in operational_params(None)}:
            return f"{record.name} of every operation"
        return _places([(o, p.name) for o, p in self._params() if _is(p.type, record)])

    def names(self) -> list[str]:
        """All that can be asked for."""
        known = [*self.signatures.ops, *self.signatures.aliases, *self.signatures.variants]
        known += [name for family in self.signatures.variants.values() for name in family]
        known += [p.name for _, p in self._params() if _family(p.type)]
        for record in self.every_record():
            known += [*self._arguments(record), *record.presets]
        return known

    def _arguments(self, record: RecordOf) -> list[str]:
        return list(dict.fromkeys(p.name for _, p in self._params() if _is(p.type, record)))

    def _params(self) -> Iterator[tuple[str, Param]]:
        """All parameters with the name of their owner; those of records too."""
        owners: list[OpSignature | VariantSignature] = list(self.signatures.ops.values())
        owners += [v for family in self.signatures.variants.values() for v in family.values()]
        for owner in owners:
            for param in owner.params:
                yield owner.name, param
                if isinstance(record := _inner(param.type), RecordOf):
                    yield from ((param.name, field) for field in record.fields)
        yield from (("every operation", param) for param in operational_params(None))


def _places(found: list[tuple[str, str]]) -> str:
    by_argument: dict[str, dict[str, None]] = {}
    for owner, argument in found:
        by_argument.setdefault(argument, {})[owner] = None
    return "; ".join(f"{name} of {', '.join(owners)}" for name, owners in by_argument.items())


def _is(kind: ParamType, record: RecordOf) -> bool:
    inner = _inner(kind)
    return isinstance(inner, RecordOf) and inner.name == record.name


def _inner(kind: ParamType) -> ParamType:
    return _inner(kind.inner) if isinstance(kind, OptionalOf) else kind


def _family(kind: ParamType) -> str:
    match _inner(kind):
        case VariantOf(family) | EitherOf(variant=VariantOf(family)):
            return family
        case MapOf(inner) | ListOf(inner):
            return _family(inner)
        case _:
            return ""
