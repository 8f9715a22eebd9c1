"""All operations and variants together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from w2sdl.signature.operations import OpSignature, VariantSignature
from w2sdl.signature.parameters import variant_family


@dataclass(frozen=True, slots=True)
class Signatures:
    """All operations by name, and all variants by family and name."""

    ops: Mapping[str, OpSignature]
    variants: Mapping[str, Mapping[str, VariantSignature]]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, ops: Iterable[OpSignature], variants: Iterable[VariantSignature]) -> Signatures:
        """Index operations and variants; names and aliases must be unique.

        Raises:
            ValueError: when two operations, or two variants of a family, have one name.
        """
        families: dict[str, dict[str, VariantSignature]] = {}
        for variant in variants:
            first = families.setdefault(variant.family, {}).setdefault(variant.name, variant)
            if first.cls is not variant.cls:
                raise ValueError(
                    f"two {variant.family} variants are called `{variant.name}`: in "
                    f"{first.cls.__module__} and in {variant.cls.__module__}"
                )
        by_name: dict[str, OpSignature] = {}
        known: dict[str, OpSignature] = {}
        for op in ops:
            by_name.setdefault(op.name, op)
            for name in (op.name, *op.aliases):
                if known.setdefault(name, op).function is not op.function:
                    raise ValueError(
                        f"two operations are called `{name}`: {known[name].origin} and {op.origin}"
                    )
        aliases = {alias: op.name for op in by_name.values() for alias in op.aliases}
        return cls(by_name, families, aliases)

    @classmethod
    def join(cls, parts: Iterable[Signatures]) -> Signatures:
        """All operations and variants of some tables as one; names must be unique across them."""
        every = list(parts)
        if len(every) == 1:
            return every[0]
        variants = [
            v for part in every for family in part.variants.values() for v in family.values()
        ]
        return cls.build([op for part in every for op in part.ops.values()], variants)

    def op(self, name: str) -> OpSignature | None:
        """The operation called ``name``, under its own name or an alias."""
        return self.ops.get(self.aliases.get(name, name))

    def chosen(
        self, op: OpSignature, params: Mapping[str, Any]
    ) -> Iterator[tuple[str, VariantSignature]]:
        """The variants that stand in the parameters of a call, each with its parameter's name."""
        for param in op.params:
            value = params.get(param.name)
            family = variant_family(param.type)
            if family and isinstance(value, Mapping) and "variant" in value:
                yield param.name, self.variants[family][value["variant"]]

    def is_variant(self, name: str) -> bool:
        """Whether any family has a variant of this name."""
        return any(name in family for family in self.variants.values())
