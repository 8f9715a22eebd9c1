"""The plain data that travels between a driver and its workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from w2sdl_runtime.partials import COMMIT_EVERY
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.worker.failures import Cause

#: A file in the folder of an attempt: it is not to be begun any more.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one node. JSON-able: names, digests and paths, never objects."""

    node: str
    address: str
    op: str
    op_version: int
    kind: str
    key: str
    preimage: Mapping[str, Any]
    params: Mapping[str, Any]  #: complete
    inputs: Mapping[str, Sequence[str]]  #: digests by port; `protocol.against` is a variant's edge
    number: int  #: 1 for the first try
    folder: str  #: of this attempt, in the run folder
    store: str
    base: str  #: the folder of the spec
    modules: Sequence[str]  #: with the user's operations
    run: str
    git: Mapping[str, Any]
    command: str = ""  #: of the run, for the manifest
    cpus: int = 1
    gpus: float = 0  #: below 1 a share of one
    threads: int = 1
    device: str = "cpu"
    corpora: Sequence[str] = ()  #: of a measure: digests of the corpora behind what it measures
    token: int | None = (
        None  #: of the lease; a commit under an older one than the latest is refused
    )
    replace: bool = False  #: a result that is stored is computed again on purpose
    commit_every: float = COMMIT_EVERY  #: seconds between two commits inside a long node
    memory: int = 0  #: bytes that are asked for; 0 where nothing is said
    accelerator: str = ""  #: the type of GPU that it must be
    timeout: float | None = None  #: seconds that this try may take
    shards: int = 1  #: processes that compute it together; what is asked for above is for each
    #: where models and scorers are asked that answer over HTTP; no part of any key
    endpoints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt gave no result."""

    type: str
    message: str
    help: str = ""
    log: str = ""  #: path of the attempt's log, which holds the traceback
    tail: str = ""  #: last lines of the log
    cause: Cause = Cause.ERROR
    code: str = ""  #: of the rule that was broken, where there is one
    corrupt: str = ""  #: digest of an input object that can't be read back

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The inverse of ``dataclasses.asdict``."""
        return cls(**{**record, "cause": Cause(record["cause"])})


def corrupt_failure(error: CorruptObject) -> Failure:
    """Of a try that could not read back what is stored."""
    return Failure("CorruptObject", str(error), cause=Cause.CORRUPT, corrupt=error.digest)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: a manifest (JSON), or a failure."""

    manifest: Mapping[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float | None = None  #: from its beginning to its end; None where nobody measured it

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Outcome:
        """The inverse of ``dataclasses.asdict``."""
        failure = record["failure"]
        found = None if failure is None else Failure.from_json(failure)
        return cls(record["manifest"], found, record["seconds"])


#: Called with the progress of an attempt: `started`, later `done`, `total`, `unit` and `facts` too.
Listener = Callable[[Mapping[str, Any]], None]
