"""Messages about names (W2S02xx)."""

from __future__ import annotations

from typing import Any, ClassVar

from w2sdl.messages.diagnostics import Diagnostic, Level

#: Words of other languages that stand where a name is expected -> how the same is said here.
_FOREIGN = {
    "True": "write `true`",
    "TRUE": "write `true`",
    "False": "write `false`",
    "FALSE": "write `false`",
    **dict.fromkeys(
        ("None", "null", "nil", "NULL", "NaN"),
        "there is no empty value: leave the argument out, and its default holds",
    ),
}


#: Calls of other languages -> the same here.
_FOREIGN_CALLS = {
    **dict.fromkeys(
        ("range", "arange", "linspace"), "a range is written `0..2`; both ends belong to it"
    ),
    "list": "a list is written `[one, two]`",
    "dict": "a record is written `{one: 1, two: 2}`",
    **dict.fromkeys(
        ("open", "load", "read_csv", "load_dataset"),
        "rows come from a file by `table(...)`, from the hub by `hub(...)`",
    ),
    **dict.fromkeys(
        ("from_pretrained", "AutoModel", "AutoModelForCausalLM"),
        'a pretrained model is `model("folder or hub id")`',
    ),
}


class UnknownName(Diagnostic):
    code: ClassVar[str] = "W2S0201"
    message: ClassVar[str] = "`{name}` is not defined"
    label: ClassVar[str] = "no binding, axis or value of this name"
    help: ClassVar[str] = "{advice}"

    name: str
    advice: str = ""

    def facts(self) -> dict[str, Any]:
        """With ``advice`` for a word of another language."""
        return {**super().facts(), "advice": _FOREIGN.get(self.name, self.advice)}


class UnknownOperation(Diagnostic):
    code: ClassVar[str] = "W2S0202"
    message: ClassVar[str] = "there is no operation `{name}`"
    label: ClassVar[str] = "unknown operation"
    help: ClassVar[str] = "{advice}"

    name: str
    advice: str = "`w2sdl ops` lists all operations; --module loads those of your own"

    def facts(self) -> dict[str, Any]:
        """With advice for what another language calls so."""
        facts = super().facts()
        return {**facts, "advice": _FOREIGN_CALLS.get(self.name, self.advice)}


class UnknownVariant(Diagnostic):
    code: ClassVar[str] = "W2S0203"
    message: ClassVar[str] = "`{where}` has no variant `{name}`"
    label: ClassVar[str] = "unknown {family} variant"
    help: ClassVar[str] = "{advice}"

    name: str
    where: str
    family: str
    known: str
    advice: str = ""

    def facts(self) -> dict[str, Any]:
        """Advice is those that there are, unless there is better."""
        return {**super().facts(), "advice": self.advice or f"there are {self.known}"}


class DuplicateName(Diagnostic):
    code: ClassVar[str] = "W2S0204"
    message: ClassVar[str] = "`{name}` is defined twice"
    label: ClassVar[str] = "defined again here"
    help: ClassVar[str] = "{advice}"

    name: str
    advice: str = "give one of them another name"


class CyclicDefinition(Diagnostic):
    code: ClassVar[str] = "W2S0205"
    message: ClassVar[str] = "`{name}` is defined by itself: {path}"
    label: ClassVar[str] = "needs its own result"
    help: ClassVar[str] = "unroll the loop into names of their own: each step uses the one before"

    name: str
    path: str


class UnknownPoint(Diagnostic):
    code: ClassVar[str] = "W2S0206"
    message: ClassVar[str] = "axis `{axis}` has no point `{point}`"
    label: ClassVar[str] = "not a point of `{axis}`"
    help: ClassVar[str] = "its points are {points}"

    axis: str
    point: str
    points: str


class UnknownAxis(Diagnostic):
    code: ClassVar[str] = "W2S0207"
    message: ClassVar[str] = "there is no axis `{name}`"
    label: ClassVar[str] = "not an axis"
    help: ClassVar[str] = "{advice}"

    name: str
    advice: str = ""


class UnknownProfile(Diagnostic):
    code: ClassVar[str] = "W2S0208"
    message: ClassVar[str] = "there is no profile `{name}`"
    help: ClassVar[str] = "{advice}"

    name: str
    advice: str


class UnknownSetting(Diagnostic):
    code: ClassVar[str] = "W2S0209"
    message: ClassVar[str] = "there is nothing called `{name}` to set"
    label: ClassVar[str] = "a setting changes a name that the spec has"
    help: ClassVar[str] = "a profile or --set can't add a binding"

    name: str


class SettingWithoutValue(Diagnostic):
    code: ClassVar[str] = "W2S0218"
    message: ClassVar[str] = "`{text}` sets nothing"
    label: ClassVar[str] = "`=` and a value are missing"
    help: ClassVar[str] = "write --set NAME=VALUE or --set NAME.ARGUMENT=VALUE"

    text: str


class SettingNeedsCall(Diagnostic):
    code: ClassVar[str] = "W2S0210"
    message: ClassVar[str] = "`{path}` can't be set: `{name}` is neither a call nor a record"
    label: ClassVar[str] = "no arguments to change"
    help: ClassVar[str] = "set `{name}` as a whole"

    path: str
    name: str


class DuplicateLabel(Diagnostic):
    code: ClassVar[str] = "W2S0211"
    message: ClassVar[str] = "`{name}` is given twice"
    label: ClassVar[str] = "given again here"
    help: ClassVar[str] = "keep one of them"

    name: str


class AmbiguousPoints(Diagnostic):
    code: ClassVar[str] = "W2S0212"
    message: ClassVar[str] = "two points of axis `{axis}` are called `{point}`"
    label: ClassVar[str] = "the second of that name"
    help: ClassVar[str] = "name the points: `axis {axis} = {{first: ..., second: ...}}`"

    axis: str
    point: str


class MeasureAsValue(Diagnostic):
    code: ClassVar[str] = "W2S0213"
    message: ClassVar[str] = "`{name}` is a measure: only `expect` can use it"
    label: ClassVar[str] = "a result, known after the run"
    note: ClassVar[str] = "an experiment's graph can't depend on its own results"

    name: str


class UnknownRule(Diagnostic):
    code: ClassVar[str] = "W2S0214"
    message: ClassVar[str] = "there is no rule `{name}` to allow"
    label: ClassVar[str] = "unknown rule"
    help: ClassVar[str] = "{advice}"

    name: str
    advice: str


class EmptyReason(Diagnostic):
    code: ClassVar[str] = "W2S0232"
    message: ClassVar[str] = "`allow({rule}, ...)` gives no reason"
    label: ClassVar[str] = "an empty text"
    note: ClassVar[str] = (
        "the report prints the reason at its top, beside what the waiver lets pass"
    )
    help: ClassVar[str] = (
        'say why it is right here: `allow({rule}, "an upper bound, compared with nothing")`'
    )

    rule: str


class ShadowedOperation(Diagnostic):
    code: ClassVar[str] = "W2S0233"
    lint: ClassVar[str] = "shadowed_operation"
    level: ClassVar[Level] = Level.WARNING
    message: ClassVar[str] = "`{name}` is also an operation: calls of it mean this sub-graph"
    label: ClassVar[str] = "hides the operation"
    help: ClassVar[str] = "give the sub-graph a name of its own"

    name: str


class LongChain(Diagnostic):
    code: ClassVar[str] = "W2S0230"
    message: ClassVar[str] = "`{name}` is another name of another name, more than {limit} times"
    label: ClassVar[str] = "begins a long chain of names"
    help: ClassVar[str] = "name what is meant directly"

    name: str
    limit: int


class NotCallable(Diagnostic):
    code: ClassVar[str] = "W2S0217"
    message: ClassVar[str] = "{found} can't be called"
    label: ClassVar[str] = "not the name of an operation"
    help: ClassVar[str] = "a call is `operation(...)`; give this a name of its own first"

    found: str


class NoExperiment(Diagnostic):
    code: ClassVar[str] = "W2S0215"
    message: ClassVar[str] = "{source} has no `experiment` line"
    help: ClassVar[str] = 'begin with `experiment a_name "the question it asks"`'

    source: str


class NothingToRun(Diagnostic):
    code: ClassVar[str] = "W2S0216"
    message: ClassVar[str] = "{source} measures nothing and names nothing to compute"
    help: ClassVar[str] = "add bindings, and `measure scores = accuracy(...) on data.test`"

    source: str


class NotMeasured(Diagnostic):
    code: ClassVar[str] = "W2S0231"
    message: ClassVar[str] = "no measure measures `{name}`"
    label: ClassVar[str] = "not measured"
    help: ClassVar[str] = "{known}"

    name: str
    known: str
