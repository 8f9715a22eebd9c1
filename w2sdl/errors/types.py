"""Messages about kinds, parameters, their values and the points of axes (W2S03xx, W2S0401, W2S0402)."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from w2sdl.messages.diagnostics import Diagnostic


class KindMismatch(Diagnostic):
    code: ClassVar[str] = "W2S0301"
    message: ClassVar[str] = "`{port}` of `{op}` takes {expected}, not {found}"
    label: ClassVar[str] = "this is {found}"
    help: ClassVar[str] = "{advice}"

    op: str
    port: str
    expected: str
    found: str
    advice: str = ""


class MissingArgument(Diagnostic):
    code: ClassVar[str] = "W2S0302"
    message: ClassVar[str] = "`{op}` needs `{name}` ({expected})"
    label: ClassVar[str] = "`{name}` is missing"
    help: ClassVar[str] = "call it as `{signature}`"

    op: str
    name: str
    expected: str
    signature: str

    def facts(self) -> dict[str, Any]:
        """With choices in words."""
        return {**super().facts(), "expected": self.expected.replace(" | ", " or ")}


class UnknownArgument(Diagnostic):
    code: ClassVar[str] = "W2S0303"
    message: ClassVar[str] = "`{op}` has no argument `{name}`"
    label: ClassVar[str] = "unknown argument"
    help: ClassVar[str] = "{next}"

    op: str
    name: str
    signature: str
    advice: str = ""

    def facts(self) -> dict[str, Any]:
        """Advice is where the argument belongs, else what the call takes."""
        return {**super().facts(), "next": self.advice or f"call it as `{self.signature}`"}


class TooManyArguments(Diagnostic):
    code: ClassVar[str] = "W2S0304"
    message: ClassVar[str] = "`{op}` takes {limit} by position"
    label: ClassVar[str] = "one too many"
    help: ClassVar[str] = "parameters are named: `{signature}`"

    op: str
    limit: str
    signature: str


_REASONS = {
    "must be a valid (integer|number|string|boolean)": r"not a \1",
    "not a (integer)": r"not an \1",
    "must be greater than or equal to": "must be at least",
    "must be less than or equal to": "must be at most",
    "'": "`",
}


#: Characters of a label; a list of choices that is longer stands in the title already.
_MOST_IN_A_REASON = 100


class BadValue(Diagnostic):
    code: ClassVar[str] = "W2S0305"
    message: ClassVar[str] = "`{name}` takes {expected}, not {found}"
    label: ClassVar[str] = "{reason}"
    help: ClassVar[str] = "{advice}"

    name: str
    expected: str
    found: str
    reason: str = ""
    advice: str = ""

    def facts(self) -> dict[str, Any]:
        """With reasons of pydantic in our words, and advice for notation of other languages."""
        facts = super().facts()
        for theirs, ours in _REASONS.items():
            facts["reason"] = re.sub(theirs, ours, facts["reason"])
        facts["expected"] = self.expected.replace(" | ", " or ")
        if len(facts["reason"]) > _MOST_IN_A_REASON:
            facts["reason"] = "none of these"
        facts["reason"] = re.sub(r"\d{5,}", lambda n: f"{int(n[0]):_}", facts["reason"])
        return {**facts, "advice": self.advice or self._foreign()}

    def _foreign(self) -> str:
        number = re.fullmatch(r"the number (\d+)\.0", self.found)
        if number and self.expected.startswith("an integer"):
            return f"write `{int(number[1]):_}`, without a point or an exponent"
        quoted = re.fullmatch(r'the string "(-?[\d._]+(?:e[-+]?\d+)?%?)"', self.found)
        if quoted and self.expected.startswith(("an integer", "a number")):
            return f"write `{quoted[1]}`, without quotes"
        if self.found == "`range(...)`":
            return "a range is written `0..2`, as the points of an axis; both ends belong to it"
        return ""


class UnknownField(Diagnostic):
    code: ClassVar[str] = "W2S0306"
    message: ClassVar[str] = "{what} has no field `{name}`"
    label: ClassVar[str] = "{short}"
    help: ClassVar[str] = "{fields}"

    what: str
    name: str
    known: str
    short: str = "unknown field"

    def facts(self) -> dict[str, Any]:
        """With the known fields in words."""
        only = self.known.removeprefix("none: ")
        fields = only if only != self.known else f"its fields are {self.known}"
        return {**super().facts(), "fields": fields}


class UnknownPart(Diagnostic):
    code: ClassVar[str] = "W2S0307"
    message: ClassVar[str] = "`{data}`{where} has no part `{name}`"
    label: ClassVar[str] = "unknown part"
    help: ClassVar[str] = "its parts are {known}"

    data: str
    name: str
    known: str
    where: str = ""  #: at which point of an axis that chooses among data


class NodeAsValue(Diagnostic):
    code: ClassVar[str] = "W2S0308"
    message: ClassVar[str] = "`{name}` takes {expected}, and {found} is only known after the run"
    label: ClassVar[str] = "a node of the graph"
    help: ClassVar[str] = "give it a value that is known before, or an axis of such values"

    name: str
    expected: str
    found: str


class DoesNotVary(Diagnostic):
    code: ClassVar[str] = "W2S0309"
    message: ClassVar[str] = "{what} does not vary over `{axis}`"
    label: ClassVar[str] = "no axis `{axis}` here"
    note: ClassVar[str] = "{advice}"
    help: ClassVar[str] = (
        "leave out `{axis}`, or give it to a call that this is made of, such as `seed: {axis}`"
    )

    what: str
    axis: str
    advice: str


class NotAMeasure(Diagnostic):
    code: ClassVar[str] = "W2S0310"
    message: ClassVar[str] = "a measure is a call of a metric, and {what} is not one"
    label: ClassVar[str] = "not a metric"
    help: ClassVar[str] = "metrics are {known}"

    found: str
    known: str

    def facts(self) -> dict[str, Any]:
        """With what was found in words: the name of an operation in backticks."""
        what = f"`{self.found}`" if self.found.isidentifier() else self.found
        return {**super().facts(), "what": what}


class NeedsMeasure(Diagnostic):
    code: ClassVar[str] = "W2S0311"
    message: ClassVar[str] = "`{op}` is a metric: it needs rows to be measured on"
    label: ClassVar[str] = "without `on`"
    help: ClassVar[str] = "write `measure name = {op}(...) on data.test`"

    op: str


class PathEscapes(Diagnostic):
    code: ClassVar[str] = "W2S0312"
    message: ClassVar[str] = "the path `{path}` leaves the folder of the spec"
    label: ClassVar[str] = "outside"
    help: ClassVar[str] = (
        "paths in a spec stay under its folder; from the command line (--set) a path may point anywhere"
    )

    path: str


class BadExpectation(Diagnostic):
    code: ClassVar[str] = "W2S0313"
    message: ClassVar[str] = "`expect` can't use this: {reason}"
    label: ClassVar[str] = "{short}"
    help: ClassVar[str] = "{advice}"

    reason: str
    short: str = "not a measured value"
    advice: str = "compare measures, numbers, and mean, median, min, max or std of a measure"


class BadLevel(Diagnostic):
    code: ClassVar[str] = "W2S0322"
    message: ClassVar[str] = "a level lies between 0.5 and 1, and this is {number}"
    label: ClassVar[str] = "not a level"
    help: ClassVar[str] = "write `{meant}`: how sure the interval is that decides; without one, 95%"

    number: str
    meant: str


class TooManyPoints(Diagnostic):
    code: ClassVar[str] = "W2S0401"
    message: ClassVar[str] = "{what} has {count:,} {unit}; the limit is {limit:,}"
    label: ClassVar[str] = "too large"
    help: ClassVar[str] = "make the ranges smaller"

    what: str
    count: int
    unit: str
    limit: int


class UnevenZip(Diagnostic):
    code: ClassVar[str] = "W2S0314"
    message: ClassVar[str] = "`zip` pairs lists of one length: {lengths}"
    label: ClassVar[str] = "not of one length"
    help: ClassVar[str] = "give each as many points, or combine all with all by `product(...)`"

    lengths: str


class ExceptNeedsProduct(Diagnostic):
    code: ClassVar[str] = "W2S0315"
    message: ClassVar[str] = "`except` leaves out points of a `product`, and this is a `zip`"
    label: ClassVar[str] = "nothing to leave out"
    help: ClassVar[str] = "leave those points out of the lists"


class ReducedArgument(Diagnostic):
    code: ClassVar[str] = "W2S0316"
    message: ClassVar[str] = "`{name}` varies over `{axis}`, which `over:` reduces here"
    label: ClassVar[str] = "one value for all points of `{axis}` is needed"
    help: ClassVar[str] = "choose one, `[{axis}: ...]`, or leave `{axis}` out of `over:`"

    name: str
    axis: str


class RoleMismatch(Diagnostic):
    code: ClassVar[str] = "W2S0318"
    message: ClassVar[str] = "`{name}` is declared `{role}`, and is {kind}"
    label: ClassVar[str] = "this is {kind}"
    help: ClassVar[str] = "{advice}"

    name: str
    role: str
    kind: str
    advice: str


class MixedPoints(Diagnostic):
    code: ClassVar[str] = "W2S0319"
    message: ClassVar[str] = "points of axis `{axis}` are of different sorts: {first} and {second}"
    label: ClassVar[str] = "this is {second}"
    help: ClassVar[str] = (
        "give every point the same sort of thing; for two sorts use records: "
        "`{axis} = {{one: {{...}}, other: {{...}}}}`"
    )

    axis: str
    first: str
    second: str


class OutOfReach(Diagnostic):
    code: ClassVar[str] = "W2S0317"
    message: ClassVar[str] = (
        "`{measure}` lies between {low:g} and {high:g}, and is compared with {number}"
    )
    label: ClassVar[str] = "never reached"
    help: ClassVar[str] = "{advice}"

    measure: str
    low: float
    high: float
    number: str
    advice: str = ""


class RetryChange(Diagnostic):
    code: ClassVar[str] = "W2S0320"
    message: ClassVar[str] = "a retry may change resources and neutral parameters only"
    label: ClassVar[str] = "{reason}"
    help: ClassVar[str] = "`{op}` may be tried again with other {known}"

    op: str
    name: str
    known: str
    reason: str


class NotOperational(Diagnostic):
    code: ClassVar[str] = "W2S0321"
    message: ClassVar[str] = "`{name}` says how an operation is run, and `{what}` is none"
    label: ClassVar[str] = "not an operation"
    help: ClassVar[str] = "give it to the call of the operation"

    name: str
    what: str


class EmptyAxis(Diagnostic):
    code: ClassVar[str] = "W2S0402"
    message: ClassVar[str] = "axis `{axis}` has no points"
    label: ClassVar[str] = "empty"
    help: ClassVar[str] = "an axis is a range (`0..2`), a list, or a record of named points"

    axis: str
