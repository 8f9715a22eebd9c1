"""What happens in a run, as typed events; written as JSON lines and handed to whoever watches."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from w2sdl_runtime.files import writing_to
from w2sdl_runtime.masking import Masker


@dataclass(frozen=True, slots=True)
class RunStarted:
    run: str
    experiment: str
    nodes: int


@dataclass(frozen=True, slots=True)
class ExpectedLate:
    """Expectations that no run has seen, of which results are there already."""

    expectations: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class BudgetCompared:
    """Before the start: what is expected, beside what may be spent."""

    budget: str
    low: float  #: seconds of what the budget counts: half of earlier runs took no more
    high: float  #: nine in ten took no more, what may run besides among them
    nodes: int  #: to be computed
    unknown: int  #: of which nobody can tell
    fits: bool | None  #: None where that is not certain
    text: str  #: all of it in words


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """Every few seconds: how much of it is gone."""

    budget: str
    seconds: float  #: of what the budget counts
    text: str


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """Nothing more is begun."""

    budget: str
    running: int  #: nodes that are finished all the same


@dataclass(frozen=True, slots=True)
class NodeQueued:
    node: str
    address: str
    attempt: int


@dataclass(frozen=True, slots=True)
class NodeStarted:
    node: str
    address: str
    attempt: int


@dataclass(frozen=True, slots=True)
class NodeProgress:
    node: str
    address: str
    done: int
    total: int
    unit: str
    facts: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeReused:
    node: str
    address: str
    key: str
    digest: str
    seconds: float  #: what computing it took, when it was computed
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeFinished:
    node: str
    address: str
    key: str
    digest: str
    seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeWaiting:
    """Another run computes the same: its result will be taken."""

    node: str
    address: str
    holder: str


@dataclass(frozen=True, slots=True)
class NodeRetried:
    """A try was in vain, and another one follows: a worker died, an input has to be made again ..."""

    node: str
    address: str
    attempt: int
    cause: str  #: a `failures.Cause`
    message: str
    after: float  #: seconds until the next try


@dataclass(frozen=True, slots=True)
class NodeFailed:
    node: str
    address: str
    attempt: int
    type: str
    message: str
    help: str
    log: str
    tail: str = ""  #: the log's last lines
    code: str = ""  #: of the rule that was broken, where there is one


@dataclass(frozen=True, slots=True)
class NodeSkipped:
    node: str
    address: str
    because: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    run: str
    status: str  #: "done" | "failed" | "interrupted" | "incomplete"
    counts: Mapping[str, int]
    seconds: float
    spent: Mapping[str, float] = field(default_factory=dict)  #: by all tries, as `run.json` has it


Event = (
    RunStarted
    | ExpectedLate
    | BudgetCompared
    | BudgetSpent
    | BudgetReached
    | NodeQueued
    | NodeStarted
    | NodeProgress
    | NodeReused
    | NodeFinished
    | NodeWaiting
    | NodeRetried
    | NodeFailed
    | NodeSkipped
    | RunFinished
)
Sink = Callable[[Event], None]


def event_to_json(event: Event) -> dict[str, Any]:
    """An event with its name (``node_finished``) and the time in UTC."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return {"event": name, "time": datetime.now(UTC).isoformat(), **asdict(event)}


class EventLog:
    """Appends events to ``events.jsonl`` and passes them on."""

    def __init__(self, path: Path, sinks: Sequence[Sink] = ()) -> None:
        self._path = path
        self._sinks = list(sinks)
        self._masker = Masker.of_environment()
        with writing_to(path.parent):
            self._file = path.open("a", encoding="utf-8", buffering=1)

    def emit(self, event: Event) -> None:
        """Write one event, then tell all sinks. One that fails is told nothing more.

        Raises:
            PrerequisiteError: when the disk is full.
            OSError: when a sink can't write: whoever read it went away.
        """
        with writing_to(self._path.parent):
            record = self._masker.json(event_to_json(event))
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        for sink in tuple(self._sinks):
            try:
                sink(event)
            except OSError:
                self._sinks.remove(sink)
                raise

    def close(self) -> None:
        self._file.close()


def read_events(path: Path) -> list[dict[str, Any]]:
    """All events of a run; the torn last line of a killed process is left out."""
    events = []
    for line in path.read_text("utf-8").splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            break
    return events
