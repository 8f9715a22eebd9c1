"""Parameters of operations, variants and records, and the types that they can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from w2sdl.syntax.quantities import What

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class Required:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "required"


REQUIRED: Final = Required()
#: What a change of a parameter may be marked to mean.
CHANGES: Final = ("operational", "sampling", "factor", "measurement")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, string, truth value or one of a few words, checked by pydantic."""

    text: str  #: how a message names it: "int >= 1", '"last" | "mean"'
    adapter: TypeAdapter[Any]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf:
    item: ParamType


@dataclass(frozen=True, slots=True)
class MapOf:
    """A record with free field names, such as the parts of a data set."""

    value: ParamType


@dataclass(frozen=True, slots=True)
class RecordOf:
    """A record with known fields, such as ``train``. ``cls`` is its pydantic model.

    ``presets`` are named sets of values for its fields; a field given beside a preset wins.
    """

    name: str
    fields: tuple[Param, ...]
    cls: type[Any]
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantOf:
    """A choice among the typed constructors of one family: ``loss: xent()``."""

    family: str


@dataclass(frozen=True, slots=True)
class OptionalOf:
    inner: ParamType


@dataclass(frozen=True, slots=True)
class EitherOf:
    """A plain value, or in full a variant: a part is ``600`` or ``take(600, of: "train")``.

    Told apart by form: a variant is a call in a spec and an object in JSON.
    """

    scalar: Scalar
    variant: VariantOf


@dataclass(frozen=True, slots=True)
class SeedOf:
    """A seed: an integer or a list of integers. Its axes say what is drawn anew."""


@dataclass(frozen=True, slots=True)
class AxesOf:
    """The axes that a reduction removes (``over: member``). Used up by the compiler."""


@dataclass(frozen=True, slots=True)
class SourceOf:
    """A file, a folder or a hub id. Its content digest (or revision) is in the key, not its path."""

    what: str  #: "file" | "folder" | "model" | "dataset"


@dataclass(frozen=True, slots=True)
class QuantityOf:
    """A number with a unit: in JSON form bytes, seconds or times. Of operational arguments only."""

    what: What


@dataclass(frozen=True, slots=True)
class WordOf:
    """One of a few words, written as a name. Of operational arguments only."""

    choices: tuple[str, ...]


ParamType = (
    Scalar
    | ListOf
    | MapOf
    | RecordOf
    | VariantOf
    | OptionalOf
    | EitherOf
    | SeedOf
    | AxesOf
    | SourceOf
    | QuantityOf
    | WordOf
)


@dataclass(frozen=True, slots=True)
class Param:
    name: str
    type: ParamType
    default: Any = REQUIRED  #: in JSON form, as stored in a graph
    neutral: bool = False  #: leaves the result the same up to rounding; never in a key
    doc: str = ""
    change: str = ""  #: what a change of it means to `w2sdl diff`; "" is what its place says
    otherwise: str = (
        ""  #: of a neutral number: the parameter beside it that counts where it is None
    )
    rows: str = ""  #: what it does with rows: "told" how they read, or "chosen" which there are


def variant_family(kind: ParamType) -> str:
    """Of the variants that a parameter takes; "" for one that takes none."""
    match kind:
        case OptionalOf(inner):
            return variant_family(inner)
        case EitherOf(variant=variant):
            return variant.family
        case VariantOf(family):
            return family
        case _:
            return ""
