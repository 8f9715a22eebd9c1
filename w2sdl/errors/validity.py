"""Messages of the rules of validity (W2S06xx): what makes a weak-to-strong experiment invalid."""

from __future__ import annotations

from typing import ClassVar

from w2sdl.messages.diagnostics import Diagnostic, Level

#: Name of a rule, as `allow(...)` takes it, and its code.
RULES: dict[str, str] = {
    "student_gold": "W2S0601",
    "test_teaches": "W2S0602",
    "self_marking": "W2S0603",
    "two_yardsticks": "W2S0604",
    "unfair_ceiling": "W2S0605",
    "telling_debate": "W2S0606",
    "no_gap": "W2S0607",
    "shared_rows": "W2S0608",
}


def rule_of_number(number: str) -> str:
    """The name of a rule by its number, ``R5``; "" for anything else."""
    numbers = {f"R{n}": name for n, name in enumerate(RULES, 1)}
    return numbers.get(number.upper(), "")


class Violation(Diagnostic):
    """Base of the rules. ``path`` runs from the source to where the rule is broken."""

    path: str = ""
    where: str = ""  #: the points of the design at which it happens, where not at all


class StudentGold(Violation):
    lint: ClassVar[str] = "student_gold"
    code: ClassVar[str] = "W2S0601"
    message: ClassVar[str] = (
        "gold labels of `{part}` reach the student `{student}`, by {how}{where}"
    )
    label: ClassVar[str] = "the student is trained here"
    note: ClassVar[str] = "{path}"
    help: ClassVar[str] = "{advice}"

    part: str
    student: str
    how: str
    advice: str


class TestTeaches(Violation):
    lint: ClassVar[str] = "test_teaches"
    code: ClassVar[str] = "W2S0602"
    message: ClassVar[str] = "`{measure}` {verb} {what} on `{part}`, which {did}{where}"
    label: ClassVar[str] = "measured on rows that it learned from"
    note: ClassVar[str] = "{path}"
    help: ClassVar[str] = "{advice}"

    measure: str
    verb: str
    what: str
    part: str
    did: str
    advice: str


class SelfMarking(Violation):
    lint: ClassVar[str] = "self_marking"
    code: ClassVar[str] = "W2S0603"
    message: ClassVar[str] = (
        "`{student}` learns from labels of `{part}` by a model that was fitted on gold of `{part}`{where}"
    )
    label: ClassVar[str] = "its supervisor marks rows that it knows by heart"
    note: ClassVar[str] = "{path}"
    help: ClassVar[str] = "{advice}"

    part: str
    student: str
    advice: str


class TwoYardsticks(Violation):
    lint: ClassVar[str] = "two_yardsticks"
    code: ClassVar[str] = "W2S0604"
    message: ClassVar[str] = "{what}"
    label: ClassVar[str] = "{short}"
    help: ClassVar[str] = "{advice}"

    what: str
    short: str
    advice: str


class UnfairCeiling(Violation):
    lint: ClassVar[str] = "unfair_ceiling"
    code: ClassVar[str] = "W2S0605"
    message: ClassVar[str] = (
        "`{measure}` compares `{student}` with an unfair ceiling: {what}{where}"
    )
    label: ClassVar[str] = "student and ceiling differ by more than their labels"
    help: ClassVar[str] = "{advice}"

    measure: str
    student: str
    what: str
    advice: str


class TellingDebate(Violation):
    lint: ClassVar[str] = "telling_debate"
    code: ClassVar[str] = "W2S0606"
    message: ClassVar[str] = "the debates `{debate}` tell the gold labels of `{part}`{where}"
    label: ClassVar[str] = "sides or quotes of a row depend on its gold label"
    note: ClassVar[str] = "{path}"
    help: ClassVar[str] = "{advice}"

    part: str
    debate: str
    advice: str


class NoGap(Violation):
    lint: ClassVar[str] = "no_gap"
    code: ClassVar[str] = "W2S0607"
    level: ClassVar[Level] = Level.NOTE
    message: ClassVar[str] = "`{measure}` is known before anything runs: {what}{where}"
    label: ClassVar[str] = "{short}"
    help: ClassVar[str] = "{advice}"

    measure: str
    what: str
    short: str
    advice: str


class Unjudged(Diagnostic):
    lint: ClassVar[str] = "undeclared_student"
    code: ClassVar[str] = "W2S0618"
    level: ClassVar[Level] = Level.WARNING
    message: ClassVar[str] = (
        "`{name}` learns from weak labels of `{part}`, whose gold labels reach it too, "
        "and no rule judges it"
    )
    label: ClassVar[str] = "a student whose model is declared neither weak nor strong"
    help: ClassVar[str] = (
        "declare the model that it is made from: `strong M = ...` where it is to be judged as a student, "
        "else `weak M = ...`"
    )

    name: str
    part: str


class UnusedAllow(Diagnostic):
    lint: ClassVar[str] = "unused_allow"
    code: ClassVar[str] = "W2S0610"
    level: ClassVar[Level] = Level.WARNING
    message: ClassVar[str] = "`allow({rule}, ...)` excuses nothing"
    label: ClassVar[str] = "this rule is not broken here"
    help: ClassVar[str] = (
        "remove it; a waiver stands after a declaration on the path of the violation"
    )

    rule: str
