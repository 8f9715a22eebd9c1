"""All that an operation file needs: ``@op``, ``@variant``, parameter types, and the `Context`.

The signature is the interface. A parameter whose annotation is a value class (`Model`, `Labels`,
``list[Predictor]`` ...) is an edge; any other is a parameter, checked by pydantic. The return
annotation is the kind of the result. Heavy imports belong in the body.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from w2sdl.signature import BETTER, NETWORKS, Answering, Chain, Plain
from w2sdl.signature import Made as Made
from w2sdl.signature import Mismatch as Mismatch
from w2sdl_runtime.context import Context as Context
from w2sdl_runtime.context import Progress as Progress
from w2sdl_runtime.context import stream_seed as stream_seed
from w2sdl_runtime.errors import PrerequisiteError as PrerequisiteError
from w2sdl_runtime.marks import CHANNELS as CHANNELS
from w2sdl_runtime.marks import CHOSEN as CHOSEN
from w2sdl_runtime.marks import ROLES as ROLES
from w2sdl_runtime.marks import TOLD as TOLD
from w2sdl_runtime.marks import AxesMark as AxesMark
from w2sdl_runtime.marks import Changes as Changes
from w2sdl_runtime.marks import Neutral as Neutral
from w2sdl_runtime.marks import PortMark as PortMark
from w2sdl_runtime.marks import RowsMark as RowsMark
from w2sdl_runtime.marks import SeedMark as SeedMark
from w2sdl_runtime.marks import SourceMark as SourceMark

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound="type[Variant]")
V = TypeVar("V", bound="Variant")

# Parameter types with ranges, by the names that messages and `w2sdl ops` use.
Fraction = Annotated[float, Field(ge=0, le=1)]
# A count has an upper end too: what is beyond it was mistyped, and would fail hours later.
_MOST = 10**12
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=_MOST)]
CountOrZero = Annotated[int, Field(ge=0, le=_MOST)]


#: ``seed: Seed = 0``; an integer or a list of them, never turned into a generator by an operation:
#: `Context.generator` does that.
Seed = Annotated[int | list[int], SeedMark()]
#: ``over: Axes = ()``: used up by the compiler; an operation always sees the default.
Axes = Annotated[tuple[str, ...], AxesMark()]
FileSource = Annotated[str, SourceMark("file")]
FolderSource = Annotated[str, SourceMark("folder")]
ModelSource = Annotated[str, SourceMark("model")]
DatasetSource = Annotated[str, SourceMark("dataset")]


#: All arguments of a node -> what is wrong with them together, and what to do. Parameters are in JSON
#: form; edges, those of variants too, are the calls that make them: `Made`, a tuple of them for a list.
ParameterCheck = Callable[[Mapping[str, Any]], tuple[str, str] | None]


class Variant(BaseModel):
    """Base of typed constructors such as ``xent()`` or ``debate(turns: 3)``.

    A family is a direct subclass (``class Loss(Variant)``); its variants are subclasses of that, made
    known with ``@variant("name")``. Fields are parameters, or edges where annotated with a value class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    variant_name: ClassVar[str] = ""
    both_orders: ClassVar[bool] = False  #: a stance that shows both sides in both orders
    network: ClassVar[str] = ""  #: "none": a head without a network. See ``network`` of `op`
    #: gets the arguments of the call that it stands in: see ``check`` of `op`
    check: ClassVar[ParameterCheck | None] = None
    #: of a family that a plain value may stand in place of (``str | Text``): what is wrong with one
    plain: ClassVar[Plain | None] = None


class Record(BaseModel):
    """Base of records with known fields, such as ``train``. ``presets`` are named sets of values."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    presets: ClassVar[dict[str, dict[str, Any]]] = {}


def variant_class(family: type[V], name: str) -> type[V]:
    """The variant of a family under its name.

    Raises:
        KeyError: for a name that the family doesn't have.
    """
    import_siblings(family.__module__)
    waiting = [family]
    while waiting:
        cls = waiting.pop()
        if cls.variant_name == name:
            return cls
        waiting += cls.__subclasses__()
    raise KeyError(f"{family.__name__} has no variant {name}")


def variant_from(family: type[V], value: Mapping[str, Any]) -> V:
    """A variant from its JSON form, as facts hold it."""
    fields = {key: item for key, item in value.items() if key != "variant"}
    return variant_class(family, value["variant"])(**fields)


@cache
def import_siblings(module: str) -> None:
    """Import what lies beside a family in its package: subclasses are known once they are imported."""
    for found in pkgutil.iter_modules(getattr(sys.modules.get(module), "__path__", ())):
        importlib.import_module(f"{module}.{found.name}")


def variant(name: str) -> Callable[[C], C]:
    """Make a variant known under the name that specs use."""

    def mark(cls: C) -> C:
        cls.variant_name = name
        return cls

    return mark


@dataclass(frozen=True)
class OpMark:
    """What ``@op`` was told; the registry joins it with the function's annotations."""

    name: str
    version: int | None
    aliases: tuple[str, ...]
    neutral: tuple[str, ...]
    inline: bool
    cpus: int
    wants_gpu: bool
    shards: bool
    control: bool
    facets: Mapping[str, tuple[str, ...]]
    limits: tuple[float, float] | None
    better: str
    check: ParameterCheck | None
    environment: tuple[str, ...]
    chain: Chain | None
    answers: Answering | None
    network: str

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise TypeError(f'network="{self.network}": it is one of {", ".join(NETWORKS)}')
        if self.better not in BETTER:
            raise TypeError(f'better="{self.better}": it is "higher", "lower" or ""')


def op(
    name: str,
    *,
    version: int | None = None,
    aliases: tuple[str, ...] = (),
    neutral: tuple[str, ...] = (),
    inline: bool = False,
    cpus: int = 1,
    wants_gpu: bool = False,
    shards: bool = False,
    control: bool = False,
    facets: Mapping[str, tuple[str, ...]] | None = None,
    limits: tuple[float, float] | None = None,
    better: str = "",
    check: ParameterCheck | None = None,
    environment: tuple[str, ...] = (),
    chain: Chain | None = None,
    answers: Answering | None = None,
    network: str = "own",
) -> Callable[[F], F]:
    """Declare a function to be an operation.

    Args:
        name: as written in specs; also the file's name.
        version: raise it when the result changes. Without one, the normalised body is in the key.
        aliases: other spellings (Φ, facilitate).
        neutral: parameters that leave the result the same up to rounding; they stay out of keys.
        inline: only rearranges references to stored results, so the driver runs it itself.
        cpus: processors that one node asks for.
        wants_gpu: runs on a GPU where the cluster has one.
        shards: several processes can compute one node together: `Context.shards` says how many.
        control: reads gold on purpose (an error structure, say): no validity rule fires on it, and
            the report marks it.
        facets: of a metric, parts of the measured rows that it gives values for as well, by the name
            that `expect` selects them with: ``{"among": ("supervisor_right", ...)}``.
        limits: of a metric, the least and the largest value it can have.
        better: of a metric, whether "higher" or "lower" values are better; "" where that depends on
            what is studied (agreement): then a comparison says higher and lower, never better or worse.
        check: gets all arguments before anything runs, parameters in JSON form and edges as the calls
            that make them (`Made`); returns what is wrong with them together and what to do, or None.
        environment: packages whose major and minor version are in the key, for what they can change
            beyond rounding: an operation that trains says ``("torch",)``.
        chain: what a call is written out as; the operation itself never runs, it is its signature.
        answers: what kind of labels the result has or gives ("soft", "hard", "pairwise" or "text"), from
            the parameters in JSON form and what the inputs answer; a `Mismatch` where labels of one
            kind meet what takes another. Without it: what the inputs answer, if they agree.
        network: whose network the resulting model or predictor has: "own", one to be read and trained;
            "given", that of the model or predictor that comes in; "none", no single one (an ensemble, a
            probe); "remote", one that answers over HTTP: a model there writes, and shows nothing else.

    Raises:
        TypeError: for another word of ``network`` or ``better`` than these.
    """

    def mark(function: F) -> F:
        function.__w2sdl__ = OpMark(  # type: ignore[attr-defined]
            name,
            version,
            aliases,
            neutral,
            inline,
            cpus,
            wants_gpu,
            shards,
            control,
            facets or {},
            limits,
            better,
            check,
            environment,
            chain,
            answers,
            network,
        )
        return function

    return mark
