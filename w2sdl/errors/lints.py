"""Warnings of `check --pedantic` (W2S0611 and on): legal designs that say less than they seem to."""

from __future__ import annotations

from typing import ClassVar

from w2sdl.messages.diagnostics import Diagnostic, Level


class PedanticLint(Diagnostic):
    """Base of warnings that are given on request."""

    level: ClassVar[Level] = Level.WARNING
    pedantic: ClassVar[bool] = True


class SingleSeed(PedanticLint):
    code: ClassVar[str] = "W2S0611"
    lint: ClassVar[str] = "single_seed"
    message: ClassVar[str] = "only one seed is behind {measures}"
    label: ClassVar[str] = "one draw of everything that is random"
    note: ClassVar[str] = "{reason}; with one seed a difference can't be told from luck"
    help: ClassVar[str] = "{advice}"

    measures: str
    reason: str
    advice: str


class UnusedAxis(PedanticLint):
    code: ClassVar[str] = "W2S0612"
    lint: ClassVar[str] = "unused_axis"
    message: ClassVar[str] = "nothing depends on axis `{axis}`"
    label: ClassVar[str] = "varies nothing"
    help: ClassVar[str] = "use `{axis}` as the value of an argument, or remove it"

    axis: str


class UnusedBinding(PedanticLint):
    code: ClassVar[str] = "W2S0613"
    lint: ClassVar[str] = "unused_binding"
    message: ClassVar[str] = "`{name}` is computed, and no measure depends on it"
    label: ClassVar[str] = "measured nowhere"
    note: ClassVar[str] = "{others}"
    help: ClassVar[str] = "measure it, or remove it"

    name: str
    others: str


class JudgeIsDebater(PedanticLint):
    code: ClassVar[str] = "W2S0614"
    lint: ClassVar[str] = "judge_is_debater"
    message: ClassVar[str] = "`{model}` judges a debate that it wrote itself"
    label: ClassVar[str] = "reads transcripts by `{model}`"
    note: ClassVar[str] = (
        "a judge that could have written the arguments learns little from them: the weak model is "
        "meant to judge, the strong one to debate"
    )
    help: ClassVar[str] = "let another model judge, or another one debate"

    model: str


class WeakNotWeaker(PedanticLint):
    code: ClassVar[str] = "W2S0615"
    lint: ClassVar[str] = "weak_not_weaker"
    message: ClassVar[str] = "weak `{weak}` is not weaker than strong `{strong}`"
    label: ClassVar[str] = "declared weak"
    note: ClassVar[str] = "{reason}"
    help: ClassVar[str] = (
        "make `{strong}` larger or train it longer; without a gap nothing is recovered"
    )

    weak: str
    strong: str
    reason: str


class SmallTest(PedanticLint):
    code: ClassVar[str] = "W2S0616"
    lint: ClassVar[str] = "small_test"
    message: ClassVar[str] = "{rows:,} rows are too few to see a difference of {effect:.3g}"
    label: ClassVar[str] = "claims {effect:.3g} on {rows:,} rows × {seeds:,} seeds"
    note: ClassVar[str] = (
        "the standard error of such a difference is about {error:.2g}, so {effect:.3g} is only "
        "{ratio:.1f} of them; 2 are needed"
    )
    help: ClassVar[str] = "measure on {needed:,} rows or more, or add seeds"

    rows: int
    seeds: int
    effect: float
    error: float
    ratio: float
    needed: int


class StoppedByOwnRows(PedanticLint):
    code: ClassVar[str] = "W2S0617"
    lint: ClassVar[str] = "stopped_by_own_rows"
    message: ClassVar[str] = "`{name}` is stopped by labels of the rows that it learns"
    label: ClassVar[str] = "`{param}` looks at rows that it is trained on"
    note: ClassVar[str] = (
        "agreement with labels that a model learns grows as it memorises them: it hardly ever ends a "
        "training, and does not choose the weights that do best on other rows"
    )
    help: ClassVar[str] = "give it weak labels of another part, as Burns et al. (2023) do"

    name: str
    param: str
