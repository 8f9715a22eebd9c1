"""The judge's questions between rounds: their prompt, and who asks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl_runtime.arguments import needs_writer, one_after_another
from w2sdl_runtime.debating.generation import VARIABLES
from w2sdl_runtime.op import ParameterCheck
from w2sdl_runtime.templates import names_only
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.texts import Text

#: Ours; Khan et al. (2024) ask with a prompt of their own. The judge never sees the passage.
QUESTION = """\
Here is a question followed by an answer.
{{ prompt }} {{ candidate }}
{% for said in turns %}
{{ "Judge" if said.debater == "judge" else "Debater " ~ said.debater }}: {{ said.text }}
{% endfor %}
You judge whether the answer is correct. Ask the debaters one short question that would help you to decide.

Judge:"""


#: Tokens of a question.
LENGTH = 60


def asks(turns: str, instead: str) -> ParameterCheck:
    """The rule of a protocol whose judge asks before each of ``turns`` but the first."""
    own = {"question": QUESTION, "question_tokens": LENGTH}

    def rule(values: Mapping[str, Any]) -> tuple[str, str] | None:
        how = values["protocol"]
        if "judge" in how and how[turns] == 1:
            fact = f"the judge asks before all {turns} but the first, and {turns}: is 1"
            return fact, f"raise {turns}:, or {instead}"
        told = [name for name, usual in own.items() if how[name] != usual]
        if told and "judge" not in how:
            fact = f"{told[0]}: is of a judge's questions, and {how['variant']}() has no judge"
            return fact, f"name one (judge: W), or leave out {told[0]}:"
        return None

    question = names_only("protocol.question", VARIABLES, QUESTION)
    return one_after_another(rule, needs_writer("protocol.judge"), question)


def asked_by(
    judge: Model | None, question: str | Text, max_tokens: int
) -> tuple[Model, Debater] | None:
    """The judge as a speaker: the likeliest text after the question's template."""
    from w2sdl_runtime.variants.debaters.generative import Generative

    if judge is None:
        return None
    asking = Generative(template=question, max_tokens=max_tokens, temperature=0, quoting="off")
    return judge, asking
