"""Events of a run, as ``events.jsonl`` has them, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from w2sdl.durations import format_seconds
from w2sdl.wording import facts_text

Event = Mapping[str, Any]


def event_line(event: Event) -> str:
    """``12:01:33  computed  S'[seed=0] in 3.2 s``; "" for what is no news to a reader."""
    say = _WORDS.get(event["event"])
    if say is None:
        return ""
    clock = datetime.fromisoformat(event["time"]).astimezone().strftime("%H:%M:%S")
    word, text = say(event)
    return f"{clock}  {word:<9} {text}".rstrip()


def _started(event: Event) -> tuple[str, str]:
    return "run", f"{event['run']}: {event['experiment']}, {event['nodes']} nodes"


def _finished(event: Event) -> tuple[str, str]:
    words = {"executed": "computed"}
    counts = ", ".join(
        f"{n} {words.get(state, state)}" for state, n in event["counts"].items() if n
    )
    return event["status"], f"in {format_seconds(event['seconds'])}: {counts}"


def _progress(event: Event) -> tuple[str, str]:
    done = f"{event['done']}/{event['total']} {event['unit']}"
    return "", f"{event['address']}  {done}  {facts_text(event['facts'])}"


def _retried(event: Event) -> tuple[str, str]:
    after = f", again in {format_seconds(event['after'])}" if event.get("after", 0) >= 1 else ""
    return "retry", f"{event['address']}: {event['message']}{after}"


def _failed(event: Event) -> tuple[str, str]:
    help = f" ({event['help']})" if event["help"] else ""
    return "failed", f"{event['address']}: {event['message']}{help}"


def _computed(event: Event) -> tuple[str, str]:
    return "computed", f"{event['address']} in {format_seconds(event['seconds'])}"


def _attempt(event: Event) -> tuple[str, str]:
    again = f", attempt {event['attempt']}" if event["attempt"] > 1 else ""
    return "started", f"{event['address']}{again}"


_WORDS: dict[str, Callable[[Event], tuple[str, str]]] = {
    "run_started": _started,
    "budget_compared": lambda event: ("budget", event["text"].removeprefix("budget ")),
    "budget_reached": lambda event: ("budget", f"{event['budget']} reached: nothing more is begun"),
    "node_started": _attempt,
    "node_progress": _progress,
    "node_reused": lambda event: ("reused", event["address"]),
    "node_finished": _computed,
    "node_waiting": lambda event: ("waiting", f"{event['address']}: {event['holder']} computes it"),
    "node_retried": _retried,
    "node_lost": _retried,  # as versions before 0.2 wrote it
    "node_failed": _failed,
    "node_skipped": lambda event: ("skipped", f"{event['address']}: {event['because']}"),
    "run_finished": _finished,
}
