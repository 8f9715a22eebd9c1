"""What a plan says of each node, and what it asks of a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from w2sdl.graph import Node
from w2sdl.planning.estimates import Estimate, Work, work
from w2sdl.planning.reasons import INDIRECT, Earlier, Reason, TooLarge, Unmet, Why

Preimage = Mapping[str, Any]
#: Says what a node lacks here: what no machine has, what its files lack; None where nobody knows of any.
Lacks = Callable[[Node], TooLarge | Unmet | None]


class Action(StrEnum):
    """What will happen to a node."""

    REUSE = "reuse"
    RUN = "run"
    MAYBE = "maybe"  #: its inputs' bytes are not known yet; reused if they come out as seen before
    BLOCKED = "blocked"  #: it can't run here


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store has under a key. ``problem`` says what became of the bytes, if anything did."""

    digest: str
    run: str
    is_remote: bool = False
    problem: Reason | None = None  #: OUTPUT_MISSING or OUTPUT_CORRUPT


@dataclass(frozen=True, slots=True)
class Compared:
    """An earlier pre-image, and whose it was."""

    key: str
    preimage: Preimage
    address: str
    run: str
    digest: str = ""  #: what came out then; "" where that is not known
    is_nearest: bool = False  #: not what this address had in the last run, only the most like it
    experiment: str = ""  #: whose run that was, if it was another spec's


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A node with its action. ``key`` is "" while it depends on bytes that are not known yet.

    ``digest`` is that of the result to be reused; ``compared`` what the reasons compare with;
    ``preimage`` what is known of what the key of a node to run is a hash of.
    """

    node: Node
    action: Action
    reasons: tuple[Why, ...]
    key: str = ""
    digest: str = ""
    compared: Compared | None = None
    estimate: Estimate | None = None
    preimage: Preimage | None = None

    @property
    def reason(self) -> Reason:
        """The weightiest."""
        return self.reasons[0].reason

    @property
    def direct(self) -> tuple[Why, ...]:
        """Reasons that lie with the node itself."""
        return tuple(why for why in self.reasons if why.reason not in INDIRECT)

    @property
    def indirect(self) -> tuple[Why, ...]:
        """Reasons that lie with what it is computed from."""
        return tuple(why for why in self.reasons if why.reason in INDIRECT)


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry for every node, parents first."""

    entries: Mapping[str, PlanEntry]

    def counts(self) -> Counter[Action]:
        return Counter(entry.action for entry in self.entries.values())

    def of(self, *actions: Action) -> Iterator[PlanEntry]:
        """The entries with these actions."""
        return (entry for entry in self.entries.values() if entry.action in actions)

    def work(self, *actions: Action) -> Work:
        """How long the nodes with these actions will take, one after the other."""
        return work(entry.estimate for entry in self.of(*actions))

    def only(self, ids: Collection[str]) -> Plan:
        """The plan for some of the nodes."""
        return Plan({id_: entry for id_, entry in self.entries.items() if id_ in ids})


class StoreIndex(Protocol):
    """What a plan asks of a store."""

    def close(self, node: Node, digests: Mapping[str, str]) -> Preimage | Unmet:
        """What is hashed into a node's key, from its parents' digests by node id; or what is missing."""
        ...

    def stored(self, key: str) -> Stored | None:
        """The result of a key."""
        ...

    def has_shape(self, preimage: Preimage) -> bool:
        """Whether any result of the same call, on other inputs perhaps, is stored."""
        ...

    def compared(self, node: Node, preimage: Preimage, taken: Collection[str]) -> Compared | None:
        """What this address had in the last run of this spec, else the nearest pre-image.

        Keys in ``taken`` belong to other nodes of this graph: they are never the nearest.
        """
        ...

    def earlier(self, node: Node, key: str) -> Earlier | None:
        """A try at this very computation that came to nothing, if it is the last thing heard of it."""
        ...

    def forgotten(self, key: str) -> str:
        """Who had the result of a key forgotten; "" if nobody did."""
        ...

    def estimate(self, node: Node, preimage: Preimage, like: str) -> Estimate | None:
        """How long the same call took; else what the key ``like`` took; None where nobody can tell."""
        ...
