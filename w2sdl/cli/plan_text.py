"""A plan in words, for terminals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from w2sdl.addresses import name_of
from w2sdl.planning.estimates import range_text
from w2sdl.planning.plan import Action, Plan, PlanEntry
from w2sdl.planning.reasons import (
    ABSENT,
    Cached,
    Changed,
    Earlier,
    Forced,
    New,
    Output,
    Reason,
    TooLarge,
    Unmet,
    Upstream,
    Why,
    WontFit,
)
from w2sdl.syntax.text import literal_text

_LONG = 30  #: characters of one side of a change
_WIDE = 34  #: of the column of reasons, at least
_WIDEST = 60  #: what is wider stands out, and pushes no other line


def summary(plan: Plan) -> str:
    """``240 nodes: 12 to reuse, 228 to run; about 3–5 min of work, 2 unknown``."""
    counts = plan.counts()
    parts = [f"{counts[Action.REUSE]} to reuse", f"{counts[Action.RUN]} to run"]
    if counts[Action.MAYBE]:
        parts.append(f"{counts[Action.MAYBE]} that depend on what comes out")
    if counts[Action.BLOCKED]:
        parts.append(f"{counts[Action.BLOCKED]} that can't run here")
    text = f"{len(plan.entries)} nodes: {', '.join(parts)}"
    return f"{text}; {_work(plan)}" if counts[Action.RUN] + counts[Action.MAYBE] else text


def _work(plan: Plan) -> str:
    """How long what will run takes, and what may run on top of it."""
    sure, both = plan.work(Action.RUN), plan.work(Action.RUN, Action.MAYBE)
    timed = sum(e.estimate is not None for e in plan.of(Action.RUN, Action.MAYBE))
    if not timed:
        return "how long that takes is unknown"
    parts = [f"{_about(sure.low, sure.high)} of work"]
    if both.high - sure.high >= 0.5:
        parts.append(f"up to {range_text(both.high, both.high)} with what may run")
    if both.unknown:
        parts.append(f"{both.unknown} unknown")
    return ", ".join(parts)


def _about(low: float, high: float) -> str:
    text = range_text(low, high)
    return text if text.startswith("under") else f"about {text}"


def plan_lines(plan: Plan, every: bool = False) -> list[str]:
    """A line for each name, action and reason, or (``every``) for each node, with all its reasons."""
    lines = list(_every(plan) if every else _grouped(plan))
    compared = [e.compared for e in plan.entries.values() if e.compared]
    runs = Counter(f"{one.run}{_of(one.experiment)}" for one in compared)
    if runs:
        lines += ["", f"compared with {_runs_text([run for run, _ in runs.most_common()])}"]
    return lines


def _of(experiment: str) -> str:
    """Whose run it was, where it was another spec's."""
    return f" of `{experiment}`" if experiment else ""


def _runs_text(runs: list[str]) -> str:
    shown = ", ".join(runs[:3])
    return f"run {shown}" if len(runs) == 1 else f"runs {shown}{' and others' * (len(runs) > 3)}"


def _every(plan: Plan) -> list[str]:
    found = []
    texts = {id_: [why_text(why) for why in e.reasons] for id_, e in plan.entries.items()}
    wide = _width(whys[0] for whys in texts.values())
    for id_, entry in plan.entries.items():
        whys = texts[id_]
        found.append(f"{entry.action:<7} {whys[0]:<{wide}} {entry.node.address}{_seconds(entry)}")
        found += [f"{'':<7} {why}" for why in whys[1:]]
        if entry.compared is not None and entry.compared.is_nearest:
            of = _of(entry.compared.experiment)
            address = entry.compared.address
            found.append(f"{'':<7} compared with `{address}`{of}, the nearest there is")
    return found


def _width(texts: Iterable[str]) -> int:
    """Of a column: the widest text, unless that is far wider than others are."""
    return max(_WIDE, *(len(text) for text in texts if len(text) <= _WIDEST), 0)


def _seconds(entry: PlanEntry) -> str:
    estimate = entry.estimate
    if entry.action is Action.REUSE or estimate is None or not estimate.samples:
        return ""
    return f"  ({range_text(estimate.low, estimate.high)})"


def _grouped(plan: Plan) -> list[str]:
    groups: dict[tuple[str, Action, str], list[PlanEntry]] = {}
    for entry in plan.entries.values():
        text = _brief(entry)
        groups.setdefault((entry.node.name, entry.action, text), []).append(entry)
    names = dict.fromkeys(name for name, _, _ in groups)
    order = {name: position for position, name in enumerate(names)}
    ordered = sorted(groups.items(), key=lambda group: order[group[0][0]])
    wide = _width(text for _, _, text in groups)
    return [
        f"{action:<7} {text:<{wide}} {len(found):>5} × {name}"
        for (name, action, text), found in ordered
    ]


def _brief(entry: PlanEntry) -> str:
    """The weightiest reason, and how many there are besides; parents are named together."""
    first, *more = entry.reasons
    text = why_text(first, brief=True)
    if isinstance(first, Upstream):
        names = dict.fromkeys(name_of(why.parent) for why in more if isinstance(why, Upstream))
        names.pop(name_of(first.parent), None)
        text = ", ".join([text, *(f"`{name}`" for name in names)])
        return text if len(text) < 2 * _WIDE else text[: 2 * _WIDE - 1] + "…"
    return f"{text} (+{len(more)})" if more else text


def why_text(why: Why, brief: bool = False) -> str:
    """A reason in words. ``brief`` leaves out what differs between nodes of one name."""
    match why:
        case Cached(reason=reason):
            return "stored" if reason is Reason.CACHED else "stored, to be fetched"
        case New():
            return "never computed"
        case Changed():
            return change_text(why, brief)
        case Output(reason=reason):
            gone = reason is Reason.OUTPUT_MISSING
            return "its result is gone" if gone else "its result was damaged"
        case Earlier(reason=reason, error=error):
            what = "failed before" if reason is Reason.FAILED_BEFORE else "was not finished"
            return what if brief or not error else f"{what}: {error}"
        case Forced(who=who):
            return who
        case TooLarge():
            return _too_large_text(why, brief)
        case Unmet():
            return "something is missing here" if brief else why.message
        case Upstream(reason=reason, parent=parent):
            name = name_of(parent) if brief else parent
            return f"{_UPSTREAM[reason]} `{name}`"


def _too_large_text(why: TooLarge, brief: bool) -> str:
    if not isinstance(why, WontFit):
        return f"asks for {why.asked}: {why.there}"
    asked = why.asked.partition(" (")[0] if brief else why.asked
    return f"needs {asked}: {why.there}"


_UPSTREAM = {
    Reason.UPSTREAM_BLOCKED: "needs",
    Reason.UPSTREAM_STALE: "after",
    Reason.UPSTREAM_MAYBE: "depends on",
}


def change_text(change: Changed, brief: bool = False) -> str:
    """``epochs: 3 → 5``."""
    match change.reason:
        case Reason.INPUT_CHANGED:
            return f"other input at `{change.path}`"
        case Reason.SOURCE_CHANGED:
            return f"other content of `{change.path}`"
        case Reason.CODE_CHANGED if change.path == "body":
            return "its code has changed"
        case Reason.CODE_CHANGED:
            return f"another version of it: {_sides(change)}"
        case Reason.SEED_CHANGED if brief:
            return f"another `{change.path}`"
    return f"{change.path}: {_sides(change)}"


def _sides(change: Changed) -> str:
    return f"{_value(change.old)} → {_value(change.new)}"


def _value(value: Any) -> str:
    if value is ABSENT:
        return "default"
    text = literal_text(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
