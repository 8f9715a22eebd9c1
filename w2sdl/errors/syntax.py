"""Messages of the parser (W2S01xx)."""

from __future__ import annotations

from typing import Any, ClassVar

from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.wording import how_many


class Repeated(Diagnostic):
    """Base of slips that are reported at their first place only. ``more`` counts the others."""

    note: ClassVar[str] = "{again}"

    more: int = 0

    def facts(self) -> dict[str, Any]:
        """With ``again``, the other places in words."""
        again = f"the same in {how_many(self.more, 'more place')}"
        return {**super().facts(), "again": again if self.more else ""}


class UnexpectedCharacter(Repeated):
    code: ClassVar[str] = "W2S0101"
    message: ClassVar[str] = "`{character}` has no meaning in a spec"
    label: ClassVar[str] = "not part of the language"
    help: ClassVar[str] = "{advice}"

    character: str
    advice: str = ""


class UnexpectedToken(Diagnostic):
    code: ClassVar[str] = "W2S0102"
    message: ClassVar[str] = "expected {expected}, found {found}"
    label: ClassVar[str] = "{expected} should stand here"
    help: ClassVar[str] = "{advice}"

    expected: str
    found: str
    advice: str = ""


class UnclosedBracket(Diagnostic):
    code: ClassVar[str] = "W2S0103"
    message: ClassVar[str] = "`{bracket}` is never closed"
    label: ClassVar[str] = "opened here"
    help: ClassVar[str] = "close it with `{closing}` before the next declaration"

    bracket: str
    closing: str


class UnfinishedDeclaration(Diagnostic):
    code: ClassVar[str] = "W2S0104"
    message: ClassVar[str] = "this ends too early: {expected} is missing"
    label: ClassVar[str] = "{expected} should follow"

    expected: str


class ReservedName(Diagnostic):
    code: ClassVar[str] = "W2S0105"
    message: ClassVar[str] = "`{name}` is a word of the language and can't name a binding"
    label: ClassVar[str] = "reserved"
    help: ClassVar[str] = "choose another name; as the name of an argument or a part it is free"

    name: str


class StrayText(Diagnostic):
    code: ClassVar[str] = "W2S0106"
    message: ClassVar[str] = "{found} begins no declaration"
    label: ClassVar[str] = "outside any declaration"
    help: ClassVar[str] = (
        "a declaration is `name = ...`, or begins with experiment, import, axis, data, weak, strong, "
        "measure, expect, profile or def"
    )

    found: str


class TooDeep(Diagnostic):
    code: ClassVar[str] = "W2S0107"
    message: ClassVar[str] = "brackets are nested more than {limit} deep"
    label: ClassVar[str] = "the limit is reached here"
    help: ClassVar[str] = "give inner parts names of their own"

    limit: int


class TooLong(Diagnostic):
    code: ClassVar[str] = "W2S0129"
    message: ClassVar[str] = (
        "one expression has more than {limit} operators, fields and calls in a chain"
    )
    label: ClassVar[str] = "the limit is reached here"
    help: ClassVar[str] = "give parts of it names of their own"

    limit: int


class BadNumber(Diagnostic):
    code: ClassVar[str] = "W2S0108"
    message: ClassVar[str] = "this number has more than {limit} digits"
    label: ClassVar[str] = "too long for a number"
    help: ClassVar[str] = "no parameter takes so large or so precise a number"

    limit: int


class MisplacedUnderscore(Diagnostic):
    code: ClassVar[str] = "W2S0127"
    message: ClassVar[str] = "`{text}` is not a number: an underscore stands between two digits"
    label: ClassVar[str] = "an underscore without a digit on each side"
    help: ClassVar[str] = "write thousands as `10_000`"

    text: str


class ForeignQuotes(Repeated):
    code: ClassVar[str] = "W2S0109"
    message: ClassVar[str] = 'a string is written with `"`, not with {found}'
    label: ClassVar[str] = "not a string of this language"
    help: ClassVar[str] = "{advice}"

    found: str
    advice: str


class ForeignComment(Repeated):
    code: ClassVar[str] = "W2S0110"
    message: ClassVar[str] = "a comment begins with `#`, not with `{found}`"
    label: ClassVar[str] = "not a comment of this language"
    help: ClassVar[str] = "put `#` before it, on each line"

    found: str


class ForeignRange(Diagnostic):
    code: ClassVar[str] = "W2S0111"
    message: ClassVar[str] = "a range is written `first..last`, not `{found}`"
    label: ClassVar[str] = "not a range"
    help: ClassVar[str] = "write `{instead}`; both ends belong to it: `0..2` is 0, 1, 2"

    found: str
    instead: str


class ForeignNumber(Diagnostic):
    code: ClassVar[str] = "W2S0112"
    message: ClassVar[str] = "`{found}` is not a number of this language"
    label: ClassVar[str] = "{reason}"
    help: ClassVar[str] = "write {instead}"

    found: str
    reason: str
    instead: str


class ForeignWord(Diagnostic):
    code: ClassVar[str] = "W2S0113"
    message: ClassVar[str] = "there is no `{word}` in a spec"
    label: ClassVar[str] = "not of this language"
    help: ClassVar[str] = "{advice}"

    word: str
    advice: str


class UnclosedString(Diagnostic):
    code: ClassVar[str] = "W2S0114"
    message: ClassVar[str] = "this string is never closed"
    label: ClassVar[str] = "opened here"
    help: ClassVar[str] = "{advice}"

    advice: str


class UnmatchedClosing(Diagnostic):
    code: ClassVar[str] = "W2S0115"
    message: ClassVar[str] = "`{bracket}` closes {what}"
    label: ClassVar[str] = "{expected}"
    help: ClassVar[str] = "{advice}"

    bracket: str
    what: str
    expected: str
    advice: str


class UnknownDeclaration(Diagnostic):
    code: ClassVar[str] = "W2S0116"
    message: ClassVar[str] = "`{word}` begins no declaration"
    label: ClassVar[str] = "not a declaration word"
    help: ClassVar[str] = "{advice}"

    word: str
    advice: str = ""


class ForeignOperator(Repeated):
    code: ClassVar[str] = "W2S0117"
    message: ClassVar[str] = "`{found}` has no meaning here"
    label: ClassVar[str] = "not of this language"
    help: ClassVar[str] = "{advice}"

    found: str
    advice: str


class LookAlike(Repeated):
    code: ClassVar[str] = "W2S0118"
    message: ClassVar[str] = "{name} ({point}) stands where {plain} is meant"
    label: ClassVar[str] = "looks like {plain}, and is another character"
    help: ClassVar[str] = (
        "type it anew; text copied from a PDF or a word processor often holds these"
    )

    name: str
    point: str
    plain: str


class EqualsInCall(Repeated):
    code: ClassVar[str] = "W2S0119"
    message: ClassVar[str] = "{what} given with `:`, not with `=`"
    label: ClassVar[str] = "`:` should stand here"
    help: ClassVar[str] = "write `{name}: ...`; `=` only binds a name in a declaration"

    what: str
    name: str


class ImportForm(Diagnostic):
    code: ClassVar[str] = "W2S0120"
    message: ClassVar[str] = "an import names a file and what to call it"
    label: ClassVar[str] = "{reason}"
    help: ClassVar[str] = 'write `import "{path}" as {name}`'

    reason: str
    path: str
    name: str


class MissingOn(Diagnostic):
    code: ClassVar[str] = "W2S0121"
    message: ClassVar[str] = "measure `{name}` does not say on which rows"
    label: ClassVar[str] = "`on` and a part of a data set should follow"
    help: ClassVar[str] = "write `measure {name} = ... on data.test`"

    name: str


class QuotedLabel(Repeated):
    code: ClassVar[str] = "W2S0122"
    message: ClassVar[str] = "the name of an argument is written without quotes"
    label: ClassVar[str] = "a string, where a name should stand"
    help: ClassVar[str] = "write `{name}: ...`"

    name: str


class DashInName(Diagnostic):
    code: ClassVar[str] = "W2S0123"
    message: ClassVar[str] = "`{found}` is no name: a name can't hold `-`"
    label: ClassVar[str] = "read as a subtraction"
    help: ClassVar[str] = (
        "write `{instead}`; a name holds letters, digits, `_`, and primes at its end"
    )

    found: str
    instead: str


class MissingComma(Diagnostic):
    code: ClassVar[str] = "W2S0124"
    message: ClassVar[str] = "{signs} is missing before {found}"
    label: ClassVar[str] = "not separated from what stands before it"
    help: ClassVar[str] = "separate {items} with `,`{also}"

    found: str
    items: str
    name: str = ""  #: what stands before, where it may have been meant as the name of an argument

    def facts(self) -> dict[str, Any]:
        """With the sign that is missing, or both that may be."""
        also = f", or name an argument: `{self.name}: ...`" if self.name else ""
        signs = "a `,` or `:`" if self.name else "a `,`"
        return {**super().facts(), "signs": signs, "also": also}


class UnnamedResult(Diagnostic):
    code: ClassVar[str] = "W2S0125"
    message: ClassVar[str] = "the result of `{call}(...)` has no name"
    label: ClassVar[str] = "a call that binds nothing"
    help: ClassVar[str] = "write `name = {call}(...)`, or `measure name = {call}(...) on data.test`"

    call: str


class WrongSign(Diagnostic):
    code: ClassVar[str] = "W2S0126"
    message: ClassVar[str] = "{what} is written with `{right}`, not with `{wrong}`"
    label: ClassVar[str] = "`{right}` should stand here"
    help: ClassVar[str] = "write `{example}`"

    what: str
    right: str
    wrong: str
    example: str
