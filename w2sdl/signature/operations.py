"""Signatures of operations and variants, and what they say beyond their ports and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from w2sdl.kinds import Kind
from w2sdl.signature.parameters import AxesOf, Param

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
