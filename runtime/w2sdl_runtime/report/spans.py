"""When each node of a run was computed, as its events say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

#: Events that begin a try at a node, and that end it.
_BEGIN = "node_started"
_ENDS = ("node_finished", "node_failed", "node_retried")
_OVER = "run_finished"
_READ = ("run_started", _BEGIN, *_ENDS, _OVER)


@dataclass(frozen=True, slots=True)
class Span:
    """One try at a node: from when to when, in seconds after the run began.

    ``failed`` is also one that was stopped, with the run.
    """

    node: str
    start: float
    end: float
    failed: bool = False


def read_spans(run_folder: Path) -> list[Span]:
    """The tries of a run in the order of their ends; [] where it kept no events, or computed nothing.

    A try that a killed run never ended goes to the last event there is.
    """
    path = run_folder / "events.jsonl"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", errors="replace") as lines:
        events = list(_events(lines))
    return list(_spans(events)) if events else []


def _events(lines: Iterable[str]) -> Iterator[tuple[str, datetime, str]]:
    """What happened, when and to which node: what begins and ends, and whatever was last."""
    last = ""
    for line in lines:
        last = line if line.endswith("\n") else last
        if any(f'"{name}"' in line for name in _READ):  # progress is most of a file
            yield from _parsed(line)
    yield from _parsed(last)


def _parsed(line: str) -> Iterator[tuple[str, datetime, str]]:
    """Nothing of a torn line."""
    try:
        event = json.loads(line)
        when = datetime.fromisoformat(event["time"])
        yield str(event["event"]), when, str(event.get("node", ""))
    except (ValueError, KeyError, TypeError):
        return


def _spans(events: Sequence[tuple[str, datetime, str]]) -> Iterator[Span]:
    began: dict[str, float] = {}
    for what, when, node in events:
        at = (when - events[0][1]).total_seconds()
        if what == _BEGIN:
            began[node] = at
        elif what in _ENDS and node in began:
            yield Span(node, began.pop(node), at, what != "node_finished")
    last = (events[-1][1] - events[0][1]).total_seconds()
    stopped = any(what == _OVER for what, _, _ in events)
    yield from (Span(node, start, last, stopped) for node, start in began.items())
