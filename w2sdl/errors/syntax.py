"""Messages of the parser (W2S01xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from w2sdl.diagnostics import Diagnostic


@dataclass(frozen=True, kw_only=True)
class UnexpectedCharacter(Diagnostic):
    code: ClassVar[str] = "W2S0101"
    message: ClassVar[str] = "{character!r} has no meaning here"
    label: ClassVar[str] = "not part of the language"
    help: ClassVar[str] = "{advice}"

    character: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class UnexpectedToken(Diagnostic):
    code: ClassVar[str] = "W2S0102"
    message: ClassVar[str] = "expected {expected}, found {found}"
    label: ClassVar[str] = "{expected} should stand here"
    help: ClassVar[str] = "{advice}"

    expected: str
    found: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class UnclosedBracket(Diagnostic):
    code: ClassVar[str] = "W2S0103"
    message: ClassVar[str] = "`{bracket}` is never closed"
    label: ClassVar[str] = "opened here"
    help: ClassVar[str] = "close it with `{closing}` before the next declaration"

    bracket: str
    closing: str


@dataclass(frozen=True, kw_only=True)
class UnfinishedDeclaration(Diagnostic):
    code: ClassVar[str] = "W2S0104"
    message: ClassVar[str] = "this declaration ends too early: {expected} is missing"
    label: ClassVar[str] = "ends here"

    expected: str


@dataclass(frozen=True, kw_only=True)
class ReservedName(Diagnostic):
    code: ClassVar[str] = "W2S0105"
    message: ClassVar[str] = "`{name}` is a declaration word and can't name a binding"
    label: ClassVar[str] = "reserved"
    help: ClassVar[str] = "choose another name; as the name of an argument or a part it is free"

    name: str


@dataclass(frozen=True, kw_only=True)
class StrayText(Diagnostic):
    code: ClassVar[str] = "W2S0106"
    message: ClassVar[str] = "{found} begins no declaration"
    label: ClassVar[str] = "outside any declaration"
    help: ClassVar[str] = (
        "a declaration is `name = ...` or begins with experiment, axis, data, weak, strong, measure, "
        "expect or profile"
    )

    found: str


@dataclass(frozen=True, kw_only=True)
class TooDeep(Diagnostic):
    code: ClassVar[str] = "W2S0107"
    message: ClassVar[str] = "brackets are nested more than {limit} deep"
    label: ClassVar[str] = "the limit is reached here"
    help: ClassVar[str] = "give inner parts names of their own"

    limit: int


@dataclass(frozen=True, kw_only=True)
class TooLong(Diagnostic):
    code: ClassVar[str] = "W2S0129"
    message: ClassVar[str] = (
        "one expression has more than {limit} operators, fields and calls in a chain"
    )
    label: ClassVar[str] = "the limit is reached here"
    help: ClassVar[str] = "give parts of it names of their own"

    limit: int


@dataclass(frozen=True, kw_only=True)
class BadNumber(Diagnostic):
    code: ClassVar[str] = "W2S0108"
    message: ClassVar[str] = "this number has more than {limit} digits"
    label: ClassVar[str] = "too long for a number"

    limit: int


@dataclass(frozen=True, kw_only=True)
class MisplacedUnderscore(Diagnostic):
    code: ClassVar[str] = "W2S0109"
    message: ClassVar[str] = "`{text}` is not a number: an underscore stands between two digits"
    label: ClassVar[str] = "an underscore without a digit on each side"
    help: ClassVar[str] = "write thousands as `10_000`"

    text: str
