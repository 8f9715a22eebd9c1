"""What a reader is told first: what was found, what is missing, and what the numbers rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl.graph import Validity
from w2sdl.replication import Replication
from w2sdl.wording import how_many
from w2sdl_runtime.report.expect import Verdict
from w2sdl_runtime.report.outcome import RunStatus
from w2sdl_runtime.report.text import listed

#: The order in which counts of verdicts are told, and how each is marked.
_WORDS = ("contradicted", "undecided", "not supported", "supported")


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the summary: what it is about, in which section more is said, and how it stands."""

    label: str
    text: str
    place: str  #: id of the section
    tone: str = ""  #: "good", "bad" or "open"; "" for neither


@dataclass(frozen=True, slots=True)
class Warned:
    """How many warnings there are: of the check of the design, and of operations."""

    check: int
    operations: int


def facts_of(
    verdicts: Sequence[Verdict],
    status: RunStatus,
    nodes: int,
    validity: Validity,
    warned: Warned,
) -> list[Fact]:
    """The summary of a run, what was asked first."""
    facts = [*_expected(verdicts), _complete(status, nodes), _waived(validity), _warned(warned)]
    if validity.controls:
        controls = listed(list(validity.controls_at or validity.controls))
        facts.append(Fact("Controls", f"{controls}: gold labels read on purpose", "checked"))
    return facts


def rest_on(
    row_errors: Sequence[tuple[str, int, float]],
    repeated: Replication,
    run: Mapping[str, Any],
    absent: int,
) -> Fact:
    """How many repetitions and rows stand behind the numbers."""
    rows = sorted({n for _, n, _ in row_errors})
    counts = f"{rows[0]:,} to {rows[-1]:,}" if len(rows) > 1 else "".join(f"{n:,}" for n in rows)
    parts = [how_many(len(repeated.units), repeated.unit)] if repeated.unit else ["one repetition"]
    parts += [f"{counts} measured rows"] if rows else []
    git = run.get("git") or {}
    dirty = "; the spec's folder had changes that were not committed" if git.get("dirty") else ""
    some = "; not all of them have results" if absent and repeated.unit else ""
    return Fact("Rests on", listed(parts) + some + dirty, "checked", "open" if dirty else "")


def _expected(verdicts: Sequence[Verdict]) -> Iterator[Fact]:
    if not verdicts:
        yield Fact("Expectations", "the spec states none", "found")
        return
    counts = Counter[str](verdict.verdict for verdict in verdicts)
    words = [f"{counts[word]} {word}" for word in reversed(_WORDS) if counts[word]]
    tone = "bad" if counts["contradicted"] else "good"
    tone = "open" if tone == "good" and counts["supported"] < len(verdicts) else tone
    lost = sum(verdict.survives is False for verdict in verdicts)
    together = f"; {lost} not with all taken together (Holm)" if lost else ""
    tone = "open" if tone == "good" and lost else tone
    yield Fact("Expectations", listed(words) + together + _registered(verdicts), "verdicts", tone)


def _registered(verdicts: Sequence[Verdict]) -> str:
    """Whether they were written before their results, where the store knows."""
    states = [verdict.registered.state for verdict in verdicts if verdict.registered is not None]
    if "after" in states:
        return f"; {states.count('after')} written after some of the results"
    known = len(states) == len(verdicts) and set(states) == {"before"}
    return "; written before the results" if known else ""


def _complete(status: RunStatus, nodes: int) -> Fact:
    if not status.absent:
        return Fact("Results", f"all {nodes:,} nodes have one", "cost", "good")
    failed = status.counts["failed"]
    why = f", {failed:,} of them failed" if failed else ""
    return Fact("Results", f"{status.absent:,} of {nodes:,} nodes have none{why}", "missing", "bad")


def _waived(validity: Validity) -> Fact:
    if not validity.excused:
        return Fact("Rules of validity", "none is waived", "checked", "good")
    rules = list(dict.fromkeys(one.rule for one in validity.excused))
    return Fact("Rules of validity", f"waived: {listed(rules)}", "excused", "bad")


def _warned(warned: Warned) -> Fact:
    parts = [f"{warned.check} of the check"] if warned.check else []
    parts += [f"{warned.operations} of operations"] if warned.operations else []
    if not parts:
        return Fact("Warnings", "none", "checked")
    return Fact("Warnings", listed(parts), "checked", "open")
