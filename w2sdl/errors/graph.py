"""Messages about the expanded graph (W2S04xx, after those of axes in `types`)."""

from __future__ import annotations

from typing import ClassVar

from w2sdl.messages.diagnostics import Diagnostic, Level


class TooLarge(Diagnostic):
    code: ClassVar[str] = "W2S0403"
    message: ClassVar[str] = "this spec asks for {count} {what}; the limit is {limit:,}"
    label: ClassVar[str] = "{most} of them are here: {axes}"
    help: ClassVar[str] = "use fewer points on these axes, or let fewer arguments vary over them"

    what: str  #: "nodes" | "edges"
    count: str
    limit: int
    most: str
    axes: str


class WrongLabels(Diagnostic):
    code: ClassVar[str] = "W2S0405"
    message: ClassVar[str] = "{fact}"
    label: ClassVar[str] = "in this call"
    help: ClassVar[str] = "{advice}"

    fact: str
    advice: str


class OtherRows(Diagnostic):
    code: ClassVar[str] = "W2S0406"
    message: ClassVar[str] = (
        "`{op}` joins {ports} row by row, and these are rows of {rows} and of {others}: none is in both"
    )
    label: ClassVar[str] = "nothing can be joined here"
    help: ClassVar[str] = (
        "give both for the same rows, such as those of {rows}; rows are joined by item id"
    )

    op: str
    ports: str
    rows: str
    others: str


class BadCombination(Diagnostic):
    code: ClassVar[str] = "W2S0404"
    message: ClassVar[str] = "{reason}"
    label: ClassVar[str] = "these values don't go together"
    help: ClassVar[str] = "{advice}"

    reason: str
    advice: str = ""


class BadText(BadCombination):
    code: ClassVar[str] = "W2S0407"
    label: ClassVar[str] = "this text can't be read"


class RepeatedInput(Diagnostic):
    code: ClassVar[str] = "W2S0408"
    lint: ClassVar[str] = "repeated_input"
    level: ClassVar[Level] = Level.WARNING
    message: ClassVar[str] = (
        "`{op}` gets {what} as {times} results, and that is one: it counts {times} times"
    )
    label: ClassVar[str] = "the same result more than once"
    note: ClassVar[str] = (
        "calls that say the same, seeds included, are one result, whatever their names"
    )
    help: ClassVar[str] = "name each once; where draws are to differ, give them different seeds"

    op: str
    what: str
    times: int


class NotReduced(Diagnostic):
    code: ClassVar[str] = "W2S0409"
    lint: ClassVar[str] = "not_reduced"
    level: ClassVar[Level] = Level.WARNING
    message: ClassVar[str] = "`{op}` gets one of `{port}` at each point of {axes}"
    label: ClassVar[str] = "nothing is brought together here"
    help: ClassVar[str] = "to take the points of an axis together, name it: `over: {axis}`"

    op: str
    port: str
    axes: str
    axis: str
