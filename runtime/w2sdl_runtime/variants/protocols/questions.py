"""The judge's questions between rounds: their prompt, and who asks them."""

from __future__ import annotations

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


def asked_by(
    judge: Model | None, question: str | Text, max_tokens: int
) -> tuple[Model, Debater] | None:
    """The judge as a speaker: the likeliest text after the question's template."""
    from w2sdl_runtime.variants.debaters.generative import Generative

    if judge is None:
        return None
    asking = Generative(template=question, max_tokens=max_tokens, temperature=0, quoting="off")
    return judge, asking
