"""Messages about imports and sub-graphs (W2S02xx, after those of names)."""

from __future__ import annotations

from typing import ClassVar

from w2sdl.messages.diagnostics import Diagnostic


class CannotImport(Diagnostic):
    code: ClassVar[str] = "W2S0219"
    message: ClassVar[str] = "`{path}` can't be imported: {reason}"
    label: ClassVar[str] = "not read"
    help: ClassVar[str] = "an import names a file in or below the folder of the spec"

    path: str
    reason: str


class ImportCycle(Diagnostic):
    code: ClassVar[str] = "W2S0220"
    message: ClassVar[str] = "`{path}` imports itself: {cycle}"
    label: ClassVar[str] = "closes the circle"
    help: ClassVar[str] = "move what both files need into a third one"

    path: str
    cycle: str


class NotInLibrary(Diagnostic):
    code: ClassVar[str] = "W2S0221"
    message: ClassVar[str] = "{library} is imported, and a library can't hold {what}"
    label: ClassVar[str] = "only in the spec itself"
    help: ClassVar[str] = "move it into the spec that imports this file"

    what: str
    library: str


class UnboundOutput(Diagnostic):
    code: ClassVar[str] = "W2S0222"
    message: ClassVar[str] = "`def {name}` gives out `{output}`, which its body does not bind"
    label: ClassVar[str] = "`{output}` is missing in the body"
    help: ClassVar[str] = "add `{output} = ...` between the braces, or leave it out after `->`"

    name: str
    output: str


class MissingInputs(Diagnostic):
    code: ClassVar[str] = "W2S0223"
    message: ClassVar[str] = "`{name}` needs {missing}"
    label: ClassVar[str] = "{missing} not given"
    help: ClassVar[str] = "call it as `{signature}`"

    name: str
    missing: str
    signature: str


class UnknownInput(Diagnostic):
    code: ClassVar[str] = "W2S0224"
    message: ClassVar[str] = "`{name}` has no input `{input}`"
    label: ClassVar[str] = "unknown input"
    help: ClassVar[str] = "call it as `{signature}`"

    name: str
    input: str
    signature: str


class TooManyInputs(Diagnostic):
    code: ClassVar[str] = "W2S0225"
    message: ClassVar[str] = "`{name}` is given more than it takes"
    label: ClassVar[str] = "one too many"
    help: ClassVar[str] = "call it as `{signature}`"

    name: str
    signature: str


class CallNeedsName(Diagnostic):
    code: ClassVar[str] = "W2S0226"
    message: ClassVar[str] = "the sub-graph `{name}` is called without a name for what comes out"
    label: ClassVar[str] = "a call inside another expression"
    help: ClassVar[str] = "bind it first, `step = {name}(...)`, then use `step.OUTPUT`"

    name: str


class WholeInstance(Diagnostic):
    code: ClassVar[str] = "W2S0227"
    message: ClassVar[str] = "`{name}` is {what}, not a value"
    label: ClassVar[str] = "one of its names is needed"
    help: ClassVar[str] = "write one of {outputs}"

    name: str
    what: str
    outputs: str


class SettingOutsideProfile(Diagnostic):
    code: ClassVar[str] = "W2S0229"
    message: ClassVar[str] = "`{name}` can't be set here"
    label: ClassVar[str] = "an argument of `{binding}`, set outside a profile"
    help: ClassVar[str] = (
        "write it into the declaration of `{binding}`, into a profile, or use --set"
    )

    name: str
    binding: str


class TooManyDeclarations(Diagnostic):
    code: ClassVar[str] = "W2S0228"
    message: ClassVar[str] = (
        "with its sub-graphs written out, this spec has more than {limit:,} names"
    )
    label: ClassVar[str] = "too large"
    help: ClassVar[str] = "sub-graphs that call each other twice double at each level: use an axis"

    limit: int
