"""What a name of a spec can stand for, and where it does."""

from __future__ import annotations

from dataclasses import dataclass

from w2sdl import signature as sig
from w2sdl.lsp.symbols import Symbol
from w2sdl.source import Span


@dataclass(frozen=True, slots=True)
class Argument:
    """A port or a parameter of an operation, a variant or a record, by its label."""

    owner: str
    of: sig.Port | sig.Param


@dataclass(frozen=True, slots=True)
class Preset:
    record: sig.RecordOf
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of validity that is waived."""

    name: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A part of the measured rows that a metric gives a value for as well, or one of its values."""

    metric: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A label of a record with free labels, such as the columns of a table."""

    type: sig.ParamType


#: What a name is where no declaration of a spec defines it.
About = sig.OpSignature | sig.VariantSignature | Argument | Preset | Rule | Facet | Key


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name where it stands."""

    span: Span
    symbol: Symbol | None = None
    about: About | None = None
    defines: bool = False
