"""What a node asks of the machine that runs it, and what is to happen when a try fails.

Nothing in here changes a result: it is in no key, and in no node's identity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

N = TypeVar("N", int, float)

#: Causes of failure that another try may be given for; an error of the operation itself is none.
RETRYABLE = ("lost", "preempted", "oom", "timeout")
#: Those for which a node is tried again without being asked to.
DEFAULT_CAUSES = ("lost", "preempted")
DEFAULT_RETRIES = 2


@dataclass(frozen=True, slots=True)
class Needs:
    """A request of resources. None (or "") is what the spec does not say."""

    cpu: int = 1
    gpu: float | None = None  #: a demand, unlike an operation's own wish for a GPU
    gpu_mem: int | None = None  #: bytes; without ``gpu`` a share of one GPU, else of each
    memory: int | None = None  #: bytes
    accelerator: str = ""  #: a type of GPU
    shards: int = 1  #: processes that share one training; the rest is for each of them

    @property
    def demands_gpu(self) -> bool:
        """Whether the node can't run without a GPU."""
        asked = self.gpu_mem is not None or bool(self.accelerator)
        return self.gpu > 0 if self.gpu is not None else asked

    def joined(self, other: Needs) -> Needs:
        """The larger of two requests, resource by resource.

        Raises:
            ValueError: when they ask for different accelerators.
        """
        both = {self.accelerator, other.accelerator} - {""}
        if len(both) > 1:
            raise ValueError(" and ".join(sorted(both)))
        return Needs(
            max(self.cpu, other.cpu),
            _larger(self.gpu, other.gpu),
            _larger(self.gpu_mem, other.gpu_mem),
            _larger(self.memory, other.memory),
            "".join(both),
            max(self.shards, other.shards),
        )

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Needs:
        """The inverse of ``dataclasses.asdict``."""
        return cls(**record)


@dataclass(frozen=True, slots=True)
class Change:
    """What is made larger or smaller after a failure, by a factor for each.

    ``path`` is ``needs.memory``, ``needs.gpu_mem``, ``timeout``, or that of a neutral parameter such
    as ``train.micro_batch``; where that is not given, the parameter ``otherwise`` counts.
    """

    path: str
    factor: float
    otherwise: str = ""

    @property
    def cause(self) -> str:
        """The failure that it answers."""
        return "timeout" if self.path == "timeout" else "oom"

    @property
    def is_param(self) -> bool:
        """Whether it changes a parameter of the operation, not a resource."""
        return self.path != "timeout" and not self.path.startswith("needs.")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, and after which failures, a node is tried again."""

    max: int = DEFAULT_RETRIES  #: further tries, over all causes together
    on: tuple[str, ...] = DEFAULT_CAUSES
    changes: tuple[Change, ...] = field(default=())

    def joined(self, other: Retry) -> Retry:
        """The more patient of two policies, point by point."""
        on = tuple(cause for cause in RETRYABLE if cause in {*self.on, *other.on})
        return Retry(max(self.max, other.max), on, _stronger(self.changes, other.changes))

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Retry:
        """The inverse of ``dataclasses.asdict``."""
        changes = tuple(Change(**change) for change in record["changes"])
        return cls(record["max"], tuple(record["on"]), changes)


@dataclass(frozen=True, slots=True)
class Request:
    """The operational arguments of one call. ``retry`` and ``timeout`` are None where not said."""

    needs: Needs = field(default_factory=Needs)
    retry: Retry | None = None
    timeout: float | None = None  #: seconds

    def joined(self, other: Request) -> Request:
        """What one node asks for that stands in two places: the larger need, the more patience.

        What only one of them says is said.

        Raises:
            ValueError: when they ask for different accelerators.
        """
        retries = [policy for policy in (self.retry, other.retry) if policy is not None]
        retry = retries[0].joined(retries[-1]) if retries else None
        return replace(
            self,
            needs=self.needs.joined(other.needs),
            retry=retry,
            timeout=_larger(self.timeout, other.timeout),
        )


def _larger(one: N | None, other: N | None) -> N | None:
    given = [number for number in (one, other) if number is not None]
    return max(given, default=None)


def _stronger(ones: tuple[Change, ...], others: tuple[Change, ...]) -> tuple[Change, ...]:
    """All changes; of two of one thing the one that changes more."""
    found: dict[str, Change] = {}
    for change in (*ones, *others):
        known = found.setdefault(change.path, change)
        if abs(math.log(change.factor)) > abs(math.log(known.factor)):
            found[change.path] = change
    return tuple(found[path] for path in sorted(found))
