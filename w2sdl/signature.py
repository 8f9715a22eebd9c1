"""What the compiler knows of an operation or a variant: ports (edges) and parameters, as plain data.

Signatures are read off typed Python functions by the runtime's registry and handed to the compiler;
the compiler never imports an operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from w2sdl.kinds import Kind
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


#: Whose network the model or predictor that an operation gives has. "own" is one that can be read and
#: trained; "given" is that of what comes in; "none": it has no single one; "remote": one that answers over
#: HTTP, and of which nothing but answers is seen.
NETWORKS: Final = ("own", "given", "none", "remote")


#: Which numbers of a metric are good; "" is neither side (agreement: alike may be good or bad).
BETTER: Final = ("higher", "lower", "")


@dataclass(frozen=True, slots=True)
class Network:
    """Whose network a model or predictor has ("own", "none" or "remote"), and the call that says so."""

    whose: str
    maker: str  #: as a spec writes it: "ensemble()", "finetune(head: features())"
    writes: bool  #: it can be asked for texts


class Made(Protocol):
    """What stands on an edge, as a `Check` sees it: the call that makes it."""

    @property
    def op(self) -> str:
        """The operation, by its own name."""

    @property
    def signature(self) -> OpSignature:
        """Of the operation: its ports, its marks, where it comes from."""

    @property
    def network(self) -> Network:
        """Of a model or predictor, by the marks of what made it."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """As a `Check` gets them."""


#: All arguments of a call -> what is wrong with them together, and what to do. Parameters are in JSON
#: form; an edge is what makes it, a `Made` (of a port with a list, a tuple of them), and one that isn't
#: there has no entry.
Check = Callable[[Mapping[str, Any]], tuple[str, str] | None]


#: A plain value that stands in place of a variant, and its parameter's name -> what is wrong with it, and
#: what to do.
Plain = Callable[[Any, str], "tuple[str, str] | None"]


#: How a label says its answer: P(class 1), a class, P(the second is preferred), or words.
ANSWERS: Final = ("soft", "hard", "pairwise", "text")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Labels of one kind where another is needed: the fact, and what to do."""

    fact: str
    advice: str


#: Parameters in JSON form, and port by port what the inputs answer ("" where that can't be known) ->
#: what the result answers.
Answering = Callable[[Mapping[str, Any], Mapping[str, tuple[str, ...]]], "str | Mismatch"]


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
class Port:
    """A parameter that is an edge of the graph."""

    name: str
    kind: Kind
    many: bool = False  #: takes a list; with ``over`` the list runs over the reduced axes
    optional: bool = False
    each: bool = False  #: one node for each argument (``accuracy(a, b, c)``)
    on: bool = False  #: filled from ``on`` of a measure: the gold labels of the measured part
    role: str = ""  #: the role that standing in this port makes (student, supervisor, ...)
    channel: str = ""  #: how what comes in here reaches the result; "" is what the kinds say
    rows: str = ""  #: what becomes of its rows: "joined", "added" or "kept"; "" is not known


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


@dataclass(frozen=True, slots=True)
class VariantSignature:
    name: str
    family: str
    params: tuple[Param, ...]
    ports: tuple[Port, ...]
    doc: str
    cls: type[Any]
    check: Check | None = None  #: of the other parameters of a call that this variant stands in
    both_orders: bool = False  #: a stance that shows both sides in both orders: it tells nothing
    network: str = ""  #: one of `NETWORKS`, where an operation with it has another than it says
    plain: Plain | None = None  #: of the values that may stand in place of its family


@dataclass(frozen=True, slots=True)
class Chain:
    """What a call that stands for a chain of calls is written out as, before there is a graph.

    ``step`` runs once for each of ``along``, in order. The first step takes what stands in
    ``carried``; each later one what ``between`` makes of the step before. All other arguments go to
    every ``step`` and every ``between`` that has a port or a parameter of their name.
    """

    step: str  #: the operation of each step; its result is the chain's
    along: str  #: the port of the chain with a list; `takes` is the port of `step` for each of them
    takes: str
    carried: str  #: a port of the chain and of `step`: labels
    between: str  #: the operation between two steps, which gives what `carried` takes
    gives: str  #: its port for the result of the step before
    about: str  #: its port for items: of `pools`, else those that the carried labels are about
    pools: str  #: the optional port of the chain with a list of items, one less than `along`


@dataclass(frozen=True, slots=True)
class OpSignature:
    """An operation as the compiler sees it.

    ``inline`` operations only rearrange references to stored results (a part of a data set, say):
    the driver runs them itself. ``check`` says what is wrong with parameters that are fine one by one,
    and what to do.
    """

    name: str
    version: int
    ports: tuple[Port, ...]
    params: tuple[Param, ...]
    result: Kind
    doc: str
    function: Callable[..., Any]
    aliases: tuple[str, ...] = ()
    inline: bool = False
    cpus: int = 1
    wants_gpu: bool = False
    shards: bool = False  #: several processes can compute one node of it together
    origin: str = "built-in"  #: where the operation comes from
    fingerprint: str = ""  #: in the key of user operations that state no version
    control: bool = False  #: reads gold on purpose, as a control: marked wherever it appears
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: a metric's own parts
    limits: tuple[float, float] | None = None  #: between which a metric lies
    better: str = ""  #: one of `BETTER`, of a metric
    check: Check | None = None
    environment: tuple[str, ...] = ()  #: packages whose version is in the key: "torch"
    chain: Chain | None = None  #: it never runs: a call of it is written out as others
    answers: Answering | None = None  #: None: what its inputs answer, if they agree
    network: str = "own"  #: one of `NETWORKS`: of the model or predictor that it gives

    @property
    def reduces(self) -> bool:
        """Whether the operation takes ``over:``."""
        return any(isinstance(param.type, AxesOf) for param in self.params)


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
